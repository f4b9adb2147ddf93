//! The intake: interns lines and numbers requests; refuses what was taken before.

use rankine_learn::{Event, Marked, Millis, Schema, Value, What};
use thin_vec::ThinVec;

use super::boxes::Drawn;
use super::dictionary::{Dictionary, Names, hash};
use super::line::{Body, Cell, Line, Name, Reject};

/// Turns lines into events, in the order given.
#[derive(Debug, Clone)]
pub struct Intake {
    /// All names so far.
    pub dictionary: Dictionary,
    user: usize,
    item: usize,
    requests: Requests,
    count: u32,
    /// The ids of interactions.
    taken: Names,
    /// Interactions whose request was never seen.
    pub orphans: u64,
}

/// The ids of requests, and the number of the request of each.
#[derive(Debug, Clone, Default)]
struct Requests {
    ids: Names,
    numbers: Vec<u32>,
}

impl Requests {
    fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(self.ids.number(id)? as usize).copied()
    }
}

impl Intake {
    /// Nothing taken yet, these names known.
    pub fn new(schema: &Schema, dictionary: Dictionary) -> Intake {
        Intake {
            dictionary,
            user: schema.user,
            item: schema.item,
            requests: Requests::default(),
            count: 0,
            taken: Names::default(),
            orphans: 0,
        }
    }

    /// The number of the request with this id, where it was taken.
    pub(crate) fn request(&self, id: &str) -> Option<u32> {
        self.requests.number(id)
    }

    /// The ids of the requests so far, by number; empty where one has none. They are taken out.
    pub(crate) fn request_ids(&mut self) -> Vec<Name> {
        let mut ids = vec![Name::default(); self.count as usize];
        let requests = std::mem::take(&mut self.requests);
        for (id, number) in Vec::from(requests.ids).into_iter().zip(requests.numbers) {
            if let Some(slot) = ids.get_mut(number as usize) {
                *slot = id;
            }
        }
        ids
    }

    /// Fetches ahead where [`Intake::take`] will begin to look for what a line names.
    pub(crate) fn fetch_slots(&self, line: &Line) {
        self.each_named(line, Names::fetch_slot);
    }

    /// Fetches ahead what it will find there, the places being at hand.
    pub(crate) fn fetch_names(&self, line: &Line) {
        self.each_named(line, Names::fetch_name);
    }

    /// Fetches ahead both of a line of whom nothing was fetched, whose names then arrive side by side.
    pub(crate) fn fetch(&self, line: &Line) {
        self.fetch_slots(line);
        self.fetch_names(line);
    }

    /// The hashes of the names of a line, each with the table in which it is looked for.
    fn each_named(&self, line: &Line, each: impl Fn(&Names, u32)) {
        let entities = &self.dictionary.entities;
        if let Some(id) = &line.id {
            let asks = matches!(line.body, Body::Request { .. });
            each(if asks { &self.requests.ids } else { &self.taken }, hash(id));
        }
        match &line.body {
            Body::Entity { kind, id, .. } => each(&entities[*kind], hash(id)),
            Body::Request { user, shown, .. } => {
                each(&entities[self.user], hash(user));
                shown.hashes().for_each(|hash| each(&entities[self.item], hash));
            }
            Body::Interaction { user, item, request, .. } => {
                each(&entities[self.user], hash(user));
                each(&entities[self.item], hash(item));
                request.iter().for_each(|id| each(&self.requests.ids, hash(id)));
            }
        }
    }

    /// Interns a line. A time that it lacks becomes `start`.
    ///
    /// # Errors
    /// Where an event or a request with its id was taken before.
    pub fn take(&mut self, line: Line, start: Millis) -> Result<Event, Reject> {
        if let Some(id) = &line.id {
            let asks = matches!(line.body, Body::Request { .. });
            let names = if asks { &mut self.requests.ids } else { &mut self.taken };
            let before = names.len();
            names.intern(id);
            if names.len() == before {
                return Err(Reject::new("duplicate", "id", format!("the id `{id}` was taken before")));
            }
        }
        let time = line.time.unwrap_or(start);
        let known = line.known.unwrap_or(time);
        let names = &mut self.dictionary;
        let what = match line.body {
            Body::Entity { kind, id, fields } => What::Entity {
                kind,
                id: names.entities[kind].intern(&id),
                fields: values(fields, &mut |at, word| names.entity_words[kind][at].intern(word)),
            },
            Body::Request { user, context, shown } => {
                let request = self.count;
                self.count += 1;
                if line.id.is_some() {
                    self.requests.numbers.push(request);
                }
                What::Request {
                    request,
                    user: names.entities[self.user].intern(&user),
                    context: values(context, &mut |at, word| names.context_words[at].intern(word)),
                    shown: names.entities[self.item].intern_all(&shown),
                }
            }
            Body::Interaction { kind, user, item, request, fields } => {
                let number = request.as_ref().and_then(|id| self.requests.number(id));
                self.orphans += u64::from(request.is_some() && number.is_none());
                What::Interaction {
                    kind,
                    user: names.entities[self.user].intern(&user),
                    item: names.entities[self.item].intern(&item),
                    request: number,
                    fields: values(fields, &mut |at, word| names.interaction_words[kind][at].intern(word)),
                }
            }
        };
        Ok(Event { time, known, what })
    }
}

/// The values of cells; `number(place, word)` numbers a word of the field at this place.
pub(crate) fn values(cells: Vec<Cell>, number: &mut dyn FnMut(usize, &str) -> u32) -> ThinVec<Value> {
    let one = |(at, cell): (usize, Cell)| match cell {
        Cell::Missing => Value::Missing,
        Cell::Number(value) => Value::Number(value),
        Cell::Word(word) => Value::Category(number(at, &word)),
        Cell::Words(list) => {
            let mut numbers: Vec<u32> = list.iter().map(|word| number(at, word)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            Value::Categories(numbers)
        }
        Cell::Time(value) => Value::Time(value),
        Cell::Text(text) => Value::Text(text),
        Cell::Numbers(list) => Value::Vector(list),
        Cell::Boxes(list) => {
            let marked = |drawn: Drawn| Marked {
                area: drawn.area,
                class: number(at, &drawn.class),
                note: drawn.note.map(|note| number(at, &note)),
            };
            Value::Boxes(list.into_iter().map(marked).collect())
        }
    };
    cells.into_iter().enumerate().map(one).collect()
}
