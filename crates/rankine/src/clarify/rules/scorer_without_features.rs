//! A scorer sees something.

use rankine_design::Finding;

use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "scorer-without-features", what: "A scorer has features to score by.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    if !facts.problem.features.is_empty() {
        return Vec::new();
    }
    // With a mapping every feature may have been left out; without one an error took them, which says enough.
    let all_left_out = !facts.design.features.is_empty();
    if all_left_out && facts.design.tables.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for contender in &facts.design.contenders {
        let Some(score) = contender.score.first().filter(|_| contender.encode.is_empty()) else { continue };
        let message =
            format!("the contender `{}` has a scorer and no feature to score by", contender.name.value);
        let help = if all_left_out {
            "none of `[features]` could be used"
        } else {
            "write for example `[features]` with `hour = { kind = \"hour\" }`, or leave `score` out"
        };
        findings.push(Finding::error(RULE.name, score.algorithm.span, message).help(help));
    }
    findings
}
