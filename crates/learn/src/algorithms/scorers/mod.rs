//! Scorers: from a request's feature rows to one score a candidate.

use crate::card::{Card, Settings};
use crate::examples::{Examples, Rows};

mod column;
mod fasttext;
mod fields;
mod fm;
mod ftrl;
mod leaves;
mod logistic;
mod naive_bayes;
mod prior;
mod saved;
mod scale;
mod target;
mod trees;

/// Every scorer. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Kind] = &[
    &prior::KIND,
    &column::KIND,
    &fm::KIND,
    &ftrl::KIND,
    &leaves::KIND,
    &logistic::KIND,
    &naive_bayes::KIND,
    &fasttext::KIND,
    &trees::KIND,
];

/// A kind of scorer.
pub struct Kind {
    /// What, when, cost, source, parameters.
    pub card: Card,
    /// What its scores mean under these settings.
    pub output: fn(&Settings) -> Output,
    /// Whether it reads bags of terms; one that does not leaves them aside.
    pub reads_bags: bool,
    /// Learns from examples; `valid` may stop it early and is never trained on.
    pub fit: fn(&Settings, &Examples, valid: Option<&Examples>, seed: u64) -> Box<dyn Scorer>,
    /// Restores a saved one.
    ///
    /// # Errors
    /// A sentence, where the bytes are not a model of this kind.
    pub load: fn(&[u8]) -> Loaded,
}

/// What a score means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Only the order within a request.
    Order,
    /// The log-odds that the label is 1.
    LogOdds,
    /// The label itself, or a quantile of it.
    Value,
}

/// A scorer, or a sentence on why there is none.
pub type Loaded = Result<Box<dyn Scorer>, String>;

/// A scorer that learned.
pub trait Scorer: Send + Sync {
    /// One score a row; higher is better.
    fn score(&self, rows: &Rows) -> Vec<f32>;
    /// How much each column, then each bag, mattered in training, in no unit; sums to 1 or is all 0.
    fn importance(&self) -> Vec<f32>;
    /// What each column, then each bag, of one row adds to its score; the bias at the end.
    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32>;
    /// What it is after these examples too, in their order; none where it cannot go on learning.
    fn learn_on(&self, _: &Examples) -> Option<Box<dyn Scorer>> {
        None
    }
    /// The model as bytes; equal models give equal bytes.
    fn save(&self) -> Vec<u8>;
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.card.name == name).copied()
}
