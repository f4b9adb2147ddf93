//! The profile of a log: counts, ranges and what looks wrong.

use std::collections::BTreeMap;

use rankine_design::Split;
use rankine_learn::{Millis, Value, What};
use serde::{Deserialize, Serialize};

use super::by_id::{ById, Ids};
use super::checks::Checked;
use super::order::{Log, Rejected};
use super::outcomes::Outcome;
use crate::error::Error;
use crate::problem::Problem;

/// What a log holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Events taken.
    pub events: u64,
    /// Users named.
    pub users: u64,
    /// Items named.
    pub items: u64,
    /// Requests, also implied ones.
    pub requests: u64,
    /// Requests that were implied by a pause, the log having none.
    pub implied_requests: u64,
    /// Items shown, over all requests.
    pub impressions: u64,
    /// Interactions by kind.
    pub interactions: BTreeMap<String, u64>,
    /// Positives of the first label.
    pub positives: u64,
    /// Share of requests that led to at least one.
    pub label_rate: f64,
    /// First and last moment, in milliseconds since the epoch.
    pub range: (Millis, Millis),
    /// Requests in history, train, validation, test.
    pub periods: [u64; 4],
    /// Requests a day, by day since the epoch.
    pub daily: Vec<(i64, u64)>,
    /// Share of positives that the tenth of the items with the most of them gets.
    pub head_share: f64,
    /// For each field of the schema, the share of entities that lack it.
    pub missing: BTreeMap<String, f64>,
    /// Lines that could not be taken, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// The first of them.
    pub examples: Vec<Rejected>,
    /// What looks wrong.
    pub notes: Vec<Note>,
    /// How the checks of the data came out.
    pub checks: Vec<Checked>,
}

/// Something that looks wrong with a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Kind of trouble, in small letters and dashes.
    pub code: String,
    /// A sentence with its numbers.
    pub message: String,
}

/// How many rejected lines a profile shows.
const SHOWN: usize = 1000;

pub(super) fn profile(
    problem: &Problem,
    log: &Log,
    outcomes: &[Outcome],
    periods: &[usize; 5],
    implied: u64,
) -> Profile {
    let schema = &problem.schema;
    let mut made = Profile {
        events: log.events.len() as u64 - implied,
        users: log.dictionary.entities[schema.user].len() as u64,
        items: log.dictionary.entities[schema.item].len() as u64,
        requests: outcomes.len() as u64,
        implied_requests: implied,
        range: (log.events[0].known, log.events[log.events.len() - 1].known),
        examples: log.rejected.first.iter().take(SHOWN).cloned().collect(),
        ..Profile::default()
    };
    for at in 0..4 {
        made.periods[at] = (periods[at + 1] - periods[at]) as u64;
    }
    let mut daily: BTreeMap<i64, u64> = BTreeMap::new();
    let mut interactions = vec![0; schema.interactions.len()];
    let mut described: Vec<ById<Vec<bool>>> = vec![ById::default(); schema.entities.len()];
    let mut active: [Ids; 2] = Default::default();
    for event in &log.events {
        match &event.what {
            What::Entity { kind, id, fields } => {
                let given = described[*kind].entry(*id, || vec![false; fields.len()]);
                for (given, value) in given.iter_mut().zip(fields) {
                    *given |= *value != Value::Missing;
                }
            }
            What::Request { shown, user, .. } => {
                made.impressions += shown.len() as u64;
                *daily.entry(event.known.div_euclid(86_400_000)).or_default() += 1;
                active[0].insert(*user);
                shown.iter().for_each(|item| active[1].insert(*item));
            }
            What::Interaction { kind, user, item, .. } => {
                interactions[*kind] += 1;
                active[0].insert(*user);
                active[1].insert(*item);
            }
        }
    }
    made.daily = daily.into_iter().collect();
    for (kind, count) in schema.interactions.iter().zip(interactions) {
        *made.interactions.entry(kind.name.clone()).or_default() += count;
    }
    outcome_counts(&mut made, outcomes);
    for (entity, described) in schema.entities.iter().zip(&described) {
        for (at, field) in entity.fields.iter().enumerate() {
            let without = described.values().filter(|given| !given.get(at).copied().unwrap_or(false)).count();
            let share = if described.is_empty() { 1.0 } else { without as f64 / described.len() as f64 };
            made.missing.insert(format!("{}.{}", entity.name, field.name), share);
        }
    }
    made.rejected.clone_from(&log.rejected.counts);
    made.notes = notes(problem, log, &made, &described, &active);
    made
}

fn outcome_counts(made: &mut Profile, outcomes: &[Outcome]) {
    let mut by_item: ById<u64> = ById::default();
    for (item, _) in outcomes.iter().flat_map(|outcome| &outcome.relevant) {
        by_item.count(*item);
    }
    made.positives = by_item.values().sum();
    let with = outcomes.iter().filter(|outcome| !outcome.relevant.is_empty()).count();
    made.label_rate = with as f64 / outcomes.len().max(1) as f64;
    let mut counts: Vec<u64> = by_item.values().copied().collect();
    counts.sort_unstable_by(|left, right| right.cmp(left));
    let head: u64 = counts.iter().take((made.items as usize).div_ceil(10)).sum();
    made.head_share = head as f64 / made.positives.max(1) as f64;
}

/// What may have kept events out of the periods or the label, as (code, sentence).
fn causes(problem: &Problem, log: &Log) -> Vec<(&'static str, String)> {
    let mut causes: Vec<_> =
        log.rejected.sentence().map(|sentence| ("rejected", sentence)).into_iter().collect();
    let acts = || log.events.iter().filter(|event| matches!(event.what, What::Interaction { .. }));
    let early = acts().filter(|event| (1..SECONDS_UNTIL_2100).contains(&event.time)).count();
    if early > 0 && problem.evaluate.split == Split::Time {
        let sentence = format!(
            "{early} events happened in the first weeks of 1970: times are read as milliseconds, are these seconds?"
        );
        causes.push(("early-times", sentence));
    }
    causes
}

/// The seconds from 1970 to 2100, which as milliseconds are less than seven weeks.
const SECONDS_UNTIL_2100: Millis = 4_102_444_800;

/// An error about the data with what may have caused it.
pub(super) fn with_causes(error: Error, problem: &Problem, log: &Log, outcomes: &[Outcome]) -> Error {
    let Error::Data(mut message) = error else { return error };
    let label = &problem.labels.0[0];
    if outcomes.iter().all(|outcome| outcome.relevant.is_empty()) {
        let names = label.from.iter().map(|kind| format!("`{}`", problem.schema.interactions[*kind].name));
        let counts =
            |what: &What| matches!(what, What::Interaction { kind, .. } if label.from.contains(kind));
        message.push_str(&format!(
            "; of {} events {} none met the label's `when` within its `within` of a request",
            log.events.iter().filter(|event| counts(&event.what)).count(),
            names.collect::<Vec<_>>().join(", ")
        ));
    }
    for (_, cause) in causes(problem, log) {
        message.push_str("; ");
        message.push_str(&cause);
    }
    Error::Data(message)
}

fn notes(
    problem: &Problem,
    log: &Log,
    made: &Profile,
    described: &[ById<Vec<bool>>],
    active: &[Ids; 2],
) -> Vec<Note> {
    let schema = &problem.schema;
    let mut notes = Vec::new();
    let mut note = |code: &str, count: u64, message: String| {
        if count > 0 {
            notes.push(Note { code: code.to_owned(), message });
        }
    };
    for (code, message) in causes(problem, log) {
        note(code, 1, message);
    }
    note("filtered", log.filtered, format!("{} rows were left out by the mapping's filter", log.filtered));
    let late = log.out_of_order;
    note(
        "out-of-order",
        late,
        format!("{late} lines stood after one that was known later; the log was sorted"),
    );
    let orphans = log.orphans;
    note(
        "orphan-request",
        orphans,
        format!("{orphans} interactions name a request that is not in the log before them"),
    );
    let implied = made.implied_requests;
    note(
        "implied-requests",
        implied,
        format!(
            "the log has no requests: {implied} were implied, one at a user's first interaction and at each that \
             comes later than the label's window after the one before; \
         nothing is known of what was shown"
        ),
    );
    for (kind, seen) in [(schema.user, &active[0]), (schema.item, &active[1])] {
        let name = &schema.entities[kind].name;
        let unknown = seen.iter().filter(|(id, ())| described[kind].get(*id).is_none()).count() as u64;
        if !described[kind].is_empty() {
            note("orphan-entity", unknown, format!("{unknown} ids of `{name}` act but were never described"));
        }
    }
    for (name, count) in &made.interactions {
        if *count == 0 {
            note(
                "absent-event",
                1,
                format!("no event `{name}` in the log; features of it hold their default"),
            );
        }
    }
    for (field, share) in made.missing.iter().filter(|(_, share)| **share > 0.5) {
        note("mostly-missing", 1, format!("`{field}` is missing in {:.0}% of the entities", share * 100.0));
    }
    for label in problem.labels.0.iter().filter(|_| problem.detects()) {
        let known = |kind: &usize| {
            let field = problem.boxes_of(*kind)?;
            log.dictionary.interaction_words[*kind][field].number(&label.name)
        };
        if label.from.iter().find_map(known).is_none() {
            let name = &label.name;
            note(
                "absent-class",
                1,
                format!("no box of the class `{name}` in the log: nothing is said of it"),
            );
        }
    }
    // That every picture was annotated is no sign of an easy label.
    if made.label_rate > 0.95 && !problem.detects() {
        note(
            "label-rate",
            1,
            format!("{:.0}% of the requests succeed: is the label too easy?", made.label_rate * 100.0),
        );
    } else if made.label_rate < 0.01 {
        note("label-rate", 1, format!("only {:.2}% of the requests succeed", made.label_rate * 100.0));
    }
    notes
}
