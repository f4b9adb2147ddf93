//! Something of each key in sliding windows, kept in epoch-aligned buckets; where it is a count, see `windows`.

use serde::{Deserialize, Serialize};

use super::windows::{PARTS, bucket, place};
use crate::fetch::{STEPS, fetch};
use crate::log::{Id, Millis};

/// What each key has in each bucket of some windows; the windows are cut as those of counts are.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Buckets<T> {
    /// The width of each window's buckets in milliseconds.
    widths: Vec<Millis>,
    /// `keys x windows`: what is in each bucket, oldest first, only buckets with anything.
    rings: Vec<Vec<(i32, T)>>,
}

impl<T: Default> Buckets<T> {
    /// Nothing yet in windows of these lengths.
    pub(super) fn new(lengths: &[Millis]) -> Buckets<T> {
        Buckets { widths: lengths.iter().copied().map(bucket).collect(), rings: Vec::new() }
    }

    /// The number of windows.
    pub(super) fn windows(&self) -> usize {
        self.widths.len()
    }

    /// The bucket of a window that a moment falls in.
    pub(super) fn place(&self, window: usize, time: Millis) -> i32 {
        place(time, self.widths[window])
    }

    /// Changes what a key has in the buckets of a moment.
    pub(super) fn change(&mut self, id: Id, time: Millis, change: impl Fn(&mut T)) {
        let first = id as usize * self.windows();
        if self.rings.len() < first + self.windows() {
            self.rings.resize_with(first + self.windows(), Vec::new);
        }
        for (ring, &width) in self.rings[first..].iter_mut().zip(&self.widths) {
            let place = place(time, width);
            let at = match ring.binary_search_by_key(&place, |bucket| bucket.0) {
                Ok(at) => at,
                Err(at) => {
                    ring.insert(at, (place, T::default()));
                    at
                }
            };
            change(&mut ring[at].1);
            let newest = ring.last().map_or(place, |bucket| bucket.0);
            ring.retain(|bucket| bucket.0 >= newest.saturating_sub(PARTS));
        }
    }

    /// Fetches ahead what [`Buckets::change`] and [`Buckets::within`] read of these keys.
    pub(super) fn fetch(&self, [slots, beyond, _]: [&[Id]; STEPS]) {
        let of = |id: &Id| *id as usize * self.windows()..(*id as usize + 1) * self.windows();
        slots.iter().for_each(|id| of(id).for_each(|ring| fetch(&self.rings, ring)));
        let rings = beyond.iter().filter_map(|id| self.rings.get(of(id))).flatten();
        rings.for_each(|ring| fetch(ring, 0));
    }

    /// What a key has in the window that ends with its bucket `now`, oldest bucket first.
    pub(super) fn within(&self, id: Id, window: usize, now: i32) -> impl Iterator<Item = &T> {
        let at = (id as usize).checked_mul(self.windows()).map(|first| first + window);
        let ring = at.and_then(|at| self.rings.get(at)).map_or(&[][..], Vec::as_slice);
        let within = now.saturating_sub(PARTS)..=now;
        ring.iter().filter(move |bucket| within.contains(&bucket.0)).map(|bucket| &bucket.1)
    }

    /// Whether loaded buckets could have come from these by changing.
    pub(super) fn accepts(&self, loaded: &Buckets<T>, sound: impl Fn(&T) -> bool) -> bool {
        let ring = |ring: &Vec<(i32, T)>| {
            ring.len() <= PARTS as usize + 1
                && ring.is_sorted_by(|left, right| left.0 < right.0)
                && ring.iter().all(|bucket| sound(&bucket.1))
        };
        self.widths == loaded.widths
            && loaded.rings.len().is_multiple_of(self.windows().max(1))
            && loaded.rings.iter().all(ring)
    }
}
