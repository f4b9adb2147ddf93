//! Blurring: a folder of pictures goes through a bundle; what it acts on is made unreadable.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rankine_learn::algorithms::detectors::Found;
use rankine_learn::{Area, vision};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, write_durably};
use crate::error::Error;
use crate::folder::load_json;
use crate::log::{next_line, too_long};
use crate::pictures;
use crate::problem::Problem;
use crate::progress::Progress;

/// What came of a folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The manifest.
    pub manifest: PathBuf,
    /// Pictures searched and written.
    pub images: u64,
    /// Boxes blurred in them.
    pub boxes: u64,
    /// Pictures that the manifest had already.
    pub done_before: u64,
    /// Pictures that could not be read or written.
    pub failed: u64,
    /// The contender that searched.
    pub pipeline: String,
    /// The bundle's version.
    pub bundle: String,
}

/// A line of the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blurred {
    /// The picture, relative to both folders.
    pub image: String,
    /// What was blurred, best first.
    pub boxes: Vec<Spot>,
    /// Time to read and search it, in milliseconds.
    pub ms: f64,
    /// The bundle that searched.
    pub bundle: String,
    /// Why it was not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What was blurred.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// The label.
    pub class: String,
    /// The chance that it is right.
    pub score: f32,
    /// Left edge in pixels.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

/// The manifest's name in the output folder.
pub const MANIFEST: &str = "manifest.jsonl";

/// Tiles along a blurred box's longer side: of a face of three by three colours nobody is known again.
const TILES: usize = 3;
/// Share of a box's sides that is blurred around it, since boxes are a little off.
const AROUND: f32 = 0.1;
/// Pictures between two writes of the manifest.
const TOGETHER: usize = 32;
/// Folders below the input's that are searched.
const DEEPEST: usize = 16;

/// Whether the bundle of a run finds boxes in pictures; no where it cannot be read.
pub fn detects(run: &Path) -> bool {
    let problem = run.join("4-bundle").join("bundle").join("problem.json");
    load_json::<Problem>(&problem).is_ok_and(|problem| problem.detects())
}

/// Searches every picture of `input` and below with the bundle of `run`, writes it blurred under the same name
/// to `output`, and a line for each to its manifest. A picture is whole or not there, and its line comes after
/// it; so what was stopped goes on where the manifest ends. Pictures that failed are tried again.
///
/// # Errors
/// Where the run does not detect, a folder is in the other's way, or the output cannot be written; a picture
/// that cannot be read is a line of the manifest.
pub fn blur(run: &Path, input: &Path, output: &Path, progress: &dyn Progress) -> Result<Summary, Error> {
    let bundle = Bundle::read(&run.join("4-bundle").join("bundle"))?;
    if !bundle.problem.detects() {
        let (name, task) = (&bundle.problem.name, bundle.problem.task.name());
        return Err(Error::Data(format!(
            "`{name}` has the task `{task}`: only a run of `detect` finds something in pictures"
        )));
    }
    fs::create_dir_all(output).map_err(|error| Error::file(output, error))?;
    apart(input, output)?;
    let names = pictures::below(input, DEEPEST, &|_| false).map_err(|error| Error::file(input, error))?;
    // A name that is not text could not stand in the manifest.
    let names: Vec<String> = names.iter().filter_map(|name| name.to_str().map(str::to_owned)).collect();
    let manifest = output.join(MANIFEST);
    let (done, mut file) = resumed(&manifest, &bundle.version)?;
    let open: Vec<&String> = names.iter().filter(|name| !done.contains(*name)).collect();
    let mut summary = Summary {
        manifest: manifest.clone(),
        images: 0,
        boxes: 0,
        done_before: (names.len() - open.len()) as u64,
        failed: 0,
        pipeline: bundle.pipeline.contender.name.clone(),
        bundle: bundle.version.clone(),
    };
    progress.begin("blurring pictures", Some(open.len() as u64));
    for chunk in open.chunks(TOGETHER) {
        progress.check()?;
        let lines: Vec<Blurred> = chunk.par_iter().map(|name| one(&bundle, input, output, name)).collect();
        let mut text = String::new();
        for line in &lines {
            text.push_str(&serde_json::to_string(line).map_err(|error| Error::file(&manifest, error))?);
            text.push('\n');
            let failed = line.error.is_some();
            summary.failed += u64::from(failed);
            summary.images += u64::from(!failed);
            summary.boxes += line.boxes.len() as u64;
        }
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|error| Error::file(&manifest, error))?;
        progress.advance(chunk.len() as u64);
    }
    progress.end();
    Ok(summary)
}

/// Refuses folders of which one would write into the other.
fn apart(input: &Path, output: &Path) -> Result<(), Error> {
    let full = |path: &Path| path.canonicalize().map_err(|error| Error::file(path, error));
    let (from, to) = (full(input)?, full(output)?);
    if to.starts_with(&from) || from.starts_with(&to) {
        let problem = "the blurred pictures need a folder apart from the input's";
        return Err(Error::file(output, problem));
    }
    Ok(())
}

/// What a manifest says is done by this bundle, and the manifest opened at the end of its last whole line.
fn resumed(path: &Path, version: &str) -> Result<(BTreeSet<String>, File), Error> {
    let wrong = |error: std::io::Error| Error::file(path, error);
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = options.map_err(wrong)?;
    let (mut done, mut whole) = (BTreeSet::new(), 0);
    let mut reader = BufReader::new(&mut file);
    let mut line = Vec::new();
    while let length @ 1.. = next_line(&mut reader, &mut line).map_err(wrong)? {
        if !line.ends_with(b"\n") && too_long(&line).is_none() {
            break;
        }
        whole += length;
        if let Ok(said) = serde_json::from_slice::<Blurred>(&line)
            && said.bundle == version
            && said.error.is_none()
        {
            done.insert(said.image);
        }
    }
    // A torn line is of a picture whose line was not finished: it is searched again.
    file.set_len(whole).and_then(|()| file.seek(SeekFrom::End(0))).map_err(wrong)?;
    Ok((done, file))
}

fn one(bundle: &Bundle, input: &Path, output: &Path, name: &str) -> Blurred {
    let mut line = Blurred {
        image: name.to_owned(),
        boxes: Vec::new(),
        ms: 0.0,
        bundle: bundle.version.clone(),
        error: None,
    };
    match searched(bundle, input, output, name) {
        Ok((boxes, ms)) => (line.boxes, line.ms) = (boxes, ms),
        Err(reason) => line.error = Some(reason),
    }
    line
}

fn searched(bundle: &Bundle, input: &Path, output: &Path, name: &str) -> Result<(Vec<Spot>, f64), String> {
    let begun = Instant::now();
    let mut picture = pictures::decode(&pictures::file(&input.join(name))?)?;
    let mut found = bundle.pipeline.detect(&picture);
    found.retain(|found| bundle.pipeline.acts_on(found));
    let ms = begun.elapsed().as_secs_f64() * 1e3;
    let areas: Vec<Area> = found.iter().map(|found| widened(&found.area)).collect();
    vision::blur(&mut picture, &areas, TILES);
    let lossless = Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("png"));
    let bytes = if lossless { pictures::png(&picture)? } else { pictures::jpeg(&picture)? };
    let place = output.join(name);
    let folder = place.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| write_durably(&place, &bytes)).map_err(|error| error.to_string())?;
    let labels = &bundle.problem.labels.0;
    let told = |found: &Found| Spot {
        class: labels.get(found.class as usize).map(|label| label.name.clone()).unwrap_or_default(),
        score: found.score,
        x: found.area.left,
        y: found.area.top,
        w: found.area.right - found.area.left,
        h: found.area.bottom - found.area.top,
    };
    Ok((found.iter().map(told).collect(), ms))
}

fn widened(area: &Area) -> Area {
    let (across, down) = (AROUND * (area.right - area.left), AROUND * (area.bottom - area.top));
    Area {
        left: area.left - across,
        top: area.top - down,
        right: area.right + across,
        bottom: area.bottom + down,
    }
}
