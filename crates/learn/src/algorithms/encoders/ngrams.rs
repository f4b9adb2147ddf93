//! Word and character n-grams of a text as hashed terms.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Content, Encoded, Encoder, Kind, Reads, Shape};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::Bag;

/// Hashed n-grams.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "ngrams",
        what: "Counts words, pairs of words and, where asked, runs of letters; each is hashed to a term. Letters \
               are lowered, digits become one sign.",
        when: "Short texts whose words say it: spam, topics, searches. Runs of letters help against misspelling \
               and against letters swapped on purpose.",
        avoid: "Where the order of far words or their meaning decides: it sees neither.",
        cost: "Linear in the text, some 30 microseconds a kilobyte with pairs of words; learning counts each \
               text once.",
        source: "Salton and Buckley 1988, Term-weighting approaches in automatic text retrieval; Weinberger et \
                 al. 2009, Feature hashing for large scale multitask learning",
        parameters: &[
            count("words_min", "Fewest words of a word n-gram.", 1, 5, 1),
            count("words_max", "Most words of a word n-gram; 0 takes none.", 0, 5, 2),
            count("chars_min", "Fewest letters of a run within a word.", 1, 10, 3),
            count("chars_max", "Most letters of a run within a word; 0 takes none.", 0, 10, 0),
            count(
                "bits",
                "Terms are numbers of so many bits; fewer let more n-grams share a term.",
                8,
                24,
                18,
            ),
            Parameter {
                name: "weight",
                doc: "What a term weighs: tf-idf (1 + log of its count, times how rare it is, to length 1), binary \
                      (1), or its count.",
                kind: Holds::Choice(&["tf-idf", "binary", "count"]),
                default: Preset::Word("tf-idf"),
                search: &[],
            },
        ],
    },
    reads: Reads::Text,
    fit: |settings, contents| Box::new(Ngrams::fit(settings, contents)),
    load: |settings, bytes| Ok(Box::new(Ngrams::load(settings, bytes)?)),
};

const fn count(name: &'static str, doc: &'static str, min: u64, max: u64, default: u64) -> Parameter {
    Parameter { name, doc, kind: Holds::Count { min, max }, default: Preset::Count(default), search: &[] }
}

/// Letters of a text that are looked at; the rest of a longer one is left out.
const LONGEST: usize = 100_000;

struct Ngrams {
    words: (usize, usize),
    chars: (usize, usize),
    terms: u32,
    weight: Weight,
    /// Texts learned from.
    texts: u32,
    /// In how many of them each term stands, ascending by term; empty unless rarity counts.
    known: Vec<(u32, u32)>,
}

/// What was learned.
#[derive(Serialize, Deserialize)]
struct Saved {
    texts: u32,
    known: Vec<(u32, u32)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Weight {
    TfIdf,
    Binary,
    Count,
}

impl Ngrams {
    fn new(settings: &Settings) -> Ngrams {
        Ngrams {
            words: (settings.count("words_min"), settings.count("words_max")),
            chars: (settings.count("chars_min"), settings.count("chars_max")),
            terms: 1 << settings.count("bits"),
            weight: match settings.word("weight") {
                "binary" => Weight::Binary,
                "count" => Weight::Count,
                _ => Weight::TfIdf,
            },
            texts: 0,
            known: Vec::new(),
        }
    }

    fn fit(settings: &Settings, contents: &[Content<'_>]) -> Ngrams {
        let mut made = Ngrams::new(settings);
        if made.weight != Weight::TfIdf {
            return made;
        }
        let mut known: BTreeMap<u32, u32> = BTreeMap::new();
        for content in contents {
            if let Content::Text(text) = content {
                made.texts += 1;
                for (term, _) in made.counted(text) {
                    *known.entry(term).or_default() += 1;
                }
            }
        }
        made.known = known.into_iter().collect();
        made
    }

    fn load(settings: &Settings, bytes: &[u8]) -> Result<Ngrams, String> {
        let (Saved { texts, known }, rest) = postcard::take_from_bytes(bytes)
            .map_err(|error| format!("a saved encoder of n-grams cannot be read: {error}"))?;
        let made = Ngrams { texts, known, ..Ngrams::new(settings) };
        let sorted = made.known.is_sorted_by(|one, other| one.0 < other.0);
        if !rest.is_empty() || !sorted {
            return Err("a saved encoder of n-grams is damaged".to_owned());
        }
        Ok(made)
    }

    /// The terms of a text with their counts, ascending.
    fn counted(&self, text: &str) -> Bag {
        let words = words(text);
        let mut terms: Vec<u32> = Vec::new();
        for at in 0..words.len() {
            let mut hash = SEED;
            for length in 1..=self.words.1.min(words.len() - at) {
                hash = mixed(hash, words[at + length - 1].as_bytes());
                if length >= self.words.0 {
                    terms.push(hash as u32 & (self.terms - 1));
                }
            }
        }
        if self.chars.1 > 0 {
            for word in &words {
                self.runs(word, &mut terms);
            }
        }
        terms.sort_unstable();
        let runs = terms.chunk_by(|one, other| one == other);
        runs.map(|run| (run[0], run.len() as f32)).collect()
    }

    /// The runs of letters of a word between its borders.
    fn runs(&self, word: &str, terms: &mut Vec<u32>) {
        let bordered: Vec<char> =
            std::iter::once(BORDER).chain(word.chars()).chain(std::iter::once(BORDER)).collect();
        for length in self.chars.0..=self.chars.1.min(bordered.len()) {
            for run in bordered.windows(length) {
                let mut bytes = [0; 4];
                let add = |hash, letter: &char| mixed(hash, letter.encode_utf8(&mut bytes).as_bytes());
                terms.push(run.iter().fold(SEED ^ 1, add) as u32 & (self.terms - 1));
            }
        }
    }
}

impl Encoder for Ngrams {
    fn shape(&self) -> Shape {
        Shape::Bag(self.terms)
    }

    fn encode(&self, content: Content<'_>) -> Encoded {
        let Content::Text(text) = content else { return Encoded::Bag(Bag::new()) };
        let mut bag = self.counted(text);
        match self.weight {
            Weight::Count => {}
            Weight::Binary => bag.iter_mut().for_each(|(_, count)| *count = 1.0),
            Weight::TfIdf => {
                let mut squares = 0.0f64;
                for (term, count) in &mut bag {
                    let at = self.known.binary_search_by_key(term, |known| known.0);
                    let with = at.map_or(0, |at| self.known[at].1);
                    // Smoothed as if one more text held every term.
                    let rare = (f64::from(self.texts + 1) / f64::from(with + 1)).ln() + 1.0;
                    let weight = (1.0 + f64::from(*count).ln()) * rare;
                    squares += weight * weight;
                    *count = weight as f32;
                }
                let length = squares.sqrt().max(f64::MIN_POSITIVE);
                bag.iter_mut().for_each(|(_, weight)| *weight = (f64::from(*weight) / length) as f32);
            }
        }
        Encoded::Bag(bag)
    }

    fn save(&self) -> Vec<u8> {
        postcard::to_stdvec(&Saved { texts: self.texts, known: self.known.clone() })
            .expect("numbers can be written")
    }
}

/// Stands before and after a word.
const BORDER: char = '\u{1}';
const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// Fowler, Noll and Vo's hash of bytes after a hash, its bits spread afterwards.
fn mixed(hash: u64, bytes: &[u8]) -> u64 {
    let one = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = bytes.iter().fold(hash.wrapping_mul(31), one);
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 32)
}

/// The words of a text: letters and digits that stand together, small, every digit the same; marks that are
/// not alone in a sentence, such as a currency, are words too.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in text.chars().take(LONGEST) {
        if letter.is_alphanumeric() || letter == '_' {
            if letter.is_numeric() {
                word.push('0');
            } else {
                word.extend(letter.to_lowercase());
            }
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if TELLING.contains(&letter) {
            words.push(letter.to_string());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Marks that tell something by themselves.
const TELLING: [char; 9] = ['!', '?', '£', '$', '€', '%', '@', '#', '+'];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Setting;

    fn settings(changes: &[(&str, u64)]) -> Settings {
        let change =
            |settings: Settings, (name, value): &(&str, u64)| settings.with(name, Setting::Count(*value));
        changes.iter().fold(KIND.card.defaults(), change)
    }

    #[test]
    fn words_are_lowered_and_digits_are_one_sign() {
        let cases: [(&str, &[&str]); 5] = [
            ("Call 07700 NOW!", &["call", "00000", "now", "!"]),
            ("it's £5", &["it", "s", "£", "0"]),
            ("Éclair", &["éclair"]),
            ("", &[]),
            ("--\0 \u{1f600}", &[]),
        ];
        for (text, want) in cases {
            assert_eq!(words(text), want, "{text}");
        }
    }

    #[test]
    fn counts_words_and_pairs() {
        let ngrams = Ngrams::new(&settings(&[]));
        // a, b, a and a b, b a: the two a are one term.
        let counts: Vec<f32> = ngrams.counted("a b a").iter().map(|(_, count)| *count).collect();
        assert_eq!((counts.len(), counts.iter().sum::<f32>()), (4, 5.0));
        let letters = Ngrams::new(&settings(&[("words_max", 0), ("chars_max", 3)]));
        assert_eq!(letters.counted("abc").len(), 3, "from border to border");
    }

    #[test]
    fn a_rare_term_weighs_more_and_a_bag_has_length_one() {
        let texts = ["free now", "hello now", "again now"].map(Content::Text);
        let ngrams = Ngrams::fit(&settings(&[("words_max", 1)]), &texts);
        let Encoded::Bag(bag) = ngrams.encode(Content::Text("free now")) else { panic!("it makes bags") };
        let alone = |word: &str| ngrams.counted(word)[0].0;
        let weight = |word| bag.iter().find(|(term, _)| *term == alone(word)).unwrap().1;
        assert!(weight("free") > 1.3 * weight("now"));
        let length: f32 = bag.iter().map(|(_, weight)| weight * weight).sum();
        assert!((length - 1.0).abs() < 1e-5);
    }
}
