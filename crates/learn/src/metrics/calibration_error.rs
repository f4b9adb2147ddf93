//! Expected calibration error: how far promised and observed rates lie apart, along the predictions.

use super::ordered::{Bin, Ordered};
use super::{Cut, Metric, Predicted, Shape};
use crate::card::Card;
use crate::task::Task;

/// Mean distance between predicted and observed rate in bins of equal mass.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "calibration-error",
        what: "Mean over examples of the distance between mean prediction and share of positives in their bin, of 15 \
               bins of equal mass; equal predictions share a bin.",
        when: "Where a probability is read by people or multiplied by money, beside a metric of order.",
        avoid: "Alone: always saying the base rate scores 0. Small samples: noise raises it, so compare it on the same \
                examples only.",
        cost: "n log n in the examples.",
        source: "Naeini, Cooper and Hauskrecht 2015, Obtaining well calibrated probabilities using Bayesian binning; \
                 equal mass after Nixon et al. 2019",
        parameters: &[],
    },
    shape: Shape::OverExamples(calibration_error),
    tasks: &[Task::Classify],
    k: Cut::None,
    higher_is_better: false,
    ideal: None,
};

const BINS: usize = 15;

fn calibration_error(predicted: &Predicted<'_>, _k: usize) -> f64 {
    let Some(ordered) = Ordered::of(predicted) else { return f64::NAN };
    let gap = |bin: &Bin| (bin.promised - bin.positives as f64).abs();
    ordered.bins(BINS).iter().map(gap).sum::<f64>() / ordered.count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(predictions: &[f64], labels: &[f64]) -> f64 {
        calibration_error(&Predicted { predictions, labels, users: &vec![0; labels.len()] }, 0)
    }

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f64], &[f64], f64); 4] = [
            // One bin, since a tie is never split: .25 is promised and happens.
            (&[0.25; 4], &[1.0, 0.0, 0.0, 0.0], 0.0),
            (&[0.5; 4], &[1.0, 0.0, 0.0, 0.0], 0.25),
            // A bin each: .1, .2, .3 off.
            (&[0.1, 0.2, 0.7], &[0.0, 0.0, 1.0], 0.2),
            (&[0.5], &[0.0], 0.5),
        ];
        for (predictions, labels, want) in table {
            let have = value(predictions, labels);
            assert!((have - want).abs() < 1e-12, "{predictions:?} for {labels:?}: {have} is not {want}");
        }
        assert!(value(&[], &[]).is_nan());
    }

    #[test]
    fn thirty_predictions_pair_up_in_fifteen_bins() {
        // Pairs (.0, .1), (.2, .3) ... with one positive label each: the bin promises its mean.
        let predictions: Vec<f64> = (0..30).map(|at| f64::from(at) / 30.0).collect();
        let labels: Vec<f64> = (0..30).map(|at| f64::from(at % 2)).collect();
        let want: f64 = (0..15)
            .map(|bin| (2.0 * f64::from(bin) + 0.5) / 30.0)
            .map(|mean| (mean - 0.5).abs())
            .sum::<f64>()
            / 15.0;
        assert!((value(&predictions, &labels) - want).abs() < 1e-12);
    }
}
