//! Logistic regression: the scorer whose every weight can be read.

use serde::{Deserialize, Serialize};

use super::scale::Scale;
use super::{Kind, Output, Scorer, saved};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::{Column, Examples, Rows};

pub(super) mod descent;
pub(super) mod table;

use table::Table;

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
    reads_bags: false,
    fit: |settings, examples, _, _| Box::new(fit(settings, examples)),
    load: |bytes| Ok(Box::new(load(bytes)?)),
};

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine logistic 2\n";
/// What was learned of each column, and the log-odds of a row without any.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Model {
    bias: f32,
    columns: Vec<Encoding>,
    /// Bags in a row, which no weight is for.
    bags: u32,
    importance: Vec<f32>,
}

/// How a column adds to the log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Encoding {
    /// Not at all: it told no rows apart.
    Nothing,
    /// A weight a deviation from the mean, and a weight for being missing.
    Number { scale: Scale, weight: f32, missing: f32 },
    /// A weight a listed value, ascending, and one for all others; none for the missing.
    Category { values: Vec<f32>, weights: Vec<f32>, other: f32 },
}

impl Encoding {
    /// Chosen from the values of a column; weights are 0.
    fn choose(column: &Column, values: impl Iterator<Item = f32> + Clone, categories: usize) -> Encoding {
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
    fn add(&self, value: f32) -> f64 {
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
fn listed(values: &[f32], value: f32) -> Option<usize> {
    values.binary_search_by(|probe| probe.total_cmp(&(value + 0.0))).ok()
}

fn fit(settings: &Settings, examples: &Examples) -> Model {
    let (rows, width) = (&examples.rows, examples.rows.width);
    let bags = examples.bags.len();
    let importance = vec![0.0; examples.columns.len() + bags];
    let mut model = Model { bags: bags as u32, importance, ..Model::default() };
    let of = |at: usize| rows.values.iter().skip(at).step_by(width.max(1)).copied();
    let categories = settings.count("categories");
    let choose = |(at, column)| Encoding::choose(column, of(at), categories);
    model.columns = examples.columns.iter().enumerate().map(choose).collect();
    let mut table = Table::new(&model.columns, examples);
    if table.weights.iter().sum::<f64>() <= 0.0 {
        return model;
    }
    let learned = descent::minimise(&mut table, settings.number("l2"), settings.count("epochs"));
    model.take(&learned);
    model.weigh(rows);
    model
}

impl Model {
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
        let spreads: Vec<f64> = self.columns.iter().enumerate().map(spread).collect();
        let all: f64 = spreads.iter().sum();
        if all > 0.0 && all.is_finite() {
            let shares = spreads.into_iter().map(|spread| (spread / all) as f32);
            self.importance.iter_mut().zip(shares).for_each(|(importance, share)| *importance = share);
        }
    }

    fn parts<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
        let values = row.iter().copied().chain(std::iter::repeat(f32::NAN));
        self.columns.iter().zip(values).map(|(column, value)| column.add(value))
    }
}

impl Scorer for Model {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        let bias = f64::from(self.bias);
        (0..rows.len()).map(|row| (bias + self.parts(rows.row(row)).sum::<f64>()) as f32).collect()
    }

    fn importance(&self) -> Vec<f32> {
        self.importance.clone()
    }

    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        let bags = std::iter::repeat_n(0.0, self.bags as usize);
        self.parts(rows.row(row)).map(|part| part as f32).chain(bags).chain([self.bias]).collect()
    }

    fn save(&self) -> Vec<u8> {
        saved::save(MARK, self)
    }
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    let model: Model = saved::load(MARK, "logistic scorer", bytes)?;
    let width = model.columns.len() + model.bags as usize;
    if model.importance.len() != width || !model.columns.iter().all(Encoding::sound) {
        return Err("a saved logistic scorer has another number of weights than of places".to_owned());
    }
    Ok(model)
}
