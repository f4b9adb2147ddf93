//! Sums of gradients by bin, in whole numbers: exact, so equal in any order and on any number of threads.

use rayon::prelude::*;

use super::bins::{LANES, Matrix};

/// Rows of a leaf from which they are shared among threads.
const SHARED: usize = 16_384;
/// Rows that are fetched before their bins are looked at; their blocks and sums fit the caches together.
const TILE: usize = 256;

/// A gradient and a hessian in one word: the gradient in the signed upper half, the hessian in the
/// lower. Both are counted in units that keep the sum over all rows within its half.
pub(super) type Packed = i64;

/// The gradient of a packed sum, in units.
#[inline(always)]
pub(super) fn gradient(packed: Packed) -> i32 {
    (packed >> 32) as i32
}

/// The hessian of a packed sum, in units.
#[inline(always)]
pub(super) fn hessian(packed: Packed) -> i32 {
    packed as i32
}

/// A gradient and a hessian, in units, as one word.
#[inline(always)]
pub(super) fn pack(gradient: i32, hessian: i32) -> Packed {
    (i64::from(gradient) << 32) | i64::from(hessian)
}

/// Sums by bin for the columns of one block, lane by lane within a bin.
pub(super) struct Sums {
    /// Always of full length, so that a bin needs no check against it; only the first `bins` are used.
    full: Box<[[Packed; LANES]; 256]>,
    bins: usize,
}

impl Sums {
    fn new(bins: usize) -> Sums {
        Sums { full: Box::new([[0; LANES]; 256]), bins }
    }

    /// The sums of each bin in use.
    pub(super) fn bins(&self) -> &[[Packed; LANES]] {
        &self.full[..self.bins]
    }

    fn bins_mut(&mut self) -> &mut [[Packed; LANES]] {
        &mut self.full[..self.bins]
    }
}

/// Sums by bin of all blocks for the rows of one leaf.
pub(super) struct Histogram {
    /// A block each.
    pub(super) blocks: Vec<Sums>,
    /// For each wide column the sum of each bin.
    pub(super) wide: Vec<Vec<Packed>>,
}

impl Histogram {
    /// All sums zero.
    pub(super) fn new(matrix: &Matrix) -> Histogram {
        Histogram {
            blocks: matrix.blocks.iter().map(|bins| Sums::new(*bins)).collect(),
            wide: matrix.wide.iter().map(|wide| vec![0; wide.values.len() + 1]).collect(),
        }
    }

    /// Sums over `rows`; `packed` lies beside them. `used` says it of blocks, then of wide columns; what is
    /// not in use stays zero.
    pub(super) fn fill(&mut self, matrix: &Matrix, used: &[bool], rows: Rows<'_>, packed: &[Packed]) {
        let threads = rayon::current_num_threads();
        let mine = if packed.len() < SHARED { packed.len() } else { packed.len().div_ceil(threads) };
        self.blocks.iter_mut().for_each(|sums| sums.bins_mut().fill([0; LANES]));
        self.wide.iter_mut().for_each(|sums| sums.fill(0));
        self.add_all(matrix, used, rows.part(0, mine), &packed[..mine]);
        if mine < packed.len() {
            let others: Vec<Histogram> = packed[mine..]
                .par_chunks(mine)
                .enumerate()
                .map(|(at, packed)| {
                    let mut other = Histogram::new(matrix);
                    let start = (at + 1) * mine;
                    other.add_all(matrix, used, rows.part(start, start + packed.len()), packed);
                    other
                })
                .collect();
            others.iter().for_each(|other| self.merge(other, Packed::wrapping_add));
        }
    }

    fn add_all(&mut self, matrix: &Matrix, used: &[bool], rows: Rows<'_>, packed: &[Packed]) {
        let stride = matrix.blocks.len();
        for start in (0..packed.len()).step_by(TILE) {
            let end = (start + TILE).min(packed.len());
            let packed = &packed[start..end];
            for (block, (sums, _)) in
                self.blocks.iter_mut().zip(used).enumerate().filter(|(_, (_, used))| **used)
            {
                add(&mut sums.full, matrix, block, stride, rows.part(start, end), packed);
            }
        }
        let wide = self.wide.iter_mut().zip(&matrix.wide).zip(&used[stride..]);
        for ((sums, wide), _) in wide.filter(|(_, used)| **used) {
            let mut add = |bin: u16, packed: Packed| {
                let sum = &mut sums[usize::from(bin)];
                *sum = sum.wrapping_add(packed);
            };
            match rows {
                Rows::From(first) => {
                    wide.bins[first..].iter().zip(packed).for_each(|(bin, packed)| add(*bin, *packed));
                }
                Rows::These(rows) => {
                    rows.iter().zip(packed).for_each(|(row, packed)| add(wide.bins[*row as usize], *packed));
                }
            }
        }
    }

    /// Takes away the sums of one child, which leaves those of the other.
    pub(super) fn subtract(&mut self, child: &Histogram) {
        self.merge(child, Packed::wrapping_sub);
    }

    fn merge(&mut self, other: &Histogram, merge: impl Fn(Packed, Packed) -> Packed) {
        for (sums, other) in self.blocks.iter_mut().zip(&other.blocks) {
            for (sum, other) in sums.bins_mut().as_flattened_mut().iter_mut().zip(other.bins().as_flattened())
            {
                *sum = merge(*sum, *other);
            }
        }
        for (sums, other) in self.wide.iter_mut().zip(&other.wide) {
            sums.iter_mut().zip(other).for_each(|(sum, other)| *sum = merge(*sum, *other));
        }
    }
}

/// The rows of a leaf.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a> {
    /// As many as there are sums beside them, from this one on.
    From(usize),
    /// These, ascending.
    These(&'a [u32]),
}

impl<'a> Rows<'a> {
    fn part(self, start: usize, end: usize) -> Rows<'a> {
        match self {
            Rows::From(first) => Rows::From(first + start),
            Rows::These(rows) => Rows::These(&rows[start..end]),
        }
    }
}

fn add(
    sums: &mut [[Packed; LANES]; 256],
    matrix: &Matrix,
    block: usize,
    stride: usize,
    rows: Rows<'_>,
    packed: &[Packed],
) {
    // Rows lie apart: fetching a tile of them first lets their ways from memory overlap.
    let mut ahead = [[0; LANES]; TILE];
    match rows {
        Rows::From(first) => {
            let cells = matrix.cells[first * stride + block..].iter().step_by(stride);
            ahead.iter_mut().zip(cells).take(packed.len()).for_each(|(bins, cell)| *bins = *cell);
        }
        Rows::These(rows) => {
            for (bins, &row) in ahead.iter_mut().zip(rows) {
                *bins = matrix.cells[row as usize * stride + block];
            }
        }
    }
    for (bins, &packed) in ahead.iter().zip(packed) {
        for (lane, &bin) in bins.iter().enumerate() {
            let sum = &mut sums[usize::from(bin)][lane];
            *sum = sum.wrapping_add(packed);
        }
    }
}
