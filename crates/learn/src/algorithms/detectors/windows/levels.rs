//! A picture in many sizes, each in cells.

use std::borrow::Cow;

use rayon::prelude::*;

use super::Plan;
use crate::picture::Picture;
use crate::vision::{Grid, halve, resize};

/// A picture at one size, in cells, with the context's cells around it.
pub(super) struct Level {
    pub(super) grid: Grid,
    /// About how much larger than the picture.
    pub(super) scale: f32,
    /// Cells to a pixel of the picture, across and down.
    pub(super) across: f32,
    pub(super) down: f32,
}

/// Most pixels of a level.
const MOST: f32 = 1e8;
/// Most levels.
const DEEPEST: usize = 256;

/// What `each` makes of every level, largest first.
pub(super) fn each<T: Send>(plan: &Plan, picture: &Picture, each: impl Fn(Level) -> T + Sync) -> Vec<T> {
    if !picture.sound() {
        return Vec::new();
    }
    let mut halves: Vec<Cow<'_, Picture>> = vec![Cow::Borrowed(picture)];
    let mut sizes: Vec<(f32, usize)> = Vec::new();
    for at in 0..DEEPEST {
        let scale = plan.first * (-(at as f32) / plan.levels as f32).exp2();
        let (width, height) = (picture.width as f32 * scale, picture.height as f32 * scale);
        if width.min(height) < plan.cell as f32 {
            break;
        }
        if width * height > MOST {
            continue;
        }
        while scale * (1 << halves.len()) as f32 <= 1.0 {
            let half = halve(&halves[halves.len() - 1]);
            halves.push(Cow::Owned(half));
        }
        sizes.push((scale, halves.len() - 1));
    }
    let made = |(scale, halved): &(f32, usize)| {
        let source = &halves[*halved];
        let over = scale * (1 << *halved) as f32;
        let size = |pixels: usize| (pixels as f32 * over).round() as usize;
        let (width, height) = (size(source.width), size(source.height));
        let scaled = resize(source, width, height);
        let grid = plan.cells.of(&scaled, plan.cell).padded(plan.context);
        let per = |to: usize, from: usize| {
            to as f32 / from.max(1) as f32 / (1 << *halved) as f32 / plan.cell as f32
        };
        let (across, down) = (per(width, source.width), per(height, source.height));
        each(Level { grid, scale: *scale, across, down })
    };
    sizes.par_iter().map(made).collect()
}
