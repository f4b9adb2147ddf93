//! Online: the world's users judge the contenders that the log has judged already.

use rankine_learn::verdict::{Estimate, estimate};
use rankine_learn::{Event, Fold, Moment, Value, What, hash};
use rankine_world::Moment as Happening;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Judges;
use super::replay::Replay;
use crate::error::Error;
use crate::log::{Intake, parse_line};
use crate::pipeline::{Pipeline, Question};
use crate::problem::Problem;
use crate::progress::Progress;

/// What the world's users said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Online {
    /// Visits that each contender answered: the same for all.
    pub visits: usize,
    /// By contender, in the order of the design.
    pub results: Vec<OnlineResult>,
}

/// What they said of one contender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OnlineResult {
    /// Its name.
    pub name: String,
    /// Relevant items taken per visit.
    pub per_visit: Estimate,
    /// The difference to the baseline, paired by visit.
    pub over_baseline: Estimate,
}

/// Lets every contender answer the same visits after the log's end. Each has its own population, which
/// changes with what it was shown; the same item at the same place gets the same reaction from all.
pub(super) fn judge(
    replay: &Replay<'_>,
    pipelines: &[Pipeline],
    judges: &Judges<'_>,
    progress: &dyn Progress,
) -> Result<Online, Error> {
    let happenings = judges.world.afterwards(judges.visits);
    let state = replay.fold.save();
    let steps = (happenings.len() * pipelines.len()) as u64;
    progress.begin("asking the world's users", Some(steps));
    let users: Vec<u32> = happenings
        .iter()
        .filter_map(|happening| match happening {
            Happening::Visit(visit) => replay.dataset.dictionary.entities[replay.problem.schema.user]
                .number(&visit.user)
                .or(Some(u32::MAX)),
            Happening::Born(_) => None,
        })
        .collect();
    let population = judges.world.population();
    let values: Vec<Vec<f64>> = pipelines
        .par_iter()
        .map(|pipeline| {
            let problem = replay.problem;
            let mut fold =
                Fold::new(&problem.schema, &problem.labels, &problem.features).map_err(Error::Data)?;
            fold.load(&state).map_err(Error::Artifact)?;
            let intake = Intake::new(&problem.schema, replay.dataset.dictionary.clone());
            let mut site =
                Site { problem, pipeline, fold, intake, population: population.clone(), world: judges.world };
            let mut values = Vec::new();
            for happening in &happenings {
                progress.check()?;
                values.extend(site.meet(happening));
                progress.advance(1);
            }
            Ok(values)
        })
        .collect::<Result<_, Error>>()?;
    progress.end();
    let confidence = replay.problem.evaluate.confidence;
    let baseline =
        pipelines.iter().position(|pipeline| pipeline.contender.name == replay.problem.evaluate.baseline);
    let results = pipelines.iter().zip(&values).map(|(pipeline, own)| {
        let base = baseline.map_or(own, |at| &values[at]);
        let gaps: Vec<f64> = own.iter().zip(base).map(|(own, base)| own - base).collect();
        OnlineResult {
            name: pipeline.contender.name.clone(),
            per_visit: estimate(own, &users, confidence),
            over_baseline: estimate(&gaps, &users, confidence),
        }
    });
    Ok(Online { visits: users.len(), results: results.collect() })
}

/// A site that is run by one contender.
struct Site<'a> {
    problem: &'a Problem,
    pipeline: &'a Pipeline,
    fold: Fold,
    intake: Intake,
    population: rankine_world::Population,
    world: &'a rankine_world::World,
}

impl Site<'_> {
    /// Lives through one happening; the relevant items taken, where it was a visit.
    fn meet(&mut self, happening: &Happening) -> Option<f64> {
        let visit = match happening {
            Happening::Born(line) => {
                self.observe(line);
                return None;
            }
            Happening::Visit(visit) => visit,
        };
        let schema = &self.problem.schema;
        let user = self.intake.dictionary.entities[schema.user].intern(&visit.user);
        let word = |(field, words): (&rankine_learn::Field, &crate::log::Names)| {
            let given = visit.context.iter().find(|(name, _)| *name == field.name);
            given.and_then(|(_, word)| words.number(word)).map_or(Value::Missing, Value::Category)
        };
        let context: Vec<Value> =
            schema.context.iter().zip(&self.intake.dictionary.context_words).map(word).collect();
        let moment = Moment { time: visit.time, user, context: &context };
        let seed = visit.id.bytes().fold(0, |state, byte| hash(state, &[u64::from(byte)]));
        let answer = self
            .pipeline
            .answer(&self.fold, &Question { moment, limit: self.problem.slate, pool: None, seed });
        let shown: Vec<u32> = answer.items.iter().map(|scored| scored.item).collect();
        let names = &self.intake.dictionary.entities[schema.item];
        let slate: Vec<String> = shown.iter().map(|&item| names.name(item).to_owned()).collect();
        let what = What::Request { request: u32::MAX, user, context, shown };
        self.fold.observe(&Event { time: visit.time, known: visit.time, what });
        let lines = self.population.react(self.world, visit, &slate);
        let taken = self.world.relevant(&lines) as f64;
        lines.iter().for_each(|line| self.observe(line));
        Some(taken)
    }

    fn observe(&mut self, line: &rankine_world::Line) {
        let mut text = String::new();
        line.write_json(&mut text);
        // A world writes what its own design declares; another design may not know an event, and does
        // without it just as it did in the log.
        let Ok(line) = parse_line(&text, &self.problem.schema) else { return };
        if let Ok(event) = self.intake.take(line, 0) {
            self.fold.observe(&event);
        }
    }
}
