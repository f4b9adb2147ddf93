//! A recorded request as a question: who asks, when, where and about what, by the numbers of a state.

use rankine_learn::{Id, Millis, Moment, Schema, Value};
use thin_vec::ThinVec;

use crate::log::{Ahead, Cell, Dictionary, values};

/// A question whose names are numbered as the line about it will number them. The server asks it when it answers,
/// and so does whoever asks again by replay.
pub(crate) struct Asking<'n> {
    user: Id,
    context: ThinVec<Value>,
    items: Ahead<'n>,
}

impl<'n> Asking<'n> {
    pub(crate) fn new(
        dictionary: &'n Dictionary,
        schema: &Schema,
        user: &str,
        context: &[Cell],
    ) -> Asking<'n> {
        let mut words: Vec<Ahead<'_>> = dictionary.context_words.iter().map(Ahead::of).collect();
        let context = values(context.to_vec(), &mut |at, word| words[at].number(word));
        Asking {
            user: Ahead::of(&dictionary.entities[schema.user]).number(user),
            context,
            items: Ahead::of(&dictionary.entities[schema.item]),
        }
    }

    /// The numbers of these items.
    pub(crate) fn items(&mut self, names: &[String]) -> Vec<Id> {
        names.iter().map(|name| self.items.number(name)).collect()
    }

    /// The name of an item.
    pub(crate) fn name(&self, item: Id) -> &str {
        self.items.name(item)
    }

    /// The moment as of `time`.
    pub(crate) fn moment(&self, time: Millis) -> Moment<'_> {
        Moment { time, user: self.user, context: &self.context }
    }
}
