//! Mean, sum, least or largest of the numbers that came with events, in sliding windows.

use serde::{Deserialize, Serialize};

use super::amount::{self, Amount};
use super::buckets::Buckets;
use super::key::{self, Key, Target, distinct};
use super::source::Source;
use super::state::{decode, encode};
use super::windows;
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::Ahead;
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// Numbers of events, summarised.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "aggregate",
        what: "Mean, sum, least or largest of a number that comes with events of an item, a user or a word of the \
               item, in each window; or the candidate's own number less that. Missing where no event had a number \
               (a sum is then 0; a mean with `strength` the mean of all keys), or the item lacks the field.",
        when: "Ratings, prices, seconds, amounts: what an item is rated, what a user usually pays.",
        avoid: "Means over numbers with a few huge ones, where a quantile tells more; numbers below a thousandth, being \
                kept in steps of a millionth, or beyond 1e12, being cut there.",
        cost: "At most 25 entries of four whole numbers a key and window; up to 25 additions a candidate and window.",
        source: "Micci-Barreca 2001, A preprocessing scheme for high-cardinality categorical attributes (the \
                 smoothing); Datar, Gionis, Indyk and Motwani 2002, Maintaining stream statistics over sliding windows",
        parameters: &[
            amount::EVENT,
            amount::PARAMETER,
            key::POOLED,
            windows::PARAMETER,
            Parameter {
                name: "take",
                doc: "What is made of the numbers.",
                kind: Holds::Choice(&["mean", "sum", "min", "max"]),
                default: Preset::Word("mean"),
                search: &[],
            },
            Parameter::number(
                "strength",
                "How many events the mean of all keys weighs in a `mean`; 0 trusts the first event.",
                (0.0, 1e6),
                0.0,
                &[5.0],
            ),
            Parameter {
                name: "write",
                doc: "`value` writes it; `difference` the candidate's own number less it, where `value` is a \
                      field of the item.",
                kind: Holds::Choice(&["value", "difference"]),
                default: Preset::Word("value"),
                search: &[],
            },
        ],
    },
    build: |spec, schema, labels| {
        let settings = &spec.settings;
        let lengths = spec.fit(windows::PARAMETER.name, windows::lengths(settings))?;
        let amount = Amount::of(spec, schema)?;
        let take = match settings.word("take") {
            "sum" => Take::Sum,
            "min" => Take::Min,
            "max" => Take::Max,
            _ => Take::Mean { strength: settings.number("strength") },
        };
        let own = match (settings.word("write"), amount.of_item(), take) {
            ("value", ..) => None,
            (_, None, _) => {
                let why = format!("`{}` is not a field of the item", settings.word("value"));
                return spec.fit("write", Err(format!("no difference can be made: {why}")));
            }
            (_, _, Take::Sum) => {
                return spec.fit("write", Err("a difference from a sum says nothing".to_owned()));
            }
            (_, own, _) => own,
        };
        Ok(Box::new(Aggregate {
            names: windows::names(&spec.name, &lengths),
            signal: spec.fit("event", Signal::find(settings.word("event"), schema, labels))?,
            amount,
            key: spec.fit("of", Key::find(settings.word("of"), schema))?,
            take,
            own,
            state: State { each: Buckets::new(&lengths), all: Buckets::new(&lengths) },
        }))
    },
};

#[derive(Clone, Copy)]
enum Take {
    Mean { strength: f64 },
    Sum,
    Min,
    Max,
}

struct Aggregate {
    names: Vec<String>,
    signal: Signal,
    amount: Amount,
    key: Key,
    take: Take,
    /// The candidate's own number, where that is compared.
    own: Option<Source>,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    each: Buckets<Part>,
    /// The numbers of all keys under the id 0, where they are the prior of a mean.
    all: Buckets<Part>,
}

/// One in fixed point, so that sums do not depend on order; numbers beyond a million million count as that.
const UNIT: f64 = 1_048_576.0;
const MOST: f64 = 1e12;

/// Numbers, summarised, in units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Part {
    count: u32,
    sum: i128,
    min: i64,
    max: i64,
}

impl Part {
    fn add(&mut self, units: i64) {
        *self = self.with(&Part { count: 1, sum: i128::from(units), min: units, max: units });
    }

    fn with(&self, other: &Part) -> Part {
        match (self.count, other.count) {
            (0, _) => *other,
            (_, 0) => *self,
            _ => Part {
                count: self.count.saturating_add(other.count),
                sum: self.sum.saturating_add(other.sum),
                min: self.min.min(other.min),
                max: self.max.max(other.max),
            },
        }
    }

    fn is_sound(&self) -> bool {
        let most = i128::from(u32::MAX) * (MOST * UNIT) as i128;
        self.count > 0 && self.min <= self.max && (-most..=most).contains(&self.sum)
    }

    fn sum(&self) -> f64 {
        self.sum as f64 / UNIT
    }
}

impl Aggregate {
    fn value(&self, part: &Part, all: Option<f64>) -> Option<f64> {
        let some = part.count > 0;
        match self.take {
            Take::Sum => Some(part.sum()),
            Take::Min => some.then_some(part.min as f64 / UNIT),
            Take::Max => some.then_some(part.max as f64 / UNIT),
            Take::Mean { strength } if strength > 0.0 => {
                all.map(|all| (part.sum() + strength * all) / (f64::from(part.count) + strength))
            }
            Take::Mean { .. } => some.then(|| part.sum() / f64::from(part.count)),
        }
    }
}

impl Feature for Aggregate {
    fn columns(&self) -> Vec<Column> {
        self.names.iter().map(Column::number).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        let (known, State { each, all }) = (seen.event.known, &mut self.state);
        self.signal.each(seen, |user, item| {
            let Some(number) = self.amount.read(seen, user, item, memory) else { return };
            let units = (number.clamp(-MOST, MOST) * UNIT).round() as i64;
            if matches!(self.take, Take::Mean { strength } if strength > 0.0) {
                all.change(0, known, |part| part.add(units));
            }
            for id in distinct(self.key.ids(&user, &item, memory)) {
                each.change(id, known, |part| part.add(units));
            }
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        self.state.each.fetch(self.key.ahead(ahead));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let State { each, all } = &self.state;
        let none = Part::default();
        for window in 0..each.windows() {
            let now = each.place(window, moment.time);
            let all = all.within(0, window, now).fold(none, |sum, part| sum.with(part));
            let all = (all.count > 0).then(|| all.sum() / f64::from(all.count));
            let target = Target { rows: &mut *rows, first: first + window, width: 1 };
            self.key.write(moment, items, memory, target, |ids, values| {
                let parts = distinct(ids).flat_map(|id| each.within(id, window, now));
                let part = parts.fold(none, |sum, part| sum.with(part));
                let value = if ids.is_empty() { None } else { self.value(&part, all) };
                values[0] = value.map_or(f32::NAN, |value| value as f32);
            });
            let Some(own) = self.own else { continue };
            for (value, &item) in rows.column_mut(first + window).zip(items) {
                let own = own.number(moment, item, memory).unwrap_or(f64::NAN);
                *value = (own - f64::from(*value)) as f32;
            }
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: State = decode(bytes)?;
        let State { each, all } = &self.state;
        if !each.accepts(&loaded.each, Part::is_sound) || !all.accepts(&loaded.all, Part::is_sound) {
            return Err("the state belongs to other windows".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}
