//! How much more than others a user takes what an item is made of.

use serde::{Deserialize, Serialize};

use super::key::{Key, Target, distinct};
use super::state::{decode, encode};
use super::tally::{self, Tally, UNIT, age, halved, steps};
use super::{Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::{Ahead, fetch_each};
use crate::log::{Id, Millis};
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
            Signal::parameter(
                "What shows a liking: an interaction, a label, or `impression`; `label` is the first label.",
                Preset::Word(super::FIRST_LABEL),
            ),
            tally::HALF_LIFE,
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
            signal: spec.fit("event", Signal::find(spec.settings.word("event"), schema, labels))?,
            key: spec.fit("to", Key::word(spec.settings.word("to"), schema))?,
            smoothing: spec.settings.number("smoothing").max(0.01) * UNIT as f64,
            state: State { half_life: spec.settings.duration("half_life").max(0), ..State::default() },
        }))
    },
};

/// Words kept per user: those with the largest counts.
const WORDS: usize = 64;
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
    users: Vec<Tally>,
    everybody: Everybody,
    /// Words that the bound on a user's words made forget.
    dropped: u64,
}

/// The counts of all users as of half-life number `age`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Everybody {
    age: i32,
    events: u64,
    /// Units of each word.
    words: Vec<u64>,
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

impl Feature for Affinity {
    fn columns(&self) -> Vec<Column> {
        vec![Column::number(&self.name)]
    }

    fn observe(&mut self, seen: &Seen<'_>, memory: &Memory) {
        let age = age(seen.event.known, self.state.half_life);
        let State { users, everybody, dropped, .. } = &mut self.state;
        self.signal.each(seen, |user, item| {
            let words = self.key.ids(&user, &item, memory);
            if words.is_empty() {
                return;
            }
            let taste = entry(users, user);
            taste.advance(age);
            everybody.advance(age);
            taste.count();
            everybody.events = everybody.events.saturating_add(UNIT);
            for word in distinct(words) {
                let units = entry(&mut everybody.words, word);
                *units = units.saturating_add(UNIT);
                *dropped += u64::from(taste.add(word, WORDS));
            }
        });
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        fetch_each(&self.state.users, ahead.users, Tally::fetch);
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let (age, everybody) = (age(moment.time, self.state.half_life), &self.state.everybody);
        let nobody = Tally::default();
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
        let sound = |taste: &Tally| taste.is_sound(WORDS);
        if loaded.half_life != self.state.half_life || !loaded.users.iter().all(sound) {
            return Err("the state belongs to another half-life".to_owned());
        }
        self.state = loaded;
        Ok(())
    }
}
