//! Whose: a value of the item or of the user, as a design names them.

use super::{Spec, Unfit};
use crate::examples::Rows;
use crate::log::{Id, Schema};
use crate::moment::Moment;

/// The item or the user.
#[derive(Clone, Copy)]
pub(super) struct Whose {
    /// The kind of entity.
    pub(super) kind: usize,
    of_user: bool,
}

impl Whose {
    /// What the parameter `of` names.
    pub(super) fn of(spec: &Spec, schema: &Schema) -> Result<Whose, Unfit> {
        let of = spec.settings.word("of");
        let kind = [schema.item, schema.user].into_iter().find(|&kind| schema.entities[kind].name == of);
        let kind = kind.ok_or_else(|| format!("`{of}` is neither the item's entity nor the user's"));
        let kind = spec.fit("of", kind)?;
        Ok(Whose { kind, of_user: kind == schema.user })
    }

    /// Writes the value of each item, or that of the user to all of them, to column `first` of `rows`.
    pub(super) fn write(
        self,
        moment: &Moment<'_>,
        items: &[Id],
        rows: &mut Rows,
        first: usize,
        value: impl Fn(Id) -> f32,
    ) {
        let cells = rows.column_mut(first).zip(items);
        if self.of_user {
            let user = value(moment.user);
            cells.for_each(|(cell, _)| *cell = user);
        } else {
            cells.for_each(|(cell, item)| *cell = value(*item));
        }
    }
}
