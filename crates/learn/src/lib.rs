//! Rankine's mathematics: the log's words, features, ranking algorithms, metrics and the verdict.
//!
//! Everything here is pure and seeded: no file, no TOML, no network, no clock but to share work. Same input and
//! seed, same bits, on any number of threads.

pub mod algorithms;
mod card;
mod examples;
pub mod features;
mod fetch;
mod fold;
mod folds;
mod label;
mod linear;
mod log;
mod memory;
pub mod metrics;
mod moment;
pub mod off_policy;
mod picture;
mod random;
pub mod similar;
mod task;
mod top;
pub mod verdict;
pub mod vision;
mod watch;
mod words;

pub use card::{Card, Content, Kind, Parameter, Preset, Setting, Settings};
pub use examples::{Bag, BagColumn, Column, Examples, Interactions, Rows};
pub use fold::Fold;
pub use folds::{Ask, Asks, EachRows, Folds};
pub use label::{Expression, Label, LabelError, Labels, Operator};
pub use log::{Event, EventKind, Field, FieldKind, Id, Millis, Schema, SchemaEntity, Value, What};
pub use memory::{Memory, Positive};
pub use moment::{Candidates, Moment};
pub use picture::{Area, Marked, Picture};
pub use random::{hash, hash_text, rng};
pub use task::Task;
pub use top::{Scored, top};
