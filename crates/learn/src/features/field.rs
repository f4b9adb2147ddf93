//! What the log says of the item, the user or the request.

use std::slice;

use super::source::Source;
use super::windows::HOUR;
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::{FieldKind, Id, Millis, Value};
use crate::memory::Memory;
use crate::moment::Moment;
use crate::words::Words;

/// A field as it stands.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "field",
        what: "A field of the item, the user or the request: a number as it is, a category as a category, \
               categories as their number and the one of them that the log named first, a time as hours since \
               then (negative ahead of it), a text as its length in characters or words, a vector as its length (Euclidean), a picture \
               as 1; or words as a column of 0 and 1 each. Missing where the log says nothing.",
        when: "Whatever is known of an item before anybody took it; the only help where both are new.",
        avoid: "Categories of thousands of words that a rate or an affinity would summarise.",
        cost: "No state of its own; one look-up a candidate, and `columns` numbers as `hot`.",
        source: "Zheng and Casari 2018, Feature engineering for machine learning; Weinberger et al. 2009, Feature \
                 hashing for large scale multitask learning (`hot`)",
        parameters: &[
            Parameter {
                name: "of",
                doc: "The field: of the item, of the user, or of the request as `request.field`.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
            Parameter {
                name: "as",
                doc: "`value` as above; `words` counts the words of a text; `hot` makes `columns` of a category or \
                      categories, 1 where one of its words is there.",
                kind: Holds::Choice(&["value", "words", "hot"]),
                default: Preset::Word("value"),
                search: &[],
            },
            Parameter::count(
                "columns",
                "How many columns `hot` makes; with more words than that some share one.",
                (2, 1_024),
                16,
                &[],
            ),
        ],
    },
    build: |spec, schema, _| {
        let source = Source::of(spec, "of", schema, &[])?;
        let form = match (spec.settings.word("as"), source.kind) {
            ("words", FieldKind::Text) => Form::Words,
            ("words", _) => return spec.fit("as", Err("only a text has words to be counted".to_owned())),
            ("hot", FieldKind::Category | FieldKind::Categories) => {
                Form::Hot(spec.settings.count("columns").max(1))
            }
            ("hot", _) => return spec.fit("as", Err("`hot` is for a category or categories".to_owned())),
            _ => Form::Value,
        };
        Ok(Box::new(Field { name: spec.name.clone(), source, form }))
    },
};

struct Field {
    name: String,
    source: Source,
    form: Form,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Value,
    Words,
    /// As many columns.
    Hot(usize),
}

impl Field {
    fn width(&self) -> usize {
        match (self.form, self.source.kind) {
            (Form::Hot(columns), _) => columns,
            (Form::Value, FieldKind::Categories) => 2,
            _ => 1,
        }
    }

    /// Writes the columns of one row.
    fn fill(&self, value: &Value, now: Millis, row: &mut [f32]) {
        row.fill(f32::NAN);
        if let Form::Hot(columns) = self.form {
            let words = match value {
                Value::Category(word) => slice::from_ref(word),
                Value::Categories(words) => words,
                _ => return,
            };
            row.fill(0.0);
            words.iter().for_each(|word| row[*word as usize % columns] = 1.0);
            return;
        }
        if let (FieldKind::Categories, Value::Categories(words)) = (self.source.kind, value) {
            row[0] = words.len() as f32;
            row[1] = words.first().map_or(f32::NAN, |word| *word as f32);
            return;
        }
        row[0] = self.plain(value, now);
    }

    /// What one column says of a value.
    fn plain(&self, value: &Value, now: Millis) -> f32 {
        match (self.source.kind, value) {
            (FieldKind::Number, Value::Number(value)) if (*value as f32).is_finite() => *value as f32,
            (FieldKind::Category, Value::Category(word)) => *word as f32,
            (FieldKind::Time, Value::Time(time)) => (now.saturating_sub(*time) as f64 / HOUR as f64) as f32,
            (FieldKind::Text, Value::Text(text)) if self.form == Form::Words => Words::of(text).len() as f32,
            (FieldKind::Text, Value::Text(text)) => text.chars().count() as f32,
            (FieldKind::Vector, Value::Vector(list)) => {
                list.iter().map(|value| f64::from(value * value)).sum::<f64>().sqrt() as f32
            }
            (FieldKind::Image, Value::Text(_)) => 1.0,
            (FieldKind::Boxes, Value::Boxes(boxes)) => boxes.len() as f32,
            _ => f32::NAN,
        }
    }
}

impl Feature for Field {
    fn columns(&self) -> Vec<Column> {
        match (self.form, self.source.kind) {
            (Form::Hot(columns), _) => {
                (0..columns).map(|at| Column::number(format!("{}[{at}]", self.name))).collect()
            }
            (_, FieldKind::Category) => vec![Column::category(&self.name)],
            (_, FieldKind::Categories) => vec![
                Column::number(format!("{}[count]", self.name)),
                Column::category(format!("{}[first]", self.name)),
            ],
            _ => vec![Column::number(&self.name)],
        }
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let width = self.width();
        // Most fields are one number or word of the item.
        if width == 1 && !self.source.is_shared() {
            for (cell, &item) in rows.column_mut(first).zip(items) {
                *cell = self.plain(self.source.value(moment, item, memory), moment.time);
            }
            return;
        }
        let columns = first..first + width;
        let fill = |item: Id, cells: &mut [f32]| {
            self.fill(self.source.value(moment, item, memory), moment.time, cells);
        };
        if self.source.is_shared() {
            rows.fill_alike(columns, items.len(), |cells| fill(0, cells));
        } else {
            rows.spans_mut(columns).zip(items).for_each(|(cells, item)| fill(*item, cells));
        }
    }
}
