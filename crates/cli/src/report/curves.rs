//! Lines of contenders in a drawing, with their names.

use maud::{Markup, html};

use super::chart::{LETTER, Plot, anchor, path, place_of};
use super::labels::{Area, place};
use super::numbers::{abridged, figure};

/// A contender's line.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    /// What is told across and what up, ascending by the first.
    pub(super) points: Vec<(f64, f64)>,
    pub(super) leads: bool,
}

/// A line; with a mark for each of its points where `marked`.
pub(super) fn curve(line: &Line<'_>, points: &[(f64, f64)], at: usize, marked: bool) -> Markup {
    let told = line.points.iter().zip(points);
    html! {
        g class={ "curve " (if line.leads { "leads" } else { ["d0", "d1", "d2"][at % 3] }) } {
            @if points.len() > 1 { path d=(path(points)) {} }
            @if !marked { title { (line.name) } }
            // One point alone makes no line.
            @for ((predicted, observed), (x, y)) in told.filter(|_| marked || points.len() == 1) {
                circle cx=(place_of(*x)) cy=(place_of(*y)) r=(if line.leads { "4" } else { "3" }) {
                    title { (line.name) ": predicted " (figure(*predicted)) ", observed " (figure(*observed)) }
                }
            }
        }
    }
}

/// Each name near the last point of its line.
pub(super) fn names(plot: &Plot, lines: &[Line<'_>], drawn: &[Vec<(f64, f64)>]) -> Markup {
    let letters = if plot.area.right > 500.0 { 22 } else { 13 };
    let texts: Vec<String> = lines.iter().map(|line| abridged(line.name, letters)).collect();
    let widths: Vec<f64> = texts.iter().map(|text| text.chars().count() as f64 * LETTER).collect();
    let marks: Vec<(f64, f64)> = drawn.iter().filter_map(|points| points.last().copied()).collect();
    let dots = drawn.iter().flatten().map(|&(x, y)| Area::around(x, y, 9.0, 9.0));
    let areas = place(
        &marks,
        &widths,
        &dots.chain(drawn.iter().flat_map(|line| along(line))).collect::<Vec<_>>(),
        plot.area,
    );
    html! {
        @for (((line, text), area), mark) in lines.iter().zip(&texts).zip(&areas).zip(&marks) {
            @let (x, y) = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
            @let near = (mark.0.clamp(area.left, area.right), mark.1.clamp(area.top, area.bottom));
            @if (near.0 - mark.0).hypot(near.1 - mark.1) > 15.0 {
                line.lead x1=(place_of(mark.0)) y1=(place_of(mark.1)) x2=(place_of(near.0)) y2=(place_of(near.1)) {}
            }
            @let (anchor, at) = anchor(area, mark.0, x);
            text.label.strong[line.leads] x=(place_of(at)) y=(place_of(y)) dy="4" text-anchor=(anchor) { (text) }
        }
    }
}

/// Small areas along a line, for labels to keep off.
fn along(points: &[(f64, f64)]) -> Vec<Area> {
    const PARTS: u32 = 6;
    let piece = |pair: &[(f64, f64)]| -> Vec<Area> {
        let ((left, top), (right, bottom)) = (pair[0], pair[1]);
        let part = |part: u32| {
            let share = (f64::from(part) + 0.5) / f64::from(PARTS);
            Area::around(left + share * (right - left), top + share * (bottom - top), 5.0, 5.0)
        };
        (0..PARTS).map(part).collect()
    };
    points.windows(2).flat_map(piece).collect()
}
