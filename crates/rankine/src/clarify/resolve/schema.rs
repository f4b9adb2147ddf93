//! Entities, events and labels: the words that everything else refers to.

use std::collections::BTreeSet;

use rankine_design::{Design, Field as Written, FieldType, Finding, Rows, Spanned, Task};
use rankine_learn::{EventKind, Expression, Field, FieldKind, Label, Labels, Schema, SchemaEntity};

use super::super::words::{listed, quoted, unknown};
use super::{Resolver, place};
use crate::log::Line;

/// The window after a request where a label does not say: an hour, in milliseconds.
pub(crate) const WITHIN: u64 = 3_600_000;

/// A label is a bit of a number of so many.
const MOST_LABELS: usize = 32;

/// Who asks where a design does not say.
const NOBODY: &str = "asker";

/// Words that the log and the features give a meaning of their own.
const RESERVED: [&str; 4] = ["request", "impression", "label", NOBODY];

/// Names that features may refer to.
pub(super) struct Names {
    pub(super) entities: BTreeSet<String>,
    pub(super) events: BTreeSet<String>,
    /// As `entity.field`.
    pub(super) fields: BTreeSet<String>,
    /// What events say, as `event.field`.
    pub(super) said: BTreeSet<String>,
}

impl Names {
    /// Those of a design.
    pub(super) fn of(design: &Design) -> Self {
        let path = |owner: &str, field: &Written| format!("{owner}.{}", field.name.value);
        let mut fields: BTreeSet<String> =
            design.request.iter().map(|field| path("request", field)).collect();
        for entity in &design.entities {
            fields.extend(entity.fields.iter().map(|field| path(&entity.name.value, field)));
        }
        let mut said = BTreeSet::new();
        for event in &design.events {
            said.extend(event.fields.iter().map(|field| path(&event.name.value, field)));
        }
        Self {
            said,
            entities: design.entities.iter().map(|entity| entity.name.value.clone()).collect(),
            events: design.events.iter().map(|event| event.name.value.clone()).collect(),
            fields,
        }
    }
}

/// The schema; `None` where it is not known who asks or what is ranked.
pub(super) fn schema(resolver: &mut Resolver<'_>) -> Option<Schema> {
    let design = resolver.design;
    distinct(resolver);
    let mut entities: Vec<SchemaEntity> = design
        .entities
        .iter()
        .map(|entity| SchemaEntity { name: entity.name.value.clone(), fields: fields(&entity.fields) })
        .collect();
    let ranks = design.problem.task.as_ref().is_none_or(|task| task.value == Task::Rank);
    let user = match &design.problem.for_ {
        None if ranks => {
            let message = "`[problem]` needs `for`";
            let help = "write which entity asks, for example `for = \"user\"`";
            resolver.push(Finding::error("missing-key", design.problem.span, message).help(help));
            None
        }
        // Nobody asks: each request stands for itself.
        None => {
            entities.push(SchemaEntity { name: NOBODY.to_owned(), fields: Vec::new() });
            Some(entities.len() - 1)
        }
        written => role(resolver, "for", written.as_ref()),
    };
    let item = role(resolver, "choose", design.problem.choose.as_ref());
    let (user, item) = (user?, item?);
    if user == item {
        let message = format!("{} is ranked for itself", quoted(&entities[user].name));
        let span = design.problem.choose.as_ref().map(|choose| choose.span);
        let help = "`for` and `choose` must name two entities, who asks and what is ranked";
        resolver.push(Finding::error("same-entity", span, message).help(help));
        return None;
    }
    let interactions = interactions(resolver);
    Some(Schema { entities, interactions, context: fields(&design.request), user, item })
}

/// A field whose type could not be read counts as a number, so that its error stays the only one.
fn fields(written: &[Written]) -> Vec<Field> {
    let kind = |field: &Written| match field.kind.as_ref().map(|kind| kind.value) {
        Some(FieldType::Category) => FieldKind::Category,
        Some(FieldType::Categories) => FieldKind::Categories,
        Some(FieldType::Time) => FieldKind::Time,
        Some(FieldType::Text) => FieldKind::Text,
        Some(FieldType::Vector) => FieldKind::Vector,
        Some(FieldType::Image) => FieldKind::Image,
        Some(FieldType::Boxes) => FieldKind::Boxes,
        Some(FieldType::Number) | None => FieldKind::Number,
    };
    written.iter().map(|field| Field { name: field.name.value.clone(), kind: kind(field) }).collect()
}

fn role(resolver: &mut Resolver<'_>, key: &str, written: Option<&Spanned<String>>) -> Option<usize> {
    let written = written?;
    let entities = &resolver.design.entities;
    let found = entities.iter().position(|entity| entity.name.value == written.value);
    if found.is_none() {
        let known = entities.iter().map(|entity| entity.name.value.as_str());
        let finding = unknown("unknown-entity", written.span, "entity", &written.value, known);
        let help = finding.help.clone().unwrap_or_default();
        let help = format!("{help}\n`{key}` names an entity; declare it as `[entities.{}]`", written.value);
        resolver.push(finding.help(help));
    }
    found
}

/// Entities, events and labels share the words of the log and of the features.
fn distinct(resolver: &mut Resolver<'_>) {
    let design = resolver.design;
    let entities = design.entities.iter().map(|entity| (&entity.name, "an entity"));
    let events = design.events.iter().map(|event| (&event.name, "an event"));
    let labels = design.labels.iter().map(|label| (&label.name, "a label"));
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (name, what) in entities.chain(events).chain(labels) {
        let key = what == "an entity" && Line::KEYS.contains(&name.value.as_str());
        if key || RESERVED.contains(&name.value.as_str()) {
            let message = format!("{what} cannot be called `{}`: the word has a meaning already", name.value);
            resolver.push(Finding::error("reserved-name", name.span, message));
        } else if let Some((_, other)) = seen.iter().find(|(taken, _)| *taken == name.value) {
            let message = format!("{} is {other} already", quoted(&name.value));
            let help = format!("give {what} another name: logs and features tell them apart by name alone");
            resolver.push(Finding::error("duplicate-name", name.span, message).help(help));
        }
        seen.push((&name.value, what));
    }
}

/// The events; with the mapping of a data set those that one of its tables holds.
fn interactions(resolver: &mut Resolver<'_>) -> Vec<EventKind> {
    let design = resolver.design;
    let tables = || {
        design.tables.iter().filter_map(|table| match &table.rows.as_ref()?.value {
            Rows::Interaction(of) | Rows::Example(of) => Some(of.as_str()),
            Rows::Entity(_) | Rows::Request => None,
        })
    };
    let declared = |name: &str| design.events.iter().any(|event| event.name.value == name);
    // Where a table's event is misspelt, any event may be the one that is meant.
    let all = design.tables.is_empty() || !tables().all(declared);
    let mut kept = Vec::with_capacity(design.events.len());
    for event in &design.events {
        let name = &event.name.value;
        if all || tables().any(|held| held == name) {
            kept.push(EventKind { name: name.clone(), fields: fields(&event.fields) });
            continue;
        }
        let message = format!("no table of the data set holds {}: the event is left out", quoted(name));
        let help = format!("write `interaction = \"{name}\"` in the table that holds it, if one does");
        resolver.push(Finding::note("event-left-out", event.name.span, message).help(help));
    }
    kept
}

/// The labels; one that an error is about is left out.
pub(super) fn labels(resolver: &mut Resolver<'_>, schema: &Schema) -> Labels {
    let design = resolver.design;
    if design.labels.is_empty() {
        let message = "no label says what a good outcome is";
        let help = "write for example `[label.relevant]` with `from = \"watch\"`";
        resolver.push(Finding::error("no-label", design.problem.span, message).help(help));
    }
    if let Some(beyond) = design.labels.get(MOST_LABELS) {
        let message = format!("there are more than {MOST_LABELS} labels");
        resolver.push(Finding::error("too-many", beyond.name.span, message));
    }
    let errors = resolver.findings.errors();
    let labels = design.labels.iter().take(MOST_LABELS);
    let labels: Vec<Label> = labels.filter_map(|written| label(resolver, schema, written)).collect();
    if let Some(first) = design.labels.first()
        && labels.is_empty()
        && resolver.findings.errors() == errors
    {
        let message = "the data set has none of the labels";
        let help = "write one anew in the mapping, from what its events say";
        resolver.push(Finding::error("no-label", first.name.span, message).help(help));
    }
    Labels(labels)
}

fn label(resolver: &mut Resolver<'_>, schema: &Schema, written: &rankine_design::Label) -> Option<Label> {
    let from = sources(resolver, schema, written)?;
    if let Some(gone) = gone(resolver, schema, written, &from) {
        let name = quoted(&written.name.value);
        let message = format!("the label {name} is left out: the data set does not say {}", quoted(&gone));
        let help = "write it anew in the mapping if the data set can give it";
        resolver.push(Finding::note("label-left-out", written.name.span, message).help(help));
        return None;
    }
    let when = expression(resolver, schema, &from, written.when.as_ref())?;
    let value = expression(resolver, schema, &from, written.value.as_ref())?;
    amount_fits(resolver, written)?;
    // An amount that nobody told is not 0.
    let unknown = written.unknown.map_or(value.is_some(), |unknown| unknown.value);
    let within = written.within.map_or(WITHIN, |within| within.value.0);
    if within == 0 {
        let message = format!("the label {} has no time to happen", quoted(&written.name.value));
        let span = written.within.map(|within| within.span);
        let help =
            "`within` is the time after a request in which an event still counts; write for example \"1h\"";
        resolver.push(Finding::error("out-of-range", span, message).help(help));
    }
    Some(Label { name: written.name.value.clone(), from, when, value, unknown, within: within as i64 })
}

/// What a label of the design reads of its events and the mapping that is laid over it took away.
fn gone(
    resolver: &Resolver<'_>,
    schema: &Schema,
    written: &rankine_design::Label,
    from: &[usize],
) -> Option<String> {
    let base = resolver.base.as_ref().filter(|_| written.name.span.source == 0)?;
    [&written.when, &written.value].into_iter().flatten().find_map(|text| {
        let error = Expression::parse(&text.value, schema, from).err()?;
        let word = text.value.get(error.start..error.end)?;
        let said =
            |event: &usize| base.said.contains(&format!("{}.{word}", schema.interactions[*event].name));
        from.iter().any(said).then(|| word.to_owned())
    })
}

/// An expression of a label; `None` where it is wrong, `Some(None)` where there is none.
fn expression(
    resolver: &mut Resolver<'_>,
    schema: &Schema,
    from: &[usize],
    text: Option<&Spanned<String>>,
) -> Option<Option<Expression>> {
    let Some(text) = text else { return Some(None) };
    match Expression::parse(&text.value, schema, from) {
        Ok(expression) => Some(Some(expression)),
        Err(error) => {
            let raw = resolver.sources.get(text.span.source).map_or("", |source| source.text.as_str());
            let span = place::within(raw, text.span, error.start..error.end);
            let finding = Finding::error("bad-label", span, error.message.clone());
            let word = text.value.get(error.start..error.end).unwrap_or_default();
            resolver.push(match expression_help(word, &error.known) {
                Some(help) => finding.help(help),
                None => finding,
            });
            None
        }
    }
}

/// Amounts are for regression, and regression for amounts.
fn amount_fits(resolver: &mut Resolver<'_>, written: &rankine_design::Label) -> Option<()> {
    let regress = resolver.design.problem.task.as_ref().is_some_and(|task| task.value == Task::Regress);
    let (span, message, help) = match (&written.value, regress) {
        (Some(value), false) => (
            value.span,
            format!("the label {} has an amount, which only `regress` predicts", quoted(&written.name.value)),
            "leave `value` out, or write `task = \"regress\"`",
        ),
        (None, true) => (
            written.name.span,
            format!("the label {} says no amount to predict", quoted(&written.name.value)),
            "write for example `value = \"minutes\"`, a field of its event",
        ),
        _ => return Some(()),
    };
    resolver.push(Finding::error("wrong-label", span, message).help(help));
    None
}

fn expression_help(word: &str, known: &[String]) -> Option<String> {
    if !known.is_empty() {
        let nearest = rankine_design::did_you_mean(word, known.iter().map(String::as_str));
        // A bare `seconds` where only `video.seconds` is known is the commonest slip.
        let suffix = || known.iter().find(|name| name.ends_with(&format!(".{word}"))).map(String::as_str);
        return Some(match nearest.or_else(suffix) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", listed(known.iter().map(String::as_str))),
        });
    }
    match word {
        "=" => Some("write `==` to compare".to_owned()),
        "&" | "|" => Some("write `and` and `or`".to_owned()),
        "!" => Some("write `not`".to_owned()),
        "\"" | "'" => Some("only numbers and times can be compared, not text".to_owned()),
        _ => None,
    }
}

/// Indices of the events of a label; `None` where an error was found.
fn sources(
    resolver: &mut Resolver<'_>,
    schema: &Schema,
    written: &rankine_design::Label,
) -> Option<Vec<usize>> {
    let mut from = Vec::with_capacity(written.from.len());
    let mut missing = false;
    for event in &written.from {
        if let Some(index) = schema.interaction(&event.value) {
            if !from.contains(&index) {
                from.push(index);
            }
            continue;
        }
        let declared = resolver.design.events.iter().any(|known| known.name.value == event.value);
        let finding = if declared {
            let message = format!("no table of the data set holds {}", quoted(&event.value));
            let help =
                format!("write `[label.{}]` anew in the mapping, from events it has", written.name.value);
            Finding::error("label-without-event", event.span, message).help(help)
        } else {
            let known = schema.interactions.iter().map(|kind| kind.name.as_str());
            unknown("unknown-event", event.span, "event", &event.value, known)
        };
        resolver.push(finding);
        missing = true;
    }
    (!missing && !from.is_empty()).then_some(from)
}
