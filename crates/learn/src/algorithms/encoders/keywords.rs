//! How often words of a list stand in a text: what a rule looks at.

use std::collections::BTreeMap;

use super::{Content, Encoded, Encoder, Kind, Reads, Shape};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::words::Words;

/// Words of a list.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "keywords",
        what: "Counts how often words or phrases of a list stand in a text. Letters are lowered, signs part \
               words, and all digits are alike.",
        when: "As the rule to beat, read by the `column` scorer; and for words that must count although no \
               example holds them yet.",
        avoid: "Alone, where writers avoid the list.",
        cost: "Linear in the text, some 15 microseconds a kilobyte; one column; nothing is learned.",
        source: "Manning, Raghavan and Schuetze 2008, Introduction to information retrieval, chapter 13 \
                 (standing queries)",
        parameters: &[Parameter {
            name: "words",
            doc: "The words and phrases; a phrase counts where its words follow one another.",
            kind: Holds::Words,
            default: Preset::Required,
            search: &[],
        }],
    },
    reads: Reads::Text,
    fit: |settings, _| Box::new(Keywords::new(settings)),
    load: |settings, bytes| match bytes {
        [] => Ok(Box::new(Keywords::new(settings))),
        _ => Err("a list of keywords learns nothing, yet bytes of it were saved".to_owned()),
    },
};

struct Keywords {
    /// The words that follow the first, by the first.
    phrases: BTreeMap<Vec<char>, Vec<Vec<Vec<char>>>>,
}

impl Keywords {
    fn new(settings: &Settings) -> Keywords {
        let mut phrases: BTreeMap<Vec<char>, Vec<Vec<Vec<char>>>> = BTreeMap::new();
        for phrase in settings.words("words") {
            let words = Words::of(phrase);
            let mut words = words.iter().map(<[char]>::to_vec);
            if let Some(first) = words.next() {
                phrases.entry(first).or_default().push(words.collect());
            }
        }
        // One that is listed twice is one.
        for rests in phrases.values_mut() {
            rests.sort_unstable();
            rests.dedup();
        }
        Keywords { phrases }
    }

    fn count(&self, text: &str) -> usize {
        let words = Words::of(text);
        let begin_at = |at: usize| {
            let rests = self.phrases.get(words.word(at)).map_or(&[][..], Vec::as_slice);
            let follows = |rest: &&Vec<Vec<char>>| {
                at + rest.len() < words.len()
                    && rest.iter().zip(at + 1..).all(|(word, at)| word == words.word(at))
            };
            rests.iter().filter(follows).count()
        };
        (0..words.len()).map(begin_at).sum()
    }
}

impl Encoder for Keywords {
    fn shape(&self) -> Shape {
        Shape::Numbers(1)
    }

    fn encode(&self, content: Content<'_>) -> Encoded {
        Encoded::Numbers(vec![match content {
            Content::Text(text) => self.count(text) as f32,
            _ => f32::NAN,
        }])
    }

    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Setting;

    #[test]
    fn counts_words_and_phrases() {
        let words = ["free", "Free", "call now", "call", "£1000", "", "!?", "…"].map(str::to_owned).to_vec();
        let keywords = Keywords::new(&KIND.card.defaults().with("words", Setting::Words(words)));
        let cases = [
            ("", 0),
            ("freedom", 0),
            ("FREE, free-free", 3),
            ("Call now: call!", 3),
            ("call", 1),
            ("£2000 now", 1),
            ("£200", 0),
            ("what!?", 1),
        ];
        for (text, want) in cases {
            assert_eq!(keywords.count(text), want, "{text}");
        }
    }
}
