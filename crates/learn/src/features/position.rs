//! The place at which an item was shown: known of what was shown, a constant for what is asked.

use super::{Feature, Kind, Seen, scale};
use crate::card::{Card, Parameter};
use crate::examples::{Column, Rows};
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// The place on the slate.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "position",
        what: "The place at which the item was shown, in rows that are learned from; `neutral` in every row that \
               is asked, in evaluation as in serving, since there the place is what comes of the answer.",
        when: "Clicks on items of a list: a model that can blame the place does not blame the item.",
        avoid: "Ranking from a catalogue, where what was not shown had no place; logs that show one item a \
                request.",
        cost: "No state; one number a candidate.",
        source: "Ling et al. 2017, Model ensemble for click prediction in Bing search ads; Haldar et al. 2020, \
                 Improving deep learning for Airbnb search",
        parameters: &[
            Parameter::number(
                "neutral",
                "The place that everything asked is taken to have.",
                (1.0, 1_000.0),
                1.0,
                &[],
            ),
            scale("`log` writes ln(place), `raw` the place."),
        ],
    },
    build: |spec, _, _| {
        Ok(Box::new(Position {
            name: spec.name.clone(),
            neutral: spec.settings.number("neutral").max(1.0),
            raw: spec.settings.word("scale") == "raw",
        }))
    },
};

struct Position {
    name: String,
    neutral: f64,
    raw: bool,
}

impl Position {
    fn value(&self, place: f64) -> f32 {
        (if self.raw { place } else { place.ln() }) as f32
    }
}

impl Feature for Position {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, _: &Moment<'_>, items: &[Id], _: &Memory, rows: &mut Rows, first: usize) {
        let neutral = self.value(self.neutral);
        rows.column_mut(first).zip(items).for_each(|(cell, _)| *cell = neutral);
    }

    fn shown(&self, place: usize) -> Option<f32> {
        Some(self.value(place.max(1) as f64))
    }
}
