//! How a user is told from others: by their name in a line that can be read, and by all forms of it elsewhere.

use quick_xml::escape::resolve_predefined_entity;
use rankine_learn::Schema;
use serde_json::Value;

use crate::log::{Body, Line, parse_line};
use crate::serve::SERVED;

/// Who is forgotten, and how they are told from others.
pub(super) struct About<'a> {
    pub(super) user: &'a str,
    /// Their name as it stands in JSON.
    quoted: Vec<u8>,
    /// Whether their name is a number, as many things are that are no users.
    number: bool,
    schema: &'a Schema,
}

/// What becomes of a line.
pub(super) enum Fate {
    Stays,
    /// Without the feature values that its server wrote down.
    Bare(Vec<u8>),
    Theirs,
    /// It cannot be read, and names them.
    Unreadable,
}

impl<'a> About<'a> {
    pub(super) fn new(user: &'a str, schema: &'a Schema) -> About<'a> {
        let number = user.contains(|letter: char| letter.is_ascii_digit()) && user.parse::<f64>().is_ok();
        About { user, quoted: Value::from(user).to_string().into_bytes(), number, schema }
    }

    pub(super) fn judge(&self, line: &[u8]) -> Fate {
        let text = std::str::from_utf8(line).ok();
        let read = text.and_then(|text| parse_line(text.trim_end(), self.schema).ok());
        let Some(read) = read else {
            return if self.in_line(line) { Fate::Unreadable } else { Fate::Stays };
        };
        let theirs = match &read.body {
            Body::Entity { kind, id, .. } => *kind == self.schema.user && id == self.user,
            Body::Request { user, .. } | Body::Interaction { user, .. } => user == self.user,
        };
        if theirs {
            return Fate::Theirs;
        }
        let served =
            contains(line, b"\"served\"").then(|| text.and_then(|text| serde_json::from_str(text).ok()));
        let Some(Value::Object(mut object)) = served.flatten() else { return Fate::Stays };
        if object.remove(SERVED).is_none() {
            return Fate::Stays;
        }
        let mut bytes = Value::Object(object).to_string().into_bytes();
        bytes.extend(line.ends_with(b"\n").then_some(b'\n'));
        Fate::Bare(bytes)
    }

    /// Whether a line that cannot be read names them. In JSON a text that is their name does, and a number where a
    /// user stands; in anything else their name does where no other name goes on around it.
    pub(super) fn in_line(&self, line: &[u8]) -> bool {
        let text = String::from_utf8_lossy(line);
        match serde_json::from_str(&text) {
            Ok(value) => self.in_value(&value, false),
            Err(_) => self.in_text(&text, false),
        }
    }

    /// `whose`: whether it stands where a user does.
    fn in_value(&self, value: &Value, whose: bool) -> bool {
        match value {
            Value::String(text) if text.starts_with(['{', '[']) => self.in_line(text.as_bytes()),
            Value::String(text) => text == self.user,
            Value::Number(number) if whose => {
                let same = || number.as_f64() == self.user.parse().ok();
                number.to_string() == self.user || self.number && number.is_f64() && same()
            }
            Value::Array(values) => values.iter().any(|value| self.in_value(value, whose)),
            Value::Object(object) => {
                // Of a line about something else, or of an event, an id is no user's.
                let event = object.get("event").and_then(Value::as_str);
                let about = event.is_none_or(|event| self.of_user(event));
                let user = |key: &str| self.of_user(key) && (about || key != "id");
                // What every line says names nobody.
                let names = |key: &String| key == self.user && !self.is_key(key);
                let values = object.iter().filter(|(key, _)| *key != "event" && *key != "type");
                object.keys().any(names)
                    || values.into_iter().any(|(key, value)| self.in_value(value, whose || user(key)))
            }
            Value::Number(_) | Value::Bool(_) | Value::Null => false,
        }
    }

    /// Whether a key's value is a user: in the native schema, in that of Metarank, or in a line about one.
    fn of_user(&self, key: &str) -> bool {
        key == self.schema.user().name || key == "user" || key == "id"
    }

    /// Whether lines of the log have a key of this name.
    fn is_key(&self, key: &str) -> bool {
        const MORE: [&str; 6] = ["user", "item", "items", "request", "ranking", "type"];
        let schema = self.schema;
        let mut fields = (schema.entities.iter().flat_map(|entity| &entity.fields))
            .chain(schema.interactions.iter().flat_map(|kind| &kind.fields))
            .chain(&schema.context);
        Line::KEYS.contains(&key)
            || MORE.contains(&key)
            || [&schema.user().name, &schema.item().name].into_iter().any(|name| name == key)
            || fields.any(|field| field.name == key)
    }

    /// Whether a file of a run names them: what it quotes may be quoted again, as in JSON or in a page.
    pub(super) fn in_file(&self, bytes: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(bytes) else { return contains(bytes, &self.quoted) };
        match serde_json::from_str(text) {
            Ok(value) => self.in_texts(&value),
            // What marks up a page is full of numbers.
            Err(_) if self.number => self.in_text(&unmarked(text), true),
            Err(_) => self.in_text(text, true),
        }
    }

    fn in_texts(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.in_text(text, true),
            Value::Array(values) => values.iter().any(|value| self.in_texts(value)),
            Value::Object(object) => {
                object.iter().any(|(key, value)| self.in_text(key, true) || self.in_texts(value))
            }
            Value::Number(_) | Value::Bool(_) | Value::Null => false,
        }
    }

    /// Whether a text holds their name where no other name goes on around it, as it is or once its escapes are
    /// undone. In `prose` a number is a name only where it is set apart from the words.
    pub(super) fn in_text(&self, text: &str, prose: bool) -> bool {
        // Quoted again and again a text doubles; nothing here does it so often.
        const DEEPEST: usize = 6;
        let mut undone = None;
        for _ in 0..DEEPEST {
            let text = undone.as_deref().unwrap_or(text);
            if self.stands_in(text, prose) {
                return true;
            }
            let Some(next) = unescaped(text) else { return false };
            undone = Some(next);
        }
        false
    }

    fn stands_in(&self, text: &str, prose: bool) -> bool {
        text.match_indices(self.user).any(|(at, found)| {
            let (before, after) = (&text[..at], &text[at + found.len()..]);
            !goes_on(before.chars().rev())
                && !goes_on(after.chars())
                && (prose || self.is_whole(before, after))
                && (!self.number || self.may_be_user(before, after, prose))
        })
    }

    /// Whether a name between two texts of a line ends where its quotes do, and is not the key of a value.
    fn is_whole(&self, before: &str, after: &str) -> bool {
        let quote = before.chars().next_back().filter(|letter| matches!(letter, '"' | '\'' | '`'));
        let behind = after.strip_prefix('\\').unwrap_or(after).trim_end();
        let ends = quote.is_none_or(|quote| behind.is_empty() || behind.starts_with(quote));
        let value = quote.and_then(|quote| behind.strip_prefix(quote)).map(str::trim_start);
        ends && !(self.is_key(self.user) && value.is_some_and(|value| value.starts_with(':')))
    }

    /// Whether a number between two texts may be a user: not where it is the value of another key.
    fn may_be_user(&self, before: &str, after: &str, prose: bool) -> bool {
        const MARKS: [char; 12] = ['"', '\'', '`', '<', '>', ',', ';', '|', '\t', '\n', '[', ']'];
        if let Some(key) = before.trim_end().strip_suffix([':', '=']) {
            let key = key.trim_end().trim_end_matches(['"', '\'', '`']);
            let start = key.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_').len();
            return self.of_user(&key[start..]);
        }
        let set_apart = |letter: Option<char>| letter.is_none_or(|letter| MARKS.contains(&letter));
        let ends = |letter: Option<char>| set_apart(letter) || letter == Some('}');
        !prose || set_apart(before.chars().next_back()) && ends(after.chars().next())
    }
}

pub(super) fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Whether a name goes on with these letters: marks that may stand within one join it to what is behind them.
fn goes_on(mut letters: impl Iterator<Item = char>) -> bool {
    let belongs = |letter: char| letter.is_alphanumeric() || letter == '_';
    match letters.next() {
        Some('-' | '.' | '@' | '+') => letters.next().is_some_and(belongs),
        letter => letter.is_some_and(belongs),
    }
}

/// A page without its tags.
fn unmarked(page: &str) -> String {
    let mut parts = page.split('<');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('>') {
            Some((tag, behind))
                if tag.starts_with(|letter: char| letter.is_alphabetic() || letter == '/') =>
            {
                text.push('\n');
                text.push_str(behind);
            }
            _ => {
                text.push('<');
                text.push_str(part);
            }
        }
    }
    text
}

/// A text with the escapes of JSON and HTML undone once; `None` where it has none.
fn unescaped(text: &str) -> Option<String> {
    let (mut made, mut rest, mut any) = (String::new(), text, false);
    while let Some(at) = rest.find(['\\', '&']) {
        made.push_str(&rest[..at]);
        rest = &rest[at..];
        let (letter, length) = match escaped(rest) {
            Some(found) => {
                any = true;
                found
            }
            None => (char::from(rest.as_bytes()[0]), 1),
        };
        made.push(letter);
        rest = &rest[length..];
    }
    made.push_str(rest);
    any.then_some(made)
}

/// The letter that an escape stands for, with the length of the escape.
fn escaped(text: &str) -> Option<(char, usize)> {
    if let Some(entity) = text.strip_prefix('&') {
        let end = entity.bytes().take(10).position(|byte| byte == b';')?;
        let letter = match entity[..end].strip_prefix('#') {
            None => resolve_predefined_entity(&entity[..end])?.chars().next()?,
            Some(code) => {
                let number = match code.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => code.parse(),
                };
                char::from_u32(number.ok()?)?
            }
        };
        return Some((letter, end + 2));
    }
    let unit = |at: usize| u16::from_str_radix(text.get(at..at + 4)?, 16).ok();
    let letter = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' | b'b' | b'f' => ' ',
        byte @ (b'"' | b'\'' | b'\\' | b'/') => char::from(*byte),
        b'u' => {
            let first = unit(2)?;
            // Beyond the first plane a letter is two units.
            let second = text.get(6..8).filter(|mark| *mark == "\\u").and_then(|_| unit(8));
            let mut letters = char::decode_utf16([first].into_iter().chain(second));
            let letter = letters.next()?.ok()?;
            return Some((letter, if letter.len_utf16() == 2 { 12 } else { 6 }));
        }
        _ => return None,
    };
    Some((letter, 2))
}
