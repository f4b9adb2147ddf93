//! What a column holds: its type, range, gaps.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use rankine_design::TimeUnit;
use rankine_learn::Millis;

use super::look::Look;
use super::name::tokens;
use crate::log::{Entry, Name, moment, written_as};

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Holds,
    /// Rows in which nothing stands in it.
    pub missing: usize,
    /// How many different values there are.
    pub distinct: usize,
    /// The most frequent values with their counts, at most twelve.
    pub common: Vec<(String, usize)>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Holds {
    /// Nothing.
    Nothing,
    /// Numbers.
    Number {
        /// The least.
        low: f64,
        /// The most.
        high: f64,
        /// Whether all are whole.
        whole: bool,
    },
    /// Moments.
    Time {
        /// How they are written.
        form: TimeForm,
        /// The first, in milliseconds since 1970.
        low: Millis,
        /// The last.
        high: Millis,
        /// Whether all are days without a time of day.
        days: bool,
    },
    /// One of few words.
    Category,
    /// Several words: a list, or parted by a character.
    Categories(Option<char>),
    /// A list of so many numbers.
    Vector(usize),
    /// Words that are seldom the same.
    Text,
}

/// How moments are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeForm {
    /// As a mapping reads them by itself.
    Plain,
    /// As a number that counts since 1970.
    Since1970(TimeUnit),
    /// In this form of `strftime`.
    Written(&'static str),
    /// In the first of these forms, or as well in the second.
    Either(&'static str, &'static str),
}

/// What is written where nothing is known.
const UNKNOWN: [&str; 9] = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "\\N"];

/// Forms of time that are tried, in this order.
const FORMS: [&str; 14] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
];

/// Looks at one column.
pub(super) fn column(look: &Look, at: usize, is_time: bool) -> Column {
    let name = look.columns[at].clone();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut missing, mut lists) = (look.rows.len(), false);
    for entry in look.cells(at).flatten() {
        let text = match entry {
            Entry::Text(text) => text.trim().to_owned(),
            Entry::List(list) => {
                lists = true;
                list.join(" ")
            }
        };
        if !UNKNOWN.contains(&text.as_str()) {
            missing -= 1;
            *counts.entry(text).or_default() += 1;
        }
    }
    let filled = look.rows.len() - missing;
    // Who says that it is the time says as much as its name could.
    let told = if is_time { "time" } else { &name };
    let kind = if lists { list(look, at) } else { holds(told, &counts, filled) };
    let mut common: Vec<(String, usize)> =
        counts.iter().map(|(text, count)| (text.clone(), *count)).collect();
    // A stable sort: equal counts keep the order of the words.
    common.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    common.truncate(12);
    Column { name, kind, missing, distinct: counts.len(), common }
}

/// Lists of equally many numbers are vectors, others categories.
fn list(look: &Look, at: usize) -> Holds {
    let lists = || {
        look.cells(at).flatten().filter_map(|entry| match entry {
            Entry::List(list) if !list.is_empty() => Some(list),
            _ => None,
        })
    };
    let Some(first) = lists().next() else { return Holds::Nothing };
    let numbers =
        |list: &Vec<Name>| list.len() == first.len() && list.iter().all(|one| number(one).is_some());
    if first.len() > 1 && lists().all(numbers) { Holds::Vector(first.len()) } else { Holds::Categories(None) }
}

fn number(text: &str) -> Option<f64> {
    match text {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        _ => text.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

fn holds(name: &str, counts: &BTreeMap<String, usize>, filled: usize) -> Holds {
    if counts.is_empty() {
        return Holds::Nothing;
    }
    let numbers: Option<Vec<f64>> = counts.keys().map(|text| number(text)).collect();
    if let Some(numbers) = numbers {
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if let Some(unit) = since_1970(name, low, high) {
            let scale = match unit {
                TimeUnit::Seconds => 1e3,
                TimeUnit::Milliseconds => 1.0,
                TimeUnit::Microseconds => 1e-3,
            };
            let millis = |value: f64| (value * scale).round() as Millis;
            let days = numbers.iter().all(|value| millis(*value) % 86_400_000 == 0);
            let form = TimeForm::Since1970(unit);
            return Holds::Time { form, low: millis(low), high: millis(high), days };
        }
        let whole = numbers.iter().all(|value| value.fract() == 0.0);
        return Holds::Number { low, high, whole };
    }
    if let Some(time) = time(counts) {
        return time;
    }
    words(counts, filled)
}

/// The unit of a number that looks like a moment of 1990 to 2040, where the name says that it may be one.
fn since_1970(name: &str, low: f64, high: f64) -> Option<TimeUnit> {
    const HINTS: [&str; 16] = [
        "time",
        "timestamp",
        "ts",
        "date",
        "datetime",
        "at",
        "when",
        "created",
        "updated",
        "occurred",
        "epoch",
        "unix",
        "seconds",
        "millis",
        "ms",
        "utc",
    ];
    let tokens = tokens(name);
    let hint = tokens.iter().any(|token| HINTS.contains(&token.as_str()));
    let id = tokens.iter().any(|token| token == "id");
    // Without a hint only what is written to the millisecond is no coincidence.
    let units = [(TimeUnit::Seconds, 1.0), (TimeUnit::Milliseconds, 1e3), (TimeUnit::Microseconds, 1e6)];
    let (from, to) = (631_152_000.0, 2_208_988_800.0);
    units.into_iter().find_map(|(unit, scale)| {
        let fits = low >= from * scale && high < to * scale;
        let narrow = high - low < 20.0 * 366.0 * 86_400.0 * scale;
        let told = hint || (scale > 1.0 && narrow && !id);
        (fits && told).then_some(unit)
    })
}

fn time(counts: &BTreeMap<String, usize>) -> Option<Holds> {
    let all = |read: &dyn Fn(&str) -> Option<Millis>| -> Option<Vec<Millis>> {
        counts.keys().map(|text| read(text)).collect()
    };
    let found = |form: TimeForm, times: &[Millis]| {
        let (low, high) = (times.iter().min().copied()?, times.iter().max().copied()?);
        let days = times.iter().all(|time| time % 86_400_000 == 0);
        Some(Holds::Time { form, low, high, days })
    };
    if let Some(times) = all(&|text| moment(text).ok()) {
        return found(TimeForm::Plain, &times);
    }
    let mut fitting =
        FORMS.iter().filter_map(|form| Some((*form, all(&|text| written_as(text, form).ok())?)));
    let (form, times) = fitting.next()?;
    match fitting.next() {
        Some((other, _)) => found(TimeForm::Either(form, other), &times),
        None => found(TimeForm::Written(form), &times),
    }
}

/// Whether words are a category, several of them in one, or a text.
fn words(counts: &BTreeMap<String, usize>, filled: usize) -> Holds {
    for separator in ['|', ';', ','] {
        let parted = counts.keys().filter(|text| text.contains(separator)).count();
        let vocabulary: HashSet<&str> =
            counts.keys().flat_map(|text| text.split(separator)).map(str::trim).collect();
        let long = vocabulary.iter().filter(|word| word.split_whitespace().count() > 3).count();
        // Fewer parts than combinations of them: the parts are the words.
        if parted * 5 > counts.len() && vocabulary.len() < counts.len() && long * 10 < vocabulary.len() {
            return Holds::Categories(Some(separator));
        }
    }
    let letters: usize = counts.keys().map(|text| text.split_whitespace().count()).sum();
    let wordy = letters as f64 / counts.len() as f64;
    if counts.len() * 2 > filled && counts.len() > 20 && wordy > 2.0 { Holds::Text } else { Holds::Category }
}

impl Holds {
    /// The type in a design; `None` where there is nothing to be a field.
    pub(super) fn field_type(&self) -> Option<&'static str> {
        Some(match self {
            Holds::Nothing => return None,
            Holds::Number { .. } => "number",
            Holds::Time { .. } => "time",
            Holds::Category => "category",
            Holds::Categories(_) => "categories",
            Holds::Vector(_) => "vector",
            Holds::Text => "text",
        })
    }

    /// In a word or two.
    pub fn said(&self) -> String {
        match self {
            Holds::Nothing => "nothing".to_owned(),
            Holds::Number { whole: true, .. } => "whole number".to_owned(),
            Holds::Time { form: TimeForm::Since1970(unit), .. } => format!(
                "time ({} since 1970)",
                match unit {
                    TimeUnit::Seconds => "s",
                    TimeUnit::Milliseconds => "ms",
                    TimeUnit::Microseconds => "us",
                }
            ),
            Holds::Time { days: true, .. } => "time (days)".to_owned(),
            Holds::Categories(Some(separator)) => format!("categories, by `{separator}`"),
            Holds::Vector(size) => format!("vector of {size}"),
            other => other.field_type().unwrap_or_default().to_owned(),
        }
    }
}

impl Column {
    /// From where to where, or what there is most of.
    pub fn range(&self) -> String {
        let told = |text: &str| {
            let short: String = text.chars().take(16).collect();
            if short.len() < text.len() { format!("{short}…") } else { short }
        };
        match &self.kind {
            Holds::Nothing | Holds::Vector(_) => String::new(),
            Holds::Number { low, high, .. } if self.distinct > 2 => format!("{low} to {high}"),
            Holds::Time { low, high, .. } => format!("{} to {}", day(*low), day(*high)),
            _ => {
                let words: Vec<String> = self.common.iter().take(3).map(|(text, _)| told(text)).collect();
                words.join(", ")
            }
        }
    }

    /// Whether it has a number that stands for yes and one for no.
    pub(super) fn two_numbers(&self) -> bool {
        matches!(self.kind, Holds::Number { low: 0.0, high: 1.0, whole: true })
    }

    /// Whether entities could be named by it: numbers without fractions, or words.
    pub(super) fn names(&self) -> bool {
        matches!(self.kind, Holds::Number { whole: true, .. } | Holds::Category) && self.distinct > 1
    }
}

/// The day of a moment.
pub(super) fn day(time: Millis) -> String {
    let text = Timestamp::from_millisecond(time).map(|time| time.to_string()).unwrap_or_default();
    text.split('T').next().unwrap_or_default().to_owned()
}
