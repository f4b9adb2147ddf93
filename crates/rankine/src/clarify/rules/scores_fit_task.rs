//! Scorers say what the task asks for.

use rankine_design::{Contender as Written, Finding};
use rankine_learn::Task;
use rankine_learn::algorithms::scorers::Output;

use super::{Facts, Rule};
use crate::pipeline::output;
use crate::problem::{Contender, Step};

pub(super) static RULE: Rule = Rule {
    name: "wrong-output",
    what: "Scorers give what the task asks for: probabilities to classify, amounts to regress.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let wanted = match facts.problem.task {
        Task::Classify => Output::LogOdds,
        Task::Regress => Output::Value,
        Task::Rank | Task::Detect => return Vec::new(),
    };
    facts.contenders().flat_map(|(written, contender)| one(written, contender, wanted)).collect()
}

fn one(written: &Written, contender: &Contender, wanted: Output) -> Vec<Finding> {
    let name = &contender.name;
    if contender.score.is_empty() {
        let message = format!("the contender `{name}` has no scorer: it predicts nothing");
        let help =
            "write for example `score = \"prior\"`, which learns nothing but how often the label comes";
        return vec![Finding::error("no-scorer", written.name.span, message).help(help)];
    }
    let mut findings = Vec::new();
    if let Some(first) = written.retrieve.first() {
        let message = format!("the contender `{name}` retrieves, and a request names its items itself");
        let finding = Finding::error("nothing-to-retrieve", first.algorithm.span, message);
        findings.push(finding.help("leave `retrieve` out"));
    }
    let heads = contender.score.iter().map(|head| &head.step).zip(&written.score);
    for (step, given) in heads.chain(contender.fuse.iter().zip(&written.fuse)) {
        if output(step) != wanted {
            let message =
                format!("`{}` here gives {}, not {}", step.algorithm, said(output(step)), said(wanted));
            let finding = Finding::error(RULE.name, given.algorithm.span, message);
            findings.push(match help(step, wanted) {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
    }
    findings
}

fn said(output: Output) -> &'static str {
    match output {
        Output::Order => "an order",
        Output::LogOdds => "a probability",
        Output::Value => "an amount",
    }
}

/// The choice of one of its parameters that makes a scorer fit.
fn help(step: &Step, wanted: Output) -> Option<String> {
    let kind = rankine_learn::algorithms::scorers::find(&step.algorithm)?;
    kind.card.parameters.iter().find_map(|parameter| {
        let rankine_learn::Kind::Choice(words) = parameter.kind else { return None };
        let fits = |word: &&&str| {
            let setting = rankine_learn::Setting::Word((**word).to_owned());
            (kind.output)(&step.settings.clone().with(parameter.name, setting)) == wanted
        };
        let word = words.iter().find(fits)?;
        Some(format!("write `{} = \"{word}\"`", parameter.name))
    })
}
