//! Reading: files become events in order; lines that cannot be taken are kept aside with the reason.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use rankine_learn::{Event, Millis, What};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::arrange::{Arranged, arrange};
use super::opened::open_pictures;
use super::others::draw_beside;
use crate::error::Error;
use crate::log::{
    Dictionary, Form, Intake, Line, Reject, Row, RowSource, TableReader, next_line, open_table, open_text,
    parse_line, too_long,
};
use crate::problem::{Problem, Rows};
use crate::progress::Progress;

/// A log in memory.
pub(super) struct Log {
    pub(super) dictionary: Dictionary,
    pub(super) events: Vec<Event>,
    pub(super) rejected: Vec<Rejected>,
    /// Lines that stood before one that was known earlier.
    pub(super) out_of_order: u64,
    /// Interactions that name a request which is not in the log.
    pub(super) orphans: u64,
    /// Rows that a mapping's filter left out.
    pub(super) filtered: u64,
    /// How examples stand where time does not divide them.
    pub(super) arranged: Arranged,
    /// Requests of each period, where the tables say which they belong to.
    pub(super) given: Option<[usize; 4]>,
}

/// A line that was kept aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The file's name.
    pub file: String,
    /// The number of the line, from 1.
    pub line: u64,
    /// Kind of trouble.
    pub code: String,
    /// Why.
    pub reason: String,
    /// The line itself, its first 1000 characters; empty where only its id was refused.
    pub text: String,
}

impl Rejected {
    pub(crate) fn new(file: String, line: u64, reject: Reject, text: String) -> Rejected {
        let place = reject.field.map(|field| format!("`{field}`: ")).unwrap_or_default();
        let reason = format!("{place}{}", reject.reason);
        Rejected { file, line, code: reject.code.to_owned(), reason, text }
    }
}

impl Log {
    /// How many lines were rejected and why the first one was, for a message; `None` where none was.
    pub(super) fn rejection(&self) -> Option<String> {
        let first = self.rejected.first()?;
        let count = match self.rejected.len() {
            1 => "1 line was rejected".to_owned(),
            many => format!("{many} lines were rejected, the first one"),
        };
        Some(format!("{count} (line {} of {}) because {}", first.line, first.file, first.reason))
    }
}

/// A line before it is interned.
pub(crate) struct Pending {
    pub(crate) file: String,
    pub(crate) line: u64,
    /// The line itself where it was not taken; otherwise empty.
    pub(crate) text: String,
    pub(crate) read: Result<Line, Reject>,
    /// The row of an example and which of those drawn beside it (0: none of them); lines of one stand
    /// together.
    pub(crate) example: Option<(u64, u64)>,
}

/// Reads all files of `data`.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn read(problem: &Problem, data: &Path, seed: u64, progress: &dyn Progress) -> Result<Log, Error> {
    let (mut pending, filtered) = lines(problem, data, progress)?;
    open_pictures(problem, data, &mut pending, progress)?;
    let arranged = arrange(problem, seed, &mut pending);
    let log = intern(problem, pending);
    // Tables are in no order that anybody promised.
    let out_of_order = if problem.tables.is_empty() { log.out_of_order } else { 0 };
    Ok(Log { filtered, out_of_order, arranged, ..log })
}

/// The lines of all files of `data` in the order in which they became known, as [`read`] takes them in.
///
/// # Errors
/// Where a file cannot be read.
pub(crate) fn walked(
    problem: &Problem,
    data: &Path,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Pending>, Error> {
    let (mut pending, _) = lines(problem, data, progress)?;
    arrange(problem, seed, &mut pending);
    sort(&mut pending);
    Ok(pending)
}

/// The lines of all files of `data`, file by file, and how many rows a mapping's filter left out.
///
/// # Errors
/// Where a file cannot be read.
pub(crate) fn lines(
    problem: &Problem,
    data: &Path,
    progress: &dyn Progress,
) -> Result<(Vec<Pending>, u64), Error> {
    let mut pending = Vec::new();
    let mut filtered = 0;
    if problem.tables.is_empty() {
        for file in native_files(data)? {
            read_native(problem, &file, &mut pending, progress)?;
        }
    } else {
        for table in &problem.tables {
            let path = table_file(problem, data, &table.file)?;
            let name = match path.file_name() {
                Some(name) if data.is_file() => name.to_string_lossy().into_owned(),
                _ => table.file.clone(),
            };
            progress.begin(&format!("reading {name}"), None);
            let form = Form {
                format: table.format,
                separator: table.separator,
                header: table.header,
                encoding: table.encoding,
                columns: &table.columns,
                classes: &table.classes,
                name: &table.file,
                wanted: &|column| table.reads(column),
            };
            let source = open_table(&path, &form).map_err(|error| unusable(&path, error))?;
            let mut source = Watched { source, progress, since: 0 };
            let reader = TableReader::new(table, &problem.schema);
            let mut rows = Vec::new();
            let mut each = |line: u64, text: String, read: Option<Result<Line, Reject>>| match read {
                Some(read) => {
                    let text = kept(&read, text);
                    let example = matches!(table.rows, Rows::Example(_)).then_some((line, 0));
                    rows.push(Pending { file: name.clone(), line, text, read, example });
                }
                None => filtered += 1,
            };
            let read = reader.read(&mut source, &mut each);
            progress.check()?;
            read.map_err(|error| unusable(&path, error))?;
            if table.others > 0 {
                rows = draw_beside(rows, table.others, problem.schema.item);
            }
            pending.extend(rows);
            progress.end();
        }
    }
    Ok((pending, filtered))
}

/// Orders lines by the time they became known; ties keep the order of the files. Entities that are there from
/// the start come before everything else.
pub(crate) fn sort(pending: &mut [Pending]) {
    // Keys are taken once, before anything moves: with the same key inside `sort_by_key`, what rustc 1.95 makes
    // at the tests' opt-level 1 reads a wild address.
    pending.sort_by_cached_key(|pending| match &pending.read {
        Ok(line) => times(line).unwrap_or(Millis::MIN),
        Err(_) => Millis::MIN,
    });
}

/// The moment of entities that are there from the start: when the first line became known.
pub(crate) fn start(pending: &[Pending]) -> Millis {
    moments(pending).min().unwrap_or(0)
}

fn moments(pending: &[Pending]) -> impl Iterator<Item = Millis> + '_ {
    pending.iter().filter_map(|pending| pending.read.as_ref().ok().and_then(times))
}

fn times(line: &Line) -> Option<Millis> {
    line.known.or(line.time)
}

/// Orders lines and interns them.
fn intern(problem: &Problem, pending: Vec<Pending>) -> Log {
    let start = start(&pending);
    let mut newest = Millis::MIN;
    let mut out_of_order = 0;
    for time in moments(&pending) {
        out_of_order += u64::from(time < newest);
        newest = newest.max(time);
    }
    let mut pending = pending;
    sort(&mut pending);
    let mut intake = Intake::new(&problem.schema, Dictionary::new(&problem.schema));
    let (mut events, mut rejected) = (Vec::with_capacity(pending.len()), Vec::new());
    let mut given = None;
    for Pending { file, line, text, read, .. } in pending {
        let period = read.as_ref().ok().and_then(|read| read.period);
        match read.and_then(|read| intake.take(read, start)) {
            Ok(event) => {
                if let (Some(period), What::Request { .. }) = (period, &event.what) {
                    given.get_or_insert([0; 4])[period] += 1;
                }
                events.push(event);
            }
            Err(reject) => rejected.push(Rejected::new(file, line, reject, text)),
        }
    }
    rejected.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
    let orphans = intake.orphans;
    Log {
        dictionary: intake.dictionary,
        events,
        rejected,
        out_of_order,
        orphans,
        filtered: 0,
        arranged: Arranged::default(),
        given,
    }
}

/// Lines that are taken in together, and the bytes of them from which on no more are.
const CHUNK: usize = 8192;
const TOGETHER: usize = 64 << 20;

fn read_native(
    problem: &Problem,
    path: &Path,
    pending: &mut Vec<Pending>,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    progress.begin(&format!("reading {name}"), None);
    let mut input = open(path)?;
    let mut number = 0;
    loop {
        let mut lines: Vec<(u64, Vec<u8>)> = Vec::with_capacity(CHUNK);
        let mut held = 0;
        while lines.len() < CHUNK && held < TOGETHER {
            let mut bytes = Vec::new();
            if next_line(&mut input, &mut bytes).map_err(|error| unusable(path, error))? == 0 {
                break;
            }
            number += 1;
            held += bytes.len();
            lines.push((number, bytes));
        }
        if lines.is_empty() {
            break;
        }
        progress.advance(lines.len() as u64);
        progress.check()?;
        let parsed: Vec<Option<Pending>> = lines
            .into_par_iter()
            .map(|(line, bytes)| {
                let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                if text.trim().is_empty() {
                    return None;
                }
                let read = if let Some(reject) = too_long(&bytes) {
                    Err(reject)
                } else if std::str::from_utf8(&bytes).is_err() {
                    Err(Reject::new("not-utf8", "", "the line is not UTF-8"))
                } else {
                    parse_line(&text, &problem.schema)
                };
                let text = kept(&read, text);
                Some(Pending { file: name.clone(), line, text, read, example: None })
            })
            .collect();
        pending.extend(parsed.into_iter().flatten());
    }
    progress.end();
    Ok(())
}

/// What is kept of a line's text: nothing where it was taken, otherwise enough to recognise it.
fn kept(read: &Result<Line, Reject>, text: String) -> String {
    const KEPT: usize = 1000;
    match read {
        Ok(_) => String::new(),
        Err(_) => text.chars().take(KEPT).collect(),
    }
}

/// A file of the log that cannot be used.
fn unusable(path: &Path, problem: impl std::fmt::Display) -> Error {
    Error::Data(format!("{}: {problem}", path.display()))
}

/// The native files of a log: the file itself, or all `.jsonl` (also `.jsonl.gz`) of a folder by name.
pub(crate) fn native_files(data: &Path) -> Result<Vec<PathBuf>, Error> {
    if !data.is_dir() {
        return Ok(vec![data.to_owned()]);
    }
    let entries = std::fs::read_dir(data).map_err(|error| unusable(data, error))?;
    let native = |path: &PathBuf| {
        let name = path.to_string_lossy();
        name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")
    };
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(native).collect();
    files.sort();
    if files.is_empty() {
        let problem = "no `.jsonl` file in this folder, and no mapping of the design fits its files";
        return Err(unusable(data, problem));
    }
    Ok(files)
}

/// The file of a table, plain or gzipped. A mapping of one file takes any file.
fn table_file(problem: &Problem, data: &Path, name: &str) -> Result<PathBuf, Error> {
    if data.is_file() && problem.tables.iter().all(|table| table.file == name) {
        return Ok(data.to_owned());
    }
    let plain = if data.is_dir() { data.join(name) } else { data.with_file_name(name) };
    let zipped = PathBuf::from(format!("{}.gz", plain.display()));
    [plain.clone(), zipped]
        .into_iter()
        // A folder of pictures is one table.
        .find(|path| path.is_file() || path.is_dir())
        .ok_or_else(|| unusable(&plain, "no such file, plain or `.gz`"))
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    open_text(path).map_err(|error| unusable(path, error))
}

/// Rows, as long as nobody asks to stop.
struct Watched<'a> {
    source: Box<dyn RowSource>,
    progress: &'a dyn Progress,
    since: usize,
}

impl RowSource for Watched<'_> {
    fn columns(&self) -> &[String] {
        self.source.columns()
    }

    fn fixed(&self) -> bool {
        self.source.fixed()
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        self.since += 1;
        if self.since == CHUNK {
            self.progress.advance(CHUNK as u64);
            self.since = 0;
            if self.progress.stopped() {
                return Err("stopped".to_owned());
            }
        }
        self.source.next(row)
    }
}
