//! Aside: a file that is written beside the one whose place it takes.

use std::path::PathBuf;

/// A file that goes away unless it was put in its place.
pub(crate) struct Aside(pub(crate) PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // Once it is in its place there is nothing aside.
        let _ = std::fs::remove_file(&self.0);
    }
}
