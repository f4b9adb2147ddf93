//! The nightly table: what a run's bundle recommends to many users as of the end of the log.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rankine_design::{FileFormat, did_you_mean};
use rankine_learn::{Fold, Id, Moment, Value, hash, hash_text};
use rayon::prelude::*;
use serde::Serialize;

use super::Current;
use crate::error::Error;
use crate::log::{Form, Row, next_line, open_table, open_text, too_long};
use crate::output::{Datum, Kind, Output, form};
use crate::pipeline::{Pipeline, Question};
use crate::progress::Progress;

/// Who gets a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Users {
    /// Everybody whom the log names.
    All,
    /// Those of a file: one a line, or a column.
    File {
        /// The file.
        path: PathBuf,
        /// The column; by default the one that is called as the design calls who asks, or `user`.
        column: Option<String>,
    },
}

/// What a table of recommendations came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Where it stands.
    pub output: PathBuf,
    /// Lists that were made.
    pub users: u64,
    /// Users whom the log does not name: they got what an unknown user gets.
    pub unknown: u64,
    /// Users who stood in the file more than once: they got one list.
    pub repeated: u64,
    /// Users for whom there was nothing to recommend.
    pub empty: u64,
    /// Rows of the table.
    pub rows: u64,
    /// The contender that answered.
    pub pipeline: String,
    /// The version of the bundle.
    pub version: String,
    /// As of when, in milliseconds since 1970.
    pub as_of: i64,
    /// Events that the run's server logged since, which are known too.
    pub served_events: u64,
    /// Fields of the request, which nobody has here: they are missing.
    pub missing_context: Vec<String>,
}

/// A line of the table.
struct Place {
    item: Id,
    score: f32,
    source: String,
}

/// Users whose lists are made at a time.
const CHUNK: usize = 512;

/// The most bytes of a user's id.
const LONGEST: usize = 1000;

/// Writes `user, rank, item, score, source` for each user to `output`: `limit` items, the design's slate
/// where there is none. The order is that of the users, whatever the number of threads.
///
/// # Errors
/// Where the run has no bundle, or one that predicts instead of ranking; where the users cannot be read;
/// where the table cannot be written whole: nothing then changes.
pub fn recommend(
    run: &Path,
    users: &Users,
    limit: Option<usize>,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Summary, Error> {
    form(output)?;
    let Current { problem, intake, fold, pipeline, version, served } = Current::of(run)?;
    if problem.predicts() {
        let task = problem.task.name();
        return Err(Error::Data(format!(
            "the run's task is `{task}`: it says what comes of items, not which to show"
        )));
    }
    let asks = &problem.schema.user().name;
    let known = &intake.dictionary.entities[problem.schema.user];
    let (wanted, repeated) = match users {
        Users::All => (known.iter().map(str::to_owned).collect(), 0),
        Users::File { path, column } => once(
            read(path, column.as_deref(), asks)
                .map_err(|error| Error::Data(format!("{}: {error}", path.display())))?,
        ),
    };
    if wanted.is_empty() {
        return Err(Error::Data("there is no user to recommend anything to".to_owned()));
    }
    let columns = [
        ("user", Kind::Text),
        ("rank", Kind::Whole),
        ("item", Kind::Text),
        ("score", Kind::Number),
        ("source", Kind::Text),
    ];
    let mut table = Output::create(output, &columns)?;
    let retrievers = pipeline.sources();
    let as_of = fold.memory.now();
    let limit = limit.unwrap_or(problem.slate);
    let context = vec![Value::Missing; problem.schema.context.len()];
    let (mut unknown, mut empty) = (0, 0);
    progress.begin(&format!("recommending to {} {asks}s", wanted.len()), Some(wanted.len() as u64));
    let items = &intake.dictionary.entities[problem.schema.item];
    for chunk in wanted.chunks(CHUNK) {
        let answered: Vec<(bool, Vec<Place>)> = chunk
            .par_iter()
            .map(|user| {
                let number = known.number(user);
                let moment =
                    Moment { time: as_of, user: number.unwrap_or(known.len() as Id), context: &context };
                // Draws depend on the user alone.
                let seed = hash_text(hash(0, &[]), user);
                let question = Question { moment, limit, pool: None, seed };
                (number.is_some(), places(&pipeline, &fold, &question, &retrievers))
            })
            .collect();
        for (user, (is_known, places)) in chunk.iter().zip(answered) {
            unknown += u64::from(!is_known);
            empty += u64::from(places.is_empty());
            for (rank, place) in places.iter().enumerate() {
                table.row(&[
                    Datum::Text(user),
                    Datum::Whole(rank as i64 + 1),
                    Datum::Text(items.name(place.item)),
                    Datum::Number(place.score),
                    Datum::Text(&place.source),
                ])?;
            }
        }
        progress.advance(chunk.len() as u64);
        progress.check()?;
    }
    let rows = table.finish()?;
    progress.end();
    Ok(Summary {
        output: output.to_owned(),
        users: wanted.len() as u64,
        unknown,
        repeated,
        empty,
        rows,
        pipeline: pipeline.contender.name.clone(),
        version,
        as_of,
        served_events: served,
        missing_context: problem.schema.context.iter().map(|field| field.name.clone()).collect(),
    })
}

/// A list with, for each item, the retrievers that found it.
fn places(pipeline: &Pipeline, fold: &Fold, question: &Question<'_>, retrievers: &[String]) -> Vec<Place> {
    let answer = pipeline.answer(fold, question);
    let found = &answer.candidates;
    let one = |(scored, at): (&rankine_learn::Scored, Option<usize>)| {
        let by = |(_, ranks): &(&String, &Vec<f32>)| at.is_some_and(|at| !ranks[at].is_nan());
        let names: Vec<&str> =
            retrievers.iter().zip(&found.ranks).filter(by).map(|(name, _)| name.as_str()).collect();
        Place { item: scored.item, score: scored.score, source: names.join("+") }
    };
    answer.items.iter().zip(answer.places()).map(one).collect()
}

/// Each user once, in the order of the file, and how many stood there again.
fn once(users: Vec<String>) -> (Vec<String>, u64) {
    let mut seen = BTreeSet::new();
    let all = users.len();
    let first: Vec<String> = users.into_iter().filter(|user| seen.insert(user.clone())).collect();
    let repeated = (all - first.len()) as u64;
    (first, repeated)
}

/// The users of a file. A text without separators in its first line is one id a line, where that line is not
/// the column's name.
fn read(path: &Path, column: Option<&str>, asks: &str) -> Result<Vec<String>, String> {
    let named = |columns: &[String]| -> Result<String, String> {
        let id = format!("{asks}_id");
        let likely = [asks, id.as_str(), "user", "user_id"];
        let found = match column {
            Some(column) => columns.iter().find(|known| *known == column),
            None => likely.iter().find_map(|name| columns.iter().find(|known| known == name)),
        };
        let known = columns.iter().map(String::as_str);
        found.cloned().ok_or_else(|| {
            match column.map(|column| (column, did_you_mean(column, known.clone()))) {
                Some((column, Some(near))) => {
                    format!("there is no column `{column}`; did you mean `{near}`?")
                }
                Some((column, None)) => {
                    format!("there is no column `{column}`; it has {}", columns.join(", "))
                }
                None => format!("which column says who? It has {}; say so by --column", columns.join(", ")),
            }
        })
    };
    let format = FileFormat::of(&path.to_string_lossy());
    let mut separator = ',';
    if format == FileFormat::Csv {
        let mut first = Vec::new();
        next_line(&mut open_text(path)?, &mut first).map_err(|error| error.to_string())?;
        let first = String::from_utf8(first).map_err(|_| "it is not UTF-8".to_owned())?;
        let first = first.trim();
        match [',', '\t', ';'].into_iter().find(|separator| first.contains(*separator)) {
            Some(found) => separator = found,
            None if named(&[first.trim_matches('"').to_owned()]).is_err() => return lines(path),
            None => {}
        }
    }
    let form = Form::plain(format, separator, &[]);
    let mut source = open_table(path, &form)?;
    let mut name = if source.fixed() { Some(named(source.columns())?) } else { None };
    let (mut row, mut users) = (Row::default(), Vec::new());
    while source.next(&mut row)? {
        if let Some(reject) = &row.trouble {
            return Err(format!("row {}: {}", row.number, reject.reason));
        }
        if name.is_none() {
            name = Some(named(source.columns())?);
        }
        let at = source.columns().iter().position(|column| Some(column) == name.as_ref());
        let user = at.and_then(|at| row.cells.get(at)).and_then(|cell| cell.text()).unwrap_or_default();
        take(user, row.number, &mut users)?;
    }
    Ok(users)
}

fn lines(path: &Path) -> Result<Vec<String>, String> {
    let (mut input, mut bytes, mut users, mut number) = (open_text(path)?, Vec::new(), Vec::new(), 0);
    while next_line(&mut input, &mut bytes).map_err(|error| error.to_string())? > 0 {
        number += 1;
        if let Some(reject) = too_long(&bytes) {
            return Err(format!("line {number}: {}", reject.reason));
        }
        let user = std::str::from_utf8(&bytes).map_err(|_| format!("line {number} is not UTF-8"))?;
        take(user.trim(), number, &mut users)?;
    }
    Ok(users)
}

fn take(user: &str, number: u64, users: &mut Vec<String>) -> Result<(), String> {
    if user.len() > LONGEST {
        return Err(format!("row {number} is no id: it has {} bytes", user.len()));
    }
    if !user.is_empty() {
        users.push(user.to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_from_any_form() {
        let folder = tempfile::tempdir().unwrap();
        type Came<'c> = Result<&'c [&'c str], &'c str>;
        let cases: [(&str, &str, Option<&str>, Came<'_>); 9] = [
            ("a.txt", "u1\n\n u2 \r\nu1\n", None, Ok(&["u1", "u2", "u1"])),
            ("b.txt", "user\nu1\n", None, Ok(&["u1"])),
            ("c.csv", "age,user\n3,u1\n4,u2\n", None, Ok(&["u1", "u2"])),
            ("d.tsv", "visitor\tx\nu1\t2\n", None, Ok(&["u1"])),
            ("e.csv", "who,x\nu1,2\n", Some("who"), Ok(&["u1"])),
            ("f.csv", "who,x\nu1,2\n", Some("woh"), Err("did you mean `who`?")),
            ("g.csv", "who,x\nu1,2\n", None, Err("--column")),
            ("h.jsonl", "{\"x\": 1, \"user\": \"u1\"}\n{\"user\": 7}\n", None, Ok(&["u1", "7"])),
            ("i.txt", "", None, Ok(&[])),
        ];
        for (name, text, column, expected) in cases {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            match (read(&path, column, "visitor"), expected) {
                (Ok(users), Ok(expected)) => assert_eq!(users, expected, "{name}"),
                (Err(error), Err(why)) => assert!(error.contains(why), "{name}: {error}"),
                (came, _) => panic!("{name}: {came:?}"),
            }
        }
        let long = folder.path().join("long.txt");
        std::fs::write(&long, "x".repeat(1 << 21)).unwrap();
        assert!(read(&long, None, "user").is_err());
    }
}
