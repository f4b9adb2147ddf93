//! Algorithms: encoders read texts and pictures, detectors find things in pictures, retrievers find
//! candidates, scorers order them, rerankers rearrange a slate.

pub mod detectors;
pub mod encoders;
pub mod rerankers;
pub mod retrievers;
pub mod scorers;

use crate::card::Card;

/// The cards of all algorithms: encoders, detectors, retrievers, scorers, rerankers.
pub fn cards() -> impl Iterator<Item = &'static Card> {
    let encoders = encoders::ALL.iter().map(|kind| &kind.card);
    let detectors = detectors::ALL.iter().map(|kind| &kind.card);
    let retrievers = retrievers::ALL.iter().map(|kind| &kind.card);
    let scorers = scorers::ALL.iter().map(|kind| &kind.card);
    encoders
        .chain(detectors)
        .chain(retrievers)
        .chain(scorers)
        .chain(rerankers::ALL.iter().map(|kind| &kind.card))
}
