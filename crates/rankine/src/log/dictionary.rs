//! Names and their numbers: entities by kind, words by field.

use foldhash::quality::RandomState;
use indexmap::IndexSet;
use rankine_learn::Schema;
use serde::{Deserialize, Serialize};

use super::line::Name;
use crate::problem::Owner;

/// Names numbered from 0 in order of first appearance.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Name>", into = "Vec<Name>")]
pub struct Names(IndexSet<Name, RandomState>);

impl PartialEq for Names {
    fn eq(&self, other: &Names) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Names {
    /// The number of a name, given now if it is new.
    pub fn intern(&mut self, name: &str) -> u32 {
        let known = self.0.get_index_of(name);
        known.unwrap_or_else(|| self.0.insert_full(name.into()).0) as u32
    }

    /// The number of a name that is known.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.0.get_index_of(name).map(|number| number as u32)
    }

    /// The name of a number.
    pub fn name(&self, number: u32) -> &str {
        self.0.get_index(number as usize).map_or("?", Name::as_str)
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All names, by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Name::as_str)
    }
}

/// Names with those numbered that they lack, as if they were taken now, though nothing is: a question has the
/// numbers that the line about it will have, and teaches nothing.
pub(crate) struct Ahead<'n> {
    names: &'n Names,
    new: Vec<String>,
}

impl<'n> Ahead<'n> {
    pub(crate) fn of(names: &'n Names) -> Ahead<'n> {
        Ahead { names, new: Vec::new() }
    }

    /// The number that a name has, or would be given next.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.names.number(name) {
            return number;
        }
        let place = self.new.iter().position(|new| new == name).unwrap_or_else(|| {
            self.new.push(name.to_owned());
            self.new.len() - 1
        });
        (self.names.len() + place) as u32
    }

    /// The name of a number.
    pub(crate) fn name(&self, number: u32) -> &str {
        match (number as usize).checked_sub(self.names.len()) {
            Some(beyond) => self.new.get(beyond).map_or("?", String::as_str),
            None => self.names.name(number),
        }
    }
}

impl From<Vec<Name>> for Names {
    fn from(names: Vec<Name>) -> Names {
        Names(names.into_iter().collect())
    }
}

impl From<Names> for Vec<Name> {
    fn from(names: Names) -> Vec<Name> {
        names.0.into_iter().collect()
    }
}

/// All names of a log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dictionary {
    /// Ids of entities, by kind.
    pub entities: Vec<Names>,
    /// Words of entities' fields, by kind and field.
    pub entity_words: Vec<Vec<Names>>,
    /// Words of interactions' fields, by kind and field.
    pub interaction_words: Vec<Vec<Names>>,
    /// Words of the request's fields.
    pub context_words: Vec<Names>,
}

impl Dictionary {
    /// An empty one for this schema.
    pub fn new(schema: &Schema) -> Dictionary {
        let tables = |count: usize| vec![Names::default(); count];
        Dictionary {
            entities: tables(schema.entities.len()),
            entity_words: schema.entities.iter().map(|entity| tables(entity.fields.len())).collect(),
            interaction_words: schema.interactions.iter().map(|kind| tables(kind.fields.len())).collect(),
            context_words: tables(schema.context.len()),
        }
    }

    /// The words of each field of the item, the user or the request.
    pub(crate) fn words(&self, schema: &Schema, owner: Owner) -> &[Names] {
        match owner {
            Owner::Item => &self.entity_words[schema.item],
            Owner::User => &self.entity_words[schema.user],
            Owner::Request => &self.context_words,
        }
    }
}
