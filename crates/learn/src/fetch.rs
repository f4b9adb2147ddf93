//! Fetching ahead: state that the next events will read lies apart in memory and is asked for in time, so that it
//! arrives while others are worked on.

use prefetch_index::prefetch_index;

use crate::log::{Event, Id, Value, What};

/// Steps of fetching, each of which reads what the one before asked for: the slots of tables, what these point to, and
/// what that points to.
pub(crate) const STEPS: usize = 3;

/// Users and items of whom something will be read, by the step that is due for them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ahead<'e> {
    /// The users of each step.
    pub(crate) users: [&'e [Id]; STEPS],
    /// The items of each step.
    pub(crate) items: [&'e [Id]; STEPS],
}

impl<'e> Ahead<'e> {
    /// Those of the events behind the one at this place: the farther an event is, the earlier is its step.
    pub(crate) fn behind(events: &'e [Event], at: usize) -> Ahead<'e> {
        fetch_told(events, at);
        let mut ahead = Ahead::default();
        for (step, event) in (0..STEPS).rev().zip(events.iter().skip(at + 1)) {
            (ahead.users[step], ahead.items[step]) = named(event);
        }
        ahead
    }

    /// One step for these.
    pub(crate) fn only(step: usize, users: &'e [Id], items: &'e [Id]) -> Ahead<'e> {
        let mut ahead = Ahead::default();
        (ahead.users[step], ahead.items[step]) = (users, items);
        ahead
    }
}

/// Asks for what the events behind this place hold elsewhere, before it is asked whom they name: lists first, then the
/// texts to which these point.
fn fetch_told(events: &[Event], at: usize) {
    /// Ids that share a line of memory.
    const LINE: usize = 16;
    if let Some(What::Request { context, shown, .. }) = events.get(at + 2 * STEPS).map(|event| &event.what) {
        [0, LINE].into_iter().for_each(|id| fetch(shown, id));
        fetch(context, 0);
    }
    if let Some(What::Request { context, .. }) = events.get(at + STEPS + 1).map(|event| &event.what) {
        for value in context {
            if let Value::Text(text) = value {
                fetch(text.as_bytes(), 0);
            }
        }
    }
}

/// The users and items that an event names, but for entities, of which nothing is read.
pub(crate) fn named(event: &Event) -> (&[Id], &[Id]) {
    match &event.what {
        What::Entity { .. } => (&[], &[]),
        What::Request { user, shown, .. } => (std::slice::from_ref(user), shown),
        What::Interaction { user, item, .. } => (std::slice::from_ref(user), std::slice::from_ref(item)),
    }
}

/// Asks for the slots of these in a table, and has `beyond` ask for what a slot points to.
pub(crate) fn fetch_each<T>(table: &[T], [slots, there, _]: [&[Id]; STEPS], beyond: impl Fn(&T)) {
    slots.iter().for_each(|id| fetch(table, *id as usize));
    there.iter().filter_map(|id| table.get(*id as usize)).for_each(beyond);
}

/// The same of a table of lists.
pub(crate) fn fetch_lists<T>(table: &[Vec<T>], ids: [&[Id]; STEPS]) {
    fetch_each(table, ids, |list| fetch(list, 0));
}

/// Asks for the line of memory in which an element lies, and waits for nothing. What lies beyond the table is no harm.
#[inline(always)]
pub(crate) fn fetch<T>(table: &[T], at: usize) {
    prefetch_index(table, at);
}
