//! The table of what was measured: quality with its interval, latency, bytes, cost.

use rankine::months::{months, servers};
use rankine::select::{Quality, Selection};
use rankine::{Decide, MetricAt};
use rankine_learn::metrics::find;

use super::of_run::Subject;
use super::page::{Block, Head, Row, Section, Table};
use super::written::steps;
use crate::report::numbers::{UNKNOWN, bytes, counted, digits, duration, figure, latency, percent, plain};
use crate::report::terminal::standing;
use crate::report::words::{less_is_better, unit, watched, winner};

/// Contenders that the table shows.
const ROWS: usize = 12;

pub(super) fn sections(of: &Subject<'_>) -> Vec<Section> {
    let metric = of.problem.evaluate.metric.to_string();
    let extra = extra(of, &metric);
    let costs = costs(of);
    let explained = explained(&extra, costs.as_ref());
    let head = |text: &str, number| Head { text: text.to_owned(), number };
    let mut heads = vec![head("Contender", false), head("Made of", false), head(&metric, true)];
    heads.push(head(&format!("{} interval", percent(of.problem.evaluate.confidence)), true));
    heads.extend(extra.iter().map(|metric| head(&metric.to_string(), true)));
    heads.extend([head("p99", true), head("memory", true), head("training", true)]);
    heads.extend(costs.as_ref().map(|costs| head(&costs.title, true)));
    let row = |(at, quality): (usize, &Quality)| {
        let cost = watched(of.selection, &quality.name).map(|watched| &watched.measured);
        let standing = standing(of.problem, of.selection, &quality.name).replace("may not win", "barred");
        // Who won stands out by itself.
        let name = match standing.as_str() {
            "" | "winner" => String::new(),
            standing => format!(" {standing}"),
        };
        let mut cells = vec![
            format!("**{}**{name}", quality.name),
            steps(&quality.tried.contender, of.problem),
            value(quality, &metric),
            interval(quality, &metric),
        ];
        cells.extend(extra.iter().map(|metric| value(quality, &metric.to_string())));
        let costed = |said: fn(&rankine::select::Measured) -> String| cost.map_or(UNKNOWN.to_owned(), said);
        cells.push(costed(|cost| latency(cost.latency_ms.p99)));
        cells.push(costed(|cost| bytes(cost.memory_bytes as f64)));
        cells.push(costed(|cost| seconds(cost.train_seconds)));
        cells.extend(costs.as_ref().map(|costs| costs.each.get(at).cloned().unwrap_or_default()));
        Row { cells, strong: winner(of.selection) == Some(&quality.name) }
    };
    let all = of.selection.quality.iter().enumerate();
    let kept = all.filter(|(at, quality)| *at < ROWS || important(of, &quality.name));
    let rows: Vec<Row> = kept.map(row).collect();
    let mut blocks = Vec::new();
    let left_out = of.selection.quality.len() - rows.len();
    blocks.push(Block::Table(Table { heads, rows }));
    blocks.extend(in_words(of).map(Block::Paragraph));
    blocks.extend(notes(of, left_out, &explained).into_iter().map(Block::Paragraph));
    vec![Section { title: "Measured".to_owned(), spare: None, blocks }]
}

/// What the contenders are, where somebody says so.
fn in_words(of: &Subject<'_>) -> Option<String> {
    let told = &of.extras?.contenders;
    let names = of.selection.quality.iter().map(|quality| &quality.name).take(ROWS);
    let said: Vec<String> =
        names.filter_map(|name| Some(format!("**{name}**: {}", told.get(name)?))).collect();
    (!said.is_empty()).then(|| format!("{}.", said.join(". ")))
}

/// A time in seconds as long as that is the shorter way to write it.
fn seconds(value: f64) -> String {
    if (60.0..1000.0).contains(&value) { format!("{value:.0} s") } else { duration(value) }
}

fn important(of: &Subject<'_>, name: &str) -> bool {
    of.selection.verdict.leader.as_deref() == Some(name) || of.problem.evaluate.baseline == name
}

/// The first metric that is only reported, where contenders are few enough to leave it room.
fn extra<'a>(of: &Subject<'a>, metric: &str) -> Vec<&'a MetricAt> {
    let known = |name: &String| of.selection.quality.iter().any(|one| one.metrics.contains_key(name));
    let more = of.problem.evaluate.report.iter();
    more.filter(|one| one.to_string() != metric && known(&one.to_string())).take(1).collect()
}

/// A column of costs.
struct Costs {
    title: String,
    /// By contender.
    each: Vec<String>,
    /// How they are counted.
    counted: Option<String>,
}

/// Servers a month where the design has prices, else what decisions cost.
fn costs(of: &Subject<'_>) -> Option<Costs> {
    let months = months(of.problem, of.selection);
    let serving: Option<Vec<f64>> =
        months.as_ref().and_then(|months| months.contenders.iter().map(|month| month.serving).collect());
    if let (Some(serving), Some(months)) = (serving, months) {
        let each = serving.iter().map(|cost| rankine_design::short(*cost)).collect();
        return Some(Costs {
            title: format!("{} a month", months.currency),
            each,
            counted: servers(of.problem),
        });
    }
    let each: Vec<String> = of.selection.decision_costs().into_iter().map(|(_, cost)| figure(cost)).collect();
    let Decide { cost_missed, cost_wrong, cost_review, reviews_day, .. } = of.problem.decide;
    let reviews = reviews_day.map_or_else(String::new, |_| format!(", a review {cost_review}"));
    let counted = Some(format!("Of the cost a miss is {cost_missed}, a mistake {cost_wrong}{reviews}."));
    (!each.is_empty()).then(|| Costs { title: "cost of 1,000".to_owned(), each, counted })
}

fn value(quality: &Quality, metric: &str) -> String {
    quality.metrics.get(metric).map_or(UNKNOWN.to_owned(), |found| figure(found.value))
}

fn interval(quality: &Quality, metric: &str) -> String {
    let ends = quality.metrics.get(metric).and_then(|found| found.low.zip(found.high));
    ends.map_or(UNKNOWN.to_owned(), |(low, high)| format!("{}–{}", figure(low), figure(high)))
}

/// What stands in the columns beside the deciding metric: others that are reported, and the costs.
fn explained(extra: &[&MetricAt], costs: Option<&Costs>) -> Vec<String> {
    let first = |metric: &&MetricAt| {
        let what = find(&metric.name)?.card.what.split([';', '.']).next()?;
        Some(format!("`{metric}`: {}.", uncapped(what)))
    };
    let counted = costs.and_then(|costs| costs.counted.clone());
    extra.iter().filter_map(first).chain(counted).collect()
}

/// What a metric is, behind a colon.
fn meant(metric: &str) -> String {
    find(metric).map_or(".".to_owned(), |found| format!(": {}", uncapped(found.card.what)))
}

/// A sentence of a card as it goes on behind a colon.
fn uncapped(what: &str) -> String {
    let (first, rest) = what.split_at(1);
    format!("{}{rest}", first.to_lowercase())
}

fn notes(of: &Subject<'_>, left_out: usize, explained: &[String]) -> Vec<String> {
    let (problem, selection) = (of.problem, of.selection);
    let better = if less_is_better(&problem.evaluate.metric) { "less" } else { "more" };
    let judged = selection.quality.iter().map(|quality| quality.requests).max().unwrap_or(0);
    let judged = counted(judged as u64, &format!("test {}", unit(selection)));
    let mut said = format!(
        "For `{}` {better} is better{} Judged on {judged}, the same for all; {}.",
        problem.evaluate.metric,
        meant(&problem.evaluate.metric.name),
        split(selection)
    );
    explained.iter().for_each(|sentence| said.push_str(&format!(" {sentence}")));
    if left_out > 0 {
        said.push_str(&format!(" Left out here: {left_out} more contenders."));
    }
    let barred = selection.watched.iter().filter(|watched| !watched.why_not.is_empty());
    let barred: Vec<String> = barred
        .take(4)
        .map(|watched| format!("{} may not win: {}.", watched.name, watched.why_not.join("; ")))
        .collect();
    std::iter::once(said).chain((!barred.is_empty()).then(|| barred.join(" "))).collect()
}

/// Where the figures of cost come from.
fn split(selection: &Selection) -> String {
    let load = selection.watched.first().map(|watched| &watched.measured);
    load.map_or("costs were not measured".to_owned(), |load| {
        format!(
            "p99 and memory in a process of its own at {} requests a second",
            plain(&digits(load.per_second))
        )
    })
}
