//! How often something happened to an item, a user or a word of the item, in sliding windows.

use super::key::{self, Key, Target, total};
use super::state::encode;
use super::times::Times;
use super::windows::{self, Counts};
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::Ahead;
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
        cost: "At most 25 whole numbers a key and window, or the time of each event in the longest window; one \
               look-up a candidate and window.",
        source: "Datar, Gionis, Indyk and Motwani 2002, Maintaining stream statistics over sliding windows",
        parameters: &[Signal::COUNTED, key::SUMMED, windows::PARAMETER, windows::SCALE, KEPT],
    },
    build: |spec, schema, labels| {
        let lengths = spec.fit(windows::PARAMETER.name, windows::lengths(&spec.settings))?;
        Ok(Box::new(Count {
            names: windows::names(&spec.name, &lengths),
            signal: spec.fit("event", Signal::find(spec.settings.word("event"), schema, labels))?,
            key: spec.fit("of", Key::find(spec.settings.word("of"), schema))?,
            scale: match spec.settings.word("scale") {
                "raw" => Scale::Raw,
                _ => Scale::Log((0..SMALL).map(log).collect()),
            },
            counts: match spec.settings.word(KEPT.name) {
                "times" => Kept::Times(Times::new(&lengths)),
                _ => Kept::Buckets(Counts::new(1, &lengths)),
            },
        }))
    },
};

const KEPT: Parameter = Parameter {
    name: "kept",
    doc: "What is kept of the events of a key. Of `buckets` a window covers 24 whole ones and the open one, which \
          takes little and always the same memory; by `times` a window of length w at t is exactly [t - w, t).",
    kind: Holds::Choice(&["buckets", "times"]),
    default: Preset::Word("buckets"),
    search: &[],
};

struct Count {
    names: Vec<String>,
    signal: Signal,
    key: Key,
    scale: Scale,
    counts: Kept,
}

enum Scale {
    Raw,
    /// With the logarithms of the counts that are common.
    Log(Vec<f32>),
}

/// Below this a count is common.
const SMALL: u64 = 64;

enum Kept {
    Buckets(Counts),
    Times(Times),
}

impl Feature for Count {
    fn columns(&self) -> Vec<Column> {
        self.names.iter().map(Column::number).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        self.signal.each(seen, |user, item| {
            key::each(self.key.ids(&user, &item, memory), |id| match &mut self.counts {
                Kept::Buckets(counts) => counts.add(id, 0, seen.event.known),
                Kept::Times(times) => times.add(id, seen.event.known),
            });
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        match &self.counts {
            Kept::Buckets(counts) => counts.fetch(self.key.ahead(ahead)),
            Kept::Times(times) => times.fetch(self.key.ahead(ahead)),
        }
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        for window in 0..self.names.len() {
            let target = Target { rows: &mut *rows, first: first + window, width: 1 };
            match &self.counts {
                Kept::Buckets(counts) => {
                    let now = counts.place(window, moment.time);
                    self.fill(moment, items, memory, target, |id| counts.count(id, 0, window, now));
                }
                Kept::Times(times) => {
                    self.fill(moment, items, memory, target, |id| times.count(id, window, moment.time));
                }
            }
        }
    }

    fn save(&self) -> Vec<u8> {
        match &self.counts {
            Kept::Buckets(counts) => encode(counts),
            Kept::Times(times) => encode(times),
        }
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        match &mut self.counts {
            Kept::Buckets(counts) => counts.load(bytes),
            Kept::Times(times) => times.load(bytes),
        }
    }
}

impl Count {
    fn fill(
        &self,
        moment: &Moment<'_>,
        items: &[Id],
        memory: &Memory,
        target: Target<'_>,
        of: impl Fn(Id) -> u64,
    ) {
        self.key.write(moment, items, memory, target, |ids, values| {
            let count = total(ids, &of);
            values[0] = match (ids, &self.scale) {
                ([], _) => f32::NAN,
                (_, Scale::Raw) => count as f32,
                (_, Scale::Log(logs)) => logs.get(count as usize).copied().unwrap_or_else(|| log(count)),
            };
        });
    }
}

fn log(count: u64) -> f32 {
    (1.0 + count as f32).ln()
}
