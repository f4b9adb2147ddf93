//! R²: how much of the labels' spread is explained.

use super::{Cut, Metric, Predicted, Shape};
use crate::card::Card;
use crate::task::Task;

/// One minus the squared error over that of always predicting the mean label.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "r2",
        what: "One minus the squared error divided by that of always predicting the mean label; 0 is as good as the \
               mean, below 0 is worse.",
        when: "A figure without unit beside rmse, to say how much there is to explain at all.",
        avoid: "Comparing data sets: it rises with the labels' spread, though mistakes stay as large.",
        cost: "Linear in the examples.",
        source: "Wright 1921, Correlation and causation",
        parameters: &[],
    },
    shape: Shape::OverExamples(r2),
    tasks: &[Task::Regress],
    k: Cut::None,
    higher_is_better: true,
    ideal: None,
};

fn r2(predicted: &Predicted<'_>, _k: usize) -> f64 {
    if !predicted.is_sound() {
        return f64::NAN;
    }
    // In two passes: the spread of labels far from zero would drown in the sum of their squares.
    let mean = predicted.labels.iter().sum::<f64>() / predicted.labels.len() as f64;
    let spread: f64 = predicted.labels.iter().map(|label| (label - mean).powi(2)).sum();
    let pairs = predicted.predictions.iter().zip(predicted.labels);
    let error: f64 = pairs.map(|(prediction, label)| (prediction - label).powi(2)).sum();
    let constant = predicted.labels.iter().all(|label| *label == predicted.labels[0]);
    if constant || spread == 0.0 { f64::NAN } else { 1.0 - error / spread }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f64], &[f64], f64); 5] = [
            (&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], 1.0),
            (&[2.0, 2.0, 2.0], &[1.0, 2.0, 3.0], 0.0),
            (&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0], 0.5),
            (&[3.0, 2.0, 1.0], &[1.0, 2.0, 3.0], -3.0),
            (&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 4.0], &[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0], 0.5),
        ];
        for (predictions, labels, want) in table {
            let users = vec![0; labels.len()];
            let have = r2(&Predicted { predictions, labels, users: &users }, 0);
            assert!((have - want).abs() < 1e-12, "{predictions:?} for {labels:?}: {have} is not {want}");
        }
        assert!(r2(&Predicted { predictions: &[1.0, 2.0], labels: &[0.1, 0.1], users: &[0, 0] }, 0).is_nan());
    }
}
