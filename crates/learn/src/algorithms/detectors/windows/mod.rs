//! What the detectors that slide a window share: pyramid, samples, mining, refinement, suppression.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::{Detector, Found, Labelled, ascending, matched, usable};
use crate::card::{Parameter, Settings};
use crate::examples::Examples;
use crate::picture::{Area, Picture};
use crate::vision::{Cells, Grid, order, suppress};

mod levels;
mod refine;
mod samples;
mod view;

use levels::Level;
use refine::Refine;
use view::Shape;

/// The upper left cell of a window: across, down.
pub(super) type Place = (usize, usize);

/// What sets one detector apart from the others.
pub(super) struct Recipe {
    /// What the bytes of a saved one begin with.
    pub(super) mark: &'static [u8],
    /// How a cell is described.
    pub(super) cells: Cells,
    /// Learns to tell windows with an object from others.
    pub(super) learn: fn(&Settings, &Examples, seed: u64) -> Box<dyn Judge>,
    /// Restores what [`Judge::save`] wrote, for windows of so many numbers.
    pub(super) load: fn(&[u8], columns: usize) -> Judging,
}

/// A judge, or a sentence on why there is none.
pub(super) type Judging = Result<Box<dyn Judge>, String>;

/// Tells windows with an object from others.
pub(super) trait Judge: Send + Sync {
    /// Adds the places of windows whose score, in log-odds, is above `least`; row by row from the top left.
    fn scan(&self, windows: Windows<'_>, least: f32, found: &mut Vec<(Place, f32)>);
    /// As bytes; equal judges give equal bytes.
    fn save(&self) -> Vec<u8>;
}

/// The windows of a level: of one shape, at every so many cells.
#[derive(Clone, Copy)]
pub(super) struct Windows<'a> {
    /// The cells.
    pub(super) grid: &'a Grid,
    /// Cells across.
    pub(super) width: usize,
    /// Cells down.
    pub(super) height: usize,
    /// Cells from a window to the next.
    pub(super) stride: usize,
}

impl Windows<'_> {
    /// Every place.
    pub(super) fn places(self) -> impl Iterator<Item = Place> {
        let within = |cells: usize, window: usize| (cells + 1).saturating_sub(window);
        let (across, down) = (within(self.grid.width, self.width), within(self.grid.height, self.height));
        (0..down)
            .step_by(self.stride)
            .flat_map(move |y| (0..across).step_by(self.stride).map(move |x| (x, y)))
    }

    /// Numbers of a window.
    pub(super) fn columns(self) -> usize {
        self.width * self.height * self.grid.depth
    }
}

/// The parameters that all of them share.
const SHARED: [Parameter; 12] = [
    Parameter::count(
        "window",
        "Side of the object in a window, in cells: the root of its area.",
        (2, 16),
        5,
        &[4.0, 6.0],
    ),
    Parameter::count("context", "Cells around the object that a window also shows.", (0, 6), 1, &[2.0]),
    Parameter::count("cell", "Side of a cell, in pixels.", (2, 16), 4, &[]),
    Parameter::count(
        "views",
        "Most shapes of window a class; as many as the shapes of its boxes ask for.",
        (1, 4),
        3,
        &[1.0],
    ),
    Parameter::count("levels", "Sizes of the picture from one to half of it.", (1, 16), 4, &[6.0]),
    Parameter::number(
        "enlarge",
        "How many times a picture may be enlarged to find the smallest objects of training.",
        (0.1, 4.0),
        2.0,
        &[1.0],
    ),
    Parameter::count("stride", "Cells from a window to the next.", (1, 8), 1, &[]),
    Parameter::count(
        "rounds",
        "Rounds of mining: windows that fooled the last model join the next training.",
        (0, 8),
        2,
        &[3.0],
    ),
    Parameter::count(
        "negatives",
        "Windows without an object a picture: drawn at first, and most mined a round.",
        (1, 1000),
        20,
        &[40.0],
    ),
    Parameter::count(
        "refine",
        "Trees for each edge of a box, which move it onto the object; 0 leaves windows as they are.",
        (0, 500),
        30,
        &[],
    ),
    Parameter::number("threshold", "Least chance of being right that is reported.", (0.0, 1.0), 0.02, &[]),
    Parameter::number(
        "overlap",
        "Of two boxes that overlap by more than this the better stays.",
        (0.0, 1.0),
        0.3,
        &[0.5],
    ),
];

/// These parameters after the shared ones.
pub(super) const fn parameters<const OWN: usize, const ALL: usize>(
    own: [Parameter; OWN],
) -> [Parameter; ALL] {
    assert!(OWN + SHARED.len() == ALL, "as many as both together");
    let mut all = [SHARED[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < SHARED.len() { SHARED[at] } else { own[at - SHARED.len()] };
        at += 1;
    }
    all
}

/// How windows are laid over a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Plan {
    cells: Cells,
    cell: usize,
    context: usize,
    levels: usize,
    /// Scale of the first level; the others follow down.
    first: f32,
    stride: usize,
    threshold: f32,
    overlap: f32,
}

impl Plan {
    fn sound(&self) -> bool {
        (2..=16).contains(&self.cell)
            && self.context <= 6
            && (1..=16).contains(&self.levels)
            && self.first > 0.0
            && self.first <= 4.0
            && (1..=8).contains(&self.stride)
            && (0.0..=1.0).contains(&self.threshold)
            && (0.0..=1.0).contains(&self.overlap)
    }
}

/// One shape of window, and what was learned for it.
struct View {
    shape: Shape,
    judge: Box<dyn Judge>,
    calibration: Calibration,
    refine: Option<Refine>,
}

/// A detector that slides windows of a few shapes over a picture in many sizes.
pub(super) struct Sliding {
    mark: &'static [u8],
    plan: Plan,
    views: Vec<View>,
}

/// A window that may show an object.
struct Candidate {
    area: Area,
    score: f32,
    /// The window's numbers, where its box will be refined.
    row: Vec<f32>,
}

/// Most windows of one view and level that are looked at again.
const MOST: usize = 300;
/// Most boxes of one view and picture that calibration looks at.
const CALIBRATED: usize = 50;
/// Log-odds from which calibration looks at a box.
const UNLIKELY: f32 = -4.0;

/// Learns from pictures with boxes.
pub(super) fn fit(
    recipe: &Recipe,
    settings: &Settings,
    train: &[Labelled<'_>],
    valid: Option<&[Labelled<'_>]>,
    seed: u64,
) -> Sliding {
    let shapes = Shape::all(settings, train);
    let mut plan = Plan {
        cells: recipe.cells,
        cell: settings.count("cell"),
        context: settings.count("context"),
        levels: settings.count("levels"),
        first: 0.0,
        stride: settings.count("stride"),
        threshold: settings.number("threshold") as f32,
        overlap: settings.number("overlap") as f32,
    };
    let wanted = shapes.iter().map(|shape| shape.scales(&plan).1).fold(0.05f32, f32::max);
    plan.first = wanted.min(settings.number("enlarge") as f32);
    let mut all = samples::first(&plan, &shapes, train, settings.count("negatives"), seed);
    let learn = |samples: &[samples::Samples]| -> Vec<Box<dyn Judge>> {
        samples.par_iter().map(|samples| (recipe.learn)(settings, &samples.examples(), seed)).collect()
    };
    let mut judges = learn(&all);
    for _ in 0..settings.count("rounds") {
        let more = samples::mine(&plan, &shapes, &judges, train, settings.count("negatives"));
        if more.iter().all(Vec::is_empty) {
            break;
        }
        all.iter_mut().zip(more).for_each(|(samples, more)| samples.add(&more));
        judges = learn(&all);
    }
    let trees = settings.count("refine");
    let refines: Vec<Option<Refine>> =
        all.par_iter().map(|samples| Refine::fit(samples, trees, seed)).collect();
    let views = shapes.into_iter().zip(judges).zip(refines);
    let raw = Calibration::of(&[]);
    let views = views.map(|((shape, judge), refine)| View { shape, judge, calibration: raw, refine });
    let mut sliding = Sliding { mark: recipe.mark, plan, views: views.collect() };
    sliding.calibrate(valid.filter(|valid| !valid.is_empty()).unwrap_or(train));
    sliding
}

impl Sliding {
    /// The boxes of each view above a score of its own, best first, refined and suppressed.
    fn boxes(&self, picture: &Picture, least: impl Fn(&View) -> f32 + Sync) -> Vec<Vec<(Area, f32)>> {
        let per_level = levels::each(&self.plan, picture, |level| -> Vec<Vec<Candidate>> {
            self.views.iter().map(|view| self.candidates(view, &level, least(view))).collect()
        });
        let mut per_view: Vec<Vec<Candidate>> = self.views.iter().map(|_| Vec::new()).collect();
        for level in per_level {
            per_view.iter_mut().zip(level).for_each(|(all, some)| all.extend(some));
        }
        let finish = |(view, candidates): (&View, Vec<Candidate>)| {
            let boxes: Vec<(Area, f32)> =
                candidates.iter().map(|candidate| (candidate.area, candidate.score)).collect();
            let kept = suppress(&boxes, self.plan.overlap);
            let Some(refine) = &view.refine else {
                return kept.into_iter().map(|at| boxes[at]).collect();
            };
            let rows: Vec<&[f32]> = kept.iter().map(|at| &candidates[*at].row[..]).collect();
            let areas: Vec<Area> = kept.iter().map(|at| boxes[*at].0).collect();
            let areas = refine.apply(&areas, &rows);
            let moved: Vec<(Area, f32)> =
                areas.into_iter().zip(&kept).map(|(area, at)| (area, boxes[*at].1)).collect();
            suppress(&moved, self.plan.overlap).into_iter().map(|at| moved[at]).collect()
        };
        self.views.iter().zip(per_view).map(finish).collect()
    }

    fn candidates(&self, view: &View, level: &Level, least: f32) -> Vec<Candidate> {
        if !view.shape.sought(&self.plan, level) {
            return Vec::new();
        }
        let windows = view.shape.windows(&self.plan, level);
        let mut found = Vec::new();
        view.judge.scan(windows, least, &mut found);
        // The best of a level are enough, and bound what suppression compares.
        found.sort_by(|one, other| other.1.total_cmp(&one.1));
        found.truncate(MOST);
        let candidate = |(place, score): (Place, f32)| {
            let mut row = Vec::new();
            if view.refine.is_some() {
                row.resize(windows.columns(), 0.0);
                level.grid.copy(place, windows.width, &mut row);
            }
            Candidate { area: view.shape.area(&self.plan, level, place), score, row }
        };
        found.into_iter().map(candidate).collect()
    }

    /// Fits each view's chances to what it finds in these pictures.
    fn calibrate(&mut self, pictures: &[Labelled<'_>]) {
        let scores = |labelled: &Labelled<'_>| -> Vec<Vec<(f32, bool)>> {
            let per_view = self.boxes(labelled.picture, |_| UNLIKELY).into_iter().zip(&self.views);
            let judged = |(mut boxes, view): (Vec<(Area, f32)>, &View)| {
                boxes.truncate(CALIBRATED);
                let areas: Vec<Area> = boxes.iter().map(|found| found.0).collect();
                let right = matched(&areas, &of_class(labelled, view.shape.class));
                boxes.iter().zip(right).map(|(found, right)| (found.1, right)).collect()
            };
            per_view.map(judged).collect()
        };
        let per_picture: Vec<Vec<Vec<(f32, bool)>>> = pictures.par_iter().map(scores).collect();
        for (at, view) in self.views.iter_mut().enumerate() {
            let scores: Vec<(f32, bool)> =
                per_picture.iter().flat_map(|views| views[at].iter().copied()).collect();
            view.calibration = Calibration::of(&scores);
        }
    }
}

/// The usable boxes of one class.
fn of_class(labelled: &Labelled<'_>, class: u32) -> Vec<Area> {
    let boxes = labelled.boxes.iter().filter(|(area, of)| *of == class && usable(area));
    boxes.map(|(area, _)| *area).collect()
}

impl Detector for Sliding {
    fn detect(&self, picture: &Picture) -> Vec<Found> {
        let per_view = self.boxes(picture, |view| view.calibration.score(self.plan.threshold));
        let mut classes: Vec<u32> = self.views.iter().map(|view| view.shape.class).collect();
        classes.dedup();
        let mut all: Vec<Found> = Vec::new();
        for class in classes {
            // Views of a class are compared by chances: their scores have scales of their own.
            let views = self.views.iter().zip(&per_view).filter(|(view, _)| view.shape.class == class);
            let boxes: Vec<(Area, f32)> = views
                .flat_map(|(view, boxes)| {
                    boxes.iter().map(|(area, score)| (*area, view.calibration.chance(*score)))
                })
                .filter(|(_, chance)| *chance >= self.plan.threshold)
                .collect();
            let kept = suppress(&boxes, self.plan.overlap).into_iter().map(|at| boxes[at]);
            all.extend(kept.map(|(area, score)| Found { area: within(area, picture), class, score }));
        }
        all.sort_by(|one, other| {
            order(&(one.area, one.score), &(other.area, other.score)).then(one.class.cmp(&other.class))
        });
        all
    }

    fn save(&self) -> Vec<u8> {
        let view = |view: &View| SavedView {
            shape: view.shape,
            judge: view.judge.save(),
            calibration: view.calibration,
            refine: view.refine.as_ref().map(Refine::save),
        };
        let saved = Saved { plan: self.plan, views: self.views.iter().map(view).collect() };
        postcard::to_extend(&saved, self.mark.to_vec()).expect("numbers and lists can be written")
    }
}

/// A box cut to its picture.
fn within(area: Area, picture: &Picture) -> Area {
    let (width, height) = (picture.width as f32, picture.height as f32);
    Area {
        left: area.left.clamp(0.0, width),
        top: area.top.clamp(0.0, height),
        right: area.right.clamp(0.0, width),
        bottom: area.bottom.clamp(0.0, height),
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    plan: Plan,
    views: Vec<SavedView>,
}

#[derive(Serialize, Deserialize)]
struct SavedView {
    shape: Shape,
    judge: Vec<u8>,
    calibration: Calibration,
    refine: Option<[Vec<u8>; 4]>,
}

/// Restores a detector of this recipe.
pub(super) fn load(recipe: &Recipe, bytes: &[u8]) -> Result<Sliding, String> {
    let body = bytes
        .strip_prefix(recipe.mark)
        .ok_or("these bytes do not begin as a saved detector of this kind does")?;
    let (saved, rest): (Saved, &[u8]) = postcard::take_from_bytes(body)
        .map_err(|error| format!("a saved detector cannot be read: {error}"))?;
    if !rest.is_empty() {
        return Err(format!("{} bytes follow the saved detector", rest.len()));
    }
    if !saved.plan.sound() || saved.plan.cells != recipe.cells {
        return Err("a saved detector lays its windows in a way that none can".to_owned());
    }
    let mut views = Vec::with_capacity(saved.views.len());
    for view in saved.views {
        if !view.shape.sound(&saved.plan) || !view.calibration.sound() {
            return Err("a saved detector has a window of no shape, or scores that mean nothing".to_owned());
        }
        let columns = view.shape.width * view.shape.height * recipe.cells.depth();
        let judge = (recipe.load)(&view.judge, columns)?;
        let refine = view.refine.as_ref().map(Refine::load).transpose()?;
        views.push(View { shape: view.shape, judge, calibration: view.calibration, refine });
    }
    Ok(Sliding { mark: recipe.mark, plan: saved.plan, views })
}
