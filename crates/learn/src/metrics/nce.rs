//! Normalised cross-entropy: log loss beside that of always saying the base rate.

use super::log_loss::log_loss;
use super::{Cut, Metric, Shape, Sums};
use crate::card::Card;
use crate::task::Task;

/// Mean log loss over the entropy of the base rate.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "nce",
        what: "Mean log loss divided by the entropy of the share of positive labels; below 1 beats the base rate.",
        when: "Comparing probabilities across data sets, days or countries whose base rates differ.",
        avoid: "With few positive labels: numerator and denominator then swing together.",
        cost: "Linear in the examples.",
        source: "He et al. 2014, Practical lessons from predicting clicks on ads at Facebook",
        parameters: &[],
    },
    shape: Shape::OverSums { each, over: nce },
    tasks: &[Task::Classify],
    k: Cut::None,
    higher_is_better: false,
    ideal: None,
};

fn each(prediction: f64, label: f64, _k: usize) -> Sums {
    [log_loss(prediction, label, 0), label, 1.0]
}

fn nce([loss, positives, count]: Sums) -> f64 {
    let rate = positives / count;
    if rate > 0.0 && rate < 1.0 { loss / count / log_loss(rate, rate, 0) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Predicted;

    #[test]
    fn values_worked_by_hand() {
        let ln = f64::ln;
        let entropy = 2.0 * ln(2.0) - 0.75 * ln(3.0); // of 1 in 4
        let table: [(&[f64], &[f64], f64); 4] = [
            (&[0.25, 0.25, 0.25, 0.25], &[1.0, 0.0, 0.0, 0.0], 1.0),
            (&[0.5, 0.5], &[1.0, 0.0], 1.0),
            (&[0.75, 0.25], &[1.0, 0.0], ln(4.0 / 3.0) / ln(2.0)),
            (&[0.5, 0.5, 0.5, 0.5], &[1.0, 0.0, 0.0, 0.0], ln(2.0) / entropy),
        ];
        for (predictions, labels, want) in table {
            let users = vec![0; labels.len()];
            let have = METRIC.of_examples(&Predicted { predictions, labels, users: &users }, 0);
            assert!((have - want).abs() < 1e-12, "{predictions:?} for {labels:?}: {have} is not {want}");
        }
        for label in [0.0, 1.0] {
            assert!(
                METRIC
                    .of_examples(&Predicted { predictions: &[0.5], labels: &[label], users: &[0] }, 0)
                    .is_nan()
            );
        }
    }
}
