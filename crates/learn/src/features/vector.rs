//! The numbers of a vector, each a column.

use super::field::locate;
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::{FieldKind, Id, Value};
use crate::memory::Memory;
use crate::moment::Moment;

use super::field::Owner;

/// A vector's numbers.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "vector",
        what: "The numbers of a vector field, one column each; missing where the log says nothing.",
        when: "Where another system has already made an embedding of a picture, a text or a user.",
        avoid: "Long vectors beside few examples: every number is a column to learn.",
        cost: "No state of its own; one copy of `size` numbers a candidate.",
        source: "Zheng and Casari 2018, Feature engineering for machine learning",
        parameters: &[
            Parameter {
                name: "of",
                doc: "The field: of the item, of the user, or of the request as `request.field`.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
            Parameter {
                name: "size",
                doc: "How many of its numbers to take; a shorter vector leaves the rest missing.",
                kind: Holds::Count { min: 1, max: 4096 },
                default: Preset::Count(16),
                search: &[],
            },
        ],
    },
    build: |spec, schema, _| {
        let of = spec.settings.word("of");
        let (owner, at, kind) = spec.fit("of", locate(of, schema))?;
        if kind != FieldKind::Vector {
            return spec.fit("of", Err(format!("`{of}` holds no vector")));
        }
        Ok(Box::new(Vector { name: spec.name.clone(), owner, at, size: spec.settings.count("size") }))
    },
};

struct Vector {
    name: String,
    owner: Owner,
    at: usize,
    size: usize,
}

impl Feature for Vector {
    fn columns(&self) -> Vec<Column> {
        (0..self.size).map(|at| Column::number(format!("{}[{at}]", self.name))).collect()
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        for (row, &item) in items.iter().enumerate() {
            let fields = match self.owner {
                Owner::Item => memory.item(item),
                Owner::User => memory.user(moment.user),
                Owner::Request => Some(moment.context),
            };
            let place = &mut rows.row_mut(row)[first..first + self.size];
            place.fill(f32::NAN);
            if let Some(Value::Vector(list)) = fields.and_then(|fields| fields.get(self.at)) {
                place.iter_mut().zip(list).for_each(|(to, from)| *to = *from);
            }
        }
    }
}
