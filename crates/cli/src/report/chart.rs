//! Quality against what it costs: every contender with its whiskers, the Pareto front, the bound.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::{Selection, Watched};

use super::axis::{Axis, Tick};
use super::labels::{Area, place};
use super::numbers::{abridged, bytes, duration, figure, latency, percent, plain};
use super::words::{turned, watched, winner};

/// Width of a letter of a label, on the generous side: fonts differ.
pub(super) const LETTER: f64 = 6.9;

/// What is traded for quality.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    title: &'static str,
    /// What the axis says.
    pub(super) axis: &'static str,
    of: fn(&Watched) -> f64,
    /// What the design allows at most.
    pub(super) bound: fn(&Problem) -> Option<f64>,
    pub(super) written: fn(f64) -> String,
}

pub(super) const COSTS: [Cost; 3] = [
    Cost {
        title: "Latency",
        axis: "p99 latency in ms",
        of: |watched| watched.measured.latency_ms.p99,
        bound: |problem| problem.scale.latency_p99,
        written: latency,
    },
    Cost {
        title: "Memory",
        axis: "memory in MiB",
        of: |watched| watched.measured.memory_bytes as f64 / MIB,
        bound: |problem| problem.scale.memory.map(|bytes| bytes / MIB),
        written: |value| bytes(value * MIB),
    },
    Cost {
        title: "Training",
        axis: "training in seconds",
        // Below a millisecond there is nothing to trade, and a logarithm would stretch to it.
        of: |watched| watched.measured.train_seconds.max(1e-3),
        bound: |_| None,
        written: duration,
    },
];

const MIB: f64 = (1u64 << 20) as f64;

/// A contender in the chart.
pub(super) struct Point<'a> {
    pub(super) name: &'a str,
    /// What it costs, positive.
    pub(super) x: f64,
    /// The deciding metric.
    pub(super) y: f64,
    /// The same turned so that more is better.
    worth: f64,
    pub(super) ends: Option<(f64, f64)>,
    pub(super) kind: Kind,
    baseline: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Winner,
    Able,
    Barred,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Kind::Winner => "winner",
            Kind::Able => "able",
            Kind::Barred => "barred",
        }
    }
}

pub(super) fn body(problem: &Problem, selection: &Selection) -> Markup {
    let metric = &problem.evaluate.metric;
    let charts = COSTS.map(|cost| (cost, points(problem, selection, &cost)));
    html! {
        @for (cost, (points, left_out)) in &charts {
            h3 { (cost.title) }
            @if points.is_empty() { p { "There is nothing to draw: no contender has both a quality and this cost." } }
            @else {
                figure.chart {
                    div.on-wide { (draw(problem, cost, points, 880.0, 380.0)) }
                    div.on-narrow { (draw(problem, cost, points, 344.0, 400.0)) }
                    (legend(points))
                }
            }
            @if !left_out.is_empty() { p.caption { "Not drawn, for want of a quality or this cost: " (left_out.join(", ")) "." } }
        }
        p.caption { "Whiskers are " (percent(problem.evaluate.confidence)) " intervals of " (metric)
            ". The line is the Pareto front: whoever lies on it is beaten by no other contender that may win in both. "
            "Costs are on logarithmic axes." }
    }
}

pub(super) fn points<'a>(
    problem: &'a Problem,
    selection: &'a Selection,
    cost: &Cost,
) -> (Vec<Point<'a>>, Vec<&'a str>) {
    let metric = problem.evaluate.metric.to_string();
    let (mut points, mut left_out) = (Vec::new(), Vec::new());
    for quality in &selection.quality {
        let name = quality.name.as_str();
        let (found, watched) = (quality.metrics.get(&metric), watched(selection, name));
        let x = watched.map_or(f64::NAN, cost.of);
        match (found, watched) {
            (Some(found), Some(watched)) if found.value.is_finite() && (1e-9..1e12).contains(&x) => {
                let ends =
                    found.low.zip(found.high).filter(|(low, high)| low.is_finite() && high.is_finite());
                let kind = match watched.why_not.is_empty() {
                    _ if winner(selection) == Some(name) => Kind::Winner,
                    true => Kind::Able,
                    false => Kind::Barred,
                };
                let worth = turned(&problem.evaluate.metric, found.value);
                let baseline = problem.evaluate.baseline == name;
                points.push(Point { name, x, y: found.value, worth, ends, kind, baseline });
            }
            _ => left_out.push(name),
        }
    }
    // The winner's label is placed first.
    points.sort_by_key(|point| point.kind != Kind::Winner);
    (points, left_out)
}

/// The plot's place in its drawing, with both axes.
pub(super) struct Plot {
    pub(super) area: Area,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Plot {
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (across, up) = (self.x.share(x), self.y.share(y));
        let (width, height) = (self.area.right - self.area.left, self.area.bottom - self.area.top);
        (self.area.left + across * width, self.area.bottom - up * height)
    }
}

/// What the design allows at most, where it can be drawn.
pub(super) fn bound(problem: &Problem, cost: &Cost) -> Option<f64> {
    (cost.bound)(problem).filter(|bound| (1e-9..1e12).contains(bound))
}

/// Axes that hold all points, their whiskers and the bound.
pub(super) fn plot(points: &[Point<'_>], bound: Option<f64>, area: Area) -> Plot {
    let values = points.iter().flat_map(|point| {
        let (low, high) = point.ends.unwrap_or((point.y, point.y));
        [point.y, low, high]
    });
    let x = Axis::logarithmic(points.iter().map(|point| point.x).chain(bound));
    Plot { area, x, y: Axis::linear(values) }
}

fn draw(problem: &Problem, cost: &Cost, points: &[Point<'_>], width: f64, height: f64) -> Markup {
    let bound = bound(problem, cost);
    let area = Area { left: 58.0, top: 30.0, right: width - 14.0, bottom: height - 46.0 };
    let plot = plot(points, bound, area);
    let metric = &problem.evaluate.metric;
    let (axis, count) = (cost.axis, points.len());
    let spoken = format!("{metric} against {axis} of {count} contenders; the table below has the figures");
    html! {
        svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(spoken) {
            (grid(&plot, if width > 500.0 { 11 } else { 5 }))
            text.axis x="0" y="14" { (metric) }
            text.axis x=(area.right) y=(height - 6.0) text-anchor="end" { (axis) }
            @if let Some(bound) = bound { (limit(&plot, bound, &(cost.written)(bound))) }
            @let front = staircase(&plot, &front(points));
            @if front.len() > 1 { path.front d=(path(&front)) {} }
            @for point in points { (mark(&plot, cost, point)) }
            (names(&plot, points, &front))
        }
    }
}

/// The lines of round values, about `most` across, with their numbers.
pub(super) fn grid(plot: &Plot, most: usize) -> Markup {
    let area = plot.area;
    let (across, up): (Vec<Tick>, Vec<Tick>) = (plot.x.ticks(most), plot.y.ticks(6));
    html! {
        @for tick in &up {
            @let y = place_of(area.bottom - tick.share * (area.bottom - area.top));
            line.grid x1=(area.left) x2=(area.right) y1=(y) y2=(y) {}
            text.tick x=(area.left - 8.0) y=(y) dy="4" text-anchor="end" { (tick.text) }
        }
        @for tick in &across {
            @let x = place_of(area.left + tick.share * (area.right - area.left));
            line.grid x1=(x) x2=(x) y1=(area.top) y2=(area.bottom) {}
            text.tick x=(x) y=(area.bottom + 17.0) text-anchor="middle" { (tick.text) }
        }
    }
}

/// A place in a drawing.
pub(super) fn place_of(value: f64) -> String {
    format!("{value:.1}")
}

fn limit(plot: &Plot, bound: f64, written: &str) -> Markup {
    let (x, _) = plot.at(bound, 0.0);
    let area = plot.area;
    let anchor = if x > (area.left + area.right) / 2.0 { "end" } else { "start" };
    html! {
        line.bound x1=(place_of(x)) x2=(place_of(x)) y1=(area.top) y2=(area.bottom) {}
        text.bound x=(place_of(x)) y=(area.top - 7.0) text-anchor=(anchor) { "bound " (plain(written)) }
    }
}

/// Points that no other that may win beats in both, by cost.
pub(super) fn front<'a, 'b>(points: &'b [Point<'a>]) -> Vec<&'b Point<'a>> {
    let mut able: Vec<&Point<'_>> = points.iter().filter(|point| point.kind != Kind::Barred).collect();
    able.sort_by(|left, right| left.x.total_cmp(&right.x).then(right.worth.total_cmp(&left.worth)));
    let mut best = f64::NEG_INFINITY;
    able.retain(|point| {
        let better = point.worth > best;
        best = best.max(point.worth);
        better
    });
    able
}

/// Corners of the front: along to the next cost, then up or down to its quality.
pub(super) fn staircase(plot: &Plot, front: &[&Point<'_>]) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for point in front {
        let (x, y) = plot.at(point.x, point.y);
        corners.extend(corners.last().map(|last| (x, last.1)));
        corners.push((x, y));
    }
    corners
}

/// A line through all corners.
pub(super) fn path(corners: &[(f64, f64)]) -> String {
    let points = corners.iter().map(|(x, y)| format!("{x:.1} {y:.1}"));
    format!("M{}", points.collect::<Vec<_>>().join("L"))
}

fn mark(plot: &Plot, cost: &Cost, point: &Point<'_>) -> Markup {
    let (x, y) = plot.at(point.x, point.y);
    html! {
        g class={ "mark " (point.kind.class()) } {
            title { (point.name) ": " (figure(point.y)) ", " (cost.title.to_lowercase()) " " ((cost.written)(point.x)) }
            @if let Some((low, high)) = point.ends {
                @let (low, high) = (plot.at(point.x, low).1, plot.at(point.x, high).1);
                path.whisker d=(format!("M{x:.1} {low:.1}V{high:.1}M{:.1} {low:.1}h8M{:.1} {high:.1}h8", x - 4.0, x - 4.0)) {}
            }
            (shape(point.kind, x, y))
        }
    }
}

fn shape(kind: Kind, x: f64, y: f64) -> Markup {
    html! {
        @if kind == Kind::Winner { path.dot d=(format!("M{:.1} {y:.1}l7.5 -7.5l7.5 7.5l-7.5 7.5z", x - 7.5)) {} }
        @else { circle.dot cx=(place_of(x)) cy=(place_of(y)) r="5" {} }
    }
}

/// A contender's name in a chart.
pub(super) struct Name {
    pub(super) text: String,
    /// What else there is to say of it; empty where nothing is.
    pub(super) standing: &'static str,
    pub(super) area: Area,
    /// The mark that it belongs to.
    pub(super) mark: (f64, f64),
}

/// Where each contender's name goes; better not over a `bound` that is drawn.
pub(super) fn placed(
    plot: &Plot,
    points: &[Point<'_>],
    front: &[(f64, f64)],
    bound: Option<f64>,
    letter: f64,
) -> Vec<Name> {
    // A phone has room for less.
    let letters = if plot.area.right > 500.0 { 22 } else { 13 };
    let text = |point: &Point<'_>| {
        let standing = match (point.kind, point.baseline) {
            (Kind::Winner, _) => " winner",
            (_, true) => " baseline",
            _ => "",
        };
        (abridged(point.name, letters), standing)
    };
    let texts: Vec<(String, &str)> = points.iter().map(text).collect();
    let widths: Vec<f64> = texts
        .iter()
        .map(|(name, standing)| (name.chars().count() + standing.len()) as f64 * letter)
        .collect();
    let marks: Vec<(f64, f64)> = points.iter().map(|point| plot.at(point.x, point.y)).collect();
    let mut lines = lines(plot, points, front);
    lines.extend(bound.map(|bound| {
        let (x, _) = plot.at(bound, 0.0);
        Area { left: x - 2.0, right: x + 2.0, ..plot.area }
    }));
    let areas = place(&marks, &widths, &lines, plot.area);
    let named = texts.into_iter().zip(areas).zip(marks);
    named.map(|(((text, standing), area), mark)| Name { text, standing, area, mark }).collect()
}

impl Name {
    /// Where a line from the mark to the name ends, where the name is too far from it to be seen as its.
    pub(super) fn lead(&self) -> Option<(f64, f64)> {
        let (area, mark) = (&self.area, self.mark);
        let near = (mark.0.clamp(area.left, area.right), mark.1.clamp(area.top, area.bottom));
        ((near.0 - mark.0).hypot(near.1 - mark.1) > 15.0).then_some(near)
    }
}

fn names(plot: &Plot, points: &[Point<'_>], front: &[(f64, f64)]) -> Markup {
    html! {
        @for (name, point) in placed(plot, points, front, None, LETTER).iter().zip(points) {
            @let (area, mark) = (&name.area, name.mark);
            @let (x, y) = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
            @if let Some(near) = name.lead() {
                line.lead x1=(place_of(mark.0)) y1=(place_of(mark.1)) x2=(place_of(near.0)) y2=(place_of(near.1)) {}
            }
            @let (anchor, at) = anchor(area, mark.0, x);
            text.label.strong[point.kind == Kind::Winner] x=(place_of(at)) y=(place_of(y)) dy="4" text-anchor=(anchor) {
                (name.text) @if !name.standing.is_empty() { tspan.quiet { (name.standing) } }
            }
        }
    }
}

/// What labels should not cover: whiskers and the front.
fn lines(plot: &Plot, points: &[Point<'_>], front: &[(f64, f64)]) -> Vec<Area> {
    let whisker = |point: &Point<'_>| {
        let (low, high) = point.ends?;
        let ((x, bottom), (_, top)) = (plot.at(point.x, low), plot.at(point.x, high));
        Some(Area { left: x - 4.0, top, right: x + 4.0, bottom })
    };
    let step = |pair: &[(f64, f64)]| Area {
        left: pair[0].0.min(pair[1].0) - 1.0,
        top: pair[0].1.min(pair[1].1) - 1.0,
        right: pair[0].0.max(pair[1].0) + 1.0,
        bottom: pair[0].1.max(pair[1].1) + 1.0,
    };
    points.iter().filter_map(whisker).chain(front.windows(2).map(step)).collect()
}

/// Text begins at the end that is nearer its mark, so that a narrow font leaves no hole there.
pub(super) fn anchor(area: &Area, mark: f64, middle: f64) -> (&'static str, f64) {
    match () {
        () if area.left > mark => ("start", area.left),
        () if area.right < mark => ("end", area.right),
        () => ("middle", middle),
    }
}

fn legend(points: &[Point<'_>]) -> Markup {
    let words =
        [(Kind::Winner, "winner"), (Kind::Able, "may win"), (Kind::Barred, "breaks a bound, may not win")];
    html! {
        figcaption.legend {
            @for (kind, word) in words {
                @if points.iter().any(|point| point.kind == kind) {
                    span {
                        svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true" {
                            g class={ "mark " (kind.class()) } { (shape(kind, 9.0, 9.0)) }
                        }
                        (word)
                    }
                }
            }
        }
    }
}
