//! Clarify: from a design's text to a [`Problem`], its findings and the clarification sheet.

mod json_schema;
mod new_design;
mod resolve;
mod rules;
mod sheet;
mod sizes;
mod words;

use rankine_design::{Findings, Source};

pub use json_schema::schema;
pub use new_design::new_design;
pub use sheet::{Alternative, Framing, MetricWhy, Question, Sheet, Size, text};

use crate::problem::Problem;

/// What came of reading a design.
#[derive(Debug, Clone)]
pub struct Clarified {
    /// The problem; `None` where a finding is an error.
    pub problem: Option<Problem>,
    /// Everything wrong or open, sorted by place.
    pub findings: Findings,
    /// What is open, asked and how large; `None` where a finding is an error.
    pub sheet: Option<Sheet>,
}

/// Reads a design and, where given, the mapping of a data set laid over it.
///
/// Where the text itself cannot be read, what it says is not judged: a line that is missing would make
/// mistakes of everything that relies on it.
pub fn clarify(sources: &[Source]) -> Clarified {
    let (design, mut findings) = rankine_design::parse(sources);
    if findings.iter().any(|finding| finding.code == "syntax") {
        return Clarified { problem: None, findings, sheet: None };
    }
    let draft = resolve::resolve(&design, sources, &mut findings);
    if let Some(resolve::Draft { problem, incomplete }) = &draft {
        findings.extend(rules::check(&rules::Facts { design: &design, problem, incomplete }));
    }
    findings.sort();
    let problem = draft.map(|draft| draft.problem).filter(|_| findings.errors() == 0);
    let sheet = problem.as_ref().map(|problem| sheet::sheet(&design, problem));
    Clarified { problem, findings, sheet }
}

/// The contradictions that [`clarify`] looks for: the code of the findings and what a design must hold to, one
/// sentence, in the order in which they are looked for.
pub fn contradictions() -> impl Iterator<Item = (&'static str, &'static str)> {
    rules::ALL.iter().map(|rule| (rule.name, rule.what))
}
