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
        self.key().cmp(&other.key())
    }

    /// A whole number in the same order, of which the item and the score can be told again: comparing such is
    /// most of what finding the best takes.
    fn key(&self) -> u64 {
        let score = if self.score.is_nan() { LAST } else { self.score.to_bits() };
        // As `f32::total_cmp` does, turned so that the best is the smallest.
        let ascending = (score ^ ((score as i32 >> 31) as u32 >> 1)) ^ (1 << 31);
        (u64::from(!ascending) << 32) | u64::from(self.item)
    }

    fn of_key(key: u64) -> Scored {
        let folded = !((key >> 32) as u32) ^ (1 << 31);
        let score = folded ^ ((folded as i32 >> 31) as u32 >> 1);
        Scored { item: key as Id, score: f32::from_bits(score) }
    }
}

/// The bits of the not-a-number below everything.
const LAST: u32 = u32::MAX;

/// The `depth` best of `scored`, best first.
pub fn top(scored: impl IntoIterator<Item = Scored>, depth: usize) -> Vec<Scored> {
    if depth == 0 {
        return Vec::new();
    }
    // Now and then all but the best so far are dropped; what is worse than all of those is not taken any more.
    let room = depth.saturating_mul(4).max(256);
    let (mut keys, mut limit) = (Vec::new(), u64::MAX);
    for key in scored.into_iter().map(|scored| scored.key()) {
        if key <= limit {
            keys.push(key);
            if keys.len() == room {
                limit = *keys.select_nth_unstable(depth - 1).1;
                keys.truncate(depth);
            }
        }
    }
    if keys.len() > depth {
        keys.select_nth_unstable(depth - 1);
        keys.truncate(depth);
    }
    keys.sort_unstable();
    keys.into_iter().map(Scored::of_key).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_those_of_a_sorted_list(
            scores in prop::collection::vec(prop::num::f32::ANY, 0..2000),
            depth in 0usize..400,
        ) {
            let all: Vec<Scored> = (0..).zip(scores).map(|(item, score)| Scored { item, score }).collect();
            let mut sorted = all.clone();
            sorted.sort_by(|left, right| {
                let key = |score: f32| if score.is_nan() { (1, 0.0) } else { (0, -score) };
                let (left_key, right_key) = (key(left.score), key(right.score));
                left_key.0.cmp(&right_key.0).then(left_key.1.total_cmp(&right_key.1)).then(left.item.cmp(&right.item))
            });
            sorted.truncate(depth);
            let found = top(all, depth);
            let bits = |list: &[Scored]| -> Vec<(Id, Option<u32>)> {
                list.iter().map(|one| (one.item, (!one.score.is_nan()).then(|| one.score.to_bits()))).collect()
            };
            prop_assert_eq!(bits(&found), bits(&sorted));
        }
    }
}
