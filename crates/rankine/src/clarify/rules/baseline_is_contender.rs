//! The baseline competes.

use rankine_design::Finding;

use super::super::words::unknown;
use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "unknown-baseline", what: "The baseline is one of the contenders.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(baseline) = &facts.design.evaluate.baseline else { return Vec::new() };
    // Without any contender that finding says enough, whichever baseline it is.
    if facts.design.contenders.is_empty() {
        return Vec::new();
    }
    let names = || facts.design.contenders.iter().map(|contender| contender.name.value.as_str());
    if names().any(|name| name == baseline.value) {
        return Vec::new();
    }
    vec![unknown(
        RULE.name,
        baseline.span,
        "contender",
        &baseline.value,
        names().filter(|name| !name.is_empty()),
    )]
}
