//! Which colours a picture holds.

use crate::picture::Picture;

/// Shares of `bins` x `bins` x `bins` colours (red slowest) within each of `parts` x `parts` parts of a
/// picture, row by row; each part sums to 1, or to 0 where it has no pixel.
pub fn histogram(picture: &Picture, parts: usize, bins: usize) -> Vec<f32> {
    let (parts, bins) = (parts.max(1), bins.clamp(1, 256));
    let width = bins * bins * bins;
    let mut counts = vec![0u32; parts * parts * width];
    if picture.sound() {
        for (y, row) in picture.pixels.chunks_exact((picture.width * 3).max(1)).enumerate() {
            let down = y * parts / picture.height.max(1);
            for (x, pixel) in row.chunks_exact(3).enumerate() {
                let part = down * parts + x * parts / picture.width;
                let bin = pixel.iter().fold(0, |bin, value| bin * bins + usize::from(*value) * bins / 256);
                counts[part * width + bin] += 1;
            }
        }
    }
    let mut shares = Vec::with_capacity(counts.len());
    for part in counts.chunks_exact(width) {
        let sum: u32 = part.iter().sum();
        shares.extend(part.iter().map(|count| *count as f32 / sum.max(1) as f32));
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_counts_its_own_colours() {
        let mut picture = Picture::of(4, 2, [255, 0, 0]);
        (0..2).for_each(|y| picture.set(3, y, [0, 0, 255]));
        let shares = histogram(&picture, 2, 2);
        assert_eq!(shares.len(), 4 * 8);
        assert_eq!((shares[4], shares[8 + 4], shares[8 + 1]), (1.0, 0.5, 0.5));
        assert_eq!(histogram(&Picture::default(), 1, 2), [0.0; 8]);
    }
}
