//! What was predicted beside what came: base rates, calibration, decisions, the age of a model.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::{Prediction, Quality, Selection};
use rankine_learn::Task;

use super::interval::{Row, rows};
use super::numbers::{counted, figure, percent};
use super::words::{watched, winner};
use super::{calibration, decisions, freshness};

pub(super) fn body(problem: &Problem, selection: &Selection, prediction: &Prediction) -> Markup {
    html! {
        @if prediction.labels.is_empty() { p { "Nothing was predicted: the design has no label." } }
        @for (at, label) in prediction.labels.iter().enumerate() {
            p { "Label " code { (label) } ": " (base(problem, prediction, at)) }
        }
        (calibration::body(problem, selection, prediction))
        (by_label(problem, selection, prediction))
        @if !prediction.decided.is_empty() { (decisions::body(selection, prediction)) }
        @if let Some(freshness) = &prediction.freshness { (freshness::body(problem, freshness)) }
    }
}

/// How many examples there are of a label, and how many of them have it.
fn base(problem: &Problem, prediction: &Prediction, at: usize) -> String {
    let examples = prediction.examples.get(at).copied().unwrap_or(0);
    let base = prediction.base.get(at).copied().unwrap_or(f64::NAN);
    let judged = counted(examples as u64, "test example");
    match problem.task {
        _ if examples == 0 => "no test example tells.".to_owned(),
        Task::Regress => format!("{} on average over {judged}.", figure(base)),
        _ => format!("{} of {judged} have it.", percent(base)),
    }
}

/// The deciding metric of each label, where there are several.
fn by_label(problem: &Problem, selection: &Selection, prediction: &Prediction) -> Markup {
    let metric = &problem.evaluate.metric;
    html! {
        @if prediction.labels.len() > 1 {
            @for label in &prediction.labels {
                @let parts = of(selection, &format!("{metric} {label}"));
                @if !parts.is_empty() {
                    h3 { (metric) " of " (label) }
                    (rows(&parts, None, false))
                }
            }
        }
    }
}

fn of<'a>(selection: &'a Selection, metric: &str) -> Vec<Row<'a>> {
    let row = |quality: &'a Quality| {
        let found = quality.metrics.get(metric)?;
        Some(Row {
            name: &quality.name,
            value: found.value,
            ends: found.low.zip(found.high),
            strong: winner(selection) == Some(&quality.name),
            hollow: watched(selection, &quality.name).is_some_and(|watched| !watched.why_not.is_empty()),
        })
    };
    selection.quality.iter().filter_map(row).collect()
}
