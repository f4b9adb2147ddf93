//! Whether people take the same item again, and whether the design says so.

use std::collections::HashSet;

use super::{Card, Check, Facts, Found, Status, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "repeat-consumption",
        what: "The share of outcomes with an item that the same user had taken before.",
        why: "Where people come back to the same items and the design forbids to offer them, most hits are out of reach.",
        cause: "Likely the items are consumed again by nature, such as apps, music and groceries.",
        help: "Set `repeat` in `[problem]` as people behave.",
        stops: false,
    },
    look,
};

fn look(facts: &Facts<'_>) -> Found {
    if facts.problem.predicts() || facts.problem.detects() {
        return Found::pass("Items are judged here, not offered.");
    }
    let (mut met, mut all, mut again) = (HashSet::new(), 0u64, 0u64);
    for outcome in facts.outcomes {
        for (item, _) in &outcome.relevant {
            all += 1;
            again += u64::from(!met.insert((outcome.user, *item)));
        }
    }
    let share = again as f64 / (all as f64).max(1.0);
    let allowed = facts.problem.repeat;
    let message = format!(
        "{} of {all} outcomes are with an item that the user had taken before; the design says `repeat = {allowed}`.",
        percent(share)
    );
    let odd = if allowed { share < 0.001 && all >= 1000 } else { share > 0.1 };
    Found::new(if odd { Status::Warn } else { Status::Pass }, message)
        .count("again", again as f64)
        .count("share", share)
}
