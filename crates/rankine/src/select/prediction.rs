//! What there is to say of predictions besides their metrics. Plain data: part of `3-selection/`.

use serde::{Deserialize, Serialize};

use super::decisions::Decided;
use super::off_policy::OffPolicy;
use super::selection::Figure;

/// Calibration and freshness of the contenders.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Labels, in the order of the design.
    pub labels: Vec<String>,
    /// For each label the share of test examples that have it, or their mean amount.
    pub base: Vec<f64>,
    /// Test examples judged, for each label.
    pub examples: Vec<usize>,
    /// For each contender, of the first label.
    pub calibration: Vec<Calibration>,
    /// For each contender what its decisions did, where the design decides.
    pub decided: Vec<Decided>,
    /// How the leader's metric falls as its model ages, where the design asks for it.
    pub freshness: Option<Freshness>,
    /// What the log says of the contenders' policies, where it tells the odds of its own.
    pub off_policy: Option<OffPolicy>,
}

/// What was predicted against what came, in bins of as many examples each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The contender.
    pub name: String,
    /// (mean prediction, mean label, examples) of each bin, ascending by prediction.
    pub bins: Vec<(f64, f64, usize)>,
}

/// The same settings trained up to earlier and earlier moments, judged at the same requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Freshness {
    /// The contender.
    pub name: String,
    /// The metric.
    pub metric: String,
    /// (mean hours between the last example learned from and the requests judged, the metric).
    pub points: Vec<(f64, Figure)>,
    /// Hours between two trainings of the freshest.
    pub every: f64,
    /// By how much the metric of the oldest is higher than that of the freshest, paired.
    pub lost: Option<Figure>,
}
