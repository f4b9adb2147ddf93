//! What the programs of bench/prepare share: its designs, and what the system tells of this process.

#![allow(dead_code)] // each program uses a part

use std::path::Path;

use rankine::Problem;
use rankine_design::Source;

/// What may go wrong in them is told, and ends them.
pub(crate) type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// The problem of a folder of bench/prepare: its design, and what is laid over it.
pub(crate) fn problem(folder: &str, names: &[&str]) -> Fallible<Problem> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/prepare").join(folder);
    let source = |name: &&str| Ok(Source::new(*name, std::fs::read_to_string(place.join(name))?));
    let sources = names.iter().map(source).collect::<std::io::Result<Vec<Source>>>()?;
    let clarified = rankine::clarify::clarify(&sources);
    Ok(clarified.problem.ok_or_else(|| format!("{:?}", clarified.findings))?)
}

/// Bytes of memory that this process holds (`VmRSS`), or held at the most so far (`VmHWM`).
pub(crate) fn memory(key: &str) -> Fallible<i64> {
    let told = std::fs::read_to_string("/proc/self/status")?;
    let line = told.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let line = line.ok_or("the system does not tell memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<i64>()? * 1024)
}

/// CPU seconds of this process, all its threads.
pub(crate) fn cpu_seconds() -> Fallible<f64> {
    let told = std::fs::read_to_string("/proc/self/stat")?;
    let after = told.rsplit(')').next().unwrap_or_default();
    let field = |at: usize| after.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<f64>().ok());
    let ticks = field(11).zip(field(12)).ok_or("the system does not tell CPU time")?;
    Ok((ticks.0 + ticks.1) / 100.0)
}
