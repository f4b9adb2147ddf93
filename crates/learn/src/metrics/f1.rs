//! F1: precision and recall of a decision in one number.

use super::{Cut, Metric, Shape, Sums, is_positive, percent};
use crate::card::Card;
use crate::task::Task;

/// Harmonic mean of precision and recall at a threshold.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "f1",
        what: "Harmonic mean of precision and recall of the examples predicted at .5 or above; `f1@20` decides at .2.",
        when: "A yes-or-no answer where missing and false alarms weigh about the same and positives are few.",
        avoid: "Where the two mistakes have prices (the curve of costs), or the threshold is yet to be chosen (pr-auc).",
        cost: "Linear in the examples.",
        source: "van Rijsbergen 1979, Information retrieval",
        parameters: &[],
    },
    shape: Shape::OverSums { each, over: f1 },
    tasks: &[Task::Classify],
    k: Cut::Percent(50),
    higher_is_better: true,
    ideal: None,
};

fn each(prediction: f64, label: f64, k: usize) -> Sums {
    if prediction.is_nan() || label.is_nan() {
        return [f64::NAN; 3];
    }
    let number = |is: bool| f64::from(u8::from(is));
    let (acted, positive) = (prediction >= percent(k, 50), is_positive(label));
    [number(acted && positive), number(acted), number(positive)]
}

fn f1([hits, acted, positives]: Sums) -> f64 {
    // Without a positive label there is nothing to find, and any silence would be perfect.
    if positives > 0.0 { 2.0 * hits / (acted + positives) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Predicted;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f64], &[f64], usize, f64); 5] = [
            (&[0.9, 0.1], &[1.0, 0.0], 0, 1.0),
            (&[0.9, 0.5, 0.4], &[1.0, 0.0, 1.0], 0, 0.5),
            // At .4: two hits, one false alarm.
            (&[0.9, 0.5, 0.4], &[1.0, 0.0, 1.0], 40, 0.8),
            (&[0.1, 0.1], &[1.0, 0.0], 50, 0.0),
            (&[0.9, 0.1], &[1.0, 1.0], 50, 2.0 / 3.0),
        ];
        for (predictions, labels, k, want) in table {
            let users = vec![0; labels.len()];
            let have = METRIC.of_examples(&Predicted { predictions, labels, users: &users }, k);
            assert!((have - want).abs() < 1e-12, "{predictions:?} at {k}: {have} is not {want}");
        }
        assert!(
            METRIC.of_examples(&Predicted { predictions: &[0.9], labels: &[0.0], users: &[0] }, 50).is_nan()
        );
    }
}
