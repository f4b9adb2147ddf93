//! Dense linear algebra in single precision: the same bits on every machine and number of threads.
//!
//! Sums run over a fixed number of lanes and are never contracted to fused multiply-add, so wider vector
//! units change only the speed. Rows are padded to whole lanes; padding holds zeros.

mod kernels;
mod positive;

pub(crate) use kernels::{LANES, STRIPE, Tiled, accumulate, dot, multiply_add, sums_of_listed};
pub(crate) use positive::{invert, solve};

/// `length` rounded up to whole lanes.
pub(crate) fn padded(length: usize) -> usize {
    length.next_multiple_of(LANES)
}
