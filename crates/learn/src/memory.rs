//! What is always remembered of the log, whatever the features: fields, births, histories, popularity.

mod history;

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use crate::fetch::{Ahead, fetch, fetch_each};
use crate::log::{Event, Id, Millis, Schema, Value, What};
use history::History;

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
    #[serde(skip)]
    met: Met,
    history: Vec<History>,
    popularity: Vec<Daily>,
    now: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entity {
    created: Millis,
    fields: ThinVec<Value>,
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
            met: Met::default(),
            history: Vec::new(),
            popularity: Vec::new(),
            now: Millis::MIN,
        }
    }

    /// Takes in one event; `positive` where it satisfies the label.
    pub fn observe(&mut self, event: &Event, positive: bool) {
        self.now = self.now.max(event.known);
        match &event.what {
            What::Entity { .. } => self.observe_fields(event),
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

    /// Takes in the fields that an event tells and nothing else: all that labels read.
    pub fn observe_fields(&mut self, event: &Event) {
        if let What::Entity { kind, id, fields } = &event.what {
            self.update(*kind, *id, fields, event.time);
        }
    }

    /// Fetches ahead what is read of items and their fields.
    pub(crate) fn fetch(&self, ahead: &Ahead<'_>) {
        let [slots, beyond, _] = ahead.items;
        slots.iter().for_each(|item| self.fetch_slot(*item));
        beyond.iter().for_each(|item| self.fetch_fields(*item));
        fetch_each(&self.history, ahead.users, History::fetch);
        // Who is named alone is likely taken; of the many that are shown, few are.
        let alone = ahead.items.map(|items| if items.len() == 1 { items } else { &[] });
        fetch_each(&self.popularity, alone, |daily| fetch(&daily.days, daily.days.len().saturating_sub(1)));
    }

    /// Fetches ahead where an item stands.
    pub(crate) fn fetch_slot(&self, item: Id) {
        fetch(&self.entities[self.item], item as usize);
    }

    /// Fetches ahead its fields, where it stands being at hand.
    pub(crate) fn fetch_fields(&self, item: Id) {
        if let Some(entity) = self.entity(self.item, item) {
            // Those of most items take no more than three lines.
            [0, 2, 4].into_iter().for_each(|field| fetch(&entity.fields, field));
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
        self.history.get(user as usize).map_or(&[], History::kept)
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
            && loaded.history.iter().all(|history| history.accepts())
            && loaded.popularity.iter().all(|daily| daily.days.len() <= Self::DAYS)
    }

    fn entity(&self, kind: usize, id: Id) -> Option<&Entity> {
        self.entities.get(kind)?.get(id as usize)?.as_ref()
    }

    fn meet(&mut self, kind: usize, id: Id, time: Millis) {
        if !self.met.knows(kind, id) {
            self.update(kind, id, &[], time);
            self.met.learn(kind, &self.entities[kind]);
        }
    }

    fn update(&mut self, kind: usize, id: Id, fields: &[Value], time: Millis) {
        let slot = entry(&mut self.entities[kind], id);
        let entity = slot.get_or_insert_with(|| Entity { created: time, fields: ThinVec::new() });
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
        entry(&mut self.history, user).take(item, time);
        let daily = entry(&mut self.popularity, item);
        daily.total += 1;
        // Days beyond four million years do not fit; they are all the last one.
        let day = time.div_euclid(86_400_000).clamp(-1 << 30, 1 << 30) as i32;
        if let Some((_, count)) = daily.days.last_mut().filter(|kept| kept.0 == day) {
            *count = count.saturating_add(1);
            return;
        }
        match daily.days.binary_search_by_key(&day, |kept| kept.0) {
            Ok(at) => daily.days[at].1 = daily.days[at].1.saturating_add(1),
            Err(at) => daily.days.insert(at, (day, 1)),
        }
        let newest = daily.days.last().map_or(day, |kept| kept.0);
        daily.days.retain(|(kept, _)| *kept > newest - Self::DAYS as i32);
    }
}

/// How many entities of each kind are known to have their slot, those with the smallest ids: ids being given in the order
/// in which entities are named, most events name such, whose slots need not be looked at. It follows from the slots, and
/// is not saved.
#[derive(Debug, Clone, Default)]
struct Met(Vec<usize>);

impl Met {
    #[inline]
    fn knows(&self, kind: usize, id: Id) -> bool {
        self.0.get(kind).is_some_and(|below| (id as usize) < *below)
    }

    /// Counts on from where it stopped.
    fn learn(&mut self, kind: usize, slots: &[Option<Entity>]) {
        if self.0.len() <= kind {
            self.0.resize(kind + 1, 0);
        }
        let below = self.0[kind];
        self.0[kind] += slots[below..].iter().take_while(|slot| slot.is_some()).count();
    }
}

impl PartialEq for Met {
    fn eq(&self, _: &Met) -> bool {
        true
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{EventKind, Field, FieldKind, SchemaEntity};

    const DAY: Millis = 86_400_000;

    fn schema() -> Schema {
        let field = |name: &str| Field { name: name.to_owned(), kind: FieldKind::Number };
        let entity =
            |name: &str| SchemaEntity { name: name.to_owned(), fields: vec![field("a"), field("b")] };
        Schema {
            entities: vec![entity("user"), entity("item")],
            interactions: vec![EventKind { name: "take".to_owned(), fields: Vec::new() }],
            context: Vec::new(),
            user: 0,
            item: 1,
        }
    }

    fn take(memory: &mut Memory, user: Id, item: Id, known: Millis) {
        let what = What::Interaction { kind: 0, user, item, request: None, fields: ThinVec::new() };
        memory.observe(&Event { time: known, known, what }, true);
    }

    fn tell(memory: &mut Memory, item: Id, time: Millis, fields: &[Value]) {
        let what = What::Entity { kind: 1, id: item, fields: fields.into() };
        memory.observe(&Event { time, known: time, what }, false);
    }

    #[test]
    fn a_history_keeps_each_item_once_and_the_latest_ones() {
        let mut memory = Memory::new(&schema());
        for (item, time) in [(1, 10), (2, 20), (1, 30)] {
            take(&mut memory, 0, item, time);
        }
        assert_eq!(memory.history(0), [Positive { item: 2, time: 20 }, Positive { item: 1, time: 30 }]);
        (0..2 * Memory::HISTORY as Id).for_each(|item| take(&mut memory, 0, item, 40));
        assert_eq!(memory.history(0).len(), Memory::HISTORY);
        assert_eq!(memory.history(0)[0].item as usize, Memory::HISTORY);
        assert_eq!(memory.history(1), []);
    }

    #[test]
    fn popularity_counts_the_latest_days_and_all() {
        let mut memory = Memory::new(&schema());
        (0..100).for_each(|day| (0..2).for_each(|_| take(&mut memory, 0, 0, day * DAY)));
        assert_eq!((memory.total(0), memory.daily(0).len()), (200, Memory::DAYS));
        assert_eq!((memory.daily(0)[0], memory.daily(0)[29]), ((70, 2), (99, 2)));
        // News of an earlier day stands at its place, news from before the kept days only in the total.
        take(&mut memory, 0, 0, 80 * DAY);
        take(&mut memory, 0, 0, 3 * DAY);
        assert_eq!((memory.total(0), memory.daily(0).len(), memory.daily(0)[10]), (202, 30, (80, 3)));
        assert_eq!((memory.total(9), memory.daily(9)), (0, &[][..]));
    }

    #[test]
    fn a_missing_value_leaves_the_former_one() {
        let mut memory = Memory::new(&schema());
        assert!(memory.item(4).is_none() && !memory.has_item(4));
        take(&mut memory, 0, 4, 5);
        assert_eq!((memory.born(4), memory.item(4)), (Some(5), Some(&[][..])));
        tell(&mut memory, 4, 6, &[Value::Number(1.0), Value::Missing]);
        tell(&mut memory, 4, 7, &[Value::Missing, Value::Number(2.0)]);
        assert_eq!(memory.item(4), Some(&[Value::Number(1.0), Value::Number(2.0)][..]));
        assert_eq!((memory.born(4), memory.items(), memory.users(), memory.now()), (Some(5), 5, 1, 7));
        assert!(!memory.has_item(3) && memory.user(Id::MAX).is_none() && memory.fields(9, 0).is_none());
    }

    #[test]
    fn extreme_moments_do_not_overflow() {
        let mut memory = Memory::new(&schema());
        for time in [Millis::MIN, 0, Millis::MAX] {
            take(&mut memory, 0, 0, time);
        }
        assert_eq!((memory.total(0), memory.daily(0).len(), memory.now()), (3, 1, Millis::MAX));
    }

    #[test]
    fn a_memory_of_another_schema_is_not_accepted() {
        let memory = Memory::new(&schema());
        let mut more = schema();
        more.entities.push(more.entities[0].clone());
        let swapped = Schema { user: 1, item: 0, ..schema() };
        assert!(memory.accepts(&Memory::new(&schema())));
        assert!(!memory.accepts(&Memory::new(&more)) && !memory.accepts(&Memory::new(&swapped)));
    }
}
