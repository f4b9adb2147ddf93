//! Trials: settings tried on the validation period, the same number for each contender.

use std::sync::Arc;

use rankine_learn::algorithms::scorers::Scorer;
use rankine_learn::algorithms::{retrievers, scorers};
use rankine_learn::{Card, Examples, Id, Kind, Scored, Setting, hash, top};

use super::evaluate::value;
use super::examples::{Gathered, Validated, extend, retrieval_key};
use super::selection::{Trial, Tried};
use crate::error::Error;
use crate::problem::{Contender, Problem, Step};
use crate::progress::Progress;

/// A contender with the settings of one trial.
pub(super) struct Recipe {
    /// Its place among all recipes.
    pub(super) place: usize,
    /// The contender's place in the design.
    pub(super) of: usize,
    pub(super) contender: Contender,
    /// What differs from the first trial, such as `factors = 64`.
    pub(super) changes: Vec<String>,
}

/// All trials: the first of each contender has the design's settings and the defaults; the others draw from
/// the values that the cards search, and leave alone what the design set.
pub(super) fn plan(problem: &Problem, seed: u64) -> Vec<Recipe> {
    let mut recipes: Vec<Recipe> = Vec::new();
    for (of, contender) in problem.contenders.iter().enumerate() {
        let mut seen: Vec<Contender> = Vec::new();
        for trial in 0..problem.evaluate.trials.max(1) {
            let (contender, changes) = vary(contender, trial, seed);
            if !seen.contains(&contender) {
                seen.push(contender.clone());
                recipes.push(Recipe { place: recipes.len(), of, contender, changes });
            }
        }
    }
    recipes
}

/// A contender with the settings of a trial: those of its scorer, otherwise of its retrievers, are drawn.
fn vary(contender: &Contender, trial: usize, seed: u64) -> (Contender, Vec<String>) {
    let mut made = contender.clone();
    let mut changes = Vec::new();
    if trial == 0 {
        return (made, changes);
    }
    if let Some(step) = &mut made.score {
        let card = &scorers::find(&step.algorithm).expect("clarify knows every algorithm").card;
        redraw(step, card, hash(seed, &[5, trial as u64]), &mut changes);
    } else {
        for (at, step) in made.retrieve.iter_mut().enumerate() {
            let card = &retrievers::find(&step.algorithm).expect("clarify knows every algorithm").card;
            redraw(step, card, hash(seed, &[6, trial as u64, at as u64]), &mut changes);
        }
    }
    (made, changes)
}

fn redraw(step: &mut Step, card: &Card, draw: u64, changes: &mut Vec<String>) {
    let open = card.parameters.iter().enumerate().filter(|(_, parameter)| {
        !parameter.search.is_empty() && !step.fixed.iter().any(|fixed| fixed == parameter.name)
    });
    for (at, parameter) in open.collect::<Vec<_>>() {
        let pick = hash(draw, &[at as u64]) as usize % parameter.search.len();
        let drawn = parameter.search[pick];
        let setting = match parameter.kind {
            Kind::Count { .. } => Setting::Count(drawn as u64),
            Kind::Duration => Setting::Duration(drawn as i64),
            _ => Setting::Number(drawn),
        };
        if step.settings.0.get(parameter.name) != Some(&setting) {
            changes.push(match parameter.kind {
                Kind::Duration => format!("{} = {}h", parameter.name, drawn / 3.6e6),
                _ => format!("{} = {drawn}", parameter.name),
            });
            step.settings.0.insert(parameter.name.to_owned(), setting);
        }
    }
}

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
