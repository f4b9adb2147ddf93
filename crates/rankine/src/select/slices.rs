//! Slices: the parts of the requests that are reported apart.

use rankine_learn::Id;

use super::replay::{Replay, asked};
use crate::prepare::Outcome;
use crate::problem::{Owner, Problem, Slice};

/// The parts that examples belong to, named as they are met.
pub(super) struct Slices<'p> {
    problem: &'p Problem,
    pub(super) names: Vec<String>,
}

/// Words of a field that get a part of their own, at most.
pub(super) const WORDS: usize = 8;

impl<'p> Slices<'p> {
    pub(super) fn new(problem: &'p Problem) -> Slices<'p> {
        Slices { problem, names: Vec::new() }
    }

    pub(super) fn of(&mut self, replay: &Replay<'_>, outcome: &Outcome, item: Id) -> Vec<usize> {
        let (problem, memory) = (self.problem, &replay.fold.memory);
        let mut parts = Vec::new();
        for slice in &problem.evaluate.slices {
            let new_user = || memory.history(outcome.user).is_empty();
            let name = match slice {
                Slice::UserNew if new_user() => slice.name(problem),
                Slice::UserKnown if !new_user() => slice.name(problem),
                Slice::ItemNew if memory.total(item) == 0 => slice.name(problem),
                Slice::ItemKnown if memory.total(item) > 0 => slice.name(problem),
                Slice::Each { owner, field } => {
                    let fields = match owner {
                        Owner::Item => memory.item(item),
                        Owner::User => memory.user(outcome.user),
                        Owner::Request => Some(asked(replay.dataset, outcome).0),
                    };
                    let Some(rankine_learn::Value::Category(word)) =
                        fields.and_then(|fields| fields.get(*field))
                    else {
                        continue;
                    };
                    let words = replay.dataset.dictionary.words(&problem.schema, *owner);
                    if *word as usize >= WORDS {
                        continue;
                    }
                    format!("{} = {}", slice.name(problem), words[*field].name(*word))
                }
                _ => continue,
            };
            let at = self.names.iter().position(|known| *known == name).unwrap_or_else(|| {
                self.names.push(name);
                self.names.len() - 1
            });
            parts.push(at);
        }
        parts
    }
}
