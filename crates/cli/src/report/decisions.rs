//! What thresholds did: acted on, reviewed, left, and what that costs.

use maud::{Markup, html};
use rankine::select::{Decided, Prediction, Selection};

use super::numbers::{count, figure, percent};
use super::words::winner;

pub(super) fn body(selection: &Selection, prediction: &Prediction) -> Markup {
    html! {
        h3 { "Decisions " span.quiet { "on the test period" } }
        div.scroll tabindex="0" role="region" aria-label="Decisions by contender" { table.wide {
            thead { tr {
                th scope="col" { "Contender" }
                th.n scope="col" { "Acted" }
                th.n scope="col" { "Reviewed" }
                th.n scope="col" { "Left" }
                th.n scope="col" { "Prevalence" }
                th.n scope="col" { "After" }
                th.n scope="col" { "Cost of 1,000" }
            } }
            tbody { @for decided in &prediction.decided { (row(selection, decided)) } }
        } }
        p.caption { "Right is who has a label, missed is who has one and was left. Prevalence is the share that has a label: "
            "of all, and of what stays after everything acted on and everything that a review confirmed is gone. "
            "The cost is in the design's unit: for what was missed, for acting in error, and for reviews." }
        h3 { "Thresholds " span.quiet { "chosen on the validation period" } }
        dl.pairs { @for decided in &prediction.decided {
            dt { (decided.name) } dd { (thresholds(&prediction.labels, decided)) }
        } }
    }
}

fn row(selection: &Selection, decided: &Decided) -> Markup {
    let (before, after) = prevalence(decided);
    html! {
        tr.strong[winner(selection) == Some(&decided.name)] {
            th scope="row" { (decided.name) }
            (cell(decided.acted, "right"))
            (cell(decided.reviewed, "right"))
            (cell(decided.left, "missed"))
            td.n { (percent(before)) }
            td.n { (percent(after)) }
            td.n { (figure(decided.cost_per_thousand)) }
        }
    }
}

fn cell((all, with): (usize, usize), word: &str) -> Markup {
    html! {
        td.n {
            (count(all as u64))
            @if all > 0 { small { (count(with as u64)) " " (word) ", " (percent(with as f64 / all as f64)) } }
        }
    }
}

/// The share that has a label, of all items and of those that stay.
fn prevalence(decided: &Decided) -> (f64, f64) {
    let [acted, reviewed, left] =
        [decided.acted, decided.reviewed, decided.left].map(|(all, with)| (all as f64, with as f64));
    let all = acted.0 + reviewed.0 + left.0;
    let stay = left.0 + reviewed.0 - reviewed.1;
    let share = |with: f64, of: f64| if of > 0.0 { with / of } else { f64::NAN };
    (share(acted.1 + reviewed.1 + left.1, all), share(left.1, stay))
}

fn thresholds(labels: &[String], decided: &Decided) -> String {
    let act = &decided.thresholds.act;
    let reached = |threshold: f64| threshold <= 1.0;
    let mut words: Vec<String> = Vec::new();
    for (label, from) in labels.iter().zip(act).filter(|(_, from)| reached(**from)) {
        let of = if labels.len() > 1 { format!(" for {label}") } else { String::new() };
        words.push(format!("acts from {}{of}", figure(*from)));
    }
    if words.is_empty() {
        words.push("never acts".to_owned());
    }
    if reached(decided.thresholds.review) {
        words.push(format!("asks for a review from {}", figure(decided.thresholds.review)));
    } else {
        words.push("never asks for a review".to_owned());
    }
    words.join("; ")
}
