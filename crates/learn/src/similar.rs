//! Texts that are nearly the same, in groups: so that copies of one text do not stand on both sides of a split.

use rayon::prelude::*;

use crate::random::hash;
use crate::words::Words;

/// Texts that share this much of their shingles are copies of one another.
pub const COPY: f64 = 0.7;
/// Words of a shingle.
const WORDS: usize = 3;
/// Bands of a signature, and the least hashes in each: texts that share half of their shingles agree in a
/// band with probability 0.64, those that share 0.8 with 0.9998.
const BANDS: usize = 16;
const ROWS: usize = 4;
/// Texts of a bucket that the next one is held against, besides the first.
const NEAR: usize = 8;

/// The group of each text, by the order in which groups first appear: texts are in one group if they share at
/// least `share` (0 to 1) of their shingles of three words, or are linked by texts that do. Case, spaces, the
/// digits of numbers, accents and punctuation do not count; texts of no word must be the same but for spaces.
///
/// Texts that agree by these rules are always in one group; of those that share less than all, few pairs are
/// overlooked. Groups do not depend on the order of texts. Time is that of sorting the texts, 16 times.
///
/// MinHash with bands: Broder 1997, On the resemblance and containment of documents; Leskovec, Rajaraman and
/// Ullman 2014, Mining of massive datasets, chapter 3.
pub fn groups(texts: &[&str], share: f64) -> Vec<u32> {
    let shingled: Vec<Vec<u64>> = texts.par_iter().map(|text| shingles(text)).collect();
    let signed: Vec<[u64; BANDS]> = shingled.par_iter().map(|shingles| bands(shingles)).collect();
    let mut sets = Sets::new(texts.len());
    for band in 0..BANDS {
        let mut order: Vec<(u64, &[u64], usize)> = signed
            .iter()
            .zip(&shingled)
            .enumerate()
            .map(|(at, (signed, own))| (signed[band], own.as_slice(), at))
            .collect();
        // Within a bucket in the order of contents, so that the order of texts does not matter.
        order.par_sort_unstable();
        for bucket in order.chunk_by(|one, other| one.0 == other.0) {
            for at in 1..bucket.len() {
                // Held against the first and those just before, which in the order of contents are the
                // likeliest to be like it: a bound on the work of a bucket.
                let near = bucket[at.saturating_sub(NEAR)..at].iter().rev();
                for other in near.chain([&bucket[0]]) {
                    if alike(bucket[at].1, other.1, share) {
                        sets.join(bucket[at].2, other.2);
                    }
                }
            }
        }
    }
    sets.numbered()
}

/// The hashes of a text's shingles, ascending, each once; never none.
fn shingles(text: &str) -> Vec<u64> {
    let words = Words::of(text);
    let letters = |word: &[char]| -> u64 {
        let mut kept = word.to_vec();
        // A number is a number, however long.
        kept.dedup_by(|one, other| *one == '0' && *other == '0');
        kept.iter().fold(1, |state, letter| hash(state, &[*letter as u64]))
    };
    let told = |word: &&[char]| word.iter().any(|letter| letter.is_alphanumeric());
    let hashes: Vec<u64> = words.iter().filter(told).map(letters).collect();
    let mut made: Vec<u64> = match hashes.len() {
        0 => vec![
            text.split_whitespace()
                .flat_map(str::chars)
                .fold(2, |state, letter| hash(state, &[letter as u64])),
        ],
        1..=WORDS => vec![hash(3, &hashes)],
        _ => hashes.windows(WORDS).map(|words| hash(3, words)).collect(),
    };
    made.sort_unstable();
    made.dedup();
    made
}

/// A hash for each band of a text's signature.
fn bands(shingles: &[u64]) -> [u64; BANDS] {
    let mut least = [[u64::MAX; ROWS]; BANDS];
    for &shingle in shingles {
        // One product a hash: an odd multiplier permutes, and the upper half depends on all bits below.
        let mut state = shingle | 1;
        for least in least.as_flattened_mut() {
            state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) ^ shingle;
            *least = (*least).min(state);
        }
    }
    least.map(|rows| hash(4, &rows))
}

/// Whether two ascending lists share so much of what either holds.
fn alike(one: &[u64], other: &[u64], share: f64) -> bool {
    if one == other {
        return true;
    }
    let (mut left, mut right, mut both) = (0, 0, 0usize);
    while left < one.len() && right < other.len() {
        match one[left].cmp(&other[right]) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => (left, right, both) = (left + 1, right + 1, both + 1),
        }
    }
    both > 0 && both as f64 >= share * (one.len() + other.len() - both) as f64
}

/// Disjoint sets of numbers; the first of a set stands for it (Tarjan 1975).
struct Sets {
    above: Vec<u32>,
}

impl Sets {
    fn new(many: usize) -> Sets {
        Sets { above: (0..many as u32).collect() }
    }

    fn first(&mut self, mut at: usize) -> usize {
        while self.above[at] as usize != at {
            let up = self.above[at] as usize;
            self.above[at] = self.above[up];
            at = up;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.above[one.max(other)] = one.min(other) as u32;
    }

    fn numbered(mut self) -> Vec<u32> {
        let mut numbers = vec![0; self.above.len()];
        let mut next = 0;
        for at in 0..numbers.len() {
            let first = self.first(at);
            if first == at {
                numbers[at] = next;
                next += 1;
            } else {
                numbers[at] = numbers[first];
            }
        }
        numbers
    }
}
