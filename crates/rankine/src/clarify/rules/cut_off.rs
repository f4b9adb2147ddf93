//! Metrics count places that are shown, and cannot count more than are retrieved.

use rankine_design::Finding;
use rankine_learn::Task;

use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "cut-off",
    what: "A metric that decides looks at places that are shown, and no metric beyond what is retrieved.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let evaluate = &facts.problem.evaluate;
    let Some(depth) = facts.contenders().map(|(_, contender)| contender.depth).min() else {
        return Vec::new();
    };
    if facts.problem.task != Task::Rank {
        return Vec::new();
    }
    let slate = facts.problem.slate;
    let mut findings = Vec::new();
    let written = &facts.design.evaluate;
    let report = written.report.iter().map(|text| (text, false));
    let guards = written.guard.iter().map(|text| (text, true));
    for (text, decides) in written.metric.iter().map(|text| (text, true)).chain(guards).chain(report) {
        let metrics = evaluate.report.iter().chain(evaluate.guards.iter().map(|guard| &guard.metric));
        let written_as = text.value.split(['<', '>']).next().unwrap_or_default().trim();
        let Some(metric) = metrics.chain([&evaluate.metric]).find(|metric| metric.to_string() == written_as)
        else {
            continue;
        };
        if metric.k > depth {
            let message =
                format!("`{metric}` looks beyond the {depth} candidates that a contender retrieves");
            let finding = if decides {
                Finding::error(RULE.name, text.span, message)
            } else {
                Finding::warning(RULE.name, text.span, message)
            };
            findings
                .push(finding.help(format!("write `{}@{slate}`, or a `depth` of {}", metric.name, metric.k)));
        } else if decides && metric.k > slate {
            let message = format!("`{metric}` counts places that are not shown: the slate has {slate}");
            let help = format!("write `{}@{slate}` to judge what users see", metric.name);
            findings.push(Finding::warning(RULE.name, text.span, message).help(help));
        }
    }
    findings
}
