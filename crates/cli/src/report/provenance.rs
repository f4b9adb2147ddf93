//! Where each figure stands in the run's folder, and how to get it again.

use maud::{Markup, html};

use super::Report;

/// A part of the report and the file that its figures are read from.
const FILES: &[(&str, &str)] = &[
    ("what was asked, bounds, margin, confidence", "1-problem.json"),
    ("questions, framing, sizing", "1-sheet.json"),
    ("counts, periods, requests a day, gaps, lines kept aside", "2-dataset/profile.json"),
    ("metrics with intervals, slices, trials, importance, found alone", "3-selection/quality.json"),
    ("latency, memory, training time, bounds broken, verdict, online", "3-selection/selection.json"),
    ("version, seed, hashes", "provenance.json"),
];

pub(super) fn body(of: &Report<'_>) -> Markup {
    let from = of.provenance;
    html! {
        dl.pairs {
            @for (what, file) in FILES { dt { code { (file) } } dd { (what) } }
        }
        h3 { "This run" }
        dl.pairs {
            dt { "run" } dd { code { (of.id) } }
            @if let Some(previous) = &from.previous { dt { "after" } dd { code { (previous) } } }
            dt { "version" } dd { (from.version) }
            dt { "seed" } dd { code { (from.seed) } }
            dt { "log" } dd { @if from.log == "world" { "written by the simulated world" } @else { code { (from.log) } } }
            dt { "log's hash" } dd.hash { code { (from.log_hash) } }
            dt { "design's hash" } dd.hash { code { (from.design_hash) } }
        }
        h3 { "Again" }
        pre { (of.command) }
        p.caption { "With the same version, design, log and seed, quality comes out the same to the last bit, on any "
            "number of threads. Latency, memory and training time depend on the machine, and so may who keeps a bound "
            "that it is close to." }
    }
}
