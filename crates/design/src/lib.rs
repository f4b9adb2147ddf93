//! Rankine's design file: as written, with the place of every value, and all its mistakes collected.
//!
//! [`parse`] takes the text of a design and gives a [`Design`] and the [`Findings`] about it; [`render`]
//! shows these with carets. Algorithms, features and metrics are only names here: whether they exist is
//! for clarify to say. [`KEYS`] is the format: every table, every key, what it holds.
//!
//! ```
//! use rankine_design::{Source, parse, render};
//!
//! let design = Source::new("design.toml", "[problem]\ntask = \"rnak\"\n");
//! let (_, findings) = parse(std::slice::from_ref(&design));
//! let shown = render(&findings, &[design], false, 80);
//! assert!(shown.contains("did you mean `rank`?"));
//! ```
//!
//! Codes of findings: `syntax`, `bad-number`, `unknown-key`, `missing-key`, `misplaced-table`, `wrong-type`,
//! `unknown-value`, `bad-name`, `bad-quantity`, `bad-character`, `out-of-range`, `duplicate-name`,
//! `too-many`; in the mapping of a data set also `bad-file`, `bad-time`, `bad-field`, `unknown-column`.

mod design;
mod finding;
mod keys;
mod mapping;
mod parse;
mod quantity;
mod render;
mod source;
mod suggest;

pub use design::{
    Contender, Decide, Design, Entity, Evaluate, Event, Feature, Field, FieldType, Label, Periods,
    ProblemSection, Scale, Setting, Settings, Split, Step, Task,
};
pub use finding::{Finding, Findings, Severity};
pub use keys::{FIELD_TYPES, FORMATS, KEYS, Key, Kind, PERIODS, SPLITS, TASKS, Table, table};
pub use mapping::{
    Encoding, FieldMapping, FieldSource, FileFormat, Filter, PeriodOf, Rows, TableMapping, TimeSource,
    TimeUnit, bare,
};
pub use parse::parse;
pub use quantity::{Bytes, Count, Fraction, Milliseconds, Quantity, QuantityError, Rate, short};
pub use render::{render, wrapped};
pub use source::{Source, Span, Spanned};
pub use suggest::did_you_mean;
