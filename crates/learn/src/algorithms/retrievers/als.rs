//! Matrix factorisation of implicit feedback: short vectors for items, one solved for each history.

use multiversion::multiversion;
use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{DECAY, Kind, Query, Retriever, allowed_items, pack, unpack};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::Interactions;
use crate::linear::{LANES, Tiled, accumulate, dot, multiply_add, padded, solve};
use crate::log::Id;
use crate::random::rng;
use crate::top::{Scored, top};

/// Alternating least squares.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "als",
        what: "Learns a vector for each item and solves one for the user's history; scores are inner products.",
        when: "Where histories are thin and items are taken together only through others: it generalises.",
        avoid: "Where one exact item to item step says more, and for items newer than the training.",
        cost: "Training: iterations x (entries x factors + (users + items) x factors²); a query solves one \
               factors x factors system.",
        source: "Hu, Koren and Volinsky 2008, Collaborative filtering for implicit feedback datasets; \
                 Takács et al. 2011, Applications of the conjugate gradient method",
        parameters: &[
            Parameter {
                name: "factors",
                doc: "Length of the vectors; rounded up to a multiple of 16 at no cost.",
                kind: Holds::Count { min: 1, max: 512 },
                default: Preset::Count(64),
                search: &[32.0, 128.0],
            },
            Parameter {
                name: "alpha",
                doc: "How much more a taken item counts than one that was not: 1 + alpha x weight.",
                kind: Holds::Number { min: 0.0, max: 1e6 },
                default: Preset::Number(1.0),
                search: &[3.0, 10.0, 40.0],
            },
            Parameter {
                name: "regularization",
                doc: "Pull of every vector to zero.",
                kind: Holds::Number { min: 1e-3, max: 1e6 },
                default: Preset::Number(20.0),
                search: &[1.0, 10.0, 50.0],
            },
            DECAY,
            Parameter {
                name: "iterations",
                doc: "How often users and items are solved in turn.",
                kind: Holds::Count { min: 1, max: 1000 },
                default: Preset::Count(15),
                search: &[],
            },
        ],
    },
    personal: true,
    fit: |settings, interactions, seed| Box::new(fit(settings, interactions, seed)),
    load: |_, bytes| Ok(Box::new(unpack(KIND.card.name, bytes, Als::is_valid)?)),
};

/// Conjugate gradient steps a row and iteration: it starts from the last solution.
const STEPS: usize = 3;

#[derive(Serialize, Deserialize)]
struct Als {
    decay: f32,
    alpha: f32,
    /// Length of a row: the factors, padded.
    width: usize,
    /// For each item whether it was ever taken; others have no place to be.
    known: Vec<bool>,
    /// `items x width`.
    items: Vec<f32>,
    /// `width x width`: all items' outer products, and the regularization on the diagonal.
    gram: Vec<f32>,
}

impl Als {
    fn is_valid(&self) -> bool {
        (LANES..=512).contains(&self.width)
            && self.width.is_multiple_of(LANES)
            && self.items.len() == self.known.len() * self.width
            && self.gram.len() == self.width * self.width
    }

    fn is_known(&self, item: Id) -> bool {
        self.known.get(item as usize).is_some_and(|known| *known)
    }

    /// The vector that fits a history best, the latest item of it with weight 1.
    fn user(&self, history: &[Id]) -> Option<Vec<f32>> {
        let (mut rows, mut counts) = (Vec::new(), Vec::new());
        let mut worth = 1.0f32;
        for &item in history.iter().rev().filter(|&&item| self.is_known(item)) {
            rows.extend_from_slice(&self.items[item as usize * self.width..][..self.width]);
            counts.push(worth);
            worth *= self.decay;
        }
        let taken = counts.len();
        if taken == 0 {
            return None;
        }
        let mut heavier = rows.clone();
        for (row, count) in heavier.chunks_exact_mut(self.width).zip(&mut counts) {
            row.iter_mut().for_each(|value| *value *= self.alpha * *count);
            *count *= 1.0 + self.alpha;
        }
        let mut vector = vec![0.0; self.width];
        accumulate(&mut vector, &rows, &counts);
        let mut system = self.gram.clone();
        let right = Tiled { values: &rows, row: self.width, tile: LANES };
        multiply_add(&mut system, (self.width, self.width), (&heavier, self.width, 0), right, taken);
        solve(&mut system, &mut vector).then_some(vector)
    }
}

impl Retriever for Als {
    fn retrieve(&self, query: &Query<'_>, depth: usize) -> Vec<Scored> {
        let Some(user) = self.user(query.history) else { return Vec::new() };
        let score = |item: Id| match self.is_known(item) {
            true => dot(&user, &self.items[item as usize * self.width..][..self.width]),
            false => f32::NAN,
        };
        top(allowed_items(query, score).filter(|scored| !scored.score.is_nan()), depth)
    }

    fn save(&self) -> Vec<u8> {
        pack(self)
    }
}

fn fit(settings: &Settings, interactions: &Interactions, seed: u64) -> Als {
    let factors = settings.count("factors");
    let width = padded(factors);
    let alpha = settings.number("alpha") as f32;
    let regularization = settings.number("regularization") as f32;
    let by_item = interactions.transposed();
    let mut users = vec![0.0f32; interactions.users * width];
    let mut items = vec![0.0f32; interactions.items * width];
    items.par_chunks_mut(width).enumerate().for_each(|(item, row)| {
        let mut rng = rng(seed, &[item as u64]);
        row.iter_mut().for_each(|value| *value = (rng.random::<f32>() - 0.5) / width as f32);
    });
    for _ in 0..settings.count("iterations") {
        update(&mut users, interactions, &items, (width, alpha, regularization));
        update(&mut items, &by_item, &users, (width, alpha, regularization));
    }
    let known = (0..interactions.items).map(|item| !by_item.of(item).is_empty()).collect();
    let gram = gram(&items, width, regularization);
    Als { decay: settings.number("decay") as f32, alpha, width, known, items, gram }
}

/// Solves every row against the fixed other side.
fn update(
    rows: &mut [f32],
    entries: &Interactions,
    fixed: &[f32],
    (width, alpha, regularization): (usize, f32, f32),
) {
    let gram = gram(fixed, width, regularization);
    rows.par_chunks_mut(width).enumerate().for_each_init(Scratch::default, |scratch, (at, row)| {
        scratch.rows.clear();
        for &other in entries.of(at) {
            scratch.rows.extend_from_slice(&fixed[other as usize * width..][..width]);
        }
        scratch.extra.clear();
        scratch.extra.extend(entries.weights_of(at).iter().map(|weight| weight * alpha));
        descend(row, &gram, scratch);
    });
}

/// The sum of the outer products of `rows`, plus the regularization on the diagonal.
fn gram(rows: &[f32], width: usize, regularization: f32) -> Vec<f32> {
    let mut gram = vec![0.0f32; width * width];
    gram.par_chunks_mut(4 * width).enumerate().for_each(|(block, out)| {
        let right = Tiled { values: rows, row: width, tile: LANES };
        multiply_add(out, (width, width), (rows, width, block * 4), right, rows.len() / width);
    });
    (0..width).for_each(|at| gram[at * width + at] += regularization);
    gram
}

/// What solving a row needs; kept from row to row.
#[derive(Default)]
struct Scratch {
    /// The other side's vectors, gathered.
    rows: Vec<f32>,
    /// What each counts beyond 1.
    extra: Vec<f32>,
    coefficients: Vec<f32>,
    residual: Vec<f32>,
    direction: Vec<f32>,
    product: Vec<f32>,
}

/// Conjugate gradients on `(gram + Σ extra y yᵀ) x = Σ (1 + extra) y`, from the present `x`.
#[multiversion(targets("x86_64+avx2"))]
fn descend(x: &mut [f32], gram: &[f32], scratch: &mut Scratch) {
    let width = x.len();
    let Scratch { rows, extra, coefficients, residual, direction, product } = scratch;
    coefficients.clear();
    let entries = rows.chunks_exact(width).zip(extra.iter());
    coefficients.extend(entries.map(|(row, extra)| 1.0 + extra - extra * dot(row, x)));
    residual.clear();
    residual.resize(width, 0.0);
    accumulate(residual, gram, x);
    residual.iter_mut().for_each(|value| *value = -*value);
    accumulate(residual, rows, coefficients);
    direction.clear();
    direction.extend_from_slice(residual);
    product.resize(width, 0.0);
    let mut size = dot(residual, residual);
    for _ in 0..STEPS {
        if size < 1e-20 {
            break;
        }
        for ((coefficient, row), extra) in coefficients.iter_mut().zip(rows.chunks_exact(width)).zip(&*extra)
        {
            *coefficient = extra * dot(row, direction);
        }
        product.fill(0.0);
        accumulate(product, gram, direction);
        accumulate(product, rows, coefficients);
        let step = size / dot(direction, product);
        for at in 0..width {
            x[at] += step * direction[at];
            residual[at] -= step * product[at];
        }
        let next = dot(residual, residual);
        let keep = next / size;
        size = next;
        for at in 0..width {
            direction[at] = residual[at] + keep * direction[at];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descending_long_enough_solves_the_system_that_a_query_solves() {
        let events: Vec<(Id, Id, f32)> =
            (0..60).map(|at| (at % 7, (crate::hash(1, &[at.into()]) % 11) as Id, 1.0)).collect();
        let interactions = Interactions::new(7, 11, &events);
        let settings = KIND.card.defaults().with("decay", crate::card::Setting::Number(1.0));
        let model = fit(&settings, &interactions, 5);
        for user in 0..7 {
            let history = interactions.of(user);
            let want = model.user(history).expect("every item is known");
            let mut scratch = Scratch::default();
            for &item in history {
                scratch.rows.extend_from_slice(&model.items[item as usize * model.width..][..model.width]);
                scratch.extra.push(model.alpha);
            }
            let mut have = vec![0.0; model.width];
            (0..20).for_each(|_| descend(&mut have, &model.gram, &mut scratch));
            for (have, want) in have.iter().zip(&want) {
                assert!((have - want).abs() < 1e-4, "user {user}: {have} is not {want}");
            }
        }
    }
}
