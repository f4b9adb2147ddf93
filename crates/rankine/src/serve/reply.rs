//! Answers by name: items with scores, sources, reasons and fields.

use std::time::Duration;

use rankine_learn::{Candidates, Field, Label, Value as Known};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::log::{Name, Names};
use crate::pipeline::Answer;
use crate::select::Decision;

/// An answer.
#[derive(Debug, Clone, Serialize)]
pub struct Reply {
    /// The name of the request, for the events that answer it.
    pub request: String,
    /// The version of the bundle.
    pub version: String,
    /// The name of the contender that answered.
    pub pipeline: String,
    /// Best first.
    pub items: Vec<Recommended>,
    /// Where the time went.
    pub took_ms: Took,
}

/// An item of an answer.
#[derive(Debug, Clone, Serialize)]
pub struct Recommended {
    /// Its name.
    pub item: Name,
    /// Higher is better, in the unit of whatever orders the list; `null` in JSON where nothing knows it.
    pub score: f32,
    /// Its place, from 1.
    pub rank: usize,
    /// For each label its probability, or its amount; only where that is what the task asks.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub predictions: Map<String, Value>,
    /// What to do with it; only where the design decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The retrievers that found it.
    pub sources: Vec<Retrieved>,
    /// What the scorer's columns added to its score, largest first; only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Vec<Reason>>,
    /// Its fields that are known, with their words: an object, written already.
    pub fields: Box<RawValue>,
}

/// How a retriever found an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retrieved {
    /// The name of the retriever.
    pub retriever: Name,
    /// The item's place in its list, from 1.
    pub rank: usize,
    /// Its own score.
    pub score: f32,
}

/// What a column added to a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// The column.
    pub feature: String,
    /// In the unit of the score; may be negative.
    pub contribution: f32,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Took {
    /// Finding candidates.
    pub retrieve: f64,
    /// Features and scores.
    pub score: f64,
    /// Rearranging.
    pub rerank: f64,
    /// All of it, with names, reasons and the journal.
    pub total: f64,
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// What the retrievers called `names` knew of a candidate, by its place.
pub(crate) fn sources(names: &[String], candidates: &Candidates, at: Option<usize>) -> Vec<Retrieved> {
    let Some(at) = at else { return Vec::new() };
    let lists = names.iter().zip(candidates.ranks.iter().zip(&candidates.scores));
    lists
        .filter(|(_, (ranks, _))| !ranks[at].is_nan())
        .map(|(name, (ranks, scores))| Retrieved {
            retriever: name.as_str().into(),
            rank: ranks[at] as usize + 1,
            score: scores[at],
        })
        .collect()
}

/// What was predicted of a candidate, by label.
pub(crate) fn predictions(labels: &[Label], answer: &Answer, at: Option<usize>) -> Map<String, Value> {
    let Some(at) = at else { return Map::new() };
    let said = labels.iter().zip(&answer.predictions);
    said.map(|(label, said)| (label.name.clone(), Value::from(said[at]))).collect()
}

/// The columns that moved a score, the strongest first.
pub(super) fn reasons(parts: Vec<(String, f32)>) -> Vec<Reason> {
    let moved = parts.into_iter().filter(|(_, part)| part.is_finite() && *part != 0.0);
    let mut reasons: Vec<Reason> =
        moved.map(|(feature, contribution)| Reason { feature, contribution }).collect();
    // A stable sort: equal ones keep the order of the columns.
    reasons.sort_by(|left, right| right.contribution.abs().total_cmp(&left.contribution.abs()));
    reasons
}

/// Values by the names of their fields, with their words; what is missing is left out.
pub(crate) fn describe(values: &[Known], declared: &[Field], words: &[Names]) -> Map<String, Value> {
    match serde_json::to_value(Described { values, declared, words }) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The same as the text of an object: an answer has many, and nobody looks into them here.
pub(super) fn described(values: &[Known], declared: &[Field], words: &[Names]) -> Box<RawValue> {
    to_raw_value(&Described { values, declared, words }).expect("names and plain values")
}

struct Described<'a> {
    values: &'a [Known],
    declared: &'a [Field],
    words: &'a [Names],
}

impl Serialize for Described<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        for ((value, field), words) in self.values.iter().zip(self.declared).zip(self.words) {
            let name = field.name.as_str();
            match value {
                Known::Number(number) => fields.serialize_entry(name, number)?,
                Known::Category(word) => fields.serialize_entry(name, words.name(*word))?,
                Known::Categories(list) => {
                    let list: Vec<&str> = list.iter().map(|word| words.name(*word)).collect();
                    fields.serialize_entry(name, &list)?;
                }
                Known::Time(time) => fields.serialize_entry(name, time)?,
                Known::Text(text) => fields.serialize_entry(name, text)?,
                Known::Vector(list) => fields.serialize_entry(name, list)?,
                // An item bears no boxes: what people marked is an event.
                Known::Missing | Known::Boxes(_) => {}
            }
        }
        fields.end()
    }
}
