//! What fields, counts and times say.

use std::collections::BTreeSet;

use rankine_learn::features::Spec;
use rankine_learn::{Id, Millis, Value};

use super::company::alike;
use super::texts::words;
use super::{Before, Occurrence};
use crate::features_log::{DAY, HOUR};

impl Before<'_> {
    fn affinity(&self, spec: &Spec, item: Id) -> f64 {
        let settings = &spec.settings;
        let (to, half_life) = (settings.word("to"), settings.duration("half_life"));
        let age = |known: Millis| if half_life == 0 { 0 } else { known.div_euclid(half_life) };
        let seen: Vec<(Occurrence, BTreeSet<u32>)> = self
            .occurrences(settings.word("event"))
            .into_iter()
            .map(|seen| (self.ids(to, seen.user, seen.item, seen.at), seen))
            .map(|(words, seen)| (seen, words))
            .filter(|(_, words)| !words.is_empty())
            .collect();
        // Fixed point of 16 bits: a count is shifted once per half-life that has passed.
        let mass = |wanted: &dyn Fn(&Occurrence, &BTreeSet<u32>) -> bool| {
            let (mut mass, mut last) = (0u64, i64::MIN);
            for (seen, _) in seen.iter().filter(|(seen, words)| wanted(seen, words)) {
                let age = age(seen.known);
                mass = if last == i64::MIN { 0 } else { mass >> (age - last).min(63) };
                mass += 65_536;
                last = age;
            }
            let steps = if last == i64::MIN { 0 } else { (age(self.now) - last).min(63) };
            (mass >> steps) as f64 / 65_536.0
        };
        let own = mass(&|seen, _| seen.user == self.user);
        let all = mass(&|_, _| true);
        let smoothing = settings.number("smoothing");
        let words = self.ids(to, self.user, item, self.events.len());
        let lift = |word: &u32| {
            let everybody = mass(&|_, words| words.contains(word)) / all;
            if everybody.is_nan() || everybody == 0.0 {
                return 0.0;
            }
            let taken = mass(&|seen, words| seen.user == self.user && words.contains(word));
            ((taken + smoothing * everybody) / (own + smoothing) / everybody).ln()
        };
        words.iter().map(lift).sum::<f64>() / words.len() as f64
    }

    fn field_values(&self, of: &str, item: Id) -> Vec<f64> {
        match self.value_of(of, item) {
            Some(Value::Number(value)) => vec![*value],
            Some(Value::Category(word)) => vec![f64::from(*word)],
            Some(Value::Categories(words)) => {
                vec![words.len() as f64, words.first().map_or(f64::NAN, |word| f64::from(*word))]
            }
            Some(Value::Time(time)) => vec![(self.now - time) as f64 / HOUR as f64],
            Some(Value::Text(text)) => vec![text.chars().count() as f64],
            Some(Value::Vector(list)) => {
                vec![list.iter().map(|value| f64::from(value * value)).sum::<f64>().sqrt()]
            }
            _ if of == "video.genre" => vec![f64::NAN; 2],
            _ => vec![f64::NAN],
        }
    }

    fn log_hours(&self, since: Option<Millis>) -> f64 {
        since.map_or(f64::NAN, |since| ((self.now - since).max(0) as f64 / HOUR as f64 + 1.0).ln())
    }

    fn windows(&self, spec: &Spec, of: impl Fn(Millis) -> f64) -> Vec<f64> {
        spec.settings.durations("windows").iter().map(|&length| of(length)).collect()
    }

    fn hour(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let settings = &spec.settings;
        let zone = match settings.word("zone") {
            "none" => None,
            zone => self.value_of(zone, item),
        };
        let minutes = match zone {
            Some(Value::Number(minutes)) if minutes.abs() <= 1_440.0 => *minutes,
            _ => settings.number("offset") * 60.0,
        };
        // Days since the first Monday of the epoch, which began on a Thursday.
        let days = (self.now as f64 + minutes * 60_000.0) / DAY as f64 + 3.0;
        let (day, week) = (days.rem_euclid(1.0), days.rem_euclid(7.0));
        if settings.word("form") == "plain" {
            return vec![day * 24.0, week.floor()];
        }
        let turn = |share: f64| [(share * 360.0).to_radians().sin(), (share * 360.0).to_radians().cos()];
        [turn(day), turn(week / 7.0)].concat()
    }

    /// What a feature must write for an item.
    pub(crate) fn expected(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let settings = &spec.settings;
        let of = |name: &str| self.ids(name, self.user, item, self.events.len());
        match spec.kind.as_str() {
            "field" => match (settings.word("as"), self.value_of(settings.word("of"), item)) {
                ("value", _) => self.field_values(settings.word("of"), item),
                ("words", Some(Value::Text(text))) => vec![words(text).len() as f64],
                ("words", _) => vec![f64::NAN],
                (_, value) => {
                    let columns = settings.count("columns");
                    let words = match value {
                        Some(Value::Category(word)) => vec![*word],
                        Some(Value::Categories(words)) => words.clone(),
                        _ => return vec![f64::NAN; columns],
                    };
                    let hot = |at| words.iter().any(|word| *word as usize % columns == at);
                    (0..columns).map(|at| if hot(at) { 1.0 } else { 0.0 }).collect()
                }
            },
            "count" => self.windows(spec, |length| {
                let ids = of(settings.word("of"));
                let count = match settings.word("kept") {
                    "times" => self.count_exactly(spec, &ids, length),
                    _ => self.count(settings.word("event"), settings.word("of"), &ids, length),
                };
                match (ids.is_empty(), settings.word("scale")) {
                    (true, _) => f64::NAN,
                    (_, "raw") => count,
                    _ => (1.0 + count).ln(),
                }
            }),
            "rate" => self.windows(spec, |length| {
                let key = settings.word("of");
                let of_key = |name: &str| self.count(settings.word(name), key, &of(key), length);
                let seen = |name: &str| {
                    let seen = self.occurrences(settings.word(name));
                    seen.iter().filter(|seen| self.within(seen.known, length)).count() as f64
                };
                let prior = seen("top") / seen("bottom");
                let strength = settings.number("strength");
                let rate = (of_key("top") + strength * prior) / (of_key("bottom") + strength);
                if seen("bottom") == 0.0 { f64::NAN } else { rate }
            }),
            "affinity" => vec![self.affinity(spec, item)],
            "recency" => {
                let key = settings.word("of");
                let mine =
                    |seen: &Occurrence| !self.ids(key, seen.user, seen.item, seen.at).is_disjoint(&of(key));
                let seen = self.occurrences(settings.word("event"));
                vec![self.log_hours(seen.iter().filter(|seen| mine(seen)).map(|seen| seen.known).max())]
            }
            "age" if settings.word("of") == "user" => vec![self.log_hours(self.named(0, self.user))],
            "age" => vec![self.log_hours(self.named(1, item))],
            "id" if settings.word("of") == "user" => vec![named(self.named(0, self.user), self.user)],
            "id" => vec![named(self.named(1, item), item)],
            "hour" => self.hour(spec, item),
            "cosine" => {
                let both =
                    self.value_of(settings.word("of"), item).zip(self.value_of(settings.word("to"), item));
                vec![both.and_then(|(one, two)| alike(one, two)).unwrap_or(f64::NAN)]
            }
            "position" if settings.word("scale") == "raw" => vec![settings.number("neutral")],
            "position" => vec![settings.number("neutral").ln()],
            "aggregate" => self.aggregate(spec, item),
            "quantile" => self.quantile(spec, item),
            "histogram" => self.histogram(spec, item),
            "distinct" => self.distinct(spec, item),
            "last" => self.last(spec),
            "text-match" => self.text_match(spec, item),
            "distance" => vec![self.distance(spec, item)],
            "pair" => {
                let mut seen = self.occurrences(settings.word("event"));
                seen.retain(|seen| seen.user == self.user);
                let kept = &seen[seen.len().saturating_sub(settings.count("cap"))..];
                let met = |seen: &&Occurrence| {
                    seen.item == item && self.within(seen.known, settings.duration("window"))
                };
                vec![(kept.iter().filter(met).count() as f64 + 1.0).ln()]
            }
            "vector" => {
                let list = match self.value_of(settings.word("of"), item) {
                    Some(Value::Vector(list)) => list.clone(),
                    _ => Vec::new(),
                };
                let number = |at: usize| list.get(at).map_or(f64::NAN, |value| f64::from(*value));
                (0..settings.count("size")).map(number).collect()
            }
            "similarity" => self.similarity(spec, item),
            "covisitation" => vec![self.covisitation(spec, item)],
            "session" => self.session(spec),
            "trend" => {
                let (short, long) = (settings.duration("short"), settings.duration("long"));
                let ids = of(settings.word("of"));
                let count = |length| self.count(settings.word("event"), settings.word("of"), &ids, length);
                let (strength, share) = (settings.number("strength"), short as f64 / long as f64);
                let value = ((count(short) + strength) / (count(long) * share + strength)).ln();
                vec![if ids.is_empty() { f64::NAN } else { value }]
            }
            other => panic!("a feature of kind `{other}` is in `KINDS` and needs its line here"),
        }
    }
}

/// An id that was named.
fn named(since: Option<Millis>, id: Id) -> f64 {
    since.map_or(f64::NAN, |_| f64::from(id))
}
