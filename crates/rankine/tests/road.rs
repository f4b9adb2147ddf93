//! The whole road on a tiny world: what a run leaves, what it does not do again, and the same bits each time.
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_tiny;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use rankine::prepare::{Period, prepare};
use rankine::run::{Ingredients, Provenance, Run, compare, run};
use rankine::select::{Load, Selection};
use rankine::serve::{Recommend, Service};
use rankine::{Bundle, Error, Silent};
use rankine_learn::Fold;
use rankine_learn::metrics::{self, Judged, Shape};
use road_tiny::{DESIGN, StopAt, changed, costs, on_data, on_world, problem, quietly};

/// The design without its costliest contender and without a search for settings.
fn light(changes: &[(&str, &str)]) -> String {
    let trees = DESIGN.find("[[contenders]]\nname = \"trees\"").unwrap();
    let end = DESIGN.find("[evaluate]").unwrap();
    let costly = &DESIGN[trees..end];
    changed(&[&[(costly, ""), ("trials = 2", "trials = 1")], changes].concat())
}

/// A run, and how many bundles it had measured.
fn counted(made_of: &Ingredients, runs: &Path) -> (Run, usize) {
    let count = Cell::new(0);
    let measure = |bundle: &Path, load: &Load| {
        count.set(count.get() + 1);
        Bundle::read(bundle)?;
        costs(bundle, load)
    };
    let run = run(made_of, runs, &measure, &Silent).unwrap();
    (run, count.get())
}

/// Every file below a folder, by its path in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

fn written(run: &Run, name: &str) -> SystemTime {
    fs::metadata(run.folder.at(name)).unwrap().modified().unwrap()
}

/// What must be the same bits for the same seed: all but the time that training took.
fn bits(run: &Run) -> BTreeMap<String, Vec<u8>> {
    let mut files = files(&run.folder.path());
    files.remove("provenance.json");
    let selection = files.remove("3-selection/selection.json").unwrap();
    let mut selection: Selection = serde_json::from_slice(&selection).unwrap();
    selection.watched.iter_mut().for_each(|watched| watched.measured.train_seconds = 0.0);
    files.insert("selection".to_owned(), serde_json::to_vec(&selection).unwrap());
    files
}

const STAGES: [&str; 4] =
    ["log/world.jsonl", "2-dataset/dataset.bin", "3-selection/selection.json", "4-bundle/bundle/state.bin"];

#[test]
fn what_is_compared_leaves_a_run_of_the_same_as_it_is() {
    let runs = tempfile::tempdir().unwrap();
    let made_of = on_world(&light(&[]), 1, 0);
    let (made, _) = counted(&made_of, runs.path());
    let left = files(&made.folder.path());
    let compared = compare(&made_of, runs.path(), &Silent).unwrap();
    assert!(left.keys().any(|name| name.starts_with("3-selection/contenders/")), "{:?}", left.keys());
    assert_eq!(files(&made.folder.path()), left);
    assert!(!compared.folder.at("4-bundle").exists());
}

#[test]
fn a_run_leaves_every_stage_and_a_second_one_does_none_again() {
    let runs = tempfile::tempdir().unwrap();
    let made_of = on_world(DESIGN, 1, 40);
    let (first, measured) = counted(&made_of, runs.path());
    assert_eq!(measured, 4, "each contender once");
    let left = files(&first.folder.path());
    for name in ["1-problem.json", "1-sheet.json", "provenance.json", "2-dataset/profile.json"] {
        assert!(left.contains_key(name), "{name} is not among {:?}", left.keys());
    }
    for name in STAGES.into_iter().chain(["3-selection/quality.json", "4-bundle/bundle/manifest.json"]) {
        assert!(left.contains_key(name), "{name} is not among {:?}", left.keys());
    }
    assert!(!left.keys().any(|name| name.ends_with(".part")), "{:?}", left.keys());
    let provenance: Provenance = serde_json::from_slice(&left["provenance.json"]).unwrap();
    assert_eq!((provenance.log.as_str(), provenance.seed, provenance.previous), ("world", 1, None));
    let bundle = Bundle::read(&first.folder.at("4-bundle/bundle")).unwrap();
    assert_eq!(bundle.pipeline.contender.name, first.selection.chosen);
    assert_eq!(first.selection.online.as_ref().unwrap().results.len(), 4);
    assert_eq!(first.profile.requests, first.profile.periods.iter().sum::<u64>());

    let before = STAGES.map(|name| written(&first, name));
    let (second, measured) = counted(&made_of, runs.path());
    assert_eq!((measured, &second.folder.id), (0, &first.folder.id));
    assert_eq!(STAGES.map(|name| written(&second, name)), before);
    assert_eq!(second.selection, first.selection);
    assert_eq!(files(&second.folder.path()), left);
}

/// Mean of the deciding metric of a contender whose server is told the whole log, line by line, and asked right before
/// each request of the test period with an outcome.
fn as_served(run: &Run, contender: &str, folder: &Path) -> f64 {
    let problem = problem(DESIGN);
    let log = run.folder.at("log/world.jsonl");
    let dataset = prepare(&problem, &log, 1, &Silent).unwrap();
    let outcomes = dataset.of(Period::Test).iter().filter(|outcome| !outcome.relevant.is_empty());
    let mut judged: BTreeMap<usize, &[(u32, f32)]> =
        outcomes.map(|outcome| (outcome.event, &*outcome.relevant)).collect();
    let names = &dataset.dictionary.entities[problem.schema.item];

    let bundle = Bundle::read(&run.folder.at("3-selection/contenders").join(contender)).unwrap();
    let fold = Fold::new(&problem.schema, &problem.labels, &problem.features).unwrap();
    let clock = Arc::new(AtomicI64::new(0));
    let told = clock.clone();
    let now = Box::new(move || told.load(Ordering::Relaxed));
    let service = Service::open(Bundle { fold, ..bundle }, &folder.join(contender), now).unwrap();
    let Some(Shape::PerRequest(compute)) = metrics::find("ndcg").map(|metric| metric.shape) else {
        panic!("ndcg is of one request")
    };

    let (mut values, mut waiting) = (Vec::new(), Vec::new());
    for (at, line) in fs::read_to_string(&log).unwrap().lines().enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["time"], dataset.events[at].known, "the log stands in order");
        if let Some(relevant) = judged.remove(&at) {
            clock.store(dataset.events[at].known, Ordering::Relaxed);
            service.events(std::mem::take(&mut waiting)).unwrap();
            let context = line["context"].as_object().unwrap().clone();
            let user = line["user"].as_str().unwrap();
            let ask = Recommend { context, record: false, ..Recommend::new(user) };
            let gain = |name: &str| relevant.iter().find(|(item, _)| names.name(*item) == name);
            let reply = service.recommend(&ask).unwrap();
            let gains = reply.items.iter().map(|one| gain(&one.item).map_or(0.0, |(_, gain)| *gain));
            let ideal: Vec<f32> = relevant.iter().map(|(_, gain)| *gain).collect();
            values.push(compute(&Judged { gains: &gains.collect::<Vec<f32>>(), relevant: &ideal }, 8));
        }
        waiting.push(line);
    }
    assert!(judged.is_empty() && values.len() > 50, "{} requests", values.len());
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn what_is_served_is_what_was_evaluated() {
    let runs = tempfile::tempdir().unwrap();
    let run = quietly(&on_world(DESIGN, 2, 0), runs.path()).unwrap();
    // Scores and ranks of retrievers as columns of a linear model and of trees, and retrieval alone.
    for contender in ["als", "mix", "trees"] {
        let quality = run.selection.quality.iter().find(|quality| quality.name == contender).unwrap();
        let (evaluated, served) = (quality.metrics["ndcg@8"].value, as_served(&run, contender, runs.path()));
        assert!((evaluated - served).abs() < 1e-12, "{contender}: {evaluated} evaluated, {served} served");
    }
}

#[test]
fn a_change_redoes_only_what_depends_on_it() {
    let runs = tempfile::tempdir().unwrap();
    let design = light(&[]);
    let (first, _) = counted(&on_world(&design, 1, 0), runs.path());
    // A server of the first run has logged something there.
    fs::write(first.folder.at("log/served.jsonl"), "{}\n").unwrap();
    let wider = light(&[("margin = \"1%\"", "margin = \"3%\"")]);
    let (second, measured) = counted(&on_world(&wider, 1, 0), runs.path());
    assert_ne!(first.folder.id, second.folder.id);
    assert_eq!(measured, 3, "the selection is another");
    for name in &STAGES[..2] {
        assert_eq!(written(&first, name), written(&second, name), "{name} is the first run's");
    }
    assert_ne!(written(&first, STAGES[2]), written(&second, STAGES[2]));
    assert!(second.selection.verdict.margin > 2.9 * first.selection.verdict.margin);
    // As JSON, where the undefined value of a single trial equals itself.
    let quality = |done: &Run| serde_json::to_value(&done.selection.quality).unwrap();
    assert_eq!(quality(&second), quality(&first));
    assert!(!second.folder.at("log/served.jsonl").exists(), "what a run's server logged is that run's own");

    // A comment changes the run's name and nothing else.
    let (third, measured) = counted(&on_world(&format!("{design}\n# seen\n"), 1, 0), runs.path());
    assert_ne!(third.folder.id, first.folder.id);
    assert_eq!(measured, 0);
    assert_eq!(bits(&third).keys().count() + 1, bits(&first).keys().count(), "all but what was served");
    // Other periods cut the log elsewhere.
    let cut = light(&[("history = \"40%\", train = \"25%\"", "history = \"45%\", train = \"20%\"")]);
    let (fourth, measured) = counted(&on_world(&cut, 1, 0), runs.path());
    assert_eq!(measured, 3);
    assert_eq!(written(&first, STAGES[0]), written(&fourth, STAGES[0]));
    assert_ne!(written(&first, STAGES[1]), written(&fourth, STAGES[1]));
}

#[test]
fn a_run_that_was_stopped_goes_on_where_it_was() {
    let design = light(&[]);
    let whole = tempfile::tempdir().unwrap();
    let want = bits(&quietly(&on_world(&design, 1, 40), whole.path()).unwrap());
    let made_of = on_world(&design, 1, 40);
    let runs = tempfile::tempdir().unwrap();
    let mut finished = Vec::new();
    for check in [0, 2, 10, 300, 520] {
        let Err(error) = run(&made_of, runs.path(), &costs, &StopAt::new(check)) else {
            panic!("there are more than {check} checks");
        };
        assert!(matches!(error, Error::StoppedBetween), "{error}");
        let run = fs::read_dir(runs.path()).unwrap().next().unwrap().unwrap().path();
        let stamped = |stage: &&str| run.join(stage).join("made-from").is_file();
        finished.push(["log", "2-dataset", "3-selection"].iter().filter(|stage| stamped(stage)).count());
        assert!(!run.join("4-bundle").exists());
    }
    assert!(finished.is_sorted() && finished[0] == 0 && finished[4] == 2, "{finished:?}");
    let dataset = |run: &Path| fs::metadata(run.join(STAGES[1])).unwrap().modified().unwrap();
    let folder = fs::read_dir(runs.path()).unwrap().next().unwrap().unwrap().path();
    let before = dataset(&folder);
    let done = quietly(&made_of, runs.path()).unwrap();
    assert_eq!(dataset(&folder), before);
    assert!(bits(&done) == want, "the same as without a stop");
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let on = |threads: usize, seed: u64| {
        let runs = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bits(&quietly(&on_world(DESIGN, seed, 40), runs.path()).unwrap()))
    };
    let (one, four, other) = (on(1, 1), on(4, 1), on(4, 2));
    assert_eq!(one.keys().collect::<Vec<_>>(), four.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(four[name] == *bytes, "{name} depends on the number of threads");
    }
    for name in ["log/world.jsonl", "2-dataset/dataset.bin", "3-selection/quality.json", "selection"] {
        assert!(other[name] != one[name], "{name} does not depend on the seed");
    }
    for name in ["state.bin", "models.bin", "dictionary.bin"] {
        let name = format!("4-bundle/bundle/{name}");
        assert!(other[&name] != one[&name], "{name} does not depend on the seed");
    }
}

#[test]
fn a_log_that_a_server_wrote_names_the_run_before() {
    let design = light(&[]);
    let runs = tempfile::tempdir().unwrap();
    let first = quietly(&on_world(&design, 1, 0), runs.path()).unwrap();
    let log = first.folder.at("log");
    let second = quietly(&on_data(&design, &log), runs.path()).unwrap();
    let read = |run: &Run| -> Provenance {
        serde_json::from_slice(&fs::read(run.folder.at("provenance.json")).unwrap()).unwrap()
    };
    assert_eq!(read(&second).previous, Some(first.folder.id.clone()));
    assert_eq!(second.profile, first.profile);
    // One line more is another log, and another run.
    let line = r#"{"event":"click","id":"last","time":1769000000000,"user":"u1","video":"v1"}"#;
    fs::write(log.join("served.jsonl"), format!("{line}\n")).unwrap();
    let third = quietly(&on_data(&design, &log), runs.path()).unwrap();
    assert_ne!(third.folder.id, second.folder.id);
    assert_eq!(third.profile.events, first.profile.events + 1);
    let alone = quietly(&on_data(&design, &log.join("world.jsonl")), runs.path()).unwrap();
    assert_eq!(read(&alone).previous, Some(first.folder.id), "also by the file's name");
}
