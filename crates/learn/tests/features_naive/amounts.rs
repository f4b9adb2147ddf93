//! What numbers that come with events say.

use std::collections::BTreeSet;

use rankine_learn::features::Spec;
use rankine_learn::{Id, Millis, Value, What, hash};

use super::{Before, Occurrence, SCHEMA};

impl Before<'_> {
    /// The number that an event had.
    fn amount(&self, name: &str, seen: &Occurrence) -> Option<f64> {
        let (owner, field) = name.split_once('.').unwrap();
        let schema = &*SCHEMA;
        let value = match (owner, &self.events[seen.at].what) {
            ("watch", What::Interaction { kind: 1, fields, .. }) => fields.first(),
            ("request", What::Request { context, .. }) => {
                context.get(schema.context.iter().position(|have| have.name == field).unwrap())
            }
            ("watch" | "request", _) => None,
            _ => {
                let kind = schema.entity(owner).unwrap();
                let at = schema.entities[kind].field(field).unwrap();
                self.field(kind, [seen.user, seen.item][kind], at, seen.at)
            }
        };
        match value {
            Some(Value::Number(value)) => Some(*value),
            _ => None,
        }
    }

    /// The numbers of a key's events in a window.
    fn amounts(&self, spec: &Spec, ids: Option<&BTreeSet<u32>>, length: Millis) -> Vec<f64> {
        let settings = &spec.settings;
        let mut found = Vec::new();
        for seen in self.occurrences(settings.word("event")) {
            let Some(amount) = self.amount(settings.word("value"), &seen) else { continue };
            // An event counts for each of the words that it shares.
            let times = ids.map_or(1, |ids| {
                self.ids(settings.word("of"), seen.user, seen.item, seen.at).intersection(ids).count()
            });
            if self.within(seen.known, length) {
                found.extend(std::iter::repeat_n(amount, times));
            }
        }
        found
    }

    fn own(&self, spec: &Spec, item: Id) -> f64 {
        match self.value_of(spec.settings.word("value"), item) {
            Some(Value::Number(value)) => *value,
            _ => f64::NAN,
        }
    }

    fn each_window(&self, spec: &Spec, item: Id, of: impl Fn(Millis, Vec<f64>) -> Vec<f64>) -> Vec<f64> {
        let ids = self.ids(spec.settings.word("of"), self.user, item, self.events.len());
        let lengths = spec.settings.durations("windows").iter();
        lengths.flat_map(|&length| of(length, self.amounts(spec, Some(&ids), length))).collect()
    }

    pub(super) fn aggregate(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let settings = &spec.settings;
        let ids = self.ids(settings.word("of"), self.user, item, self.events.len());
        self.each_window(spec, item, |length, amounts| {
            let (sum, count) = (amounts.iter().sum::<f64>(), amounts.len() as f64);
            let all = self.amounts(spec, None, length);
            let prior = all.iter().sum::<f64>() / all.len() as f64;
            let strength = settings.number("strength");
            let value = match settings.word("take") {
                _ if ids.is_empty() => f64::NAN,
                "sum" => sum,
                "min" => amounts.iter().copied().fold(f64::NAN, f64::min),
                "max" => amounts.iter().copied().fold(f64::NAN, f64::max),
                _ if strength > 0.0 => (sum + strength * prior) / (count + strength),
                _ => sum / count,
            };
            vec![if settings.word("write") == "value" { value } else { self.own(spec, item) - value }]
        })
    }

    pub(super) fn quantile(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let accuracy = spec.settings.number("accuracy");
        let base = (1.0 + accuracy) / (1.0 - accuracy);
        // A number stands for all that are within the accuracy of it.
        let rounded = |number: f64| {
            let steps = ((number.abs() * 1e6).ln() / base.ln()).ceil();
            number.signum() * 1e-6 * base.powf(steps) * (1.0 - accuracy)
        };
        self.each_window(spec, item, |_, mut amounts| {
            amounts.sort_by(f64::total_cmp);
            let at = |quantile: &f64| {
                let rank = (quantile * (amounts.len() as f64 - 1.0)).floor();
                let exact = amounts.get(rank as usize).copied().unwrap_or(f64::NAN);
                if exact == 0.0 { 0.0 } else { rounded(exact) }
            };
            spec.settings.numbers("quantiles").iter().map(at).collect()
        })
    }

    pub(super) fn histogram(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let edges = [&[f64::NEG_INFINITY], spec.settings.numbers("edges"), &[f64::INFINITY]].concat();
        let own = self.own(spec, item);
        self.each_window(spec, item, |_, amounts| {
            let share = |range: &[f64]| {
                let within = amounts.iter().filter(|amount| (range[0]..range[1]).contains(*amount));
                within.count() as f64 / amounts.len() as f64
            };
            match spec.settings.word("write") {
                "shares" => edges.windows(2).map(share).collect(),
                _ => {
                    let range = edges.windows(2).find(|range| (range[0]..range[1]).contains(&own));
                    vec![range.map_or(f64::NAN, share)]
                }
            }
        })
    }

    pub(super) fn distinct(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let settings = &spec.settings;
        let ids = self.ids(settings.word("of"), self.user, item, self.events.len());
        let cells = settings.count("cells") as u64;
        let one = |&length: &Millis| {
            let mut used: BTreeSet<u64> = BTreeSet::new();
            for seen in self.occurrences(settings.word("event")) {
                let of = |name| self.ids(name, seen.user, seen.item, seen.at);
                if self.within(seen.known, length) && !of(settings.word("of")).is_disjoint(&ids) {
                    used.extend(
                        of(settings.word("what")).iter().map(|id| hash(6, &[u64::from(*id)]) % cells),
                    );
                }
            }
            let free = (1.0 - used.len() as f64 / cells as f64).max(0.5 / cells as f64);
            let count = -(cells as f64) * free.ln();
            match settings.word("scale") {
                _ if ids.is_empty() => f64::NAN,
                "raw" => count,
                _ => (1.0 + count).ln(),
            }
        };
        settings.durations("windows").iter().map(one).collect()
    }

    pub(super) fn last(&self, spec: &Spec) -> Vec<f64> {
        let settings = &spec.settings;
        let what = settings.word("what");
        let value = |seen: &Occurrence| match what {
            "video" => Some(f64::from(seen.item)),
            "video.genre" | "video.channel" => {
                let at = SCHEMA.entities[1].field(&what["video.".len()..]).unwrap();
                match self.field(1, seen.item, at, seen.at) {
                    Some(Value::Category(word)) => Some(f64::from(*word)),
                    Some(Value::Categories(words)) => words.first().map(|word| f64::from(*word)),
                    _ => None,
                }
            }
            _ => self.amount(what, seen),
        };
        let seen = self.occurrences(settings.word("event"));
        let own = seen.iter().rev().filter(|seen| seen.user == self.user);
        let values = own.filter_map(value).chain(std::iter::repeat(f64::NAN));
        values.take(settings.count("items")).collect()
    }
}
