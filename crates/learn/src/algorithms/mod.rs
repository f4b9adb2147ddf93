//! Ranking algorithms: retrievers find candidates, scorers order them, rerankers rearrange a slate.

pub mod rerankers;
pub mod retrievers;
pub mod scorers;

use crate::card::Card;

/// The cards of all algorithms: retrievers, then scorers, then rerankers.
pub fn cards() -> impl Iterator<Item = &'static Card> {
    let retrievers = retrievers::ALL.iter().map(|kind| &kind.card);
    let scorers = scorers::ALL.iter().map(|kind| &kind.card);
    retrievers.chain(scorers).chain(rerankers::ALL.iter().map(|kind| &kind.card))
}
