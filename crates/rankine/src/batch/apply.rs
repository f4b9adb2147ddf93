//! Answers in batch: every request of a table or a log, answered by a run's bundle.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rankine_design::{FileFormat, Split};
use rankine_learn::{Event, Fold, Millis, Moment, What, hash, hash_text};
use serde::Serialize;

use super::Current;
use crate::error::Error;
use crate::log::{Body, Line, Name, Names, files_of};
use crate::output::{Datum, Kind, Output, form};
use crate::pipeline::{Pipeline, Question};
use crate::prepare::{Pending, Rejected, lines, sort};
use crate::problem::{Problem, Rows, Table};
use crate::progress::Progress;
use crate::select::Decision;

/// What a table of answers came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Where it stands.
    pub output: PathBuf,
    /// Requests that were answered.
    pub requests: u64,
    /// Rows of the table.
    pub rows: u64,
    /// Lines that could not be taken.
    pub rejected: u64,
    /// Where they are kept with the reasons; none where there is none.
    pub rejects: Option<PathBuf>,
    /// Why the first of them was not taken.
    pub first_reject: Option<String>,
    /// Rows that the mapping's filter left out.
    pub left_out: u64,
    /// Requests from before the end of the log: they are answered as of its end, which may know what they led
    /// to.
    pub past: u64,
    /// Requests that name no item where the task is to predict.
    pub empty: u64,
    /// The contender that answered.
    pub pipeline: String,
    /// The version of the bundle.
    pub version: String,
    /// The end of the log that is known, in milliseconds since 1970.
    pub as_of: i64,
    /// Events that the run's server logged since the run, which are known too.
    pub served_events: u64,
}

/// Answers every request of `input`, in the order of time, and writes `output`: a row for each item with what
/// is predicted and decided of it, or with its place.
///
/// `input` is read by the run's mapping (a file, or a folder with the mapping's files), or is a log in the
/// native schema. Outcomes need not be there; those that an example's own row tells are not looked at. Other
/// events after the end of the run's log count for the requests that follow, as they would in the server.
///
/// # Errors
/// Where the run has no bundle, the input cannot be read or asks nothing, or the table cannot be written whole:
/// nothing then changes.
pub fn apply(run: &Path, input: &Path, output: &Path, progress: &dyn Progress) -> Result<Summary, Error> {
    form(output)?;
    let mut current = Current::of(run)?;
    let reading = reading(&current.problem, input)?;
    let as_of = current.fold.memory.now();
    let (mut pending, left_out) = lines(&reading, input, progress)?;
    place(&mut pending, current.problem.evaluate.split, as_of);
    sort(&mut pending);

    let asked = pending.iter().filter(|line| asks(line)).count() as u64;
    if asked == 0 {
        return Err(nothing_asked(input, &pending));
    }
    let mut table = Answers::create(output, &reading, &current.pipeline)?;
    let mut said = Summary {
        output: output.to_owned(),
        requests: 0,
        rows: 0,
        rejected: 0,
        rejects: None,
        first_reject: None,
        left_out,
        past: 0,
        empty: 0,
        pipeline: current.pipeline.contender.name.clone(),
        version: current.version.clone(),
        as_of,
        served_events: current.served,
    };
    let mut rejected = Vec::new();
    progress.begin(&format!("answering {asked} requests"), Some(asked));
    for Pending { file, line, text, read, .. } in pending {
        let taken = read.and_then(|read| {
            let names = Asked::of(&read, &file, line);
            Ok((names, current.intake.take(read, as_of)?))
        });
        let (names, event) = match taken {
            Ok(taken) => taken,
            Err(reject) => {
                rejected.push(Rejected::new(&file, line, reject, text));
                continue;
            }
        };
        if let Some(names) = names {
            answer(&current, &names, &event, &mut table, &mut said)?;
            progress.advance(1);
            if said.requests.is_multiple_of(CHECKED) {
                progress.check()?;
            }
        }
        if newer(&event, as_of) {
            current.fold.observe(&event);
        }
    }
    said.rows = table.output.finish()?;
    progress.end();
    said.rejected = rejected.len() as u64;
    said.first_reject = rejected.first().map(|first| format!("line {}: {}", first.line, first.reason));
    said.rejects = keep(output, &rejected)?;
    Ok(said)
}

/// Requests between two looks whether somebody asks to stop.
const CHECKED: u64 = 256;

/// Whether an event is not in the run's log already: what people did up to its end is, so that a log which is
/// given again counts once. What an entity is now may be told at any time.
fn newer(event: &Event, as_of: Millis) -> bool {
    matches!(event.what, What::Entity { .. }) || event.known > as_of
}

/// A request by its names.
struct Asked {
    request: Name,
    user: Name,
}

impl Asked {
    fn of(line: &Line, file: &str, number: u64) -> Option<Asked> {
        let Body::Request { user, .. } = &line.body else { return None };
        let request = line.id.clone().unwrap_or_else(|| format!("{file}:{number}").into());
        Some(Asked { request, user: user.clone() })
    }
}

fn asks(pending: &Pending) -> bool {
    matches!(&pending.read, Ok(Line { body: Body::Request { .. }, .. }))
}

fn nothing_asked(input: &Path, pending: &[Pending]) -> Error {
    let first = pending.iter().find_map(|pending| Some((pending.line, pending.read.as_ref().err()?)));
    let why = match first {
        Some((line, reject)) => format!("line {line}: {}", reject.reason),
        None if pending.is_empty() => "it is empty".to_owned(),
        None => "it holds other events only; `rankine recommend` needs none".to_owned(),
    };
    Error::Data(format!("{} asks nothing that could be answered: {why}", input.display()))
}

/// The problem with tables as a batch has them: the run's mapping without what came of a row; none for a log
/// in the native schema.
fn reading(problem: &Problem, input: &Path) -> Result<Problem, Error> {
    let mut reading = problem.clone();
    let named = input.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let format = FileFormat::of(&named);
    let there = |table: &Table| !files_of(input, &table.file).is_empty();
    if input.is_dir() {
        if !reading.tables.iter().all(there) {
            reading.tables.clear();
        }
    } else if reading.tables.is_empty() {
        if format != FileFormat::Jsonl {
            let message = "the run has no mapping, its log being in the native schema: JSON Lines are wanted";
            return Err(Error::Data(format!("{}: {message}", input.display())));
        }
    } else {
        reading.tables.retain(|table| matches!(table.rows, Rows::Example(_) | Rows::Request));
        match reading.tables.as_mut_slice() {
            [table] if format != FileFormat::Jsonl || table.format == FileFormat::Jsonl => {
                table.file = named;
                table.format = format;
                table.query = None;
            }
            [_] | [] if format == FileFormat::Jsonl => reading.tables.clear(),
            tables => {
                let many = tables.len();
                let message =
                    format!("the run's mapping has {many} tables whose rows ask something, so that");
                let help = "a folder with its files is wanted, or JSON Lines in the native schema";
                return Err(Error::Data(format!("{}: {message} {help}", input.display())));
            }
        }
    }
    for table in &mut reading.tables {
        if let Rows::Example(kind) = table.rows {
            let [item, event, ..] = reading.schema.of_an_example(kind).map(<[_]>::len);
            table.fields.retain(|(at, _)| !(item..item + event).contains(at));
            table.group = None;
            // Only what is there is asked about.
            (table.others, table.period) = (0, None);
        }
    }
    Ok(reading)
}

/// Leaves out what came of examples. Where rows have no time, they are of now: none of them is before another.
fn place(pending: &mut Vec<Pending>, split: Split, now: Millis) {
    let outcome = |line: &Line| line.group.is_some() && matches!(line.body, Body::Interaction { .. });
    pending.retain(|pending| !pending.read.as_ref().is_ok_and(outcome));
    if split == Split::Time {
        return;
    }
    for line in pending.iter_mut().filter_map(|pending| pending.read.as_mut().ok()) {
        if line.group.is_some() {
            (line.time, line.known) = (Some(now), Some(now));
        }
    }
}

fn answer(
    current: &Current,
    names: &Asked,
    event: &Event,
    table: &mut Answers,
    said: &mut Summary,
) -> Result<(), Error> {
    let What::Request { user, context, shown, .. } = &event.what else { return Ok(()) };
    let problem = &current.problem;
    if problem.predicts() && shown.is_empty() {
        said.empty += 1;
        return Ok(());
    }
    said.requests += 1;
    said.past += u64::from(event.known < said.as_of);
    let pool = (!shown.is_empty()).then_some(shown.as_slice());
    let limit = pool.map_or(problem.slate, <[_]>::len);
    let seed = hash_text(hash(0, &[]), &names.request);
    let time = event.known.max(said.as_of);
    let question = Question { moment: Moment { time, user: *user, context }, limit, pool, seed };
    let items = &current.intake.dictionary.entities[problem.schema.item];
    table.answer(names, &current.pipeline, &current.fold, &question, items)
}

/// The table as it is written.
struct Answers {
    output: Output,
    columns: Vec<Told>,
}

/// What a column tells.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Told {
    Request,
    User,
    Item,
    Rank,
    Score,
    /// The probability or amount of a label.
    Label(usize),
    Decision,
}

impl Answers {
    /// Columns that would say the same as another in every row are left out.
    fn create(output: &Path, reading: &Problem, pipeline: &Pipeline) -> Result<Answers, Error> {
        let schema = &reading.schema;
        let example = |column: fn(&Table) -> &Option<String>| {
            let unnamed = |table: &Table| matches!(table.rows, Rows::Example(_)) && column(table).is_none();
            !reading.tables.is_empty() && reading.tables.iter().all(unnamed)
        };
        let mut columns = vec![("request".to_owned(), Kind::Text, Told::Request)];
        if !example(|table| &table.user) {
            columns.push((schema.user().name.clone(), Kind::Text, Told::User));
        }
        if !example(|table| &table.item) {
            columns.push((schema.item().name.clone(), Kind::Text, Told::Item));
        }
        if reading.predicts() {
            let labels = reading.labels.0.iter().enumerate();
            columns.extend(labels.map(|(at, label)| (label.name.clone(), Kind::Number, Told::Label(at))));
        } else {
            columns.push(("rank".to_owned(), Kind::Whole, Told::Rank));
            columns.push(("score".to_owned(), Kind::Number, Told::Score));
        }
        if pipeline.thresholds.is_some() {
            columns.push(("decision".to_owned(), Kind::Text, Told::Decision));
        }
        let header: Vec<(&str, Kind)> =
            columns.iter().map(|(name, kind, _)| (name.as_str(), *kind)).collect();
        let output = Output::create(output, &header)?;
        Ok(Answers { output, columns: columns.into_iter().map(|(_, _, told)| told).collect() })
    }

    fn answer(
        &mut self,
        names: &Asked,
        pipeline: &Pipeline,
        fold: &Fold,
        question: &Question<'_>,
        items: &Names,
    ) -> Result<(), Error> {
        let answer = pipeline.answer(fold, question);
        for (rank, (scored, at)) in answer.items.iter().zip(answer.places()).enumerate() {
            let decision = at.and_then(|at| pipeline.decide(&answer, at)).map_or("", Decision::name);
            let row: Vec<Datum<'_>> = self
                .columns
                .iter()
                .map(|told| match told {
                    Told::Request => Datum::Text(&names.request),
                    Told::User => Datum::Text(&names.user),
                    Told::Item => Datum::Text(items.name(scored.item)),
                    Told::Rank => Datum::Whole(rank as i64 + 1),
                    Told::Score => Datum::Number(scored.score),
                    Told::Label(label) => {
                        let said = answer.predictions.get(*label).zip(at);
                        Datum::Number(said.map_or(f32::NAN, |(said, at)| said[at]))
                    }
                    Told::Decision => Datum::Text(decision),
                })
                .collect();
            self.output.row(&row)?;
        }
        Ok(())
    }
}

/// Writes what was not taken beside the table.
fn keep(output: &Path, rejected: &[Rejected]) -> Result<Option<PathBuf>, Error> {
    if rejected.is_empty() {
        return Ok(None);
    }
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".rejected.jsonl");
    let path = output.with_file_name(name);
    let written = fs::File::create(&path).and_then(|file| {
        let mut file = std::io::BufWriter::new(file);
        for one in rejected {
            serde_json::to_writer(&mut file, one)?;
            file.write_all(b"\n")?;
        }
        file.flush()
    });
    written.map_err(|error| Error::file(&path, error))?;
    Ok(Some(path))
}
