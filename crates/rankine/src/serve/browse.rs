//! Looking around: what a server knows of its schema, users and items.

use rankine_learn::{Field, FieldKind, Id};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ask::Refusal;
use super::reply::describe;
use super::service::{Service, State};
use crate::log::Names;

/// Words of a field that are listed at most.
const WORDS: usize = 50;

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
        let state = self.read()?;
        let taken = |id| state.fold.memory.history(id).len() as u64;
        Ok(list(&state, self.problem.schema.user, &self.problem.schema.user().fields, query, limit, taken))
    }

    /// Items whose name or fields hold `query` (case aside), at most `limit`.
    ///
    /// # Errors
    /// Where the state is unusable.
    pub fn items(&self, query: &str, limit: usize) -> Result<Listing, Refusal> {
        let state = self.read()?;
        let taken = |id| state.fold.memory.total(id);
        Ok(list(&state, self.problem.schema.item, &self.problem.schema.item().fields, query, limit, taken))
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
}

fn list(
    state: &State,
    kind: usize,
    declared: &[Field],
    query: &str,
    limit: usize,
    positives: impl Fn(Id) -> u64,
) -> Listing {
    let dictionary = &state.intake.dictionary;
    let names = &dictionary.entities[kind];
    let query = query.to_lowercase();
    let fields = |id: Id| {
        let values = state.fold.memory.fields(kind, id).unwrap_or_default();
        describe(values, declared, &dictionary.entity_words[kind])
    };
    let wanted = |id: &Id| {
        state.fold.memory.fields(kind, *id).is_some()
            && (query.is_empty()
                || names.name(*id).to_lowercase().contains(&query)
                || fields(*id).values().any(|value| value.to_string().to_lowercase().contains(&query)))
    };
    let mut found: Vec<(std::cmp::Reverse<u64>, Id)> =
        (0..names.len() as Id).filter(wanted).map(|id| (std::cmp::Reverse(positives(id)), id)).collect();
    found.sort_unstable();
    let listed = |(positives, id): &(std::cmp::Reverse<u64>, Id)| Listed {
        id: names.name(*id).to_owned(),
        fields: fields(*id),
        positives: positives.0,
    };
    Listing { total: found.len(), list: found.iter().take(limit).map(listed).collect() }
}
