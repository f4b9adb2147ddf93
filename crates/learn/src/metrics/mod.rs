//! Metrics: how good a ranked list is, for one request or over all of them. One file an entry.

use crate::card::Card;
use crate::log::Id;

/// Every metric. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Metric] = &[];

/// A metric.
pub struct Metric {
    /// What, when, cost, source.
    pub card: Card,
    /// How it is computed.
    pub shape: Shape,
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

/// The metric called `name`.
pub fn find(name: &str) -> Option<&'static Metric> {
    ALL.iter().find(|metric| metric.card.name == name).copied()
}
