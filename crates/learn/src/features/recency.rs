//! How long ago something last happened to a user, an item or a word of the item.

use super::key::{self, Key, Target};
use super::state::{decode, encode};
use super::windows::HOUR;
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::{Ahead, fetch};
use crate::log::{Id, Millis};
use crate::memory::{Memory, entry};
use crate::moment::Moment;

/// Time since the last event.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "recency",
        what: "ln(1 + hours) since the last event of a user, an item or a word of the item; missing if there \
               never was one.",
        when: "Returning visitors differ from regular ones; what was just taken is alive.",
        avoid: "Events so frequent that the last one is always seconds ago.",
        cost: "One moment a key; one look-up a candidate.",
        source: "Anderson, Kumar, Tomkins and Vassilvitskii 2014, The dynamics of repeat consumption",
        parameters: &[
            Signal::parameter(
                "What happened: an interaction, a label, or `impression` for being shown.",
                Preset::Required,
            ),
            key::parameter(
                "Whose event: the item's entity, the user's, or a category field of the item (its latest word).",
            ),
        ],
    },
    build: |spec, schema, labels| {
        Ok(Box::new(Recency {
            name: spec.name.clone(),
            signal: spec.fit("event", Signal::find(spec.settings.word("event"), schema, labels))?,
            key: spec.fit("of", Key::find(spec.settings.word("of"), schema))?,
            last: Vec::new(),
        }))
    },
};

struct Recency {
    name: String,
    signal: Signal,
    key: Key,
    last: Vec<Option<Millis>>,
}

impl Feature for Recency {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        self.signal.each(seen, |user, item| {
            for &id in self.key.ids(&user, &item, memory) {
                let last = entry(&mut self.last, id);
                *last = (*last).max(Some(seen.event.known));
            }
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        let [slots, ..] = self.key.ahead(ahead);
        slots.iter().for_each(|id| fetch(&self.last, *id as usize));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        self.key.write(moment, items, memory, Target { rows, first, width: 1 }, |ids, values| {
            let last = ids.iter().filter_map(|&id| *self.last.get(id as usize)?).max();
            values[0] = last.map_or(f32::NAN, |last| log_hours(last, moment.time));
        });
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.last)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.last = decode(bytes)?;
        Ok(())
    }
}

/// ln(1 + hours) from one moment to a later one; 0 where it is not later.
pub(super) fn log_hours(from: Millis, to: Millis) -> f32 {
    // A millisecond is large enough for an `ln` of 64 bits to tell in 32, and that takes half of what `ln_1p` does.
    (1.0 + to.saturating_sub(from).max(0) as f64 / HOUR as f64).ln() as f32
}
