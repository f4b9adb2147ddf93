//! Of boxes on the same thing, the best alone.

use std::cmp::Ordering;

use crate::picture::Area;

/// Best first; ties by place, so that the order never depends on where boxes came from.
pub fn order(one: &(Area, f32), other: &(Area, f32)) -> Ordering {
    let place = |area: &Area| [area.top, area.left, area.bottom, area.right];
    let places = || {
        place(&one.0)
            .iter()
            .zip(place(&other.0))
            .map(|(one, other)| one.total_cmp(&other))
            .find(|it| it.is_ne())
    };
    other.1.total_cmp(&one.1).then_with(|| places().unwrap_or(Ordering::Equal))
}

/// Non-maximum suppression: the places in `boxes` of those that no better one overlaps by more than
/// `most`, best first.
pub fn suppress(boxes: &[(Area, f32)], most: f32) -> Vec<usize> {
    let mut queue: Vec<usize> = (0..boxes.len()).collect();
    queue.sort_by(|one, other| order(&boxes[*one], &boxes[*other]).then(one.cmp(other)));
    let mut kept: Vec<usize> = Vec::new();
    for at in queue {
        if kept.iter().all(|better| boxes[*better].0.overlap(&boxes[at].0) <= most) {
            kept.push(at);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_overlapping_boxes_stays() {
        let area = |left: f32| Area { left, top: 0.0, right: left + 10.0, bottom: 10.0 };
        let boxes = [(area(0.0), 0.5), (area(1.0), 0.9), (area(30.0), 0.1), (area(2.0), 0.9)];
        assert_eq!(suppress(&boxes, 0.3), [1, 2], "the tie goes to the box further left");
        assert_eq!(suppress(&boxes, 1.0), [1, 3, 0, 2]);
        assert!(suppress(&[], 0.5).is_empty());
    }
}
