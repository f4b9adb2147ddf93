//! Order: the lines of a log become events in the order in which they became known; what cannot be taken is kept aside.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rankine_design::Split;
use rankine_learn::{Event, Millis, What};
use serde::{Deserialize, Serialize};

use super::arrange::{Arranged, arrange};
use super::merge::each_merged;
use super::opened::open_pictures;
use super::outcomes::imply_requests;
use super::read::{CHUNK, Pending, Wanted, all, each_line, lines, times};
use crate::error::Error;
use crate::log::{Body, Dictionary, Intake, Line, Name, Reject, Sorted, Sorter};
use crate::problem::Problem;
use crate::progress::Progress;

/// A log in memory.
pub(super) struct Log {
    pub(super) dictionary: Dictionary,
    pub(super) events: Vec<Event>,
    pub(super) rejected: Rejections,
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
    /// (request, the time that its row tells), where something else stands for time.
    pub(super) said: Vec<(u32, Millis)>,
    /// The ids of the requests, by number; empty where they have none.
    pub(super) requests: Vec<Name>,
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
    pub(crate) fn new(file: &str, line: u64, reject: Reject, text: String) -> Rejected {
        let place = reject.field.map(|field| format!("`{field}`: ")).unwrap_or_default();
        let reason = format!("{place}{}", reject.reason);
        Rejected { file: file.to_owned(), line, code: reject.code.to_owned(), reason, text }
    }
}

/// Lines that were kept aside: all are counted, and the first of them kept.
#[derive(Debug, Default)]
pub(super) struct Rejections {
    pub(super) counts: BTreeMap<String, u64>,
    /// In the order of their files and lines.
    pub(super) first: Vec<Rejected>,
}

impl Rejections {
    /// So many are kept: a log of nothing but nonsense must not fill the memory.
    const KEPT: usize = 10_000;

    fn add(&mut self, rejected: Rejected) {
        *self.counts.entry(rejected.code.clone()).or_default() += 1;
        if self.first.len() < Self::KEPT {
            self.first.push(rejected);
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many lines were rejected and why the first one was, for a message; `None` where none was.
    pub(super) fn sentence(&self) -> Option<String> {
        let first = self.first.first()?;
        let count = match self.count() {
            1 => "1 line was rejected".to_owned(),
            many => format!("{many} lines were rejected, the first one"),
        };
        Some(format!("{count} (line {} of {}) because {}", first.line, first.file, first.reason))
    }
}

/// Reads all files of `data`.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn read(problem: &Problem, data: &Path, seed: u64, progress: &dyn Progress) -> Result<Log, Error> {
    match straight(problem, data, progress)? {
        Some(log) => Ok(log),
        None => in_order(problem, (data, &all), seed, HELD, progress)?.interned(problem),
    }
}

/// Whether lines become events by their time alone: nothing else divides the log, and no pictures are opened.
fn by_time(problem: &Problem) -> bool {
    problem.evaluate.split == Split::Time && problem.picture().is_none()
}

/// Reads all files of `data` as long as their lines stand nearly in order, as those of most logs do: then few need to
/// be held. None where one comes too late, or where too much has no time.
///
/// # Errors
/// Where a file cannot be read.
fn straight(problem: &Problem, data: &Path, progress: &dyn Progress) -> Result<Option<Log>, Error> {
    if !by_time(problem) {
        return Ok(None);
    }
    let mut straight = Straight {
        interning: Interning::new(problem, Arrivals::default(), 0),
        waiting: Vec::new(),
        timed: 0,
        held: 0,
        gone: (Millis::MIN, 0),
        late: false,
    };
    let mut take = |table: usize, pending: Pending| match straight.take(table, pending) {
        true => Ok(()),
        false => Err(Error::Stopped),
    };
    // Of two tables with times one begins before the other ends.
    let several = problem.tables.iter().filter(|table| table.time.is_some()).count() > 1;
    let read = match several {
        true => each_merged(problem, data, progress, &mut take),
        false => each_line(problem, (data, &all), progress, &mut |pending| take(0, pending)),
    };
    if straight.late {
        return Ok(None);
    }
    let filtered = read?;
    straight.let_go(straight.waiting.len());
    Ok(Some(straight.interning.log(problem, filtered)))
}

/// Lines that become events soon after they were read: each may come before as many others as wait.
struct Straight {
    interning: Interning,
    /// Each with the place of its table.
    waiting: Vec<(usize, Arrived)>,
    /// How many of them have a time, and about how many bytes all take.
    timed: usize,
    held: usize,
    /// The latest time of those that became events, and of equal ones the last table.
    gone: (Millis, usize),
    /// Whether a line came too late.
    late: bool,
}

/// So many lines with a time may stand between one and another that was known before it.
const WAITING: usize = 2048;

impl Straight {
    /// Takes a line of a table; false where it comes too late.
    fn take(&mut self, table: usize, pending: Pending) -> bool {
        let start = self.interning.arrivals.start;
        let Some(arrived) = self.interning.arrivals.take(pending) else { return true };
        // What was there from the start may have become events by another one.
        let moved = !self.interning.events.is_empty() && self.interning.arrivals.start != start;
        self.late = (arrived.known, table) < self.gone || moved;
        self.timed += usize::from(arrived.known > Millis::MIN);
        self.held += arrived.bytes;
        self.waiting.push((table, arrived));
        if self.timed >= WAITING + CHUNK {
            self.let_go(self.waiting.len() - WAITING);
        } else if self.held >= HELD {
            if self.timed > 0 {
                self.let_go(self.waiting.len() / 2);
            }
            // Too much waits for a first time: it is sorted outside memory.
            self.late |= self.held >= HELD;
        }
        !self.late
    }

    /// So many of those that wait become events, the earliest first.
    fn let_go(&mut self, many: usize) {
        let key = |(table, arrived): &(usize, Arrived)| (arrived.known, *table);
        // As those of most logs are.
        if !self.waiting.is_sorted_by_key(key) {
            self.waiting.sort_by_cached_key(key);
        }
        let mut going = self.waiting.drain(..many);
        while let Some((table, arrived)) = going.next() {
            // Of the next line the names, of one behind it where they are looked for.
            let (intake, ahead) = (&self.interning.intake, going.as_slice());
            ahead.first().iter().for_each(|(_, next)| intake.fetch_names(&next.read));
            ahead.get(2).iter().for_each(|(_, behind)| intake.fetch_slots(&behind.read));
            self.timed -= usize::from(arrived.known > Millis::MIN);
            self.held -= arrived.bytes;
            self.gone = (arrived.known, table);
            self.interning.take(&arrived.file, arrived.line, arrived.read);
        }
    }
}

/// What the lines of a log tell as they arrive, in whatever order.
#[derive(Default)]
pub(super) struct Arrivals {
    pub(super) rejected: Rejections,
    /// When the first and the last of them became known.
    start: Option<Millis>,
    newest: Option<Millis>,
    out_of_order: u64,
}

/// A line that could be read.
struct Arrived {
    /// When it became known; the smallest number for what is there from the start.
    known: Millis,
    file: Arc<str>,
    line: u64,
    read: Line,
    /// About how many bytes it holds.
    bytes: usize,
}

impl Arrivals {
    /// Takes a line; none where it could not be read, which is kept aside.
    fn take(&mut self, pending: Pending) -> Option<Arrived> {
        let Pending { file, line, text, read, .. } = pending;
        let read = match read {
            Ok(read) => read,
            Err(reject) => {
                self.rejected.add(Rejected::new(&file, line, reject, text));
                return None;
            }
        };
        let time = times(&read);
        if time.is_some() {
            self.out_of_order += u64::from(time < self.newest);
            self.newest = self.newest.max(time);
            self.start = self.start.min(time).or(time);
        }
        let bytes = size_of::<Arrived>() + read.bytes();
        Some(Arrived { known: time.unwrap_or(Millis::MIN), file, line, read, bytes })
    }

    /// The moment of entities that are there from the start.
    pub(super) fn start(&self) -> Millis {
        self.start.unwrap_or(0)
    }
}

/// Reads all files of `data` and orders their lines by the time at which they became known, holding about `bound`
/// bytes of them in memory where time divides the log and it names no pictures.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn in_order(
    problem: &Problem,
    (data, wanted): (&Path, Wanted<'_>),
    seed: u64,
    bound: usize,
    progress: &dyn Progress,
) -> Result<InOrder, Error> {
    let mut taking =
        Taking { sorter: Sorter::new(bound), files: Vec::new(), arrivals: Arrivals::default(), taken: 0 };
    let (mut arranged, mut said) = (Arranged::default(), Vec::new());
    let filtered = if by_time(problem) {
        each_line(problem, (data, wanted), progress, &mut |pending| taking.take(pending))?
    } else {
        let (mut pending, filtered) = lines(problem, data, progress)?;
        open_pictures(problem, data, &mut pending, progress)?;
        said = times_said(&pending);
        arranged = arrange(problem, seed, &mut pending);
        pending.into_iter().try_for_each(|pending| taking.take(pending))?;
        filtered
    };
    let Taking { sorter, files, arrivals, taken } = taking;
    let lines = sorter.finish().map_err(Error::Data)?;
    Ok(InOrder { lines, files, arrivals, taken, filtered, arranged, said })
}

/// The ids of requests with the times that their rows tell, before anything else stands for time.
fn times_said(pending: &[Pending]) -> Vec<(Name, Millis)> {
    let said = |pending: &Pending| {
        let line = pending.read.as_ref().ok()?;
        let asks = matches!(line.body, Body::Request { .. });
        line.id.clone().filter(|_| asks).zip(line.time)
    };
    pending.iter().filter_map(said).collect()
}

/// Bytes of lines that are held while they are sorted; what goes beyond is sorted outside memory.
pub const HELD: usize = 256 << 20;

/// A line on its way through the sorting.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    /// The number of its file.
    file: u32,
    line: u64,
    pub(super) read: Line,
}

/// Lines being taken in: sorted by the time they became known, then interned.
struct Taking {
    sorter: Sorter<Stored>,
    files: Vec<Arc<str>>,
    arrivals: Arrivals,
    taken: u64,
}

impl Taking {
    fn take(&mut self, pending: Pending) -> Result<(), Error> {
        let Some(arrived) = self.arrivals.take(pending) else { return Ok(()) };
        let Arrived { known, file, line, read, bytes } = arrived;
        if self.files.last() != Some(&file) {
            self.files.push(file);
        }
        self.taken += 1;
        let stored = Stored { file: self.files.len() as u32 - 1, line, read };
        self.sorter.push(known, bytes, stored).map_err(Error::Data)
    }
}

/// The lines of a log in order.
pub(super) struct InOrder {
    pub(super) lines: Sorted<Stored>,
    files: Vec<Arc<str>>,
    pub(super) arrivals: Arrivals,
    pub(super) taken: u64,
    pub(super) filtered: u64,
    arranged: Arranged,
    said: Vec<(Name, Millis)>,
}

impl InOrder {
    fn interned(self, problem: &Problem) -> Result<Log, Error> {
        let mut interning = Interning::new(problem, self.arrivals, self.taken as usize);
        for stored in self.lines {
            let Stored { file, line, read } = stored.map_err(Error::Data)?;
            let file = self.files.get(file as usize).map_or("", |file| file);
            interning.intake.fetch(&read);
            interning.take(file, line, read);
        }
        let number = |(id, time): &(Name, Millis)| Some((interning.intake.request(id)?, *time));
        let said = self.said.iter().filter_map(number).collect();
        Ok(Log { arranged: self.arranged, said, ..interning.log(problem, self.filtered) })
    }
}

/// Lines that become events, one after another in their order.
struct Interning {
    intake: Intake,
    events: Vec<Event>,
    given: Option<[usize; 4]>,
    arrivals: Arrivals,
}

impl Interning {
    /// With what arrived before, and room for so many events.
    fn new(problem: &Problem, arrivals: Arrivals, many: usize) -> Interning {
        let intake = Intake::new(&problem.schema, Dictionary::new(&problem.schema));
        Interning { intake, events: Vec::with_capacity(many), given: None, arrivals }
    }

    fn take(&mut self, file: &str, line: u64, read: Line) {
        let period = read.period;
        match self.intake.take(read, self.arrivals.start()) {
            Ok(event) => {
                if let (Some(period), What::Request { .. }) = (period, &event.what) {
                    self.given.get_or_insert([0; 4])[period] += 1;
                }
                self.events.push(event);
            }
            Err(reject) => {
                self.arrivals.rejected.add(Rejected::new(file, line, reject, String::new()));
            }
        }
    }

    /// The log that came of them, as one that time divides.
    fn log(self, problem: &Problem, filtered: u64) -> Log {
        let Interning { mut intake, events, given, arrivals } = self;
        let Arrivals { mut rejected, out_of_order, .. } = arrivals;
        // Tables are in no order that anybody promised.
        let out_of_order = if problem.tables.is_empty() { out_of_order } else { 0 };
        rejected.first.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
        let (orphans, requests, dictionary) = (intake.orphans, intake.request_ids(), intake.dictionary);
        Log {
            dictionary,
            events,
            rejected,
            out_of_order,
            orphans,
            filtered,
            arranged: Arranged::default(),
            given,
            said: Vec::new(),
            requests,
        }
    }
}

/// The events of the log at `data` as a dataset has them, taken in by `intake`. Of a folder in the native schema
/// only the files that are `wanted` are read.
///
/// # Errors
/// Where the data cannot be read.
pub(crate) fn events(
    problem: &Problem,
    (data, wanted): (&Path, Wanted<'_>),
    seed: u64,
    intake: &mut Intake,
    progress: &dyn Progress,
) -> Result<Vec<Event>, Error> {
    let log = in_order(problem, (data, wanted), seed, HELD, progress)?;
    let mut events = Vec::with_capacity(log.taken as usize);
    for stored in log.lines {
        events.extend(intake.take(stored.map_err(Error::Data)?.read, log.arrivals.start()));
    }
    imply_requests(problem, &mut events);
    Ok(events)
}
