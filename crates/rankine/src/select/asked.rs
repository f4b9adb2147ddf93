//! The examples of a log: what each request showed and what came of it, with the feature values at that moment.

use std::borrow::Cow;

use rankine_learn::{Ask, Column, Folds, Id, Memory, Moment, Rows, hash};

use super::part::Part;
use super::replay::{asked, closed};
use crate::error::Error;
use crate::prepare::{Dataset, Outcome, Period};
use crate::problem::Problem;
use crate::progress::Progress;

/// A request of the log with its examples.
pub struct Asked<'a> {
    /// What came of it.
    pub outcome: &'a Outcome,
    /// When it belongs to.
    pub period: Period,
    /// What was shown, in order; then what was relevant but not shown, or drawn where nothing was shown.
    pub items: &'a [Id],
    /// How many of them were shown.
    pub shown: usize,
    /// `items x features`: what [`rankine_learn::Fold::write`] gives right before the request's own event.
    pub rows: &'a Rows,
}

/// Which requests are walked, and what is drawn beside them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Walk {
    /// The first period.
    pub from: Period,
    /// Items drawn for a request that says not what was shown: items that the log has named and that were not
    /// relevant.
    pub beside: usize,
    /// The seed of these draws.
    pub seed: u64,
    /// Whose requests.
    pub part: Part,
}

/// What was walked.
#[derive(Debug, Clone, PartialEq)]
pub struct Walked {
    /// What the columns of rows mean.
    pub columns: Vec<Column>,
    /// Requests whose outcome was not known before the next period began, which are passed over.
    pub open: u64,
}

/// Takes requests, one after another, with what the columns of their rows mean.
pub type EachAsked<'e> = &'e mut dyn FnMut(&[Column], &Asked<'_>) -> Result<(), Error>;

/// Hands out the requests of a dataset in log order. What they are told of does not depend on the part: the whole
/// log is observed.
///
/// # Errors
/// Those of `each`, and [`Error::Stopped`].
pub fn each_asked(
    problem: &Problem,
    dataset: &Dataset,
    walk: &Walk,
    each: EachAsked<'_>,
    progress: &dyn Progress,
) -> Result<Walked, Error> {
    let threads = rayon::current_num_threads().min(ABREAST);
    let mut folds =
        Folds::new(&problem.schema, &problem.labels, &problem.features, threads).map_err(Error::Data)?;
    let users = &dataset.dictionary.entities[problem.schema.user];
    let mut walked = Walked { columns: folds.columns().to_vec(), open: 0 };
    for period in [Period::History, Period::Train, Period::Validation, Period::Test] {
        if (period as usize) < walk.from as usize {
            continue;
        }
        let closed = closed(problem, dataset, period);
        let own = |outcome: &&Outcome| walk.part.holds(users.name(outcome.user));
        let (told, open): (Vec<&Outcome>, Vec<&Outcome>) =
            dataset.of(period).iter().filter(own).partition(|outcome| closed(outcome));
        walked.open += open.len() as u64;
        progress.advance((dataset.of(period).len() - told.len()) as u64);
        let before: Vec<usize> = told.iter().map(|outcome| outcome.event).collect();
        let ask = |nth: usize, memory: &Memory| {
            let (context, shown) = asked(dataset, told[nth]);
            let moment = Moment { time: told[nth].time, user: told[nth].user, context };
            Ask { moment, items: candidates(memory, told[nth], shown, walk) }
        };
        folds.walk(&dataset.events, &before, &ask, &mut |nth, items, rows| {
            progress.advance(1);
            progress.check()?;
            let shown = asked(dataset, told[nth]).1.len();
            each(&walked.columns, &Asked { outcome: told[nth], period, items, shown, rows })
        })?;
    }
    Ok(walked)
}

/// Folds that walk side by side at most: each remembers everybody's history anew.
const ABREAST: usize = 4;

fn candidates<'a>(memory: &Memory, outcome: &Outcome, shown: &'a [Id], walk: &Walk) -> Cow<'a, [Id]> {
    let relevant = || outcome.relevant.iter().map(|(item, _)| *item).filter(|item| !shown.contains(item));
    if !shown.is_empty() && relevant().next().is_none() {
        return Cow::Borrowed(shown);
    }
    let mut items = shown.to_vec();
    items.extend(relevant());
    let known = memory.items() as u64;
    if shown.is_empty() && known > 0 {
        let wanted = items.len() + walk.beside;
        // Where nearly all are relevant already, so many tries may find nothing more.
        for draw in 0..4 * walk.beside as u64 {
            let item = (hash(walk.seed, &[11, u64::from(outcome.request), draw]) % known) as Id;
            if items.len() < wanted && memory.has_item(item) && !items.contains(&item) {
                items.push(item);
            }
        }
    }
    Cow::Owned(items)
}
