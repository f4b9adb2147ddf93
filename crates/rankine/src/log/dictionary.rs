//! Names and their numbers: entities by kind, words by field.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use foldhash::quality::RandomState;
use prefetch_index::prefetch_index;
use rankine_learn::{Id, Schema};
use serde::{Deserialize, Serialize};

use super::line::Name;
use super::name_list::NameList;
use crate::problem::Owner;

/// Names numbered from 0 in order of first appearance.
///
/// A table of its own beside the names, since that of a hash map cannot be fetched ahead: of the names of a request each
/// would be waited for, one after another.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Name>", into = "Vec<Name>")]
pub struct Names {
    names: Vec<Name>,
    /// As many as a power of two, at least twice the names; that of a name is the first one from its hash on that is its
    /// own or empty.
    slots: Vec<Slot>,
}

/// One for all tables, so that whoever reads a name can hash it before it is known which table it belongs to.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// The hash by which tables find a name, of this process alone.
pub(super) fn hash(name: &str) -> u32 {
    HASHER.hash_one(name) as u32
}

/// The hash of a name and its number, from 1; 0 where it is empty.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    hash: u32,
    number: u32,
}

impl PartialEq for Names {
    fn eq(&self, other: &Names) -> bool {
        self.names == other.names
    }
}

impl Names {
    /// The number of a name, given now if it is new.
    pub fn intern(&mut self, name: &str) -> Id {
        self.intern_hashed(name, hash(name))
    }

    /// The numbers of several.
    pub fn intern_all<C: FromIterator<Id>>(&mut self, names: &NameList) -> C {
        names.hashed().map(|(name, hash)| self.intern_hashed(name, hash)).collect()
    }

    /// Fetches ahead where the search for a name of this hash begins.
    pub(super) fn fetch_slot(&self, hash: u32) {
        if !self.slots.is_empty() {
            prefetch_index(&self.slots, self.first(hash));
        }
    }

    /// Fetches ahead the name that stands there, the slot being at hand.
    pub(super) fn fetch_name(&self, hash: u32) {
        if !self.slots.is_empty()
            && let Some(at) = (self.slots[self.first(hash)].number as usize).checked_sub(1)
        {
            // It may reach into the line of the next one.
            [at, at + 1].into_iter().for_each(|at| prefetch_index(&self.names, at));
        }
    }

    /// The number of a name that is known.
    pub fn number(&self, name: &str) -> Option<Id> {
        self.find(name, hash(name)).ok()
    }

    /// The name of a number.
    pub fn name(&self, number: Id) -> &str {
        self.names.get(number as usize).map_or("?", Name::as_str)
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// All names, by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(Name::as_str)
    }

    /// Where the search for a name of this hash begins.
    fn first(&self, hash: u32) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// The number of a name, or the empty slot that ends the search; none where there are no slots.
    fn find(&self, name: &str, hash: u32) -> Result<Id, Option<usize>> {
        if self.slots.is_empty() {
            return Err(None);
        }
        let mut at = self.first(hash);
        loop {
            let slot = self.slots[at];
            let Some(number) = slot.number.checked_sub(1) else { return Err(Some(at)) };
            if slot.hash == hash && self.names[number as usize] == name {
                return Ok(number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn intern_hashed(&mut self, name: &str, hash: u32) -> Id {
        let empty = match self.find(name, hash) {
            Ok(number) => return number,
            Err(empty) => empty,
        };
        self.names.push(name.into());
        let slot = Slot { hash, number: self.names.len() as u32 };
        match empty.filter(|_| 2 * self.names.len() <= self.slots.len()) {
            Some(empty) => self.slots[empty] = slot,
            None => {
                let old = std::mem::take(&mut self.slots);
                self.slots = vec![Slot::default(); (2 * self.names.len()).next_power_of_two().max(16)];
                old.into_iter().filter(|slot| slot.number > 0).for_each(|slot| self.place(slot));
                self.place(slot);
            }
        }
        slot.number - 1
    }

    /// Puts what is not there into the first empty slot.
    fn place(&mut self, slot: Slot) {
        let mut at = self.first(slot.hash);
        while self.slots[at].number > 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
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
        let mut known = Names::default();
        names.iter().for_each(|name| _ = known.intern(name));
        known
    }
}

impl From<Names> for Vec<Name> {
    fn from(names: Names) -> Vec<Name> {
        names.names
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
