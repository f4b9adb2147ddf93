//! Which item or which user it is.

use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// An id as a category.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "id",
        what: "The id of the item or of the user as a category; missing where the log never named it.",
        when: "Items that stay, or users who come back: what no field tells can be learned for each of them.",
        avoid: "Items or users that are gone before they were seen often: their weights are noise, and new \
                ones have none.",
        cost: "No state; a weight or a vector for every id in what reads it.",
        source: "Rendle 2010, Factorization machines; Cheng et al. 2016, Wide and deep learning",
        parameters: &[Parameter {
            name: "of",
            doc: "Whose id: the item's entity or the user's.",
            kind: Holds::Entity,
            default: Preset::Required,
            search: &[],
        }],
    },
    build: |spec, schema, _| {
        let of = spec.settings.word("of");
        let kind = [schema.item, schema.user].into_iter().find(|&kind| schema.entities[kind].name == of);
        let kind = kind.ok_or_else(|| format!("`{of}` is neither the item's entity nor the user's"));
        let kind = spec.fit("of", kind)?;
        Ok(Box::new(Named { name: spec.name.clone(), kind, of_user: kind == schema.user }))
    },
};

struct Named {
    name: String,
    kind: usize,
    of_user: bool,
}

impl Feature for Named {
    fn columns(&self) -> Vec<Column> {
        vec![Column::category(&self.name)]
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let known = |id: Id| memory.created(self.kind, id).map_or(f32::NAN, |_| id as f32);
        let user = if self.of_user { known(moment.user) } else { f32::NAN };
        for (row, &item) in items.iter().enumerate() {
            rows.row_mut(row)[first] = if self.of_user { user } else { known(item) };
        }
    }
}
