//! Word and character n-grams of a text as hashed terms.

use rayon::prelude::*;

use super::{Content, Encoded, Encoder, Kind, Reads, Shape};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::Bag;
use crate::words::Words;

mod rarity;

use rarity::Rarity;

/// Hashed n-grams.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "ngrams",
        what: "Finds words, pairs of words and runs of letters within words; each is hashed to a term. Letters \
               are lowered, digits become one sign, so that a number is its length; links, currencies and \
               pictures are words too.",
        when: "Short texts whose words say it: spam, topics, searches. Runs of letters help against misspelling \
               and against letters swapped on purpose.",
        avoid: "Where the order of far words or their meaning decides: it sees neither.",
        cost: "Linear in the text: some 60 microseconds a kilobyte, 20 without runs of letters, 100 as tf-idf; \
               only tf-idf learns, by counting each text once.",
        source: "Salton and Buckley 1988, Term-weighting approaches in automatic text retrieval; Weinberger et \
                 al. 2009, Feature hashing for large scale multitask learning",
        parameters: &[
            Parameter::count("words_min", "Fewest words of a word n-gram.", (1, 5), 1, &[]),
            Parameter::count("words_max", "Most words of a word n-gram; 0 takes none.", (0, 5), 2, &[]),
            Parameter::count("chars_min", "Fewest letters of a run within a word.", (1, 10), 3, &[]),
            Parameter::count(
                "chars_max",
                "Most letters of a run within a word; 0 takes none.",
                (0, 10),
                5,
                &[],
            ),
            Parameter::count(
                "bits",
                "Terms are numbers of so many bits; fewer let more n-grams share a term.",
                (8, 24),
                18,
                &[],
            ),
            Parameter {
                name: "weight",
                doc: "What a term weighs: binary (1); its count; tf-idf (1 + log of its count, times how rare it \
                      is, to length 1), which wants a hundredth of the penalty in `logistic` and of `alpha` in \
                      `naive-bayes`.",
                kind: Holds::Choice(&["binary", "count", "tf-idf"]),
                default: Preset::Word("binary"),
                search: &[],
            },
        ],
    },
    reads: Reads::Text,
    fit: |settings, contents| Box::new(Ngrams::fit(settings, contents)),
    load: |settings, bytes| Ok(Box::new(Ngrams::load(settings, bytes)?)),
};

/// Texts whose terms are held at once while learning.
const TASK: usize = 1024;

struct Ngrams {
    words: (usize, usize),
    chars: (usize, usize),
    bits: u32,
    weight: Weight,
    /// How rare each term is; nothing is known of any unless rarity counts.
    rarity: Rarity,
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
            words: (settings.count("words_min").max(1), settings.count("words_max")),
            chars: (settings.count("chars_min").max(1), settings.count("chars_max")),
            bits: settings.count("bits").clamp(1, 31) as u32,
            weight: match settings.word("weight") {
                "binary" => Weight::Binary,
                "count" => Weight::Count,
                _ => Weight::TfIdf,
            },
            rarity: Rarity::default(),
        }
    }

    fn fit(settings: &Settings, contents: &[Content<'_>]) -> Ngrams {
        let mut made = Ngrams::new(settings);
        if made.weight != Weight::TfIdf {
            return made;
        }
        let mut texts = 0;
        let mut counts = vec![0u32; 1 << made.bits];
        for contents in contents.chunks(TASK) {
            let seen: Vec<Vec<u32>> = contents
                .par_iter()
                .filter_map(|content| match content {
                    Content::Text(text) => Some(made.distinct(text)),
                    _ => None,
                })
                .collect();
            texts += seen.len() as u32;
            seen.iter().flatten().for_each(|term| counts[*term as usize] += 1);
        }
        let known = (0..).zip(&counts).filter(|(_, count)| **count > 0);
        made.rarity = Rarity::new(texts, known.map(|(term, count)| (term, *count)).collect(), made.bits);
        made
    }

    fn load(settings: &Settings, bytes: &[u8]) -> Result<Ngrams, String> {
        let made = Ngrams::new(settings);
        Ok(Ngrams { rarity: Rarity::load(bytes, made.bits)?, ..made })
    }

    /// The terms of a text, each as often as it stands there; ascending.
    fn terms(&self, text: &str) -> Vec<u32> {
        let words = Words::of(text);
        let mut terms = Vec::with_capacity(words.len() * (self.words.1 + 4 * self.chars.1));
        if self.words.1 > 0 {
            self.of_words(&words, &mut terms);
        }
        if self.chars.1 > 0 {
            words.iter().for_each(|word| self.of_letters(word, &mut terms));
        }
        terms.sort_unstable();
        terms
    }

    fn distinct(&self, text: &str) -> Vec<u32> {
        let mut terms = self.terms(text);
        terms.dedup();
        terms
    }

    fn of_words(&self, words: &Words, terms: &mut Vec<u32>) {
        let (least, most) = self.words;
        let hashes: Vec<u64> = words
            .iter()
            .map(|word| word.iter().fold(OF_WORDS, |hash, letter| mixed(hash, *letter as u64)))
            .collect();
        for at in 0..hashes.len() {
            let mut hash = OF_WORDS;
            for (length, word) in (1..=most).zip(&hashes[at..]) {
                hash = mixed(hash, *word);
                if length >= least {
                    terms.push(self.term(hash));
                }
            }
        }
    }

    /// The runs of letters of a word between its borders.
    fn of_letters(&self, word: &[char], terms: &mut Vec<u32>) {
        let (least, most) = self.chars;
        let letter = |at: usize| if at == 0 || at > word.len() { BORDER } else { word[at - 1] };
        let all = word.len() + 2;
        for at in 0..(all + 1).saturating_sub(least) {
            let mut hash = OF_LETTERS;
            for next in at..(at + most).min(all) {
                hash = mixed(hash, letter(next) as u64);
                if next + 1 - at >= least {
                    terms.push(self.term(hash));
                }
            }
        }
    }

    /// The upper bits of a hash, which depend on all of it.
    fn term(&self, hash: u64) -> u32 {
        (hash.wrapping_mul(SPREAD) >> (64 - self.bits)) as u32
    }
}

impl Encoder for Ngrams {
    fn shape(&self) -> Shape {
        Shape::Bag(1 << self.bits)
    }

    fn encode(&self, content: Content<'_>) -> Encoded {
        let Content::Text(text) = content else { return Encoded::Bag(Bag::new()) };
        let terms = self.terms(text);
        let runs = terms.chunk_by(|one, other| one == other).map(|run| (run[0], run.len()));
        Encoded::Bag(match self.weight {
            Weight::Count => runs.map(|(term, count)| (term, count as f32)).collect(),
            Weight::Binary => runs.map(|(term, _)| (term, 1.0)).collect(),
            Weight::TfIdf => {
                let weigh = |(term, count): (u32, usize)| {
                    let often = if count == 1 { 1.0 } else { 1.0 + (count as f32).ln() };
                    (term, often * self.rarity.of(term))
                };
                let mut bag: Bag = runs.map(weigh).collect();
                let length = bag.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
                bag.iter_mut().for_each(|(_, weight)| *weight /= length);
                bag
            }
        })
    }

    fn save(&self) -> Vec<u8> {
        self.rarity.save()
    }
}

/// Stands before and after a word.
const BORDER: char = '\u{1}';
const OF_WORDS: u64 = 0xcbf2_9ce4_8422_2325;
const OF_LETTERS: u64 = 0x8422_2325_cbf2_9ce4;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash with one more part: multiplied as Fowler, Noll and Vo do, its upper half brought down.
fn mixed(hash: u64, part: u64) -> u64 {
    let hash = (hash ^ part).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Setting;

    fn settings(changes: &[(&str, u64)]) -> Settings {
        let change =
            |settings: Settings, (name, value): &(&str, u64)| settings.with(name, Setting::Count(*value));
        changes.iter().fold(KIND.card.defaults().with("chars_max", Setting::Count(0)), change)
    }

    #[test]
    fn counts_words_pairs_and_runs_of_letters() {
        // (parameters, text, distinct terms, all terms)
        type Changes<'a> = &'a [(&'a str, u64)];
        let cases: [(Changes<'_>, &str, usize, usize); 9] = [
            // a, b, a and a b, b a: the two a are one term.
            (&[], "a b a", 4, 5),
            (&[("words_max", 1)], "a b a", 2, 3),
            (&[("words_min", 2)], "a b a", 2, 2),
            (&[("words_min", 4), ("words_max", 5)], "a b a", 0, 0),
            (&[("words_max", 0), ("chars_max", 3)], "abc", 3, 3),
            (&[("words_max", 0), ("chars_max", 5)], "abc", 6, 6),
            (&[("words_max", 0), ("chars_min", 9), ("chars_max", 9)], "abc", 0, 0),
            (&[("words_max", 0), ("chars_min", 1), ("chars_max", 1)], "ab", 3, 4),
            (&[("words_max", 0)], "ab", 0, 0),
        ];
        for (parameters, text, distinct, all) in cases {
            let ngrams = Ngrams::new(&settings(parameters));
            assert_eq!(ngrams.terms(text).len(), all, "{parameters:?}");
            assert_eq!(ngrams.distinct(text).len(), distinct, "{parameters:?}");
        }
    }

    #[test]
    fn a_rare_term_weighs_more_and_a_bag_has_length_one() {
        let texts = ["free now", "hello now", "again now"].map(Content::Text);
        let settings = settings(&[("words_max", 1)]).with("weight", Setting::Word("tf-idf".to_owned()));
        let ngrams = Ngrams::fit(&settings, &texts);
        let Encoded::Bag(bag) = ngrams.encode(Content::Text("free now")) else { panic!("it makes bags") };
        let alone = |word: &str| ngrams.terms(word)[0];
        let weight = |word| bag.iter().find(|(term, _)| *term == alone(word)).expect("it is there").1;
        assert!(weight("free") > 1.3 * weight("now"));
        let length: f32 = bag.iter().map(|(_, weight)| weight * weight).sum();
        assert!((length - 1.0).abs() < 1e-5);
    }

    /// Terms lie as evenly as drawn ones: 4,000 n-grams among 4,096 places leave some 1,540 empty.
    #[test]
    fn hashes_spread() {
        let ngrams = Ngrams::new(&settings(&[("words_max", 1), ("bits", 12)]));
        let text: Vec<String> = (0..4000u32)
            .map(|at| {
                let letter = |shift: u32| char::from(b'a' + (at >> shift & 7) as u8);
                [0, 3, 6, 9].map(letter).iter().collect()
            })
            .collect();
        let places = ngrams.distinct(&text.join(" ")).len();
        assert!((2450..2650).contains(&places), "{places}");
    }
}
