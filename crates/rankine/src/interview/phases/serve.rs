//! Serve: what is promised, then measured on the pipeline that was chosen.

use super::super::blocks::{Question, Talk};
use super::super::clock::Act;
use super::super::room::BOUNDS;
use super::super::session::{Desk, Interview, Phase};
use super::{Answered, Part, quantity, size};
use crate::error::Error;
use crate::select::Measured;

pub(super) struct Serve;

/// The questions, with the unit of each answer and an example.
const ASKED: [(&str, &str, &str); 2] = [
    (
        "Which latency do you promise for 99 of 100 answers, while one server gets its share of the requests?",
        "ms",
        "20 ms",
    ),
    ("How much memory will a server need for it?", "B", "500 MB"),
];

impl Part for Serve {
    fn opening(&self) -> &'static str {
        "Now it must run. Promise something; I measure it."
    }

    fn questions(&self, _: &Interview) -> usize {
        ASKED.len()
    }

    fn ask(&self, interview: &Interview) -> Question {
        let (ask, _, example) = ASKED[interview.state.at.min(ASKED.len() - 1)];
        Question::free(Phase::Serve, ask, example)
    }

    fn help(&self) -> &'static str {
        "Here a number with its unit is a promise: too little is broken, more than thirty times what it takes is \
         worth less."
    }

    fn hint(&self, interview: &Interview, _: &Desk<'_>) -> Result<String, Error> {
        let at = interview.state.at.min(BOUNDS.len() - 1);
        let bound = interview.room.bound(BOUNDS[at]).map(|bound| shown(at, bound));
        Ok(match (at, bound) {
            (0, Some(bound)) => {
                format!("More than {bound} may not be promised; such pipelines answer in far less.")
            }
            (_, Some(bound)) => {
                format!("More than {bound} is not there; think of bytes an item times items.")
            }
            _ => "Nobody set a bound; then the promise is yours.".to_owned(),
        })
    }

    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        desk: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error> {
        let at = interview.state.at;
        let (_, unit, example) = ASKED[at];
        let Some(value) = quantity(interview, line, (unit, example), &|value| shown(at, value), talk) else {
            return Ok(Answered::Not);
        };
        interview.spend(Act::Estimate);
        interview.state.promises[at] = Some(value);
        talk.evidence(format!("Promised: {}.", shown(at, value)));
        let last = at + 1 == ASKED.len();
        if last {
            told(interview, desk, talk)?;
        }
        interview.advance(talk);
        Ok(if last { Answered::Sealed } else { Answered::Taken })
    }

    fn skip(&self, interview: &mut Interview, desk: &Desk<'_>, talk: &mut Talk) -> Result<bool, Error> {
        let last = interview.state.at + 1 == ASKED.len();
        if last {
            told(interview, desk, talk)?;
        }
        interview.advance(talk);
        Ok(last)
    }
}

fn told(interview: &Interview, desk: &Desk<'_>, talk: &mut Talk) -> Result<(), Error> {
    let measured = measured(interview, desk)?;
    let have = figures(&measured);
    for (at, (promise, have)) in interview.state.promises.iter().zip(have).enumerate() {
        let Some(promise) = promise else { continue };
        let said = shown(at, have);
        talk.speech(if *promise < have {
            format!("Measured: {said}. The promise is broken.")
        } else if let Some(bound) = bound(interview, at, have).filter(|bound| promise > bound) {
            format!("Measured: {said}. Kept, but no more than {} was allowed.", shown(at, bound))
        } else if *promise > WIDE * have {
            format!("Measured: {said}. Kept, but you reserved {:.0} times what it takes.", promise / have)
        } else {
            format!("Measured: {said}. Kept.")
        });
    }
    talk.evidence(format!(
        "An open load of {:.0} requests a second on this machine, {} answers.",
        measured.per_second, measured.requests
    ));
    Ok(())
}

/// Latency and memory of what was chosen; of the baseline where nothing was.
pub(in super::super) fn measured(interview: &Interview, desk: &Desk<'_>) -> Result<Measured, Error> {
    let room = &interview.room;
    let pick = interview.state.pick.clone().unwrap_or_else(|| room.brief.baseline().to_owned());
    let executed = room.execute(&room.reference(), desk.progress)?;
    room.measured(&executed, &pick, desk.measure)
}

/// Milliseconds and bytes of a measurement, in the order of the promises.
pub(in super::super) fn figures(measured: &Measured) -> [f64; 2] {
    [measured.latency_ms.p99.max(1e-3), measured.memory_bytes.max(1) as f64]
}

/// The most that may be promised, where somebody said so and this machine, which needs `have`, can keep it.
pub(in super::super) fn bound(interview: &Interview, at: usize, have: f64) -> Option<f64> {
    interview.room.bound(BOUNDS[at]).filter(|bound| have <= *bound)
}

/// How much of a promise holds, from 0 to 1: kept and not far above, kept but wasteful, broken. One beyond what is
/// allowed is worth nothing.
pub(in super::super) fn kept(promise: f64, have: f64, bound: Option<f64>) -> f64 {
    match promise / have {
        _ if bound.is_some_and(|bound| promise > bound) => 0.0,
        ratio if (1.0..=WIDE).contains(&ratio) => 1.0,
        ratio if ratio > WIDE => 0.6,
        ratio if ratio >= 1.0 / 3.0 => 0.3,
        _ => 0.0,
    }
}

/// A promise of more times what it takes is worth less.
pub(in super::super) const WIDE: f64 = 30.0;

pub(in super::super) fn shown(at: usize, value: f64) -> String {
    match at {
        0 if value < 0.1 => format!("{value:.4} ms"),
        0 => format!("{value:.2} ms"),
        _ => size::bytes(value),
    }
}
