//! How alike two values of a field are.

use std::borrow::Cow;
use std::slice;

use crate::fetch::fetch;
use crate::log::Value;

/// A value that others are held against.
pub(super) enum Held<'a> {
    /// A vector of which not all numbers are zero, and one over its length.
    Vector(&'a [f32], f64),
    /// Words.
    Words(Words<'a>),
}

/// Words, ascending, each once.
pub(super) struct Words<'a> {
    words: Cow<'a, [u32]>,
    /// A bit for each: lists without one in common share no word (Bloom 1970, with one hash).
    bits: u64,
    /// Whether no two words can have the same bit, as where a field knows few of them.
    exact: bool,
}

impl<'a> Held<'a> {
    /// Fetches ahead what a value holds elsewhere.
    pub(super) fn fetch(value: &Value) {
        match value {
            Value::Categories(words) => fetch(words, 0),
            Value::Vector(list) => fetch(list, 0),
            _ => {}
        }
    }

    /// A vector or words; none where there is nothing to hold against.
    pub(super) fn of(value: &'a Value) -> Option<Held<'a>> {
        match value {
            Value::Vector(list) => {
                let length = dot(list, list).sqrt();
                (length.is_finite() && length > 0.0).then(|| Held::Vector(list, 1.0 / length))
            }
            Value::Category(word) => Some(Held::words(slice::from_ref(word).into())),
            Value::Categories(words) if words.is_sorted_by(|one, next| one < next) => {
                (!words.is_empty()).then(|| Held::words(words.into()))
            }
            Value::Categories(words) => {
                let mut words = words.clone();
                words.sort_unstable();
                words.dedup();
                Some(Held::words(words.into()))
            }
            _ => None,
        }
    }

    fn words(words: Cow<'a, [u32]>) -> Held<'a> {
        let bits = words.iter().fold(0, |bits, word| bits | 1 << (word % u64::BITS));
        let exact = words.last().is_none_or(|last| *last < u64::BITS);
        Held::Words(Words { words, bits, exact })
    }

    /// The cosine of two vectors as long as each other, from -1 to 1, or the share of words that both have
    /// among those that either has (Jaccard); none where they cannot be compared.
    #[inline]
    pub(super) fn alike(&self, other: &Held<'_>) -> Option<f64> {
        match (self, other) {
            (Held::Vector(one, scale), Held::Vector(two, other)) if one.len() == two.len() => {
                Some((dot(one, two) * scale * other).clamp(-1.0, 1.0))
            }
            (Held::Words(one), Held::Words(two)) => {
                let both = one.shared(two);
                Some(both as f64 / (one.words.len() + two.words.len() - both) as f64)
            }
            _ => None,
        }
    }
}

impl Words<'_> {
    /// How many words both have.
    #[inline]
    fn shared(&self, other: &Words<'_>) -> usize {
        let both = self.bits & other.bits;
        if both == 0 || (self.exact && other.exact) {
            both.count_ones() as usize
        } else {
            self.compared(other)
        }
    }

    /// The same, of the words themselves.
    fn compared(&self, other: &Words<'_>) -> usize {
        let two = &*other.words;
        // A few words are all compared: none of these waits for another, as steps through a sorted list do.
        let holds = |word: &&u32| match two.len() {
            ..=8 => two.iter().fold(false, |found, own| found | (own == *word)),
            _ => two.binary_search(word).is_ok(),
        };
        self.words.iter().filter(holds).count()
    }
}

/// The sum of products of two lists, in four sums of a fixed order so that none waits for the one before.
fn dot(one: &[f32], two: &[f32]) -> f64 {
    let (ones, twos) = (one.chunks_exact(4), two.chunks_exact(4));
    let rest = ones.remainder().iter().zip(twos.remainder());
    let rest: f64 = rest.map(|(one, two)| f64::from(*one) * f64::from(*two)).sum();
    let mut sums = [0.0; 4];
    for (one, two) in ones.zip(twos) {
        for (sum, (one, two)) in sums.iter_mut().zip(one.iter().zip(two)) {
            *sum += f64::from(*one) * f64::from(*two);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_is_cosine_or_overlap() {
        let vector = |list: &[f32]| Value::Vector(list.to_vec());
        let words = |list: &[u32]| Value::Categories(list.to_vec());
        let cases = [
            (vector(&[1.0, 0.0]), vector(&[2.0, 0.0]), Some(1.0)),
            (vector(&[1.0, 0.0]), vector(&[0.0, 3.0]), Some(0.0)),
            (vector(&[1.0, 1.0]), vector(&[-1.0, -1.0]), Some(-1.0)),
            (vector(&[3.0, 4.0]), vector(&[4.0, 3.0]), Some(24.0 / 25.0)),
            (
                vector(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
                vector(&[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]),
                Some(56.0 / 91.0),
            ),
            (vector(&[1.0]), vector(&[1.0, 0.0]), None),
            (vector(&[0.0, 0.0]), vector(&[1.0, 0.0]), None),
            (vector(&[f32::NAN]), vector(&[1.0]), None),
            (vector(&[]), vector(&[]), None),
            (words(&[3, 1, 1]), words(&[1, 2]), Some(1.0 / 3.0)),
            (words(&[]), words(&[1]), None),
            (Value::Category(4), Value::Category(4), Some(1.0)),
            (Value::Category(4), words(&[5]), Some(0.0)),
            (words(&[1, 2]), words(&[65, 66]), Some(0.0)),
            (words(&[1, 65, 90]), words(&[2, 65]), Some(1.0 / 4.0)),
            (Value::Category(4), vector(&[4.0]), None),
            (Value::Missing, Value::Category(4), None),
        ];
        for (one, two, want) in cases {
            let have = Held::of(&one).zip(Held::of(&two)).and_then(|(one, two)| one.alike(&two));
            let close = have.zip(want).is_some_and(|(have, want): (f64, f64)| (have - want).abs() < 1e-6);
            assert!(close || have == want, "{one:?}, {two:?}: {have:?}");
        }
    }
}
