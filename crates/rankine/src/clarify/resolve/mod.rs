//! From a design as written to a [`Problem`]: names become indices, open values their defaults.

mod contenders;
mod evaluate;
mod features;
mod place;
mod schema;
mod settings;
mod split;
mod tables;

use std::collections::BTreeSet;

use rankine_design::{Count, Design, Finding, Findings, Source, Spanned, Task as Written};
use rankine_learn::{FieldKind, Schema, Task};

use super::words::{quoted, unknown};
use crate::problem::{Decide, Prices, Problem, Scale};

/// Largest slate; nobody looks at more.
const LARGEST_SLATE: u64 = 1000;

/// A problem as far as it could be resolved: where findings are errors, steps or names may be missing.
pub(super) struct Draft {
    pub(super) problem: Problem,
    /// Indices of contenders of which a part is missing.
    pub(super) incomplete: BTreeSet<usize>,
}

/// What resolving needs throughout.
struct Resolver<'d> {
    design: &'d Design,
    sources: &'d [Source],
    findings: &'d mut Findings,
    /// What the design knows without the mapping that is laid over it; `None` without a mapping.
    base: Option<schema::Names>,
}

impl Resolver<'_> {
    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Resolves a design; `None` where it is not known what is ranked for whom.
pub(super) fn resolve(design: &Design, sources: &[Source], findings: &mut Findings) -> Option<Draft> {
    let base = (sources.len() > 1).then(|| {
        let (alone, _) = rankine_design::parse(&sources[..1]);
        schema::Names::of(&alone)
    });
    let mut resolver = Resolver { design, sources, findings, base };
    let task = task(&resolver)?;
    let schema = schema::schema(&mut resolver)?;
    let labels = schema::labels(&mut resolver, &schema);
    let slate = slate(&mut resolver);
    let features = features::features(&mut resolver, &schema, &labels);
    let (contenders, incomplete) = contenders::contenders(&mut resolver, &schema, &labels, slate);
    let evaluate = evaluate::evaluate(&mut resolver, &schema, slate);
    let tables = tables::tables(&mut resolver, &schema);
    let decide = decide(&mut resolver, &schema);
    let objective = match (&design.problem.objective, labels.0.first()) {
        (Some(objective), _) => objective.value.clone(),
        (None, Some(label)) => format!("more {}", label.name),
        (None, None) => String::new(),
    };
    let problem = Problem {
        name: name(&mut resolver),
        task,
        objective,
        slate,
        repeat: design.problem.repeat.is_some_and(|repeat| repeat.value),
        schema,
        labels,
        features,
        contenders,
        decide,
        prices: prices(&mut resolver),
        evaluate,
        scale: scale(&mut resolver),
        tables,
    };
    Some(Draft { problem, incomplete })
}

fn task(resolver: &Resolver<'_>) -> Option<Task> {
    let task = resolver.design.problem.task.as_ref()?;
    Some(match task.value {
        Written::Rank => Task::Rank,
        Written::Classify => Task::Classify,
        Written::Regress => Task::Regress,
        Written::Detect => Task::Detect,
    })
}

/// What is done with a prediction; costs of 1 where the design does not say.
fn decide(resolver: &mut Resolver<'_>, schema: &Schema) -> Decide {
    let written = &resolver.design.decide;
    let mut cost = |key: &str, given: &Option<Spanned<String>>| amount(resolver, key, given).unwrap_or(1.0);
    let costs = [
        cost("cost_missed", &written.cost_missed),
        cost("cost_wrong", &written.cost_wrong),
        cost("cost_review", &written.cost_review),
    ];
    let worth = written.worth.as_ref().and_then(|given| {
        let item = schema.item();
        let numbers = || item.fields.iter().filter(|field| field.kind == FieldKind::Number);
        let name = given.value.strip_prefix(&format!("{}.", item.name));
        let found = name.and_then(|name| numbers().find(|field| field.name == name));
        let at = found.and_then(|found| item.field(&found.name));
        if at.is_none() {
            let known: Vec<String> = numbers().map(|field| format!("{}.{}", item.name, field.name)).collect();
            let names = known.iter().map(String::as_str);
            resolver.push(unknown("unknown-field", given.span, "number of an item", &given.value, names));
        }
        at
    });
    let [cost_missed, cost_wrong, cost_review] = costs;
    Decide {
        worth,
        act: written.act.map(|act| act.value.0),
        reviews_day: written.reviews_day.map(|count| count.value.number as f64),
        cost_missed,
        cost_wrong,
        cost_review,
    }
}

/// What things cost and are worth; none where the design gives no price.
fn prices(resolver: &mut Resolver<'_>) -> Option<Prices> {
    let written = &resolver.design.prices;
    written.span?;
    Some(Prices {
        currency: written.currency.as_ref().map_or("USD".to_owned(), |currency| currency.value.clone()),
        server_month: amount(resolver, "server_month", &written.server_month),
        storage_gib_month: amount(resolver, "storage_gib_month", &written.storage_gib_month),
        outcome: amount(resolver, "outcome", &written.outcome),
    })
}

/// A number from 0 on.
fn amount(resolver: &mut Resolver<'_>, key: &str, given: &Option<Spanned<String>>) -> Option<f64> {
    let given = given.as_ref()?;
    match given.value.parse::<f64>() {
        Ok(amount) if amount.is_finite() && amount >= 0.0 => Some(amount),
        _ => {
            let message = format!("`{key}` must be a number from 0, not {}", quoted(&given.value));
            resolver.push(Finding::error("out-of-range", given.span, message));
            None
        }
    }
}

fn name(resolver: &mut Resolver<'_>) -> String {
    let Some(written) = &resolver.design.problem.name else { return String::new() };
    let name = slug(&written.value);
    if name.is_empty() {
        let message = format!("{} has no letter or digit to make a name of", quoted(&written.value));
        let help = "write for example `name = \"video-recommendation\"`";
        resolver.push(Finding::error("bad-name", written.span, message).help(help));
    } else if name != written.value {
        let message = format!("files and addresses call this problem `{name}`");
        resolver.push(Finding::note("name-shortened", written.span, message));
    }
    name
}

/// A name of small letters, digits and single dashes.
pub(super) fn slug(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.trim_end_matches('-').chars().take(64).collect()
}

fn slate(resolver: &mut Resolver<'_>) -> usize {
    let Some(written) = resolver.design.problem.slate else { return 10 };
    if written.value > LARGEST_SLATE {
        let message = format!("`slate` must be at most {LARGEST_SLATE}, not {}", written.value);
        resolver.push(Finding::error("out-of-range", written.span, message));
    }
    written.value.min(LARGEST_SLATE) as usize
}

fn scale(resolver: &mut Resolver<'_>) -> Scale {
    let written = &resolver.design.scale;
    let count = |count: &Option<Spanned<Count>>| count.map(|count| count.map(|count| count.number as f64));
    let mut positive = |key: &str, written: Option<Spanned<f64>>| {
        let written = written?;
        if written.value > 0.0 {
            return Some(written.value);
        }
        let message = format!("`{key}` must be more than 0");
        let help = "leave it out where it is not known";
        resolver.push(Finding::error("out-of-range", written.span, message).help(help));
        None
    };
    Scale {
        users: positive("users", count(&written.users)),
        items: positive("items", count(&written.items)),
        requests_peak: positive("requests_peak", written.requests_peak.map(|rate| rate.map(|rate| rate.0))),
        latency_p99: positive("latency_p99", written.latency_p99.map(|time| time.map(|time| time.0 as f64))),
        memory: positive("memory", written.memory.map(|bytes| bytes.map(|bytes| bytes.0 as f64))),
        servers: positive("servers", count(&written.servers)),
        events_day: positive("events_day", count(&written.events_day)),
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_fit_for_files() {
        let cases = [
            ("video-recommendation", "video-recommendation"),
            ("My Videos, 2nd try!", "my-videos-2nd-try"),
            ("--", ""),
            ("Größe", "gr-e"),
        ];
        for (text, expected) in cases {
            assert_eq!(slug(text), expected, "{text}");
        }
    }
}
