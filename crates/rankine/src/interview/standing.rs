//! How contenders stand after an experiment: by a metric, and by the goal of the world.

use rankine_learn::metrics;

use super::room::Executed;
use crate::select::Selection;

/// Where one contender stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub(super) name: String,
    /// What the world counts, more being better; none where nobody judged.
    pub(super) goal: Option<f64>,
    /// Why it may not win; empty where it may.
    pub(super) why_not: Vec<String>,
}

/// Where all contenders stand, in the order of the design. Where nobody visits, the goal is what the decisions
/// of a thousand pictures cost, negated.
pub(super) fn standings(executed: &Executed) -> Vec<Standing> {
    let selection = &executed.selection;
    let one = |(at, watched): (usize, &crate::select::Watched)| {
        let online = selection.online.as_ref().map(|online| online.results[at].per_visit.value);
        let cost = selection.detection.as_ref().map(|found| -found.acted[at].cost_per_thousand);
        Standing { name: watched.name.clone(), goal: online.or(cost), why_not: watched.why_not.clone() }
    };
    selection.watched.iter().enumerate().map(one).collect()
}

/// The value of a metric as it is written in a design, for a contender; none where it was not measured.
pub fn reached(selection: &Selection, contender: &str, metric: &str) -> Option<f64> {
    let quality = selection.quality.iter().find(|quality| quality.name == contender)?;
    quality.metrics.get(metric).map(|figure| figure.value).filter(|value| value.is_finite())
}

/// A value of a metric turned so that more is better.
pub(super) fn turned(metric: &str, value: f64) -> f64 {
    let (name, k) = metric.split_once('@').unwrap_or((metric, "0"));
    metrics::find(name).map_or(value, |metric| metric.turned(value, k.parse().unwrap_or_default()))
}

/// Kendall's tau-b between two rankings of the same things (Kendall 1945), from -1 to 1; 0 where one of them
/// ranks nothing.
pub(super) fn agreement(left: &[f64], right: &[f64]) -> f64 {
    let (mut sum, mut in_left, mut in_right) = (0.0, 0.0, 0.0);
    for second in 0..left.len() {
        for first in 0..second {
            let sign = |values: &[f64]| {
                let difference = values[first] - values[second];
                if difference == 0.0 { 0.0 } else { difference.signum() }
            };
            let (one, other) = (sign(left), sign(right));
            sum += one * other;
            in_left += one * one;
            in_right += other * other;
        }
    }
    let scale = f64::sqrt(in_left * in_right);
    if scale > 0.0 { sum / scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::agreement;

    #[test]
    fn agreement_is_that_of_pairs() {
        for (left, right, tau) in [
            ([1.0, 2.0, 3.0], [10.0, 20.0, 30.0], 1.0),
            ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], -1.0),
            ([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], 1.0 / 3.0),
            ([1.0, 1.0, 1.0], [1.0, 3.0, 2.0], 0.0),
        ] {
            assert!((agreement(&left, &right) - tau).abs() < 1e-12, "{left:?} {right:?}");
        }
    }
}
