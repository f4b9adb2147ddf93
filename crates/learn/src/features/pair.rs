//! How often this user met this item.

use serde::{Deserialize, Serialize};

use super::state::{decode, encode};
use super::windows::{DAY, MINUTE, PARTS, bucket, place};
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::{Ahead, fetch_lists};
use crate::log::{Id, Millis};
use crate::memory::{Memory, entry};
use crate::moment::Moment;

/// Meetings of a user with an item.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "pair",
        what: "ln(1 + how often) this user met this item within a window, among the latest meetings of the user; \
               0 if never.",
        when: "Repeats: what was shown and passed over tires, what was taken before may be taken again.",
        avoid: "Logs that do not say what was shown, with `impression` as the event.",
        cost: "At most `cap` meetings a user; one sort of them a request and a binary search a candidate.",
        source: "Aharon et al. 2019, Soft frequency capping for improved ad click prediction",
        parameters: &[
            Signal::parameter(
                "What is a meeting: an interaction, a label, or `impression` for being shown.",
                Preset::Word("impression"),
            ),
            Parameter {
                name: "window",
                doc: "How far back meetings count, a minute or more; it covers 24 whole buckets and the open one.",
                kind: Holds::Duration,
                default: Preset::Duration(30 * DAY),
                search: &[],
            },
            Parameter {
                name: "cap",
                doc: "Meetings kept per user, the latest ones.",
                kind: Holds::Count { min: 1, max: 10_000 },
                default: Preset::Count(200),
                search: &[],
            },
        ],
    },
    build: |spec, schema, labels| {
        let window = spec.settings.duration("window");
        if window < MINUTE {
            return spec.fit("window", Err("`window` is shorter than a minute".to_owned()));
        }
        Ok(Box::new(Pair {
            name: spec.name.clone(),
            signal: spec.fit("event", Signal::find(spec.settings.word("event"), schema, labels))?,
            cap: spec.settings.count("cap").max(1),
            met: Met { bucket: bucket(window), users: Vec::new() },
        }))
    },
};

struct Pair {
    name: String,
    signal: Signal,
    cap: usize,
    met: Met,
}

#[derive(Debug, Serialize, Deserialize)]
struct Met {
    bucket: Millis,
    /// (item, bucket) of each user's meetings, in order of arrival.
    users: Vec<Vec<(Id, i32)>>,
}

impl Feature for Pair {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, seen: &Seen<'_>, _: &Memory) {
        let now = place(seen.event.known, self.met.bucket);
        self.signal.each(seen, |user, item| {
            let meetings = entry(&mut self.met.users, user);
            let over = (meetings.len() + 1).saturating_sub(self.cap);
            meetings.drain(..over);
            meetings.push((item, now));
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        fetch_lists(&self.met.users, ahead.users);
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], _: &Memory, rows: &mut Rows, first: usize) {
        let now = place(moment.time, self.met.bucket);
        let window = now.saturating_sub(PARTS)..=now;
        let meetings = self.met.users.get(moment.user as usize).map_or(&[][..], Vec::as_slice);
        let mut met: Vec<Id> =
            meetings.iter().filter(|(_, at)| window.contains(at)).map(|(item, _)| *item).collect();
        met.sort_unstable();
        for (cell, &item) in rows.column_mut(first).zip(items) {
            let from = met.partition_point(|&other| other < item);
            let times = met[from..].iter().take_while(|&&other| other == item).count();
            *cell = (times as f32).ln_1p();
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.met)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: Met = decode(bytes)?;
        if loaded.bucket != self.met.bucket || loaded.users.iter().any(|user| user.len() > self.cap) {
            return Err("the state belongs to another window or cap".to_owned());
        }
        self.met = loaded;
        Ok(())
    }
}
