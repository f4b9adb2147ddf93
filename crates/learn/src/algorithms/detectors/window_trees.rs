//! Boosted trees on every window of histograms of gradients.

use super::Kind;
use super::windows::{self, Judge, Place, Recipe, Windows, parameters};
use crate::algorithms::scorers::{self, Scorer};
use crate::card::{Card, Parameter, Setting, Settings};
use crate::examples::{Examples, Rows};
use crate::vision::Cells;

/// Boosted trees on every window.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "window-trees",
        what: "Slides a window over the picture in many sizes and asks boosted trees about the directions of \
               edges in its cells.",
        when: "With some hundred labelled objects that differ in look, where a missed one costs more than \
               time.",
        avoid: "Where speed decides: every window goes through every tree. The cascade asks most of them \
                less.",
        cost: "Windows x trees: some microseconds a window, and a picture has ten thousand to a hundred \
               thousand.",
        source: "Dalal and Triggs 2005, Histograms of oriented gradients for human detection; Friedman 2001, \
                 Greedy function approximation",
        parameters: &PARAMETERS,
    },
    check: |_| Ok(()),
    fit: |settings, train, valid, seed| Ok(Box::new(windows::fit(&RECIPE, settings, train, valid, seed))),
    load: |bytes| Ok(Box::new(windows::load(&RECIPE, bytes)?)),
};

static PARAMETERS: [Parameter; 15] = parameters(TREES);

/// What a design may set of the trees.
pub(super) const TREES: [Parameter; 3] = [
    Parameter::count("trees", "The number of trees.", (1, 2000), 100, &[200.0]),
    Parameter::count("leaves", "Most leaves of a tree.", (2, 256), 8, &[16.0]),
    Parameter::number("rate", "What share of a tree's step is taken.", (1e-3, 1.0), 0.15, &[0.1]),
];

static RECIPE: Recipe = Recipe {
    mark: b"rankine window-trees 1\n",
    cells: Cells::Hog,
    learn: |settings, examples, seed| Box::new(Trees { scorer: learn(settings, examples, seed) }),
    load: |bytes, _| Ok(Box::new(Trees { scorer: load(bytes)? })),
};

/// All trees for every window.
struct Trees {
    scorer: Box<dyn Scorer>,
}

/// Windows that are scored together: their numbers stay in the processor's second cache.
const TOGETHER: usize = 64;

/// Fits the scorer `trees` to windows.
pub(super) fn learn(settings: &Settings, examples: &Examples, seed: u64) -> Box<dyn Scorer> {
    let kind = scorers::find("trees").expect("trees are a scorer");
    // Neighbouring cells tell much the same, so each tree may do with a part of them.
    let own = kind
        .card
        .defaults()
        .with("loss", Setting::Word("logistic".to_owned()))
        .with("trees", Setting::Count(settings.count("trees") as u64))
        .with("leaves", Setting::Count(settings.count("leaves") as u64))
        .with("rate", Setting::Number(settings.number("rate")))
        .with("bins", Setting::Count(63))
        .with("feature_fraction", Setting::Number(0.2))
        .with("lambda", Setting::Number(1.0))
        .with("min_data", Setting::Count(10));
    (kind.fit)(&own, examples, None, seed)
}

/// Restores trees.
pub(super) fn load(bytes: &[u8]) -> Result<Box<dyn Scorer>, String> {
    (scorers::find("trees").expect("trees are a scorer").load)(bytes)
}

/// Scores the windows at these places and keeps those above `least`.
pub(super) fn ask(
    scorer: &dyn Scorer,
    windows: Windows<'_>,
    places: impl Iterator<Item = Place>,
    least: f32,
    found: &mut Vec<(Place, f32)>,
) {
    let width = windows.columns();
    let mut rows = Rows { values: Vec::with_capacity(TOGETHER * width), width, ..Rows::default() };
    let mut at: Vec<Place> = Vec::with_capacity(TOGETHER);
    let mut places = places.peekable();
    while let Some(place) = places.next() {
        for row in 0..windows.height {
            rows.values.extend_from_slice(windows.grid.run(place.0, place.1 + row, windows.width));
        }
        at.push(place);
        if at.len() == TOGETHER || places.peek().is_none() {
            let scores = scorer.score(&rows).into_iter();
            found.extend(at.drain(..).zip(scores).filter(|(_, score)| *score > least));
            rows.values.clear();
        }
    }
}

impl Judge for Trees {
    fn scan(&self, windows: Windows<'_>, least: f32, found: &mut Vec<(Place, f32)>) {
        ask(self.scorer.as_ref(), windows, windows.places(), least, found);
    }

    fn save(&self) -> Vec<u8> {
        self.scorer.save()
    }
}
