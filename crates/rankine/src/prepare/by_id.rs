//! A value for each of some ids: ids are dense, so that a table is smaller and faster than a tree.

use rankine_learn::Id;

/// Values by id, in the order of the ids.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ById<T> {
    slots: Vec<Option<T>>,
    filled: usize,
}

impl<T> Default for ById<T> {
    fn default() -> ById<T> {
        ById { slots: Vec::new(), filled: 0 }
    }
}

impl<T> ById<T> {
    /// The value of an id, made now where it has none.
    pub(super) fn entry(&mut self, id: Id, first: impl FnOnce() -> T) -> &mut T {
        let at = id as usize;
        if self.slots.len() <= at {
            self.slots.resize_with(at + 1, || None);
        }
        let slot = &mut self.slots[at];
        self.filled += usize::from(slot.is_none());
        slot.get_or_insert_with(first)
    }

    /// The value of an id.
    pub(super) fn get(&self, id: Id) -> Option<&T> {
        self.slots.get(id as usize)?.as_ref()
    }

    /// The same, to change it.
    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut T> {
        self.slots.get_mut(id as usize)?.as_mut()
    }

    /// How many ids have one.
    pub(super) fn len(&self) -> usize {
        self.filled
    }

    /// Whether none has one.
    pub(super) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// All ids that have one, with it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Id, &T)> {
        (0..).zip(&self.slots).filter_map(|(id, slot)| Some((id, slot.as_ref()?)))
    }

    /// All values.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }
}

impl ById<u64> {
    /// Counts an id once more.
    pub(super) fn count(&mut self, id: Id) {
        *self.entry(id, || 0) += 1;
    }
}

/// A set of ids.
pub(super) type Ids = ById<()>;

impl Ids {
    /// Takes an id in.
    pub(super) fn insert(&mut self, id: Id) {
        self.entry(id, || ());
    }

    /// Whether it holds an id.
    pub(super) fn contains(&self, id: Id) -> bool {
        self.get(id).is_some()
    }
}
