//! How long an item or a user has been known.

use super::recency::log_hours;
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
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
        parameters: &[Parameter {
            name: "of",
            doc: "Whose age: the item's entity or the user's.",
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
        Ok(Box::new(Age { name: spec.name.clone(), kind, of_user: kind == schema.user }))
    },
};

struct Age {
    name: String,
    kind: usize,
    of_user: bool,
}

impl Feature for Age {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let age =
            |id: Id| memory.created(self.kind, id).map_or(f32::NAN, |born| log_hours(born, moment.time));
        let user = if self.of_user { age(moment.user) } else { f32::NAN };
        for (row, &item) in items.iter().enumerate() {
            rows.row_mut(row)[first] = if self.of_user { user } else { age(item) };
        }
    }
}
