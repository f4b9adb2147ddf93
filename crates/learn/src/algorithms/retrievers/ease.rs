//! Shallow autoencoder: a full matrix of item to item weights, in closed form.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{DECAY, Kind, Query, Retriever, pack, unpack};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::Interactions;
use crate::linear::{STRIPE, invert, padded, sums_of_listed};
use crate::log::Id;
use crate::top::{Scored, top};

/// Embarrassingly shallow autoencoder.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "ease",
        what: "Predicts each item from all others by ridge regression; scores sum the history's weights.",
        when: "Up to some thousand items: one parameter, hard to beat, and follows a history at once.",
        avoid: "With large catalogues: only the most taken `max_items` are known to it, the others never found.",
        cost: "Training: the smaller of users and items, cubed, plus items x entries; memory items².",
        source: "Steck 2019, Embarrassingly shallow autoencoders for sparse data",
        parameters: &[
            Parameter {
                name: "lambda",
                doc: "Weight of the ridge, in interactions: doubts weights that rest on few users.",
                kind: Holds::Number { min: 1.0, max: 1e9 },
                default: Preset::Number(200.0),
                search: &[50.0, 500.0, 1000.0],
            },
            DECAY,
            Parameter {
                name: "max_items",
                doc: "How many items are kept, the most taken ones.",
                kind: Holds::Count { min: 1, max: 20_000 },
                default: Preset::Count(5000),
                search: &[],
            },
        ],
    },
    personal: true,
    fit: |settings, interactions, _| Box::new(fit(settings, interactions)),
    load: |_, bytes| Ok(Box::new(unpack(KIND.card.name, bytes, Ease::is_valid)?)),
};

#[derive(Serialize, Deserialize)]
struct Ease {
    decay: f32,
    /// The items that are kept, ascending.
    items: Vec<Id>,
    /// `items x items`: row: an item of the history, column: what it adds to each item's score.
    weights: Vec<f32>,
}

impl Ease {
    fn is_valid(&self) -> bool {
        self.weights.len() == self.items.len() * self.items.len() && self.items.is_sorted_by(|a, b| a < b)
    }
}

impl Retriever for Ease {
    fn retrieve(&self, query: &Query<'_>, depth: usize) -> Vec<Scored> {
        let width = self.items.len();
        let mut scores = vec![0.0f32; width];
        let rows = query.history.iter().rev().filter_map(|item| self.items.binary_search(item).ok());
        let rows: Vec<usize> = rows.collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let mut worth = 1.0;
        for row in rows {
            for (score, weight) in scores.iter_mut().zip(&self.weights[row * width..][..width]) {
                *score += worth * weight;
            }
            worth *= self.decay;
        }
        let all = self.items.iter().zip(scores).map(|(&item, score)| Scored { item, score });
        let allowed = |item: Id| query.allowed.get(item as usize).is_some_and(|allowed| *allowed);
        top(all.filter(|scored| allowed(scored.item)), depth)
    }

    fn save(&self) -> Vec<u8> {
        pack(self)
    }
}

/// Every entry counts 1, whatever its weight: a query's history has no weights either.
fn fit(settings: &Settings, interactions: &Interactions) -> Ease {
    let decay = settings.number("decay") as f32;
    let (items, matrix) = most_taken(interactions, settings.count("max_items"));
    if items.is_empty() {
        return Ease { decay, items, weights: Vec::new() };
    }
    let Some(mut weights) = inverse(&matrix, settings.number("lambda") as f32) else {
        return Ease { decay, items: Vec::new(), weights: Vec::new() };
    };
    let width = items.len();
    let scales: Vec<f32> = (0..width).map(|at| -1.0 / weights[at * width + at]).collect();
    weights.par_chunks_mut(width).enumerate().for_each(|(row, weights)| {
        weights.iter_mut().zip(&scales).for_each(|(weight, scale)| *weight *= scale);
        weights[row] = 0.0;
    });
    Ease { decay, items, weights }
}

/// `(XᵀX + lambda)⁻¹`, with `lambda` raised as far as single precision needs it.
fn inverse(matrix: &Interactions, lambda: f32) -> Option<Vec<f32>> {
    let (users, items) = (matrix.users, matrix.items);
    std::iter::successors(Some(lambda), |lambda| Some(lambda * 4.0)).take(30).find_map(|lambda| {
        let inverse = match users < items {
            true => inverse_by_users(matrix, lambda)?,
            false => inverse_by_items(matrix, lambda)?,
        };
        // No diagonal element can be smaller than that of an item which all others leave unexplained.
        let least = 0.5 / (lambda + users as f32);
        let plausible = |item: usize| (least..=2.0 / lambda).contains(&inverse[item * items + item]);
        (0..items).all(plausible).then_some(inverse)
    })
}

/// The items with the most users, ascending, and the interactions with them, numbered by place.
fn most_taken(interactions: &Interactions, limit: usize) -> (Vec<Id>, Interactions) {
    let mut counts = vec![0u32; interactions.items];
    interactions.list.iter().for_each(|&item| counts[item as usize] += 1);
    let taken = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let taken = taken.map(|(item, &count)| Scored { item: item as Id, score: count as f32 });
    let mut items: Vec<Id> = top(taken, limit).into_iter().map(|scored| scored.item).collect();
    items.sort_unstable();
    let mut places = vec![None; interactions.items];
    items.iter().enumerate().for_each(|(place, &item)| places[item as usize] = Some(place as Id));
    let mut kept = Interactions { items: items.len(), starts: vec![0], ..Interactions::default() };
    for user in 0..interactions.users {
        kept.list.extend(interactions.of(user).iter().filter_map(|&item| places[item as usize]));
        // Users who took nothing that is kept change nothing.
        if kept.starts.last() != Some(&kept.list.len()) {
            kept.starts.push(kept.list.len());
            kept.users += 1;
        }
    }
    kept.weights = vec![1.0; kept.list.len()];
    (items, kept)
}

/// `(XᵀX + lambda)⁻¹` of the users x items matrix `X` of ones.
fn inverse_by_items(matrix: &Interactions, lambda: f32) -> Option<Vec<f32>> {
    let (n, stride) = (matrix.items, padded(matrix.items));
    let by_item = matrix.transposed();
    let mut gram = overlaps(&by_item, &by_item.transposed(), stride);
    (0..n).for_each(|at| gram[at * stride + at] += lambda);
    if !invert(&mut gram, n, stride) {
        return None;
    }
    Some(gram.chunks_exact(stride).flat_map(|row| &row[..n]).copied().collect())
}

/// The same by way of the smaller `(XXᵀ + lambda)⁻¹ = K`: it equals `(1 - XᵀKX) / lambda` (Woodbury).
fn inverse_by_users(matrix: &Interactions, lambda: f32) -> Option<Vec<f32>> {
    let (users, items) = (matrix.users, matrix.items);
    let stride = users.next_multiple_of(STRIPE);
    let by_item = matrix.transposed();
    let mut kernel = overlaps(matrix, &by_item, stride);
    (0..users).for_each(|at| kernel[at * stride + at] += lambda);
    if !invert(&mut kernel, users, stride) {
        return None;
    }
    // XᵀK in stripes of users, each items x STRIPE; from it KX turned to stripes of items, and XᵀKX.
    let left = (0..stride / STRIPE).into_par_iter().map(|stripe| {
        let columns: Vec<f32> =
            kernel.chunks_exact(stride).flat_map(|row| &row[stripe * STRIPE..][..STRIPE]).copied().collect();
        sums_of_listed(&columns, &by_item.starts, &by_item.list)
    });
    let left: Vec<Vec<f32>> = left.collect();
    let both = (0..items.div_ceil(STRIPE))
        .into_par_iter()
        .map(|stripe| sums_of_listed(&turned(&left, users, items, stripe), &by_item.starts, &by_item.list));
    let both: Vec<Vec<f32>> = both.collect();
    let mut inverse = vec![0.0f32; items * items];
    inverse.par_chunks_mut(items).enumerate().for_each(|(item, row)| {
        for (part, both) in row.chunks_mut(STRIPE).zip(&both) {
            part.iter_mut().zip(&both[item * STRIPE..]).for_each(|(value, both)| *value = -both / lambda);
        }
        row[item] += 1.0 / lambda;
    });
    Some(inverse)
}

/// From stripes of users, each `items x STRIPE`, one stripe of items, `users x STRIPE`.
fn turned(stripes: &[Vec<f32>], users: usize, items: usize, stripe: usize) -> Vec<f32> {
    let first = stripe * STRIPE;
    let mut made = vec![0.0f32; users * STRIPE];
    for (user, row) in made.chunks_exact_mut(STRIPE).enumerate() {
        for (item, value) in (first..items).zip(row) {
            *value = stripes[user / STRIPE][item * STRIPE + user % STRIPE];
        }
    }
    made
}

/// For each pair of rows of `rows`, the later first, how many columns both have.
///
/// `columns` is the transpose of `rows`, with ascending lists.
fn overlaps(rows: &Interactions, columns: &Interactions, stride: usize) -> Vec<f32> {
    let mut counts = vec![0.0f32; rows.users * stride];
    counts.par_chunks_mut(stride).enumerate().for_each(|(row, counts)| {
        for &column in rows.of(row) {
            let others = columns.of(column as usize).iter().take_while(|&&other| other as usize <= row);
            others.for_each(|&other| counts[other as usize] += 1.0);
        }
    });
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_the_inverse_agree() {
        let draw = |user: u64, item: u64| crate::hash(3, &[user, item]).is_multiple_of(4);
        let pairs = (0..70u32).flat_map(|user| (0..90u32).map(move |item| (user, item)));
        let taken = pairs.filter(|&(user, item)| draw(user.into(), item.into()));
        let events: Vec<(Id, Id, f32)> = taken.map(|(user, item)| (user, item, 1.0)).collect();
        let matrix = Interactions::new(70, 90, &events);
        let by_users = inverse_by_users(&matrix, 5.0).expect("a ridge makes it positive definite");
        let by_items = inverse_by_items(&matrix, 5.0).expect("a ridge makes it positive definite");
        for (at, (left, right)) in by_users.iter().zip(&by_items).enumerate() {
            assert!((left - right).abs() < 1e-5, "{at}: {left} is not {right}");
        }
    }

    #[test]
    fn a_ridge_too_small_for_single_precision_is_raised() {
        for (users, items) in [(60, 30), (30, 60)] {
            let pairs = (0..users).flat_map(|user| (0..items).map(move |item| (user, item, 1.0)));
            let events: Vec<(Id, Id, f32)> = pairs.collect();
            let matrix = Interactions::new(users as usize, items as usize, &events);
            let inverse = inverse(&matrix, 1e-9).expect("some ridge suffices");
            assert!(inverse.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn only_the_most_taken_are_kept() {
        let events = [(0, 5, 1.0), (1, 5, 1.0), (0, 2, 1.0), (1, 2, 1.0), (2, 0, 1.0), (3, 9, 1.0)];
        let (items, matrix) = most_taken(&Interactions::new(4, 10, &events), 3);
        assert_eq!(items, [0, 2, 5]);
        assert_eq!((matrix.users, matrix.items), (3, 3));
        assert_eq!(matrix.list, [2, 1, 2, 1, 0]);
    }
}
