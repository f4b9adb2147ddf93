//! What the log says of the item, the user or the request.

use super::source::Source;
use super::windows::HOUR;
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::{FieldKind, Id, Millis, Value};
use crate::memory::Memory;
use crate::moment::Moment;

/// A field as it stands.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "field",
        what: "A field of the item, the user or the request: a number as it is, a category as a category, \
               categories as their number and the first of them, a time as hours since then (negative ahead of \
               it), a text as its length in characters, a vector as its length \
               (Euclidean), a picture as 1; missing where the log says nothing.",
        when: "Whatever is known of an item before anybody took it; the only help where both are new.",
        avoid: "Categories of thousands of words that a rate or an affinity would summarise.",
        cost: "No state of its own; one look-up a candidate.",
        source: "Zheng and Casari 2018, Feature engineering for machine learning",
        parameters: &[Parameter {
            name: "of",
            doc: "The field: of the item, of the user, or of the request as `request.field`.",
            kind: Holds::Field,
            default: Preset::Required,
            search: &[],
        }],
    },
    build: |spec, schema, _| {
        Ok(Box::new(Field { name: spec.name.clone(), source: Source::of(spec, "of", schema, &[])? }))
    },
};

struct Field {
    name: String,
    source: Source,
}

impl Field {
    /// The values of the columns; a kind with one column leaves the second missing.
    fn values(&self, value: &Value, now: Millis) -> [f32; 2] {
        let one = |value: f64| [value as f32, f32::NAN];
        match (self.source.kind, value) {
            (FieldKind::Number, Value::Number(value)) if (*value as f32).is_finite() => one(*value),
            (FieldKind::Category, Value::Category(word)) => one(f64::from(*word)),
            (FieldKind::Categories, Value::Categories(words)) => {
                [words.len() as f32, words.first().map_or(f32::NAN, |word| *word as f32)]
            }
            (FieldKind::Time, Value::Time(time)) => one(now.saturating_sub(*time) as f64 / HOUR as f64),
            (FieldKind::Text, Value::Text(text)) => one(text.chars().count() as f64),
            (FieldKind::Vector, Value::Vector(list)) => {
                one(list.iter().map(|value| f64::from(value * value)).sum::<f64>().sqrt())
            }
            (FieldKind::Image, Value::Text(_)) => one(1.0),
            (FieldKind::Boxes, Value::Boxes(boxes)) => one(boxes.len() as f64),
            _ => [f32::NAN; 2],
        }
    }
}

impl Feature for Field {
    fn columns(&self) -> Vec<Column> {
        match self.source.kind {
            FieldKind::Category => vec![Column::category(&self.name)],
            FieldKind::Categories => vec![
                Column::number(format!("{}[count]", self.name)),
                Column::category(format!("{}[first]", self.name)),
            ],
            FieldKind::Number
            | FieldKind::Time
            | FieldKind::Text
            | FieldKind::Vector
            | FieldKind::Image
            | FieldKind::Boxes => vec![Column::number(&self.name)],
        }
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let width = if self.source.kind == FieldKind::Categories { 2 } else { 1 };
        let values = |item: Id| self.values(self.source.value(moment, item, memory), moment.time);
        let shared = self.source.is_shared().then(|| values(0));
        for (row, &item) in items.iter().enumerate() {
            let values = shared.unwrap_or_else(|| values(item));
            rows.row_mut(row)[first..first + width].copy_from_slice(&values[..width]);
        }
    }
}
