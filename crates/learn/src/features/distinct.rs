//! How many different items, users or words the events of a key had, in sliding windows.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::key::{self, Key, Target};
use super::state::{decode, encode};
use super::windows::{self, bucket, reach};
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::{Ahead, fetch, fetch_each};
use crate::log::{Id, Millis};
use crate::memory::{Memory, entry};
use crate::moment::Moment;
use crate::random::hash;

/// Distinct counts.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "distinct",
        what: "An estimate of how many different items, users or words of the item the events of an item, a user \
               or a word had in each window; missing where the item lacks the field.",
        when: "Breadth rather than volume: how many people an item reached, how many genres a user roams.",
        avoid: "More than some four times `cells` different ones, where the estimate saturates.",
        cost: "At most `cells` moments a key; all of them are read for a value.",
        source: "Whang, Vander-Zanden and Taylor 1990, A linear-time probabilistic counting algorithm for database \
                 applications; Kim and O'Hallaron 2003, Counting network flows in real time (moments for bits)",
        parameters: &[
            Signal::COUNTED,
            Parameter {
                name: "what",
                doc: "What must differ: the item's entity, the user's, or a category field of the item.",
                kind: Holds::Entity,
                default: Preset::Required,
                search: &[],
            },
            key::POOLED,
            windows::PARAMETER,
            Parameter::count(
                "cells",
                "Cells that names are hashed to, a key: with 256 of them 100 names are counted to some 5%.",
                (16, 4_096),
                256,
                &[],
            ),
            windows::SCALE,
        ],
    },
    build: |spec, schema, labels| {
        let settings = &spec.settings;
        let lengths = spec.fit(windows::PARAMETER.name, windows::lengths(settings))?;
        let what = spec.fit("what", Key::find(settings.word("what"), schema))?;
        let key = spec.fit("of", Key::find(settings.word("of"), schema))?;
        if what == key {
            return spec.fit("what", Err("`what` and `of` are the same: there is always one".to_owned()));
        }
        Ok(Box::new(Distinct {
            names: windows::names(&spec.name, &lengths),
            signal: spec.fit("event", Signal::find(settings.word("event"), schema, labels))?,
            what,
            key,
            raw: settings.word("scale") == "raw",
            state: State {
                buckets: lengths.iter().copied().map(bucket).collect(),
                cells: settings.count("cells").clamp(16, 4_096),
                keys: Vec::new(),
            },
        }))
    },
};

struct Distinct {
    names: Vec<String>,
    signal: Signal,
    what: Key,
    key: Key,
    raw: bool,
    state: State,
}

/// What a key keeps.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cells {
    /// (cell, when a name last fell in it) by cell.
    seen: Vec<(u16, Millis)>,
    /// A time that none of them is older than; none where it is not known.
    #[serde(skip)]
    since: Option<Millis>,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    /// The width of each window's buckets in milliseconds.
    buckets: Vec<Millis>,
    cells: usize,
    keys: Vec<Cells>,
}

impl State {
    fn cell(&self, name: Id) -> u16 {
        (hash(6, &[u64::from(name)]) % self.cells as u64) as u16
    }

    fn see(&mut self, key: Id, name: Id, time: Millis) {
        let cell = self.cell(name);
        let mut cells = std::mem::take(entry(&mut self.keys, key));
        let windows: SmallVec<[_; 3]> = self.buckets.iter().map(|&width| reach(time, width)).collect();
        let reached = |last: Millis| last > time || windows.iter().any(|window| window.contains(&last));
        let Cells { seen, since } = &mut cells;
        let counted = match seen.binary_search_by_key(&cell, |have| have.0) {
            Ok(at) => {
                let last = seen[at].1;
                seen[at].1 = last.max(time);
                reached(last)
            }
            Err(at) => {
                seen.insert(at, (cell, time));
                false
            }
        };
        *since = since.map(|since| since.min(time));
        // A good moment to forget those that no window reaches any more.
        if !counted && !since.is_some_and(reached) {
            seen.retain(|have| reached(have.1));
            *since = seen.iter().map(|have| have.1).min();
        }
        self.keys[key as usize] = cells;
    }

    /// The estimate of how many names fell in as many cells.
    fn estimate(&self, used: usize) -> f64 {
        let all = self.cells as f64;
        // Where every cell is used, half of one is taken to be free.
        let free = (all - used as f64).max(0.5);
        all * (all / free).ln()
    }
}

impl Feature for Distinct {
    fn columns(&self) -> Vec<Column> {
        self.names.iter().map(Column::number).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        self.signal.each(seen, |user, item| {
            for id in key::distinct(self.key.ids(&user, &item, memory)) {
                for &name in self.what.ids(&user, &item, memory) {
                    self.state.see(id, name, seen.event.known);
                }
            }
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        fetch_each(&self.state.keys, self.key.ahead(ahead), |cells| fetch(&cells.seen, 0));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let state = &self.state;
        for (window, &width) in state.buckets.iter().enumerate() {
            let reach = reach(moment.time, width);
            let target = Target { rows: &mut *rows, first: first + window, width: 1 };
            self.key.write(moment, items, memory, target, |ids, values| {
                let cells = |id: Id| state.keys.get(id as usize).map_or(&[][..], |cells| &cells.seen);
                let used = match ids {
                    [] => {
                        values[0] = f32::NAN;
                        return;
                    }
                    [id] => cells(*id).iter().filter(|have| reach.contains(&have.1)).count(),
                    several => {
                        let all = several.iter().flat_map(|id| cells(*id));
                        let within = all.filter(|have| reach.contains(&have.1));
                        let mut used: Vec<u16> = within.map(|have| have.0).collect();
                        used.sort_unstable();
                        used.dedup();
                        used.len()
                    }
                };
                let count = state.estimate(used);
                values[0] = (if self.raw { count } else { count.ln_1p() }) as f32;
            });
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: State = decode(bytes)?;
        let own = &self.state;
        let sound = |cells: &Cells| {
            let ascending = cells.seen.is_sorted_by(|left, right| left.0 < right.0);
            ascending && cells.seen.last().is_none_or(|have| usize::from(have.0) < own.cells)
        };
        if (&loaded.buckets, loaded.cells) != (&own.buckets, own.cells) || !loaded.keys.iter().all(sound) {
            return Err("the state belongs to other windows or another number of cells".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_about_right() {
        let day = 24 * windows::HOUR;
        let empty = || State { buckets: vec![bucket(day)], cells: 256, keys: Vec::new() };
        for names in [0u32, 1, 10, 100, 400, 800] {
            let mut state = empty();
            (0..3 * names).for_each(|at| state.see(2, at % names, day));
            let used = state.keys.get(2).map_or(0, |cells| cells.seen.len());
            let (have, want) = (state.estimate(used), f64::from(names));
            assert!((have - want).abs() <= 0.15 * want + 0.01, "{names}: {have}");
        }
        let mut state = empty();
        (0..100_000).for_each(|at| state.see(0, at, day));
        assert!(state.keys[0].seen.len() <= 256 && state.estimate(256).is_finite());
        // A month later all of them are forgotten but the newest.
        state.see(0, 5, 31 * day);
        state.see(0, 1_000_000, 62 * day);
        assert!(state.keys[0].seen.len() <= 2);
    }
}
