//! Prepare: from a log to a [`Dataset`]: checked events in order, requests with their outcomes, periods.

mod arrange;
mod blocks;
mod by_id;
pub mod checks;
pub mod convert;
mod merge;
mod opened;
mod order;
mod others;
mod outcomes;
mod passed_over;
mod periods;
mod profile;
mod read;
mod repeats;

use serde::{Deserialize, Serialize};

pub(crate) use order::events;
pub use order::{HELD, Rejected};
pub use outcomes::{Outcome, Period};
pub use profile::{Note, Profile};
pub(crate) use read::{Pending, lines, native_files, sort, start, walked};

use crate::error::Error;
use crate::log::{Dictionary, Name};
use crate::problem::Problem;
use crate::progress::Progress;
use rankine_learn::Event;
use std::path::{Path, PathBuf};

/// A log ready for replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// Names and their numbers.
    pub dictionary: Dictionary,
    /// Events in the order in which they became known.
    pub events: Vec<Event>,
    /// What each request led to, in log order.
    pub outcomes: Vec<Outcome>,
    /// Index in `outcomes` where each period begins: history, train, validation, test; then the end.
    pub periods: [usize; 5],
    /// Counts and notes.
    pub profile: Profile,
    /// The folder to which the paths of pictures are relative; it belongs to the place, not to the
    /// data, so that whoever knows the place sets it.
    #[serde(skip)]
    pub root: PathBuf,
}

impl Dataset {
    /// The requests of a period.
    pub fn of(&self, period: Period) -> &[Outcome] {
        &self.outcomes[self.periods[period as usize]..self.periods[period as usize + 1]]
    }

    /// The index in `events` at which a period begins.
    pub fn begins(&self, period: Period) -> usize {
        self.outcomes.get(self.periods[period as usize]).map_or(self.events.len(), |first| first.event)
    }
}

/// Reads the log at `data` (a file in the native schema, or a folder) and prepares it. `seed` shuffles
/// examples, where the problem says so.
///
/// # Errors
/// Where the data cannot be read, bears one time throughout, has a period without an outcome, or fails a check
/// that stops a run.
pub fn prepare(problem: &Problem, data: &Path, seed: u64, progress: &dyn Progress) -> Result<Dataset, Error> {
    let dataset = examine(problem, data, seed, progress)?;
    checks::stop(&dataset.profile.checks)?;
    Ok(dataset)
}

/// The same, whatever the checks say.
///
/// # Errors
/// Where the data cannot be read, bears one time throughout, or has a period without an outcome.
pub fn examine(problem: &Problem, data: &Path, seed: u64, progress: &dyn Progress) -> Result<Dataset, Error> {
    Ok(named(problem, data, seed, progress)?.0)
}

/// The same with the ids of the requests, by number; requests that have none, or are implied, lie beyond or are
/// empty.
///
/// # Errors
/// As [`examine`].
pub fn named(
    problem: &Problem,
    data: &Path,
    seed: u64,
    progress: &dyn Progress,
) -> Result<(Dataset, Vec<Name>), Error> {
    let mut log = order::read(problem, data, seed, progress)?;
    if log.events.is_empty() {
        let why = log.rejected.sentence().unwrap_or_else(|| "there is none".to_owned());
        return Err(Error::Data(format!("no line of {} could be taken: {why}", data.display())));
    }
    let implied = outcomes::imply_requests(problem, &mut log.events);
    let outcomes = outcomes::attribute(problem, &log.events);
    outcomes::tell_apart(&outcomes, implied > 0, data)?;
    let periods = periods::split(problem, &outcomes, &log.arranged, log.given)
        .map_err(|error| profile::with_causes(error, problem, &log, &outcomes))?;
    let mut profile = profile::profile(problem, &log, &outcomes, &periods, implied);
    profile.notes.extend(repeats::note(problem, &log, &outcomes, &periods));
    profile.notes.extend(passed_over::note(problem, data));
    profile.checks = checks::look(problem, &log, &outcomes, &periods, &profile);
    let root = PathBuf::new();
    let requests = log.requests;
    Ok((
        Dataset { dictionary: log.dictionary, events: log.events, outcomes, periods, profile, root },
        requests,
    ))
}
