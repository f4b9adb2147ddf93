//! Folds that share the features among them and walk one log side by side, each on a thread of its own.

use std::borrow::Cow;
use std::convert::Infallible;
use std::ops::Range;
use std::time::Duration;

use rayon::prelude::*;

use crate::examples::{Column, Rows};
use crate::features::Spec;
use crate::fetch::{Ahead, named};
use crate::fold::Fold;
use crate::label::Labels;
use crate::log::{Event, Id, Schema};
use crate::memory::Memory;
use crate::moment::Moment;
use crate::watch::{Laps, Watch};

/// Several folds that write together what one [`Fold`] of all features would, bit for bit. State of features is
/// divided among them; each has a memory of its own.
pub struct Folds {
    folds: Vec<Fold>,
    columns: Vec<Column>,
    /// Of each feature: which fold has it, its columns there, and its columns here.
    spans: Vec<Span>,
    at: usize,
    /// Batches that were answered so far.
    batches: usize,
}

type Span = (usize, Range<usize>, Range<usize>);

/// What is asked on the way.
pub struct Ask<'a> {
    /// Who asks, and when.
    pub moment: Moment<'a>,
    /// About which items.
    pub items: Cow<'a, [Id]>,
}

/// Says what is asked the n-th time, with what is remembered then.
pub type Asks<'a, 'e> = &'e (dyn Fn(usize, &Memory) -> Ask<'a> + Sync);

/// Hears which of the questions it is, about which items, and their rows; an error ends the walk.
pub type EachRows<'e, E> = &'e mut dyn FnMut(usize, &[Id], &Rows) -> Result<(), E>;

/// About as many values are written while those before them are handed out, so that threads are seldom woken and
/// memory stays small; at first, and at the most, so many questions.
const TOGETHER: usize = 1 << 18;
const FIRST: usize = 64;
const MOST: usize = 8192;

/// The batch by which it is measured what each feature takes: the first one also takes in all that was there before.
const MEASURED: usize = 1;

impl Folds {
    /// Empty folds, `threads` of them or as many as there are features, at least one.
    ///
    /// # Errors
    /// A sentence, where a feature cannot be built over this schema.
    pub fn new(schema: &Schema, labels: &Labels, specs: &[Spec], threads: usize) -> Result<Folds, String> {
        let many = threads.clamp(1, specs.len().max(1));
        // Until it is known what each takes. Neighbours in a design are often of a kind and cost alike; who gets the
        // first of these gets the last of the next.
        let parts: Vec<usize> = (0..many).chain((0..many).rev()).cycle().take(specs.len()).collect();
        let own = |part: usize| {
            let own = specs.iter().zip(&parts).filter(|(_, of)| **of == part);
            own.map(|(spec, _)| spec.clone()).collect::<Vec<Spec>>()
        };
        let folds: Vec<Fold> =
            (0..many).map(|part| Fold::new(schema, labels, &own(part))).collect::<Result<_, _>>()?;
        let spans = spans(&folds, &parts);
        let there = |(part, there, _): &Span| folds[*part].columns()[there.clone()].to_vec();
        let columns = spans.iter().flat_map(there).collect();
        Ok(Folds { folds, columns, spans, at: 0, batches: 0 })
    }

    /// Deals the features anew, so that each fold takes about as long as the others: the one that took longest goes
    /// first, always to the fold that has least to do (Graham 1969).
    fn deal(&mut self, laps: &[Laps]) {
        let mut theirs: Vec<_> = self
            .folds
            .iter_mut()
            .zip(laps)
            .map(|(fold, laps)| fold.give().into_iter().zip(&laps.spent))
            .collect();
        let all: Vec<_> = self.spans.iter().filter_map(|(part, ..)| theirs[*part].next()).collect();
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(all[*at].1));
        let (mut loads, mut parts) = (vec![Duration::ZERO; self.folds.len()], vec![0; all.len()]);
        for at in order {
            let least = (0..loads.len()).min_by_key(|part| loads[*part]).unwrap_or_default();
            loads[least] += *all[at].1;
            parts[at] = least;
        }
        for ((feature, _), part) in all.into_iter().zip(&parts) {
            self.folds[*part].take(feature);
        }
        self.spans = spans(&self.folds, &parts);
    }

    /// What the columns mean, in the order of the features.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Walks on through the `events` of a log and answers right before those at the ascending indices `before`:
    /// `each` hears, one after another, which of them it is, the items that were asked about, and
    /// `items x columns`.
    ///
    /// # Errors
    /// The first of `each`; the folds are then in no defined state and are to be dropped.
    pub fn walk<E>(
        &mut self,
        events: &[Event],
        before: &[usize],
        asks: Asks<'_, '_>,
        each: EachRows<'_, E>,
    ) -> Result<(), E> {
        if let [alone] = self.folds.as_mut_slice() {
            let from = self.at;
            self.at = before.last().map_or(from, |last| from.max(*last));
            return answer(alone, events, (from, before), asks, each, &mut ());
        }
        let mut joined = Joined { rows: Rows { width: self.columns.len(), ..Rows::default() }, nth: 0 };
        let (mut made, mut spans) = (Vec::new(), self.spans.clone());
        let (mut next, mut many) = (0, FIRST);
        while next < before.len() {
            let batch = &before[next..before.len().min(next + many)];
            let asks = |nth: usize, memory: &Memory| asks(next + nth, memory);
            let mut making = Vec::new();
            let handed = rayon::in_place_scope(|scope| {
                scope.spawn(|_| making = self.batch(events, batch, &asks));
                joined.hand_out(&made, &spans, each)
            });
            handed?;
            let values: usize = making.iter().map(|(part, _)| part.values.len()).sum();
            many = (TOGETHER * batch.len() / values.max(1)).clamp(1, MOST);
            spans.clone_from(&self.spans);
            let laps: Vec<Laps>;
            (made, laps) = making.into_iter().unzip();
            if self.batches == MEASURED {
                self.deal(&laps);
            }
            self.batches += 1;
            next += batch.len();
        }
        joined.hand_out(&made, &spans, each)
    }

    /// What each fold writes of a batch, and how long its features took where that is measured.
    fn batch(&mut self, events: &[Event], batch: &[usize], asks: Asks<'_, '_>) -> Vec<(Written, Laps)> {
        let (from, measured) = (self.at, self.batches == MEASURED);
        self.at = batch.last().map_or(from, |last| from.max(*last));
        let one = |fold: &mut Fold| {
            let mut laps = Laps::new(fold.spans().count());
            let span = (from, batch);
            let written = match measured {
                true => Written::by(fold, events, span, asks, &mut laps),
                false => Written::by(fold, events, span, asks, &mut ()),
            };
            (written, laps)
        };
        self.folds.par_iter_mut().map(one).collect()
    }
}

/// Where the columns of each feature stand, which fold has it being known.
fn spans(folds: &[Fold], parts: &[usize]) -> Vec<Span> {
    let mut theirs: Vec<_> =
        folds.iter().map(|fold| fold.spans().collect::<Vec<Range<usize>>>().into_iter()).collect();
    let mut first = 0;
    let span = |part: &usize| {
        let there = theirs[*part].next()?;
        let here = first..first + there.len();
        first = here.end;
        Some((*part, there, here))
    };
    parts.iter().filter_map(span).collect()
}

/// Of each fold its columns there and here.
fn columns(spans: &[Span], folds: usize) -> Vec<Vec<(usize, usize)>> {
    let mut columns = vec![Vec::new(); folds];
    spans.iter().for_each(|(part, there, here)| columns[*part].extend(there.clone().zip(here.clone())));
    columns
}

/// The rows of all folds side by side.
struct Joined {
    rows: Rows,
    /// Which question is handed out next.
    nth: usize,
}

impl Joined {
    /// Hands out what each fold wrote of the next questions.
    fn hand_out<E>(&mut self, parts: &[Written], spans: &[Span], each: EachRows<'_, E>) -> Result<(), E> {
        let Some(whole) = parts.first() else { return Ok(()) };
        let Joined { rows, nth } = self;
        let columns = columns(spans, parts.len());
        let mut begin = 0;
        for &end in &whole.ends {
            rows.values.resize((end - begin) * rows.width, f32::NAN);
            for (part, columns) in parts.iter().zip(&columns) {
                let own = part.values[begin * part.width..end * part.width].chunks_exact(part.width.max(1));
                // Features have a column or two each: to copy one by one takes less than to call for a copy.
                for (row, own) in rows.values.chunks_exact_mut(rows.width.max(1)).zip(own) {
                    columns.iter().for_each(|(there, here)| row[*here] = own[*there]);
                }
            }
            each(*nth, &whole.items[begin..end], rows)?;
            *nth += 1;
            begin = end;
        }
        Ok(())
    }
}

/// What one fold wrote, question behind question.
#[derive(Default)]
struct Written {
    items: Vec<Id>,
    /// Where the items of each question end.
    ends: Vec<usize>,
    width: usize,
    values: Vec<f32>,
}

impl Written {
    fn by(
        fold: &mut Fold,
        events: &[Event],
        span: (usize, &[usize]),
        asks: Asks<'_, '_>,
        watch: &mut impl Watch,
    ) -> Written {
        let mut written = Written { width: fold.columns().len(), ..Written::default() };
        let mut each = |_: usize, items: &[Id], rows: &Rows| {
            written.items.extend_from_slice(items);
            written.ends.push(written.items.len());
            written.values.extend_from_slice(&rows.values);
            Ok::<(), Infallible>(())
        };
        match answer(fold, events, span, asks, &mut each, watch) {
            Ok(()) => written,
        }
    }
}

/// Lets a fold that stands before the event of this index answer.
fn answer<E>(
    fold: &mut Fold,
    events: &[Event],
    (mut at, before): (usize, &[usize]),
    asks: Asks<'_, '_>,
    each: EachRows<'_, E>,
    watch: &mut impl Watch,
) -> Result<(), E> {
    let mut rows = Rows { width: fold.columns().len(), ..Rows::default() };
    // The event up to whose names everything was fetched when others were asked about.
    let mut fetched = None;
    for (nth, &before) in before.iter().enumerate() {
        while at < before {
            let ahead = if fetched == Some(at) { Ahead::default() } else { Ahead::behind(events, at) };
            fold.observe_with(&events[at], &ahead, watch);
            at += 1;
        }
        let Ask { moment, items } = asks(nth, &fold.memory);
        rows.values.clear();
        rows.values.resize(items.len() * rows.width, f32::NAN);
        // Most ask about those whom the next event names.
        if events.get(at).is_none_or(|event| named(event).1 != items.as_ref()) {
            fold.fetch(&moment, &items);
        }
        fold.write_with(&moment, &items, &Ahead::behind(events, at), &mut rows, watch);
        fetched = Some(at);
        each(nth, &items, &rows)?;
    }
    Ok(())
}
