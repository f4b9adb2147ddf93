//! What was found in pictures: precision and recall, thresholds, what a million pictures cost, and a few of them.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::{Acted, Detection, Sample, Selection};
use rankine_learn::Area;

use super::numbers::{count, counted, figure, percent};
use super::words::{watched, winner};
use super::{detection_curves, prose};

pub(super) fn body(problem: &Problem, selection: &Selection, detection: &Detection) -> Markup {
    let [trained, chosen, judged] = detection.pictures.map(|pictures| counted(pictures as u64, "picture"));
    html! {
        p { "Learned from " (trained) ", thresholds chosen on " (chosen) ", judged on " (judged) "." }
        @for (label, boxes) in detection.labels.iter().zip(&detection.boxes) {
            p { "Label " code { (label) } ": " (count(*boxes as u64)) @if *boxes == 1 { " box" } @else { " boxes" } " in the test pictures." }
        }
        p { "There are no users to ask: who is in a picture does not visit." }
        (detection_curves::body(selection, detection))
        (acted(problem, selection, detection))
        (samples(selection, detection))
    }
}

/// What the thresholds did, and what it takes to do it a million times.
fn acted(problem: &Problem, selection: &Selection, detection: &Detection) -> Markup {
    html! {
        h3 { "At the thresholds " span.quiet { "chosen on the validation period" } }
        div.scroll tabindex="0" role="region" aria-label="Thresholds by contender" { table.wide {
            thead { tr {
                th scope="col" { "Contender" }
                th.n scope="col" { "Hit" }
                th.n scope="col" { "Missed" }
                th.n scope="col" { "Wrong" }
                th.n scope="col" { "Cost of 1,000" }
                th.n scope="col" { "Pictures/s" }
                th.n scope="col" { "A million" }
                th.n scope="col" { "Thresholds" }
            } }
            tbody { @for acted in &detection.acted { (row(problem, selection, detection, acted)) } }
        } }
        p.caption { "A hit overlaps what is there by half of their union, of whatever class it was taken for: blurred is "
            "blurred. Wrong boxes hit nothing. The cost is in the design's unit, of what was missed and what is wrong in a "
            "thousand pictures. Pictures a second on one core, reading the file included, measured in a child process; "
            "a million in hours of one core, and what they cost where the design has prices." }
    }
}

fn row(problem: &Problem, selection: &Selection, detection: &Detection, acted: &Acted) -> Markup {
    let there = acted.hit + acted.missed;
    let rate = watched(selection, &acted.name).and_then(|watched| watched.measured.pictures_per_second);
    html! {
        tr.strong[winner(selection) == Some(&acted.name)] {
            th scope="row" { (acted.name) }
            td.n { (count(acted.hit as u64)) @if there > 0 { small { (percent(acted.hit as f64 / there as f64)) } } }
            td.n { (count(acted.missed as u64)) }
            td.n { (count(acted.wrong as u64)) }
            td.n { (figure(acted.cost_per_thousand)) }
            @if let Some(rate) = rate {
                td.n { (figure(rate)) }
                td.n {
                    (figure(1e6 / rate / 3600.0)) " h"
                    @if let Some(price) = price(problem, 1e6 / rate / 3600.0) { small { (price) } }
                }
            } @else { td.n { "–" } td.n { "–" } }
            td.n { @for (label, from) in detection.labels.iter().zip(&acted.thresholds) {
                @if *from > 1.0 { "none" } @else { (figure(*from)) } small { (label) }
            } }
        }
    }
}

/// What so many hours of one core cost, where the design says what a month of it does.
fn price(problem: &Problem, hours: f64) -> Option<String> {
    let prices = problem.prices.as_ref()?;
    Some(format!("{} {}", figure(prices.server_month? * hours / MONTH), prices.currency))
}

/// Hours of a month.
const MONTH: f64 = 30.0 * 24.0;

/// A few test pictures, with what is there and what the bundled contender blurs.
fn samples(selection: &Selection, detection: &Detection) -> Markup {
    let place = detection.acted.iter().position(|acted| acted.name == selection.chosen);
    html! {
        @if !detection.samples.is_empty() {
            h3 { "Pictures " span.quiet { "of the test period, with the boxes of " (selection.chosen) } }
            div.pictures { @for sample in &detection.samples { (picture(detection, sample, place)) } }
            p.caption { "White is what people marked; " (prose("coloured is what is acted on, with its score. "))
                "A white box without a coloured one was missed." }
        }
    }
}

fn picture(detection: &Detection, sample: &Sample, place: Option<usize>) -> Markup {
    let found = place.and_then(|at| sample.found.get(at)).map(Vec::as_slice).unwrap_or_default();
    let thick = sample.width as f32 / 256.0;
    let label = |class: u32| detection.labels.get(class as usize).map(String::as_str).unwrap_or_default();
    let spoken = format!("{}: {} marked, {} found", sample.name, sample.truth.len(), found.len());
    html! {
        figure {
            svg viewBox={ "0 0 " (sample.width) " " (sample.height) } role="img" aria-label=(spoken) {
                image href={ "data:image/jpeg;base64," (sample.jpeg) } width=(sample.width) height=(sample.height) {}
                @for (area, class) in &sample.truth { (rectangle(area, "truth", thick, label(*class), None)) }
                @for (area, class, score) in found {
                    @let kind = ["found k0", "found k1", "found k2"][*class as usize % 3];
                    (rectangle(area, kind, 1.5 * thick, label(*class), Some(*score)))
                }
            }
            figcaption { (sample.name) }
        }
    }
}

fn rectangle(area: &Area, class: &str, thick: f32, label: &str, score: Option<f32>) -> Markup {
    let (width, height) = ((area.right - area.left).max(0.0), (area.bottom - area.top).max(0.0));
    html! {
        rect class=(class) x=(one(area.left)) y=(one(area.top)) width=(one(width)) height=(one(height))
            stroke-width=(one(thick)) {
            title { (label) @if let Some(score) = score { " " (figure(f64::from(score))) } @else { ", marked" } }
        }
    }
}

fn one(value: f32) -> String {
    format!("{value:.1}")
}
