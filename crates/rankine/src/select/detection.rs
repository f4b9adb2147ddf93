//! What there is to say of boxes besides their metrics. Plain data: part of `3-selection/`.

use rankine_learn::Area;
use serde::{Deserialize, Serialize};

/// What was found and missed in the test pictures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Labels, in the order of the design.
    pub labels: Vec<String>,
    /// Pictures learned from, thresholds chosen by, judged.
    pub pictures: [usize; 3],
    /// Boxes in the test pictures, for each label.
    pub boxes: Vec<usize>,
    /// For each contender and label how precision falls as more is found.
    pub curves: Vec<Curve>,
    /// For each contender what its thresholds did.
    pub acted: Vec<Acted>,
    /// A few test pictures with what is in them and what each contender acts on.
    pub samples: Vec<Sample>,
}

/// A precision-recall curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The contender.
    pub name: String,
    /// The label.
    pub label: String,
    /// (recall, precision), recall rising.
    pub points: Vec<(f64, f64)>,
}

/// What a contender's thresholds did in the test pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acted {
    /// The contender.
    pub name: String,
    /// For each label the score from which on a box is acted on, chosen on validation; above 1 where none is
    /// worth it.
    pub thresholds: Vec<f64>,
    /// Boxes that are there and were hit, whatever the class they were taken for.
    pub hit: usize,
    /// Boxes that are there and were not.
    pub missed: usize,
    /// Boxes acted on that hit nothing.
    pub wrong: usize,
    /// What a thousand pictures cost: missed and wrong boxes, in the design's unit.
    pub cost_per_thousand: f64,
}

/// A test picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its path in the log.
    pub name: String,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// A JPEG of it, in base64.
    pub jpeg: String,
    /// What is in it, with the label's place.
    pub truth: Vec<(Area, u32)>,
    /// For each contender what it acts on, with the label's place and the score.
    pub found: Vec<Vec<(Area, u32, f32)>>,
}
