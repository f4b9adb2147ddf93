//! Parity: the feature values that a server wrote down, beside those that replay gives for the same requests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use rankine_learn::{Fold, Id, Millis, Rows, hash, hash_text};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::bundle::Bundle;
use crate::error::Error;
use crate::folder::{SERVED as JOURNAL, load_json};
use crate::log::{Body, Cell, Intake, parse_line};
use crate::prepare::events;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::run::Provenance;
use crate::serve::journal::read;
use crate::serve::{Asking, Recorded, SERVED, features};

/// What was compared, and how it came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parity {
    /// The journal that was read.
    pub journal: PathBuf,
    /// The version of the bundle whose requests were looked at.
    pub bundle: String,
    /// Whether the log gave exactly the state of the bundle; none where there is no log any more, and replay
    /// began from the bundle's state.
    pub state: Option<bool>,
    /// Whole lines of the journal.
    pub lines: u64,
    /// Requests of this bundle with their values, and the users who made them.
    pub recorded: Counted,
    /// Of these the ones that were compared: all requests of some users.
    pub compared: Counted,
    /// Single values behind what was compared.
    pub values: u64,
    /// Feature by feature, in the order of the design.
    pub features: Vec<OfFeature>,
    /// Compared requests that were answered after more lines than stand before them: lines are gone.
    pub lost: u64,
    /// The first differences.
    pub examples: Vec<Difference>,
    /// Requests that other bundles answered, by their version.
    pub others: BTreeMap<String, u64>,
    /// Requests whose values nobody wrote down.
    pub unrecorded: u64,
    /// Compared requests that were answered while other lines were on their way into the journal.
    pub raced: u64,
    /// Lines that became known earlier than one before them: the next run puts them where no server had them.
    pub moved: u64,
}

/// Requests and those who made them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // they say it
pub struct Counted {
    pub requests: u64,
    pub users: u64,
}

/// A feature over all requests that were compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OfFeature {
    /// Its name.
    pub feature: String,
    /// Requests at which it was compared.
    pub requests: u64,
    /// At how many of them what was served differs from replay.
    pub mismatch: u64,
    /// At how many of them replay has it and the server wrote down nothing.
    pub missing: u64,
    /// At how many of them the server wrote down what replay does not have.
    pub extra: u64,
}

/// A feature at a request where both differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The number of the line among the journal's whole lines, from 1.
    pub line: u64,
    /// The request.
    pub request: String,
    /// Who asked.
    pub user: String,
    /// The feature.
    pub feature: String,
    /// `mismatch`, `missing` or `extra`.
    pub kind: &'static str,
    /// What the server wrote down: the values, or their digest.
    pub served: Value,
    /// What replay gives, in the same form.
    pub replayed: Value,
    /// The values of replay, item by item; null where one is missing.
    pub values: Value,
}

impl Parity {
    /// Whether nothing differs.
    pub fn holds(&self) -> bool {
        let differs = |feature: &OfFeature| feature.mismatch + feature.missing + feature.extra > 0;
        self.lost == 0 && self.state != Some(false) && !self.features.iter().any(differs)
    }
}

/// Differences that are kept.
const EXAMPLES: usize = 20;

/// Compares what the server of a run, or of a bundle, wrote into `journal` (the run's own by default) with what
/// replay of the log and that journal gives, at all requests of at most `keys` users: those whose ids have the
/// smallest hashes, so that another time it is the same ones.
///
/// # Errors
/// Where there is no bundle, the log or the journal cannot be read, or the journal holds no values to compare.
pub fn parity(
    place: &Path,
    journal: Option<&Path>,
    keys: usize,
    progress: &dyn Progress,
) -> Result<Parity, Error> {
    let own = place.join("4-bundle").join("bundle");
    let run = own.is_dir();
    let bundle = Bundle::read(if run { &own } else { place })?;
    if bundle.problem.detects() {
        return Err(Error::Data(
            "the run's task is `detect`: nothing is served, so nothing can differ".to_owned(),
        ));
    }
    let journal = match journal {
        Some(journal) => journal.to_owned(),
        None if run => place.join("log").join(JOURNAL),
        None => return Err(Error::Data("a bundle alone has no journal: name one (`--served`)".to_owned())),
    };
    if !journal.is_file() {
        let why = "there is no journal: serve the run first, or name where its server logs (`--served`)";
        return Err(Error::Data(format!("{}: {why}", journal.display())));
    }
    let mut parity = Parity {
        bundle: bundle.version.clone(),
        state: None,
        lines: 0,
        recorded: Counted::default(),
        compared: Counted::default(),
        values: 0,
        features: Vec::new(),
        lost: 0,
        examples: Vec::new(),
        others: BTreeMap::new(),
        unrecorded: 0,
        raced: 0,
        moved: 0,
        journal,
    };
    let sampled = sample(&mut parity, &bundle.problem, keys, progress)?;
    let (mut state, held) = begin(place, run.then_some(parity.journal.as_path()), bundle, progress)?;
    parity.state = held;
    replay(&mut parity, &mut state, sampled, progress)?;
    Ok(parity)
}

/// A request that is compared.
struct Recording {
    /// The number of whole lines before it.
    at: u64,
    /// The number of whole lines that were taken in when it was answered.
    seen: u64,
    time: Millis,
    id: String,
    user: String,
    context: Vec<Cell>,
    shown: Vec<String>,
    features: Map<String, Value>,
}

/// The requests of the users who are looked at, in the order of the lines after which they were answered.
fn sample(
    parity: &mut Parity,
    problem: &Problem,
    keys: usize,
    progress: &dyn Progress,
) -> Result<Vec<Recording>, Error> {
    let mut users: BTreeMap<u64, Vec<Recording>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    progress.begin("reading what was served", None);
    each_line(&parity.journal.clone(), progress, &mut |at, text| {
        parity.lines = at + 1;
        let Some((version, recording)) = recording(at, &text, problem) else { return };
        match version {
            None => parity.unrecorded += 1,
            Some(version) if version != parity.bundle => *parity.others.entry(version).or_default() += 1,
            Some(_) => {
                parity.recorded.requests += 1;
                let key = hash_text(hash(0, &[]), &recording.user);
                all.insert(key);
                users.entry(key).or_default().push(recording);
                if users.len() > keys {
                    users.pop_last();
                }
            }
        }
    })?;
    progress.end();
    parity.recorded.users = all.len() as u64;
    parity.compared.users = users.len() as u64;
    if parity.recorded.requests == 0 {
        let why = match (parity.others.keys().next(), parity.unrecorded) {
            (Some(other), _) => format!("its requests were answered by other bundles, such as {other}"),
            (None, 0) => "it holds no request".to_owned(),
            (None, _) => {
                "its server wrote down no values (`rankine serve --record` says how many)".to_owned()
            }
        };
        let (journal, bundle) = (parity.journal.display(), &parity.bundle);
        return Err(Error::Data(format!("{journal}: nothing to compare with bundle {bundle}: {why}")));
    }
    let mut sampled: Vec<Recording> = users.into_values().flatten().collect();
    sampled.sort_by_key(|recording| (recording.seen.min(recording.at), recording.at));
    Ok(sampled)
}

/// A request of the journal, and the version of the bundle that wrote its values down.
fn recording(at: u64, text: &str, problem: &Problem) -> Option<(Option<String>, Recording)> {
    let line = parse_line(text, &problem.schema).ok()?;
    let Body::Request { user, context, shown } = line.body else { return None };
    let served = serde_json::from_str::<Value>(text).ok()?.get(SERVED).cloned();
    let version = served.as_ref().map(|served| served["bundle"].as_str().unwrap_or_default().to_owned());
    let served = served.unwrap_or_default();
    let recording = Recording {
        at,
        seen: served["seen"].as_u64().unwrap_or(u64::MAX),
        time: line.known.unwrap_or_default(),
        id: line.id.unwrap_or_default().into(),
        user: user.into(),
        context,
        shown: shown.iter().map(str::to_owned).collect(),
        features: served["features"].as_object().cloned().unwrap_or_default(),
    };
    Some((version, recording))
}

/// The state that a server of the bundle begins with.
struct State {
    problem: Problem,
    fold: Fold,
    intake: Intake,
}

/// The state as the log of a run gives it without this journal, and whether it is the bundle's; the bundle's where
/// there is no run or no log.
fn begin(
    place: &Path,
    journal: Option<&Path>,
    bundle: Bundle,
    progress: &dyn Progress,
) -> Result<(State, Option<bool>), Error> {
    let Bundle { problem, dictionary, fold, .. } = bundle;
    let mut intake = Intake::new(&problem.schema, dictionary.clone());
    let provenance = journal.map(|_| load_json::<Provenance>(&place.join("provenance.json"))).transpose()?;
    let log = provenance.map(|provenance| (provenance.log_of(place), provenance.seed));
    let Some((log, seed)) = log.filter(|(log, _)| log.exists()) else {
        return Ok((State { problem, fold, intake }, None));
    };
    // A cycle's folder holds the log of the cycles before beside what its own server writes.
    let written = [Some(place.join("log").join(JOURNAL)), journal.map(Path::to_owned)];
    let written: Vec<PathBuf> =
        written.into_iter().flatten().filter_map(|file| file.canonicalize().ok()).collect();
    let before = |file: &Path| file.canonicalize().map_or(true, |file| !written.contains(&file));
    let events = events(&problem, (&log, &before), seed, &mut intake, progress)?;
    progress.begin("replaying the log", Some(events.len() as u64));
    let mut replayed =
        Fold::new(&problem.schema, &problem.labels, &problem.features).map_err(Error::Artifact)?;
    for event in &events {
        replayed.observe(event);
        progress.advance(1);
    }
    progress.check()?;
    progress.end();
    let same = replayed.save() == fold.save() && intake.dictionary == dictionary;
    Ok((State { problem, fold: replayed, intake }, Some(same)))
}

/// Takes in the journal line by line, and looks at each request right where it was answered.
fn replay(
    parity: &mut Parity,
    state: &mut State,
    sampled: Vec<Recording>,
    progress: &dyn Progress,
) -> Result<(), Error> {
    parity.features = state
        .problem
        .features
        .iter()
        .map(|spec| OfFeature { feature: spec.name.clone(), ..OfFeature::default() })
        .collect();
    let mut waiting = sampled.into_iter().peekable();
    let mut newest = state.fold.memory.now();
    progress.begin("replaying the journal", Some(parity.lines));
    each_line(&parity.journal.clone(), progress, &mut |at, text| {
        while let Some(recording) = waiting.next_if(|one| one.seen.min(one.at) <= at) {
            compare(parity, state, &recording);
        }
        let Ok(line) = parse_line(&text, &state.problem.schema) else { return };
        if let Ok(event) = state.intake.take(line, 0) {
            parity.moved += u64::from(event.known < newest);
            newest = newest.max(event.known);
            state.fold.observe(&event);
        }
    })?;
    progress.end();
    Ok(())
}

fn compare(parity: &mut Parity, state: &State, recording: &Recording) {
    let State { problem, fold, intake } = state;
    let mut asking = Asking::new(&intake.dictionary, &problem.schema, &recording.user, &recording.context);
    let items: Vec<Id> = asking.items(&recording.shown);
    let mut rows = Rows::missing(items.len(), fold.columns().len());
    fold.write(&asking.moment(recording.time), &items, &mut rows);
    let places: Vec<usize> = (0..items.len()).collect();
    let as_values = recording.features.values().any(Value::is_array);
    let told = |how| features(fold, &problem.features, &rows, &places, how);
    let replayed = told(if as_values { Recorded::Values } else { Recorded::Digests });
    parity.compared.requests += 1;
    parity.values += (items.len() * fold.columns().len()) as u64;
    parity.raced += u64::from(recording.seen < recording.at);
    parity.lost += u64::from(recording.seen > recording.at);
    let mut differences: Vec<(&String, &'static str)> = Vec::new();
    for (feature, replayed) in &replayed {
        match recording.features.get(feature) {
            None => differences.push((feature, "missing")),
            Some(served) if !same(served, replayed) => differences.push((feature, "mismatch")),
            Some(_) => {}
        }
    }
    let others = recording.features.keys().filter(|feature| !replayed.contains_key(*feature));
    differences.extend(others.map(|feature| (feature, "extra")));
    parity.features.iter_mut().for_each(|of| of.requests += 1);
    for (feature, kind) in &differences {
        let at = parity.features.iter().position(|of| of.feature == **feature).unwrap_or_else(|| {
            parity.features.push(OfFeature { feature: (*feature).clone(), ..OfFeature::default() });
            parity.features.len() - 1
        });
        let of = &mut parity.features[at];
        match *kind {
            "missing" => of.missing += 1,
            "extra" => of.extra += 1,
            _ => of.mismatch += 1,
        }
    }
    let room = EXAMPLES.saturating_sub(parity.examples.len());
    let values = if differences.is_empty() || room == 0 { Map::new() } else { told(Recorded::Values) };
    let said = |of: &Map<String, Value>, feature: &str| of.get(feature).cloned().unwrap_or_default();
    parity.examples.extend(differences.into_iter().take(room).map(|(feature, kind)| Difference {
        line: recording.at + 1,
        request: recording.id.clone(),
        user: recording.user.clone(),
        feature: feature.clone(),
        kind,
        served: said(&recording.features, feature),
        replayed: said(&replayed, feature),
        values: said(&values, feature),
    }));
}

/// Whether a digest or all values agree, bit for bit. What JSON says of a number is read as the number that has
/// this bit pattern in half the width, where the last digit does not matter.
fn same(served: &Value, replayed: &Value) -> bool {
    let bits = |value: &Value| value.as_f64().map(|value| (value as f32).to_bits());
    match (served, replayed) {
        (Value::Array(served), Value::Array(replayed)) => {
            let alike = |(left, right): (&Value, &Value)| match (left, right) {
                (Value::Null, Value::Null) => true,
                (Value::Number(_), Value::Number(_)) => bits(left) == bits(right),
                _ => false,
            };
            served.len() == replayed.len() && served.iter().zip(replayed).all(alike)
        }
        _ => served == replayed,
    }
}

/// Lines between two looks at whether somebody asked to stop.
const STEP: u64 = 8192;

/// Calls `each` with the number of whole lines before it and the text of each whole line of a journal, which may
/// be open elsewhere.
fn each_line(
    journal: &Path,
    progress: &dyn Progress,
    each: &mut dyn FnMut(u64, String),
) -> Result<(), Error> {
    let wrong = |error: std::io::Error| Error::file(journal, error);
    let file = File::open(journal).map_err(wrong)?;
    let (mut at, mut stopped) = (0, false);
    read(&file, &mut |text| {
        if at % STEP == 0 {
            progress.advance(STEP);
            stopped |= progress.stopped();
        }
        if !stopped {
            each(at, text);
        }
        at += 1;
    })
    .map_err(wrong)?;
    progress.check()
}
