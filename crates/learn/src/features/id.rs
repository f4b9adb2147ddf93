//! Which item or which user it is.

use super::key;
use super::whose::Whose;
use super::{Feature, Kind, Seen};
use crate::card::Card;
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
        parameters: &[key::parameter("Whose id: the item's entity or the user's.")],
    },
    build: |spec, schema, _| Ok(Box::new(Named { name: spec.name.clone(), whose: Whose::of(spec, schema)? })),
};

struct Named {
    name: String,
    whose: Whose,
}

impl Feature for Named {
    fn columns(&self) -> Vec<Column> {
        vec![Column::category(&self.name)]
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let known = |id: Id| memory.created(self.whose.kind, id).map_or(f32::NAN, |_| id as f32);
        self.whose.write(moment, items, rows, first, known);
    }
}
