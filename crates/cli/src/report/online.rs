//! What simulated users said of the contenders, and whether the log had said the same.

use std::cmp::Ordering;

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::{Online, OnlineResult, Selection};

use super::interval::{Row, rows};
use super::numbers::{count, counted, percent};
use super::words::{deciding, watched, winner};

/// So many pairs in another order are named.
const NAMED: usize = 6;

pub(super) fn body(problem: &Problem, selection: &Selection, online: &Online) -> Markup {
    let row = |result: &'_ OnlineResult| {
        let barred = watched(selection, &result.name).is_some_and(|watched| !watched.why_not.is_empty());
        (winner(selection) == Some(result.name.as_str()), barred)
    };
    let per_visit: Vec<Row<'_>> = online
        .results
        .iter()
        .map(|result| {
            let (strong, hollow) = row(result);
            let found = &result.per_visit;
            Row {
                name: &result.name,
                value: found.value,
                ends: Some((found.low, found.high)),
                strong,
                hollow,
            }
        })
        .collect();
    let baseline = &problem.evaluate.baseline;
    let others = online.results.iter().filter(|result| result.name != *baseline);
    let over: Vec<Row<'_>> = others
        .map(|result| {
            let (strong, hollow) = row(result);
            let found = &result.over_baseline;
            Row {
                name: &result.name,
                value: found.value,
                ends: Some((found.low, found.high)),
                strong,
                hollow,
            }
        })
        .collect();
    let confidence = percent(problem.evaluate.confidence);
    html! {
        div.prose { @for sentence in agreement(problem, selection, online) { p { (sentence) } } }
        h3 {
            (capital(&online.goal)) ", per visit "
            span.quiet { (counted(online.visits as u64, "visit")) " each" }
        }
        (rows(&per_visit, None, false))
        @if !over.is_empty() {
            h3 { "Difference to " (baseline) " " span.quiet { "paired by visit" } }
            (rows(&over, Some(0.0), true))
        }
        @if let Some(ill) = &online.ill { (prevalence(selection, online, ill)) }
        p.caption { "Whiskers are " (confidence) " intervals, each on its own. The line marks no difference. "
            "Users are simulated: this checks the method, it does not promise what people will do." }
    }
}

/// What share of what stays is ill, where contenders decide.
fn prevalence(selection: &Selection, online: &Online, ill: &str) -> Markup {
    fn row<'o>(selection: &Selection, result: &'o OnlineResult) -> Option<Row<'o>> {
        let found = result.prevalence?;
        let barred = watched(selection, &result.name).is_some_and(|watched| !watched.why_not.is_empty());
        Some(Row {
            name: &result.name,
            value: found.value,
            ends: Some((found.low, found.high)),
            strong: winner(selection) == Some(result.name.as_str()),
            hollow: barred,
        })
    }
    let shares: Vec<Row<'_>> = online.results.iter().filter_map(|result| row(selection, result)).collect();
    html! {
        @if !shares.is_empty() {
            h3 { "Share of " (ill) " " span.quiet { "among what stays visible" } }
            (rows(&shares, None, false))
            dl.pairs { @for result in &online.results { @if let Some([acted, reviewed, left]) = result.decided {
                dt { (result.name) }
                dd {
                    (count(acted as u64)) " acted on, " (count(reviewed as u64)) " reviewed, "
                    (count(left as u64)) " left"
                }
            } } }
            @if let Some(untouched) = &online.untouched {
                p.caption { "Where nothing is decided it is " (percent(untouched.value)) ", from "
                    (percent(untouched.low)) " to " (percent(untouched.high)) "." }
            }
        }
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Whether the offline order agreed with what the users said, in sentences.
pub(super) fn agreement(problem: &Problem, selection: &Selection, online: &Online) -> Vec<String> {
    let known: Vec<(&str, f64, f64)> = online
        .results
        .iter()
        .map(|result| {
            (result.name.as_str(), deciding(problem, selection, &result.name), result.per_visit.value)
        })
        .filter(|(_, offline, online)| offline.is_finite() && online.is_finite())
        .collect();
    let mut agree = 0u64;
    let mut apart = Vec::new();
    for (at, left) in known.iter().enumerate() {
        for right in &known[at + 1..] {
            let (log, users) = (left.1.total_cmp(&right.1), left.2.total_cmp(&right.2));
            if log == users {
                agree += 1;
            } else {
                apart.push(disagreement(left.0, right.0, log, users));
            }
        }
    }
    let pairs = agree + apart.len() as u64;
    let mut all = vec![match (pairs, apart.len()) {
        (0, _) => "With fewer than two contenders there is no order to compare.".to_owned(),
        (1, 0) => "Offline and online order agree on the one pair of contenders.".to_owned(),
        (_, 0) => format!("Offline and online order agree on all {} pairs of contenders.", count(pairs)),
        _ => format!(
            "Offline and online order agree on {} of {} pairs of contenders.",
            count(agree),
            count(pairs)
        ),
    }];
    if !apart.is_empty() {
        let more = apart.len().saturating_sub(NAMED);
        let mut named = apart[..apart.len() - more].join("; ");
        if more > 0 {
            named.push_str(&format!("; and {more} more"));
        }
        all.push(format!("They differ: {named}."));
    }
    all.extend(first(selection, &known));
    all
}

fn disagreement(left: &str, right: &str, log: Ordering, users: Ordering) -> String {
    let order = |order: Ordering| match order {
        Ordering::Less => format!("{right} before {left}"),
        Ordering::Equal => format!("{left} and {right} equal"),
        Ordering::Greater => format!("{left} before {right}"),
    };
    format!("the log puts {}, users {}", order(log), order(users))
}

/// Whether the winner is also what the users liked best.
fn first(selection: &Selection, known: &[(&str, f64, f64)]) -> Option<String> {
    let winner = winner(selection).filter(|_| known.len() > 1)?;
    let best = known.iter().rev().max_by(|left, right| left.2.total_cmp(&right.2))?;
    let barred = watched(selection, best.0).is_some_and(|watched| !watched.why_not.is_empty());
    Some(match () {
        () if best.0 == winner => format!("The winner {winner} is also first with the users."),
        () if barred => format!("First with the users is {}, which may not win; {winner} does.", best.0),
        () => format!("First with the users is {}, not the winner {winner}.", best.0),
    })
}
