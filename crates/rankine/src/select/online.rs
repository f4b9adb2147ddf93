//! Online: the world's users judge the contenders that the log has judged already.

use std::collections::BTreeMap;
use std::path::Path;

use rankine_learn::verdict::{Estimate, estimate};
use rankine_learn::{Event, Field, FieldKind, Fold, Moment, Schema, Value, What, hash};
use rankine_world::{Line, Moment as Happening, Population, Visit, World};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Judges;
use super::decisions::Decision;
use super::replay::Replay;
use crate::error::Error;
use crate::folder::{load_binary, save_binary};
use crate::log::{self, Intake, Names, parse_line};
use crate::pipeline::{Answer, Pipeline, Question};
use crate::problem::Problem;
use crate::progress::Progress;

/// What the world's users said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Online {
    /// Visits that each contender answered: the same for all.
    pub visits: usize,
    /// What the world counts, in words.
    pub goal: String,
    /// The share that decisions are to keep small, in words, where the world has one.
    pub ill: Option<String>,
    /// That share where nothing is decided.
    pub untouched: Option<Estimate>,
    /// By contender, in the order of the design.
    pub results: Vec<OnlineResult>,
}

/// What each visit was worth, by which any two contenders can be compared that met the same visits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Visits {
    /// The user of each visit, by the log's dictionary.
    pub users: Vec<u32>,
    /// What the world counts ([`World::goal`]): by contender in the order of the design, at each visit.
    pub worth: Vec<Vec<f64>>,
}

/// The file of [`Visits`] in a run's `3-selection/`.
const VISITS: &str = "visits.bin";

impl Visits {
    /// Those of a run; none where nobody judged, or it is older than they are.
    pub fn of(run: &Path) -> Visits {
        load_binary(&run.join("3-selection").join(VISITS)).unwrap_or_default()
    }

    pub(super) fn keep(&self, selection: &Path) -> Result<(), Error> {
        save_binary(&selection.join(VISITS), self)
    }
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
    /// What is ill among what stays, as a share, where the world has such a thing.
    pub prevalence: Option<Estimate>,
    /// Items acted on, reviewed and left, where the design decides.
    pub decided: Option<[usize; 3]>,
}

/// Lets every contender answer the same visits after the log's end. Each has its own population, which
/// changes with what it was shown; the same item at the same place gets the same reaction from all. What a
/// contender decides is done: it shows nothing that it acts on, and has reviewed what it asks to, as far as
/// the reviewers' days reach.
pub(super) fn judge(
    replay: &Replay<'_>,
    pipelines: &[Pipeline],
    judges: &Judges<'_>,
    progress: &dyn Progress,
) -> Result<(Online, Visits), Error> {
    let happenings = judges.world.afterwards(judges.visits);
    // What happens whoever answers is read once for all.
    let known: Vec<Option<log::Line>> = happenings
        .par_iter()
        .map(|happening| match happening {
            Happening::Event(line) => read(line, &replay.problem.schema),
            Happening::Visit(_) => None,
        })
        .collect();
    let state = replay.fold.save();
    let ill = judges.world.ill();
    // Where something is ill, one site more does not decide.
    let idle = pipelines.first().filter(|_| ill.is_some() && replay.problem.decide.acts());
    let sites: Vec<(&Pipeline, bool)> =
        pipelines.iter().map(|pipeline| (pipeline, true)).chain(idle.map(|first| (first, false))).collect();
    progress.begin("asking the world's users", Some((happenings.len() * sites.len()) as u64));
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
    let mut lived: Vec<Lived> = sites
        .par_iter()
        .map(|(pipeline, decides)| {
            let problem = replay.problem;
            let mut fold =
                Fold::new(&problem.schema, &problem.labels, &problem.features).map_err(Error::Data)?;
            fold.load(&state).map_err(Error::Artifact)?;
            let mut site = Site {
                problem,
                pipeline,
                decides: *decides,
                fold,
                intake: Intake::new(&problem.schema, replay.dataset.dictionary.clone()),
                population: population.boxed_clone(),
                world: judges.world,
                waiting: BTreeMap::new(),
                reactions: 0,
                desk: Desk::default(),
                lived: Lived::default(),
            };
            for (happening, known) in happenings.iter().zip(&known) {
                progress.check()?;
                match happening {
                    Happening::Event(line) => {
                        site.catch_up(line.time());
                        site.observe(known.clone());
                    }
                    Happening::Visit(visit) => site.meet(visit),
                }
                progress.advance(1);
            }
            Ok(site.lived)
        })
        .collect::<Result<_, Error>>()?;
    progress.end();
    let confidence = replay.problem.evaluate.confidence;
    let baseline =
        pipelines.iter().position(|pipeline| pipeline.contender.name == replay.problem.evaluate.baseline);
    let prevalence = |lived: &Lived| ill.and_then(|_| share(&lived.parts, &users, confidence));
    let results = pipelines.iter().zip(&lived).map(|(pipeline, own)| {
        let base = baseline.map_or(own, |at| &lived[at]);
        let gaps: Vec<f64> = own.worth.iter().zip(&base.worth).map(|(own, base)| own - base).collect();
        OnlineResult {
            name: pipeline.contender.name.clone(),
            per_visit: estimate(&own.worth, &users, confidence),
            over_baseline: estimate(&gaps, &users, confidence),
            prevalence: prevalence(own),
            decided: pipeline.thresholds.as_ref().map(|_| own.decided),
        }
    });
    let online = Online {
        visits: users.len(),
        goal: judges.world.goal().to_owned(),
        ill: ill.map(str::to_owned),
        untouched: lived.get(pipelines.len()).and_then(prevalence),
        results: results.collect(),
    };
    lived.truncate(pipelines.len());
    let worth = lived.into_iter().map(|lived| lived.worth).collect();
    Ok((online, Visits { users, worth }))
}

/// A sum over another, with the interval of a ratio of means (Cochran 1977, Sampling techniques, 6.4); none
/// where there is nothing to divide by.
fn share(parts: &[(f64, f64)], users: &[u32], confidence: f64) -> Option<Estimate> {
    let (some, all) = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    if all <= 0.0 {
        return None;
    }
    let (ratio, mean) = (some / all, all / parts.len() as f64);
    let values: Vec<f64> = parts.iter().map(|(some, all)| ratio + (some - ratio * all) / mean).collect();
    let found = estimate(&values, users, confidence);
    Some(Estimate { low: found.low.max(0.0), high: found.high.min(1.0), ..found })
}

/// What came of the visits, one after another.
#[derive(Default)]
struct Lived {
    worth: Vec<f64>,
    /// What was ill, and out of how much.
    parts: Vec<(f64, f64)>,
    /// Items acted on, reviewed and left.
    decided: [usize; 3],
}

/// The reviewers: how many they have looked at on a day.
#[derive(Default)]
struct Desk {
    day: i64,
    reviewed: usize,
}

impl Desk {
    /// Whether somebody has time for one more.
    fn takes(&mut self, time: i64, a_day: Option<f64>) -> bool {
        let day = time.div_euclid(DAY);
        if day != self.day {
            *self = Desk { day, reviewed: 0 };
        }
        let free = a_day.is_some_and(|most| ((self.reviewed + 1) as f64) <= most);
        self.reviewed += usize::from(free);
        free
    }
}

const DAY: i64 = 86_400_000;

/// A site that is run by one contender.
struct Site<'a> {
    problem: &'a Problem,
    pipeline: &'a Pipeline,
    /// Whether what it decides is done.
    decides: bool,
    fold: Fold,
    intake: Intake,
    population: Box<dyn Population>,
    world: &'a dyn World,
    /// Reactions whose time has not come, in time order: what happens days later is not known at the next visit.
    waiting: BTreeMap<(i64, usize), Line>,
    reactions: usize,
    desk: Desk,
    lived: Lived,
}

impl Site<'_> {
    /// Answers a visit.
    fn meet(&mut self, visit: &Visit) {
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
        let (shown, reviewed) = self.decided(&answer, visit.time);
        let names = &self.intake.dictionary.entities[self.problem.schema.item];
        let named = |items: &[u32]| -> Vec<String> {
            items.iter().map(|&item| names.name(item).to_owned()).collect()
        };
        let (slate, reviewed) = (named(&shown), named(&reviewed));
        let what = What::Request { request: u32::MAX, user, context: context.into(), shown: shown.into() };
        self.fold.observe(&Event { time: visit.time, known: visit.time, what });
        let lines = self.population.react_to_reviewed(visit, &slate, &reviewed);
        self.lived.worth.push(self.world.worth(&lines));
        self.lived.parts.push(self.world.parts(&lines));
        for line in lines {
            self.waiting.insert((line.time(), self.reactions), line);
            self.reactions += 1;
        }
    }

    /// What of an answer is shown, in its order, and what of that is reviewed: all and nothing where nothing
    /// is decided.
    fn decided(&mut self, answer: &Answer, time: i64) -> (Vec<u32>, Vec<u32>) {
        let (mut shown, mut reviewed) = (Vec::new(), Vec::new());
        for (item, place) in answer.items.iter().map(|scored| scored.item).zip(answer.places()) {
            let decision = place.filter(|_| self.decides).and_then(|at| self.pipeline.decide(answer, at));
            let decision = match decision {
                // Nobody has time: it stays as it is.
                Some(Decision::Review) if !self.desk.takes(time, self.problem.decide.reviews_day) => {
                    Some(Decision::Leave)
                }
                other => other,
            };
            if let Some(decision) = decision {
                self.lived.decided[decision as usize] += 1;
            }
            if decision != Some(Decision::Act) {
                shown.push(item);
            }
            if decision == Some(Decision::Review) {
                reviewed.push(item);
            }
        }
        (shown, reviewed)
    }

    /// Takes in the reactions up to a time.
    fn catch_up(&mut self, time: i64) {
        while let Some(entry) = self.waiting.first_entry().filter(|entry| entry.key().0 <= time) {
            let line = read(&entry.remove(), &self.problem.schema);
            self.observe(line);
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

    fn observe(&mut self, line: Option<log::Line>) {
        if let Some(Ok(event)) = line.map(|line| self.intake.take(line, 0)) {
            self.fold.observe(&event);
        }
    }
}

/// A line of the world as a log has it. A world writes what its own design declares; another design may not
/// know an event, and does without it just as it did in the log.
fn read(line: &Line, schema: &Schema) -> Option<log::Line> {
    let mut text = String::new();
    line.write_json(&mut text);
    parse_line(&text, schema).ok()
}
