//! Predicting: contenders score the items that requests named, example by example.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rankine_learn::algorithms::encoders::Encoder;
use rankine_learn::metrics;
use rankine_learn::{Candidates, Examples, Id, Millis};
use rayon::prelude::*;

use super::decisions::{self, Seen, Thresholds};
use super::evaluate::metrics_of;
use super::examples::{empty, extend};
use super::fitting::Fitted;
use super::known::{compared, figures, known, leader, value};
use super::off_policy::{Choices, OffPolicy};
use super::prediction::{Calibration, Freshness, Prediction};
use super::recipes::{self, Recipe};
use super::replay::{Replay, asked, judged, sample};
use super::selection::{self, Figure, Quality, Tried};
use super::slices::Slices;
use super::{Judged, freshness, training, trials};
use crate::error::Error;
use crate::pipeline::{Layout, Pipeline, Scoring, Voice};
use crate::prepare::{Dataset, Outcome, Period};
use crate::problem::{Contender, Problem};
use crate::progress::Progress;

/// Requests of the train period that scorers learn from, at most.
const TRAINED: usize = 300_000;
/// Requests of the validation period that settings are chosen by, at most.
const VALIDATED: usize = 60_000;

/// Trains, tunes and tests the contenders of a problem of prediction.
pub(super) fn judge(
    replay: &mut Replay<'_>,
    fitted: &mut Fitted<'_>,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Judged, Error> {
    let (problem, dataset) = (replay.problem, replay.dataset);
    let plan = recipes::plan(problem, seed);
    let mut sources = Source::all(&problem.contenders, fitted, replay);
    let train = sample(judged(problem, dataset, Period::Train), TRAINED, seed);
    let valid = sample(judged(problem, dataset, Period::Validation), VALIDATED, seed);
    let test = judged(problem, dataset, Period::Test);
    let nothing = &mut |_: &Replay<'_>, _: &Outcome| ();
    let train = walk(replay, &mut sources, &train, nothing, "replaying the train period", progress)?;
    let mut valid = walk(replay, &mut sources, &valid, nothing, "replaying the validation period", progress)?;
    valid.share = valid.users.len() as f64 / named(dataset, Period::Validation).max(1) as f64;
    let tried = choose(problem, &plan, &train, &valid, seed, progress)?;
    let thresholds = thresholds(problem, &tried, &train, &valid, seed);
    let (mut pipelines, seconds) = self::train(replay, fitted, &train, &valid, &tried, seed, progress)?;
    for (pipeline, thresholds) in pipelines.iter_mut().zip(&thresholds) {
        pipeline.thresholds.clone_from(thresholds);
    }
    let mut choices = Choices::new(replay, &pipelines);
    let each = &mut |replay: &Replay<'_>, outcome: &Outcome| {
        if let Some(choices) = &mut choices {
            choices.take(replay, outcome);
        }
    };
    let test = walk(replay, &mut sources, &test, each, "replaying the test period", progress)?;
    let off_policy = choices.and_then(Choices::judge);
    replay.advance(dataset.events.len());
    let tested: Vec<Vec<Vec<f64>>> =
        pipelines.iter().map(|pipeline| predict(pipeline, test.table(&pipeline.contender))).collect();
    let leader = problem.evaluate.freshness.then(|| leader(problem, &test, &tested)).flatten();
    let freshness = match leader {
        Some(at) => freshness::measure(problem, &tried[at], [&train, &valid, &test], seed, progress)?,
        None => None,
    };
    let tested = Tested { walked: test, predictions: tested, freshness, off_policy };
    Ok(report(problem, &tried, pipelines, seconds, tested))
}

/// What came of the test period.
struct Tested {
    walked: Walked,
    /// `contenders x labels x examples`.
    predictions: Vec<Vec<Vec<f64>>>,
    freshness: Option<Freshness>,
    off_policy: Option<OffPolicy>,
}

/// How many items the requests of a period named.
fn named(dataset: &Dataset, period: Period) -> usize {
    dataset.of(period).iter().map(|outcome| asked(dataset, outcome).1.len()).sum()
}

/// What makes rows for the contenders that encode alike.
struct Source {
    contender: Contender,
    encoders: Vec<Arc<dyn Encoder>>,
    layout: Layout,
}

impl Source {
    fn all(
        contenders: &[Contender],
        fitted: &mut Fitted<'_>,
        replay: &Replay<'_>,
    ) -> BTreeMap<String, Source> {
        let mut sources = BTreeMap::new();
        for contender in contenders {
            sources.entry(key(contender)).or_insert_with(|| {
                let encoders = fitted.encoders(&contender.encode);
                let layout = Layout::of(contender, &replay.fold, &encoders);
                Source { contender: contender.clone(), encoders, layout }
            });
        }
        sources
    }
}

/// Contenders that encode alike share their rows.
fn key(contender: &Contender) -> String {
    serde_json::to_string(&contender.encode).expect("plain data")
}

/// A period's examples: one place an item that a request named.
#[derive(Default)]
pub(super) struct Walked {
    /// Rows by what makes them; labels are filled in when one is learned.
    pub(super) tables: BTreeMap<String, Examples>,
    /// `labels x examples`: not-a-number where it is not known.
    pub(super) labels: Vec<Vec<f32>>,
    /// When each was asked.
    pub(super) times: Vec<Millis>,
    /// Who asked, for each example.
    pub(super) users: Vec<u32>,
    /// Which parts of the requests each example belongs to, by their place in `slices`.
    slices: Vec<Vec<usize>>,
    /// The names of those parts.
    names: Vec<String>,
    /// Columns that say another thing where they are learned from than where they are asked, such as the place
    /// at which an item was shown, with what they say then.
    learned: BTreeMap<usize, Vec<f32>>,
    /// From the first request to the last, in milliseconds.
    span: Millis,
    /// How many of the items that the period's requests named these are.
    share: f64,
}

impl Walked {
    /// The rows of a contender as they are asked.
    pub(super) fn table(&self, contender: &Contender) -> &Examples {
        &self.tables[&key(contender)]
    }

    /// Whether rows are learned from otherwise than they are asked.
    pub(super) fn teaches(&self) -> bool {
        !self.learned.is_empty()
    }

    /// A table as it is learned from.
    pub(super) fn learned<'t>(&self, table: &'t Examples) -> Cow<'t, Examples> {
        if self.learned.is_empty() {
            return Cow::Borrowed(table);
        }
        let mut made = table.clone();
        for (&column, values) in &self.learned {
            for (row, value) in values.iter().enumerate() {
                made.rows.row_mut(row)[column] = *value;
            }
        }
        Cow::Owned(made)
    }

    /// The rows of which a label is known, with it, as they are learned from.
    fn lessons(&self, contender: &Contender, label: usize) -> Examples {
        self.with_labels(&self.learned(self.table(contender)), label)
    }

    /// The rows of which a label is known, with it, as they are asked.
    fn examples(&self, contender: &Contender, label: usize) -> Examples {
        self.with_labels(self.table(contender), label)
    }

    fn with_labels(&self, table: &Examples, label: usize) -> Examples {
        let labels = &self.labels[label];
        if labels.iter().all(|label| !label.is_nan()) {
            return Examples { labels: labels.clone(), ..table.clone() };
        }
        let known: Vec<usize> = (0..labels.len()).filter(|&at| !labels[at].is_nan()).collect();
        let mut made = training::chosen(table, &known);
        made.labels = known.into_iter().map(|at| labels[at]).collect();
        made
    }
}

/// Walks the requests of a period and makes the rows of what each named, strictly before it is taken in.
fn walk(
    replay: &mut Replay<'_>,
    sources: &mut BTreeMap<String, Source>,
    outcomes: &[&Outcome],
    each: &mut dyn FnMut(&Replay<'_>, &Outcome),
    words: &str,
    progress: &dyn Progress,
) -> Result<Walked, Error> {
    progress.begin(words, Some(outcomes.len() as u64));
    let (problem, dataset) = (replay.problem, replay.dataset);
    let mut walked = Walked { labels: vec![Vec::new(); problem.labels.0.len()], ..Walked::default() };
    for (key, source) in sources.iter() {
        walked.tables.insert(key.clone(), empty(&source.layout));
    }
    let mut slices = Slices::new(problem);
    for outcome in outcomes {
        replay.advance(outcome.event);
        each(replay, outcome);
        let shown = asked(dataset, outcome).1;
        let known =
            |item: &Id| (0..walked.labels.len()).any(|at| outcome.label(problem, at, *item).is_some());
        let places = shown.iter().copied().zip(1..).filter(|(item, _)| known(item));
        let (items, places): (Vec<Id>, Vec<usize>) = places.unzip();
        let question = replay.question(outcome, items.len());
        let candidates = Candidates { items, ..Candidates::default() };
        for (key, source) in sources.iter() {
            let table = walked.tables.get_mut(key).expect("every source has its table");
            let Source { contender, encoders, layout } = source;
            let rows = layout.rows(contender, encoders, &replay.fold, &question.moment, &candidates);
            for at in 0..candidates.items.len() {
                table.rows.push(&rows, at);
            }
            table.groups.push(candidates.items.len() as u32);
        }
        for (column, value) in places.into_iter().flat_map(|place| replay.fold.shown(place)) {
            walked.learned.entry(column).or_default().push(value);
        }
        for &item in &candidates.items {
            for (at, labels) in walked.labels.iter_mut().enumerate() {
                labels.push(outcome.label(problem, at, item).unwrap_or(f32::NAN));
            }
            walked.users.push(outcome.user);
            walked.times.push(outcome.time);
            walked.slices.push(slices.of(replay, outcome, item));
        }
        progress.advance(1);
        progress.check()?;
    }
    let rows = walked.users.len();
    for table in walked.tables.values_mut() {
        table.labels = vec![0.0; rows];
        table.weights = vec![1.0; rows];
    }
    walked.names = slices.names;
    if let [first, .., last] = outcomes {
        walked.span = last.time - first.time;
    }
    progress.end();
    Ok(walked)
}

/// Runs the trials and keeps the best of each contender; among equals the earlier one.
fn choose(
    problem: &Problem,
    plan: &[Recipe],
    train: &Walked,
    valid: &Walked,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Tried>, Error> {
    progress.begin("trying settings", Some(plan.len() as u64));
    let mut tried: Vec<Option<Tried>> = vec![None; problem.contenders.len()];
    for recipe in plan {
        progress.check()?;
        let value = if recipes::alone(plan, recipe) {
            f64::NAN
        } else {
            let predictions = validated(problem, &recipe.contender, train, valid, seed);
            value(&problem.evaluate.metric, &known(valid, &[predictions], &|_| true), 0)
        };
        trials::keep_better(problem, &mut tried, recipe, value);
        progress.advance(1);
    }
    progress.end();
    Ok(tried.into_iter().flatten().collect())
}

/// `labels x examples`: predictions of validation by what learned from train alone.
fn validated(
    problem: &Problem,
    contender: &Contender,
    train: &Walked,
    valid: &Walked,
    seed: u64,
) -> Vec<Vec<f64>> {
    let voices = voices(problem, contender, train, Some(valid), seed);
    let table = valid.table(contender);
    let picks = training::picks(contender, table);
    let scores: Vec<Vec<f32>> = voices.iter().map(|voice| voice.scores(&table.rows, &picks)).collect();
    doubles(Scoring::told(contender, &scores))
}

/// Where each contender acts and reviews, from predictions of validation by what learned from train alone.
fn thresholds(
    problem: &Problem,
    tried: &[Tried],
    train: &Walked,
    valid: &Walked,
    seed: u64,
) -> Vec<Option<Thresholds>> {
    let one = |tried: &Tried| {
        let predictions = validated(problem, &tried.contender, train, valid, seed);
        let seen =
            Seen { predictions: &predictions, labels: &valid.labels, span: valid.span, share: valid.share };
        decisions::choose(&problem.decide, &seen)
    };
    tried.iter().map(|tried| problem.decide.acts().then(|| one(tried))).collect()
}

/// What scores for each label.
fn voices(
    problem: &Problem,
    contender: &Contender,
    train: &Walked,
    valid: Option<&Walked>,
    seed: u64,
) -> Vec<Voice> {
    let labels = 0..problem.labels.0.len();
    labels
        .into_par_iter()
        .map(|label| {
            let examples = train.lessons(contender, label);
            let valid = valid.map(|valid| valid.examples(contender, label));
            training::voice(contender, &examples, valid.as_ref(), seed)
        })
        .collect()
}

/// The pipelines that are judged: with the chosen settings, on train and validation. Scorers that stop early
/// keep validation for that.
fn train(
    replay: &Replay<'_>,
    fitted: &mut Fitted<'_>,
    train: &Walked,
    valid: &Walked,
    tried: &[Tried],
    seed: u64,
    progress: &dyn Progress,
) -> Result<(Vec<Pipeline>, Vec<f64>), Error> {
    progress.begin("training the chosen settings", Some(tried.len() as u64));
    let (problem, mut made) = (replay.problem, (Vec::new(), Vec::new()));
    for Tried { contender, .. } in tried {
        progress.check()?;
        let begun = Instant::now();
        let voices: Vec<Voice> = if training::stops_early(contender) {
            voices(problem, contender, train, Some(valid), seed)
        } else {
            let one = |label: usize| {
                let mut examples = train.lessons(contender, label);
                extend(&mut examples, &valid.lessons(contender, label));
                training::voice(contender, &examples, None, seed)
            };
            (0..problem.labels.0.len()).into_par_iter().map(one).collect()
        };
        made.1.push(begun.elapsed().as_secs_f64());
        let encoders = fitted.encoders(&contender.encode);
        let scoring = Scoring::new(contender, &replay.fold, encoders, voices);
        let pipeline = Pipeline::new(contender.clone(), Vec::new(), Some(scoring), problem);
        made.0.push(pipeline.map_err(Error::Data)?);
        progress.advance(1);
    }
    progress.end();
    Ok(made)
}

/// `labels x examples`.
fn predict(pipeline: &Pipeline, table: &Examples) -> Vec<Vec<f64>> {
    let Some(scoring) = pipeline.scoring() else { return Vec::new() };
    doubles(scoring.predictions(&scoring.scores(&table.rows)))
}

fn doubles(values: Vec<Vec<f32>>) -> Vec<Vec<f64>> {
    values.into_iter().map(|values| values.into_iter().map(f64::from).collect()).collect()
}

fn report(
    problem: &Problem,
    tried: &[Tried],
    pipelines: Vec<Pipeline>,
    seconds: Vec<f64>,
    measured: Tested,
) -> Judged {
    let (test, tested) = (&measured.walked, &measured.predictions[..]);
    let deciding = &problem.evaluate.metric;
    let contenders = tested.len();
    let all = known(test, tested, &|_| true);
    let units = compared(deciding, &all);
    let turned = |value: &f64| {
        metrics::find(&deciding.name).map_or(*value, |metric| metric.turned(*value, deciding.k))
    };
    let values = units.values.iter().map(|values| values.iter().map(turned).collect()).collect();
    let reached: Vec<(String, Vec<Figure>)> = metrics_of(problem)
        .flat_map(|metric| {
            let mut rows = vec![(metric.to_string(), figures(problem, metric, &all, contenders))];
            if all.len() > 1 {
                rows.extend(problem.labels.0.iter().zip(&all).map(|(label, known)| {
                    let own = std::slice::from_ref(known);
                    (format!("{metric} {}", label.name), figures(problem, metric, own, contenders))
                }));
            }
            rows
        })
        .collect();
    let parts: Vec<(String, usize, Vec<Figure>)> = test
        .names
        .iter()
        .enumerate()
        .map(|(slice, name)| {
            let within = |at: usize| test.slices[at].contains(&slice);
            let count = (0..test.users.len()).filter(|&at| within(at)).count();
            let known = known(test, tested, &within);
            (name.clone(), count, figures(problem, deciding, &known, contenders))
        })
        .collect();
    let one = |(at, (tried, pipeline)): (usize, (&Tried, &Pipeline))| Quality {
        name: tried.contender.name.clone(),
        tried: tried.clone(),
        metrics: reached.iter().map(|(name, figures)| (name.clone(), figures[at])).collect(),
        slices: parts.iter().map(|(name, count, figures)| (name.clone(), (figures[at], *count))).collect(),
        importance: selection::importance(pipeline),
        found_alone: 0.0,
        requests: test.users.len(),
        sampling: format!(
            "every item that a test request named and whose outcome is known ({}); scorers learned from \
                 those of at most {TRAINED} train requests, settings were chosen on those of at most \
                 {VALIDATED} validation requests",
            test.users.len()
        ),
    };
    let quality: Vec<Quality> = tried.iter().zip(&pipelines).enumerate().map(one).collect();
    let prediction = Some(prediction(problem, &pipelines, measured));
    Judged {
        quality,
        pipelines,
        seconds,
        values,
        users: units.clusters,
        people: Some(units.users),
        prediction,
        detection: None,
    }
}

fn prediction(problem: &Problem, pipelines: &[Pipeline], measured: Tested) -> Prediction {
    let Tested { walked: test, predictions: tested, freshness, off_policy } = measured;
    let known = |label: usize| test.labels[label].iter().filter(|label| !label.is_nan());
    let labels = 0..problem.labels.0.len();
    let base = |label: usize| {
        known(label).map(|label| f64::from(*label)).sum::<f64>() / known(label).count().max(1) as f64
    };
    let calibration = |(pipeline, predictions): (&Pipeline, &Vec<Vec<f64>>)| {
        let labels = &test.labels[0];
        let own = predictions.first()?;
        let mut pairs: Vec<(f64, f64)> = (0..labels.len())
            .filter(|&at| !labels[at].is_nan())
            .map(|at| (own[at], f64::from(labels[at])))
            .collect();
        pairs.sort_by(|left, right| left.0.total_cmp(&right.0));
        let size = pairs.len().div_ceil(BINS).max(1);
        let mean = |pairs: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| {
            pairs.iter().map(of).sum::<f64>() / pairs.len().max(1) as f64
        };
        let bins =
            pairs.chunks(size).map(|bin| (mean(bin, |pair| pair.0), mean(bin, |pair| pair.1), bin.len()));
        Some(Calibration { name: pipeline.contender.name.clone(), bins: bins.collect() })
    };
    let decided = |(pipeline, predictions): (&Pipeline, &Vec<Vec<f64>>)| {
        let thresholds = pipeline.thresholds.clone()?;
        let seen = Seen { predictions, labels: &test.labels, span: test.span, share: test.share };
        Some(decisions::judge(&problem.decide, &pipeline.contender.name, thresholds, &seen))
    };
    Prediction {
        labels: problem.labels.0.iter().map(|label| label.name.clone()).collect(),
        base: labels.clone().map(base).collect(),
        examples: labels.map(|label| known(label).count()).collect(),
        decided: pipelines.iter().zip(&tested).filter_map(decided).collect(),
        calibration: pipelines.iter().zip(&tested).filter_map(calibration).collect(),
        freshness,
        off_policy,
    }
}

/// Points of a calibration curve.
const BINS: usize = 12;
