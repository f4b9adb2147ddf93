//! What a report shows besides the selection: the clarification sheet and where a run came from.

/// What clarify asked and assumed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sheet {
    /// What a lead would ask, with what was assumed meanwhile.
    pub(crate) questions: Vec<Question>,
    /// The problem in the words of machine learning.
    pub(crate) framing: Framing,
    /// What the scale means for the system.
    pub(crate) sizing: Vec<Size>,
}

/// A question that the design leaves open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    /// What is asked.
    pub(crate) question: String,
    /// What holds until somebody answers.
    pub(crate) assumption: String,
    /// The line of the design that answers it.
    pub(crate) line: String,
}

/// The problem in the words of machine learning.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Framing {
    pub(crate) task: String,
    pub(crate) input: String,
    pub(crate) output: String,
    pub(crate) label: String,
    pub(crate) objective: String,
    pub(crate) gamed: Vec<String>,
    pub(crate) metrics: Vec<MetricWhy>,
    pub(crate) alternatives: Vec<Alternative>,
}

/// A metric and why it is reported.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricWhy {
    pub(crate) metric: String,
    pub(crate) why: String,
}

/// Another way to frame the problem.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alternative {
    pub(crate) name: String,
    pub(crate) pro: String,
    pub(crate) con: String,
}

/// A quantity with the formula that gives it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Size {
    pub(crate) quantity: String,
    pub(crate) value: String,
    pub(crate) formula: String,
}

/// Where a run came from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Provenance {
    pub(crate) version: String,
    pub(crate) seed: u64,
    pub(crate) log: String,
    pub(crate) log_hash: String,
    pub(crate) design_hash: String,
    pub(crate) previous: Option<String>,
}
