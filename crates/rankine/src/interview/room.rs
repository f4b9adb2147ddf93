//! The room: the world of one interview, with its hidden parameters, and what is executed in it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rankine_design::{Bytes, Count, Milliseconds, Quantity, Rate, Source};
use rankine_learn::hash;
use rankine_world::{Leak, Planted, Recipe};
use serde::Serialize;
use toml::{Table, Value};

use super::brief::{Brief, Fact, Factor, Size};
use super::worlds::{self, Peoples};
use crate::error::Error;
use crate::folder::{load_json, save_json};
use crate::progress::{Hushed, Progress};
use crate::run::{Ingredients, Origin, compare, run};
use crate::select::{Load, Measure, Measured, Selection, Visits};

/// The world of one interview.
pub struct Room {
    /// What the interview is about.
    pub brief: Arc<Brief>,
    /// The seed of the hidden parameters, the world and every training.
    pub seed: u64,
    /// The value of each fact that the seed drew, by its place in [`Fact::values`].
    drawn: Vec<usize>,
    place: PathBuf,
    executed: Mutex<HashMap<String, Slot>>,
    peoples: Peoples,
}

/// One experiment: whoever asks for it second waits for the first.
type Slot = Arc<Mutex<Option<Arc<Executed>>>>;

/// What is to be executed: a variation of the case's design in a variation of the room's world.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Experiment {
    /// Settings laid over the room's world.
    pub world: Table,
    /// Settings of the world from the end of the log on, where they change.
    pub after: Option<Table>,
    /// The contenders; empty for all.
    pub contenders: Vec<String>,
    /// The contender to beat; the design's where nothing is said, which then competes too.
    pub baseline: Option<String>,
    /// Whether the world is the case's as it is published, without what the seed hides.
    pub ordinary: bool,
    /// The features that their models may read; all where nothing is said.
    pub features: Option<Vec<String>>,
    /// Ways in which the log leaks, by name ([`Leak::name`]), whose fields the models may read too.
    pub leaks: Vec<String>,
    /// Another label, laid before those of the design.
    pub label: Option<Table>,
    /// Whether the world's users judge too.
    pub judged: bool,
}

/// What came of an experiment.
#[derive(Debug)]
pub struct Executed {
    /// What each contender reached.
    pub selection: Selection,
    /// What each visit was worth; nothing where nobody judged.
    pub visits: Visits,
    /// The folder of its run.
    pub run: PathBuf,
}

/// Executions share it, a measurement of latency has it alone, whichever interview of this process asks.
static QUIET: RwLock<()> = RwLock::new(());

/// Keys of a design's `[scale]` by which contenders are barred.
pub(super) const BOUNDS: [&str; 2] = ["latency_p99", "memory"];

/// Checks of data that would stop a run with a leak.
const ALLOWED: [&str; 4] =
    ["filled-afterwards", "knows-the-future", "tells-the-outcome", "repeated-examples"];

/// The ratio of the 99th percentile of latency to the median from which it is measured once more.
const DISTURBED: f64 = 4.0;

/// Purposes of the draws of a room.
const FACT: u64 = 1;
const ORDER: u64 = 2;
const CURVEBALL: u64 = 3;

impl Room {
    /// The room of a seed; what is executed in it is kept below `place`.
    pub fn new(brief: Arc<Brief>, seed: u64, place: &Path) -> Room {
        let draw = |(at, fact): (usize, &Fact)| match fact.values.len() {
            0 => 0,
            many => {
                let with = fact.with.as_deref().and_then(|name| brief.fact(name));
                (hash(seed, &[FACT, with.unwrap_or(at) as u64]) % many as u64) as usize
            }
        };
        let drawn = brief.plan.facts.iter().enumerate().map(draw).collect();
        Room {
            brief,
            seed,
            drawn,
            place: place.to_owned(),
            executed: Mutex::default(),
            peoples: Peoples::default(),
        }
    }

    /// The drawn value of a fact, where it has one.
    pub fn value(&self, fact: usize) -> Option<&Value> {
        self.brief.plan.facts.get(fact)?.values.get(*self.drawn.get(fact)?)
    }

    /// The value of a fact's setting in the case as it is published; where the case does not say, the middle
    /// one of its values.
    pub fn ordinary(&self, fact: usize) -> Option<&Value> {
        let fact = self.brief.plan.facts.get(fact)?;
        let published = match (&fact.world, &fact.scale) {
            (Some(key), _) => self.brief.world.get(key),
            (_, Some(key)) => self.brief.design.get("scale").and_then(|scale| scale.get(key)),
            _ => None,
        };
        published.or_else(|| fact.values.get(fact.values.len() / 2))
    }

    /// An order of so many options that is this seed's own.
    pub fn order(&self, of: &str, many: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..many).collect();
        let name = rankine_learn::hash_text(0, of);
        order.sort_by_key(|&at| hash(self.seed, &[ORDER, name, at as u64]));
        order
    }

    /// Which of the curveballs is thrown.
    pub fn curveball(&self) -> Option<usize> {
        let many = self.brief.plan.curveballs.len() as u64;
        (many > 0).then(|| (hash(self.seed, &[CURVEBALL]) % many) as usize)
    }

    /// The value of a part of a sum, in units, per second or bytes.
    pub fn factor(&self, factor: &Factor) -> f64 {
        let fact = factor.fact.as_deref().and_then(|name| self.brief.fact(name));
        factor.number.or_else(|| amount(self.value(fact?)?)).unwrap_or(f64::NAN)
    }

    /// The answer to a sum.
    pub fn computed(&self, asked: &Size) -> f64 {
        let product = |factors: &[Factor]| factors.iter().map(|factor| self.factor(factor)).product::<f64>();
        product(&asked.times) / product(&asked.over)
    }

    /// The metric that decides, as it is written in the design.
    pub fn metric(&self) -> &str {
        let evaluate = self.brief.design.get("evaluate");
        evaluate.and_then(|table| table.get("metric")?.as_str()).unwrap_or_default()
    }

    /// All contenders as the design has them, judged by the world's users too: what choices are measured by.
    pub fn reference(&self) -> Experiment {
        Experiment { judged: true, ..Experiment::default() }
    }

    /// The settings of this room's world.
    pub fn world(&self) -> Table {
        let mut world = self.brief.world.clone();
        world.extend(self.hidden(|fact| fact.world.as_ref()));
        world
    }

    /// The most that the design allows of a key of its `[scale]`, as this seed drew it: milliseconds or bytes.
    pub(super) fn bound(&self, key: &str) -> Option<f64> {
        let drawn = self.hidden(|fact| fact.scale.as_ref()).into_iter().find(|(own, _)| own == key);
        let written = || self.brief.design.get("scale")?.get(key).cloned();
        amount(&drawn.map(|(_, value)| value).or_else(written)?)
    }

    fn hidden(&self, key: impl Fn(&Fact) -> Option<&String>) -> Table {
        let facts = self.brief.plan.facts.iter().enumerate();
        facts.filter_map(|(at, fact)| Some((key(fact)?.clone(), self.value(at)?.clone()))).collect()
    }

    /// The design of an experiment, as a file that anybody can run.
    ///
    /// # Errors
    /// Where the world's settings are none.
    pub fn design(&self, experiment: &Experiment) -> Result<String, Error> {
        let planted = leaks(&experiment.leaks)
            .map(|leak| Ok(Planted::new(recipe(&self.world())?.build(self.seed), leak)))
            .collect::<Result<Vec<Planted>, Error>>()?;
        let fields: Vec<_> = planted.iter().flat_map(Planted::fields).collect();
        let mut design = self.brief.design.clone();
        let plan = &self.brief.plan;
        let mut part = |name: &str, with: &dyn Fn(&mut Table)| {
            let entry = design.entry(name).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(table) = entry {
                with(table);
            }
        };
        // The size of the real thing is for sums: this world is a small one of its kind.
        part("scale", &|scale| {
            let keys = self.hidden(|fact| fact.scale.as_ref()).into_iter();
            scale.extend(keys.filter(|(key, _)| BOUNDS.contains(&key.as_str())));
        });
        part("evaluate", &|evaluate| {
            evaluate.insert("trials".to_owned(), Value::Integer(1));
            evaluate.remove("freshness");
            // Whoever chose a leak is to see what comes of it.
            let allowed = ALLOWED.map(|check| (check.to_owned(), Value::from("chosen in an interview")));
            evaluate.insert("allow".to_owned(), Value::Table(Table::from_iter(allowed)));
            evaluate.extend(plan.room.evaluate.clone());
        });
        if let Some(label) = &experiment.label {
            part("label", &|labels| {
                let old = std::mem::take(labels);
                labels.extend(label.clone());
                labels.extend(old.into_iter().filter(|(name, _)| !label.contains_key(name)));
            });
        }
        let baseline = experiment.baseline.clone().unwrap_or_else(|| self.brief.baseline().to_owned());
        part("evaluate", &|evaluate| {
            evaluate.insert("baseline".to_owned(), Value::String(baseline.clone()));
        });
        let competes = |name: &str| {
            experiment.contenders.is_empty() || experiment.contenders.iter().any(|one| one == name)
        };
        if let Some(Value::Array(contenders)) = design.get_mut("contenders") {
            contenders.retain(|one| {
                let name = one.get("name").and_then(Value::as_str).unwrap_or_default();
                competes(name) || name == baseline
            });
            let depths = contenders.iter_mut().filter_map(|one| one.get_mut("depth"));
            depths.zip(plan.room.depth.into_iter().cycle()).for_each(|(own, depth)| *own = depth.into());
            let planted: Vec<&str> = fields.iter().map(|field| field.name).collect();
            if let Some(chosen) = &experiment.features {
                let contenders = contenders.iter_mut().filter_map(Value::as_table_mut);
                contenders.for_each(|one| narrow(one, chosen, &planted));
            }
        }
        let text = toml::to_string(&design).unwrap_or_default();
        Ok(planted.iter().fold(text, |text, planted| planted.laid_into(&text)))
    }

    /// Executes an experiment; what was executed before is read from disk.
    ///
    /// # Errors
    /// What stops a run; [`Error::StoppedBetween`] when asked to stop.
    pub fn execute(&self, experiment: &Experiment, progress: &dyn Progress) -> Result<Arc<Executed>, Error> {
        let reference = self.reference();
        // What the reference told already is not executed once more.
        let experiment = if self.comes_to_the_same(experiment, &reference) { &reference } else { experiment };
        let name = serde_json::to_string(experiment).unwrap_or_default();
        let slot = {
            let mut executed = self.executed.lock().unwrap_or_else(PoisonError::into_inner);
            executed.entry(name).or_default().clone()
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = &*slot {
            return Ok(done.clone());
        }
        let mut settings = self.settings(experiment);
        let before = recipe(&settings)?;
        let recipe = match &experiment.after {
            None => self.peoples.of(before, None),
            // Nobody comes after the log: the change lies within it.
            Some(after) if self.brief.plan.room.visits == 0 => {
                let from = ("from".to_owned(), Value::Float(self.brief.plan.room.later));
                let later: Table = after.clone().into_iter().chain([from]).collect();
                settings.insert("later".to_owned(), Value::Table(later));
                self.peoples.of(recipe(&settings)?, None)
            }
            Some(after) => {
                settings.extend(after.clone());
                self.peoples.of(before, Some(recipe(&settings)?))
            }
        };
        let recipe = leaks(&experiment.leaks).fold(recipe, worlds::leaky);
        let made_of = Ingredients {
            sources: vec![Source::new("design.toml", self.design(experiment)?)],
            log: Origin::World(recipe),
            seed: self.seed,
            visits: if experiment.judged { self.brief.plan.room.visits } else { 0 },
        };
        let _shared = QUIET.read().unwrap_or_else(PoisonError::into_inner);
        // Only of the reference is something served, and measured then.
        let done = if *experiment == reference {
            run(&made_of, &self.place, &unmeasured, progress)?
        } else {
            compare(&made_of, &self.place, progress)?
        };
        let run = done.folder.path();
        let done = Arc::new(Executed { selection: done.selection, visits: Visits::of(&run), run });
        *slot = Some(done.clone());
        Ok(done)
    }

    /// The settings of the world of an experiment, as long as nothing changes there.
    fn settings(&self, experiment: &Experiment) -> Table {
        let mut settings = if experiment.ordinary { self.brief.world.clone() } else { self.world() };
        settings.extend(experiment.world.clone());
        settings
    }

    /// Whether two experiments are the same design in the same world, however they were asked for.
    pub(super) fn comes_to_the_same(&self, one: &Experiment, other: &Experiment) -> bool {
        let world = |of: &Experiment| (self.settings(of), of.after.clone(), of.leaks.clone());
        let designs = || self.design(one).is_ok_and(|one| self.design(other).is_ok_and(|other| one == other));
        one == other || world(one) == world(other) && designs()
    }

    /// Executes experiments from both ends of the list at a time: one alone keeps less than a core busy. Whoever
    /// asks for one then finds it done, or meets its error.
    pub(super) fn ready(&self, experiments: &[Experiment], progress: &dyn Progress) {
        let known = |at: usize| experiments[..at].contains(&experiments[at]);
        // Whoever came to one again would wait for the other end instead of executing the next.
        let experiments: Vec<&Experiment> =
            (0..experiments.len()).filter(|at| !known(*at)).map(|at| &experiments[at]).collect();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let aside = Hushed { stopped: &|| progress.stopped() };
                for experiment in experiments.iter().rev() {
                    let _ = self.execute(experiment, &aside);
                }
            });
            for experiment in &experiments {
                let _ = self.execute(experiment, progress);
            }
        });
    }

    /// Latency and memory of a contender of an experiment, measured once.
    ///
    /// # Errors
    /// Those of `measure`.
    pub fn measured(
        &self,
        executed: &Executed,
        contender: &str,
        measure: Measure<'_>,
    ) -> Result<Measured, Error> {
        let kept = executed.run.join(format!("measured-{contender}.json"));
        if let Ok(measured) = load_json(&kept) {
            return Ok(measured);
        }
        let bundle = executed.run.join("3-selection").join("contenders").join(contender);
        let problem: crate::Problem = load_json(&executed.run.join("1-problem.json"))?;
        let _alone = QUIET.write().unwrap_or_else(PoisonError::into_inner);
        let load = Load::of(&problem);
        let mut measured = measure(&bundle, &load)?;
        // Something else ran meanwhile, most likely: whoever promised is not to pay for that.
        if measured.latency_ms.p99 > DISTURBED * measured.latency_ms.p50 {
            let again = measure(&bundle, &load)?;
            measured = if again.latency_ms.p99 < measured.latency_ms.p99 { again } else { measured };
        }
        save_json(&kept, &measured)?;
        Ok(measured)
    }
}

/// Latency and memory are measured for the one that is to be served, when it is chosen.
fn unmeasured(_: &Path, _: &Load) -> Result<Measured, Error> {
    Ok(Measured::default())
}

/// The leaks of these names.
fn leaks(names: &[String]) -> impl Iterator<Item = Leak> {
    names.iter().filter_map(|name| Leak::find(name))
}

/// Leaves a contender what was chosen of its features, what its own settings name, and what is planted.
fn narrow(contender: &mut Table, chosen: &[String], planted: &[&str]) {
    if !contender.contains_key("score") {
        return;
    }
    let mut named = Vec::new();
    contender.iter().filter(|(key, _)| *key != "features").for_each(|(_, value)| words(value, &mut named));
    let own: Option<Vec<String>> = contender
        .get("features")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect());
    let allowed = |name: &String| own.as_ref().is_none_or(|own| own.contains(name));
    let mut features: Vec<String> = chosen.iter().filter(|name| allowed(name)).cloned().collect();
    let needed = own.iter().flatten().filter(|name| named.contains(name));
    features.extend(needed.cloned());
    features.extend(planted.iter().map(|name| (*name).to_owned()));
    features.sort();
    features.dedup();
    let list = features.into_iter().map(Value::String).collect();
    contender.insert("features".to_owned(), Value::Array(list));
}

/// The words of the texts in a value.
fn words(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.extend(
            text.split(|letter: char| !(letter.is_alphanumeric() || "_-".contains(letter)))
                .map(str::to_owned),
        ),
        Value::Array(list) => list.iter().for_each(|one| words(one, into)),
        Value::Table(table) => table.iter().for_each(|(_, one)| words(one, into)),
        _ => {}
    }
}

fn recipe(settings: &Table) -> Result<Box<dyn Recipe>, Error> {
    rankine_world::read(&toml::to_string(settings).unwrap_or_default()).map_err(Error::Data)
}

/// A value as people say it.
pub fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => number.to_string(),
        other => other.to_string(),
    }
}

/// A value as a number: per second, in bytes, milliseconds, a count, or a share.
pub(super) fn amount(value: &Value) -> Option<f64> {
    let Value::String(text) = value else {
        return value.as_float().or(value.as_integer().map(|whole| whole as f64));
    };
    let count = || Count::parse(text).ok().map(|count| count.number as f64);
    let rate = || Rate::parse(text).ok().map(|rate| rate.0);
    let size = || Bytes::parse(text).ok().map(|bytes| bytes.0 as f64);
    let time = || Milliseconds::parse(text).ok().map(|time| time.0 as f64);
    count().or_else(rate).or_else(size).or_else(time)
}
