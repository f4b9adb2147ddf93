//! Trials: settings tried on the validation period, the same number for each contender.

use rankine_learn::{Id, Scored, top};

use super::evaluate::value;
use super::examples::{Gathered, Validated, extend, retrieval_key};
use super::recipes::{Recipe, alone};
use super::selection::{Trial, Tried};
use super::training;
use crate::error::Error;
use crate::pipeline::Voice;
use crate::problem::{Contender, Problem};
use crate::progress::Progress;

/// Runs the trials and keeps the best of each contender; among equals the earlier one.
pub(super) fn choose(
    problem: &Problem,
    recipes: &[Recipe],
    gathered: &Gathered,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Tried>, Error> {
    progress.begin("trying settings", Some(recipes.len() as u64));
    let mut tried: Vec<Option<Tried>> = vec![None; problem.contenders.len()];
    for recipe in recipes {
        progress.check()?;
        let value = match recipe.contender.score.as_slice() {
            [] => mean(gathered.retrieved.get(&recipe.place).map_or(&[], Vec::as_slice)),
            _ if alone(recipes, recipe) => f64::NAN,
            _ => mean(&validate(problem, &recipe.contender, gathered, seed)),
        };
        keep_better(problem, &mut tried, recipe, value);
        progress.advance(1);
    }
    progress.end();
    Ok(tried.into_iter().flatten().collect())
}

/// 0 of nothing: where nothing tells settings apart, the first stay.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Notes what a recipe reached, and keeps it where it is better than those before.
pub(super) fn keep_better(problem: &Problem, tried: &mut [Option<Tried>], recipe: &Recipe, value: f64) {
    let trial = Trial { changes: recipe.changes.clone(), value };
    match &mut tried[recipe.of] {
        slot @ None => {
            *slot = Some(Tried { contender: recipe.contender.clone(), trials: vec![trial], best: 0 });
        }
        Some(found) => {
            let best = found.trials[found.best].value;
            if better(problem, value, best) || best.is_nan() {
                found.best = found.trials.len();
                found.contender = recipe.contender.clone();
            }
            found.trials.push(trial);
        }
    }
}

fn better(problem: &Problem, new: f64, old: f64) -> bool {
    let up = rankine_learn::metrics::find(&problem.evaluate.metric.name)
        .is_none_or(|metric| metric.higher_is_better);
    if up { new > old } else { new < old }
}

/// The deciding metric of a contender's scorers at each validation request.
fn validate(problem: &Problem, contender: &Contender, gathered: &Gathered, seed: u64) -> Vec<f64> {
    let key = retrieval_key(contender);
    let (Some(train), Some(valid)) = (gathered.train.get(&key), gathered.valid.get(&key)) else {
        return Vec::new();
    };
    let voice = training::voice(contender, train, Some(&valid.examples), seed);
    let scores = voice.scores(&valid.examples.rows, &training::picks(contender, train));
    order(&scores, valid)
        .zip(&valid.relevant)
        .map(|(items, relevant)| value(&problem.evaluate.metric, &items, relevant))
        .collect()
}

fn order<'a>(scores: &'a [f32], valid: &'a Validated) -> impl Iterator<Item = Vec<Id>> + 'a {
    let mut first = 0;
    valid.items.iter().map(move |items| {
        let own = &scores[first..first + items.len()];
        first += items.len();
        let pairs = items.iter().zip(own).map(|(&item, &score)| Scored { item, score });
        top(pairs, items.len()).into_iter().map(|scored| scored.item).collect()
    })
}

/// What scores with the chosen settings, trained on train and validation; `None` where nothing does.
pub(super) fn final_voice(tried: &Tried, gathered: &Gathered, seed: u64) -> Option<Voice> {
    if tried.contender.score.is_empty() {
        return None;
    }
    let key = retrieval_key(&tried.contender);
    let mut examples = gathered.train.get(&key).cloned().unwrap_or_default();
    if let Some(valid) = gathered.valid.get(&key) {
        let more = valid.sampled(seed);
        if examples.columns.is_empty() {
            examples = more;
        } else {
            extend(&mut examples, &more);
        }
    }
    Some(training::voice(&tried.contender, &examples, None, seed))
}
