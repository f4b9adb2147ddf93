//! Frame: output, label, objective and metric, out of a closed vocabulary.

use super::super::best::{expected, worths};
use super::super::blocks::{Question, Talk};
use super::super::brief::Frame as Framed;
use super::super::clock::Act;
use super::super::session::{Desk, Interview, Phase};
use super::super::standing::most;
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
        let options = order(interview).into_iter().map(|at| frame.options[at].say.clone()).collect();
        Question::among(Phase::Frame, &frame.ask, options, 1, "2")
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
        desk: &Desk<'_>,
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
        let measured = frame.options.iter().any(|option| option.label.is_some() || option.metric.is_some());
        if measured {
            compare(interview, frame, chosen, desk, talk)?;
        }
        interview.advance(talk);
        Ok(if measured { Answered::Sealed } else { Answered::Taken })
    }
}

/// What the choice and its alternatives were worth in this world, and what it gave up.
fn compare(
    interview: &Interview,
    frame: &Framed,
    chosen: usize,
    desk: &Desk<'_>,
    talk: &mut Talk,
) -> Result<(), Error> {
    let room = &interview.room;
    let worths = worths(room, desk, &frame.options)?;
    let of_labels = frame.options.iter().any(|option| option.label.is_some());
    let (head, unit) = if of_labels {
        (format!("what {} learned", room.brief.plan.room.scorer), "goal a visit")
    } else {
        ("metric".to_owned(), "agrees with the goal (tau)")
    };
    let figure = |worth: f64| if worth.is_finite() { format!("{worth:.4}") } else { "-".to_owned() };
    let rows = order(interview).into_iter().map(|at| {
        let mark = if at == chosen { "yours" } else { "" };
        vec![frame.options[at].say.clone(), figure(worths[at].value), mark.to_owned()]
    });
    talk.table(&[&head, unit, ""], rows.collect());
    let reference = room.execute(&room.reference(), desk.progress)?;
    if let Some(online) = reference.selection.online.as_ref().filter(|_| of_labels) {
        let lost = worths.iter().any(|worth| worth.value < 0.0);
        let below = if lost { "; below 0, what it costs is more than what it brings" } else { "" };
        talk.speech(format!("The goal counts {}{below}.", online.goal));
    }
    let (own, Some(best)) = (worths[chosen].value, most(&worths)) else { return Ok(()) };
    let others = worths.iter().map(|worth| worth.value).enumerate();
    let others = others.filter(|(at, worth)| *at != chosen && worth.is_finite());
    let next = others.max_by(|left, right| left.1.total_cmp(&right.1));
    talk.speech(match next {
        _ if !own.is_finite() => "Nothing can be learned from that here.".to_owned(),
        None => "There was nothing to compare it with.".to_owned(),
        Some(_) if of_labels && own.is_finite() && worths.iter().all(|worth| worth.level) => {
            "The people who judged cannot tell the labels apart. By what else would you choose?".to_owned()
        }
        Some((_, next)) if of_labels && own >= next && own - next < 0.005 * own.abs() => {
            "The next best label reaches as much, as far as these people can tell.".to_owned()
        }
        Some((_, next)) if of_labels && own >= next => {
            format!("The next best label would have given up {}. When would it be the better one?", lost(next, own))
        }
        Some(_) if of_labels && worths[chosen].level => {
            "Another label reached a little more, too little for the people who judged to tell.".to_owned()
        }
        Some((at, next)) if of_labels && expected(room, &frame.options[chosen]) => format!(
            "It is what one would say, and in this world \"{}\" reached more: you gave up {}. What is it about this \
             world that you would have to know?",
            frame.options[at].say,
            lost(own, next)
        ),
        Some((at, next)) if of_labels => format!(
            "You gave up {} of what \"{}\" reaches. What did you expect to get for it?",
            lost(own, next),
            frame.options[at].say
        ),
        Some((_, next)) if own >= next => {
            "Of the metrics offered, none orders the contenders more as the goal does. What would you still \
             check online?"
                .to_owned()
        }
        // A pair of contenders more or less is nothing to explain.
        Some(_) if worths[chosen].level => {
            format!("In this world \"{}\" agrees with the goal about as well.", frame.options[best].say)
        }
        Some(_) => format!(
            "In this world \"{}\" orders the contenders more as the goal does. Why might that be?",
            frame.options[best].say
        ),
    });
    Ok(())
}

/// What one value falls short of a larger one: as a share of that where both are above 0 and not worlds apart.
fn lost(own: f64, more: f64) -> String {
    match (more - own) / more {
        share if own > 0.0 && (0.0..=1.0).contains(&share) => format!("{:.1}%", share * 100.0),
        _ => format!("{:.4}", more - own),
    }
}

/// The options in the order in which this seed shows them.
pub(in super::super) fn order(interview: &Interview) -> Vec<usize> {
    let frame = &interview.room.brief.plan.frames[interview.state.at];
    interview.room.order(&frame.name, frame.options.len())
}
