//! Times that jump: before 1970, far from all others, or back.

use jiff::Timestamp;
use rankine_design::Split;

use super::{Card, Check, Facts, Found, Status};
use crate::problem::Table;

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "clock-jumps",
        what: "Events far before or after nearly all others, and lines that go back in time.",
        why: "A few wrong times stretch the log, and move events into another period than that in which they happened.",
        cause: "Likely some clock was reset, a unit was mistaken, or files of several machines were joined.",
        help: "Correct or leave out these events; a whole file in another unit is a table of its own with its own `time`.",
        stops: false,
    },
    look,
};

/// Milliseconds below which all times are seconds of the years until 2052, taken for milliseconds.
const IN_SECONDS: i64 = 30 * 86_400_000;

const YEAR: i64 = 365 * 86_400_000;

/// Shares of the events at either end that may lie apart.
const END: f64 = 0.005;

fn look(facts: &Facts<'_>) -> Found {
    if facts.problem.evaluate.split != Split::Time {
        return Found::pass("Something else than time divides this log.");
    }
    if facts.problem.tables.iter().any(Table::is_ordered) {
        return Found::pass("The order of the lines stands for time.");
    }
    let mut times: Vec<i64> = facts.log.events.iter().map(|event| event.time).collect();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let (low, high) = (at(END), at(1.0 - END));
    let reach = (high - low).max(1);
    let apart: Vec<i64> = times
        .iter()
        .copied()
        .filter(|time| *time < low.saturating_sub(reach) || *time > high.saturating_add(reach))
        .collect();
    let negative = times.iter().filter(|time| **time < 0).count();
    let back = facts.log.out_of_order;
    let lines = facts.profile.events.max(1);
    let told = |time: &i64| {
        Timestamp::from_millisecond(*time).map_or_else(|_| time.to_string(), |at| at.to_string())
    };
    // Such as 20260131: as milliseconds, moments of the first hours of 1970.
    let written = |time: &i64| (1..=12).contains(&(time / 100 % 100)) && (1..=31).contains(&(time % 100));
    if (19_000_101..22_001_232).contains(&low) && high < 22_001_232 && times.iter().all(written) {
        let message = format!(
            "All times are numbers such as {low}: are they dates, where milliseconds are wanted? Then write `time = \
             {{ column = \"…\", format = \"%Y%m%d\" }}` in the mapping."
        );
        return Found::new(Status::Warn, message);
    }
    if low >= 0 && high < IN_SECONDS {
        return Found::new(
            Status::Warn,
            format!(
                "All times lie in the first month of 1970, from {} on: are they seconds, where milliseconds are wanted?",
                told(&low)
            ),
        );
    }
    let (early, late) =
        times[negative..].split_at(times.partition_point(|time| *time < IN_SECONDS) - negative);
    // Between seconds and milliseconds of one log lie decades.
    if let ([first, ..], [.., last], [next, ..]) = (early, early, late)
        && next - last > 10 * YEAR
    {
        let early = early.len();
        return Found::new(
            Status::Warn,
            format!(
                "{early} of {} events lie in the first month of 1970, all others later: are the times of some files \
                 seconds, where milliseconds are wanted?",
                times.len()
            ),
        )
        .count("first_month", early as f64)
        .examples([told(first)]);
    }
    if apart.is_empty() && negative == 0 && back == 0 {
        return Found::pass("Times lie together and run forwards.");
    }
    let message = format!(
        "{} events lie farther from the others than those do from each other, {negative} before 1970; {back} lines \
         stood after one that was known later, and were sorted.",
        apart.len()
    );
    let some = !apart.is_empty() || negative > 0 || back as f64 > 0.05 * lines as f64;
    Found::new(if some { Status::Warn } else { Status::Pass }, message)
        .count("apart", apart.len() as f64)
        .count("before_1970", negative as f64)
        .count("out_of_order", back as f64)
        .examples(apart.iter().map(told))
}
