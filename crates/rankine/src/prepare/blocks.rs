//! Blocks: the lines of a native file, many at a time, each taken or refused with the reason.

use std::borrow::Cow;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use rankine_learn::Schema;
use rayon::prelude::*;

use super::read::{CHUNK, Pending, kept, unusable};
use crate::error::Error;
use crate::log::{Line, Reject, add_line, open_text, parse_line, said, too_long};

/// The bytes from which on no more lines are read into a block.
const TOGETHER: usize = 64 << 20;

/// The lines of a native file, a block at a time.
pub(super) struct Blocks<'a> {
    input: Box<dyn BufRead + Send>,
    path: &'a Path,
    name: Arc<str>,
    schema: &'a Schema,
    /// Lines before the block.
    number: u64,
    bytes: Vec<u8>,
}

/// How many lines were read, and those that are not empty.
pub(super) type Block = (u64, Vec<Option<Pending>>);

impl<'a> Blocks<'a> {
    /// The file at `path`, which is called `name`.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(super) fn open(path: &'a Path, name: Arc<str>, schema: &'a Schema) -> Result<Blocks<'a>, Error> {
        let input = open_text(path).map_err(|error| unusable(path, error))?;
        Ok(Blocks { input, path, name, schema, number: 0, bytes: Vec::new() })
    }

    fn read(&mut self) -> Result<Block, Error> {
        self.bytes.clear();
        self.bytes.shrink_to(TOGETHER);
        let mut ends = vec![0];
        while ends.len() <= CHUNK && self.bytes.len() < TOGETHER {
            let lines = self.number + ends.len() as u64 - 1;
            let read = add_line(&mut self.input, &mut self.bytes)
                .map_err(|error| unusable(self.path, format!("{} (after {lines} lines)", said(error))))?;
            if read == 0 {
                break;
            }
            ends.push(self.bytes.len());
        }
        let pending = |at: usize| {
            let (text, read) = native(&self.bytes[ends[at]..ends[at + 1]], self.schema)?;
            let text = kept(&read, text);
            let line = self.number + at as u64 + 1;
            Some(Pending { file: self.name.clone(), line, text, read, example: None })
        };
        let count = ends.len() - 1;
        let lines = (0..count).into_par_iter().map(pending).collect();
        self.number += count as u64;
        Ok((count as u64, lines))
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<Block, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.read();
        (!matches!(block, Ok((0, _)))).then_some(block)
    }
}

/// Hands out what an iterator gives; where threads are to spare, one of them makes the next meanwhile. Not for a
/// thread of rayon's pool: while it waited for the next, it could not do what the next is made of.
///
/// # Errors
/// The first of `each`.
pub(super) fn ahead<T: Send>(
    mut from: impl Iterator<Item = T> + Send,
    each: &mut dyn FnMut(T) -> Result<(), Error>,
) -> Result<(), Error> {
    if rayon::current_num_threads() == 1 || rayon::current_thread_index().is_some() {
        return from.try_for_each(each);
    }
    std::thread::scope(|scope| {
        let (made, taken) = sync_channel(1);
        // It ends with what it takes from, or once nobody takes from it.
        scope.spawn(move || from.try_for_each(|one| made.send(one)));
        taken.into_iter().try_for_each(each)
    })
}

/// The text of a line and what was read of it; none where nothing stands there.
fn native<'b>(bytes: &'b [u8], schema: &Schema) -> Option<(Cow<'b, str>, Result<Line, Reject>)> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let reject = too_long(bytes).unwrap_or_else(|| Reject::new("not-utf8", "", "the line is not UTF-8"));
        return Some((String::from_utf8_lossy(bytes), Err(reject)));
    };
    let text = text.trim_end();
    let read = || too_long(bytes).map_or_else(|| parse_line(text, schema), Err);
    (!text.is_empty()).then(|| (text.into(), read()))
}
