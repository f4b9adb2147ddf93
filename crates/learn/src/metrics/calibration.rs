//! Calibration in the large: whether as much was predicted as happened.

use super::{Cut, Metric, Shape, Sums};
use crate::card::Card;
use crate::task::Task;

/// Mean prediction over mean label.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "calibration",
        what: "Mean prediction divided by mean label; 1 is right, 1.1 promises a tenth too much.",
        when: "Bids and forecasts of totals: after down-sampling, a drift of the base rate, a change of the sample.",
        avoid: "As the only view: too much here and too little there cancel out (calibration-error).",
        cost: "Linear in the examples.",
        source: "He et al. 2014, Practical lessons from predicting clicks on ads at Facebook",
        parameters: &[],
    },
    shape: Shape::OverSums { each, over: calibration },
    tasks: &[Task::Classify],
    k: Cut::None,
    higher_is_better: false,
    ideal: Some(|_| 1.0),
};

fn each(prediction: f64, label: f64, _k: usize) -> Sums {
    [prediction, label, 1.0]
}

fn calibration([promised, happened, _]: Sums) -> f64 {
    if happened > 0.0 { promised / happened } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Predicted;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f64], &[f64], f64); 3] = [
            (&[0.25, 0.25, 0.25, 0.25], &[1.0, 0.0, 0.0, 0.0], 1.0),
            (&[0.5, 0.7], &[1.0, 0.0], 1.2),
            (&[0.5, 0.25], &[1.0, 1.0], 0.375),
        ];
        for (predictions, labels, want) in table {
            let users = vec![0; labels.len()];
            let have = METRIC.of_examples(&Predicted { predictions, labels, users: &users }, 0);
            assert!((have - want).abs() < 1e-12, "{predictions:?} for {labels:?}: {have} is not {want}");
        }
        assert!(
            METRIC.of_examples(&Predicted { predictions: &[0.5], labels: &[0.0], users: &[0] }, 0).is_nan()
        );
    }

    #[test]
    fn the_nearer_to_1_the_better_from_both_sides() {
        assert!(METRIC.turned(1.1, 0) > METRIC.turned(0.8, 0));
        assert!(METRIC.turned(0.9, 0) > METRIC.turned(1.2, 0));
        assert!(!METRIC.can_decide());
    }
}
