//! Select: every contender is trained and measured the same way; a verdict by margin.

mod asked;
mod boxes;
mod decisions;
mod detected;
mod detection;
mod evaluate;
mod examples;
mod export;
mod fitting;
mod freshness;
mod known;
mod off_policy;
mod online;
mod part;
mod predicted;
mod prediction;
mod ranked;
mod recipes;
mod replay;
mod samples;
mod scenes;
mod selection;
mod sights;
mod slices;
mod training;
mod trials;

use std::path::Path;

use rankine_learn::verdict::{Entrant, Rule, Status, Verdict, judge};

pub use asked::{Asked, EachAsked, Walk, Walked, each_asked};
pub(crate) use decisions::acts;
pub use decisions::{Decided, Decision, Thresholds};
pub use detection::{Acted, Curve, Detection, Sample};
pub(crate) use export::word;
pub use export::{Exported, export};
pub use off_policy::{OffPolicy, Policy};
pub use online::{Online, OnlineResult, Visits};
pub use part::Part;
pub use prediction::{Calibration, Freshness, Prediction};
pub(crate) use replay::rehearsal;
pub use selection::{Figure, Load, Measured, Percentiles, Quality, Selection, Trial, Tried, Watched};

use crate::bundle::Bundle;
use crate::error::Error;
use crate::pipeline::Pipeline;
use crate::prepare::Dataset;
use crate::problem::Problem;
use crate::progress::Progress;
use fitting::Fitted;
use replay::Replay;

/// Measures latency and memory of the bundle in a folder, under a load.
pub type Measure<'a> = &'a dyn Fn(&Path, &Load) -> Result<Measured, Error>;

/// A world whose users judge contenders.
pub struct Judges<'a> {
    /// The world that made the log.
    pub world: &'a dyn rankine_world::World,
    /// Visits that every contender answers.
    pub visits: usize,
}

/// Selects among the contenders of a problem. Where they are to be measured, bundles of all are written below
/// `folder`.
///
/// # Errors
/// Where a contender cannot be built, a bundle not be written, or somebody asked to stop.
pub fn select(
    problem: &Problem,
    dataset: &Dataset,
    seed: u64,
    folder: &Path,
    measure: Option<Measure<'_>>,
    judges: Option<&Judges<'_>>,
    progress: &dyn Progress,
) -> Result<Selection, Error> {
    let mut fitted = Fitted::new(problem, dataset, seed);
    let mut replay = Replay::new(problem, dataset)?;
    let found = if problem.detects() {
        detected::judge(&mut replay, seed, progress)?
    } else if problem.predicts() {
        predicted::judge(&mut replay, &mut fitted, seed, progress)?
    } else {
        ranked::judge(&mut replay, &mut fitted, seed, progress)?
    };
    let Judged { quality, pipelines, seconds, values, users, people, prediction, detection } = found;
    let measured = match measure {
        Some(measure) => measure_all(&replay, &pipelines, &seconds, folder, measure, progress)?,
        None => {
            seconds.iter().map(|&train_seconds| Measured { train_seconds, ..Measured::default() }).collect()
        }
    };
    let online = match judges {
        Some(judges) => {
            let (online, visits) = online::judge(&replay, &pipelines, judges, progress)?;
            visits.keep(folder)?;
            Some(online)
        }
        None => None,
    };
    let watched = selection::watch(problem, &quality, &measured);
    let entrants: Vec<Entrant<'_>> = watched
        .iter()
        .zip(&values)
        .map(|(watched, values)| Entrant {
            name: &watched.name,
            values,
            cost: (watched.measured.latency_ms.p50, watched.measured.memory_bytes as f64),
            eligible: watched.why_not.is_empty(),
        })
        .collect();
    let evaluate = &problem.evaluate;
    let rule =
        Rule { baseline: &evaluate.baseline, margin: evaluate.margin, confidence: evaluate.confidence };
    let verdict = judge(&entrants, &users, rule);
    // Blocks of a jackknife stand for whole users.
    let verdict = match people {
        Some(people) => verdict.standing_for(people),
        None => verdict,
    };
    let chosen = chosen(&verdict, &evaluate.baseline);
    Ok(Selection { quality, watched, verdict, online, prediction, detection, chosen })
}

/// What the contenders reached on the test period.
struct Judged {
    quality: Vec<Quality>,
    pipelines: Vec<Pipeline>,
    /// Time to train each.
    seconds: Vec<f64>,
    /// `contenders x places`: the deciding metric where contenders are compared, more being better.
    values: Vec<Vec<f64>>,
    /// Whose each of those places is.
    users: Vec<u32>,
    /// How many users stand behind them, where they are blocks of users.
    people: Option<usize>,
    /// What there is to say of predictions, where the task is to predict.
    prediction: Option<Prediction>,
    /// What there is to say of boxes, where the task is to detect.
    detection: Option<Detection>,
}

/// What is bundled: the winner; where the data cannot tell, the leader if it surely beats the baseline,
/// otherwise the baseline, since it is what is there today.
fn chosen(verdict: &Verdict, baseline: &str) -> String {
    let sure = verdict.status == Status::Winner || verdict.over_baseline.is_some_and(|gap| gap.low > 0.0);
    verdict.leader.clone().filter(|_| sure).unwrap_or_else(|| baseline.to_owned())
}

/// Writes the bundle of each contender and has it measured.
fn measure_all(
    replay: &Replay<'_>,
    pipelines: &[Pipeline],
    seconds: &[f64],
    folder: &Path,
    measure: Measure<'_>,
    progress: &dyn Progress,
) -> Result<Vec<Measured>, Error> {
    let state = replay.fold.save();
    let rehearsal = rehearsal(replay.problem, replay.dataset);
    let load = Load::of(replay.problem);
    progress.begin("measuring latency and memory", Some(pipelines.len() as u64));
    let mut all = Vec::new();
    for (pipeline, seconds) in pipelines.iter().zip(seconds) {
        progress.check()?;
        let place = folder.join("contenders").join(&pipeline.contender.name);
        Bundle::write(&place, replay.problem, &replay.dataset.dictionary, &state, pipeline, &rehearsal)?;
        let measured = steadily(replay.problem, || measure(&place, &load))?;
        all.push(Measured { train_seconds: *seconds, ..measured });
        progress.advance(1);
    }
    progress.check()?;
    progress.end();
    Ok(all)
}

/// A measurement; where it breaks the latency bound, the middle one of three: a machine that was busy for a
/// moment must not bar a contender.
fn steadily(problem: &Problem, measure: impl Fn() -> Result<Measured, Error>) -> Result<Measured, Error> {
    let first = measure()?;
    if problem.scale.latency_p99.is_none_or(|bound| first.latency_ms.p99 <= bound) {
        return Ok(first);
    }
    let mut three = [first, measure()?, measure()?];
    three.sort_by(|left, right| left.latency_ms.p99.total_cmp(&right.latency_ms.p99));
    let [_, middle, _] = three;
    Ok(middle)
}

/// The chosen contender's recipe with its retrievers refitted on the whole log; its scorer is the one that
/// was tested, since the test period is not trained on.
///
/// # Errors
/// Where the selection names a contender that the folder does not hold.
pub fn refit(
    problem: &Problem,
    dataset: &Dataset,
    seed: u64,
    folder: &Path,
    chosen: &str,
) -> Result<(Pipeline, Vec<u8>), Error> {
    let tested = Bundle::read(&folder.join("contenders").join(chosen))?;
    let contender = tested.pipeline.contender.clone();
    let mut fitted = Fitted::new(problem, dataset, seed);
    let (retrievers, _) = fitted.steps_until(&contender.retrieve, dataset.events.len());
    let state = tested.fold.save();
    let pipeline = tested.pipeline.with_retrievers(retrievers);
    Ok((pipeline, state))
}
