//! What checks share: what came of each request, and the fields as they were known at it.

use std::collections::BTreeMap;

use rankine_learn::{Event, Field, Id, Memory, Value, What};

use super::super::order::Log;
use super::super::outcomes::Outcome;
use crate::problem::{FieldAt, Owner, Problem, fields};

/// The most requests whose fields are looked at, and about the most items that they show; of more, every so
/// many-th request.
const MOST: usize = 50_000;
const MOST_SHOWN: usize = 200_000;

/// What the walk through a log saw.
pub(super) struct Seen {
    /// Whether a request led to an outcome; `None` where it is not known.
    pub(super) answers: Vec<Option<bool>>,
    /// Every field with its values at requests.
    pub(super) fields: Vec<FieldSeen>,
}

/// A field with its values as they were known at requests, and what came of it.
pub(super) struct FieldSeen {
    /// As a design writes it, such as `video.seconds`.
    pub(super) name: String,
    /// (value, whether the outcome came) of each request, or of each item shown where the field is the item's.
    pub(super) values: Vec<(Simple, bool)>,
}

/// As much of a value as checks compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Simple {
    Missing,
    Number(f64),
    Word(u32),
    /// Something else is there.
    Other,
}

impl Simple {
    fn of(value: Option<&Value>) -> Simple {
        match value {
            None | Some(Value::Missing) => Simple::Missing,
            Some(Value::Number(number)) => Simple::Number(*number),
            Some(Value::Category(word)) => Simple::Word(*word),
            Some(Value::Time(time)) => Simple::Number(*time as f64),
            Some(Value::Categories(list)) if list.is_empty() => Simple::Missing,
            Some(Value::Text(text)) if text.is_empty() => Simple::Missing,
            Some(_) => Simple::Other,
        }
    }
}

impl Seen {
    /// Of a log whose requests showed so many items together.
    pub(super) fn of(problem: &Problem, log: &Log, outcomes: &[Outcome], shown: usize) -> Seen {
        let found = found_boxes(problem, log, outcomes);
        let middle = middle(problem, outcomes);
        let answers: Vec<Option<bool>> = (0..outcomes.len())
            .map(|at| match &found {
                Some(found) => found[at],
                None => answer(problem, log, &outcomes[at], middle),
            })
            .collect();
        let step = outcomes.len().div_ceil(MOST).max(shown.div_ceil(MOST_SHOWN)).max(1);
        let empty = |(name, at, _): (String, FieldAt, &Field)| {
            let many = if at.owner == Owner::Item { shown } else { outcomes.len() };
            (at, FieldSeen { name, values: Vec::with_capacity(many / step) })
        };
        let mut seen: Vec<(FieldAt, FieldSeen)> = fields(&problem.schema).map(empty).collect();
        let mut memory = Memory::new(&problem.schema);
        let mut next = 0;
        for (at, event) in log.events.iter().enumerate() {
            if let What::Request { user, context, shown, .. } = &event.what
                && outcomes.get(next).is_some_and(|outcome| outcome.event == at)
            {
                if next % step == 0 {
                    let request = Asked { user: *user, context, shown, outcome: &outcomes[next], middle };
                    let answer = answers[next];
                    for (field, seen) in &mut seen {
                        request.values(problem, &memory, *field, answer, &mut seen.values);
                    }
                }
                next += 1;
            }
            memory.observe_fields(event);
        }
        Seen { answers, fields: seen.into_iter().map(|(_, field)| field).collect() }
    }
}

/// A request at which fields are read.
struct Asked<'a> {
    user: Id,
    context: &'a [Value],
    shown: &'a [Id],
    outcome: &'a Outcome,
    middle: f32,
}

impl Asked<'_> {
    fn values(
        &self,
        problem: &Problem,
        memory: &Memory,
        field: FieldAt,
        answer: Option<bool>,
        into: &mut Vec<(Simple, bool)>,
    ) {
        match field.owner {
            Owner::Request => {
                into.extend(answer.map(|said| (Simple::of(self.context.get(field.field)), said)))
            }
            Owner::User => {
                let value = memory.user(self.user).and_then(|fields| fields.get(field.field));
                into.extend(answer.map(|said| (Simple::of(value), said)));
            }
            Owner::Item => {
                for item in self.shown {
                    let said = match (problem.detects(), problem.predicts()) {
                        (true, _) => answer,
                        (_, true) => self.outcome.label(problem, 0, *item).map(|said| said > self.middle),
                        _ => Some(self.outcome.relevant.iter().any(|(of, _)| of == item)),
                    };
                    let value = memory.item(*item).and_then(|fields| fields.get(field.field));
                    into.extend(said.map(|said| (Simple::of(value), said)));
                }
            }
        }
    }
}

/// The amount above which an outcome counts as one: 0, or the middle of the amounts that are predicted.
fn middle(problem: &Problem, outcomes: &[Outcome]) -> f32 {
    if problem.labels.0[0].value.is_none() {
        return 0.0;
    }
    let told = outcomes.iter().filter_map(|outcome| outcome.told.first()).flatten();
    let mut amounts: Vec<f32> = told.map(|(_, amount)| *amount).collect();
    amounts.sort_unstable_by(f32::total_cmp);
    amounts.get(amounts.len() / 2).copied().unwrap_or(0.0)
}

fn answer(problem: &Problem, log: &Log, outcome: &Outcome, middle: f32) -> Option<bool> {
    if !problem.predicts() {
        return Some(!outcome.relevant.is_empty());
    }
    let What::Request { shown, .. } = &log.events.get(outcome.event)?.what else { return None };
    let said = shown.iter().filter_map(|item| outcome.label(problem, 0, *item));
    said.map(|said| said > middle).reduce(|one, other| one || other)
}

/// Where boxes are sought: whether one of the first label's class was marked at each request.
fn found_boxes(problem: &Problem, log: &Log, outcomes: &[Outcome]) -> Option<Vec<Option<bool>>> {
    if !problem.detects() {
        return None;
    }
    let label = &problem.labels.0[0];
    let places: BTreeMap<u32, usize> =
        outcomes.iter().enumerate().map(|(at, outcome)| (outcome.request, at)).collect();
    let mut found = vec![None; outcomes.len()];
    for event in &log.events {
        let What::Interaction { kind, request: Some(request), fields, .. } = &event.what else { continue };
        let (Some(&place), Some(field)) = (places.get(request), problem.boxes_of(*kind)) else { continue };
        if !label.from.contains(kind) {
            continue;
        }
        let class = log.dictionary.interaction_words[*kind][field].number(&label.name);
        if let Some(Value::Boxes(boxes)) = fields.get(field) {
            let any = boxes.iter().any(|marked| Some(marked.class) == class);
            found[place] = Some(any || found[place] == Some(true));
        }
    }
    Some(found)
}

/// What an interaction says of whom, where it is one.
pub(super) fn act(event: &Event) -> Option<(usize, Id, Id, Option<u32>)> {
    match &event.what {
        What::Interaction { kind, user, item, request, .. } => Some((*kind, *user, *item, *request)),
        _ => None,
    }
}
