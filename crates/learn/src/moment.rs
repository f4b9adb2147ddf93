//! The moment at which values are read, and the items they are read for.

use crate::log::{Id, Millis, Value};

/// The moment at which values are read.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Now: only events known before are in the fold.
    pub time: Millis,
    /// Who asks.
    pub user: Id,
    /// Values of the schema's context fields; may be shorter.
    pub context: &'a [Value],
}

/// The items to score at a request, with what retrieval found out about them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidates {
    /// The items.
    pub items: Vec<Id>,
    /// `retrievers x items`: each retriever's score, not-a-number where it did not find the item.
    pub scores: Vec<Vec<f32>>,
    /// `retrievers x items`: each retriever's rank from 0, not-a-number where it did not find the item.
    pub ranks: Vec<Vec<f32>>,
}
