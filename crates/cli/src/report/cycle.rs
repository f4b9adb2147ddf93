//! This run beside the one before: both verdicts and what changed.

use maud::{Markup, html};
use rankine::select::Selection;
use rankine_learn::verdict::Status;

use super::numbers::{UNKNOWN, figure, latency, signed};
use super::words::{deciding, quality, sentences, watched};
use super::{Previous, Report, prose};

pub(super) fn body(of: &Report<'_>, previous: &Previous<'_>) -> Markup {
    let first = |selection| sentences(of.problem, selection).swap_remove(0);
    html! {
        div.pair {
            div { h3 { "Before " code { (previous.id) } } p { (prose(&first(previous.selection))) } }
            div { h3 { "Now " code { (of.id) } } p { (prose(&first(of.selection))) } }
        }
        h3 { "What changed" }
        ul.notes { @for change in changes(of, previous) { li { (prose(&change)) } } }
        (table(of, previous))
    }
}

fn changes(of: &Report<'_>, previous: &Previous<'_>) -> Vec<String> {
    let (before, now) = (previous.selection, of.selection);
    let mut all = Vec::new();
    let state = |selection: &Selection| match (selection.verdict.status, &selection.verdict.leader) {
        (Status::Winner, Some(leader)) => format!("{leader} won"),
        _ => "nobody won".to_owned(),
    };
    let (then, today) = (state(before), state(now));
    all.push(if then == today {
        format!("The verdict stands: {today} both times.")
    } else {
        format!("The verdict changed: before {then}, now {today}.")
    });
    if before.chosen != now.chosen {
        all.push(format!("Bundled is {} instead of {}.", now.chosen, before.chosen));
    }
    let names = |selection: &Selection| -> Vec<String> {
        selection.quality.iter().map(|quality| quality.name.clone()).collect()
    };
    let only = |left: Vec<String>, right: Vec<String>| -> Vec<String> {
        left.into_iter().filter(|name| !right.contains(name)).collect()
    };
    let (new, gone) = (only(names(now), names(before)), only(names(before), names(now)));
    if !new.is_empty() {
        all.push(format!("New among the contenders: {}.", new.join(", ")));
    }
    if !gone.is_empty() {
        all.push(format!("No longer among them: {}.", gone.join(", ")));
    }
    for quality in &now.quality {
        all.extend(bounds(before, now, &quality.name));
    }
    all.push(exposure(&before.chosen));
    all
}

/// Why the offline figures of a log that a contender wrote favour that contender.
pub fn exposure(chosen: &str) -> String {
    format!(
        "Part of this log was written while {chosen} answered. Users can only take what they are shown, so \
         full ranking on it favours {chosen} and its kin; a lead here says little about what users would prefer."
    )
}

/// What a contender's bounds have to say that they did not say before.
fn bounds(before: &Selection, now: &Selection, name: &str) -> Option<String> {
    let (then, today) = (watched(before, name)?, watched(now, name)?);
    match (then.why_not.is_empty(), today.why_not.is_empty()) {
        (true, false) => Some(format!("{name} may no longer win: {}.", today.why_not.join("; "))),
        (false, true) => Some(format!("{name} keeps the design's bounds now.")),
        _ => None,
    }
}

fn table(of: &Report<'_>, previous: &Previous<'_>) -> Markup {
    let (before, now) = (previous.selection, of.selection);
    let both: Vec<&str> = now
        .quality
        .iter()
        .map(|quality| quality.name.as_str())
        .filter(|name| quality(before, name).is_some())
        .collect();
    let p99 = |selection, name| {
        watched(selection, name)
            .map_or(UNKNOWN.to_owned(), |watched| latency(watched.measured.latency_ms.p99))
    };
    html! {
        @if !both.is_empty() {
            div.scroll.after tabindex="0" role="region" aria-label="Both runs by contender" { table {
                thead { tr {
                    th scope="col" { "Contender" }
                    th.n scope="col" { (of.problem.evaluate.metric) " before" }
                    th.n scope="col" { "now" }
                    th.n scope="col" { "change" }
                    th.n scope="col" { "p99 before" }
                    th.n scope="col" { "now" }
                } }
                tbody { @for name in both {
                    @let (then, today) = (deciding(of.problem, before, name), deciding(of.problem, now, name));
                    tr {
                        th scope="row" { (name) }
                        td.n { (figure(then)) }
                        td.n { (figure(today)) }
                        td.n { (signed(today - then)) }
                        td.n { (p99(before, name)) }
                        td.n { (p99(now, name)) }
                    }
                } }
            } }
            p.caption { "The test periods of two runs may differ, so a change here is not a paired difference; the "
                "verdicts above are." }
        }
    }
}
