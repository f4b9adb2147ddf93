//! Overblur: how much is covered that need not be.

use super::{Cut, Metric, Pictured, Shape};
use crate::card::Card;
use crate::task::Task;

/// Share of the picture that boxes at the threshold cover beyond the truths.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "overblur",
        what: "Share of the picture's area that boxes at or above the decision threshold cover and truths do not.",
        when: "Beside misses: what caution costs those who want to see the street.",
        avoid: "Alone: covering nothing is best.",
        cost: "Quadratic in the boxes of a picture.",
        source: "Frome et al. 2009, Large-scale privacy protection in Google Street View",
        parameters: &[],
    },
    shape: Shape::PerPicture(overblur),
    tasks: &[Task::Detect],
    k: Cut::None,
    higher_is_better: false,
    ideal: None,
};

fn overblur(picture: &Pictured<'_>, _k: usize) -> f64 {
    let size = f64::from(picture.size.0) * f64::from(picture.size.1);
    let found = || picture.acted().map(|(area, _)| area);
    let truth = || picture.truth.iter().copied();
    let beyond = picture.covered(found().chain(truth())) - picture.covered(truth());
    if beyond > 0.0 && size > 0.0 { (beyond / size).min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Area;

    #[test]
    fn values_worked_by_hand() {
        let area = |left: f32, right: f32| Area { left, top: 0.0, right, bottom: 10.0 };
        let truth = [area(0.0, 2.0)];
        for (found, want) in [
            (vec![], 0.0),
            (vec![(area(0.0, 2.0), 0.9)], 0.0),
            (vec![(area(1.0, 3.0), 0.9)], 0.1),
            (vec![(area(1.0, 3.0), 0.9), (area(2.0, 4.0), 0.9)], 0.2),
            (vec![(area(1.0, 3.0), 0.4)], 0.0),
            (vec![(area(-9.0, 99.0), 0.5)], 0.8),
        ] {
            let picture = Pictured { found: &found, truth: &truth, size: (10.0, 10.0), threshold: 0.5 };
            assert!((overblur(&picture, 0) - want).abs() < 1e-12, "{found:?}");
        }
        let nothing =
            Pictured { found: &[(area(0.0, 2.0), 0.9)], truth: &[], size: (0.0, 0.0), threshold: 0.5 };
        assert_eq!(overblur(&nothing, 0), 0.0);
    }
}
