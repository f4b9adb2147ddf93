//! What every entry of a registry says of itself, and the parameters it takes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::log::Millis;

/// The documentation of an algorithm, a feature or a metric: one source for the manual, the sheets,
/// the checks of a design and the interview.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// The word a design uses.
    pub name: &'static str,
    /// One sentence: what it does.
    pub what: &'static str,
    /// When to reach for it.
    pub when: &'static str,
    /// When to leave it.
    pub avoid: &'static str,
    /// Time and memory, in the sizes that drive them.
    pub cost: &'static str,
    /// The paper or book it follows, with the year.
    pub source: &'static str,
    /// What a design may set.
    pub parameters: &'static [Parameter],
}

impl Card {
    /// The parameter called `name`.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Every parameter that has a default, at its default.
    pub fn defaults(&self) -> Settings {
        let preset = |parameter: &Parameter| {
            parameter.default.setting().map(|setting| (parameter.name.to_owned(), setting))
        };
        Settings(self.parameters.iter().filter_map(preset).collect())
    }
}

/// One parameter of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The key in a design.
    pub name: &'static str,
    /// One sentence with its unit.
    pub doc: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The value where a design is silent.
    pub default: Preset,
    /// Values that tuning may try besides the default; empty where it is not tuned.
    pub search: &'static [f64],
}

impl Parameter {
    /// A whole number within both ends.
    pub(crate) const fn count(
        name: &'static str,
        doc: &'static str,
        (min, max): (u64, u64),
        default: u64,
        search: &'static [f64],
    ) -> Parameter {
        Parameter { name, doc, kind: Kind::Count { min, max }, default: Preset::Count(default), search }
    }

    /// A number within both ends.
    pub(crate) const fn number(
        name: &'static str,
        doc: &'static str,
        (min, max): (f64, f64),
        default: f64,
        search: &'static [f64],
    ) -> Parameter {
        Parameter { name, doc, kind: Kind::Number { min, max }, default: Preset::Number(default), search }
    }
}

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A whole number within both ends.
    Count {
        /// Smallest allowed.
        min: u64,
        /// Largest allowed.
        max: u64,
    },
    /// A number within both ends.
    Number {
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A length of time.
    Duration,
    /// Several lengths of time, such as windows.
    Durations,
    /// The name of an event: an interaction, a label, or `impression`.
    Event,
    /// The name of an entity.
    Entity,
    /// A field, as `entity.field` or `request.field`.
    Field,
    /// The name of a column of feature values, such as `ctr[7d]`.
    Column,
    /// Several words, such as pairs of columns.
    Words,
    /// Several numbers.
    Numbers,
    /// For each class that somebody else's model knows, the label that it stands for; `-` for none.
    Labels,
    /// A file, relative to the folder of the design.
    File,
}

/// The default of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Preset {
    /// The design must set it.
    Required,
    /// A whole number.
    Count(u64),
    /// A number.
    Number(f64),
    /// A word.
    Word(&'static str),
    /// A length of time in milliseconds.
    Duration(Millis),
    /// Lengths of time in milliseconds.
    Durations(&'static [Millis]),
    /// Several words, or none.
    Words(&'static [&'static str]),
    /// Several numbers, or none.
    Numbers(&'static [f64]),
}

impl Preset {
    fn setting(self) -> Option<Setting> {
        Some(match self {
            Preset::Required => return None,
            Preset::Count(value) => Setting::Count(value),
            Preset::Number(value) => Setting::Number(value),
            Preset::Word(value) => Setting::Word(value.to_owned()),
            Preset::Duration(value) => Setting::Duration(value),
            Preset::Durations(values) => Setting::Durations(values.to_vec()),
            Preset::Words(words) => Setting::Words(words.iter().map(|word| (*word).to_owned()).collect()),
            Preset::Numbers(numbers) => Setting::Numbers(numbers.to_vec()),
        })
    }
}

/// The value of a parameter in a checked problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// A whole number.
    Count(u64),
    /// A number.
    Number(f64),
    /// A word: a choice, or the name of an event, an entity, a field or a column.
    Word(String),
    /// A length of time in milliseconds.
    Duration(Millis),
    /// Lengths of time in milliseconds.
    Durations(Vec<Millis>),
    /// Several words, or none.
    Words(Vec<String>),
    /// Several numbers, or none.
    Numbers(Vec<f64>),
    /// The label, by its place in the problem, of each class; `None` for a class of which nothing is made.
    Labels(Vec<Option<u32>>),
    /// A file with what it holds.
    File(Content),
}

/// A file that a design names. What it holds is part of what the design says: two are equal where their hashes
/// are, and a plan that was written down keeps the hash alone.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Content {
    /// Its name in the design.
    pub name: String,
    /// The hash of its bytes, in hexadecimal.
    pub hash: String,
    /// Its bytes, where it was read and not merely written of.
    #[serde(skip)]
    pub bytes: Arc<[u8]>,
}

impl PartialEq for Content {
    fn eq(&self, other: &Content) -> bool {
        self.hash == other.hash
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.hash)
    }
}

/// The checked parameters of one entry: all of its card's, by name.
///
/// The readers panic on a parameter that the card does not declare or that has another kind: clarify
/// fills each from the card, so that is a mistake in the entry's own file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings(pub BTreeMap<String, Setting>);

impl Settings {
    /// A whole number.
    pub fn count(&self, name: &str) -> usize {
        match self.get(name) {
            Setting::Count(value) => *value as usize,
            other => wrong(name, "a count", other),
        }
    }

    /// A number; a count reads as one.
    pub fn number(&self, name: &str) -> f64 {
        match self.get(name) {
            Setting::Number(value) => *value,
            Setting::Count(value) => *value as f64,
            other => wrong(name, "a number", other),
        }
    }

    /// A word.
    pub fn word(&self, name: &str) -> &str {
        match self.get(name) {
            Setting::Word(value) => value,
            other => wrong(name, "a word", other),
        }
    }

    /// A length of time in milliseconds.
    pub fn duration(&self, name: &str) -> Millis {
        match self.get(name) {
            Setting::Duration(value) => *value,
            other => wrong(name, "a duration", other),
        }
    }

    /// Lengths of time in milliseconds.
    pub fn durations(&self, name: &str) -> &[Millis] {
        match self.get(name) {
            Setting::Durations(values) => values,
            other => wrong(name, "a list of durations", other),
        }
    }

    /// Several words.
    pub fn words(&self, name: &str) -> &[String] {
        match self.get(name) {
            Setting::Words(words) => words,
            other => wrong(name, "a list of words", other),
        }
    }

    /// Several numbers.
    pub fn numbers(&self, name: &str) -> &[f64] {
        match self.get(name) {
            Setting::Numbers(numbers) => numbers,
            other => wrong(name, "a list of numbers", other),
        }
    }

    /// The label of each class.
    pub fn labels(&self, name: &str) -> &[Option<u32>] {
        match self.get(name) {
            Setting::Labels(labels) => labels,
            other => wrong(name, "a list of labels", other),
        }
    }

    /// A file.
    pub fn file(&self, name: &str) -> &Content {
        match self.get(name) {
            Setting::File(content) => content,
            other => wrong(name, "a file", other),
        }
    }

    /// These settings with one of them replaced.
    #[must_use]
    pub fn with(mut self, name: &str, setting: Setting) -> Settings {
        self.0.insert(name.to_owned(), setting);
        self
    }

    fn get(&self, name: &str) -> &Setting {
        self.0.get(name).unwrap_or_else(|| panic!("no parameter `{name}` on this entry's card"))
    }
}

fn wrong(name: &str, want: &str, have: &Setting) -> ! {
    panic!("the card's parameter `{name}` is read as {want} but holds {have:?}")
}
