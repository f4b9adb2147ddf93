//! The road: clarify, prepare, select, bundle. Each stage starts again from what the one before left.

use std::io::Write;
use std::path::{Path, PathBuf};

use rankine_design::{Findings, Source, Split};
use rankine_learn::Picture;
use rankine_world::{Recipe, World};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, hash, json};
use crate::clarify::{Sheet, clarify};
use crate::error::Error;
use crate::folder::{
    Folder, SERVED, identity, identity_with_pictures, load_binary, load_json, save_binary, save_json,
};
use crate::log::without_password;
use crate::pictures;
use crate::prepare::{Dataset, Profile, native_files, prepare};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::pull::{Pulled, pull};
use crate::select::{Judges, Measure, Selection, refit, rehearsal, select};

/// What a run is made from.
pub struct Ingredients {
    /// The design and, for a data set of its own form, the mapping laid over it.
    pub sources: Vec<Source>,
    /// Where the log comes from.
    pub log: Origin,
    /// The seed of every draw.
    pub seed: u64,
    /// Visits by which the world's users judge each contender; 0 asks none.
    pub visits: usize,
}

/// Where a log comes from.
pub enum Origin {
    /// A simulated population writes it.
    World(Box<dyn Recipe>),
    /// It is there: a file, or a folder.
    Data(PathBuf),
    /// A database holds it, at this address; where there is none, the mapping's tables name theirs.
    Database(Option<String>),
}

/// What a run came to.
pub struct Run {
    /// Its folder.
    pub folder: Folder,
    /// What was solved.
    pub problem: Problem,
    /// The clarification sheet.
    pub sheet: Sheet,
    /// Warnings and notes on the design.
    pub findings: Findings,
    /// What the log holds.
    pub profile: Profile,
    /// Who won, and why.
    pub selection: Selection,
}

/// Where a run's log came from: plain data in its folder, for the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The version of Rankine.
    pub version: String,
    /// The name of the design's file.
    pub design: String,
    /// The seed.
    pub seed: u64,
    /// `world`, or the path as given.
    pub log: String,
    /// What in the run's folder holds the log; where nothing does, it lies at the path as given.
    pub kept: Option<PathBuf>,
    /// The hash of the log's content.
    pub log_hash: String,
    /// The hash of the design, its mapping and the files that they name.
    pub design_hash: String,
    /// The run whose server wrote the log, where one did: the cycle before this one.
    pub previous: Option<String>,
}

impl Provenance {
    /// Where the log of this run, in this folder, lies: its own copy, or the place that was given.
    pub fn log_of(&self, run: &Path) -> PathBuf {
        self.kept.as_ref().map_or_else(|| PathBuf::from(&self.log), |kept| run.join(kept))
    }
}

/// A log that somebody only looks at: where it lies as long as this lives.
pub struct Laid {
    /// Its file or folder.
    pub path: PathBuf,
    _held: (Option<Pulled>, Option<tempfile::TempDir>),
}

/// Lays the log where it can be read, outside any run: a world writes it, and a database is asked for it.
///
/// # Errors
/// Where there is no room for it, or a database does not answer.
pub fn lay(problem: &Problem, log: &Origin, seed: u64, progress: &dyn Progress) -> Result<Laid, Error> {
    let asks = problem.tables.iter().any(|table| table.query.is_some());
    let (path, held) = match log {
        Origin::Data(path) if !asks => (path.clone(), (None, None)),
        Origin::World(recipe) => return lay_world(&*recipe.build(seed), progress),
        Origin::Data(_) | Origin::Database(_) => {
            let folder = aside()?;
            let (files, address) = match log {
                Origin::Database(address) => (None, address.as_deref()),
                Origin::Data(path) => (Some(path.as_path()), None),
                Origin::World(_) => (None, None),
            };
            let pulled = pull(problem, address, files, folder.path(), progress)?;
            (pulled.folder.clone(), (Some(pulled), Some(folder)))
        }
    };
    Ok(Laid { path, _held: held })
}

/// Lays the log of a world, with its pictures.
///
/// # Errors
/// Where there is no room for it.
pub fn lay_world(world: &dyn World, progress: &dyn Progress) -> Result<Laid, Error> {
    let folder = aside()?;
    let path = folder.path().join(WORLD);
    write_log(world, &path, progress)?;
    write_pictures(world, folder.path(), progress)?;
    Ok(Laid { path, _held: (None, Some(folder)) })
}

fn aside() -> Result<tempfile::TempDir, Error> {
    tempfile::tempdir().map_err(|error| Error::file(&std::env::temp_dir(), error))
}

/// Takes a design through all stages. Stages whose inputs did not change are not run again.
///
/// # Errors
/// The findings of a design with errors; what a stage cannot do; [`Error::StoppedBetween`] when asked to stop.
pub fn run(
    made_of: &Ingredients,
    runs: &Path,
    measure: Measure<'_>,
    progress: &dyn Progress,
) -> Result<Run, Error> {
    through(made_of, runs, Some(measure), progress).map_err(Error::of_stages)
}

/// Takes a design as far as the verdict: nothing is bundled, and latency and memory bar nobody.
///
/// # Errors
/// Those of [`run`].
pub fn compare(made_of: &Ingredients, runs: &Path, progress: &dyn Progress) -> Result<Run, Error> {
    through(made_of, runs, None, progress).map_err(Error::of_stages)
}

fn through(
    made_of: &Ingredients,
    runs: &Path,
    measure: Option<Measure<'_>>,
    progress: &dyn Progress,
) -> Result<Run, Error> {
    let clarified = clarify(&made_of.sources);
    let (Some(problem), Some(sheet)) = (clarified.problem, clarified.sheet) else {
        return Err(Error::Design(clarified.findings, made_of.sources.clone()));
    };
    let world = world(made_of);
    let bundled = measure.is_some();
    let (folder, provenance) = begin(made_of, &problem, world.as_deref(), (runs, bundled), progress)?;
    let log = provenance.log_of(&folder.path());
    save_json(&folder.at("1-problem.json"), &problem)?;
    save_json(&folder.at("1-sheet.json"), &sheet)?;
    save_json(&folder.at("provenance.json"), &provenance)?;

    let (dataset, dataset_key) = prepared(&folder, &problem, &provenance, &log, made_of.seed, progress)?;
    let judges = world.as_deref().filter(|world| made_of.visits > 0 && world.visited());
    let judges = judges.map(|world| Judges { world, visits: made_of.visits });
    let key = key(&(&problem, &dataset_key, made_of.seed, made_of.visits, bundled, CODE));
    let place = folder.stage("3-selection", &key, |place| {
        let selection = select(&problem, &dataset, made_of.seed, place, measure, judges.as_ref(), progress)?;
        save_json(&place.join("quality.json"), &selection.quality)?;
        save_json(&place.join("selection.json"), &selection)
    })?;
    let selection: Selection = load_json(&place.join("selection.json"))?;
    if bundled {
        folder.stage("4-bundle", &key, |bundle| {
            progress.begin("refitting the chosen pipeline on everything", None);
            let (pipeline, state) = refit(&problem, &dataset, made_of.seed, &place, &selection.chosen)?;
            Bundle::write(
                &bundle.join("bundle"),
                &problem,
                &dataset.dictionary,
                &state,
                &pipeline,
                &rehearsal(&problem, &dataset),
            )?;
            progress.end();
            Ok(())
        })?;
    }
    Ok(Run { folder, problem, sheet, findings: clarified.findings, profile: dataset.profile, selection })
}

/// Enters every key of a stage, so that another version of the code does its own work.
const CODE: &str = env!("CARGO_PKG_VERSION");

/// Where a run keeps its log, and what its server logs.
const LOG: &str = "log";

/// Where a run keeps the rows of a database.
const TABLES: &str = "tables";

/// The log that a world wrote, in the run's `log/`.
const WORLD: &str = "world.jsonl";

fn key(of: &impl Serialize) -> String {
    hash(&json(of))
}

/// The hash of what a design says, in its texts and in the files that it names.
fn designed(sources: &[Source], problem: &Problem) -> String {
    let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
    let files: Vec<&str> = problem.files().map(|file| file.hash.as_str()).collect();
    if files.is_empty() { key(&texts) } else { key(&(texts, files)) }
}

fn world(made_of: &Ingredients) -> Option<Box<dyn World>> {
    match &made_of.log {
        Origin::World(recipe) => Some(recipe.build(made_of.seed)),
        Origin::Data(_) | Origin::Database(_) => None,
    }
}

/// The run's folder with its log in place.
fn begin(
    made_of: &Ingredients,
    problem: &Problem,
    world: Option<&dyn World>,
    (runs, bundled): (&Path, bool),
    progress: &dyn Progress,
) -> Result<(Folder, Provenance), Error> {
    let mut provenance = Provenance {
        version: CODE.to_owned(),
        design: made_of.sources.first().map(|source| source.name.clone()).unwrap_or_default(),
        seed: made_of.seed,
        log: "world".to_owned(),
        kept: None,
        log_hash: String::new(),
        design_hash: designed(&made_of.sources, problem),
        previous: None,
    };
    match &made_of.log {
        Origin::Data(path) => {
            provenance.log = path.display().to_string();
            provenance.log_hash = match problem.picture() {
                Some(_) => identity_with_pictures(path)?,
                None => identity(path)?,
            };
            provenance.previous = served_by(path);
        }
        Origin::Database(address) => {
            provenance.log = address.as_deref().map_or_else(|| "database".to_owned(), without_password);
        }
        Origin::World(recipe) => provenance.log_hash = key(&(recipe.identity(), made_of.seed, CODE)),
    }
    // What a database holds today may be gone tomorrow: the run keeps the rows that it is about.
    let pulled = match &made_of.log {
        Origin::World(_) => None,
        Origin::Data(_) if problem.tables.iter().all(|table| table.query.is_none()) => None,
        Origin::Data(path) => Some(pull(problem, None, Some(path), runs, progress)?),
        Origin::Database(address) => Some(pull(problem, address.as_deref(), None, runs, progress)?),
    };
    if let Some(pulled) = &pulled {
        provenance.log_hash = identity(&pulled.folder)?;
    }
    let ingredients = (&provenance.design_hash, &provenance.log_hash, made_of.seed, made_of.visits, CODE);
    // What is only compared has a folder of its own: its stages would replace those that a bundle was made from.
    let folder = match bundled {
        true => Folder::open(runs, &problem.name, &ingredients)?,
        false => Folder::open(runs, &problem.name, &(ingredients, "compared"))?,
    };
    let hash = &provenance.log_hash;
    provenance.kept = match (pulled, &made_of.log, &provenance.previous) {
        (Some(pulled), ..) => {
            folder.stage(TABLES, hash, |place| pulled.keep(place))?;
            Some(PathBuf::from(TABLES))
        }
        (None, Origin::Data(path), Some(previous)) => {
            folder.stage(LOG, hash, |place| carry(path, place, previous))?;
            Some(PathBuf::from(LOG))
        }
        (None, Origin::World(_), _) => {
            let simulate = |place: &Path| match world {
                Some(world) => {
                    write_log(world, &place.join(WORLD), progress)?;
                    write_pictures(world, place, progress)
                }
                None => Ok(()),
            };
            folder.stage(LOG, hash, simulate)?;
            Some(Path::new(LOG).join(WORLD))
        }
        // What lies in files stays where it is.
        (None, Origin::Data(_) | Origin::Database(_), _) => None,
    };
    Ok((folder, provenance))
}

fn prepared(
    folder: &Folder,
    problem: &Problem,
    provenance: &Provenance,
    log: &Path,
    seed: u64,
    progress: &dyn Progress,
) -> Result<(Dataset, String), Error> {
    let shuffled = problem.evaluate.split == Split::Shuffled;
    let key = key(&(
        &problem.schema,
        &problem.labels,
        &problem.tables,
        &problem.evaluate.periods,
        &problem.task,
        // A shuffle is a draw of the seed.
        (problem.evaluate.split, seed * u64::from(shuffled)),
        &problem.evaluate.similar,
        &problem.evaluate.allow,
        &provenance.log_hash,
        CODE,
    ));
    let mut fresh = None;
    let place = folder.stage("2-dataset", &key, |place| {
        let dataset = prepare(problem, log, seed, progress)?;
        save_json(&place.join("profile.json"), &dataset.profile)?;
        save_binary(&place.join("dataset.bin"), &dataset)?;
        fresh = Some(dataset);
        Ok(())
    })?;
    let dataset = match fresh {
        Some(dataset) => dataset,
        None => load_binary(&place.join("dataset.bin"))?,
    };
    Ok((Dataset { root: pictures::root(log), ..dataset }, key))
}

fn write_log(world: &dyn World, path: &Path, progress: &dyn Progress) -> Result<(), Error> {
    progress.begin("simulating the world's log", None);
    let file = std::fs::File::create(path).map_err(|error| Error::file(path, error))?;
    let mut writer = std::io::BufWriter::new(file);
    let mut text = String::new();
    let mut trouble = Ok(());
    world.log(&mut |line| {
        text.clear();
        line.write_json(&mut text);
        text.push('\n');
        if trouble.is_ok() {
            trouble = writer.write_all(text.as_bytes());
        }
    });
    trouble.and_then(|()| writer.flush()).map_err(|error| Error::file(path, error))?;
    progress.end();
    progress.check()
}

/// Writes the pictures that a world's lines name.
fn write_pictures(world: &dyn World, place: &Path, progress: &dyn Progress) -> Result<(), Error> {
    let count = world.pictures();
    if count == 0 {
        return Ok(());
    }
    progress.begin("drawing the world's pictures", Some(count));
    let draw = |at: u64| -> Result<(), Error> {
        progress.check()?;
        let Some(drawn) = world.picture(at) else { return Ok(()) };
        let path = place.join(&drawn.path);
        let file = |error: String| Error::file(&path, error);
        let picture = Picture { width: drawn.width, height: drawn.height, pixels: drawn.pixels };
        let bytes = pictures::png(&picture).map_err(file)?;
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|error| file(error.to_string()))?;
        std::fs::write(&path, bytes).map_err(|error| file(error.to_string()))?;
        progress.advance(1);
        Ok(())
    };
    (0..count).into_par_iter().try_for_each(draw)?;
    progress.end();
    Ok(())
}

/// Copies the log of a cycle into the next one's folder, so that it is whole there beside what the next server
/// will write. What the server before wrote gets its run's name.
fn carry(from: &Path, place: &Path, previous: &str) -> Result<(), Error> {
    for file in native_files(from)? {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .replace(SERVED, &format!("served-{previous}.jsonl"));
        std::fs::copy(&file, place.join(name)).map_err(|error| Error::file(&file, error))?;
    }
    Ok(())
}

/// The run in whose folder a log lies that its server wrote.
fn served_by(data: &Path) -> Option<String> {
    let log = data.canonicalize().ok()?;
    let run = if log.is_dir() { log.parent()? } else { log.parent()?.parent()? };
    let known = run.join("3-selection").join("selection.json").is_file();
    known.then(|| run.file_name().map(|name| name.to_string_lossy().into_owned()))?
}
