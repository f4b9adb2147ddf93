//! What is always remembered of the log, whatever the features: fields, births, histories, popularity.

use serde::{Deserialize, Serialize};

use crate::log::{Event, Id, Millis, Schema, Value, What};

/// An item that a user took, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Positive {
    /// The item.
    pub item: Id,
    /// When it was known.
    pub time: Millis,
}

/// The state of entities and users as of the last event observed.
///
/// Bounded: a user keeps the latest [`Memory::HISTORY`] positives, an item the counts of the latest
/// [`Memory::DAYS`] days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    user: usize,
    item: usize,
    entities: Vec<Vec<Option<Entity>>>,
    history: Vec<Vec<Positive>>,
    popularity: Vec<Daily>,
    now: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entity {
    created: Millis,
    fields: Vec<Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Daily {
    /// (day, positives on it), oldest first, only days with any.
    days: Vec<(i32, u32)>,
    total: u64,
}

impl Memory {
    /// Positives kept per user: the latest ones.
    pub const HISTORY: usize = 500;
    /// Days of counts kept per item.
    pub const DAYS: usize = 30;

    /// Nothing seen yet.
    pub fn new(schema: &Schema) -> Memory {
        Memory {
            user: schema.user,
            item: schema.item,
            entities: vec![Vec::new(); schema.entities.len()],
            history: Vec::new(),
            popularity: Vec::new(),
            now: Millis::MIN,
        }
    }

    /// Takes in one event; `positive` where it satisfies the label.
    pub fn observe(&mut self, event: &Event, positive: bool) {
        self.now = self.now.max(event.known);
        match &event.what {
            What::Entity { kind, id, fields } => self.update(*kind, *id, fields, event.time),
            What::Request { user, shown, .. } => {
                self.meet(self.user, *user, event.time);
                shown.iter().for_each(|&item| self.meet(self.item, item, event.time));
            }
            What::Interaction { user, item, .. } => {
                self.meet(self.user, *user, event.time);
                self.meet(self.item, *item, event.time);
                if positive {
                    self.take(*user, *item, event.known);
                }
            }
        }
    }

    /// When the last event was known; the smallest number before any.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// How many items were ever named.
    pub fn items(&self) -> usize {
        self.entities[self.item].len()
    }

    /// How many users were ever named.
    pub fn users(&self) -> usize {
        self.entities[self.user].len()
    }

    /// Whether an item was named by the log so far.
    pub fn has_item(&self, item: Id) -> bool {
        self.born(item).is_some()
    }

    /// When an item was first named.
    pub fn born(&self, item: Id) -> Option<Millis> {
        self.created(self.item, item)
    }

    /// When an entity of any kind was first named.
    pub(crate) fn created(&self, kind: usize, id: Id) -> Option<Millis> {
        Some(self.entity(kind, id)?.created)
    }

    /// An item's fields, in the order of the schema.
    pub fn item(&self, item: Id) -> Option<&[Value]> {
        Some(&self.entity(self.item, item)?.fields)
    }

    /// A user's fields, in the order of the schema.
    pub fn user(&self, user: Id) -> Option<&[Value]> {
        Some(&self.entity(self.user, user)?.fields)
    }

    /// Any entity's fields.
    pub fn fields(&self, kind: usize, id: Id) -> Option<&[Value]> {
        Some(&self.entity(kind, id)?.fields)
    }

    /// The latest positives of a user, oldest first, each item once.
    pub fn history(&self, user: Id) -> &[Positive] {
        self.history.get(user as usize).map_or(&[], Vec::as_slice)
    }

    /// Positives of an item since the log began.
    pub fn total(&self, item: Id) -> u64 {
        self.popularity.get(item as usize).map_or(0, |daily| daily.total)
    }

    /// (day since the epoch, positives on it) of an item, oldest first.
    pub fn daily(&self, item: Id) -> &[(i32, u32)] {
        self.popularity.get(item as usize).map_or(&[], |daily| &daily.days)
    }

    /// Whether a loaded memory is one of the same schema and within its bounds.
    pub(crate) fn accepts(&self, loaded: &Memory) -> bool {
        (self.user, self.item, self.entities.len()) == (loaded.user, loaded.item, loaded.entities.len())
            && loaded.history.iter().all(|history| history.len() <= Self::HISTORY)
            && loaded.popularity.iter().all(|daily| daily.days.len() <= Self::DAYS)
    }

    fn entity(&self, kind: usize, id: Id) -> Option<&Entity> {
        self.entities.get(kind)?.get(id as usize)?.as_ref()
    }

    fn meet(&mut self, kind: usize, id: Id, time: Millis) {
        self.update(kind, id, &[], time);
    }

    fn update(&mut self, kind: usize, id: Id, fields: &[Value], time: Millis) {
        let slot = entry(&mut self.entities[kind], id);
        let entity = slot.get_or_insert_with(|| Entity { created: time, fields: Vec::new() });
        if entity.fields.len() < fields.len() {
            entity.fields.resize(fields.len(), Value::Missing);
        }
        for (old, new) in entity.fields.iter_mut().zip(fields) {
            if *new != Value::Missing {
                *old = new.clone();
            }
        }
    }

    fn take(&mut self, user: Id, item: Id, time: Millis) {
        let history = entry(&mut self.history, user);
        history.retain(|positive| positive.item != item);
        history.push(Positive { item, time });
        if history.len() > Self::HISTORY {
            history.remove(0);
        }
        let daily = entry(&mut self.popularity, item);
        daily.total += 1;
        // Days beyond four million years do not fit; they are all the last one.
        let day = time.div_euclid(86_400_000).clamp(-1 << 30, 1 << 30) as i32;
        match daily.days.binary_search_by_key(&day, |kept| kept.0) {
            Ok(at) => daily.days[at].1 = daily.days[at].1.saturating_add(1),
            Err(at) => daily.days.insert(at, (day, 1)),
        }
        let newest = daily.days.last().map_or(day, |kept| kept.0);
        daily.days.retain(|(kept, _)| *kept > newest - Self::DAYS as i32);
    }
}

/// The place of a dense id in a table that grows as ids appear.
pub(crate) fn entry<T: Default>(table: &mut Vec<T>, id: Id) -> &mut T {
    let at = id as usize;
    if table.len() <= at {
        table.resize_with(at + 1, T::default);
    }
    &mut table[at]
}
