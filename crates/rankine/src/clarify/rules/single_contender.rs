//! A comparison needs two.

use rankine_design::Finding;

use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "single-contender", what: "At least two contenders compete.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let [only] = facts.design.contenders.as_slice() else { return Vec::new() };
    let message = "there is one contender: it is measured and nothing is compared";
    let help = "add a simple one to beat, such as `retrieve = [\"popular\"]`";
    vec![Finding::warning(RULE.name, only.name.span, message).help(help)]
}
