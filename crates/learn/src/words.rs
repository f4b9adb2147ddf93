//! The words of a text, as everything that reads texts sees them.

/// Letters of a text that are looked at; what a longer one holds beyond them is left out.
const LONGEST: usize = 100_000;

/// What stands before a link, in place of nothing; no text can hold it.
pub(crate) const LINK: char = '\u{10FFFF}';

/// The words of one text: runs of letters and digits, small, every digit the same where not said otherwise, so
/// that a number keeps its length alone; and marks that tell something by themselves. Its memory is used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Words {
    letters: Vec<char>,
    /// Where each word ends.
    ends: Vec<usize>,
}

/// What a letter is to a word.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// Belongs to one.
    Part,
    /// Is one.
    Whole,
    /// Parts two.
    Gap,
    /// Is not seen, such as a joiner: letters at both sides belong together.
    Unseen,
}

impl Words {
    /// The words of a text.
    pub(crate) fn of(text: &str) -> Words {
        let mut words = Words::default();
        words.read(text);
        words
    }

    /// Takes the words of a text in place of those that were there.
    pub(crate) fn read(&mut self, text: &str) {
        self.take(text, false);
    }

    /// The same with digits as they are, for who looks for a number.
    pub(crate) fn read_with_digits(&mut self, text: &str) {
        self.take(text, true);
    }

    fn take(&mut self, text: &str, digits: bool) {
        self.letters.clear();
        self.letters.reserve(text.len().min(LONGEST));
        self.ends.clear();
        for (at, letter) in text.char_indices().take(LONGEST) {
            // What most of a text is goes the short way.
            if letter.is_ascii_lowercase() && !self.is_between() {
                self.letters.push(letter);
                continue;
            }
            let letter = plain(letter);
            match role(letter) {
                Role::Unseen => {}
                Role::Part => {
                    if self.is_between() && begins_link(&text[at..]) {
                        self.letters.push(LINK);
                        self.end();
                    }
                    if letter.is_numeric() && !digits {
                        self.letters.push('0');
                    } else if letter.is_ascii() {
                        self.letters.push(letter.to_ascii_lowercase());
                    } else {
                        self.letters.extend(letter.to_lowercase());
                    }
                }
                Role::Gap => self.end(),
                Role::Whole => {
                    self.end();
                    self.letters.push(letter);
                    self.end();
                }
            }
        }
        self.end();
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The letters of one.
    pub(crate) fn word(&self, at: usize) -> &[char] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.letters[start..self.ends[at]]
    }

    /// All of them in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[char]> {
        (0..self.len()).map(|at| self.word(at))
    }

    fn is_between(&self) -> bool {
        self.letters.len() == self.ends.last().copied().unwrap_or(0)
    }

    fn end(&mut self) {
        if !self.is_between() {
            self.ends.push(self.letters.len());
        }
    }
}

/// Whether a link begins where this text does.
pub(crate) fn begins_link(text: &str) -> bool {
    let begins = |with: &str| {
        text.as_bytes().get(..with.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(with.as_bytes()))
    };
    match text.as_bytes().first() {
        Some(b'h' | b'H') => begins("http://") || begins("https://"),
        Some(b'w' | b'W') => begins("www."),
        _ => false,
    }
}

/// The letter that another is drawn like: wide forms and mathematical alphabets, which hide words.
fn plain(letter: char) -> char {
    let code = letter as u32;
    let small = |from: u32| char::from(from as u8);
    match code {
        0xff01..=0xff5e => small(code - 0xff01 + 0x21),
        0x1d400..=0x1d6a3 => {
            let at = (code - 0x1d400) % 52;
            small(if at < 26 { at + 0x41 } else { at - 26 + 0x61 })
        }
        0x1d7ce..=0x1d7ff => '0',
        _ => letter,
    }
}

fn role(letter: char) -> Role {
    if letter.is_ascii() {
        return match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => Role::Part,
            '!' | '?' | '$' | '%' | '@' | '#' | '+' | '*' | '&' | '=' => Role::Whole,
            _ => Role::Gap,
        };
    }
    match letter as u32 {
        // Soft hyphen; accents that are put on a letter; joiners and marks of direction; variants.
        0xad
        | 0x300..=0x36f
        | 0x200b..=0x200f
        | 0x202a..=0x202e
        | 0x2060..=0x2064
        | 0xfe00..=0xfe0f
        | 0xfeff => Role::Unseen,
        // Scripts that are written without spaces: each letter is a word, and pairs of words are pairs of letters.
        0xe00..=0xeff
        | 0x1000..=0x109f
        | 0x1780..=0x17ff
        | 0x3040..=0x30ff
        | 0x3400..=0x9fff
        | 0xf900..=0xfaff
        | 0x20000..=0x3ffff => Role::Whole,
        _ if letter.is_alphanumeric() => Role::Part,
        // Currencies, arrows, signs, pictures.
        0xa2..=0xa9 | 0x20a0..=0x20cf | 0x2100..=0x2bff | 0x1f000..=0x1faff => Role::Whole,
        // Signs of vowels and their absence belong to the letters beside them.
        0x900..=0xdff | 0x610..=0x6ff => Role::Part,
        _ => Role::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_lowered_and_digits_are_one_sign() {
        let cases: [(&str, &[&str]); 15] = [
            ("Call 07700 NOW!", &["call", "00000", "now", "!"]),
            ("it's £5.00", &["it", "s", "£", "0", "00"]),
            ("Éclair, ÉCLAIR", &["éclair", "éclair"]),
            ("", &[]),
            ("-- \0 .\t\n", &[]),
            ("so\u{200b}ft\u{ad}ly", &["softly"]),
            ("ＦＲＥＥ 𝐟𝐫𝐞𝐞 𝗪𝗶𝗻 𝟙", &["free", "free", "win", "0"]),
            ("你好吗", &["你", "好", "吗"]),
            ("see \u{1f600}\u{1f600}x", &["see", "\u{1f600}", "\u{1f600}", "x"]),
            ("שלום עולם", &["שלום", "עולם"]),
            ("नमस्ते", &["नमस्ते"]),
            ("HTTP://a.b", &["\u{10FFFF}", "http", "a", "b"]),
            ("www.x", &["\u{10FFFF}", "www", "x"]),
            ("awww.x http", &["awww", "x", "http"]),
            ("snake_case a+b", &["snake_case", "a", "+", "b"]),
        ];
        let mut words = Words::default();
        for (text, want) in cases {
            words.read(text);
            let have: Vec<String> = words.iter().map(|word| word.iter().collect()).collect();
            assert_eq!(have, want, "{text}");
        }
    }

    #[test]
    fn digits_stay_where_they_are_asked_for() {
        let mut words = Words::default();
        words.read_with_digits("Mk2 of １９99");
        let have: Vec<String> = words.iter().map(|word| word.iter().collect()).collect();
        assert_eq!(have, ["mk2", "of", "1999"]);
    }

    #[test]
    fn a_long_text_is_cut() {
        let words = Words::of(&"word ".repeat(LONGEST));
        assert_eq!(words.len(), LONGEST / 5);
    }
}
