//! Where each figure stands in the run's folder, and how to get it again.

use maud::{Markup, html};
use rankine::run::Provenance;
use rankine::select::Online;

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
            @for (what, file) in FILES { dt { code { (file) } } dd { (words(of, what)) } }
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
        pre { (command(of.provenance, of.selection.online.as_ref())) }
        p.caption { "With the same version, design, log and seed, quality comes out the same to the last bit, on any "
            "number of threads. Latency, memory and training time depend on the machine, and so may who keeps a bound "
            "that it is close to." }
    }
}

/// What stands in a file, of a task that predicts.
fn words(of: &Report<'_>, what: &str) -> String {
    if of.selection.detection.is_some() {
        return what.replace(", found alone", "").replace(", online", ", curves, thresholds, a few pictures");
    }
    if of.selection.prediction.is_none() {
        return what.to_owned();
    }
    what.replace(", found alone", "").replace(", online", ", calibration, decisions, freshness")
}

/// What to type to get the same run again.
pub(crate) fn command(from: &Provenance, online: Option<&Online>) -> String {
    // A case in the binary has no file; its folder's name means it, as it does a folder on disk.
    let design = from.design.strip_suffix("/design.toml").unwrap_or(&from.design);
    let design = design.strip_prefix("cases/").unwrap_or(design);
    let mut words = vec!["rankine run".to_owned(), quoted(design)];
    if from.log == "world" {
        words.push(format!("--visits {}", online.map_or(0, |online| online.visits)));
    } else {
        words.push(format!("--data {}", quoted(&from.log)));
    }
    words.push(format!("--seed {} --once", from.seed));
    words.join(" ")
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
