//! How far the user is in the present session.

use serde::{Deserialize, Serialize};

use super::state::{decode, encode};
use super::windows::MINUTE;
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::{Ahead, fetch};
use crate::log::{Id, Millis, What};
use crate::memory::{Memory, entry};
use crate::moment::Moment;

/// State of the session.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "session",
        what: "Of the user's session so far: [requests] and [interactions] before this moment, and [minutes] since \
               its first event. A session ends where nothing was heard of the user for longer than `gap`; at the \
               start of one all three are 0.",
        when: "Users who have just come want something else than users who have been at it for an hour.",
        avoid: "Logs whose times are days only.",
        cost: "Four whole numbers a user; one look-up a request.",
        source: "Quadrana, Cremonesi and Jannach 2018, Sequence-aware recommender systems; Catledge and Pitkow 1995, \
                 Characterizing browsing strategies in the World-Wide Web (the gap)",
        parameters: &[Parameter {
            name: "gap",
            doc: "Longest silence within a session.",
            kind: Holds::Duration,
            default: Preset::Duration(30 * MINUTE),
            search: &[],
        }],
    },
    build: |spec, _, _| {
        let gap = spec.settings.duration("gap").max(0);
        Ok(Box::new(Session { name: spec.name.clone(), state: State { gap, users: Vec::new() } }))
    },
};

struct Session {
    name: String,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    gap: Millis,
    users: Vec<Option<Sitting>>,
}

/// The latest session of a user.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Sitting {
    start: Millis,
    last: Millis,
    requests: u32,
    interactions: u32,
}

impl State {
    /// The session that a moment belongs to; one that begins there has no event yet.
    fn at(&self, user: Id, time: Millis) -> Sitting {
        let had = self.users.get(user as usize).copied().flatten();
        let lasts = had.filter(|sitting| time.saturating_sub(sitting.last) <= self.gap);
        lasts.unwrap_or(Sitting { start: time, last: time, requests: 0, interactions: 0 })
    }
}

impl Feature for Session {
    fn columns(&self) -> Vec<Column> {
        let column = |part| Column::number(format!("{}[{part}]", self.name));
        ["requests", "interactions", "minutes"].map(column).to_vec()
    }

    fn observe(&mut self, seen: &Seen<'_>, _: &Memory) {
        let (user, requests, interactions) = match &seen.event.what {
            What::Request { user, .. } => (*user, 1, 0),
            What::Interaction { user, .. } => (*user, 0, 1),
            What::Entity { .. } => return,
        };
        let mut sitting = self.state.at(user, seen.event.known);
        sitting.last = sitting.last.max(seen.event.known);
        sitting.requests = sitting.requests.saturating_add(requests);
        sitting.interactions = sitting.interactions.saturating_add(interactions);
        *entry(&mut self.state.users, user) = Some(sitting);
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        let [slots, ..] = ahead.users;
        slots.iter().for_each(|user| fetch(&self.state.users, *user as usize));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], _: &Memory, rows: &mut Rows, first: usize) {
        let sitting = self.state.at(moment.user, moment.time);
        let passed = moment.time.saturating_sub(sitting.start).max(0);
        let minutes = passed as f64 / MINUTE as f64;
        let values = [sitting.requests as f32, sitting.interactions as f32, minutes as f32];
        rows.fill_alike(first..first + 3, items.len(), |cells| cells.copy_from_slice(&values));
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: State = decode(bytes)?;
        if loaded.gap != self.state.gap {
            return Err("the state belongs to another gap".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}
