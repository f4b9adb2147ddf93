//! Hour of the day and day of the week of the request.

use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// Hour of the day and day of the week.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "hour",
        what: "Hour of the day and day of the week of the request.",
        when: "Habits follow the clock: news in the morning, films at night.",
        avoid: "Traffic from many time zones without knowing the zone of each user.",
        cost: "No state; two numbers a request.",
        source: "Adomavicius and Tuzhilin 2011, Context-aware recommender systems",
        parameters: &[Parameter {
            name: "offset",
            doc: "Hours to add to UTC to get local time.",
            kind: Holds::Number { min: -12.0, max: 14.0 },
            default: Preset::Number(0.0),
            search: &[],
        }],
    },
    build: |spec, _, _| {
        Ok(Box::new(Hour {
            name: spec.name.clone(),
            offset: (spec.settings.number("offset") * 3.6e6) as i64,
        }))
    },
};

struct Hour {
    name: String,
    offset: i64,
}

impl Feature for Hour {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(format!("{}[day]", self.name)), Column::number(format!("{}[week]", self.name))]
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], _: &Memory, rows: &mut Rows, first: usize) {
        let local = moment.time.saturating_add(self.offset);
        let hour = local.rem_euclid(86_400_000) as f32 / 3.6e6;
        // The epoch was a Thursday; Monday is 0.
        let weekday = (local.div_euclid(86_400_000) + 3).rem_euclid(7) as f32;
        for row in 0..items.len() {
            rows.row_mut(row)[first] = hour;
            rows.row_mut(row)[first + 1] = weekday;
        }
    }
}
