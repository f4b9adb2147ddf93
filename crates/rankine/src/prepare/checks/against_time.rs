//! Rows that have a time, divided by something else.

use rankine_design::Split;

use super::{Card, Check, Facts, Found, Status, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "split-against-time",
        what: "Periods that overlap in time or run backwards, where rows have a time and something else divides them.",
        why: "What happens later is learned from and earlier rows are judged by it, which nobody can do in service.",
        cause: "Likely rows were shuffled by user, or the tables of train and test were drawn at random.",
        help: "Leave `[evaluate] split` at `time`, without `period` in the tables; a mapping without `time` says that there \
               is none.",
        stops: true,
    },
    look,
};

/// The share of the rows learned from that may lie after most of the test's.
const FAIL: f64 = 0.05;
/// The share of the test's rows that may lie early.
const EARLY: f64 = 0.1;

fn look(facts: &Facts<'_>) -> Found {
    if facts.problem.evaluate.split == Split::Time {
        return Found::pass("Time divides the log.");
    }
    if facts.log.said.is_empty() {
        return Found::pass("The rows bear no time that they could be divided against.");
    }
    let mut times = vec![None; facts.outcomes.len()];
    let mut places =
        vec![None; facts.outcomes.iter().map(|outcome| outcome.request as usize + 1).max().unwrap_or(0)];
    for (at, outcome) in facts.outcomes.iter().enumerate() {
        places[outcome.request as usize] = Some(at);
    }
    for (request, time) in &facts.log.said {
        if let Some(place) = places.get(*request as usize).copied().flatten() {
            times[place] = Some(*time);
        }
    }
    let of = |range: std::ops::Range<usize>| -> Vec<i64> { times[range].iter().flatten().copied().collect() };
    let (learned, mut test) =
        (of(facts.periods[1]..facts.periods[3]), of(facts.periods[3]..facts.periods[4]));
    test.sort_unstable();
    let Some(&begins) = test.get((test.len() as f64 * EARLY) as usize) else {
        return Found::pass("No row of the test period has a time.");
    };
    let after = learned.iter().filter(|time| **time > begins).count();
    let share = after as f64 / (learned.len() as f64).max(1.0);
    let message = format!(
        "{after} of {} rows that are learned from ({}) happened after the test period had begun.",
        learned.len(),
        percent(share)
    );
    let status = if share >= FAIL { Status::Fail } else { Status::Pass };
    Found::new(status, message).count("learned", learned.len() as f64).count("after", after as f64)
}
