//! Ranking: contenders order the whole catalogue at the same requests.

use std::time::Instant;

use super::examples::Gathered;
use super::fitting::Fitted;
use super::replay::Replay;
use super::selection::{self, Tried};
use super::{Judged, evaluate, recipes, trials};
use crate::error::Error;
use crate::pipeline::{Pipeline, Scoring};
use crate::prepare::Period;
use crate::progress::Progress;

/// Trains, tunes and tests the contenders of a ranking problem.
pub(super) fn judge(
    replay: &mut Replay<'_>,
    fitted: &mut Fitted<'_>,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Judged, Error> {
    let (problem, dataset) = (replay.problem, replay.dataset);
    let plan = recipes::plan(problem, seed);
    let gathered = Gathered::collect(replay, fitted, &plan, seed, progress)?;
    let tried = trials::choose(problem, &plan, &gathered, seed, progress)?;
    let (pipelines, seconds) = train(replay, fitted, &gathered, &tried, seed, progress)?;
    let tested = evaluate::test(replay, &pipelines, progress)?;
    replay.advance(dataset.events.len());
    let quality = selection::quality(problem, dataset, &tried, &pipelines, &tested);
    let values = (0..pipelines.len()).map(|at| tested.deciding(problem, at)).collect();
    let (people, prediction, detection) = (None, None, None);
    let users = tested.users;
    Ok(Judged { quality, pipelines, seconds, values, users, people, prediction, detection })
}

/// The pipelines that are judged: refitted on everything before the test period.
fn train(
    replay: &Replay<'_>,
    fitted: &mut Fitted<'_>,
    gathered: &Gathered,
    tried: &[Tried],
    seed: u64,
    progress: &dyn Progress,
) -> Result<(Vec<Pipeline>, Vec<f64>), Error> {
    progress.begin("training the chosen settings", Some(tried.len() as u64));
    let mut made = (Vec::new(), Vec::new());
    for tried in tried {
        progress.check()?;
        let begun = Instant::now();
        let voice = trials::final_voice(tried, gathered, seed);
        let own = begun.elapsed().as_secs_f64();
        let contender = tried.contender.clone();
        let encoders = fitted.encoders(&contender.encode);
        let scoring = voice.map(|voice| Scoring::new(&contender, &replay.fold, encoders, vec![voice]));
        let (retrievers, seconds) = fitted.steps(&contender.retrieve, Period::Test);
        let pipeline = Pipeline::new(contender, retrievers, scoring, replay.problem).map_err(Error::Data)?;
        made.0.push(pipeline);
        made.1.push(own + seconds);
        progress.advance(1);
    }
    progress.end();
    Ok(made)
}
