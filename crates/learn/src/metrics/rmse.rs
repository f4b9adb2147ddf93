//! Root mean squared error: the squared error in the label's own unit.

use super::{Cut, Metric, Shape, Sums};
use crate::card::Card;
use crate::task::Task;

/// Root of the mean squared difference between prediction and label.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "rmse",
        what: "Root of the mean squared difference between prediction and label, in the label's unit.",
        when: "Where large mistakes are worse than in proportion and the mean is wanted.",
        avoid: "With outliers in the labels: a few examples then decide all (mae, pinball).",
        cost: "Linear in the examples.",
        source: "Chai and Draxler 2014, Root mean square error or mean absolute error?",
        parameters: &[],
    },
    shape: Shape::OverSums { each, over: rmse },
    tasks: &[Task::Regress],
    k: Cut::None,
    higher_is_better: false,
    ideal: None,
};

fn each(prediction: f64, label: f64, _k: usize) -> Sums {
    [(prediction - label).powi(2), 1.0, 0.0]
}

fn rmse([squares, count, _]: Sums) -> f64 {
    if count > 0.0 { (squares / count).sqrt() } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Predicted;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f64], &[f64], f64); 3] = [
            (&[3.0, 5.0], &[6.0, 1.0], 12.5f64.sqrt()),
            (&[1.0, 1.0, 1.0, 1.0], &[1.0, 1.0, 1.0, 3.0], 1.0),
            (&[-2.0], &[-2.0], 0.0),
        ];
        for (predictions, labels, want) in table {
            let users = vec![0; labels.len()];
            let have = METRIC.of_examples(&Predicted { predictions, labels, users: &users }, 0);
            assert!((have - want).abs() < 1e-12, "{predictions:?} for {labels:?}: {have} is not {want}");
        }
        assert!(METRIC.of_examples(&Predicted { predictions: &[], labels: &[], users: &[] }, 0).is_nan());
    }
}
