//! How often one event follows another, smoothed towards the rate over everything.

use serde::{Deserialize, Serialize};

use super::key::{self, Key, Target, total};
use super::state::{decode, encode};
use super::windows::{self, Counts};
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::Ahead;
use crate::log::{Id, What};
use crate::memory::Memory;
use crate::moment::Moment;

/// Smoothed rates in windows.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "rate",
        what: "Events of one kind per event of another in each window, (top + strength x prior) / (bottom + \
               strength), the prior being the rate of all keys in that window; the prior alone where the key was \
               not seen or the item lacks the field, missing where nothing has a bottom event yet.",
        when: "Quality beyond popularity: clicks per impression, finished watches per click.",
        avoid: "Bottom events that are not logged, or tops without a bottom: the ratio may then exceed 1.",
        cost: "At most 50 whole numbers a key and window; two look-ups a candidate and window.",
        source: "Richardson, Dominowska and Ragno 2007, Predicting clicks: estimating the click-through rate for \
                 new ads",
        parameters: &[
            Parameter {
                name: "top",
                doc: "What is hoped for: an interaction, a label, or `impression`.",
                kind: Holds::Event,
                default: Preset::Required,
                search: &[],
            },
            Parameter {
                name: "bottom",
                doc: "What it is divided by: an interaction, a label, or `impression`.",
                kind: Holds::Event,
                default: Preset::Required,
                search: &[],
            },
            key::parameter(
                "Whose rate: the item's entity, the user's, or a category field of the item (its words pooled).",
            ),
            windows::PARAMETER,
            Parameter {
                name: "strength",
                doc: "How many bottom events the prior weighs; 0 trusts the first event.",
                kind: Holds::Number { min: 0.0, max: 1e6 },
                default: Preset::Number(20.0),
                search: &[5.0, 100.0],
            },
        ],
    },
    build: |spec, schema, labels| {
        let lengths = spec.fit(windows::PARAMETER.name, windows::lengths(&spec.settings))?;
        Ok(Box::new(Rate {
            names: windows::names(&spec.name, &lengths),
            top: spec.fit("top", Signal::find(spec.settings.word("top"), schema, labels))?,
            bottom: spec.fit("bottom", Signal::find(spec.settings.word("bottom"), schema, labels))?,
            key: spec.fit("of", Key::find(spec.settings.word("of"), schema))?,
            strength: spec.settings.number("strength"),
            state: State { each: Counts::new(2, &lengths), all: Counts::new(2, &lengths) },
        }))
    },
};

struct Rate {
    names: Vec<String>,
    top: Signal,
    bottom: Signal,
    key: Key,
    strength: f64,
    state: State,
}

/// The signals of the counts.
const TOP: usize = 0;
const BOTTOM: usize = 1;

#[derive(Debug, Serialize, Deserialize)]
struct State {
    /// The events of each key.
    each: Counts,
    /// All events, whatever their key, under the id 0.
    all: Counts,
}

impl State {
    /// The rate over everything; `None` where no bottom event is in the window.
    fn prior(&self, window: usize, now: i32) -> Option<f64> {
        let (top, bottom) = (self.all.count(0, TOP, window, now), self.all.count(0, BOTTOM, window, now));
        (bottom > 0).then(|| top as f64 / bottom as f64)
    }
}

impl Feature for Rate {
    fn columns(&self) -> Vec<Column> {
        self.names.iter().map(Column::number).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        let State { each, all } = &mut self.state;
        let places = each.places(seen.event.known);
        for (signal, which) in [(self.top, TOP), (self.bottom, BOTTOM)] {
            match &seen.event.what {
                // Whoever is shown a list sees all of it at one moment.
                What::Request { user, shown, .. } if signal == Signal::Impression => {
                    all.add_at(0, which, &places, shown.len() as u32);
                    match self.key {
                        Key::User => each.add_at(*user, which, &places, shown.len() as u32),
                        key => {
                            for item in shown {
                                key::each(key.ids(user, item, memory), |id| {
                                    each.add_at(id, which, &places, 1)
                                });
                            }
                        }
                    }
                }
                _ => signal.each(seen, |user, item| {
                    all.add_at(0, which, &places, 1);
                    key::each(self.key.ids(&user, &item, memory), |id| each.add_at(id, which, &places, 1));
                }),
            }
        }
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        self.state.each.fetch(self.key.ahead(ahead));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let counts = &self.state.each;
        for window in 0..counts.windows() {
            let now = counts.place(window, moment.time);
            let prior = self.state.prior(window, now);
            let target = Target { rows: &mut *rows, first: first + window, width: 1 };
            self.key.write(moment, items, memory, target, |ids, values| {
                let count = |signal| total(ids, |id| counts.count(id, signal, window, now));
                values[0] = prior.map_or(f32::NAN, |prior| {
                    let (top, weight) = (count(TOP) as f64, count(BOTTOM) as f64 + self.strength);
                    let rate = if weight > 0.0 { (top + self.strength * prior) / weight } else { prior };
                    rate as f32
                });
            });
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: State = decode(bytes)?;
        if !self.state.each.accepts(&loaded.each) || !self.state.all.accepts(&loaded.all) {
            return Err("the state belongs to other windows".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}
