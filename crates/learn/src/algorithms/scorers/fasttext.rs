//! The mean of learned vectors of terms, read by a straight line; by stochastic gradient descent.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::logistic::{CATEGORIES, Encoding, Model, Terms, listed};
use super::{Kind, Output, Scorer, logistic, saved, target};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::{Examples, Rows};
use crate::random::rng;

/// Mean of term vectors.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "fasttext",
        what: "Learns a vector for each term; a row is the mean of its terms' vectors with its standardised \
               columns beside it, read by one straight line. Learned row by row on one thread.",
        when: "Many texts: its time grows with the terms read, not with the terms known, and a long text weighs \
               no more than a short one.",
        avoid: "Hundreds of rows: vectors of rare terms stay near where they were drawn. Columns that matter \
                together with terms: it adds them up.",
        cost: "Training: epochs x terms of all rows x dim, on one thread; scoring: a search a term, for with one \
               label a term's vector comes to one number.",
        source: "Joulin et al. 2017, Bag of tricks for efficient text classification",
        parameters: &[
            Parameter {
                name: "dim",
                doc: "Numbers in a term's vector.",
                kind: Holds::Count { min: 1, max: 256 },
                default: Preset::Count(16),
                search: &[],
            },
            Parameter {
                name: "epochs",
                doc: "How often each row is read.",
                kind: Holds::Count { min: 1, max: 1000 },
                default: Preset::Count(10),
                search: &[5.0, 25.0],
            },
            Parameter {
                name: "rate",
                doc: "Size of the first step; it falls to 0 in a straight line.",
                kind: Holds::Number { min: 1e-5, max: 10.0 },
                default: Preset::Number(0.5),
                search: &[0.2, 1.0],
            },
        ],
    },
    output: |_| Output::LogOdds,
    reads_bags: true,
    fit: |settings, examples, _, seed| Box::new(FastText(fit(settings, examples, seed))),
    load: |bytes| Ok(Box::new(FastText(load(bytes)?))),
};

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine fasttext 1\n";
/// The end of a bag counts as this share of a mean bag, and at least as one term.
const END: f64 = 0.05;
/// No number of a vector goes further than this, whatever the rate.
const FARTHEST: f32 = 100.0;
/// The share of a step that columns take together.
const CAREFUL: f32 = 0.1;
/// A row that weighs more than so many of the mean counts as this many.
const HEAVIEST: f64 = 10.0;

/// A straight line over columns, and over the mean of what terms come to.
///
/// The end of a bag is a term too: it moves the threshold of a short text far and that of a long one little,
/// which a bias cannot; so none is learned beside it.
struct FastText(Model);

impl Scorer for FastText {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        self.0.score(rows)
    }

    fn importance(&self) -> Vec<f32> {
        self.0.importance()
    }

    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        self.0.contributions(rows, row)
    }

    fn save(&self) -> Vec<u8> {
        saved::save(MARK, &self.0)
    }
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    saved::load::<Model>(MARK, "fasttext scorer", bytes)?.checked("fasttext scorer")
}

fn fit(settings: &Settings, examples: &Examples, seed: u64) -> Model {
    let rows = &examples.rows;
    let labels = target::shares(examples);
    let weights = target::weights(examples);
    let share = target::mean(&labels, &weights);
    let weighing = weights.iter().filter(|weight| **weight > 0.0).count();
    let of = |at: usize| rows.values.iter().skip(at).step_by(rows.width.max(1)).copied();
    let columns =
        examples.columns.iter().enumerate().map(|(at, column)| Encoding::choose(column, of(at), CATEGORIES));
    let bags = 0..examples.bags.len();
    let mut net = Net {
        bias: target::log_odds(share, weighing),
        columns: columns.collect(),
        bags: bags.map(|at| Vectors::drawn(rows, at, settings.count("dim"), seed)).collect(),
    };
    if weighing > 0 {
        net.learn(settings, examples, (&labels, &weights), seed);
    }
    let bags = net.bags.into_iter().map(Vectors::collapsed).collect();
    Model::learned(net.bias, net.columns, bags, rows)
}

/// What is learned.
struct Net {
    bias: f32,
    columns: Vec<Encoding>,
    bags: Vec<Vectors>,
}

/// The vectors of the terms of a bag, and the line that reads their mean.
struct Vectors {
    terms: Terms,
    /// As how many terms the end of a row counts.
    end: f32,
    dim: usize,
    /// One after another; the last is that of the end of a row.
    vectors: Vec<f32>,
    line: Vec<f32>,
    /// The terms of all rows, each with its share of its row.
    shares: Vec<(u32, f32)>,
    /// Where those of each row begin; one more than rows.
    starts: Vec<usize>,
    /// The mean over the row that was read last.
    mean: Vec<f32>,
}

impl Net {
    fn learn(
        &mut self,
        settings: &Settings,
        examples: &Examples,
        (labels, weights): (&[f32], &[f32]),
        seed: u64,
    ) {
        let (rows, epochs) = (&examples.rows, settings.count("epochs"));
        let all: f64 = weights.iter().copied().map(f64::from).sum();
        let unit = weights.len() as f64 / all;
        let mut order: Vec<usize> = (0..rows.len()).filter(|row| weights[*row] > 0.0).collect();
        let steps = epochs as f64 * order.len() as f64;
        let mut step = 0.0;
        for epoch in 0..epochs {
            order.shuffle(&mut rng(seed, &[ORDER, epoch as u64]));
            for &row in &order {
                let rate = settings.number("rate") * (1.0 - step / steps);
                step += 1.0;
                let values = if rows.width == 0 { &[] } else { rows.row(row) };
                let score = self.score(values, row);
                let error = f64::from(labels[row]) - 1.0 / (1.0 + f64::from(-score).exp());
                let weight = (f64::from(weights[row]) * unit).min(HEAVIEST);
                self.step(values, row, (rate * weight * error) as f32);
            }
        }
    }

    fn score(&mut self, values: &[f32], row: usize) -> f32 {
        let dense = self.columns.iter().zip(values).map(|(column, value)| column.add(*value)).sum::<f64>();
        let terms = self.bags.iter_mut().map(|vectors| vectors.read(row)).sum::<f32>();
        self.bias + dense as f32 + terms
    }

    /// Goes `size` up the slope of the score of the row that was scored last.
    fn step(&mut self, values: &[f32], row: usize, size: f32) {
        // A standardised column is larger than the mean vector is in all, and in every row.
        let dense = CAREFUL * size / (1 + self.columns.len()) as f32;
        if self.bags.is_empty() {
            self.bias = (self.bias + dense).clamp(-FARTHEST, FARTHEST);
        }
        let moved = |weight: &mut f32, by: f32| *weight = (*weight + dense * by).clamp(-FARTHEST, FARTHEST);
        for (column, value) in self.columns.iter_mut().zip(values) {
            match column {
                Encoding::Number { missing, .. } if value.is_nan() => moved(missing, 1.0),
                Encoding::Number { scale, weight, .. } => moved(weight, scale.apply(*value) as f32),
                Encoding::Category { values, weights, other } if !value.is_nan() => {
                    moved(listed(values, *value).map_or(other, |at| &mut weights[at]), 1.0);
                }
                _ => {}
            }
        }
        self.bags.iter_mut().for_each(|vectors| vectors.step(row, size));
    }
}

impl Vectors {
    /// Those of the terms of one bag of the rows. Vectors are drawn around 0, so that terms differ; the line
    /// begins flat.
    fn drawn(rows: &Rows, bag: usize, dim: usize, seed: u64) -> Vectors {
        let terms = Terms::met(rows, bag);
        let mut draws = rng(seed, &[DRAWN, bag as u64]);
        let most = 1.0 / dim as f32;
        let vectors = (0..(terms.terms.len() + 1) * dim).map(|_| draws.random_range(-most..most)).collect();
        let weights = (0..rows.len()).map(|row| logistic::weight(&rows.bags_of(row)[bag]));
        let end = (END * weights.sum::<f64>() / rows.len().max(1) as f64).clamp(1.0, 1e9) as f32;
        let (mut shares, mut starts) = (Vec::new(), vec![0]);
        for row in 0..rows.len() {
            let bag = &rows.bags_of(row)[bag];
            let all = logistic::weight(bag) + f64::from(end);
            let share = |(at, count): (usize, f32)| (at as u32, (f64::from(count) / all) as f32);
            shares.extend(terms.places(bag).chain([(terms.terms.len(), end)]).map(share));
            starts.push(shares.len());
        }
        Vectors { terms, end, dim, vectors, line: vec![0.0; dim], shares, starts, mean: vec![0.0; dim] }
    }

    /// What the line makes of the mean over the terms of a row.
    fn read(&mut self, row: usize) -> f32 {
        self.mean.fill(0.0);
        for (at, share) in &self.shares[self.starts[row]..self.starts[row + 1]] {
            let vector = &self.vectors[*at as usize * self.dim..][..self.dim];
            self.mean.iter_mut().zip(vector).for_each(|(mean, value)| *mean += share * value);
        }
        self.mean.iter().zip(&self.line).map(|(mean, weight)| mean * weight).sum()
    }

    /// Moves the line and the vectors of the row, which was read last.
    fn step(&mut self, row: usize, size: f32) {
        for (at, share) in &self.shares[self.starts[row]..self.starts[row + 1]] {
            let vector = &mut self.vectors[*at as usize * self.dim..][..self.dim];
            let step = size * share;
            for (value, weight) in vector.iter_mut().zip(&self.line) {
                *value = (*value + step * weight).clamp(-FARTHEST, FARTHEST);
            }
        }
        for (weight, mean) in self.line.iter_mut().zip(&self.mean) {
            *weight = (*weight + size * mean).clamp(-FARTHEST, FARTHEST);
        }
    }

    /// With one label, all that a vector does to the score is its product with the line.
    fn collapsed(self) -> Terms {
        let product =
            |vector: &[f32]| vector.iter().zip(&self.line).map(|(value, weight)| value * weight).sum();
        let mut weights: Vec<f32> = self.vectors.chunks_exact(self.dim).map(product).collect();
        let end = weights.pop().map(|weight| (weight, self.end));
        Terms { weights, end, ..self.terms }
    }
}

/// Purposes of draws.
const ORDER: u64 = 1;
const DRAWN: u64 = 2;
