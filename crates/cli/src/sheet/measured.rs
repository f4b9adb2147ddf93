//! The table of what was measured: quality with its interval, latency, bytes, cost.

use rankine::Decide;
use rankine::months::{Months, months};
use rankine::select::{Quality, Selection};

use super::of_run::Subject;
use super::page::{Block, Head, Row, Section, Table};
use super::written::steps;
use crate::report::numbers::{UNKNOWN, bytes, counted, digits, duration, figure, latency, percent, plain};
use crate::report::terminal::standing;
use crate::report::words::{less_is_better, unit, watched, winner};

/// Contenders that the table shows.
const ROWS: usize = 12;

pub(super) fn sections(of: &Subject<'_>) -> Vec<Section> {
    let months = months(of.problem, of.selection);
    let metric = of.problem.evaluate.metric.to_string();
    let extra = extra(of, &metric);
    let costs = costs(of, months.as_ref());
    let explained = explained(of, &extra, months.as_ref());
    let head = |text: &str, number| Head { text: text.to_owned(), number };
    let mut heads = vec![head("Contender", false), head("Made of", false), head(&metric, true)];
    heads.push(head(&format!("{} interval", percent(of.problem.evaluate.confidence)), true));
    heads.extend(extra.iter().map(|name| head(name, true)));
    heads.extend([head("p99", true), head("memory", true), head("training", true)]);
    heads.extend(costs.as_ref().map(|(title, _)| head(title, true)));
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
        cells.extend(extra.iter().map(|name| value(quality, name)));
        let costed = |said: fn(&rankine::select::Measured) -> String| cost.map_or(UNKNOWN.to_owned(), said);
        cells.push(costed(|cost| latency(cost.latency_ms.p99)));
        cells.push(costed(|cost| bytes(cost.memory_bytes as f64)));
        cells.push(costed(|cost| seconds(cost.train_seconds)));
        cells.extend(costs.as_ref().map(|(_, costs)| costs.get(at).cloned().unwrap_or_default()));
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
fn extra(of: &Subject<'_>, metric: &str) -> Vec<String> {
    let names = of.problem.evaluate.report.iter().map(ToString::to_string);
    let known = |name: &String| of.selection.quality.iter().any(|one| one.metrics.contains_key(name));
    names.filter(|name| name != metric && known(name)).take(1).collect()
}

/// What it costs, by contender: servers a month where the design has prices, else what decisions cost.
fn costs(of: &Subject<'_>, months: Option<&Months>) -> Option<(String, Vec<String>)> {
    let serving: Option<Vec<f64>> =
        months.and_then(|months| months.contenders.iter().map(|month| month.serving).collect());
    if let (Some(serving), Some(months)) = (serving, months) {
        let title = format!("{} a month", months.currency);
        return Some((title, serving.iter().map(|cost| rankine_design::short(*cost)).collect()));
    }
    if let Some(detection) = &of.selection.detection {
        let costs = detection.acted.iter().map(|acted| figure(acted.cost_per_thousand));
        return Some(("cost of 1,000".to_owned(), costs.collect()));
    }
    let prediction = of.selection.prediction.as_ref().filter(|prediction| !prediction.decided.is_empty())?;
    let costs = prediction.decided.iter().map(|decided| figure(decided.cost_per_thousand));
    Some(("cost of 1,000".to_owned(), costs.collect()))
}

fn value(quality: &Quality, metric: &str) -> String {
    quality.metrics.get(metric).map_or(UNKNOWN.to_owned(), |found| figure(found.value))
}

fn interval(quality: &Quality, metric: &str) -> String {
    let ends = quality.metrics.get(metric).and_then(|found| found.low.zip(found.high));
    ends.map_or(UNKNOWN.to_owned(), |(low, high)| format!("{}–{}", figure(low), figure(high)))
}

/// What stands in the columns beside the deciding metric: others that are reported, and the costs.
fn explained(of: &Subject<'_>, extra: &[String], months: Option<&Months>) -> Vec<String> {
    let mut said = Vec::new();
    for name in extra {
        let card = rankine_learn::metrics::find(name.split('@').next().unwrap_or_default());
        let first = card.and_then(|found| found.card.what.split([';', '.']).next());
        said.extend(first.map(|what| format!("`{name}`: {}.", uncapped(what))));
    }
    let servers = months.and_then(|months| months.sums.iter().find(|sum| sum.starts_with("Servers")));
    let decides = costs(of, None).is_some();
    said.extend(match servers {
        Some(servers) => Some(servers.clone()),
        None if decides => {
            let Decide { cost_missed, cost_wrong, cost_review, .. } = of.problem.decide;
            let reviews = of.problem.decide.reviews_day.map(|_| format!(", a review {cost_review}"));
            let reviews = reviews.unwrap_or_default();
            Some(format!("Of the cost a miss is {cost_missed}, a mistake {cost_wrong}{reviews}."))
        }
        None => None,
    });
    said
}

/// What a metric is, behind a colon.
fn meant(metric: &str) -> String {
    let found = rankine_learn::metrics::find(metric);
    found.map_or(".".to_owned(), |found| format!(": {}", uncapped(found.card.what)))
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
