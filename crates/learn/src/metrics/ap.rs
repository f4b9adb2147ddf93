//! Average precision of boxes: how clean what is found stays while more is found.

use super::detected::hits;
use super::{Cut, Detected, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Area under the precision-recall curve of boxes over all scores.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "ap",
        what: "Area under the precision-recall curve of boxes, its precision made falling with recall. A box hits if it \
               overlaps a truth that no surer box took by at least half of their union, or by .75 for `ap@75`.",
        when: "Comparing detectors before a threshold is chosen.",
        avoid: "Where one threshold is set and misses have a price (misses, overblur).",
        cost: "Boxes x truths of each picture, and n log n in all boxes.",
        source: "Everingham et al. 2010, The PASCAL visual object classes challenge; all points, not eleven",
        parameters: &[],
    },
    shape: Shape::OverBoxes(ap),
    tasks: &[Task::Detect],
    k: Cut::Percent(50),
    higher_is_better: true,
    ideal: None,
};

fn ap(detected: &Detected<'_>, k: usize) -> f64 {
    let truths: usize = detected.pictures().map(|picture| picture.truth.len()).sum();
    if truths == 0 {
        return f64::NAN;
    }
    let mut found: Vec<(f32, bool)> = detected
        .pictures()
        .flat_map(|picture| hits(picture.found.iter().copied(), picture.truth, k))
        .collect();
    found.sort_by(|one, two| two.0.total_cmp(&one.0));
    // Hits and precision where the threshold passes each distinct score: ties are found together.
    let (mut hit, mut all) = (0usize, 0usize);
    let mut curve: Vec<(usize, f64)> = Vec::new();
    for tied in found.chunk_by(|one, two| one.0 == two.0) {
        hit += tied.iter().filter(|(_, hit)| *hit).count();
        all += tied.len();
        curve.push((hit, hit as f64 / all as f64));
    }
    let (mut area, mut best) = (0.0, 0.0f64);
    for at in (0..curve.len()).rev() {
        let before = if at > 0 { curve[at - 1].0 } else { 0 };
        best = best.max(curve[at].1);
        area += (curve[at].0 - before) as f64 * best;
    }
    area / truths as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Area;

    /// Boxes apart from each other, numbered; `found` as picture, number and score.
    fn value(truth: &[&[u8]], found: &[(usize, u8, f32)]) -> f64 {
        let area = |number: &u8| {
            let left = 10.0 * f32::from(*number);
            Area { left, top: 0.0, right: left + 8.0, bottom: 8.0 }
        };
        let there: Vec<Vec<Area>> = truth.iter().map(|own| own.iter().map(area).collect()).collect();
        let mut seen = vec![Vec::new(); truth.len()];
        for (picture, number, score) in found {
            seen[*picture].push((area(number), *score));
        }
        let sizes = vec![(100.0, 100.0); truth.len()];
        ap(&Detected { found: &seen, truth: &there, sizes: &sizes, threshold: 0.5 }, 0)
    }

    #[test]
    fn values_worked_by_hand() {
        // Two pictures; truths 1, 2 and 1.
        let truth: [&[u8]; 2] = [&[1, 2], &[1]];
        for (found, want) in [
            (vec![(0, 1, 0.9), (0, 2, 0.8), (1, 1, 0.7)], 1.0),
            (vec![(0, 1, 0.9), (1, 1, 0.7)], 2.0 / 3.0),
            (vec![], 0.0),
            (vec![(0, 5, 0.9)], 0.0),
            // Hit, miss, hit, hit: precisions 1, 1/2, 2/3, 3/4; made falling 1, 3/4, 3/4, 3/4.
            (vec![(0, 1, 0.9), (0, 7, 0.8), (0, 2, 0.7), (1, 1, 0.6)], (1.0 + 0.75 + 0.75) / 3.0),
            // A second box on the same truth is a mistake: 1, 1/2, 2/3.
            (vec![(0, 1, 0.9), (0, 1, 0.8), (0, 2, 0.7)], (1.0 + 2.0 / 3.0) / 3.0),
            // Tied: found together at 2 of 3, whatever their order.
            (vec![(0, 1, 0.9), (1, 8, 0.9), (1, 1, 0.9)], 2.0 / 3.0 * 2.0 / 3.0),
        ] {
            let have = value(&truth, &found);
            assert!((have - want).abs() < 1e-12, "{found:?}: {have} is not {want}");
        }
        assert!(value(&[&[], &[]], &[(0, 1, 0.9)]).is_nan());
    }
}
