//! Clarify: the interviewee asks, in free words; each answer reveals a parameter of the world.

use super::super::blocks::{Question, Talk};
use super::super::clock::Act;
use super::super::hearing::{Understood, bare, choice};
use super::super::session::{Desk, Interview, Phase};
use super::{Answered, Part, agrees};
use crate::error::Error;

pub(super) struct Clarify;

/// Characters of a question that the debrief says again.
const SHOWN: usize = 70;

impl Part for Clarify {
    fn opening(&self) -> &'static str {
        "Ask me what you need to know; say `next` when you know enough. I answer what is asked."
    }

    fn questions(&self, _: &Interview) -> usize {
        1
    }

    fn ask(&self, _: &Interview) -> Question {
        Question::free(Phase::Clarify, "What would you like to know?", "What is the objective?")
    }

    fn help(&self) -> &'static str {
        "Here you ask questions, one a line, in your own words: about the goal, the data, the scale, the people."
    }

    fn hint(&self, interview: &Interview, _: &Desk<'_>) -> Result<String, Error> {
        let facts = &interview.room.brief.plan.facts;
        let open = |at: &usize| !interview.state.asked.contains(at);
        let hidden = (0..facts.len()).filter(open).find(|&at| facts[at].world.is_some());
        let next = hidden.or_else(|| (0..facts.len()).find(open));
        Ok(next.map_or_else(
            || "You have asked for everything that I know.".to_owned(),
            |at| format!("You have not asked this: \"{}\"", facts[at].asks[0]),
        ))
    }

    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        _: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error> {
        let offered = interview.state.offered.clone();
        let names: Vec<&str> = offered.iter().map(|&at| asked(interview, at)).map(String::as_str).collect();
        // What was offered may be taken by its number.
        let taken = numbered(line).and_then(|number| choice(&number, &names)).map(|at| offered[at]);
        let understood = match taken {
            Some(at) => Understood::One(at),
            None => interview.vocabulary.understand(line),
        };
        match understood {
            Understood::One(at) => {
                tell(interview, at, taken.is_some(), talk);
                interview.state.offered.clear();
                if taken.is_some() {
                    interview.state.unheard.pop();
                }
                Ok(Answered::Sealed)
            }
            Understood::Nearest(near) if near.is_empty() => {
                interview.spend(Act::Stumble);
                if numbered(line).is_some() {
                    talk.speech("I offered nothing that has a number. What would you like to know?");
                    return Ok(Answered::Not);
                }
                interview.state.astray.push(line.chars().take(SHOWN).collect());
                talk.speech(
                    "I could not connect that with anything I know about this problem. Ask for one thing at a \
                     time: who, how many, how fast, which data, what counts as good.",
                );
                Ok(Answered::Not)
            }
            Understood::Nearest(near) => {
                interview.spend(Act::Stumble);
                let list: Vec<String> = near
                    .iter()
                    .enumerate()
                    .map(|(at, &fact)| format!("{}. {}", at + 1, asked(interview, fact)))
                    .collect();
                let which = if near.len() == 1 {
                    "Is it this? Then say `yes`."
                } else {
                    "Which of these? Its number will do."
                };
                talk.speech(format!("I am not sure what you ask. {which} {}", list.join("  ")));
                interview.state.unheard.push(line.chars().take(SHOWN).collect());
                interview.state.offered = near;
                Ok(Answered::Not)
            }
        }
    }
}

/// The number that is meant where some are offered: `2`, `#2`, `the second`; `yes` means the first.
fn numbered(line: &str) -> Option<String> {
    let line = bare(line);
    let word = line.strip_prefix("the ").unwrap_or(&line).trim_end_matches(" one");
    let meant = match word {
        said if said == "first" || agrees(said) => "1",
        "second" => "2",
        "third" => "3",
        other => other.trim_start_matches('#'),
    };
    meant.parse::<usize>().is_ok().then(|| meant.to_owned())
}

fn asked(interview: &Interview, fact: usize) -> &String {
    &interview.room.brief.plan.facts[fact].asks[0]
}

fn tell(interview: &mut Interview, at: usize, corrected: bool, talk: &mut Talk) {
    let room = interview.room.clone();
    let fact = &room.brief.plan.facts[at];
    let hides = fact.world.is_some() || fact.scale.is_some();
    let again = interview.state.asked.contains(&at);
    if !corrected {
        talk.evidence(format!("I heard: {}", fact.asks[0]));
    }
    interview.spend(match again {
        true => Act::Stumble,
        false if hides => Act::Ask,
        false => Act::Digress,
    });
    talk.speech(fact.answered(room.value(at)));
    if again {
        talk.evidence("That I have told you. If you meant something else, say it in other words.");
        return;
    }
    interview.state.asked.push(at);
}
