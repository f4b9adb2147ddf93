//! Sums of gradients by bin, in whole numbers: exact, so equal in any order and on any number of threads.

use rayon::prelude::*;

use super::bins::{Block, LANES};

/// Rows of a leaf from which blocks are shared among threads.
const SHARED: usize = 16_384;
/// Rows that are fetched before their bins are looked at.
const AHEAD: usize = 64;

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
pub(super) struct Histogram(pub(super) Vec<Sums>);

impl Histogram {
    /// All sums zero.
    pub(super) fn new(blocks: &[Block]) -> Histogram {
        Histogram(blocks.iter().map(|block| Sums::new(block.bins)).collect())
    }

    /// Sums over `rows`; `packed` lies beside them. Blocks without a column in use stay zero.
    pub(super) fn fill(&mut self, blocks: &[Block], used: &[bool], rows: Rows<'_>, packed: &[Packed]) {
        let fill = |((sums, block), used): ((&mut Sums, &Block), &bool)| {
            sums.bins_mut().fill([0; LANES]);
            if *used {
                add(&mut sums.full, block, rows, packed);
            }
        };
        if packed.len() < SHARED {
            self.0.iter_mut().zip(blocks).zip(used).for_each(fill);
        } else {
            self.0.par_iter_mut().zip(blocks).zip(used).for_each(fill);
        }
    }

    /// Takes away the sums of one child, which leaves those of the other.
    pub(super) fn subtract(&mut self, child: &Histogram) {
        for (sums, child) in self.0.iter_mut().zip(&child.0) {
            for (sum, child) in sums.bins_mut().as_flattened_mut().iter_mut().zip(child.bins().as_flattened())
            {
                *sum = sum.wrapping_sub(*child);
            }
        }
    }
}

/// The rows of a leaf.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a> {
    /// All of them.
    All,
    /// These, ascending.
    These(&'a [u32]),
}

fn add(sums: &mut [[Packed; LANES]; 256], block: &Block, rows: Rows<'_>, packed: &[Packed]) {
    match rows {
        Rows::All => block.rows.iter().zip(packed).for_each(|(bins, &packed)| add_row(sums, bins, packed)),
        Rows::These(rows) => {
            // Rows lie apart: fetching some ahead lets their ways from memory overlap.
            let mut ahead = [[0; LANES]; AHEAD];
            for (rows, packed) in rows.chunks(AHEAD).zip(packed.chunks(AHEAD)) {
                for (bins, &row) in ahead.iter_mut().zip(rows) {
                    *bins = block.rows[row as usize];
                }
                ahead.iter().zip(packed).for_each(|(bins, &packed)| add_row(sums, bins, packed));
            }
        }
    }
}

#[inline(always)]
fn add_row(sums: &mut [[Packed; LANES]; 256], bins: &[u8; LANES], packed: Packed) {
    for (lane, &bin) in bins.iter().enumerate() {
        let sum = &mut sums[usize::from(bin)][lane];
        *sum = sum.wrapping_add(packed);
    }
}
