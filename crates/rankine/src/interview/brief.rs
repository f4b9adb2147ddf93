//! What an interview about a case is made of: `interview.toml`, read and checked.

use rankine_design::{Source, did_you_mean};
use rankine_world::Leak;
use serde::Deserialize;
use toml::{Table, Value};

use super::hearing::Offered;
use super::room::said;
use crate::error::Error;

/// A case's interview with the design and the world that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The name of the case.
    pub case: String,
    /// Its design, which experiments vary.
    pub design: Table,
    /// The settings of its world, with those that make it answer within seconds.
    pub world: Table,
    /// What the interviewer says and asks.
    pub plan: Plan,
}

/// `interview.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The problem in a few words.
    pub title: String,
    /// What the interviewer says first.
    pub opening: String,
    /// The world in which answers are executed.
    pub room: RoomPlan,
    /// What can be asked.
    pub facts: Vec<Fact>,
    /// Quantities to be worked out.
    pub sizes: Vec<Size>,
    /// Questions of framing.
    pub frames: Vec<Frame>,
    /// What may be given to the model; nothing where models read pixels.
    #[serde(default)]
    pub features: Features,
    /// What each contender is, by its name in the design.
    pub contenders: std::collections::BTreeMap<String, String>,
    /// What may happen after launch.
    pub curveballs: Vec<Curveball>,
    /// Pages of the trade-off book.
    #[serde(default)]
    pub tradeoffs: Vec<Tradeoff>,
}

/// The world in which answers are executed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomPlan {
    /// Settings laid over those of the case's world.
    pub world: Table,
    /// Keys of the design's `[evaluate]` that differ.
    #[serde(default)]
    pub evaluate: Table,
    /// Candidates that contenders with retrievers score; the design's number where nothing is said.
    pub depth: Option<i64>,
    /// Visits by which the world's users judge a contender; 0 where nobody visits.
    pub visits: usize,
    /// The share of the log after which a world that nobody visits changes when a curveball is thrown: where
    /// its test begins.
    #[serde(default)]
    pub later: f64,
    /// The contender by which labels and features are compared.
    pub scorer: String,
}

/// Something that can be asked while clarifying.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// The setting of the world that it reveals.
    pub world: Option<String>,
    /// The key of the design's `[scale]` that it reveals.
    pub scale: Option<String>,
    /// The values of which the seed draws one; one value, or none, hides nothing.
    #[serde(default)]
    pub values: Vec<Value>,
    /// The fact with which it is drawn: the value at the same place.
    pub with: Option<String>,
    /// How people ask for it.
    pub asks: Vec<String>,
    /// What the interviewer answers; `{value}` is the drawn value.
    pub answer: String,
    /// What is answered where the value is 0.
    pub none: Option<String>,
    /// What follows from it.
    pub matters: String,
}

/// A quantity to be worked out: a product of facts and constants over another.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Its name.
    pub name: String,
    /// The question.
    pub ask: String,
    /// The unit of the answer: `/s`, `B`, or a noun.
    pub unit: String,
    /// What is multiplied: names of facts, or numbers with what they stand for.
    pub times: Vec<Factor>,
    /// What it is divided by.
    #[serde(default)]
    pub over: Vec<Factor>,
}

/// A part of a sum.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// The name of a fact whose value it is.
    pub fact: Option<String>,
    /// A constant.
    pub number: Option<f64>,
    /// What it stands for, in a word or two.
    pub what: String,
}

/// A question of framing with its options.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Its name.
    pub name: String,
    /// The question.
    pub ask: String,
    /// What may be answered.
    pub options: Vec<FrameOption>,
}

/// One way to frame.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameOption {
    /// In words.
    pub say: String,
    /// The label of a design that this is: executed in the world.
    pub label: Option<Table>,
    /// The metric that this is: compared with the goal in the world.
    pub metric: Option<String>,
    /// Whether it fits, where nothing is executed.
    pub fits: Option<bool>,
    /// What speaks for or against it.
    pub why: String,
}

/// The catalogue of features.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// The question.
    pub ask: String,
    /// How many may be chosen.
    pub slots: usize,
    /// What may be chosen.
    pub options: Vec<FeatureOption>,
}

/// Something that a model may be given.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureOption {
    /// In words.
    pub say: String,
    /// Other words by which it is understood.
    #[serde(default)]
    pub heard: Vec<String>,
    /// The features of the design that this is.
    #[serde(default)]
    pub features: Vec<String>,
    /// The leak that this is, by its name ([`Leak::name`]).
    pub leak: Option<String>,
    /// What it tells the model, or why it is a bait.
    pub why: String,
}

/// A page of the trade-off book: two contenders while a parameter of the world is turned.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tradeoff {
    /// "A or B?"
    pub ask: String,
    /// One contender.
    pub left: String,
    /// The other.
    pub right: String,
    /// The fact whose values are gone through.
    pub by: String,
}

/// Something that happens after launch.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curveball {
    /// Its name.
    pub name: String,
    /// What the interviewer says.
    pub say: String,
    /// Settings of the world from then on.
    #[serde(default)]
    pub world: Table,
    /// What may be done.
    pub responses: Vec<Response>,
}

/// What may be done about it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// In words.
    pub say: String,
    /// Other words by which it is understood.
    #[serde(default)]
    pub heard: Vec<String>,
    /// The contender that answers from then on; the one that was picked where nothing is said.
    pub contender: Option<String>,
    /// Whether it learns from a log of the changed world.
    #[serde(default)]
    pub retrain: bool,
    /// What speaks for or against it.
    pub why: String,
}

impl Offered for FeatureOption {
    fn say(&self) -> &str {
        &self.say
    }

    fn heard(&self) -> &[String] {
        &self.heard
    }
}

impl Offered for Response {
    fn say(&self) -> &str {
        &self.say
    }

    fn heard(&self) -> &[String] {
        &self.heard
    }
}

impl Fact {
    /// The answer where it has this value.
    pub fn answered(&self, value: Option<&Value>) -> String {
        let zero = value.is_some_and(|value| value.as_float() == Some(0.0) || value.as_integer() == Some(0));
        let answer = self.none.as_ref().filter(|_| zero).unwrap_or(&self.answer);
        answer.replace("{value}", &value.map(said).unwrap_or_default())
    }
}

impl Brief {
    /// Reads a case's files.
    ///
    /// # Errors
    /// What is wrong with `interview.toml`, or where it names what design or world do not have.
    pub fn read(case: &str, design: &Source, world: &Source, interview: &Source) -> Result<Brief, Error> {
        let table = |source: &Source| {
            source.text.parse::<Table>().map_err(|error| Error::Data(format!("{}: {error}", source.name)))
        };
        let plan: Plan = toml::from_str(&interview.text)
            .map_err(|error| Error::Data(format!("{}: {error}", interview.name)))?;
        let (design, mut settings) = (table(design)?, table(world)?);
        settings.extend(plan.room.world.clone());
        let brief = Brief { case: case.to_owned(), design, world: settings, plan };
        brief.checked().map_err(|what| Error::Data(format!("{}: {what}", interview.name)))?;
        Ok(brief)
    }

    /// The names of the design's contenders, in its order.
    pub fn contenders(&self) -> Vec<&str> {
        let list = self.design.get("contenders").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|one| one.get("name")?.as_str()).collect()
    }

    /// The contender to beat.
    pub fn baseline(&self) -> &str {
        let named = self.design.get("evaluate").and_then(|table| table.get("baseline")?.as_str());
        named.or_else(|| self.contenders().first().copied()).unwrap_or_default()
    }

    /// The fact of this name.
    pub fn fact(&self, name: &str) -> Option<usize> {
        self.plan.facts.iter().position(|fact| fact.name == name)
    }

    fn checked(&self) -> Result<(), String> {
        let known = self.contenders();
        let contender = |name: &str| {
            let help = did_you_mean(name, known.iter().copied());
            let help = help.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            if known.contains(&name) {
                Ok(())
            } else {
                Err(format!("the design has no contender `{name}`{help}"))
            }
        };
        contender(&self.plan.room.scorer)?;
        self.plan.contenders.keys().try_for_each(|name| contender(name))?;
        if let Some(silent) = known.iter().find(|name| !self.plan.contenders.contains_key(**name)) {
            return Err(format!("`[contenders]` does not say what `{silent}` is"));
        }
        for tradeoff in &self.plan.tradeoffs {
            contender(&tradeoff.left)?;
            contender(&tradeoff.right)?;
            let turns = self.fact(&tradeoff.by).is_some_and(|at| self.plan.facts[at].world.is_some());
            if !turns {
                return Err(format!("`{}` is no fact about the world", tradeoff.by));
            }
        }
        for response in self.plan.curveballs.iter().flat_map(|one| &one.responses) {
            response.contender.as_deref().map_or(Ok(()), contender)?;
        }
        let features = self.design.get("features").and_then(Value::as_table);
        for name in self.plan.features.options.iter().flat_map(|option| &option.features) {
            if !features.is_some_and(|features| features.contains_key(name)) {
                return Err(format!("the design has no feature `{name}`"));
            }
        }
        for name in self.plan.features.options.iter().filter_map(|option| option.leak.as_deref()) {
            if Leak::find(name).is_none() {
                let known: Vec<&str> = Leak::ALL.into_iter().map(Leak::name).collect();
                return Err(format!("there is no leak `{name}`; there are {}", known.join(", ")));
            }
        }
        for factor in self.plan.sizes.iter().flat_map(|size| size.times.iter().chain(&size.over)) {
            match (&factor.fact, factor.number) {
                (Some(name), None) if self.fact(name).is_some() => {}
                (Some(name), None) => return Err(format!("there is no fact `{name}`")),
                (None, Some(_)) => {}
                _ => return Err(format!("`{}`: a factor is a `fact` or a `number`", factor.what)),
            }
        }
        for fact in &self.plan.facts {
            if fact.asks.is_empty() {
                return Err(format!("nobody knows how to ask for `{}`: `asks` is empty", fact.name));
            }
            let with = fact.with.as_ref().map(|name| self.fact(name).map(|at| &self.plan.facts[at]));
            if with.is_some_and(|with| with.is_none_or(|with| with.values.len() != fact.values.len())) {
                return Err(format!("`{}` is drawn with a fact that has not as many values", fact.name));
            }
            let hidden = fact.world.is_some() || fact.scale.is_some();
            if hidden && fact.values.is_empty() {
                return Err(format!("`{}` hides nothing: `values` is empty", fact.name));
            }
        }
        Ok(())
    }
}
