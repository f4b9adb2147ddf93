//! What users did lately, and what was taken together.

use std::collections::BTreeMap;

use rankine_learn::features::Spec;
use rankine_learn::{Id, Millis, Value, What};

use super::{Before, Occurrence};
use crate::features_log::HOUR;

impl Before<'_> {
    /// The latest items of a user among these occurrences, oldest first, each once.
    fn latest(seen: &[Occurrence], user: Id, most: usize) -> Vec<(Id, Millis)> {
        let mut list: Vec<(Id, Millis)> = Vec::new();
        for seen in seen.iter().rev().filter(|seen| seen.user == user) {
            if list.len() < most && list.iter().all(|(item, _)| *item != seen.item) {
                list.push((seen.item, seen.known));
            }
        }
        list.reverse();
        list
    }

    pub(super) fn similarity(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let settings = &spec.settings;
        let of = settings.word("of");
        let seen = self.occurrences(settings.word("event"));
        let mut latest = Self::latest(&seen, self.user, settings.count("items"));
        latest.retain(|(other, _)| *other != item);
        let own = self.value_of(of, item);
        let alike: Vec<f64> =
            latest.iter().filter_map(|(other, _)| alike(own?, self.value_of(of, *other)?)).collect();
        let mean = alike.iter().sum::<f64>() / alike.len() as f64;
        vec![mean, alike.iter().copied().fold(f64::NAN, f64::max)]
    }

    pub(super) fn covisitation(&self, spec: &Spec, item: Id) -> f64 {
        let settings = &spec.settings;
        let (items, within) = (settings.count("items"), settings.duration("within"));
        let half_life = settings.duration("half_life");
        let age = |known: Millis| if half_life == 0 { 0 } else { known.div_euclid(half_life) };
        let seen = self.occurrences(settings.word("event"));
        let add = |mass: &mut (f64, i64), known: Millis| {
            *mass = (shift(*mass, age(known)) + 1.0, age(known));
        };
        let mut events: BTreeMap<Id, (f64, i64)> = BTreeMap::new();
        let mut pairs: BTreeMap<(Id, Id), (f64, i64)> = BTreeMap::new();
        for (at, now) in seen.iter().enumerate() {
            add(events.entry(now.item).or_default(), now.known);
            for (other, known) in Self::latest(&seen[..at], now.user, items) {
                if other == now.item || now.known - known > within {
                    continue;
                }
                let both = [(other, now.item), (now.item, other)];
                for pair in &both[..if settings.word("order") == "any" { 2 } else { 1 }] {
                    add(pairs.entry(*pair).or_default(), now.known);
                    // Beyond the bound the smallest goes, of equals the larger id, but not the newest.
                    let rivals = pairs.iter().filter(|(have, _)| have.0 == pair.0 && *have != pair);
                    let least = rivals
                        .clone()
                        .map(|(pair, mass)| (shift(*mass, age(now.known)), std::cmp::Reverse(pair.1)))
                        .min_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
                    if let Some((_, gone)) = least.filter(|_| rivals.count() >= settings.count("neighbours"))
                    {
                        pairs.remove(&(pair.0, gone.0));
                    }
                }
            }
        }
        let now = |mass: Option<&(f64, i64)>| mass.map_or(0.0, |mass| shift(*mass, age(self.now)));
        let mut latest = Self::latest(&seen, self.user, items);
        latest.retain(|(other, _)| *other != item);
        let cosine = settings.word("weight") == "cosine";
        let parts = latest.iter().map(|(other, _)| {
            let together = now(pairs.get(&(*other, item)));
            let norm = (now(events.get(other)) * now(events.get(&item))).sqrt();
            if !cosine || together == 0.0 { together } else { together / norm }
        });
        let sum: f64 = parts.sum();
        match (latest.is_empty(), cosine) {
            (true, _) => f64::NAN,
            (_, true) => sum,
            (_, false) => (1.0 + sum).ln(),
        }
    }

    pub(super) fn session(&self, spec: &Spec) -> Vec<f64> {
        let gap = spec.settings.duration("gap");
        let own: Vec<(Millis, bool)> = self
            .events
            .iter()
            .filter_map(|event| match &event.what {
                What::Request { user, .. } if *user == self.user => Some((event.known, true)),
                What::Interaction { user, .. } if *user == self.user => Some((event.known, false)),
                _ => None,
            })
            .collect();
        // Backwards from now while no silence is longer than the gap.
        let (mut reached, mut counts) = (self.now, [0.0, 0.0]);
        for (known, request) in own.iter().rev() {
            if reached - known > gap {
                break;
            }
            reached = *known;
            counts[usize::from(!request)] += 1.0;
        }
        vec![counts[0], counts[1], (self.now - reached) as f64 / HOUR as f64 * 60.0]
    }
}

/// A mass of some age as of a later one, in steps of a half and 16 bits.
fn shift((mass, last): (f64, i64), age: i64) -> f64 {
    ((mass * 65_536.0) as u64).checked_shr((age - last).clamp(0, 64) as u32).unwrap_or(0) as f64 / 65_536.0
}

/// The cosine of two vectors or the overlap of two sets.
pub(super) fn alike(one: &Value, two: &Value) -> Option<f64> {
    let set = |value: &Value| match value {
        Value::Category(word) => vec![*word],
        Value::Categories(words) => words.clone(),
        _ => Vec::new(),
    };
    if let (Value::Vector(one), Value::Vector(two)) = (one, two) {
        let dot = |one: &[f32], two: &[f32]| one.iter().zip(two).map(|(x, y)| f64::from(x * y)).sum::<f64>();
        let norm = (dot(one, one) * dot(two, two)).sqrt();
        return (one.len() == two.len() && norm > 0.0).then(|| dot(one, two) / norm);
    }
    let (one, two) = (set(one), set(two));
    let both = |word: &u32| one.contains(word) && two.contains(word);
    let (mut shared, mut all): (Vec<u32>, Vec<u32>) =
        (one.iter().copied().filter(both).collect(), one.iter().chain(&two).copied().collect());
    for list in [&mut shared, &mut all] {
        list.sort_unstable();
        list.dedup();
    }
    (!one.is_empty() && !two.is_empty()).then(|| shared.len() as f64 / all.len() as f64)
}
