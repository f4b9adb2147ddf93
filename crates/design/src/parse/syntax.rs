//! From text to a tree of values with places; syntax errors are collected line by line.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, Findings};
use crate::source::{Source, Span, Spanned};

/// So many lines of one file are reported as unreadable; more would help nobody.
const MOST: usize = 20;

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) span: Span,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Date(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Node,
}

impl Content {
    /// What it is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// What could be read of a source.
pub(crate) struct Document {
    pub(crate) entries: Vec<Entry>,
    /// Whether something is missing from `entries` because it could not be read.
    pub(crate) broken: bool,
}

/// Reads a source. Each line with a syntax error is reported and blanked out, and the rest read again, so
/// that one mistake neither hides the next one nor causes followers.
pub(crate) fn read(index: usize, source: &Source, findings: &mut Findings) -> Document {
    let mut text = source.text.clone();
    let mut broken = false;
    for attempt in 0..=MOST {
        let (_, errors) = DeTable::parse_recoverable(&text);
        let first = errors.iter().min_by_key(|error| error.span().map_or(0, |span| span.start));
        let Some(first) = first else { break };
        broken = true;
        let place = first.span().unwrap_or(0..0);
        let mistake = locate(&text, place, first.message());
        let span = Span { source: index, start: mistake.place.start, end: mistake.place.end };
        if attempt == MOST {
            let message = "there are more syntax errors from here on";
            findings.push(Finding::error("syntax", span, message).help("correct those above first"));
            break;
        }
        let finding = Finding::error("syntax", span, mistake.message);
        findings.push(match mistake.help {
            Some(help) => finding.help(help),
            None => finding,
        });
        blank(&mut text, mistake.lines, attempt);
    }
    let (document, _) = DeTable::parse_recoverable(&text);
    let mut entries = convert_table(index, document.get_ref(), findings);
    if broken {
        entries.retain(|entry| !is_placeholder(&entry.key.value));
    }
    Document { entries, broken }
}

/// A syntax error where a person would see it, and the lines that must go for the rest to be read.
struct Mistake {
    place: Range<usize>,
    lines: Range<usize>,
    message: String,
    help: Option<String>,
}

fn locate(text: &str, place: Range<usize>, message: &str) -> Mistake {
    let start = floor(text, place.start);
    let end = floor(text, place.end.max(start));
    let line = line_around(text, start);
    if begins_statement(&text[line.clone()])
        && let Some(opened) = opening_above(text, line.start)
    {
        let opener = text[opened.clone()].find(['[', '{']).map_or(opened.start, |at| opened.start + at);
        return Mistake {
            place: opener..floor(text, opener + 1),
            lines: opened.start..line.start,
            message: "what is opened here is not closed".to_owned(),
            help: Some("close a list with `]` and a table with `}`".to_owned()),
        };
    }
    let (message, help) = in_words(message);
    let lines = if text[line.clone()].trim().is_empty() { last_line(text, line.start) } else { line };
    Mistake { place: start..end, lines, message, help }
}

/// The parser's message for people, and what to do.
fn in_words(message: &str) -> (String, Option<String>) {
    const QUOTES: &str = "put text in double quotes";
    let (message, help) = match message {
        _ if message.starts_with("duplicate key") => {
            ("this is written twice", "a key or table may be written once; remove one")
        }
        _ if message.starts_with("key with no value") => {
            ("this key has no value", "write for example `name = \"value\"`")
        }
        _ if message.starts_with("string values must be quoted") => ("this text is not in quotes", QUOTES),
        _ if message.starts_with("invalid basic string") && message.ends_with("`\"`") => {
            ("this text does not end", "end it with the quote it began with, on the same line")
        }
        _ if message.starts_with("missing comma") => {
            ("there is no comma before this", "part values with commas")
        }
        _ if message.starts_with("carriage return must be followed") => (
            "a line ends here in a lone carriage return",
            "save the file with line feeds at the ends of lines",
        ),
        _ if message.starts_with("unclosed table") => {
            ("the name of this table is not closed", "end it with `]`")
        }
        _ => return (message.to_owned(), None),
    };
    (message.to_owned(), Some(help.to_owned()))
}

/// The line above that opens a list or table which nothing closes before the next `[table]`.
fn opening_above(text: &str, before: usize) -> Option<Range<usize>> {
    let mut end = before;
    while end > 0 {
        let line = line_around(text, end - 1);
        let written = text[line.clone()].trim();
        if begins_statement(written) {
            if written.starts_with('[') {
                return None;
            }
            if depth_of(written) > 0 {
                return (!closes(&text[line.start..])).then_some(line);
            }
        }
        end = line.start;
    }
    None
}

/// Whether the list or table that the first line opens is closed before the next `[table]`.
fn closes(text: &str) -> bool {
    let mut depth = 0;
    for (number, line) in text.lines().enumerate() {
        if number > 0 && line.trim_start().starts_with('[') && begins_statement(line) {
            return false;
        }
        depth += depth_of(line);
        if depth <= 0 {
            return true;
        }
    }
    false
}

/// How many more brackets a line opens than it closes, outside quotes.
fn depth_of(line: &str) -> i64 {
    let mut quoted = false;
    let mut depth = 0;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            '#' if !quoted => break,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth
}

/// Whether a line looks like `key =` or `[table]`, which no line inside a list does.
fn begins_statement(line: &str) -> bool {
    let line = line.trim();
    let word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let key = line.trim_start_matches(word);
    let header = line.trim_matches(['[', ']']);
    let is_key = key.len() < line.len() && key.trim_start().starts_with('=');
    is_key || (line.starts_with('[') && line.ends_with(']') && !header.is_empty() && header.chars().all(word))
}

/// The last line that is not empty before `before`, or all of the text before it.
fn last_line(text: &str, before: usize) -> Range<usize> {
    let written = text[..before].trim_end().len();
    if written == 0 { line_around(text, before) } else { line_around(text, written - 1) }
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
    let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |after| at + after);
    start..end
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Blanks out lines and keeps every byte's position. The header of a table becomes a placeholder, so that
/// the keys below it do not fall into the table above.
fn blank(text: &mut String, lines: Range<usize>, attempt: usize) {
    let header = text[lines.clone()].trim_start().starts_with('[');
    let placeholder = format!("[{}]", placeholder(attempt));
    // A line holds no `\n`, and a `\r` only at its end, unless it is the mistake.
    let ends = text[lines.clone()].ends_with('\r') && text[lines.end..].starts_with('\n');
    let mut blanked = " ".repeat(lines.len() - usize::from(ends));
    blanked.extend(ends.then_some('\r'));
    text.replace_range(lines.clone(), &blanked);
    let first_line = line_around(text, lines.start);
    if header && first_line.len() >= placeholder.len() {
        text.replace_range(lines.start..lines.start + placeholder.len(), &placeholder);
    }
}

fn placeholder(attempt: usize) -> String {
    format!("-{attempt}")
}

fn is_placeholder(key: &str) -> bool {
    key.strip_prefix('-').is_some_and(|digits| digits.parse::<usize>().is_ok_and(|at| at < MOST))
}

fn convert_table(source: usize, table: &DeTable<'_>, findings: &mut Findings) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let span = Span { source, start: key.span().start, end: key.span().end };
        let key = Spanned::new(key.get_ref().to_string(), span);
        if let Some(value) = convert(source, value, findings) {
            entries.push(Entry { key, value });
        }
    }
    entries.sort_by_key(|entry| entry.key.span);
    entries
}

fn convert(source: usize, value: &toml::Spanned<DeValue<'_>>, findings: &mut Findings) -> Option<Node> {
    let span = Span { source, start: value.span().start, end: value.span().end };
    let content = match value.get_ref() {
        DeValue::String(text) => Content::Text(text.to_string()),
        DeValue::Boolean(value) => Content::Boolean(*value),
        DeValue::Datetime(date) => Content::Date(date.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Content::Integer(number),
            Err(_) => {
                findings.push(Finding::error("bad-number", span, "this whole number is too large"));
                return None;
            }
        },
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Content::Float(number),
            _ => {
                findings.push(Finding::error("bad-number", span, "this number is not finite"));
                return None;
            }
        },
        DeValue::Array(values) => {
            Content::List(values.iter().filter_map(|value| convert(source, value, findings)).collect())
        }
        DeValue::Table(table) => Content::Table(convert_table(source, table, findings)),
    };
    Some(Node { content, span })
}
