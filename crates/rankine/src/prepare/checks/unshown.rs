//! Outcomes without an impression: events with items that their request did not show.

use rankine_learn::What;

use super::seen::act;
use super::{Card, Check, Facts, Found, graded, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "interactions-without-impression",
        what: "Events that name a request which did not show their item, or which is not there.",
        why: "A rate with such events above and impressions below is no rate, and negatives drawn from impressions are \
              too few.",
        cause: "Likely impressions are logged on some pages only, or come from another system than the events.",
        help: "Find out where the item was seen, and log that as a request or leave these events out of the label.",
        stops: false,
    },
    look,
};

fn look(facts: &Facts<'_>) -> Found {
    let label = &facts.problem.labels.0[0];
    let mut shown = Vec::new();
    for outcome in facts.outcomes {
        let What::Request { request, shown: items, .. } = &facts.log.events[outcome.event].what else {
            continue;
        };
        if shown.len() <= *request as usize {
            shown.resize(*request as usize + 1, &[][..]);
        }
        shown[*request as usize] = items.as_slice();
    }
    let (mut named, mut unseen, mut examples) = (0u64, 0u64, Vec::new());
    for event in &facts.log.events {
        let Some((kind, user, item, Some(request))) = act(event) else { continue };
        let items = shown.get(request as usize).copied().unwrap_or_default();
        if !label.from.contains(&kind) || items.is_empty() {
            continue;
        }
        named += 1;
        if !items.contains(&item) {
            unseen += 1;
            if examples.len() < super::EXAMPLES {
                let event = &facts.problem.schema.interactions[kind].name;
                examples.push(format!("`{event}` of `{}` with `{}`", facts.user(user), facts.item(item)));
            }
        }
    }
    let orphans = facts.log.orphans;
    if named + orphans == 0 {
        return Found::pass("No event names a request that says what it showed.");
    }
    let share = (unseen + orphans) as f64 / (named + orphans) as f64;
    let message = format!(
        "{unseen} of {named} events name a request that did not show their item, {orphans} one that is not in the \
         log ({} together).",
        percent(share)
    );
    Found::new(graded(share, 0.005, 0.5), message)
        .count("named", named as f64)
        .count("unshown", unseen as f64)
        .count("orphans", orphans as f64)
        .examples(examples)
}
