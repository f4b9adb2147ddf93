//! A slate needs at least as many candidates as places, and candidates need a retriever.

use rankine_design::Finding;
use rankine_learn::{Setting, Task};

use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "not-enough-candidates",
    what: "A contender retrieves at least as many candidates as the slate has places.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.problem.task != Task::Rank {
        return Vec::new();
    }
    let slate = facts.problem.slate;
    let mut findings = Vec::new();
    for (written, contender) in facts.contenders() {
        let name = &contender.name;
        if contender.retrieve.is_empty() {
            let message = format!("the contender `{name}` has no retriever: it has nothing to order");
            let help = "write for example `retrieve = [\"popular\"]`";
            findings.push(Finding::error("no-retriever", written.name.span, message).help(help));
            continue;
        }
        let own = contender.retrieve.iter().map(|step| match step.settings.0.get("depth") {
            Some(Setting::Count(depth)) => *depth as usize,
            _ => contender.depth,
        });
        let candidates = contender.depth.min(own.sum());
        if candidates < slate {
            let span = written.depth.map_or(written.name.span, |depth| depth.span);
            let message =
                format!("the contender `{name}` retrieves {candidates} candidates for a slate of {slate}");
            let help =
                format!("write `depth = {slate}` or more ({} is usual), or a shorter `slate`", 10 * slate);
            findings.push(Finding::error(RULE.name, span, message).help(help));
        }
    }
    findings
}
