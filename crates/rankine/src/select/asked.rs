//! The examples of a log: what each request showed and what came of it, with the feature values at that moment.

use rankine_learn::{Column, Id, Moment, Rows, hash};

use super::part::Part;
use super::replay::{Replay, asked, closed};
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
    let mut replay = Replay::new(problem, dataset)?;
    let users = &dataset.dictionary.entities[problem.schema.user];
    let mut walked = Walked { columns: replay.fold.columns().to_vec(), open: 0 };
    for period in [Period::History, Period::Train, Period::Validation, Period::Test] {
        if (period as usize) < walk.from as usize {
            continue;
        }
        let closed = closed(problem, dataset, period);
        for outcome in dataset.of(period) {
            progress.advance(1);
            progress.check()?;
            if !walk.part.holds(users.name(outcome.user)) {
                continue;
            }
            if !closed(outcome) {
                walked.open += 1;
                continue;
            }
            replay.advance(outcome.event);
            let (context, shown) = asked(dataset, outcome);
            let items = candidates(&replay, outcome, shown, walk);
            let moment = Moment { time: outcome.time, user: outcome.user, context };
            let mut rows = Rows::missing(items.len(), walked.columns.len());
            replay.fold.write(&moment, &items, &mut rows);
            let asked = Asked { outcome, period, items: &items, shown: shown.len(), rows: &rows };
            each(&walked.columns, &asked)?;
        }
    }
    Ok(walked)
}

fn candidates(replay: &Replay<'_>, outcome: &Outcome, shown: &[Id], walk: &Walk) -> Vec<Id> {
    let mut items = shown.to_vec();
    let relevant = outcome.relevant.iter().map(|(item, _)| *item);
    items.extend(relevant.filter(|item| !shown.contains(item)));
    let (memory, known) = (&replay.fold.memory, replay.fold.memory.items() as u64);
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
    items
}
