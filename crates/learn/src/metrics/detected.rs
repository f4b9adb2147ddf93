//! Boxes that were found beside boxes that are there.

use super::percent;
use crate::picture::Area;

/// Boxes in pictures: one place a picture in each list.
#[derive(Debug, Clone, Copy)]
pub struct Detected<'a> {
    /// What was found, each with its score, in any order; also below the threshold.
    pub found: &'a [Vec<(Area, f32)>],
    /// What is there.
    pub truth: &'a [Vec<Area>],
    /// Width and height of each picture.
    pub sizes: &'a [(f32, f32)],
    /// A box is acted on if its score is not below this.
    pub threshold: f32,
}

/// One picture of them.
#[derive(Debug, Clone, Copy)]
pub struct Pictured<'a> {
    /// What was found, each with its score.
    pub found: &'a [(Area, f32)],
    /// What is there.
    pub truth: &'a [Area],
    /// Width and height.
    pub size: (f32, f32),
    /// A box is acted on if its score is not below this.
    pub threshold: f32,
}

impl<'a> Detected<'a> {
    /// The pictures, as many as the shortest list has.
    pub fn pictures(&self) -> impl Iterator<Item = Pictured<'a>> {
        let threshold = self.threshold;
        let lists = self.found.iter().zip(self.truth).zip(self.sizes);
        lists.map(move |((found, truth), size)| Pictured { found, truth, size: *size, threshold })
    }
}

impl Pictured<'_> {
    /// The boxes that are acted on.
    pub(super) fn acted(&self) -> impl Iterator<Item = (Area, f32)> {
        self.found.iter().filter(|(_, score)| *score >= self.threshold).copied()
    }

    /// The part of a box that lies in the picture, possibly empty.
    fn within(&self, area: Area) -> Area {
        let (width, height) = self.size;
        Area {
            left: area.left.max(0.0),
            top: area.top.max(0.0),
            right: area.right.min(width),
            bottom: area.bottom.min(height),
        }
    }

    /// Square pixels of the picture that lie in at least one of the boxes.
    pub(super) fn covered(&self, boxes: impl Iterator<Item = Area>) -> f64 {
        let mut boxes: Vec<Area> =
            boxes.map(|area| self.within(area)).filter(|area| area.size() > 0.0).collect();
        boxes.sort_by(|one, two| one.top.total_cmp(&two.top));
        let mut edges: Vec<f32> = boxes.iter().flat_map(|area| [area.left, area.right]).collect();
        edges.sort_by(f32::total_cmp);
        edges.dedup();
        // Between two neighbouring edges every box is either there from left to right or not at all.
        let strip = |edges: &[f32]| {
            let (left, right) = (edges[0], edges[1]);
            let (mut height, mut end) = (0.0, f64::NEG_INFINITY);
            for area in boxes.iter().filter(|area| area.left <= left && area.right >= right) {
                let (top, bottom) = (f64::from(area.top).max(end), f64::from(area.bottom));
                height += (bottom - top).max(0.0);
                end = end.max(bottom);
            }
            height * (f64::from(right) - f64::from(left))
        };
        edges.windows(2).map(strip).sum()
    }
}

/// Which boxes hit, with their scores, best first: from the best score down each box takes the truth that it
/// overlaps most among those not yet taken, if by `k` hundredths or more of their union (50 where `k` is 0).
///
/// Equal scores and overlaps are settled by where the boxes lie, so that no order of the input matters. A
/// score that is not a number is none.
pub(super) fn hits(found: impl Iterator<Item = (Area, f32)>, truth: &[Area], k: usize) -> Vec<(f32, bool)> {
    let least = percent(k, 50) as f32;
    let mut truth = truth.to_vec();
    truth.sort_by(place);
    let mut taken = vec![false; truth.len()];
    let mut found: Vec<(Area, f32)> = found.filter(|(_, score)| !score.is_nan()).collect();
    found.sort_by(|one, two| two.1.total_cmp(&one.1).then(place(&one.0, &two.0)));
    let hit = |(area, score): (Area, f32)| {
        let mut best: Option<(f32, usize)> = None;
        for (at, there) in truth.iter().enumerate().filter(|(at, _)| !taken[*at]) {
            let overlap = area.overlap(there);
            if overlap >= least && best.is_none_or(|(most, _)| overlap > most) {
                best = Some((overlap, at));
            }
        }
        if let Some((_, at)) = best {
            taken[at] = true;
        }
        (score, best.is_some())
    };
    found.into_iter().map(hit).collect()
}

fn place(one: &Area, two: &Area) -> std::cmp::Ordering {
    let edges = |area: &Area| [area.left, area.top, area.right, area.bottom];
    let pairs = edges(one).into_iter().zip(edges(two));
    pairs
        .map(|(one, two)| one.total_cmp(&two))
        .find(|order| order.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: f32, top: f32, right: f32, bottom: f32) -> Area {
        Area { left, top, right, bottom }
    }

    #[test]
    fn what_is_covered_twice_counts_once() {
        let picture = Pictured { found: &[], truth: &[], size: (10.0, 10.0), threshold: 0.5 };
        let square = area(0.0, 0.0, 4.0, 4.0);
        for (boxes, want) in [
            (vec![], 0.0),
            (vec![square, square], 16.0),
            (vec![square, area(2.0, 2.0, 6.0, 6.0)], 28.0),
            (vec![square, area(4.0, 0.0, 8.0, 4.0)], 32.0),
            (vec![square, area(1.0, 1.0, 2.0, 2.0)], 16.0),
            (vec![area(-5.0, 8.0, 50.0, 99.0)], 20.0),
            (vec![area(4.0, 4.0, 0.0, 0.0), area(f32::NAN, 0.0, 4.0, 4.0)], 16.0),
            (vec![area(0.0, 0.0, 2.0, 9.0), area(0.0, 2.0, 9.0, 4.0), area(7.0, 0.0, 9.0, 9.0)], 46.0),
        ] {
            assert_eq!(picture.covered(boxes.iter().copied()), want, "{boxes:?}");
        }
    }

    #[test]
    fn a_truth_is_taken_once_and_by_the_best_score() {
        let (one, two) = (area(0.0, 0.0, 4.0, 4.0), area(10.0, 0.0, 14.0, 4.0));
        let near = area(0.0, 0.0, 4.0, 3.0);
        let all = |found: &[(Area, f32)], k| hits(found.iter().copied(), &[one, two], k);
        assert_eq!(all(&[(near, 0.3), (one, 0.9), (two, 0.5)], 0), [(0.9, true), (0.5, true), (0.3, false)]);
        // The overlap of `near` is three quarters.
        assert_eq!(
            (all(&[(near, 0.3)], 75), all(&[(near, 0.3)], 76)),
            (vec![(0.3, true)], vec![(0.3, false)])
        );
        assert!(all(&[(near, f32::NAN)], 0).is_empty());
    }

    #[test]
    fn a_box_between_two_truths_leaves_the_farther_to_the_next() {
        let truth = [area(0.0, 0.0, 10.0, 10.0), area(2.0, 0.0, 12.0, 10.0)];
        let found = [(area(1.5, 0.0, 11.5, 10.0), 0.9), (area(0.0, 0.0, 10.0, 10.0), 0.8)];
        assert_eq!(hits(found.into_iter(), &truth, 50), [(0.9, true), (0.8, true)]);
    }
}
