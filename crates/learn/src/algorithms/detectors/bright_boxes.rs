//! A rule: spots brighter than what surrounds them, of about the right size and shape.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::{Detector, Found, Kind, Labelled, ascending, matched, quantile, usable};
use crate::card::{Card, Parameter, Settings};
use crate::picture::{Area, Picture};
use crate::vision::{Integral, order, suppress};

/// Bright spots of the right shape.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "bright-boxes",
        what: "Takes connected spots brighter than their surroundings whose size and proportions are like \
               those of the labelled boxes.",
        when: "As the rule to beat: it needs a handful of boxes, and looks at every pixel once.",
        avoid: "For anything that must be found surely: it takes lit windows for plates, and dark things for \
                nothing.",
        cost: "A few dozen operations a pixel; no memory beyond the picture.",
        source: "Bradley and Roth 2007, Adaptive thresholding using the integral image",
        parameters: PARAMETERS,
    },
    check: |_| Ok(()),
    fit: |settings, train, valid, _| Ok(Box::new(fit(settings, train, valid))),
    load: |bytes| Ok(Box::new(load(bytes)?)),
};

const PARAMETERS: &[Parameter] = &[
    Parameter::number(
        "contrast",
        "How much brighter than its surroundings a pixel must be, 0 to 255.",
        (0.0, 255.0),
        15.0,
        &[8.0, 30.0],
    ),
    Parameter::count(
        "reach",
        "How far the surroundings reach, in sides of the largest usual box; at least 8 pixels.",
        (1, 8),
        2,
        &[],
    ),
    Parameter::number("threshold", "Least chance of being right that is reported.", (0.0, 1.0), 0.02, &[]),
    Parameter::number(
        "overlap",
        "Of two boxes that overlap by more than this the better stays.",
        (0.0, 1.0),
        0.3,
        &[],
    ),
];

/// What the bytes of a saved one begin with.
const MARK: &[u8] = b"rankine bright-boxes 1\n";
/// Most spots of a picture that are compared with each other.
const MOST: usize = 1000;

/// The usual box of each class, and how spots are cut out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rule {
    contrast: f32,
    threshold: f32,
    overlap: f32,
    reach: usize,
    usual: Vec<Usual>,
}

/// What boxes of a class are like; each with middle and half-width, of logarithms where that is said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Usual {
    class: u32,
    /// Logarithm of the area's root.
    side: (f32, f32),
    /// Logarithm of width over height.
    aspect: (f32, f32),
    calibration: Calibration,
}

fn fit(settings: &Settings, train: &[Labelled<'_>], valid: Option<&[Labelled<'_>]>) -> Rule {
    let boxes = || train.iter().flat_map(|labelled| labelled.boxes).filter(|(area, _)| usable(area));
    let mut classes: Vec<u32> = boxes().map(|(_, class)| *class).collect();
    classes.sort_unstable();
    classes.dedup();
    let usual = |class: &u32| {
        let of = || boxes().filter(|(_, of)| of == class).map(|(area, _)| area);
        let spread = |values: Vec<f32>| {
            let (low, high) = (quantile(&values, 0.1), quantile(&values, 0.9));
            (quantile(&values, 0.5), (0.5 * (high - low)).max(0.1))
        };
        Usual {
            class: *class,
            side: spread(ascending(of().map(|area| 0.5 * area.size().ln()))),
            aspect: spread(ascending(
                of().map(|area| ((area.right - area.left) / (area.bottom - area.top)).ln()),
            )),
            calibration: Calibration::of(&[]),
        }
    };
    let usual: Vec<Usual> = classes.iter().map(usual).collect();
    let largest = usual.iter().map(|usual| (usual.side.0 + usual.side.1).exp()).fold(4.0, f32::max);
    let mut rule = Rule {
        contrast: settings.number("contrast") as f32,
        threshold: settings.number("threshold") as f32,
        overlap: settings.number("overlap") as f32,
        reach: (largest.min(1e4) as usize * settings.count("reach")).max(8),
        usual,
    };
    rule.calibrate(valid.filter(|valid| !valid.is_empty()).unwrap_or(train));
    rule
}

impl Rule {
    fn calibrate(&mut self, pictures: &[Labelled<'_>]) {
        let scores = |labelled: &Labelled<'_>| -> Vec<Vec<(f32, bool)>> {
            let judged = |(usual, boxes): (&Usual, Vec<(Area, f32)>)| {
                let areas: Vec<Area> = boxes.iter().map(|found| found.0).collect();
                let of = labelled.boxes.iter().filter(|(area, class)| *class == usual.class && usable(area));
                let right = matched(&areas, &of.map(|(area, _)| *area).collect::<Vec<_>>());
                boxes.iter().zip(right).map(|(found, right)| (found.1, right)).collect()
            };
            self.usual.iter().zip(self.boxes(labelled.picture)).map(judged).collect()
        };
        let per_picture: Vec<Vec<Vec<(f32, bool)>>> = pictures.par_iter().map(scores).collect();
        for (at, usual) in self.usual.iter_mut().enumerate() {
            let scores: Vec<(f32, bool)> =
                per_picture.iter().flat_map(|classes| classes[at].iter().copied()).collect();
            usual.calibration = Calibration::of(&scores);
        }
    }

    /// The spots of each class with how usual they are, best first.
    fn boxes(&self, picture: &Picture) -> Vec<Vec<(Area, f32)>> {
        if !picture.sound() || self.usual.is_empty() {
            return vec![Vec::new(); self.usual.len()];
        }
        let spots = spots(picture, self.reach, self.contrast);
        let of_class = |usual: &Usual| {
            let mut boxes: Vec<(Area, f32)> = spots
                .iter()
                .map(|spot| (spot.area, spot.like(usual)))
                .filter(|found| found.1 > -6.0)
                .collect();
            boxes.sort_by(order);
            boxes.truncate(MOST);
            suppress(&boxes, self.overlap).into_iter().map(|at| boxes[at]).collect()
        };
        self.usual.iter().map(of_class).collect()
    }
}

/// A connected spot.
struct Spot {
    area: Area,
    pixels: usize,
}

impl Spot {
    /// How much like the usual box it is: 0 at best, less the farther off.
    fn like(&self, usual: &Usual) -> f32 {
        let (width, height) = (self.area.right - self.area.left, self.area.bottom - self.area.top);
        let off = |value: f32, (middle, half): (f32, f32)| ((value - middle) / half).powi(2);
        let fill = self.pixels as f32 / (width * height);
        let odds = -off(0.5 * (width * height).ln(), usual.side) - off((width / height).ln(), usual.aspect);
        // A spot with letters or eyes in it fills most of its box.
        odds - 4.0 * (0.7 - fill).max(0.0)
    }
}

/// Connected pixels (eight neighbours) that are brighter than the mean around them.
fn spots(picture: &Picture, reach: usize, contrast: f32) -> Vec<Spot> {
    let (width, height) = (picture.width, picture.height);
    let integral = Integral::of(picture);
    let mut spots: Vec<Spot> = Vec::new();
    // Labels of the row above and of this one; 0 for none. `parents` joins labels that meet.
    let mut parents: Vec<u32> = vec![0];
    let mut above = vec![0u32; width + 2];
    let mut here = vec![0u32; width + 2];
    let mut boxes: Vec<[u32; 5]> = vec![[0; 5]];
    for y in 0..height {
        for x in 0..width {
            let around = integral
                .mean((x.saturating_sub(reach), y.saturating_sub(reach)), (x + reach + 1, y + reach + 1))
                .0;
            let own = integral.sum((x, y), (x + 1, y + 1))[0] as f32;
            here[x + 1] = 0;
            if own <= around + contrast {
                continue;
            }
            let mut label = 0;
            for neighbour in [here[x], above[x], above[x + 1], above[x + 2]] {
                if neighbour > 0 {
                    let root = root(&mut parents, neighbour);
                    if label > 0 && root != label {
                        let (low, high) = (root.min(label), root.max(label));
                        parents[high as usize] = low;
                        label = low;
                    } else {
                        label = root;
                    }
                }
            }
            if label == 0 {
                label = parents.len() as u32;
                parents.push(label);
                boxes.push([x as u32, y as u32, x as u32, y as u32, 0]);
            }
            here[x + 1] = label;
            grow(&mut boxes[label as usize], [x as u32, y as u32, x as u32, y as u32, 1]);
        }
        std::mem::swap(&mut above, &mut here);
    }
    // Parents come before their children, so joining from the last gathers everything at the roots.
    for label in (1..parents.len()).rev() {
        let parent = parents[label] as usize;
        if parent != label {
            let part = boxes[label];
            grow(&mut boxes[parent], part);
        }
    }
    for (label, [left, top, right, bottom, pixels]) in boxes.iter().enumerate().skip(1) {
        if parents[label] as usize == label && *pixels >= 4 {
            let area = Area {
                left: *left as f32,
                top: *top as f32,
                right: (right + 1) as f32,
                bottom: (bottom + 1) as f32,
            };
            spots.push(Spot { area, pixels: *pixels as usize });
        }
    }
    spots
}

fn root(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        let above = parents[parents[label as usize] as usize];
        parents[label as usize] = above;
        label = above;
    }
    label
}

fn grow(all: &mut [u32; 5], part: [u32; 5]) {
    *all = [
        all[0].min(part[0]),
        all[1].min(part[1]),
        all[2].max(part[2]),
        all[3].max(part[3]),
        all[4] + part[4],
    ];
}

impl Detector for Rule {
    fn detect(&self, picture: &Picture) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        for (usual, boxes) in self.usual.iter().zip(self.boxes(picture)) {
            let found = boxes.into_iter().map(|(area, score)| Found {
                area,
                class: usual.class,
                score: usual.calibration.chance(score),
            });
            all.extend(found.filter(|found| found.score >= self.threshold));
        }
        all.sort_by(|one, other| {
            order(&(one.area, one.score), &(other.area, other.score)).then(one.class.cmp(&other.class))
        });
        all
    }

    fn save(&self) -> Vec<u8> {
        postcard::to_extend(self, MARK.to_vec()).expect("numbers and lists can be written")
    }
}

fn load(bytes: &[u8]) -> Result<Rule, String> {
    let body =
        bytes.strip_prefix(MARK).ok_or("these bytes do not begin as a saved rule of bright boxes does")?;
    let (rule, rest): (Rule, &[u8]) = postcard::take_from_bytes(body)
        .map_err(|error| format!("a saved rule of bright boxes cannot be read: {error}"))?;
    if !rest.is_empty() {
        return Err(format!("{} bytes follow the saved rule of bright boxes", rest.len()));
    }
    let numbers = |usual: &Usual| [usual.side.0, usual.side.1, usual.aspect.0, usual.aspect.1];
    let sound = |usual: &Usual| usual.calibration.sound() && numbers(usual).iter().all(|it| it.is_finite());
    if !rule.usual.iter().all(sound) || rule.reach > 1 << 20 {
        return Err("a saved rule of bright boxes has numbers that mean nothing".to_owned());
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_are_connected_bright_pixels() {
        let mut picture = Picture::of(60, 40, [20, 20, 20]);
        for y in 0..40 {
            for x in 0..60 {
                // A U: two columns that meet only below, so that two labels must be joined.
                let columns = (5..8).contains(&x) || (15..18).contains(&x);
                let u = (4..20).contains(&y) && (columns || ((5..18).contains(&x) && y >= 17));
                if u || ((30..50).contains(&x) && (25..32).contains(&y)) {
                    picture.set(x, y, [240, 240, 240]);
                }
            }
        }
        let spots = spots(&picture, 40, 15.0);
        let found: Vec<(f32, f32, f32, f32, usize)> = spots
            .iter()
            .map(|spot| (spot.area.left, spot.area.top, spot.area.right, spot.area.bottom, spot.pixels))
            .collect();
        assert_eq!(found, [(5.0, 4.0, 18.0, 20.0, 13 * 6 + 13 * 3), (30.0, 25.0, 50.0, 32.0, 140)]);
    }
}
