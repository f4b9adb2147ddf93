//! How often one event follows another, smoothed towards the rate over everything.

use serde::{Deserialize, Serialize};

use super::key::{Key, Target, distinct};
use super::state::{decode, encode};
use super::windows::{self, Window};
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fold::Moment;
use crate::log::{Id, Millis};
use crate::memory::Memory;

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
            Parameter {
                name: "of",
                doc: "Whose rate: the item's entity, the user's, or a category field of the item (its words pooled).",
                kind: Holds::Entity,
                default: Preset::Required,
                search: &[],
            },
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
        let lengths = windows::lengths(&spec.settings)?;
        Ok(Box::new(Rate {
            names: lengths
                .iter()
                .map(|&length| format!("{}[{}]", spec.name, windows::name(length)))
                .collect(),
            top: Signal::find(spec.settings.word("top"), schema, labels)?,
            bottom: Signal::find(spec.settings.word("bottom"), schema, labels)?,
            key: Key::find(spec.settings.word("of"), schema)?,
            strength: spec.settings.number("strength"),
            pairs: lengths.into_iter().map(Pair::new).collect(),
        }))
    },
};

struct Rate {
    names: Vec<String>,
    top: Signal,
    bottom: Signal,
    key: Key,
    strength: f64,
    pairs: Vec<Pair>,
}

/// Tops and bottoms of one window.
#[derive(Debug, Serialize, Deserialize)]
struct Pair {
    top: Side,
    bottom: Side,
}

/// The events of each key, and of all under the id 0.
#[derive(Debug, Serialize, Deserialize)]
struct Side {
    each: Window,
    all: Window,
}

impl Pair {
    fn new(length: Millis) -> Pair {
        let side = || Side { each: Window::new(length), all: Window::new(length) };
        Pair { top: side(), bottom: side() }
    }

    /// The rate over everything; `None` where no bottom event is in the window.
    fn prior(&self, now: i32) -> Option<f64> {
        let (top, bottom) = (self.top.all.count(0, now), self.bottom.all.count(0, now));
        (bottom > 0).then(|| top as f64 / bottom as f64)
    }

    fn accepts(&self, loaded: &Pair) -> bool {
        self.top.accepts(&loaded.top) && self.bottom.accepts(&loaded.bottom)
    }
}

impl Side {
    fn add(&mut self, ids: &[Id], time: Millis) {
        self.all.add(0, time);
        distinct(ids).for_each(|id| self.each.add(id, time));
    }

    fn count(&self, ids: &[Id], now: i32) -> f64 {
        distinct(ids).map(|id| self.each.count(id, now)).sum::<u64>() as f64
    }

    fn accepts(&self, loaded: &Side) -> bool {
        self.each.accepts(&loaded.each) && self.all.accepts(&loaded.all)
    }
}

impl Feature for Rate {
    fn columns(&self) -> Vec<Column> {
        self.names.iter().map(Column::number).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        let (key, time) = (self.key, seen.event.known);
        self.top.each(seen, |user, item| {
            let ids = key.ids(&user, &item, memory);
            self.pairs.iter_mut().for_each(|pair| pair.top.add(ids, time));
        });
        self.bottom.each(seen, |user, item| {
            let ids = key.ids(&user, &item, memory);
            self.pairs.iter_mut().for_each(|pair| pair.bottom.add(ids, time));
        });
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        for (at, pair) in self.pairs.iter().enumerate() {
            let now = pair.bottom.all.place(moment.time);
            let prior = pair.prior(now);
            let target = Target { rows: &mut *rows, first: first + at, width: 1 };
            self.key.write(moment, items, memory, target, |ids, values| {
                values[0] = prior.map_or(f32::NAN, |prior| {
                    let (top, bottom) = (pair.top.count(ids, now), pair.bottom.count(ids, now));
                    let weight = bottom + self.strength;
                    let rate = if weight > 0.0 { (top + self.strength * prior) / weight } else { prior };
                    rate as f32
                });
            });
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.pairs)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: Vec<Pair> = decode(bytes)?;
        let fits = loaded.len() == self.pairs.len()
            && self.pairs.iter().zip(&loaded).all(|(pair, loaded)| pair.accepts(loaded));
        if !fits {
            return Err("the state belongs to other windows".to_owned());
        }
        self.pairs = loaded;
        Ok(())
    }
}
