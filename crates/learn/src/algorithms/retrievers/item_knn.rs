//! Item neighbours: what was taken by the same users as the items of the history.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{DECAY, Kind, Query, Retriever, pack, unpack};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::Interactions;
use crate::log::Id;
use crate::top::{Scored, top};

/// Sum of similarities to the history's items.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "item-knn",
        what: "Sums, over the user's history, the similarity of an item to each: taken by the same users.",
        when: "First personal retriever: trains in a moment, follows a history at once, explains itself.",
        avoid: "With few users an item, or where taste lies in what was never taken together.",
        cost: "Training linear in the sum over users of the squared history; memory items x neighbours.",
        source: "Sarwar et al. 2001, Item-based collaborative filtering; Deshpande and Karypis 2004, \
                 Item-based top-n recommendation algorithms",
        parameters: &[
            Parameter {
                name: "weighting",
                doc: "tfidf: cosine, active users count less; bm25: the same, saturated, not normalised; \
                      cosine: every user counts the same.",
                kind: Holds::Choice(&["tfidf", "bm25", "cosine"]),
                default: Preset::Word("tfidf"),
                search: &[],
            },
            Parameter {
                name: "neighbours",
                doc: "How many items are kept as neighbours of each.",
                kind: Holds::Count { min: 1, max: 10_000 },
                default: Preset::Count(20),
                search: &[10.0, 50.0, 200.0],
            },
            Parameter {
                name: "shrink",
                doc: "Added to the product of norms: doubts similarities that rest on few users.",
                kind: Holds::Number { min: 0.0, max: 1e6 },
                default: Preset::Number(10.0),
                search: &[0.0, 50.0, 200.0],
            },
            DECAY,
        ],
    },
    personal: true,
    fit: |settings, interactions, _| Box::new(fit(settings, interactions)),
    load: |_, bytes| Ok(Box::new(unpack(KIND.card.name, bytes, ItemKnn::is_valid)?)),
};

/// Saturation of BM25 for repeated weights, and how much it discounts often taken items.
const K1: f32 = 1.2;
const B: f32 = 0.75;

#[derive(Serialize, Deserialize)]
struct ItemKnn {
    decay: f32,
    /// Where each item's neighbours begin; one more than there are items.
    starts: Vec<usize>,
    neighbours: Vec<(Id, f32)>,
}

impl ItemKnn {
    fn is_valid(&self) -> bool {
        let items = self.starts.len().wrapping_sub(1);
        self.starts.first() == Some(&0)
            && self.starts.last() == Some(&self.neighbours.len())
            && self.starts.is_sorted()
            && self.neighbours.iter().all(|(item, _)| (*item as usize) < items)
    }

    fn of(&self, item: Id) -> &[(Id, f32)] {
        match self.starts.get(item as usize..item as usize + 2) {
            Some(bounds) => &self.neighbours[bounds[0]..bounds[1]],
            None => &[],
        }
    }
}

impl Retriever for ItemKnn {
    fn retrieve(&self, query: &Query<'_>, depth: usize) -> Vec<Scored> {
        let mut scores = vec![0.0f32; self.starts.len() - 1];
        let mut weight = 1.0;
        let lists = query.history.iter().rev().map(|&taken| self.of(taken));
        // An item without neighbours, such as one newer than the model, makes no other one older.
        for neighbours in lists.filter(|neighbours| !neighbours.is_empty()) {
            for &(item, similarity) in neighbours {
                scores[item as usize] += weight * similarity;
            }
            weight *= self.decay;
        }
        let allowed = |item: usize| query.allowed.get(item).is_some_and(|allowed| *allowed);
        let found = scores.iter().enumerate().filter(|(item, score)| **score > 0.0 && allowed(*item));
        top(found.map(|(item, &score)| Scored { item: item as Id, score }), depth)
    }

    fn save(&self) -> Vec<u8> {
        pack(self)
    }
}

fn fit(settings: &Settings, interactions: &Interactions) -> ItemKnn {
    let by_user = weighted(interactions, settings.word("weighting"));
    let by_item = by_user.transposed();
    let squares = |item| by_item.weights_of(item).iter().map(|weight| weight * weight).sum::<f32>();
    let norms: Vec<f32> = match settings.word("weighting") {
        "bm25" => vec![1.0; by_item.users],
        _ => (0..by_item.users).map(|item| squares(item).sqrt()).collect(),
    };
    let shrink = settings.number("shrink") as f32;
    let similar = |item: usize, other: Id, product: f32| Scored {
        item: other,
        score: product / (norms[item] * norms[other as usize] + shrink),
    };
    let lists: Vec<Vec<Scored>> = (0..by_item.users)
        .into_par_iter()
        .map_init(
            || vec![0.0f32; by_user.items],
            |products, item| {
                let found = together(item, &by_user, &by_item, products);
                let found = found.into_iter().map(|(other, product)| similar(item, other, product));
                top(found, settings.count("neighbours"))
            },
        )
        .collect();
    let mut starts = vec![0];
    let mut neighbours = Vec::with_capacity(lists.iter().map(Vec::len).sum());
    for list in lists {
        neighbours.extend(list.into_iter().map(|scored| (scored.item, scored.score)));
        starts.push(neighbours.len());
    }
    ItemKnn { decay: settings.number("decay") as f32, starts, neighbours }
}

/// The interactions with the weights that similarities are computed from.
fn weighted(interactions: &Interactions, weighting: &str) -> Interactions {
    let mut made = interactions.clone();
    let mut totals = vec![0.0f32; made.items];
    for (&item, weight) in made.list.iter().zip(&made.weights) {
        totals[item as usize] += weight;
    }
    let mean = (totals.iter().sum::<f32>() / made.items.max(1) as f32).max(f32::MIN_POSITIVE);
    for user in 0..made.users {
        let entries = made.starts[user]..made.starts[user + 1];
        // Of a user who takes everything, one item more says little; the floor keeps every weight positive.
        let rarity = (made.items as f32 / (1 + entries.len()) as f32).max(1.1).ln();
        for at in entries {
            let weight = &mut made.weights[at];
            let length = 1.0 - B + B * totals[made.list[at] as usize] / mean;
            *weight = match weighting {
                "tfidf" => weight.sqrt() * rarity,
                "bm25" => *weight * (K1 + 1.0) / (K1 * length + *weight) * rarity,
                _ => *weight,
            };
        }
    }
    made
}

/// The other items taken by users of `item`, with the inner product of both columns.
///
/// `products` is zero for every item, before and after.
fn together(
    item: usize,
    by_user: &Interactions,
    by_item: &Interactions,
    products: &mut [f32],
) -> Vec<(Id, f32)> {
    let mut work = 0;
    for (&user, &weight) in by_item.of(item).iter().zip(by_item.weights_of(item)) {
        let user = user as usize;
        work += by_user.of(user).len();
        for (&other, &with) in by_user.of(user).iter().zip(by_user.weights_of(user)) {
            products[other as usize] += weight * with;
        }
    }
    let mut found = Vec::with_capacity(work.min(products.len()));
    let mut collect = |other: usize, products: &mut [f32]| {
        let product = std::mem::take(&mut products[other]);
        if product > 0.0 && other != item {
            found.push((other as Id, product));
        }
    };
    if work >= products.len() {
        (0..products.len()).for_each(|other| collect(other, products));
    } else {
        let users = by_item.of(item).iter();
        users
            .flat_map(|&user| by_user.of(user as usize))
            .for_each(|&other| collect(other as usize, products));
    }
    found
}
