//! Symmetric positive definite matrices: solving one small system, inverting a large one.

use multiversion::multiversion;
use rayon::prelude::*;

use super::kernels::{LANES, Tiled, multiply_add};

/// Columns that one sweep of [`invert`] eliminates.
const BLOCK: usize = 64;
/// Rows that one task of a sweep updates.
const TASK: usize = 32;

/// Solves `matrix x = right` in place by Cholesky factorisation; `matrix` is `n x n` and is overwritten.
///
/// False, with `right` in no defined state, where the matrix is not positive definite.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(crate) fn solve(matrix: &mut [f32], right: &mut [f32]) -> bool {
    let n = right.len();
    for column in 0..n {
        let (above, below) = matrix.split_at_mut((column + 1) * n);
        let pivot_row = &mut above[column * n..];
        let pivot = pivot_row[column];
        if pivot.is_nan() || pivot <= 0.0 {
            return false;
        }
        // Right-looking on the upper triangle: each row below loses a multiple of the pivot's row.
        for (offset, row) in below.chunks_exact_mut(n).enumerate() {
            let at = column + 1 + offset;
            let factor = pivot_row[at] / pivot;
            for (value, above) in row[at..].iter_mut().zip(&pivot_row[at..]) {
                *value -= factor * above;
            }
            right[at] -= factor * right[column];
        }
    }
    for row in (0..n).rev() {
        let known: f32 = (row + 1..n).map(|at| matrix[row * n + at] * right[at]).sum();
        right[row] = (right[row] - known) / matrix[row * n + row];
    }
    true
}

/// Inverts a positive definite matrix in place by sweeping blocks of columns (Goodnight 1979).
///
/// `matrix` is row-major with rows of `stride` values, a padded length; only its lower triangle is read,
/// and the whole inverse is written. False, with `matrix` in no defined state, where it is not positive
/// definite.
pub(crate) fn invert(matrix: &mut [f32], n: usize, stride: usize) -> bool {
    for start in (0..n).step_by(BLOCK) {
        if !sweep(matrix, n, stride, start, BLOCK.min(n - start)) {
            return false;
        }
    }
    // The sweeps leave minus the inverse in the lower triangle.
    for row in 0..n {
        for column in 0..=row {
            matrix[row * stride + column] = -matrix[row * stride + column];
            matrix[column * stride + row] = matrix[row * stride + column];
        }
    }
    true
}

/// Sweeps the `size` columns from `start` on.
fn sweep(matrix: &mut [f32], n: usize, stride: usize, start: usize, size: usize) -> bool {
    let end = start + size;
    let mut panel = vec![0.0f32; size * stride];
    for (at, row) in panel.chunks_exact_mut(stride).enumerate() {
        row[..=start + at].copy_from_slice(&matrix[(start + at) * stride..][..=start + at]);
        for column in start + at + 1..n {
            row[column] = matrix[column * stride + start + at];
        }
    }
    let Some(inverse) = inverse_of_block(&panel, stride, start, size) else { return false };
    // `solved` is the inverse of the block times the panel, negated, in tiles that lie together.
    let mut solved = vec![0.0f32; size * stride];
    solved.par_chunks_mut(size * LANES).enumerate().for_each(|(tile, out)| {
        let right = Tiled { values: &panel[tile * LANES..], row: stride, tile: 0 };
        multiply_add(out, (LANES, LANES), (&inverse, size, 0), right, size);
    });
    let right = Tiled { values: &solved, row: LANES, tile: size * LANES };
    matrix[..n * stride].par_chunks_mut(TASK * stride).enumerate().for_each(|(task, rows)| {
        let first = task * TASK;
        let width = (first + TASK).min(stride);
        multiply_add(rows, (stride, width), (&panel, stride, first), right, size);
    });
    let solved = |row: usize, column: usize| solved[(column / LANES * size + row) * LANES + column % LANES];
    for at in 0..size {
        for column in 0..start {
            matrix[(start + at) * stride + column] = -solved(at, column);
        }
        for column in 0..=at {
            matrix[(start + at) * stride + start + column] = inverse[at * size + column];
        }
        for row in end..n {
            matrix[row * stride + start + at] = -solved(at, row);
        }
    }
    true
}

/// Minus the inverse of the panel's square at `start`, by sweeping one column at a time in double precision.
fn inverse_of_block(panel: &[f32], stride: usize, start: usize, size: usize) -> Option<Vec<f32>> {
    let square = (0..size * size).map(|at| f64::from(panel[at / size * stride + start + at % size]));
    let mut square: Vec<f64> = square.collect();
    for pivot in 0..size {
        let scale = square[pivot * size + pivot];
        if scale.is_nan() || scale <= 0.0 {
            return None;
        }
        let line: Vec<f64> = square[pivot * size..][..size].to_vec();
        for (at, row) in square.chunks_exact_mut(size).enumerate() {
            let factor = line[at] / scale;
            if at == pivot {
                row.iter_mut().zip(&line).for_each(|(value, line)| *value = line / scale);
            } else {
                row.iter_mut().zip(&line).for_each(|(value, line)| *value -= factor * line);
                row[pivot] = factor;
            }
        }
        square[pivot * size + pivot] = -1.0 / scale;
    }
    Some(square.into_iter().map(|value| value as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A random Gram matrix plus the identity.
    fn positive(n: usize, stride: usize) -> Vec<f32> {
        let draw = |at: usize, with: usize| (crate::hash(7, &[at as u64, with as u64]) % 5) as f32 - 2.0;
        let mut matrix = vec![0.0; n * stride];
        for row in 0..n {
            for column in 0..n {
                let product: f32 = (0..n).map(|at| draw(row, at) * draw(column, at)).sum();
                matrix[row * stride + column] = product / n as f32 + f32::from(row == column);
            }
        }
        matrix
    }

    #[test]
    fn solve_finds_the_right_vector() {
        for n in [1, 2, 17, 64] {
            let matrix = positive(n, n);
            let want: Vec<f32> = (0..n).map(|at| at as f32 / 8.0 - 1.0).collect();
            let product = |row| (0..n).map(|at| matrix[row * n + at] * want[at]).sum();
            let mut right: Vec<f32> = (0..n).map(product).collect();
            assert!(solve(&mut matrix.clone(), &mut right));
            for (have, want) in right.iter().zip(&want) {
                assert!((have - want).abs() < 1e-3, "{n}: {have} is not {want}");
            }
        }
    }

    #[test]
    fn the_inverse_times_the_matrix_is_the_identity() {
        for n in [1usize, 15, 16, 63, 64, 65, 130] {
            let stride = n.next_multiple_of(LANES);
            let matrix = positive(n, stride);
            let mut inverse = matrix.clone();
            assert!(invert(&mut inverse, n, stride));
            for row in 0..n {
                for column in 0..n {
                    let term = |at| matrix[row * stride + at] * inverse[at * stride + column];
                    let have: f32 = (0..n).map(term).sum();
                    let want = f32::from(row == column);
                    assert!((have - want).abs() < 1e-3, "{n}: ({row}, {column}) is {have}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_positive_is_refused() {
        assert!(!solve(&mut [1.0, 2.0, 2.0, 1.0], &mut [1.0, 1.0]));
        assert!(!solve(&mut [f32::NAN], &mut [1.0]));
        let mut matrix = vec![0.0; 2 * LANES];
        (matrix[0], matrix[LANES], matrix[LANES + 1]) = (1.0, 2.0, 1.0);
        assert!(!invert(&mut matrix, 2, LANES));
    }
}
