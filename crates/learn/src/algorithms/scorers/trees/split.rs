//! The best split of a leaf, from its histogram.

use multiversion::multiversion;

use super::bins::{Cuts, LANES, MISSING, Matrix};
use super::histogram::{Histogram, Packed, gradient, hessian};

/// What a split must satisfy, and the size of the units that histograms count in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Fewest rows in a leaf; rows are told from hessians, as if each row had its leaf's mean.
    pub(super) min_data: f64,
    /// Smallest sum of hessians in a leaf.
    pub(super) min_hessian: f64,
    /// Added to every sum of hessians.
    pub(super) lambda: f64,
    /// How categories are split.
    pub(super) categories: Categories,
    /// What one unit of gradient is worth.
    pub(super) gradient: f64,
    /// What one unit of hessian is worth.
    pub(super) hessian: f64,
}

/// How categories are split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Categories {
    /// Added to the hessian that orders them; those with fewer rows in a leaf stay on the right.
    pub(super) smoothing: f64,
    /// Added to `lambda` on both sides of a split.
    pub(super) lambda: f64,
    /// Most of them that one split may send left.
    pub(super) most: usize,
}

impl Rules {
    /// The value of a leaf below a split with this lambda: one Newton step.
    pub(super) fn value(&self, sum: Packed, lambda: f64) -> f64 {
        let below = f64::from(hessian(sum)) * self.hessian + lambda;
        if below > 0.0 { -f64::from(gradient(sum)) * self.gradient / below } else { 0.0 }
    }

    /// Half of what that step takes off the loss, doubled.
    fn gain(&self, gradient: f64, hessian: f64, lambda: f64) -> f64 {
        let gradient = gradient * self.gradient;
        gradient * gradient / (hessian * self.hessian + lambda)
    }

    /// The fewest units of hessian on either side of a split of a leaf with this sum and these rows.
    fn least(&self, sum: Packed, rows: usize) -> f64 {
        let by_rows = self.min_data * f64::from(hessian(sum)) / rows as f64;
        by_rows.max(self.min_hessian / self.hessian).max(1.0)
    }
}

/// A split of one leaf.
#[derive(Debug, Clone)]
pub(super) struct Split {
    /// What it takes off the loss, doubled.
    pub(super) gain: f64,
    /// Which column of the matrix.
    pub(super) column: usize,
    /// Which bins go left.
    pub(super) left: Left,
    /// The sum of what goes left.
    pub(super) sum: Packed,
    /// The L2 penalty on the values of both sides.
    pub(super) lambda: f64,
}

/// The bins that go left.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Left {
    /// Bins 1 up to this one, and the missing where so said.
    Numbers(u8, bool),
    /// These, ascending.
    Categories(Vec<u16>),
}

impl Left {
    /// For each bin of a column that fits a byte whether it goes left.
    pub(super) fn table(&self) -> [bool; 256] {
        let mut table = [false; 256];
        match self {
            Left::Numbers(last, missing) => {
                table[1..=usize::from(*last)].fill(true);
                table[usize::from(MISSING)] = *missing;
            }
            Left::Categories(bins) => bins.iter().for_each(|&bin| table[usize::from(bin)] = true),
        }
        table
    }

    /// The same for a column of this many bins.
    pub(super) fn wide_table(&self, bins: usize) -> Vec<bool> {
        let mut table = vec![false; bins];
        if let Left::Categories(left) = self {
            left.iter().for_each(|&bin| table[usize::from(bin)] = true);
        }
        table
    }
}

/// The best split of a leaf with this histogram, sum and number of rows; of equally good ones the first.
pub(super) fn best(
    matrix: &Matrix,
    used: &[bool],
    histogram: &Histogram,
    sum: Packed,
    rows: usize,
    rules: &Rules,
) -> Option<Split> {
    let leaf = Leaf { sum, rows, least: rules.least(sum, rows), rules };
    let mut best: Option<Split> = None;
    let mut offer = |split: Split| {
        if split.gain > best.as_ref().map_or(0.0, |best| best.gain) {
            best = Some(split);
        }
    };
    for (at, sums) in histogram.blocks.iter().enumerate() {
        let first = at * LANES;
        let lanes = LANES.min(matrix.columns.len() - first);
        if !used[first..first + lanes].contains(&true) {
            continue;
        }
        let found = numbers(sums.bins(), &leaf);
        for (lane, found) in found.into_iter().enumerate().take(lanes) {
            let column = first + lane;
            if !used[column] {
                continue;
            }
            match (&matrix.columns[column].cuts, found) {
                (Cuts::Numbers(_), Some((gain, last, missing, sum))) => {
                    let lambda = rules.lambda;
                    offer(Split { gain, column, left: Left::Numbers(last, missing), sum, lambda });
                }
                (Cuts::Numbers(_), None) => {}
                (Cuts::Categories(values), _) => {
                    let sums = sums.bins()[..=values.len()].iter().map(|sums| sums[lane]);
                    categories(sums, column, &leaf).map(&mut offer);
                }
            }
        }
    }
    for ((at, sums), _) in (matrix.columns.len()..)
        .zip(&histogram.wide)
        .zip(&used[matrix.columns.len()..])
        .filter(|(_, used)| **used)
    {
        categories(sums.iter().copied(), at, &leaf).map(&mut offer);
    }
    best
}

struct Leaf<'a> {
    sum: Packed,
    rows: usize,
    /// Units of hessian that either side needs.
    least: f64,
    rules: &'a Rules,
}

type Found = Option<(f64, u8, bool, Packed)>;

/// The best threshold of each lane: gain, last bin to the left, whether the missing go left, left sum.
fn numbers(sums: &[[Packed; LANES]], leaf: &Leaf<'_>) -> [Found; LANES] {
    let absent = sums[usize::from(MISSING)];
    let mut found = scan(sums, [0; LANES], leaf, false);
    if absent.iter().any(|sum| *sum != 0) {
        let other = scan(sums, absent, leaf, true);
        for ((found, other), absent) in found.iter_mut().zip(other).zip(absent) {
            // Without a missing value on either side, the first scan has said it all.
            let better = other.is_some_and(|other| found.is_none_or(|found| other.0 > found.0));
            if absent != 0 && better {
                *found = other;
            }
        }
    }
    // Where none is missing here, a later missing value goes where most rows went.
    for (found, absent) in found.iter_mut().zip(absent) {
        if let Some((_, _, missing, left)) = found.as_mut().filter(|_| absent == 0) {
            *missing = 2 * i64::from(hessian(*left)) >= i64::from(hessian(leaf.sum));
        }
    }
    found
}

/// Goes up the bins of all lanes, as many at once as fit a processor's registers.
fn scan(sums: &[[Packed; LANES]], start: [Packed; LANES], leaf: &Leaf<'_>, missing: bool) -> [Found; LANES] {
    let rules = leaf.rules;
    let all = (f64::from(gradient(leaf.sum)), f64::from(hessian(leaf.sum)));
    let unit = rules.gradient * rules.gradient / rules.hessian;
    let lambda = rules.lambda / rules.hessian;
    let parent = all.0 * all.0 / (all.1 + lambda);
    let mut found = [None; LANES];
    for (first, found) in (0..).step_by(ABREAST).zip(found.chunks_mut(ABREAST)) {
        let left = std::array::from_fn(|lane| start[first + lane]);
        let mut state = Best { left, score: [parent; ABREAST], bin: [0; ABREAST], sum: [0; ABREAST] };
        climb(sums, first, &mut state, all, leaf.least, lambda);
        for (lane, found) in found.iter_mut().enumerate() {
            let gain = (state.score[lane] - parent) * unit;
            *found = (state.bin[lane] > 0).then(|| (gain, state.bin[lane] as u8, missing, state.sum[lane]));
        }
    }
    found
}

/// Lanes that are climbed at once.
const ABREAST: usize = 8;
const _: () = assert!(LANES.is_multiple_of(ABREAST));

/// The state of [`climb`], lane by lane.
#[derive(Clone, Copy)]
struct Best {
    left: [Packed; ABREAST],
    score: [f64; ABREAST],
    bin: [i64; ABREAST],
    sum: [Packed; ABREAST],
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn climb(sums: &[[Packed; LANES]], first: usize, state: &mut Best, all: (f64, f64), least: f64, lambda: f64) {
    let Best { mut left, mut score, mut bin, mut sum } = *state;
    for (at, added) in sums.iter().enumerate().skip(1) {
        let Some(added) = added[first..].first_chunk::<ABREAST>() else { return };
        for lane in 0..ABREAST {
            left[lane] = left[lane].wrapping_add(added[lane]);
            let (gradient, hessian) = (f64::from(gradient(left[lane])), f64::from(hessian(left[lane])));
            let (other_gradient, other_hessian) = (all.0 - gradient, all.1 - hessian);
            let (below, other_below) = (hessian + lambda, other_hessian + lambda);
            let above = gradient * gradient * other_below + other_gradient * other_gradient * below;
            let now = above / (below * other_below);
            let better = (hessian >= least) & (other_hessian >= least) & (now > score[lane]);
            score[lane] = if better { now } else { score[lane] };
            bin[lane] = if better { at as i64 } else { bin[lane] };
            sum[lane] = if better { left[lane] } else { sum[lane] };
        }
    }
    *state = Best { left, score, bin, sum };
}

/// The best set of categories to send left: the first few of those ordered by gradient over hessian,
/// from either end (Fisher 1958, as Ke et al. 2017 apply it). `sums` begins with the bin of the missing.
fn categories(sums: impl Iterator<Item = Packed>, column: usize, leaf: &Leaf<'_>) -> Option<Split> {
    let rules = leaf.rules;
    let Categories { smoothing, lambda, most } = rules.categories;
    let lambda = rules.lambda + lambda;
    let all = (f64::from(gradient(leaf.sum)), f64::from(hessian(leaf.sum)));
    // Rows are told from hessians, as if each row had its leaf's mean.
    let fewest = (smoothing * all.1 / leaf.rows as f64).max(1.0);
    let ratio = |sum: Packed| {
        let below = f64::from(hessian(sum)) * rules.hessian + smoothing;
        f64::from(gradient(sum)) * rules.gradient / below
    };
    let mut order: Vec<(f64, u16, Packed)> = (0u16..=u16::MAX)
        .zip(sums)
        .skip(1)
        .filter(|(_, sum)| f64::from(hessian(*sum)) >= fewest)
        .map(|(bin, sum)| (ratio(sum), bin, sum))
        .collect();
    order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let parent = rules.gain(all.0, all.1, rules.lambda);
    let mut best: Option<(f64, bool, usize, Packed)> = None;
    for reverse in [false, true] {
        let mut left: Packed = 0;
        for taken in 1..=order.len().min(most) {
            let at = if reverse { order.len() - taken } else { taken - 1 };
            left = left.wrapping_add(order[at].2);
            let (gradient, hessian) = (f64::from(gradient(left)), f64::from(hessian(left)));
            let enough = hessian >= leaf.least && all.1 - hessian >= leaf.least;
            let gain = rules.gain(gradient, hessian, lambda)
                + rules.gain(all.0 - gradient, all.1 - hessian, lambda)
                - parent;
            if enough && gain > best.map_or(0.0, |best| best.0) {
                best = Some((gain, reverse, taken, left));
            }
        }
    }
    let (gain, reverse, taken, sum) = best?;
    let chosen = if reverse { &order[order.len() - taken..] } else { &order[..taken] };
    let mut bins: Vec<u16> = chosen.iter().map(|(_, bin, _)| *bin).collect();
    bins.sort_unstable();
    Some(Split { gain, column, left: Left::Categories(bins), sum, lambda })
}
