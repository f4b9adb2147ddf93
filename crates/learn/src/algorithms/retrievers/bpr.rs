//! Matrix factorisation from pairs: what a user took should score above what the user did not.

use multiversion::multiversion;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{DECAY, Kind, Query, Retriever, allowed_items, pack, unpack};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::Interactions;
use crate::linear::{LANES, dot, padded};
use crate::log::Id;
use crate::random::rng;
use crate::top::{Scored, top};

/// Bayesian personalised ranking.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "bpr",
        what: "Learns item vectors so that taken items score above others, and one for the history likewise.",
        when: "Where only the order counts, and as a contender beside als with another view of the same data.",
        avoid: "With little data, or for a strong result at once: it needs more tuning than als or ease.",
        cost: "Training: epochs x entries x factors, on one thread; a query: passes x history x factors.",
        source: "Rendle et al. 2009, BPR: Bayesian personalized ranking from implicit feedback",
        parameters: &[
            Parameter {
                name: "factors",
                doc: "Length of the vectors; rounded up to a multiple of 16 at no cost.",
                kind: Holds::Count { min: 1, max: 512 },
                default: Preset::Count(64),
                search: &[32.0, 128.0],
            },
            Parameter {
                name: "learning_rate",
                doc: "Size of a step.",
                kind: Holds::Number { min: 1e-5, max: 1.0 },
                default: Preset::Number(0.03),
                search: &[0.01, 0.1],
            },
            Parameter {
                name: "regularization",
                doc: "Pull of every vector to zero at each step.",
                kind: Holds::Number { min: 0.0, max: 10.0 },
                default: Preset::Number(0.01),
                search: &[0.003, 0.03],
            },
            DECAY,
            Parameter {
                name: "epochs",
                doc: "How many steps are made, in multiples of the number of entries.",
                kind: Holds::Count { min: 1, max: 10_000 },
                default: Preset::Count(40),
                search: &[20.0, 80.0],
            },
        ],
    },
    personal: true,
    fit: |settings, interactions, seed| Box::new(fit(settings, interactions, seed)),
    load: |_, bytes| Ok(Box::new(unpack(KIND.card.name, bytes, Bpr::is_valid)?)),
};

/// How often a query's history is passed over to learn its vector.
const PASSES: usize = 10;

#[derive(Serialize, Deserialize)]
struct Bpr {
    seed: u64,
    rate: f32,
    regularization: f32,
    decay: f32,
    /// Length of a row: the factors, padded.
    width: usize,
    /// The items that were ever taken, ascending; only they are compared and found.
    known: Vec<Id>,
    /// `known x width`.
    vectors: Vec<f32>,
    /// What an item scores with everybody.
    biases: Vec<f32>,
}

impl Bpr {
    fn is_valid(&self) -> bool {
        (LANES..=512).contains(&self.width)
            && self.width.is_multiple_of(LANES)
            && self.known.is_sorted_by(|left, right| left < right)
            && self.vectors.len() == self.known.len() * self.width
            && self.biases.len() == self.known.len()
    }

    fn vector(&self, place: usize) -> &[f32] {
        &self.vectors[place * self.width..][..self.width]
    }

    /// The vector that training would give to a user with this history, items held fixed.
    fn user(&self, history: &[Id]) -> Option<Vec<f32>> {
        let taken: Vec<Id> = history.iter().filter_map(|&item| self.place(item)).collect();
        if taken.is_empty() {
            return None;
        }
        let mut user = vec![0.0f32; self.width];
        let mut rng = rng(self.seed, &[1, taken.len() as u64]);
        fold_in(self, &mut user, &taken, &mut rng);
        Some(user)
    }

    fn place(&self, item: Id) -> Option<Id> {
        self.known.binary_search(&item).ok().map(|place| place as Id)
    }
}

impl Retriever for Bpr {
    fn retrieve(&self, query: &Query<'_>, depth: usize) -> Vec<Scored> {
        let Some(user) = self.user(query.history) else { return Vec::new() };
        let score = |item| match self.place(item) {
            Some(place) => self.biases[place as usize] + dot(&user, self.vector(place as usize)),
            None => f32::NAN,
        };
        top(allowed_items(query, score).filter(|scored| !scored.score.is_nan()), depth)
    }

    fn save(&self) -> Vec<u8> {
        pack(self)
    }
}

/// Every entry is drawn alike, whatever its weight.
fn fit(settings: &Settings, interactions: &Interactions, seed: u64) -> Bpr {
    let width = padded(settings.count("factors"));
    let mut known = interactions.list.clone();
    known.sort_unstable();
    known.dedup();
    let mut rng = rng(seed, &[0]);
    let mut draw = |rows: usize| -> Vec<f32> {
        (0..rows * width).map(|_| (rng.random::<f32>() - 0.5) / (width as f32).sqrt()).collect()
    };
    let (mut users, vectors) = (draw(interactions.users), draw(known.len()));
    let mut model = Bpr {
        seed,
        rate: settings.number("learning_rate") as f32,
        regularization: settings.number("regularization") as f32,
        decay: settings.number("decay") as f32,
        width,
        biases: vec![0.0; known.len()],
        known,
        vectors,
    };
    let mut taken = interactions.clone();
    for user in 0..interactions.users {
        let own = &mut taken.list[interactions.starts[user]..interactions.starts[user + 1]];
        own.iter_mut().for_each(|item| *item = model.place(*item).expect("every taken item has a place"));
        own.sort_unstable();
    }
    let steps = taken.list.len() * settings.count("epochs");
    climb(&mut model, &mut users, &taken, steps, &mut rng);
    model
}

/// Stochastic gradient steps on drawn entries, each against the item of another drawn entry that the user
/// did not take: often taken items are the ones worth telling apart.
///
/// `taken` holds places of items, ascending per user.
#[multiversion(targets("x86_64+avx2"))]
fn climb(model: &mut Bpr, users: &mut [f32], taken: &Interactions, steps: usize, rng: &mut ChaCha8Rng) {
    let width = model.width;
    let shrink = 1.0 - model.rate * model.regularization;
    let mut owners = Vec::with_capacity(taken.list.len());
    (0..taken.users).for_each(|user| owners.resize(taken.starts[user + 1], user as Id));
    for _ in 0..steps {
        let entry = rng.random_range(0..owners.len() as u32) as usize;
        let other = taken.list[rng.random_range(0..owners.len() as u32) as usize];
        let owner = owners[entry] as usize;
        if taken.of(owner).binary_search(&other).is_ok() {
            continue;
        }
        let user = &mut users[owner * width..][..width];
        let (high, low) = (taken.list[entry] as usize, other as usize);
        let pull = model.rate * surprise(user, model, high, low);
        let places = [high * width..(high + 1) * width, low * width..(low + 1) * width];
        let [good, bad] = model.vectors.get_disjoint_mut(places).expect("no item is taken and not taken");
        for ((own, good), bad) in user.iter_mut().zip(good).zip(bad) {
            let before = *own;
            *own = before * shrink + pull * (*good - *bad);
            *good = *good * shrink + pull * before;
            *bad = *bad * shrink - pull * before;
        }
        model.biases[high] = model.biases[high] * shrink + pull;
        model.biases[low] = model.biases[low] * shrink - pull;
    }
}

/// The same steps for one user, with the items held fixed and the others drawn alike.
///
/// `taken` holds places of items, oldest first.
#[multiversion(targets("x86_64+avx2"))]
fn fold_in(model: &Bpr, user: &mut [f32], taken: &[Id], rng: &mut ChaCha8Rng) {
    let shrink = 1.0 - model.rate * model.regularization;
    let mut own = taken.to_vec();
    own.sort_unstable();
    let mut rates = vec![model.rate; taken.len()];
    for at in (1..rates.len()).rev() {
        rates[at - 1] = rates[at] * model.decay;
    }
    for _ in 0..PASSES {
        for (&high, rate) in taken.iter().zip(&rates) {
            let low = rng.random_range(0..model.known.len() as Id);
            if own.binary_search(&low).is_ok() {
                continue;
            }
            let pull = rate * surprise(user, model, high as usize, low as usize);
            let (good, bad) = (model.vector(high as usize), model.vector(low as usize));
            for ((own, good), bad) in user.iter_mut().zip(good).zip(bad) {
                *own = *own * shrink + pull * (good - bad);
            }
        }
    }
}

/// One minus the modelled probability that `taken` scores above `other`.
#[inline(always)]
fn surprise(user: &[f32], model: &Bpr, taken: usize, other: usize) -> f32 {
    let apart = model.biases[taken] - model.biases[other] + dot(user, model.vector(taken))
        - dot(user, model.vector(other));
    1.0 / (1.0 + apart.exp())
}
