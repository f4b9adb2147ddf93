//! One line of a log after parsing and before interning: checked against the schema, names still text.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use rankine_learn::{FieldKind, Millis};
use serde::{Deserialize, Serialize};

use super::boxes::{self, Drawn};
use super::name_list::NameList;

/// A name or a word; a short one needs no memory of its own.
pub type Name = compact_str::CompactString;

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When it happened; `None` for an entity that is there from the start.
    pub time: Option<Millis>,
    /// When it became known; never before `time`.
    pub known: Option<Millis>,
    /// The id of the event, by which a repeated one is recognised.
    pub id: Option<Name>,
    /// What keeps the examples of a table on one side when they are shuffled; `None` for other lines.
    pub group: Option<Name>,
    /// The place of the period that its table says it belongs to.
    pub period: Option<usize>,
    /// What it says.
    pub body: Body,
}

/// What a line says. Cells stand in the order of the schema's fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in `rankine_learn::What`
pub enum Body {
    Entity { kind: usize, id: Name, fields: Vec<Cell> },
    Request { user: Name, context: Vec<Cell>, shown: NameList },
    Interaction { kind: usize, user: Name, item: Name, request: Option<Name>, fields: Vec<Cell> },
}

/// The value of a field with its words still text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)] // as in `rankine_learn::Value`
pub enum Cell {
    #[default]
    Missing,
    Number(f64),
    Word(Name),
    Words(Vec<Name>),
    Time(Millis),
    Text(String),
    /// A list of numbers.
    Numbers(Vec<f32>),
    /// Boxes in a picture.
    Boxes(Vec<Drawn>),
}

/// Why a line was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Kind of trouble, in small letters and dashes; lines are counted by it.
    pub code: &'static str,
    /// The field at fault, as a path such as `fields.seconds`.
    pub field: Option<String>,
    /// A sentence.
    pub reason: String,
}

impl Reject {
    pub(crate) fn new(code: &'static str, field: &str, reason: impl Into<String>) -> Reject {
        Reject { code, field: (!field.is_empty()).then(|| field.to_owned()), reason: reason.into() }
    }
}

impl Line {
    /// What a line in the native schema says by these keys, beside those that are called as its entities.
    pub(crate) const KEYS: [&str; 9] =
        ["event", "id", "time", "timestamp", "known", "context", "shown", "fields", "served"];

    /// About how many bytes it holds beside itself.
    pub(crate) fn bytes(&self) -> usize {
        let text = |text: &Option<Name>| text.as_ref().map_or(0, |text| text.len());
        let (names, cells) = match &self.body {
            Body::Entity { id, fields, .. } => (id.len(), fields),
            Body::Request { user, context, shown } => (user.len() + shown.bytes(), context),
            Body::Interaction { user, item, request, fields, .. } => {
                (user.len() + item.len() + text(request), fields)
            }
        };
        let cells = cells.iter().map(|cell| size_of::<Cell>() + cell.bytes());
        names + text(&self.id) + text(&self.group) + cells.sum::<usize>()
    }
}

impl Cell {
    fn bytes(&self) -> usize {
        match self {
            Cell::Missing | Cell::Number(_) | Cell::Time(_) => 0,
            Cell::Word(text) => text.len(),
            Cell::Text(text) => text.len(),
            Cell::Words(words) => words.iter().map(|word| word.len() + size_of::<Name>()).sum(),
            Cell::Numbers(numbers) => size_of_val(numbers.as_slice()),
            Cell::Boxes(boxes) => size_of_val(boxes.as_slice()),
        }
    }

    /// Reads the text of a column; empty text is missing.
    ///
    /// # Errors
    /// A sentence, where the text is not of this kind.
    pub(crate) fn from_text(text: &str, kind: FieldKind) -> Result<Cell, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Cell::Missing);
        }
        Ok(match kind {
            FieldKind::Number => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => Cell::Number(value),
                _ => return Err(format!("`{}` is not a number", shortened(text))),
            },
            FieldKind::Category => Cell::Word(text.into()),
            FieldKind::Categories => Cell::Words(vec![text.into()]),
            FieldKind::Time => Cell::Time(parse_time(text)?),
            FieldKind::Text | FieldKind::Image => Cell::Text(text.to_owned()),
            FieldKind::Vector => Cell::Numbers(numbers(text)?),
            FieldKind::Boxes => Cell::Boxes(boxes::parse(text)?),
        })
    }
}

/// Numbers parted by commas or semicolons, or else by spaces, with or without brackets. An empty place is not passed
/// over: it would move all numbers behind it.
fn numbers(text: &str) -> Result<Vec<f32>, String> {
    let inner = text.trim_matches(['[', ']']).trim();
    let number = |part: &str| match part.trim().parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!("`{}` is not a number", shortened(part.trim()))),
    };
    if inner.is_empty() {
        return Ok(Vec::new());
    }
    match inner.contains([',', ';']) {
        true => inner.split([',', ';']).map(number).collect(),
        false => inner.split_whitespace().map(number).collect(),
    }
}

/// A moment as milliseconds since the epoch, as RFC 3339, or without a zone (UTC): `1995-01-31 10:00:00`, or
/// a date alone.
///
/// # Errors
/// A sentence, where it is none of them or lies outside the years 1900 to 2200.
pub fn parse_time(text: &str) -> Result<Millis, String> {
    let wrong = || format!("`{}` is not a time: milliseconds since 1970 or RFC 3339", shortened(text));
    let millis = if let Ok(number) = text.parse::<i64>() {
        number
    } else if let Ok(stamp) = text.parse::<Timestamp>() {
        stamp.as_millisecond()
    } else if text.ends_with(']') {
        // Read without the zone that it names, it would be UTC.
        let written = shortened(text);
        return Err(format!(
            "`{written}` names a zone, and no offset such as +01:00 that says what it means"
        ));
    } else {
        // A date is its midnight; read as one, a moment without a zone would lose its hours.
        let moment: civil::DateTime = text.parse().map_err(|_| wrong())?;
        utc(moment).ok_or_else(wrong)?
    };
    plausible(millis)
}

/// A civil moment read as UTC.
pub(crate) fn utc(moment: civil::DateTime) -> Option<Millis> {
    Some(TimeZone::UTC.to_timestamp(moment).ok()?.as_millisecond())
}

/// Years 1900 to 2200: what lies outside is a wrong unit, not a moment.
pub(crate) fn plausible(millis: i64) -> Result<Millis, String> {
    if (-2_208_988_800_000..7_258_118_400_000).contains(&millis) {
        Ok(millis)
    } else {
        Err(format!("the time {millis} lies outside the years 1900 to 2200; is the unit milliseconds?"))
    }
}

/// Why a text is no name, where it is longer than one may be.
pub(crate) fn long(text: &str, key: &str) -> Option<Reject> {
    (text.len() > 1000).then(|| Reject::new("long-name", key, format!("`{key}` is longer than 1000 bytes")))
}

/// Text for a message: the first 40 characters.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
