//! Misses: what should have been acted on and was not.

use super::detected::hits;
use super::{Cut, Metric, Pictured, Shape};
use crate::card::Card;
use crate::task::Task;

/// Truths that no box at the threshold hits, per thousand pictures.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "misses",
        what: "Truths that no box at or above the decision threshold hits, per thousand pictures; a box hits at half of \
               the union, or at .75 for `misses@75`.",
        when: "Where each one missed does harm: a face or a plate that stays readable.",
        avoid: "Alone: covering everything misses nothing (overblur).",
        cost: "Boxes x truths of each picture.",
        source: "Frome et al. 2009, Large-scale privacy protection in Google Street View",
        parameters: &[],
    },
    shape: Shape::PerPicture(misses),
    tasks: &[Task::Detect],
    k: Cut::Percent(50),
    higher_is_better: false,
    ideal: None,
};

fn misses(picture: &Pictured<'_>, k: usize) -> f64 {
    let hit = hits(picture.acted(), picture.truth, k).iter().filter(|(_, hit)| *hit).count();
    1000.0 * (picture.truth.len() - hit) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Detected;
    use crate::picture::Area;

    #[test]
    fn values_worked_by_hand() {
        let area = |left: f32| Area { left, top: 0.0, right: left + 4.0, bottom: 4.0 };
        let truth = [vec![area(0.0), area(10.0)], vec![area(0.0)], vec![], vec![]];
        let found = [
            vec![(area(0.0), 0.9), (area(10.0), 0.4)],
            vec![(area(1.0), 0.5)], // overlaps by 12 of 20
            vec![(area(5.0), 0.9)],
            vec![],
        ];
        for (threshold, k, want) in [(0.5, 0, 250.0), (0.4, 0, 0.0), (0.95, 0, 750.0), (0.5, 75, 500.0)] {
            let detected = Detected { found: &found, truth: &truth, sizes: &[(20.0, 20.0); 4], threshold };
            assert_eq!(METRIC.of_boxes(&detected, k), want, "at {threshold}, {k}");
        }
    }
}
