//! The fold: the one piece of code that turns events into feature values, in replay and in the server.

use std::ops::Range;
use std::slice;

use crate::examples::{Column, Rows};
use crate::features::{self, Feature, Seen, Spec};
use crate::fetch::{Ahead, STEPS};
use crate::label::Labels;
use crate::log::{Event, Id, Schema};
use crate::memory::Memory;
use crate::moment::Moment;
use crate::watch::Watch;

/// State derived from the log: memory and features, always at the same event.
pub struct Fold {
    /// What is always remembered.
    pub memory: Memory,
    labels: Labels,
    features: Vec<Box<dyn Feature>>,
    columns: Vec<Column>,
    /// How many columns each feature writes.
    widths: Vec<usize>,
}

impl Fold {
    /// An empty fold with these features.
    ///
    /// # Errors
    /// A sentence, where a feature cannot be built over this schema.
    pub fn new(schema: &Schema, labels: &Labels, specs: &[Spec]) -> Result<Fold, String> {
        let features = features::build(specs, schema, labels).map_err(|unfit| unfit.to_string())?;
        let mut fold = Fold {
            memory: Memory::new(schema),
            labels: labels.clone(),
            features: Vec::new(),
            columns: Vec::new(),
            widths: Vec::new(),
        };
        features.into_iter().for_each(|feature| fold.take(feature));
        Ok(fold)
    }

    /// Takes in the next event of the log. Returns which labels it satisfies: bit `n` for label `n`.
    pub fn observe(&mut self, event: &Event) -> u32 {
        self.observe_with(event, &Ahead::default(), &mut ())
    }

    /// The same, where it is known what comes next.
    pub(crate) fn observe_with(&mut self, event: &Event, ahead: &Ahead<'_>, watch: &mut impl Watch) -> u32 {
        let labels = self.labels.satisfied(&event.what, &self.memory);
        let seen = Seen { event, labels };
        watch.start();
        for (at, feature) in self.features.iter_mut().enumerate() {
            feature.observe(&seen, &self.memory);
            feature.fetch(ahead, &self.memory);
            watch.lap(at);
        }
        self.memory.fetch(ahead);
        self.memory.observe(event, labels & 1 == 1);
        labels
    }

    /// Takes a feature that stands at the same event in.
    pub(crate) fn take(&mut self, feature: Box<dyn Feature>) {
        let columns = feature.columns();
        self.widths.push(columns.len());
        self.columns.extend(columns);
        self.features.push(feature);
    }

    /// Gives all features away; they still stand at the same event.
    pub(crate) fn give(&mut self) -> Vec<Box<dyn Feature>> {
        self.columns.clear();
        self.widths.clear();
        std::mem::take(&mut self.features)
    }

    /// What the columns of [`Fold::write`] mean.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns of each feature, in the order of the problem.
    pub fn spans(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.widths.iter().scan(0, |first, width| {
            let span = *first..*first + width;
            *first = span.end;
            Some(span)
        })
    }

    /// The feature values of each candidate: `candidates x columns`, into the first columns of `rows`.
    pub fn write(&self, moment: &Moment<'_>, items: &[Id], rows: &mut Rows) {
        self.fetch(moment, items);
        self.write_with(moment, items, &Ahead::default(), rows, &mut ());
    }

    /// Fetches what is read of these, step by step.
    pub(crate) fn fetch(&self, moment: &Moment<'_>, items: &[Id]) {
        for step in 0..STEPS {
            let ahead = Ahead::only(step, slice::from_ref(&moment.user), items);
            self.memory.fetch(&ahead);
            self.features.iter().for_each(|feature| feature.fetch(&ahead, &self.memory));
        }
    }

    /// As [`Fold::write`], where these were fetched, and it is known who comes next.
    pub(crate) fn write_with(
        &self,
        moment: &Moment<'_>,
        items: &[Id],
        ahead: &Ahead<'_>,
        rows: &mut Rows,
        watch: &mut impl Watch,
    ) {
        let mut first = 0;
        watch.start();
        for (at, (feature, width)) in self.features.iter().zip(&self.widths).enumerate() {
            feature.write(moment, items, &self.memory, rows, first);
            // What comes next arrives while the features after this one are worked on.
            feature.fetch(ahead, &self.memory);
            first += width;
            watch.lap(at);
        }
        self.memory.fetch(ahead);
    }

    /// What rows that are learned from say of an item that was shown at a place (from 1), otherwise than
    /// [`Fold::write`] does: columns with their values, the same columns for all places.
    pub fn shown(&self, place: usize) -> Vec<(usize, f32)> {
        let features = self.features.iter().zip(self.spans());
        features.filter_map(|(feature, span)| Some((span.start, feature.shown(place)?))).collect()
    }

    /// The state as bytes; equal folds give equal bytes.
    pub fn save(&self) -> Vec<u8> {
        let parts: Vec<Vec<u8>> = self.features.iter().map(|feature| feature.save()).collect();
        postcard::to_stdvec(&(&self.memory, parts)).expect("state is plain data")
    }

    /// Replaces the state by one that was saved from a fold with the same features. After an error the
    /// fold is in no defined state and is to be dropped.
    ///
    /// # Errors
    /// A sentence, where the bytes are not such a state.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let ((memory, parts), rest): ((Memory, Vec<Vec<u8>>), &[u8]) = postcard::take_from_bytes(bytes)
            .map_err(|error| format!("the saved state cannot be read: {error}"))?;
        if !rest.is_empty() {
            return Err(format!("{} bytes are left over after the saved state", rest.len()));
        }
        if !self.memory.accepts(&memory) {
            return Err("the saved state belongs to another schema".to_owned());
        }
        if parts.len() != self.features.len() {
            return Err("the saved state belongs to other features".to_owned());
        }
        for (feature, part) in self.features.iter_mut().zip(&parts) {
            feature.load(part)?;
        }
        self.memory = memory;
        Ok(())
    }
}
