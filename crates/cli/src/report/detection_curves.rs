//! Precision against recall: a line a contender, a drawing a label.

use maud::{Markup, html};
use rankine::select::{Detection, Selection};

use super::axis::Axis;
use super::chart::{Plot, grid};
use super::curves::{Line, curve, names};
use super::labels::Area;

pub(super) fn body(selection: &Selection, detection: &Detection) -> Markup {
    let leader = selection.verdict.leader.as_deref().unwrap_or(&selection.chosen);
    html! {
        @for label in &detection.labels {
            @let lines = lines(detection, label, leader);
            h3 { "Precision and recall " span.quiet { "of " (label) } }
            @if lines.is_empty() { p { "There is nothing to draw: no contender found anything." } }
            @else {
                figure.chart {
                    div.on-wide { (draw(&lines, 880.0, 400.0)) }
                    div.on-narrow { (draw(&lines, 344.0, 340.0)) }
                }
            }
        }
        p.caption { "From left to right more is found, from the surest box down; a line ends where a contender finds no more. "
            "The area below a line, its precision made falling, is the average precision." }
    }
}

/// The lines, the leader's first: its label is placed first.
fn lines<'a>(detection: &'a Detection, label: &str, leader: &str) -> Vec<Line<'a>> {
    let own = detection.curves.iter().filter(|curve| curve.label == *label && !curve.points.is_empty());
    let line = own.map(|curve| Line {
        name: &curve.name,
        points: curve.points.clone(),
        leads: curve.name == leader,
    });
    let mut lines: Vec<Line<'_>> = line.collect();
    lines.sort_by_key(|line| !line.leads);
    lines
}

fn draw(lines: &[Line<'_>], width: f64, height: f64) -> Markup {
    let area = Area { left: 58.0, top: 30.0, right: width - 14.0, bottom: height - 46.0 };
    let whole = || Axis::linear([0.0, 1.0].into_iter());
    let plot = Plot { area, x: whole(), y: whole() };
    let at = |point: &(f64, f64)| plot.at(point.0, point.1);
    let drawn: Vec<Vec<(f64, f64)>> = lines.iter().map(|line| line.points.iter().map(at).collect()).collect();
    let spoken = format!("precision against recall of {} contenders", lines.len());
    html! {
        svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(spoken) {
            (grid(&plot, if width > 500.0 { 11 } else { 5 }))
            text.axis x="0" y="14" { "precision" }
            text.axis x=(area.right) y=(height - 6.0) text-anchor="end" { "recall" }
            // The leader is drawn last, on top.
            @for (at, (line, points)) in lines.iter().zip(&drawn).enumerate().rev() {
                (curve(line, points, at, false))
            }
            (names(&plot, lines, &drawn))
        }
    }
}
