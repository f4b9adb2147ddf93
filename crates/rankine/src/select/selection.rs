//! The selection: what was tried, what it reached, what it costs, who won. Plain data: `3-selection/`.

use std::collections::BTreeMap;

use rankine_learn::Id;
use rankine_learn::metrics::{self, Catalogue, Shape, Units};
use rankine_learn::verdict::{Estimate, Verdict, estimate};
use serde::{Deserialize, Deserializer, Serialize};

use super::detection::Detection;
use super::evaluate::{Tested, metrics_of};
use super::examples::{NEGATIVES, TRAINED, VALIDATED};
use super::online::Online;
use super::prediction::Prediction;
use crate::pipeline::{Pipeline, Scoring};
use crate::prepare::{Dataset, Period};
use crate::problem::{Contender, Guard, Problem};

/// What select found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// What contenders reached: the same bits for the same seed.
    pub quality: Vec<Quality>,
    /// What they cost, and whether they keep the design's bounds.
    pub watched: Vec<Watched>,
    /// Who won.
    pub verdict: Verdict,
    /// What the world's users said, where there is a world.
    pub online: Option<Online>,
    /// What there is to say of predictions, where the task is to predict.
    pub prediction: Option<Prediction>,
    /// What there is to say of boxes, where the task is to detect.
    #[serde(default)]
    pub detection: Option<Detection>,
    /// The contender that is bundled: the winner; without one the leader if it surely beats the baseline,
    /// otherwise the baseline.
    pub chosen: String,
}

impl Selection {
    /// What the contender of this name costs, and why it may not win.
    pub fn watched_of(&self, name: &str) -> Option<&Watched> {
        self.watched.iter().find(|watched| watched.name == name)
    }

    /// What a thousand decisions of each contender cost, in the design's unit; nothing where none are made.
    pub fn decision_costs(&self) -> Vec<(&str, f64)> {
        let boxes = self.detection.iter().flat_map(|detection| &detection.acted);
        let boxes = boxes.map(|acted| (acted.name.as_str(), acted.cost_per_thousand));
        let items = self.prediction.iter().flat_map(|prediction| &prediction.decided);
        boxes.chain(items.map(|decided| (decided.name.as_str(), decided.cost_per_thousand))).collect()
    }
}

/// A contender with the settings that its trials chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The chosen settings.
    pub contender: Contender,
    /// All trials, the first with the defaults.
    pub trials: Vec<Trial>,
    /// The one chosen.
    pub best: usize,
}

/// One trial on the validation period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What differs from the first trial.
    pub changes: Vec<String>,
    /// The deciding metric; not-a-number, written as null, where it is undefined.
    #[serde(deserialize_with = "or_undefined")]
    pub value: f64,
}

fn or_undefined<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

/// A metric's value; without an interval where it is one number over all requests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The value; not-a-number, written as null, where the metric is undefined.
    #[serde(deserialize_with = "or_undefined")]
    pub value: f64,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
}

impl Figure {
    /// A value with the interval that the units of one contender give it; without one where there is none, or
    /// the value is undefined.
    pub(super) fn of_units(value: f64, units: &Units, contender: usize, confidence: f64) -> Figure {
        let values = units.values.get(contender).filter(|_| value.is_finite());
        let figure = values.map(|values| Figure::from(estimate(values, &units.clusters, confidence)));
        Figure { value, ..figure.unwrap_or(Figure { value, low: None, high: None }) }
    }
}

/// The mean of the values that are defined; not-a-number where none is.
pub(super) fn mean_of_defined(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    if values.is_empty() { f64::NAN } else { values.iter().sum::<f64>() / values.len() as f64 }
}

impl From<Estimate> for Figure {
    fn from(estimate: Estimate) -> Figure {
        let finite = |value: f64| value.is_finite().then_some(value);
        Figure { value: estimate.value, low: finite(estimate.low), high: finite(estimate.high) }
    }
}

/// What a contender reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Its name.
    pub name: String,
    /// Its trials and chosen settings.
    pub tried: Tried,
    /// Metrics on the test period, by name with cut-off.
    pub metrics: BTreeMap<String, Figure>,
    /// The deciding metric in parts of the requests, with the number of requests.
    pub slices: BTreeMap<String, (Figure, usize)>,
    /// How much each column mattered to the scorer, most first; empty without one.
    pub importance: Vec<(String, f32)>,
    /// Relevant items that it had among the first of its list and no other contender had, per request.
    pub found_alone: f64,
    /// Test requests judged.
    pub requests: usize,
    /// What was sampled, in words.
    pub sampling: String,
}

/// The load at which contenders are measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Requests a second that one server must answer.
    pub per_second: f64,
    /// Requests measured.
    pub requests: usize,
}

impl Load {
    /// The load of one server in a problem of this scale: about two seconds of it, and at least 100 requests,
    /// of which pictures may be fewer.
    pub fn of(problem: &Problem) -> Load {
        let per_second = problem.scale.requests_per_server().clamp(1.0, 2000.0);
        let least = if problem.detects() { 40.0 } else { 100.0 };
        Load { per_second, requests: (per_second * 2.0).clamp(least, 1000.0) as usize }
    }
}

/// Latency and memory as measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Time from when a request was due to its answer.
    pub latency_ms: Percentiles,
    /// Growth of the process.
    pub memory_bytes: u64,
    /// Time to train the chosen settings.
    pub train_seconds: f64,
    /// Requests answered.
    pub requests: usize,
    /// The load.
    pub per_second: f64,
    /// Pictures read and searched in a second on one core, where boxes are sought.
    #[serde(default)]
    pub pictures_per_second: Option<f64>,
    /// Milliseconds that an answer spends on each of its parts, on average, one after another on one core; none
    /// in a run of a version that did not measure them.
    #[serde(default)]
    pub parts_ms: Vec<(String, f64)>,
}

/// Percentiles of latency in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of the answers were at least this fast.
    pub p50: f64,
    /// 99 of 100 were.
    pub p99: f64,
}

/// What a contender costs, and why it may not win.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// Its name.
    pub name: String,
    /// Latency, memory, training time.
    pub measured: Measured,
    /// The bounds that it breaks, each as a sentence; empty where it may win.
    pub why_not: Vec<String>,
}

pub(super) fn quality(
    problem: &Problem,
    dataset: &Dataset,
    tried: &[Tried],
    pipelines: &[Pipeline],
    tested: &Tested,
) -> Vec<Quality> {
    let catalogue = Catalogue { available: &tested.available, categories: &tested.categories };
    let test = dataset.of(Period::Test).len();
    let alone = found_alone(problem, tested);
    let one = |(at, (tried, pipeline)): (usize, (&Tried, &Pipeline))| {
        let mut reached = BTreeMap::new();
        for metric in metrics_of(problem) {
            let figure = match metrics::find(&metric.name).map(|metric| metric.shape) {
                Some(Shape::PerRequest(_)) => {
                    estimate(&tested.values(metric, at), &tested.users, problem.evaluate.confidence).into()
                }
                Some(Shape::OverAll(compute)) => {
                    Figure { value: compute(&tested.lists[at], &catalogue, metric.k), low: None, high: None }
                }
                _ => continue,
            };
            reached.insert(metric.to_string(), figure);
        }
        let slices = problem.evaluate.slices.iter().map(|&slice| {
            let (values, users) = tested.slice(problem, slice, at);
            let figure = estimate(&values, &users, problem.evaluate.confidence).into();
            (slice.name(problem), (figure, values.len()))
        });
        Quality {
            name: tried.contender.name.clone(),
            tried: tried.clone(),
            metrics: reached,
            slices: slices.collect(),
            importance: importance(pipeline),
            found_alone: alone[at],
            requests: tested.users.len(),
            sampling: format!(
                "full ranking of the catalogue at {} of {test} test requests (those that led to something \
                 relevant, with their window closed); scorers learned from at most {TRAINED} train requests \
                 with {NEGATIVES} unlabelled candidates each, settings were chosen on at most {VALIDATED} \
                 validation requests",
                tested.users.len()
            ),
        }
    };
    tried.iter().zip(pipelines).enumerate().map(one).collect()
}

/// How much each column mattered, most first.
pub(super) fn importance(pipeline: &Pipeline) -> Vec<(String, f32)> {
    let mut importance = pipeline.scoring().map(Scoring::importance).unwrap_or_default();
    importance.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    importance
}

fn found_alone(problem: &Problem, tested: &Tested) -> Vec<f64> {
    let k = problem.evaluate.metric.k;
    let requests = tested.users.len();
    let mut counts = vec![0usize; tested.lists.len()];
    for at in 0..requests {
        for (item, _) in &tested.relevant[at] {
            let has = |lists: &Vec<Vec<Id>>| lists[at].iter().take(k).any(|other| other == item);
            let mut finders = (0..tested.lists.len()).filter(|&contender| has(&tested.lists[contender]));
            if let (Some(only), None) = (finders.next(), finders.next()) {
                counts[only] += 1;
            }
        }
    }
    counts.into_iter().map(|count| count as f64 / requests.max(1) as f64).collect()
}

/// Checks contenders against the design's bounds.
pub(super) fn watch(problem: &Problem, quality: &[Quality], measured: &[Measured]) -> Vec<Watched> {
    let one = |(quality, measured): (&Quality, &Measured)| {
        let mut why_not = Vec::new();
        let scale = &problem.scale;
        if let Some(bound) = scale.latency_p99.filter(|bound| measured.latency_ms.p99 > *bound) {
            let have = measured.latency_ms.p99;
            why_not.push(format!("p99 is {have:.1} ms, above the {bound:.0} ms of `scale.latency_p99`"));
        }
        if let Some(bound) = scale.memory.filter(|bound| measured.memory_bytes as f64 > *bound) {
            let have = rankine_design::Bytes(measured.memory_bytes);
            let bound = rankine_design::Bytes(bound as u64);
            why_not.push(format!("it needs {have}, above the {bound} of `scale.memory`"));
        }
        why_not.extend(problem.evaluate.guards.iter().filter_map(|guard| broken(guard, quality)));
        Watched { name: quality.name.clone(), measured: measured.clone(), why_not }
    };
    quality.iter().zip(measured).map(one).collect()
}

fn broken(guard: &Guard, quality: &Quality) -> Option<String> {
    let have = quality.metrics.get(&guard.metric.to_string())?.value;
    let holds = if guard.at_least { have >= guard.bound } else { have <= guard.bound };
    let (sign, side) = if guard.at_least { (">=", "below") } else { ("<=", "above") };
    let (metric, bound) = (&guard.metric, guard.bound);
    (!holds).then(|| format!("{metric} is {have:.3}, {side} the guard `{metric} {sign} {bound}`"))
}
