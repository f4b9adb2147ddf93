//! Recipes: the settings that the trials of each contender try, the same number for all.

use rankine_learn::algorithms::{detectors, retrievers, scorers};
use rankine_learn::{Card, Kind, Setting, hash};

use crate::problem::{Contender, Problem, Step};

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

/// Whether nothing is chosen for the contender of a recipe: no other settings are tried.
pub(super) fn alone(plan: &[Recipe], recipe: &Recipe) -> bool {
    plan.iter().filter(|other| other.of == recipe.of).count() == 1
}

/// A contender with the settings of a trial: those of its detector or scorer, otherwise of its retrievers, are
/// drawn.
fn vary(contender: &Contender, trial: usize, seed: u64) -> (Contender, Vec<String>) {
    let mut made = contender.clone();
    let mut changes = Vec::new();
    if trial == 0 {
        return (made, changes);
    }
    if let Some(step) = &mut made.detect {
        let card = &detectors::find(&step.algorithm).expect("clarify knows every algorithm").card;
        redraw(step, card, hash(seed, &[10, trial as u64]), &mut changes);
    } else if !made.score.is_empty() {
        for (at, head) in made.score.iter_mut().enumerate() {
            let step = &mut head.step;
            let card = &scorers::find(&step.algorithm).expect("clarify knows every algorithm").card;
            let draw = if at == 0 {
                hash(seed, &[5, trial as u64])
            } else {
                hash(seed, &[8, trial as u64, at as u64])
            };
            redraw(step, card, draw, &mut changes);
        }
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
