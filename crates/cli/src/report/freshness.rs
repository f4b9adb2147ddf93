//! How a model ages: the metric against the hours since the last example it learned from.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::{Figure, Freshness};

use super::axis::Axis;
use super::chart::{Plot, grid, path, place_of};
use super::labels::Area;
use super::numbers::{duration, figure, percent, signed};
use super::words::less_is_better;

pub(super) fn body(problem: &Problem, freshness: &Freshness) -> Markup {
    let mut points = freshness.points.clone();
    points.retain(|(hours, figure)| (0.0..1e9).contains(hours) && figure.value.is_finite());
    points.sort_by(|left, right| left.0.total_cmp(&right.0));
    let less =
        problem.evaluate.metric.to_string() == freshness.metric && less_is_better(&problem.evaluate.metric);
    html! {
        h3 { "Freshness " span.quiet { "of " (freshness.name) } }
        @if let [first, .., last] = &points[..] {
            p { "Trained anew every " (duration(freshness.every * 3600.0)) ", the last example learned from is "
                (duration(first.0 * 3600.0)) " old on average, and " (freshness.metric) " is " (figure(first.1.value))
                "; with models " (duration(last.0 * 3600.0)) " old it is " (figure(last.1.value)) (lost(freshness)) "." }
        }
        @if points.is_empty() { p { "There is nothing to draw: no age could be judged." } }
        @else {
            figure.chart {
                div.on-wide { (draw(freshness, &points, 880.0, 320.0)) }
                div.on-narrow { (draw(freshness, &points, 344.0, 300.0)) }
            }
            p.caption { "The same settings, each model trained on a span of the same length that ends so long before what it judges; all judge the same requests. Whiskers are "
                (percent(problem.evaluate.confidence)) " intervals." @if less { " Less is better." } }
        }
    }
}

/// How sure it is that age costs something.
fn lost(freshness: &Freshness) -> String {
    let Some(lost) = &freshness.lost else { return String::new() };
    match ends(lost) {
        Some((low, high)) => {
            format!(", a difference of {} (interval {} to {})", signed(lost.value), figure(low), figure(high))
        }
        None => format!(", a difference of {}", signed(lost.value)),
    }
}

fn ends(figure: &Figure) -> Option<(f64, f64)> {
    figure.low.zip(figure.high).filter(|(low, high)| low.is_finite() && high.is_finite())
}

fn draw(freshness: &Freshness, points: &[(f64, Figure)], width: f64, height: f64) -> Markup {
    let area = Area { left: 58.0, top: 30.0, right: width - 14.0, bottom: height - 46.0 };
    let hours = points.iter().map(|point| point.0);
    // Ages go from an hour to weeks; only a model without any age has no place on such an axis.
    let x =
        if hours.clone().all(|hours| hours > 1e-3) { Axis::logarithmic(hours) } else { Axis::linear(hours) };
    let values = points.iter().flat_map(|(_, figure)| {
        let (low, high) = ends(figure).unwrap_or((figure.value, figure.value));
        [figure.value, low, high]
    });
    let plot = Plot { area, x, y: Axis::linear(values) };
    let drawn: Vec<(f64, f64)> = points.iter().map(|(hours, figure)| plot.at(*hours, figure.value)).collect();
    html! {
        svg viewBox={ "0 0 " (width) " " (height) } role="img"
            aria-label={ (freshness.metric) " against hours stale, at " (points.len()) " ages" } {
            (grid(&plot, if width > 500.0 { 11 } else { 5 }))
            text.axis x="0" y="14" { (freshness.metric) }
            text.axis x=(area.right) y=(height - 6.0) text-anchor="end" { "hours stale" }
            g.curve.leads { @if drawn.len() > 1 { path d=(path(&drawn)) {} } }
            @for ((hours, reached), (x, y)) in points.iter().zip(&drawn) {
                g.mark.winner {
                    title { (duration(hours * 3600.0)) ": " (figure(reached.value)) }
                    @if let Some((low, high)) = ends(reached) {
                        @let (low, high) = (plot.at(*hours, low).1, plot.at(*hours, high).1);
                        path.whisker d=(format!("M{x:.1} {low:.1}V{high:.1}M{:.1} {low:.1}h8M{:.1} {high:.1}h8", x - 4.0, x - 4.0)) {}
                    }
                    circle.dot cx=(place_of(*x)) cy=(place_of(*y)) r="4" {}
                }
            }
        }
    }
}
