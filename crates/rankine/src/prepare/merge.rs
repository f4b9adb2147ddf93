//! Merging: the tables of a log are read side by side, and whichever holds the earliest line gives the next one.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::vec::IntoIter;

use rankine_learn::Millis;

use super::read::{Pending, all_of, times};
use crate::error::Error;
use crate::problem::{Problem, Table};
use crate::progress::{Hushed, Progress};

/// Takes lines, each with the place of its table, one after another.
pub(super) type EachOf<'e> = &'e mut dyn FnMut(usize, Pending) -> Result<(), Error>;

/// Lines that a table has read before they are asked for, in as many pieces at most.
const PIECE: usize = 1024;
const PIECES: usize = 2;

/// Hands out the lines of all tables, of those that come next the one that was known first; of equals that of the
/// table that the mapping names first. Where every table is in order, so is what is handed out. Returns how many
/// rows a mapping's filter left out.
///
/// # Errors
/// Where a file cannot be read, or `each` ends it.
pub(super) fn each_merged(
    problem: &Problem,
    data: &Path,
    progress: &dyn Progress,
    each: EachOf<'_>,
) -> Result<u64, Error> {
    progress.begin(&format!("reading {} tables", problem.tables.len()), None);
    let hushed = Hushed { stopped: &|| progress.stopped() };
    let filtered = std::thread::scope(|scope| {
        let read = |table| {
            let (into, from) = sync_channel(PIECES);
            let hushed = &hushed;
            (Head::of(from), scope.spawn(move || pieces(problem, table, data, &into, hushed)))
        };
        let (mut heads, reading): (Vec<Head>, Vec<_>) = problem.tables.iter().map(read).unzip();
        let handed = hand_out(&mut heads, progress, each);
        // Whoever still reads ends when nobody takes it.
        drop(heads);
        let read = reading
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        let read: Result<Vec<u64>, Error> = read.collect();
        handed?;
        Ok(read?.into_iter().sum())
    })?;
    progress.end();
    Ok(filtered)
}

/// Sends the lines of a table in pieces.
fn pieces(
    problem: &Problem,
    table: &Table,
    data: &Path,
    into: &SyncSender<Vec<Pending>>,
    progress: &dyn Progress,
) -> Result<u64, Error> {
    let send = |piece: Vec<Pending>| into.send(piece).map_err(|_| Error::Stopped);
    let mut piece = Vec::with_capacity(PIECE);
    let filtered = all_of(problem, table, data, progress, &mut |pending| {
        piece.push(pending);
        match piece.len() < PIECE {
            true => Ok(()),
            false => send(std::mem::replace(&mut piece, Vec::with_capacity(PIECE))),
        }
    })?;
    send(piece)?;
    Ok(filtered)
}

/// What comes next of a table.
struct Head {
    from: Receiver<Vec<Pending>>,
    piece: IntoIter<Pending>,
    /// When the next line was known; none where there is no more. What has no time, or could not be read, comes
    /// before everything else.
    known: Option<Millis>,
}

impl Head {
    fn of(from: Receiver<Vec<Pending>>) -> Head {
        Head { from, piece: Vec::new().into_iter(), known: Some(Millis::MIN) }
    }

    /// Sees what comes next.
    fn look(&mut self) {
        while self.piece.as_slice().is_empty() {
            match self.from.recv() {
                Ok(piece) => self.piece = piece.into_iter(),
                Err(_) => return self.known = None,
            }
        }
        let next = self.piece.as_slice().first().and_then(|pending| pending.read.as_ref().ok());
        self.known = Some(next.and_then(times).unwrap_or(Millis::MIN));
    }
}

fn hand_out(heads: &mut [Head], progress: &dyn Progress, each: EachOf<'_>) -> Result<(), Error> {
    heads.iter_mut().for_each(Head::look);
    let mut taken = 0;
    loop {
        let next = heads.iter().enumerate().filter_map(|(at, head)| Some((head.known?, at))).min();
        let Some((_, at)) = next else { return Ok(()) };
        if let Some(pending) = heads[at].piece.next() {
            each(at, pending)?;
        }
        heads[at].look();
        taken += 1;
        if taken % PIECE == 0 {
            progress.advance(PIECE as u64);
            progress.check()?;
        }
    }
}
