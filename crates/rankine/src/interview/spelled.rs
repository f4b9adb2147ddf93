//! Numbers as they are written: spelled out, in groups, with a comma.

use super::quantity::is_unit;

/// `three hundred` as `300`, `half a million` as `0.5 million`, `two and a half` as `2.5`.
pub(super) fn spelled(text: &str) -> String {
    let mut made: Vec<String> = Vec::new();
    let mut number: Option<f64> = None;
    let mut words = text.split_whitespace().flat_map(parts).peekable();
    while let Some(word) = words.next() {
        let small = value(word);
        let next = words.peek().copied().unwrap_or_default();
        match (word, small) {
            ("half" | "quarter", _) => {
                let part = if word == "half" { 0.5 } else { 0.25 };
                number = Some(number.unwrap_or_default() + part);
                words.next_if(|next| matches!(*next, "a" | "an"));
            }
            ("hundred" | "dozen", _) => {
                let many = if word == "dozen" { 12.0 } else { 100.0 };
                number = Some(number.unwrap_or(1.0) * many);
            }
            ("and", _) if number.is_some() => {}
            ("a" | "an", _) if number.is_some() && matches!(next, "half" | "quarter") => {}
            ("a" | "an", _) if matches!(next, "hundred" | "dozen") => {}
            ("a" | "an", _)
                if number.is_none()
                    && ["thousand", "lakh", "million", "crore", "billion", "gig"].contains(&next) =>
            {
                number = Some(1.0);
            }
            (_, Some(value)) => number = Some(number.unwrap_or_default() + value),
            _ => {
                made.extend(number.take().map(|number| number.to_string()));
                made.push(word.to_owned());
            }
        }
    }
    made.extend(number.map(|number| number.to_string()));
    made.join(" ")
}

/// The parts of a word with hyphens; `two-tower` is a name, of which the number is no number.
fn parts(word: &str) -> Vec<&str> {
    let parts: Vec<&str> = word.split('-').collect();
    let counts = |part: &&str| value(part).is_some() || matches!(*part, "and" | "hundred");
    let name = parts.first().is_some_and(counts) && parts.iter().any(|part| !counts(part) && !is_unit(part));
    if name { vec![word] } else { parts }
}

fn value(word: &str) -> Option<f64> {
    SPELLED.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

const SPELLED: [(&str, f64); 27] = [
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
];

/// `4 600 000` as `4600000`: groups of three digits behind one of at most three.
pub(super) fn joined(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut made = String::new();
    // How many digits the group so far has; too many where it is no beginning of a number.
    let (mut group, too_many) = (0, 4);
    for (at, &letter) in letters.iter().enumerate() {
        let parts = matches!(letter, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}');
        let after = letters[at + 1..].iter().take_while(|letter| letter.is_ascii_digit()).count();
        if parts && (1..too_many).contains(&group) && after == 3 {
            group = 0;
            continue;
        }
        group = match letter {
            _ if letter.is_ascii_digit() => group + 1,
            '.' | ',' | '^' => too_many,
            _ if letter.is_alphabetic() => too_many,
            _ => 0,
        };
        made.push(letter);
    }
    made
}

/// `3,000`, `3.5` and `3,5`.
pub(super) fn plain_number(digits: &str) -> Option<f64> {
    let groups: Vec<&str> = digits.split(',').collect();
    let thousands = groups.len() > 1
        && groups[1..].iter().all(|group| group.split('.').next().is_some_and(|whole| whole.len() == 3));
    if thousands || groups.len() == 1 {
        return digits.replace(',', "").parse().ok();
    }
    digits.replace(',', ".").parse().ok()
}
