//! The place of a part of a text value inside the TOML that it was written in.

use std::ops::Range;

use rankine_design::Span;

/// The span in `source` of the bytes `part` of a text value whose TOML, with its quotes, stands at `whole`.
/// Escapes take more bytes in TOML than in the value; a text that is no TOML string gives the whole.
pub(super) fn within(source: &str, whole: Span, part: Range<usize>) -> Span {
    let Some(written) = source.get(whole.start..whole.end) else { return whole };
    let places = places(written);
    let at = |offset: usize| places.get(offset).or(places.last()).map(|place| whole.start + place);
    match (at(part.start), at(part.end)) {
        (Some(start), Some(end)) => Span { source: whole.source, start, end: end.max(start) },
        _ => whole,
    }
}

/// For each byte of the value, and for its end, the offset in the string as written.
fn places(written: &str) -> Vec<usize> {
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| written.starts_with(quote));
    let Some(quote) = quote else { return Vec::new() };
    let end = written.len().saturating_sub(quote.len());
    let mut at = quote.len();
    if quote.len() == 3 {
        // A line break right after the quotes is not part of the value.
        let rest = &written[at..];
        at += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    }
    let mut places = Vec::new();
    while at < end {
        let rest = &written[at..end];
        let (taken, given) = if quote.starts_with('"') && rest.starts_with('\\') {
            escape(rest)
        } else {
            let letter = rest.chars().next().map_or(1, char::len_utf8);
            (letter, letter)
        };
        places.extend((0..given).map(|byte| if given == taken { at + byte } else { at }));
        at += taken;
    }
    places.push(end.max(quote.len().min(written.len())));
    places
}

/// How many bytes an escape takes as written and how many it gives.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.as_bytes().get(1) {
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b'x') => 2,
        Some(byte) if byte.is_ascii_whitespace() => {
            // A backslash at the end of a line swallows all space up to the next word.
            let space = rest[1..].len() - rest[1..].trim_start().len();
            return (1 + space, 0);
        }
        Some(_) => {
            let letter = rest[1..].chars().next().map_or(0, char::len_utf8);
            return (1 + letter, 1);
        }
        None => return (1, 0),
    };
    let code = rest.get(2..2 + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
    let length = code.and_then(char::from_u32).map_or(1, char::len_utf8);
    let taken = (2 + digits).min(rest.len());
    if rest.is_char_boundary(taken) { (taken, length) } else { (1, 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_whatever_the_quotes() {
        let cases = [
            ("\"a == bb\"", "bb"),
            ("'a == bb'", "bb"),
            ("\"\"\"\na == bb\"\"\"", "bb"),
            ("\"\\t== bb\"", "bb"),
            ("\"\\u00e9= bb\"", "bb"),
            ("\"\"\"a ==\\\n   bb\"\"\"", "bb"),
            ("\"é = bb\"", "bb"),
        ];
        for (written, word) in cases {
            let document = format!("when = {written}\n");
            let value = toml_value(&document);
            let start = value.find(word).expect("the word is in the value");
            let whole = Span { source: 0, start: 7, end: 7 + written.len() };
            let span = within(&document, whole, start..start + word.len());
            assert_eq!(&document[span.start..span.end], word, "{written}");
        }
    }

    #[test]
    fn the_end_of_a_text_is_its_closing_quote() {
        let whole = Span { source: 0, start: 0, end: 5 };
        assert_eq!(within("\"a =\"", whole, 3..3), Span { source: 0, start: 4, end: 4 });
    }

    /// The value as the design's reader gives it.
    fn toml_value(document: &str) -> String {
        let text = format!("[label.x]\nfrom = \"e\"\n{document}");
        let (design, _) = rankine_design::parse(&[rankine_design::Source::new("d", text)]);
        design.labels[0].when.clone().expect("it was read").value
    }
}
