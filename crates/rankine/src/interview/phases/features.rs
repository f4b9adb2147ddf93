//! Features: a few out of a catalogue with baits in it.

use super::super::blocks::{Question, Talk};
use super::super::brief::FeatureOption;
use super::super::clock::Act;
use super::super::hearing::choices;
use super::super::session::{Desk, Interview, Phase};
use super::{Answered, Part};
use crate::error::Error;

pub(super) struct Features;

impl Part for Features {
    fn opening(&self) -> &'static str {
        "Now the data. Choose what the model may know; every choice takes a slot."
    }

    fn questions(&self, interview: &Interview) -> usize {
        usize::from(!interview.room.brief.plan.features.options.is_empty())
    }

    fn ask(&self, interview: &Interview) -> Question {
        let features = &interview.room.brief.plan.features;
        let options = order(interview).into_iter().map(|at| features.options[at].say.clone()).collect();
        Question::among(Phase::Features, &features.ask, options, features.slots, "1, 3, 4")
    }

    fn help(&self) -> &'static str {
        "Here you choose several of the options in one line, by their numbers: `1, 3, 4`."
    }

    fn hint(&self, interview: &Interview, _: &Desk<'_>) -> Result<String, Error> {
        let options = &interview.room.brief.plan.features.options;
        let bait = options.iter().find(|option| option.leak.is_some() || option.features.is_empty());
        Ok(bait.map_or_else(
            || "None of them is a bait.".to_owned(),
            |option| format!("When would you know \"{}\"? {}", option.say, option.why),
        ))
    }

    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        _: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error> {
        let room = interview.room.clone();
        let features = &room.brief.plan.features;
        let order = order(interview);
        let offered: Vec<&FeatureOption> = order.iter().map(|&at| &features.options[at]).collect();
        let chosen = match choices(line, &offered) {
            Ok(chosen) if chosen.is_empty() => {
                talk.speech("Which of them? Their numbers are enough.");
                return Ok(Answered::Not);
            }
            Ok(chosen) if chosen.len() > features.slots => {
                interview.spend(Act::Stumble);
                talk.speech(format!("There are {} slots and you named {}.", features.slots, chosen.len()));
                return Ok(Answered::Not);
            }
            Ok(chosen) => chosen.into_iter().map(|at| order[at]).collect::<Vec<_>>(),
            Err(part) => {
                interview.spend(Act::Stumble);
                talk.speech(format!("I do not know which one \"{part}\" is; their numbers are enough."));
                return Ok(Answered::Not);
            }
        };
        interview.spend(Act::Prepare);
        let said: Vec<&str> = chosen.iter().map(|&at| features.options[at].say.as_str()).collect();
        talk.evidence(format!("I heard: {}.", said.join("; ")));
        // The same whatever was chosen: what is a bait is told by what comes of it.
        talk.speech(
            "Then these are what the models of your experiments may read. When is each of them known? We shall see \
             what the log says of them, and what the people say.",
        );
        interview.state.features = Some(chosen);
        interview.advance(talk);
        Ok(Answered::Taken)
    }
}

fn order(interview: &Interview) -> Vec<usize> {
    interview.room.order("features", interview.room.brief.plan.features.options.len())
}
