//! Whether something happens more often now than it used to.

use super::key::{self, Key, Target, distinct};
use super::state::encode;
use super::windows::{Counts, DAY, MINUTE};
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::Ahead;
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// The rate of a short window over that of a long one.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "trend",
        what: "ln((events in a short window + `strength`) / (events that the rate of the long window makes expect in \
               it + `strength`)): above 0 where it rises, 0 where it is steady or nothing happened; missing where \
               the item lacks the field.",
        when: "Fashions and news: what rises now is worth more than what was big last week.",
        avoid: "Keys with fewer events in the long window than `strength`: all of them read as steady.",
        cost: "At most 50 whole numbers a key; two look-ups a candidate.",
        source: "Kleinberg 2002, Bursty and hierarchical structure in streams (the problem)",
        parameters: &[
            Signal::COUNTED,
            key::SUMMED,
            Parameter {
                name: "short",
                doc: "The short window, a minute or more; it covers 24 whole buckets and the open one.",
                kind: Holds::Duration,
                default: Preset::Duration(DAY),
                search: &[],
            },
            Parameter {
                name: "long",
                doc: "The long window, longer than the short one, which it contains.",
                kind: Holds::Duration,
                default: Preset::Duration(7 * DAY),
                search: &[],
            },
            Parameter::number(
                "strength",
                "How many events a steady key is taken to have had in the short window before any was seen.",
                (0.01, 1e6),
                5.0,
                &[1.0, 20.0],
            ),
        ],
    },
    build: |spec, schema, labels| {
        let (short, long) = (spec.settings.duration("short"), spec.settings.duration("long"));
        if short < MINUTE {
            return spec.fit("short", Err("`short` is shorter than a minute".to_owned()));
        }
        if long <= short {
            return spec.fit("long", Err("`long` is not longer than `short`".to_owned()));
        }
        Ok(Box::new(Trend {
            name: spec.name.clone(),
            signal: spec.fit("event", Signal::find(spec.settings.word("event"), schema, labels))?,
            key: spec.fit("of", Key::find(spec.settings.word("of"), schema))?,
            strength: spec.settings.number("strength").max(0.01),
            share: short as f64 / long as f64,
            counts: Counts::new(1, &[short, long]),
        }))
    },
};

struct Trend {
    name: String,
    signal: Signal,
    key: Key,
    strength: f64,
    /// The short window over the long one.
    share: f64,
    counts: Counts,
}

impl Feature for Trend {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        self.signal.each(seen, |user, item| {
            for id in distinct(self.key.ids(&user, &item, memory)) {
                self.counts.add(id, 0, seen.event.known);
            }
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        self.counts.fetch(self.key.ahead(ahead));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let now = [0, 1].map(|window| self.counts.place(window, moment.time));
        self.key.write(moment, items, memory, Target { rows, first, width: 1 }, |ids, values| {
            let count = |window: usize| -> u64 {
                distinct(ids).map(|id| self.counts.count(id, 0, window, now[window])).sum()
            };
            values[0] = match ids {
                [] => f32::NAN,
                _ => {
                    let (short, expected) = (count(0) as f64, count(1) as f64 * self.share);
                    ((short + self.strength) / (expected + self.strength)).ln() as f32
                }
            };
        });
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.counts)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.counts.load(bytes)
    }
}
