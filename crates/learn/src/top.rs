//! The best of a list of scores, with ties broken the same way everywhere.

use std::cmp::Ordering;

use crate::log::Id;

/// An item with a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The item.
    pub item: Id,
    /// Higher is better.
    pub score: f32,
}

impl Scored {
    /// Best first: higher score, then smaller id; not-a-number comes last.
    pub fn order(&self, other: &Scored) -> Ordering {
        let key = |scored: &Scored| if scored.score.is_nan() { f32::NEG_INFINITY } else { scored.score };
        key(other).total_cmp(&key(self)).then(self.item.cmp(&other.item))
    }
}

/// The `depth` best of `scored`, best first.
pub fn top(scored: impl IntoIterator<Item = Scored>, depth: usize) -> Vec<Scored> {
    let mut all: Vec<Scored> = scored.into_iter().collect();
    if depth == 0 {
        return Vec::new();
    }
    if all.len() > depth {
        all.select_nth_unstable_by(depth - 1, Scored::order);
        all.truncate(depth);
    }
    all.sort_unstable_by(Scored::order);
    all
}
