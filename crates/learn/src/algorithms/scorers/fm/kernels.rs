//! The inner loops of a factorisation machine: one row's pairs, and one step of descent.

use multiversion::multiversion;

use crate::algorithms::scorers::fields::Active;

/// Numbers that are worked on side by side; sums over them are taken in one order everywhere.
pub(super) const LANES: usize = 8;
/// The longest vector.
pub(super) const MOST: usize = 128;

type Sums = [[f32; LANES]; MOST / LANES];

/// Weights, vectors and the squared gradients that each has seen.
pub(super) struct Weights {
    pub(super) bias: f32,
    pub(super) bias_seen: f32,
    pub(super) straight: Vec<f32>,
    pub(super) straight_seen: Vec<f32>,
    /// Length of a vector, in lanes; 0 where there are none.
    pub(super) stride: usize,
    pub(super) vectors: Vec<f32>,
    pub(super) vectors_seen: Vec<f32>,
}

/// How far a step goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) rate: f32,
    pub(super) l2: f32,
    pub(super) l2_factors: f32,
}

/// The sum of products of the vectors of every two of these features.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn pairs(vectors: &[f32], stride: usize, row: &[Active]) -> f32 {
    let mut sums: Sums = [[0.0; LANES]; MOST / LANES];
    sum_up(vectors, stride, row, &mut sums)
}

/// Fills `sums` with the sum of vectors; returns half of its square less the squares.
#[inline(always)]
fn sum_up(vectors: &[f32], stride: usize, row: &[Active], sums: &mut Sums) -> f32 {
    let mut squares = [0.0f32; LANES];
    for active in row {
        let vector = &vectors[active.feature as usize * stride..][..stride];
        for (sums, vector) in sums.iter_mut().zip(vector.chunks_exact(LANES)) {
            for lane in 0..LANES {
                let term = vector[lane] * active.value;
                sums[lane] += term;
                squares[lane] += term * term;
            }
        }
    }
    let mut halves = [0.0f32; LANES];
    for sums in sums.iter().take(stride / LANES) {
        for lane in 0..LANES {
            halves[lane] += sums[lane] * sums[lane];
        }
    }
    let all: f32 = halves.iter().zip(squares).map(|(sum, square)| sum - square).sum();
    all / 2.0
}

/// One row: scores it, and moves what it has against the slope that `slope` gives for the score.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn learn(weights: &mut Weights, row: &[Active], step: Step, slope: &dyn Fn(f32) -> f32) {
    let stride = weights.stride;
    let mut sums: Sums = [[0.0; LANES]; MOST / LANES];
    let straight: f32 =
        row.iter().map(|active| weights.straight[active.feature as usize] * active.value).sum();
    let score = weights.bias + straight + sum_up(&weights.vectors, stride, row, &mut sums);
    let slope = slope(score);
    move_one(&mut weights.bias, &mut weights.bias_seen, slope, step.rate);
    for active in row {
        let feature = active.feature as usize;
        let along = slope * active.value;
        let own = &mut weights.straight[feature];
        let gradient = along + step.l2 * *own;
        move_one(own, &mut weights.straight_seen[feature], gradient, step.rate);
        let vector = weights.vectors[feature * stride..][..stride].chunks_exact_mut(LANES);
        let seen = weights.vectors_seen[feature * stride..][..stride].chunks_exact_mut(LANES);
        for ((vector, seen), sums) in vector.zip(seen).zip(&sums) {
            for lane in 0..LANES {
                let others = sums[lane] - vector[lane] * active.value;
                let gradient = along * others + step.l2_factors * vector[lane];
                seen[lane] += gradient * gradient;
                vector[lane] -= step.rate * gradient / seen[lane].sqrt();
            }
        }
    }
}

#[inline(always)]
fn move_one(weight: &mut f32, seen: &mut f32, gradient: f32, rate: f32) {
    *seen += gradient * gradient;
    *weight -= rate * gradient / seen.sqrt();
}
