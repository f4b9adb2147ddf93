//! Coverage of a predicted quantile: how often the label stays below it.

use super::{Cut, Metric, Shape, percent};
use crate::card::Card;
use crate::task::Task;

/// Share of labels at or below the prediction.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "coverage-below",
        what: "Share of labels at or below the prediction; of a 90% quantile, `coverage-below@90`, .9 is right.",
        when: "Beside pinball: whether nine times in ten is nine times in ten.",
        avoid: "Alone: a constant at the labels' quantile is right too.",
        cost: "Linear in the examples.",
        source: "Gneiting, Balabdaoui and Raftery 2007, Probabilistic forecasts, calibration and sharpness",
        parameters: &[],
    },
    shape: Shape::PerExample(below),
    tasks: &[Task::Regress],
    k: Cut::Percent(90),
    higher_is_better: false,
    ideal: Some(|k| percent(k, 90)),
};

fn below(prediction: f64, label: f64, _k: usize) -> f64 {
    if prediction.is_nan() || label.is_nan() { f64::NAN } else { f64::from(u8::from(label <= prediction)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Predicted;

    #[test]
    fn values_worked_by_hand() {
        let labels: Vec<f64> = (1..=10).map(f64::from).collect();
        for (guess, want) in [(0.0, 0.0), (5.0, 0.5), (9.0, 0.9), (9.5, 0.9), (10.0, 1.0)] {
            let predicted = Predicted { predictions: &[guess; 10], labels: &labels, users: &[0; 10] };
            let have = METRIC.of_examples(&predicted, 90);
            assert!((have - want).abs() < 1e-12, "{guess}: {have} is not {want}");
        }
        // Of a 90% quantile .85 is nearer than 1; of a median it is not.
        assert!(METRIC.turned(0.85, 90) > METRIC.turned(1.0, 90));
        assert!(METRIC.turned(0.85, 50) < METRIC.turned(0.6, 50));
    }
}
