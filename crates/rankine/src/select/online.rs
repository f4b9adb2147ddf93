//! Online: the world's users judge the contenders that the log has judged already.

use std::collections::BTreeMap;

use rankine_learn::verdict::{Estimate, estimate};
use rankine_learn::{Event, Field, FieldKind, Fold, Moment, Value, What, hash};
use rankine_world::{Line, Moment as Happening, Population, Visit, World};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Judges;
use super::replay::Replay;
use crate::error::Error;
use crate::log::{Intake, Names, parse_line};
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
    /// What the world counts ([`World::goal`]), per visit.
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
            Happening::Event(_) => None,
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
            let mut site = Site {
                problem,
                pipeline,
                fold,
                intake,
                population: population.boxed_clone(),
                world: judges.world,
                waiting: BTreeMap::new(),
                reactions: 0,
            };
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
    population: Box<dyn Population>,
    world: &'a dyn World,
    /// Reactions whose time has not come, in time order: what happens days later is not known at the next visit.
    waiting: BTreeMap<(i64, usize), Line>,
    reactions: usize,
}

impl Site<'_> {
    /// Lives through one happening; what it was worth to the world, where it was a visit.
    fn meet(&mut self, happening: &Happening) -> Option<f64> {
        let visit = match happening {
            Happening::Event(line) => {
                self.catch_up(line.time());
                self.observe(line);
                return None;
            }
            Happening::Visit(visit) => visit,
        };
        self.catch_up(visit.time);
        let schema = &self.problem.schema;
        let user = self.intake.dictionary.entities[schema.user].intern(&visit.user);
        let context = self.context(visit);
        let entity = &mut self.intake.dictionary.entities[schema.item];
        let pool: Vec<u32> = visit.pool.iter().map(|item| entity.intern(item)).collect();
        let moment = Moment { time: visit.time, user, context: &context };
        let seed = visit.id.bytes().fold(0, |state, byte| hash(state, &[u64::from(byte)]));
        let pool = (!pool.is_empty()).then_some(pool.as_slice());
        let question = Question { moment, limit: self.problem.slate, pool, seed };
        let answer = self.pipeline.answer(&self.fold, &question);
        let shown: Vec<u32> = answer.items.iter().map(|scored| scored.item).collect();
        let names = &self.intake.dictionary.entities[schema.item];
        let slate: Vec<String> = shown.iter().map(|&item| names.name(item).to_owned()).collect();
        let what = What::Request { request: u32::MAX, user, context, shown };
        self.fold.observe(&Event { time: visit.time, known: visit.time, what });
        let lines = self.population.react(visit, &slate);
        let worth = self.world.worth(&lines);
        for line in lines {
            self.waiting.insert((line.time(), self.reactions), line);
            self.reactions += 1;
        }
        Some(worth)
    }

    /// Takes in the reactions up to a time.
    fn catch_up(&mut self, time: i64) {
        while let Some(entry) = self.waiting.first_entry().filter(|entry| entry.key().0 <= time) {
            let line = entry.remove();
            self.observe(&line);
        }
    }

    /// What a visit says of its moment: a word that the log never used is missing, as a server has it.
    fn context(&self, visit: &Visit) -> Vec<Value> {
        let value = |(field, words): (&Field, &Names)| {
            let given = visit.context.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
            let text = given.and_then(serde_json::Value::as_str);
            let read = match field.kind {
                FieldKind::Category => text.and_then(|word| words.number(word)).map(Value::Category),
                FieldKind::Number => given.and_then(serde_json::Value::as_f64).map(Value::Number),
                FieldKind::Text => text.map(|text| Value::Text(text.to_owned())),
                _ => None,
            };
            read.unwrap_or(Value::Missing)
        };
        let declared = &self.problem.schema.context;
        declared.iter().zip(&self.intake.dictionary.context_words).map(value).collect()
    }

    fn observe(&mut self, line: &Line) {
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
