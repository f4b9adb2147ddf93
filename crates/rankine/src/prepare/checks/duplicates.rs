//! The same event more than once, or the same item in one list.

use std::collections::HashSet;

use rankine_learn::{Event, Id, What};

use super::super::by_id::ById;
use super::{Card, Check, Facts, Found, Status, graded, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "duplicates",
        what: "Events with the id of an earlier one, events that repeat another one to the millisecond, and requests \
               that show an item twice.",
        why: "What is written twice counts twice: in features, in labels and in every figure.",
        cause: "Likely an export was appended to itself, or a client sends again what was not answered in time.",
        help: "Give each event an `id`: a repeated id is kept aside by itself.",
        stops: false,
    },
    look,
};

fn look(facts: &Facts<'_>) -> Found {
    let by_id = facts.log.rejected.counts.get("duplicate").copied().unwrap_or(0);
    let events = &facts.log.events;
    let mut acts: Vec<&Event> =
        events.iter().filter(|event| matches!(event.what, What::Interaction { .. })).collect();
    // Only what is of one moment can repeat; most logs are sorted by it but for some late lines.
    acts.sort_by_key(|event| event.time);
    let mut met: HashSet<(usize, u32, u32, Option<u32>)> = HashSet::new();
    let (mut moment, mut same, mut examples) = (None, 0u64, Vec::new());
    for event in &acts {
        let What::Interaction { kind, user, item, request, .. } = &event.what else { continue };
        if moment.replace(event.time) != Some(event.time) {
            met.clear();
            met.shrink_to(64);
        }
        if !met.insert((*kind, *user, *item, *request)) {
            same += 1;
            if examples.len() < super::EXAMPLES {
                let event = &facts.problem.schema.interactions[*kind].name;
                examples.push(format!("`{event}` of `{}` with `{}`", facts.user(*user), facts.item(*item)));
            }
        }
    }
    let acts = acts.len() as u64;
    let share = (by_id + same) as f64 / ((acts + by_id) as f64).max(1.0);
    let (twice, listed) = shown_twice(facts);
    examples.extend(listed);
    if by_id + same + twice == 0 {
        return Found::pass(format!("No event of {acts} stands there twice."));
    }
    let mut message = format!(
        "{by_id} lines bear the id of an earlier one and were kept aside; {same} of {acts} events ({}) repeat \
         another one of the same moment.",
        percent(same as f64 / (acts as f64).max(1.0))
    );
    let mut status = graded(share, 0.001, 0.2);
    if twice > 0 {
        message.push_str(&format!(" {twice} requests show an item twice."));
        status = status.max(Status::Warn);
    }
    Found::new(status, message)
        .count("by_id", by_id as f64)
        .count("same_moment", same as f64)
        .count("shown_twice", twice as f64)
        .examples(examples)
}

/// Requests that show an item more than once, and the first of them.
fn shown_twice(facts: &Facts<'_>) -> (u64, Option<String>) {
    let (mut twice, mut first) = (0, None);
    // The latest event that showed each item, from 1.
    let mut latest: ById<usize> = ById::default();
    for (at, event) in (1..).zip(&facts.log.events) {
        let What::Request { user, shown, .. } = &event.what else { continue };
        let mut again: Option<Id> = None;
        for item in shown {
            if std::mem::replace(latest.entry(*item, || 0), at) == at {
                again = again.into_iter().chain([*item]).min();
            }
        }
        let Some(again) = again else { continue };
        twice += 1;
        first.get_or_insert_with(|| {
            format!("a request of `{}` shows `{}` twice", facts.user(*user), facts.item(again))
        });
    }
    (twice, first)
}
