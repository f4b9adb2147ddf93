//! The road: a design is clarified, its data prepared, a pipeline selected and served.

pub mod clarify;
mod error;
pub mod log;
pub mod prepare;
mod problem;
mod progress;

pub use error::Error;
pub use problem::{Contender, Evaluate, Guard, MetricAt, Problem, Rows, Scale, Slice, Step, Table};
pub use progress::{Progress, Silent};
