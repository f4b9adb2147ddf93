//! The journal's writer: batches what callers append, writes and syncs it, and answers them.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};

use super::journal::{Status, Unwritten};

/// A batch is closed beyond this size, so that nobody waits for a flood behind him.
const BATCH: usize = 4 << 20;

/// Where lines end up.
pub(crate) trait Storage: Send {
    /// Writes all bytes at the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns once everything written is durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Drops everything behind the first `length` bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Storage for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// What one caller appends.
pub(crate) struct Entry {
    pub(crate) bytes: Vec<u8>,
    pub(crate) then: Box<dyn FnOnce() + Send>,
    pub(crate) done: SyncSender<Result<(), Unwritten>>,
}

pub(crate) struct Writer {
    storage: Box<dyn Storage>,
    good: u64,
    status: Arc<Status>,
}

impl Writer {
    pub(crate) fn new(storage: Box<dyn Storage>, good: u64, status: Arc<Status>) -> Writer {
        Writer { storage, good, status }
    }

    /// Works until all senders are gone.
    pub(crate) fn run(mut self, entries: &Receiver<Entry>) {
        while let Ok(first) = entries.recv() {
            let mut bytes = first.bytes.clone();
            let mut batch = vec![first];
            while bytes.len() < BATCH
                && let Ok(next) = entries.try_recv()
            {
                bytes.extend_from_slice(&next.bytes);
                batch.push(next);
            }
            let outcome = self.commit(&bytes);
            for Entry { then, done, .. } in batch {
                if outcome.is_ok() {
                    then();
                }
                // A caller that gave up needs no answer.
                let _ = done.send(outcome.clone());
            }
        }
    }

    fn commit(&mut self, bytes: &[u8]) -> Result<(), Unwritten> {
        if let Some(why) = self.status.broken.get() {
            return Err(Unwritten::Closed(why.clone()));
        }
        if let Err(error) = self.storage.append(bytes) {
            // Half a line must not stand before the next one.
            return Err(match self.storage.cut(self.good) {
                Ok(()) => Unwritten::Failed(error.to_string()),
                Err(second) => self.close(format!("{error}; then taking it back failed: {second}")),
            });
        }
        // After a failed sync the system may have dropped the pages and calls the next sync a success.
        self.storage.sync().map_err(|error| self.close(format!("a sync failed: {error}")))?;
        self.good += bytes.len() as u64;
        self.status.bytes.store(self.good, Ordering::Relaxed);
        Ok(())
    }

    fn close(&self, why: String) -> Unwritten {
        Unwritten::Closed(self.status.broken.get_or_init(|| why).clone())
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
