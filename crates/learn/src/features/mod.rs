//! Features: folds over the events of a key, read at a request. One file an entry.

use serde::{Deserialize, Serialize};

use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::{Column, Rows};
use crate::fetch::Ahead;
use crate::label::Labels;
use crate::log::{Event, IMPRESSION, Id, Schema, What};
use crate::memory::Memory;
use crate::moment::Moment;

mod affinity;
mod age;
mod aggregate;
mod alike;
mod amount;
mod buckets;
mod cosine;
mod count;
mod covisitation;
mod distance;
mod distinct;
mod field;
mod histogram;
mod hour;
mod id;
mod key;
mod last;
mod latest;
mod pair;
mod position;
mod quantile;
mod rate;
mod recency;
mod session;
mod similarity;
mod source;
mod state;
mod tally;
mod text_match;
mod times;
mod trend;
mod vector;
mod whose;
mod windows;

/// Every kind of feature. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Kind] = &[
    &field::KIND,
    &count::KIND,
    &rate::KIND,
    &affinity::KIND,
    &recency::KIND,
    &age::KIND,
    &hour::KIND,
    &id::KIND,
    &pair::KIND,
    &vector::KIND,
    &similarity::KIND,
    &covisitation::KIND,
    &trend::KIND,
    &session::KIND,
    &text_match::KIND,
    &cosine::KIND,
    &distance::KIND,
    &aggregate::KIND,
    &quantile::KIND,
    &histogram::KIND,
    &distinct::KIND,
    &last::KIND,
    &position::KIND,
];

/// A kind of feature: its documentation and how to build one.
pub struct Kind {
    /// What, when, cost, source, parameters.
    pub card: Card,
    /// How to make one.
    pub build: Build,
}

/// Builds a feature with an empty state.
pub type Build = fn(&Spec, &Schema, &Labels) -> Result<Box<dyn Feature>, Unfit>;

/// Why a feature cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The name of the feature.
    pub feature: String,
    /// The parameter whose value is at fault; `kind` where there is no such kind.
    pub parameter: &'static str,
    /// A sentence.
    pub why: String,
}

/// A feature that a problem asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Its name in the design; the stem of its columns' names.
    pub name: String,
    /// The name on the card of its kind.
    pub kind: String,
    /// All parameters of the card.
    pub settings: Settings,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "feature `{}`: {}", self.feature, self.why)
    }
}

impl Spec {
    /// What was read of a parameter; what is wrong with it makes this feature unfit.
    fn fit<T>(&self, parameter: &'static str, read: Result<T, String>) -> Result<T, Unfit> {
        read.map_err(|why| Unfit { feature: self.name.clone(), parameter, why })
    }
}

/// An event with the labels it satisfies.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The event.
    pub event: &'a Event,
    /// Bit `n` for label `n`.
    pub labels: u32,
}

/// A feature with its state.
///
/// State is integers in epoch-aligned buckets, so that neither order within a bucket nor merging matters.
/// `observe` runs before the memory takes the event in.
pub trait Feature: Send + Sync {
    /// The columns it writes, in order; constant over its life.
    fn columns(&self) -> Vec<Column>;
    /// Takes in an event.
    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory);
    /// Writes its columns for each item, from column `first` of `rows` on (row `n` is `items[n]`).
    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize);
    /// Fetches ahead what taking these users and items in, or being asked about them, will read; changes nothing.
    fn fetch(&self, ahead: &Ahead<'_>, memory: &Memory) {
        let _ = (ahead, memory);
    }
    /// What its one column says of an item that was shown at a place (from 1), in rows that are learned from;
    /// none where that is what [`Feature::write`] says.
    fn shown(&self, place: usize) -> Option<f32> {
        let _ = place;
        None
    }
    /// The state as bytes; equal states give equal bytes. Stateless features give none.
    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
    /// Replaces the state by a saved one.
    ///
    /// # Errors
    /// A sentence, where the bytes are not a state of this feature.
    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        if bytes.is_empty() { Ok(()) } else { Err("this feature keeps no state".to_owned()) }
    }
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.card.name == name).copied()
}

/// Builds the features of a problem, in order.
///
/// # Errors
/// The first feature that cannot be built.
pub fn build(specs: &[Spec], schema: &Schema, labels: &Labels) -> Result<Vec<Box<dyn Feature>>, Unfit> {
    let one = |spec: &Spec| {
        let kind = find(&spec.kind).ok_or_else(|| format!("no feature kind `{}`", spec.kind));
        (spec.fit("kind", kind)?.build)(spec, schema, labels)
    };
    specs.iter().map(one).collect()
}

/// What an `event` says for the first label, whatever its name.
const FIRST_LABEL: &str = "label";

/// What a feature counts: an interaction, a label, or an item being shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Impression,
    Interaction(usize),
    Label(usize),
}

/// The parameter `scale`: whether a number is written as it is.
pub(super) const fn scale(doc: &'static str) -> Parameter {
    let kind = Holds::Choice(&["log", "raw"]);
    Parameter { name: "scale", doc, kind, default: Preset::Word("log"), search: &[] }
}

impl Signal {
    /// The parameter that names it where it is counted.
    const COUNTED: Parameter = Signal::parameter(
        "What is counted: an interaction, a label (whenever its event comes, within its window or not), or \
         `impression` for being shown.",
        Preset::Required,
    );

    /// The parameter `event` that names it.
    const fn parameter(doc: &'static str, default: Preset) -> Parameter {
        Parameter { name: "event", doc, kind: Holds::Event, default, search: &[] }
    }

    /// The signal that a design calls `name`.
    pub(crate) fn find(name: &str, schema: &Schema, labels: &Labels) -> Result<Signal, String> {
        if name == IMPRESSION {
            return Ok(Signal::Impression);
        }
        if name == FIRST_LABEL && !labels.0.is_empty() {
            return Ok(Signal::Label(0));
        }
        let label = labels.position(name).map(Signal::Label);
        label
            .or_else(|| schema.interaction(name).map(Signal::Interaction))
            .ok_or_else(|| format!("no event or label is called `{name}`"))
    }

    /// Calls `visit(user, item)` for each time that the event is this signal.
    pub(crate) fn each(self, seen: &Seen<'_>, mut visit: impl FnMut(Id, Id)) {
        match (&seen.event.what, self) {
            (What::Request { user, shown, .. }, Signal::Impression) => {
                shown.iter().for_each(|&item| visit(*user, item));
            }
            (What::Interaction { kind, user, item, .. }, Signal::Interaction(wanted)) if *kind == wanted => {
                visit(*user, *item);
            }
            (What::Interaction { user, item, .. }, Signal::Label(label))
                if seen.labels.checked_shr(label as u32).unwrap_or(0) & 1 == 1 =>
            {
                visit(*user, *item);
            }
            _ => {}
        }
    }
}
