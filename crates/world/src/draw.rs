//! Random draws: hashed ones that depend only on their keys, and streams for making users and videos.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a draw is for; draws for different purposes are independent.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Genre = 1,
    Channel,
    User,
    Country,
    Video,
    Birth,
    History,
    Future,
    Policy,
    Examine,
    Click,
    Finish,
    Delay,
    Category,
    Advertiser,
    Ad,
    AdBirth,
    AgeBand,
    Audience,
    Cross,
    Landing,
    Swing,
    Eligible,
    Auction,
    Estimate,
    Placement,
    Hide,
    Convert,
    ConvertDelay,
    Value,
    Calibrate,
    Lexicon,
    Author,
    Gallery,
    PostTime,
    Post,
    Campaign,
    Appeal,
    Review,
    Report,
    Like,
    Drive,
    Annotate,
    Plant,
}

/// Hash of a seed, a purpose and two keys: each step is the finaliser of SplitMix64 (Steele et al. 2014).
pub(crate) fn hash(seed: u64, purpose: Purpose, first: u64, second: u64) -> u64 {
    [purpose as u64, first, second].iter().fold(scramble(seed), |state, key| scramble(state ^ scramble(*key)))
}

/// Hash of a text (FNV-1a, scrambled), as a key for [`hash`].
pub(crate) fn text_key(text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325u64;
    scramble(text.bytes().fold(start, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// A hash as a number in [0, 1).
pub(crate) fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

/// A stream of draws of its own for one thing (`index`) of one purpose.
pub(crate) fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(hash(seed, purpose, index, 0))
}

/// A standard normal draw (Box and Muller 1958).
pub(crate) fn normal(stream: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - stream.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * stream.random::<f64>()).cos()
}

/// A direction drawn evenly from the unit sphere in `factors` dimensions.
pub(crate) fn direction(stream: &mut ChaCha8Rng, factors: usize) -> Vec<f64> {
    let mut vector: Vec<f64> = (0..factors).map(|_| normal(stream)).collect();
    normalise(&mut vector);
    vector
}

/// Scales a vector to length 1; the null vector becomes the first axis.
pub(crate) fn normalise(vector: &mut [f64]) {
    let length = dot(vector, vector).sqrt();
    if length > 1e-12 {
        vector.iter_mut().for_each(|value| *value /= length);
    } else if let Some(first) = vector.first_mut() {
        *first = 1.0;
    }
}

/// Inner product of two vectors.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// `vector += scale * other`.
pub(crate) fn add(vector: &mut [f64], scale: f64, other: &[f64]) {
    vector.iter_mut().zip(other).for_each(|(value, by)| *value += scale * by);
}

/// Running sums of weights, for [`pick`].
pub(crate) fn running(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

/// The index whose share of the running sums holds `at` in [0, 1).
pub(crate) fn pick(running: &[f64], at: f64) -> usize {
    let target = at * running.last().copied().unwrap_or(0.0);
    running.partition_point(|sum| *sum <= target).min(running.len().saturating_sub(1))
}

/// The logistic function.
pub(crate) fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

fn scramble(value: u64) -> u64 {
    let mut bits = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
