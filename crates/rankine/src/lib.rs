//! The road: a design is clarified, its data prepared, a pipeline selected and served.

pub mod clarify;
mod problem;

pub use problem::{Contender, Evaluate, Guard, MetricAt, Problem, Rows, Scale, Slice, Step, Table};
