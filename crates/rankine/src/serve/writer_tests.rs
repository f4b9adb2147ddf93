//! The writer under faults: what fails is not acknowledged, and what is acknowledged is there.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::Storage;
use crate::serve::journal::{Journal, Unwritten};

/// A disk that fails as told.
#[derive(Default)]
struct Disk {
    bytes: Vec<u8>,
    /// Bytes that still fit.
    room: usize,
    cut_fails: bool,
    sync_fails: bool,
}

struct Shared(Arc<Mutex<Disk>>);

impl Storage for Shared {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        let fits = bytes.len().min(disk.room);
        disk.bytes.extend_from_slice(&bytes[..fits]);
        disk.room -= fits;
        if fits == bytes.len() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.0.lock().unwrap().sync_fails { Err(io::Error::other("lost")) } else { Ok(()) }
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        if disk.cut_fails {
            return Err(io::Error::other("stuck"));
        }
        let freed = disk.bytes.len() - length as usize;
        disk.room += freed;
        disk.bytes.truncate(length as usize);
        Ok(())
    }
}

fn start(disk: Disk) -> (Journal, Arc<Mutex<Disk>>) {
    let disk = Arc::new(Mutex::new(disk));
    (Journal::start(Box::new(Shared(disk.clone())), 0), disk)
}

#[test]
fn a_full_disk_takes_the_lines_back_and_works_again_with_room() {
    let (journal, disk) = start(Disk { room: 13, ..Disk::default() });
    let ran = Arc::new(AtomicUsize::new(0));
    let count = || {
        let ran = ran.clone();
        move || {
            ran.fetch_add(1, Ordering::Relaxed);
        }
    };
    journal.append(&[json!({"a": 1})], count()).unwrap();
    let refused = journal.append(&[json!({"b": 22222})], count());
    assert!(matches!(refused, Err(Unwritten::Failed(_))), "{refused:?}");
    assert_eq!(disk.lock().unwrap().bytes, b"{\"a\":1}\n");
    assert_eq!((ran.load(Ordering::Relaxed), journal.bytes(), journal.broken()), (1, 8, None));
    disk.lock().unwrap().room = 100;
    journal.append(&[json!({"b": 22222})], count()).unwrap();
    assert_eq!(disk.lock().unwrap().bytes, b"{\"a\":1}\n{\"b\":22222}\n");
    assert_eq!(ran.load(Ordering::Relaxed), 2);
}

#[test]
fn what_cannot_be_taken_back_or_synced_closes_the_journal() {
    let cases = [
        Disk { room: 3, cut_fails: true, ..Disk::default() },
        Disk { room: 100, sync_fails: true, ..Disk::default() },
    ];
    for disk in cases {
        let (journal, disk) = start(disk);
        let first = journal.append(&[json!({"a": 1})], || panic!("not durable"));
        assert!(matches!(first, Err(Unwritten::Closed(_))), "{first:?}");
        {
            let mut disk = disk.lock().unwrap();
            (disk.cut_fails, disk.sync_fails, disk.room) = (false, false, 100);
        }
        let length = disk.lock().unwrap().bytes.len();
        let second = journal.append(&[json!({"b": 1})], || panic!("closed"));
        assert!(matches!(second, Err(Unwritten::Closed(_))), "{second:?}");
        assert_eq!(disk.lock().unwrap().bytes.len(), length, "nothing may follow lines of unknown fate");
        assert!(journal.broken().is_some() && journal.bytes() == 0);
    }
}

#[test]
fn a_panic_in_what_follows_fails_the_caller_and_closes_the_journal() {
    let (journal, _) = start(Disk { room: 100, ..Disk::default() });
    let outcome = journal.append(&[json!({"a": 1})], || panic!("on purpose"));
    assert!(matches!(outcome, Err(Unwritten::Closed(_))), "{outcome:?}");
    assert!(journal.append(&[json!({"a": 1})], || ()).is_err() && journal.broken().is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_without_space_is_refused() {
    let full = std::fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
    let journal = Journal::start(Box::new(full), 0);
    let outcome = journal.append(&[json!({"a": 1})], || panic!("not durable"));
    assert!(outcome.is_err(), "{outcome:?}");
}
