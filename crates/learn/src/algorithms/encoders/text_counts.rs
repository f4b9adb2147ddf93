//! A few counts of a text: how long, how loud, how many numbers and links.

use std::collections::BTreeSet;

use super::{Content, Encoded, Encoder, Kind, Reads, Shape};
use crate::card::Card;
use crate::words::{self, Words};

/// Counts of a text.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "text-counts",
        what: "Makes eight numbers of a text: [0] letters and signs without spaces, [1] words, [2] the share of \
               capitals among letters, [3] of digits and [4] of punctuation and other signs among all, [5] \
               digits of the longest number, [6] links, [7] the share of distinct words.",
        when: "Beside `ngrams`, or alone where few rows are labelled: how a text is written is often a sign of \
               who wrote it.",
        avoid: "Alone where the words themselves say it.",
        cost: "Linear in the text, some 20 microseconds a kilobyte; eight columns; nothing is learned.",
        source: "Drucker, Wu and Vapnik 1999, Support vector machines for spam categorization; Alberto, Lochter \
                 and Almeida 2015, TubeSpam",
        parameters: &[],
    },
    reads: Reads::Text,
    fit: |_, _| Box::new(TextCounts),
    load: |_, bytes| match bytes {
        [] => Ok(Box::new(TextCounts)),
        _ => Err("counts of a text learn nothing, yet bytes of them were saved".to_owned()),
    },
};

struct TextCounts;

const NUMBERS: usize = 8;

impl Encoder for TextCounts {
    fn shape(&self) -> Shape {
        Shape::Numbers(NUMBERS)
    }

    fn encode(&self, content: Content<'_>) -> Encoded {
        Encoded::Numbers(match content {
            Content::Text(text) => counts(text).to_vec(),
            _ => vec![f32::NAN; NUMBERS],
        })
    }

    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
}

fn counts(text: &str) -> [f32; NUMBERS] {
    let (mut all, mut letters, mut capitals, mut digits, mut signs) = (0, 0, 0, 0, 0);
    let (mut number, mut longest) = (0, 0);
    for letter in text.chars() {
        number = if letter.is_numeric() { number + 1 } else { 0 };
        longest = longest.max(number);
        if letter.is_whitespace() || letter.is_control() {
            continue;
        }
        all += 1;
        match letter {
            _ if number > 0 => digits += 1,
            _ if letter.is_alphabetic() => {
                letters += 1;
                capitals += u32::from(letter.is_uppercase());
            }
            _ => signs += 1,
        }
    }
    let words = Words::of(text);
    let links = words.iter().filter(|word| *word == [words::LINK]).count();
    let many = words.len() - links;
    let distinct = words.iter().filter(|word| *word != [words::LINK]).collect::<BTreeSet<_>>().len();
    let share = |part: u32, of: u32| if of == 0 { 0.0 } else { part as f32 / of as f32 };
    [
        all as f32,
        many as f32,
        share(capitals, letters),
        share(digits, all),
        share(signs, all),
        longest as f32,
        links as f32,
        share(distinct as u32, many as u32),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_the_card_says() {
        let cases = [
            ("", [0.0; NUMBERS]),
            (" \n\0", [0.0; NUMBERS]),
            ("ab Cd", [4.0, 2.0, 0.25, 0.0, 0.0, 0.0, 0.0, 1.0]),
            ("Win 100 or 20! win", [14.0, 6.0, 0.125, 5.0 / 14.0, 1.0 / 14.0, 3.0, 0.0, 5.0 / 6.0]),
            ("www.a.b http://c", [15.0, 5.0, 0.0, 0.0, 5.0 / 15.0, 0.0, 2.0, 1.0]),
            ("ÄÖü שלום", [7.0, 2.0, 2.0 / 7.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        ];
        for (text, want) in cases {
            assert_eq!(counts(text), want, "{text}");
        }
    }
}
