//! What a threshold finds, misses and costs, for every threshold.

use serde::{Deserialize, Serialize};

use super::Predicted;
use super::ordered::Ordered;

/// Prices, in any one unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Of acting on an example, such as a review, rightly or not.
    pub action: f64,
    /// Of acting on a negative example, beside the action.
    pub false_alarm: f64,
    /// Of not acting on a positive example.
    pub miss: f64,
}

/// What happens where every example predicted at or above a threshold is acted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The threshold; none where nothing is acted on.
    pub threshold: Option<f64>,
    /// How many examples are acted on.
    pub acted: u64,
    /// How many of them are positive.
    pub hits: u64,
    /// Hits among those acted on; none where there are none.
    pub precision: Option<f64>,
    /// Hits among positive examples; none where there are none.
    pub recall: Option<f64>,
    /// What it all costs.
    pub cost: f64,
}

/// One point for acting on nothing and one for each distinct prediction, from the largest down. Empty where
/// there is no example, a value is not a number or the lists differ in length.
pub fn curve(predictions: &[f64], labels: &[f64], costs: Costs) -> Vec<Point> {
    let users = vec![0; predictions.len()];
    let Some(ordered) = Ordered::of(&Predicted { predictions, labels, users: &users }) else {
        return Vec::new();
    };
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let point = |threshold, acted, hits| Point {
        threshold,
        acted,
        hits,
        precision: share(hits, acted),
        recall: share(hits, ordered.positives),
        cost: costs.action * acted as f64
            + costs.false_alarm * (acted - hits) as f64
            + costs.miss * (ordered.positives - hits) as f64,
    };
    let (mut acted, mut hits) = (ordered.count() as u64, ordered.positives);
    let mut points = Vec::new();
    for step in ordered.steps() {
        points.push(point(Some(step.prediction), acted, hits));
        acted -= step.positives + step.negatives;
        hits -= step.positives;
    }
    points.push(point(None, acted, hits));
    points.reverse();
    points
}

/// The point that costs least; among equals the one that acts least.
pub fn cheapest(points: &[Point]) -> Option<&Point> {
    points.iter().min_by(|one, two| one.cost.total_cmp(&two.cost).then(one.acted.cmp(&two.acted)))
}

/// The point that acts most often, but at most `budget` times.
pub fn within(points: &[Point], budget: u64) -> Option<&Point> {
    points.iter().filter(|point| point.acted <= budget).max_by_key(|point| point.acted)
}

/// At most `most` of the points (two at least), evenly along the curve, with both ends, for a chart.
pub fn thinned(points: &[Point], most: usize) -> Vec<Point> {
    let most = most.max(2);
    if points.len() <= most {
        return points.to_vec();
    }
    (0..most).map(|at| points[at * (points.len() - 1) / (most - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs { action: 1.0, false_alarm: 2.0, miss: 10.0 };

    fn points() -> Vec<Point> {
        curve(&[0.9, 0.2, 0.5, 0.5, 0.1], &[1.0, 0.0, 1.0, 0.0, 0.0], COSTS)
    }

    #[test]
    fn points_worked_by_hand() {
        let told: Vec<_> = points()
            .iter()
            .map(|point| {
                (point.threshold, point.acted, point.hits, point.precision, point.recall, point.cost)
            })
            .collect();
        let want = [
            (None, 0, 0, None, Some(0.0), 20.0),
            (Some(0.9), 1, 1, Some(1.0), Some(0.5), 11.0),
            (Some(0.5), 3, 2, Some(2.0 / 3.0), Some(1.0), 5.0),
            (Some(0.2), 4, 2, Some(0.5), Some(1.0), 8.0),
            (Some(0.1), 5, 2, Some(0.4), Some(1.0), 11.0),
        ];
        assert_eq!(told, want);
        assert!(curve(&[], &[], COSTS).is_empty() && curve(&[f64::NAN], &[1.0], COSTS).is_empty());
        assert_eq!(curve(&[0.5], &[0.0], COSTS)[1].recall, None);
    }

    #[test]
    fn the_cheapest_and_what_a_budget_allows() {
        let points = points();
        assert_eq!(cheapest(&points).and_then(|point| point.threshold), Some(0.5));
        for (budget, acted) in [(0, 0), (2, 1), (3, 3), (100, 5)] {
            assert_eq!(within(&points, budget).map(|point| point.acted), Some(acted), "{budget}");
        }
        assert!(cheapest(&[]).is_none() && within(&[], 5).is_none());
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let points = points();
        let acted = |most| thinned(&points, most).iter().map(|point| point.acted).collect::<Vec<_>>();
        assert_eq!((acted(0), acted(3), acted(9)), (vec![0, 5], vec![0, 3, 5], vec![0, 1, 3, 4, 5]));
    }
}
