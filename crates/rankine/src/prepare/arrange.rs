//! Arranging: examples without time get the one that their place stands for; some of them stay together.

use std::collections::BTreeMap;

use rankine_design::Split;
use rankine_learn::{Millis, hash, hash_text, similar};

use super::read::Pending;
use crate::log::{Body, Cell, Line};
use crate::problem::{FieldAt, Owner, PeriodOf, Problem};

/// How examples stand where time does not divide them.
#[derive(Debug, Default)]
pub(super) struct Arranged {
    /// When each group of a shuffle begins, ascending; empty where nothing was shuffled.
    pub(super) starts: Vec<Millis>,
    /// When the rows of the test period begin, where a column tells them.
    pub(super) held_from: Option<Millis>,
    /// Rows that are shuffled with others because their texts nearly agree.
    pub(super) similar: u64,
}

/// Gives examples a second each: in the order of the rows or, shuffled, of a draw for each group; within their
/// period where their table says it; those of which it says nothing come first.
pub(super) fn arrange(problem: &Problem, seed: u64, pending: &mut [Pending]) -> Arranged {
    let evaluate = &problem.evaluate;
    let mut made = Arranged::default();
    if evaluate.split == Split::Time {
        return made;
    }
    let examples = Example::all(problem, pending);
    let sets = match evaluate.split {
        Split::Rows => (0..examples.len()).collect(),
        _ => together(&examples, &mut made),
    };
    let key = |at: usize| {
        let (first, draw) = match evaluate.split {
            Split::Rows => (at, 0),
            _ => (sets[at], draw(examples[sets[at]].group, seed)),
        };
        (examples[at].period, draw, first, at)
    };
    let mut order: Vec<_> = (0..examples.len()).map(key).collect();
    order.sort_unstable();
    let mut before = None;
    let mut places = Vec::with_capacity(order.len());
    for (place, (side, _, set, at)) in order.into_iter().enumerate() {
        let time = place as Millis * 1000;
        if evaluate.split != Split::Rows && before != Some((side, set)) {
            made.starts.push(time);
        }
        if side == Some(PeriodOf::TEST) && made.held_from.is_none() {
            made.held_from = Some(time);
        }
        before = Some((side, set));
        places.push((examples[at].lines.clone(), time));
    }
    for (lines, time) in places {
        for read in pending[lines].iter_mut().filter_map(|pending| pending.read.as_mut().ok()) {
            (read.time, read.known) = (Some(time), Some(time));
        }
    }
    made
}

/// The lines of one row.
struct Example<'p> {
    lines: std::ops::Range<usize>,
    group: &'p str,
    /// What may nearly agree with others.
    text: Option<&'p str>,
    /// The period that its table says it belongs to.
    period: Option<usize>,
}

impl<'p> Example<'p> {
    fn all(problem: &Problem, pending: &'p [Pending]) -> Vec<Example<'p>> {
        let evaluate = &problem.evaluate;
        let mut examples: Vec<Example<'p>> = Vec::new();
        let mut latest = None;
        for (at, pending) in pending.iter().enumerate() {
            let Some((line, group)) = in_a_group(pending) else { continue };
            let row = Some((&*pending.file, pending.example));
            if latest != row || examples.is_empty() {
                latest = row;
                examples.push(Example { lines: at..at, group, text: None, period: line.period });
            }
            let Some(example) = examples.last_mut() else { continue };
            example.lines.end = at + 1;
            if let Some(Cell::Text(text)) = evaluate.similar.and_then(|of| cell(problem, line, of)) {
                example.text = Some(text);
            }
        }
        examples
    }
}

fn in_a_group(pending: &Pending) -> Option<(&Line, &str)> {
    let line = pending.read.as_ref().ok()?;
    Some((line, line.group.as_deref()?))
}

/// A field as a line gives it; `None` where the line is about something else.
fn cell<'l>(problem: &Problem, line: &'l Line, of: FieldAt) -> Option<&'l Cell> {
    let schema = &problem.schema;
    let fields = match (&line.body, of.owner) {
        (Body::Entity { kind, fields, .. }, Owner::Item) if *kind == schema.item => fields,
        (Body::Entity { kind, fields, .. }, Owner::User) if *kind == schema.user => fields,
        (Body::Request { context, .. }, Owner::Request) => context,
        _ => return None,
    };
    fields.get(of.field)
}

/// For each example the first one that it stays with: of its group, or of a text that is nearly its own, or
/// linked to it by such.
fn together(examples: &[Example<'_>], made: &mut Arranged) -> Vec<usize> {
    let mut above: Vec<usize> = (0..examples.len()).collect();
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, example) in examples.iter().enumerate() {
        let first = *groups.entry(example.group).or_insert(at);
        join(&mut above, first, at);
    }
    let texts: Vec<(usize, &str)> =
        examples.iter().enumerate().filter_map(|(at, example)| Some((at, example.text?))).collect();
    let alone: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
    let mut firsts: BTreeMap<u32, usize> = BTreeMap::new();
    for (group, (at, _)) in similar::groups(&alone, similar::COPY).into_iter().zip(texts) {
        let first = *firsts.entry(group).or_insert(at);
        made.similar += u64::from(first != at);
        join(&mut above, first, at);
    }
    (0..above.len()).map(|at| root(&mut above, at)).collect()
}

fn root(above: &mut [usize], mut at: usize) -> usize {
    while above[at] != at {
        above[at] = above[above[at]];
        at = above[at];
    }
    at
}

fn join(above: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(above, one), root(above, other));
    above[one.max(other)] = one.min(other);
}

fn draw(group: &str, seed: u64) -> u64 {
    hash_text(hash(seed, &[7]), group)
}
