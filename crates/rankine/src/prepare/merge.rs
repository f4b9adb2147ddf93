//! Merging: the tables of a log are read side by side, and whichever holds the earliest line gives the next one.

use std::iter::Peekable;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use super::read::{Pending, all_of, known};
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
            let (into, from) = sync_channel::<Vec<Pending>>(PIECES);
            let hushed = &hushed;
            let reading = scope.spawn(move || pieces(problem, table, data, &into, hushed));
            (from.into_iter().flatten().peekable(), reading)
        };
        let (mut tables, reading): (Vec<_>, Vec<_>) = problem.tables.iter().map(read).unzip();
        let handed = hand_out(&mut tables, progress, each);
        // Whoever still reads ends when nobody takes it.
        drop(tables);
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

fn hand_out(
    tables: &mut [Peekable<impl Iterator<Item = Pending>>],
    progress: &dyn Progress,
    each: EachOf<'_>,
) -> Result<(), Error> {
    let mut taken = 0;
    loop {
        let first =
            tables.iter_mut().enumerate().filter_map(|(at, lines)| Some((known(lines.peek()?), at))).min();
        let Some((_, at)) = first else { return Ok(()) };
        tables[at].next().map_or(Ok(()), |pending| each(at, pending))?;
        taken += 1;
        if taken % PIECE == 0 {
            progress.advance(PIECE as u64);
            progress.check()?;
        }
    }
}
