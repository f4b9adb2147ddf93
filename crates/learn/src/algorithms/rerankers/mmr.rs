//! Maximal marginal relevance: each place goes to what is good and unlike what already stands above it.

use super::{Kind, Reranker};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::log::{FieldKind, Id, Schema, Value};
use crate::memory::Memory;
use crate::metrics::jaccard;
use crate::top::Scored;

/// Trades score against likeness to the places above.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "mmr",
        what: "Fills each place with the best item after a penalty for likeness to an item above it.",
        when: "Where a list is seen at once and many of its best items are of one kind.",
        avoid: "Where one kind is what was asked for; every step away from the score costs accuracy.",
        cost: "Slate x window x categories an item, per request.",
        source: "Carbonell and Goldstein 1998, The use of MMR, diversity-based reranking",
        parameters: &[
            Parameter {
                name: "weight",
                doc: "Weight of unlikeness against score: 0 keeps the order, 1 ignores the score.",
                kind: Holds::Number { min: 0.0, max: 1.0 },
                default: Preset::Number(0.2),
                search: &[0.1, 0.3, 0.5],
            },
            Parameter {
                name: "field",
                doc: "The category or categories of the item, such as `video.genre`, that make items alike.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
            Parameter {
                name: "window",
                doc: "How many of the best items compete for places; the others follow in their order.",
                kind: Holds::Count { min: 1, max: 10_000 },
                default: Preset::Count(100),
                search: &[],
            },
        ],
    },
    build: |settings, schema| Ok(Box::new(build(settings, schema)?)),
};

struct Mmr {
    weight: f64,
    window: usize,
    /// Index among the item's fields.
    field: usize,
}

fn build(settings: &Settings, schema: &Schema) -> Result<Mmr, String> {
    let path = settings.word("field");
    let item = schema.item();
    let field = path.strip_prefix(&item.name).and_then(|rest| rest.strip_prefix('.'));
    let Some(field) = field.and_then(|name| item.field(name)) else {
        return Err(format!("`{path}` is not a field of the item, `{}`", item.name));
    };
    match item.fields[field].kind {
        FieldKind::Category | FieldKind::Categories => {
            Ok(Mmr { weight: settings.number("weight"), window: settings.count("window"), field })
        }
        _ => Err(format!("`{path}` holds no categories, so items cannot be alike in it")),
    }
}

impl Mmr {
    fn categories(&self, item: Id, memory: &Memory) -> Vec<u32> {
        let mut categories = match memory.item(item).and_then(|fields| fields.get(self.field)) {
            Some(Value::Category(category)) => vec![*category],
            Some(Value::Categories(categories)) => categories.clone(),
            _ => Vec::new(),
        };
        categories.sort_unstable();
        categories.dedup();
        categories
    }
}

impl Reranker for Mmr {
    fn rerank(&self, list: Vec<Scored>, slate: usize, memory: &Memory) -> Vec<Scored> {
        let (window, rest) = list.split_at(self.window.min(list.len()));
        let goodness = normalised(window);
        let categories: Vec<Vec<u32>> =
            window.iter().map(|scored| self.categories(scored.item, memory)).collect();
        // For each item still in the window, its largest similarity to an item placed so far.
        let mut likeness = vec![0.0f64; window.len()];
        let mut open: Vec<usize> = (0..window.len()).collect();
        let mut placed = Vec::with_capacity(slate.min(list.len()));
        while placed.len() < slate && !open.is_empty() {
            let value = |at: usize| (1.0 - self.weight) * goodness[at] - self.weight * likeness[at];
            // Of equals the first stays first.
            let best = (1..open.len()).fold(0, |best, next| match value(open[next]) > value(open[best]) {
                true => next,
                false => best,
            });
            let chosen = open.remove(best);
            for &at in &open {
                likeness[at] = likeness[at].max(jaccard(&categories[at], &categories[chosen]));
            }
            placed.push(window[chosen]);
        }
        placed.extend(rest.iter().take(slate - placed.len()));
        placed
    }
}

/// Scores moved to [0, 1]: the largest is 1, the smallest 0; all 1 where they are equal.
fn normalised(list: &[Scored]) -> Vec<f64> {
    let finite = list.iter().map(|scored| f64::from(scored.score)).filter(|score| score.is_finite());
    let (low, high) = finite
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), score| (low.min(score), high.max(score)));
    let place = |scored: &Scored| match f64::from(scored.score) {
        score if score.is_nan() || score == f64::NEG_INFINITY => 0.0,
        score if score == f64::INFINITY || high <= low => 1.0,
        score => (score - low) / (high - low),
    };
    list.iter().map(place).collect()
}
