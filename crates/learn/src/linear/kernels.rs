//! The inner loops: written for the compiler to vectorise, compiled once per family of vector unit.

use multiversion::multiversion;

/// The number of sums that run side by side.
pub(crate) const LANES: usize = 16;
/// Rows of the output that one tile of [`multiply_add`] covers.
const TALL: usize = 4;

/// The inner product of two slices of the same padded length.
#[inline(always)]
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (left, right) in left.chunks_exact(LANES).zip(right.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

/// Adds to `out` the rows of `rows` (each as long as `out`, a padded length), each times its coefficient.
#[inline(always)]
pub(crate) fn accumulate(out: &mut [f32], rows: &[f32], coefficients: &[f32]) {
    let width = out.len();
    if coefficients.is_empty() {
        return;
    }
    let mut first = 0;
    while first + 64 <= width {
        columns::<64>(&mut out[first..], &rows[first..], width, coefficients);
        first += 64;
    }
    while first + LANES <= width {
        columns::<LANES>(&mut out[first..], &rows[first..], width, coefficients);
        first += LANES;
    }
}

/// The same for `WIDE` columns, which stay in registers.
#[inline(always)]
fn columns<const WIDE: usize>(out: &mut [f32], rows: &[f32], stride: usize, coefficients: &[f32]) {
    let mut sums = [0.0f32; WIDE];
    sums.copy_from_slice(&out[..WIDE]);
    for (row, &coefficient) in rows.chunks(stride).zip(coefficients) {
        let row = &row[..WIDE];
        for lane in 0..WIDE {
            sums[lane] += coefficient * row[lane];
        }
    }
    out[..WIDE].copy_from_slice(&sums);
}

/// A matrix of `depth` rows, read in tiles of [`LANES`] columns.
#[derive(Clone, Copy)]
pub(crate) struct Tiled<'a> {
    /// The values.
    pub(crate) values: &'a [f32],
    /// From a row to the next.
    pub(crate) row: usize,
    /// From a tile of columns to the next.
    pub(crate) tile: usize,
}

/// `out += leftᵀ right` for the rows of `out` that begin at column `first` of `left`.
///
/// `left` is `depth x left_row`, row-major; `out` has rows of `stride` values (a padded length), of which
/// the first `width` (padded) are computed. Sums run over `depth` in order.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(crate) fn multiply_add(
    out: &mut [f32],
    (stride, width): (usize, usize),
    (left, left_row, first): (&[f32], usize, usize),
    right: Tiled<'_>,
    depth: usize,
) {
    for (block, out) in out.chunks_mut(TALL * stride).enumerate() {
        let first = first + block * TALL;
        let tall = out.len() / stride;
        for tile in 0..width / LANES {
            let right = Tiled { values: &right.values[tile * right.tile..], ..right };
            let out = &mut out[tile * LANES..];
            match tall {
                TALL => sum::<TALL>(out, stride, (left, left_row, first), right, depth),
                3 => sum::<3>(out, stride, (left, left_row, first), right, depth),
                2 => sum::<2>(out, stride, (left, left_row, first), right, depth),
                _ => sum::<1>(out, stride, (left, left_row, first), right, depth),
            }
        }
    }
}

/// One tile of `T` rows and [`LANES`] columns.
#[inline(always)]
fn sum<const T: usize>(
    out: &mut [f32],
    stride: usize,
    (left, left_row, first): (&[f32], usize, usize),
    right: Tiled<'_>,
    depth: usize,
) {
    let mut sums = [[0.0f32; LANES]; T];
    for at in 0..depth {
        let left = &left[at * left_row + first..][..T];
        let right = &right.values[at * right.row..][..LANES];
        for row in 0..T {
            for lane in 0..LANES {
                sums[row][lane] += left[row] * right[lane];
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (out, sum) in out[row * stride..][..LANES].iter_mut().zip(sums) {
            *out += sum;
        }
    }
}

/// Columns that [`sums_of_listed`] sums at once.
pub(crate) const STRIPE: usize = 64;

/// For each list, the sum of the rows it names of a stripe, which is `rows x STRIPE`.
///
/// `starts` says where in `list` each begins; one more than there are lists.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(crate) fn sums_of_listed(stripe: &[f32], starts: &[usize], list: &[u32]) -> Vec<f32> {
    let mut out = vec![0.0f32; starts.len().saturating_sub(1) * STRIPE];
    for (out, bounds) in out.chunks_exact_mut(STRIPE).zip(starts.windows(2)) {
        let mut sums = [0.0f32; STRIPE];
        for &row in &list[bounds[0]..bounds[1]] {
            let row = &stripe[row as usize * STRIPE..][..STRIPE];
            for lane in 0..STRIPE {
                sums[lane] += row[lane];
            }
        }
        out.copy_from_slice(&sums);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, salt: u64) -> Vec<f32> {
        (0..count as u64).map(|at| (crate::hash(salt, &[at]) % 17) as f32 - 8.0).collect()
    }

    #[test]
    fn dot_is_the_inner_product() {
        let (left, right) = (numbers(48, 1), numbers(48, 2));
        let want: f32 = left.iter().zip(&right).map(|(left, right)| left * right).sum();
        assert_eq!(dot(&left, &right), want);
    }

    #[test]
    fn accumulate_adds_each_row() {
        for width in [16, 64, 80] {
            let (rows, coefficients) = (numbers(5 * width, 3), numbers(5, 4));
            let mut out = vec![1.0; width];
            accumulate(&mut out, &[], &[]);
            accumulate(&mut out, &rows, &coefficients);
            for (column, have) in out.iter().enumerate() {
                let want: f32 = (0..5).map(|row| coefficients[row] * rows[row * width + column]).sum();
                assert_eq!(*have, want + 1.0);
            }
        }
    }

    #[test]
    fn multiply_add_is_a_product_for_any_number_of_rows() {
        let (depth, width) = (7, 32);
        let right = numbers(depth * width, 5);
        for rows in 1..10 {
            let left = numbers(depth * (rows + 2), 6);
            let mut out = vec![0.0; rows * width];
            let tiled = Tiled { values: &right, row: width, tile: LANES };
            multiply_add(&mut out, (width, width), (&left, rows + 2, 2), tiled, depth);
            for row in 0..rows {
                for column in 0..width {
                    let term = |at| left[at * (rows + 2) + 2 + row] * right[at * width + column];
                    assert_eq!(out[row * width + column], (0..depth).map(term).sum::<f32>());
                }
            }
        }
    }

    #[test]
    fn listed_rows_are_summed() {
        let stripe = numbers(4 * STRIPE, 8);
        let have = sums_of_listed(&stripe, &[0, 2, 2, 3], &[3, 1, 0]);
        for lane in 0..STRIPE {
            assert_eq!(have[lane], stripe[3 * STRIPE + lane] + stripe[STRIPE + lane]);
            assert_eq!(have[STRIPE + lane], 0.0);
            assert_eq!(have[2 * STRIPE + lane], stripe[lane]);
        }
    }
}
