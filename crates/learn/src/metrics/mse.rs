//! Mean squared error.

use super::{Cut, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Squared difference between prediction and label.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "mse",
        what: "Squared difference between prediction and label, in the square of the label's unit.",
        when: "Where large mistakes are worse than in proportion and the mean is wanted; it has a value per example.",
        avoid: "With outliers in the labels (mae, pinball). To read in the label's unit, report rmse.",
        cost: "Linear in the examples.",
        source: "Gauss 1823, Theoria combinationis observationum erroribus minimis obnoxiae",
        parameters: &[],
    },
    shape: Shape::PerExample(mse),
    tasks: &[Task::Regress],
    k: Cut::None,
    higher_is_better: false,
    ideal: None,
};

fn mse(prediction: f64, label: f64, _k: usize) -> f64 {
    (prediction - label).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        for (prediction, label, want) in
            [(3.0, 5.0, 4.0), (5.0, 3.0, 4.0), (-0.5, 1.0, 2.25), (4.0, 4.0, 0.0)]
        {
            assert_eq!(mse(prediction, label, 0), want, "{prediction} for {label}");
        }
    }
}
