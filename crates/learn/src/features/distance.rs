//! How far an item is from the user or from where the request was made.

use super::source::Source;
use super::{Feature, Kind, Seen, scale};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::log::{FieldKind, Id};
use crate::memory::Memory;
use crate::moment::Moment;

const fn degrees(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, doc, kind: Holds::Field, default: Preset::Required, search: &[] }
}

/// Distance over ground.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "distance",
        what: "Kilometres along the great circle between the item and the user or the request, as ln(1 + km) or \
               as they are; missing where a coordinate is missing or is none (beyond 90 degrees of latitude or \
               180 of longitude).",
        when: "What must be gone to: places, lodgings, jobs, second-hand goods, rides.",
        avoid: "Where roads or water make the way much longer than the line.",
        cost: "No state of its own; four look-ups and six trigonometric functions a candidate.",
        source: "Sinnott 1984, Virtues of the haversine",
        parameters: &[
            degrees("latitude", "Degrees north of the item: a number field of it."),
            degrees("longitude", "Degrees east of the item: a number field of it."),
            degrees("from_latitude", "Degrees north of the user or of the request (`request.field`)."),
            degrees("from_longitude", "Degrees east of the user or of the request."),
            scale("`log` writes ln(1 + km), `raw` the kilometres."),
        ],
    },
    build: |spec, schema, _| {
        let number = &[FieldKind::Number][..];
        Ok(Box::new(Distance {
            name: spec.name.clone(),
            to: [
                Source::of_item(spec, "latitude", schema, number)?,
                Source::of_item(spec, "longitude", schema, number)?,
            ],
            from: [
                Source::of_asker(spec, "from_latitude", schema, number)?,
                Source::of_asker(spec, "from_longitude", schema, number)?,
            ],
            raw: spec.settings.word("scale") == "raw",
        }))
    },
};

/// The mean radius of the earth.
const RADIUS: f64 = 6_371.009;

struct Distance {
    name: String,
    to: [Source; 2],
    from: [Source; 2],
    raw: bool,
}

impl Feature for Distance {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, _: &Seen<'_>, _: &Memory) {}

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let place = |[north, east]: [Source; 2], item: Id| {
            let at = [north.number(moment, item, memory)?, east.number(moment, item, memory)?];
            (at[0].abs() <= 90.0 && at[1].abs() <= 180.0).then_some(at)
        };
        let from = place(self.from, 0);
        for (cell, &item) in rows.column_mut(first).zip(items) {
            let km = from.and_then(|from| Some(kilometres(from, place(self.to, item)?)));
            let value = km.map(|km| if self.raw { km } else { km.ln_1p() });
            *cell = value.map_or(f32::NAN, |value| value as f32);
        }
    }
}

/// Between two places in degrees north and east.
fn kilometres(one: [f64; 2], other: [f64; 2]) -> f64 {
    let [north, other_north] = [one[0], other[0]].map(f64::to_radians);
    let half = |one: f64, other: f64| ((other - one) / 2.0).sin().powi(2);
    let east = half(one[1].to_radians(), other[1].to_radians());
    let haversine = half(north, other_north) + north.cos() * other_north.cos() * east;
    2.0 * RADIUS * haversine.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilometres_are_those_of_the_globe() {
        let quarter = RADIUS * std::f64::consts::FRAC_PI_2;
        let (berlin, paris) = ([52.5200, 13.4050], [48.8566, 2.3522]);
        for (one, other, want) in [
            ([0.0, 0.0], [0.0, 0.0], 0.0),
            ([0.0, 0.0], [90.0, 57.0], quarter),
            ([0.0, -90.0], [0.0, 90.0], 2.0 * quarter),
            ([0.0, 179.5], [0.0, -179.5], quarter / 90.0),
            (berlin, paris, 877.46),
            ([-33.8688, 151.2093], [51.5074, -0.1278], 16_993.9),
        ] {
            let have = kilometres(one, other);
            assert!((have - want).abs() < 0.5, "{one:?} to {other:?}: {have}");
            assert!((have - kilometres(other, one)).abs() < 1e-9);
        }
    }
}
