//! Features serve a scorer.

use rankine_design::Finding;

use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "unused-features", what: "Where there are features, a contender has a scorer.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(first) = facts.design.features.first() else { return Vec::new() };
    if facts.design.contenders.is_empty() || facts.design.contenders.iter().any(|one| !one.score.is_empty()) {
        return Vec::new();
    }
    let message = "no contender has a scorer: the features are not used";
    vec![Finding::note(RULE.name, first.name.span, message).help("give a contender `score = \"trees\"`")]
}
