//! Off-policy: what each contender would have earned where the log tells the odds of its own choices.

use std::collections::BTreeMap;

use rankine_learn::off_policy::{Estimator, Logged, Worth, evaluate, values};
use rankine_learn::verdict::{Estimate, estimate};
use rankine_learn::{Id, Value};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::replay::{Replay, asked};
use crate::pipeline::{Answer, Pipeline, Question};
use crate::prepare::Outcome;
use crate::problem::{FieldAt, Odds, Owner, Problem};

/// No weight counts beyond this.
const CLIP: f64 = 1_000.0;

/// What the log says of policies that did not write it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OffPolicy {
    /// Choices of the test period: items shown, with their odds.
    pub choices: usize,
    /// Those that earned something.
    pub rewarded: usize,
    /// What was earned a choice by who wrote the log.
    pub logged: Estimate,
    /// By contender, in the order of the design.
    pub contenders: Vec<Policy>,
}

/// What one contender's policy would have earned: the best of what could be shown, at every choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The contender.
    pub name: String,
    /// The estimates.
    pub worth: Worth,
    /// The doubly robust one over what was earned, paired by choice.
    pub over_logged: Estimate,
    /// So many times as many choices would tell a difference as large as the one estimated; none where it
    /// is told, or is 0.
    pub times_needed: Option<f64>,
}

/// Collects choices as the test period is walked.
pub(super) struct Choices<'p> {
    problem: &'p Problem,
    odds: &'p Odds,
    pipelines: &'p [Pipeline],
    /// The item that a word of the request's field names.
    named: Vec<Option<Id>>,
    /// For each contender.
    logged: Vec<Vec<Logged>>,
    users: Vec<u32>,
}

impl<'p> Choices<'p> {
    /// `None` where the log does not tell its odds.
    pub(super) fn new(replay: &Replay<'p>, pipelines: &'p [Pipeline]) -> Option<Choices<'p>> {
        let problem = replay.problem;
        let odds = problem.evaluate.odds.as_ref()?;
        let names = &replay.dataset.dictionary;
        let named = match odds.pool {
            Some(FieldAt { owner: Owner::Request, field }) => {
                let words = &names.context_words[field];
                let items = &names.entities[problem.schema.item];
                (0..words.len() as u32).map(|word| items.number(words.name(word))).collect()
            }
            _ => Vec::new(),
        };
        let logged = vec![Vec::new(); pipelines.len()];
        Some(Choices { problem, odds, pipelines, named, logged, users: Vec::new() })
    }

    /// Takes in the choices of a request, right before it.
    pub(super) fn take(&mut self, replay: &Replay<'_>, outcome: &Outcome) {
        let (context, shown) = asked(replay.dataset, outcome);
        let chances: Vec<f64> = match context.get(self.odds.propensity) {
            Some(Value::Number(chance)) => vec![*chance],
            Some(Value::Vector(chances)) => chances.iter().map(|chance| f64::from(*chance)).collect(),
            _ => return,
        };
        let pool = self.pool(replay, context, shown);
        let question = replay.question(outcome, pool.len());
        let question = Question { pool: Some(&pool), ..question };
        let answers: Vec<Answer> =
            self.pipelines.par_iter().map(|pipeline| pipeline.answer(&replay.fold, &question)).collect();
        let worth = |item: Id| {
            let Some(field) = self.problem.decide.worth else { return 1.0 };
            match replay.fold.memory.item(item).and_then(|fields| fields.get(field)) {
                Some(Value::Number(worth)) => *worth,
                _ => 0.0,
            }
        };
        let said = |answer: &Answer| -> BTreeMap<Id, f64> {
            let items = answer.candidates.items.iter();
            let said = items.zip(answer.predictions.first().into_iter().flatten());
            said.map(|(&item, said)| (item, f64::from(*said) * worth(item))).collect()
        };
        let said: Vec<BTreeMap<Id, f64>> = answers.iter().map(said).collect();
        for (slot, (&item, &propensity)) in shown.iter().zip(&chances).enumerate() {
            let Some(label) = outcome.label(self.problem, 0, item) else { continue };
            let reward = f64::from(label) * worth(item);
            for ((answer, said), logged) in answers.iter().zip(&said).zip(&mut self.logged) {
                logged.push(choice(answer, &shown[..slot], item, propensity, reward, said));
            }
            self.users.push(outcome.user);
        }
    }

    /// What the request could have shown, with what it did show.
    fn pool(&self, replay: &Replay<'_>, context: &[Value], shown: &[Id]) -> Vec<Id> {
        let memory = &replay.fold.memory;
        let word = |item: Id, field: usize| match memory.item(item).and_then(|fields| fields.get(field)) {
            Some(Value::Category(word)) => Some(*word),
            _ => None,
        };
        let known = (0..memory.items() as Id).filter(|item| memory.has_item(*item));
        let mut pool: Vec<Id> = match self.odds.pool {
            Some(FieldAt { owner: Owner::Request, field }) => match context.get(field) {
                Some(Value::Categories(words)) => words
                    .iter()
                    .filter_map(|word| self.named.get(*word as usize).copied().flatten())
                    .collect(),
                _ => Vec::new(),
            },
            Some(FieldAt { field, .. }) => {
                let own = shown.first().and_then(|item| word(*item, field));
                known.filter(|item| word(*item, field) == own).collect()
            }
            None => known.collect(),
        };
        pool.extend(shown.iter().filter(|item| !pool.contains(item)).copied().collect::<Vec<_>>());
        pool.sort_unstable();
        pool
    }

    /// What the choices say; `None` where there was none.
    pub(super) fn judge(self) -> Option<OffPolicy> {
        let first = self.logged.first().filter(|logged| !logged.is_empty())?;
        let confidence = self.problem.evaluate.confidence;
        let rewards: Vec<f64> = first.iter().map(|logged| logged.reward).collect();
        let rewarded = rewards.iter().filter(|reward| **reward != 0.0).count();
        let one = |(pipeline, logged): (&Pipeline, &Vec<Logged>)| {
            let robust = values(logged, Estimator::DoublyRobust, CLIP);
            let gaps: Vec<f64> = robust.iter().zip(&rewards).map(|(own, reward)| own - reward).collect();
            let over_logged = estimate(&gaps, &self.users, confidence);
            Policy {
                name: pipeline.contender.name.clone(),
                worth: evaluate(logged, &self.users, CLIP, confidence),
                over_logged,
                times_needed: times_needed(&over_logged),
            }
        };
        let contenders = self.pipelines.iter().zip(&self.logged).map(one).collect();
        let logged = estimate(&rewards, &self.users, confidence);
        Some(OffPolicy { choices: rewards.len(), rewarded, logged, contenders })
    }
}

/// One choice: what is shown above it stays, and the contender takes the best of the rest; the best share its
/// place evenly.
fn choice(
    answer: &Answer,
    above: &[Id],
    item: Id,
    propensity: f64,
    reward: f64,
    said: &BTreeMap<Id, f64>,
) -> Logged {
    let rest = || answer.items.iter().filter(|scored| !above.contains(&scored.item));
    let best = rest().map(|scored| scored.score).max_by(f32::total_cmp);
    let taken: Vec<Id> =
        rest().filter(|scored| Some(scored.score) == best).map(|scored| scored.item).collect();
    let share = 1.0 / taken.len().max(1) as f64;
    let of = |item: &Id| said.get(item).copied().unwrap_or(f64::NAN);
    Logged {
        propensity,
        reward,
        target: if taken.contains(&item) { share } else { 0.0 },
        predicted: of(&item),
        expected: taken.iter().map(of).sum::<f64>() * share,
    }
}

/// An interval shrinks with the root of the choices.
fn times_needed(gap: &Estimate) -> Option<f64> {
    let half = (gap.high - gap.low) / 2.0;
    let times = (half / gap.value).powi(2);
    (times.is_finite() && times > 1.0).then_some(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rankine_learn::Scored;

    #[test]
    fn the_best_of_the_rest_share_the_place() {
        let items = [(4, 0.5), (2, 0.5), (7, 0.4)].map(|(item, score)| Scored { item, score }).to_vec();
        let answer = Answer { items, ..Answer::default() };
        let said = BTreeMap::from([(2, 0.3), (4, 0.1), (7, 0.9)]);
        let first = choice(&answer, &[], 2, 0.25, 1.0, &said);
        assert_eq!((first.target, first.predicted, first.expected), (0.5, 0.3, 0.2));
        // What is shown above leaves the rest to compete.
        let next = choice(&answer, &[2], 4, 0.25, 1.0, &said);
        assert_eq!((next.target, next.expected), (1.0, 0.1));
        assert_eq!(choice(&answer, &[2, 4], 2, 0.25, 0.0, &said).target, 0.0);
    }

    #[test]
    fn what_is_told_needs_no_more() {
        let gap = |value, low, high| Estimate { value, low, high };
        assert_eq!(times_needed(&gap(2.0, 1.0, 3.0)), None);
        assert_eq!(times_needed(&gap(1.0, -1.0, 3.0)), Some(4.0));
        assert_eq!(times_needed(&gap(0.0, 0.0, 0.0)), None);
    }
}
