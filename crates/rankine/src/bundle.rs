//! The bundle: a folder with all that serving needs, written whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rankine_learn::Fold;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::log::Dictionary;
use crate::pipeline::{Models, Pipeline, Question};
use crate::problem::Problem;

/// Everything that serving needs.
pub struct Bundle {
    /// What is solved.
    pub problem: Problem,
    /// Names and their numbers.
    pub dictionary: Dictionary,
    /// State as of the last event of the log it was made from.
    pub fold: Fold,
    /// What answers.
    pub pipeline: Pipeline,
    /// Requests of the log, to warm up with and to measure by.
    pub rehearsal: Vec<Rehearsal>,
    /// The hash of its files; names it in answers.
    pub version: String,
}

/// A request of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// Who asked.
    pub user: rankine_learn::Id,
    /// The values of the request's fields.
    pub context: Vec<rankine_learn::Value>,
    /// The items that it named; empty where the whole catalogue was asked.
    pub pool: Vec<rankine_learn::Id>,
    /// The bytes of the file of a picture; empty where none is asked about.
    pub picture: Vec<u8>,
}

impl Rehearsal {
    /// The question as of `time`.
    pub(crate) fn question(&self, time: rankine_learn::Millis, limit: usize, seed: u64) -> Question<'_> {
        let moment = rankine_learn::Moment { time, user: self.user, context: &self.context };
        Question { moment, limit, pool: (!self.pool.is_empty()).then_some(&self.pool), seed }
    }
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    contender: String,
    version: String,
    files: BTreeMap<String, String>,
}

const FORMAT: u32 = 2;

impl Bundle {
    /// Writes a bundle to the folder `to`, replacing what is there in one step.
    ///
    /// # Errors
    /// Where a file cannot be written; what was there before stays.
    pub fn write(
        to: &Path,
        problem: &Problem,
        dictionary: &Dictionary,
        state: &[u8],
        pipeline: &Pipeline,
        rehearsal: &[Rehearsal],
    ) -> Result<String, Error> {
        let files: [(&str, Vec<u8>); 5] = [
            ("problem.json", json(problem)),
            ("dictionary.bin", binary(dictionary)),
            ("state.bin", state.to_vec()),
            ("models.bin", binary(&pipeline.save())),
            ("rehearsal.bin", binary(&rehearsal)),
        ];
        let hashes: BTreeMap<String, String> =
            files.iter().map(|(name, bytes)| ((*name).to_owned(), hash(bytes))).collect();
        let version = hash(&json(&hashes))[..16].to_owned();
        let manifest = Manifest {
            format: FORMAT,
            contender: pipeline.contender.name.clone(),
            version: version.clone(),
            files: hashes,
        };
        let aside = aside(to);
        let made = || -> std::io::Result<()> {
            fs::create_dir_all(&aside)?;
            for (name, bytes) in &files {
                write_durably(&aside.join(name), bytes)?;
            }
            write_durably(&aside.join("manifest.json"), &json(&manifest))?;
            // The one before steps aside until the new one stands; a crash between loses neither.
            let before = to.with_extension("before");
            let replaces = to.exists();
            if replaces {
                fs::rename(to, &before)?;
            }
            fs::rename(&aside, to)?;
            if replaces { fs::remove_dir_all(&before) } else { Ok(()) }
        };
        made().map_err(|error| Error::file(to, error))?;
        Ok(version)
    }

    /// Reads a bundle and checks it against its manifest.
    ///
    /// # Errors
    /// Where a file is missing, damaged, or of another format.
    pub fn read(from: &Path) -> Result<Bundle, Error> {
        let manifest: Manifest = parse(&load(from, "manifest.json")?, from)?;
        if manifest.format != FORMAT {
            let have = manifest.format;
            return Err(Error::Artifact(format!(
                "the bundle has format {have}; this version reads {FORMAT}"
            )));
        }
        let checked = |name: &str| {
            let bytes = load(from, name)?;
            match manifest.files.get(name) {
                Some(want) if *want == hash(&bytes) => Ok(bytes),
                _ => Err(Error::file(&from.join(name), "damaged: its hash is not the manifest's")),
            }
        };
        let problem: Problem = parse(&checked("problem.json")?, from)?;
        let mut fold =
            Fold::new(&problem.schema, &problem.labels, &problem.features).map_err(Error::Artifact)?;
        fold.load(&checked("state.bin")?).map_err(Error::Artifact)?;
        let models: Models = unpack(&checked("models.bin")?, from)?;
        let pipeline = Pipeline::load(models, &problem, &fold)?;
        Ok(Bundle {
            dictionary: unpack(&checked("dictionary.bin")?, from)?,
            rehearsal: unpack(&checked("rehearsal.bin")?, from)?,
            version: manifest.version,
            problem,
            fold,
            pipeline,
        })
    }
}

/// What a bundle knows of entities, without its models.
pub(crate) struct Peeked {
    pub(crate) contender: String,
    pub(crate) version: String,
    pub(crate) dictionary: Dictionary,
    pub(crate) fold: Fold,
}

/// Reads names and state of a bundle.
pub(crate) fn peek(from: &Path) -> Result<Peeked, Error> {
    let manifest: Manifest = parse(&load(from, "manifest.json")?, from)?;
    let problem: Problem = parse(&load(from, "problem.json")?, from)?;
    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features).map_err(Error::Artifact)?;
    fold.load(&load(from, "state.bin")?).map_err(Error::Artifact)?;
    let dictionary = unpack(&load(from, "dictionary.bin")?, from)?;
    Ok(Peeked { contender: manifest.contender, version: manifest.version, dictionary, fold })
}

/// The hash that names content, in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Plain data as JSON for people.
pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("plain data");
    bytes.push(b'\n');
    bytes
}

pub(crate) fn binary(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("plain data")
}

/// Writes a file so that it survives a crash: all of it, or none under this name.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = aside(path);
    let written = (|| {
        let mut file = fs::File::create(&partial)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    })();
    if written.is_err() {
        // The error that is told is the first one.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// A name beside `path` for what is not finished.
fn aside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

fn load(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join(name);
    fs::read(&path).map_err(|error| Error::file(&path, error))
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8], from: &Path) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|error| Error::file(from, format!("not what this version writes: {error}")))
}

fn unpack<T: serde::de::DeserializeOwned>(bytes: &[u8], from: &Path) -> Result<T, Error> {
    postcard::from_bytes(bytes)
        .map_err(|error| Error::file(from, format!("not what this version writes: {error}")))
}
