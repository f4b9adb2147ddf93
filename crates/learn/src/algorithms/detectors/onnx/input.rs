//! From a picture to the numbers that a network takes, and back from its pixels to the picture's.

use serde::{Deserialize, Serialize};

use crate::card::Settings;
use crate::picture::{Area, Picture};
use crate::vision::resize;

/// How a picture goes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    /// Pixels across.
    pub(super) width: usize,
    /// Pixels down.
    pub(super) height: usize,
    /// Whether a pixel's colours stand together.
    by_pixels: bool,
    /// Whether proportions are kept.
    pad: bool,
    /// Whether blue comes first.
    reversed: bool,
    /// Taken off each colour, then what it is divided by.
    mean: [f32; 3],
    scale: [f32; 3],
}

/// The brightness of what is added around a picture.
const AROUND: u8 = 114;

/// Where a picture lies in the input: a place in the input is the shift and a factor times one in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    shift: [f32; 2],
    factor: [f32; 2],
}

impl Placed {
    /// A box in the picture's own pixels, cut to it.
    pub(super) fn back(&self, area: &Area, picture: &Picture) -> Area {
        let across = |x: f32| ((x - self.shift[0]) / self.factor[0]).clamp(0.0, picture.width as f32);
        let down = |y: f32| ((y - self.shift[1]) / self.factor[1]).clamp(0.0, picture.height as f32);
        Area {
            left: across(area.left),
            top: down(area.top),
            right: across(area.right),
            bottom: down(area.bottom),
        }
    }
}

impl Input {
    /// As settings and the sizes of a network's input say.
    ///
    /// # Errors
    /// A sentence, where they contradict each other or leave something open.
    pub(super) fn of(settings: &Settings, sizes: &[Option<usize>]) -> Result<Input, String> {
        let by_pixels = matches!(sizes, [_, _, _, Some(3)]) && sizes[1] != Some(3);
        let (down, across) = match sizes {
            [_, height, width, _] if by_pixels => (*height, *width),
            [_, planes, height, width] if planes.is_none_or(|planes| planes == 3) => (*height, *width),
            [] => (None, None),
            _ => return Err(format!("it does not take one picture of three colours, but {}", shown(sizes))),
        };
        let side = |key: &str, own: Option<usize>| match (settings.count(key), own) {
            (0, Some(own)) if own > 0 && own <= 4096 => Ok(own),
            (0, _) => Err(format!("it takes pictures of any size: write `{key}`, in pixels")),
            (said, Some(own)) if said != own => {
                Err(format!("`{key} = {said}` is not what it takes, {own} pixels: leave it out"))
            }
            (said, _) => Ok(said),
        };
        let three = |key: &str| match settings.numbers(key) {
            [all] => Ok([*all as f32; 3]),
            [one, two, three] => Ok([*one as f32, *two as f32, *three as f32]),
            other => Err(format!("`{key}` has {} numbers: one for all colours or three", other.len())),
        };
        let scale = three("scale")?;
        if scale.contains(&0.0) {
            return Err("`scale` divides colours, and must not be 0".to_owned());
        }
        Ok(Input {
            width: side("width", across)?,
            height: side("height", down)?,
            by_pixels,
            pad: settings.word("fit") == "pad",
            reversed: settings.word("channels") == "bgr",
            mean: three("mean")?,
            scale,
        })
    }

    /// The sizes of the numbers that [`Input::read`] gives.
    pub(super) fn shape(&self) -> [usize; 4] {
        let Input { width, height, .. } = *self;
        if self.by_pixels { [1, height, width, 3] } else { [1, 3, height, width] }
    }

    /// The numbers of a picture, and where it lies in them.
    pub(super) fn read(&self, picture: &Picture) -> (Vec<f32>, Placed) {
        let [wide, tall] = [picture.width.max(1) as f32, picture.height.max(1) as f32];
        let mut size = [self.width, self.height];
        if self.pad {
            let factor = (self.width as f32 / wide).min(self.height as f32 / tall);
            let side = |own: f32, most: usize| ((own * factor).round() as usize).clamp(1, most);
            size = [side(wide, self.width), side(tall, self.height)];
        }
        let within = resize(picture, size[0], size[1]);
        let shift = [(self.width - size[0]) / 2, (self.height - size[1]) / 2];
        let framed = if size == [self.width, self.height] { within } else { self.framed(&within, shift) };
        let placed = Placed {
            shift: shift.map(|shift| shift as f32),
            factor: [size[0] as f32 / wide, size[1] as f32 / tall],
        };
        (self.numbers(&framed), placed)
    }

    fn framed(&self, within: &Picture, shift: [usize; 2]) -> Picture {
        let mut framed = Picture::of(self.width, self.height, [AROUND; 3]);
        for (y, row) in within.pixels.chunks_exact(within.width.max(1) * 3).enumerate() {
            let at = ((y + shift[1]) * self.width + shift[0]) * 3;
            framed.pixels[at..at + row.len()].copy_from_slice(row);
        }
        framed
    }

    fn numbers(&self, framed: &Picture) -> Vec<f32> {
        let colour = |pixel: &[u8], place: usize| {
            let value = pixel[if self.reversed { 2 - place } else { place }];
            (f32::from(value) - self.mean[place]) / self.scale[place]
        };
        let pixels = || framed.pixels.chunks_exact(3);
        if self.by_pixels {
            pixels().flat_map(|pixel| [0, 1, 2].map(|place| colour(pixel, place))).collect()
        } else {
            (0..3).flat_map(|place| pixels().map(move |pixel| colour(pixel, place))).collect()
        }
    }
}

fn shown(sizes: &[Option<usize>]) -> String {
    let sizes: Vec<String> =
        sizes.iter().map(|size| size.map_or("?".to_owned(), |size| size.to_string())).collect();
    sizes.join(" x ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(pad: bool, by_pixels: bool) -> Input {
        let (mean, scale) = ([1.0, 2.0, 3.0], [2.0; 3]);
        Input { width: 4, height: 4, by_pixels, pad, reversed: true, mean, scale }
    }

    #[test]
    fn colours_come_by_planes_or_by_pixels_in_their_order() {
        let picture = Picture::of(4, 4, [11, 22, 33]);
        let (planes, _) = input(false, false).read(&picture);
        assert_eq!((planes[0], planes[16], planes[32]), (16.0, 10.0, 4.0), "blue first");
        let (pixels, _) = input(false, true).read(&picture);
        assert_eq!((&pixels[..3], pixels.len()), (&[16.0, 10.0, 4.0][..], 48));
    }

    #[test]
    fn boxes_come_back_to_where_they_were_whatever_the_fit() {
        let picture = Picture::of(8, 4, [0; 3]);
        let area = |left: f32, top: f32, right: f32, bottom: f32| Area { left, top, right, bottom };
        let (values, padded) = input(true, false).read(&picture);
        // Two rows of the picture's between one above and one below.
        assert_eq!((values[0], values[4]), ((114.0 - 1.0) / 2.0, -0.5));
        assert_eq!(padded.back(&area(1.0, 1.0, 3.0, 2.0), &picture), area(2.0, 0.0, 6.0, 2.0));
        let (_, stretched) = input(false, false).read(&picture);
        assert_eq!(stretched.back(&area(1.0, 1.0, 9.0, 2.0), &picture), area(2.0, 1.0, 8.0, 2.0));
    }
}
