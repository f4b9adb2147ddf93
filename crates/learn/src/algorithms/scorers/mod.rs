//! Scorers: from a request's feature rows to one score a candidate.

use crate::card::{Card, Settings};
use crate::examples::{Examples, Rows};

mod logistic;
mod trees;

/// Every scorer. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Kind] = &[&logistic::KIND, &trees::KIND];

/// A kind of scorer.
pub struct Kind {
    /// What, when, cost, source, parameters.
    pub card: Card,
    /// Learns from examples; `valid` may stop it early and is never trained on.
    pub fit: fn(&Settings, &Examples, valid: Option<&Examples>, seed: u64) -> Box<dyn Scorer>,
    /// Restores a saved one.
    ///
    /// # Errors
    /// A sentence, where the bytes are not a model of this kind.
    pub load: fn(&[u8]) -> Loaded,
}

/// A scorer, or a sentence on why there is none.
pub type Loaded = Result<Box<dyn Scorer>, String>;

/// A scorer that learned.
pub trait Scorer: Send + Sync {
    /// One score a row; higher is better.
    fn score(&self, rows: &Rows) -> Vec<f32>;
    /// How much each column mattered in training, in no unit, as many as columns; sums to 1 or is all 0.
    fn importance(&self) -> Vec<f32>;
    /// What each column of one row adds to its score; as many as columns, plus the bias at the end.
    fn contributions(&self, row: &[f32]) -> Vec<f32>;
    /// The model as bytes; equal models give equal bytes.
    fn save(&self) -> Vec<u8>;
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.card.name == name).copied()
}
