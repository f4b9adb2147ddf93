//! Metrics judge what the task answers with.

use rankine_design::Finding;
use rankine_learn::metrics;

use super::super::words::listed;
use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "metric-of-another-task",
    what: "Every metric judges what the task answers with: lists, probabilities or amounts.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let task = facts.problem.task;
    let written = &facts.design.evaluate;
    let texts = written.metric.iter().chain(&written.guard).chain(&written.report);
    let mut findings = Vec::new();
    for text in texts {
        let name = text.value.split(['@', '<', '>']).next().unwrap_or_default().trim();
        let Some(metric) = metrics::find(name).filter(|metric| !metric.tasks.contains(&task)) else {
            continue;
        };
        let fit = metrics::ALL.iter().filter(|metric| metric.tasks.contains(&task));
        let of = metric.tasks.first().map_or("another task", |task| task.name());
        let message = format!("`{name}` judges answers to `{of}`, and the task is `{}`", task.name());
        let help = format!("what fits: {}", listed(fit.map(|metric| metric.card.name)));
        findings.push(Finding::error(RULE.name, text.span, message).help(help));
    }
    findings
}
