//! Two descriptions of a cell: histograms of oriented gradients, and aggregated channels.

use serde::{Deserialize, Serialize};

use super::gradient::Gradients;
use super::grid::Grid;
use super::plane::Plane;
use crate::picture::Picture;

/// How a cell is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cells {
    /// Histograms of oriented gradients: nine directions without sign, each over the strength of four
    /// neighbourhoods, and the strength itself (Dalal and Triggs 2005; Felzenszwalb et al. 2010).
    Hog,
    /// Aggregated channels: brightness, two colours, strength, six directions, smoothed (Dollar et al.
    /// 2014).
    Channels,
}

/// Directions of [`Cells::Hog`].
const HOG: usize = 9;
/// Directions of [`Cells::Channels`].
const FEW: usize = 6;
/// What one direction may weigh (the clipping of Lowe 2004).
const CLIP: f32 = 0.2;

impl Cells {
    /// Numbers of a cell.
    pub fn depth(self) -> usize {
        match self {
            Cells::Hog => HOG + 1,
            Cells::Channels => 4 + FEW,
        }
    }

    /// A picture in cells of `side` x `side` pixels; what is left over at the right and the bottom is cut.
    pub fn of(self, picture: &Picture, side: usize) -> Grid {
        let side = side.max(1);
        if !picture.sound() || picture.width < side || picture.height < side {
            return Grid::zeros(0, 0, self.depth());
        }
        let gradients = Gradients::of(&Plane::grey(picture));
        match self {
            Cells::Hog => normalised(&directions::<HOG>(&gradients, side), side),
            Cells::Channels => channels(picture, &directions::<FEW>(&gradients, side), side),
        }
    }
}

/// Lengths of gradients by direction, summed over each cell and shared between the two nearest directions.
fn directions<const N: usize>(gradients: &Gradients, side: usize) -> Grid {
    let plane = &gradients.size;
    let mut grid = Grid::zeros(plane.width / side, plane.height / side, N);
    let stride = grid.width * N;
    let mut shares = vec![Share::default(); plane.width];
    for (y, row) in grid.values.chunks_exact_mut(stride.max(1)).enumerate() {
        for line in y * side..(y + 1) * side {
            share::<N>(plane.row(line), gradients.turn.row(line), &mut shares);
            for (cell, shares) in row.chunks_exact_mut(N).zip(shares.chunks_exact(side)) {
                // One place more, for what comes round to the first direction. Two sums side by side, since
                // one would have to wait for itself at each pixel.
                let mut sums = [[0.0f32; 16]; 2];
                for (at, share) in shares.iter().enumerate() {
                    let (sums, bin) = (&mut sums[at & 1], share.bin as usize);
                    sums[bin & 15] += share.here;
                    sums[(bin + 1) & 15] += share.next;
                }
                sums[0][0] += sums[0][N] + sums[1][N];
                cell.iter_mut().enumerate().for_each(|(at, cell)| *cell += sums[0][at] + sums[1][at]);
            }
        }
    }
    grid
}

/// What a pixel gives to a direction and to the next.
#[derive(Clone, Copy, Default)]
struct Share {
    bin: u32,
    here: f32,
    next: f32,
}

fn share<const N: usize>(sizes: &[f32], turns: &[f32], shares: &mut [Share]) {
    // Added to a small number, this leaves its nearest whole one in the lowest bits.
    const WHOLE: f32 = 8_388_608.0;
    for ((size, turn), share) in sizes.iter().zip(turns).zip(shares) {
        let at = turn * N as f32;
        let shifted = (at - 0.5).max(0.0) + WHOLE;
        let next = size * (at - (shifted - WHOLE));
        *share = Share { bin: shifted.to_bits() & 15, here: size - next, next };
    }
}

/// Each direction over the energy of the four blocks of 2 x 2 cells that its cell belongs to.
fn normalised(raw: &Grid, side: usize) -> Grid {
    let (width, height) = (raw.width, raw.height);
    // A flat cell stays near 0 instead of showing its noise at full strength.
    let quiet = (side * side) as f32 * 0.01;
    let energy: Vec<f32> =
        raw.values.chunks_exact(HOG).map(|cell| cell.iter().map(|value| value * value).sum()).collect();
    let at = |x: usize, y: usize| energy[y.min(height - 1) * width + x.min(width - 1)];
    // Block (x, y) has its lower right cell at (x, y).
    let mut blocks = vec![0.0f32; (width + 1) * (height + 1)];
    for y in 0..=height {
        for x in 0..=width {
            let (left, top) = (x.saturating_sub(1), y.saturating_sub(1));
            let sum = at(left, top) + at(x, top) + at(left, y) + at(x, y);
            blocks[y * (width + 1) + x] = 1.0 / (sum.sqrt() + quiet);
        }
    }
    let mut grid = Grid::zeros(width, height, HOG + 1);
    let cells = raw.values.chunks_exact(HOG).zip(grid.values.chunks_exact_mut(HOG + 1));
    for (at, (raw, cell)) in cells.enumerate() {
        let corner = at / width * (width + 1) + at % width;
        let around =
            [blocks[corner], blocks[corner + 1], blocks[corner + width + 1], blocks[corner + width + 2]];
        let mut strength = 0.0;
        for (value, out) in raw.iter().zip(cell.iter_mut()) {
            let clipped: f32 = around.iter().map(|over| (value * over).min(CLIP)).sum();
            *out = 0.5 * clipped;
            strength += *out;
        }
        cell[HOG] = strength * 0.25;
    }
    grid
}

/// Brightness, two colours, strength and directions; strength over that of the surroundings, so that dark
/// pictures look like bright ones.
fn channels(picture: &Picture, raw: &Grid, side: usize) -> Grid {
    let (width, height) = (raw.width, raw.height);
    let colours = colours(picture, side, (width, height));
    let strength: Vec<f32> = raw.values.chunks_exact(FEW).map(|cell| cell.iter().sum()).collect();
    let around = surroundings(&strength, (width, height));
    let quiet = (side * side) as f32 * 0.01;
    let mut grid = Grid::zeros(width, height, 4 + FEW);
    for (at, cell) in grid.values.chunks_exact_mut(4 + FEW).enumerate() {
        let over = 1.0 / (around[at] + quiet);
        cell[..3].copy_from_slice(&colours[at]);
        cell[3] = strength[at] * over;
        let raw = &raw.values[at * FEW..(at + 1) * FEW];
        cell[4..].iter_mut().zip(raw).for_each(|(out, value)| *out = value * over);
    }
    grid.smoothed()
}

/// Mean brightness of a cell, its red over green, and its blue over both, in about [-1, 1].
fn colours(picture: &Picture, side: usize, (width, height): (usize, usize)) -> Vec<[f32; 3]> {
    let mut colours = Vec::with_capacity(width * height);
    let scale = 1.0 / (255 * side * side) as f32;
    for y in 0..height {
        let mut sums = vec![[0u32; 3]; width];
        for line in y * side..(y + 1) * side {
            let row = &picture.pixels[line * picture.width * 3..];
            for (sum, pixels) in sums.iter_mut().zip(row.chunks_exact(side * 3)) {
                for pixel in pixels.chunks_exact(3) {
                    (0..3).for_each(|channel| sum[channel] += u32::from(pixel[channel]));
                }
            }
        }
        colours.extend(sums.iter().map(|sum| {
            let [red, green, blue] = sum.map(|sum| sum as f32 * scale);
            [0.299 * red + 0.587 * green + 0.114 * blue, red - green, blue - 0.5 * (red + green)]
        }));
    }
    colours
}

/// The mean over the 7 x 7 cells around each, cut at the border.
fn surroundings(values: &[f32], (width, height): (usize, usize)) -> Vec<f32> {
    const REACH: usize = 3;
    let mut across = vec![0.0f32; values.len()];
    for (row, out) in values.chunks_exact(width.max(1)).zip(across.chunks_exact_mut(width.max(1))) {
        for (x, out) in out.iter_mut().enumerate() {
            let part = &row[x.saturating_sub(REACH)..(x + REACH + 1).min(width)];
            *out = part.iter().sum::<f32>() / part.len() as f32;
        }
    }
    let mut around = vec![0.0f32; values.len()];
    for (y, out) in around.chunks_exact_mut(width.max(1)).enumerate() {
        let rows = y.saturating_sub(REACH)..(y + REACH + 1).min(height);
        let count = rows.len() as f32;
        for row in rows {
            let row = &across[row * width..(row + 1) * width];
            out.iter_mut().zip(row).for_each(|(out, value)| *out += value / count);
        }
    }
    around
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripes(bright: u8) -> Picture {
        let mut picture = Picture::of(32, 24, [0, 0, 0]);
        for y in 0..24 {
            (0..32).filter(|x| x / 4 % 2 == 0).for_each(|x| picture.set(x, y, [bright; 3]));
        }
        picture
    }

    #[test]
    fn upright_stripes_fill_the_first_direction_whatever_the_light() {
        for bright in [255, 120] {
            let grid = Cells::Hog.of(&stripes(bright), 8);
            assert_eq!((grid.width, grid.height, grid.depth), (4, 3, 10));
            let cell = grid.cell(1, 1);
            assert!((cell[0] - 0.4).abs() < 1e-6, "{cell:?}");
            assert!(cell[1..9].iter().all(|value| *value < 1e-3), "{cell:?}");
            let grid = Cells::Channels.of(&stripes(bright), 4);
            assert_eq!((grid.width, grid.height, grid.depth), (8, 6, 10));
            let cell = grid.cell(4, 3);
            assert!((cell[4] - cell[3]).abs() < 1e-6 && (0.8..1.2).contains(&cell[3]), "{cell:?}");
            assert!(cell[1].abs() < 1e-6 && cell[2].abs() < 1e-6, "grey has no colour: {cell:?}");
        }
    }

    #[test]
    fn pictures_of_any_size_give_finite_cells() {
        for (width, height) in [(0, 0), (1, 1), (3, 40), (8, 8), (17, 9)] {
            for cells in [Cells::Hog, Cells::Channels] {
                for side in [1, 4, 8] {
                    let grid = cells.of(&Picture::of(width, height, [9, 99, 199]), side);
                    assert!(grid.values.iter().all(|value| value.is_finite()));
                    let fits = width >= side && height >= side;
                    assert_eq!(
                        grid.width * grid.height,
                        if fits { (width / side) * (height / side) } else { 0 }
                    );
                }
            }
        }
    }
}
