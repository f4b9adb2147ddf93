//! What a feature counts by: the user, the item, or the words that a field of the item holds.

use std::slice;

use crate::card::{Kind as Holds, Parameter, Preset};
use crate::examples::Rows;
use crate::fetch::{Ahead, STEPS};
use crate::log::{FieldKind, Id, Schema, Value};
use crate::memory::Memory;
use crate::moment::Moment;

/// What a feature counts by; each key stands for dense ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// The user who asks or acts.
    User,
    /// The item.
    Item,
    /// The words in a field of the item, as the memory holds them at that moment.
    Word(usize),
}

/// The parameter `of` that names it.
pub(super) const fn parameter(doc: &'static str) -> Parameter {
    Parameter { name: "of", doc, kind: Holds::Entity, default: Preset::Required, search: &[] }
}

/// Whose events, where an item of several words has the events of all of them once.
pub(super) const POOLED: Parameter = parameter(
    "Whose events: the item's entity, the user's, or a category field of the item (its words pooled).",
);

/// Whose events, where an item of several words has the sum over them.
pub(super) const SUMMED: Parameter = parameter(
    "Whose events: the item's entity, the user's, or a category field of the item (the sum over its words).",
);

/// Where in the rows a feature writes.
pub(super) struct Target<'a> {
    pub(super) rows: &'a mut Rows,
    pub(super) first: usize,
    pub(super) width: usize,
}

impl Key {
    /// The key that a design calls `name`: the user's entity, the item's, or `item.field` for a category.
    pub(crate) fn find(name: &str, schema: &Schema) -> Result<Key, String> {
        if name == schema.item().name {
            return Ok(Key::Item);
        }
        if name == schema.user().name {
            return Ok(Key::User);
        }
        if name.contains('.') {
            return Key::word(name, schema);
        }
        let (item, user) = (&schema.item().name, &schema.user().name);
        Err(format!("`{name}` is neither `{item}` nor `{user}` nor a category field of `{item}`"))
    }

    /// The key of a category field of the item, by `item.field`.
    pub(crate) fn word(name: &str, schema: &Schema) -> Result<Key, String> {
        let item = schema.item();
        let at = name.strip_prefix(item.name.as_str()).and_then(|rest| rest.strip_prefix('.'));
        let at = at.and_then(|field| item.field(field));
        let words = |at: &usize| matches!(item.fields[*at].kind, FieldKind::Category | FieldKind::Categories);
        at.filter(words)
            .map(Key::Word)
            .ok_or_else(|| format!("`{name}` is not a field of `{}` that holds categories", item.name))
    }

    /// The ids of this key for a user and an item; none where the item is unknown or the field is missing.
    pub(crate) fn ids<'a>(self, user: &'a Id, item: &'a Id, memory: &'a Memory) -> &'a [Id] {
        match self {
            Key::User => slice::from_ref(user),
            Key::Item => slice::from_ref(item),
            Key::Word(at) => match memory.item(*item).and_then(|fields| fields.get(at)) {
                Some(Value::Category(word)) => slice::from_ref(word),
                Some(Value::Categories(words)) => words,
                _ => &[],
            },
        }
    }

    /// Those of the users or items to be fetched that are keys as they stand, without a look at what is remembered of
    /// them; words are few, and mostly at hand.
    pub(super) fn ahead<'e>(self, ahead: &Ahead<'e>) -> [&'e [Id]; STEPS] {
        match self {
            Key::User => ahead.users,
            Key::Item => ahead.items,
            Key::Word(_) => [&[]; STEPS],
        }
    }

    /// Writes the columns of each item by `fill(ids, values)`, which runs once where the user is the key.
    pub(super) fn write(
        self,
        moment: &Moment<'_>,
        items: &[Id],
        memory: &Memory,
        target: Target<'_>,
        fill: impl Fn(&[Id], &mut [f32]),
    ) {
        let Target { rows, first, width } = target;
        let columns = first..first + width;
        if self == Key::User {
            rows.fill_alike(columns, items.len(), |cells| fill(slice::from_ref(&moment.user), cells));
        } else {
            let cells = rows.spans_mut(columns).zip(items);
            cells.for_each(|(cells, item)| fill(self.ids(&moment.user, item, memory), cells));
        }
    }
}

/// Takes each of the ids once.
#[inline]
pub(super) fn each(ids: &[Id], mut take: impl FnMut(Id)) {
    match ids {
        // Most keys are one id.
        [id] => take(*id),
        ids => distinct(ids).for_each(take),
    }
}

/// The sum over the ids, each once.
#[inline]
pub(super) fn total(ids: &[Id], of: impl Fn(Id) -> u64) -> u64 {
    match ids {
        [id] => of(*id),
        ids => distinct(ids).map(of).sum(),
    }
}

/// The ids without repetitions; a log may name a word twice in one field.
pub(super) fn distinct(ids: &[Id]) -> impl Iterator<Item = Id> + '_ {
    ids.iter().enumerate().filter(|(at, id)| !ids[..*at].contains(id)).map(|(_, id)| *id)
}
