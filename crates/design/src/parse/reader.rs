//! Reads tables against the list of keys: unknown keys, missing keys and wrong types are found here.

use std::collections::BTreeMap;

use super::syntax::{Content, Entry, Node};
use crate::finding::{Finding, Findings};
use crate::keys::{self, Kind, Table};
use crate::quantity::{Bytes, Count, Fraction, Milliseconds, Quantity, Rate};
use crate::source::{Span, Spanned};
use crate::suggest::{did_you_mean, quoted};

/// So long may a name be, in bytes.
const LONGEST_NAME: usize = 64;

/// What reading needs to know throughout.
pub(super) struct Reader<'f> {
    pub(super) findings: &'f mut Findings,
    /// Something could not be read at all, so a key that is missing may well be written.
    pub(super) broken: bool,
}

/// A table that was read: the values of its fixed keys, and the entries with names of the user's own.
pub(super) struct Section<'n> {
    pub(super) span: Span,
    values: BTreeMap<&'static str, Spanned<Value<'n>>>,
    pub(super) own: Vec<&'n Entry>,
}

/// A value of the kind that its key asks for.
pub(super) enum Value<'n> {
    Text(String),
    Texts(Vec<Spanned<String>>),
    Character(char),
    Boolean(bool),
    Integer(u64),
    Count(Count),
    Rate(Rate),
    Duration(Milliseconds),
    Bytes(Bytes),
    Fraction(Fraction),
    Node(&'n Node),
}

/// A type that values of some kinds become.
pub(super) trait Read<'n>: Sized {
    fn read(value: Value<'n>) -> Option<Self>;
}

macro_rules! read {
    ($($variant:ident => $type:ty),* $(,)?) => {
        $(impl<'n> Read<'n> for $type {
            fn read(value: Value<'n>) -> Option<Self> {
                if let Value::$variant(value) = value { Some(value) } else { None }
            }
        })*
    };
}

read! {
    Text => String,
    Texts => Vec<Spanned<String>>,
    Character => char,
    Boolean => bool,
    Integer => u64,
    Count => Count,
    Rate => Rate,
    Duration => Milliseconds,
    Bytes => Bytes,
    Fraction => Fraction,
    Node => &'n Node,
}

impl<'n> Section<'n> {
    /// The value of a key, if it was written and is of its kind.
    pub(super) fn take<T: Read<'n>>(&mut self, key: &str) -> Option<Spanned<T>> {
        let value = self.values.remove(key)?;
        T::read(value.value).map(|read| Spanned::new(read, value.span))
    }

    /// The texts of a key; none when it was not written.
    pub(super) fn texts(&mut self, key: &str) -> Vec<Spanned<String>> {
        self.take::<Vec<Spanned<String>>>(key).map(|texts| texts.value).unwrap_or_default()
    }

    /// The value behind a key that holds tables.
    pub(super) fn node(&mut self, key: &str) -> Option<&'n Node> {
        self.take::<&Node>(key).map(|node| node.value)
    }
}

impl Reader<'_> {
    /// Reads the entries of the table with this path in the list of keys. `title` is how messages call it,
    /// `span` where it stands.
    pub(super) fn section<'n>(
        &mut self,
        path: &str,
        title: &str,
        entries: &'n [Entry],
        span: impl Into<Option<Span>>,
    ) -> Section<'n> {
        let table = keys::table(path).expect("every path is in the list of keys");
        let span = span.into();
        let mut section =
            Section { span: span.unwrap_or_default(), values: BTreeMap::new(), own: Vec::new() };
        let mut written = Vec::new();
        for entry in entries {
            let name = entry.key.value.as_str();
            if let Some(key) = table.keys.iter().find(|key| key.name == name) {
                written.push(key.name);
                if let Some(value) = self.value(key.kind, name, Some(key.example), &entry.value) {
                    section.values.insert(key.name, Spanned::new(value, entry.value.span));
                }
            } else if table.own.is_some() {
                section.own.push(entry);
            } else {
                self.unknown_key(table, title, entry);
            }
        }
        for key in table.keys.iter().filter(|key| key.required && !written.contains(&key.name)) {
            self.missing_key(title, key, span, &section.own);
        }
        section
    }

    /// Reads a value of this kind; a finding when it is another.
    pub(super) fn value<'n>(
        &mut self,
        kind: Kind,
        key: &str,
        example: Option<&str>,
        node: &'n Node,
    ) -> Option<Value<'n>> {
        if let Some(finding) = formerly(kind, key, node) {
            self.findings.push(finding);
            return None;
        }
        let value = match (kind, &node.content) {
            (Kind::Text | Kind::Scalar, Content::Text(text)) => Value::Text(text.clone()),
            (Kind::Name, Content::Text(text)) => Value::Text(self.name(text, node.span)?),
            (Kind::OneOf(words), Content::Text(text)) => Value::Text(self.word(words, key, text, node.span)?),
            (Kind::OneOfOr(words, _), Content::Text(text)) => {
                self.word(words, key, text, node.span)?;
                Value::Node(node)
            }
            (Kind::Scalar, Content::Integer(number)) => Value::Text(number.to_string()),
            (Kind::Scalar, Content::Float(number)) => Value::Text(number.to_string()),
            (Kind::Scalar, Content::Boolean(value)) => Value::Text(value.to_string()),
            (Kind::Date, Content::Text(date) | Content::Date(date)) => Value::Text(date.clone()),
            (Kind::Character, Content::Text(text)) => Value::Character(self.character(key, text, node.span)?),
            (Kind::Boolean, Content::Boolean(value)) => Value::Boolean(*value),
            (Kind::Integer, Content::Integer(number)) => {
                Value::Integer(self.at_least_one(key, *number, node.span)?)
            }
            (Kind::Texts, Content::Text(text)) => Value::Texts(vec![Spanned::new(text.clone(), node.span)]),
            (Kind::Texts, Content::List(nodes)) => Value::Texts(self.list(key, example, nodes)),
            (Kind::Count, _) => Value::Count(self.quantity(key, example, node)?),
            (Kind::Rate, _) => Value::Rate(self.quantity(key, example, node)?),
            (Kind::Duration, _) => Value::Duration(self.quantity(key, example, node)?),
            (Kind::Bytes, _) => Value::Bytes(self.quantity(key, example, node)?),
            (Kind::Fraction, _) => Value::Fraction(self.quantity(key, example, node)?),
            (Kind::Steps(_), Content::Text(_) | Content::Table(_) | Content::List(_))
            | (Kind::Table(_) | Kind::Named(_), Content::Table(_))
            | (Kind::TextOr(_), Content::Text(_) | Content::Table(_))
            | (Kind::OneOfOr(..), Content::Table(_))
            | (Kind::List(_), Content::List(_)) => Value::Node(node),
            (Kind::Setting, content) if !matches!(content, Content::Table(_) | Content::Date(_)) => {
                Value::Node(node)
            }
            (Kind::List(_), _) => {
                let message =
                    format!("{} must be a list of tables, not {}", quoted(key), node.content.describe());
                let help = format!("begin each one with `[[{key}]]`, in double brackets");
                self.findings.push(Finding::error("wrong-type", node.span, message).help(help));
                return None;
            }
            _ => {
                self.wrong_type(key, describe(kind), example, node);
                return None;
            }
        };
        Some(value)
    }

    /// The entries of a table; a finding when it is something else.
    pub(super) fn entries<'n>(&mut self, key: &str, node: &'n Node) -> &'n [Entry] {
        if let Content::Table(entries) = &node.content {
            return entries;
        }
        self.wrong_type(key, "a table", None, node);
        &[]
    }

    pub(super) fn wrong_type(&mut self, key: &str, wanted: &str, example: Option<&str>, node: &Node) {
        let message = format!("{} must be {wanted}, not {}", quoted(key), node.content.describe());
        let finding = Finding::error("wrong-type", node.span, message);
        self.findings.push(match example {
            Some(example) => finding.help(format!("write for example `{key} = {example}`")),
            None => finding,
        });
    }

    /// The text if it may be a name.
    pub(super) fn name(&mut self, text: &str, span: Span) -> Option<String> {
        let good = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if text.len() > LONGEST_NAME {
            let message = format!("{} is longer than a name may be", quoted(text));
            let help = format!("use at most {LONGEST_NAME} letters: names become names of files");
            self.findings.push(Finding::error("bad-name", span, message).help(help));
            return None;
        }
        if !text.is_empty() && text.bytes().all(good) {
            return Some(text.to_owned());
        }
        let proposed: String = text
            .to_lowercase()
            .chars()
            .map(|letter| if letter.is_ascii() && good(letter as u8) { letter } else { '-' })
            .collect();
        let proposed = proposed.trim_matches('-');
        let message = format!("{} is not a name: use only `a-z`, `0-9`, `_` and `-`", quoted(text));
        let finding = Finding::error("bad-name", span, message);
        let finding = if proposed.is_empty() {
            finding
        } else {
            finding.help(format!("for example {}", quoted(proposed)))
        };
        self.findings.push(finding);
        None
    }

    pub(super) fn word(&mut self, words: &[&str], key: &str, text: &str, span: Span) -> Option<String> {
        if words.contains(&text) {
            return Some(text.to_owned());
        }
        let message = format!("{} is not a value of {}", quoted(text), quoted(key));
        let known = format!("known are {}", listed(words.iter().copied()));
        let help = match did_you_mean(text, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? {known}"),
            None => known,
        };
        self.findings.push(Finding::error("unknown-value", span, message).help(help));
        None
    }

    fn character(&mut self, key: &str, text: &str, span: Span) -> Option<char> {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if letter.is_ascii() => Some(letter),
            _ => {
                let message = format!("{} must be one ASCII character, not {}", quoted(key), quoted(text));
                self.findings.push(Finding::error("bad-character", span, message));
                None
            }
        }
    }

    fn at_least_one(&mut self, key: &str, number: i64, span: Span) -> Option<u64> {
        if number >= 1 {
            return u64::try_from(number).ok();
        }
        let message = format!("{} must be at least 1, not {number}", quoted(key));
        self.findings.push(Finding::error("out-of-range", span, message));
        None
    }

    fn list(&mut self, key: &str, example: Option<&str>, nodes: &[Node]) -> Vec<Spanned<String>> {
        let mut texts = Vec::with_capacity(nodes.len());
        for node in nodes {
            if let Content::Text(text) = &node.content {
                texts.push(Spanned::new(text.clone(), node.span));
            } else {
                self.wrong_type(key, "a list of texts", example, node);
            }
        }
        texts
    }

    fn quantity<Q: Quantity>(&mut self, key: &str, example: Option<&str>, node: &Node) -> Option<Q> {
        let text = match &node.content {
            Content::Text(text) => text.clone(),
            Content::Integer(number) => number.to_string(),
            Content::Float(number) => number.to_string(),
            _ => {
                self.wrong_type(key, Q::KIND, example, node);
                return None;
            }
        };
        match Q::parse(&text) {
            Ok(quantity) => Some(quantity),
            Err(error) => {
                self.findings.push(Finding::error("bad-quantity", node.span, error.message).help(error.help));
                None
            }
        }
    }

    fn unknown_key(&mut self, table: &Table, title: &str, entry: &Entry) {
        let name = &entry.key.value;
        let known = || table.keys.iter().map(|key| key.name);
        let help = match did_you_mean(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => match elsewhere(name) {
                Some(place) => format!("`{name}` belongs in {place}"),
                None => format!("known are {}", listed(known())),
            },
        };
        let message = match entry.value.content {
            Content::Table(_) | Content::List(_) if table.path.is_empty() => {
                format!("unknown table {}", quoted(name))
            }
            _ => format!("unknown key {} in {title}", quoted(name)),
        };
        self.findings.push(Finding::error("unknown-key", entry.key.span, message).help(help));
    }

    fn missing_key(&mut self, title: &str, key: &keys::Key, span: Option<Span>, own: &[&Entry]) {
        if self.broken {
            return;
        }
        let near = |entry: &&&Entry| did_you_mean(&entry.key.value, std::iter::once(key.name)).is_some();
        let (message, help) = match key.kind {
            Kind::Table(_) => (format!("the table `[{}]` is missing", key.name), table_help(key.name)),
            Kind::List(_) => {
                (format!("there is no `[[{}]]`; at least one is needed", key.name), table_help(key.name))
            }
            _ => {
                let help = match own.iter().find(near) {
                    Some(entry) => format!("did you mean it by {}?", quoted(&entry.key.value)),
                    None => {
                        format!("write for example `{} = {}`: {}", key.name, key.example, phrase(key.doc))
                    }
                };
                (format!("{title} needs `{}`", key.name), help)
            }
        };
        self.findings.push(Finding::error("missing-key", span, message).help(help));
    }
}

/// What was said so once, and is said elsewhere now.
fn formerly(kind: Kind, key: &str, node: &Node) -> Option<Finding> {
    let (Kind::OneOf(_), "split", Content::Table(_)) = (kind, key, &node.content) else { return None };
    let message = "`split` says what stands for time; which rows are the test period, their table says";
    let help = "write `period = { column = \"video\", test = [\"shakira\"] }` into `[[tables]]`, and `split = \"shuffled\"` here";
    Some(Finding::error("moved-key", node.span, message).help(help))
}

/// A sentence as the end of another one.
fn phrase(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The table with this key elsewhere in the format, when there is exactly one.
fn elsewhere(name: &str) -> Option<String> {
    let holds = |table: &&Table| table.keys.iter().any(|key| key.name == name);
    let mut tables = keys::KEYS.iter().filter(holds);
    match (tables.next(), tables.next()) {
        (Some(table), None) if !table.path.is_empty() && table.path != "step" => {
            Some(format!("`[{}]`", table.path))
        }
        _ => None,
    }
}

fn table_help(path: &str) -> String {
    let keys = keys::table(path).map(|table| table.keys).unwrap_or_default();
    let required: Vec<String> =
        keys.iter().filter(|key| key.required).map(|key| format!("{} = {}", key.name, key.example)).collect();
    format!("it holds at least {}", listed(required.iter().map(String::as_str)))
}

/// Words in backticks, parted by commas.
pub(super) fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn describe(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Name | Kind::OneOf(_) => "text",
        Kind::Scalar => "text or a number",
        Kind::Date => "a date",
        Kind::Character => "text of one character",
        Kind::Boolean => "true or false",
        Kind::Integer => "a whole number",
        Kind::Texts => "a text or a list of texts",
        Kind::Count => Count::KIND,
        Kind::Rate => Rate::KIND,
        Kind::Duration => Milliseconds::KIND,
        Kind::Bytes => Bytes::KIND,
        Kind::Fraction => Fraction::KIND,
        Kind::Steps(_) => "an algorithm's name, a table with `algorithm`, or a list of these",
        Kind::Setting => "text, a number, true or false, or a list of these",
        Kind::Table(_) | Kind::Named(_) => "a table",
        Kind::List(_) => "a list of tables",
        Kind::TextOr(_) | Kind::OneOfOr(..) => "text or a table",
    }
}
