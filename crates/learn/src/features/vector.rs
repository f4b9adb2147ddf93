//! The numbers of a vector, each a column.

use super::source::Source;
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::{FieldKind, Id, Value};
use crate::memory::Memory;
use crate::moment::Moment;

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
        let source = Source::of(spec, "of", schema, &[FieldKind::Vector])?;
        Ok(Box::new(Vector { name: spec.name.clone(), source, size: spec.settings.count("size") }))
    },
};

struct Vector {
    name: String,
    source: Source,
    size: usize,
}

impl Feature for Vector {
    fn columns(&self) -> Vec<Column> {
        (0..self.size).map(|at| Column::number(format!("{}[{at}]", self.name))).collect()
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        for (place, &item) in rows.spans_mut(first..first + self.size).zip(items) {
            place.fill(f32::NAN);
            if let Value::Vector(list) = self.source.value(moment, item, memory) {
                place.iter_mut().zip(list).for_each(|(to, from)| *to = *from);
            }
        }
    }
}
