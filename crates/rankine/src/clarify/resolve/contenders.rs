//! Contenders: their steps found in the registries, with all parameters.

use std::collections::BTreeSet;

use rankine_design::{
    Contender as Written, Finding, Setting as Given, Span, Spanned, Step as WrittenStep, did_you_mean,
};
use rankine_learn::algorithms::{rerankers, retrievers, scorers};
use rankine_learn::{Card, Schema, Setting};

use super::super::words::{article, instead, quoted, unknown};
use super::Resolver;
use super::settings::{self, Known};
use crate::problem::{Contender, Step};

/// Deepest retrieval; beyond it a scorer is a catalogue scan.
const DEEPEST: u64 = 100_000;

/// Where an algorithm stands in a pipeline.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Retriever,
    Scorer,
    Reranker,
}

impl Role {
    const ALL: [Role; 3] = [Role::Retriever, Role::Scorer, Role::Reranker];

    fn word(self) -> &'static str {
        match self {
            Role::Retriever => "retriever",
            Role::Scorer => "scorer",
            Role::Reranker => "reranker",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Role::Retriever => "retrieve",
            Role::Scorer => "score",
            Role::Reranker => "rerank",
        }
    }

    fn cards(self) -> Vec<&'static Card> {
        match self {
            Role::Retriever => retrievers::ALL.iter().map(|kind| &kind.card).collect(),
            Role::Scorer => scorers::ALL.iter().map(|kind| &kind.card).collect(),
            Role::Reranker => rerankers::ALL.iter().map(|kind| &kind.card).collect(),
        }
    }
}

/// The contenders, and the indices of those of which a part is missing because of an error.
pub(super) fn contenders(
    resolver: &mut Resolver<'_>,
    schema: &Schema,
    slate: usize,
) -> (Vec<Contender>, BTreeSet<usize>) {
    let known = Known::new(schema, resolver.design.labels.iter().map(|label| label.name.value.as_str()));
    let mut contenders = Vec::new();
    let mut incomplete = BTreeSet::new();
    for (index, written) in resolver.design.contenders.iter().enumerate() {
        let errors = resolver.findings.errors();
        contenders.push(contender(resolver, written, slate, &known, schema));
        if resolver.findings.errors() > errors {
            incomplete.insert(index);
        }
    }
    (contenders, incomplete)
}

/// Ten candidates for each place, at least 100 and at most 200, and never fewer than places.
fn default_depth(slate: usize) -> usize {
    (10 * slate).clamp(100, 200).max(slate)
}

fn contender(
    resolver: &mut Resolver<'_>,
    written: &Written,
    slate: usize,
    known: &Known,
    schema: &Schema,
) -> Contender {
    let depth = match written.depth {
        Some(depth) => limited(resolver, depth),
        None => default_depth(slate),
    };
    let steps = written.retrieve.iter();
    let retrieve = steps.filter_map(|step| retriever(resolver, step, depth, known)).collect();
    let score = written.score.as_ref().and_then(|score| step(resolver, Role::Scorer, score, known));
    let rerank = written.rerank.iter().filter_map(|given| reranker(resolver, given, known, schema)).collect();
    if let Some(features) = &written.features {
        own_features(resolver, features);
    }
    Contender { name: written.name.value.clone(), retrieve, depth, score, rerank }
}

fn limited(resolver: &mut Resolver<'_>, depth: Spanned<u64>) -> usize {
    if depth.value > DEEPEST {
        let message = format!("`depth` must be at most {DEEPEST}, not {}", depth.value);
        resolver.push(Finding::error("out-of-range", depth.span, message));
    }
    depth.value.min(DEEPEST) as usize
}

/// A retriever may have a depth of its own; what it does not say is its contender's.
fn retriever(
    resolver: &mut Resolver<'_>,
    given: &WrittenStep,
    contender_depth: usize,
    known: &Known,
) -> Option<Step> {
    let mut given = given.clone();
    let own = given.settings.iter().position(|(key, _)| key.value == "depth");
    let own = own.map(|at| given.settings.remove(at));
    let step = step(resolver, Role::Retriever, &given, known);
    let depth = match &own {
        None => contender_depth as u64,
        Some((_, Spanned { value: Given::Integer(depth), span })) if *depth >= 1 => {
            limited(resolver, Spanned::new(*depth as u64, *span)) as u64
        }
        Some((_, value)) => {
            let message = "`depth` must be a whole number from 1";
            resolver.push(Finding::error("out-of-range", value.span, message));
            return None;
        }
    };
    let mut step = step?;
    step.settings.0.insert("depth".to_owned(), Setting::Count(depth));
    if own.is_some() {
        step.fixed.push("depth".to_owned());
    }
    Some(step)
}

fn reranker(
    resolver: &mut Resolver<'_>,
    given: &WrittenStep,
    known: &Known,
    schema: &Schema,
) -> Option<Step> {
    let step = step(resolver, Role::Reranker, given, known)?;
    let kind = rerankers::find(&step.algorithm)?;
    match (kind.build)(&step.settings, schema) {
        Ok(_) => Some(step),
        Err(error) => {
            let message = format!("the reranker `{}` cannot work here: {error}", step.algorithm);
            resolver.push(Finding::error("bad-reranker", given.algorithm.span, message));
            None
        }
    }
}

fn step(resolver: &mut Resolver<'_>, role: Role, given: &WrittenStep, known: &Known) -> Option<Step> {
    let name = &given.algorithm.value;
    let Some(card) = role.cards().into_iter().find(|card| card.name == name) else {
        resolver.push(unknown_algorithm(role, name, given.algorithm.span));
        return None;
    };
    let of = format!("the {} `{}`", role.word(), card.name);
    let checked = settings::check(card, &of, given.algorithm.span, &given.settings, known);
    if checked.errors.is_empty() {
        return Some(Step { algorithm: name.clone(), settings: checked.settings, fixed: checked.fixed });
    }
    resolver.findings.extend(checked.errors);
    None
}

fn unknown_algorithm(role: Role, name: &str, span: Span) -> Finding {
    let names = |role: Role| role.cards().into_iter().map(|card| card.name);
    let others = || Role::ALL.into_iter().filter(|other| *other != role);
    if let Some(other) = others().find(|other| names(*other).any(|known| known == name)) {
        let (is, not) = (other.word(), role.word());
        let message = format!("{} is {} {is}, not {} {not}", quoted(name), article(is), article(not));
        return Finding::error("wrong-role", span, message).help(format!("put it into `{}`", other.key()));
    }
    let message = format!("there is no {} {}", role.word(), quoted(name));
    let mut help = instead(name, names(role));
    if did_you_mean(name, names(role)).is_none() {
        let near = |other: Role| did_you_mean(name, names(other)).map(|near| (other, near));
        if let Some((other, near)) = others().find_map(near) {
            let is = other.word();
            help =
                format!("did you mean `{near}`? it is {} {is} and belongs in `{}`", article(is), other.key());
        }
    }
    Finding::error("unknown-algorithm", span, message).help(help)
}

/// Names of features are checked, and then it is said that the choice cannot be kept.
fn own_features(resolver: &mut Resolver<'_>, features: &[Spanned<String>]) {
    let design = resolver.design;
    let known = || design.features.iter().map(|feature| feature.name.value.as_str());
    for feature in features {
        if !known().any(|name| name == feature.value) {
            resolver.push(unknown("unknown-feature", feature.span, "feature", &feature.value, known()));
        }
    }
    let Some(first) = features.first() else { return };
    let message = "a contender cannot choose among the features yet: its scorer sees all of `[features]`";
    resolver.push(Finding::error("choice-not-ready", first.span, message).help("leave `features` out"));
}
