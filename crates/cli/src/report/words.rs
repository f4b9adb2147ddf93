//! The verdict in plain sentences: one truth for terminal and report.

use rankine::select::{Quality, Selection, Watched};
use rankine::{MetricAt, Problem};
use rankine_learn::metrics;
use rankine_learn::verdict::{Because, Estimate, Status, Verdict};

use super::numbers::{about, bytes, counted, digits, figure, latency, percent, signed};
use super::off_policy;

/// The verdict, one sentence a line: who won by how much, against the baseline, what does not matter, who
/// may not win and why, what it rests on, what is bundled.
pub fn verdict_text(problem: &Problem, selection: &Selection) -> String {
    sentences(problem, selection).join("\n")
}

/// The sentences of [`verdict_text`], the headline first.
pub(crate) fn sentences(problem: &Problem, selection: &Selection) -> Vec<String> {
    let mut all = vec![headline(problem, selection)];
    all.extend(against_baseline(problem, selection));
    all.extend(margin(problem, selection));
    all.extend(barred(selection));
    all.push(basis(selection));
    let off_policy = selection.prediction.as_ref().and_then(|prediction| prediction.off_policy.as_ref());
    all.extend(off_policy.map(off_policy::sentences).unwrap_or_default());
    all.push(bundled(problem, selection));
    all
}

/// The contender that won.
pub(crate) fn winner(selection: &Selection) -> Option<&str> {
    let verdict = &selection.verdict;
    verdict.leader.as_deref().filter(|_| verdict.status == Status::Winner)
}

/// What a contender reached.
pub(crate) fn quality<'a>(selection: &'a Selection, name: &str) -> Option<&'a Quality> {
    selection.quality.iter().find(|quality| quality.name == name)
}

/// What a contender costs.
pub(crate) fn watched<'a>(selection: &'a Selection, name: &str) -> Option<&'a Watched> {
    selection.watched_of(name)
}

/// The value of the deciding metric of a contender; not a number where it is not known.
pub(crate) fn deciding(problem: &Problem, selection: &Selection, name: &str) -> f64 {
    let metric = problem.evaluate.metric.to_string();
    let found = quality(selection, name).and_then(|quality| quality.metrics.get(&metric));
    found.map_or(f64::NAN, |figure| figure.value)
}

/// A value of a metric turned so that more is better.
pub(crate) fn turned(metric: &MetricAt, value: f64) -> f64 {
    metrics::find(&metric.name).map_or(value, |found| found.turned(value, metric.k))
}

/// Whether the best values of a metric are the least.
pub(crate) fn less_is_better(metric: &MetricAt) -> bool {
    metrics::find(&metric.name).is_some_and(|found| found.ideal.is_none() && !found.higher_is_better)
}

/// What metrics judge one by one: an item of a request, or a request.
pub(crate) fn unit(selection: &Selection) -> &'static str {
    match (&selection.prediction, &selection.detection) {
        (Some(_), _) => "example",
        (None, Some(_)) => "picture",
        (None, None) => "request",
    }
}

/// Whether contenders ranked a catalogue.
pub(crate) fn ranked(selection: &Selection) -> bool {
    unit(selection) == "request"
}

/// The confidence of one interval among the pairs that share it.
pub(crate) fn each_confidence(verdict: &Verdict) -> f64 {
    1.0 - (1.0 - verdict.confidence) / verdict.pairs.max(1) as f64
}

/// An interval such as `99.7% interval 0.0061 to 0.0149`.
pub(crate) fn interval(estimate: &Estimate, confidence: f64) -> String {
    if estimate.low.is_finite() && estimate.high.is_finite() {
        let (low, high) = (figure(estimate.low), figure(estimate.high));
        format!("{} interval {low} to {high}", percent(confidence))
    } else {
        "no interval, since too few users were seen".to_owned()
    }
}

pub(crate) fn headline(problem: &Problem, selection: &Selection) -> String {
    let verdict = &selection.verdict;
    let Some(leader) = verdict.leader.as_deref() else {
        let why = match verdict.because {
            Because::Undefined => {
                "the metric is undefined for every contender that keeps the design's bounds"
            }
            _ => "no contender keeps the design's bounds",
        };
        return format!("Undecided: {why}.");
    };
    let metric = &problem.evaluate.metric;
    let own = figure(deciding(problem, selection, leader));
    let (Some(rival), Some(gap)) = (verdict.runner_up.as_deref(), verdict.difference) else {
        let only = if selection.quality.len() > 1 {
            "it is the only contender that keeps the design's bounds"
        } else {
            "it is the only contender, so nothing was compared"
        };
        return format!("{leader} wins: {only}; its {metric} is {own}.");
    };
    let other = figure(deciding(problem, selection, rival));
    let apart = format!("difference {}, {}", figure(gap.value), shared(&gap, verdict));
    match (verdict.status, verdict.because) {
        (Status::Winner, Because::Cheaper) => format!(
            "{leader} wins by cost: {metric} {own} is not worse than the {other} of {rival} by more than the \
             margin ({apart}), and {}.",
            costs(selection, leader, rival)
        ),
        (Status::Winner, _) => format!("{leader} wins: {metric} {own} against {other} of {rival} ({apart})."),
        (Status::Undecided, _) if gap.low > 0.0 => format!(
            "Undecided: {leader} leads {rival} with {metric} {own} against {other} ({apart}), but no \
             contender beats all others."
        ),
        (Status::Undecided, _) => format!(
            "Undecided: {leader} and {rival} cannot be told apart by {metric}, {own} against {other} \
             ({apart}); {}.",
            users_needed(selection)
        ),
    }
}

fn shared(gap: &Estimate, verdict: &Verdict) -> String {
    let own = interval(gap, each_confidence(verdict));
    if verdict.pairs > 1 && gap.low.is_finite() && gap.high.is_finite() {
        format!("{own}, shared among {} pairs for {} overall", verdict.pairs, percent(verdict.confidence))
    } else {
        own
    }
}

/// How many more users would tell both apart.
fn users_needed(selection: &Selection) -> String {
    let verdict = &selection.verdict;
    if !ranked(selection) {
        // What was counted may be blocks of users, so that only the ratio is theirs.
        return match verdict.users_needed {
            Some(needed) if verdict.users > 0 => {
                format!("it would take {} times as many users", digits(needed as f64 / verdict.users as f64))
            }
            _ => "how many users it would take is not known".to_owned(),
        };
    }
    let were = match verdict.users {
        1 => "there was 1".to_owned(),
        users => format!("there were {}", super::numbers::count(users as u64)),
    };
    match verdict.users_needed {
        Some(needed) => format!("it would take {} users ({were})", about(needed)),
        None => format!("how many users it would take is not known ({were})"),
    }
}

fn costs(selection: &Selection, leader: &str, rival: &str) -> String {
    let (Some(own), Some(other)) = (watched(selection, leader), watched(selection, rival)) else {
        return "it is cheaper".to_owned();
    };
    let (own, other) = (&own.measured, &other.measured);
    format!(
        "it is cheaper: half its answers within {} against {}, {} of memory against {}",
        latency(own.latency_ms.p50),
        latency(other.latency_ms.p50),
        bytes(own.memory_bytes as f64),
        bytes(other.memory_bytes as f64)
    )
}

pub(crate) fn against_baseline(problem: &Problem, selection: &Selection) -> Option<String> {
    let verdict = &selection.verdict;
    let baseline = &problem.evaluate.baseline;
    let leader = verdict.leader.as_deref()?;
    if leader == baseline {
        return Some(format!("{leader} is the baseline itself."));
    }
    if verdict.runner_up.as_ref() == Some(baseline) {
        return Some(format!("{baseline} is the baseline."));
    }
    let gap = verdict.over_baseline?;
    let base = deciding(problem, selection, baseline);
    let relative = gap.value / base.abs();
    let relative = if (1e-3..1e4).contains(&relative.abs()) {
        format!(" ({}{})", if relative > 0.0 { "+" } else { "" }, percent(relative))
    } else {
        String::new()
    };
    let (metric, confidence) = (&problem.evaluate.metric, each_confidence(verdict));
    if less_is_better(metric) {
        // Differences are turned so that more is better; the metric itself goes the other way.
        let (by, way) = match gap.value < 0.0 {
            true => (negative(&gap), "higher"),
            false => (gap, "lower"),
        };
        return Some(format!(
            "Against the baseline {baseline} ({}) {metric} is {way} by {}{}, {}.",
            figure(base),
            figure(by.value),
            relative.replace(['+', '−'], ""),
            interval(&by, confidence)
        ));
    }
    Some(format!(
        "Against the baseline {baseline} ({}) the difference is {}{relative}, {}.",
        figure(base),
        signed(gap.value),
        interval(&gap, confidence)
    ))
}

fn negative(of: &Estimate) -> Estimate {
    Estimate { value: -of.value, low: -of.high, high: -of.low }
}

fn margin(problem: &Problem, selection: &Selection) -> Option<String> {
    let verdict = &selection.verdict;
    verdict.runner_up.as_ref()?;
    let (share, baseline) = (percent(problem.evaluate.margin), &problem.evaluate.baseline);
    let least = figure(verdict.margin);
    Some(format!("Differences below {least}, {share} of what {baseline} reached, do not matter here."))
}

fn barred(selection: &Selection) -> Vec<String> {
    let barred = selection.watched.iter().filter(|watched| !watched.why_not.is_empty());
    barred.map(|watched| format!("{} may not win: {}.", watched.name, watched.why_not.join("; "))).collect()
}

fn basis(selection: &Selection) -> String {
    let requests = selection.quality.iter().map(|quality| quality.requests).max().unwrap_or(0);
    let judged = counted(requests as u64, &format!("test {}", unit(selection)));
    if !ranked(selection) {
        // What is paired are examples, pictures or blocks of users, as the metric needs.
        return format!("Judged on {judged}, the same for all contenders, with intervals clustered by user.");
    }
    let users = counted(selection.verdict.users as u64, "user");
    format!("Judged on {judged} of {users}, paired by request, with intervals clustered by user.")
}

fn bundled(problem: &Problem, selection: &Selection) -> String {
    let chosen = &selection.chosen;
    if winner(selection) == Some(chosen) {
        return format!("Bundled: {chosen}.");
    }
    let breaks = watched(selection, chosen).is_some_and(|watched| !watched.why_not.is_empty());
    let caution = if breaks { "; it breaks a bound itself, so fix that before it serves" } else { "" };
    if *chosen == problem.evaluate.baseline {
        format!("Bundled: {chosen}, the baseline: without a winner what is there today stays{caution}.")
    } else {
        format!("Bundled: {chosen}{caution}.")
    }
}
