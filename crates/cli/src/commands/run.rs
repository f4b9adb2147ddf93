//! `rankine run`: the whole road, the verdict in words, then the winner is served.

use std::path::Path;
use std::process::{Command, Stdio};

use rankine::prepare::Profile;
use rankine::prepare::checks::Status as Checked;
use rankine::run::{Ingredients, Origin, Run as Done};
use rankine::select::{Load, Measured};
use rankine::{Error, Progress};
use rankine_design::wrapped;
use rankine_learn::verdict::Status;
use rankine_world::Recipe;
use serde_json::{Map, Value, json};

use super::{Data, Prepared, prepared, serve};
use crate::arguments::Run;
use crate::report;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

/// Says what looks wrong with a log.
pub(super) fn say_notes(profile: &Profile, terminal: &Terminal) {
    for note in &profile.notes {
        terminal.say(&wrapped(&format!("note[{}]: {}", note.code, note.message), terminal.width()));
    }
}

pub(super) fn execute(run: &Run, terminal: &Terminal) -> Result<(), Trouble> {
    use_threads(run.runs.threads)?;
    let prepared = prepared(&run.work)?;
    let made_of = ingredients(&prepared, run.seed, run.visits)?;
    let (done, warnings) = go(&made_of, &run.runs.runs, terminal)?;
    if !run.json && !warnings.is_empty() {
        terminal.say(warnings.trim_end());
    }
    if !run.json {
        say_notes(&done.profile, terminal);
        let open = done.profile.checks.iter().filter(|checked| checked.status != Checked::Pass);
        for checked in open {
            let line = format!("check[{}] {}: {}", checked.name, checked.status.name(), checked.message);
            terminal.say(&wrapped(&line, terminal.width()));
        }
    }
    let page = super::report::write(&done.folder.path(), &warnings)?;
    if run.json {
        terminal.print(&serde_json::to_string_pretty(&summary(&done)).expect("plain data"));
        return Ok(());
    }
    terminal.print(&report::table_text(&done.problem, &done.selection, terminal.width(), terminal.colour()));
    let decisions = report::decisions_text(&done.selection, terminal.width(), terminal.colour());
    if !decisions.is_empty() {
        terminal.print(&format!("\n{}", decisions.trim_end()));
    }
    terminal.print("");
    terminal.print(&terminal.fitted(&report::verdict_text(&done.problem, &done.selection)));
    if let Some((_, before)) = super::report::before(&done.folder.path()) {
        terminal.print(&terminal.fitted(&report::exposure(&before.chosen)));
    }
    terminal.say(&format!("\nreport  {}", page.display()));
    if done.problem.detects() {
        let place = done.folder.path();
        terminal.say(&format!("apply   rankine apply {} --input FOLDER --output FOLDER", place.display()));
        return Ok(());
    }
    if run.once {
        terminal.say(&format!("serve   rankine serve {}", done.folder.path().display()));
        return Ok(());
    }
    serve::serve(&done.folder.path(), &run.address, &serve::Logging::default(), terminal, false)
}

pub(super) fn use_threads(threads: Option<usize>) -> Result<(), Trouble> {
    let Some(threads) = threads else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| Trouble::other(error.to_string(), "try fewer threads"))
}

/// Takes a design through all stages; also what clarify warned of, rendered.
pub(super) fn go(made_of: &Ingredients, runs: &Path, terminal: &Terminal) -> Result<(Done, String), Trouble> {
    let measure = |bundle: &Path, load: &Load| measured_apart(bundle, load);
    let done = rankine::run::run(made_of, runs, &measure, terminal)?;
    Progress::end(terminal);
    let warnings = rankine_design::render(&done.findings, &made_of.sources, false, terminal.width());
    Ok((done, warnings))
}

pub(super) fn ingredients(prepared: &Prepared, seed: u64, visits: usize) -> Result<Ingredients, Trouble> {
    let log = origin(prepared)?;
    Ok(Ingredients { sources: prepared.sources.clone(), log, seed, visits })
}

/// Where the log of a design comes from.
pub(super) fn origin(prepared: &Prepared) -> Result<Origin, Trouble> {
    Ok(match (&prepared.data, &prepared.found.world) {
        (Some(Data::Path(data)), _) => Origin::Data(data.clone()),
        (Some(Data::Database(address)), _) => Origin::Database(address.clone()),
        (None, Some(world)) => Origin::World(world_recipe(world)?),
        (None, None) => {
            let help = "give a log with --data, or put a world.toml beside the design".to_owned();
            return Err(Trouble::usage("there is no log: this design has no world", help));
        }
    })
}

/// The settings of a world.
pub(super) fn world_recipe(source: &rankine_design::Source) -> Result<Box<dyn Recipe>, Trouble> {
    rankine_world::read(&source.text).map_err(|error| {
        Trouble::usage(format!("{}: {error}", source.name), "the case's own world.toml lists every key")
    })
}

/// Measures a bundle in a process of its own, so that its memory is its own too.
pub(crate) fn measured_apart(bundle: &Path, load: &Load) -> Result<Measured, Error> {
    let trouble = |what: String| Error::Artifact(format!("measuring {}: {what}", bundle.display()));
    let program = std::env::current_exe().map_err(|error| trouble(error.to_string()))?;
    let output = Command::new(program)
        .arg("measure")
        .arg(bundle)
        .args(["--per-second", &load.per_second.to_string(), "--requests", &load.requests.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| trouble(error.to_string()))?;
    if !output.status.success() {
        return Err(trouble(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| trouble(error.to_string()))
}

/// The object of `--json`; documented in the manual.
fn summary(done: &Done) -> Value {
    let verdict = &done.selection.verdict;
    let winner = (verdict.status == Status::Winner).then(|| verdict.leader.clone());
    let gap = verdict.difference;
    let finite = |value: f64| value.is_finite().then_some(value);
    let contenders = done.selection.quality.iter().zip(&done.selection.watched).map(|(quality, watched)| {
        let metrics: Map<String, Value> =
            quality.metrics.iter().map(|(name, figure)| (name.clone(), json!(figure))).collect();
        let measured = &watched.measured;
        json!({
            "name": quality.name,
            "metrics": metrics,
            "latency_ms": measured.latency_ms,
            "memory_bytes": measured.memory_bytes,
            "train_seconds": measured.train_seconds,
            "pictures_per_second": measured.pictures_per_second,
            "eligible": watched.why_not.is_empty(),
            "why_not": watched.why_not,
        })
    });
    let profile = &done.profile;
    json!({
        "run": done.folder.path(),
        "problem": done.problem.name,
        "verdict": {
            "status": verdict.status,
            "winner": winner.flatten(),
            "leader": verdict.leader,
            "runner_up": verdict.runner_up,
            "metric": done.problem.evaluate.metric.to_string(),
            "difference": gap.map(|gap| gap.value),
            "interval": gap.map(|gap| [finite(gap.low), finite(gap.high)]),
            "confidence": verdict.confidence,
            "over_baseline": verdict.over_baseline,
            "users_needed": verdict.users_needed,
            "reason": report::verdict_text(&done.problem, &done.selection),
        },
        "contenders": contenders.collect::<Vec<_>>(),
        "decisions": done.selection.prediction.as_ref().map(|prediction| &prediction.decided),
        "online": done.selection.online,
        "months": rankine::months::months(&done.problem, &done.selection),
        "data": {
            "requests": profile.requests,
            "users": profile.users,
            "items": profile.items,
            "rejected": profile.rejected.values().sum::<u64>(),
        },
        "checks": profile.checks,
        "report": done.folder.path().join("report.html"),
    })
}
