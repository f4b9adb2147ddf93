//! The deciding metric in parts of the requests.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::Selection;

use super::interval::{Row, rows};
use super::numbers::counted;
use super::words::{unit, watched, winner};

pub(super) fn body(problem: &Problem, selection: &Selection) -> Markup {
    let names: std::collections::BTreeSet<&String> =
        selection.quality.iter().flat_map(|quality| quality.slices.keys()).collect();
    html! {
        @for name in names {
            @let parts: Vec<Row<'_>> = of(selection, name);
            @let requests = selection.quality.iter().filter_map(|quality| quality.slices.get(name));
            @let requests = requests.map(|(_, count)| *count as u64).max().unwrap_or(0);
            h3 { (name) " " span.quiet { (counted(requests, unit(selection))) } }
            @if requests == 0 { p { "No test " (unit(selection)) " falls into this slice." } }
            @else { (rows(&parts, None, false)) }
        }
        p.caption { (problem.evaluate.metric) " with its interval; hollow marks may not win. "
            "A slice with few " (unit(selection)) "s says little: mind the whiskers." }
    }
}

fn of<'a>(selection: &'a Selection, slice: &str) -> Vec<Row<'a>> {
    let row = |quality: &'a rankine::select::Quality| {
        let (figure, _) = quality.slices.get(slice)?;
        Some(Row {
            name: &quality.name,
            value: figure.value,
            ends: figure.low.zip(figure.high),
            strong: winner(selection) == Some(&quality.name),
            hollow: watched(selection, &quality.name).is_some_and(|watched| !watched.why_not.is_empty()),
        })
    };
    selection.quality.iter().filter_map(row).collect()
}
