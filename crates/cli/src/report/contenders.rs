//! The table of contenders: every metric and every cost.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::{Quality, Selection};
use rankine_learn::metrics;

use super::numbers::{UNKNOWN, bytes, count, duration, figure, latency, percent, plain};
use super::prose;
use super::terminal::standing;
use super::words::{less_is_better, ranked, unit, watched, winner};

pub(super) fn body(problem: &Problem, selection: &Selection) -> Markup {
    let (others, ranked) = (others(problem, selection), ranked(selection));
    html! {
        p.caption.before-table { "Below each value its " (percent(problem.evaluate.confidence)) " interval, on its own and not "
            "shared among pairs; a metric over all " (unit(selection)) "s has none." @if ranked {
                " Found alone: relevant items per request among the first " (count(problem.evaluate.metric.k as u64))
                " that no other contender had there."
            } (directions(problem, selection)) }
        div.scroll.full tabindex="0" role="region" aria-label="Table of contenders" {
            table.wide {
                thead { tr {
                    th scope="col" { "Contender" }
                    th.n scope="col" { (problem.evaluate.metric) }
                    th.n scope="col" { "p50" }
                    th.n scope="col" { "p99" }
                    th.n scope="col" { "Memory" }
                    th.n scope="col" { "Train" }
                    @if ranked { th.n scope="col" { "Found alone" } }
                    @for metric in &others { th.n scope="col" { (metric) } }
                } }
                tbody { @for quality in &selection.quality { (row(problem, selection, quality, &others)) } }
            }
        }
        (barred(selection))
        (notes(selection))
    }
}

/// The names of the metrics that do not decide: those that the design reports, those of its guards.
fn others(problem: &Problem, selection: &Selection) -> Vec<String> {
    let evaluate = &problem.evaluate;
    let asked = evaluate.report.iter().chain(evaluate.guards.iter().map(|guard| &guard.metric));
    let mut all: Vec<String> = Vec::new();
    for name in asked.filter(|metric| **metric != evaluate.metric).map(ToString::to_string) {
        let known = selection.quality.iter().any(|quality| quality.metrics.contains_key(&name));
        if known && !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// Which of the table's metrics are not better the more they are.
fn directions(problem: &Problem, selection: &Selection) -> String {
    let evaluate = &problem.evaluate;
    let asked = std::iter::once(&evaluate.metric)
        .chain(&evaluate.report)
        .chain(evaluate.guards.iter().map(|guard| &guard.metric));
    let (mut less, mut ideal): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for metric in asked {
        let name = metric.to_string();
        if !selection.quality.iter().any(|quality| quality.metrics.contains_key(&name)) {
            continue;
        }
        let best = metrics::find(&metric.name).and_then(|found| found.ideal).map(|ideal| ideal(metric.k));
        match best {
            Some(best) => ideal.push(format!(" For {name} {} is best.", plain(&figure(best)))),
            None if less_is_better(metric) && !less.contains(&name) => less.push(name),
            None => {}
        }
    }
    ideal.dedup();
    let less =
        if less.is_empty() { String::new() } else { format!(" Less is better for {}.", less.join(", ")) };
    less + &ideal.concat()
}

fn row(problem: &Problem, selection: &Selection, quality: &Quality, others: &[String]) -> Markup {
    let watched = watched(selection, &quality.name);
    let cost = watched.map(|watched| &watched.measured);
    let barred = watched.is_some_and(|watched| !watched.why_not.is_empty());
    let standing = standing(problem, selection, &quality.name);
    html! {
        tr.strong[winner(selection) == Some(&quality.name)].barred[barred] {
            th scope="row" { (quality.name) @if !standing.is_empty() { small { (standing) } } }
            (cell(quality, &problem.evaluate.metric.to_string()))
            @if let Some(cost) = cost {
                td.n { (latency(cost.latency_ms.p50)) }
                td.n { (latency(cost.latency_ms.p99)) }
                td.n { (bytes(cost.memory_bytes as f64)) }
                td.n { (duration(cost.train_seconds)) }
            } @else {
                @for _ in 0..4 { td.n { (UNKNOWN) } }
            }
            @if ranked(selection) { td.n { (figure(quality.found_alone)) } }
            @for metric in others { (cell(quality, metric)) }
        }
    }
}

fn cell(quality: &Quality, metric: &str) -> Markup {
    html! {
        td.n {
            @if let Some(found) = quality.metrics.get(metric) {
                (figure(found.value))
                @if let (Some(low), Some(high)) = (found.low, found.high) {
                    small { (figure(low)) " to " (figure(high)) }
                }
            } @else { (UNKNOWN) }
        }
    }
}

fn barred(selection: &Selection) -> Markup {
    let barred: Vec<_> = selection.watched.iter().filter(|watched| !watched.why_not.is_empty()).collect();
    html! {
        @if !barred.is_empty() {
            h3 { "May not win" }
            dl.pairs { @for watched in barred {
                dt { (watched.name) }
                @for why in &watched.why_not { dd { (prose(why)) } }
            } }
        }
    }
}

/// How the figures came about, so that nobody takes them for more than they are.
fn notes(selection: &Selection) -> Markup {
    let sampling = selection.quality.first().map(|quality| quality.sampling.as_str()).unwrap_or_default();
    let load = selection.watched.first().map(|watched| &watched.measured);
    html! {
        h3 { "How this was measured" }
        ul.notes {
            @if !sampling.is_empty() { li { "Quality: " (sampling) "." } }
            @if selection.detection.is_some() {
                li { "Settings and thresholds were chosen on the validation period, which calibrates scores too; what was "
                    "trained for that is what was tested and is bundled. The test period was read once, for this verdict." }
            } @else if selection.prediction.is_some() {
                li { "Settings were chosen on the validation period. Scorers were then trained on train and validation, "
                    "those that stop early on train with validation to stop by; the test period was read once, for this "
                    "verdict." }
                li { "What is bundled has the scorers that were tested, since the test period is not trained on." }
            } @else {
            li { "Settings were chosen on the validation period. Scorers were then trained on train and validation, "
                "retrievers refitted on everything before the test period; the test period was read once, for this "
                "verdict." }
            li { "What is bundled has its retrievers refitted on the whole log; its scorer is the one that was tested, "
                "since the test period is not trained on." }
            }
            @if let Some(load) = load {
                li { "Latency and memory were measured in a child process, without HTTP, at "
                    (plain(&figure(load.per_second))) " requests a second over " (count(load.requests as u64))
                    " requests, from when a request was due to its answer. A network adds to this. "
                    "These figures depend on the machine; quality does not." }
            }
        }
    }
}
