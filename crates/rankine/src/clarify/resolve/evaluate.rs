//! How contenders are compared: metrics, guards, slices and periods.

use std::collections::BTreeMap;

use rankine_design::{Finding, Fraction, Quantity, Span, Spanned, Task};
use rankine_learn::metrics::{self, Cut};
use rankine_learn::{FieldKind, Schema};

use super::super::words::{quoted, unknown};
use super::{Resolver, place, split};
use crate::prepare::checks;
use crate::problem::{Evaluate, FieldAt, Guard, MetricAt, Odds, Owner, Slice, fields};

/// History, train, validation, test, where the design is silent.
pub(super) const PERIODS: [f64; 4] = [0.5, 0.2, 0.15, 0.15];

/// Largest cut-off of a metric.
const LARGEST_K: usize = 10_000;

/// Most settings tried per contender.
const MOST_TRIALS: u64 = 1000;

/// The evaluation; a metric that an error is about has an empty name.
pub(super) fn evaluate(resolver: &mut Resolver<'_>, schema: &Schema, slate: usize) -> Evaluate {
    let design = resolver.design;
    let written = &design.evaluate;
    let metric = written.metric.as_ref().and_then(|text| metric(resolver, text, 0..text.value.len(), slate));
    let predicts = design.problem.task.as_ref().is_some_and(|task| task.value != Task::Rank);
    let mut report: Vec<MetricAt> = Vec::new();
    for text in &written.report {
        if let Some(metric) = self::metric(resolver, text, 0..text.value.len(), slate)
            && !report.contains(&metric)
        {
            report.push(metric);
        }
    }
    let guards = written.guard.iter().filter_map(|text| guard(resolver, text, slate)).collect();
    let slices = written.slices.iter().filter_map(|text| slice(resolver, text, schema)).collect();
    let first = design.contenders.first().map(|first| first.name.value.clone());
    let baseline = written.baseline.as_ref().map(|baseline| baseline.value.clone()).or(first);
    Evaluate {
        metric: metric.unwrap_or(MetricAt { name: String::new(), k: if predicts { 0 } else { slate } }),
        baseline: baseline.unwrap_or_default(),
        margin: written.margin.map_or(0.01, |margin| margin.value.0),
        confidence: confidence(resolver),
        guards,
        report,
        slices,
        trials: trials(resolver),
        periods: periods(resolver),
        split: resolver.design.evaluate.split.map(|split| split.value).unwrap_or_default(),
        similar: split::similar(resolver, schema),
        freshness: written.freshness.is_some_and(|freshness| freshness.value),
        odds: odds(resolver, schema),
        allow: allow(resolver),
    }
}

/// Checks that may fail, by their names, and why.
fn allow(resolver: &mut Resolver<'_>) -> BTreeMap<String, String> {
    let mut allowed = BTreeMap::new();
    for (name, reason) in &resolver.design.evaluate.allow {
        let known = || checks::ALL.iter().map(|check| check.card.name);
        if !known().any(|known| known == name.value) {
            resolver.findings.push(unknown("unknown-check", name.span, "check", &name.value, known()));
        } else if reason.value.trim().is_empty() {
            let message = format!("{} is allowed without a reason", quoted(&name.value));
            let help = "say why it is no trouble here; the report repeats it";
            resolver.push(Finding::error("no-reason", reason.span, message).help(help));
        }
        allowed.insert(name.value.clone(), reason.value.clone());
    }
    allowed
}

/// The fields with the odds of the log's own policy and with what it could have shown.
fn odds(resolver: &mut Resolver<'_>, schema: &Schema) -> Option<Odds> {
    let written = &resolver.design.evaluate;
    let mut find = |text: &Spanned<String>, fits: &dyn Fn(FieldAt, FieldKind) -> bool| {
        let known = || fields(schema).filter(|(_, at, declared)| fits(*at, declared.kind));
        let found = known().find(|(name, ..)| *name == text.value).map(|(_, at, _)| at);
        if found.is_none() {
            let names: Vec<String> = known().map(|(name, ..)| name).collect();
            let names = names.iter().map(String::as_str);
            resolver.findings.push(unknown("unknown-field", text.span, "field", &text.value, names));
        }
        found
    };
    let pool = written.pool.as_ref().and_then(|text| {
        find(text, &|at, kind| {
            matches!(
                (at.owner, kind),
                (Owner::Request, FieldKind::Categories) | (Owner::Item, FieldKind::Category)
            )
        })
    });
    let propensity = written.propensity.as_ref().and_then(|text| {
        find(text, &|at, kind| {
            at.owner == Owner::Request && matches!(kind, FieldKind::Number | FieldKind::Vector)
        })
    });
    Some(Odds { propensity: propensity?.field, pool })
}

fn confidence(resolver: &mut Resolver<'_>) -> f64 {
    let Some(written) = resolver.design.evaluate.confidence else { return 0.95 };
    if written.value.0 <= 0.0 || written.value.0 >= 1.0 {
        let message = format!("`confidence` must be between 0% and 100%, not {}", written.value);
        let help = "no data makes a verdict certain; \"95%\" is usual";
        resolver.push(Finding::error("out-of-range", written.span, message).help(help));
    }
    written.value.0
}

fn trials(resolver: &mut Resolver<'_>) -> usize {
    let Some(written) = resolver.design.evaluate.trials else { return 3 };
    if written.value > MOST_TRIALS {
        let message = format!("`trials` must be at most {MOST_TRIALS}, not {}", written.value);
        resolver.push(Finding::error("out-of-range", written.span, message));
    }
    written.value.min(MOST_TRIALS) as usize
}

/// Shares as written; a single one that is missing takes the rest, several take their usual shares.
fn periods(resolver: &Resolver<'_>) -> [f64; 4] {
    let written = &resolver.design.evaluate.periods;
    let shares = [written.history, written.train, written.validation, written.test];
    let shares = shares.map(|share| share.map(|share| share.value.0));
    let sum: f64 = shares.iter().flatten().sum();
    let missing = shares.iter().filter(|share| share.is_none()).count();
    let mut periods = PERIODS;
    for (period, share) in periods.iter_mut().zip(shares) {
        *period = match share {
            Some(share) => share,
            None if missing == 1 => (1.0 - sum).max(0.0),
            None => *period,
        };
    }
    periods
}

/// The metric in the bytes `part` of a text, written `ndcg@10` or `ndcg` (the slate's length).
fn metric(
    resolver: &mut Resolver<'_>,
    text: &Spanned<String>,
    part: std::ops::Range<usize>,
    slate: usize,
) -> Option<MetricAt> {
    let word = text.value.get(part.clone()).unwrap_or_default();
    let span = place_of(resolver, text, word);
    let (name, cut) = match word.trim().split_once('@') {
        Some((name, cut)) => (name.trim(), Some(cut.trim())),
        None => (word.trim(), None),
    };
    let Some(found) = metrics::find(name) else {
        let known = metrics::ALL.iter().map(|metric| metric.card.name);
        resolver.push(unknown("unknown-metric", span, "metric", name, known));
        return None;
    };
    let number = |most: usize| cut.and_then(|cut| cut.parse().ok()).filter(|k| (1..=most).contains(k));
    let k = match (found.k, cut) {
        (Cut::None | Cut::Percent(_), None) => Some(0),
        (Cut::Places, None) => Some(slate),
        (Cut::None, Some(_)) => None,
        (Cut::Places, Some(_)) => number(LARGEST_K),
        (Cut::Percent(_), Some(cut)) => number(99).or_else(|| hundredths(cut)),
    };
    let Some(k) = k else {
        let cut = quoted(cut.unwrap_or_default());
        let (message, help) = match found.k {
            Cut::None => {
                (format!("`{name}` takes no number"), format!("write `{name}` alone: all predictions count"))
            }
            Cut::Percent(_) => (
                format!("{cut} is not a number of hundredths"),
                format!("write for example `{name}@50`; 1 to 99 may stand there"),
            ),
            Cut::Places => (
                format!("{cut} is not a number of places"),
                format!("write for example `{name}@{slate}`; 1 to {LARGEST_K} places may count"),
            ),
        };
        resolver.push(Finding::error("bad-metric", span, message).help(help));
        return None;
    };
    Some(MetricAt { name: name.to_owned(), k })
}

/// A share such as `0.5`, which some write for the overlap of boxes.
fn hundredths(cut: &str) -> Option<usize> {
    let share = cut.parse::<f64>().ok().filter(|share| *share > 0.0 && *share < 1.0)?;
    Some((share * 100.0).round() as usize)
}

/// Where a part of a text, found in it by its own bytes, stands; the whole text where it is empty.
fn place_of(resolver: &Resolver<'_>, text: &Spanned<String>, part: &str) -> Span {
    let part = part.trim();
    let source = resolver.sources.get(text.span.source).map_or("", |source| source.text.as_str());
    match text.value.find(part) {
        Some(start) if !part.is_empty() && part.len() < text.value.len() => {
            place::within(source, text.span, start..start + part.len())
        }
        _ => text.span,
    }
}

fn guard(resolver: &mut Resolver<'_>, text: &Spanned<String>, slate: usize) -> Option<Guard> {
    let found = [(">=", true), ("<=", false)]
        .into_iter()
        .find_map(|(sign, at_least)| text.value.find(sign).map(|at| (at, at_least)));
    let Some((at, at_least)) = found else {
        let message = format!("{} is not a guard", quoted(&text.value));
        let help = "write a metric, `>=` or `<=`, and a bound, for example \"coverage@10 >= 0.05\"";
        resolver.push(Finding::error("bad-guard", text.span, message).help(help));
        return None;
    };
    let metric = metric(resolver, text, 0..at, slate);
    let written = text.value[at + 2..].trim();
    let bound = match Fraction::parse(written) {
        Ok(bound) => bound.0,
        Err(error) => {
            let span = place_of(resolver, text, written);
            resolver.push(Finding::error("bad-guard", span, error.message).help(error.help));
            return None;
        }
    };
    Some(Guard { metric: metric?, at_least, bound })
}

fn slice(resolver: &mut Resolver<'_>, text: &Spanned<String>, schema: &Schema) -> Option<Slice> {
    let (user, item) = (&schema.user().name, &schema.item().name);
    let mut known =
        vec![(format!("{user}.new"), Slice::UserNew), (format!("{user}.known"), Slice::UserKnown)];
    let ranks = resolver.design.problem.task.as_ref().is_none_or(|task| task.value == Task::Rank);
    let detects = resolver.design.problem.task.as_ref().is_some_and(|task| task.value == Task::Detect);
    if detects {
        // Nobody asks twice, and no picture comes twice: what boxes are like is what divides them.
        known.clear();
        let boxes =
            [("box.small", Slice::BoxSmall), ("box.large", Slice::BoxLarge), ("box.note", Slice::BoxNote)];
        known.extend(boxes.map(|(name, slice)| (name.to_owned(), slice)));
    }
    if ranks {
        known.push((format!("{item}.tail"), Slice::ItemTail));
        known.push((format!("{item}.head"), Slice::ItemHead));
    } else {
        if !detects {
            known.push((format!("{item}.new"), Slice::ItemNew));
            known.push((format!("{item}.known"), Slice::ItemKnown));
        }
        let categories = fields(schema).filter(|(_, _, declared)| declared.kind == FieldKind::Category);
        known.extend(
            categories.map(|(name, FieldAt { owner, field }, _)| (name, Slice::Each { owner, field })),
        );
    }
    let found = known.iter().find(|(name, _)| *name == text.value).map(|(_, slice)| *slice);
    if found.is_none() {
        let names = known.iter().map(|(name, _)| name.as_str());
        resolver.push(unknown("unknown-slice", text.span, "slice", &text.value, names));
    }
    found
}
