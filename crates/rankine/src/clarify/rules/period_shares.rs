//! The four periods are the whole of the log, and each has a part.

use rankine_design::{Finding, Fraction};

use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "period-shares", what: "The shares of the periods are above zero and sum to 100%.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let periods = facts.problem.evaluate.periods;
    let written = &facts.design.evaluate.periods;
    let span = written.span;
    let sum: f64 = periods.iter().sum();
    let mut findings = Vec::new();
    if (sum - 1.0).abs() > 1e-6 {
        let shares = periods.map(|share| Fraction(share).to_string()).join(" + ");
        let message = format!("the periods sum to {}, not 100%: {shares}", Fraction(sum));
        let help = "write for example `periods = { history = \"50%\", train = \"20%\", validation = \"15%\", test = \"15%\" }`";
        findings.push(Finding::error(RULE.name, span, message).help(help));
    }
    let parts = [
        ("history", written.history, "features and retrievers would start empty"),
        ("train", written.train, "scorers would learn from nothing"),
        ("validation", written.validation, "settings would be chosen by nothing"),
        ("test", written.test, "the verdict would rest on nothing"),
    ];
    for ((name, share, why), period) in parts.into_iter().zip(periods) {
        if period <= 0.0 {
            let span = share.map(|share| share.span).or(span);
            let message = format!("the period `{name}` is empty: {why}");
            findings.push(Finding::error(RULE.name, span, message));
        }
    }
    findings
}
