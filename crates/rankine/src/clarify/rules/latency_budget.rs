//! At least one contender can answer in time.

use rankine_design::Finding;

use super::super::sizes;
use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "latency-budget",
    what: "At least one contender can read the whole catalogue within `latency_p99`.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let scale = &facts.problem.scale;
    let (Some(budget), Some(written)) = (scale.latency_p99, facts.design.scale.latency_p99) else {
        return Vec::new();
    };
    let over = facts.contenders().filter_map(|(written, contender)| {
        let takes = sizes::contender_latency(contender, scale)?;
        (takes.value > budget).then_some((written, contender, takes))
    });
    let over: Vec<_> = over.collect();
    let notes = over.iter().map(|(written, contender, takes)| {
        let message = format!(
            "`{}` cannot win: reading every item takes {:.1} ms, and an answer may take {budget} ms",
            contender.name, takes.value
        );
        Finding::note(RULE.name, written.name.span, message).help(takes.formula.clone())
    });
    if over.is_empty() || over.len() < facts.design.contenders.len() {
        return notes.collect();
    }
    let takes: Vec<String> = over
        .iter()
        .map(|(_, contender, takes)| {
            format!("`{}`: {} = {:.1} ms", contender.name, takes.formula, takes.value)
        })
        .collect();
    let message = "no contender can read every item in the time that an answer may take";
    vec![Finding::error(RULE.name, written.span, message).help(takes.join("\n"))]
}
