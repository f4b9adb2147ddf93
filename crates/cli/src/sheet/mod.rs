//! Cheat sheets: one page about the framework, a case or a run, as plain data, on paper and for a browser.
//!
//! A [`Page`] says what stands there; [`fit`] finds the largest type with which it fits on one sheet of paper;
//! [`pdf`] and [`html`] print it.

pub(crate) mod drawing;
pub(crate) mod extras;
mod faces;
mod framework;
mod html;
mod layout;
mod measured;
mod of_run;
mod page;
mod pdf;
mod pieces;
mod turns;
mod written;

pub use drawing::{Anchor, Drawing, Stroke};
pub use extras::{Extras, read as read_extras};
pub use framework::page as framework;
pub use html::html;
pub use layout::{Layout, Paper, SMALLEST, fit};
pub use of_run::{Subject, page as of_run};
pub use page::{Band, Block, COLUMNS, Head, Lane, Page, Row, Section, Sum, Table, plain};
pub use pdf::pdf;

/// The letters of a page that the typeface does not have: on paper they are empty boxes.
pub fn unknown_letters(page: &Page) -> Vec<char> {
    let faces = faces::Faces::new();
    let mut letters: Vec<char> = page.texts().iter().flat_map(|text| faces.unknown(text)).collect();
    letters.retain(|letter| !letter.is_whitespace());
    letters.sort_unstable();
    letters.dedup();
    letters
}
