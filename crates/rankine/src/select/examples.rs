//! Examples: what contenders learn from and are tuned by, gathered in one replay up to the test period.

use std::collections::BTreeMap;
use std::sync::Arc;

use rankine_learn::algorithms::encoders::Encoder;
use rankine_learn::algorithms::retrievers::Retriever;
use rankine_learn::{Examples, Id, Rows, hash};
use rayon::prelude::*;

use super::evaluate::value;
use super::fitting::Fitted;
use super::recipes::Recipe;
use super::replay::{Replay, judged, sample};

use crate::error::Error;
use crate::pipeline::{Layout, Pipeline};
use crate::prepare::{Outcome, Period};
use crate::problem::Contender;
use crate::progress::Progress;

/// Requests of the train period that scorers learn from, at most.
pub(super) const TRAINED: usize = 6000;
/// Requests of the validation period that settings are chosen by, at most.
pub(super) const VALIDATED: usize = 2500;
/// Candidates without the label that are kept per request for training.
pub(super) const NEGATIVES: usize = 40;

/// What was gathered.
pub(super) struct Gathered {
    /// For each distinct retrieval that feeds a scorer: examples of the train period, sampled.
    pub(super) train: BTreeMap<String, Examples>,
    /// The same for the validation period, with every candidate.
    pub(super) valid: BTreeMap<String, Validated>,
    /// For each recipe without a scorer, by its place: the deciding metric at each validation request.
    pub(super) retrieved: BTreeMap<usize, Vec<f64>>,
}

/// Validation requests with all their candidates.
#[derive(Default)]
pub(super) struct Validated {
    pub(super) examples: Examples,
    /// The candidates of each request.
    pub(super) items: Vec<Vec<Id>>,
    /// What was relevant to each request.
    pub(super) relevant: Vec<Vec<(Id, f32)>>,
    /// The number of each request.
    pub(super) requests: Vec<u32>,
}

impl Gathered {
    /// Walks the log up to the test period.
    pub(super) fn collect(
        replay: &mut Replay<'_>,
        fitted: &mut Fitted<'_>,
        recipes: &[Recipe],
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Gathered, Error> {
        let problem = replay.problem;
        let mut gathered =
            Gathered { train: BTreeMap::new(), valid: BTreeMap::new(), retrieved: BTreeMap::new() };
        let scored = retrievals(recipes);
        let train = sample(judged(problem, replay.dataset, Period::Train), TRAINED, seed);
        let valid = sample(judged(problem, replay.dataset, Period::Validation), VALIDATED, seed);

        progress.begin("training retrievers", Some(scored.len() as u64 + recipes.len() as u64));
        let feeding = build(replay, fitted, &scored, Period::Train, progress)?;
        let validating = build(replay, fitted, &scored, Period::Validation, progress)?;
        let alone: Vec<&Recipe> = recipes.iter().filter(|recipe| recipe.contender.score.is_empty()).collect();
        let plain: Vec<(String, Contender)> =
            alone.iter().map(|recipe| (String::new(), recipe.contender.clone())).collect();
        let plain = build(replay, fitted, &plain, Period::Validation, progress)?;
        progress.end();

        progress.begin("replaying the train period", Some(train.len() as u64));
        for outcome in train {
            replay.advance(outcome.event);
            let parts: Vec<Part> = feeding.par_iter().map(|source| part(replay, source, outcome)).collect();
            for (source, part) in feeding.iter().zip(parts) {
                let into = gathered.train.entry(source.key.clone()).or_insert_with(|| empty(&source.layout));
                append(into, &part, Some(hash(seed, &[4, u64::from(outcome.request)])));
            }
            progress.advance(1);
            progress.check()?;
        }
        progress.end();

        progress.begin("replaying the validation period", Some(valid.len() as u64));
        let metric = &problem.evaluate.metric;
        for outcome in valid {
            replay.advance(outcome.event);
            let parts: Vec<Part> =
                validating.par_iter().map(|source| part(replay, source, outcome)).collect();
            for (source, part) in validating.iter().zip(parts) {
                let into = gathered
                    .valid
                    .entry(source.key.clone())
                    .or_insert_with(|| Validated { examples: empty(&source.layout), ..Validated::default() });
                append(&mut into.examples, &part, None);
                into.items.push(part.items);
                into.relevant.push(outcome.relevant.to_vec());
                into.requests.push(outcome.request);
            }
            let values: Vec<f64> = plain
                .par_iter()
                .map(|source| {
                    let answer = source
                        .pipeline
                        .answer(&replay.fold, &replay.question(outcome, metric.k.max(problem.slate)));
                    let items: Vec<Id> = answer.items.iter().map(|scored| scored.item).collect();
                    value(metric, &items, &outcome.relevant)
                })
                .collect();
            for (recipe, value) in alone.iter().zip(values) {
                gathered.retrieved.entry(recipe.place).or_default().push(value);
            }
            progress.advance(1);
            progress.check()?;
        }
        progress.end();
        replay.advance(replay.dataset.begins(Period::Test));
        Ok(gathered)
    }
}

impl Validated {
    /// The validation requests as examples to learn from, sampled like those of the train period.
    pub(super) fn sampled(&self, seed: u64) -> Examples {
        let mut made = Examples { columns: self.examples.columns.clone(), ..Examples::default() };
        made.bags.clone_from(&self.examples.bags);
        made.rows.width = self.examples.rows.width;
        made.rows.bag_width = self.examples.rows.bag_width;
        let mut first = 0;
        for (items, request) in self.items.iter().zip(&self.requests) {
            let end = first + items.len();
            let part = Part {
                items: items.clone(),
                labels: self.examples.labels[first..end].to_vec(),
                rows: self.examples.rows.part(first..end),
            };
            append(&mut made, &part, Some(hash(seed, &[4, u64::from(*request)])));
            first = end;
        }
        made
    }
}

/// Names a retrieval: contenders that retrieve alike share their examples.
pub(super) fn retrieval_key(contender: &Contender) -> String {
    serde_json::to_string(&(&contender.retrieve, contender.depth, &contender.encode)).expect("plain data")
}

/// Adds all rows of one table of examples to another of the same columns.
pub(super) fn extend(into: &mut Examples, more: &Examples) {
    into.rows.values.extend_from_slice(&more.rows.values);
    into.rows.bags.extend_from_slice(&more.rows.bags);
    into.labels.extend_from_slice(&more.labels);
    into.weights.extend_from_slice(&more.weights);
    into.groups.extend_from_slice(&more.groups);
}

/// The distinct retrievals that feed a scorer.
fn retrievals(recipes: &[Recipe]) -> Vec<(String, Contender)> {
    let mut distinct: BTreeMap<String, Contender> = BTreeMap::new();
    for recipe in recipes.iter().filter(|recipe| !recipe.contender.score.is_empty()) {
        distinct.entry(retrieval_key(&recipe.contender)).or_insert_with(|| recipe.contender.clone());
    }
    distinct.into_iter().collect()
}

/// A retrieval with what makes rows of its candidates.
struct Source {
    key: String,
    pipeline: Pipeline,
    layout: Layout,
    encoders: Vec<Arc<dyn Encoder>>,
}

fn build(
    replay: &Replay<'_>,
    fitted: &mut Fitted<'_>,
    wanted: &[(String, Contender)],
    period: Period,
    progress: &dyn Progress,
) -> Result<Vec<Source>, Error> {
    let mut made = Vec::new();
    for (key, contender) in wanted {
        progress.check()?;
        let (retrievers, _): (Vec<Arc<dyn Retriever>>, f64) = fitted.steps(&contender.retrieve, period);
        let encoders = fitted.encoders(&contender.encode);
        let layout = Layout::of(contender, &replay.fold, &encoders);
        let pipeline =
            Pipeline::new(contender.clone(), retrievers, None, replay.problem).map_err(Error::Data)?;
        made.push(Source { key: key.clone(), pipeline, layout, encoders });
        progress.advance(1);
    }
    Ok(made)
}

struct Part {
    items: Vec<Id>,
    rows: Rows,
    labels: Vec<f32>,
}

fn part(replay: &Replay<'_>, source: &Source, outcome: &Outcome) -> Part {
    let contender = &source.pipeline.contender;
    let question = replay.question(outcome, contender.depth);
    let (_, candidates) = source.pipeline.retrieve(&replay.fold, &question);
    let rows = source.layout.rows(contender, &source.encoders, &replay.fold, &question.moment, &candidates);
    let gain = |item: &Id| {
        let found = outcome.relevant.binary_search_by_key(item, |(item, _)| *item);
        found.map_or(0.0, |at| outcome.relevant[at].1)
    };
    Part { labels: candidates.items.iter().map(gain).collect(), items: candidates.items, rows }
}

/// No examples yet, of this layout.
pub(super) fn empty(layout: &Layout) -> Examples {
    let rows = Rows { width: layout.columns.len(), bag_width: layout.bags.len(), ..Rows::default() };
    Examples { columns: layout.columns.clone(), bags: layout.bags.clone(), rows, ..Examples::default() }
}

/// Adds a request's rows. With a draw, only those with a label and [`NEGATIVES`] others; and nothing of a
/// request whose relevant items were not retrieved, since it cannot teach an order.
fn append(into: &mut Examples, part: &Part, draw: Option<u64>) {
    let mut kept: Vec<usize> = (0..part.items.len()).collect();
    if let Some(draw) = draw {
        if part.labels.iter().all(|label| *label == 0.0) {
            return;
        }
        let negatives = kept.iter().filter(|&&at| part.labels[at] == 0.0);
        let mut order: Vec<(u64, usize)> =
            negatives.map(|&at| (hash(draw, &[u64::from(part.items[at])]), at)).collect();
        order.sort_unstable();
        let dropped: Vec<usize> = order.into_iter().skip(NEGATIVES).map(|(_, at)| at).collect();
        let mut keep = vec![true; part.items.len()];
        dropped.into_iter().for_each(|at| keep[at] = false);
        kept.retain(|&at| keep[at]);
    }
    for &at in &kept {
        into.rows.push(&part.rows, at);
        into.labels.push(part.labels[at]);
        into.weights.push(1.0);
    }
    into.groups.push(kept.len() as u32);
}
