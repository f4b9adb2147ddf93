//! Checks of data: what may be wrong with a log, each in its file, all in one list.

mod against_time;
mod cardinality;
mod clock;
mod concentration;
mod drift;
mod duplicates;
mod encodings;
mod filled_afterwards;
mod future;
mod gaps;
mod malformed;
mod newcomers;
mod position;
mod power;
mod repeated_examples;
mod repeats;
mod seen;
mod tells_outcome;
mod undescribed;
mod unshown;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::seen::Seen;
use super::order::Log;
use super::outcomes::Outcome;
use super::profile::Profile;
use crate::error::Error;
use crate::problem::Problem;

/// Every check, in the order in which they are told. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Check] = &[
    &malformed::CHECK,
    &encodings::CHECK,
    &duplicates::CHECK,
    &clock::CHECK,
    &gaps::CHECK,
    &undescribed::CHECK,
    &unshown::CHECK,
    &cardinality::CHECK,
    &drift::CHECK,
    &position::CHECK,
    &concentration::CHECK,
    &repeats::CHECK,
    &newcomers::CHECK,
    &power::CHECK,
    &tells_outcome::CHECK,
    &filled_afterwards::CHECK,
    &future::CHECK,
    &repeated_examples::CHECK,
    &against_time::CHECK,
];

/// What a check is about.
#[derive(Debug)]
pub struct Card {
    /// Its name, in small letters and dashes.
    pub name: &'static str,
    /// What it looks for: a sentence.
    pub what: &'static str,
    /// Why it matters: a sentence.
    pub why: &'static str,
    /// What is likely behind it: a sentence.
    pub cause: &'static str,
    /// What to do about it: a sentence.
    pub help: &'static str,
    /// Whether a run stops where it fails and the design does not allow it.
    pub stops: bool,
}

/// One check.
pub struct Check {
    /// What it is about.
    pub card: Card,
    look: fn(&Facts<'_>) -> Found,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing speaks against the log.
    Pass,
    /// Somebody should look at it.
    Warn,
    /// Something is wrong.
    Fail,
}

impl Status {
    /// As it is told.
    pub fn name(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Warn => "warn",
            Status::Fail => "fail",
        }
    }
}

/// A check and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The check's name.
    pub name: String,
    /// How it came out.
    pub status: Status,
    /// What was found: a sentence with its numbers.
    pub message: String,
    /// Names of counts and their values.
    pub counts: Vec<(String, f64)>,
    /// Where it was found, at most [`EXAMPLES`].
    pub examples: Vec<String>,
    /// Values to draw, by what they are of.
    pub bars: Vec<(String, f64)>,
    /// Why the design allows that it fails.
    pub allowed: Option<String>,
}

impl Checked {
    /// The card of the check; `None` where this version has none of this name.
    pub fn card(&self) -> Option<&'static Card> {
        ALL.iter().map(|check| &check.card).find(|card| card.name == self.name)
    }

    /// Whether it stops a run.
    pub fn stops(&self) -> bool {
        self.status == Status::Fail && self.allowed.is_none() && self.card().is_some_and(|card| card.stops)
    }
}

/// The most examples that a check shows.
pub const EXAMPLES: usize = 5;

/// What checks look at.
struct Facts<'a> {
    problem: &'a Problem,
    log: &'a Log,
    outcomes: &'a [Outcome],
    periods: &'a [usize; 5],
    profile: &'a Profile,
    seen: Seen,
}

impl Facts<'_> {
    /// The name of a user.
    fn user(&self, user: rankine_learn::Id) -> &str {
        self.log.dictionary.entities[self.problem.schema.user].name(user)
    }

    /// The name of an item.
    fn item(&self, item: rankine_learn::Id) -> &str {
        self.log.dictionary.entities[self.problem.schema.item].name(item)
    }

    /// The requests of each period, by its name.
    fn by_period(&self) -> impl Iterator<Item = (&'static str, std::ops::Range<usize>)> {
        let names = ["history", "train", "validation", "test"].into_iter().enumerate();
        names
            .map(|(at, name)| (name, self.periods[at]..self.periods[at + 1]))
            .filter(|(_, range)| !range.is_empty())
    }
}

/// What a check found.
struct Found {
    status: Status,
    message: String,
    counts: Vec<(&'static str, f64)>,
    examples: Vec<String>,
    bars: Vec<(String, f64)>,
}

impl Found {
    fn new(status: Status, message: impl Into<String>) -> Found {
        let (counts, examples, bars) = (Vec::new(), Vec::new(), Vec::new());
        Found { status, message: message.into(), counts, examples, bars }
    }

    fn pass(message: impl Into<String>) -> Found {
        Found::new(Status::Pass, message)
    }

    fn count(mut self, name: &'static str, value: f64) -> Found {
        self.counts.push((name, value));
        self
    }

    fn examples(mut self, examples: impl IntoIterator<Item = String>) -> Found {
        self.examples.extend(examples.into_iter().take(EXAMPLES));
        self
    }

    fn bars(mut self, bars: Vec<(String, f64)>) -> Found {
        self.bars = bars;
        self
    }
}

/// The worst of: fail from one share on, warn from another.
fn graded(share: f64, warn: f64, fail: f64) -> Status {
    if share >= fail {
        Status::Fail
    } else if share >= warn && share > 0.0 {
        Status::Warn
    } else {
        Status::Pass
    }
}

/// A share in percent, exact enough to tell little from nothing.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent != 0.0 && percent.abs() < 1.0 { format!("{percent:.2}%") } else { format!("{percent:.1}%") }
}

/// Looks at a log in every way.
pub(super) fn look(
    problem: &Problem,
    log: &Log,
    outcomes: &[Outcome],
    periods: &[usize; 5],
    profile: &Profile,
) -> Vec<Checked> {
    let seen = Seen::of(problem, log, outcomes, profile.impressions as usize);
    let facts = Facts { problem, log, outcomes, periods, profile, seen };
    let one = |check: &&Check| {
        let found = (check.look)(&facts);
        let name = check.card.name;
        let allowed = problem.evaluate.allow.get(name).filter(|_| found.status == Status::Fail).cloned();
        let counts = found.counts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let (status, message, examples, bars) = (found.status, found.message, found.examples, found.bars);
        Checked { name: name.to_owned(), status, message, counts, examples, bars, allowed }
    };
    ALL.par_iter().map(one).collect()
}

/// Refuses a log that a check stops.
///
/// # Errors
/// What was found, the likely cause and what to do, for each such check.
pub(crate) fn stop(checks: &[Checked]) -> Result<(), Error> {
    let told: Vec<String> = checks.iter().filter(|checked| checked.stops()).map(sentence).collect();
    if told.is_empty() { Ok(()) } else { Err(Error::Data(told.join("\n"))) }
}

fn sentence(checked: &Checked) -> String {
    let Some(card) = checked.card() else { return checked.message.clone() };
    let name = card.name;
    format!(
        "check `{name}` fails: {} {} {} Where it is right nevertheless, write `[evaluate] allow = {{ {name} = \"…\" }}` \
         with the reason.",
        checked.message, card.cause, card.help
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_check_is_listed_named_and_explained() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/prepare/checks");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let declares = |path: &std::path::PathBuf| {
            std::fs::read_to_string(path).unwrap().contains("pub(super) static CHECK: Check")
        };
        let own = |path: &std::path::PathBuf| !path.ends_with("mod.rs");
        assert_eq!(files.filter(own).filter(declares).count(), ALL.len());
        let names: BTreeSet<&str> = ALL.iter().map(|check| check.card.name).collect();
        assert_eq!(names.len(), ALL.len());
        for Check { card, .. } in ALL.iter().copied() {
            assert!(card.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", card.name);
            for text in [card.what, card.why, card.cause, card.help] {
                assert!(
                    text.ends_with('.') && text.len() > 20 && !text.contains("  "),
                    "{}: {text}",
                    card.name
                );
            }
        }
    }
}
