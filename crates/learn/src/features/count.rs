//! How often something happened to an item, a user or a word of the item, in sliding windows.

use super::key::{self, Key, Target, distinct};
use super::state::encode;
use super::windows::{self, Counts};
use super::{Feature, Kind, Seen, Signal};
use crate::card::Card;
use crate::examples::{Column, Rows};
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// Counts in windows.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "count",
        what: "How many events an item, a user or a word of the item had in each window; missing where the item \
               lacks the field.",
        when: "Popularity and activity that come and go: what is taken now, who is active now.",
        avoid: "Comparing items of unequal exposure, where a rate is fairer.",
        cost: "At most 25 whole numbers a key and window; one look-up a candidate and window.",
        source: "Datar, Gionis, Indyk and Motwani 2002, Maintaining stream statistics over sliding windows",
        parameters: &[Signal::COUNTED, key::SUMMED, windows::PARAMETER, windows::SCALE],
    },
    build: |spec, schema, labels| {
        let lengths = spec.fit(windows::PARAMETER.name, windows::lengths(&spec.settings))?;
        Ok(Box::new(Count {
            names: windows::names(&spec.name, &lengths),
            signal: spec.fit("event", Signal::find(spec.settings.word("event"), schema, labels))?,
            key: spec.fit("of", Key::find(spec.settings.word("of"), schema))?,
            raw: spec.settings.word("scale") == "raw",
            counts: Counts::new(1, &lengths),
        }))
    },
};

struct Count {
    names: Vec<String>,
    signal: Signal,
    key: Key,
    raw: bool,
    counts: Counts,
}

impl Feature for Count {
    fn columns(&self) -> Vec<Column> {
        self.names.iter().map(Column::number).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        self.signal.each(seen, |user, item| {
            for id in distinct(self.key.ids(&user, &item, memory)) {
                self.counts.add(id, 0, seen.event.known);
            }
        });
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        for window in 0..self.counts.windows() {
            let now = self.counts.place(window, moment.time);
            let target = Target { rows: &mut *rows, first: first + window, width: 1 };
            self.key.write(moment, items, memory, target, |ids, values| {
                let count: u64 = distinct(ids).map(|id| self.counts.count(id, 0, window, now)).sum();
                values[0] = match ids {
                    [] => f32::NAN,
                    _ if self.raw => count as f32,
                    _ => (1.0 + count as f32).ln(),
                };
            });
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.counts)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.counts.load(bytes)
    }
}
