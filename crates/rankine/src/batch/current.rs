//! A run's bundle, brought up to date with what the run's server logged since.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use rankine_learn::{Fold, Schema};

use crate::bundle::Bundle;
use crate::error::Error;
use crate::folder::SERVED;
use crate::log::{Intake, next_line, parse_line, too_long};
use crate::pipeline::Pipeline;
use crate::problem::Problem;

/// A bundle with the state of now.
pub(super) struct Current {
    pub(super) problem: Problem,
    pub(super) intake: Intake,
    pub(super) fold: Fold,
    pub(super) pipeline: Pipeline,
    /// The version of the bundle.
    pub(super) version: String,
    /// Events that the run's server logged since.
    pub(super) served: u64,
}

impl Current {
    /// # Errors
    /// Where the run has no bundle, it cannot be read, or it finds boxes in pictures.
    pub(super) fn of(run: &Path) -> Result<Current, Error> {
        let Bundle { problem, dictionary, mut fold, pipeline, version, .. } =
            Bundle::read(&run.join("4-bundle").join("bundle"))?;
        if problem.detects() {
            return Err(Error::Data(
                "the run's task is `detect`: it finds boxes in a folder of pictures, and knows nothing of \
                 users and items"
                    .to_owned(),
            ));
        }
        let mut intake = Intake::new(&problem.schema, dictionary);
        let served = served(&run.join("log").join(SERVED), &problem.schema, &mut intake, &mut fold)?;
        Ok(Current { problem, intake, fold, pipeline, version, served })
    }
}

/// Takes in what the server logged. A line without an end is still being written.
fn served(path: &Path, schema: &Schema, intake: &mut Intake, fold: &mut Fold) -> Result<u64, Error> {
    let Ok(file) = File::open(path) else { return Ok(0) };
    let (mut input, mut bytes, mut count) = (BufReader::new(file), Vec::new(), 0);
    while next_line(&mut input, &mut bytes).map_err(|error| Error::file(path, error))? {
        let whole = bytes.ends_with(b"\n") && too_long(&bytes).is_none();
        let Some(text) = std::str::from_utf8(&bytes).ok().filter(|_| whole) else { continue };
        let Ok(line) = parse_line(text.trim_end(), schema) else { continue };
        if let Ok(event) = intake.take(line, 0) {
            fold.observe(&event);
            count += 1;
        }
    }
    Ok(count)
}
