//! A margin says which differences matter.

use rankine_design::Finding;

use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "margin-zero", what: "The margin is above zero where costs matter.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(margin) = facts.design.evaluate.margin else { return Vec::new() };
    if margin.value.0 > 0.0 {
        return Vec::new();
    }
    let message = "without a margin the smallest sure difference wins, whatever it costs to serve";
    vec![Finding::note(RULE.name, margin.span, message).help("write for example `margin = \"1%\"`")]
}
