//! Forgetting a user: the lines about them leave the journal and the copies of the log; what learned from them is
//! named.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use rankine_learn::Schema;
use serde::Serialize;
use serde_json::Value;

use crate::bundle;
use crate::error::Error;
use crate::folder::{STAMP, load_json};
use crate::log::{Body, next_line, open_text, parse_line, too_long};
use crate::prepare::native_files;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::run::Provenance;
use crate::serve::SERVED;
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
/// asked again, the rest is done. Where nothing names the user nothing is changed.
///
/// # Errors
/// Where a server has one of the files open, the run cannot be read, or a file cannot be written; or has a line that
/// is too long to be looked through.
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
    let about = About { user, quoted: Value::from(user).to_string().into_bytes(), schema: &problem.schema };
    let files = files(run, journals)?;
    // Held to the end: whoever starts a server now is told to wait.
    let mut held = Vec::new();
    for path in &files {
        let file = File::open(path).map_err(|error| Error::file(path, error))?;
        lock(&file, path)?;
        held.push(file);
    }
    let mut looked = Vec::new();
    progress.begin("looking for their lines", Some(files.len() as u64));
    for path in &files {
        looked.push(each_line(path, &mut |line| Ok(about.judge(line)), &mut |_| Ok(()), progress)?);
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
        for (path, count) in files.iter().zip(&looked) {
            if count.removed + count.unreadable + count.values > 0 {
                made.files.push(rewrite(path, &about, progress)?);
            }
            progress.advance(1);
        }
        progress.end();
    }
    if found || !made.bundles.is_empty() {
        made.dropped = drop_derived(run)?;
    }
    made.left = left(run, &problem, &provenance, &about)?;
    Ok(made)
}

/// Who is forgotten, and how they are told from others.
struct About<'a> {
    user: &'a str,
    /// Their name as it stands in JSON.
    quoted: Vec<u8>,
    schema: &'a Schema,
}

/// What becomes of a line.
enum Fate {
    Stays,
    /// Without the feature values that its server wrote down.
    Bare(Vec<u8>),
    Theirs,
    /// It cannot be read, and names them.
    Unreadable,
}

impl About<'_> {
    fn judge(&self, line: &[u8]) -> Fate {
        let text = std::str::from_utf8(line).ok();
        let read = text.and_then(|text| parse_line(text.trim_end(), self.schema).ok());
        let Some(read) = read else {
            return if contains(line, &self.quoted) { Fate::Unreadable } else { Fate::Stays };
        };
        let theirs = match &read.body {
            Body::Entity { kind, id, .. } => *kind == self.schema.user && id == self.user,
            Body::Request { user, .. } | Body::Interaction { user, .. } => user == self.user,
        };
        if theirs {
            return Fate::Theirs;
        }
        let served =
            contains(line, b"\"served\"").then(|| text.and_then(|text| serde_json::from_str(text).ok()));
        let Some(Value::Object(mut object)) = served.flatten() else { return Fate::Stays };
        if object.remove(SERVED).is_none() {
            return Fate::Stays;
        }
        let mut bytes = Value::Object(object).to_string().into_bytes();
        bytes.extend(line.ends_with(b"\n").then_some(b'\n'));
        Fate::Bare(bytes)
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The files that may hold lines about users, each once: the log in the run's folder, its journals and what crashes
/// tore off them, and the ones that were named.
fn files(run: &Path, journals: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let own = run.join("log");
    let mut found = Vec::new();
    for place in own.is_dir().then_some(&own).into_iter().chain(journals) {
        if !place.exists() {
            return Err(Error::file(place, "no such file or folder"));
        }
        let folder = if place.is_dir() { Some(place.as_path()) } else { place.parent() };
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let torn = |path: &Path| {
            let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            own.contains(".torn-") && (place.is_dir() || own.starts_with(&name))
        };
        let beside = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let entries = fs::read_dir(beside).map_err(|error| Error::file(beside, error))?;
        let entries: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        found.extend(entries.into_iter().filter(|path| path.is_file() && torn(path)));
        match place.is_dir() {
            // A folder without a log is one of pictures or tables.
            true => found.extend(native_files(place).unwrap_or_default()),
            false => found.push(place.clone()),
        }
    }
    found.sort();
    found.dedup_by_key(|path| path.canonicalize().unwrap_or_else(|_| path.clone()));
    Ok(found)
}

#[derive(Default)]
struct Count {
    removed: u64,
    unreadable: u64,
    kept: u64,
    values: u64,
}

/// Judges every line of a file, compressed or not, and hands out what stays.
fn each_line(
    path: &Path,
    judge: &mut dyn FnMut(&[u8]) -> Result<Fate, Error>,
    stays: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    progress: &dyn Progress,
) -> Result<Count, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::file(path, error);
    let mut input = open_text(path).map_err(|error| wrong(&error))?;
    let (mut bytes, mut count, mut number) = (Vec::new(), Count::default(), 0_u64);
    while next_line(&mut input, &mut bytes).map_err(|error| wrong(&crate::log::said(error)))? > 0 {
        number += 1;
        if number.is_multiple_of(8192) {
            progress.check()?;
        }
        if let Some(reject) = too_long(&bytes) {
            let why = format!("line {number} cannot be looked through: {}; take it out first", reject.reason);
            return Err(wrong(&why));
        }
        let fate = judge(&bytes)?;
        match &fate {
            Fate::Theirs => count.removed += 1,
            Fate::Unreadable => count.unreadable += 1,
            Fate::Bare(_) | Fate::Stays => count.kept += 1,
        }
        count.values += u64::from(matches!(fate, Fate::Bare(_)));
        match &fate {
            Fate::Bare(bare) => stays(bare),
            Fate::Stays => stays(&bytes),
            Fate::Theirs | Fate::Unreadable => Ok(()),
        }
        .map_err(|error| wrong(&error))?;
    }
    Ok(count)
}

/// Writes a file again without them, compressed as it was, and puts it in its place.
fn rewrite(path: &Path, about: &About<'_>, progress: &dyn Progress) -> Result<Cleaned, Error> {
    let wrong = |error: std::io::Error| Error::file(path, error);
    let mut aside = path.file_name().unwrap_or_default().to_owned();
    aside.push(".part");
    let aside = Aside(path.with_file_name(aside));
    let file = File::create(&aside.0).map_err(wrong)?;
    file.set_permissions(fs::metadata(path).map_err(wrong)?.permissions()).map_err(wrong)?;
    let mut writer = Packed::new(path, file).map_err(wrong)?;
    let mut judge = |line: &[u8]| Ok(about.judge(line));
    let count = each_line(path, &mut judge, &mut |bytes| writer.write_all(bytes), progress)?;
    writer.finish().and_then(|file| file.sync_all()).map_err(wrong)?;
    fs::rename(&aside.0, path).map_err(wrong)?;
    if let (true, Some(folder)) = (cfg!(unix), path.parent().filter(|folder| !folder.as_os_str().is_empty()))
    {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(wrong)?;
    }
    let Count { removed, unreadable, kept, values } = count;
    Ok(Cleaned { file: path.to_owned(), removed, unreadable, kept, values })
}

/// A file that goes away unless it was put in its place.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // Once it is in its place there is nothing aside.
        let _ = fs::remove_file(&self.0);
    }
}

/// A file that is written as another is: plain, gzip or zstd.
enum Packed {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<File>>>),
}

impl Packed {
    fn new(like: &Path, file: File) -> std::io::Result<Packed> {
        let mut first = [0; 4];
        let read = std::io::Read::read(&mut File::open(like)?, &mut first)?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Ok(match &first[..read] {
            [0x1f, 0x8b, ..] => Packed::Gzip(Box::new(GzEncoder::new(file, flate2::Compression::default()))),
            b"\x28\xb5\x2f\xfd" => Packed::Zstd(Box::new(zstd::Encoder::new(file, 0)?)),
            _ => Packed::Plain(file),
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            Packed::Plain(file) => file.write_all(bytes),
            Packed::Gzip(file) => file.write_all(bytes),
            Packed::Zstd(file) => file.write_all(bytes),
        }
    }

    fn finish(self) -> std::io::Result<File> {
        let file = match self {
            Packed::Plain(file) => file,
            Packed::Gzip(file) => file.finish()?,
            Packed::Zstd(file) => file.finish()?,
        };
        file.into_inner().map_err(std::io::IntoInnerError::into_error)
    }
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

/// What still holds them, or may.
fn left(
    run: &Path,
    problem: &Problem,
    provenance: &Provenance,
    about: &About<'_>,
) -> Result<Vec<Left>, Error> {
    let mut left = Vec::new();
    let mut tell = |place: String, why: &str| left.push(Left { place, why: why.to_owned() });
    let tables = run.join("tables");
    if tables.is_dir() {
        let why = "rows of the database as they were: delete them there, then run again";
        tell(tables.display().to_string(), why);
    }
    if provenance.kept.is_none() {
        let why = "the log lies where you keep it and was not touched; one in the native schema is rewritten \
                   with `--journal`";
        tell(provenance.log.clone(), why);
    }
    let angled = [b">", about.user.as_bytes(), b"<"].concat();
    let texts = [entries(run), entries(&run.join("2-dataset")), entries(&run.join("3-selection"))].concat();
    for path in texts.into_iter().filter(|path| path.is_file()) {
        let bytes = fs::read(&path).map_err(|error| Error::file(&path, error))?;
        if contains(&bytes, &about.quoted) || contains(&bytes, &angled) {
            tell(path.display().to_string(), "it names them; it is made again by the next run");
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
