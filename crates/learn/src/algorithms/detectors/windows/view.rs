//! The shape of a window, and where its object lies.

use serde::{Deserialize, Serialize};

use super::levels::Level;
use super::{Place, Plan, Windows, ascending, usable};
use crate::algorithms::detectors::{Labelled, quantile};
use crate::card::Settings;
use crate::picture::Area;

/// A window of so many cells for objects of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Shape {
    pub(super) class: u32,
    /// Cells across, context included.
    pub(super) width: usize,
    /// Cells down.
    pub(super) height: usize,
    /// The smallest and largest objects of training: root of the area, in pixels.
    smallest: f32,
    largest: f32,
}

/// Boxes this many times wider than others of their class ask for another shape.
const SPREAD: f32 = 1.9;
/// How far beyond the sizes of training objects are sought.
const BEYOND: f32 = 1.25;

impl Shape {
    /// The shapes that training boxes ask for, class by class.
    pub(super) fn all(settings: &Settings, train: &[Labelled<'_>]) -> Vec<Shape> {
        let boxes = || train.iter().flat_map(|labelled| labelled.boxes).filter(|(area, _)| usable(area));
        let mut classes: Vec<u32> = boxes().map(|(_, class)| *class).collect();
        classes.sort_unstable();
        classes.dedup();
        let mut shapes = Vec::new();
        for class in classes {
            let of = || boxes().filter(move |(_, of)| *of == class).map(|(area, _)| area);
            let aspects = ascending(of().map(|area| (area.right - area.left) / (area.bottom - area.top)));
            let sides = ascending(of().map(|area| area.size().sqrt()));
            let spread = quantile(&aspects, 0.9) / quantile(&aspects, 0.1);
            let views =
                (spread.ln() / SPREAD.ln()).ceil().clamp(1.0, settings.count("views") as f32) as usize;
            for view in 0..views {
                let aspect = quantile(&aspects, (view as f32 + 0.5) / views as f32);
                shapes.push(Shape::new(settings, class, aspect, &sides));
            }
        }
        shapes.dedup();
        shapes
    }

    fn new(settings: &Settings, class: u32, aspect: f32, sides: &[f32]) -> Shape {
        let side = settings.count("window") as f32;
        let stretch = aspect.clamp(1.0 / 9.0, 9.0).sqrt();
        let cells = |length: f32| length.round().max(1.0) as usize + 2 * settings.count("context");
        Shape {
            class,
            width: cells(side * stretch),
            height: cells(side / stretch),
            smallest: quantile(sides, 0.05),
            largest: quantile(sides, 0.95),
        }
    }

    /// The smallest and largest scale at which its objects are sought.
    pub(super) fn scales(&self, plan: &Plan) -> (f32, f32) {
        let (width, height) = self.object(plan);
        let side = (width * height).sqrt() * plan.cell as f32;
        (side / (self.largest * BEYOND), side * BEYOND / self.smallest)
    }

    /// Whether objects of this size are sought at all.
    pub(super) fn sought(&self, plan: &Plan, level: &Level) -> bool {
        let (least, most) = self.scales(plan);
        // The first level is sought in any case: no larger picture may be had.
        (least..=most).contains(&level.scale) || (level.scale >= plan.first && level.scale <= most)
    }

    pub(super) fn windows<'a>(&self, plan: &Plan, level: &'a Level) -> Windows<'a> {
        Windows { grid: &level.grid, width: self.width, height: self.height, stride: plan.stride }
    }

    /// Where in the picture the object of a window would be.
    pub(super) fn area(&self, plan: &Plan, level: &Level, (x, y): Place) -> Area {
        // The grid is padded by the context, so that the window at (0, 0) has its object in the corner.
        let (width, height) = self.object(plan);
        Area {
            left: x as f32 / level.across,
            top: y as f32 / level.down,
            right: (x as f32 + width) / level.across,
            bottom: (y as f32 + height) / level.down,
        }
    }

    /// The windows whose object may overlap this area: the nearest place, and those around it.
    pub(super) fn near(&self, plan: &Plan, level: &Level, area: &Area) -> Vec<Place> {
        let windows = self.windows(plan, level);
        let (width, height) = self.object(plan);
        let centre =
            |low: f32, high: f32, per: f32, cells: f32| ((low + high) * 0.5 * per - cells * 0.5).round();
        let x = centre(area.left, area.right, level.across, width);
        let y = centre(area.top, area.bottom, level.down, height);
        let mut places = Vec::new();
        for down in -2..=2 {
            for across in -2..=2 {
                let (x, y) = (x + across as f32, y + down as f32);
                let fits = x >= 0.0
                    && y >= 0.0
                    && x as usize + self.width <= windows.grid.width
                    && y as usize + self.height <= windows.grid.height;
                if fits {
                    places.push((x as usize, y as usize));
                }
            }
        }
        places
    }

    /// Cells of the object, without context.
    fn object(&self, plan: &Plan) -> (f32, f32) {
        ((self.width - 2 * plan.context) as f32, (self.height - 2 * plan.context) as f32)
    }

    pub(super) fn sound(&self, plan: &Plan) -> bool {
        let within = |cells: usize| cells > 2 * plan.context && cells <= 64;
        within(self.width) && within(self.height) && self.smallest >= 0.0 && self.largest >= self.smallest
    }
}
