//! Log loss: how surprised the predicted probabilities are by what happened.

use super::{Cut, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Minus the logarithm of the probability that was given to what happened.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "log-loss",
        what: "Minus the natural logarithm of the probability given to what happened, clamped to 1e-15 from 0 and 1.",
        when: "Where the probability itself is used, as in bids, expected values and thresholds by cost.",
        avoid: "Where only the order counts (auc). Its level depends on the base rate: across data sets use nce.",
        cost: "Linear in the examples.",
        source: "Good 1952, Rational decisions",
        parameters: &[],
    },
    shape: Shape::PerExample(log_loss),
    tasks: &[Task::Classify],
    k: Cut::None,
    higher_is_better: false,
    ideal: None,
};

/// One certain mistake must not outweigh all else: it costs 34.5.
const LEAST: f64 = 1e-15;

pub(super) fn log_loss(prediction: f64, label: f64, _k: usize) -> f64 {
    let yes = |prediction: f64| -prediction.clamp(LEAST, 1.0 - LEAST).ln();
    // Not 1 - prediction: it would round small probabilities away.
    let no = |prediction: f64| -(-prediction.clamp(LEAST, 1.0 - LEAST)).ln_1p();
    match label {
        1.0 => yes(prediction),
        0.0 => no(prediction),
        share => share * yes(prediction) + (1.0 - share) * no(prediction),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        for (prediction, label, want) in [
            (0.5, 1.0, 2f64.ln()),
            (0.25, 1.0, 4f64.ln()),
            (0.25, 0.0, (4.0 / 3.0_f64).ln()),
            (1.0, 1.0, 0.0),
            (0.0, 0.0, 0.0),
            (0.0, 1.0, 15.0 * 10f64.ln()),
            // 1 - 1e-15 is rounded to a multiple of 2^-53.
            (1.0, 0.0, 34.539),
            (7.0, 1.0, 0.0),
            (0.25, 0.5, 0.5 * 4f64.ln() + 0.5 * (4.0 / 3.0_f64).ln()),
        ] {
            let have = log_loss(prediction, label, 0);
            let room = if prediction == 1.0 && label == 0.0 { 1e-2 } else { 1e-12 };
            assert!((have - want).abs() < room, "{prediction} for {label}: {have} is not {want}");
        }
        assert!(log_loss(f64::NAN, 1.0, 0).is_nan());
    }
}
