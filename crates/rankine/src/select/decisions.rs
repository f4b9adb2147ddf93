//! Decisions: thresholds chosen on validation, and what they would have done in the test period.

use rankine_learn::Millis;
use rankine_learn::algorithms::detectors::Found;
use serde::{Deserialize, Serialize};

use crate::problem::Decide;

/// From which probability on a pipeline acts, and from which it asks for a review.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// For each label: act from here on; above 1 where nothing is sure enough.
    pub act: Vec<f64>,
    /// Review from here on, by the largest probability; above 1 where nobody reviews.
    pub review: f64,
}

/// What is done with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Act at once.
    Act,
    /// Somebody looks at it.
    Review,
    /// Leave it.
    Leave,
}

impl Decision {
    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Decision::Act => "act",
            Decision::Review => "review",
            Decision::Leave => "leave",
        }
    }
}

/// What a contender's thresholds did in the test period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The contender.
    pub name: String,
    /// Chosen on the validation period.
    pub thresholds: Thresholds,
    /// Items acted on, and how many of them had a label.
    pub acted: (usize, usize),
    /// Items reviewed, and how many of them had a label.
    pub reviewed: (usize, usize),
    /// Items left, and how many of them had a label.
    pub left: (usize, usize),
    /// What a thousand items cost: missed ones, wrong ones and reviews, in the design's unit.
    pub cost_per_thousand: f64,
}

/// Predictions beside what was true: `labels x items`, not-a-number where it is not known.
pub(super) struct Seen<'a> {
    pub(super) predictions: &'a [Vec<f64>],
    pub(super) labels: &'a [Vec<f32>],
    /// The length of the period in milliseconds.
    pub(super) span: Millis,
    /// How many of the period's items these are: reviewers look at the others too.
    pub(super) share: f64,
}

impl Thresholds {
    /// What is done with an item of these probabilities, one a label.
    pub fn decide(&self, chances: impl Iterator<Item = f64> + Clone) -> Decision {
        if chances.clone().zip(&self.act).any(|(chance, from)| chance >= *from) {
            Decision::Act
        } else if chances.fold(0.0, f64::max) >= self.review {
            Decision::Review
        } else {
            Decision::Leave
        }
    }
}

/// Whether a found box is acted on, by the scores from which its classes are; a class without one always is.
pub(crate) fn acts(from: &[f64], found: &Found) -> bool {
    from.get(found.class as usize).is_none_or(|from| f64::from(found.score) >= *from)
}

/// The least probability from which on acting is right often enough, for each label; and the one that fills
/// the reviewers' days with the most probable of the rest.
pub(super) fn choose(decide: &Decide, valid: &Seen<'_>) -> Thresholds {
    let act = valid.predictions.iter().zip(valid.labels);
    let act: Vec<f64> =
        act.map(|(own, labels)| decide.act.map_or(NEVER, |share| surest(own, labels, share))).collect();
    let mut made = Thresholds { act, review: NEVER };
    if let Some(reviews) = decide.reviews_day {
        let most = (reviews * valid.share * valid.span as f64 / DAY) as usize;
        let mut open: Vec<f64> = items(valid)
            .filter(|(at, _)| made.decide(chances(valid, *at)) == Decision::Leave)
            .map(|(at, _)| chances(valid, at).fold(0.0, f64::max))
            .collect();
        open.sort_by(|left, right| right.total_cmp(left));
        made.review = match open.get(most) {
            // The first that does not fit any more stays below.
            Some(beyond) => beyond.next_up(),
            None => 0.0,
        };
    }
    made
}

/// What thresholds did.
pub(super) fn judge(decide: &Decide, name: &str, thresholds: Thresholds, test: &Seen<'_>) -> Decided {
    let mut counts = [(0, 0); 3];
    for (at, harmful) in items(test) {
        let count = &mut counts[thresholds.decide(chances(test, at)) as usize];
        count.0 += 1;
        count.1 += usize::from(harmful);
    }
    let [acted, reviewed, left] = counts;
    let all = (acted.0 + reviewed.0 + left.0).max(1) as f64;
    let cost = left.1 as f64 * decide.cost_missed
        + (acted.0 - acted.1) as f64 * decide.cost_wrong
        + reviewed.0 as f64 * decide.cost_review;
    Decided { name: name.to_owned(), thresholds, acted, reviewed, left, cost_per_thousand: cost / all * 1e3 }
}

const DAY: f64 = 86_400_000.0;

/// No probability reaches it.
const NEVER: f64 = 2.0;

/// Fewest that are acted on in the validation period, so that a few lucky ones are no threshold.
const FEWEST: usize = 20;

fn surest(own: &[f64], labels: &[f32], share: f64) -> f64 {
    let mut order: Vec<(f64, bool)> = own
        .iter()
        .zip(labels)
        .filter(|(_, label)| !label.is_nan())
        .map(|(own, label)| (*own, *label > 0.0))
        .collect();
    order.sort_by(|left, right| right.0.total_cmp(&left.0));
    let (mut right, mut least) = (0, NEVER);
    for (at, (chance, has)) in order.iter().enumerate() {
        right += usize::from(*has);
        // Equal probabilities are acted on together.
        let last = order.get(at + 1).is_none_or(|next| next.0 < *chance);
        if last && at + 1 >= FEWEST && right as f64 >= share * (at + 1) as f64 {
            least = *chance;
        }
    }
    least
}

/// The items of which at least one label is known, and whether they have one.
fn items<'s>(seen: &'s Seen<'_>) -> impl Iterator<Item = (usize, bool)> + 's {
    let count = seen.labels.first().map_or(0, Vec::len);
    (0..count).filter_map(|at| {
        let mut known =
            seen.labels.iter().map(|labels| labels[at]).filter(|label| !label.is_nan()).peekable();
        known.peek()?;
        Some((at, known.any(|label| label > 0.0)))
    })
}

fn chances<'s>(seen: &'s Seen<'_>, at: usize) -> impl Iterator<Item = f64> + Clone + 's {
    seen.predictions.iter().map(move |own| own[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred items a day: the most probable forty have the label, then every third.
    fn period(labels: &mut Vec<Vec<f32>>) -> Vec<Vec<f64>> {
        labels.push((0..100).map(|at| if at < 40 || at % 3 == 0 { 1.0 } else { 0.0 }).collect());
        vec![(0..100).map(|at| 1.0 - f64::from(at) / 100.0).collect()]
    }

    #[test]
    fn acts_where_it_is_sure_and_reviews_what_fits() {
        let mut labels = Vec::new();
        let predictions = period(&mut labels);
        let seen = Seen { predictions: &predictions, labels: &labels, span: 86_400_000, share: 1.0 };
        let decide = Decide {
            act: Some(0.95),
            reviews_day: Some(10.0),
            cost_missed: 10.0,
            cost_wrong: 5.0,
            cost_review: 1.0,
            ..Decide::default()
        };
        let thresholds = choose(&decide, &seen);
        let decided = judge(&decide, "x", thresholds, &seen);
        // 43 items, of which 41 are right, are the most at 95%.
        assert_eq!((decided.acted, decided.reviewed), ((43, 41), (10, 3)));
        assert_eq!(decided.left, (47, 16));
        assert!((decided.cost_per_thousand - (160.0 + 10.0 + 10.0) * 10.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_done_where_nothing_is_asked_or_known() {
        let mut labels = Vec::new();
        let predictions = period(&mut labels);
        labels[0].iter_mut().skip(50).for_each(|label| *label = f32::NAN);
        let seen = Seen { predictions: &predictions, labels: &labels, span: 86_400_000, share: 1.0 };
        let decided = judge(&Decide::default(), "x", choose(&Decide::default(), &seen), &seen);
        assert_eq!((decided.acted, decided.reviewed, decided.left.0), ((0, 0), (0, 0), 50));
        let empty = Seen { predictions: &[], labels: &[], span: 0, share: 1.0 };
        let decide = Decide { act: Some(0.9), reviews_day: Some(1.0), ..Decide::default() };
        assert_eq!(judge(&decide, "x", choose(&decide, &empty), &empty).left, (0, 0));
    }
}
