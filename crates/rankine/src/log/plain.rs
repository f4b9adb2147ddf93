//! Plain JSON: what most lines are, read onto a tape twice as fast as a parser for all of JSON reads it.

use super::tape::{Node, Number};

/// The values of a text without escapes, exponents and numbers beyond 64 bits. None where it holds any of them or is
/// no JSON: then the parser reads it, and says what is wrong. It calls itself for values within each other. They are
/// put into `nodes`, which is empty.
pub(super) fn read<'t>(text: &'t str, mut nodes: Vec<Node<'t>>) -> Option<Vec<Node<'t>>> {
    // A value takes some eight bytes with its key, its quotes and the comma.
    nodes.reserve(text.len() / 8 + 8);
    let mut reader = Reader { text, at: 0, nodes };
    let first = reader.next()?;
    reader.value(first)?;
    reader.next().is_none().then_some(reader.nodes)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    nodes: Vec<Node<'t>>,
}

impl<'t> Reader<'t> {
    /// The next byte that is no space.
    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            self.at += 1;
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
        }
    }

    /// The value that begins with this byte.
    fn value(&mut self, first: u8) -> Option<()> {
        let node = match first {
            b'"' => Node::Text(self.string()?),
            b'{' => return self.parts(b'}', Node::Object, Reader::member),
            b'[' => return self.parts(b']', Node::List, Reader::value),
            b't' => self.word("rue", Node::Bool(true))?,
            b'f' => self.word("alse", Node::Bool(false))?,
            b'n' => self.word("ull", Node::Null)?,
            _ => Node::Number(self.number()?),
        };
        self.nodes.push(node);
        Some(())
    }

    /// The parts of a list or an object up to its end.
    fn parts(
        &mut self,
        end: u8,
        whole: fn(usize) -> Node<'t>,
        part: impl Fn(&mut Self, u8) -> Option<()>,
    ) -> Option<()> {
        let first = self.nodes.len();
        self.nodes.push(whole(0));
        let mut byte = self.next()?;
        while byte != end {
            part(self, byte)?;
            byte = self.following(end)?;
        }
        self.nodes[first] = whole(self.nodes.len() - first);
        Some(())
    }

    /// A key and its value.
    fn member(&mut self, first: u8) -> Option<()> {
        if first != b'"' {
            return None;
        }
        let key = self.string()?;
        self.nodes.push(Node::Text(key));
        if self.next()? != b':' {
            return None;
        }
        let begins = self.next()?;
        self.value(begins)
    }

    /// With what the next part begins, or the end; no end follows a comma.
    #[inline(always)]
    fn following(&mut self, end: u8) -> Option<u8> {
        match self.next()? {
            b',' => self.next().filter(|byte| *byte != end),
            byte => (byte == end).then_some(end),
        }
    }

    /// What stands up to the next quote.
    #[inline(always)]
    fn string(&mut self) -> Option<&'t str> {
        let rest = &self.text.as_bytes()[self.at..];
        let mut length = 0;
        let (words, _) = rest.as_chunks::<8>();
        for word in words {
            let special = special(u64::from_le_bytes(*word));
            if special != 0 {
                length += special.trailing_zeros() as usize / 8;
                return self.cut(length);
            }
            length += 8;
        }
        while !matches!(rest.get(length)?, b'"' | b'\\' | 0..0x20) {
            length += 1;
        }
        self.cut(length)
    }

    /// The next so many bytes, where a quote ends them.
    #[inline(always)]
    fn cut(&mut self, length: usize) -> Option<&'t str> {
        let end = self.at + length;
        if self.text.as_bytes()[end] != b'"' {
            return None;
        }
        let text = self.text.get(self.at..end)?;
        self.at = end + 1;
        Some(text)
    }

    fn word(&mut self, rest: &str, node: Node<'t>) -> Option<Node<'t>> {
        let there = self.text.get(self.at..)?.starts_with(rest);
        self.at += rest.len();
        there.then_some(node)
    }

    /// The number whose first byte was read.
    fn number(&mut self) -> Option<Number> {
        let rest = &self.text[self.at - 1..];
        let digits =
            |at: usize| rest.as_bytes()[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let sign = usize::from(rest.starts_with('-'));
        let whole = digits(sign);
        let mut end = sign + whole;
        // With so many digits it fits 64 bits. `01` is none, and `-0` is another one than 0.
        if !(1..=18).contains(&whole) || whole > 1 && rest[sign..].starts_with('0') {
            return None;
        }
        let part = rest[end..].starts_with('.');
        if part {
            let places = digits(end + 1);
            if places == 0 {
                return None;
            }
            end += 1 + places;
        }
        if rest[end..].starts_with(['e', 'E']) || &rest[..end] == "-0" {
            return None;
        }
        self.at += end - 1;
        let written = &rest[..end];
        Some(if part { Number::Real(written.parse().ok()?) } else { Number::Whole(written.parse().ok()?) })
    }
}

/// Of eight bytes the highest bit of those that are a quote, a backslash or below a space. Bits above the lowest one
/// say nothing: a borrow may have set them (Mycroft 1987).
#[inline(always)]
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & (ONES << 7);
    let is = |sign: u8| below(word ^ (ONES * u64::from(sign)), 1);
    is(b'"') | is(b'\\') | below(word, 0x20)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tape::parsed;
    use super::*;

    /// Whether it is plain; where it is, the parser reads the same.
    fn plain(text: &str) -> bool {
        let read = read(text, Vec::new());
        let whole = parsed(text);
        match (&read, &whole) {
            (Some(read), Ok(whole)) => assert_eq!(read, whole, "{text}"),
            (Some(_), Err(error)) => panic!("{text}: {error}"),
            (None, _) => {}
        }
        read.is_some()
    }

    #[test]
    fn lines_of_logs_are_plain() {
        for text in [
            r#"{"event":"ranking","items":[{"id":"a"},{"id":"b"}],"known":null,"new":true,"old":false,"fields":[]}"#,
            " [ 1 , -2.50 , 0.1,0 ,123456789012345678,-0.0, {} ]\r\n",
            r#""köln, 7 bytes and more than a word of text""#,
            r#"{"id":"12345678","of":"1234567"}"#,
        ] {
            assert!(plain(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left() {
        for text in [
            "",
            " ",
            "{",
            "[1",
            "[1,]",
            "[,1]",
            r#"{"a":1,}"#,
            r#"{"a"}"#,
            r#"{"a":}"#,
            "{1:2}",
            "1 2",
            "01",
            "-0",
            "-",
            "+1",
            ".5",
            "1.",
            "1.e3",
            "1e3",
            "1.5E3",
            "tru",
            "nulL",
            "nan",
            r#""a\n""#,
            "\"a\nb\"",
            r#""open"#,
            "\u{feff}1",
            "1234567890123456789",
            "[1}",
            r#"{"a":1]"#,
            "\"12345678\\\"",
            "t",
            "é",
        ] {
            assert!(!plain(text), "{text}");
        }
    }

    /// Whole texts of JSON.
    fn json() -> impl Strategy<Value = String> {
        let leaves = ["null", "true", "-12.5", "0", "1e5", "\"a\"", "\"twelve bytes\"", "\"\\n\"", "\"ü\""];
        let leaf = prop::sample::select(leaves.to_vec()).prop_map(str::to_owned);
        leaf.prop_recursive(4, 40, 6, |inner| {
            let values = prop::collection::vec(inner, 0..6);
            let member = |(at, value): (usize, &String)| format!("\"key {at}\":{value}");
            let object = move |values: Vec<String>| {
                format!("{{{}}}", values.iter().enumerate().map(member).collect::<Vec<String>>().join(","))
            };
            prop_oneof![
                values.clone().prop_map(|values| format!("[{}]", values.join(", "))),
                values.prop_map(object)
            ]
        })
    }

    proptest! {
        #[test]
        fn a_text_with_one_sign_changed_is_what_the_parser_reads(
            text in json(), place: prop::sample::Index, sign in prop::sample::select("\"\\{}[],:0-.e \nnü".chars().collect::<Vec<char>>()),
        ) {
            plain(&text);
            let mut signs: Vec<char> = text.chars().collect();
            signs[place.index(text.chars().count())] = sign;
            plain(&signs.into_iter().collect::<String>());
        }

        #[test]
        fn plain_json_is_what_the_parser_reads(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"", "\"a\":", "\"key\"", "\\", "\\n", "0", "1", "-", ".", "25", "e", "true", "false",
                    "null", " ", "\n", "ü", "12345678", "word of text", "\u{1}",
                ]),
                0..24,
            )
        ) {
            plain(&parts.concat());
        }

        #[test]
        fn numbers_are_the_same(number: f64, whole: i64) {
            for text in [number.to_string(), whole.to_string(), format!("[{whole}.{}]", whole.unsigned_abs())] {
                plain(&text);
            }
        }
    }
}
