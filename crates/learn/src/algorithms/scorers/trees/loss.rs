//! What trees minimise: gradients and hessians of each loss by row, and the loss that stops training early.

use rayon::prelude::*;

use super::histogram::{Packed, pack};
use super::ranking::Ranking;
use crate::algorithms::scorers::target;
use crate::card::Settings;
use crate::examples::Examples;

/// Rows or groups that one task takes; sums are taken task by task in order, so threads do not matter.
const TASK: usize = 4096;

/// A loss over labelled rows.
pub(super) enum Loss {
    /// Cross-entropy of labels cut to 0..1 against the logistic function of scores.
    Logistic,
    /// Half the squared difference.
    Squared,
    /// The difference, a shortfall weighed by this and an excess by the rest of 1 (Koenker and Bassett 1978).
    Quantile(f64),
    /// Pairs of a group, weighed by what swapping them changes in NDCG.
    LambdaRank(Ranking),
}

impl Loss {
    /// The loss that a design asks for, over these examples.
    pub(super) fn new(settings: &Settings, examples: &Examples) -> Loss {
        match settings.word("loss") {
            "quantile" => Loss::Quantile(settings.number("quantile")),
            "logistic" => Loss::Logistic,
            "squared" => Loss::Squared,
            _ => Loss::LambdaRank(Ranking::new(examples)),
        }
    }

    /// The best score that is the same for all rows.
    pub(super) fn bias(&self, labels: &[f32], weights: &[f32]) -> f32 {
        match self {
            Loss::Logistic => {
                let shares: Vec<f32> = labels.iter().map(|label| label.clamp(0.0, 1.0)).collect();
                let weighing = weights.iter().filter(|weight| **weight > 0.0).count();
                target::log_odds(target::mean(&shares, weights), weighing)
            }
            Loss::Squared => target::mean(labels, weights) as f32,
            Loss::Quantile(share) => target::quantile(labels, weights, *share),
            Loss::LambdaRank(_) => 0.0,
        }
    }

    /// Puts the gradient and hessian of each row into `gradients` and `hessians`.
    pub(super) fn differentiate(
        &self,
        scores: &[f32],
        labels: &[f32],
        weights: &[f32],
        gradients: &mut [f32],
        hessians: &mut [f32],
    ) {
        let logistic = |score: f32, label: f32| {
            let chance = 1.0 / (1.0 + (-score).exp());
            (chance - label.clamp(0.0, 1.0), chance * (1.0 - chance))
        };
        match self {
            Loss::Logistic => by_row(logistic, scores, labels, weights, gradients, hessians),
            Loss::Squared => {
                by_row(|score, label| (score - label, 1.0), scores, labels, weights, gradients, hessians);
            }
            Loss::Quantile(share) => {
                let (short, over) = (-*share as f32, (1.0 - share) as f32);
                let slope = |score: f32, label: f32| (if score < label { short } else { over }, 1.0);
                by_row(slope, scores, labels, weights, gradients, hessians);
            }
            Loss::LambdaRank(ranking) => ranking.differentiate(scores, weights, gradients, hessians),
        }
    }

    /// How badly `scores` fit: the mean loss, or one minus NDCG@10 where groups are ranked.
    pub(super) fn mean(&self, scores: &[f32], labels: &[f32], weights: &[f32]) -> f64 {
        if let Loss::LambdaRank(ranking) = self {
            return 1.0 - ranking.ndcg(scores, 10);
        }
        let mut sums = (0.0, 0.0);
        for ((&score, &label), &weight) in scores.iter().zip(labels).zip(weights) {
            let (score, label, weight) = (f64::from(score), f64::from(label), f64::from(weight));
            let loss = match self {
                Loss::Squared => (score - label).powi(2) / 2.0,
                Loss::Quantile(share) => (share * (label - score)).max((share - 1.0) * (label - score)),
                _ => score.max(0.0) - score * label.clamp(0.0, 1.0) + (-score.abs()).exp().ln_1p(),
            };
            sums.0 += loss * weight;
            sums.1 += weight;
        }
        if sums.1 > 0.0 { sums.0 / sums.1 } else { 0.0 }
    }
}

/// Gradients and hessians of a loss that looks at one row at a time.
fn by_row(
    each: impl Fn(f32, f32) -> (f32, f32) + Sync,
    scores: &[f32],
    labels: &[f32],
    weights: &[f32],
    gradients: &mut [f32],
    hessians: &mut [f32],
) {
    let outputs = gradients.par_chunks_mut(TASK).zip(hessians.par_chunks_mut(TASK));
    let inputs = scores.par_chunks(TASK).zip(labels.par_chunks(TASK)).zip(weights.par_chunks(TASK));
    outputs.zip(inputs).for_each(|((gradients, hessians), ((scores, labels), weights))| {
        let outputs = gradients.iter_mut().zip(hessians);
        let inputs = scores.iter().zip(labels).zip(weights);
        for ((gradient, hessian), ((score, label), weight)) in outputs.zip(inputs) {
            let (first, second) = each(*score, *label);
            *gradient = first * weight;
            *hessian = second * weight;
        }
    });
}

/// Gradients and hessians in whole units; returns what a unit of each is worth.
///
/// Units are as small as the halves of a word allow for the sum over all rows, so a mean gradient is at
/// least two thousand units for a million rows (Shi et al. 2022 find far fewer to be enough).
pub(super) fn quantise(gradients: &[f32], hessians: &[f32], packed: &mut [Packed]) -> (f64, f64) {
    let unit = |values: &[f32]| {
        let part = |values: &[f32]| values.iter().map(|value| f64::from(value.abs())).sum::<f64>();
        let parts: Vec<f64> = values.par_chunks(TASK).map(part).collect();
        let sum: f64 = parts.iter().sum();
        // Half a unit a row is kept for rounding.
        let room = f64::from(i32::MAX) - values.len() as f64;
        if sum > 0.0 && sum.is_finite() { sum / room } else { 1.0 }
    };
    let (gradient_unit, hessian_unit) = (unit(gradients), unit(hessians));
    let (by_gradient, by_hessian) = (1.0 / gradient_unit, 1.0 / hessian_unit);
    let each = |((packed, gradients), hessians): ((&mut [Packed], &[f32]), &[f32])| {
        for ((packed, gradient), hessian) in packed.iter_mut().zip(gradients).zip(hessians) {
            let gradient = f64::from(*gradient) * by_gradient;
            let hessian = f64::from(*hessian) * by_hessian;
            *packed = pack((gradient + 0.5f64.copysign(gradient)) as i32, (hessian + 0.5) as i32);
        }
    };
    let inputs = packed.par_chunks_mut(TASK).zip(gradients.par_chunks(TASK));
    inputs.zip(hessians.par_chunks(TASK)).for_each(each);
    (gradient_unit, hessian_unit)
}
