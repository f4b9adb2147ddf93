//! Fitting: retrievers learned from the log before a boundary, encoders from its texts, each only once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rankine_learn::algorithms::encoders::{self, Content, Encoder};
use rankine_learn::algorithms::retrievers::{self, Retriever};
use rankine_learn::{Id, Interactions, Memory, Value, What, hash};

use crate::prepare::{Dataset, Period};
use crate::problem::{Encode, Owner, Problem, Step};

/// Retrievers by what they are and where the log was cut.
pub(super) struct Fitted<'a> {
    dataset: &'a Dataset,
    seed: u64,
    users: usize,
    items: usize,
    /// (index of the event, user, item) of each positive.
    positives: Vec<(usize, Id, Id)>,
    tables: BTreeMap<usize, Interactions>,
    models: BTreeMap<String, (Arc<dyn Retriever>, f64)>,
    encoders: BTreeMap<String, Arc<dyn Encoder>>,
    /// Indices of the kinds of entity that ask and that are chosen.
    kinds: (usize, usize),
}

impl<'a> Fitted<'a> {
    pub(super) fn new(problem: &Problem, dataset: &'a Dataset, seed: u64) -> Fitted<'a> {
        let mut memory = Memory::new(&problem.schema);
        let mut positives = Vec::new();
        for (at, event) in dataset.events.iter().enumerate() {
            let positive = problem.labels.satisfied(&event.what, &memory) & 1 == 1;
            if let rankine_learn::What::Interaction { user, item, .. } = event.what
                && positive
            {
                positives.push((at, user, item));
            }
            memory.observe_fields(event);
        }
        let names = &dataset.dictionary.entities;
        let (users, items) = (names[problem.schema.user].len(), names[problem.schema.item].len());
        Fitted {
            dataset,
            seed,
            users,
            items,
            positives,
            tables: BTreeMap::new(),
            models: BTreeMap::new(),
            encoders: BTreeMap::new(),
            kinds: (problem.schema.user, problem.schema.item),
        }
    }

    /// The encoders of these steps, learned from what was known before the validation period.
    pub(super) fn encoders(&mut self, steps: &[Encode]) -> Vec<Arc<dyn Encoder>> {
        steps.iter().map(|step| self.encoder(step)).collect()
    }

    fn encoder(&mut self, encode: &Encode) -> Arc<dyn Encoder> {
        let key = serde_json::to_string(encode).expect("plain data");
        if let Some(found) = self.encoders.get(&key) {
            return found.clone();
        }
        let before = &self.dataset.events[..self.dataset.begins(Period::Validation)];
        let fields = |what: &'a What| match (what, encode.owner) {
            (What::Entity { kind, fields, .. }, Owner::Item) if *kind == self.kinds.1 => Some(fields),
            (What::Entity { kind, fields, .. }, Owner::User) if *kind == self.kinds.0 => Some(fields),
            (What::Request { context, .. }, Owner::Request) => Some(context),
            _ => None,
        };
        let contents: Vec<Content<'_>> = before
            .iter()
            .filter_map(|event| match fields(&event.what)?.get(encode.field)? {
                Value::Text(text) => Some(Content::Text(text)),
                _ => None,
            })
            .collect();
        let kind = encoders::find(&encode.step.algorithm).expect("clarify knows every encoder of a problem");
        let made: Arc<dyn Encoder> = Arc::from((kind.fit)(&encode.step.settings, &contents));
        self.encoders.insert(key, made.clone());
        made
    }

    /// The retrievers of these steps as of the beginning of a period, and the seconds it took to train them.
    pub(super) fn steps(&mut self, steps: &[Step], period: Period) -> (Vec<Arc<dyn Retriever>>, f64) {
        self.steps_until(steps, self.dataset.begins(period))
    }

    /// The retrievers of these steps as of the event with index `end`.
    pub(super) fn steps_until(&mut self, steps: &[Step], end: usize) -> (Vec<Arc<dyn Retriever>>, f64) {
        let all: Vec<(Arc<dyn Retriever>, f64)> = steps.iter().map(|step| self.step(step, end)).collect();
        let seconds = all.iter().map(|(_, seconds)| seconds).sum();
        (all.into_iter().map(|(model, _)| model).collect(), seconds)
    }

    fn step(&mut self, step: &Step, end: usize) -> (Arc<dyn Retriever>, f64) {
        let settings = serde_json::to_string(&step.of_the_model()).expect("plain data");
        let key = format!("{} {settings} {end}", step.algorithm);
        if let Some(found) = self.models.get(&key) {
            return found.clone();
        }
        let (users, items, positives) = (self.users, self.items, &self.positives);
        let table = self.tables.entry(end).or_insert_with(|| {
            let before = positives.iter().take_while(|(at, _, _)| *at < end);
            let events: Vec<(Id, Id, f32)> = before.map(|&(_, user, item)| (user, item, 1.0)).collect();
            Interactions::new(users, items, &events)
        });
        let kind = retrievers::find(&step.algorithm).expect("clarify knows every algorithm of a problem");
        let begun = Instant::now();
        let model: Arc<dyn Retriever> = Arc::from((kind.fit)(&step.settings, table, hash(self.seed, &[1])));
        let made = (model, begun.elapsed().as_secs_f64());
        self.models.insert(key, made.clone());
        made
    }
}
