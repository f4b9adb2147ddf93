//! «Did you mean»: the known word nearest to one that is not known.

use strsim::damerau_levenshtein;

/// Longer words are nobody's slip of the finger, and the distance costs their length squared.
const LONGEST: usize = 64;

/// The known word that `word` was probably meant to be, if one is near enough: at most a third of its
/// letters differ (at least one may), case and `-` or `_` aside. Equal distances: the first wins. When none
/// is near, the only one that begins with `word` or that `word` begins with, from four letters on.
pub fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let word = plain(word);
    let limit = (length / 3).max(1);
    let known: Vec<(&str, String)> =
        known.filter(|known| known.len() <= LONGEST).map(|known| (known, plain(known))).collect();
    known
        .iter()
        .map(|(known, plain)| (damerau_levenshtein(&word, plain), *known))
        .filter(|(distance, _)| *distance <= limit && *distance < length)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
        .or_else(|| same_beginning(&word, &known))
}

fn same_beginning<'a>(word: &str, known: &[(&'a str, String)]) -> Option<&'a str> {
    let alike = |known: &&(&str, String)| {
        let shorter = word.len().min(known.1.len());
        shorter >= 4 && (known.1.starts_with(word) || word.starts_with(&known.1))
    };
    let mut found = known.iter().filter(alike);
    match (found.next(), found.next()) {
        (Some((only, _)), None) => Some(only),
        _ => None,
    }
}

fn plain(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

/// Text of a user in a message: in backticks, control characters escaped, cut when it is long.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 48;
    let mut shown: String = text.chars().take(SHOWN).flat_map(printable).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn printable(letter: char) -> Vec<char> {
    if letter.is_control() { letter.escape_default().collect() } else { vec![letter] }
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn finds_the_nearest_word_or_none() {
        let known = ["rank", "classify", "regress", "detect", "latency_p99", "h"];
        let cases = [
            ("rnak", Some("rank")),
            ("Rank", Some("rank")),
            ("clasify", Some("classify")),
            ("latency-p99", Some("latency_p99")),
            ("hr", Some("h")),
            ("x", None),
            ("", None),
            ("recommend", None),
            ("ranking", Some("rank")),
            ("latency", Some("latency_p99")),
            ("ran", Some("rank")),
            ("det", None),
        ];
        for (word, expected) in cases {
            assert_eq!(did_you_mean(word, known.into_iter()), expected, "{word}");
        }
    }
}
