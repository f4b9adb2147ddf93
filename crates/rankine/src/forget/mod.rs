//! Forgetting a user: the lines about them leave the journal and the copies of the log; what learned from them is
//! named.

mod name;
mod rewrite;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rankine_learn::Schema;
use serde::Serialize;

use self::name::About;
use self::rewrite::{each_line, files, real, rewrite};
use crate::bundle;
use crate::error::Error;
use crate::folder::{STAMP, load_json, save_json};
use crate::prepare::{Profile, native_files};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::run::Provenance;
use crate::serve::journal::lock;

/// What was removed, and what could not be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forgotten {
    /// Who.
    pub user: String,
    /// Files that were written again, with what left them.
    pub files: Vec<Cleaned>,
    /// What was derived from the log with them in it and is gone; the next run makes it again.
    pub dropped: Vec<PathBuf>,
    /// Bundles that know them: their models learned from a log with them, or their state holds what they did.
    pub bundles: Vec<Knows>,
    /// What else holds them and is not ours to change.
    pub left: Vec<Left>,
}

/// A file that was written again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cleaned {
    /// The file.
    pub file: PathBuf,
    /// Lines about them that were removed: requests, events and fields.
    pub removed: u64,
    /// Removed lines that cannot be read but name them.
    pub unreadable: u64,
    /// Lines that stay.
    pub kept: u64,
    /// Requests of others whose recorded feature values were removed: replay cannot give them any more.
    pub values: u64,
}

/// A bundle that knows them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Knows {
    /// Its folder.
    pub bundle: PathBuf,
    /// The contender.
    pub contender: String,
    /// Its version.
    pub version: String,
    /// How often what they chose is remembered there.
    pub remembered: u64,
}

/// Something that is left as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Left {
    /// Where.
    pub place: String,
    /// Why, and what to do.
    pub why: String,
}

/// Removes a user from the log copies and the journal in the folder of a run, and from the `journals` named beside:
/// files, or folders of such. Each file is written anew beside and put in its place, so that a crash leaves it whole;
/// asked again, the rest is done. Where a link leads to a file, the file is written and the link stays. Where nothing
/// names the user nothing is changed.
///
/// # Errors
/// Where a server has one of the files open, the run cannot be read, or a file cannot be written; or has a line that
/// is too long to be looked through. Where one of the `journals` is no log in the native schema; nothing is changed
/// then.
pub fn forget(
    run: &Path,
    user: &str,
    journals: &[PathBuf],
    progress: &dyn Progress,
) -> Result<Forgotten, Error> {
    if user.is_empty() {
        return Err(Error::Data("nobody has an empty name".to_owned()));
    }
    let problem: Problem = load_json(&run.join("1-problem.json"))?;
    let provenance: Provenance = load_json(&run.join("provenance.json"))?;
    let about = About::new(user, &problem.schema);
    let files = files(run, journals)?;
    // Held to the end: whoever starts a server now is told to wait.
    let mut held = Vec::new();
    for own in &files {
        let file = File::open(&own.path).map_err(|error| Error::file(&own.path, error))?;
        lock(&file, &own.path)?;
        held.push(file);
    }
    let mut looked = Vec::new();
    progress.begin("looking for their lines", Some(files.len() as u64));
    for own in &files {
        let (mut lines, mut native) = (0, false);
        let mut judge = |line: &[u8]| {
            lines += u64::from(!line.trim_ascii().is_empty());
            native |= is_native(line);
            Ok(about.judge(line))
        };
        looked.push(each_line(&own.path, &mut judge, &mut |_| Ok(()), progress)?);
        if own.journal && lines > 0 && !native {
            return Err(Error::Data(format!(
                "{}: not a journal in the native schema: none of its lines has an `event`. It was not looked into, \
                 and nothing was changed; take `{user}` out of it where it is made",
                own.path.display()
            )));
        }
        progress.advance(1);
    }
    progress.end();
    let mut made = Forgotten {
        user: user.to_owned(),
        files: Vec::new(),
        dropped: Vec::new(),
        bundles: bundles(run, &problem.schema, user)?,
        left: Vec::new(),
    };
    let found = looked.iter().any(|count| count.removed + count.unreadable > 0);
    if found {
        progress.begin("writing the files again", Some(files.len() as u64));
        for (own, count) in files.iter().zip(&looked) {
            if count.removed + count.unreadable + count.values > 0 {
                made.files.push(rewrite(&own.path, &about, progress)?);
            }
            progress.advance(1);
        }
        progress.end();
    }
    if found || !made.bundles.is_empty() {
        made.dropped = drop_derived(run)?;
    }
    made.files.extend(clean_profile(run, &about)?);
    let files: Vec<PathBuf> = files.into_iter().map(|own| own.real).collect();
    let looked_into = problem.tables.is_empty()
        && native_files(Path::new(&provenance.log))
            .is_ok_and(|log| log.iter().all(|path| files.contains(&real(path))));
    if provenance.kept.is_none() && !looked_into {
        let why = "the log lies where you keep it and was not touched; one in the native schema is rewritten \
                   with `--journal`";
        made.left.push(Left { place: provenance.log.clone(), why: why.to_owned() });
    }
    made.left.extend(left(run, &problem, &about)?);
    Ok(made)
}

/// Whether a line says which event it is, as every line of the native schema does.
fn is_native(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"{") && name::contains(line, b"\"event\"")
}

/// Takes the kept lines that name them out of the profile, from which the report is written.
fn clean_profile(run: &Path, about: &About<'_>) -> Result<Option<Cleaned>, Error> {
    let file = run.join("2-dataset").join("profile.json");
    // What another version wrote is left, and named if it names them.
    let Ok(mut profile) = load_json::<Profile>(&file) else { return Ok(None) };
    let before = profile.examples.len();
    profile.examples.retain(|kept| {
        let said = about.in_text(&kept.text, true) || about.in_text(&kept.reason, true);
        !said && !about.in_line(kept.text.as_bytes())
    });
    let kept = profile.examples.len() as u64;
    let unreadable = before as u64 - kept;
    if unreadable == 0 {
        return Ok(None);
    }
    save_json(&file, &profile)?;
    Ok(Some(Cleaned { file, removed: 0, unreadable, kept, values: 0 }))
}

/// The events as they were prepared, and the stamps that say that stages need not be made again.
fn drop_derived(run: &Path) -> Result<Vec<PathBuf>, Error> {
    let stamps = ["2-dataset", "3-selection", "4-bundle"].map(|stage| run.join(stage).join(STAMP));
    let mut dropped = Vec::new();
    for path in stamps.into_iter().chain([run.join("2-dataset").join("dataset.bin")]) {
        if path.exists() {
            fs::remove_file(&path).map_err(|error| Error::file(&path, error))?;
            dropped.push(path);
        }
    }
    Ok(dropped)
}

/// The bundles of a run that know a user: the one that is served, and those of the contenders.
fn bundles(run: &Path, schema: &Schema, user: &str) -> Result<Vec<Knows>, Error> {
    let mut places = vec![run.join("4-bundle").join("bundle")];
    places.extend(entries(&run.join("3-selection").join("contenders")));
    let mut known = Vec::new();
    for place in places.into_iter().filter(|place| place.join("manifest.json").is_file()) {
        let peeked = bundle::peek(&place)?;
        if let Some(number) = peeked.dictionary.entities.get(schema.user).and_then(|names| names.number(user))
        {
            let remembered = peeked.fold.memory.history(number).len() as u64;
            let (contender, version) = (peeked.contender, peeked.version);
            known.push(Knows { bundle: place, contender, version, remembered });
        }
    }
    Ok(known)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    found
}

/// What in the folder of the run still holds them, or may, and other runs that know them.
fn left(run: &Path, problem: &Problem, about: &About<'_>) -> Result<Vec<Left>, Error> {
    let mut left = Vec::new();
    let mut tell = |place: String, why: &str| left.push(Left { place, why: why.to_owned() });
    let tables = run.join("tables");
    if tables.is_dir() {
        let why = "rows of the database as they were: delete them there, then run again";
        tell(tables.display().to_string(), why);
    }
    let page = run.join("report.html");
    let again =
        format!("it names them; `rankine report {}` writes it again from what is left", run.display());
    let texts = [entries(run), entries(&run.join("2-dataset")), entries(&run.join("3-selection"))].concat();
    for path in texts.into_iter().filter(|path| path.is_file()) {
        let bytes = fs::read(&path).map_err(|error| Error::file(&path, error))?;
        if about.in_file(&bytes) {
            let why = match path == page {
                true => &again,
                false => "it names them; delete this run once another, on what is left, takes its place",
            };
            tell(path.display().to_string(), why);
        }
    }
    let own = run.canonicalize().ok();
    let runs = run.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for other in entries(runs).into_iter().filter(|other| other.canonicalize().ok() != own) {
        let known: Result<Problem, Error> = load_json(&other.join("1-problem.json"));
        let Ok(known) = known else { continue };
        if known.schema.user().name != problem.schema.user().name {
            continue;
        }
        if !bundles(&other, &known.schema, about.user).unwrap_or_default().is_empty() {
            tell(other.display().to_string(), "another run that knows them: forget them there too");
        }
    }
    Ok(left)
}
