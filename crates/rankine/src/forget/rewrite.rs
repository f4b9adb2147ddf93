//! Files that may hold lines about a user: found, looked through and written again.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;

use super::Cleaned;
use super::name::{About, Fate};
use crate::aside::Aside;
use crate::error::Error;
use crate::log::{next_line, open_text, too_long};
use crate::prepare::native_files;
use crate::progress::Progress;

/// A file that may hold lines about users.
pub(super) struct Own {
    /// Where it was found: it may be a link.
    pub(super) path: PathBuf,
    /// The file itself.
    pub(super) real: PathBuf,
    /// Whether it was named as a journal, and is none that a crash tore.
    pub(super) journal: bool,
}

/// The file that a path leads to through links.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The files that may hold lines about users, each once: the log in the run's folder, its journals and what crashes
/// tore off them, and the ones that were named.
pub(super) fn files(run: &Path, journals: &[PathBuf]) -> Result<Vec<Own>, Error> {
    let log = run.join("log");
    let mut found = Vec::new();
    let mut add = |path: PathBuf, journal: bool| found.push(Own { real: real(&path), path, journal });
    for place in journals {
        if !place.exists() {
            return Err(Error::file(place, "no such file or folder"));
        }
        let torn = torn(place)?;
        match native_files(place) {
            Ok(files) => files.into_iter().for_each(|path| add(path, true)),
            Err(_) if torn.is_empty() => {
                let why = "no `.jsonl` file in this folder, so that there is no journal to look into";
                return Err(Error::Data(format!("{}: {why}", place.display())));
            }
            Err(_) => {}
        }
        torn.into_iter().for_each(|path| add(path, false));
    }
    if log.is_dir() {
        torn(&log)?.into_iter().for_each(|path| add(path, false));
        // A folder without a log is one of pictures or tables.
        native_files(&log).unwrap_or_default().into_iter().for_each(|path| add(path, false));
    }
    found.sort_by(|left, right| (&left.path, left.journal).cmp(&(&right.path, right.journal)));
    let mut once = HashSet::new();
    found.retain(|own| once.insert(own.real.clone()));
    Ok(found)
}

/// What crashes tore off a journal, or off those in a folder; also beside the file that a link leads to.
fn torn(place: &Path) -> Result<Vec<PathBuf>, Error> {
    const MARK: &str = ".torn-";
    let mut found = Vec::new();
    for place in [place, &real(place)] {
        let all = place.is_dir();
        let folder = if all { Some(place) } else { place.parent() };
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        for entry in fs::read_dir(folder).map_err(|error| Error::file(folder, error))?.flatten() {
            let own = entry.file_name().to_string_lossy().into_owned();
            if own.contains(MARK) && (all || own.starts_with(&name)) && entry.path().is_file() {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}

#[derive(Default)]
pub(super) struct Count {
    pub(super) removed: u64,
    pub(super) unreadable: u64,
    kept: u64,
    pub(super) values: u64,
}

/// Judges every line of a file, compressed or not, and hands out what stays.
pub(super) fn each_line(
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

/// Writes a file again without them, compressed as it was, and puts it in its place; where that is a link, in the
/// place of what it leads to.
pub(super) fn rewrite(path: &Path, about: &About<'_>, progress: &dyn Progress) -> Result<Cleaned, Error> {
    let wrong = |error: std::io::Error| Error::file(path, error);
    let place = path.canonicalize().map_err(wrong)?;
    let mut aside = place.file_name().unwrap_or_default().to_owned();
    aside.push(".part");
    let aside = Aside(place.with_file_name(aside));
    let file = File::create(&aside.0).map_err(wrong)?;
    file.set_permissions(fs::metadata(path).map_err(wrong)?.permissions()).map_err(wrong)?;
    let mut writer = Packed::new(path, file).map_err(wrong)?;
    let mut judge = |line: &[u8]| Ok(about.judge(line));
    let count = each_line(path, &mut judge, &mut |bytes| writer.write_all(bytes), progress)?;
    writer.finish().and_then(|file| file.sync_all()).map_err(wrong)?;
    fs::rename(&aside.0, &place).map_err(wrong)?;
    if let (true, Some(folder)) = (cfg!(unix), place.parent()) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(wrong)?;
    }
    let Count { removed, unreadable, kept, values } = count;
    Ok(Cleaned { file: path.to_owned(), removed, unreadable, kept, values })
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
