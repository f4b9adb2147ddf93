//! Opening files: plain or zipped text, and tables in any form.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use rankine_design::{Encoding, FileFormat};

use super::table_parquet::Parquet;
use super::table_rows::RowSource;
use super::table_text::{Csv, Jsonl};
use super::table_yolo::Yolo;

/// How a table's file is written.
pub(crate) struct Form<'a> {
    pub(crate) format: FileFormat,
    pub(crate) separator: char,
    pub(crate) header: bool,
    pub(crate) encoding: Encoding,
    /// Names of the columns of a CSV file; empty where its first line names them.
    pub(crate) columns: &'a [String],
    /// Names of the classes of boxes, in the order of their numbers.
    pub(crate) classes: &'a [String],
    /// What the file is called in its mapping.
    pub(crate) name: &'a str,
    /// Columns that are read, where it costs something to read others.
    pub(crate) wanted: &'a dyn Fn(&str) -> bool,
}

/// The rows of a table's file.
///
/// # Errors
/// A sentence, where it cannot be read as what it is said to be.
pub(crate) fn open_table(path: &Path, form: &Form<'_>) -> Result<Box<dyn RowSource>, String> {
    Ok(match form.format {
        FileFormat::Parquet => Box::new(Parquet::open(path, form.wanted)?),
        FileFormat::Yolo => Box::new(Yolo::open(path, form.name, form.classes)?),
        FileFormat::Jsonl => Box::new(Jsonl::open(open_text(path)?)),
        FileFormat::Csv => {
            let text = open_text(path)?;
            Box::new(Csv::open(text, form.separator, form.header, form.encoding, form.columns)?)
        }
    })
}

/// The bytes of a text, unzipped where they are zipped, without the mark that some programs write first.
///
/// # Errors
/// A sentence, where it cannot be read or is no text that we know.
pub(crate) fn open_text(path: &Path) -> Result<Box<dyn BufRead>, String> {
    let said = |error: std::io::Error| error.to_string();
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(said)?);
    let zipped = file.fill_buf().map_err(said)?.starts_with(b"\x1f\x8b");
    file.seek(SeekFrom::Start(0)).map_err(said)?;
    let mut input: Box<dyn BufRead> = if zipped {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    };
    let first = input.fill_buf().map_err(said)?;
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return Err("it is written in UTF-16; save it as UTF-8".to_owned());
    }
    if first.starts_with(b"PAR1") {
        return Err("it is a Parquet file; is `format = \"parquet\"` missing?".to_owned());
    }
    if first.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(input)
}

/// Rows of a CSV text in UTF-8 without names of columns.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn csv<R: BufRead>(text: R, separator: char) -> Result<Csv<R>, String> {
    Csv::open(text, separator, false, Encoding::Utf8, &[])
}
