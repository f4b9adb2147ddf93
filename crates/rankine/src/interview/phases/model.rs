//! Model: up to three experiments, each predicted before it is executed, then a choice.

use std::sync::Arc;

use super::super::blocks::{Question, Talk};
use super::super::clock::Act;
use super::super::hearing::{choice, choices};
use super::super::prediction::prediction;
use super::super::room::{Executed, Experiment};
use super::super::session::{Desk, Forecast, Found, Interview, Phase, Tried};
use super::super::standing::{reached, turned};
use super::{Answered, Part};
use crate::error::Error;
use rankine_learn::verdict::{Estimate, Status};
use toml::Value;

pub(super) struct Model;

/// Experiments that there is time for.
pub(in super::super) const EXPERIMENTS: usize = 3;

/// How a choice begins.
const PICKS: [&str; 8] = [
    "pick ",
    "choose ",
    "select ",
    "i'd go with ",
    "i would go with ",
    "i'll go with ",
    "let's go with ",
    "go with ",
];

/// Runs the last experiment in another world.
const ELSEWHERE: &str = "r";

impl Part for Model {
    fn opening(&self) -> &'static str {
        "Now the model. I run what you name, on this log, with your label and your features. Before each run \
         you say what you expect. I believe no improvement over a baseline that did not run."
    }

    fn questions(&self, _: &Interview) -> usize {
        1
    }

    fn ask(&self, interview: &Interview) -> Question {
        if let Some(tried) = waiting(interview) {
            let first = tried.contenders.first().map_or("", String::as_str);
            let ask = format!(
                "How likely is each of {} to win, how likely that nothing can be told (tie), and by how much?",
                tried.contenders.join(", ")
            );
            return Question::free(Phase::Model, ask, format!("{first} 60, tie 25, gap 5%"));
        }
        let plan = &interview.room.brief.plan;
        let left = EXPERIMENTS - interview.state.experiments.len().min(EXPERIMENTS);
        let options = interview
            .room
            .brief
            .contenders()
            .iter()
            .map(|name| {
                let what = plan.contenders.get(*name).map_or("", String::as_str);
                let beaten = *name == interview.room.brief.baseline();
                format!("{name}: {what}{}", if beaten { "; the baseline" } else { "" })
            })
            .collect();
        let ask = match left {
            0 => "Which one do you choose?".to_owned(),
            1 => "Which do you compare? One experiment is left; or choose: `pick NAME`.".to_owned(),
            many => format!("Which do you compare? {many} experiments are left; or choose: `pick NAME`."),
        };
        let (most, example) = if left == 0 { (1, "pick 2") } else { (usize::MAX, "1, 3") };
        let mut question = Question::among(Phase::Model, ask, options, most, example);
        if left > 0 {
            question.words.push(("pick".to_owned(), "choose the ticked one".to_owned()));
        }
        if !interview.state.experiments.is_empty() {
            question.words.push((ELSEWHERE.to_owned(), "run the last in another world".to_owned()));
        }
        question
    }

    fn help(&self) -> &'static str {
        "Name two or more contenders to have them compared, then say what you expect: `trees 60, tie 25, gap 5%`. \
         `r` runs the last experiment in a world that differs in one parameter. `pick NAME` ends this part."
    }

    fn hint(&self, interview: &Interview, _: &Desk<'_>) -> Result<String, Error> {
        let baseline = interview.room.brief.baseline();
        let ran = interview
            .state
            .experiments
            .iter()
            .any(|tried| tried.contenders.iter().any(|name| name == baseline));
        Ok(if let Some(tried) = waiting(interview) {
            format!(
                "Ask yourself how much data there is for {} differences: with few people a small gap cannot be told.",
                tried.contenders.len()
            )
        } else if ran {
            "Look at the interval, not at the figure: what cannot be told apart should be chosen by what it costs."
                .to_owned()
        } else {
            format!("Nobody believes an improvement without the baseline: `{baseline}` has not run yet.")
        })
    }

    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        desk: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error> {
        if waiting(interview).is_some() {
            return forecast(interview, line, desk, talk);
        }
        if matches!(line.trim().to_lowercase().as_str(), ELSEWHERE | "run it") {
            return what_if(interview, desk, talk);
        }
        let room = interview.room.clone();
        let names = room.brief.contenders();
        let left = EXPERIMENTS - interview.state.experiments.len().min(EXPERIMENTS);
        // The space is there for `pick` alone.
        let lower = format!("{} ", line.trim().to_lowercase());
        let picks = PICKS.iter().find_map(|word| lower.strip_prefix(word));
        if let Some(rest) = picks.or((left == 0).then_some(lower.as_str())) {
            let Some(at) = choice(&named(rest, &names, room.brief.baseline()), &names) else {
                interview.spend(Act::Stumble);
                talk.speech(format!("Which one? They are {}.", names.join(", ")));
                return Ok(Answered::Not);
            };
            interview.spend(Act::Choose);
            interview.state.pick = Some(names[at].to_owned());
            talk.evidence(format!("I heard: we build {}.", names[at]));
            chosen(interview, names[at], talk);
            interview.advance(talk);
            return Ok(Answered::Taken);
        }
        match choices(&named(line, &names, room.brief.baseline()), &names) {
            Ok(chosen) if chosen.len() >= 2 => {
                let contenders: Vec<String> = chosen.into_iter().map(|at| names[at].to_owned()).collect();
                // A prediction of what is known already is none.
                if interview.state.experiments.iter().any(|tried| within(&contenders, &tried.contenders)) {
                    interview.spend(Act::Stumble);
                    talk.speech(
                        "These ran together already; the result stands. Which others would tell you more?",
                    );
                    return Ok(Answered::Not);
                }
                interview.state.experiments.push(Tried { contenders, forecast: None, found: None });
                Ok(Answered::Taken)
            }
            Ok(chosen) if chosen.len() == 1 => {
                let name = names[chosen[0]];
                talk.speech(format!(
                    "One alone says nothing: name another to compare it with, or say `pick {name}`."
                ));
                Ok(Answered::Not)
            }
            Ok(_) => Ok(Answered::Not),
            Err(part) => {
                interview.spend(Act::Stumble);
                talk.speech(format!(
                    "I do not know \"{part}\". The contenders are {}; `pick NAME` chooses one.",
                    names.join(", ")
                ));
                Ok(Answered::Not)
            }
        }
    }

    fn skip(&self, interview: &mut Interview, desk: &Desk<'_>, talk: &mut Talk) -> Result<bool, Error> {
        if waiting(interview).is_some() {
            talk.evidence("No prediction: it counts as none.");
            execute(interview, None, desk, talk)?;
            return Ok(true);
        }
        talk.evidence(format!(
            "Nothing is chosen: what is measured from here on is the baseline, {}. `back` returns to the choice.",
            interview.room.brief.baseline()
        ));
        interview.advance(talk);
        Ok(false)
    }
}

/// A line in which the baseline has its name.
fn named(line: &str, names: &[&str], baseline: &str) -> String {
    let lower = line.to_lowercase();
    let own = names.iter().any(|name| name.contains("baseline"));
    if own || lower.contains(&baseline.to_lowercase()) || !lower.contains("baseline") {
        return line.to_owned();
    }
    let named = lower.replace("the baseline", baseline).replace("baseline", baseline);
    named.replace(" plus ", ", ")
}

/// Whether all these contenders are among those.
fn within(these: &[String], those: &[String]) -> bool {
    these.iter().all(|name| those.contains(name))
}

/// The experiment that waits for its prediction.
fn waiting(interview: &Interview) -> Option<&Tried> {
    interview.state.experiments.last().filter(|tried| tried.found.is_none())
}

fn forecast(
    interview: &mut Interview,
    line: &str,
    desk: &Desk<'_>,
    talk: &mut Talk,
) -> Result<Answered, Error> {
    let Some(tried) = waiting(interview) else { return Ok(Answered::Not) };
    match prediction(line, &tried.contenders) {
        Ok(forecast) => {
            let mut said: Vec<String> = tried
                .contenders
                .iter()
                .map(String::as_str)
                .chain(["tie"])
                .zip(&forecast.odds)
                .map(|(name, odds)| format!("{name} {:.0}%", odds * 100.0))
                .collect();
            said.extend(forecast.gap.map(|gap| format!("gap {:.1}%", gap * 100.0)));
            talk.evidence(format!("Locked: {}.", said.join(", ")));
            execute(interview, Some(forecast), desk, talk)?;
            Ok(Answered::Sealed)
        }
        Err(what) => {
            interview.spend(Act::Stumble);
            talk.speech(what);
            Ok(Answered::Not)
        }
    }
}

fn execute(
    interview: &mut Interview,
    forecast: Option<Forecast>,
    desk: &Desk<'_>,
    talk: &mut Talk,
) -> Result<(), Error> {
    let Some(contenders) = waiting(interview).map(|tried| tried.contenders.clone()) else { return Ok(()) };
    let (executed, found) = executed(interview, &contenders, desk)?;
    interview.spend(Act::Run(contenders.len()));
    report(interview, &executed, &contenders, talk);
    told(&executed, &contenders, &found, interview.room.metric(), talk);
    // Once is enough: whoever wants it knows the letter.
    if let Some((at, other)) = turned_fact(interview).filter(|_| interview.state.experiments.len() == 1) {
        let fact = &interview.room.brief.plan.facts[at];
        let there = fact.answered(Some(&other));
        talk.speech(format!(
            "Would you expect the same in a world of which I had said: \"{there}\" `r` runs it there."
        ));
    }
    if let Some(last) = interview.state.experiments.last_mut() {
        last.forecast = forecast;
        last.found = Some(found);
    }
    Ok(())
}

/// An experiment of these contenders and no other: where the baseline is not among them the first is what they are
/// held against.
fn compared(interview: &Interview, contenders: &[String]) -> Experiment {
    let named = contenders.iter().any(|name| name == interview.room.brief.baseline());
    let baseline = contenders.first().cloned().filter(|_| !named);
    Experiment { baseline, ..interview.chosen(contenders) }
}

/// Executes an experiment of these contenders.
pub(in super::super) fn executed(
    interview: &Interview,
    contenders: &[String],
    desk: &Desk<'_>,
) -> Result<(Arc<Executed>, Found), Error> {
    let executed = interview.room.execute(&compared(interview, contenders), desk.progress)?;
    let found = found(&executed, contenders, interview.room.metric());
    Ok((executed, found))
}

fn report(interview: &Interview, executed: &Executed, contenders: &[String], talk: &mut Talk) {
    let metric = interview.room.metric();
    let selection = &executed.selection;
    let rows = selection.quality.iter().filter(|quality| contenders.contains(&quality.name)).map(|quality| {
        let figure = quality.metrics.get(metric);
        let interval = figure.and_then(|figure| Some(format!("{:.4} to {:.4}", figure.low?, figure.high?)));
        let barred = selection.watched_of(&quality.name);
        let barred = barred.map(|watched| watched.why_not.join("; ")).unwrap_or_default();
        vec![
            quality.name.clone(),
            figure.map_or_else(String::new, |figure| format!("{:.4}", figure.value)),
            interval.unwrap_or_default(),
            barred,
        ]
    });
    talk.table(&["contender", metric, "interval", "barred"], rows.collect());
}

/// Who won among those compared, and by how much.
fn found(executed: &Executed, contenders: &[String], metric: &str) -> Found {
    let selection = &executed.selection;
    let verdict = &selection.verdict;
    let place = |name: &Option<String>| contenders.iter().position(|one| Some(one) == name.as_ref());
    let leader = place(&verdict.leader);
    let winner = leader.filter(|_| verdict.status == Status::Winner);
    // The lead is that among those that may win; over those that may not where there is nobody else.
    let wins = |name: &&String| selection.watched_of(name).is_none_or(|watched| watched.why_not.is_empty());
    let value = |name: &String| Some(turned(metric, reached(selection, name, metric)?));
    let others = || contenders.iter().filter(|name| leader.is_none_or(|at| **name != contenders[at]));
    let next = others().filter(wins).filter_map(value).max_by(f64::total_cmp);
    let next = next.or_else(|| others().filter_map(value).max_by(f64::total_cmp));
    let gap = match (leader.and_then(|at| value(&contenders[at])), next) {
        (Some(first), Some(second)) => (first - second) / second.abs().max(first.abs() / LARGEST).max(1e-12),
        _ => 0.0,
    };
    let barred = (0..contenders.len()).filter(|at| !wins(&&contenders[*at])).collect();
    Found { leader, winner, barred, gap }
}

/// The largest lead that is told, as a share of the next: what hardly reaches anything is no measure.
const LARGEST: f64 = 10.0;

/// What the interviewer makes of a result: who leads, where the lead comes from, and what to ask next.
fn told(executed: &Executed, contenders: &[String], found: &Found, metric: &str, talk: &mut Talk) {
    let verdict = &executed.selection.verdict;
    let Some(leader) = verdict.leader.as_ref().filter(|name| contenders.contains(name)) else {
        talk.speech("None of these may win as they are: see what bars them.");
        return;
    };
    match found.winner {
        Some(_) => {
            // Of the same requests: the intervals of the figures themselves may well overlap.
            let paired = verdict.difference.as_ref().zip(verdict.runner_up.as_ref());
            let paired = paired.map_or_else(String::new, |(difference, rival)| {
                let Estimate { low, high, .. } = difference;
                format!(": on the same requests it is {low:.4} to {high:.4} ahead of {rival}")
            });
            talk.speech(format!("{leader} wins {}{paired}.", led(found.gap)));
        }
        None => {
            let needed = verdict.users_needed.map(|users| {
                format!(" It would take about {} people to tell.", rankine_design::short(users as f64))
            });
            talk.speech(format!(
                "{leader} leads {}; {} people are too few to tell that from chance.{}",
                led(found.gap),
                verdict.users,
                needed.unwrap_or_default()
            ));
        }
    }
    if let Some((slice, leads, share)) = slice_told(executed, leader, contenders, metric) {
        let why = match share {
            few if few < 20.0 => "What does that say about people, or things, of whom this log holds few?",
            _ => "What is different there?",
        };
        talk.speech(format!(
            "Look at the parts: among {slice} ({share:.0}% of the requests) it {leads}. {why}"
        ));
    }
}

/// A lead in words.
fn led(share: f64) -> String {
    match share {
        behind if behind < 0.0 => "though another reached more, which may not win".to_owned(),
        small if small < 5e-4 => "by next to nothing".to_owned(),
        large if large >= 0.99 * (LARGEST - 1.0) => "by far".to_owned(),
        large if large > 2.0 => format!("with {:.1} times as much as the next", 1.0 + large),
        share => format!("by {:.1}%", share * 100.0),
    }
}

/// The slice in which the leader's lead differs most from its lead over all.
fn slice_told(
    executed: &Executed,
    leader: &str,
    contenders: &[String],
    metric: &str,
) -> Option<(String, String, f64)> {
    let quality = &executed.selection.quality;
    let of = |name: &str| quality.iter().find(|quality| quality.name == name);
    let other = quality
        .iter()
        .filter(|quality| quality.name != leader && contenders.contains(&quality.name))
        .max_by(|left, right| {
            let value = |quality: &crate::select::Quality| {
                quality.metrics.get(metric).map_or(0.0, |figure| turned(metric, figure.value))
            };
            value(left).total_cmp(&value(right))
        })?;
    let own = of(leader)?;
    let all = own.requests.max(1) as f64;
    own.slices
        .iter()
        .filter_map(|(slice, (figure, count))| {
            let (rival, _) = other.slices.get(slice)?;
            // What the other hardly reaches is no multiple of it.
            if rival.value.abs() < 0.2 * figure.value.abs() {
                return None;
            }
            let lead = turned(metric, figure.value) - turned(metric, rival.value);
            let lead = lead / rival.value.abs().max(1e-12);
            lead.is_finite().then_some((slice, lead, *count as f64 / all))
        })
        .filter(|(_, lead, share)| *share > 0.02 && lead.abs() >= 0.005)
        .max_by(|left, right| left.1.abs().total_cmp(&right.1.abs()))
        .map(|(slice, lead, share)| {
            let words = if lead >= 0.0 {
                format!("is {:.0}% better than {}", lead * 100.0, other.name)
            } else {
                format!("is {:.0}% worse than {}", -lead * 100.0, other.name)
            };
            (format!("`{slice}`"), words, share * 100.0)
        })
}

/// What choosing it gives up.
fn chosen(interview: &Interview, name: &str, talk: &mut Talk) {
    let compared =
        interview.state.experiments.iter().any(|tried| tried.contenders.iter().any(|one| one == name));
    if !compared {
        talk.speech(format!(
            "You never ran {name}. You choose it by faith; I would have asked for a number."
        ));
        return;
    }
    let lost = interview.state.experiments.iter().rev().find_map(|tried| {
        let at = tried.contenders.iter().position(|one| one == name)?;
        let found = tried.found.as_ref()?;
        let winner = found.winner.filter(|winner| *winner != at)?;
        Some((tried.contenders[winner].clone(), found.gap))
    });
    talk.speech(match lost {
        Some((winner, gap)) => {
            format!("{winner} leads {}, and you give that up. What do you get for it?", led(gap))
        }
        None => {
            format!("{name} it is. What would make you take it back is worth a thought; it is not scored.")
        }
    });
}

/// Who is ahead, in a few words.
fn said_of(found: &Found, contenders: &[String]) -> String {
    match (found.winner, found.leader) {
        (Some(at), _) => format!("{} wins {}", contenders[at], led(found.gap)),
        (None, Some(at)) => {
            format!("{} leads {}, too little to be sure", contenders[at], led(found.gap))
        }
        (None, None) => "none of them may win".to_owned(),
    }
}

/// The fact that `r` turns, and to what: of those that were asked for the one that was asked last, which differs
/// most from what it is here.
fn turned_fact(interview: &Interview) -> Option<(usize, Value)> {
    let room = &interview.room;
    let facts = &room.brief.plan.facts;
    let turns = |at: &usize| facts[*at].world.is_some() && facts[*at].values.len() > 1;
    let asked = interview.state.asked.iter().copied().rev().find(turns);
    let at = asked.or_else(|| (0..facts.len()).find(turns))?;
    let values = &facts[at].values;
    let drawn = values.iter().position(|value| Some(value) == room.value(at))?;
    let far = if drawn * 2 < values.len() { values.last() } else { values.first() };
    Some((at, far?.clone()))
}

/// The last experiment once more in a world that differs in one parameter.
fn what_if(interview: &mut Interview, desk: &Desk<'_>, talk: &mut Talk) -> Result<Answered, Error> {
    let last = interview.state.experiments.iter().rev().find(|tried| tried.found.is_some()).cloned();
    let Some(last) = last else {
        talk.speech("There is nothing to run again yet: name two contenders first.");
        return Ok(Answered::Not);
    };
    let room = interview.room.clone();
    let Some((at, other)) = turned_fact(interview) else {
        talk.speech("This world has no parameter to turn.");
        return Ok(Answered::Not);
    };
    let fact = &room.brief.plan.facts[at];
    let mut experiment = compared(interview, &last.contenders);
    experiment.world.extend(fact.world.clone().map(|key| (key, other.clone())));
    let executed = room.execute(&experiment, desk.progress)?;
    interview.spend(Act::WhatIf);
    talk.speech(format!("In a world of which I had said: \"{}\"", fact.answered(Some(&other))));
    report(interview, &executed, &last.contenders, talk);
    let found = found(&executed, &last.contenders, room.metric());
    if let Some(before) = &last.found {
        let [there, here] = [&found, before].map(|found| said_of(found, &last.contenders));
        talk.speech(format!("There {there}; here {here}."));
    }
    Ok(Answered::Sealed)
}

impl Interview {
    /// An experiment with the label and the features that were chosen.
    pub fn chosen(&self, contenders: &[String]) -> Experiment {
        let plan = &self.room.brief.plan;
        let label = plan
            .frames
            .iter()
            .zip(&self.state.frames)
            .filter_map(|(frame, chosen)| frame.options.get((*chosen)?)?.label.clone())
            .next();
        let chosen = self.state.features.as_ref();
        let options = || chosen.into_iter().flatten().map(|&at| &plan.features.options[at]);
        let features = chosen.map(|_| options().flat_map(|option| option.features.clone()).collect());
        let leaks = options().filter_map(|option| option.leak.clone()).collect();
        Experiment { contenders: contenders.to_vec(), features, leaks, label, ..Experiment::default() }
    }
}
