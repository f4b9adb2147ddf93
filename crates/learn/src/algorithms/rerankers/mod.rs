//! Rerankers: from an ordered list of candidates to the slate that is shown.

use crate::card::{Card, Settings};
use crate::log::Schema;
use crate::memory::Memory;
use crate::top::Scored;

mod mmr;

/// Every reranker. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Kind] = &[&mmr::KIND];

/// A kind of reranker.
pub struct Kind {
    /// What, when, cost, source, parameters.
    pub card: Card,
    /// Builds one; it has nothing to learn.
    ///
    /// # Errors
    /// A sentence, where it cannot work on this schema.
    pub build: fn(&Settings, &Schema) -> Built,
}

/// A built reranker, or a sentence that says why it cannot work.
pub type Built = Result<Box<dyn Reranker>, String>;

/// Rearranges a list.
pub trait Reranker: Send + Sync {
    /// The first `slate` places of the new order, from `list` (best first).
    fn rerank(&self, list: Vec<Scored>, slate: usize, memory: &Memory) -> Vec<Scored>;
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.card.name == name).copied()
}
