//! A tiny design with a tiny world, and a measurement that always says the same.
#![allow(dead_code, clippy::unwrap_used)] // each test uses a part, and only tests do

use std::path::{Path, PathBuf};

use rankine::clarify::clarify;
use rankine::run::{Ingredients, Origin, Run, run};
use rankine::select::{Load, Measured, Percentiles};
use rankine::{Error, Problem, Progress, Silent};
use rankine_design::Source;
use rankine_world::Recipe;
use rankine_world::videos::Settings;

/// The design.
pub(crate) const DESIGN: &str = include_str!("design.toml");

/// A world whose whole road takes about a second.
pub(crate) fn settings() -> Settings {
    Settings {
        days: 20,
        users: 150,
        items: 120,
        requests: 1500,
        slate: 8,
        births_per_day: 2.0,
        genres: 6,
        channels: 20,
        factors: 6,
        ..Settings::default()
    }
}

/// The design with each text of a pair, which stands there once, replaced by the other.
pub(crate) fn changed(changes: &[(&str, &str)]) -> String {
    let mut design = DESIGN.to_owned();
    for (from, to) in changes {
        assert_eq!(design.matches(from).count(), 1, "`{from}` stands once in the design");
        design = design.replace(from, to);
    }
    design
}

pub(crate) fn problem(design: &str) -> Problem {
    problem_of(&[Source::new("design.toml", design)])
}

pub(crate) fn problem_of(sources: &[Source]) -> Problem {
    let clarified = clarify(sources);
    let shown = || rankine_design::render(&clarified.findings, sources, false, 100);
    clarified.problem.clone().unwrap_or_else(|| panic!("{}", shown()))
}

/// What a run on the tiny world is made from.
pub(crate) fn on_world(design: &str, seed: u64, visits: usize) -> Ingredients {
    let log = Origin::World(Box::new(settings()));
    Ingredients { sources: vec![Source::new("design.toml", design)], log, seed, visits }
}

/// What a run on a log is made from.
pub(crate) fn on_data(design: &str, data: &Path) -> Ingredients {
    let log = Origin::Data(data.to_owned());
    Ingredients { sources: vec![Source::new("design.toml", design)], log, seed: 1, visits: 0 }
}

/// What a run on a folder of files is made from, by a mapping.
pub(crate) fn on_mapped(design: &str, mapping: &str, data: &Path, seed: u64) -> Ingredients {
    let sources = vec![Source::new("design.toml", design), Source::new("mapping.toml", mapping)];
    Ingredients { sources, log: Origin::Data(data.to_owned()), seed, visits: 0 }
}

/// A run that must succeed.
pub(crate) fn through(made_of: &Ingredients, runs: &Path) -> Run {
    match quietly(made_of, runs) {
        Ok(run) => run,
        Err(Error::Design(findings, sources)) => {
            panic!("{}", rankine_design::render(&findings, &sources, false, 100))
        }
        Err(error) => panic!("{error}"),
    }
}

/// The same costs for every bundle.
pub(crate) fn costs(_: &Path, load: &Load) -> Result<Measured, Error> {
    Ok(Measured {
        latency_ms: Percentiles { p50: 1.0, p99: 2.0 },
        memory_bytes: 1 << 20,
        train_seconds: 0.0,
        requests: load.requests,
        per_second: load.per_second,
        pictures_per_second: None,
        parts_ms: Vec::new(),
    })
}

/// A run that nobody watches.
pub(crate) fn quietly(made_of: &Ingredients, runs: &Path) -> Result<Run, Error> {
    run(made_of, runs, &costs, &Silent)
}

/// The error of a run that must fail.
pub(crate) fn refusal(made_of: &Ingredients, runs: &Path) -> Error {
    match quietly(made_of, runs) {
        Ok(run) => panic!("the run {} should have failed", run.folder.id),
        Err(error) => error,
    }
}

/// The log of a world, in a file of the folder.
pub(crate) fn log_file(folder: &Path, settings: &Settings, seed: u64) -> PathBuf {
    let place = folder.join("log.jsonl");
    std::fs::write(&place, lines(settings, seed).join("\n") + "\n").unwrap();
    place
}

/// The lines of a world's log.
pub(crate) fn lines(settings: &Settings, seed: u64) -> Vec<String> {
    let mut lines = Vec::new();
    settings.build(seed).log(&mut |line| {
        let mut text = String::new();
        line.write_json(&mut text);
        lines.push(text);
    });
    lines
}

/// Stops at a given check.
pub(crate) struct StopAt {
    left: std::sync::atomic::AtomicI64,
}

impl StopAt {
    pub(crate) fn new(check: i64) -> StopAt {
        StopAt { left: check.into() }
    }
}

impl Progress for StopAt {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn stopped(&self) -> bool {
        self.left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) <= 0
    }
}
