//! Logistic regression: the scorer whose every weight can be read.

use serde::{Deserialize, Serialize};

use super::scale::Scale;
use super::{Kind, Output, Scorer, saved};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::{Column, Examples, Rows};

pub(super) mod descent;
pub(super) mod table;
mod terms;

use table::Table;
pub(super) use terms::{Terms, weight};

/// Logistic regression.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "logistic",
        what: "Adds up one weight a column to the log-odds that a row's label is 1.",
        when: "As the plain scorer to beat, with few rows, and where every weight must be explained.",
        avoid: "Where columns matter together or in bends: it adds straight lines.",
        cost: "Training: rows x columns x epochs, twice; scoring: one product a column.",
        source: "Liu and Nocedal 1989, On the limited memory BFGS method for large scale optimization; \
                 Richardson et al. 2007, Predicting clicks",
        parameters: &[
            Parameter {
                name: "l2",
                doc: "L2 penalty on weights, beside the mean loss of a row.",
                kind: Holds::Number { min: 0.0, max: 1e6 },
                default: Preset::Number(1e-4),
                search: &[1e-6, 1e-5, 1e-3, 1e-2],
            },
            Parameter {
                name: "epochs",
                doc: "Most steps of descent, each over all rows.",
                kind: Holds::Count { min: 1, max: 10_000 },
                default: Preset::Count(50),
                search: &[],
            },
            Parameter {
                name: "categories",
                doc: "Categories of a column that get a weight of their own, the most frequent first; all \
                      others share one. Ids of users or ads need thousands.",
                kind: Holds::Count { min: 1, max: 10_000_000 },
                default: Preset::Count(64),
                search: &[],
            },
        ],
    },
    output: |_| Output::LogOdds,
    reads_bags: true,
    fit: |settings, examples, _, _| Box::new(fit(settings, examples)),
    load: |bytes| Ok(Box::new(load(bytes)?)),
};

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine logistic 2\n";
/// Categories of a column that get a weight of their own where a design cannot say.
pub(super) const CATEGORIES: usize = 64;

/// What was learned of each column, and the log-odds of a row without any; other scorers that add up use it too.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    bias: f32,
    columns: Vec<Encoding>,
    bags: Vec<Terms>,
    importance: Vec<f32>,
}

/// How a column adds to the log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Encoding {
    /// Not at all: it told no rows apart.
    Nothing,
    /// A weight a deviation from the mean, and a weight for being missing.
    Number { scale: Scale, weight: f32, missing: f32 },
    /// A weight a listed value, ascending, and one for all others; none for the missing.
    Category { values: Vec<f32>, weights: Vec<f32>, other: f32 },
}

impl Encoding {
    /// Chosen from the values of a column; weights are 0.
    pub(super) fn choose(
        column: &Column,
        values: impl Iterator<Item = f32> + Clone,
        categories: usize,
    ) -> Encoding {
        if column.category {
            return Encoding::categories(values, categories);
        }
        match Scale::of(values) {
            Some(scale) => Encoding::Number { scale, weight: 0.0, missing: 0.0 },
            None => Encoding::Nothing,
        }
    }

    fn categories(values: impl Iterator<Item = f32>, most: usize) -> Encoding {
        let mut sorted: Vec<f32> = values.filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let mut counts: Vec<(usize, f32)> =
            sorted.chunk_by(|one, other| one == other).map(|chunk| (chunk.len(), chunk[0])).collect();
        counts.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.total_cmp(&other.1)));
        counts.truncate(most);
        let mut values: Vec<f32> = counts.into_iter().map(|(_, value)| value).collect();
        values.sort_unstable_by(f32::total_cmp);
        let weights = vec![0.0; values.len()];
        Encoding::Category { values, weights, other: 0.0 }
    }

    /// What a value adds to the log-odds.
    pub(super) fn add(&self, value: f32) -> f64 {
        match self {
            Encoding::Number { missing, .. } if value.is_nan() => f64::from(*missing),
            Encoding::Number { scale, weight, .. } => scale.apply(value) * f64::from(*weight),
            Encoding::Category { values, weights, other } if !value.is_nan() => {
                f64::from(listed(values, value).map_or(*other, |at| weights[at]))
            }
            _ => 0.0,
        }
    }

    /// Whether every weight that it may reach for is there.
    fn sound(&self) -> bool {
        match self {
            Encoding::Category { values, weights, .. } => {
                values.len() == weights.len()
                    && values.is_sorted_by(|one, other| one.total_cmp(other).is_lt())
            }
            Encoding::Number { scale, .. } => scale.sound(),
            Encoding::Nothing => true,
        }
    }
}

/// Where a category stands in its column's list.
pub(super) fn listed(values: &[f32], value: f32) -> Option<usize> {
    values.binary_search_by(|probe| probe.total_cmp(&(value + 0.0))).ok()
}

fn fit(settings: &Settings, examples: &Examples) -> Model {
    let (rows, width) = (&examples.rows, examples.rows.width);
    let bags: Vec<Terms> = (0..rows.bag_width).map(|bag| Terms::met(rows, bag)).collect();
    let importance = vec![0.0; examples.columns.len() + bags.len()];
    let mut model = Model { importance, bags, ..Model::default() };
    let of = |at: usize| rows.values.iter().skip(at).step_by(width.max(1)).copied();
    let categories = settings.count("categories");
    let choose = |(at, column)| Encoding::choose(column, of(at), categories);
    model.columns = examples.columns.iter().enumerate().map(choose).collect();
    let mut table = Table::new(&model.columns, &model.bags, examples);
    if table.weights.iter().sum::<f64>() <= 0.0 {
        return model;
    }
    let learned = descent::minimise(&mut table, settings.number("l2"), settings.count("epochs"));
    model.take(&learned);
    model.weigh(rows);
    model
}

impl Model {
    /// Of weights that were learned from these rows in another way.
    pub(super) fn learned(bias: f32, columns: Vec<Encoding>, bags: Vec<Terms>, rows: &Rows) -> Model {
        let importance = vec![0.0; columns.len() + bags.len()];
        let mut model = Model { bias, columns, bags, importance };
        model.weigh(rows);
        model
    }

    /// Itself, if every weight that it may reach for is there; `name` is what it is the model of.
    pub(super) fn checked(self, name: &str) -> Result<Model, String> {
        let places = self.columns.len() + self.bags.len();
        let sound = self.columns.iter().all(Encoding::sound) && self.bags.iter().all(Terms::sound);
        if self.importance.len() == places && sound {
            return Ok(self);
        }
        Err(format!("a saved {name} has another number of weights than of places"))
    }

    /// Takes learned weights, in the order that [`Table`] lays them out.
    fn take(&mut self, learned: &[f64]) {
        let mut next = learned.iter().map(|weight| *weight as f32);
        let mut take = || next.next().expect("the table has a weight for each place of an encoding");
        for column in &mut self.columns {
            match column {
                Encoding::Nothing => {}
                Encoding::Number { weight, missing, .. } => (*weight, *missing) = (take(), take()),
                Encoding::Category { weights, other, .. } => {
                    weights.iter_mut().for_each(|weight| *weight = take());
                    *other = take();
                }
            }
        }
        for terms in &mut self.bags {
            terms.weights.iter_mut().for_each(|weight| *weight = take());
        }
        self.bias = take();
    }

    /// Importance: each column's share of the mean absolute deviation of what columns add.
    fn weigh(&mut self, rows: &Rows) {
        let count = rows.len().max(1) as f64;
        let spread = |(at, column): (usize, &Encoding)| {
            let added =
                rows.values.iter().skip(at).step_by(rows.width.max(1)).map(|value| column.add(*value));
            let mean = added.clone().sum::<f64>() / count;
            added.map(|added| (added - mean).abs()).sum::<f64>() / count
        };
        let mut spreads: Vec<f64> = self.columns.iter().enumerate().map(spread).collect();
        spreads.extend(self.bags.iter().enumerate().map(|(at, terms)| {
            let added: Vec<f64> =
                (0..rows.len()).map(|row| terms.add(rows.bags_of(row)[at].as_slice())).collect();
            let mean = added.iter().sum::<f64>() / count;
            added.iter().map(|added| (added - mean).abs()).sum::<f64>() / count
        }));
        let all: f64 = spreads.iter().sum();
        if all > 0.0 && all.is_finite() {
            let shares = spreads.into_iter().map(|spread| (spread / all) as f32);
            self.importance.iter_mut().zip(shares).for_each(|(importance, share)| *importance = share);
        }
    }

    fn parts<'a>(&'a self, rows: &'a Rows, row: usize) -> impl Iterator<Item = f64> + 'a {
        // Without any column there is nothing to slice, and rows count by their bags.
        let values = if rows.width == 0 { &[] } else { rows.row(row) };
        let values = values.iter().copied().chain(std::iter::repeat(f32::NAN));
        let dense = self.columns.iter().zip(values).map(|(column, value)| column.add(value));
        let bags = if rows.bag_width == 0 { &[] } else { rows.bags_of(row) };
        let bag = |at: usize| bags.get(at).map_or(&[][..], Vec::as_slice);
        dense.chain(self.bags.iter().enumerate().map(move |(at, terms)| terms.add(bag(at))))
    }
}

impl Scorer for Model {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        let bias = f64::from(self.bias);
        (0..rows.len()).map(|row| (bias + self.parts(rows, row).sum::<f64>()) as f32).collect()
    }

    fn importance(&self) -> Vec<f32> {
        self.importance.clone()
    }

    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        self.parts(rows, row).map(|part| part as f32).chain([self.bias]).collect()
    }

    fn save(&self) -> Vec<u8> {
        saved::save(MARK, self)
    }
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    saved::load::<Model>(MARK, "logistic scorer", bytes)?.checked("logistic scorer")
}
