//! How often a candidate is taken together with what its user took lately.

use serde::{Deserialize, Serialize};

use super::latest::Latest;
use super::state::{decode, encode};
use super::tally::{self, Tally, UNIT, age, halved, steps};
use super::windows::HOUR;
use super::{FIRST_LABEL, Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::{Ahead, fetch, fetch_each};
use crate::log::{Id, Millis};
use crate::memory::{Memory, entry};
use crate::moment::Moment;

/// Co-visitation with the latest items.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "covisitation",
        what: "Sum over the latest items of the user: how often one user had an event with that item and with the \
               candidate `within` a time, divided by the root of how often either had events (`cosine`), or \
               ln(1 + the plain sum) (`count`). The candidate itself does not count; missing where the user has \
               no other latest item.",
        when: "What belongs together in one sitting: episodes, accessories, the next song. It learns from \
               each event, a retriever only when it is trained.",
        avoid: "Few events an item: pairs are then all ones.",
        cost: "At most `neighbours` counts an item and `items` ids a user; `items` binary searches a candidate.",
        source: "Davidson et al. 2010, The YouTube video recommendation system",
        parameters: &[
            Signal::parameter(
                "What counts: an interaction, a label (`label` is the first), or `impression`.",
                Preset::Word(FIRST_LABEL),
            ),
            Parameter {
                name: "within",
                doc: "Longest time between the two events of a pair.",
                kind: Holds::Duration,
                default: Preset::Duration(24 * HOUR),
                search: &[],
            },
            Parameter {
                name: "order",
                doc: "`after` counts only candidates that came after the latest item, `any` both ways.",
                kind: Holds::Choice(&["any", "after"]),
                default: Preset::Word("any"),
                search: &[],
            },
            Parameter {
                name: "weight",
                doc: "`cosine` divides by how often both items had events, `count` does not.",
                kind: Holds::Choice(&["cosine", "count"]),
                default: Preset::Word("cosine"),
                search: &[],
            },
            Parameter::count(
                "items",
                "How many of the user's latest items count, in making pairs and in reading them.",
                (1, 100),
                10,
                &[],
            ),
            Parameter::count(
                "neighbours",
                "Others kept of each item: where a new one comes, the one with the smallest count goes.",
                (1, 10_000),
                100,
                &[],
            ),
            tally::HALF_LIFE,
        ],
    },
    build: |spec, schema, labels| {
        let settings = &spec.settings;
        Ok(Box::new(Covisitation {
            name: spec.name.clone(),
            signal: spec.fit("event", Signal::find(settings.word("event"), schema, labels))?,
            both: settings.word("order") == "any",
            cosine: settings.word("weight") == "cosine",
            state: State {
                within: settings.duration("within").max(0),
                neighbours: settings.count("neighbours").max(1),
                half_life: settings.duration("half_life").max(0),
                latest: Latest::new(settings.count("items")),
                items: Vec::new(),
                dropped: 0,
            },
        }))
    },
};

struct Covisitation {
    name: String,
    signal: Signal,
    both: bool,
    cosine: bool,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    within: Millis,
    neighbours: usize,
    half_life: Millis,
    latest: Latest,
    /// Events of each item, and the others that came with it.
    items: Vec<Tally>,
    /// Others that the bound made forget.
    dropped: u64,
}

impl State {
    fn see(&mut self, user: Id, item: Id, time: Millis, both: bool) {
        let age = age(time, self.half_life);
        let own = entry(&mut self.items, item);
        own.advance(age);
        own.count();
        let near = |known: Millis| time.saturating_sub(known) <= self.within;
        for &(other, known) in self.latest.of(user).iter().filter(|(other, _)| *other != item) {
            if !near(known) {
                continue;
            }
            let pairs = [(other, item), (item, other)];
            for (from, to) in pairs.into_iter().take(if both { 2 } else { 1 }) {
                let tally = entry(&mut self.items, from);
                tally.advance(age);
                self.dropped += u64::from(tally.add(to, self.neighbours));
            }
        }
        self.latest.push(user, item, time);
    }
}

impl Feature for Covisitation {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, seen: &Seen<'_>, _: &Memory) {
        self.signal.each(seen, |user, item| self.state.see(user, item, seen.event.known, self.both));
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        let (items, latest) = (&self.state.items, &self.state.latest);
        latest.fetch(ahead.users);
        fetch_each(items, ahead.items, Tally::fetch);
        // What comes with those that a user took last is looked up for every candidate.
        let [.., theirs] = ahead.users;
        theirs.iter().flat_map(|user| latest.of(*user)).for_each(|(item, _)| fetch(items, *item as usize));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], _: &Memory, rows: &mut Rows, first: usize) {
        let now = age(moment.time, self.state.half_life);
        let events = |tally: &Tally| halved(tally.events, steps(tally.age, now)) as f64;
        let tally = |item: Id| self.state.items.get(item as usize);
        let latest = self.state.latest.of(moment.user).iter();
        let latest: Vec<(Id, &Tally, f64)> =
            latest.filter_map(|(item, _)| tally(*item).map(|tally| (*item, tally, events(tally)))).collect();
        for (cell, &item) in rows.column_mut(first).zip(items) {
            let own = tally(item).map_or(0.0, events);
            let (mut sum, mut count) = (0.0, 0);
            for (_, tally, events) in latest.iter().filter(|(other, ..)| *other != item) {
                count += 1;
                let together = halved(tally.units(item), steps(tally.age, now)) as f64;
                sum += match self.cosine {
                    true if together > 0.0 && own > 0.0 && *events > 0.0 => together / (events * own).sqrt(),
                    true => 0.0,
                    false => together / UNIT as f64,
                };
            }
            *cell = match (count, self.cosine) {
                (0, _) => f32::NAN,
                (_, true) => sum as f32,
                (_, false) => sum.ln_1p() as f32,
            };
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: State = decode(bytes)?;
        let own = (self.state.within, self.state.neighbours, self.state.half_life);
        let sound = loaded.items.iter().all(|tally| tally.is_sound(own.1));
        if own != (loaded.within, loaded.neighbours, loaded.half_life)
            || !sound
            || !self.state.latest.accepts(&loaded.latest)
        {
            return Err("the state belongs to other settings".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}
