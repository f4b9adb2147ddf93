//! The same picture with more or fewer pixels, and mirrored.

use crate::picture::Picture;

/// Most pixels in a row that a picture is scaled to.
const WIDEST: usize = 1 << 14;

/// A picture of this size, by the area that a new pixel covers where it shrinks, and by straight lines
/// between pixels where it grows.
pub fn resize(picture: &Picture, width: usize, height: usize) -> Picture {
    let (width, height) = (width.min(WIDEST), height.min(WIDEST));
    if !picture.sound() || picture.pixels.is_empty() || width == 0 || height == 0 {
        return Picture::default();
    }
    if (width, height) == (picture.width, picture.height) {
        return picture.clone();
    }
    let across = Taps::new(picture.width, width);
    let down = Taps::new(picture.height, height);
    let mut pixels = vec![0u8; width * height * 3];
    // Rows first: only the rows that an output row needs are mixed, at the width of the input.
    let mut mixed = vec![0.0f32; picture.width * 3];
    for (y, out) in pixels.chunks_exact_mut(width * 3).enumerate() {
        mixed.fill(0.0);
        for (tap, weight) in down.of(y) {
            let row = &picture.pixels[tap * picture.width * 3..(tap + 1) * picture.width * 3];
            for (sum, value) in mixed.iter_mut().zip(row) {
                *sum += weight * f32::from(*value);
            }
        }
        for (x, out) in out.chunks_exact_mut(3).enumerate() {
            let mut sum = [0.5f32; 3];
            for (tap, weight) in across.of(x) {
                let pixel = &mixed[tap * 3..tap * 3 + 3];
                for channel in 0..3 {
                    sum[channel] += weight * pixel[channel];
                }
            }
            // Casts cut to 0..=255.
            out.copy_from_slice(&sum.map(|value| value as u8));
        }
    }
    Picture { width, height, pixels }
}

/// What each place of the output takes from the input: neighbours and weights that sum to 1.
struct Taps {
    first: Vec<usize>,
    starts: Vec<usize>,
    weights: Vec<f32>,
}

impl Taps {
    fn new(from: usize, to: usize) -> Taps {
        let ratio = from as f64 / to as f64;
        let reach = ratio.max(1.0);
        let mut taps = Taps { first: Vec::with_capacity(to), starts: vec![0], weights: Vec::new() };
        for at in 0..to {
            let centre = (at as f64 + 0.5) * ratio - 0.5;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor().max(0.0) as usize).min(from - 1);
            let first = first.min(last);
            let weight = |tap: usize| (1.0 - (tap as f64 - centre).abs() / reach).max(0.0);
            let sum: f64 = (first..=last).map(weight).sum();
            let share = |tap: usize| if sum > 0.0 { (weight(tap) / sum) as f32 } else { 0.0 };
            taps.first.push(first);
            taps.weights.extend((first..=last).map(share));
            if sum <= 0.0 {
                let end = taps.weights.len();
                taps.weights[end - 1] = 1.0;
            }
            taps.starts.push(taps.weights.len());
        }
        taps
    }

    fn of(&self, at: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let weights = &self.weights[self.starts[at]..self.starts[at + 1]];
        weights.iter().enumerate().map(move |(tap, weight)| (self.first[at] + tap, *weight))
    }
}

/// Half the width and height, each pixel the mean of four; an odd last row or column is left out.
pub fn halve(picture: &Picture) -> Picture {
    let (width, height) = (picture.width / 2, picture.height / 2);
    let mut pixels = Vec::with_capacity(width * height * 3);
    let stride = picture.width * 3;
    for y in 0..height {
        let upper = &picture.pixels[2 * y * stride..][..stride];
        let lower = &picture.pixels[(2 * y + 1) * stride..][..stride];
        for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for channel in 0..3 {
                let sum = u16::from(upper[channel])
                    + u16::from(upper[channel + 3])
                    + u16::from(lower[channel])
                    + u16::from(lower[channel + 3]);
                pixels.push(((sum + 2) / 4) as u8);
            }
        }
    }
    Picture { width, height, pixels }
}

/// Left and right exchanged.
pub fn mirror(picture: &Picture) -> Picture {
    let mut made = picture.clone();
    if picture.width > 0 {
        for (to, from) in made
            .pixels
            .chunks_exact_mut(picture.width * 3)
            .zip(picture.pixels.chunks_exact(picture.width * 3))
        {
            for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(3).rev()) {
                to.copy_from_slice(from);
            }
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_colour_stays_one_colour() {
        let picture = Picture::of(5, 3, [10, 200, 77]);
        for (width, height) in [(1, 1), (10, 6), (3, 9), (5, 3), (2, 1)] {
            assert_eq!(resize(&picture, width, height), Picture::of(width, height, [10, 200, 77]));
        }
        assert_eq!(halve(&picture), Picture::of(2, 1, [10, 200, 77]));
        assert_eq!(resize(&Picture::default(), 4, 4), Picture::default());
        assert_eq!(resize(&picture, 0, 4), Picture::default());
    }

    #[test]
    fn shrinking_keeps_the_mean_and_growing_draws_lines() {
        let mut picture = Picture::of(4, 1, [0, 0, 0]);
        picture.set(2, 0, [200, 0, 0]);
        picture.set(3, 0, [200, 0, 0]);
        let grown: Vec<u8> = resize(&picture, 8, 1).pixels.chunks_exact(3).map(|pixel| pixel[0]).collect();
        assert_eq!(grown, [0, 0, 0, 50, 150, 200, 200, 200]);
        assert_eq!(resize(&picture, 1, 1).pixels[0], 100);
    }

    #[test]
    fn a_mirrored_mirror_is_the_picture() {
        let mut picture = Picture::of(3, 2, [1, 2, 3]);
        picture.set(0, 1, [9, 8, 7]);
        assert_eq!(mirror(&picture).at(2, 1), [9, 8, 7]);
        assert_eq!(mirror(&mirror(&picture)), picture);
    }
}
