//! Folds that share the features among them and walk one log side by side, each on a thread of its own.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::examples::{Column, Rows};
use crate::features::Spec;
use crate::fold::Fold;
use crate::label::Labels;
use crate::log::{Event, Id, Schema};
use crate::memory::Memory;
use crate::moment::Moment;

/// Several folds that write together what one [`Fold`] of all features would, bit for bit. State of features is
/// divided among them; each has a memory of its own.
pub struct Folds {
    folds: Vec<Fold>,
    columns: Vec<Column>,
    /// Of each feature: which fold has it, its columns there, and its columns here.
    spans: Vec<(usize, Range<usize>, Range<usize>)>,
    at: usize,
}

/// What is asked on the way.
pub struct Ask<'a> {
    /// Who asks, and when.
    pub moment: Moment<'a>,
    /// About which items.
    pub items: Cow<'a, [Id]>,
}

/// Says what is asked the n-th time, with what is remembered then.
pub type Asks<'a, 'e> = &'e (dyn Fn(usize, &Memory) -> Ask<'a> + Sync);

/// Hears which of the questions it is, about which items, and their rows.
pub type EachRows<'e> = &'e mut dyn FnMut(usize, &[Id], &Rows);

impl Folds {
    /// Empty folds, `threads` of them or as many as there are features, at least one.
    ///
    /// # Errors
    /// A sentence, where a feature cannot be built over this schema.
    pub fn new(schema: &Schema, labels: &Labels, specs: &[Spec], threads: usize) -> Result<Folds, String> {
        let many = threads.clamp(1, specs.len().max(1));
        // Neighbours in a design are often of a kind and cost alike; who gets the first of these gets the last of
        // the next.
        let parts: Vec<usize> = (0..many).chain((0..many).rev()).cycle().take(specs.len()).collect();
        let own = |part: usize| {
            let own = specs.iter().zip(&parts).filter(|(_, of)| **of == part);
            own.map(|(spec, _)| spec.clone()).collect::<Vec<Spec>>()
        };
        let folds: Vec<Fold> =
            (0..many).map(|part| Fold::new(schema, labels, &own(part))).collect::<Result<_, _>>()?;
        let mut theirs: Vec<_> =
            folds.iter().map(|fold| fold.spans().collect::<Vec<_>>().into_iter()).collect();
        let (mut columns, mut spans) = (Vec::new(), Vec::new());
        for (part, there) in parts.into_iter().filter_map(|part| Some((part, theirs[part].next()?))) {
            let first = columns.len();
            columns.extend_from_slice(&folds[part].columns()[there.clone()]);
            spans.push((part, there, first..columns.len()));
        }
        Ok(Folds { folds, columns, spans, at: 0 })
    }

    /// What the columns mean, in the order of the features.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Walks on through the `events` of a log and answers right before those at the ascending indices `before`:
    /// `each` hears, one after another, which of them it is, the items that were asked about, and
    /// `items x columns`.
    pub fn walk<'a>(&mut self, events: &[Event], before: &[usize], asks: Asks<'a, '_>, each: EachRows<'_>) {
        let from = self.at;
        self.at = before.last().map_or(from, |last| from.max(*last));
        if let [alone] = self.folds.as_mut_slice() {
            return answer(alone, events, (from, before), asks, each);
        }
        let one = |fold: &mut Fold| {
            let mut written = Written::default();
            answer(fold, events, (from, before), asks, &mut |_, items, rows| {
                written.items.extend_from_slice(items);
                written.ends.push(written.items.len());
                written.values.extend_from_slice(&rows.values);
            });
            written
        };
        let parts: Vec<Written> = self.folds.par_iter_mut().map(one).collect();
        let (mut rows, mut first) = (Rows { width: self.columns.len(), ..Rows::default() }, 0);
        for nth in 0..before.len() {
            let asked = first..parts[0].ends[nth];
            first = asked.end;
            rows.values.resize(asked.len() * rows.width, f32::NAN);
            for (part, there, here) in &self.spans {
                let width = self.folds[*part].columns().len();
                for (row, at) in asked.clone().enumerate() {
                    let own = &parts[*part].values[at * width..(at + 1) * width];
                    rows.row_mut(row)[here.clone()].copy_from_slice(&own[there.clone()]);
                }
            }
            each(nth, &parts[0].items[asked], &rows);
        }
    }
}

/// What one fold wrote, request behind request.
#[derive(Default)]
struct Written {
    items: Vec<Id>,
    /// Where the items of each request end.
    ends: Vec<usize>,
    values: Vec<f32>,
}

/// Lets a fold that stands before the event of this index answer.
fn answer(
    fold: &mut Fold,
    events: &[Event],
    (mut at, before): (usize, &[usize]),
    asks: Asks<'_, '_>,
    each: EachRows<'_>,
) {
    let mut rows = Rows { width: fold.columns().len(), ..Rows::default() };
    for (nth, &before) in before.iter().enumerate() {
        for event in &events[at..before.max(at)] {
            fold.observe(event);
        }
        at = at.max(before);
        let Ask { moment, items } = asks(nth, &fold.memory);
        rows.values.clear();
        rows.values.resize(items.len() * rows.width, f32::NAN);
        fold.write(&moment, &items, &mut rows);
        each(nth, &items, &rows);
    }
}
