//! Pinball loss: how good a predicted quantile is.

use super::{Cut, Metric, Shape, percent};
use crate::card::Card;
use crate::task::Task;

/// Distance to the label, weighted by q where the prediction is too low and by 1 - q where it is too high.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "pinball",
        what: "Distance to the label, times q where the prediction is too low and 1 - q where it is too high; the best \
               prediction is the quantile q. `pinball@90` judges a 90% quantile; alone it is the median and half of mae.",
        when: "Promises such as «here in at most 40 minutes, nine times in ten».",
        avoid: "Where the mean is wanted (mse), as for totals and budgets.",
        cost: "Linear in the examples.",
        source: "Koenker and Bassett 1978, Regression quantiles",
        parameters: &[],
    },
    shape: Shape::PerExample(pinball),
    tasks: &[Task::Regress],
    k: Cut::Percent(50),
    higher_is_better: false,
    ideal: None,
};

fn pinball(prediction: f64, label: f64, k: usize) -> f64 {
    let quantile = percent(k, 50);
    let short = label - prediction;
    if short >= 0.0 { quantile * short } else { (1.0 - quantile) * -short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        for (prediction, label, k, want) in [
            (3.0, 5.0, 0, 1.0),
            (5.0, 3.0, 50, 1.0),
            (3.0, 5.0, 90, 1.8),
            (5.0, 3.0, 90, 0.2),
            (5.0, 3.0, 10, 1.8),
            (4.0, 4.0, 90, 0.0),
        ] {
            let have = pinball(prediction, label, k);
            assert!((have - want).abs() < 1e-12, "{prediction} for {label} at {k}: {have} is not {want}");
        }
    }

    #[test]
    fn the_quantile_is_the_best_constant() {
        let loss = |guess: f64| -> f64 { (1..=100).map(|label| pinball(guess, f64::from(label), 90)).sum() };
        let best = (1..=100).map(f64::from).min_by(|one, two| loss(*one).total_cmp(&loss(*two)));
        assert!(best.is_some_and(|best| (90.0..=91.0).contains(&best)), "{best:?}");
    }
}
