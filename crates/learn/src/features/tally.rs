//! Counts of words that fade by half-lives, of which a key keeps the largest.

use serde::{Deserialize, Serialize};

use super::windows::place;
use crate::card::{Kind, Parameter, Preset};
use crate::fetch::fetch;
use crate::log::{Id, Millis};

/// One event in fixed point, so that halving keeps fractions and state stays whole.
pub(super) const UNIT: u64 = 1 << 16;

/// The parameter that says how fast counts fade.
pub(super) const HALF_LIFE: Parameter = Parameter {
    name: "half_life",
    doc: "Counts halve whenever this much time has passed since the epoch; 0 keeps them whole.",
    kind: Kind::Duration,
    default: Preset::Duration(0),
    search: &[],
};

/// The counts of one key as of half-life number `age`.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// The half-life that the counts are of.
    pub(super) age: i32,
    /// Units of all events.
    pub(super) events: u64,
    /// (word, units), by word.
    words: Vec<(Id, u64)>,
}

impl Tally {
    /// Halves the counts up to a half-life; nothing where it is not later.
    pub(super) fn advance(&mut self, age: i32) {
        if let steps @ 1.. = steps(self.age, age) {
            self.age = age;
            self.events = halved(self.events, steps);
            self.words.iter_mut().for_each(|word| word.1 = halved(word.1, steps));
            self.words.retain(|word| word.1 > 0);
        }
    }

    /// Counts an event, on whatever words.
    pub(super) fn count(&mut self) {
        self.events = self.events.saturating_add(UNIT);
    }

    /// Adds an event on a word; true where another word had to go, because there were `most` already.
    pub(super) fn add(&mut self, word: Id, most: usize) -> bool {
        match self.words.binary_search_by_key(&word, |have| have.0) {
            Ok(at) => self.words[at].1 = self.words[at].1.saturating_add(UNIT),
            Err(at) => self.words.insert(at, (word, UNIT)),
        }
        if self.words.len() <= most.max(1) {
            return false;
        }
        // Of equals the larger id goes, as everywhere: the later one, since ids ascend.
        let (mut at, mut least) = (0, u64::MAX);
        for (place, have) in self.words.iter().enumerate() {
            if have.1 <= least && have.0 != word {
                (at, least) = (place, have.1);
            }
        }
        self.words.remove(at);
        true
    }

    /// The units of a word, as of the tally's half-life.
    pub(super) fn units(&self, word: Id) -> u64 {
        self.words.binary_search_by_key(&word, |have| have.0).map_or(0, |at| self.words[at].1)
    }

    /// Fetches ahead its first words.
    pub(super) fn fetch(&self) {
        fetch(&self.words, 0);
    }

    /// Whether it could have come of counting, with so many words at most.
    pub(super) fn is_sound(&self, most: usize) -> bool {
        self.words.len() <= most && self.words.is_sorted_by(|left, right| left.0 < right.0)
    }
}

/// The number of the half-life that a moment falls in; 0 where nothing fades.
pub(super) fn age(time: Millis, half_life: Millis) -> i32 {
    if half_life == 0 { 0 } else { place(time, half_life) }
}

/// Half-lives from one age to a later one; 0 where it is not later.
pub(super) fn steps(from: i32, to: i32) -> u32 {
    (i64::from(to) - i64::from(from)).max(0) as u32
}

/// What is left of units after so many half-lives.
pub(super) fn halved(units: u64, steps: u32) -> u64 {
    units.checked_shr(steps).unwrap_or(0)
}
