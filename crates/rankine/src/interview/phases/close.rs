//! Close: which part went worst, as the interviewee sees it; the debrief tells whether it did.

use super::super::blocks::{Question, Talk};
use super::super::clock::Act;
use super::super::session::{Desk, Interview, Phase};
use super::{Answered, Part, one_of};
use crate::error::Error;

pub(super) struct Close;

/// The parts of a score, each with the phase in which it is earned and what it was about.
const PARTS: [(&str, Phase, &str); 8] = [
    ("clarify", Phase::Clarify, "what I asked"),
    ("size", Phase::Size, "the sums"),
    ("frame", Phase::Frame, "output, label and metric"),
    ("features", Phase::Features, "what the model may know"),
    ("predict", Phase::Model, "what I expected of the experiments"),
    ("select", Phase::Model, "what I chose to build"),
    ("serve", Phase::Serve, "what I promised"),
    ("curveball", Phase::Curveball, "what I did after launch"),
];

impl Part for Close {
    fn opening(&self) -> &'static str {
        "That is all I have. One question before I tell you what I think."
    }

    fn questions(&self, _: &Interview) -> usize {
        1
    }

    fn ask(&self, interview: &Interview) -> Question {
        let options = asked(interview).map(|(name, about)| format!("{name}: {about}")).collect();
        let ask = "Which part of this interview would you do again first?".to_owned();
        Question { phase: Phase::Close.name().to_owned(), ask, options, most: 1, example: "2".to_owned() }
    }

    fn help(&self) -> &'static str {
        "Here you name the part that you think cost you most. It is not scored; the debrief tells which did."
    }

    fn hint(&self, _: &Interview, _: &Desk<'_>) -> Result<String, Error> {
        Ok("Think of where you guessed.".to_owned())
    }

    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        _: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error> {
        let names: Vec<&'static str> = asked(interview).map(|(name, _)| name).collect();
        let Some(chosen) = one_of(&names, interview, line, talk) else { return Ok(Answered::Not) };
        talk.evidence(format!("I heard: {}", names[chosen]));
        interview.spend(Act::Choose);
        interview.state.worst = Some(names[chosen]);
        interview.advance(talk);
        Ok(Answered::Taken)
    }
}

/// The parts that there were in this interview.
fn asked(interview: &Interview) -> impl Iterator<Item = (&'static str, &'static str)> {
    let phases = interview.asked();
    PARTS
        .into_iter()
        .filter(move |(_, phase, _)| phases.contains(phase))
        .map(|(name, _, about)| (name, about))
}
