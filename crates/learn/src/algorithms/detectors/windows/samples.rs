//! Windows to learn from: on objects, drawn beside them, and those that fooled a model.

use rand::RngExt;
use rayon::prelude::*;

use super::levels::{self, Level};
use super::view::Shape;
use super::{Judge, Place, Plan, of_class};
use crate::algorithms::detectors::Labelled;
use crate::examples::{Column, Examples, Rows};
use crate::picture::{Area, Picture};
use crate::random::rng;
use crate::vision::mirror;

/// Windows of one shape.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) columns: usize,
    /// Rows of windows on objects.
    pub(super) on: Vec<f32>,
    /// Whether each overlaps its object enough to count as one; the others only teach where to move.
    pub(super) good: Vec<bool>,
    /// How each must move: centre across and down in widths and heights, logarithms of both sizes.
    pub(super) moves: Vec<[f32; 4]>,
    /// Rows of windows without an object.
    pub(super) off: Vec<f32>,
}

/// Overlap from which a window shows its object.
const ON: f32 = 0.5;
/// Overlap from which a window may be moved onto the object.
const NEAR: f32 = 0.4;
/// Overlap up to which a window shows none.
const OFF: f32 = 0.3;
/// Most windows on one object.
const EACH: usize = 6;
/// Most numbers of all windows without an object, 400 MB.
const MOST: usize = 100_000_000;
/// Log-odds from which a window without an object is worth learning from.
const FOOLED: f32 = -2.0;

impl Samples {
    /// Adds rows of windows without an object.
    pub(super) fn add(&mut self, rows: &[f32]) {
        let room = MOST.saturating_sub(self.off.len()) / self.columns.max(1) * self.columns;
        self.off.extend(&rows[..rows.len().min(room)]);
    }

    /// As examples, labels 1 on objects; these weigh half as much in sum as the others.
    pub(super) fn examples(&self) -> Examples {
        let good: Vec<usize> = (0..self.good.len()).filter(|at| self.good[*at]).collect();
        let (on, off) = (good.len(), self.off.len() / self.columns.max(1));
        let mut values = Vec::with_capacity((on + off) * self.columns);
        good.iter().for_each(|at| values.extend(&self.on[at * self.columns..(at + 1) * self.columns]));
        values.extend(&self.off);
        let weight = (0.5 * off as f32 / on.max(1) as f32).clamp(0.1, 10.0);
        Examples {
            columns: (0..self.columns).map(|at| Column::number(at.to_string())).collect(),
            rows: Rows { values, width: self.columns, ..Rows::default() },
            labels: [vec![1.0; on], vec![0.0; off]].concat(),
            weights: [vec![weight; on], vec![1.0; off]].concat(),
            groups: vec![(on + off) as u32],
            ..Examples::default()
        }
    }
}

/// The first samples of every shape: windows on objects, also mirrored, and drawn ones without.
pub(super) fn first(
    plan: &Plan,
    shapes: &[Shape],
    train: &[Labelled<'_>],
    negatives: usize,
    seed: u64,
) -> Vec<Samples> {
    let empty = || -> Vec<Samples> {
        let columns = |shape: &Shape| shape.width * shape.height * plan.cells.depth();
        shapes.iter().map(|shape| Samples { columns: columns(shape), ..Samples::default() }).collect()
    };
    let of_picture = |(at, labelled): (usize, &Labelled<'_>)| {
        let mut samples = empty();
        if !labelled.picture.sound() {
            return samples;
        }
        let levels = levels::each(plan, labelled.picture, |level| level);
        for (view, shape) in shapes.iter().enumerate() {
            let boxes = of_class(labelled, shape.class);
            take_on(plan, shape, &levels, &boxes, &mut samples[view]);
            let draws = (seed, [at as u64, view as u64]);
            take_off(plan, shape, &levels, &boxes, negatives, draws, &mut samples[view].off);
        }
        if labelled.boxes.is_empty() {
            return samples;
        }
        let mirrored = mirror(labelled.picture);
        let levels = levels::each(plan, &mirrored, |level| level);
        for (view, shape) in shapes.iter().enumerate() {
            let boxes: Vec<Area> =
                of_class(labelled, shape.class).iter().map(|area| turned(area, &mirrored)).collect();
            take_on(plan, shape, &levels, &boxes, &mut samples[view]);
        }
        samples
    };
    let per_picture: Vec<Vec<Samples>> = train.par_iter().enumerate().map(of_picture).collect();
    let mut all = empty();
    for picture in per_picture {
        for (all, some) in all.iter_mut().zip(picture) {
            all.on.extend(some.on);
            all.good.extend(some.good);
            all.moves.extend(some.moves);
            all.add(&some.off);
        }
    }
    all
}

fn turned(area: &Area, picture: &Picture) -> Area {
    let width = picture.width as f32;
    Area { left: width - area.right, right: width - area.left, ..*area }
}

/// The windows that overlap each object best.
fn take_on(plan: &Plan, shape: &Shape, levels: &[Level], boxes: &[Area], samples: &mut Samples) {
    for object in boxes {
        let mut near: Vec<(f32, usize, Place)> = Vec::new();
        for (at, level) in levels.iter().enumerate() {
            let overlap = |place: Place| shape.area(plan, level, place).overlap(object);
            let places = shape.near(plan, level, object);
            near.extend(places.into_iter().map(|place| (overlap(place), at, place)));
        }
        near.retain(|window| window.0 >= NEAR);
        near.sort_by(|one, other| {
            other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then(one.2.cmp(&other.2))
        });
        // The best, and a few of the rest that say how far a box can be off.
        let step = (near.len() / EACH).max(1);
        let best = near.iter().take(EACH).copied();
        let rest = near.iter().skip(EACH).step_by(step).take(EACH).copied();
        for (overlap, at, place) in best.chain(rest) {
            let level = &levels[at];
            samples.good.push(overlap >= ON);
            samples.moves.push(moves(&shape.area(plan, level, place), object));
            push(&mut samples.on, level, shape, place, samples.columns);
        }
    }
}

fn push(rows: &mut Vec<f32>, level: &Level, shape: &Shape, place: Place, columns: usize) {
    let start = rows.len();
    rows.resize(start + columns, 0.0);
    level.grid.copy(place, shape.width, &mut rows[start..]);
}

/// How a window's box must move to lie on an object.
fn moves(window: &Area, object: &Area) -> [f32; 4] {
    let size = |area: &Area| (area.right - area.left, area.bottom - area.top);
    let ((width, height), (wide, tall)) = (size(window), size(object));
    [
        (object.left + object.right - window.left - window.right) * 0.5 / width,
        (object.top + object.bottom - window.top - window.bottom) * 0.5 / height,
        (wide / width).ln(),
        (tall / height).ln(),
    ]
}

/// Windows drawn evenly from all that show no object.
fn take_off(
    plan: &Plan,
    shape: &Shape,
    levels: &[Level],
    boxes: &[Area],
    wanted: usize,
    (seed, [picture, view]): (u64, [u64; 2]),
    rows: &mut Vec<f32>,
) {
    let counts: Vec<usize> = levels
        .iter()
        .map(|level| {
            let windows = shape.windows(plan, level);
            let within = |cells: usize, window: usize| (cells + 1).saturating_sub(window);
            let count = within(windows.grid.width, shape.width) * within(windows.grid.height, shape.height);
            if shape.sought(plan, level) { count } else { 0 }
        })
        .collect();
    let all: usize = counts.iter().sum();
    if all == 0 {
        return;
    }
    let mut draws = rng(seed, &[0x0ff, picture, view]);
    for _ in 0..wanted {
        let mut at = draws.random_range(0..all);
        for (level, count) in levels.iter().zip(&counts) {
            if at < *count {
                let across = level.grid.width + 1 - shape.width;
                let place = (at % across, at / across);
                let area = shape.area(plan, level, place);
                if boxes.iter().all(|object| object.overlap(&area) < OFF) {
                    push(rows, level, shape, place, shape.width * shape.height * plan.cells.depth());
                }
                break;
            }
            at -= count;
        }
    }
}

/// For every shape, rows of the windows without an object that its judge takes for one: of each picture the
/// worst, none twice at the same place.
pub(super) fn mine(
    plan: &Plan,
    shapes: &[Shape],
    judges: &[Box<dyn Judge>],
    train: &[Labelled<'_>],
    most: usize,
) -> Vec<Vec<f32>> {
    let of_picture = |labelled: &Labelled<'_>| -> Vec<Vec<f32>> {
        let levels = levels::each(plan, labelled.picture, |level| level);
        let of_shape = |(shape, judge): (&Shape, &dyn Judge)| {
            let boxes = of_class(labelled, shape.class);
            let mut fooled: Vec<(f32, usize, Place)> = Vec::new();
            for (at, level) in levels.iter().enumerate() {
                if !shape.sought(plan, level) {
                    continue;
                }
                let mut found = Vec::new();
                judge.scan(shape.windows(plan, level), FOOLED, &mut found);
                fooled.extend(found.into_iter().map(|(place, score)| (score, at, place)));
            }
            fooled.sort_by(|one, other| {
                other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then(one.2.cmp(&other.2))
            });
            let mut taken: Vec<Area> = Vec::new();
            let mut rows = Vec::new();
            for (_, at, place) in fooled {
                let area = shape.area(plan, &levels[at], place);
                let off = boxes.iter().all(|object| object.overlap(&area) < OFF);
                if off && taken.iter().all(|other| other.overlap(&area) < ON) {
                    taken.push(area);
                    push(
                        &mut rows,
                        &levels[at],
                        shape,
                        place,
                        shape.width * shape.height * plan.cells.depth(),
                    );
                }
                if taken.len() == most {
                    break;
                }
            }
            rows
        };
        shapes.iter().zip(judges.iter().map(AsRef::as_ref)).map(of_shape).collect()
    };
    let per_picture: Vec<Vec<Vec<f32>>> = train.par_iter().map(of_picture).collect();
    let mut all = vec![Vec::new(); shapes.len()];
    for picture in per_picture {
        all.iter_mut().zip(picture).for_each(|(all, some)| all.extend(some));
    }
    all
}
