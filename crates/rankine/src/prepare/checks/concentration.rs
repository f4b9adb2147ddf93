//! How much of what is taken falls on few items.

use rankine_learn::Id;

use super::super::by_id::ById;
use super::{Card, Check, Facts, Found, graded, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "popularity",
        what: "The share of outcomes that the most taken hundredth and tenth of the items get.",
        why: "Where few items get nearly everything, recommending those to all looks good and teaches nothing.",
        cause: "Likely the old system showed the same items to everybody, or ids of several things are one.",
        help: "Compare with `popular` as the baseline, and look at the slice of the tail.",
        stops: false,
    },
    look,
};

fn look(facts: &Facts<'_>) -> Found {
    let mut taken: ById<u64> = ById::default();
    for (item, _) in facts.outcomes.iter().flat_map(|outcome| &outcome.relevant) {
        taken.count(*item);
    }
    let all: u64 = taken.values().sum();
    let items = facts.profile.items as usize;
    // Where every item comes once, as in a table of examples, nothing can be concentrated.
    if items < 100 || taken.values().all(|count| *count == 1) {
        return Found::pass("There are too few items, or none is taken twice.");
    }
    let mut counts: Vec<(u64, Id)> = taken.iter().map(|(item, count)| (*count, item)).collect();
    counts.sort_unstable_by(|left, right| right.cmp(left));
    let share = |of: usize| {
        let sum: u64 = counts.iter().take(items.div_ceil(of)).map(|(count, _)| count).sum();
        sum as f64 / (all as f64).max(1.0)
    };
    let (hundredth, tenth) = (share(100), share(10));
    let never = items - counts.len();
    let message = format!(
        "{} of the outcomes fall on a hundredth of the items, {} on a tenth; {never} of {items} items have none.",
        percent(hundredth),
        percent(tenth)
    );
    Found::new(graded(hundredth, 0.5, 0.95), message)
        .count("hundredth", hundredth)
        .count("tenth", tenth)
        .count("never", never as f64)
        .examples(counts.iter().map(|(count, item)| format!("`{}`: {count}", facts.item(*item))))
}
