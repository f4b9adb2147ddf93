//! How much more than others a user takes what an item is made of.

use serde::{Deserialize, Serialize};

use super::key::{Key, Target, distinct};
use super::state::{decode, encode};
use super::windows::place;
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::label::Labels;
use crate::log::{Id, Millis, Schema};
use crate::memory::{Memory, entry};
use crate::moment::Moment;

/// The lift of a user's share of a word over everybody's.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "affinity",
        what: "ln of the user's share of events on items with a word over everybody's share, smoothed, averaged \
               over the item's words: above 0 for a liking; 0 where the user or the word has no event yet, missing \
               where the item has no word.",
        when: "Lasting tastes that words describe: genres, channels, makers, brands.",
        avoid: "Fields where each item has a word of its own, such as titles.",
        cost: "At most 64 words a user and one whole number a word; one binary search a word of a candidate.",
        source: "Liu, Dolan and Pedersen 2010, Personalized news recommendation based on click behavior",
        parameters: &[
            Parameter {
                name: "to",
                doc: "The field of the item that holds a category or categories.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
            Parameter {
                name: "event",
                doc: "What shows a liking: an interaction, a label, or `impression`; `label` is the first label.",
                kind: Holds::Event,
                default: Preset::Word(FIRST_LABEL),
                search: &[],
            },
            Parameter {
                name: "half_life",
                doc: "Counts halve whenever this much time has passed since the epoch; 0 keeps them whole.",
                kind: Holds::Duration,
                default: Preset::Duration(0),
                search: &[],
            },
            Parameter {
                name: "smoothing",
                doc: "How many events everybody's share weighs against those of the user.",
                kind: Holds::Number { min: 0.01, max: 1e6 },
                default: Preset::Number(5.0),
                search: &[1.0, 20.0],
            },
        ],
    },
    build: |spec, schema, labels| {
        Ok(Box::new(Affinity {
            name: spec.name.clone(),
            signal: spec.fit("event", signal(spec.settings.word("event"), schema, labels))?,
            key: spec.fit("to", Key::word(spec.settings.word("to"), schema))?,
            smoothing: spec.settings.number("smoothing").max(0.01) * UNIT as f64,
            state: State { half_life: spec.settings.duration("half_life").max(0), ..State::default() },
        }))
    },
};

/// What the parameter `event` says for the first label, whatever its name.
const FIRST_LABEL: &str = "label";
/// Words kept per user: those with the largest counts.
const WORDS: usize = 64;
/// One event in fixed point, so that halving keeps fractions and state stays whole.
const UNIT: u64 = 1 << 16;

fn signal(name: &str, schema: &Schema, labels: &Labels) -> Result<Signal, String> {
    match Signal::find(name, schema, labels) {
        Err(_) if name == FIRST_LABEL && !labels.0.is_empty() => Ok(Signal::Label(0)),
        found => found,
    }
}

struct Affinity {
    name: String,
    signal: Signal,
    key: Key,
    smoothing: f64,
    state: State,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    half_life: Millis,
    users: Vec<Taste>,
    everybody: Everybody,
    /// Words that the bound on a user's words made forget.
    dropped: u64,
}

/// The counts of one user as of half-life number `age`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Taste {
    age: i32,
    events: u64,
    /// (word, units), by word.
    words: Vec<(Id, u64)>,
}

/// The counts of all users as of half-life number `age`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Everybody {
    age: i32,
    events: u64,
    /// Units of each word.
    words: Vec<u64>,
}

impl Taste {
    fn advance(&mut self, age: i32) {
        if let steps @ 1.. = steps(self.age, age) {
            self.age = age;
            self.events = halved(self.events, steps);
            self.words.iter_mut().for_each(|word| word.1 = halved(word.1, steps));
            self.words.retain(|word| word.1 > 0);
        }
    }

    /// Adds an event on a word; true where another word had to go.
    fn add(&mut self, word: Id) -> bool {
        match self.words.binary_search_by_key(&word, |have| have.0) {
            Ok(at) => self.words[at].1 = self.words[at].1.saturating_add(UNIT),
            Err(at) => self.words.insert(at, (word, UNIT)),
        }
        if self.words.len() <= WORDS {
            return false;
        }
        let others = self.words.iter().enumerate().filter(|(_, have)| have.0 != word);
        // Of equals the larger id goes, as everywhere.
        let least = others.min_by_key(|(_, have)| (have.1, std::cmp::Reverse(have.0)));
        let at = least.map(|(at, _)| at).expect("a full list holds other words");
        self.words.remove(at);
        true
    }

    fn units(&self, word: Id) -> u64 {
        self.words.binary_search_by_key(&word, |have| have.0).map_or(0, |at| self.words[at].1)
    }
}

impl Everybody {
    fn advance(&mut self, age: i32) {
        if let steps @ 1.. = steps(self.age, age) {
            self.age = age;
            self.events = halved(self.events, steps);
            self.words.iter_mut().for_each(|units| *units = halved(*units, steps));
        }
    }
}

impl Affinity {
    fn age(&self, time: Millis) -> i32 {
        if self.state.half_life == 0 { 0 } else { place(time, self.state.half_life) }
    }
}

impl Feature for Affinity {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        let age = self.age(seen.event.known);
        let State { users, everybody, dropped, .. } = &mut self.state;
        self.signal.each(seen, |user, item| {
            let words = self.key.ids(&user, &item, memory);
            if words.is_empty() {
                return;
            }
            let taste = entry(users, user);
            taste.advance(age);
            everybody.advance(age);
            taste.events = taste.events.saturating_add(UNIT);
            everybody.events = everybody.events.saturating_add(UNIT);
            for word in distinct(words) {
                let units = entry(&mut everybody.words, word);
                *units = units.saturating_add(UNIT);
                *dropped += u64::from(taste.add(word));
            }
        });
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let (age, everybody) = (self.age(moment.time), &self.state.everybody);
        let nobody = Taste::default();
        let taste = self.state.users.get(moment.user as usize).unwrap_or(&nobody);
        let own = steps(taste.age, age);
        let all = steps(everybody.age, age);
        let events = halved(everybody.events, all) as f64;
        let weight = (halved(taste.events, own) as f64 + self.smoothing).ln();
        let none = self.smoothing.ln() - weight;
        let lift = |word: Id| {
            let units = halved(everybody.words.get(word as usize).copied().unwrap_or(0), all);
            let own = halved(taste.units(word), own);
            match (units, own) {
                (0, _) => 0.0,
                (_, 0) => none,
                _ => (own as f64 * events / units as f64 + self.smoothing).ln() - weight,
            }
        };
        self.key.write(moment, items, memory, Target { rows, first, width: 1 }, |words, values| {
            let (sum, count) =
                distinct(words).fold((0.0, 0.0), |(sum, count), word| (sum + lift(word), count + 1.0));
            values[0] = if count > 0.0 { (sum / count) as f32 } else { f32::NAN };
        });
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.state)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: State = decode(bytes)?;
        let sound = |taste: &Taste| {
            taste.words.len() <= WORDS && taste.words.is_sorted_by(|left, right| left.0 < right.0)
        };
        if loaded.half_life != self.state.half_life || !loaded.users.iter().all(sound) {
            return Err("the state belongs to another half-life".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}

/// Half-lives from one age to a later one; 0 where it is not later.
fn steps(from: i32, to: i32) -> u32 {
    (i64::from(to) - i64::from(from)).max(0) as u32
}

fn halved(units: u64, steps: u32) -> u64 {
    units.checked_shr(steps).unwrap_or(0)
}
