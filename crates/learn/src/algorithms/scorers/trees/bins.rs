//! Feature values as bins of one byte: where the cuts lie, and the matrix that histograms read.

use rayon::prelude::*;

use crate::examples::{Column, Rows};
use crate::random::hash;

/// Columns that lie side by side in a block, and are searched together.
pub(super) const LANES: usize = 16;
/// The bin of missing values, and of categories too rare to be listed.
pub(super) const MISSING: u8 = 0;
/// Rows that choose the cuts.
const SAMPLE: usize = 200_000;
/// Rows that are gone through together.
const TILE: usize = 1024;
/// Fewest sampled values in a bin of numbers.
const FEWEST: usize = 3;

/// How values of one column become bins.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cuts {
    /// Ascending; bin `b` (from 1) holds what is above `cuts[b - 2]` and not above `cuts[b - 1]`.
    Numbers(Vec<f32>),
    /// Ascending; bin `b` (from 1) holds exactly `values[b - 1]`.
    Categories(Vec<f32>),
}

impl Cuts {
    /// Cuts for the values of a sample, at most `bins` bins; none where no split could tell rows apart.
    pub(super) fn choose(mut values: Vec<f32>, category: bool, bins: usize) -> Option<Cuts> {
        let rows = values.len();
        values.retain(|value| !value.is_nan());
        let missing = values.len() < rows;
        // Adding zero makes one value of both zeros.
        values.iter_mut().for_each(|value| *value += 0.0);
        values.sort_unstable_by(f32::total_cmp);
        let distinct = count(&values);
        if distinct.is_empty() || (distinct.len() == 1 && !missing) {
            return None;
        }
        Some(if category {
            Cuts::Categories(frequent(distinct, bins))
        } else {
            Cuts::Numbers(even(&distinct, values.len(), bins))
        })
    }

    /// One more than the highest bin.
    pub(super) fn bins(&self) -> usize {
        match self {
            Cuts::Numbers(cuts) => cuts.len() + 2,
            Cuts::Categories(values) => values.len() + 1,
        }
    }

    /// Puts the bin of each of `values` into `bins`; not for categories that need more than a byte.
    pub(super) fn assign(&self, values: impl Iterator<Item = f32>, bins: &mut [u8]) {
        match self {
            Cuts::Numbers(cuts) => {
                let mut padded = [f32::INFINITY; 256];
                padded[..cuts.len()].copy_from_slice(cuts);
                let bin = |value: f32| if value.is_nan() { MISSING } else { above(&padded, value) + 1 };
                bins.iter_mut().zip(values).for_each(|(cell, value)| *cell = bin(value));
            }
            Cuts::Categories(listed) => {
                let find = |value: f32| listed.binary_search_by(|probe| probe.total_cmp(&(value + 0.0)));
                let bin = |value: f32| find(value).map_or(MISSING, |at| (at + 1) as u8);
                bins.iter_mut().zip(values).for_each(|(cell, value)| *cell = bin(value));
            }
        }
    }
}

/// How many of the cuts lie below `value`; a search whose steps do not depend on what it finds.
#[inline]
fn above(cuts: &[f32; 256], value: f32) -> u8 {
    let mut at = 0usize;
    for step in [128, 64, 32, 16, 8, 4, 2, 1] {
        at += if cuts[(at + step - 1) & 255] < value { step } else { 0 };
    }
    at as u8
}

/// Distinct values of a sorted list, with how often each stands there.
fn count(sorted: &[f32]) -> Vec<(f32, usize)> {
    let mut distinct: Vec<(f32, usize)> = Vec::new();
    for &value in sorted {
        match distinct.last_mut() {
            Some(last) if last.0 == value => last.1 += 1,
            _ => distinct.push((value, 1)),
        }
    }
    distinct
}

/// The `bins` most frequent values, ascending; of equally frequent ones the smaller.
fn frequent(mut distinct: Vec<(f32, usize)>, bins: usize) -> Vec<f32> {
    distinct.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.total_cmp(&other.0)));
    distinct.truncate(bins);
    let mut values: Vec<f32> = distinct.into_iter().map(|(value, _)| value).collect();
    values.sort_unstable_by(f32::total_cmp);
    values
}

/// Cuts that put about as many values into each bin; a value that would fill a bin has one to itself.
fn even(distinct: &[(f32, usize)], total: usize, bins: usize) -> Vec<f32> {
    let size = total as f64 / bins as f64;
    let heavy = |count: usize| count as f64 >= size;
    let crowd = distinct.len() > bins;
    let (mut left, mut free) = (total, bins);
    for &(_, count) in distinct.iter().filter(|(_, count)| crowd && heavy(*count)) {
        left -= count;
        free -= 1;
    }
    let mut goal = left as f64 / free.max(1) as f64;
    let mut cuts = Vec::new();
    let mut held = 0;
    for pair in distinct.windows(2) {
        let ((lower, count), (upper, next)) = (pair[0], pair[1]);
        held += count;
        let alone = crowd && heavy(count);
        if crowd && !alone {
            left -= count;
        }
        let full = alone || held as f64 >= goal || (heavy(next) && held as f64 >= goal / 2.0);
        if cuts.len() + 1 < bins && held >= FEWEST && (!crowd || full) {
            cuts.push(between(lower, upper));
            held = 0;
            if crowd && !alone {
                free = free.saturating_sub(1);
                goal = left as f64 / free.max(1) as f64;
            }
        }
    }
    cuts
}

/// A value that `lower` is not above and `upper` is.
fn between(lower: f32, upper: f32) -> f32 {
    let middle = lower / 2.0 + upper / 2.0;
    if lower <= middle && middle < upper { middle } else { lower }
}

/// A column that can be split.
pub(super) struct Binned {
    /// Its place in a row of features.
    pub(super) column: usize,
    /// How its values became bins.
    pub(super) cuts: Cuts,
    /// The bin of each row.
    pub(super) bins: Vec<u8>,
}

/// A column of more categories than fit a byte.
pub(super) struct Wide {
    /// Its place in a row of features.
    pub(super) column: usize,
    /// Ascending; bin `b` (from 1) holds exactly `values[b - 1]`.
    pub(super) values: Vec<f32>,
    /// The bin of each row.
    pub(super) bins: Vec<u16>,
}

impl Wide {
    fn new(rows: &Rows, column: usize, values: Vec<f32>) -> Wide {
        let find = |value: f32| values.binary_search_by(|probe| probe.total_cmp(&(value + 0.0)));
        let bin = |value: &f32| find(*value).map_or(u16::from(MISSING), |at| (at + 1) as u16);
        let bins = rows.values.iter().skip(column).step_by(rows.width).map(bin).collect();
        Wide { column, values, bins }
    }
}

/// All columns that can be split; those whose bins fit a byte twice: column by column, and row by row in blocks of [`LANES`].
pub(super) struct Matrix {
    /// Those with fewest bins first; column `c` is lane `c % LANES` of block `c / LANES`.
    pub(super) columns: Vec<Binned>,
    /// Those whose bins do not fit a byte; numbered behind the others.
    pub(super) wide: Vec<Wide>,
    /// The blocks of row 0, then of row 1, …; lanes beyond the last column hold bin 0.
    pub(super) cells: Vec<[u8; LANES]>,
    /// For each block one more than the highest bin of its columns.
    pub(super) blocks: Vec<usize>,
    /// The number of rows.
    pub(super) rows: usize,
}

impl Matrix {
    /// Chooses at most `bins` bins for each column of numbers and `categories` for each of categories, and
    /// sorts every value into them.
    pub(super) fn new(
        rows: &Rows,
        columns: &[Column],
        (bins, categories): (usize, usize),
        seed: u64,
    ) -> Matrix {
        let sample = sample(rows.len(), seed);
        let choose = |(at, column): (usize, &Column)| {
            let values = sample.iter().map(|&row| rows.values[row * rows.width + at]).collect();
            let most = if column.category { categories } else { bins };
            Cuts::choose(values, column.category, most).map(|cuts| (at, cuts))
        };
        let cuts: Vec<(usize, Cuts)> = columns.par_iter().enumerate().filter_map(choose).collect();
        let (mut cuts, wide): (Vec<_>, Vec<_>) = cuts.into_iter().partition(|(_, cuts)| cuts.bins() <= 256);
        let widen = |(at, cuts): (usize, Cuts)| match cuts {
            Cuts::Categories(values) | Cuts::Numbers(values) => Wide::new(rows, at, values),
        };
        let wide = wide.into_par_iter().map(widen).collect();
        cuts.sort_by_key(|(at, cuts)| (cuts.bins(), *at));
        let highest = |cuts: &[(usize, Cuts)]| cuts.iter().map(|(_, cuts)| cuts.bins()).max().unwrap_or(1);
        let blocks: Vec<usize> = cuts.chunks(LANES).map(highest).collect();
        let binned = cuts.par_chunks(LANES).flat_map(|cuts| bin(rows, cuts.to_vec()));
        let columns: Vec<Binned> = binned.collect();
        let mut matrix = Matrix { columns, wide, cells: Vec::new(), blocks, rows: rows.len() };
        matrix.lay_out();
        matrix
    }

    /// The number of columns that can be split.
    pub(super) fn len(&self) -> usize {
        self.columns.len() + self.wide.len()
    }

    fn lay_out(&mut self) {
        let stride = self.blocks.len();
        if stride == 0 {
            return;
        }
        self.cells = vec![[MISSING; LANES]; self.rows * stride];
        let columns = &self.columns;
        self.cells.par_chunks_mut(TILE * stride).enumerate().for_each(|(tile, cells)| {
            let start = tile * TILE;
            let end = start + cells.len() / stride;
            for (at, column) in columns.iter().enumerate() {
                let (block, lane) = (at / LANES, at % LANES);
                let cells = cells.iter_mut().skip(block).step_by(stride);
                cells.zip(&column.bins[start..end]).for_each(|(cell, bin)| cell[lane] = *bin);
            }
        });
    }
}

/// Rows that choose the cuts, one drawn from each of as many stretches as the sample is large.
fn sample(rows: usize, seed: u64) -> Vec<usize> {
    let stretch = rows.div_ceil(SAMPLE).max(1);
    let draw = |start: usize| start + hash(seed, &[start as u64]) as usize % stretch.min(rows - start);
    (0..rows).step_by(stretch).map(draw).collect()
}

/// Sorts the values of some columns, in tiles of rows that stay in cache for all of them.
fn bin(rows: &Rows, cuts: Vec<(usize, Cuts)>) -> Vec<Binned> {
    let empty = |(column, cuts)| Binned { column, cuts, bins: vec![MISSING; rows.len()] };
    let mut columns: Vec<Binned> = cuts.into_iter().map(empty).collect();
    for (tile, values) in rows.values.chunks(TILE * rows.width).enumerate() {
        let start = tile * TILE;
        let end = start + values.len() / rows.width;
        for column in &mut columns {
            let values = values[column.column..].iter().step_by(rows.width).copied();
            column.cuts.assign(values, &mut column.bins[start..end]);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assigned(cuts: &Cuts, values: &[f32]) -> Vec<u8> {
        let mut bins = vec![0; values.len()];
        cuts.assign(values.iter().copied(), &mut bins);
        bins
    }

    proptest! {
        #[test]
        fn bins_of_numbers_keep_their_order(
            mut values in prop::collection::vec(any::<f32>(), 2..600),
            coarse in any::<bool>(),
            most in 2usize..256,
        ) {
            if coarse {
                values.iter_mut().for_each(|value| *value = (*value % 7.0).round());
            }
            let Some(cuts) = Cuts::choose(values.clone(), false, most) else { return Ok(()) };
            let Cuts::Numbers(thresholds) = &cuts else { panic!("numbers have thresholds") };
            prop_assert!(thresholds.len() < most);
            prop_assert!(thresholds.is_sorted_by(|one, other| one < other));
            let bins = assigned(&cuts, &values);
            for (&value, &bin) in values.iter().zip(&bins) {
                prop_assert_eq!(bin == MISSING, value.is_nan());
                for (at, threshold) in thresholds.iter().enumerate().filter(|_| bin != MISSING) {
                    // What a branch will ask of the value is what the bin has said.
                    prop_assert_eq!(value <= *threshold, usize::from(bin) <= at + 1);
                }
            }
        }

        #[test]
        fn distinct_values_fill_bins_evenly(count in 300usize..3000, most in 8usize..256) {
            let values: Vec<f32> = (0..count).map(|value| value as f32).collect();
            let cuts = Cuts::choose(values.clone(), false, most).expect("they differ");
            let mut held = vec![0usize; 256];
            assigned(&cuts, &values).into_iter().for_each(|bin| held[usize::from(bin)] += 1);
            let fullest = held.iter().max().copied().unwrap_or(0);
            prop_assert!(fullest <= (count / most + 1).max(FEWEST + 1), "{} of {} in {}", fullest, count, most);
        }

        #[test]
        fn categories_are_told_apart(values in prop::collection::vec(-20i32..20, 1..300), most in 2usize..256) {
            let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
            let Some(cuts) = Cuts::choose(values.clone(), true, most) else { return Ok(()) };
            let Cuts::Categories(listed) = &cuts else { panic!("categories are listed") };
            prop_assert!(listed.len() <= most);
            for (value, bin) in values.iter().zip(assigned(&cuts, &values)) {
                prop_assert_eq!(listed.contains(value), bin != MISSING);
                prop_assert!(bin == MISSING || listed[usize::from(bin) - 1] == *value);
            }
        }
    }

    #[test]
    fn a_heavy_value_has_a_bin_to_itself() {
        let values: Vec<f32> = (0..1000).map(|at| if at % 2 == 0 { 0.0 } else { at as f32 }).collect();
        let cuts = Cuts::choose(values, false, 10).expect("they differ");
        assert_eq!(assigned(&cuts, &[-1.0, 0.0, 1.0]), [1, 1, 2]);
        assert!(cuts.bins() > 8, "the others share the rest of the bins: {cuts:?}");
    }

    #[test]
    fn constant_and_empty_columns_have_no_bins() {
        let nan = f32::NAN;
        for values in [vec![], vec![nan, nan], vec![2.0; 9], vec![0.0, -0.0]] {
            assert_eq!(Cuts::choose(values, false, 255), None);
        }
        let cuts = Cuts::choose(vec![2.0, nan], false, 255).expect("missing or not is a difference");
        assert_eq!(assigned(&cuts, &[nan, 2.0, f32::INFINITY]), [0, 1, 1]);
    }
}
