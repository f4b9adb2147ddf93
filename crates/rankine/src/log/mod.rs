//! The log on its way in: from text to lines, from lines to interned events.

mod bounded;
mod dictionary;
mod intake;
mod line;
mod native;
mod table;

pub(crate) use bounded::{next_line, too_long};
pub use dictionary::{Dictionary, Names};
pub use intake::Intake;
pub use line::{Body, Cell, Line, Reject, parse_time};
pub use native::parse as parse_line;
pub(crate) use table::TableReader;
