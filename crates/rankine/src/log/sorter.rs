//! Sorting what does not fit into memory: sorted runs are written aside, then merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Takes things in any order and gives them back by key; those of one key in the order in which they came.
pub(crate) struct Sorter<T> {
    /// Bytes held before a run is written aside.
    bound: usize,
    held: Vec<(i64, u64, T)>,
    bytes: usize,
    count: u64,
    runs: Vec<File>,
}

impl<T: Serialize + DeserializeOwned> Sorter<T> {
    /// Holds about `bound` bytes in memory.
    pub(crate) fn new(bound: usize) -> Sorter<T> {
        Sorter { bound, held: Vec::new(), bytes: 0, count: 0, runs: Vec::new() }
    }

    /// Takes the next one, which holds about so many bytes.
    ///
    /// # Errors
    /// A sentence, where a run cannot be written aside.
    pub(crate) fn push(&mut self, key: i64, bytes: usize, thing: T) -> Result<(), String> {
        self.held.push((key, self.count, thing));
        self.count += 1;
        self.bytes += bytes + size_of::<(i64, u64, T)>();
        if self.bytes < self.bound {
            return Ok(());
        }
        self.write_aside().map_err(aside)
    }

    fn write_aside(&mut self) -> std::io::Result<()> {
        self.held.sort_unstable_by_key(|(key, count, _)| (*key, *count));
        let mut file = BufWriter::with_capacity(1 << 16, tempfile::tempfile()?);
        for (key, count, thing) in self.held.drain(..) {
            let bytes = postcard::to_stdvec(&thing).map_err(std::io::Error::other)?;
            file.write_all(&key.to_le_bytes())?;
            file.write_all(&count.to_le_bytes())?;
            file.write_all(&(bytes.len() as u64).to_le_bytes())?;
            file.write_all(&bytes)?;
        }
        let mut file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        self.runs.push(file);
        self.bytes = 0;
        Ok(())
    }

    /// How many runs were written aside.
    #[cfg(test)]
    pub(crate) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// All of them, in order.
    ///
    /// # Errors
    /// A sentence, where a run cannot be read.
    pub(crate) fn finish(mut self) -> Result<Sorted<T>, String> {
        self.held.sort_unstable_by_key(|(key, count, _)| (*key, *count));
        let mut sorted =
            Sorted { held: self.held.into_iter().peekable(), runs: Vec::new(), heads: BinaryHeap::new() };
        for (number, file) in self.runs.into_iter().enumerate() {
            let mut run =
                Run { file: BufReader::with_capacity(1 << 16, file), bytes: Vec::new(), of: PhantomData };
            if let Some((key, count)) = run.advance().map_err(aside)? {
                sorted.heads.push(Reverse((key, count, number)));
            }
            sorted.runs.push(run);
        }
        Ok(sorted)
    }
}

fn aside(error: std::io::Error) -> String {
    let place = std::env::temp_dir();
    format!("sorting needs room in {} (or where TMPDIR says): {error}", place.display())
}

/// Things in order.
pub(crate) struct Sorted<T> {
    held: std::iter::Peekable<std::vec::IntoIter<(i64, u64, T)>>,
    runs: Vec<Run<T>>,
    /// Key, count and number of each run's next thing.
    heads: BinaryHeap<Reverse<(i64, u64, usize)>>,
}

struct Run<T> {
    file: BufReader<File>,
    /// The next thing, still as it was written.
    bytes: Vec<u8>,
    of: PhantomData<T>,
}

impl<T> Run<T> {
    fn advance(&mut self) -> std::io::Result<Option<(i64, u64)>> {
        let mut head = [0; 24];
        if self.file.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        self.file.read_exact(&mut head[1..])?;
        let part = |at: usize| -> [u8; 8] { head[at..at + 8].try_into().unwrap_or_default() };
        self.bytes.resize(u64::from_le_bytes(part(16)) as usize, 0);
        self.file.read_exact(&mut self.bytes)?;
        Ok(Some((i64::from_le_bytes(part(0)), u64::from_le_bytes(part(8)))))
    }
}

impl<T: DeserializeOwned> Iterator for Sorted<T> {
    type Item = Result<T, String>;

    fn next(&mut self) -> Option<Result<T, String>> {
        let held = self.held.peek().map(|(key, count, _)| (*key, *count));
        let Some(&Reverse((key, count, number))) = self.heads.peek() else {
            return self.held.next().map(|(_, _, thing)| Ok(thing));
        };
        if held.is_some_and(|held| held < (key, count)) {
            return self.held.next().map(|(_, _, thing)| Ok(thing));
        }
        self.heads.pop();
        let run = &mut self.runs[number];
        let thing = postcard::from_bytes(&run.bytes).map_err(|error| aside(std::io::Error::other(error)));
        match run.advance() {
            Ok(Some((key, count))) => self.heads.push(Reverse((key, count, number))),
            Ok(None) => {}
            Err(error) => return Some(Err(aside(error))),
        }
        Some(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_merged_is_what_would_be_sorted_whole() {
        let mut state = 3u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let things: Vec<(i64, String)> = (0..5000)
            .map(|at| (draw() as i64 % 100 - 50, format!("{at}{}", "x".repeat(draw() as usize % 40))))
            .collect();
        let mut expected = things.clone();
        expected.sort_by_key(|(key, _)| *key);
        for (bound, least) in [(usize::MAX, 0), (20_000, 10), (1, 5000)] {
            let mut sorter = Sorter::new(bound);
            for (key, text) in &things {
                sorter.push(*key, text.len(), (*key, text.clone())).unwrap();
                assert!(sorter.bytes <= bound);
            }
            assert!(sorter.runs() >= least, "{} runs", sorter.runs());
            let sorted: Result<Vec<(i64, String)>, String> = sorter.finish().unwrap().collect();
            assert_eq!(sorted.unwrap(), expected);
        }
        assert!(Sorter::<u32>::new(10).finish().unwrap().next().is_none());
    }
}
