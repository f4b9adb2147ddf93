//! Stochastic descent with a step of its own for each weight (Adagrad), stopped by validation rows.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::Model;
use super::kernels::{LANES, Step, Weights, learn};
use crate::algorithms::scorers::fields::{Active, Fields};
use crate::algorithms::scorers::target;
use crate::card::Settings;
use crate::examples::Examples;
use crate::random::rng;

/// Squared gradients that a weight is taken to have seen before the first.
const SEEN: f32 = 1e-2;
/// The farthest a squared error counts, in deviations of the label.
const FARTHEST: f32 = 10.0;

/// Learns a model.
pub(super) fn fit(settings: &Settings, examples: &Examples, valid: Option<&Examples>, seed: u64) -> Model {
    let fields = Fields::choose(examples, settings.count("min_rows"));
    let logistic = settings.word("loss") != "squared";
    let stride = settings.count("factors").next_multiple_of(LANES);
    let features = fields.features();
    let mut model = Model {
        center: 0.0,
        deviation: 1.0,
        bias: 0.0,
        weights: vec![0.0; features],
        stride: stride as u32,
        vectors: vec![0.0; features * stride],
        importance: vec![0.0; fields.len()],
        fields,
    };
    let mut table = Table::new(&model.fields, examples, logistic);
    if table.weights.iter().all(|weight| *weight <= 0.0) {
        return model;
    }
    table.even_weights();
    if logistic {
        model.bias = target::log_odds(target::mean(&table.labels, &table.weights), table.len());
    } else {
        (model.center, model.deviation) = table.standardise();
    }
    let valid = valid.filter(|valid| !valid.rows.is_empty() && settings.count("patience") > 0);
    let valid = valid.filter(|valid| valid.weights.iter().any(|weight| *weight > 0.0));
    let valid = valid.map(|valid| {
        let mut table = Table::new(&model.fields, valid, logistic);
        table.labels.iter_mut().for_each(|label| *label = (*label - model.center) / model.deviation);
        table
    });
    let mut weights = begin(settings, &model, seed);
    descend(settings, &mut weights, &table, valid.as_ref(), seed);
    let learned = || weights.straight.iter().chain(&weights.vectors).chain([&weights.bias]);
    if learned().all(|weight| weight.is_finite()) {
        (model.bias, model.weights, model.vectors) = (weights.bias, weights.straight, weights.vectors);
    }
    model.forget_unseen(&table);
    model.importance = model.spreads(&table);
    model
}

fn begin(settings: &Settings, model: &Model, seed: u64) -> Weights {
    let mut draws = rng(seed, &[1]);
    let spread = settings.number("spread") as f32;
    let stride = model.stride as usize;
    let mut vectors = vec![0.0; model.vectors.len()];
    // Only as many as asked for: the rest of a vector's lanes stays 0, for nothing moves it.
    for vector in vectors.chunks_exact_mut(stride.max(1)) {
        for value in vector.iter_mut().take(settings.count("factors")) {
            *value = spread * (2.0 * draws.random::<f32>() - 1.0);
        }
    }
    Weights {
        bias: model.bias,
        bias_seen: SEEN,
        straight: model.weights.clone(),
        straight_seen: vec![SEEN; model.weights.len()],
        stride,
        vectors_seen: vec![SEEN; vectors.len()],
        vectors,
    }
}

fn descend(settings: &Settings, weights: &mut Weights, table: &Table, valid: Option<&Table>, seed: u64) {
    let step = Step {
        rate: settings.number("rate") as f32,
        l2: settings.number("l2") as f32,
        l2_factors: settings.number("l2_factors") as f32,
    };
    let mut order: Vec<u32> = (0..table.len() as u32).collect();
    // Loss, epoch, and the weights: bias, straight ones, vectors.
    type Kept = (f32, Vec<f32>, Vec<f32>);
    let mut best: Option<(f64, usize, Kept)> = None;
    for epoch in 0..settings.count("epochs") {
        order.shuffle(&mut rng(seed, &[2, epoch as u64]));
        for &row in &order {
            let (label, weight) = (table.labels[row as usize], table.weights[row as usize]);
            if weight <= 0.0 {
                continue;
            }
            let slope = |score: f32| {
                let error = if table.logistic {
                    1.0 / (1.0 + (-score).exp()) - label
                } else {
                    (score - label).clamp(-FARTHEST, FARTHEST)
                };
                error * weight
            };
            learn(weights, table.row(row as usize), step, &slope);
        }
        let Some(valid) = valid else { continue };
        let loss = valid.loss(weights);
        if best.as_ref().is_none_or(|best| loss < best.0) {
            let kept = (weights.bias, weights.straight.clone(), weights.vectors.clone());
            best = Some((loss, epoch, kept));
        } else if best.as_ref().is_some_and(|best| epoch >= best.1 + settings.count("patience")) {
            break;
        }
    }
    if let Some((_, _, kept)) = best {
        (weights.bias, weights.straight, weights.vectors) = kept;
    }
}

/// Encoded rows.
struct Table {
    logistic: bool,
    starts: Vec<usize>,
    active: Vec<Active>,
    labels: Vec<f32>,
    weights: Vec<f32>,
}

impl Table {
    fn new(fields: &Fields, examples: &Examples, logistic: bool) -> Table {
        let labels = if logistic { target::shares(examples) } else { target::values(examples) };
        let weights = target::weights(examples);
        let mut table = Table { logistic, starts: vec![0], active: Vec::new(), labels, weights };
        let mut features = Vec::new();
        for row in 0..examples.rows.len() {
            fields.encode(&examples.rows, row, &mut features);
            table.active.extend_from_slice(&features);
            table.starts.push(table.active.len());
        }
        table
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn row(&self, row: usize) -> &[Active] {
        &self.active[self.starts[row]..self.starts[row + 1]]
    }

    /// Makes the weights' mean 1, so that steps do not depend on their unit.
    fn even_weights(&mut self) {
        let all: f64 = self.weights.iter().map(|weight| f64::from(*weight)).sum();
        let scale = self.weights.len() as f64 / all;
        self.weights.iter_mut().for_each(|weight| *weight = (f64::from(*weight) * scale) as f32);
    }

    /// Brings labels to mean 0 and deviation 1, and returns what these were.
    fn standardise(&mut self) -> (f32, f32) {
        let center = target::mean(&self.labels, &self.weights);
        let squares: Vec<f32> = self.labels.iter().map(|label| (label - center as f32).powi(2)).collect();
        let deviation = target::mean(&squares, &self.weights).sqrt();
        let (center, deviation) = (center as f32, if deviation > 1e-15 { deviation as f32 } else { 1.0 });
        self.labels.iter_mut().for_each(|label| *label = (*label - center) / deviation);
        (center, deviation)
    }

    fn loss(&self, weights: &Weights) -> f64 {
        let mut sums = (0.0, 0.0);
        for row in 0..self.len() {
            let active = self.row(row);
            let straight =
                active.iter().map(|active| weights.straight[active.feature as usize] * active.value);
            let pairs = super::kernels::pairs(&weights.vectors, weights.stride, active);
            let score = f64::from(weights.bias + straight.sum::<f32>() + pairs);
            let label = f64::from(self.labels[row]);
            let loss = if self.logistic {
                score.max(0.0) - score * label + (-score.abs()).exp().ln_1p()
            } else {
                (score - label).powi(2)
            };
            sums.0 += loss * f64::from(self.weights[row]);
            sums.1 += f64::from(self.weights[row]);
        }
        sums.0 / sums.1
    }
}

impl Model {
    /// Takes the drawn vectors off features that no row had, which say nothing.
    fn forget_unseen(&mut self, table: &Table) {
        let mut seen = vec![false; self.weights.len()];
        table.active.iter().for_each(|active| seen[active.feature as usize] = true);
        let stride = self.stride as usize;
        for feature in (0..seen.len()).filter(|feature| !seen[*feature]) {
            self.vectors[feature * stride..][..stride].fill(0.0);
        }
    }

    /// Each field's share of the mean absolute deviation of what fields add.
    fn spreads(&self, table: &Table) -> Vec<f32> {
        let fields = self.fields.len();
        let mut parts = vec![0.0; fields * table.len()];
        for (row, parts) in parts.chunks_exact_mut(fields.max(1)).enumerate() {
            parts.copy_from_slice(&self.parts(table.row(row)));
        }
        target::spreads(&parts, fields)
    }
}
