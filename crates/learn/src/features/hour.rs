//! Hour of the day and day of the week, where the user is.

use std::f64::consts::TAU;

use super::source::{NONE, Source};
use super::windows::{DAY, HOUR, MINUTE};
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::{FieldKind, Id, Millis};
use crate::memory::Memory;
use crate::moment::Moment;

/// Hour of the day and day of the week.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "hour",
        what: "Hour of the day, 0 to 24, and day of the week, Monday being 0, of the request in local time; or \
               both as points on a circle.",
        when: "Habits follow the clock: news in the morning, films at night.",
        avoid: "Traffic from many time zones without knowing the zone of each user.",
        cost: "No state; two numbers a request, four as circles.",
        source: "Adomavicius and Tuzhilin 2011, Context-aware recommender systems",
        parameters: &[
            Parameter {
                name: "offset",
                doc: "Hours to add to UTC to get local time.",
                kind: Holds::Number { min: -12.0, max: 14.0 },
                default: Preset::Number(0.0),
                search: &[],
            },
            Parameter {
                name: "zone",
                doc: "A number field of the user, the request or the item: minutes that its clock is ahead of UTC. \
                      Where it is missing or beyond a day, `offset` counts.",
                kind: Holds::Field,
                default: Preset::Word(NONE),
                search: &[],
            },
            Parameter {
                name: "form",
                doc: "`plain` for trees; `circle` writes sine and cosine of each, so that midnight and the end of \
                      the week are no edges.",
                kind: Holds::Choice(&["plain", "circle"]),
                default: Preset::Word("plain"),
                search: &[],
            },
        ],
    },
    build: |spec, schema, _| {
        let zone = match spec.settings.word("zone") {
            NONE => None,
            _ => Some(Source::of(spec, "zone", schema, &[FieldKind::Number])?),
        };
        Ok(Box::new(Hour {
            name: spec.name.clone(),
            offset: (spec.settings.number("offset") * HOUR as f64) as Millis,
            zone,
            circle: spec.settings.word("form") == "circle",
        }))
    },
};

struct Hour {
    name: String,
    offset: Millis,
    zone: Option<Source>,
    circle: bool,
}

impl Hour {
    /// How far the clock is ahead for an item.
    fn ahead(&self, moment: &Moment<'_>, item: Id, memory: &Memory) -> Millis {
        let minutes = self.zone.and_then(|zone| zone.number(moment, item, memory));
        let within = minutes.filter(|minutes| minutes.abs() <= (DAY / MINUTE) as f64);
        within.map_or(self.offset, |minutes| (minutes * MINUTE as f64) as Millis)
    }

    fn values(&self, time: Millis, ahead: Millis) -> [f32; 4] {
        let local = time.saturating_add(ahead);
        // The epoch was a Thursday; Monday is 0.
        let (day, weekday) = (local.rem_euclid(DAY), (local.div_euclid(DAY) + 3).rem_euclid(7));
        if !self.circle {
            return [day as f32 / HOUR as f32, weekday as f32, f32::NAN, f32::NAN];
        }
        let day = day as f64 / DAY as f64;
        let week = (weekday as f64 + day) / 7.0;
        let [day, week] = [day, week].map(|turn| (TAU * turn).sin_cos());
        [day.0, day.1, week.0, week.1].map(|value| value as f32)
    }
}

impl Feature for Hour {
    fn columns(&self) -> Vec<Column> {
        let parts: &[&str] =
            if self.circle { &["day sin", "day cos", "week sin", "week cos"] } else { &["day", "week"] };
        parts.iter().map(|part| Column::number(format!("{}[{part}]", self.name))).collect()
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let columns = first..first + if self.circle { 4 } else { 2 };
        let fill = |item: Id, cells: &mut [f32]| {
            let values = self.values(moment.time, self.ahead(moment, item, memory));
            cells.iter_mut().zip(values).for_each(|(cell, value)| *cell = value);
        };
        if self.zone.is_none_or(Source::is_shared) {
            rows.fill_alike(columns, items.len(), |cells| fill(0, cells));
        } else {
            rows.spans_mut(columns).zip(items).for_each(|(cells, item)| fill(*item, cells));
        }
    }
}
