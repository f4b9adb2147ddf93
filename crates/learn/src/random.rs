//! Randomness by name: every draw is derived from a seed and what it is for, never from order.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A 64-bit hash of a seed and a few numbers (SplitMix64 finaliser, Steele et al. 2014).
pub fn hash(seed: u64, parts: &[u64]) -> u64 {
    parts.iter().fold(mix(seed ^ 0x9e37_79b9_7f4a_7c15), |state, part| {
        mix(state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x632b_e59b_d9b4_e019))
    })
}

/// The same of the bytes of a text, taken in one after another from `start` on.
pub fn hash_text(start: u64, text: &str) -> u64 {
    text.bytes().fold(start, |state, byte| hash(state, &[u64::from(byte)]))
}

/// A generator for one purpose.
pub fn rng(seed: u64, parts: &[u64]) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(hash(seed, parts))
}

fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
