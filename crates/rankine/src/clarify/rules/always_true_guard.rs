//! A guard can be broken.

use rankine_design::Finding;

use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "idle-guard", what: "A guard's bound can be broken: metrics lie between 0 and 1.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let guards = &facts.problem.evaluate.guards;
    let idle = |guard: &&crate::problem::Guard| guard.bound == if guard.at_least { 0.0 } else { 1.0 };
    let place = facts.design.evaluate.guard.first().map(|guard| guard.span);
    let finding = |guard: &crate::problem::Guard| {
        let message = format!("the guard on `{}` holds always: metrics lie between 0 and 1", guard.metric);
        let written = facts.design.evaluate.guard.iter();
        let mine = written
            .filter(|text| text.value.trim_start().starts_with(&guard.metric.name))
            .find(|text| text.value.contains(if guard.at_least { ">=" } else { "<=" }));
        Finding::warning(RULE.name, mine.map(|text| text.span).or(place), message)
    };
    guards.iter().filter(idle).map(finding).collect()
}
