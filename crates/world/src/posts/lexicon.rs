//! The words of each language: invented, readable, and none of them means anything.

use std::collections::BTreeSet;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::draw::{self, Purpose};

use super::CLASSES;
use super::settings::Settings;

const SYLLABLES: [&str; 42] = [
    "bel", "bro", "dar", "del", "dor", "fal", "fen", "gar", "gol", "hal", "hem", "jor", "kal", "kem", "lan",
    "lor", "lum", "mar", "mel", "mir", "nol", "nor", "pel", "por", "quin", "ral", "rem", "rin", "sol", "tal",
    "tem", "tor", "ul", "val", "vel", "vin", "wen", "yor", "zan", "zel", "zor", "eld",
];
const ENDINGS: [[&str; 3]; 8] = [
    ["", "a", "en"],
    ["is", "us", "on"],
    ["ko", "ri", "mu"],
    ["ay", "oy", "ey"],
    ["ert", "olt", "ind"],
    ["ova", "iva", "eva"],
    ["ath", "eth", "oth"],
    ["illi", "alla", "ollo"],
];
/// Names of the languages.
pub(crate) const LANGUAGES: [&str; 8] =
    ["arenish", "belusian", "corovan", "dunay", "eldert", "fenova", "galath", "hemilli"];

const TOPIC_WORDS: usize = 40;
const HARM_WORDS: usize = 40;
const CUE_WORDS: usize = 5;
const DIALECT_WORDS: usize = 30;
const GLUE_WORDS: usize = 10;

/// The words of one language.
pub(crate) struct Lexicon {
    /// Words that hold sentences together.
    pub(crate) glue: Vec<String>,
    /// For each topic its words.
    pub(crate) topics: Vec<Vec<String>>,
    /// For each class the words that are harmful by themselves.
    pub(crate) harm: Vec<Vec<String>>,
    /// For each class two sets of words that mean harm only beside a certain image.
    pub(crate) cues: Vec<[Vec<String>; 2]>,
    /// Words of the language's dialect.
    pub(crate) dialect: Vec<String>,
}

impl Lexicon {
    /// The words of all languages; no word has two meanings.
    pub(crate) fn all(settings: &Settings, seed: u64) -> Vec<Lexicon> {
        let mut used = BTreeSet::new();
        let languages = settings.languages as usize;
        (0..languages).map(|language| Lexicon::new(settings, seed, language, &mut used)).collect()
    }

    fn new(settings: &Settings, seed: u64, language: usize, used: &mut BTreeSet<String>) -> Lexicon {
        let mut stream = draw::stream(seed, Purpose::Lexicon, language as u64);
        let mut words = |count: usize| -> Vec<String> {
            (0..count).map(|_| fresh(language, used, &mut stream)).collect()
        };
        Lexicon {
            glue: words(GLUE_WORDS),
            topics: (0..settings.topics).map(|_| words(TOPIC_WORDS)).collect(),
            harm: CLASSES.iter().map(|_| words(HARM_WORDS)).collect(),
            cues: CLASSES.iter().map(|_| [words(CUE_WORDS), words(CUE_WORDS)]).collect(),
            dialect: words(DIALECT_WORDS),
        }
    }
}

/// A word that was not used before; it grows by a syllable after each that was.
fn fresh(language: usize, used: &mut BTreeSet<String>, stream: &mut ChaCha8Rng) -> String {
    let mut word = SYLLABLES[stream.random_range(0..SYLLABLES.len())].to_owned();
    loop {
        word.push_str(SYLLABLES[stream.random_range(0..SYLLABLES.len())]);
        let ending = ENDINGS[language][stream.random_range(0..3)];
        let whole = format!("{word}{ending}");
        if used.insert(whole.clone()) {
            return whole;
        }
    }
}

/// The same word with digits for letters.
pub(crate) fn obfuscated(word: &str) -> String {
    let digit = |letter| match letter {
        'a' => '4',
        'e' => '3',
        'i' => '1',
        'o' => '0',
        's' => '5',
        other => other,
    };
    word.chars().map(digit).collect()
}
