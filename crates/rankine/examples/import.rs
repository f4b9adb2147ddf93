//! JSON Lines to examples: `import FOLDER` reads the log there by the design in bench/prepare/import, first line by
//! line alone, then as `rankine prepare` does with all its checks, and computes the features of every item shown.
//! Prints one JSON object.

#![allow(clippy::print_stdout)]

use std::io::BufRead;
use std::path::Path;

use rankine::Silent;
use rankine::log::parse_line;
use rankine::prepare::examine;
use rankine_design::Source;
use rankine_learn::{Fold, Moment, Rows, What};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("import FOLDER")?;
    let name = "design.toml";
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/prepare/import").join(name);
    let clarified = rankine::clarify::clarify(&[Source::new(name, std::fs::read_to_string(bench)?)]);
    let problem = clarified.problem.ok_or_else(|| format!("{:?}", clarified.findings))?;

    let path = Path::new(&folder).join("events.jsonl");
    let (mut bytes, mut lines, mut taken) = (0, 0u64, 0u64);
    let begun = cpu_seconds()?;
    let mut file = std::io::BufReader::with_capacity(1 << 20, std::fs::File::open(&path)?);
    let mut line = String::new();
    while file.read_line(&mut line)? > 0 {
        bytes += line.len();
        lines += 1;
        taken += u64::from(parse_line(line.trim_end(), &problem.schema).is_ok());
        line.clear();
    }
    let parsed = cpu_seconds()? - begun;

    let begun = cpu_seconds()?;
    let dataset = examine(&problem, &path, 1, &Silent)?;
    let prepared = cpu_seconds()? - begun;

    let begun = cpu_seconds()?;
    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features)?;
    let width = fold.columns().len();
    let (mut values, mut sum) = (0u64, 0.0);
    for event in &dataset.events {
        if let What::Request { user, context, shown, .. } = &event.what {
            let mut rows = Rows::missing(shown.len(), width);
            fold.write(&Moment { time: event.known, user: *user, context }, shown, &mut rows);
            values += rows.values.len() as u64;
            sum += rows
                .values
                .iter()
                .filter(|value| value.is_finite())
                .map(|value| f64::from(*value))
                .sum::<f64>();
        }
        fold.observe(event);
    }
    let computed = cpu_seconds()? - begun;
    let report = serde_json::json!({
        "lines": lines,
        "taken": taken,
        "bytes": bytes,
        "features": problem.features.len(),
        "columns": width,
        "values": values,
        "sum": sum,
        "parse_s": parsed,
        "prepare_s": prepared,
        "compute_s": computed,
    });
    println!("{report}");
    Ok(())
}

/// CPU seconds of this process, all its threads.
fn cpu_seconds() -> Result<f64, Box<dyn std::error::Error>> {
    let told = std::fs::read_to_string("/proc/self/stat")?;
    let after = told.rsplit(')').next().unwrap_or_default();
    let field = |at: usize| after.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<f64>().ok());
    let ticks = field(11).zip(field(12)).ok_or("the system does not tell CPU time")?;
    Ok((ticks.0 + ticks.1) / 100.0)
}
