//! Days on which nothing was logged.

use rankine_design::Split;

use super::{Card, Check, Facts, Found, Status};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "gaps",
        what: "Days without a request, between days that have many.",
        why: "Counts of the last days are low after a gap, and a period that holds one is shorter than it looks.",
        cause: "Likely logging stopped, a day's file is missing, or a filter was too strict.",
        help: "Find the missing part, or begin the log after the gap.",
        stops: false,
    },
    look,
};

fn look(facts: &Facts<'_>) -> Found {
    if facts.problem.evaluate.split != Split::Time {
        return Found::pass("Something else than time divides this log.");
    }
    let daily = &facts.profile.daily;
    let ([Some((first, _)), Some((last, _))], days) = ([daily.first(), daily.last()], daily.len() as i64)
    else {
        return Found::pass("There is no day with a request.");
    };
    let mut counts: Vec<u64> = daily.iter().map(|(_, count)| *count).collect();
    counts.sort_unstable();
    let usual = counts[counts.len() / 2];
    let span = last - first + 1;
    let gaps = daily.windows(2).filter(|pair| pair[1].0 - pair[0].0 > 1);
    let gaps: Vec<(i64, i64)> = gaps.map(|pair| (pair[0].0 + 1, pair[1].0 - pair[0].0 - 1)).collect();
    let missing = span - days;
    let thin = daily.iter().filter(|(_, count)| count * 10 < usual).count();
    let dense = usual >= 10 && days * 2 > span;
    // So long a gap leaves two logs, not one with a day missing.
    let longest = gaps.iter().map(|(_, length)| *length).max().unwrap_or(0);
    let parted = longest > 365 && longest * 2 > span;
    let message =
        format!("{missing} of {span} days have no request, {thin} less than a tenth of the usual {usual}.");
    let day = |day: i64| {
        let at = jiff::Timestamp::from_millisecond(day.saturating_mul(86_400_000));
        at.map_or_else(|_| day.to_string(), |at| at.to_string().chars().take(10).collect())
    };
    // The first and the last day of a log are seldom whole.
    let status = if parted || dense && (missing > 0 || thin > 2) { Status::Warn } else { Status::Pass };
    Found::new(status, message)
        .count("days", span as f64)
        .count("empty", missing as f64)
        .count("thin", thin as f64)
        .examples(gaps.iter().map(|(from, length)| format!("{length} days from {}", day(*from))))
}
