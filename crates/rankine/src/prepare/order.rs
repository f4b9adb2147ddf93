//! Order: the lines of a log become events in the order in which they became known; what cannot be taken is kept aside.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rankine_design::Split;
use rankine_learn::{Event, Millis, What};
use serde::{Deserialize, Serialize};

use super::arrange::{Arranged, arrange};
use super::opened::open_pictures;
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
    // Of two tables with times one begins before the other ends, which would be found when one is read for nothing.
    let timed = problem.tables.iter().filter(|table| table.time.is_some()).count();
    if !by_time(problem) || timed > 1 {
        return Ok(None);
    }
    let mut straight = Straight::new(problem);
    let read = each_line(problem, (data, &all), progress, &mut |pending| match straight.take(pending) {
        true => Ok(()),
        false => Err(Error::Stopped),
    });
    if straight.late {
        return Ok(None);
    }
    let filtered = read?;
    straight.let_go(straight.waiting.len());
    // Tables are in no order that anybody promised.
    let out_of_order = if problem.tables.is_empty() { straight.out_of_order } else { 0 };
    Ok(Some(Log { out_of_order, ..straight.interning.log(filtered) }))
}

/// Lines that become events soon after they were read: each may come before as many others as wait.
struct Straight {
    interning: Interning,
    waiting: Vec<Waiting>,
    /// How many of them have a time, and about how many bytes all take.
    timed: usize,
    held: usize,
    /// The latest of all, and of those that became events.
    newest: Millis,
    gone: Millis,
    /// The moment of entities that are there from the start: when the first line became known.
    start: Option<Millis>,
    out_of_order: u64,
    /// Whether a line came too late.
    late: bool,
}

struct Waiting {
    /// The smallest number for what is there from the start.
    known: Millis,
    file: Arc<str>,
    line: u64,
    read: Line,
}

impl Straight {
    fn new(problem: &Problem) -> Straight {
        Straight {
            interning: Interning::new(problem, Rejections::default(), 0),
            waiting: Vec::new(),
            timed: 0,
            held: 0,
            newest: Millis::MIN,
            gone: Millis::MIN,
            start: None,
            out_of_order: 0,
            late: false,
        }
    }

    /// Takes a line; false where it comes too late.
    fn take(&mut self, pending: Pending) -> bool {
        let Pending { file, line, text, read, .. } = pending;
        let read = match read {
            Ok(read) => read,
            Err(reject) => {
                self.interning.rejected.add(Rejected::new(&file, line, reject, text));
                return true;
            }
        };
        let time = times(&read);
        let known = time.unwrap_or(Millis::MIN);
        self.late = known < self.gone || time < self.start.filter(|_| time.is_some());
        self.out_of_order += u64::from(time.is_some() && known < self.newest);
        self.newest = self.newest.max(known);
        self.timed += usize::from(time.is_some());
        self.held += size_of::<Waiting>() + read.bytes();
        self.waiting.push(Waiting { known, file, line, read });
        if self.timed >= 2 * CHUNK {
            self.let_go(self.waiting.len() - CHUNK);
        } else if self.held >= HELD {
            self.let_go(self.waiting.len() / 2);
            // Too much waits for a first time: it is sorted outside memory.
            self.late |= self.held >= HELD;
        }
        !self.late
    }

    /// So many of those that wait become events, the earliest first; none before there is a time.
    fn let_go(&mut self, many: usize) {
        self.waiting.sort_by_cached_key(|waiting| waiting.known);
        let first = || self.waiting.iter().map(|waiting| waiting.known).find(|known| *known > Millis::MIN);
        self.start = self.start.or_else(first);
        let whole = many == self.waiting.len();
        let Some(start) = self.start.or(whole.then_some(0)) else { return };
        for Waiting { known, file, line, read } in self.waiting.drain(..many) {
            self.timed -= usize::from(known > Millis::MIN);
            self.held -= size_of::<Waiting>() + read.bytes();
            self.gone = known;
            self.interning.take(&file, line, read, start);
        }
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
    let mut taking = Taking::new(bound);
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
    let Taking { sorter, files, rejected, out_of_order, start, taken, .. } = taking;
    // Tables are in no order that anybody promised.
    let out_of_order = if problem.tables.is_empty() { out_of_order } else { 0 };
    let lines = sorter.finish().map_err(Error::Data)?;
    let start = start.unwrap_or(0);
    Ok(InOrder { lines, files, rejected, out_of_order, start, taken, filtered, arranged, said })
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
    rejected: Rejections,
    out_of_order: u64,
    newest: Millis,
    /// The moment of entities that are there from the start: when the first line became known.
    start: Option<Millis>,
    taken: u64,
}

impl Taking {
    fn new(bound: usize) -> Taking {
        Taking {
            sorter: Sorter::new(bound),
            files: Vec::new(),
            rejected: Rejections::default(),
            out_of_order: 0,
            newest: Millis::MIN,
            start: None,
            taken: 0,
        }
    }

    fn take(&mut self, pending: Pending) -> Result<(), Error> {
        let Pending { file, line, text, read, .. } = pending;
        let read = match read {
            Ok(read) => read,
            Err(reject) => {
                self.rejected.add(Rejected::new(&file, line, reject, text));
                return Ok(());
            }
        };
        if self.files.last() != Some(&file) {
            self.files.push(file);
        }
        let known = times(&read);
        if let Some(known) = known {
            self.out_of_order += u64::from(known < self.newest);
            self.newest = self.newest.max(known);
            self.start = Some(self.start.map_or(known, |start| start.min(known)));
        }
        self.taken += 1;
        let stored = Stored { file: self.files.len() as u32 - 1, line, read };
        let bytes = size_of::<Stored>() + stored.read.bytes();
        self.sorter.push(known.unwrap_or(Millis::MIN), bytes, stored).map_err(Error::Data)
    }
}

/// The lines of a log in order.
pub(super) struct InOrder {
    pub(super) lines: Sorted<Stored>,
    files: Vec<Arc<str>>,
    pub(super) rejected: Rejections,
    out_of_order: u64,
    /// The moment of entities that are there from the start: when the first line became known.
    pub(super) start: Millis,
    pub(super) taken: u64,
    pub(super) filtered: u64,
    arranged: Arranged,
    said: Vec<(Name, Millis)>,
}

impl InOrder {
    fn interned(self, problem: &Problem) -> Result<Log, Error> {
        let mut interning = Interning::new(problem, self.rejected, self.taken as usize);
        for stored in self.lines {
            let Stored { file, line, read } = stored.map_err(Error::Data)?;
            let file = self.files.get(file as usize).map_or("", |file| file);
            interning.take(file, line, read, self.start);
        }
        let number = |(id, time): &(Name, Millis)| Some((interning.intake.request(id)?, *time));
        let said = self.said.iter().filter_map(number).collect();
        let log = interning.log(self.filtered);
        Ok(Log { out_of_order: self.out_of_order, arranged: self.arranged, said, ..log })
    }
}

/// Lines that become events, one after another in their order.
struct Interning {
    intake: Intake,
    events: Vec<Event>,
    given: Option<[usize; 4]>,
    rejected: Rejections,
}

impl Interning {
    /// With what was rejected before, and room for so many events.
    fn new(problem: &Problem, rejected: Rejections, many: usize) -> Interning {
        let intake = Intake::new(&problem.schema, Dictionary::new(&problem.schema));
        Interning { intake, events: Vec::with_capacity(many), given: None, rejected }
    }

    fn take(&mut self, file: &str, line: u64, read: Line, start: Millis) {
        let period = read.period;
        match self.intake.take(read, start) {
            Ok(event) => {
                if let (Some(period), What::Request { .. }) = (period, &event.what) {
                    self.given.get_or_insert([0; 4])[period] += 1;
                }
                self.events.push(event);
            }
            Err(reject) => self.rejected.add(Rejected::new(file, line, reject, String::new())),
        }
    }

    /// The log that came of them, as one that needed no ordering.
    fn log(self, filtered: u64) -> Log {
        let Interning { mut intake, events, given, mut rejected } = self;
        rejected.first.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
        let (orphans, requests, dictionary) = (intake.orphans, intake.request_ids(), intake.dictionary);
        Log {
            dictionary,
            events,
            rejected,
            out_of_order: 0,
            orphans,
            filtered,
            arranged: Arranged::default(),
            given,
            said: Vec::new(),
            requests,
        }
    }
}

/// The events of the log at `data` in order, taken in by `intake`: those that [`read`] gives, before requests are
/// implied. Of a folder in the native schema only the files that are `wanted` are read.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn events(
    problem: &Problem,
    (data, wanted): (&Path, Wanted<'_>),
    seed: u64,
    intake: &mut Intake,
    progress: &dyn Progress,
) -> Result<Vec<Event>, Error> {
    let log = in_order(problem, (data, wanted), seed, HELD, progress)?;
    let mut events = Vec::with_capacity(log.taken as usize);
    for stored in log.lines {
        events.extend(intake.take(stored.map_err(Error::Data)?.read, log.start));
    }
    Ok(events)
}
