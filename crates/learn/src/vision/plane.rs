//! One number a pixel.

use crate::picture::Picture;

/// A plane of numbers, row by row from the top left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plane {
    /// Numbers in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height x width` numbers.
    pub values: Vec<f32>,
}

impl Plane {
    /// A plane of one number.
    pub fn of(width: usize, height: usize, value: f32) -> Plane {
        Plane { width, height, values: vec![value; width * height] }
    }

    /// Brightness in [0, 1], weighted as television does (ITU-R BT.601).
    pub fn grey(picture: &Picture) -> Plane {
        let grey = |pixel: &[u8]| {
            (0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2])) / 255.0
        };
        let values = picture.pixels.chunks_exact(3).map(grey).collect();
        Plane { width: picture.width, height: picture.height, values }
    }

    /// The number at a place.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    /// One row.
    pub fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..(y + 1) * self.width]
    }
}
