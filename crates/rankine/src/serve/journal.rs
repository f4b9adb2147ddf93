//! The journal: an append-only file of JSON Lines, durable before anybody is answered.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufReader, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, OnceLock, atomic::AtomicU64, atomic::Ordering};
use std::thread::JoinHandle;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::writer::{Entry, Storage, Writer};
use crate::error::Error;
use crate::log::next_line;

/// An open journal. Many threads may append; one thread writes, each batch with one write and one sync. The
/// file is locked for as long: of two writers each would cut off or overlook what the other wrote.
pub struct Journal {
    queue: Option<Sender<Entry>>,
    writer: Option<JoinHandle<()>>,
    status: Arc<Status>,
}

/// What was found when a journal was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Whole lines.
    pub lines: u64,
    /// Lines before the last whole one that are not JSON; they stay in the file and count as nothing.
    pub damaged: u64,
    /// What a crash left behind the last whole line.
    pub torn: Option<Torn>,
}

/// A tail that was never acknowledged and is cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Where it began, in bytes.
    pub offset: u64,
    /// How long it was.
    pub bytes: u64,
    /// The file that keeps it.
    pub kept: PathBuf,
}

/// Why lines are not in the journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// These lines were taken back; later ones may go well, such as after space was made.
    #[error("the journal cannot be written: {0}")]
    Failed(String),
    /// What the disk holds is not known: nothing more is taken until a restart.
    #[error("the journal takes nothing more until a restart: {0}")]
    Closed(String),
}

/// What the writer tells everybody.
#[derive(Default)]
pub(crate) struct Status {
    pub(crate) bytes: AtomicU64,
    pub(crate) broken: OnceLock<String>,
}

impl Journal {
    /// Opens or makes the journal at `path` and calls `each` with its whole lines, in order. A torn tail
    /// (a last line without its end, or lines that are not JSON with no whole one behind them) moves to the
    /// file `<path>.torn-<offset>`.
    ///
    /// # Errors
    /// Where the file cannot be read, another server has it open, or its torn tail cannot be moved.
    pub fn open(path: &Path, each: &mut dyn FnMut(String)) -> Result<(Journal, Recovery), Error> {
        let wrong = |error: std::io::Error| Error::file(path, error);
        let new = !path.exists();
        if !new && !path.is_file() {
            return Err(Error::file(path, "a journal must be a plain file"));
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(wrong)?;
        lock(&file, path)?;
        if new {
            sync_folder(path).map_err(wrong)?;
        }
        let (mut recovery, good) = read(&file, each).map_err(wrong)?;
        let length = file.metadata().map_err(wrong)?.len();
        if good < length {
            recovery.torn = Some(set_aside(&mut file, path, good, length)?);
        }
        Ok((Journal::start(Box::new(file), good), recovery))
    }

    /// Starts the writer of a storage that holds `good` bytes of whole lines.
    pub(crate) fn start(storage: Box<dyn Storage>, good: u64) -> Journal {
        let status = Arc::new(Status::default());
        status.bytes.store(good, Ordering::Relaxed);
        let (queue, entries): (Sender<Entry>, Receiver<Entry>) = channel();
        let writer = Writer::new(storage, good, status.clone());
        let writer = std::thread::spawn(move || writer.run(&entries));
        Journal { queue: Some(queue), writer: Some(writer), status }
    }

    /// Appends lines and returns once they are durable. Before that `then` runs on the writer's thread: for
    /// all callers in the order of their lines in the file.
    ///
    /// # Errors
    /// Where the lines are not durable; `then` did not run.
    pub fn append(&self, lines: &[Value], then: impl FnOnce() + Send + 'static) -> Result<(), Unwritten> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line).expect("a JSON value has a text");
            bytes.push(b'\n');
        }
        let (done, answer) = sync_channel(1);
        let entry = Entry { bytes, then: Box::new(then), done };
        let sent = self.queue.as_ref().is_some_and(|queue| queue.send(entry).is_ok());
        match sent.then(|| answer.recv()) {
            Some(Ok(outcome)) => outcome,
            _ => {
                let why = self.status.broken.get_or_init(|| "its writer has stopped".to_owned());
                Err(Unwritten::Closed(why.clone()))
            }
        }
    }

    /// Bytes of whole, durable lines.
    pub fn bytes(&self) -> u64 {
        self.status.bytes.load(Ordering::Relaxed)
    }

    /// Why nothing more is taken, where that is so.
    pub fn broken(&self) -> Option<&str> {
        self.status.broken.get().map(String::as_str)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has already failed its callers.
            let _ = writer.join();
        }
    }
}

/// Keeps other servers away until the file is closed, which a crash does too.
pub(crate) fn lock(file: &File, path: &Path) -> Result<(), Error> {
    match file.try_lock() {
        Ok(()) if replaced(file, path) => {
            Err(Error::file(path, "it was written anew while it was being opened; try again"))
        }
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let problem =
                "another server writes to this log; end that one first, or let this one log to another file";
            Err(Error::file(path, problem))
        }
        // Some file systems know no locks; there nobody is kept away.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(Error::file(path, error)),
    }
}

/// Whether another file has come to stand at the path of an open one: what is written there would be lost.
#[cfg(unix)]
fn replaced(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) != (there.dev(), there.ino()),
        _ => true,
    }
}

#[cfg(not(unix))]
fn replaced(_: &File, path: &Path) -> bool {
    !path.exists()
}

/// Calls `each` with the whole lines; gives what was found and the bytes up to the end of the last one.
pub(crate) fn read(file: &File, each: &mut dyn FnMut(String)) -> std::io::Result<(Recovery, u64)> {
    let mut input = BufReader::with_capacity(1 << 16, file);
    let mut recovery = Recovery::default();
    let (mut at, mut good, mut doubtful) = (0, 0, 0);
    let mut bytes = Vec::new();
    loop {
        let length = next_line(&mut input, &mut bytes)?;
        if length == 0 {
            return Ok((recovery, good));
        }
        at += length;
        match whole(&bytes) {
            Some(line) => {
                recovery.lines += 1;
                recovery.damaged += std::mem::take(&mut doubtful);
                good = at;
                each(line);
            }
            None => doubtful += 1,
        }
    }
}

/// The text of a line that ends and is JSON.
fn whole(bytes: &[u8]) -> Option<String> {
    let line = bytes.strip_suffix(b"\n")?;
    serde_json::from_slice::<IgnoredAny>(line).ok()?;
    String::from_utf8(line.to_vec()).ok()
}

fn set_aside(file: &mut File, path: &Path, good: u64, length: u64) -> Result<Torn, Error> {
    let mut kept = path.as_os_str().to_owned();
    kept.push(format!(".torn-{good}"));
    let kept = PathBuf::from(kept);
    let moved = (|| {
        file.seek(SeekFrom::Start(good))?;
        // Two crashes may tear at the same place: both tails are kept.
        let mut aside = OpenOptions::new().append(true).create(true).open(&kept)?;
        std::io::copy(file, &mut aside)?;
        aside.sync_all()?;
        file.set_len(good)?;
        file.sync_all()
    })();
    moved.map_err(|error: std::io::Error| Error::file(&kept, error))?;
    Ok(Torn { offset: good, bytes: length - good, kept })
}

/// Makes the name of a new file durable.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Elsewhere folders cannot be opened.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
