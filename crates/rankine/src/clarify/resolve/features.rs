//! Features: each checked against the card of its kind, and built once to see that it can be.

use rankine_design::{Feature, Finding, Rows, Setting as Written, TableMapping};
use rankine_learn::features::{self, Spec};
use rankine_learn::{Labels, Schema};

use super::super::words::{quoted, unknown};
use super::Resolver;
use super::settings::{self, Known};

/// The features that can be computed; the others are findings.
pub(super) fn features(resolver: &mut Resolver<'_>, schema: &Schema, labels: &Labels) -> Vec<Spec> {
    let known = Known::new(resolver.design, resolver.sources, schema, labels);
    let features = &resolver.design.features;
    features.iter().filter_map(|feature| one(resolver, feature, schema, labels, &known)).collect()
}

fn one(
    resolver: &mut Resolver<'_>,
    feature: &Feature,
    schema: &Schema,
    labels: &Labels,
    known: &Known,
) -> Option<Spec> {
    let kind = feature.kind.as_ref()?;
    let name = &feature.name.value;
    let Some(found) = features::find(&kind.value) else {
        let names = features::ALL.iter().map(|kind| kind.card.name);
        resolver.push(unknown("unknown-feature", kind.span, "kind of feature", &kind.value, names));
        return None;
    };
    if let Some(gone) = gone(resolver, feature, known) {
        let message =
            format!("the feature {} is left out: the data set has no {}", quoted(name), quoted(&gone));
        let help = "say it anew in the mapping if the data set can give it";
        resolver.push(Finding::warning("feature-left-out", feature.name.span, message).help(help));
        return None;
    }
    let of = format!("the feature {} of kind `{}`", quoted(name), found.card.name);
    let checked = settings::check(&found.card, &of, feature.name.span, &feature.settings, known);
    if !checked.errors.is_empty() {
        resolver.findings.extend(checked.errors);
        return None;
    }
    let spec = Spec { name: name.clone(), kind: kind.value.clone(), settings: checked.settings };
    // A label that an error is about is missing here; its own finding says enough.
    if labels.0.len() < resolver.design.labels.len() {
        return Some(spec);
    }
    match features::build(std::slice::from_ref(&spec), schema, labels) {
        Ok(_) => Some(spec),
        Err(unfit) => {
            let at_fault = feature.settings.iter().find(|(key, _)| key.value == unfit.parameter);
            let span = at_fault.map_or(feature.name.span, |(_, value)| value.span);
            resolver.push(Finding::error("bad-feature", span, unfit.to_string()));
            None
        }
    }
}

/// What a feature of the design reads and the mapping that is laid over it took away.
fn gone(resolver: &Resolver<'_>, feature: &Feature, known: &Known) -> Option<String> {
    let base = resolver.base.as_ref()?;
    if feature.name.span.source != 0 {
        return None;
    }
    let tables = &resolver.design.tables;
    let shows = |table: &TableMapping| {
        table.shown.is_some()
            || table.rows.as_ref().is_some_and(|rows| matches!(rows.value, Rows::Example(_)))
    };
    let unseen = !tables.is_empty() && !tables.iter().any(shows);
    let lost = |word: &str| {
        let had = base.events.contains(word) && !known.events.iter().any(|name| name == word);
        let had = had || base.entities.contains(word) && !known.entities.iter().any(|name| name == word);
        let named = base.fields.contains(word) || base.said.contains(word);
        let had = had || named && !known.fields.iter().any(|name| name == word);
        had || unseen && word == "impression"
    };
    feature.settings.iter().find_map(|(_, value)| match &value.value {
        Written::Text(word) if lost(word) => Some(word.clone()),
        _ => None,
    })
}
