//! The score: points by part, each with the evidence for it.

use serde::{Deserialize, Serialize};

use super::session::Phase;

/// How parts are weighed, and what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Without a curveball.
    Junior,
    /// All parts by their points.
    Senior,
    /// Predictions and the curveball count double.
    Staff,
}

impl Level {
    /// The level called `name`.
    pub fn find(name: &str) -> Option<Level> {
        [("junior", Level::Junior), ("senior", Level::Senior), ("staff", Level::Staff)]
            .into_iter()
            .find_map(|(known, level)| (known == name).then_some(level))
    }

    /// Whether this part is asked.
    pub(super) fn asks(self, phase: Phase) -> bool {
        self != Level::Junior || phase != Phase::Curveball
    }

    fn weight(self, part: &str) -> f64 {
        match (self, part) {
            (Level::Junior, "curveball") => 0.0,
            (Level::Staff, "predict" | "curveball") => 2.0,
            _ => 1.0,
        }
    }
}

/// Points of one part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Points reached.
    pub points: f64,
    /// Points that there were.
    pub of: f64,
    /// What they rest on.
    pub evidence: Vec<String>,
}

/// The whole score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Out of 100.
    pub total: f64,
    /// The parts.
    pub parts: Vec<Part>,
    /// What each decision cost, in the unit of the goal or the metric.
    pub regrets: Vec<String>,
    /// The answers that would have been best.
    pub best: Vec<String>,
}

/// The parts with their points; together 100.
pub(super) const POINTS: [(&str, f64); 9] = [
    ("clarify", 12.0),
    ("size", 10.0),
    ("frame", 12.0),
    ("features", 14.0),
    ("predict", 14.0),
    ("select", 14.0),
    ("serve", 12.0),
    ("curveball", 8.0),
    ("clock", 4.0),
];

impl Score {
    /// Of shares from 0 to 1, in the order of [`POINTS`], weighed by level; parts that were `absent` do not count.
    pub(super) fn of(level: Level, absent: &[&str], shares: [(f64, Vec<String>); 9]) -> Score {
        let weight = |name: &str| if absent.contains(&name) { 0.0 } else { level.weight(name) };
        let whole: f64 = POINTS.iter().map(|(name, points)| points * weight(name)).sum();
        let parts: Vec<Part> = POINTS
            .iter()
            .zip(shares)
            .map(|((name, points), (share, evidence))| {
                let of = points * weight(name) * 100.0 / whole;
                let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
                Part { name: (*name).to_owned(), points: share * of, of, evidence }
            })
            .filter(|part| part.of > 0.0)
            .collect();
        Score {
            total: parts.iter().map(|part| part.points).sum(),
            parts,
            regrets: Vec::new(),
            best: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_sum_to_a_hundred_at_every_level() {
        for level in [Level::Junior, Level::Senior, Level::Staff] {
            let all = Score::of(level, &["features"], std::array::from_fn(|_| (1.0, Vec::new())));
            let none = Score::of(level, &["features"], std::array::from_fn(|_| (f64::NAN, Vec::new())));
            assert!((all.total - 100.0).abs() < 1e-9 && none.total == 0.0, "{level:?}: {all:?}");
        }
    }
}
