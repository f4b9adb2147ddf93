//! Examples as logistic regression sees them: standardised numbers, and places that are on or off.

use rayon::prelude::*;

use super::terms::{Sparse, Terms};
use super::{Encoding, listed};
use crate::algorithms::scorers::target;
use crate::examples::Examples;

/// Rows that one task takes at least; sums are taken task by task in order, so threads do not matter.
const TASK: usize = 4096;

/// Encoded rows. Weights lie column by column: a number's weight and its weight for missing, or a
/// category's weights and the one for others; then those of the terms of each bag; then the bias.
pub(in crate::algorithms::scorers) struct Table {
    /// Row by row, as many as columns of numbers; 0 where missing.
    numbers: Vec<f32>,
    /// The weight of each of those columns.
    number_weights: Vec<usize>,
    /// Row by row, as many as columns that add a weight as a whole, and which; `none` where no weight.
    places: Vec<u32>,
    columns_of_places: usize,
    /// Terms of bags.
    terms: Sparse,
    /// One beyond the bias.
    none: usize,
    /// Rows that one task takes.
    task: usize,
    /// Labels cut to 0..1.
    pub(in crate::algorithms::scorers) labels: Vec<f64>,
    /// Weights of the rows, each finite and not below 0.
    pub(in crate::algorithms::scorers) weights: Vec<f64>,
}

impl Table {
    /// Encodes examples.
    pub(super) fn new(columns: &[Encoding], bags: &[Terms], examples: &Examples) -> Table {
        let mut starts = Vec::with_capacity(columns.len());
        let mut next = 0;
        for column in columns {
            starts.push(next);
            next += match column {
                Encoding::Nothing => 0,
                Encoding::Number { .. } => 2,
                Encoding::Category { values, .. } => values.len() + 1,
            };
        }
        let terms = Sparse::new(&examples.rows, bags, next);
        next += bags.iter().map(|terms| terms.terms.len()).sum::<usize>();
        let mut table = Table {
            numbers: Vec::new(),
            number_weights: Vec::new(),
            places: Vec::new(),
            columns_of_places: columns.iter().filter(|column| !matches!(column, Encoding::Nothing)).count(),
            terms,
            none: next + 1,
            task: task(examples.rows.len(), next),
            labels: target::shares(examples).into_iter().map(f64::from).collect(),
            weights: target::weights(examples).into_iter().map(f64::from).collect(),
        };
        let numbers =
            columns.iter().zip(&starts).filter(|(column, _)| matches!(column, Encoding::Number { .. }));
        table.number_weights = numbers.map(|(_, start)| *start).collect();
        for row in 0..examples.rows.len() {
            for ((column, &start), &value) in columns.iter().zip(&starts).zip(examples.rows.row(row)) {
                table.encode(column, start, value);
            }
        }
        table
    }

    /// Rows of `columns` places each, below `width`, which hold a weight each.
    pub(in crate::algorithms::scorers) fn of_places(
        places: Vec<u32>,
        columns: usize,
        width: usize,
        labels: Vec<f64>,
        weights: Vec<f64>,
    ) -> Table {
        Table {
            numbers: Vec::new(),
            number_weights: Vec::new(),
            places,
            columns_of_places: columns,
            terms: Sparse::default(),
            none: width + 1,
            task: task(labels.len(), width),
            labels,
            weights,
        }
    }

    fn encode(&mut self, column: &Encoding, start: usize, value: f32) {
        let place = match column {
            Encoding::Nothing => return,
            Encoding::Number { scale, .. } => {
                self.numbers.push(if value.is_nan() { 0.0 } else { scale.apply(value) as f32 });
                if value.is_nan() { start + 1 } else { self.none }
            }
            Encoding::Category { .. } if value.is_nan() => self.none,
            Encoding::Category { values, .. } => start + listed(values, value).unwrap_or(values.len()),
        };
        self.places.push(place as u32);
    }

    /// How many weights there are, the bias last.
    pub(in crate::algorithms::scorers) fn width(&self) -> usize {
        self.none
    }

    fn row(&self, row: usize) -> (&[f32], &[u32]) {
        let numbers = self.number_weights.len();
        let places = self.columns_of_places;
        (&self.numbers[row * numbers..(row + 1) * numbers], &self.places[row * places..(row + 1) * places])
    }

    /// The sum of weights that each row picks.
    pub(in crate::algorithms::scorers) fn times(&self, weights: &[f64]) -> Vec<f64> {
        let mut padded = weights.to_vec();
        padded.push(0.0);
        let dense: Vec<f64> = self.number_weights.iter().map(|at| weights[*at]).collect();
        let bias = weights[self.none - 1];
        let mut sums = vec![0.0; self.labels.len()];
        sums.par_chunks_mut(self.task).enumerate().for_each(|(task, sums)| {
            for (at, sum) in sums.iter_mut().enumerate() {
                let (numbers, places) = self.row(task * self.task + at);
                let straight = numbers.iter().zip(&dense).map(|(value, weight)| f64::from(*value) * weight);
                let whole = places.iter().map(|place| padded[*place as usize]);
                let terms = self.terms.row(task * self.task + at).iter();
                let terms = terms.map(|(place, count)| weights[*place as usize] * f64::from(*count));
                *sum = bias + straight.sum::<f64>() + whole.sum::<f64>() + terms.sum::<f64>();
            }
        });
        sums
    }

    /// For each weight the sum of `factors` over the rows that pick it.
    pub(in crate::algorithms::scorers) fn transposed_times(&self, factors: &[f64]) -> Vec<f64> {
        let part = |(task, factors): (usize, &[f64])| {
            let mut sums = vec![0.0; self.none + 1];
            let mut dense = vec![0.0; self.number_weights.len()];
            for (at, factor) in factors.iter().enumerate() {
                let (numbers, places) = self.row(task * self.task + at);
                dense.iter_mut().zip(numbers).for_each(|(sum, value)| *sum += factor * f64::from(*value));
                places.iter().for_each(|place| sums[*place as usize] += factor);
                for (place, count) in self.terms.row(task * self.task + at) {
                    sums[*place as usize] += factor * f64::from(*count);
                }
                sums[self.none - 1] += factor;
            }
            self.number_weights.iter().zip(dense).for_each(|(at, sum)| sums[*at] = sum);
            sums
        };
        let parts: Vec<Vec<f64>> = factors.par_chunks(self.task).enumerate().map(part).collect();
        let mut sums = vec![0.0; self.none];
        for part in parts {
            sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        sums
    }

    /// The sum of `each` over rows, given a number a row.
    pub(in crate::algorithms::scorers) fn sum(
        &self,
        values: &[f64],
        each: impl Fn(usize, f64) -> f64 + Sync,
    ) -> f64 {
        let part = |(task, values): (usize, &[f64])| {
            values.iter().enumerate().map(|(at, value)| each(task * self.task + at, *value)).sum::<f64>()
        };
        let parts: Vec<f64> = values.par_chunks(self.task).enumerate().map(part).collect();
        parts.iter().sum()
    }
}

/// Rows of a task: more where there are many weights, since each task sums into weights of its own.
fn task(rows: usize, width: usize) -> usize {
    TASK.max(width.min(rows / 16))
}
