//! How many users and items of each period were never met before it.

use rankine_learn::What;

use super::super::by_id::Ids;
use super::{Card, Check, Facts, Found, Status, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "newcomers",
        what: "The share of users and items of each period that no earlier period knows.",
        why: "Of newcomers no history tells anything: what is learned for ids is worth little where most are new.",
        cause: "Likely users are not recognised when they return, or the catalogue turns over fast.",
        help: "Use features that newcomers have, fields rather than ids, and look at the slices of what is new.",
        stops: false,
    },
    look,
};

fn look(facts: &Facts<'_>) -> Found {
    let mut known: [Ids; 2] = Default::default();
    let (mut bars, mut last) = (Vec::new(), [0.0, 0.0]);
    for (name, range) in facts.by_period() {
        let mut met: [Ids; 2] = Default::default();
        for outcome in &facts.outcomes[range] {
            met[0].insert(outcome.user);
            if let What::Request { shown, .. } = &facts.log.events[outcome.event].what {
                shown.iter().for_each(|item| met[1].insert(*item));
            }
            outcome.relevant.iter().for_each(|(item, _)| met[1].insert(*item));
        }
        for (side, (met, known)) in met.into_iter().zip(&mut known).enumerate() {
            let new = met.iter().filter(|(id, ())| !known.contains(*id)).count();
            last[side] = new as f64 / (met.len() as f64).max(1.0);
            if name != "history" {
                let who = if side == 0 {
                    &facts.problem.schema.user().name
                } else {
                    &facts.problem.schema.item().name
                };
                bars.push((format!("{who}, {name}"), last[side]));
            }
            met.iter().for_each(|(id, ())| known.insert(id));
        }
    }
    let [users, items] = last;
    let message = format!(
        "Of the test period {} of the users and {} of the items are new.",
        percent(users),
        percent(items)
    );
    // Where something else than time divides a table of examples, each row may be somebody of its own.
    let alone = facts.profile.users as usize >= facts.outcomes.len()
        || facts.profile.items as usize >= facts.outcomes.len();
    let status = if !alone && (users > 0.5 || items > 0.5) { Status::Warn } else { Status::Pass };
    Found::new(status, message).count("new_users", users).count("new_items", items).bars(bars)
}
