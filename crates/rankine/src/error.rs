//! What can stop the road, in sentences for people.

use std::path::{Path, PathBuf};

use rankine_design::{Findings, Source};

/// Why a stage could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The design has errors: findings with the texts they point into.
    #[error("the design has errors")]
    Design(Findings, Vec<Source>),
    /// A file cannot be read or written.
    #[error("{}: {problem}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The data cannot carry the problem.
    #[error("{0}")]
    Data(String),
    /// A saved artifact is not what this version writes.
    #[error("{0}")]
    Artifact(String),
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
    /// Somebody asked to stop a run.
    #[error("stopped; finished stages are kept and will not run again")]
    StoppedBetween,
}

impl Error {
    /// A file with what is wrong with it.
    pub fn file(path: &Path, problem: impl ToString) -> Error {
        Error::File { path: path.to_owned(), problem: problem.to_string() }
    }

    /// The same of work in stages.
    pub(crate) fn of_stages(self) -> Error {
        if let Error::Stopped = self { Error::StoppedBetween } else { self }
    }
}
