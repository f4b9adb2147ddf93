//! The report of a run: one HTML file that needs nothing else, and the same verdict for a terminal.

mod axis;
mod calibration;
mod chart;
mod checks;
mod contenders;
mod curves;
mod cycle;
mod data;
mod decisions;
mod detection_curves;
mod detections;
mod freshness;
mod interval;
mod labels;
mod months;
pub(crate) mod numbers;
mod off_policy;
mod online;
mod predictions;
pub(crate) mod provenance;
mod settings;
mod sheet;
pub(crate) mod sketch;
mod slices;
pub(crate) mod terminal;
mod verdict;
pub(crate) mod words;

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use rankine::Problem;
use rankine::clarify::Sheet;
use rankine::prepare::Profile;
use rankine::run::Provenance;
use rankine::select::Selection;

pub use checks::checks_text;
pub use cycle::exposure;
pub use terminal::{decisions_text, table_text};
pub use words::verdict_text;

/// What a report is made from.
pub struct Report<'a> {
    /// The name of the run.
    pub id: &'a str,
    /// What was asked.
    pub problem: &'a Problem,
    /// What was open about it.
    pub sheet: &'a Sheet,
    /// What the log holds.
    pub profile: &'a Profile,
    /// What was found.
    pub selection: &'a Selection,
    /// Where it came from.
    pub provenance: &'a Provenance,
    /// The cycle before.
    pub previous: Option<Previous<'a>>,
    /// Warnings of clarify, rendered.
    pub findings: &'a [String],
}

/// The cycle before.
pub struct Previous<'a> {
    /// The name of its run.
    pub id: &'a str,
    /// What it found.
    pub selection: &'a Selection,
}

/// A part of the report: its anchor, its title, one line on how to read it, its content.
struct Section {
    anchor: &'static str,
    title: &'static str,
    note: &'static str,
    body: Markup,
}

/// The report as one HTML file: it loads nothing, prints, and reads in light and dark, wide and narrow.
pub fn html(of: &Report<'_>) -> String {
    let sections = sections(of);
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (of.problem.name) " · " (headline_title(of)) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header.top {
                    p.run { "Selection report" span { (of.id) } }
                    h1 { (of.problem.name) }
                    @if !of.problem.objective.is_empty() { p.objective { (of.problem.objective) } }
                    nav aria-label="Sections" {
                        @for section in &sections { a href={ "#" (section.anchor) } { (section.title) } }
                    }
                }
                main {
                    @for (at, section) in sections.iter().enumerate() {
                        section id=(section.anchor) {
                            header { p.number { (at + 1) } h2 { (section.title) } p.note { (section.note) } }
                            div.body { (section.body) }
                        }
                    }
                }
                footer { p { "Made by rankine " (of.provenance.version) " from the run " code { (of.id) } "." } }
            }
        }
    };
    page.into_string()
}

/// A sentence in which what stands between backticks is code.
fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let paired = parts.len() % 2 == 1;
    markup! {
        @if paired {
            @for (at, part) in parts.iter().enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else { (text) }
    }
}

fn headline_title(of: &Report<'_>) -> String {
    words::winner(of.selection).map_or("undecided".to_owned(), |winner| format!("{winner} wins"))
}

fn sections(of: &Report<'_>) -> Vec<Section> {
    let (problem, selection) = (of.problem, of.selection);
    let section = |anchor, title, note, body| Section { anchor, title, note, body };
    let mut all = vec![
        section("verdict", "Verdict", "", verdict::body(problem, selection)),
        section(
            "trade",
            "Quality and cost",
            if words::less_is_better(&problem.evaluate.metric) {
                "Down is better, left is cheaper."
            } else {
                "Up is better, left is cheaper."
            },
            chart::body(problem, selection),
        ),
        section("contenders", "Contenders", "On the test period.", contenders::body(problem, selection)),
    ];
    if let Some(prediction) = &selection.prediction {
        let note = "What was predicted and what came, on the test period.";
        all.push(section(
            "predictions",
            "Predictions",
            note,
            predictions::body(problem, selection, prediction),
        ));
    }
    if let Some(found) = selection.prediction.as_ref().and_then(|prediction| prediction.off_policy.as_ref()) {
        let note = "What the log would have earned by other choices.";
        all.push(section("off-policy", "Off-policy", note, off_policy::body(problem, selection, found)));
    }
    if let Some(detection) = &selection.detection {
        let note = "What was found and what was missed, on the test period.";
        all.push(section("detections", "Detections", note, detections::body(problem, selection, detection)));
    }
    if selection.quality.iter().any(|quality| !quality.slices.is_empty()) {
        let note = match words::unit(selection) {
            "example" => "The deciding metric in parts of the examples.",
            "picture" => "The deciding metric in parts of the pictures, or of their boxes.",
            _ => "The deciding metric in parts of the requests.",
        };
        all.push(section("slices", "Slices", note, slices::body(problem, selection)));
    }
    let note = "What each contender is made of and how its settings were found.";
    all.push(section("settings", "Settings", note, settings::body(problem, selection)));
    if let Some(online) = &selection.online {
        let note = "What simulated users said after the log's end.";
        all.push(section("online", "Online", note, online::body(problem, selection, online)));
    }
    if let Some(months) = rankine::months::months(problem, selection) {
        let note = "At the scale and the prices that the design states.";
        all.push(section("months", "A month in money", note, months::body(selection, &months)));
    }
    if let Some(previous) = &of.previous {
        let note = "This run beside the one before.";
        all.push(section("cycle", "Cycle", note, cycle::body(of, previous)));
    }
    let note = "What the log holds and what was kept aside.";
    all.push(section("data", "Data", note, data::body(problem.evaluate.split, of.profile)));
    if !of.profile.checks.is_empty() {
        let note = "What may be wrong with the data.";
        all.push(section("checks", "Checks", note, checks::body(of.profile)));
    }
    let note = "What was open and what was assumed.";
    all.push(section("sheet", "Clarification", note, sheet::body(of.sheet, of.findings)));
    let note = "Where each figure stands and how to get it again.";
    all.push(section("provenance", "Provenance", note, provenance::body(of)));
    all
}
