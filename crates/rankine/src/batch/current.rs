//! A run's bundle, brought up to date with what the run's server logged since.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use rankine_learn::{Fold, Schema};

use crate::bundle::Bundle;
use crate::error::Error;
use crate::folder::SERVED;
use crate::log::{Intake, Line, next_line, parse_line};
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

/// Takes in what the server logged.
fn served(path: &Path, schema: &Schema, intake: &mut Intake, fold: &mut Fold) -> Result<u64, Error> {
    let mut count = 0;
    for line in lines(path, schema) {
        if let Ok(event) = intake.take(line?, 0) {
            fold.observe(&event);
            count += 1;
        }
    }
    Ok(count)
}

/// The lines that a server logged, one after another; none where it logged nothing. A line without an end is
/// still being written.
pub(super) fn lines<'a>(
    path: &'a Path,
    schema: &'a Schema,
) -> impl Iterator<Item = Result<Line, Error>> + 'a {
    let mut input = File::open(path).ok().map(BufReader::new);
    let mut bytes = Vec::new();
    std::iter::from_fn(move || {
        loop {
            match next_line(input.as_mut()?, &mut bytes) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    input = None;
                    return Some(Err(Error::file(path, error)));
                }
            }
            let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix('\n'));
            if let Some(Ok(line)) = text.map(|text| parse_line(text.trim_end(), schema)) {
                return Some(Ok(line));
            }
        }
    })
}
