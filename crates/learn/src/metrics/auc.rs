//! Area under the ROC curve: how often a positive example stands above a negative one.

use super::ordered::Ordered;
use super::{Cut, Metric, Predicted, Shape};
use crate::card::Card;
use crate::task::Task;

/// Share of pairs of a positive and a negative example in which the positive one is predicted higher.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "auc",
        what: "Share of pairs of a positive and a negative example in which the positive one is predicted higher; \
               ties count half.",
        when: "Where the order of all examples counts, whatever the threshold and the base rate.",
        avoid: "For rare positives that somebody must review (pr-auc); where only the order within a user's list \
                counts (grouped-auc); where probabilities are used (log-loss).",
        cost: "n log n in the examples.",
        source: "Hanley and McNeil 1982, The meaning and use of the area under a ROC curve",
        parameters: &[],
    },
    shape: Shape::OverExamples(auc),
    tasks: &[Task::Classify],
    k: Cut::None,
    higher_is_better: true,
    ideal: None,
};

fn auc(predicted: &Predicted<'_>, _k: usize) -> f64 {
    let Some(ordered) = Ordered::of_both_classes(predicted) else { return f64::NAN };
    // Halves of pairs, counted in whole numbers: exact, and the same in any order.
    let (mut won, mut below) = (0u128, 0u128);
    for step in ordered.steps() {
        let (positives, negatives) = (u128::from(step.positives), u128::from(step.negatives));
        won += positives * (2 * below + negatives);
        below += negatives;
    }
    won as f64 / 2.0 / (u128::from(ordered.positives) * u128::from(ordered.negatives)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f64], &[f64], f64); 6] = [
            (&[0.1, 0.2, 0.8, 0.9], &[0.0, 0.0, 1.0, 1.0], 1.0),
            (&[0.9, 0.8, 0.2, 0.1], &[0.0, 0.0, 1.0, 1.0], 0.0),
            (&[0.5, 0.5, 0.5], &[1.0, 0.0, 0.0], 0.5),
            (&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0], 0.75),
            // The positive .4 beats .1, ties with .4, loses to .6; the positive .9 beats all.
            (&[0.4, 0.9, 0.1, 0.4, 0.6], &[1.0, 1.0, 0.0, 0.0, 0.0], 4.5 / 6.0),
            (&[f64::NEG_INFINITY, f64::INFINITY], &[0.0, 1.0], 1.0),
        ];
        for (predictions, labels, want) in table {
            let users = vec![0; labels.len()];
            let have = auc(&Predicted { predictions, labels, users: &users }, 0);
            assert!((have - want).abs() < 1e-12, "{predictions:?} for {labels:?}: {have} is not {want}");
        }
        for label in [0.0, 1.0] {
            assert!(auc(&Predicted { predictions: &[0.5], labels: &[label], users: &[0] }, 0).is_nan());
        }
    }
}
