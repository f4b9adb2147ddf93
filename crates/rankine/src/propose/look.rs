//! Looking at a table: its form, and the first of its rows.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use rankine_design::{Encoding, FileFormat};

use crate::error::Error;
use crate::log::{
    Entry, Form, Parquet, Postgres, Row, RowSource, open_table, open_text, repeated, whole_table,
    without_password,
};
use crate::progress::Progress;

/// So many rows are looked at, and so many bytes of them.
const MOST_ROWS: usize = 200_000;
const MOST_BYTES: usize = 256 << 20;

/// So many bytes tell how a text is written.
const SNIFFED: usize = 1 << 20;

/// Where a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A table, a view or a query of a database.
    Database {
        /// The address of the database.
        url: String,
        /// The table or view.
        table: Option<String>,
        /// The query, where it is no whole table.
        query: Option<String>,
    },
}

impl Place {
    /// As it stands in messages: without a password.
    pub fn shown(&self) -> String {
        match self {
            Place::File(path) => path.display().to_string(),
            Place::Database { url, table, .. } => {
                let of = table.as_ref().map_or("a query of ".to_owned(), |table| format!("`{table}` of "));
                format!("{of}{}", without_password(url))
            }
        }
    }

    /// What names are made of: the file without its endings, or the table.
    pub(super) fn stem(&self) -> String {
        match self {
            Place::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                name.split('.').find(|part| !part.is_empty()).unwrap_or("table").to_owned()
            }
            Place::Database { table: Some(table), .. } => {
                table.rsplit('.').next().unwrap_or("table").to_owned()
            }
            Place::Database { .. } => "query".to_owned(),
        }
    }
}

/// The beginning of a table.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) format: Option<FileFormat>,
    pub(super) separator: char,
    pub(super) header: bool,
    pub(super) encoding: Encoding,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Entry>>,
    /// Whether these are all rows.
    pub(super) whole: bool,
    /// How many rows there are, where the file says so.
    pub(super) total: Option<u64>,
    /// Rows that could not be read, and why the first one could not.
    pub(super) unread: (u64, Option<String>),
}

/// Reads the beginning of a table.
///
/// # Errors
/// Where it cannot be read, has no rows, or names columns twice.
pub(super) fn look(place: &Place, progress: &dyn Progress) -> Result<Look, Error> {
    progress.begin(&format!("looking at {}", place.shown()), None);
    let looked = match place {
        Place::File(path) => {
            let wrong = |error: String| Error::Data(format!("{}: {error}", path.display()));
            file(path, progress).map_err(wrong)
        }
        Place::Database { url, table, query } => {
            let sql = query.clone().or_else(|| table.as_deref().map(whole_table)).unwrap_or_default();
            Postgres::open(url, &sql)
                .and_then(|mut source| {
                    let empty = Look::new(None, ',', true, Encoding::Utf8);
                    empty.read(&mut source, progress)
                })
                .map_err(Error::Data)
        }
    };
    progress.check()?;
    let looked = looked?;
    progress.end();
    let wrong = |what: String| Err(Error::Data(format!("{}: {what}", place.shown())));
    if let Some(twice) = repeated(&looked.columns).first() {
        return wrong(format!("the column `{twice}` is there twice; rename one of them"));
    }
    if looked.columns.iter().any(|column| column.trim().is_empty()) {
        return wrong("a column has no name".to_owned());
    }
    if looked.rows.is_empty() {
        return wrong(match &looked.unread {
            (_, Some(reason)) => format!("no row can be read: {reason}"),
            _ if looked.columns.is_empty() => "it is empty".to_owned(),
            _ => format!("it has columns ({}) and no rows", looked.columns.join(", ")),
        });
    }
    Ok(looked)
}

fn file(path: &Path, progress: &dyn Progress) -> Result<Look, String> {
    let mut look = sniffed(path)?;
    let total = match look.format {
        Some(FileFormat::Parquet) => Some(Parquet::rows_of(path)?),
        _ => None,
    };
    let named = std::mem::take(&mut look.columns);
    let form = Form {
        header: look.header,
        encoding: look.encoding,
        ..Form::plain(look.format.unwrap_or_default(), look.separator, &named)
    };
    let mut source = open_table(path, &form)?;
    Ok(Look { total, ..look.read(source.as_mut(), progress)? })
}

/// How a file is written, by its first bytes.
fn sniffed(path: &Path) -> Result<Look, String> {
    if path.is_dir() {
        return Err("it is a folder; give one of its files".to_owned());
    }
    let mut magic = Vec::new();
    let opened = std::fs::File::open(path).map_err(|error| error.to_string())?;
    opened.take(4).read_to_end(&mut magic).map_err(|error| error.to_string())?;
    if magic == b"PAR1" {
        return Ok(Look::new(Some(FileFormat::Parquet), ',', true, Encoding::Utf8));
    }
    let mut bytes = Vec::new();
    open_text(path)?.take(SNIFFED as u64).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    if bytes.iter().take(1 << 14).any(|byte| *byte == 0) {
        return Err("it is neither a text nor a Parquet file".to_owned());
    }
    let encoding = match std::str::from_utf8(&bytes) {
        Err(error) if error.error_len().is_some() => Encoding::Latin1,
        _ => Encoding::Utf8,
    };
    let text: String = match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(&bytes).into_owned(),
        Encoding::Latin1 => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    if text.trim_start().starts_with('{') {
        return Ok(Look::new(Some(FileFormat::Jsonl), ',', true, Encoding::Utf8));
    }
    let separator = separator(&text);
    let first = first_record(text.as_bytes(), separator)?;
    let header = names(&first);
    let mut look = Look::new(Some(FileFormat::Csv), separator, header, encoding);
    if !header {
        look.columns = (1..=first.len()).map(|at| format!("column{at}")).collect();
    }
    Ok(look)
}

/// What parts the first lines into the most cells, the same number in each.
fn separator(text: &str) -> char {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    let worth = |separator: char| {
        let counts: Vec<usize> = lines.iter().map(|line| line.matches(separator).count()).collect();
        let first = counts.first().copied().unwrap_or(0);
        let same = counts.iter().filter(|count| **count == first).count();
        if first == 0 { (0, 0) } else { (same, first) }
    };
    // Of equals the first one stands: max_by_key would take the last.
    ['|', ';', '\t', ','].into_iter().max_by_key(|separator| worth(*separator)).unwrap_or(',')
}

fn first_record(text: impl BufRead, separator: char) -> Result<Vec<String>, String> {
    let mut reader = crate::log::csv(text, separator)?;
    let mut row = Row::default();
    reader.next(&mut row)?;
    Ok(row.cells.iter().map(|cell| cell.shown().trim().to_owned()).collect())
}

/// Whether these cells are names of columns: words, each once.
fn names(cells: &[String]) -> bool {
    let word = |cell: &String| {
        !cell.is_empty()
            && cell.parse::<f64>().is_err()
            && cell.starts_with(|first: char| first.is_alphabetic() || first == '_')
    };
    cells.iter().filter(|cell| word(cell)).count() * 2 > cells.len()
        && cells.iter().all(|cell| cell.parse::<f64>().is_err())
}

impl Look {
    fn new(format: Option<FileFormat>, separator: char, header: bool, encoding: Encoding) -> Look {
        let (columns, rows) = (Vec::new(), Vec::new());
        Look {
            format,
            separator,
            header,
            encoding,
            columns,
            rows,
            whole: false,
            total: None,
            unread: (0, None),
        }
    }

    fn read(mut self, source: &mut dyn RowSource, progress: &dyn Progress) -> Result<Look, String> {
        let (mut row, mut bytes) = (Row::default(), 0);
        if source.fixed() {
            self.columns = source.columns().to_vec();
        }
        loop {
            if !source.next(&mut row)? {
                self.whole = true;
                return Ok(self);
            }
            if self.rows.len() == MOST_ROWS || bytes > MOST_BYTES {
                return Ok(self);
            }
            if row.number % 4096 == 0 {
                progress.advance(4096);
                if progress.stopped() {
                    return Err("stopped".to_owned());
                }
            }
            if let Some(reject) = &row.trouble {
                self.unread.0 += 1;
                let (number, reason) = (row.number, &reject.reason);
                self.unread.1.get_or_insert_with(|| format!("row {number}: {reason}"));
                continue;
            }
            let cells = if source.fixed() { row.cells.clone() } else { self.by_name(source.columns(), &row) };
            bytes += cells.iter().map(|cell| cell.shown().len() + 24).sum::<usize>();
            self.rows.push(cells);
        }
    }

    /// The cells of a row whose columns are its own, in the order in which columns were met.
    fn by_name(&mut self, columns: &[String], row: &Row) -> Vec<Entry> {
        for column in columns {
            if !self.columns.contains(column) {
                self.columns.push(column.clone());
            }
        }
        let cell = |name: &String| {
            let at = columns.iter().position(|column| column == name);
            at.and_then(|at| row.cells.get(at)).cloned().unwrap_or_default()
        };
        self.columns.iter().map(cell).collect()
    }

    /// What stands in a column, row by row; short rows end in empty cells.
    pub(super) fn cells(&self, column: usize) -> impl Iterator<Item = Option<&Entry>> {
        self.rows.iter().map(move |row| row.get(column))
    }

    /// The text of a cell; empty where there is none or a list.
    pub(super) fn text(&self, row: usize, column: usize) -> &str {
        self.rows[row].get(column).and_then(Entry::text).unwrap_or_default()
    }
}
