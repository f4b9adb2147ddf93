//! Converting: any data that a mapping reads, written as a log in the native schema or as a table of its events.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rankine_learn::{Field, FieldKind, Millis, Schema};
use serde::{Deserialize, Serialize};

use super::order::{InOrder, in_order};
use super::read::all;
use crate::aside::Aside;
use crate::error::Error;
use crate::log::{Body, Cell, Line, Name, NameList, written};
use crate::output::{Datum, Kind, Output};
use crate::problem::Problem;
use crate::progress::Progress;

/// What was converted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Converted {
    /// The file that was written.
    pub output: PathBuf,
    /// Its lines or rows.
    pub lines: u64,
    /// Lines that could not be taken.
    pub rejected: u64,
    /// Why the first of them was not.
    pub first_reject: Option<String>,
    /// Rows that a mapping's filter left out.
    pub left_out: u64,
}

/// Reads the log at `data` as [`super::prepare`] does and writes it to `output` in the order in which it became
/// known: `.jsonl` is the native schema, `.parquet` and `.csv` a table with a row an event. About `memory` bytes of
/// lines are held at a time; more are sorted outside memory. `seed` shuffles examples, where the problem says so.
///
/// # Errors
/// Where the data cannot be read or holds nothing that can be taken, or the output cannot be written whole: what
/// stood in its place then stays.
pub fn convert(
    problem: &Problem,
    data: &Path,
    output: &Path,
    (seed, memory): (u64, usize),
    progress: &dyn Progress,
) -> Result<Converted, Error> {
    let form = crate::output::form(output)?;
    let mut log = in_order(problem, (data, &all), seed, memory, progress)?;
    let mut made = Converted {
        output: output.to_owned(),
        lines: log.taken,
        rejected: log.arrivals.rejected.count(),
        first_reject: log.arrivals.rejected.sentence(),
        left_out: log.filtered,
    };
    if log.taken == 0 {
        let why = log.arrivals.rejected.sentence().unwrap_or_else(|| "there is none".to_owned());
        return Err(Error::Data(format!("no line of {} could be taken: {why}", data.display())));
    }
    progress.begin(&format!("writing {}", output.display()), Some(log.taken));
    made.lines = if form == "jsonl" {
        native(problem, &mut log, output, progress)?
    } else {
        table(problem, &mut log, output, progress)?
    };
    progress.end();
    Ok(made)
}

/// Lines between two looks at whether somebody asked to stop.
const STEP: u64 = 8192;

fn native(
    problem: &Problem,
    log: &mut InOrder,
    output: &Path,
    progress: &dyn Progress,
) -> Result<u64, Error> {
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let aside = Aside(output.with_file_name(format!(".{name}.{}", std::process::id())));
    let wrong = |error: std::io::Error| Error::file(output, error);
    let mut file = BufWriter::with_capacity(1 << 16, File::create(&aside.0).map_err(wrong)?);
    let mut lines = 0;
    for stored in &mut log.lines {
        let stored = stored.map_err(Error::Data)?;
        writeln!(file, "{}", written(&stored.read, &problem.schema, log.arrivals.start())).map_err(wrong)?;
        lines += 1;
        if lines % STEP == 0 {
            progress.advance(STEP);
            progress.check()?;
        }
    }
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(wrong)?;
    fs::rename(&aside.0, output).map_err(wrong)?;
    Ok(lines)
}

/// A column of the table of events: a field of an entity, an event or the request.
struct Told<'s> {
    /// The name of the entity or the event, or `request`.
    of: &'s str,
    field: &'s Field,
}

fn table(problem: &Problem, log: &mut InOrder, output: &Path, progress: &dyn Progress) -> Result<u64, Error> {
    let schema = &problem.schema;
    let told = told(schema);
    let names: Vec<String> = told.iter().map(|told| format!("{}.{}", told.of, told.field.name)).collect();
    let mut columns = vec![
        ("event", Kind::Text),
        ("id", Kind::Text),
        ("time", Kind::Whole),
        ("known", Kind::Whole),
        (schema.user().name.as_str(), Kind::Text),
        (schema.item().name.as_str(), Kind::Text),
        ("request", Kind::Text),
        ("shown", Kind::Texts),
    ];
    columns.extend(names.iter().map(String::as_str).zip(told.iter().map(|told| kind(told.field.kind))));
    let mut writing = Output::create(output, &columns)?;
    let mut lines = 0;
    for stored in &mut log.lines {
        let line = stored.map_err(Error::Data)?.read;
        writing.row(&Cells::of(&line, schema, &told, log.arrivals.start()).data())?;
        lines += 1;
        if lines % STEP == 0 {
            progress.advance(STEP);
            progress.check()?;
        }
    }
    writing.finish()
}

fn told(schema: &Schema) -> Vec<Told<'_>> {
    let entities = schema.entities.iter().map(|entity| (entity.name.as_str(), &entity.fields));
    let interactions = schema.interactions.iter().map(|kind| (kind.name.as_str(), &kind.fields));
    let all = entities.chain(interactions).chain([("request", &schema.context)]);
    all.flat_map(|(of, fields)| fields.iter().map(move |field| Told { of, field })).collect()
}

fn kind(kind: FieldKind) -> Kind {
    match kind {
        FieldKind::Number => Kind::Real,
        FieldKind::Categories | FieldKind::Vector => Kind::Texts,
        _ => Kind::Text,
    }
}

/// A row of the table of events.
struct Cells<'l> {
    texts: [&'l str; 5],
    times: [Millis; 2],
    shown: Vec<Name>,
    fields: Vec<Holds>,
}

/// What stands in a column of a field.
enum Holds {
    Text(String),
    Texts(Vec<Name>),
    Number(f64),
}

impl<'l> Cells<'l> {
    fn of(line: &'l Line, schema: &'l Schema, told: &[Told<'_>], start: Millis) -> Cells<'l> {
        let time = line.time.unwrap_or(start);
        let id = line.id.as_deref().unwrap_or_default();
        let (event, id, user, item, request, shown, own, cells) = match &line.body {
            Body::Entity { kind, id, fields } => {
                let entity = &schema.entities[*kind];
                (entity.name.as_str(), id.as_str(), "", "", "", None, &entity.fields, fields)
            }
            Body::Request { user, context, shown } => {
                ("request", id, user.as_str(), "", "", Some(shown), &schema.context, context)
            }
            Body::Interaction { kind, user, item, request, fields } => {
                let declared = &schema.interactions[*kind];
                let request = request.as_deref().unwrap_or_default();
                let (user, item) = (user.as_str(), item.as_str());
                (declared.name.as_str(), id, user, item, request, None, &declared.fields, fields)
            }
        };
        let cell = |told: &Told<'_>| {
            let place = own.iter().position(|field| told.of == event && *field == *told.field);
            holds(place.and_then(|at| cells.get(at)).unwrap_or(&Cell::Missing), told.field.kind)
        };
        let fields = told.iter().map(cell).collect();
        let shown = shown.into_iter().flat_map(NameList::iter).map(Name::from).collect();
        let times = [time, line.known.unwrap_or(time)];
        Cells { texts: [event, id, user, item, request], times, shown, fields }
    }

    fn data(&self) -> Vec<Datum<'_>> {
        let [event, id, user, item, request] = self.texts.map(Datum::Text);
        let [time, known] = self.times.map(Datum::Whole);
        let mut row = vec![event, id, time, known, user, item, request, Datum::Texts(&self.shown)];
        row.extend(self.fields.iter().map(|holds| match holds {
            Holds::Text(text) => Datum::Text(text),
            Holds::Texts(texts) => Datum::Texts(texts),
            Holds::Number(number) => Datum::Real(*number),
        }));
        row
    }
}

fn holds(cell: &Cell, kind: FieldKind) -> Holds {
    match cell {
        Cell::Number(number) => Holds::Number(*number),
        Cell::Missing if kind == FieldKind::Number => Holds::Number(f64::NAN),
        Cell::Words(words) => Holds::Texts(words.clone()),
        Cell::Numbers(numbers) => {
            Holds::Texts(numbers.iter().map(|number| number.to_string().into()).collect())
        }
        Cell::Missing if matches!(kind, FieldKind::Categories | FieldKind::Vector) => {
            Holds::Texts(Vec::new())
        }
        Cell::Missing => Holds::Text(String::new()),
        Cell::Word(text) => Holds::Text(text.to_string()),
        Cell::Text(text) => Holds::Text(text.clone()),
        Cell::Time(time) => {
            let moment = Timestamp::from_millisecond(*time);
            Holds::Text(moment.map_or_else(|_| time.to_string(), |moment| moment.to_string()))
        }
        Cell::Boxes(boxes) => Holds::Text(crate::log::written_boxes(boxes)),
    }
}
