//! How long an item or a user has been known.

use super::key;
use super::recency::log_hours;
use super::whose::Whose;
use super::{Feature, Kind, Seen};
use crate::card::Card;
use crate::examples::{Column, Rows};
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// Time since birth.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "age",
        what: "ln(1 + hours) since an item or a user was first named in the log; missing where it never was.",
        when: "Novelty fades: news, uploads, new members who still explore.",
        avoid: "Logs that begin long after their entities: everything is then as old as the log.",
        cost: "No state of its own; one look-up a candidate.",
        source: "Wu and Huberman 2007, Novelty and collective attention",
        parameters: &[key::parameter("Whose age: the item's entity or the user's.")],
    },
    build: |spec, schema, _| Ok(Box::new(Age { name: spec.name.clone(), whose: Whose::of(spec, schema)? })),
};

struct Age {
    name: String,
    whose: Whose,
}

impl Feature for Age {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let age = |id: Id| {
            memory.created(self.whose.kind, id).map_or(f32::NAN, |born| log_hours(born, moment.time))
        };
        self.whose.write(moment, items, rows, first, age);
    }
}
