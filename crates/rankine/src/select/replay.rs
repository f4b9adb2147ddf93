//! Replay: the log is walked once, in order; a request is answered before its own event is taken in.

use rankine_learn::{Fold, Moment, Value, What, hash};

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
        let moment = Moment { time: outcome.time, user: outcome.user, context: self.context(outcome) };
        Question { moment, limit, pool: None, seed: hash(0, &[u64::from(outcome.request)]) }
    }

    fn context(&self, outcome: &Outcome) -> &'a [Value] {
        match &self.dataset.events[outcome.event].what {
            What::Request { context, .. } => context,
            _ => &[],
        }
    }
}

/// Requests whose outcome can be judged: something relevant followed, and the label's window closed before
/// the period did, so that nothing of the next period is learned from.
pub(super) fn judged<'a>(problem: &Problem, dataset: &'a Dataset, period: Period) -> Vec<&'a Outcome> {
    let next = dataset.periods[period as usize + 1];
    let closes = dataset.outcomes.get(next).map(|outcome| outcome.time);
    let within = problem.labels.0[0].within;
    let closed = |outcome: &&Outcome| closes.is_none_or(|closes| outcome.time + within <= closes);
    dataset.of(period).iter().filter(|outcome| !outcome.relevant.is_empty()).filter(closed).collect()
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
pub(crate) fn rehearsal(dataset: &Dataset) -> Vec<Rehearsal> {
    let users = |outcome: &Outcome| match &dataset.events[outcome.event].what {
        What::Request { user, context, .. } => Some((*user, context.clone())),
        _ => None,
    };
    let latest = dataset.outcomes.iter().rev().take(REHEARSED).filter_map(users);
    latest.map(|(user, context)| Rehearsal { user, context }).collect()
}

const REHEARSED: usize = 500;
