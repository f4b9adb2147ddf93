//! How often the outcome comes, and whether that moves from period to period.

use super::{Card, Check, Facts, Found, Status, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "label-rate",
        what: "The share of requests that led to the outcome, in each period.",
        why: "What is learned at one rate is wrong by a constant at another, and a threshold acts on other shares.",
        cause: "Likely the product changed, outcomes of the last days are not known yet, or periods hold different rows.",
        help: "Look at the rate by day; end the log where outcomes are complete, or shorten the label's window.",
        stops: false,
    },
    look,
};

/// Ratios of rates from which this is worth a word and from which it is wrong, where chance is no explanation.
const WARN: f64 = 1.25;
const FAIL: f64 = 3.0;
/// Standard errors that chance does not explain.
const SURE: f64 = 4.0;

fn look(facts: &Facts<'_>) -> Found {
    let rate = |range: std::ops::Range<usize>| {
        let known = facts.seen.answers[range].iter().flatten();
        let (yes, all) = known.fold((0u64, 0u64), |(yes, all), said| (yes + u64::from(*said), all + 1));
        (yes, all)
    };
    let rates: Vec<(&str, u64, u64)> = facts
        .by_period()
        .map(|(name, range)| {
            let (yes, all) = rate(range);
            (name, yes, all)
        })
        .filter(|(_, _, all)| *all > 0)
        .collect();
    let (yes, all) = rate(0..facts.outcomes.len());
    let overall = yes as f64 / (all as f64).max(1.0);
    let share = |(_, yes, all): &(&str, u64, u64)| *yes as f64 / *all as f64;
    let bars: Vec<(String, f64)> = rates.iter().map(|one| (one.0.to_owned(), share(one))).collect();
    let shares: Vec<String> = bars.iter().map(|(name, rate)| format!("{name} {}", percent(*rate))).collect();
    // The history is no part of learning or judging.
    let apart = rates.iter().filter(|one| one.0 != "history").map(|one| {
        let others = (overall * (1.0 - overall) / one.2 as f64).sqrt().max(1e-12);
        let ratio = (share(one).max(1e-9) / overall.max(1e-9)).ln().abs().exp();
        if (share(one) - overall).abs() > SURE * others { ratio } else { 1.0 }
    });
    let ratio = apart.fold(1.0, f64::max);
    // Requests that were implied by an outcome lead to one, and every picture is annotated.
    let told = facts.profile.implied_requests == 0 && !facts.problem.detects();
    let extreme = told && all >= 100 && !(0.001..=0.95).contains(&overall);
    let status = match ratio {
        _ if ratio >= FAIL => Status::Fail,
        _ if ratio >= WARN || extreme => Status::Warn,
        _ => Status::Pass,
    };
    let message =
        format!("{} of {all} requests led to the outcome: {}.", percent(overall), shares.join(", "));
    Found::new(status, message).count("rate", overall).count("largest_ratio", ratio).bars(bars)
}
