//! Rows of a table, wherever they come from: a file, a database.

use super::line::{Name, Reject};

/// Rows, one after another.
pub(crate) trait RowSource {
    /// The names of the columns; of the row read last, where rows differ.
    fn columns(&self) -> &[String];

    /// Whether all rows have the same columns, known before the first one.
    fn fixed(&self) -> bool {
        true
    }

    /// All columns that there are, also where only some are read.
    fn known(&self) -> Vec<String> {
        self.columns().to_vec()
    }

    /// Begins numbers of its own (`session`, `place`, `order`) behind so many: of a table's files none begins anew.
    fn count_from(&mut self, _before: u64) {}

    /// How many it has numbered, those before it among them.
    fn counted(&self) -> u64 {
        0
    }

    /// Reads the next row in place of what `row` held; false at the end.
    ///
    /// # Errors
    /// A sentence, where nothing more can be read.
    fn next(&mut self, row: &mut Row) -> Result<bool, String>;
}

/// A row as it was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    /// Of its line in a text, otherwise its own, from 1.
    pub(crate) number: u64,
    /// What stands in the columns, in their order.
    pub(crate) cells: Vec<Entry>,
    /// Why it cannot be taken as it is.
    pub(crate) trouble: Option<Reject>,
    /// Its line, where it is one that cells do not give back.
    pub(crate) line: String,
}

/// What stands in a cell; nothing is an empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Text(String),
    List(Vec<Name>),
}

impl Default for Entry {
    fn default() -> Entry {
        Entry::Text(String::new())
    }
}

impl Entry {
    /// The text without blanks around it; of a list only where it holds at most one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Entry::Text(text) => Some(text.trim()),
            Entry::List(list) => match list.as_slice() {
                [] => Some(""),
                [single] => Some(single.trim()),
                _ => None,
            },
        }
    }

    /// As it stands in a message.
    pub(crate) fn shown(&self) -> String {
        match self {
            Entry::Text(text) => text.clone(),
            Entry::List(list) => format!("[{}]", list.join(", ")),
        }
    }
}

impl Row {
    /// The row as text, for who must find it again.
    pub(crate) fn shown(&self, separator: char) -> String {
        if !self.line.is_empty() {
            return self.line.clone();
        }
        let cells: Vec<String> = self.cells.iter().map(Entry::shown).collect();
        cells.join(&separator.to_string())
    }

    /// Makes room for the cells of the next row, keeping their memory.
    pub(crate) fn begin(&mut self, number: u64) {
        self.number = number;
        self.trouble = None;
        self.line.clear();
    }
}

/// The columns that stand there more than once: by name alone nobody knows which is meant.
pub(crate) fn repeated(columns: &[String]) -> Vec<&str> {
    let mut sorted: Vec<&str> = columns.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let mut twice: Vec<&str> =
        sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    twice.dedup();
    twice
}
