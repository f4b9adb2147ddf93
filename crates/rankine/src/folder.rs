//! The run folder: each stage leaves its result with the hash of what made it, and is not run again for it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bundle::{hash, json, write_durably};
use crate::error::Error;
use crate::pictures;

/// A run's folder.
#[derive(Debug, Clone)]
pub struct Folder {
    runs: PathBuf,
    /// Its name.
    pub id: String,
}

/// The file in a stage's folder that says what made it; written last.
pub(crate) const STAMP: &str = "made-from";

/// What the server of a run logs beside the log of its world begins so. It is that run's own: were it shared
/// with another run, two servers would write one journal.
pub(crate) const SERVED: &str = "served.jsonl";

/// How the names of all files begin that servers wrote.
pub(crate) const SERVED_STEM: &str = "served";

impl Folder {
    /// The folder of the run that these ingredients make; the same ingredients give the same folder.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(runs: &Path, name: &str, ingredients: &impl Serialize) -> Result<Folder, Error> {
        let id = format!("{name}-{}", &hash(&json(ingredients))[..8]);
        let folder = Folder { runs: runs.to_owned(), id };
        fs::create_dir_all(folder.path()).map_err(|error| Error::file(&folder.path(), error))?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.runs.join(&self.id)
    }

    /// A place in it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Does a stage, unless its folder, or that of another run, was made from the same `key`. `make` fills
    /// the stage's folder.
    ///
    /// # Errors
    /// Those of `make`, or where the folder cannot be written.
    pub fn stage(
        &self,
        name: &str,
        key: &str,
        make: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<PathBuf, Error> {
        let place = self.at(name);
        if made_from(&place, key) {
            return Ok(place);
        }
        let file = |error: std::io::Error| Error::file(&place, error);
        if place.exists() {
            fs::remove_dir_all(&place).map_err(file)?;
        }
        fs::create_dir_all(&place).map_err(file)?;
        match self.elsewhere(name, key) {
            Some(other) => link(&other, &place).map_err(file)?,
            None => make(&place)?,
        }
        write_durably(&place.join(STAMP), key.as_bytes()).map_err(file)?;
        Ok(place)
    }

    /// The same stage of another run.
    fn elsewhere(&self, name: &str, key: &str) -> Option<PathBuf> {
        let mut runs: Vec<PathBuf> =
            fs::read_dir(&self.runs).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        runs.sort();
        runs.into_iter().map(|run| run.join(name)).find(|stage| made_from(stage, key))
    }
}

fn made_from(stage: &Path, key: &str) -> bool {
    fs::read(stage.join(STAMP)).is_ok_and(|stamp| stamp == key.as_bytes())
}

/// Nothing derived is edited, so files may be shared; where they cannot be linked they are copied.
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            link(&entry.path(), &target)?;
            continue;
        }
        let own = name == STAMP || name.to_string_lossy().starts_with(SERVED);
        if !own && fs::hard_link(entry.path(), &target).is_err() {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Writes plain data as JSON.
pub(crate) fn save_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    write_durably(path, &json(value)).map_err(|error| Error::file(path, error))
}

/// Reads what [`save_json`] wrote.
pub(crate) fn load_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(|error| Error::file(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::file(path, error))
}

/// Writes plain data in its short form.
pub(crate) fn save_binary(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    write_durably(path, &crate::bundle::binary(value)).map_err(|error| Error::file(path, error))
}

/// Reads what [`save_binary`] wrote.
pub(crate) fn load_binary<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(|error| Error::file(path, error))?;
    postcard::from_bytes(&bytes).map_err(|error| Error::file(path, error))
}

/// The hash of a log's content: of a file, or of all files of a folder by name.
///
/// # Errors
/// Where a file cannot be read.
pub(crate) fn identity(data: &Path) -> Result<String, Error> {
    let mut files = Vec::new();
    collect(data, &mut files).map_err(|error| Error::file(data, error))?;
    hashed(files)
}

/// The same with the pictures that a log names, which lie beside it or in folders below, and the texts beside
/// them.
///
/// # Errors
/// Where a file cannot be read.
pub(crate) fn identity_with_pictures(data: &Path) -> Result<String, Error> {
    let mut files = Vec::new();
    let root = pictures::root(data);
    let text = |path: &Path| path.extension().is_some_and(|end| end == "txt");
    let beside = collect(data, &mut files).and_then(|()| pictures::below(&root, DEEPEST, &text));
    let beside = beside.map_err(|error| Error::file(data, error))?;
    files.extend(beside.into_iter().map(|name| root.join(name)));
    hashed(files)
}

/// Folders below a log's in which its pictures may lie.
const DEEPEST: usize = 4;

fn hashed(mut files: Vec<PathBuf>) -> Result<String, Error> {
    files.sort();
    files.dedup();
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    for path in files {
        hasher.update(path.file_name().unwrap_or_default().as_encoded_bytes());
        let mut file = fs::File::open(&path).map_err(|error| Error::file(&path, error))?;
        loop {
            let read = file.read(&mut buffer).map_err(|error| Error::file(&path, error))?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn collect(data: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !data.is_dir() {
        into.push(data.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && entry.file_name() != STAMP {
            into.push(entry.path());
        }
    }
    Ok(())
}
