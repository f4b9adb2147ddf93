//! The clarification sheet: what the design left open, what it asks for, and how large the thing is.

mod framing;
mod questions;
mod sizing;
mod text;

use rankine_design::Design;
use serde::{Deserialize, Serialize};

pub use text::text;

use crate::problem::Problem;

/// What is worth settling before anything is built. Plain data: for the terminal and for a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// What the design left open, with what is assumed; the most consequential first.
    pub questions: Vec<Question>,
    /// The problem as a task of machine learning.
    pub framing: Framing,
    /// The size of the real thing, with the sums.
    pub sizing: Vec<Size>,
}

/// Something that the design does not say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What to ask whoever wants the system.
    pub question: String,
    /// What is assumed until somebody answers.
    pub assumption: String,
    /// The line of the design that answers it, such as `[scale] latency_p99 = "50ms"`; empty where the format
    /// has none.
    pub line: String,
}

/// A business wish as a task of machine learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Framing {
    /// The kind of task, one sentence.
    pub task: String,
    /// What goes in.
    pub input: String,
    /// What comes out.
    pub output: String,
    /// What counts as good.
    pub label: String,
    /// What the business wants, and what stands for it.
    pub objective: String,
    /// How the label can go up without anybody being better off.
    pub gamed: Vec<String>,
    /// What is measured and why.
    pub metrics: Vec<MetricWhy>,
    /// Other ways to put the problem.
    pub alternatives: Vec<Alternative>,
}

/// A metric and the reason for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricWhy {
    /// As it is written in a design, such as `ndcg@10`.
    pub metric: String,
    /// Why it is looked at.
    pub why: String,
}

/// Another way to put the problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// What it is called.
    pub name: String,
    /// What speaks for it.
    pub pro: String,
    /// What speaks against it.
    pub con: String,
}

/// A quantity and the sum it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// What it is.
    pub quantity: String,
    /// How much, for people, such as `1.2k/s`.
    pub value: String,
    /// The sum, with the numbers put in.
    pub formula: String,
}

/// The sheet of a design that became a problem.
pub(super) fn sheet(design: &Design, problem: &Problem) -> Sheet {
    Sheet {
        questions: questions::questions(design, problem),
        framing: framing::framing(problem),
        sizing: sizing::sizing(design, problem),
    }
}
