//! Every kind of feature against a plain recomputation from the raw list of events.
#![allow(clippy::unwrap_used)] // a test may fail by a panic

mod features_log;

use std::collections::BTreeSet;

use features_log::{DAY, HOUR, fold, items, log, schema, specs_of, values};
use rankine_learn::features::{ALL, Spec};
use rankine_learn::{Event, Id, Millis, Value, What};

/// The events before a request.
struct Before<'a> {
    events: &'a [Event],
    now: Millis,
    user: Id,
    context: &'a [Value],
}

/// An occurrence of a signal: when it was known, by whom, with what, and how many events came before.
struct Occurrence {
    known: Millis,
    user: Id,
    item: Id,
    at: usize,
}

impl Before<'_> {
    /// The latest value of a field as of the first `upto` events.
    fn field(&self, kind: usize, id: Id, at: usize, upto: usize) -> Option<&Value> {
        self.events[..upto].iter().rev().find_map(|event| match &event.what {
            What::Entity { kind: have, id: named, fields } if (*have, *named) == (kind, id) => {
                fields.get(at).filter(|value| **value != Value::Missing)
            }
            _ => None,
        })
    }

    fn is_relevant(&self, item: Id, fields: &[Value], upto: usize) -> bool {
        match (fields.first(), self.field(1, item, 2, upto)) {
            (Some(Value::Number(watched)), Some(Value::Number(length))) => *watched >= 0.5 * length,
            _ => false,
        }
    }

    fn occurrences(&self, signal: &str) -> Vec<Occurrence> {
        let mut found = Vec::new();
        for (at, event) in self.events.iter().enumerate() {
            let mut push = |user: &Id, item: &Id| {
                found.push(Occurrence { known: event.known, user: *user, item: *item, at });
            };
            match (&event.what, signal) {
                (What::Request { user, shown, .. }, "impression") => {
                    shown.iter().for_each(|item| push(user, item));
                }
                (What::Interaction { kind: 0, user, item, .. }, "click") => push(user, item),
                (What::Interaction { kind: 1, user, item, .. }, "watch") => push(user, item),
                (What::Interaction { kind: 1, user, item, fields, .. }, "relevant" | "label")
                    if self.is_relevant(*item, fields, at) =>
                {
                    push(user, item);
                }
                _ => {}
            }
        }
        found
    }

    /// The ids that a user and an item stand for under a key, as of the first `upto` events.
    fn ids(&self, of: &str, user: Id, item: Id, upto: usize) -> BTreeSet<u32> {
        let field = match of {
            "user" => return BTreeSet::from([user]),
            "video" => return BTreeSet::from([item]),
            "video.genre" => 0,
            "video.channel" => 1,
            other => panic!("no key `{other}` in the oracle"),
        };
        match self.field(1, item, field, upto) {
            Some(Value::Category(word)) => BTreeSet::from([*word]),
            Some(Value::Categories(words)) => words.iter().copied().collect(),
            _ => BTreeSet::new(),
        }
    }

    /// Whether a moment lies in the window of this length: its bucket is one of the 25 that end now.
    fn within(&self, known: Millis, length: Millis) -> bool {
        let bucket = (length + 23) / 24;
        (0..=24).contains(&(self.now.div_euclid(bucket) - known.div_euclid(bucket)))
    }

    /// How often each of `ids` had the signal in the window, summed.
    fn count(&self, signal: &str, of: &str, ids: &BTreeSet<u32>, length: Millis) -> f64 {
        let seen = self.occurrences(signal);
        let within = seen.iter().filter(|seen| self.within(seen.known, length));
        within
            .map(|seen| self.ids(of, seen.user, seen.item, seen.at).intersection(ids).count())
            .sum::<usize>() as f64
    }

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

    fn named(&self, kind: usize, id: Id) -> Option<Millis> {
        let event = self.events.iter().find(|event| match &event.what {
            What::Entity { kind: have, id: named, .. } => (*have, *named) == (kind, id),
            What::Request { user, shown, .. } => [*user == id, shown.contains(&id)][kind],
            What::Interaction { user, item, .. } => [*user, *item][kind] == id,
        });
        event.map(|event| event.time)
    }

    fn value_of(&self, of: &str, item: Id) -> Option<&Value> {
        let (owner, name) = of.split_once('.').unwrap();
        let schema = schema();
        if owner == "request" {
            return self.context.first();
        }
        let kind = schema.entity(owner).unwrap();
        let at = schema.entities[kind].field(name).unwrap();
        self.field(kind, [self.user, item][kind], at, self.events.len())
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

    /// What a feature must write for an item.
    fn expected(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let settings = &spec.settings;
        let of = |name: &str| self.ids(name, self.user, item, self.events.len());
        match spec.kind.as_str() {
            "field" => self.field_values(settings.word("of"), item),
            "count" => self.windows(spec, |length| {
                let ids = of(settings.word("of"));
                let count = self.count(settings.word("event"), settings.word("of"), &ids, length);
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
            "hour" => {
                let hours = (self.now as f64 / HOUR as f64 + settings.number("offset")) % 24.0;
                let days = (self.now + (settings.number("offset") * HOUR as f64) as Millis).div_euclid(DAY);
                // The first of January 1970 was a Thursday, day 3 of a week that begins on Monday.
                vec![hours, ((days + 3) % 7) as f64]
            }
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
            other => panic!("a feature of kind `{other}` is in `KINDS` and needs its line here"),
        }
    }
}

/// An id that was named.
fn named(since: Option<Millis>, id: Id) -> f64 {
    since.map_or(f64::NAN, |_| f64::from(id))
}

/// Compares a fold with the oracle at each request of a random log.
fn compare(specs: &[Spec], seed: u64, length: usize) {
    let (events, mut fold) = (log(seed, length), fold(specs));
    for (at, event) in events.iter().enumerate() {
        if let What::Request { user, context, .. } = &event.what {
            let before = Before { events: &events[..at], now: event.known, user: *user, context };
            let have = values(&fold, event).unwrap();
            for (item, have) in items().into_iter().zip(have.chunks(fold.columns().len())) {
                let want: Vec<f64> = specs.iter().flat_map(|spec| before.expected(spec, item)).collect();
                assert_eq!(want.len(), have.len(), "as many values as columns");
                for ((want, have), column) in want.iter().zip(have).zip(fold.columns()) {
                    let have = f64::from(f32::from_bits(*have));
                    let close = (want - have).abs() <= 1e-4 * (1.0 + want.abs());
                    let place = format!("{} of item {item} at event {at}, seed {seed}", column.name);
                    assert!(close || want.is_nan() && have.is_nan(), "{place}: want {want}, have {have}");
                }
            }
        }
        fold.observe(event);
    }
}

/// The kinds that the oracle computes; one with state of its own belongs here, one without may do with a test
/// in its file.
const KINDS: [&str; 10] =
    ["field", "count", "rate", "affinity", "recency", "age", "hour", "pair", "vector", "id"];

#[test]
fn kinds_agree_with_the_oracle() {
    for (seed, name) in (20..).zip(KINDS) {
        let kind =
            ALL.iter().find(|kind| kind.card.name == name).expect("the oracle knows only kinds there are");
        let all = specs_of(kind);
        // Logs of one kind's settings each, so that the many settings of one do not crowd out another's.
        let step = all.len().div_ceil(24) | 1;
        let specs: Vec<Spec> = all.into_iter().step_by(step).collect();
        for round in 0..3 {
            compare(&specs, seed + 100 * round, 120);
        }
        compare(&specs[..specs.len().min(3)], seed + 1_000, 300);
    }
}
