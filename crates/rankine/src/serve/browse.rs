//! Looking around: what a server knows of its schema, users and items.

use std::cmp::Reverse;

use rankine_learn::{Field, FieldKind, Id};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ask::Refusal;
use super::reply::describe;
use super::service::{Service, State};
use crate::log::Names;

/// Words of a field that are listed at most.
const WORDS: usize = 50;

/// Entities looked at in one go: in between events come in and requests are answered.
const CHUNK: usize = 4096;

/// Some of the users or items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listing {
    /// How many there are, with those that are not listed.
    pub total: usize,
    /// The ones with most positives first.
    pub list: Vec<Listed>,
}

/// A user or an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// Its name.
    pub id: String,
    /// Its fields that are known, with their words.
    pub fields: Map<String, Value>,
    /// Of a user the positives that are remembered, of an item all of them.
    pub positives: u64,
}

impl Service {
    /// Users whose name or fields hold `query` (case aside), at most `limit`.
    ///
    /// # Errors
    /// Where the state is unusable.
    pub fn users(&self, query: &str, limit: usize) -> Result<Listing, Refusal> {
        self.list(self.problem.schema.user, query, limit, |state, id| {
            state.fold.memory.history(id).len() as u64
        })
    }

    /// Items whose name or fields hold `query` (case aside), at most `limit`.
    ///
    /// # Errors
    /// Where the state is unusable.
    pub fn items(&self, query: &str, limit: usize) -> Result<Listing, Refusal> {
        self.list(self.problem.schema.item, query, limit, |state, id| state.fold.memory.total(id))
    }

    /// What can be asked and told, for a page that offers it: names, kinds and fields as the design calls
    /// them, and the words that fields of a request had so far.
    ///
    /// # Errors
    /// Where the state is unusable.
    pub fn schema(&self) -> Result<Value, Refusal> {
        let state = self.read()?;
        let (problem, schema) = (&self.problem, &self.problem.schema);
        let kind = |kind: FieldKind| serde_json::to_value(kind).expect("a kind is a word");
        let plain = |field: &Field| json!({"name": field.name, "kind": kind(field.kind)});
        let known = |(field, words): (&Field, &Names)| {
            let words: Vec<&str> = words.iter().take(WORDS).collect();
            json!({"name": field.name, "kind": kind(field.kind), "words": words})
        };
        let fields = |fields: &[Field]| fields.iter().map(plain).collect::<Vec<_>>();
        let interactions = schema.interactions.iter();
        let context = schema.context.iter().zip(&state.intake.dictionary.context_words);
        Ok(json!({
            "problem": problem.name,
            "objective": problem.objective,
            "slate": problem.slate,
            "repeat": problem.repeat,
            "version": self.version,
            "pipeline": self.pipeline(),
            "user": {"name": schema.user().name, "fields": fields(&schema.user().fields)},
            "item": {"name": schema.item().name, "fields": fields(&schema.item().fields)},
            "interactions": interactions
                .map(|kind| json!({"name": kind.name, "fields": fields(&kind.fields)}))
                .collect::<Vec<_>>(),
            "context": context.map(known).collect::<Vec<_>>(),
            "labels": problem.labels.0.iter().map(|label| label.name.as_str()).collect::<Vec<_>>(),
        }))
    }

    fn list(
        &self,
        kind: usize,
        query: &str,
        limit: usize,
        positives: fn(&State, Id) -> u64,
    ) -> Result<Listing, Refusal> {
        let query = query.to_lowercase();
        let fields = |state: &State, id: Id| {
            let values = state.fold.memory.fields(kind, id)?;
            let words = &state.intake.dictionary.entity_words[kind];
            Some(describe(values, &self.problem.schema.entities[kind].fields, words))
        };
        let wanted = |state: &State, id: Id| {
            let name = state.intake.dictionary.entities[kind].name(id);
            let holds = |text: &str| text.to_lowercase().contains(&query);
            match query.is_empty() || holds(name) {
                true => state.fold.memory.fields(kind, id).is_some(),
                false => fields(state, id).is_some_and(|all| all.values().any(|one| holds(&one.to_string()))),
            }
        };
        let (mut total, mut best) = (0, Vec::new());
        for first in (0..).step_by(CHUNK) {
            let state = self.read()?;
            let end = state.intake.dictionary.entities[kind].len();
            let found = (first..end.min(first + CHUNK)).map(|id| id as Id).filter(|id| wanted(&state, *id));
            let before = best.len();
            best.extend(found.map(|id| (Reverse(positives(&state, id)), id)));
            total += best.len() - before;
            best.sort_unstable();
            best.truncate(limit);
            if first + CHUNK >= end {
                break;
            }
        }
        let state = self.read()?;
        let listed = |(positives, id): (Reverse<u64>, Id)| Listed {
            id: state.intake.dictionary.entities[kind].name(id).to_owned(),
            fields: fields(&state, id).unwrap_or_default(),
            positives: positives.0,
        };
        Ok(Listing { total, list: best.into_iter().map(listed).collect() })
    }
}
