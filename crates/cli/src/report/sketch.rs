//! The chart of quality against latency for a printed sheet: the same points, front and labels, told apart by
//! shape instead of colour.

use rankine::Problem;
use rankine::select::Selection;

use super::chart::{COSTS, Kind, Plot, Point, bound, front, placed, plot, points, staircase};
use super::labels::Area;
use super::numbers::plain;
use crate::sheet::drawing::{Anchor, Drawing, Stroke, TYPE, circle, diamond, square};

/// Units of a chart in a report for a point on paper: their type is 12 high.
const UNITS: f64 = 12.0 / TYPE as f64;

/// Width of a letter in a chart's units, for the narrow face of a sheet.
const LETTER: f64 = 5.7;

/// Marks that get a name.
const NAMES: usize = 16;

/// The drawing, `width` points across; `None` where no contender has both a quality and a latency.
pub(crate) fn sketch(problem: &Problem, selection: &Selection, width: f32, height: f32) -> Option<Drawing> {
    let cost = &COSTS[0];
    let (points, _) = points(problem, selection, cost);
    if points.is_empty() {
        return None;
    }
    let (wide, high) = (f64::from(width) * UNITS, f64::from(height) * UNITS);
    let bound = bound(problem, cost);
    let area = Area { left: 40.0, top: 26.0, right: wide - 6.0, bottom: high - 36.0 };
    let plot = plot(&points, bound, area);
    let mut made = Made::default();
    frame(&mut made, &plot);
    let metric = &problem.evaluate.metric;
    made.words(0.0, 11.0, Anchor::Start, &metric.to_string(), true);
    made.words(area.right, high - 3.0, Anchor::End, cost.axis, true);
    if let Some(bound) = bound {
        let (x, _) = plot.at(bound, 0.0);
        made.line(&[(x, area.top), (x, area.bottom)], 0.8, 0.0, true);
        let anchor = if x > (area.left + area.right) / 2.0 { Anchor::End } else { Anchor::Start };
        made.words(x, area.top - 6.0, anchor, &format!("bound {}", plain(&(cost.written)(bound))), false);
    }
    let steps = staircase(&plot, &front(&points));
    if steps.len() > 1 {
        made.line(&steps, 0.9, 0.35, false);
    }
    points.iter().for_each(|point| mark(&mut made, &plot, point));
    // The winner comes first; where there is no room for a name, its mark has none.
    let named = &points[..points.len().min(NAMES)];
    let room = Area { left: 0.0, top: 0.0, right: wide, bottom: high };
    let names = placed(&plot, named, &steps, bound, LETTER);
    for (name, point) in names.iter().zip(named).filter(|(name, _)| name.area.within(&room)) {
        if let Some(near) = name.lead() {
            made.line(&[name.mark, near], 0.4, 0.5, false);
        }
        let area = &name.area;
        let (anchor, x) = match () {
            () if area.left > name.mark.0 => (Anchor::Start, area.left),
            () if area.right < name.mark.0 => (Anchor::End, area.right),
            () => (Anchor::Middle, (area.left + area.right) / 2.0),
        };
        let y = (area.top + area.bottom) / 2.0 + 4.0;
        made.words(x, y, anchor, &format!("{}{}", name.text, name.standing), point.kind == Kind::Winner);
    }
    let spoken = format!("{metric} against {} of {} contenders", cost.axis, points.len());
    Some(Drawing { width, height, spoken, strokes: made.strokes })
}

/// What was drawn so far, taken in the chart's units.
#[derive(Default)]
struct Made {
    strokes: Vec<Stroke>,
}

impl Made {
    fn line(&mut self, points: &[(f64, f64)], width: f32, grey: f32, dashed: bool) {
        self.strokes.push(Stroke::Line {
            points: points.iter().map(|point| paper(*point)).collect(),
            width,
            grey,
            dashed,
        });
    }

    fn words(&mut self, x: f64, y: f64, anchor: Anchor, text: &str, strong: bool) {
        let (x, y) = paper((x, y));
        self.strokes.push(Stroke::Words { x, y, anchor, text: text.to_owned(), strong });
    }
}

fn paper((x, y): (f64, f64)) -> (f32, f32) {
    ((x / UNITS) as f32, (y / UNITS) as f32)
}

fn frame(made: &mut Made, plot: &Plot) {
    let area = plot.area;
    for tick in plot.y.ticks(5) {
        let y = area.bottom - tick.share * (area.bottom - area.top);
        made.line(&[(area.left, y), (area.right, y)], 0.3, 0.75, false);
        made.words(area.left - 5.0, y + 4.0, Anchor::End, &tick.text, false);
    }
    for tick in plot.x.ticks(6) {
        let x = area.left + tick.share * (area.right - area.left);
        made.line(&[(x, area.top), (x, area.bottom)], 0.3, 0.75, false);
        made.words(x, area.bottom + 15.0, Anchor::Middle, &tick.text, false);
    }
}

/// A lozenge won, a disc may win, a square may not.
fn mark(made: &mut Made, plot: &Plot, point: &Point<'_>) {
    let (x, y) = plot.at(point.x, point.y);
    if let Some((low, high)) = point.ends {
        let (low, high) = (plot.at(point.x, low).1, plot.at(point.x, high).1);
        made.line(&[(x, low), (x, high)], 0.6, 0.2, false);
        for end in [low, high] {
            made.line(&[(x - 4.0, end), (x + 4.0, end)], 0.6, 0.2, false);
        }
    }
    let (x, y) = paper((x, y));
    let (points, grey) = match point.kind {
        Kind::Winner => (diamond(x, y, 4.0), 0.0),
        Kind::Able => (circle(x, y, 2.5), 0.6),
        Kind::Barred => (square(x, y, 2.4), 1.0),
    };
    made.strokes.push(Stroke::Area { points, grey });
}
