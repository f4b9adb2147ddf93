//! Follow the regularised leader: weights that are told from sums of slopes when they are needed.

use serde::{Deserialize, Serialize};

use super::tokens::Token;

/// Sums of slopes stay below this, so that nothing overflows whatever the input.
const MOST: f32 = 1e30;

/// How slopes become weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Rules {
    pub(super) alpha: f32,
    pub(super) beta: f32,
    pub(super) l1: f32,
    pub(super) l2: f32,
}

impl Rules {
    /// The weight behind a sum of slopes and the sum of their squares.
    #[inline]
    fn weight(&self, slopes: f32, squares: f32) -> f32 {
        if slopes.abs() <= self.l1 {
            return 0.0;
        }
        let below = (self.beta + squares.sqrt()) / self.alpha + self.l2;
        -(slopes - self.l1.copysign(slopes)) / below.max(1e-9)
    }
}

/// The log-odds that the bias began at, the sum of its slopes and that of their squares.
pub(super) type Bias = (f32, f32, f32);

/// The hash table: for each place the sum of slopes (moved by its weights) and that of their squares.
pub(super) struct Slots {
    /// Where the bias began, and its sums; it has no penalty.
    bias: Bias,
    /// Both sums of a place side by side, so that they are fetched together.
    sums: Vec<[f32; 2]>,
    scratch: Vec<f32>,
}

impl Slots {
    /// With what was reached before.
    pub(super) fn new(bits: u32, bias: Bias, reached: &[(u32, f32, f32)]) -> Slots {
        let mut sums = vec![[0.0; 2]; 1 << bits];
        for (place, slopes, squares) in reached {
            sums[*place as usize] = [*slopes, *squares];
        }
        Slots { bias, sums, scratch: Vec::new() }
    }

    /// Scores one row and learns its label.
    pub(super) fn learn(&mut self, rules: &Rules, row: &[Token], label: f32, weight: f32) {
        let free = Rules { l1: 0.0, l2: 0.0, ..*rules };
        let bias = free.weight(self.bias.1, self.bias.2);
        let mut score = self.bias.0 + bias;
        self.scratch.clear();
        for token in row {
            let [slopes, squares] = self.sums[token.place as usize];
            let weight = rules.weight(slopes, squares);
            score += weight * token.value;
            self.scratch.push(weight);
        }
        let error = (1.0 / (1.0 + (-score).exp()) - label) * weight;
        for (token, weight) in row.iter().zip(&self.scratch) {
            let sums = &mut self.sums[token.place as usize];
            *sums = moved(rules, *sums, error * token.value, *weight);
        }
        let [slopes, squares] = moved(&free, [self.bias.1, self.bias.2], error, bias);
        self.bias = (self.bias.0, slopes, squares);
    }

    /// The bias and what was reached, ascending.
    pub(super) fn reached(self) -> (Bias, Vec<(u32, f32, f32)>) {
        let touched = (0u32..).zip(&self.sums).filter(|(_, sums)| **sums != [0.0; 2]);
        (self.bias, touched.map(|(place, sums)| (place, sums[0], sums[1])).collect())
    }

    /// The weight of the bias and of every place.
    pub(super) fn weights(&self, rules: &Rules, reached: &[(u32, f32, f32)]) -> (f32, Vec<f32>) {
        let mut weights = vec![0.0; self.sums.len()];
        for (place, slopes, squares) in reached {
            weights[*place as usize] = rules.weight(*slopes, *squares);
        }
        let free = Rules { l1: 0.0, l2: 0.0, ..*rules };
        (self.bias.0 + free.weight(self.bias.1, self.bias.2), weights)
    }
}

#[inline]
fn moved(rules: &Rules, [slopes, squares]: [f32; 2], slope: f32, weight: f32) -> [f32; 2] {
    let grown = (squares + slope * slope).min(MOST);
    let pull = (grown.sqrt() - squares.sqrt()) / rules.alpha;
    [(slopes + slope - pull * weight).clamp(-MOST, MOST), grown]
}
