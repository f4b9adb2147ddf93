//! Outcomes without an impression: events with items that their request did not show.

use rankine_learn::What;

use super::seen::act;
use super::{Card, Check, Facts, Found, graded, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "interactions-without-impression",
        what: "Events that name a request which did not show their item, which is another user's, or which is not there.",
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
        let What::Request { request, user, shown: items, .. } = &facts.log.events[outcome.event].what else {
            continue;
        };
        if shown.len() <= *request as usize {
            shown.resize(*request as usize + 1, (*user, &[][..]));
        }
        shown[*request as usize] = (*user, items.as_slice());
    }
    let (mut named, mut unseen, mut of_others, mut examples) = (0u64, 0u64, 0u64, Vec::new());
    for event in &facts.log.events {
        let Some((kind, user, item, Some(request))) = act(event) else { continue };
        let Some((asked, items)) = shown.get(request as usize).copied() else { continue };
        if !label.from.contains(&kind) || items.is_empty() {
            continue;
        }
        named += 1;
        let (missing, other) = (!items.contains(&item), asked != user);
        unseen += u64::from(missing);
        of_others += u64::from(other && !missing);
        if (missing || other) && examples.len() < super::EXAMPLES {
            let event = &facts.problem.schema.interactions[kind].name;
            examples.push(format!("`{event}` of `{}` with `{}`", facts.user(user), facts.item(item)));
        }
    }
    let orphans = facts.log.orphans;
    if named + orphans == 0 {
        return Found::pass("No event names a request that says what it showed.");
    }
    let share = (unseen + of_others + orphans) as f64 / (named + orphans) as f64;
    let others = if of_others > 0 { format!(", {of_others} one of another user") } else { String::new() };
    let message = format!(
        "{unseen} of {named} events name a request that did not show their item{others}, {orphans} one that is not in \
         the log before them ({} together).",
        percent(share)
    );
    Found::new(graded(share, 0.005, 0.5), message)
        .count("named", named as f64)
        .count("unshown", unseen as f64)
        .count("of_others", of_others as f64)
        .count("orphans", orphans as f64)
        .examples(examples)
}
