//! The service: one bundle's state, kept up to date by the journal, that answers many threads.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard};
use std::time::Instant;

use rankine_learn::{Fold, Id, Millis};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ask::{Invalid, MOST_ITEMS, Rank, Recommend, Refusal};
use super::journal::{Journal, Recovery};
use super::question::Asking;
use super::recorded::{Recorded, SERVED, features, record};
use super::reply::{Recommended, Reply, Took, described, milliseconds, predictions, reasons, sources};
use crate::bundle::{Bundle, Rehearsal};
use crate::error::Error;
use crate::log::{Body, Intake, Line, NameList, parse_line};
use crate::pipeline::{Answer, Pipeline, Question};
use crate::problem::Problem;

/// Tells the time where a request or an event does not.
pub type Clock = Box<dyn Fn() -> Millis + Send + Sync>;

/// A bundle at work.
///
/// Answers hold a read lock; only the journal's writer changes the state, in the order of the journal and
/// after the lines are durable. Events are taken as they come; one that is older than the newest and does not say
/// when it was `known` became known when it came, and the journal says so, so that the next run sees it no earlier
/// than the server did.
pub struct Service {
    pub(super) problem: Problem,
    pub(super) pipeline: Pipeline,
    pub(super) version: String,
    pub(super) state: Arc<RwLock<State>>,
    rehearsal: Vec<Rehearsal>,
    journal: Journal,
    clock: Clock,
    recovery: Recovery,
    /// Lines of the journal that no longer fit the problem.
    misfits: u64,
    recorded: Recorded,
    warm: AtomicBool,
    made_up: AtomicU64,
}

/// What an event changes.
pub(super) struct State {
    pub(super) fold: Fold,
    pub(super) intake: Intake,
    /// Whole lines of the journal that were taken in, whatever came of them.
    seen: u64,
}

/// What was answered, and what is to be remembered of it.
struct Answered {
    items: Vec<Recommended>,
    answer: Answer,
    /// The moment of the answer.
    time: Millis,
    /// What the journal keeps of the feature values, where it does and something read them.
    served: Option<Value>,
}

/// What became of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// In the journal and in the state.
    pub accepted: u64,
    /// Known already by their id; they change nothing.
    pub duplicates: u64,
}

impl Service {
    /// Opens a bundle and brings it up to date with the journal at `path`, which is made where it is absent.
    /// Lines of the journal that were taken before, by id, are passed over; so are lines that do not fit the
    /// bundle's schema, which [`Service::misfits`] counts.
    ///
    /// # Errors
    /// Where the journal cannot be read or made.
    pub fn open(bundle: Bundle, path: &Path, clock: Clock) -> Result<Service, Error> {
        let Bundle { problem, dictionary, fold, pipeline, rehearsal, version } = bundle;
        let intake = Intake::new(&problem.schema, dictionary);
        let mut state = State { fold, intake, seen: 0 };
        let mut misfits = 0;
        let (journal, recovery) = Journal::open(path, &mut |text| {
            state.seen += 1;
            match parse_line(&text, &problem.schema) {
                Ok(line) => _ = state.apply(line),
                Err(_) => misfits += 1,
            }
        })?;
        // Every recorded request makes the journal longer, so that a restart never counts the same again.
        let made_up = AtomicU64::new(journal.bytes());
        let state = Arc::new(RwLock::new(state));
        let warm = AtomicBool::new(rehearsal.is_empty());
        Ok(Service {
            problem,
            pipeline,
            version,
            state,
            rehearsal,
            journal,
            clock,
            recovery,
            misfits,
            recorded: Recorded::default(),
            warm,
            made_up,
        })
    }

    /// This service, which writes so much of its feature values into the journal.
    #[must_use]
    pub fn recording(self, recorded: Recorded) -> Service {
        Service { recorded, ..self }
    }

    /// The best items for a user.
    ///
    /// # Errors
    /// Where what was asked is wrong, or could not be recorded.
    pub fn recommend(&self, ask: &Recommend) -> Result<Reply, Refusal> {
        self.reply(ask, None)
    }

    /// The given items in the best order for a user.
    ///
    /// # Errors
    /// Where what was asked is wrong, or could not be recorded.
    pub fn rank(&self, rank: &Rank) -> Result<Reply, Refusal> {
        let items = &rank.items;
        if items.is_empty() || items.len() > MOST_ITEMS {
            let detail = format!("`items` must be a list of 1 to {MOST_ITEMS} items, not {}", items.len());
            return Err(Invalid::new("out-of-range", "items", detail).into());
        }
        let mut sorted: Vec<&String> = items.iter().collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            let at = items.iter().rposition(|item| item == pair[0]).unwrap_or_default();
            let detail = format!("the item `{}` stands here twice", pair[0]);
            return Err(Invalid::new("duplicate", &format!("items[{at}]"), detail).into());
        }
        self.learn(rank)?;
        self.reply(&rank.ask, Some(items))
    }

    /// Takes in what a ranking says of its items.
    fn learn(&self, rank: &Rank) -> Result<(), Refusal> {
        if rank.told.is_empty() {
            return Ok(());
        }
        if !rank.ask.record {
            let detail = "items that come with fields become known, which is recorded; name them, or record";
            return Err(Invalid::new("contradiction", "record", detail).into());
        }
        let kind = &self.problem.schema.item().name;
        let event = |(at, fields): &(usize, Map<String, Value>)| json!({"event": kind, "id": rank.items[*at], "fields": fields});
        let events = rank.told.iter().map(event).collect();
        self.events(events).map(|_| ()).map_err(|refusal| match refusal {
            // The place among the events is that among the items that were told of.
            Refusal::Invalid(invalid) => Refusal::Invalid(Invalid {
                field: invalid.field.map(|field| {
                    let place = field.strip_prefix("events[").and_then(|rest| rest.split_once(']'));
                    let told = place
                        .and_then(|(at, rest)| Some((rank.told.get(at.parse::<usize>().ok()?)?.0, rest)));
                    told.map_or(field.clone(), |(at, rest)| format!("items[{at}]{rest}"))
                }),
                ..invalid
            }),
            other => other,
        })
    }

    /// Takes in events, all or none: when this returns they are durable and every later answer knows them.
    /// An event without a time happened now.
    ///
    /// # Errors
    /// Where one of them is wrong (then none is taken), or they could not be made durable.
    pub fn events(&self, mut events: Vec<Value>) -> Result<Taken, Refusal> {
        if events.is_empty() {
            return Ok(Taken { accepted: 0, duplicates: 0 });
        }
        let now = (self.clock)();
        let mut newest = self.read()?.fold.memory.now().min(now);
        let mut lines = Vec::with_capacity(events.len());
        for (at, event) in events.iter_mut().enumerate() {
            let mut line = self.line(event, now).map_err(|invalid| {
                let inside = invalid.field.map_or(String::new(), |field| format!(".{field}"));
                Invalid { field: Some(format!("events[{at}]{inside}")), ..invalid }
            })?;
            if let Value::Object(object) = event
                && object.get("known").is_none_or(Value::is_null)
                && line.known.is_some_and(|known| known < newest)
            {
                object.insert("known".to_owned(), Value::from(newest));
                line.known = Some(newest);
            }
            newest = newest.max(line.known.unwrap_or(newest).min(now));
            lines.push(line);
        }
        let all = lines.len() as u64;
        let duplicates = Arc::new(AtomicU64::new(0));
        let (counted, state) = (duplicates.clone(), self.state.clone());
        self.journal.append(&events, move || {
            let mut state = state.write().expect("whoever left the state half changed closed the journal");
            state.seen += all;
            let repeated = lines.into_iter().filter_map(|line| (!state.apply(line)).then_some(()));
            counted.store(repeated.count() as u64, Ordering::Relaxed);
        })?;
        let duplicates = duplicates.load(Ordering::Relaxed);
        Ok(Taken { accepted: all - duplicates, duplicates })
    }

    /// Answers the requests of the bundle's rehearsal without recording them; then the service is ready.
    /// Returns how many there were.
    pub fn warm_up(&self) -> usize {
        for (seed, rehearsal) in self.rehearsal.iter().enumerate() {
            let Ok(state) = self.state.read() else { break };
            let time = state.fold.memory.now();
            let question = rehearsal.question(time, self.problem.slate, seed as u64);
            let answer = self.pipeline.answer(&state.fold, &question);
            std::hint::black_box(answer.items.len());
        }
        self.warm.store(true, Ordering::Release);
        self.rehearsal.len()
    }

    /// Why requests should go elsewhere, where that is so.
    pub fn unready(&self) -> Option<String> {
        if let Some(why) = self.journal.broken() {
            return Some(format!("the journal takes nothing more until a restart: {why}"));
        }
        (!self.warm.load(Ordering::Acquire)).then(|| "warming up".to_owned())
    }

    /// What is solved.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The version of the bundle.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The name of the contender that answers.
    pub fn pipeline(&self) -> &str {
        &self.pipeline.contender.name
    }

    /// What was found when the journal was opened.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Lines of the journal that did not fit the bundle's schema when it was opened.
    pub fn misfits(&self) -> u64 {
        self.misfits
    }

    /// Bytes of durable lines in the journal.
    pub fn journal_bytes(&self) -> u64 {
        self.journal.bytes()
    }

    /// Milliseconds between the newest event in the state and the clock; `None` before any event.
    pub fn lag(&self) -> Option<Millis> {
        let newest = self.state.read().ok()?.fold.memory.now();
        (newest != Millis::MIN).then(|| (self.clock)() - newest)
    }

    pub(super) fn read(&self) -> Result<RwLockReadGuard<'_, State>, Refusal> {
        self.state.read().map_err(|_| Refusal::Storage("the state is half changed; restart".to_owned()))
    }

    fn reply(&self, ask: &Recommend, items: Option<&[String]>) -> Result<Reply, Refusal> {
        let begun = Instant::now();
        let limit = ask.limit.unwrap_or(items.map_or(self.problem.slate, <[String]>::len));
        if !(1..=MOST_ITEMS).contains(&limit) {
            let detail = format!("`limit` must be from 1 to {MOST_ITEMS}, not {limit}");
            return Err(Invalid::new("out-of-range", "limit", detail).into());
        }
        let (request, mut line, mut object) = self.request(ask)?;
        let Answered { items, answer, time, served } = self.answer(ask, items, limit, &request, &line)?;
        if ask.record {
            let names: NameList = items.iter().map(|item| &item.item).collect();
            object.insert("shown".to_owned(), json!(names));
            if let Body::Request { shown, .. } = &mut line.body {
                *shown = names;
            }
            if line.known != Some(time) {
                object.insert("known".to_owned(), Value::from(time));
                line.known = Some(time);
            }
            object.extend(served.map(|served| (SERVED.to_owned(), served)));
            let state = self.state.clone();
            self.journal.append(&[Value::Object(object)], move || {
                let mut state =
                    state.write().expect("whoever left the state half changed closed the journal");
                state.seen += 1;
                state.apply(line);
            })?;
        }
        let [retrieve, score, rerank] = answer.spent.map(milliseconds);
        let took_ms = Took { retrieve, score, rerank, total: milliseconds(begun.elapsed()) };
        let (version, pipeline) = (self.version.clone(), self.pipeline().to_owned());
        Ok(Reply { request, version, pipeline, items, took_ms })
    }

    /// The request as a line of the log, without what is shown yet: its name, the line and its text.
    fn request(&self, ask: &Recommend) -> Result<(String, Line, Map<String, Value>), Invalid> {
        let schema = &self.problem.schema;
        let known: Vec<&str> = schema.context.iter().map(|field| field.name.as_str()).collect();
        Invalid::unknown_keys(&ask.context, &known, "context.")?;
        let now = (self.clock)();
        let request = ask.request.clone().unwrap_or_else(|| {
            let version = self.version.get(..8).unwrap_or(&self.version);
            format!("{version}-{now:x}-{:x}", self.made_up.fetch_add(1, Ordering::Relaxed))
        });
        let asker = schema.user().name.as_str();
        let object = json!({
            "event": "request",
            "id": request,
            "time": ask.time.unwrap_or(now),
            asker: ask.user,
            "context": ask.context,
        });
        let line = parse_line(&object.to_string(), schema).map_err(|reject| {
            let invalid = Invalid::from(reject);
            match invalid.field.as_deref() {
                Some("id") => {
                    Invalid::new(invalid.code, "request", invalid.detail.replace("`id`", "`request`"))
                }
                Some(field) if field == asker => Invalid::new(
                    invalid.code,
                    "user",
                    invalid.detail.replace(&format!("`{asker}`"), "`user`"),
                ),
                _ => invalid,
            }
        })?;
        let Value::Object(object) = object else { unreachable!("made as an object above") };
        Ok((request, line, object))
    }

    fn answer(
        &self,
        ask: &Recommend,
        items: Option<&[String]>,
        limit: usize,
        request: &str,
        line: &Line,
    ) -> Result<Answered, Refusal> {
        let schema = &self.problem.schema;
        let state = self.read()?;
        let dictionary = &state.intake.dictionary;
        let Body::Request { context, .. } = &line.body else { unreachable!("made as a request") };
        let mut asking = Asking::new(dictionary, schema, &ask.user, context);
        let pool: Option<Vec<Id>> = items.map(|items| asking.items(items));
        let time = self.as_of(line.known.unwrap_or_default(), &state);
        let moment = asking.moment(time);
        let question = Question { moment, limit, pool: pool.as_deref(), seed: seed(request) };
        let answer = self.pipeline.answer(&state.fold, &question);
        let mut why = ask.explain.then(|| self.pipeline.explain(&answer).into_iter());
        let retrievers = self.pipeline.sources();
        let places = answer.places();
        let item = |(rank, (scored, at)): (usize, (&rankine_learn::Scored, Option<usize>))| Recommended {
            item: asking.name(scored.item).into(),
            score: scored.score,
            rank: rank + 1,
            predictions: if self.problem.predicts() {
                predictions(&self.problem.labels.0, &answer, at)
            } else {
                Map::new()
            },
            decision: at.and_then(|at| self.pipeline.decide(&answer, at)),
            sources: sources(&retrievers, &answer.candidates, at),
            why: why.as_mut().map(|parts| reasons(parts.next().unwrap_or_default())),
            fields: described(
                state.fold.memory.item(scored.item).unwrap_or_default(),
                &schema.item().fields,
                &dictionary.entity_words[schema.item],
            ),
        };
        let items = answer.items.iter().zip(places.iter().copied()).enumerate().map(item).collect();
        let served = if ask.record { self.served(&state, &answer, &places) } else { None };
        Ok(Answered { items, answer, time, served })
    }

    /// What the journal keeps of the values that an answer was made by.
    fn served(&self, state: &State, answer: &Answer, places: &[Option<usize>]) -> Option<Value> {
        if self.recorded == Recorded::Nothing || answer.rows.width == 0 {
            return None;
        }
        let shown: Vec<usize> = places.iter().flatten().copied().collect();
        let told = features(&state.fold, &self.problem.features, &answer.rows, &shown, self.recorded);
        Some(record(&self.version, state.seen, told))
    }

    /// The moment of an answer to who asks as of `asked`. Nothing can be answered as of before the newest event:
    /// the state cannot be taken back, and windows that end earlier would count what came later. An event that
    /// claims to lie ahead of the clock holds nobody up.
    fn as_of(&self, asked: Millis, state: &State) -> Millis {
        asked.max(state.fold.memory.now().min((self.clock)()))
    }

    /// One event, checked and with a time.
    fn line(&self, event: &mut Value, now: Millis) -> Result<Line, Invalid> {
        let schema = &self.problem.schema;
        let Value::Object(object) = event else {
            return Err(Invalid::new("wrong-type", "", "an event must be a JSON object"));
        };
        // Events of Metarank carry more keys than we read, such as a session.
        let foreign = object.contains_key("timestamp") && !object.contains_key("time");
        if !foreign && object.get("time").is_none_or(Value::is_null) {
            object.insert("time".to_owned(), Value::from(now));
        }
        let line = parse_line(&Value::Object(object.clone()).to_string(), schema)?;
        if !foreign {
            let (own, key, declared): (&[&str], _, _) = match &line.body {
                Body::Entity { kind, .. } => (&[], "fields", &schema.entities[*kind].fields),
                Body::Request { .. } => (&[&schema.user().name, "shown"], "context", &schema.context),
                Body::Interaction { kind, .. } => (
                    &[&schema.user().name, &schema.item().name, "request"],
                    "fields",
                    &schema.interactions[*kind].fields,
                ),
            };
            let keys = [&["event", "id", "time", "known", key], own].concat();
            Invalid::unknown_keys(object, &keys, "")?;
            if let Some(Value::Object(fields)) = object.get(key) {
                let declared: Vec<&str> = declared.iter().map(|field| field.name.as_str()).collect();
                Invalid::unknown_keys(fields, &declared, &format!("{key}."))?;
            }
        }
        Ok(line)
    }
}

impl State {
    /// Takes in a line; false where it was taken before.
    fn apply(&mut self, line: Line) -> bool {
        self.intake.fetch(&line);
        match self.intake.take(line, 0) {
            Ok(event) => {
                self.fold.observe(&event);
                true
            }
            Err(_) => false,
        }
    }
}

/// Draws depend on the name of the request and on nothing else.
fn seed(request: &str) -> u64 {
    let hash = blake3::hash(request.as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes of thirty-two"))
}
