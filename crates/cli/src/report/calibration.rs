//! Predicted against observed: a line a contender, and the diagonal on which all would lie if both agreed.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::{Calibration, Prediction, Selection};
use rankine_learn::Task;

use super::axis::Axis;
use super::chart::{Plot, grid};
use super::curves::{Line, curve, names};
use super::labels::Area;
use super::numbers::counted;

/// Below this base rate both axes are logarithmic, or all points would crowd in a corner.
const RARE: f64 = 0.05;
/// A logarithmic axis reaches down to this share of the base rate.
const REACH: f64 = 1e-3;

/// What both axes share.
struct Scale {
    axis: fn(&[f64]) -> Axis,
    /// The least value that can be drawn.
    floor: Option<f64>,
}

pub(super) fn body(problem: &Problem, selection: &Selection, prediction: &Prediction) -> Markup {
    let leader = selection.verdict.leader.as_deref().unwrap_or(&selection.chosen);
    let lines = lines(prediction, leader);
    let label = prediction.labels.first().map(String::as_str).unwrap_or_default();
    let size = prediction.calibration.iter().flat_map(|line| &line.bins).map(|bin| bin.2).max().unwrap_or(0);
    let scale = scale(problem, prediction, &lines);
    let amounts = problem.task == Task::Regress;
    html! {
        h3 { "Calibration " span.quiet { "of " (label) } }
        @if lines.is_empty() { p { "There is nothing to draw: no contender predicted a known example." } }
        @else {
            figure.chart {
                div.on-wide { (draw(&scale, &lines, amounts, 880.0, 500.0)) }
                div.on-narrow { (draw(&scale, &lines, amounts, 344.0, 360.0)) }
            }
            p.caption { "On the dashed diagonal as much comes as was predicted; below it less. Each point is the mean of "
                (counted(size as u64, "test example")) " or fewer with predictions next to each other; "
                "points of equal prediction are one, so a contender that tells little apart has few."
                @if scale.floor.is_some() { " Both axes are logarithmic; what is too small for them, such as a point where "
                    "nothing came, stands at the edge." } }
        }
    }
}

/// The lines, the leader's first: its label is placed first.
fn lines<'a>(prediction: &'a Prediction, leader: &str) -> Vec<Line<'a>> {
    let line = |of: &'a Calibration| Line { name: &of.name, points: merged(of), leads: of.name == leader };
    let mut lines: Vec<Line<'_>> = prediction.calibration.iter().map(line).collect();
    lines.retain(|line| !line.points.is_empty());
    lines.sort_by_key(|line| !line.leads);
    lines
}

/// The points of a contender, those of equal prediction as one: between them examples were cut arbitrarily.
fn merged(of: &Calibration) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64, f64)> = Vec::new();
    for &(predicted, observed, count) in &of.bins {
        if !predicted.is_finite() || !observed.is_finite() || count == 0 {
            continue;
        }
        let count = count as f64;
        match points.last_mut().filter(|last| (last.0 - predicted).abs() <= 1e-9 * predicted.abs()) {
            Some(last) => {
                last.1 += (observed - last.1) * (count / (last.2 + count));
                last.2 += count;
            }
            None => points.push((predicted, observed, count)),
        }
    }
    points.iter().map(|point| (point.0, point.1)).filter(|point| point.1.is_finite()).collect()
}

fn scale(problem: &Problem, prediction: &Prediction, lines: &[Line<'_>]) -> Scale {
    let base = prediction.base.first().copied().unwrap_or(f64::NAN);
    let rare = problem.task != Task::Regress && (1e-12..RARE).contains(&base);
    let least = values(lines).filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    if rare && least.is_finite() {
        let axis = |values: &[f64]| Axis::logarithmic(values.iter().copied());
        Scale { axis, floor: Some(least.max(base * REACH)) }
    } else {
        Scale { axis: |values| Axis::linear(values.iter().copied()), floor: None }
    }
}

fn values<'a>(lines: &'a [Line<'_>]) -> impl Iterator<Item = f64> + 'a {
    lines.iter().flat_map(|line| &line.points).flat_map(|point| [point.0, point.1])
}

fn draw(scale: &Scale, lines: &[Line<'_>], amounts: bool, width: f64, height: f64) -> Markup {
    let raised = |value: f64| scale.floor.map_or(value, |floor| value.max(floor));
    // From nothing on, where the axis can show nothing.
    let all: Vec<f64> = values(lines).map(raised).chain(scale.floor.is_none().then_some(0.0)).collect();
    let area = Area { left: 58.0, top: 30.0, right: width - 14.0, bottom: height - 46.0 };
    let plot = Plot { area, x: (scale.axis)(&all), y: (scale.axis)(&all) };
    let at = |point: &(f64, f64)| plot.at(raised(point.0), raised(point.1));
    let drawn: Vec<Vec<(f64, f64)>> = lines.iter().map(|line| line.points.iter().map(at).collect()).collect();
    let spoken = format!("observed against predicted of {} contenders", lines.len());
    let (across, up) = match amounts {
        true => ("predicted", "observed"),
        false => ("predicted share", "observed share"),
    };
    html! {
        svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(spoken) {
            (grid(&plot, if width > 500.0 { 11 } else { 5 }))
            text.axis x="0" y="14" { (up) }
            text.axis x=(area.right) y=(height - 6.0) text-anchor="end" { (across) }
            line.diagonal x1=(area.left) y1=(area.bottom) x2=(area.right) y2=(area.top) {}
            // The leader is drawn last, on top.
            @for (at, (line, points)) in lines.iter().zip(&drawn).enumerate().rev() {
                (curve(line, points, at, true))
            }
            (names(&plot, lines, &drawn))
        }
    }
}
