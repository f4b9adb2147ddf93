//! Makes what is inside a box unreadable.

use crate::picture::{Area, Picture};

/// Replaces each area by a few flat tiles: at most `tiles` along its longer side, each the mean of its
/// pixels. Unlike a light Gaussian blur, the mean of a tile keeps no detail that could be restored.
pub fn blur(picture: &mut Picture, areas: &[Area], tiles: usize) {
    if !picture.sound() {
        return;
    }
    for area in areas {
        let cut = |value: f32, most: usize| (value.max(0.0) as usize).min(most);
        let (left, top) = (cut(area.left.floor(), picture.width), cut(area.top.floor(), picture.height));
        let (right, bottom) =
            (cut(area.right.ceil(), picture.width), cut(area.bottom.ceil(), picture.height));
        let longer = right.saturating_sub(left).max(bottom.saturating_sub(top));
        let step = longer.div_ceil(tiles.max(1)).max(1);
        for y in (top..bottom).step_by(step) {
            for x in (left..right).step_by(step) {
                flatten(picture, (x, y), ((x + step).min(right), (y + step).min(bottom)));
            }
        }
    }
}

fn flatten(picture: &mut Picture, from: (usize, usize), to: (usize, usize)) {
    let count = ((to.0 - from.0) * (to.1 - from.1)) as u64;
    let mut sum = [count / 2; 3];
    for y in from.1..to.1 {
        for x in from.0..to.0 {
            let colour = picture.at(x, y);
            (0..3).for_each(|channel| sum[channel] += u64::from(colour[channel]));
        }
    }
    let mean = sum.map(|sum| (sum / count.max(1)) as u8);
    for y in from.1..to.1 {
        (from.0..to.0).for_each(|x| picture.set(x, y, mean));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blurred_area_holds_few_colours_and_the_rest_is_untouched() {
        let mut picture = Picture::of(20, 10, [0, 0, 0]);
        for x in 0..20 {
            (0..10).for_each(|y| picture.set(x, y, [(x * 12) as u8, (y * 20) as u8, ((x * y) % 7) as u8]));
        }
        let before = picture.clone();
        let area = Area { left: 3.2, top: 2.0, right: 14.0, bottom: 7.5 };
        blur(&mut picture, &[area, Area { left: -9.0, top: 50.0, right: f32::NAN, bottom: 60.0 }], 3);
        let mut colours = std::collections::BTreeSet::new();
        for y in 0..10 {
            for x in 0..20 {
                if (3..14).contains(&x) && (2..8).contains(&y) {
                    colours.insert(picture.at(x, y));
                } else {
                    assert_eq!(picture.at(x, y), before.at(x, y), "{x} {y}");
                }
            }
        }
        assert!(colours.len() <= 6, "{colours:?}");
    }
}
