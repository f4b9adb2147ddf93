//! Detectors find boxes, and nothing else does.

use rankine_design::{Contender as Written, Finding};
use rankine_learn::Task;
use rankine_learn::algorithms::detectors;

use super::super::words::listed;
use super::{Facts, Rule};
use crate::problem::Contender;

pub(super) static RULE: Rule = Rule {
    name: "detector-and-task",
    what: "Where boxes are sought every contender has a detector and nothing else; elsewhere none has one.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let task = facts.problem.task;
    facts.contenders().flat_map(|(written, contender)| one(task, written, contender)).collect()
}

fn one(task: Task, written: &Written, contender: &Contender) -> Vec<Finding> {
    let name = &contender.name;
    if task != Task::Detect {
        let Some(step) = written.detect.first() else { return Vec::new() };
        let message =
            format!("`{}` finds boxes in pictures, and the task is `{}`", step.algorithm.value, task.name());
        let help = match task {
            Task::Rank => "put what finds items into `retrieve`, or write `task = \"detect\"`",
            _ => "put what scores items into `score`, or write `task = \"detect\"`",
        };
        return vec![Finding::error(RULE.name, step.algorithm.span, message).help(help)];
    }
    let mut findings = Vec::new();
    if contender.detect.is_none() {
        let message = format!("the contender `{name}` has no detector: it finds nothing");
        let known = listed(detectors::ALL.iter().map(|kind| kind.card.name));
        let help = format!("write for example `detect = \"bright-boxes\"`; known are {known}");
        findings.push(Finding::error("no-detector", written.name.span, message).help(help));
    }
    let others = [
        (&written.retrieve, "retrieve"),
        (&written.encode, "encode"),
        (&written.score, "score"),
        (&written.fuse, "fuse"),
        (&written.rerank, "rerank"),
    ];
    for (step, key) in others.iter().filter_map(|(steps, key)| Some((steps.first()?, key))) {
        let message =
            format!("the contender `{name}` has a step in `{key}`, and boxes come from `detect` alone");
        let finding = Finding::error(RULE.name, step.algorithm.span, message);
        findings.push(finding.help(format!("leave `{key}` out")));
    }
    findings
}
