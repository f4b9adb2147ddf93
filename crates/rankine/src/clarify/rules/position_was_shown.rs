//! A place on the slate is learned of what was shown.

use rankine_design::Finding;
use rankine_learn::Task;

use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "position-is-constant",
    what: "The feature `position` needs requests whose items are those that were shown.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.problem.task != Task::Rank {
        return Vec::new();
    }
    let named = |name: &str| facts.design.features.iter().find(|feature| feature.name.value == name);
    let of_place = facts.problem.features.iter().filter(|spec| spec.kind == "position");
    of_place
        .filter_map(|spec| {
            let written = named(&spec.name)?;
            let message = format!(
                "the feature `{}` is the same in every row: candidates come from retrieval, not from a place",
                spec.name
            );
            let help =
                "leave it out; what a place did to clicks can be learned where the task is to classify";
            Some(Finding::warning(RULE.name, written.name.span, message).help(help))
        })
        .collect()
}
