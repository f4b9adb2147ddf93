//! Mean absolute error: how far off predictions are, in the label's own unit.

use super::{Cut, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Distance of the prediction from the label.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "mae",
        what: "Distance of the prediction from the label, in the label's unit.",
        when: "Amounts with a long tail, such as times and prices: one outlier counts once. The best guess is the median.",
        avoid: "Where large mistakes are worse than in proportion (rmse), or sums of predictions must be right.",
        cost: "Linear in the examples.",
        source: "Willmott and Matsuura 2005, Advantages of the mean absolute error over the root mean square error",
        parameters: &[],
    },
    shape: Shape::PerExample(mae),
    tasks: &[Task::Regress],
    k: Cut::None,
    higher_is_better: false,
    ideal: None,
};

fn mae(prediction: f64, label: f64, _k: usize) -> f64 {
    (prediction - label).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        for (prediction, label, want) in [(3.0, 5.0, 2.0), (5.0, 3.0, 2.0), (-1.0, 1.0, 2.0), (4.0, 4.0, 0.0)]
        {
            assert_eq!(mae(prediction, label, 0), want, "{prediction} for {label}");
        }
    }
}
