//! Replay: the log is walked once, in order; a request is answered before its own event is taken in.

use rankine_design::Split;
use rankine_learn::{Fold, Id, Moment, Value, What, hash};

use super::scenes;
use crate::bundle::Rehearsal;
use crate::error::Error;
use crate::pipeline::Question;
use crate::prepare::{Dataset, Outcome, Period};
use crate::problem::Problem;

/// A walk over the log with the state as of where it stands.
pub(super) struct Replay<'a> {
    pub(super) problem: &'a Problem,
    pub(super) dataset: &'a Dataset,
    pub(super) fold: Fold,
    at: usize,
}

impl<'a> Replay<'a> {
    pub(super) fn new(problem: &'a Problem, dataset: &'a Dataset) -> Result<Replay<'a>, Error> {
        let fold = Fold::new(&problem.schema, &problem.labels, &problem.features).map_err(Error::Data)?;
        Ok(Replay { problem, dataset, fold, at: 0 })
    }

    /// Takes in the events before index `to`.
    pub(super) fn advance(&mut self, to: usize) {
        for event in &self.dataset.events[self.at..to.max(self.at)] {
            self.fold.observe(event);
        }
        self.at = self.at.max(to);
    }

    /// The question that a request asked, once the walk stands right before it.
    pub(super) fn question(&self, outcome: &Outcome, limit: usize) -> Question<'a> {
        debug_assert_eq!(self.at, outcome.event, "a request must be answered strictly before its event");
        let (context, shown) = asked(self.dataset, outcome);
        let moment = Moment { time: outcome.time, user: outcome.user, context };
        let pool = self.problem.predicts().then_some(shown);
        Question { moment, limit, pool, seed: hash(0, &[u64::from(outcome.request)]) }
    }
}

/// The context of a request and what it showed.
pub(super) fn asked<'a>(dataset: &'a Dataset, outcome: &Outcome) -> (&'a [Value], &'a [Id]) {
    match &dataset.events[outcome.event].what {
        What::Request { context, shown, .. } => (context, shown),
        _ => (&[], &[]),
    }
}

/// Requests whose outcome can be judged: something relevant followed, and the label's window closed before
/// the period did, so that nothing of the next period is learned from.
pub(super) fn judged<'a>(problem: &Problem, dataset: &'a Dataset, period: Period) -> Vec<&'a Outcome> {
    let closed = closed(problem, dataset, period);
    let telling = |outcome: &&Outcome| {
        if !problem.predicts() {
            return !outcome.relevant.is_empty();
        }
        let known =
            |item: &Id| (0..problem.labels.0.len()).any(|at| outcome.label(problem, at, *item).is_some());
        asked(dataset, outcome).1.iter().any(known)
    };
    dataset.of(period).iter().filter(telling).filter(|outcome| closed(outcome)).collect()
}

/// Whether a request's outcome is known before the next period begins.
pub(super) fn closed<'a>(
    problem: &'a Problem,
    dataset: &'a Dataset,
    period: Period,
) -> impl Fn(&Outcome) -> bool + 'a {
    let next = dataset.periods[period as usize + 1];
    let closes = dataset.outcomes.get(next).map(|outcome| outcome.time);
    let windows = problem.labels.0.iter().map(|label| label.within);
    let within = windows.take(if problem.predicts() { usize::MAX } else { 1 }).max().unwrap_or(0);
    // Where rows stand for time, a row's outcome is known with it.
    let within = if problem.evaluate.split == Split::Time { within } else { 0 };
    move |outcome| closes.is_none_or(|closes| outcome.time + within <= closes)
}

/// A sample of at most `most`, the same for the same seed, in log order.
pub(super) fn sample(outcomes: Vec<&Outcome>, most: usize, seed: u64) -> Vec<&Outcome> {
    if outcomes.len() <= most {
        return outcomes;
    }
    let mut keyed: Vec<(u64, usize)> = outcomes
        .iter()
        .enumerate()
        .map(|(at, outcome)| (hash(seed, &[3, u64::from(outcome.request)]), at))
        .collect();
    keyed.sort_unstable();
    keyed.truncate(most);
    let mut kept: Vec<usize> = keyed.into_iter().map(|(_, at)| at).collect();
    kept.sort_unstable();
    kept.into_iter().map(|at| outcomes[at]).collect()
}

/// The latest requests of the log, for warm-up and measurement.
pub(crate) fn rehearsal(problem: &Problem, dataset: &Dataset) -> Vec<Rehearsal> {
    if problem.detects() {
        return scenes::rehearsal(problem, dataset);
    }
    let asked = |outcome: &Outcome| match &dataset.events[outcome.event].what {
        What::Request { user, context, shown, .. } => {
            let pool = if problem.predicts() { shown.to_vec() } else { Vec::new() };
            Some(Rehearsal { user: *user, context: context.to_vec(), pool, picture: Vec::new() })
        }
        _ => None,
    };
    dataset.outcomes.iter().rev().take(REHEARSED).filter_map(asked).collect()
}

const REHEARSED: usize = 500;
