//! A picture in cells: a few numbers for every square of pixels.

/// Cells, row by row from the top left, `depth` numbers each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grid {
    /// Cells in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Numbers of a cell.
    pub depth: usize,
    /// `height x width x depth` numbers.
    pub values: Vec<f32>,
}

impl Grid {
    /// Cells of zeros.
    pub fn zeros(width: usize, height: usize, depth: usize) -> Grid {
        Grid { width, height, depth, values: vec![0.0; width * height * depth] }
    }

    /// The numbers of one cell.
    pub fn cell(&self, x: usize, y: usize) -> &[f32] {
        &self.values[(y * self.width + x) * self.depth..][..self.depth]
    }

    /// The numbers of `width` cells in a row from (x, y).
    pub fn run(&self, x: usize, y: usize, width: usize) -> &[f32] {
        &self.values[(y * self.width + x) * self.depth..][..width * self.depth]
    }

    /// Copies a window of cells, row by row, to `out`, which holds exactly as many numbers.
    pub fn copy(&self, (x, y): (usize, usize), width: usize, out: &mut [f32]) {
        let length = width * self.depth;
        for (row, out) in out.chunks_exact_mut(length.max(1)).enumerate() {
            out.copy_from_slice(self.run(x, y + row, width));
        }
    }

    /// With `by` more cells on each side, which repeat the cells of the border.
    #[must_use]
    pub fn padded(&self, by: usize) -> Grid {
        if by == 0 || self.values.is_empty() {
            return self.clone();
        }
        let mut made = Grid::zeros(self.width + 2 * by, self.height + 2 * by, self.depth);
        let mut cells = made.values.chunks_exact_mut(self.depth.max(1));
        for y in 0..self.height + 2 * by {
            let from = y.saturating_sub(by).min(self.height - 1);
            for x in 0..self.width + 2 * by {
                let cell = self.cell(x.saturating_sub(by).min(self.width - 1), from);
                if let Some(out) = cells.next() {
                    out.copy_from_slice(cell);
                }
            }
        }
        made
    }

    /// Smoothed by 1, 2, 1 across and down, the border repeated.
    #[must_use]
    pub fn smoothed(&self) -> Grid {
        let stride = self.width * self.depth;
        let mut down = Vec::with_capacity(self.values.len());
        for y in 0..self.height {
            let row = |y: usize| &self.values[y * stride..(y + 1) * stride];
            let (above, here) = (row(y.saturating_sub(1)), row(y));
            let below = row((y + 1).min(self.height - 1));
            let mixed = above.iter().zip(here).zip(below);
            down.extend(mixed.map(|((above, here), below)| 0.25 * (above + below) + 0.5 * here));
        }
        let mut values = Vec::with_capacity(down.len());
        for row in down.chunks_exact(stride.max(1)) {
            for x in 0..self.width {
                let cell = |x: usize| &row[x * self.depth..(x + 1) * self.depth];
                let (left, here) = (cell(x.saturating_sub(1)), cell(x));
                let right = cell((x + 1).min(self.width - 1));
                let mixed = left.iter().zip(here).zip(right);
                values.extend(mixed.map(|((left, here), right)| 0.25 * (left + right) + 0.5 * here));
            }
        }
        Grid { values, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_padding_and_smoothing() {
        let grid = Grid { width: 3, height: 2, depth: 2, values: (0u8..12).map(f32::from).collect() };
        let mut window = [0.0; 8];
        grid.copy((1, 0), 2, &mut window);
        assert_eq!(window, [2.0, 3.0, 4.0, 5.0, 8.0, 9.0, 10.0, 11.0]);
        let padded = grid.padded(1);
        assert_eq!((padded.width, padded.height), (5, 4));
        assert_eq!(
            (padded.cell(0, 0), padded.cell(4, 3), padded.cell(2, 1)),
            (grid.cell(0, 0), grid.cell(2, 1), grid.cell(1, 0))
        );
        let smooth = grid.smoothed();
        assert_eq!(smooth.cell(1, 0)[0], 0.25 * (2.0 + 8.0) + 0.5 * 2.0);
        let flat = Grid { width: 2, height: 2, depth: 1, values: vec![3.0; 4] };
        assert_eq!(flat.smoothed(), flat);
        assert_eq!(Grid::zeros(0, 3, 2).padded(2).smoothed().values.len(), 0);
    }
}
