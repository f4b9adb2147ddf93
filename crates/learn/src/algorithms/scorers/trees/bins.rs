//! Feature values as bins of one byte: where the cuts lie, and the matrix that histograms read.

use rayon::prelude::*;

use crate::examples::{Column, Rows};
use crate::random::hash;

/// Columns that lie side by side in a [`Block`], and are searched together.
pub(super) const LANES: usize = 16;
/// The bin of missing values, and of categories too rare to be listed.
pub(super) const MISSING: u8 = 0;
/// Rows that choose the cuts.
const SAMPLE: usize = 200_000;
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

    /// Puts the bin of each of `values` into `bins`.
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

/// Sixteen columns of bins, row by row.
pub(super) struct Block {
    /// One entry a row; lanes beyond the last column hold bin 0.
    pub(super) rows: Vec<[u8; LANES]>,
    /// One more than the highest bin of its columns.
    pub(super) bins: usize,
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

/// All columns that can be split, twice: column by column, and in blocks row by row.
pub(super) struct Matrix {
    /// Those with fewest bins first; column `c` is lane `c % LANES` of block `c / LANES`.
    pub(super) columns: Vec<Binned>,
    /// The same in blocks.
    pub(super) blocks: Vec<Block>,
    /// The number of rows.
    pub(super) rows: usize,
}

impl Matrix {
    /// Chooses at most `bins` bins for each column and sorts every value into them.
    pub(super) fn new(rows: &Rows, columns: &[Column], bins: usize, seed: u64) -> Matrix {
        let sample = sample(rows.len(), seed);
        let choose = |(at, column): (usize, &Column)| {
            let values = sample.iter().map(|&row| rows.values[row * rows.width + at]).collect();
            Cuts::choose(values, column.category, bins).map(|cuts| (at, cuts))
        };
        let mut cuts: Vec<(usize, Cuts)> = columns.par_iter().enumerate().filter_map(choose).collect();
        cuts.sort_by_key(|(at, cuts)| (cuts.bins(), *at));
        let built: Vec<(Block, Vec<Binned>)> =
            cuts.par_chunks(LANES).map(|cuts| build(rows, cuts.to_vec())).collect();
        let (blocks, columns): (Vec<Block>, Vec<Vec<Binned>>) = built.into_iter().unzip();
        Matrix { columns: columns.into_iter().flatten().collect(), blocks, rows: rows.len() }
    }
}

/// Rows that choose the cuts, one drawn from each of as many stretches as the sample is large.
fn sample(rows: usize, seed: u64) -> Vec<usize> {
    let stretch = rows.div_ceil(SAMPLE).max(1);
    let draw = |start: usize| start + hash(seed, &[start as u64]) as usize % stretch.min(rows - start);
    (0..rows).step_by(stretch).map(draw).collect()
}

/// One block and its columns. Goes through the rows in tiles that stay in cache for all columns.
fn build(rows: &Rows, cuts: Vec<(usize, Cuts)>) -> (Block, Vec<Binned>) {
    const TILE: usize = 1024;
    let bins = cuts.iter().map(|(_, cuts)| cuts.bins()).max().unwrap_or(1);
    let mut columns: Vec<Binned> = cuts
        .into_iter()
        .map(|(column, cuts)| Binned { column, cuts, bins: vec![MISSING; rows.len()] })
        .collect();
    let mut block = Block { rows: vec![[MISSING; LANES]; rows.len()], bins };
    for (tile, values) in rows.values.chunks(TILE * rows.width).enumerate() {
        let start = tile * TILE;
        let end = start + values.len() / rows.width;
        for (lane, column) in columns.iter_mut().enumerate() {
            let bins = &mut column.bins[start..end];
            column.cuts.assign(values[column.column..].iter().step_by(rows.width).copied(), bins);
            block.rows[start..end].iter_mut().zip(bins.iter()).for_each(|(row, bin)| row[lane] = *bin);
        }
    }
    (block, columns)
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
