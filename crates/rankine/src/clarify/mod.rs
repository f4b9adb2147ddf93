//! Clarify: from a design's text to a [`Problem`], its findings and the clarification sheet.

use rankine_design::{Findings, Source};

use crate::problem::Problem;

/// What came of reading a design.
pub struct Clarified {
    /// The problem; `None` where a finding is an error.
    pub problem: Option<Problem>,
    /// Everything wrong or open.
    pub findings: Findings,
}

/// Reads a design and, where given, the mapping of a data set.
pub fn clarify(sources: &[Source]) -> Clarified {
    let (_design, findings) = rankine_design::parse(sources);
    Clarified { problem: None, findings }
}
