//! How the numbers that came with events spread over a few ranges, in sliding windows.

use super::amount::{self, Amount};
use super::key::{self, Key, Target, distinct};
use super::source::Source;
use super::state::{decode, encode};
use super::windows::{self, Counts};
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::Ahead;
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// Shares of ranges.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "histogram",
        what: "The share of events of an item, a user or a word of the item whose number lies in each range, in \
               each window; or the share of the range that the candidate's own number lies in. Missing where no \
               event had a number.",
        when: "Tastes in a number that are not about its mean: cheap and dear but nothing between, short clips \
               and films.",
        avoid: "Ranges that hardly any event falls in.",
        cost: "At most 25 whole numbers a key, window and range; a look-up for each of them a candidate.",
        source: "Poosala et al. 1996, Improved histograms for selectivity estimation of range predicates",
        parameters: &[
            amount::EVENT,
            amount::PARAMETER,
            key::POOLED,
            Parameter {
                name: "edges",
                doc: "Where the next range begins, ascending, at most 31: [10, 50] makes three ranges.",
                kind: Holds::Numbers,
                default: Preset::Required,
                search: &[],
            },
            windows::PARAMETER,
            Parameter {
                name: "write",
                doc: "`shares` writes those of all ranges; `own` that of the range of the candidate's own number, \
                      where `value` is a field of the item.",
                kind: Holds::Choice(&["shares", "own"]),
                default: Preset::Word("shares"),
                search: &[],
            },
        ],
    },
    build: |spec, schema, labels| {
        let settings = &spec.settings;
        let lengths = spec.fit(windows::PARAMETER.name, windows::lengths(settings))?;
        let (edges, amount) = (settings.numbers("edges"), Amount::of(spec, schema)?);
        if edges.is_empty() || edges.len() > 31 {
            return spec.fit("edges", Err("`edges` needs between 1 and 31 numbers".to_owned()));
        }
        if !edges.is_sorted_by(|left, right| left < right) {
            return spec.fit("edges", Err("`edges` do not ascend".to_owned()));
        }
        let own = match (settings.word("write"), amount.of_item()) {
            ("shares", _) => None,
            (_, Some(own)) => Some(own),
            _ => {
                let why = format!("`{}` is not a field of the item", settings.word("value"));
                return spec.fit("write", Err(format!("a candidate has no number of its own: {why}")));
            }
        };
        let range = |at: usize| match at {
            0 => format!("<{}", edges[0]),
            at if at == edges.len() => format!(">={}", edges[at - 1]),
            at => format!("{}..{}", edges[at - 1], edges[at]),
        };
        let names = |length: i64| -> Vec<String> {
            let stem = format!("{}[{}", spec.name, windows::name(length));
            match own {
                Some(_) => vec![format!("{stem}]")],
                None => (0..=edges.len()).map(|at| format!("{stem},{}]", range(at))).collect(),
            }
        };
        Ok(Box::new(Histogram {
            names: lengths.iter().flat_map(|&length| names(length)).collect(),
            signal: spec.fit("event", Signal::find(settings.word("event"), schema, labels))?,
            amount,
            key: spec.fit("of", Key::find(settings.word("of"), schema))?,
            edges: edges.to_vec(),
            own,
            counts: Counts::new(edges.len() + 1, &lengths),
        }))
    },
};

struct Histogram {
    names: Vec<String>,
    signal: Signal,
    amount: Amount,
    key: Key,
    edges: Vec<f64>,
    /// The candidate's own number, where its range alone is written.
    own: Option<Source>,
    counts: Counts,
}

impl Histogram {
    fn range(&self, number: f64) -> usize {
        self.edges.partition_point(|edge| *edge <= number)
    }

    /// The share of each range; none where nothing was counted.
    fn shares(&self, ids: &[Id], window: usize, now: i32) -> Option<Vec<f64>> {
        let count = |range| distinct(ids).map(|id| self.counts.count(id, range, window, now)).sum::<u64>();
        let counts: Vec<u64> = (0..=self.edges.len()).map(count).collect();
        let all: u64 = counts.iter().sum();
        (all > 0).then(|| counts.iter().map(|&count| count as f64 / all as f64).collect())
    }
}

impl Feature for Histogram {
    fn columns(&self) -> Vec<Column> {
        self.names.iter().map(Column::number).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        self.signal.each(seen, |user, item| {
            let Some(number) = self.amount.read(seen, user, item, memory) else { return };
            let range = self.edges.partition_point(|edge| *edge <= number);
            for id in distinct(self.key.ids(&user, &item, memory)) {
                self.counts.add(id, range, seen.event.known);
            }
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        self.counts.fetch(self.key.ahead(ahead));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        for window in 0..self.counts.windows() {
            let now = self.counts.place(window, moment.time);
            let Some(own) = self.own else {
                let width = self.edges.len() + 1;
                let target = Target { rows: &mut *rows, first: first + window * width, width };
                self.key.write(moment, items, memory, target, |ids, values| {
                    match self.shares(ids, window, now) {
                        Some(shares) => {
                            values.iter_mut().zip(shares).for_each(|(value, share)| *value = share as f32);
                        }
                        None => values.fill(f32::NAN),
                    }
                });
                continue;
            };
            let one = |item: &Id| {
                let range = self.range(own.number(moment, *item, memory)?);
                Some(self.shares(self.key.ids(&moment.user, item, memory), window, now)?[range])
            };
            for (cell, item) in rows.column_mut(first + window).zip(items) {
                *cell = one(item).map_or(f32::NAN, |share| share as f32);
            }
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&(&self.edges, &self.counts))
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let (edges, loaded): (Vec<f64>, Counts) = decode(bytes)?;
        if edges != self.edges || !self.counts.accepts(&loaded) {
            return Err("the state belongs to other windows or ranges".to_owned());
        }
        self.counts = loaded;
        Ok(())
    }
}
