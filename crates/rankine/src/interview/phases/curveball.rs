//! The curveball: something happens after launch, and a response is executed.

use super::super::blocks::{Question, Talk};
use super::super::brief::{Curveball as Thrown, Response};
use super::super::clock::Act;
use super::super::room::Experiment;
use super::super::session::{Desk, Interview, Phase};
use super::super::standing::{Standing, Worth, standing};
use super::{Answered, Part, one_of};
use crate::error::Error;

pub(super) struct Curveball;

impl Part for Curveball {
    fn opening(&self) -> &'static str {
        "It is live. Then something happens."
    }

    fn questions(&self, interview: &Interview) -> usize {
        usize::from(interview.room.curveball().is_some())
    }

    fn ask(&self, interview: &Interview) -> Question {
        let Some(thrown) = thrown(interview) else { return Question::free(Phase::Curveball, "", "") };
        let options =
            order(interview, thrown).into_iter().map(|at| thrown.responses[at].say.clone()).collect();
        Question::among(Phase::Curveball, &thrown.say, options, 1, "2")
    }

    fn help(&self) -> &'static str {
        "Here you choose one response; it and the others are executed in the changed world."
    }

    fn hint(&self, interview: &Interview, _: &Desk<'_>) -> Result<String, Error> {
        let idle = thrown(interview).and_then(|thrown| thrown.responses.first());
        Ok(idle.map_or_else(String::new, |response| format!("\"{}\": {}", response.say, response.why)))
    }

    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        desk: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error> {
        let room = interview.room.clone();
        let Some(at) = room.curveball() else { return Ok(Answered::Not) };
        let thrown = &room.brief.plan.curveballs[at];
        let order = order(interview, thrown);
        let offered: Vec<&Response> = order.iter().map(|&at| &thrown.responses[at]).collect();
        let Some(chosen) = one_of(&offered, interview, line, talk) else { return Ok(Answered::Not) };
        let chosen = order[chosen];
        interview.spend(Act::Choose);
        talk.evidence(format!("I heard: {}", thrown.responses[chosen].say));
        let reached = recovered(interview, desk)?;
        interview.state.response = Some(chosen);
        let rows = order.iter().map(|&at| {
            let response = &thrown.responses[at];
            let mark = if at == chosen { "yours" } else { "" };
            vec![response.say.clone(), format!("{:.4}", reached[at].value), mark.to_owned()]
        });
        talk.table(&["response", "goal", ""], rows.collect());
        talk.speech(thrown.responses[chosen].why.clone());
        interview.advance(talk);
        Ok(Answered::Sealed)
    }
}

fn thrown(interview: &Interview) -> Option<&Thrown> {
    interview.room.brief.plan.curveballs.get(interview.room.curveball()?)
}

/// The responses in the order in which this seed offers them; to switch to what is running is none.
fn order(interview: &Interview, thrown: &Thrown) -> Vec<usize> {
    let pick = interview.state.pick.as_deref().unwrap_or(interview.room.brief.baseline());
    let runs = |at: &usize| {
        let response = &thrown.responses[*at];
        !response.retrain && response.contender.as_deref() == Some(pick)
    };
    let order = interview.room.order(&thrown.name, thrown.responses.len());
    order.into_iter().filter(|at| !runs(at)).collect()
}

/// What will be executed whatever is responded.
pub(in super::super) fn responses(interview: &Interview) -> Vec<Experiment> {
    let Some(thrown) = thrown(interview) else { return Vec::new() };
    thrown.responses.iter().map(|response| responded(interview, thrown, response).1).collect()
}

/// What a response is as an experiment, and which contender it leaves in charge. All that learn nothing new are
/// one experiment: they live through the same change.
fn responded(interview: &Interview, thrown: &Thrown, response: &Response) -> (String, Experiment) {
    let pick = || interview.state.pick.clone().unwrap_or_else(|| interview.room.brief.baseline().to_owned());
    let in_charge = |response: &Response| response.contender.clone().unwrap_or_else(pick);
    let contender = in_charge(response);
    let judged = |mut contenders: Vec<String>| {
        contenders.sort();
        contenders.dedup();
        Experiment { baseline: contenders.first().cloned(), judged: true, ..interview.chosen(&contenders) }
    };
    let experiment = if response.retrain {
        Experiment { world: thrown.world.clone(), ..judged(vec![contender.clone()]) }
    } else {
        let others = thrown.responses.iter().filter(|response| !response.retrain).map(in_charge);
        Experiment { after: Some(thrown.world.clone()), ..judged(others.collect()) }
    };
    (contender, experiment)
}

/// What each response reaches of the goal in the changed world, in the order of the brief.
pub(in super::super) fn recovered(interview: &Interview, desk: &Desk<'_>) -> Result<Vec<Worth>, Error> {
    let room = &interview.room;
    let Some(thrown) = thrown(interview) else { return Ok(Vec::new()) };
    let one = |response: &Response| {
        let (contender, experiment) = responded(interview, thrown, response);
        let executed = room.execute(&experiment, desk.progress)?;
        Ok(standing(&executed, &contender))
    };
    room.ready(&responses(interview), desk.progress);
    let stand: Vec<Option<Standing>> = thrown.responses.iter().map(one).collect::<Result<_, Error>>()?;
    Ok(Worth::judged(&stand))
}
