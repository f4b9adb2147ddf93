//! What the log's own odds say of each contender's policy, and what so few rewards cannot tell.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::{OffPolicy, Policy, Selection};
use rankine_learn::off_policy::Figure;

use super::interval::{Row, rows};
use super::numbers::{UNKNOWN, about, count, counted, digits, figure, percent, signed};
use super::words::winner;

pub(super) fn body(problem: &Problem, selection: &Selection, found: &OffPolicy) -> Markup {
    let over: Vec<Row<'_>> = found
        .contenders
        .iter()
        .map(|policy| Row {
            name: &policy.name,
            value: policy.over_logged.value,
            ends: Some((policy.over_logged.low, policy.over_logged.high)),
            strong: winner(selection) == Some(policy.name.as_str()),
            hollow: false,
        })
        .collect();
    html! {
        div.prose { @for sentence in sentences(found) { p { (sentence) } } }
        h3 { "Difference to what the log earned " span.quiet { "a choice, doubly robust" } }
        (rows(&over, Some(0.0), true))
        div.scroll tabindex="0" role="region" aria-label="Off-policy estimates by contender" { table.wide {
            thead { tr {
                th scope="col" { "Contender" }
                th.n scope="col" { "IPS" }
                th.n scope="col" { "SNIPS" }
                th.n scope="col" { "Doubly robust" }
                th.n scope="col" { "Counts as" }
                th.n scope="col" { "Rewarded" }
                th.n scope="col" { "Mean weight" }
            } }
            tbody { @for policy in &found.contenders { (row(policy)) } }
        } }
        @for policy in &found.contenders {
            @if !policy.worth.warnings.is_empty() {
                p.caption { (policy.name) ": " (policy.worth.warnings.join(" ")) }
            }
        }
        p.caption { "Below each value its " (percent(problem.evaluate.confidence)) " interval and its variance. "
            "Counts as: so many choices of equal weight would tell as much, of all and of the rewarded ones; the mean "
            "weight is 1 where the odds are right. A policy shows the best of what could be shown, beneath what the log "
            "showed above." }
    }
}

fn row(policy: &Policy) -> Markup {
    let worth = &policy.worth;
    html! {
        tr {
            th scope="row" { (policy.name) }
            (cell(&worth.ips)) (cell(&worth.snips)) (cell(&worth.doubly_robust))
            td.n { (digits(worth.effective)) }
            td.n { (digits(worth.effective_rewarded)) }
            td.n { (digits(worth.mean_weight)) }
        }
    }
}

fn cell(found: &Figure) -> Markup {
    let estimate = &found.estimate;
    html! {
        td.n {
            @if estimate.value.is_finite() { (figure(estimate.value)) } @else { (UNKNOWN) }
            @if estimate.low.is_finite() && estimate.high.is_finite() {
                small { (figure(estimate.low)) " to " (figure(estimate.high)) }
            }
            @if let Some(variance) = found.variance { small { (format!("{variance:.2e}")) } }
        }
    }
}

/// What is told and what is not, for terminal and report.
pub(super) fn sentences(found: &OffPolicy) -> Vec<String> {
    let rewarded = count(found.rewarded as u64);
    let mut all = vec![format!(
        "By the odds in the log, {} ({rewarded} rewarded) say what each contender's own choices would have earned; \
         the log's earned {} each.",
        counted(found.choices as u64, "choice"),
        figure(found.logged.value)
    )];
    let known = || found.contenders.iter().filter(|policy| policy.over_logged.value.is_finite());
    let sure = |policy: &&Policy| {
        policy.worth.is_reliable() && (policy.over_logged.low > 0.0 || policy.over_logged.high < 0.0)
    };
    for policy in known().filter(sure) {
        let over = &policy.over_logged;
        all.push(format!(
            "{} would have earned {} a choice than the log: {}, interval {} to {}.",
            policy.name,
            if over.value > 0.0 { "more" } else { "less" },
            signed(over.value),
            figure(over.low),
            figure(over.high)
        ));
    }
    let open: Vec<&Policy> = known().filter(|policy| !sure(policy)).collect();
    if open.is_empty() {
        return all;
    }
    let named: Vec<String> = open.iter().map(|policy| needs(policy)).collect();
    all.push(format!(
        "{rewarded} rewards cannot tell whether these would earn more or less than the log: {}.",
        named.join("; ")
    ));
    let few = open.iter().map(|policy| policy.worth.effective_rewarded).fold(f64::INFINITY, f64::min);
    let most = open.iter().map(|policy| policy.worth.effective_rewarded).fold(0.0, f64::max);
    all.push(format!(
        "What they would have shown, the log showed with only {} to {} of its rewarded choices; below 30 of them even \
         the intervals are too narrow.",
        digits(few),
        digits(most)
    ));
    all
}

fn needs(policy: &Policy) -> String {
    let over = &policy.over_logged;
    let more = match policy.times_needed {
        Some(times) if times < 1e12 => {
            format!(", told by {} times as many choices", about(times.ceil() as u64))
        }
        _ if !policy.worth.is_reliable() => {
            format!(
                ", an interval that rests on {} rewarded choices",
                digits(policy.worth.effective_rewarded)
            )
        }
        _ => String::new(),
    };
    format!("{} ({}, {} to {}{more})", policy.name, signed(over.value), figure(over.low), figure(over.high))
}

#[cfg(test)]
mod tests {
    use rankine_learn::off_policy::{Logged, evaluate};
    use rankine_learn::verdict::Estimate;

    use super::*;

    /// A policy that picks what was rewarded, of so many choices by even odds.
    fn policy(name: &str, choices: u32, gap: (f64, f64, f64), times_needed: Option<f64>) -> Policy {
        let one = |at: u32| Logged {
            propensity: 0.5,
            reward: f64::from(at % 2),
            target: f64::from(at % 2),
            predicted: 0.5,
            expected: 0.5,
        };
        let logged: Vec<Logged> = (0..choices).map(one).collect();
        let users: Vec<u32> = (0..choices).collect();
        let worth = evaluate(&logged, &users, f64::INFINITY, 0.95);
        let over_logged = Estimate { value: gap.0, low: gap.1, high: gap.2 };
        Policy { name: name.to_owned(), worth, over_logged, times_needed }
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let contenders = vec![
            policy("sure", 1000, (0.1, 0.05, 0.15), None),
            policy("open", 1000, (0.1, -0.1, 0.3), Some(4.0)),
            policy("rare", 20, (0.5, 0.4, 0.6), None),
        ];
        let logged = Estimate { value: 0.5, low: 0.4, high: 0.6 };
        let said = sentences(&OffPolicy { choices: 1000, rewarded: 500, logged, contenders }).join("\n");
        assert!(said.contains("sure would have earned more a choice than the log: +0.1000"), "{said}");
        // An interval without zero tells nothing where hardly any reward stands behind it.
        for part in [
            "500 rewards cannot tell whether these would earn more or less than the log: open (+0.1000",
            "told by about 4 times as many choices",
            "rare (+0.5000, 0.4000 to 0.6000, an interval that rests on 10.0 rewarded choices)",
            "only 10.0 to 500 of its rewarded choices",
        ] {
            assert!(said.contains(part), "`{part}` is not in:\n{said}");
        }
    }
}
