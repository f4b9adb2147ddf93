//! Contenders: their steps found in the registries, with all parameters.

use std::collections::BTreeSet;

use rankine_design::{
    Contender as Written, Finding, Setting as Given, Span, Spanned, Step as WrittenStep, did_you_mean,
};
use rankine_learn::algorithms::encoders::{self, Reads};
use rankine_learn::algorithms::{detectors, rerankers, retrievers, scorers};
use rankine_learn::{Card, FieldKind, Labels, Schema, Setting};

use super::super::words::{article, instead, listed, quoted, unknown};
use super::Resolver;
use super::settings::{self, Known};
use crate::pipeline::named;
use crate::problem::{Contender, Encode, FieldAt, Head, Step, fields};

/// Deepest retrieval; beyond it a scorer is a catalogue scan.
const DEEPEST: u64 = 100_000;

/// Where an algorithm stands in a pipeline.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Encoder,
    Detector,
    Retriever,
    Scorer,
    Reranker,
}

impl Role {
    const ALL: [Role; 5] = [Role::Encoder, Role::Detector, Role::Retriever, Role::Scorer, Role::Reranker];

    fn word(self) -> &'static str {
        match self {
            Role::Encoder => "encoder",
            Role::Detector => "detector",
            Role::Retriever => "retriever",
            Role::Scorer => "scorer",
            Role::Reranker => "reranker",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Role::Encoder => "encode",
            Role::Detector => "detect",
            Role::Retriever => "retrieve",
            Role::Scorer => "score",
            Role::Reranker => "rerank",
        }
    }

    fn cards(self) -> Vec<&'static Card> {
        match self {
            Role::Encoder => encoders::ALL.iter().map(|kind| &kind.card).collect(),
            Role::Detector => detectors::ALL.iter().map(|kind| &kind.card).collect(),
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
    labels: &Labels,
    slate: usize,
) -> (Vec<Contender>, BTreeSet<usize>) {
    let known = Known::new(resolver.design, resolver.sources, schema, labels);
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
    let encode = written.encode.iter().filter_map(|given| encoder(resolver, given, known, schema)).collect();
    let score = written.score.iter().filter_map(|given| head(resolver, given, known)).collect();
    let fuse = written.fuse.first().and_then(|fuse| step(resolver, Role::Scorer, fuse, known));
    if let (Some(fuse), true) = (written.fuse.first(), written.score.len() < 2) {
        let message = "there are no several scores to fuse";
        let help = "write two or more steps into `score`, each with `reads` of its own";
        resolver.push(Finding::warning("nothing-to-fuse", fuse.algorithm.span, message).help(help));
    }
    let rerank = written.rerank.iter().filter_map(|given| reranker(resolver, given, known, schema)).collect();
    let negatives = negatives(resolver, written);
    let name = written.name.value.clone();
    let detect = written.detect.first().and_then(|given| detector(resolver, given, known));
    let mut made = Contender { name, encode, detect, retrieve, depth, score, fuse, negatives, rerank };
    reads(resolver, written, &mut made);
    made
}

/// Names its own columns after its field, where it does not say otherwise.
fn encoder(
    resolver: &mut Resolver<'_>,
    given: &WrittenStep,
    known: &Known,
    schema: &Schema,
) -> Option<Encode> {
    let mut given = given.clone();
    let of = taken(&mut given, "of");
    let name = taken(&mut given, "name");
    let step = step(resolver, Role::Encoder, &given, known);
    let text = |value: &Option<Spanned<Given>>| match value {
        Some(Spanned { value: Given::Text(text), span }) => Some((text.clone(), *span)),
        _ => None,
    };
    let Some((of, span)) = text(&of) else {
        let message = format!("the encoder {} needs `of`", quoted(&given.algorithm.value));
        let help = "write which field it encodes, for example `of = \"post.text\"`";
        resolver.push(Finding::error("missing-parameter", given.algorithm.span, message).help(help));
        return None;
    };
    let Some((_, FieldAt { owner, field: at }, field)) = fields(schema).find(|(name, ..)| *name == of) else {
        let names: Vec<String> = fields(schema).map(|(name, ..)| name).collect();
        resolver.push(unknown("unknown-field", span, "field", &of, names.iter().map(String::as_str)));
        return None;
    };
    let step = step?;
    let kind = encoders::find(&step.algorithm)?;
    let (wanted, word) = match kind.reads {
        Reads::Text => (FieldKind::Text, "text"),
        Reads::Picture => (FieldKind::Image, "image"),
    };
    if field.kind != wanted {
        let message =
            format!("`{}` encodes a field of type `{word}`, and {} is none", step.algorithm, quoted(&of));
        let fits = fields(schema).filter(|(_, _, field)| field.kind == wanted);
        let fit: Vec<String> = fits.map(|(name, ..)| name).collect();
        let help = if fit.is_empty() {
            format!("no field of the design is of type `{word}`")
        } else {
            format!("what fits: {}", listed(fit.iter().map(String::as_str)))
        };
        resolver.push(Finding::error("wrong-field", span, message).help(help));
        return None;
    }
    let name = text(&name).map_or_else(|| field.name.clone(), |(name, _)| name);
    Some(Encode { name, owner, field: at, step })
}

/// Takes a setting that is the pipeline's, not the algorithm's.
fn taken(given: &mut WrittenStep, key: &str) -> Option<Spanned<Given>> {
    let at = given.settings.iter().position(|(name, _)| name.value == key)?;
    Some(given.settings.remove(at).1)
}

fn head(resolver: &mut Resolver<'_>, given: &WrittenStep, known: &Known) -> Option<Head> {
    let mut given = given.clone();
    let reads = taken(&mut given, "reads");
    let step = step(resolver, Role::Scorer, &given, known)?;
    let texts = match &reads {
        None => Some(Vec::new()),
        Some(Spanned { value: Given::Text(name), .. }) => Some(vec![name.clone()]),
        Some(Spanned { value: Given::List(list), .. }) => list
            .iter()
            .map(|one| match &one.value {
                Given::Text(name) => Some(name.clone()),
                _ => None,
            })
            .collect(),
        Some(_) => None,
    };
    let Some(reads) = texts else {
        let span = reads.map_or(given.algorithm.span, |reads| reads.span);
        let message = "`reads` must be a list of names of features and encodings";
        resolver
            .push(Finding::error("wrong-type", span, message).help("write for example `reads = [\"text\"]`"));
        return None;
    };
    Some(Head { step, reads })
}

fn negatives(resolver: &mut Resolver<'_>, written: &Written) -> Option<f64> {
    let share = written.negatives?;
    if share.value.0 <= 0.0 || share.value.0 > 1.0 {
        let message = format!("`negatives` must be more than 0% and at most 100%, not {}", share.value);
        resolver.push(Finding::error("out-of-range", share.span, message));
    }
    Some(share.value.0).filter(|share| *share < 1.0)
}

/// What each scorer reads: what it says itself, otherwise the contender's features and all encodings.
fn reads(resolver: &mut Resolver<'_>, written: &Written, made: &mut Contender) {
    let features: Vec<&str> =
        resolver.design.features.iter().map(|feature| feature.name.value.as_str()).collect();
    let sources = named(made);
    let own: Vec<&str> = made
        .encode
        .iter()
        .map(|encode| encode.name.as_str())
        .chain(sources.iter().map(String::as_str))
        .collect();
    let mut findings = Vec::new();
    let mut chosen: Vec<String> = Vec::new();
    for feature in written.features.iter().flatten() {
        if features.contains(&feature.value.as_str()) {
            chosen.push(feature.value.clone());
        } else {
            let known = features.iter().copied();
            findings.push(unknown("unknown-feature", feature.span, "feature", &feature.value, known));
        }
    }
    if !chosen.is_empty() {
        chosen.extend(own.iter().map(|name| (*name).to_owned()));
    }
    for (head, given) in made.score.iter_mut().zip(&written.score) {
        for name in &head.reads {
            if !features.contains(&name.as_str()) && !own.contains(&name.as_str()) {
                let known = features.iter().chain(&own).copied();
                let what = "feature or encoding";
                findings.push(unknown("unknown-feature", given.algorithm.span, what, name, known));
            }
        }
        if head.reads.is_empty() {
            head.reads.clone_from(&chosen);
        }
    }
    findings.into_iter().for_each(|finding| resolver.push(finding));
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

fn detector(resolver: &mut Resolver<'_>, given: &WrittenStep, known: &Known) -> Option<Step> {
    let step = step(resolver, Role::Detector, given, known)?;
    let kind = detectors::find(&step.algorithm)?;
    match (kind.check)(&step.settings) {
        Ok(()) => Some(step),
        Err(error) => {
            let message = format!("the detector `{}` cannot work here: {error}", step.algorithm);
            resolver.push(Finding::error("bad-detector", given.algorithm.span, message));
            None
        }
    }
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
