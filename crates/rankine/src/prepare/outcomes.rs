//! Outcomes: which items a request led to, and the four periods.

use std::path::Path;

use jiff::Timestamp;
use rankine_learn::{Event, Id, Memory, Millis, What};
use serde::{Deserialize, Serialize};
use thin_vec::{ThinVec, thin_vec};

use super::by_id::ById;
use crate::error::Error;
use crate::problem::Problem;

/// A request and what came of it within the label's window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The number of the request.
    pub request: u32,
    /// Index of its event.
    pub event: usize,
    /// When it was known.
    pub time: Millis,
    /// Who asked.
    pub user: Id,
    /// (item, gain) of everything relevant, by item; gains are positive.
    pub relevant: ThinVec<(Id, f32)>,
    /// Where items are predicted, for each label (item, what events said of it), by item: 1, 0 or an amount.
    pub told: ThinVec<Vec<(Id, f32)>>,
}

impl Outcome {
    /// What is known of a label of an item that was shown: what an event said of it, or no where none came
    /// and that is what silence means; `None` where it is not known.
    pub fn label(&self, problem: &Problem, label: usize, item: Id) -> Option<f32> {
        let told = self.told.get(label)?;
        match told.binary_search_by_key(&item, |(item, _)| *item) {
            Ok(at) => Some(told[at].1),
            Err(_) if problem.labels.0[label].unknown => None,
            Err(_) => Some(0.0),
        }
    }
}

/// Parts of the log in time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Warms up state and the first retrievers.
    History,
    /// Scorers learn.
    Train,
    /// Parameters are chosen.
    Validation,
    /// Read once.
    Test,
}

/// Where a log has no request, a user's first interaction after a pause of the label's window implies one.
/// Returns how many were implied.
pub(super) fn imply_requests(problem: &Problem, events: &mut Vec<Event>) -> u64 {
    if events.iter().any(|event| matches!(event.what, What::Request { .. })) {
        return 0;
    }
    let pause = problem.labels.0[0].within;
    let mut open: ById<Millis> = ById::default();
    let mut implying: Vec<(usize, Id)> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let What::Interaction { user, .. } = event.what else { continue };
        let since = open.get(user).copied();
        if since.is_none_or(|since| event.known - since > pause) {
            *open.entry(user, || event.known) = event.known;
            implying.push((at, user));
        }
    }
    // Room is made within the list, from its end on: two lists of a large log are more than a machine may hold.
    let count = implying.len();
    let request = |request: u32, user: Id, (time, known): (Millis, Millis)| {
        let what = What::Request { request, user, context: ThinVec::new(), shown: ThinVec::new() };
        Event { time, known, what }
    };
    let mut from = events.len();
    events.reserve_exact(count);
    events.resize(from + count, request(0, 0, (0, 0)));
    let mut to = events.len();
    for (number, &(at, user)) in (0..count as u32).zip(&implying).rev() {
        while from > at {
            (from, to) = (from - 1, to - 1);
            events.swap(from, to);
        }
        let times = (events[to].time, events[to].known);
        to -= 1;
        events[to] = request(number, user, times);
    }
    count as u64
}

/// Gives each positive to the request it names, otherwise to the latest one of its user before it happened, where the
/// request is not older than the label's window when it becomes known.
pub(super) fn attribute(problem: &Problem, events: &[Event]) -> Vec<Outcome> {
    let labels = &problem.labels.0;
    let label = &labels[0];
    let told = thin_vec![Vec::new(); if problem.predicts() { labels.len() } else { 0 }];
    let mut memory = Memory::new(&problem.schema);
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut latest: ById<usize> = ById::default();
    // Of each request the one that its user made before.
    let mut before: Vec<Option<usize>> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let positive = problem.labels.satisfied(&event.what, &memory) & 1 == 1;
        let said: Vec<Option<f64>> =
            told.iter().zip(labels).map(|(_, label)| label.said(&event.what, &memory)).collect();
        memory.observe_fields(event);
        match &event.what {
            What::Request { request, user, .. } => {
                before.push(latest.get(*user).copied());
                *latest.entry(*user, || 0) = outcomes.len();
                let (time, user) = (event.known, *user);
                let (relevant, told) = (ThinVec::new(), told.clone());
                outcomes.push(Outcome { request: *request, event: at, time, user, relevant, told });
            }
            What::Interaction { user, item, request, .. } => {
                // What is known late may have happened before the latest request.
                let asked_later = |place: &usize| events[outcomes[*place].event].time > event.time;
                let theirs = || {
                    let latest = latest.get(*user).copied();
                    std::iter::successors(latest, |place| before[*place]).find(|place| !asked_later(place))
                };
                let place = request.map(|number| number as usize).or_else(theirs);
                let Some(outcome) = place.and_then(|place| outcomes.get_mut(place)) else { continue };
                let since = event.known - outcome.time;
                for ((said, told), label) in said.iter().zip(&mut outcome.told).zip(labels) {
                    if let Some(said) = said.filter(|_| since <= label.within) {
                        tell(told, *item, said as f32);
                    }
                }
                if positive
                    && event.known - outcome.time <= label.within
                    && !outcome.relevant.iter().any(|(of, _)| of == item)
                {
                    outcome.relevant.push((*item, 1.0));
                }
            }
            _ => {}
        }
    }
    for outcome in &mut outcomes {
        outcome.relevant.sort_by_key(|(item, _)| *item);
        outcome.relevant.shrink_to_fit();
    }
    outcomes
}

/// Adds what an event said; a yes is not taken back by a later no.
fn tell(told: &mut Vec<(Id, f32)>, item: Id, said: f32) {
    match told.binary_search_by_key(&item, |(item, _)| *item) {
        Ok(at) => told[at].1 = told[at].1.max(said),
        Err(at) => told.insert(at, (item, said)),
    }
}

/// Refuses requests that all bear one time: a split by shares would learn from some and judge by others that
/// are no later, and call that the future.
///
/// # Errors
/// Where no request is later than another.
pub(super) fn tell_apart(outcomes: &[Outcome], implied: bool, data: &Path) -> Result<(), Error> {
    let [first, .., last] = outcomes else { return Ok(()) };
    if first.time != last.time {
        return Ok(());
    }
    let requests = if implied { "requests (each a user's first interaction)" } else { "requests" };
    let time = Timestamp::from_millisecond(first.time).expect("the times of a log lie within four centuries");
    Err(Error::Data(format!(
        "{}: all {} {requests} bear the same time, {time}: no period comes after another, so that nothing \
         learned could be judged by what happened later; give each event the `time` at which it happened \
         (in a mapping, the column that its table's `time` names)",
        data.display(),
        outcomes.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::super::read::tests::problem;
    use super::*;

    const MINUTE: Millis = 60_000;

    /// A request that showed an item, or an interaction with one: (happened, known), in minutes.
    fn event(what: Result<(u32, Id), Id>, (time, known): (Millis, Millis)) -> Event {
        let what = match what {
            Ok((request, item)) => {
                What::Request { request, user: 0, context: ThinVec::new(), shown: thin_vec![item] }
            }
            Err(item) => What::Interaction { kind: 0, user: 0, item, request: None, fields: ThinVec::new() },
        };
        Event { time: time * MINUTE, known: known * MINUTE, what }
    }

    fn relevant(events: &[Event]) -> Vec<Vec<Id>> {
        let outcomes = attribute(&problem(""), events);
        outcomes.iter().map(|outcome| outcome.relevant.iter().map(|(item, _)| *item).collect()).collect()
    }

    #[test]
    fn what_is_known_late_belongs_to_the_request_before_it_happened() {
        let (first, second) = (event(Ok((0, 1)), (0, 0)), event(Ok((1, 2)), (30, 30)));
        let found = |click: Event| relevant(&[first.clone(), second.clone(), click]);
        assert_eq!(found(event(Err(1), (29, 31))), [vec![1], vec![]]);
        assert_eq!(found(event(Err(2), (31, 31))), [vec![], vec![2]]);
        // Known when the window of the first one was over.
        assert_eq!(found(event(Err(1), (29, 61))), [vec![0u32; 0], vec![]]);
        // Before anybody asked.
        assert_eq!(found(event(Err(1), (-1, 31))), [vec![0u32; 0], vec![]]);
    }

    #[test]
    fn an_implied_request_has_the_interaction_that_implies_it() {
        let mut events = vec![event(Err(1), (5, 20)), event(Err(2), (21, 21))];
        assert_eq!(imply_requests(&problem(""), &mut events), 1);
        assert_eq!(relevant(&events), [vec![1, 2]]);
    }
}
