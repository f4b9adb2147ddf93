//! Taking over: what a mapping finds in a database is written into files of the run, which everything after
//! reads and can read again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::log::{Entry, Postgres, Row, RowSource, files_of};
use crate::output::{Datum, Kind, Output};
use crate::problem::Problem;
use crate::progress::Progress;

/// Files of rows, in a folder that goes away unless it is kept.
pub(crate) struct Pulled {
    pub(crate) folder: PathBuf,
}

impl Pulled {
    /// Moves the files to `place`.
    ///
    /// # Errors
    /// Where they cannot be moved.
    pub(crate) fn keep(&self, place: &Path) -> Result<(), Error> {
        let moved = || -> std::io::Result<()> {
            for entry in fs::read_dir(&self.folder)? {
                let entry = entry?;
                fs::rename(entry.path(), place.join(entry.file_name()))?;
            }
            Ok(())
        };
        moved().map_err(|error| Error::file(place, error))
    }
}

impl Drop for Pulled {
    fn drop(&mut self) {
        // It may have been moved away.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Reads the queries of a problem into a folder beside its runs. `database` is asked, or else the one that a
/// query names; tables that are files are copied from `files`.
///
/// # Errors
/// Where a database does not answer, a query is wrong, or the folder cannot be written.
pub(crate) fn pull(
    problem: &Problem,
    database: Option<&str>,
    files: Option<&Path>,
    runs: &Path,
    progress: &dyn Progress,
) -> Result<Pulled, Error> {
    let folder = runs.join(format!(".pull-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
    let pulled = Pulled { folder };
    for table in &problem.tables {
        let place = pulled.folder.join(&table.file);
        if place.exists() {
            continue;
        }
        match &table.query {
            Some(query) => {
                let Some(url) = database.or(query.postgres.as_deref()) else {
                    return Err(Error::Data(format!(
                        "the mapping asks a database `{}` and names none: give it by \
                         --data postgres://user@host/name, or write `postgres` in the table",
                        query.sql
                    )));
                };
                progress.begin(&format!("reading {}", table.file.trim_end_matches(".parquet")), None);
                let mut source = Postgres::open(url, &query.sql).map_err(Error::Data)?;
                copy(&mut source, &place, progress)?;
                progress.end();
            }
            None => {
                let found = files.map(|files| (files, files_of(files, &table.file)));
                for (files, from) in
                    found.iter().flat_map(|(files, found)| found.iter().map(move |one| (files, one)))
                {
                    let Some(name) = from.strip_prefix(files).ok().filter(|_| from.is_file()) else {
                        continue;
                    };
                    let to = pulled.folder.join(name);
                    let copied =
                        to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::copy(from, &to));
                    copied.map_err(|error| Error::file(from, error))?;
                }
            }
        }
    }
    Ok(pulled)
}

/// Writes rows as they come; columns are texts, or lists of them.
fn copy(source: &mut Postgres, place: &Path, progress: &dyn Progress) -> Result<(), Error> {
    let columns: Vec<(String, bool)> = source.columns().iter().cloned().zip(source.lists()).collect();
    let kind = |list: bool| if list { Kind::Texts } else { Kind::Text };
    let kinds: Vec<(&str, Kind)> = columns.iter().map(|(name, list)| (name.as_str(), kind(*list))).collect();
    let mut output = Output::create(place, &kinds)?;
    let mut row = Row::default();
    while source.next(&mut row).map_err(Error::Data)? {
        let data: Vec<Datum<'_>> = row
            .cells
            .iter()
            .map(|cell| match cell {
                Entry::Text(text) => Datum::Text(text),
                Entry::List(list) => Datum::Texts(list),
            })
            .collect();
        output.row(&data)?;
        if row.number % 4096 == 0 {
            progress.advance(4096);
            progress.check()?;
        }
    }
    output.finish()?;
    Ok(())
}
