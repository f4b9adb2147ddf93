//! Frame: output, label, objective and metric, out of a closed vocabulary.

use super::super::blocks::{Question, Talk};
use super::super::clock::Act;
use super::super::session::{Desk, Interview, Phase};
use super::{Answered, Part, one_of};
use crate::error::Error;

pub(super) struct Frame;

impl Part for Frame {
    fn opening(&self) -> &'static str {
        "Now put it as a task for a machine to learn."
    }

    fn questions(&self, interview: &Interview) -> usize {
        interview.room.brief.plan.frames.len()
    }

    fn ask(&self, interview: &Interview) -> Question {
        let frame = &interview.room.brief.plan.frames[interview.state.at];
        Question {
            phase: Phase::Frame.name().to_owned(),
            ask: frame.ask.clone(),
            options: order(interview).into_iter().map(|at| frame.options[at].say.clone()).collect(),
            most: 1,
            example: "2".to_owned(),
        }
    }

    fn help(&self) -> &'static str {
        "Here you choose one of the options, by its number or its words."
    }

    fn hint(&self, interview: &Interview, _: &Desk<'_>) -> Result<String, Error> {
        let frame = &interview.room.brief.plan.frames[interview.state.at];
        let worse = frame.options.iter().rfind(|option| option.fits == Some(false)).or(frame.options.last());
        Ok(worse
            .map_or_else(String::new, |option| format!("Of \"{}\" I would say: {}", option.say, option.why)))
    }

    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        _: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error> {
        let room = interview.room.clone();
        let at = interview.state.at;
        let frame = &room.brief.plan.frames[at];
        let order = order(interview);
        let names: Vec<&str> = order.iter().map(|&at| frame.options[at].say.as_str()).collect();
        let Some(chosen) = one_of(&names, interview, line, talk) else { return Ok(Answered::Not) };
        let chosen = order[chosen];
        interview.spend(Act::Choose);
        interview.state.frames[at] = Some(chosen);
        let option = &frame.options[chosen];
        talk.evidence(format!("I heard: {}", option.say));
        talk.speech(option.why.clone());
        interview.advance(talk);
        Ok(Answered::Taken)
    }
}

/// The options in the order in which this seed shows them.
pub(in super::super) fn order(interview: &Interview) -> Vec<usize> {
    let frame = &interview.room.brief.plan.frames[interview.state.at];
    interview.room.order(&frame.name, frame.options.len())
}
