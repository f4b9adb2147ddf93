//! Quantiles of the numbers that came with events, in sliding windows.

use serde::{Deserialize, Serialize};

use super::amount::{self, Amount};
use super::buckets::Buckets;
use super::key::{self, Key, Target, distinct};
use super::state::{decode, encode};
use super::windows;
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::Ahead;
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;

/// Quantiles of numbers of events.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "quantile",
        what: "Quantiles of a number that comes with events of an item, a user or a word of the item, in each \
               window, each within `accuracy` of the true one; missing where no event had a number.",
        when: "Numbers with a long tail, such as prices and seconds: the median holds where a mean is one big \
               number's.",
        avoid: "A handful of events a key: `aggregate` says as much for less.",
        cost: "A whole number for each step of `accuracy` that occurs, a bucket (25 a window) and key.",
        source: "Masson, Rim and Lee 2019, DDSketch: a fast and fully-mergeable quantile sketch with relative-error \
                 guarantees",
        parameters: &[
            amount::EVENT,
            amount::PARAMETER,
            key::POOLED,
            windows::PARAMETER,
            Parameter {
                name: "quantiles",
                doc: "Which quantiles, 0 to 1: .5 is the median; at most 16.",
                kind: Holds::Numbers,
                default: Preset::Numbers(&[0.5]),
                search: &[],
            },
            Parameter::number(
                "accuracy",
                "How far a quantile may be from the true one, as a share of it.",
                (0.001, 0.2),
                0.02,
                &[],
            ),
        ],
    },
    build: |spec, schema, labels| {
        let settings = &spec.settings;
        let lengths = spec.fit(windows::PARAMETER.name, windows::lengths(settings))?;
        let quantiles = settings.numbers("quantiles");
        if quantiles.is_empty() || quantiles.len() > 16 {
            return spec.fit("quantiles", Err("`quantiles` needs between 1 and 16 numbers".to_owned()));
        }
        if let Some(wrong) = quantiles.iter().find(|quantile| !(0.0..=1.0).contains(*quantile)) {
            return spec.fit("quantiles", Err(format!("the quantile {wrong} is not from 0 to 1")));
        }
        let name = |length, quantile| format!("{}[{},{quantile}]", spec.name, windows::name(length));
        let each = |&length| quantiles.iter().map(move |&quantile| name(length, quantile));
        Ok(Box::new(Quantile {
            names: lengths.iter().flat_map(each).collect(),
            signal: spec.fit("event", Signal::find(settings.word("event"), schema, labels))?,
            amount: Amount::of(spec, schema)?,
            key: spec.fit("of", Key::find(settings.word("of"), schema))?,
            quantiles: quantiles.to_vec(),
            state: State { scale: Scale::new(settings.number("accuracy")), keys: Buckets::new(&lengths) },
        }))
    },
};

struct Quantile {
    names: Vec<String>,
    signal: Signal,
    amount: Amount,
    key: Key,
    quantiles: Vec<f64>,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    scale: Scale,
    keys: Buckets<Sketch>,
}

/// How many numbers fell in each step: (step, numbers), ascending.
type Sketch = Vec<(i16, u32)>;

/// Steps of numbers, each a little larger than the one before by the same factor, mirrored below 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Scale {
    accuracy: f64,
}

/// Numbers nearer to 0 than this are 0.
const LEAST: f64 = 1e-6;
/// Numbers beyond this count as it.
const MOST: f64 = 1e12;

impl Scale {
    fn new(accuracy: f64) -> Scale {
        Scale { accuracy: accuracy.clamp(0.001, 0.2) }
    }

    /// The logarithm of the factor.
    fn width(self) -> f64 {
        ((1.0 + self.accuracy) / (1.0 - self.accuracy)).ln()
    }

    fn step(self, number: f64) -> i16 {
        let size = number.abs().min(MOST);
        if size < LEAST {
            return 0;
        }
        // At an accuracy of a thousandth, which is the finest, there are some 20,700 steps.
        let step = ((size / LEAST).ln() / self.width()).ceil().max(0.0) as i16 + 1;
        if number < 0.0 { -step } else { step }
    }

    /// The number that stands for a step: at most `accuracy` of it from both ends.
    fn number(self, step: i16) -> f64 {
        if step == 0 {
            return 0.0;
        }
        let upper = LEAST * (f64::from(step.unsigned_abs() - 1) * self.width()).exp();
        let middle = upper * (1.0 - self.accuracy);
        if step < 0 { -middle } else { middle }
    }
}

fn add(sketch: &mut Sketch, step: i16) {
    match sketch.binary_search_by_key(&step, |have| have.0) {
        Ok(at) => sketch[at].1 = sketch[at].1.saturating_add(1),
        Err(at) => sketch.insert(at, (step, 1)),
    }
}

/// The step that holds the number of rank `quantile x (numbers - 1)`, from 0, of an ascending list.
fn at(steps: &[(i16, u64)], quantile: f64) -> Option<i16> {
    let all: u64 = steps.iter().map(|(_, count)| count).sum();
    let rank = (quantile * all.checked_sub(1)? as f64).floor() as u64;
    let mut passed = 0;
    let found = steps.iter().find(|(_, count)| {
        passed += count;
        passed > rank
    });
    found.or(steps.last()).map(|(step, _)| *step)
}

impl Feature for Quantile {
    fn columns(&self) -> Vec<Column> {
        self.names.iter().map(Column::number).collect()
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        let State { scale, keys } = &mut self.state;
        self.signal.each(seen, |user, item| {
            let Some(number) = self.amount.read(seen, user, item, memory) else { return };
            let step = scale.step(number);
            for id in distinct(self.key.ids(&user, &item, memory)) {
                keys.change(id, seen.event.known, |sketch| add(sketch, step));
            }
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        self.state.keys.fetch(self.key.ahead(ahead));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let State { scale, keys } = &self.state;
        let width = self.quantiles.len();
        for window in 0..keys.windows() {
            let now = keys.place(window, moment.time);
            let target = Target { rows: &mut *rows, first: first + window * width, width };
            self.key.write(moment, items, memory, target, |ids, values| {
                let sketches = distinct(ids).flat_map(|id| keys.within(id, window, now));
                let mut all: Vec<(i16, u64)> =
                    sketches.flatten().map(|&(step, count)| (step, u64::from(count))).collect();
                all.sort_unstable();
                for (value, &quantile) in values.iter_mut().zip(&self.quantiles) {
                    *value = at(&all, quantile).map_or(f32::NAN, |step| scale.number(step) as f32);
                }
            });
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: State = decode(bytes)?;
        let most = self.state.scale.step(MOST);
        let sound = |sketch: &Sketch| {
            let within = sketch.iter().all(|(step, count)| (-most..=most).contains(step) && *count > 0);
            within && sketch.is_sorted_by(|left, right| left.0 < right.0)
        };
        if loaded.scale != self.state.scale || !self.state.keys.accepts(&loaded.keys, sound) {
            return Err("the state belongs to other windows or another accuracy".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_near_its_step() {
        for accuracy in [0.001, 0.02, 0.2] {
            let scale = Scale::new(accuracy);
            let mut last = i16::MIN;
            for at in -400..=400 {
                let number = f64::from(at).signum() * 10f64.powf(f64::from(at).abs() / 34.0 - 5.9);
                let have = scale.number(scale.step(number));
                assert!((have - number).abs() <= accuracy * number.abs() * 1.0001, "{number}: {have}");
                assert!(scale.step(number) >= last, "steps ascend");
                last = scale.step(number);
            }
            assert_eq!((scale.step(0.0), scale.step(-1e-9), scale.number(0)), (0, 0, 0.0));
            assert_eq!((scale.step(1e300), scale.step(-1e300)), (scale.step(MOST), -scale.step(MOST)));
        }
    }

    #[test]
    fn ranks_are_counted_from_the_smallest() {
        let steps = [(-3, 1), (2, 2), (7, 1)];
        let have = [0.0, 0.33, 0.34, 0.5, 0.99, 1.0].map(|quantile| at(&steps, quantile));
        assert_eq!(have, [-3, -3, 2, 2, 2, 7].map(Some));
        assert_eq!(at(&[], 0.5), None);
    }
}
