//! The log on its way in: from text to lines, from lines to interned events.

mod bounded;
mod boxes;
mod dictionary;
mod intake;
mod line;
mod native;
mod open;
mod sorter;
mod table;
mod table_documents;
mod table_json;
mod table_parquet;
mod table_postgres;
mod table_rows;
mod table_text;
mod table_voc;
mod table_words;
mod table_yolo;
mod text_lines;
mod write;

pub(crate) use bounded::{next_line, too_long};
pub use boxes::Drawn;
pub use dictionary::{Dictionary, Names};
pub use intake::Intake;
pub use line::{Body, Cell, Line, Reject, parse_time};
pub use native::parse as parse_line;
pub use open::files_of;
pub(crate) use open::{Form, csv, open_table, open_text, said};
pub(crate) use sorter::{Sorted, Sorter};
pub(crate) use table::{TableReader, moment, written_as};
pub(crate) use table_parquet::Parquet;
pub(crate) use table_postgres::Postgres;
pub use table_postgres::{has_password, is_database, whole_table, without_password};
pub(crate) use table_rows::{Entry, Row, RowSource, repeated};
pub(crate) use write::{written, written_boxes};
