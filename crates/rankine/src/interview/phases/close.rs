//! Close: which part went worst, as the interviewee sees it; the debrief tells whether it did.

use super::super::blocks::{Question, Talk};
use super::super::clock::Act;
use super::super::session::{Desk, Interview, Phase};
use super::{Answered, Part, one_of};
use crate::error::Error;

pub(super) struct Close;

/// The parts of a score that somebody could do again, each with what it was about.
const PARTS: [(&str, &str); 8] = [
    ("clarify", "what I asked"),
    ("size", "the sums"),
    ("frame", "output, label and metric"),
    ("features", "what the model may know"),
    ("predict", "what I expected of the experiments"),
    ("select", "what I chose to build"),
    ("serve", "what I promised"),
    ("curveball", "what I did after launch"),
];

impl Part for Close {
    fn opening(&self) -> &'static str {
        "That is all I have. One question before I tell you what I think."
    }

    fn questions(&self, _: &Interview) -> usize {
        1
    }

    fn ask(&self, interview: &Interview) -> Question {
        let options = options(interview);
        let ask = "Which part of this interview would you do again first?".to_owned();
        Question::among(Phase::Close, ask, options, 1, "2")
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
        let options = options(interview);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let Some(chosen) = one_of(&options, interview, line, talk) else { return Ok(Answered::Not) };
        let chosen = asked(interview).nth(chosen).map(|(name, _)| name);
        talk.evidence(format!("I heard: {}", chosen.unwrap_or_default()));
        interview.spend(Act::Choose);
        interview.state.worst = chosen;
        interview.advance(talk);
        Ok(Answered::Taken)
    }
}

/// The parts as they are offered.
fn options(interview: &Interview) -> Vec<String> {
    asked(interview).map(|(name, about)| format!("{name}: {about}")).collect()
}

/// The parts that there were in this interview.
fn asked(interview: &Interview) -> impl Iterator<Item = (&'static str, &'static str)> {
    let absent = interview.absent();
    PARTS.into_iter().filter(move |(name, _)| !absent.contains(name))
}

#[cfg(test)]
mod tests {
    use super::super::super::hearing::choice;
    use super::super::super::score::POINTS;
    use super::PARTS;

    #[test]
    fn a_part_is_heard_by_its_name_or_by_its_words() {
        let options = PARTS.map(|(name, about)| format!("{name}: {about}"));
        let options = options.each_ref().map(String::as_str);
        for (at, (name, about)) in PARTS.into_iter().enumerate() {
            for said in [name, about, options[at]] {
                assert_eq!(choice(said, &options), Some(at), "{said}");
            }
        }
    }

    #[test]
    fn every_part_of_a_score_but_the_clock_is_offered() {
        let scored = POINTS.iter().map(|(name, _)| *name).filter(|name| *name != "clock");
        assert_eq!(PARTS.map(|(name, _)| name).to_vec(), scored.collect::<Vec<&str>>());
    }
}
