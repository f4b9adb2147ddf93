//! What is encoded as terms goes to a scorer that reads terms.

use rankine_design::Finding;
use rankine_learn::algorithms::encoders::{self, Shape};
use rankine_learn::algorithms::scorers;

use super::super::words::listed;
use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "cannot-read", what: "What is encoded as terms goes to a scorer that reads terms.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (written, contender) in facts.contenders() {
        for (encode, given) in contender.encode.iter().zip(&written.encode) {
            let kind = encoders::find(&encode.step.algorithm);
            let bag = kind
                .is_some_and(|kind| matches!((kind.fit)(&encode.step.settings, &[]).shape(), Shape::Bag(_)));
            let read = contender.score.iter().any(|head| {
                let wants = head.reads.is_empty() || head.reads.contains(&encode.name);
                let can = scorers::find(&head.step.algorithm).is_some_and(|kind| kind.reads_bags);
                wants && (can || !bag)
            });
            if !read {
                let names = scorers::ALL.iter().filter(|kind| kind.reads_bags).map(|kind| kind.card.name);
                let message = format!(
                    "no scorer of `{}` reads what `{}` makes of {}",
                    contender.name, encode.step.algorithm, encode.name
                );
                let help = format!("scorers that read terms: {}", listed(names));
                findings.push(Finding::error(RULE.name, given.algorithm.span, message).help(help));
            }
        }
    }
    findings
}
