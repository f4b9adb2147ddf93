//! The journal: every line that was said, durable before it is answered, so that an interview can be taken up.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::clock::Pace;
use super::score::Level;
use crate::error::Error;

/// The file of answers in an interview's folder.
const ANSWERS: &str = "answers.jsonl";

/// What an interview is, in the first line of its journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The case.
    pub case: String,
    /// The seed.
    pub seed: u64,
    /// The level.
    pub level: Level,
    /// The pace.
    pub pace: Pace,
}

/// A line that was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Seconds after the opening.
    pub at: f64,
    /// The line.
    pub line: String,
}

/// The journal of an interview.
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Begins a journal in a folder, which must not have one.
    ///
    /// # Errors
    /// Where it cannot be written, or is there.
    pub fn begin(folder: &Path, setting: &Setting) -> Result<Journal, Error> {
        std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
        let path = folder.join(ANSWERS);
        let file = OpenOptions::new().append(true).create_new(true).open(&path);
        let mut journal = Journal { file: file.map_err(|error| Error::file(&path, error))?, path };
        journal.write(setting)?;
        Ok(journal)
    }

    /// Takes up the journal of a folder: what was said. A line that was not written whole is dropped.
    ///
    /// # Errors
    /// Where there is none, or it is not one.
    pub fn resume(folder: &Path) -> Result<(Journal, Setting, Vec<Said>), Error> {
        let path = folder.join(ANSWERS);
        let trouble = |error: String| Error::file(&path, error);
        let mut reader = BufReader::new(File::open(&path).map_err(|error| trouble(error.to_string()))?);
        let (mut whole, mut lines) = (0, Vec::new());
        loop {
            let mut line = Vec::new();
            let read = reader.read_until(b'\n', &mut line).map_err(|error| trouble(error.to_string()))?;
            if read == 0 || line.last() != Some(&b'\n') {
                break;
            }
            whole += read as u64;
            lines.push(line);
        }
        let Some((first, rest)) = lines.split_first() else {
            return Err(trouble(
                "the journal of an interview begins with its setting; this one is empty".into(),
            ));
        };
        let setting = serde_json::from_slice(first).map_err(|error| trouble(error.to_string()))?;
        let said = rest.iter().map(|line| serde_json::from_slice(line));
        let said = said.collect::<Result<_, _>>().map_err(|error| trouble(error.to_string()))?;
        let file = OpenOptions::new().append(true).open(&path).map_err(|error| trouble(error.to_string()))?;
        file.set_len(whole).map_err(|error| trouble(error.to_string()))?;
        Ok((Journal { path, file }, setting, said))
    }

    /// Keeps a line.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn keep(&mut self, said: &Said) -> Result<(), Error> {
        self.write(said)
    }

    fn write(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let mut line = serde_json::to_vec(value).map_err(|error| Error::file(&self.path, error))?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|error| Error::file(&self.path, error))
    }
}
