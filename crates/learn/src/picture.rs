//! A picture as numbers, whatever file it came from.

/// Pixels in three bytes, red, green, blue; row by row from the top left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height x width x 3` bytes.
    pub pixels: Vec<u8>,
}

impl Picture {
    /// A picture of one colour.
    pub fn of(width: usize, height: usize, colour: [u8; 3]) -> Picture {
        Picture { width, height, pixels: colour.repeat(width * height) }
    }

    /// Whether there are as many bytes as its size says. What reads pictures gives nothing for others.
    pub fn sound(&self) -> bool {
        let pixels = self.width.checked_mul(self.height).and_then(|pixels| pixels.checked_mul(3));
        pixels == Some(self.pixels.len())
    }

    /// The colour at a place.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// Sets the colour at a place.
    pub fn set(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        let at = (y * self.width + x) * 3;
        self.pixels[at..at + 3].copy_from_slice(&colour);
    }
}

/// An upright box in a picture, in pixels; right and bottom lie outside.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Area {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
}

/// A box that somebody marked in a picture.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Marked {
    /// Where.
    pub area: Area,
    /// Of which class: a word's number.
    pub class: u32,
    /// What else was said of it, such as that it is partly hidden: a word's number.
    pub note: Option<u32>,
}

impl Area {
    /// Square pixels; 0 for a box turned inside out.
    pub fn size(&self) -> f32 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }

    /// Intersection over union with another box, in [0, 1]; 0 where both are empty.
    pub fn overlap(&self, other: &Area) -> f32 {
        let both = Area {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        let both = both.size();
        let either = self.size() + other.size() - both;
        if either > 0.0 { both / either } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_the_shared_part_of_both() {
        let area = |left: f32, right: f32| Area { left, top: 0.0, right, bottom: 2.0 };
        for (one, other, want) in [
            (area(0.0, 2.0), area(0.0, 2.0), 1.0),
            (area(0.0, 2.0), area(1.0, 3.0), 1.0 / 3.0),
            (area(0.0, 1.0), area(1.0, 2.0), 0.0),
            (area(2.0, 1.0), area(2.0, 1.0), 0.0),
        ] {
            assert_eq!(one.overlap(&other), want, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_pixel_that_was_set_is_there() {
        let mut picture = Picture::of(3, 2, [1, 2, 3]);
        picture.set(2, 1, [9, 8, 7]);
        assert_eq!((picture.at(2, 1), picture.at(0, 1), picture.pixels.len()), ([9, 8, 7], [1, 2, 3], 18));
    }
}
