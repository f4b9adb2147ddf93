//! Sums over boxes in four look-ups (Crow 1984, Summed-area tables; Viola and Jones 2001).

use crate::picture::Picture;

/// Running sums of brightness and of its square, in whole numbers, so that nothing is rounded.
#[derive(Debug, Clone, Default)]
pub struct Integral {
    width: usize,
    height: usize,
    /// `(height + 1) x (width + 1)`: the sum above and left of a place, and the sum of squares.
    sums: Vec<[u64; 2]>,
}

impl Integral {
    /// The sums of a picture's brightness, 0 to 255 a pixel.
    pub fn of(picture: &Picture) -> Integral {
        let (width, height) = (picture.width, picture.height);
        let mut sums = vec![[0u64; 2]; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = [0u64; 2];
            for x in 0..width {
                let value = u64::from(brightness(picture.at(x, y)));
                row = [row[0] + value, row[1] + value * value];
                let above = sums[y * (width + 1) + x + 1];
                sums[(y + 1) * (width + 1) + x + 1] = [above[0] + row[0], above[1] + row[1]];
            }
        }
        Integral { width, height, sums }
    }

    /// Sum and sum of squares over the pixels from (left, top) up to, without, (right, bottom); cut to the
    /// picture.
    pub fn sum(&self, (left, top): (usize, usize), (right, bottom): (usize, usize)) -> [u64; 2] {
        let (right, bottom) = (right.min(self.width), bottom.min(self.height));
        let (left, top) = (left.min(right), top.min(bottom));
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let part = |which: usize| {
            at(right, bottom)[which] + at(left, top)[which] - at(right, top)[which] - at(left, bottom)[which]
        };
        [part(0), part(1)]
    }

    /// Mean and standard deviation over such a box; 0 where it is empty.
    pub fn mean(&self, from: (usize, usize), to: (usize, usize)) -> (f32, f32) {
        let (right, bottom) = (to.0.min(self.width), to.1.min(self.height));
        let count = right.saturating_sub(from.0) * bottom.saturating_sub(from.1);
        if count == 0 {
            return (0.0, 0.0);
        }
        let [sum, squares] = self.sum(from, to);
        let mean = sum as f64 / count as f64;
        let variance = (squares as f64 / count as f64 - mean * mean).max(0.0);
        (mean as f32, variance.sqrt() as f32)
    }
}

/// Brightness of a colour, 0 to 255, in whole numbers.
pub(crate) fn brightness(colour: [u8; 3]) -> u8 {
    let [red, green, blue] = colour.map(u32::from);
    ((77 * red + 150 * green + 29 * blue) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_look_ups_are_the_sum_of_the_box() {
        let mut picture = Picture::of(7, 5, [0, 0, 0]);
        for y in 0..5 {
            for x in 0..7 {
                picture.set(x, y, [(x * 31 + y * 17) as u8, (x * y * 5) as u8, 200 - x as u8]);
            }
        }
        let integral = Integral::of(&picture);
        for (from, to) in [((0, 0), (7, 5)), ((2, 1), (6, 4)), ((3, 3), (3, 5)), ((5, 2), (99, 99))] {
            let mut want = [0u64; 2];
            for y in from.1..to.1.min(5) {
                for x in from.0..to.0.min(7) {
                    let value = u64::from(brightness(picture.at(x, y)));
                    want = [want[0] + value, want[1] + value * value];
                }
            }
            assert_eq!(integral.sum(from, to), want, "{from:?} {to:?}");
        }
        let flat = Integral::of(&Picture::of(4, 4, [90, 90, 90]));
        assert_eq!(flat.mean((1, 1), (3, 3)), (90.0, 0.0));
        assert_eq!(flat.mean((4, 4), (9, 9)), (0.0, 0.0));
    }
}
