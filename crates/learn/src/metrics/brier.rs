//! Brier score: the squared distance of a probability from what happened.

use super::{Cut, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Squared difference between the predicted probability and the label.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "brier",
        what: "Squared difference between the predicted probability and the label.",
        when: "As a proper score that one certain mistake cannot ruin, as it can log-loss.",
        avoid: "For rare events: predicting that nothing ever happens looks almost perfect.",
        cost: "Linear in the examples.",
        source: "Brier 1950, Verification of forecasts expressed in terms of probability",
        parameters: &[],
    },
    shape: Shape::PerExample(brier),
    tasks: &[Task::Classify],
    k: Cut::None,
    higher_is_better: false,
    ideal: None,
};

fn brier(prediction: f64, label: f64, _k: usize) -> f64 {
    (prediction - label).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        for (prediction, label, want) in
            [(0.5, 1.0, 0.25), (0.25, 0.0, 0.0625), (1.0, 1.0, 0.0), (0.0, 1.0, 1.0)]
        {
            assert_eq!(brier(prediction, label, 0), want, "{prediction} for {label}");
        }
    }
}
