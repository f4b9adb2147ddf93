//! How well the text of an item answers a text of the request or the user.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::source::Source;
use super::state::{decode, encode};
use super::{Feature, Kind, Seen};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::{Ahead, fetch, fetch_each};
use crate::log::{FieldKind, Id, Value, What};
use crate::memory::{Memory, entry};
use crate::moment::Moment;
use crate::random::hash;
use crate::words::Words;

/// BM25 of an item's text.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "text-match",
        what: "How well a text of the item answers a text of the request or the user: [bm25], the rarer and more \
               frequent the shared words the higher, and [share], the part of the query's words that it has. How \
               rare a word is comes from the items' texts known so far. 0 where no word is shared; missing where \
               either text is missing or has no words.",
        when: "Search; or a profile in words held against titles or descriptions.",
        avoid: "Other words for the same thing: a cosine of embeddings sees those.",
        cost: "Eight bytes for each distinct word of an item's text, of its first 1,000 words; a binary search for \
               each word of the query a candidate.",
        source: "Robertson and Zaragoza 2009, The probabilistic relevance framework: BM25 and beyond",
        parameters: &[
            Parameter {
                name: "of",
                doc: "The text of the item.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
            Parameter {
                name: "query",
                doc: "The text of the request, as `request.field`, or of the user.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
            Parameter::number(
                "k1",
                "How much the second and later occurrences of a word count; 0 takes only whether it is there.",
                (0.0, 10.0),
                1.2,
                &[],
            ),
            Parameter::number(
                "b",
                "How far long texts are held against: 0 not at all, 1 in proportion.",
                (0.0, 1.0),
                0.75,
                &[],
            ),
        ],
    },
    build: |spec, schema, _| {
        let source = Source::of_item(spec, "of", schema, &[FieldKind::Text])?;
        Ok(Box::new(TextMatch {
            name: spec.name.clone(),
            item: schema.item,
            at: source.place(),
            query: Source::of_asker(spec, "query", schema, &[FieldKind::Text])?,
            k1: spec.settings.number("k1"),
            b: spec.settings.number("b"),
            texts: Texts::default(),
        }))
    },
};

/// Words of a text that are looked at.
const WORDS: usize = 1_000;

struct TextMatch {
    name: String,
    /// The kind of entity that is ranked, and the place of its text.
    item: usize,
    at: usize,
    query: Source,
    k1: f64,
    b: f64,
    texts: Texts,
}

/// (term, how often) by term, of one text.
type Terms = Vec<(u32, u32)>;

/// What is known of all items' texts; only the terms are state, the rest follows from them.
#[derive(Default)]
struct Texts {
    items: Vec<Text>,
    /// Items that have each term.
    having: BTreeMap<u32, u32>,
    /// Items with any term, and all their words.
    count: u64,
    words: u64,
}

/// What is known of one item's text.
#[derive(Debug, Clone, Default, PartialEq)]
struct Text {
    terms: Terms,
    /// Its words.
    length: u32,
    /// A bit for each term: most texts share none with a query, and need not be looked at.
    bits: u32,
}

impl Text {
    fn of(terms: Terms) -> Text {
        let length = terms.iter().map(|(_, count)| count).sum();
        let bits = terms.iter().fold(0, |bits, (term, _)| bits | bit(*term));
        Text { terms, length, bits }
    }
}

impl Texts {
    fn put(&mut self, item: Id, terms: Terms) {
        let old = std::mem::replace(entry(&mut self.items, item), Text::of(terms));
        self.count -= u64::from(!old.terms.is_empty());
        self.words -= u64::from(old.length);
        for (term, _) in old.terms {
            if let Some(having) = self.having.get_mut(&term) {
                *having -= 1;
                if *having == 0 {
                    self.having.remove(&term);
                }
            }
        }
        let new = &self.items[item as usize];
        self.count += u64::from(!new.terms.is_empty());
        self.words += u64::from(new.length);
        for (term, _) in &new.terms {
            *self.having.entry(*term).or_default() += 1;
        }
    }

    /// How rare a term is: Robertson and Sparck Jones' weight, above 0.
    fn rarity(&self, term: u32) -> f64 {
        let having = f64::from(self.having.get(&term).copied().unwrap_or(0));
        ((self.count as f64 - having + 0.5) / (having + 0.5)).ln_1p()
    }
}

/// The bit of a term out of 32 (Bloom 1970, with one hash, as terms are hashes).
fn bit(term: u32) -> u32 {
    1 << (term % u32::BITS)
}

/// The terms of a text.
fn terms(text: &str) -> Terms {
    counted(&sorted(text)).collect()
}

/// Terms in ascending order; those of a text of few words need no memory of their own.
type Sorted = SmallVec<[u32; SHORT]>;
const SHORT: usize = 16;

/// (term, how often) of sorted terms.
fn counted(sorted: &[u32]) -> impl Iterator<Item = (u32, u32)> + '_ {
    sorted.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u32))
}

fn sorted(text: &str) -> Sorted {
    let mut words = Words::default();
    words.read_with_digits(text);
    let term = |word: &[char]| word.iter().fold(5, |state, letter| hash(state, &[*letter as u64])) as u32;
    // A sign alone, such as the one that ends a question, is not looked for.
    let told = |word: &&[char]| word.iter().any(|letter| letter.is_alphanumeric());
    let mut found: Sorted = words.iter().filter(told).take(WORDS).map(term).collect();
    found.sort_unstable();
    found
}

impl Feature for TextMatch {
    fn columns(&self) -> Vec<Column> {
        ["bm25", "share"].map(|part| Column::number(format!("{}[{part}]", self.name))).to_vec()
    }

    fn observe(&mut self, seen: &Seen<'_>, _: &Memory) {
        if let What::Entity { kind, id, fields } = &seen.event.what
            && *kind == self.item
            && let Some(Value::Text(text)) = fields.get(self.at)
        {
            self.texts.put(*id, terms(text));
        }
    }

    fn fetch(&self, ahead: &Ahead<'_>, _: &Memory) {
        fetch_each(&self.texts.items, ahead.items, |text| fetch(&text.terms, 0));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let query = match self.query.value(moment, 0, memory) {
            Value::Text(text) => sorted(text),
            _ => Sorted::new(),
        };
        let query: SmallVec<[(u32, f64); SHORT]> =
            counted(&query).map(|(term, _)| (term, self.texts.rarity(term))).collect();
        let mean = self.texts.words as f64 / self.texts.count.max(1) as f64;
        let none = Text::default();
        for (values, &item) in rows.spans_mut(first..first + 2).zip(items) {
            let Text { terms, length, bits } = self.texts.items.get(item as usize).unwrap_or(&none);
            if terms.is_empty() || query.is_empty() {
                values.fill(f32::NAN);
                continue;
            }
            let (mut score, mut shared) = (0.0, 0u32);
            for (term, rarity) in query.iter().filter(|(term, _)| bit(*term) & bits != 0) {
                if let Ok(at) = terms.binary_search_by_key(term, |(have, _)| *have) {
                    let often = f64::from(terms[at].1);
                    let long = 1.0 - self.b + self.b * f64::from(*length) / mean;
                    score += rarity * often * (self.k1 + 1.0) / (often + self.k1 * long);
                    shared += 1;
                }
            }
            values.copy_from_slice(&[score as f32, (f64::from(shared) / query.len() as f64) as f32]);
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.texts.items.iter().map(|text| &text.terms).collect::<Vec<&Terms>>())
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: Vec<Terms> = decode(bytes)?;
        let sound = |terms: &Terms| {
            let counted = terms.iter().all(|(_, count)| (1..=WORDS as u32).contains(count));
            counted && terms.len() <= WORDS && terms.is_sorted_by(|left, right| left.0 < right.0)
        };
        if !loaded.iter().all(sound) {
            return Err("the state holds terms that no text has".to_owned());
        }
        self.texts = Texts { items: vec![Text::default(); loaded.len()], ..Texts::default() };
        for (item, terms) in (0..).zip(loaded) {
            self.texts.put(item, terms);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_words_with_their_digits() {
        assert_eq!(terms("a B a, b! 12 13").len(), 4);
        assert_eq!(terms("Red shoes"), terms("shoes (red)"));
        assert_ne!(terms("12"), terms("13"));
        assert!(terms(" . ?!").is_empty());
        assert_eq!(Text::of(terms(&"word ".repeat(5_000))).length, WORDS as u32);
    }

    #[test]
    fn a_text_that_is_replaced_leaves_nothing() {
        let mut texts = Texts::default();
        texts.put(3, terms("old words"));
        texts.put(1, terms("words"));
        texts.put(3, terms("new"));
        let mut fresh = Texts::default();
        fresh.put(3, terms("new"));
        fresh.put(1, terms("words"));
        assert_eq!((&texts.items, &texts.having), (&fresh.items, &fresh.having));
        assert_eq!((texts.count, texts.words), (2, 2));
        texts.put(1, Terms::new());
        texts.put(3, Terms::new());
        assert_eq!((texts.count, texts.words, texts.having.len()), (0, 0, 0));
    }
}
