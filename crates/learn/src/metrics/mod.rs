//! Metrics: how good lists, predictions and boxes are, one by one or over all of them. One file an entry.

use crate::card::Card;
use crate::log::Id;
use crate::task::Task;

mod ap;
mod auc;
mod brier;
mod calibration;
mod calibration_error;
mod coverage;
mod coverage_below;
mod detected;
mod diversity;
mod f1;
mod gini;
mod grouped_auc;
pub mod jackknife;
mod log_loss;
mod mae;
mod map;
mod misses;
mod mrr;
mod mse;
mod nce;
mod ndcg;
mod ordered;
mod overblur;
mod pinball;
mod pr_auc;
mod precision;
mod r2;
mod recall;
mod reliability;
mod rmse;
pub mod threshold;
mod units;

pub use detected::{Detected, Pictured};
pub use reliability::{Bin, reliability, wilson};
pub use units::{Compared, Units, of_pictures, units};

/// Every metric. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Metric] = &[
    &ndcg::METRIC,
    &recall::METRIC,
    &precision::METRIC,
    &map::METRIC,
    &mrr::METRIC,
    &coverage::METRIC,
    &gini::METRIC,
    &diversity::METRIC,
    &log_loss::METRIC,
    &nce::METRIC,
    &brier::METRIC,
    &auc::METRIC,
    &grouped_auc::METRIC,
    &pr_auc::METRIC,
    &f1::METRIC,
    &calibration::METRIC,
    &calibration_error::METRIC,
    &mae::METRIC,
    &mse::METRIC,
    &rmse::METRIC,
    &r2::METRIC,
    &pinball::METRIC,
    &coverage_below::METRIC,
    &ap::METRIC,
    &misses::METRIC,
    &overblur::METRIC,
];

/// A metric.
pub struct Metric {
    /// What, when, cost, source.
    pub card: Card,
    /// How it is computed.
    pub shape: Shape,
    /// The tasks that it judges.
    pub tasks: &'static [Task],
    /// What the number after `@` says.
    pub k: Cut,
    /// Whether more is better; of no meaning where there is an `ideal`.
    pub higher_is_better: bool,
    /// The best value for a `k`, where both more and less are worse; such a metric describes, and cannot
    /// decide.
    pub ideal: Option<fn(k: usize) -> f64>,
}

/// What the number after `@` in `name@k` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nothing: the name is written alone, and `k` is 0.
    None,
    /// How many places of a list count.
    Places,
    /// Hundredths from 1 to 99, such as a quantile or a threshold; this many where a design is silent.
    Percent(usize),
}

/// How a metric is computed. A `k` of 0 stands for the metric's own default.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A value in [0, 1] for each request, from its judged list and `k`; reported as the mean over requests.
    PerRequest(fn(&Judged<'_>, k: usize) -> f64),
    /// One value over all requests, from their lists and the catalogue.
    OverAll(fn(&[Vec<Id>], &Catalogue<'_>, k: usize) -> f64),
    /// A value for each example, from its prediction and its label; reported as the mean over examples.
    PerExample(fn(prediction: f64, label: f64, k: usize) -> f64),
    /// One value over all examples; not-a-number where they cannot tell, such as one class alone.
    OverExamples(fn(&Predicted<'_>, k: usize) -> f64),
    /// The same, of sums over the examples alone.
    OverSums {
        /// What an example adds.
        each: fn(prediction: f64, label: f64, k: usize) -> Sums,
        /// The value; not-a-number where the sums cannot tell.
        over: fn(Sums) -> f64,
    },
    /// A value for each picture, from the boxes found in it and those that are there; reported as the mean over
    /// pictures.
    PerPicture(fn(&Pictured<'_>, k: usize) -> f64),
    /// One value over the boxes of all pictures; not-a-number where they cannot tell.
    OverBoxes(fn(&Detected<'_>, k: usize) -> f64),
}

/// What is summed over examples.
pub type Sums = [f64; 3];

impl Shape {
    /// Whether it judges predictions, not ranked lists.
    pub fn of_predictions(&self) -> bool {
        matches!(self, Shape::PerExample(_) | Shape::OverExamples(_) | Shape::OverSums { .. })
    }

    /// Whether it judges boxes in pictures.
    pub fn of_boxes(&self) -> bool {
        matches!(self, Shape::PerPicture(_) | Shape::OverBoxes(_))
    }
}

impl Metric {
    /// Whether a verdict can rest on it: it has values, or pseudo-values, to compare, and a direction.
    pub fn can_decide(&self) -> bool {
        self.ideal.is_none() && !matches!(self.shape, Shape::OverAll(_))
    }

    /// A value turned so that more is better: its distance to the ideal, or its negative, where need be.
    pub fn turned(&self, value: f64, k: usize) -> f64 {
        match self.ideal {
            Some(ideal) => -(value - ideal(k)).abs(),
            None if self.higher_is_better => value,
            None => -value,
        }
    }

    /// The value over examples, of a metric of predictions; not-a-number where they cannot tell.
    pub fn of_examples(&self, predicted: &Predicted<'_>, k: usize) -> f64 {
        let pairs = predicted.predictions.iter().zip(predicted.labels);
        match self.shape {
            Shape::PerExample(each) => {
                let sum: f64 = pairs.map(|(prediction, label)| each(*prediction, *label, k)).sum();
                if predicted.labels.is_empty() { f64::NAN } else { sum / predicted.labels.len() as f64 }
            }
            Shape::OverExamples(over) => over(predicted, k),
            Shape::OverSums { each, over } => {
                over(pairs.map(|(prediction, label)| each(*prediction, *label, k)).fold([0.0; 3], add))
            }
            _ => f64::NAN,
        }
    }

    /// The value over pictures, of a metric of boxes; not-a-number where they cannot tell.
    pub fn of_boxes(&self, detected: &Detected<'_>, k: usize) -> f64 {
        match self.shape {
            Shape::PerPicture(each) => {
                let sum: f64 = detected.pictures().map(|picture| each(&picture, k)).sum();
                let count = detected.pictures().count();
                if count > 0 { sum / count as f64 } else { f64::NAN }
            }
            Shape::OverBoxes(over) => over(detected, k),
            _ => f64::NAN,
        }
    }
}

/// Predictions beside the truth: one place an example in each list.
#[derive(Debug, Clone, Copy)]
pub struct Predicted<'a> {
    /// Probabilities in [0, 1] where the task is to classify, amounts where it is to regress.
    pub predictions: &'a [f64],
    /// 0 or 1 where the task is to classify, amounts where it is to regress.
    pub labels: &'a [f64],
    /// Whose example it is, for metrics that compare within a user.
    pub users: &'a [u32],
}

/// A ranked list beside the truth.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The gain of the item at each place, best place first; 0 for an item that is not relevant.
    pub gains: &'a [f32],
    /// The gains of everything relevant to the request, wherever it was ranked, largest first.
    pub relevant: &'a [f32],
}

/// What the lists were drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Catalogue<'a> {
    /// For each item number whether it could have been recommended at some request.
    pub available: &'a [bool],
    /// For each item number its categories, sorted; empty where it has none.
    pub categories: &'a [Vec<u32>],
}

impl Predicted<'_> {
    /// Whether there are examples, every one with a prediction, a label and a user, none not-a-number.
    fn is_sound(&self) -> bool {
        let count = self.predictions.len();
        let told = |values: &[f64]| !values.iter().any(|value| value.is_nan());
        count > 0
            && (self.labels.len(), self.users.len()) == (count, count)
            && told(self.predictions)
            && told(self.labels)
    }
}

/// Sums of two sets of examples together.
fn add(left: Sums, right: Sums) -> Sums {
    [left[0] + right[0], left[1] + right[1], left[2] + right[2]]
}

/// `k` hundredths, or `default` hundredths where `k` is 0.
fn percent(k: usize, default: usize) -> f64 {
    (if k == 0 { default } else { k }) as f64 / 100.0
}

/// Whether a label of a classifier stands for yes.
fn is_positive(label: f64) -> bool {
    label > 0.5
}

impl Judged<'_> {
    /// How many of the first `k` places hold a relevant item.
    fn hits(&self, k: usize) -> usize {
        self.gains.iter().take(k).filter(|gain| **gain > 0.0).count()
    }
}

impl Catalogue<'_> {
    /// For each available item, by number, how often it stands in the first `k` places of a list.
    fn exposure(&self, lists: &[Vec<Id>], k: usize) -> Vec<u64> {
        let mut counts = vec![0u64; self.available.len()];
        for item in lists.iter().flat_map(|list| list.iter().take(k)) {
            if let Some(count) = counts.get_mut(*item as usize) {
                *count += 1;
            }
        }
        counts
            .into_iter()
            .zip(self.available)
            .filter(|(_, available)| **available)
            .map(|(count, _)| count)
            .collect()
    }
}

/// The share of two sorted sets that is in both; 0 where both are empty.
pub(crate) fn jaccard(left: &[u32], right: &[u32]) -> f64 {
    let (mut both, mut at) = (0usize, 0);
    for value in left {
        while right.get(at).is_some_and(|other| other < value) {
            at += 1;
        }
        both += usize::from(right.get(at) == Some(value));
    }
    let either = left.len() + right.len() - both;
    if either == 0 { 0.0 } else { both as f64 / either as f64 }
}

/// The metric called `name`.
pub fn find(name: &str) -> Option<&'static Metric> {
    ALL.iter().find(|metric| metric.card.name == name).copied()
}
