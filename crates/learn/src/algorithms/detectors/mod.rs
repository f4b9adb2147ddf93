//! Detectors: from a picture to boxes, each with its class and the chance that it is right.

use crate::card::{Card, Settings};
use crate::picture::{Area, Picture};

mod bright_boxes;
mod calibration;
mod onnx;
mod window_cascade;
mod window_logistic;
mod window_trees;
mod windows;

/// Every detector. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Kind] =
    &[&bright_boxes::KIND, &onnx::KIND, &window_cascade::KIND, &window_logistic::KIND, &window_trees::KIND];

/// A kind of detector.
pub struct Kind {
    /// What, when, cost, source, parameters.
    pub card: Card,
    /// Whether it can work by these settings, where its card alone cannot tell.
    ///
    /// # Errors
    /// A sentence on why it cannot, and what would help.
    pub check: fn(&Settings) -> Result<(), String>,
    /// Learns from pictures with boxes; `valid` may calibrate scores and is never trained on. Without it
    /// scores are calibrated on the training pictures, and are too sure of themselves.
    ///
    /// # Errors
    /// A sentence, where `check` would give one.
    pub fit: Fit,
    /// Restores a saved one.
    ///
    /// # Errors
    /// A sentence, where the bytes are not a detector of this kind.
    pub load: fn(&[u8]) -> Loaded,
}

/// Learns from pictures, with a second set to calibrate by, and a seed.
pub type Fit = fn(&Settings, &[Labelled<'_>], Option<&[Labelled<'_>]>, u64) -> Loaded;

/// A picture, and what is to be found in it.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// The picture.
    pub picture: &'a Picture,
    /// Where, and of which class; all there are.
    pub boxes: &'a [(Area, u32)],
}

/// A box that a detector believes in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Where.
    pub area: Area,
    /// Of which class.
    pub class: u32,
    /// The chance that the box overlaps one of its class by at least half, in [0, 1].
    pub score: f32,
}

/// A detector, or a sentence on why there is none.
pub type Loaded = Result<Box<dyn Detector>, String>;

/// A detector that learned.
pub trait Detector: Send + Sync {
    /// The boxes of a picture, best first; none where its bytes do not fit its size.
    fn detect(&self, picture: &Picture) -> Vec<Found>;
    /// What it learned as bytes; equal detectors give equal bytes.
    fn save(&self) -> Vec<u8>;
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.card.name == name).copied()
}

/// The overlap from which a box counts as found.
const RIGHT: f32 = 0.5;

/// A box that detectors can learn from: finite and not empty.
fn usable(area: &Area) -> bool {
    [area.left, area.top, area.right, area.bottom].iter().all(|edge| edge.is_finite() && edge.abs() < 1e6)
        && area.right - area.left >= 1.0
        && area.bottom - area.top >= 1.0
}

/// For boxes of one class, best first: whether each is the first to overlap a labelled box well enough.
fn matched(found: &[Area], labelled: &[Area]) -> Vec<bool> {
    let mut taken = vec![false; labelled.len()];
    let mut right = Vec::with_capacity(found.len());
    for area in found {
        let free = (0..labelled.len()).filter(|at| !taken[*at]);
        let best = free.map(|at| (at, labelled[at].overlap(area))).max_by(|one, other| {
            // The first of equals.
            one.1.total_cmp(&other.1).then(other.0.cmp(&one.0))
        });
        let hit = best.filter(|(_, overlap)| *overlap >= RIGHT);
        if let Some((at, _)) = hit {
            taken[at] = true;
        }
        right.push(hit.is_some());
    }
    right
}

/// The value below which this share of ascending values lies; 0 of none.
fn quantile(ascending: &[f32], share: f32) -> f32 {
    let last = ascending.len().saturating_sub(1);
    ascending.get((share * last as f32).round() as usize).copied().unwrap_or(0.0)
}

fn ascending(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut values: Vec<f32> = values.collect();
    values.sort_unstable_by(f32::total_cmp);
    values
}
