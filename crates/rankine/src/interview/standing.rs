//! How contenders stand after an experiment: by a metric, by the goal of the world, and what is told by it.

use rankine_learn::metrics;
use rankine_learn::verdict::{estimate, variance};

use super::room::Executed;
use crate::select::Selection;

/// Where one contender stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub(super) name: String,
    /// What the world counts, more being better; none where nobody judged.
    pub(super) goal: Option<f64>,
    /// The goal at each visit; nothing where it is not counted by visits.
    worth: Vec<f64>,
    /// The user of each visit.
    users: Vec<u32>,
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
        Standing {
            name: watched.name.clone(),
            goal: online.or(cost),
            worth: executed.visits.worth.get(at).cloned().unwrap_or_default(),
            users: executed.visits.users.clone(),
            why_not: watched.why_not.clone(),
        }
    };
    selection.watched.iter().enumerate().map(one).collect()
}

/// Where the contender of this name stands.
pub(super) fn standing(executed: &Executed, name: &str) -> Option<Standing> {
    standings(executed).into_iter().find(|standing| standing.name == name)
}

impl Standing {
    /// Whether their visits tell these two apart by the goal, paired where they are the same visits. What is
    /// not counted by visits is taken as it is.
    pub(super) fn apart(&self, other: &Standing) -> bool {
        let (Some(own), Some(its)) = (self.goal, other.goal) else { return true };
        if self.worth.is_empty() || other.worth.is_empty() {
            return own != its;
        }
        if self.users == other.users {
            let gaps: Vec<f64> = self.worth.iter().zip(&other.worth).map(|(own, its)| own - its).collect();
            let gap = estimate(&gaps, &self.users, CONFIDENCE);
            return gap.low > 0.0 || gap.high < 0.0;
        }
        let error = variance(&self.worth, &self.users) + variance(&other.worth, &other.users);
        // Their goals are the means over their visits.
        (own - its).abs() > NORMAL * error.sqrt()
    }
}

/// How sure a difference must be before it is held against anybody, and the quantile of a normal distribution
/// that goes with it.
const CONFIDENCE: f64 = 0.95;
const NORMAL: f64 = 1.96;

/// What an option is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// In the unit of the goal or the metric; not-a-number where it could not be executed.
    pub value: f64,
    /// Whether nothing tells it from the best option.
    pub level: bool,
    /// How far up it is, from 0 to 1; what nothing tells from the best is there.
    pub share: f64,
}

impl Worth {
    /// Of options that are as good as their value says, being 0 or less where they are good for nothing; those that
    /// lie within a `grain` of the best are no worse.
    pub(super) fn plain(values: Vec<f64>, grain: f64) -> Vec<Worth> {
        let best = values.iter().copied().filter(|value| value.is_finite()).fold(f64::NEG_INFINITY, f64::max);
        let one = |value: f64| {
            let level = value >= best - grain;
            let share = if best > 0.0 { (value / best).max(0.0) } else { 0.0 };
            Worth { value, level, share: if level { 1.0 } else { share } }
        };
        values.into_iter().map(one).collect()
    }

    /// Of options whose contenders stand so: between the worst of them and the best.
    pub(super) fn judged(stand: &[Option<Standing>]) -> Vec<Worth> {
        let goals = || stand.iter().map(|one| one.as_ref().and_then(|one| one.goal).unwrap_or(f64::NAN));
        let known = || goals().filter(|goal| goal.is_finite());
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        let best = goals().position(|goal| goal == high).and_then(|at| stand[at].as_ref());
        let one = |(own, value): (&Option<Standing>, f64)| {
            let apart = own.as_ref().zip(best).is_some_and(|(own, best)| own.apart(best));
            let level = value == high || value.is_finite() && !apart;
            let share = if value.is_finite() { (value - low) / (high - low) } else { 0.0 };
            Worth { value, level, share: if level { 1.0 } else { share } }
        };
        stand.iter().zip(goals()).map(one).collect()
    }
}

/// The place of the largest value; of equals the first.
pub(super) fn most(worths: &[Worth]) -> Option<usize> {
    let known = worths.iter().enumerate().filter(|(_, worth)| worth.value.is_finite());
    known.reduce(|best, next| if next.1.value > best.1.value { next } else { best }).map(|(at, _)| at)
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

/// Kendall's tau-b between two rankings of the same things (Kendall 1945), from -1 to 1, over the pairs that
/// are `told` apart; 0 where one of them ranks nothing.
pub(super) fn agreement(left: &[f64], right: &[f64], told: impl Fn(usize, usize) -> bool) -> f64 {
    let (mut sum, mut in_left, mut in_right) = (0.0, 0.0, 0.0);
    for second in 0..left.len() {
        for first in (0..second).filter(|first| told(*first, second)) {
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
    use super::{Worth, agreement};

    #[test]
    fn what_lies_within_a_grain_of_the_best_is_no_worse() {
        let shares = |values: &[f64], grain| -> Vec<f64> {
            Worth::plain(values.to_vec(), grain).into_iter().map(|worth| worth.share).collect()
        };
        assert_eq!(shares(&[0.8, 0.6, 0.4, -0.2, f64::NAN], 0.25), [1.0, 1.0, 0.5, 0.0, 0.0]);
        assert_eq!(shares(&[-0.1, -0.3], 0.1), [1.0, 0.0]);
        assert_eq!(shares(&[1.0, 0.0], 0.0), [1.0, 0.0]);
    }

    #[test]
    fn agreement_is_that_of_pairs() {
        for (left, right, tau) in [
            ([1.0, 2.0, 3.0], [10.0, 20.0, 30.0], 1.0),
            ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], -1.0),
            ([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], 1.0 / 3.0),
            ([1.0, 1.0, 1.0], [1.0, 3.0, 2.0], 0.0),
        ] {
            assert!((agreement(&left, &right, |_, _| true) - tau).abs() < 1e-12, "{left:?} {right:?}");
        }
    }
}
