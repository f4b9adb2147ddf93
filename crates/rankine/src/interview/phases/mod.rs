//! The parts of an interview, one file each: what is asked, and what is made of the answers.

mod clarify;
mod close;
pub(super) mod curveball;
mod features;
mod frame;
pub(super) mod model;
pub(super) mod serve;
pub(super) mod size;

use super::blocks::{Question, Talk};
use super::clock::Act;
use super::hearing::{Offered, bare, choice};
use super::quantity::{quantity_in, several_in};
use super::session::{Desk, Interview, Phase};
use crate::error::Error;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// It was an answer; `back` takes it back.
    Taken,
    /// It was an answer that stays: something was executed or told for it.
    Sealed,
    /// It was none.
    Not,
}

/// A part of the interview.
trait Part: Sync {
    /// What the interviewer says first.
    fn opening(&self) -> &'static str;

    /// How many questions it has.
    fn questions(&self, interview: &Interview) -> usize;

    /// The question that is open.
    fn ask(&self, interview: &Interview) -> Question;

    /// What may be said here.
    fn help(&self) -> &'static str;

    /// Something that helps with the open question.
    fn hint(&self, interview: &Interview, desk: &Desk<'_>) -> Result<String, Error>;

    /// Takes a line.
    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        desk: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error>;

    /// Leaves the open question without an answer; whether that stays.
    fn skip(&self, interview: &mut Interview, _desk: &Desk<'_>, talk: &mut Talk) -> Result<bool, Error> {
        interview.advance(talk);
        Ok(false)
    }
}

/// Which of the options is meant; where that is not clear, it is asked.
fn one_of<O: Offered>(
    options: &[O],
    interview: &mut Interview,
    line: &str,
    talk: &mut Talk,
) -> Option<usize> {
    let chosen = choice(line, options);
    if chosen.is_none() {
        interview.spend(Act::Stumble);
        talk.speech("I do not find that among what is offered. Which of them? Its number is enough.");
    }
    chosen
}

/// The quantity that a line says; where it says none, or several, it is asked which.
fn quantity(
    interview: &mut Interview,
    line: &str,
    (unit, example): (&str, &str),
    shown: &dyn Fn(f64) -> String,
    talk: &mut Talk,
) -> Option<f64> {
    if let Some(doubtful) = interview.state.doubtful.take().filter(|_| agrees(line)) {
        return Some(doubtful);
    }
    let said = quantity_in(line, unit).filter(|value| *value > 0.0);
    let Some(value) = said.filter(|_| !several_in(line)) else {
        interview.spend(Act::Stumble);
        interview.state.doubtful = said;
        talk.speech(match said {
            Some(value) => format!(
                "You said several numbers, of which I would take {}. `yes` if that is the answer; otherwise say \
                 the one that is, alone.",
                shown(value)
            ),
            None => format!("I need a number with its unit, such as `{example}`; `next` leaves it out."),
        });
        return None;
    };
    Some(value)
}

/// Whether a line says yes.
fn agrees(line: &str) -> bool {
    matches!(bare(line).as_str(), "yes" | "y" | "yep" | "right" | "exactly")
}

fn part(phase: Phase) -> Option<&'static dyn Part> {
    Some(match phase {
        Phase::Clarify => &clarify::Clarify,
        Phase::Size => &size::Size,
        Phase::Frame => &frame::Frame,
        Phase::Features => &features::Features,
        Phase::Model => &model::Model,
        Phase::Serve => &serve::Serve,
        Phase::Curveball => &curveball::Curveball,
        Phase::Close => &close::Close,
        Phase::Over => return None,
    })
}

pub(super) fn opening(phase: Phase) -> &'static str {
    part(phase).map_or("", |part| part.opening())
}

/// How many questions a phase has in this interview; none where it is not asked.
pub(super) fn questions(interview: &Interview, phase: Phase) -> usize {
    part(phase).filter(|_| interview.level.asks(phase)).map_or(0, |part| part.questions(interview))
}

pub(super) fn question(interview: &Interview) -> Option<Question> {
    part(interview.state.phase).map(|part| part.ask(interview))
}

pub(super) fn help(interview: &Interview) -> &'static str {
    part(interview.state.phase).map_or("", |part| part.help())
}

pub(super) fn hint(interview: &Interview, desk: &Desk<'_>) -> Result<String, Error> {
    part(interview.state.phase).map_or(Ok(String::new()), |part| part.hint(interview, desk))
}

pub(super) fn hear(
    interview: &mut Interview,
    line: &str,
    desk: &Desk<'_>,
    talk: &mut Talk,
) -> Result<Answered, Error> {
    part(interview.state.phase).map_or(Ok(Answered::Not), |part| part.hear(interview, line, desk, talk))
}

pub(super) fn skip(interview: &mut Interview, desk: &Desk<'_>, talk: &mut Talk) -> Result<bool, Error> {
    part(interview.state.phase).map_or(Ok(false), |part| part.skip(interview, desk, talk))
}
