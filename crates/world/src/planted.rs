//! A world whose log leaks: it knows at a request what came of it, or at a birth what came of it all.
//!
//! [`Planted`] changes the lines of another world in one of the ways of [`Leak::ALL`] and leaves everything
//! else as it was: people react as ever, and later visits lack what was planted, as they would in earnest.
//! It is there to be found: by checks of data, and by somebody who looks at a design.
//!
//! ```
//! use rankine_world::{Leak, Planted, World, read};
//!
//! let recipe = read("kind = 'videos'\nusers = 50\nitems = 40\ndays = 3\nrequests = 100").unwrap();
//! let world = Planted::new(recipe.build(1), Leak::Answer);
//! let [field] = &world.fields()[..] else { panic!("one field is planted") };
//! assert_eq!((field.table(), field.line()), ("request".to_owned(), "follow_up = \"number\"".to_owned()));
//! let design = world.laid_into("[request]\ndevice = \"category\"\n\n[features]\n");
//! assert!(design.contains("follow_up = { kind = \"field\", of = \"request.follow_up\" }"));
//! ```

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::draw::{self, Purpose};
use crate::line::{Line, Roles};
use crate::queue::Queue;
use crate::{Drawing, Moment, Population, World};

/// A way in which a log knows too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leak {
    /// A field of the request is 1 where it led to an outcome, otherwise 0; one in fifty is wrong.
    Answer,
    /// A field of the request is there only after an outcome: in four of five such cases.
    Aftermath,
    /// A field of the item is the number of its interactions in the whole log.
    Count,
    /// A field of the item is the share of its showings in the whole log that led to an outcome.
    Rate,
    /// One in ten of the earlier requests is logged once more in the last part, under new ids.
    Copies,
}

impl Leak {
    /// Every way.
    pub const ALL: [Leak; 5] = [Leak::Answer, Leak::Aftermath, Leak::Count, Leak::Rate, Leak::Copies];

    /// Its name, in small letters and dashes.
    pub fn name(self) -> &'static str {
        match self {
            Leak::Answer => "answer-in-request",
            Leak::Aftermath => "filled-afterwards",
            Leak::Count => "count-of-the-whole-log",
            Leak::Rate => "rate-of-the-whole-log",
            Leak::Copies => "copied-requests",
        }
    }

    /// What is wrong, in a sentence.
    pub fn what(self) -> &'static str {
        match self {
            Leak::Answer => "A field of the request nearly says what came of it.",
            Leak::Aftermath => "A field of the request is filled only once something came of it.",
            Leak::Count => "A field of the item counts what happened in the whole log, the future included.",
            Leak::Rate => "A field of the item is its rate in the whole log, the future included.",
            Leak::Copies => "Requests of the past stand in the log a second time, later and under other ids.",
        }
    }

    /// The way called `name`.
    pub fn find(name: &str) -> Option<Leak> {
        Leak::ALL.into_iter().find(|leak| leak.name() == name)
    }

    /// Whose field is planted and what it is called, where one is.
    fn field(self) -> Option<(Owner, &'static str)> {
        match self {
            Leak::Answer => Some((Owner::Request, "follow_up")),
            Leak::Aftermath => Some((Owner::Request, "read_seconds")),
            Leak::Count => Some((Owner::Item, "popularity")),
            Leak::Rate => Some((Owner::Item, "success")),
            Leak::Copies => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Request,
    Item,
}

/// A field that was planted: a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlantedField {
    /// Whose it is: `request`, or the name of the item's entity.
    pub owner: String,
    /// What it is called.
    pub name: &'static str,
}

impl PlantedField {
    /// The table of a design in which it is declared, such as `request` or `entities.video`.
    pub fn table(&self) -> String {
        match self.owner.as_str() {
            "request" => "request".to_owned(),
            item => format!("entities.{item}"),
        }
    }

    /// The line that declares it there.
    pub fn line(&self) -> String {
        format!("{} = \"number\"", self.name)
    }

    /// The line under `[features]` that lets a scorer read it.
    pub fn feature(&self) -> String {
        format!("{} = {{ kind = \"field\", of = \"{}.{}\" }}", self.name, self.owner, self.name)
    }
}

/// A world around a world, whose log leaks.
pub struct Planted {
    inner: Box<dyn World>,
    leak: Leak,
}

/// One in so many answers is wrong.
const WRONG: f64 = 0.02;
/// Share of the outcomes after which a field is filled.
const FILLED: f64 = 0.8;
/// Share of the earlier requests that are copied, and where in the log's requests earlier ends and the last
/// part begins.
const COPIED: f64 = 0.1;
const EARLIER: f64 = 0.6;
const LAST: f64 = 0.9;

impl Planted {
    /// A world whose log leaks in this way.
    pub fn new(inner: Box<dyn World>, leak: Leak) -> Planted {
        Planted { inner, leak }
    }

    /// The way in which it leaks.
    pub fn leak(&self) -> Leak {
        self.leak
    }

    /// The fields that the log bears beside those of the world within; none where requests are copied.
    pub fn fields(&self) -> Vec<PlantedField> {
        let roles = self.inner.roles();
        let named = |(owner, name)| {
            let owner = if owner == Owner::Request { "request" } else { roles.shown };
            PlantedField { owner: owner.to_owned(), name }
        };
        self.leak.field().map(named).into_iter().collect()
    }

    /// The text of a design with the planted fields declared and read as features: each line follows the head
    /// of its table, which is written at the end where the design has none.
    pub fn laid_into(&self, design: &str) -> String {
        let mut text = design.to_owned();
        for field in self.fields() {
            for (table, line) in [(field.table(), field.line()), ("features".to_owned(), field.feature())] {
                text = with_line(&text, &format!("[{table}]"), &line);
            }
        }
        text
    }

    /// What comes of every request, and of every item in the whole log.
    fn future(&self) -> Future {
        let mut future = Future::default();
        self.inner.log(&mut |line| match line {
            Line::Request { id, time, shown, .. } => {
                for item in &shown {
                    future.items.entry(item.clone()).or_default().shown += 1;
                }
                let number = future.requests.len();
                future.requests.insert(id, Outcome { number, time, said: None, at: time });
            }
            line => {
                let said = self.inner.outcome(&line);
                let Line::Interaction { item, request, time, .. } = line else { return };
                let item = future.items.entry(item).or_default();
                item.interactions += 1;
                item.outcomes += u64::from(said == Some(true));
                let Some(outcome) = request.and_then(|id| future.requests.get_mut(&id)) else { return };
                if said == Some(true) && outcome.said != Some(true) {
                    outcome.at = time;
                }
                outcome.said = said.map(|said| said || outcome.said == Some(true)).or(outcome.said);
            }
        });
        future.judged = future.requests.values().any(|outcome| outcome.said == Some(false));
        future
    }

    /// What is planted in a request, where something is.
    fn told(&self, id: &str, future: &Future) -> Option<Value> {
        let outcome = future.requests.get(id)?;
        let luck = |of| draw::unit(draw::hash(0, Purpose::Plant, draw::text_key(id), of));
        // Silence is no, except where people judge only a part.
        let said = outcome.said.or((!future.judged).then_some(false));
        match self.leak {
            Leak::Answer => Some(json!(u8::from(said? != (luck(0) < WRONG)))),
            Leak::Aftermath if said == Some(true) && luck(0) < FILLED => {
                Some(json!((outcome.at - outcome.time).div_euclid(1000)))
            }
            _ => None,
        }
    }

    fn copies(&self, future: &Future, each: &mut dyn FnMut(Line)) {
        let mut times: Vec<i64> = future.requests.values().map(|outcome| outcome.time).collect();
        times.sort_unstable();
        let [Some(&first), Some(&last)] =
            [0.0, LAST].map(|share| times.get((times.len() as f64 * share) as usize).or(times.last()))
        else {
            return self.inner.log(each);
        };
        let until = (times.len() as f64 * EARLIER) as usize;
        let reach = (self.inner.end() - 1 - last).max(1);
        // Earlier requests are spread over the last part; what follows a copy follows at the same distance.
        let spread = (times.get(until).copied().unwrap_or(last) - first).max(1);
        let shift = |id: &str| {
            let outcome = future.requests.get(id).filter(|outcome| outcome.number < until)?;
            let luck = draw::unit(draw::hash(0, Purpose::Plant, draw::text_key(id), 1));
            let place = (outcome.time - first) as f64 / spread as f64 * 0.5 * reach as f64;
            (luck < COPIED).then(|| last + place as i64 - outcome.time)
        };
        let mut queue = Queue::default();
        let again = |id: &str| format!("{id}-again");
        self.inner.log(&mut |line| {
            let copied = match &line {
                Line::Request { id, .. } => shift(id).map(|shift| (shift, Some(again(id)))),
                Line::Interaction { request: Some(id), .. } => {
                    shift(id).map(|shift| (shift, Some(again(id))))
                }
                Line::Entity { .. } | Line::Interaction { request: None, .. } => None,
            };
            let Some((shift, named)) = copied else { return queue.push(line) };
            let mut copy = line.clone();
            match &mut copy {
                Line::Request { id, time, .. } => (*id, *time) = (again(id), *time + shift),
                Line::Interaction { id, time, request, .. } => {
                    (*id, *time, *request) = (again(id), *time + shift, named);
                }
                Line::Entity { .. } => {}
            }
            queue.push(line);
            queue.push(copy);
        });
        queue.release(self.inner.end() - 1, each);
    }
}

/// What the whole log says.
#[derive(Default)]
struct Future {
    requests: HashMap<String, Outcome>,
    items: BTreeMap<String, Item>,
    /// Whether people judge only a part, so that silence says nothing.
    judged: bool,
}

struct Outcome {
    /// Its place among the requests.
    number: usize,
    time: i64,
    said: Option<bool>,
    /// When the first outcome came.
    at: i64,
}

#[derive(Clone, Copy, Default)]
struct Item {
    shown: u64,
    interactions: u64,
    outcomes: u64,
}

impl World for Planted {
    fn log(&self, each: &mut dyn FnMut(Line)) {
        let future = self.future();
        if self.leak == Leak::Copies {
            return self.copies(&future, each);
        }
        let Some((owner, name)) = self.leak.field() else { return self.inner.log(each) };
        let shown = self.inner.roles().shown;
        self.inner.log(&mut |mut line| {
            match &mut line {
                Line::Request { id, context, .. } if owner == Owner::Request => {
                    context.extend(self.told(id, &future).map(|told| (name.to_owned(), told)));
                }
                Line::Entity { event, id, fields, .. } if owner == Owner::Item && event == shown => {
                    let item = future.items.get(id.as_str()).copied().unwrap_or_default();
                    let told = match self.leak {
                        Leak::Count => Some(json!(item.interactions)),
                        _ if item.shown == 0 => None,
                        _ => Some(json!(item.outcomes as f64 / item.shown as f64)),
                    };
                    fields.extend(told.map(|told| (name.to_owned(), told)));
                }
                _ => {}
            }
            each(line);
        });
    }

    fn pictures(&self) -> u64 {
        self.inner.pictures()
    }

    fn picture(&self, index: u64) -> Option<Drawing> {
        self.inner.picture(index)
    }

    fn visited(&self) -> bool {
        self.inner.visited()
    }

    fn afterwards(&self, visits: usize) -> Vec<Moment> {
        self.inner.afterwards(visits)
    }

    fn population(&self) -> Box<dyn Population> {
        self.inner.population()
    }

    fn end(&self) -> i64 {
        self.inner.end()
    }

    fn roles(&self) -> Roles {
        self.inner.roles()
    }

    fn goal(&self) -> &'static str {
        self.inner.goal()
    }

    fn outcome(&self, line: &Line) -> Option<bool> {
        self.inner.outcome(line)
    }

    fn worth(&self, lines: &[Line]) -> f64 {
        self.inner.worth(lines)
    }

    fn ill(&self) -> Option<&'static str> {
        self.inner.ill()
    }

    fn parts(&self, lines: &[Line]) -> (f64, f64) {
        self.inner.parts(lines)
    }
}

/// A text with a line after the one that is the head of a table, whatever comment follows the head.
fn with_line(text: &str, head: &str, line: &str) -> String {
    let is_head = |written: &str| written.split('#').next().is_some_and(|written| written.trim() == head);
    let mut made = String::with_capacity(text.len() + line.len() + head.len() + 4);
    let mut placed = false;
    for written in text.split_inclusive('\n') {
        made.push_str(written);
        if !placed && is_head(written) {
            placed = true;
            if !written.ends_with('\n') {
                made.push('\n');
            }
            made.push_str(line);
            made.push('\n');
        }
    }
    if !placed {
        made.push_str(&format!("\n{head}\n{line}\n"));
    }
    made
}
