//! What the latest events of the user were about.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::source::Source;
use super::state::{decode, encode};
use super::{FIRST_LABEL, Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::{Ahead, fetch_lists};
use crate::log::{FieldKind, Id, Schema, Value};
use crate::memory::{Memory, entry};
use crate::moment::Moment;

/// The latest values.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "last",
        what: "Of the latest events of the user the item, a category (of categories the one that the log named \
               first) or a number, one column each from [1], the latest, as it was known then; missing where there were fewer. Events \
               that do not have it do not count.",
        when: "Beside a scorer that multiplies, such as factorization machines: what comes after what.",
        avoid: "Trees and logistic models that cannot hold it against the candidate: `similarity` and \
                `covisitation` do that for them.",
        cost: "At most `items` numbers a user; one copy of them a candidate.",
        source: "Covington, Adams and Sargin 2016, Deep neural networks for YouTube recommendations",
        parameters: &[
            Parameter {
                name: "what",
                doc: "The item's entity, a category or number field of the item, or a number of the event as \
                      `event.field`.",
                kind: Holds::Entity,
                default: Preset::Required,
                search: &[],
            },
            Signal::parameter(
                "Which events: an interaction, a label (`label` is the first), or `impression`.",
                Preset::Word(FIRST_LABEL),
            ),
            Parameter::count("items", "How many of the latest.", (1, 50), 3, &[]),
        ],
    },
    build: |spec, schema, labels| {
        Ok(Box::new(Last {
            name: spec.name.clone(),
            what: spec.fit("what", About::find(spec.settings.word("what"), schema))?,
            signal: spec.fit("event", Signal::find(spec.settings.word("event"), schema, labels))?,
            state: State { most: spec.settings.count("items").max(1), users: Vec::new() },
        }))
    },
};

/// What of an event is kept.
#[derive(Clone, Copy)]
enum About {
    Item,
    Word(Source),
    Number(Amount),
}

impl About {
    fn find(name: &str, schema: &Schema) -> Result<About, String> {
        if name == schema.item().name {
            return Ok(About::Item);
        }
        match Source::find(name, schema) {
            Ok(source) if matches!(source.kind, FieldKind::Category | FieldKind::Categories) => {
                if source.is_shared() {
                    return Err(format!("`{name}` is not a field of `{}`", schema.item().name));
                }
                Ok(About::Word(source))
            }
            _ => Amount::find(name, schema).map(About::Number),
        }
    }

    fn read(self, seen: &Seen<'_>, user: Id, item: Id, memory: &Memory) -> Option<f32> {
        match self {
            About::Item => Some(item as f32),
            About::Word(source) => {
                let moment = Moment { time: seen.event.known, user, context: &[] };
                match source.value(&moment, item, memory) {
                    Value::Category(word) => Some(*word as f32),
                    Value::Categories(words) => words.first().map(|word| *word as f32),
                    _ => None,
                }
            }
            About::Number(amount) => amount.read(seen, user, item, memory).map(|number| number as f32),
        }
    }
}

struct Last {
    name: String,
    what: About,
    signal: Signal,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    most: usize,
    /// The values of each user, the latest last.
    users: Vec<Vec<f32>>,
}

impl Feature for Last {
    fn columns(&self) -> Vec<Column> {
        let category = !matches!(self.what, About::Number(_));
        let name = |at: usize| format!("{}[{at}]", self.name);
        (1..=self.state.most).map(|at| Column { name: name(at), category }).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        self.signal.each(seen, |user, item| {
            if let Some(value) = self.what.read(seen, user, item, memory) {
                let values = entry(&mut self.state.users, user);
                if values.len() == self.state.most {
                    values.remove(0);
                }
                values.push(value);
            }
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        fetch_lists(&self.state.users, ahead.users);
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], _: &Memory, rows: &mut Rows, first: usize) {
        let values = self.state.users.get(moment.user as usize).map_or(&[][..], Vec::as_slice);
        rows.fill_alike(first..first + self.state.most, items.len(), |cells| {
            cells.fill(f32::NAN);
            cells.iter_mut().zip(values.iter().rev()).for_each(|(to, from)| *to = *from);
        });
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: State = decode(bytes)?;
        let sound =
            |values: &Vec<f32>| values.len() <= loaded.most && values.iter().all(|value| value.is_finite());
        if loaded.most != self.state.most || !loaded.users.iter().all(sound) {
            return Err("the state belongs to another number of items".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}
