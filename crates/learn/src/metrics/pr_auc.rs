//! Area under the precision-recall curve, as average precision.

use super::ordered::Ordered;
use super::{Cut, Metric, Predicted, Shape};
use crate::card::Card;
use crate::task::Task;

/// Mean over positive examples of the precision at the threshold that just finds them.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "pr-auc",
        what: "Average precision: the mean over positive examples of the precision at the threshold that just finds \
               them; examples tied in their prediction are found together.",
        when: "Rare positives that somebody must act on: fraud, harmful content.",
        avoid: "Comparing data sets of different base rates: chance scores the base rate, not one half.",
        cost: "n log n in the examples.",
        source: "Davis and Goadrich 2006, The relationship between precision-recall and ROC curves",
        parameters: &[],
    },
    shape: Shape::OverExamples(pr_auc),
    tasks: &[Task::Classify],
    k: Cut::None,
    higher_is_better: true,
    ideal: None,
};

fn pr_auc(predicted: &Predicted<'_>, _k: usize) -> f64 {
    let Some(ordered) = Ordered::of_both_classes(predicted) else { return f64::NAN };
    // What stands at the step or above it, while the threshold rises.
    let (mut positives, mut all) = (ordered.positives, ordered.positives + ordered.negatives);
    let mut area = 0.0;
    for step in ordered.steps() {
        if step.positives > 0 {
            area += step.positives as f64 * (positives as f64 / all as f64);
        }
        positives -= step.positives;
        all -= step.positives + step.negatives;
    }
    area / ordered.positives as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f64], &[f64], f64); 5] = [
            (&[0.9, 0.8, 0.2, 0.1], &[1.0, 1.0, 0.0, 0.0], 1.0),
            (&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0], (1.0 + 2.0 / 3.0) / 2.0),
            (&[0.1, 0.2, 0.3], &[1.0, 0.0, 0.0], 1.0 / 3.0),
            // All tied: the base rate.
            (&[0.5; 5], &[1.0, 0.0, 1.0, 0.0, 0.0], 0.4),
            // .9 finds one of one; .5 then finds two more with one mistake: 3 of 4.
            (&[0.9, 0.5, 0.5, 0.5, 0.1], &[1.0, 0.0, 1.0, 1.0, 0.0], (1.0 + 2.0 * 0.75) / 3.0),
        ];
        for (predictions, labels, want) in table {
            let users = vec![0; labels.len()];
            let have = pr_auc(&Predicted { predictions, labels, users: &users }, 0);
            assert!((have - want).abs() < 1e-12, "{predictions:?} for {labels:?}: {have} is not {want}");
        }
        for label in [0.0, 1.0] {
            assert!(pr_auc(&Predicted { predictions: &[0.5], labels: &[label], users: &[0] }, 0).is_nan());
        }
    }
}
