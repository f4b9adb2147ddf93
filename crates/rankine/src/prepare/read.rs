//! Reading: files become lines, each taken or refused with the reason.

use std::borrow::Cow;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rankine_design::FileFormat;
use rankine_learn::Millis;

use super::arrange::arrange;
use super::blocks::{Blocks, ahead};
use super::others::draw_beside;
use crate::error::Error;
use crate::folder::SERVED_STEM;
use crate::log::{Form, Line, Reject, Row, RowSource, TableReader, files_of, open_table};
use crate::problem::{Problem, Rows, Table};
use crate::progress::Progress;

/// A line before it is interned.
pub(crate) struct Pending {
    pub(crate) file: Arc<str>,
    pub(crate) line: u64,
    /// The line itself where it was not taken; otherwise empty.
    pub(crate) text: String,
    pub(crate) read: Result<Line, Reject>,
    /// The row of an example and which of those drawn beside it (0: none of them); lines of one stand
    /// together.
    pub(crate) example: Option<(u64, u64)>,
}

/// Which files of a folder are read.
pub(crate) type Wanted<'w> = &'w dyn Fn(&Path) -> bool;

pub(super) fn all(_: &Path) -> bool {
    true
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
    let filtered = each_line(problem, (data, &all), progress, &mut |line| {
        pending.push(line);
        Ok(())
    })?;
    Ok((pending, filtered))
}

/// Takes lines, one after another.
pub(crate) type EachLine<'e> = &'e mut dyn FnMut(Pending) -> Result<(), Error>;

/// Hands out the lines of all files of `data`, file by file, as they are read. Returns how many rows a mapping's
/// filter left out.
///
/// # Errors
/// Where a file cannot be read, or `each` ends it.
pub(crate) fn each_line(
    problem: &Problem,
    (data, wanted): (&Path, Wanted<'_>),
    progress: &dyn Progress,
    each: EachLine<'_>,
) -> Result<u64, Error> {
    let mut filtered = 0;
    if problem.tables.is_empty() {
        for file in native_files(data)?.into_iter().filter(|file| wanted(file)) {
            read_native(problem, &file, each, progress)?;
        }
        return Ok(0);
    }
    for table in &problem.tables {
        filtered += all_of(problem, table, data, progress, each)?;
    }
    Ok(filtered)
}

/// Hands out the lines of one table, as [`each_line`] does.
///
/// # Errors
/// Those of [`each_line`].
pub(super) fn all_of(
    problem: &Problem,
    table: &Table,
    data: &Path,
    progress: &dyn Progress,
    each: EachLine<'_>,
) -> Result<u64, Error> {
    let (mut filtered, mut drawn, mut counted) = (0, Vec::new(), 0);
    for path in table_files(problem, data, &table.file)? {
        // Examples drawn beside others may be any of the table's.
        filtered += match table.others {
            0 => read_table(problem, table, (data, &path, &mut counted), progress, each)?,
            _ => read_table(problem, table, (data, &path, &mut counted), progress, &mut |line| {
                drawn.push(line);
                Ok(())
            })?,
        };
    }
    if table.others > 0 {
        let all = draw_beside(drawn, table.others, problem.schema.item);
        all.into_iter().try_for_each(&mut *each)?;
    }
    Ok(filtered)
}

/// Hands out the lines of one file, which are numbered behind those of the files before it.
fn read_table(
    problem: &Problem,
    table: &Table,
    (data, path, counted): (&Path, &Path, &mut u64),
    progress: &dyn Progress,
    each: EachLine<'_>,
) -> Result<u64, Error> {
    let several = table.file.contains(['*', '?']);
    let name: Arc<str> = match path.file_name() {
        Some(name) if data.is_file() || several => name.to_string_lossy().into(),
        _ => table.file.as_str().into(),
    };
    progress.begin(&format!("reading {name}"), None);
    let wanted = |column: &str| table.reads(column);
    let form = Form::of(table, &wanted);
    // What was copied from a database is called as it was asked for.
    let wrong = |error: String| match &table.query {
        Some(query) => Error::Data(format!("`{}`: {error}", query.sql)),
        None => unusable(path, error),
    };
    let mut source = open_table(path, &form).map_err(wrong)?;
    source.count_from(*counted);
    let enough = Cell::new(false);
    let mut source = Watched { source, progress, since: 0, enough: &enough };
    let reader = TableReader::new(table, &problem.schema).within(&name);
    let (mut filtered, mut ended) = (0, Ok(()));
    let mut take = |line: u64, text: String, read: Option<Result<Line, Reject>>| {
        let Some(read) = read else {
            filtered += 1;
            return;
        };
        let text = kept(&read, text.into());
        let example = matches!(table.rows, Rows::Example(_)).then_some((line, 0));
        let pending = Pending { file: name.clone(), line, text, read, example };
        if ended.is_ok() {
            ended = each(pending);
            enough.set(ended.is_err());
        }
    };
    let read = reader.read(&mut source, &mut take);
    *counted = source.counted();
    progress.check()?;
    ended?;
    read.map_err(wrong)?;
    progress.end();
    Ok(filtered)
}

/// Orders lines by the time they became known; ties keep the order of the files. Entities that are there from
/// the start come before everything else.
pub(crate) fn sort(pending: &mut [Pending]) {
    // Keys are taken once, before anything moves: with the same key inside `sort_by_key`, what rustc 1.95 makes
    // at the tests' opt-level 1 reads a wild address.
    pending.sort_by_cached_key(known);
}

/// When a line became known, for the order of lines: what has no time, or could not be read, comes before everything
/// else.
pub(super) fn known(pending: &Pending) -> Millis {
    pending.read.as_ref().ok().and_then(times).unwrap_or(Millis::MIN)
}

/// The moment of entities that are there from the start: when the first line became known.
pub(crate) fn start(pending: &[Pending]) -> Millis {
    moments(pending).min().unwrap_or(0)
}

fn moments(pending: &[Pending]) -> impl Iterator<Item = Millis> + '_ {
    pending.iter().filter_map(|pending| pending.read.as_ref().ok().and_then(times))
}

pub(super) fn times(line: &Line) -> Option<Millis> {
    line.known.or(line.time)
}

/// Lines that are taken in together: so few that the next step finds them in the cache of the processor.
pub(super) const CHUNK: usize = 1024;

fn read_native(
    problem: &Problem,
    path: &Path,
    each: EachLine<'_>,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let name: Arc<str> = path.file_name().unwrap_or_default().to_string_lossy().into();
    progress.begin(&format!("reading {name}"), None);
    ahead(Blocks::open(path, name, &problem.schema)?, &mut |block| {
        let (count, lines) = block?;
        progress.advance(count);
        progress.check()?;
        lines.into_iter().flatten().try_for_each(&mut *each)
    })?;
    progress.end();
    Ok(())
}

/// What is kept of a line's text: nothing where it was taken, otherwise enough to recognise it.
pub(super) fn kept(read: &Result<Line, Reject>, text: Cow<'_, str>) -> String {
    const KEPT: usize = 1000;
    match read {
        Ok(_) => String::new(),
        Err(_) => text.trim_end().chars().take(KEPT).collect(),
    }
}

/// A file of the log that cannot be used.
pub(super) fn unusable(path: &Path, problem: impl std::fmt::Display) -> Error {
    Error::Data(format!("{}: {problem}", path.display()))
}

/// The native files of a log: the file itself, or all `.jsonl` and `.ndjson` (also `.jsonl.gz`, `.jsonl.zst`) of a folder
/// by name. What servers wrote comes last: they knew what the others hold.
pub(crate) fn native_files(data: &Path) -> Result<Vec<PathBuf>, Error> {
    if !data.is_dir() {
        return Ok(vec![data.to_owned()]);
    }
    let entries = std::fs::read_dir(data).map_err(|error| unusable(data, error))?;
    let native = |path: &PathBuf| FileFormat::of(&path.to_string_lossy()) == FileFormat::Jsonl;
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(native).collect();
    let served =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(SERVED_STEM));
    files.sort_by_cached_key(|path| (served(path), path.clone()));
    if files.is_empty() {
        let problem = "no `.jsonl` file in this folder, and no mapping of the design fits its files";
        return Err(unusable(data, problem));
    }
    Ok(files)
}

/// The files of a table, plain or compressed. A mapping of one file takes any file.
fn table_files(problem: &Problem, data: &Path, name: &str) -> Result<Vec<PathBuf>, Error> {
    if data.is_file() && problem.tables.iter().all(|table| table.file == name) {
        return Ok(vec![data.to_owned()]);
    }
    let folder = if data.is_dir() { data } else { data.parent().unwrap_or(Path::new("")) };
    let found = files_of(folder, name);
    if found.is_empty() {
        let what = match name.contains(['*', '?']) {
            true => "no file has such a name, plain, `.gz` or `.zst`",
            false => "no such file, plain, `.gz` or `.zst`",
        };
        return Err(unusable(&folder.join(name), what));
    }
    Ok(found)
}

/// Rows, as long as nobody asks to stop.
struct Watched<'a> {
    source: Box<dyn RowSource>,
    progress: &'a dyn Progress,
    since: usize,
    /// Whether whoever takes them wants no more.
    enough: &'a Cell<bool>,
}

impl RowSource for Watched<'_> {
    fn columns(&self) -> &[String] {
        self.source.columns()
    }

    fn fixed(&self) -> bool {
        self.source.fixed()
    }

    fn known(&self) -> Vec<String> {
        self.source.known()
    }

    fn counted(&self) -> u64 {
        self.source.counted()
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        if self.enough.get() {
            return Ok(false);
        }
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

#[cfg(test)]
#[path = "hostile_tests.rs"]
pub(super) mod tests;
