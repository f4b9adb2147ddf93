//! What every kind of feature must say, worked out from the raw list of events before a request.
#![allow(clippy::unwrap_used)] // a test may fail by a panic

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rankine_learn::features::Spec;
use rankine_learn::{Event, Id, Millis, Schema, Value, What};

use crate::features_log;

mod amounts;
mod company;
mod texts;
mod values;

/// The schema of the random logs, made once.
static SCHEMA: LazyLock<Schema> = LazyLock::new(features_log::schema);

/// The events before a request.
pub(crate) struct Before<'a> {
    pub(crate) events: &'a [Event],
    pub(crate) now: Millis,
    pub(crate) user: Id,
    pub(crate) context: &'a [Value],
}

/// An occurrence of a signal: when it was known, by whom, with what, and how many events came before.
pub(super) struct Occurrence {
    pub(super) known: Millis,
    pub(super) user: Id,
    pub(super) item: Id,
    pub(super) at: usize,
}

impl Before<'_> {
    /// The latest value of a field as of the first `upto` events.
    pub(super) fn field(&self, kind: usize, id: Id, at: usize, upto: usize) -> Option<&Value> {
        self.events[..upto].iter().rev().find_map(|event| match &event.what {
            What::Entity { kind: have, id: named, fields } if (*have, *named) == (kind, id) => {
                fields.get(at).filter(|value| **value != Value::Missing)
            }
            _ => None,
        })
    }

    fn is_relevant(&self, item: Id, fields: &[Value], upto: usize) -> bool {
        match (fields.first(), self.field(1, item, 2, upto)) {
            (Some(Value::Number(watched)), Some(Value::Number(length))) => *watched >= 0.5 * length,
            _ => false,
        }
    }

    pub(super) fn occurrences(&self, signal: &str) -> Vec<Occurrence> {
        let mut found = Vec::new();
        for (at, event) in self.events.iter().enumerate() {
            let mut push = |user: &Id, item: &Id| {
                found.push(Occurrence { known: event.known, user: *user, item: *item, at });
            };
            match (&event.what, signal) {
                (What::Request { user, shown, .. }, "impression") => {
                    shown.iter().for_each(|item| push(user, item));
                }
                (What::Interaction { kind: 0, user, item, .. }, "click") => push(user, item),
                (What::Interaction { kind: 1, user, item, .. }, "watch") => push(user, item),
                (What::Interaction { kind: 1, user, item, fields, .. }, "relevant" | "label")
                    if self.is_relevant(*item, fields, at) =>
                {
                    push(user, item);
                }
                _ => {}
            }
        }
        found
    }

    /// The ids that a user and an item stand for under a key, as of the first `upto` events.
    pub(super) fn ids(&self, of: &str, user: Id, item: Id, upto: usize) -> BTreeSet<u32> {
        let field = match of {
            "user" => return BTreeSet::from([user]),
            "video" => return BTreeSet::from([item]),
            "video.genre" => 0,
            "video.channel" => 1,
            other => panic!("no key `{other}` in the oracle"),
        };
        match self.field(1, item, field, upto) {
            Some(Value::Category(word)) => BTreeSet::from([*word]),
            Some(Value::Categories(words)) => words.iter().copied().collect(),
            _ => BTreeSet::new(),
        }
    }

    /// Whether a moment lies in the window of this length: its bucket is one of the 25 that end now.
    pub(super) fn within(&self, known: Millis, length: Millis) -> bool {
        let bucket = (length + 23) / 24;
        (0..=24).contains(&(self.now.div_euclid(bucket) - known.div_euclid(bucket)))
    }

    /// `count` to the moment: what is older than the longest window before the newest event of its key
    /// is forgotten.
    pub(super) fn count_exactly(&self, spec: &Spec, ids: &BTreeSet<u32>, length: Millis) -> f64 {
        let (signal, of) = (spec.settings.word("event"), spec.settings.word("of"));
        let longest = spec.settings.durations("windows").iter().max().unwrap();
        let seen = self.occurrences(signal);
        let of_id = |id: u32| {
            let own = seen.iter().filter(|seen| self.ids(of, seen.user, seen.item, seen.at).contains(&id));
            let known: Vec<Millis> = own.map(|seen| seen.known).collect();
            let from = known.iter().max().map_or(0, |newest| newest - longest).max(self.now - length);
            known.iter().filter(|known| (from..self.now).contains(known)).count() as f64
        };
        ids.iter().map(|id| of_id(*id)).sum()
    }

    /// How often each of `ids` had the signal in the window, summed.
    pub(super) fn count(&self, signal: &str, of: &str, ids: &BTreeSet<u32>, length: Millis) -> f64 {
        let seen = self.occurrences(signal);
        let within = seen.iter().filter(|seen| self.within(seen.known, length));
        within
            .map(|seen| self.ids(of, seen.user, seen.item, seen.at).intersection(ids).count())
            .sum::<usize>() as f64
    }

    pub(super) fn named(&self, kind: usize, id: Id) -> Option<Millis> {
        let event = self.events.iter().find(|event| match &event.what {
            What::Entity { kind: have, id: named, .. } => (*have, *named) == (kind, id),
            What::Request { user, shown, .. } => [*user == id, shown.contains(&id)][kind],
            What::Interaction { user, item, .. } => [*user, *item][kind] == id,
        });
        event.map(|event| event.time)
    }

    pub(super) fn value_of(&self, of: &str, item: Id) -> Option<&Value> {
        let (owner, name) = of.split_once('.').unwrap();
        let schema = &*SCHEMA;
        if owner == "request" {
            let at = schema.context.iter().position(|field| field.name == name).unwrap();
            return self.context.get(at);
        }
        let kind = schema.entity(owner)?;
        let at = schema.entities[kind].field(name).unwrap();
        self.field(kind, [self.user, item][kind], at, self.events.len())
    }
}
