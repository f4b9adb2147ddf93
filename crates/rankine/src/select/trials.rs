//! Trials: settings tried on the validation period, the same number for each contender.

use std::sync::Arc;

use rankine_learn::algorithms::scorers;
use rankine_learn::algorithms::scorers::Scorer;
use rankine_learn::{Examples, Id, Scored, hash, top};

use super::evaluate::value;
use super::examples::{Gathered, Validated, extend, retrieval_key};
use super::recipes::Recipe;
use super::selection::{Trial, Tried};
use crate::error::Error;
use crate::problem::{Contender, Problem, Step};
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
        let values = match &recipe.contender.score {
            None => gathered.retrieved.get(&recipe.place).cloned().unwrap_or_default(),
            Some(step) => validate(problem, step, &recipe.contender, gathered, seed),
        };
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let trial = Trial { changes: recipe.changes.clone(), value: mean };
        let slot = &mut tried[recipe.of];
        match slot {
            None => {
                *slot = Some(Tried { contender: recipe.contender.clone(), trials: vec![trial], best: 0 });
            }
            Some(found) => {
                if better(problem, mean, found.trials[found.best].value) {
                    found.best = found.trials.len();
                    found.contender = recipe.contender.clone();
                }
                found.trials.push(trial);
            }
        }
        progress.advance(1);
    }
    progress.end();
    Ok(tried.into_iter().flatten().collect())
}

fn better(problem: &Problem, new: f64, old: f64) -> bool {
    let up = rankine_learn::metrics::find(&problem.evaluate.metric.name)
        .is_none_or(|metric| metric.higher_is_better);
    if up { new > old } else { new < old }
}

/// The deciding metric of a scorer at each validation request.
fn validate(
    problem: &Problem,
    step: &Step,
    contender: &Contender,
    gathered: &Gathered,
    seed: u64,
) -> Vec<f64> {
    let key = retrieval_key(contender);
    let (Some(train), Some(valid)) = (gathered.train.get(&key), gathered.valid.get(&key)) else {
        return Vec::new();
    };
    let scorer = fit(step, train, Some(&valid.examples), seed);
    order(scorer.as_ref(), valid)
        .zip(&valid.relevant)
        .map(|(items, relevant)| value(&problem.evaluate.metric, &items, relevant))
        .collect()
}

fn order<'a>(scorer: &dyn Scorer, valid: &'a Validated) -> impl Iterator<Item = Vec<Id>> + 'a {
    let scores = scorer.score(&valid.examples.rows);
    let mut first = 0;
    valid.items.iter().map(move |items| {
        let own = &scores[first..first + items.len()];
        first += items.len();
        let pairs = items.iter().zip(own).map(|(&item, &score)| Scored { item, score });
        top(pairs, items.len()).into_iter().map(|scored| scored.item).collect()
    })
}

/// The scorer of the chosen settings, trained on train and validation; `None` where there is none.
pub(super) fn final_scorer(tried: &Tried, gathered: &Gathered, seed: u64) -> Option<Arc<dyn Scorer>> {
    let step = tried.contender.score.as_ref()?;
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
    Some(Arc::from(fit(step, &examples, None, seed)))
}

fn fit(step: &Step, train: &Examples, valid: Option<&Examples>, seed: u64) -> Box<dyn Scorer> {
    let kind = scorers::find(&step.algorithm).expect("clarify knows every algorithm of a problem");
    (kind.fit)(&step.settings, train, valid, hash(seed, &[2]))
}
