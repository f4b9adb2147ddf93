//! How far a vector of the user or the request points the way of an item's.

use super::alike::Held;
use super::source::Source;
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::{FieldKind, Id};
use crate::memory::Memory;
use crate::moment::Moment;

/// The cosine of two vectors.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "cosine",
        what: "The cosine between a vector of the item and one of the user or the request, from -1 to 1; missing \
               where either is missing, is all zeros, or has another length.",
        when: "Another system made embeddings of both in one space: query and document, user and item.",
        avoid: "Vectors of different models: their cosine says nothing. Of the user's latest items, `similarity`.",
        cost: "No state of its own; one product of two vectors a candidate.",
        source: "Salton, Wong and Yang 1975, A vector space model for automatic indexing",
        parameters: &[
            Parameter {
                name: "of",
                doc: "The vector of the item.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
            Parameter {
                name: "to",
                doc: "The vector of the user, or of the request as `request.field`.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
        ],
    },
    build: |spec, schema, _| {
        Ok(Box::new(Cosine {
            name: spec.name.clone(),
            of: Source::of_item(spec, "of", schema, &[FieldKind::Vector])?,
            to: Source::of_asker(spec, "to", schema, &[FieldKind::Vector])?,
        }))
    },
};

struct Cosine {
    name: String,
    of: Source,
    to: Source,
}

impl Feature for Cosine {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let to = Held::of(self.to.value(moment, 0, memory));
        for (cell, &item) in rows.column_mut(first).zip(items) {
            let own = to.as_ref().and_then(|to| Some((to, Held::of(self.of.value(moment, item, memory))?)));
            let cosine = own.and_then(|(to, own)| own.alike(to));
            *cell = cosine.map_or(f32::NAN, |cosine| cosine as f32);
        }
    }
}
