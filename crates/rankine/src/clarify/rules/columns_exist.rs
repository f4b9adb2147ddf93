//! A scorer that is told which columns to read finds them.

use rankine_design::Finding;
use rankine_learn::algorithms::encoders::{self, Shape};
use rankine_learn::algorithms::scorers;
use rankine_learn::{Kind, Setting, features};

use super::super::words::unknown;
use super::{Facts, Rule};
use crate::pipeline::named;
use crate::problem::Contender;

pub(super) static RULE: Rule =
    Rule { name: "unknown-column", what: "The columns that a scorer's settings name are there.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A feature that an error is about has no columns; that error says enough.
    let labels = facts.problem.labels.0.len() == facts.design.labels.len();
    if !labels || facts.problem.features.len() < facts.design.features.len() {
        return findings;
    }
    for (written, contender) in facts.contenders() {
        let known = columns(facts, contender);
        for (head, given) in contender.score.iter().zip(&written.score) {
            let card = scorers::find(&head.step.algorithm).map(|kind| &kind.card);
            let named =
                card.into_iter().flat_map(|card| card.parameters).filter(|one| one.kind == Kind::Column);
            for parameter in named {
                let Some(Setting::Word(word)) = head.step.settings.0.get(parameter.name) else { continue };
                if !known.contains(word) {
                    let place = given.settings.iter().find(|(key, _)| key.value == parameter.name);
                    let span = place.map_or(given.algorithm.span, |(_, value)| value.span);
                    let names = known.iter().map(String::as_str);
                    findings.push(unknown(RULE.name, span, "column", word, names));
                }
            }
        }
    }
    findings
}

/// The columns that a contender's scorers may read.
fn columns(facts: &Facts<'_>, contender: &Contender) -> Vec<String> {
    let problem = facts.problem;
    let built = features::build(&problem.features, &problem.schema, &problem.labels).unwrap_or_default();
    let mut names: Vec<String> =
        built.iter().flat_map(|feature| feature.columns()).map(|column| column.name).collect();
    for source in named(contender) {
        names.extend([format!("{source}.score"), format!("{source}.rank")]);
    }
    for encode in &contender.encode {
        let Some(kind) = encoders::find(&encode.step.algorithm) else { continue };
        match (kind.fit)(&encode.step.settings, &[]).shape() {
            Shape::Bag(_) => {}
            Shape::Numbers(1) => names.push(encode.name.clone()),
            Shape::Numbers(many) => names.extend((0..many).map(|at| format!("{}[{at}]", encode.name))),
        }
    }
    names
}
