//! The words of a log after reading: schema, values, events. Names are interned as numbers.

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use crate::picture::Marked;

/// Milliseconds since the epoch, or between two moments.
pub type Millis = i64;

/// The number of an entity: dense from 0 per kind of entity, in order of first appearance.
pub type Id = u32;

/// What a log may hold, from the design: kinds of entity, kinds of interaction, fields of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Kinds of entity, in the order of the design.
    pub entities: Vec<SchemaEntity>,
    /// Kinds of interaction, in the order of the design.
    pub interactions: Vec<EventKind>,
    /// The fields of a request's context.
    pub context: Vec<Field>,
    /// Index in `entities` of the kind that asks.
    pub user: usize,
    /// Index in `entities` of the kind that is ranked.
    pub item: usize,
}

/// A kind of entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemaEntity {
    /// Its name in the design.
    pub name: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A kind of interaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventKind {
    /// Its name in the design.
    pub name: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A named field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in the design.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// A number.
    Number,
    /// One word of a vocabulary.
    Category,
    /// Several words of a vocabulary.
    Categories,
    /// A moment.
    Time,
    /// Free text.
    Text,
    /// A list of numbers, such as an embedding that another system made.
    Vector,
    /// A picture: the path of its file.
    Image,
    /// Boxes in a picture, each with its class.
    Boxes,
}

/// The value of a field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Not given.
    #[default]
    Missing,
    /// A number.
    Number(f64),
    /// A word, interned per field from 0 in order of first appearance.
    Category(u32),
    /// Words, interned per field.
    Categories(Vec<u32>),
    /// A moment in milliseconds since the epoch.
    Time(Millis),
    /// Free text, or the path of a picture.
    Text(String),
    /// Numbers.
    Vector(Vec<f32>),
    /// Boxes; classes and notes are words, interned per field.
    Boxes(Vec<Marked>),
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened.
    pub time: Millis,
    /// When it became known; never before `time`. The log is ordered by this.
    pub known: Millis,
    /// What happened.
    pub what: What,
}

/// What an event says. Values stand in the order of the schema's fields; its lists take a word where they are
/// empty, as most are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// An entity is born or changes; a missing value leaves the former one.
    Entity {
        /// Index in [`Schema::entities`].
        kind: usize,
        /// Which one.
        id: Id,
        /// Its fields' values.
        fields: ThinVec<Value>,
    },
    /// The system must answer.
    Request {
        /// The number of the request: dense from 0 in log order.
        request: u32,
        /// Who asks.
        user: Id,
        /// Values of [`Schema::context`].
        context: ThinVec<Value>,
        /// What was shown, in order; empty where the log does not say.
        shown: ThinVec<Id>,
    },
    /// A user did something with an item.
    Interaction {
        /// Index in [`Schema::interactions`].
        kind: usize,
        /// Who.
        user: Id,
        /// With what.
        item: Id,
        /// The request it answers, where the log says.
        request: Option<u32>,
        /// Its fields' values.
        fields: ThinVec<Value>,
    },
}

/// The event that a request's shown items stand for in features.
pub(crate) const IMPRESSION: &str = "impression";

// A log of tens of millions of events is held in memory.
const _: () = assert!(size_of::<Event>() <= 48);

impl Schema {
    /// The index of the kind of entity called `name`.
    pub fn entity(&self, name: &str) -> Option<usize> {
        self.entities.iter().position(|entity| entity.name == name)
    }

    /// The index of the kind of interaction called `name`.
    pub fn interaction(&self, name: &str) -> Option<usize> {
        self.interactions.iter().position(|kind| kind.name == name)
    }

    /// The fields that a row which is an example may fill: the item's, those of an interaction of this kind,
    /// the request's, the user's.
    pub fn of_an_example(&self, kind: usize) -> [&[Field]; 4] {
        [&self.item().fields, &self.interactions[kind].fields, &self.context, &self.user().fields]
    }

    /// The kind of entity that is ranked.
    pub fn item(&self) -> &SchemaEntity {
        &self.entities[self.item]
    }

    /// The kind of entity that asks.
    pub fn user(&self) -> &SchemaEntity {
        &self.entities[self.user]
    }
}

impl SchemaEntity {
    /// The index of the field called `name`.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}
