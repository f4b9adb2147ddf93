//! Repeats: texts of the test period that nearly agree with earlier ones.

use std::collections::{BTreeMap, BTreeSet};

use rankine_design::Split;
use rankine_learn::{Event, Id, Value, What, similar};

use super::order::Log;
use super::outcomes::Outcome;
use super::profile::Note;
use crate::problem::{FieldAt, Owner, Problem};

/// What there is to say of texts that nearly agree: how many rows were kept together, or how many texts of
/// the test period can be answered from memory.
pub(super) fn note(problem: &Problem, log: &Log, outcomes: &[Outcome], periods: &[usize; 5]) -> Option<Note> {
    let of = problem.evaluate.similar?;
    if problem.evaluate.split == Split::Shuffled && log.given.is_none() {
        let rows = log.arranged.similar;
        let message = format!(
            "{rows} rows nearly agree with an earlier one in the text of `group_similar` and were shuffled with it"
        );
        return (rows > 0).then(|| Note { code: "similar-rows".to_owned(), message });
    }
    let texts = Texts::of(problem, log, of);
    let (before, test) = outcomes.split_at(periods[3]);
    let before: BTreeSet<&str> = texts.met(log, before);
    let test: BTreeSet<&str> = texts.met(log, test);
    let all: Vec<&str> = before.iter().chain(&test).copied().collect();
    let groups = similar::groups(&all, similar::COPY);
    let (early, late) = groups.split_at(before.len());
    let known: BTreeSet<u32> = early.iter().copied().collect();
    let repeated = late.iter().filter(|group| known.contains(group)).count();
    let message = format!(
        "{repeated} of {} texts of the test period nearly agree with an earlier one: who remembers those need \
         not understand these",
        test.len()
    );
    (repeated > 0).then(|| Note { code: "near-duplicates".to_owned(), message })
}

/// The texts of a field, by whose they are.
struct Texts<'l> {
    of: FieldAt,
    /// The latest of each item or user.
    own: BTreeMap<Id, &'l str>,
}

impl<'l> Texts<'l> {
    fn of(problem: &Problem, log: &'l Log, of: FieldAt) -> Texts<'l> {
        let schema = &problem.schema;
        let wanted = match of.owner {
            Owner::Item => Some(schema.item),
            Owner::User => Some(schema.user),
            Owner::Request => None,
        };
        let one = |event: &'l Event| match &event.what {
            What::Entity { kind, id, fields } if Some(*kind) == wanted => Some((*id, text(fields, of)?)),
            _ => None,
        };
        Texts { of, own: log.events.iter().filter_map(one).collect() }
    }

    /// Those that requests were about.
    fn met(&self, log: &'l Log, outcomes: &[Outcome]) -> BTreeSet<&'l str> {
        let mut met = BTreeSet::new();
        for outcome in outcomes {
            let What::Request { user, context, shown, .. } = &log.events[outcome.event].what else {
                continue;
            };
            match self.of.owner {
                Owner::Item => met.extend(shown.iter().filter_map(|item| self.own.get(item))),
                Owner::User => met.extend(self.own.get(user)),
                Owner::Request => met.extend(text(context, self.of)),
            }
        }
        met
    }
}

fn text(fields: &[Value], of: FieldAt) -> Option<&str> {
    match fields.get(of.field) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}
