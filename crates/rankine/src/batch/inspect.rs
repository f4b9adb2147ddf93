//! One answer looked into: what was known, what each column said, what it added.

use std::path::Path;

use rankine_learn::{Event, Fold, Id, Millis, Moment, Value, What, hash, hash_text};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::Current;
use super::current::lines;
use crate::error::Error;
use crate::folder::{SERVED, load_json};
use crate::log::{Body, Dictionary, Intake, Line};
use crate::pipeline::{Answer, Part, Pipeline, Question};
use crate::prepare::{start, walked};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::run::Provenance;
use crate::select::{Decision, word};
use crate::serve::{Retrieved, describe, predictions, sources};

/// What can be looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// Who asks.
    User,
    /// What is chosen.
    Item,
    /// A request of the log.
    Request,
}

impl Subject {
    /// All of them.
    pub const ALL: [Subject; 3] = [Subject::User, Subject::Item, Subject::Request];

    /// Its name in arguments and answers.
    pub fn name(self) -> &'static str {
        match self {
            Subject::User => "user",
            Subject::Item => "item",
            Subject::Request => "request",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// What it is.
    pub subject: Subject,
    /// What its kind is called in the design.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What else is called so.
    pub also: Vec<Subject>,
    /// As of when, in milliseconds since 1970.
    pub as_of: i64,
    /// The contender that answers.
    pub pipeline: String,
    /// The version of the bundle.
    pub version: String,
    /// Who asks: the user, or the user of the request.
    pub user: Option<String>,
    /// Fields that are known: of the user, the item, or the request.
    pub fields: Map<String, Json>,
    /// What the user chose, newest first.
    pub history: Vec<Chosen>,
    /// For an item: how often it was chosen in all, and on each of the last days (days since 1970).
    pub chosen: Option<(u64, Vec<(i32, u32)>)>,
    /// Best first; for an item, the item alone, as somebody unknown would get it.
    pub answer: Vec<Place>,
    /// For a request: what was shown in truth.
    pub shown: Vec<String>,
    /// For a request: what came of it.
    pub outcomes: Vec<Came>,
}

/// An item that a user chose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chosen {
    /// The item.
    pub item: String,
    /// When, in milliseconds since 1970.
    pub time: i64,
}

/// An item of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// The item.
    pub item: String,
    /// From 1; none where the item is not among those that are answered.
    pub rank: Option<usize>,
    /// Higher is better.
    pub score: f32,
    /// For each label its probability or amount, where the task is to predict.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub predictions: Map<String, Json>,
    /// What is done with it, where the design decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<&'static str>,
    /// The retrievers that found it.
    pub sources: Vec<Retrieved>,
    /// What the scorer saw, what added most first.
    pub columns: Vec<Column>,
    /// Fields that are known.
    pub fields: Map<String, Json>,
}

/// What a column said of an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// A number or a word; null where it is missing, and for bags of terms.
    pub value: Json,
    /// What it added to the score; null where the scorer does not read it by itself.
    pub contribution: Option<f32>,
}

/// An event that answered a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Came {
    /// Its kind.
    pub event: String,
    /// The item.
    pub item: String,
    /// When, in milliseconds since 1970.
    pub time: Option<i64>,
}

/// Looks into a user, an item or a request of a run. A user and an item are as of now, with what the run's
/// server logged; a request is as of its moment, by the models of the bundle, which learned from the whole
/// log.
///
/// # Errors
/// Where nothing is called `name` (as a `wanted`), or the run or its log cannot be read.
pub fn inspect(
    run: &Path,
    name: &str,
    wanted: Option<Subject>,
    progress: &dyn Progress,
) -> Result<Inspection, Error> {
    let current = Current::of(run)?;
    let schema = &current.problem.schema;
    let known = |kind: usize| current.intake.dictionary.entities[kind].number(name);
    let (user, item) =
        (known(schema.user), known(schema.item).filter(|&item| current.fold.memory.has_item(item)));
    let asked = match wanted {
        None | Some(Subject::Request) => request(run, name, &current, progress)?,
        Some(_) => None,
    };
    let there = [
        (Subject::User, user.is_some()),
        (Subject::Item, item.is_some()),
        (Subject::Request, asked.is_some()),
    ];
    let mut found = there.into_iter().filter(|(_, there)| *there).map(|(subject, _)| subject);
    let subject =
        wanted.or_else(|| if asked.is_some() { Some(Subject::Request) } else { found.clone().next() });
    let made = match (subject, user, item, asked) {
        (Some(Subject::Request), _, _, Some(made)) => Some(made),
        (Some(Subject::User), Some(user), ..) => Some(of_user(&current, name, user)),
        (Some(Subject::Item), _, Some(item), _) => Some(of_item(&current, name, item)),
        _ => None,
    };
    let Some(mut made) = made else { return Err(nothing(&current, name, wanted)) };
    made.also = found.by_ref().filter(|other| *other != made.subject).collect();
    Ok(made)
}

fn nothing(current: &Current, name: &str, wanted: Option<Subject>) -> Error {
    let schema = &current.problem.schema;
    let (user, item) = (&schema.user().name, &schema.item().name);
    let kind = match wanted {
        Some(Subject::User) => format!("no {user}"),
        Some(Subject::Item) => format!("no {item}"),
        Some(Subject::Request) => "no request".to_owned(),
        None => format!("no {user}, {item} or request"),
    };
    let names = |kind: usize| current.intake.dictionary.entities[kind].iter();
    let all = || names(schema.user).chain(names(schema.item));
    let near = if all().any(|other| other == name) {
        "; something else is called so".to_owned()
    } else {
        let near = rankine_design::did_you_mean(name, all());
        near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
    };
    Error::Data(format!("the log knows {kind} called `{name}`{near}"))
}

fn of_user(current: &Current, name: &str, user: Id) -> Inspection {
    let (schema, names) = (&current.problem.schema, &current.intake.dictionary);
    let memory = &current.fold.memory;
    let context = vec![Value::Missing; schema.context.len()];
    let moment = Moment { time: memory.now(), user, context: &context };
    // As the nightly table draws.
    let seed = hash_text(hash(0, &[]), name);
    let question = Question { moment, limit: current.problem.slate, pool: None, seed };
    let view = View::of(current, &current.fold, names);
    let answer = if current.problem.predicts() { Vec::new() } else { view.answer(&question) };
    Inspection {
        fields: describe(
            memory.user(user).unwrap_or_default(),
            &schema.user().fields,
            &names.entity_words[schema.user],
        ),
        user: Some(name.to_owned()),
        history: view.history(user),
        answer,
        ..current.empty(Subject::User, &schema.user().name, name, memory.now())
    }
}

fn of_item(current: &Current, name: &str, item: Id) -> Inspection {
    let (schema, names) = (&current.problem.schema, &current.intake.dictionary);
    let memory = &current.fold.memory;
    let context = vec![Value::Missing; schema.context.len()];
    // Somebody of whom nothing is known.
    let user = names.entities[schema.user].len() as Id;
    let moment = Moment { time: memory.now(), user, context: &context };
    let pool = [item];
    let question = Question { moment, limit: 1, pool: Some(&pool), seed: 0 };
    let view = View::of(current, &current.fold, names);
    let mut answer = view.answer(&question);
    answer.iter_mut().for_each(|place| place.rank = None);
    Inspection {
        fields: describe(
            memory.item(item).unwrap_or_default(),
            &schema.item().fields,
            &names.entity_words[schema.item],
        ),
        chosen: Some((memory.total(item), memory.daily(item).to_vec())),
        answer,
        ..current.empty(Subject::Item, &schema.item().name, name, memory.now())
    }
}

/// Walks the log to the request called `name`, and looks on from there for what came of it.
fn request(
    run: &Path,
    name: &str,
    current: &Current,
    progress: &dyn Progress,
) -> Result<Option<Inspection>, Error> {
    let problem = &current.problem;
    let provenance: Provenance = load_json(&run.join("provenance.json"))?;
    let log = provenance.log_of(run);
    if !log.exists() {
        let message = "the log of the run is not there any more, without which no request can be looked into";
        return Err(Error::file(&log, message));
    }
    let logged = walked(problem, &log, provenance.seed, progress)?;
    let start = start(&logged);
    let journal = run.join("log").join(SERVED);
    let served = lines(&journal, &problem.schema).filter_map(Result::ok);
    let mut rest = logged.into_iter().filter_map(|pending| pending.read.ok()).chain(served);
    let wanted = |line: &Line| line.id.as_deref() == Some(name) && matches!(line.body, Body::Request { .. });

    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features).map_err(Error::Artifact)?;
    // Numbers are those that the models know.
    let mut intake = Intake::new(&problem.schema, current.intake.dictionary.clone());
    let (event, shown, user) = loop {
        let Some(line) = rest.next() else { return Ok(None) };
        let asked = match &line.body {
            Body::Request { user, shown, .. } if wanted(&line) => Some((shown.clone(), user.clone())),
            _ => None,
        };
        let Ok(event) = intake.take(line, start) else { continue };
        match asked {
            Some((shown, user)) => break (event, shown, user),
            None => _ = fold.observe(&event),
        }
    };
    let came = rest.filter_map(|line| came(problem, &line, name)).collect();
    let Event { known, what: What::Request { request, user: number, context, shown: pool }, .. } = &event
    else {
        return Ok(None);
    };
    let moment = Moment { time: *known, user: *number, context };
    let pool = (problem.predicts() && !pool.is_empty()).then_some(pool.as_slice());
    let limit = pool.map_or(problem.slate, <[_]>::len);
    let question = Question { moment, limit, pool, seed: hash(0, &[u64::from(*request)]) };
    let view = View::of(current, &fold, &intake.dictionary);
    Ok(Some(Inspection {
        user: Some(user.into()),
        fields: describe(context, &problem.schema.context, &intake.dictionary.context_words),
        history: view.history(*number),
        answer: view.answer(&question),
        shown: shown.iter().map(str::to_owned).collect(),
        outcomes: came,
        ..current.empty(Subject::Request, "request", name, *known)
    }))
}

fn came(problem: &Problem, line: &Line, name: &str) -> Option<Came> {
    match &line.body {
        Body::Interaction { kind, item, request, .. } if request.as_deref() == Some(name) => Some(Came {
            event: problem.schema.interactions[*kind].name.clone(),
            item: item.to_string(),
            time: line.time,
        }),
        _ => None,
    }
}

impl Current {
    fn empty(&self, subject: Subject, kind: &str, name: &str, as_of: Millis) -> Inspection {
        Inspection {
            subject,
            kind: kind.to_owned(),
            name: name.to_owned(),
            also: Vec::new(),
            as_of,
            pipeline: self.pipeline.contender.name.clone(),
            version: self.version.clone(),
            user: None,
            fields: Map::new(),
            history: Vec::new(),
            chosen: None,
            answer: Vec::new(),
            shown: Vec::new(),
            outcomes: Vec::new(),
        }
    }
}

/// A state with its names.
struct View<'a> {
    problem: &'a Problem,
    pipeline: &'a Pipeline,
    fold: &'a Fold,
    names: &'a Dictionary,
}

impl<'a> View<'a> {
    fn of(current: &'a Current, fold: &'a Fold, names: &'a Dictionary) -> View<'a> {
        View { problem: &current.problem, pipeline: &current.pipeline, fold, names }
    }

    fn item(&self, item: Id) -> String {
        self.names.entities[self.problem.schema.item].name(item).to_owned()
    }

    fn history(&self, user: Id) -> Vec<Chosen> {
        let chosen = self.fold.memory.history(user).iter().rev();
        chosen.map(|one| Chosen { item: self.item(one.item), time: one.time }).collect()
    }

    fn answer(&self, question: &Question<'_>) -> Vec<Place> {
        let answer = self.pipeline.answer(self.fold, question);
        let parts = self.pipeline.look_into(&answer);
        let retrievers = self.pipeline.sources();
        let items = answer.items.iter().zip(parts).zip(answer.places()).enumerate();
        items
            .map(|(rank, ((scored, parts), at))| Place {
                item: self.item(scored.item),
                rank: Some(rank + 1),
                score: scored.score,
                predictions: self.predictions(&answer, at),
                decision: at.and_then(|at| self.pipeline.decide(&answer, at)).map(Decision::name),
                sources: sources(&retrievers, &answer.candidates, at),
                columns: self.columns(parts),
                fields: describe(
                    self.fold.memory.item(scored.item).unwrap_or_default(),
                    &self.problem.schema.item().fields,
                    &self.names.entity_words[self.problem.schema.item],
                ),
            })
            .collect()
    }

    fn predictions(&self, answer: &Answer, at: Option<usize>) -> Map<String, Json> {
        let asked = self.problem.predicts();
        if asked { predictions(&self.problem.labels.0, answer, at) } else { Map::new() }
    }

    /// What added most comes first; columns that no scorer reads by itself keep their order.
    fn columns(&self, parts: Vec<Part>) -> Vec<Column> {
        let weight = |part: &Part| part.contribution.map_or(-1.0, f32::abs);
        let mut parts = parts;
        parts.sort_by(|left, right| weight(right).total_cmp(&weight(left)));
        let column = |part: Part| Column {
            value: self.value(&part),
            contribution: part.contribution.filter(|gain| gain.is_finite()),
            name: part.name,
        };
        parts.into_iter().map(column).collect()
    }

    fn value(&self, part: &Part) -> Json {
        match part.value {
            Some(value) if value.is_finite() => {
                let word = part.category.then(|| word(self.problem, self.names, &part.name, value)).flatten();
                word.map_or_else(|| Json::from(value), Json::from)
            }
            _ => Json::Null,
        }
    }
}
