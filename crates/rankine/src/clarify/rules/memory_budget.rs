//! At least one contender's models fit into a server.

use rankine_design::{Bytes, Finding};

use super::super::sizes;
use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "memory-budget", what: "At least one contender's models fit into `memory`.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let scale = &facts.problem.scale;
    let (Some(budget), Some(written)) = (scale.memory, facts.design.scale.memory) else { return Vec::new() };
    let over = facts.contenders().filter_map(|(written, contender)| {
        let needs = sizes::contender_memory(contender, scale)?;
        (needs.value > budget).then_some((written, contender, needs))
    });
    let over: Vec<_> = over.collect();
    let notes = over.iter().map(|(written, contender, needs)| {
        let needed = Bytes(needs.value as u64);
        let message = format!(
            "`{}` cannot win: its models need {needed}, and a server has {}",
            contender.name,
            Bytes(budget as u64)
        );
        Finding::note(RULE.name, written.name.span, message).help(format!("{} = {needed}", needs.formula))
    });
    if over.is_empty() || over.len() < facts.design.contenders.len() {
        return notes.collect();
    }
    let needs: Vec<String> = over
        .iter()
        .map(|(_, contender, needs)| {
            format!("`{}`: {} = {}", contender.name, needs.formula, Bytes(needs.value as u64))
        })
        .collect();
    let message = "no contender's models fit into the memory of a server";
    vec![Finding::error(RULE.name, written.span, message).help(needs.join("\n"))]
}
