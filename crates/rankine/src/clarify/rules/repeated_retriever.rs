//! The retrievers of a contender differ.

use rankine_design::Finding;

use super::{Facts, Rule};
use crate::problem::Step;

pub(super) static RULE: Rule = Rule {
    name: "repeated-retriever",
    what: "No contender has a retriever twice with the same settings.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (written, contender) in facts.contenders() {
        for (index, step) in contender.retrieve.iter().enumerate() {
            if contender.retrieve[..index].iter().any(|before| alike(before, step)) {
                let (name, algorithm) = (&contender.name, &step.algorithm);
                let message = format!(
                    "the contender `{name}` has the retriever `{algorithm}` twice: it finds the same again"
                );
                let help = "take one away, or give it other settings";
                let span = written.retrieve[index].algorithm.span;
                findings.push(Finding::warning(RULE.name, span, message).help(help));
            }
        }
    }
    findings
}

/// Whether two retrievers order the items alike; how deep each goes makes no other order.
fn alike(left: &Step, right: &Step) -> bool {
    let settings = |step: &Step| {
        let mut settings = step.settings.clone();
        settings.0.remove("depth");
        settings
    };
    left.algorithm == right.algorithm && settings(left) == settings(right)
}
