//! A linear window over histograms of gradients: one product a number.

use serde::{Deserialize, Serialize};

use super::Kind;
use super::windows::{self, Judge, Place, Recipe, Windows, parameters};
use crate::algorithms::scorers::{self, Scorer};
use crate::card::{Card, Parameter, Settings};
use crate::examples::Examples;
use crate::vision::Cells;

/// A linear window over histograms of gradients.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "window-logistic",
        what: "Slides a window over the picture in many sizes and adds up one weight for each direction of \
               edges in each of its cells.",
        when: "As the learned detector to beat: with few pictures, for large upright objects in good light, \
               and where speed decides.",
        avoid: "Where colour matters or objects are a few pixels wide: it sees edges only, and adds them up.",
        cost: "Time of pixels x levels for the cells, which is most of it, and a product a number of every \
               window.",
        source: "Dalal and Triggs 2005, Histograms of oriented gradients for human detection",
        parameters: &PARAMETERS,
    },
    check: |_| Ok(()),
    fit: |settings, train, valid, seed| Ok(Box::new(windows::fit(&RECIPE, settings, train, valid, seed))),
    load: |bytes| Ok(Box::new(windows::load(&RECIPE, bytes)?)),
};

static PARAMETERS: [Parameter; 13] = parameters([Parameter::number(
    "l2",
    "L2 penalty on weights, beside the mean loss of a window.",
    (0.0, 1e3),
    1e-3,
    &[1e-4, 1e-2],
)]);

static RECIPE: Recipe = Recipe {
    mark: b"rankine window-logistic 1\n",
    cells: Cells::Hog,
    learn: |settings, examples, seed| Box::new(learn(settings, examples, seed)),
    load,
};

/// A weight a number of a window.
#[derive(Debug, Serialize, Deserialize)]
struct Linear {
    bias: f32,
    weights: Vec<f32>,
}

/// Most rows from which a column's straight line is drawn.
const PROBES: usize = 1000;

/// Fits the scorer `logistic` and takes the straight line of what each of its columns adds. The scorer may
/// bend and cut a column, which numbers within [0, 1] hardly need; straight lines can be scanned fast.
fn learn(settings: &Settings, examples: &Examples, seed: u64) -> Linear {
    let kind = scorers::find("logistic").expect("logistic is a scorer");
    let own = kind.card.defaults().with("l2", crate::card::Setting::Number(settings.number("l2")));
    let scorer = (kind.fit)(&own, examples, None, seed);
    straightened(scorer.as_ref(), examples)
}

fn straightened(scorer: &dyn Scorer, examples: &Examples) -> Linear {
    let (rows, width) = (&examples.rows, examples.rows.width);
    let step = (rows.len() / PROBES).max(1);
    let mut sums = vec![[0.0f64; 4]; width];
    let (mut count, mut bias) = (0.0, 0.0);
    for row in (0..rows.len()).step_by(step) {
        let added = scorer.contributions(rows, row);
        count += 1.0;
        bias = f64::from(added[width]);
        for ((sums, value), added) in sums.iter_mut().zip(rows.row(row)).zip(added) {
            let (value, added) = (f64::from(*value), f64::from(added));
            *sums = [sums[0] + value, sums[1] + added, sums[2] + value * value, sums[3] + value * added];
        }
    }
    let mut weights = Vec::with_capacity(width);
    for [value, added, squares, both] in sums {
        let spread = squares - value * value / f64::max(count, 1.0);
        let slope = if spread > 1e-9 { (both - value * added / count) / spread } else { 0.0 };
        bias += (added - slope * value) / f64::max(count, 1.0);
        weights.push(slope as f32);
    }
    Linear { bias: bias as f32, weights }
}

impl Judge for Linear {
    fn scan(&self, windows: Windows<'_>, least: f32, found: &mut Vec<(Place, f32)>) {
        let length = windows.width * windows.grid.depth;
        for (x, y) in windows.places() {
            let mut score = self.bias;
            for (row, weights) in self.weights.chunks_exact(length).enumerate() {
                score += product(windows.grid.run(x, y + row, windows.width), weights);
            }
            if score > least {
                found.push(((x, y), score));
            }
        }
    }

    fn save(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("numbers and lists can be written")
    }
}

/// The inner product, in sums side by side that the compiler turns into vectors.
#[inline(always)]
fn product(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    let (lefts, rights) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest: f32 = lefts.remainder().iter().zip(rights.remainder()).map(|(left, right)| left * right).sum();
    for (left, right) in lefts.zip(rights) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

fn load(bytes: &[u8], columns: usize) -> Result<Box<dyn Judge>, String> {
    let (linear, rest): (Linear, &[u8]) = postcard::take_from_bytes(bytes)
        .map_err(|error| format!("the weights of a saved detector cannot be read: {error}"))?;
    if !rest.is_empty() || linear.weights.len() != columns {
        return Err(format!("a window of {columns} numbers has {} weights", linear.weights.len()));
    }
    Ok(Box::new(linear))
}
