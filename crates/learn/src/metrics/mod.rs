//! Metrics: how good a ranked list is, for one request or over all of them. One file an entry.

use crate::card::Card;
use crate::log::Id;
use crate::task::Task;

mod coverage;
mod diversity;
mod gini;
mod map;
mod mrr;
mod ndcg;
mod precision;
mod recall;

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
];

/// A metric.
pub struct Metric {
    /// What, when, cost, source.
    pub card: Card,
    /// How it is computed.
    pub shape: Shape,
    /// The tasks that it judges.
    pub tasks: &'static [Task],
    /// Whether more is better.
    pub higher_is_better: bool,
}

/// How a metric is computed.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A value in [0, 1] for each request, from its judged list and `k`; reported as the mean over requests.
    PerRequest(fn(&Judged<'_>, k: usize) -> f64),
    /// One value over all requests, from their lists and the catalogue.
    OverAll(fn(&[Vec<Id>], &Catalogue<'_>, k: usize) -> f64),
    /// A value for each example, from its prediction and its label; reported as the mean over examples.
    PerExample(fn(prediction: f64, label: f64) -> f64),
    /// One value over all examples; not-a-number where they cannot tell, such as one class alone.
    OverExamples(fn(&Predicted<'_>) -> f64),
}

impl Shape {
    /// Whether it judges predictions, not ranked lists.
    pub fn of_predictions(&self) -> bool {
        matches!(self, Shape::PerExample(_) | Shape::OverExamples(_))
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
