//! A factorisation machine: weights for features and, by short vectors, for every pair of them.

use serde::{Deserialize, Serialize};

use super::fields::{Active, Fields};
use super::{Kind, Output, Scorer, saved};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::Rows;

mod descent;
mod kernels;

use kernels::{LANES, MOST};

/// A factorisation machine.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "fm",
        what: "Adds up a weight a feature and, for every two features of a row, the product of their \
               vectors.",
        when: "With categories of many values that matter together, such as a user and an ad, most pairs of \
               which were never seen.",
        avoid: "Where numbers matter in bends or by thresholds, or there are few categories: trees are \
                better there.",
        cost: "Training: rows x features of a row x factors x epochs; scoring: features of a row x factors.",
        source: "Rendle 2010, Factorization machines; Duchi, Hazan and Singer 2011, Adaptive subgradient \
                 methods",
        parameters: PARAMETERS,
    },
    output: |settings| match settings.word("loss") {
        "squared" => Output::Value,
        _ => Output::LogOdds,
    },
    reads_bags: true,
    fit: |settings, examples, valid, seed| Box::new(descent::fit(settings, examples, valid, seed)),
    load: |bytes| Ok(Box::new(load(bytes)?)),
};

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "loss",
        doc: "What to minimise: logistic predicts the chance of a label of 1, squared predicts the label.",
        kind: Holds::Choice(&["logistic", "squared"]),
        default: Preset::Word("logistic"),
        search: &[],
    },
    Parameter {
        name: "factors",
        doc: "The length of a feature's vector; 0 leaves only the weights.",
        kind: Holds::Count { min: 0, max: MOST as u64 },
        default: Preset::Count(64),
        search: &[16.0, 32.0],
    },
    Parameter {
        name: "rate",
        doc: "The first step of descent, in units of a weight.",
        kind: Holds::Number { min: 1e-5, max: 10.0 },
        default: Preset::Number(0.2),
        search: &[0.05, 0.1],
    },
    Parameter {
        name: "l2",
        doc: "L2 penalty on weights, at each row that has the feature.",
        kind: Holds::Number { min: 0.0, max: 10.0 },
        default: Preset::Number(1e-5),
        search: &[1e-6, 1e-4],
    },
    Parameter {
        name: "l2_factors",
        doc: "L2 penalty on vectors, at each row that has the feature.",
        kind: Holds::Number { min: 0.0, max: 10.0 },
        default: Preset::Number(3e-3),
        search: &[1e-3, 1e-2],
    },
    Parameter {
        name: "epochs",
        doc: "Most passes over the rows.",
        kind: Holds::Count { min: 1, max: 10_000 },
        default: Preset::Count(20),
        search: &[],
    },
    Parameter {
        name: "patience",
        doc: "Stop once this many passes in a row did not better the loss on validation rows, and go back to \
              the best; 0 never stops.",
        kind: Holds::Count { min: 0, max: 10_000 },
        default: Preset::Count(3),
        search: &[],
    },
    Parameter {
        name: "spread",
        doc: "How far vectors lie from 0 at first.",
        kind: Holds::Number { min: 0.0, max: 1.0 },
        default: Preset::Number(0.05),
        search: &[],
    },
    Parameter {
        name: "min_rows",
        doc: "Categories and terms seen in fewer rows are taken as unknown.",
        kind: Holds::Count { min: 1, max: 1_000_000 },
        default: Preset::Count(1),
        search: &[2.0, 5.0],
    },
];

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine fm 1\n";

/// What was learned: score = center + deviation x (bias + weights + pairs).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    fields: Fields,
    center: f32,
    deviation: f32,
    bias: f32,
    /// One a feature.
    weights: Vec<f32>,
    /// Length of a vector: a number of lanes that the kernels know.
    stride: u32,
    /// One after another.
    vectors: Vec<f32>,
    /// One a column and bag.
    importance: Vec<f32>,
}

impl Model {
    fn vector(&self, feature: u32) -> &[f32] {
        let stride = self.stride as usize;
        &self.vectors[feature as usize * stride..][..stride]
    }

    /// The score of a row, by its features.
    fn value(&self, row: &[Active]) -> f32 {
        let mut sum = f64::from(self.bias);
        for active in row {
            sum += f64::from(self.weights[active.feature as usize] * active.value);
        }
        let pairs = kernels::pairs(&self.vectors, self.stride as usize, row);
        let score = f64::from(self.center) + f64::from(self.deviation) * (sum + f64::from(pairs));
        (score as f32).clamp(f32::MIN, f32::MAX)
    }

    /// What each field adds; each pair half to either of its fields.
    fn parts(&self, row: &[Active]) -> Vec<f64> {
        let mut sums = vec![0f64; self.stride as usize];
        for active in row {
            let vector = self.vector(active.feature);
            sums.iter_mut().zip(vector).for_each(|(sum, v)| *sum += f64::from(v * active.value));
        }
        let mut parts = vec![0f64; self.fields.len()];
        for active in row {
            let with_others = self.vector(active.feature).iter().zip(&sums).map(|(v, sum)| {
                let own = f64::from(v * active.value);
                own * (sum - own)
            });
            let straight = f64::from(self.weights[active.feature as usize] * active.value);
            let part = straight + with_others.sum::<f64>() / 2.0;
            parts[active.field as usize] += part * f64::from(self.deviation);
        }
        parts
    }
}

impl Scorer for Model {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        let mut features = Vec::new();
        let score = |row| {
            self.fields.encode(rows, row, &mut features);
            self.value(&features)
        };
        (0..rows.len()).map(score).collect()
    }

    fn importance(&self) -> Vec<f32> {
        self.importance.clone()
    }

    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        let mut features = Vec::new();
        self.fields.encode(rows, row, &mut features);
        let bias = self.center + self.deviation * self.bias;
        self.parts(&features).into_iter().map(|part| part as f32).chain([bias]).collect()
    }

    fn save(&self) -> Vec<u8> {
        saved::save(MARK, self)
    }
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    let model: Model = saved::load(MARK, "factorisation machine", bytes)?;
    let (features, stride) = (model.fields.features(), model.stride as usize);
    let lengths = model.weights.len() == features
        && features.checked_mul(stride) == Some(model.vectors.len())
        && model.importance.len() == model.fields.len();
    if !lengths || !model.fields.sound() || !stride.is_multiple_of(LANES) || stride > MOST {
        return Err("a saved factorisation machine has another number of weights than of features".to_owned());
    }
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{Column, Examples};

    #[test]
    fn a_score_is_the_sum_over_features_and_pairs() {
        let examples = Examples {
            columns: vec![Column::category("a"), Column::category("b"), Column::category("c")],
            rows: Rows { values: vec![1.0, 5.0, f32::NAN, 2.0, 5.0, 7.0], width: 3, ..Rows::default() },
            ..Examples::default()
        };
        let fields = Fields::choose(&examples, 1);
        let features = fields.features();
        assert_eq!(features, 7);
        let stride = LANES;
        let number = |at: usize| (crate::hash(3, &[at as u64]) % 9) as f32 / 4.0 - 1.0;
        let model = Model {
            fields,
            center: 2.0,
            deviation: 0.5,
            bias: 0.25,
            weights: (0..features).map(number).collect(),
            stride: stride as u32,
            vectors: (0..features * stride).map(|at| number(at + 100)).collect(),
            importance: vec![0.0; 3],
        };
        let v = |feature: usize| &model.vectors[feature * stride..][..stride];
        let product = |one: usize, other: usize| v(one).iter().zip(v(other)).map(|(a, b)| a * b).sum::<f32>();
        // Features: a = 1, 2, missing; b = 5, missing; c = 7, missing.
        let sum = |row: [usize; 3]| -> f32 {
            let weights: f32 = row.iter().map(|feature| model.weights[*feature]).sum();
            weights + product(row[0], row[1]) + product(row[0], row[2]) + product(row[1], row[2])
        };
        let want = [[0, 3, 6], [1, 3, 5]].map(|row| 2.0 + 0.5 * (0.25 + sum(row)));
        for (have, want) in model.score(&examples.rows).into_iter().zip(want) {
            assert!((have - want).abs() < 1e-5, "{have} {want}");
        }
        let unknown = Rows { values: vec![9.0; 3], width: 3, ..Rows::default() };
        assert_eq!(model.score(&unknown), [2.125]);
    }
}
