//! Lines that cannot be taken: a few are kept aside, too many are another file than was meant.

use super::{Card, Check, Facts, Found, graded, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "malformed-lines",
        what: "Lines that cannot be read by the schema and the mapping.",
        why: "What is kept aside is missing from every count, and seldom at random.",
        cause: "Likely the file is torn, of another version, or read by a mapping of another file.",
        help: "Look at the examples, and change the mapping or the design's fields.",
        stops: true,
    },
    look,
};

/// Shares of all lines from which this is worth a word, and from which a run stops.
const WARN: f64 = 0.000_001;
const FAIL: f64 = 0.1;

fn look(facts: &Facts<'_>) -> Found {
    let rejected = &facts.log.rejected;
    let told = |code: &str| code != "duplicate";
    let bad: u64 = rejected.counts.iter().filter(|(code, _)| told(code)).map(|(_, count)| count).sum();
    let all = facts.profile.events + rejected.count();
    let share = bad as f64 / (all as f64).max(1.0);
    if bad == 0 {
        return Found::pass(format!("All {all} lines could be read.")).count("lines", all as f64);
    }
    let kinds: Vec<String> = rejected
        .counts
        .iter()
        .filter(|(code, _)| told(code))
        .map(|(code, count)| format!("{count} {code}"))
        .collect();
    let message =
        format!("{bad} of {all} lines ({}) could not be read: {}.", percent(share), kinds.join(", "));
    let first = rejected.first.iter().filter(|one| told(&one.code));
    Found::new(graded(share, WARN, FAIL), message)
        .count("lines", all as f64)
        .count("malformed", bad as f64)
        .count("share", share)
        .examples(first.map(|one| format!("{}, line {}: {}", one.file, one.line, one.reason)))
}
