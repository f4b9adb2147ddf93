//! Grouped AUC: the order within each user's own examples.

use std::borrow::Cow;

use super::ordered::Ordered;
use super::{Cut, Metric, Predicted, Shape};
use crate::card::Card;
use crate::task::Task;

/// Mean AUC over users who have both labels, weighted by their examples.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "grouped-auc",
        what: "Mean of the AUC within each user who has both labels, weighted by the user's number of examples.",
        when: "Where predictions order what one user sees: knowing who clicks a lot does not help there.",
        avoid: "Where most users have one label only: the rest stands for few. Where users compete for a budget (auc).",
        cost: "n log n in the examples.",
        source: "Zhou et al. 2018, Deep interest network for click-through rate prediction",
        parameters: &[],
    },
    shape: Shape::OverExamples(grouped_auc),
    tasks: &[Task::Classify],
    k: Cut::None,
    higher_is_better: true,
    ideal: None,
};

fn grouped_auc(predicted: &Predicted<'_>, _k: usize) -> f64 {
    let (users, count) = dense(predicted.users);
    let Some(ordered) = Ordered::of(&Predicted { users: &users, ..*predicted }) else { return f64::NAN };
    let mut groups = vec![Group::default(); count];
    for (prediction, positive, user) in ordered.rows() {
        groups[user as usize].add(prediction, positive);
    }
    let (mut sum, mut weight) = (0.0, 0.0);
    for group in &mut groups {
        group.close();
        let pairs = group.positives * group.below;
        if pairs > 0 {
            let examples = (group.positives + group.below) as f64;
            sum += examples * group.won as f64 / 2.0 / pairs as f64;
            weight += examples;
        }
    }
    if weight > 0.0 { sum / weight } else { f64::NAN }
}

/// The AUC of one user so far, in whole numbers, while the examples pass from the smallest prediction up.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    /// Halves of pairs that the positive example won.
    won: u64,
    positives: u64,
    /// Negative examples below the prediction at hand.
    below: u64,
    /// Examples at the prediction at hand.
    tied_positives: u64,
    tied_negatives: u64,
    at: f64,
}

impl Group {
    fn add(&mut self, prediction: f64, positive: bool) {
        if prediction != self.at {
            self.close();
            self.at = prediction;
        }
        self.tied_positives += u64::from(positive);
        self.tied_negatives += u64::from(!positive);
    }

    fn close(&mut self) {
        self.won += self.tied_positives * (2 * self.below + self.tied_negatives);
        self.positives += self.tied_positives;
        self.below += self.tied_negatives;
        (self.tied_positives, self.tied_negatives) = (0, 0);
    }
}

/// Users numbered so that a table of them is not much longer than the examples, and how long it is.
fn dense(users: &[u32]) -> (Cow<'_, [u32]>, usize) {
    let largest = users.iter().max().map_or(0, |user| *user as usize);
    if largest <= 4 * users.len() {
        return (Cow::Borrowed(users), largest + 1);
    }
    let mut known = users.to_vec();
    known.sort_unstable();
    known.dedup();
    let number = |user: &u32| known.binary_search(user).map_or(0, |at| at as u32);
    (users.iter().map(number).collect(), known.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Predictions, labels, users, value.
    type Case = (&'static [f64], &'static [f64], &'static [u32], f64);

    #[test]
    fn values_worked_by_hand() {
        let table: [Case; 4] = [
            // User 1 orders both right, user 2 wrong; as one group 2 of 4 pairs are right.
            (&[0.2, 0.1, 0.8, 0.9], &[1.0, 0.0, 1.0, 0.0], &[1, 1, 2, 2], 0.5),
            // User 1: 1 of 2 pairs and three examples; user 2: all of 1 and two; user 3 has one label.
            (&[0.5, 0.4, 0.6, 0.9, 0.1, 0.3], &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0], &[1, 1, 1, 2, 2, 3], 0.7),
            (&[0.5, 0.5], &[1.0, 0.0], &[9, 9], 0.5),
            // A user's first prediction may be 0, and numbers of users may be large.
            (&[0.0, 0.0, 0.0, 1.0], &[0.0, 1.0, 0.0, 1.0], &[u32::MAX, u32::MAX, 7, 7], 0.75),
        ];
        for (predictions, labels, users, want) in table {
            let have = grouped_auc(&Predicted { predictions, labels, users }, 0);
            assert!((have - want).abs() < 1e-12, "{predictions:?} of {users:?}: {have} is not {want}");
        }
    }

    #[test]
    fn it_is_undefined_where_no_user_has_both_labels() {
        let apart = Predicted { predictions: &[0.1, 0.9], labels: &[0.0, 1.0], users: &[1, 2] };
        assert!(grouped_auc(&apart, 0).is_nan());
    }
}
