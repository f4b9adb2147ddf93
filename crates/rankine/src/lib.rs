//! The road: a design is clarified, its data prepared, a pipeline selected and served.

mod aside;
pub mod batch;
mod bundle;
pub mod clarify;
pub mod diff;
mod error;
mod folder;
pub mod forget;
pub mod interview;
pub mod log;
pub mod measure;
pub mod months;
pub mod output;
pub mod pictures;
mod pipeline;
pub mod prepare;
mod problem;
mod progress;
pub mod propose;
mod pull;
pub mod run;
pub mod select;
pub mod serve;
pub mod tradeoffs;

pub use bundle::{Bundle, Rehearsal};
pub use error::Error;
pub use folder::Folder;
pub use pipeline::{Answer, Pipeline, Question, Scoring, Voice};
pub use problem::{
    Contender, Decide, Encode, Evaluate, Guard, Head, MetricAt, Owner, Prices, Problem, Query, Rows, Scale,
    Slice, Step, Table,
};
pub use progress::{Progress, Silent};
pub use rankine_design::Split;

/// Lines are made by several threads and let go by one, where the system's allocator has them wait for each other.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
