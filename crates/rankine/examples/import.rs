//! JSON Lines to examples: `import FOLDER` reads the log there by the design in bench/prepare/import, first line by
//! line alone, then as `rankine prepare` does with all its checks, and computes the features of every item shown, on
//! as many threads as RAYON_NUM_THREADS says. Prints one JSON object.

#![allow(clippy::print_stdout)]

mod bench;

use std::convert::Infallible;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use bench::{Fallible, cpu_seconds, memory, problem};
use rankine::Silent;
use rankine::log::parse_line;
use rankine::prepare::examine;
use rankine_learn::{Ask, Fold, Folds, Memory, Moment, What};

fn main() -> Fallible<()> {
    let folder = std::env::args().nth(1).ok_or("import FOLDER")?;
    let problem = problem("import", &["design.toml"])?;

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

    let (begun, whole) = (cpu_seconds()?, Instant::now());
    let dataset = examine(&problem, &path, 1, &Silent)?;
    let prepared = cpu_seconds()? - begun;

    let begun = cpu_seconds()?;
    let mut folds =
        Folds::new(&problem.schema, &problem.labels, &problem.features, rayon::current_num_threads())?;
    let width = folds.columns().len();
    let (mut values, mut sum) = (0u64, 0u64);
    let asks = |at: &usize| matches!(dataset.events[*at].what, What::Request { .. });
    let requests: Vec<usize> = (0..dataset.events.len()).filter(asks).collect();
    let ask = |nth: usize, _: &Memory| {
        let event = &dataset.events[requests[nth]];
        let What::Request { user, context, shown, .. } = &event.what else { unreachable!("it asks") };
        let moment = Moment { time: event.known, user: *user, context };
        Ask { moment, items: shown.as_slice().into() }
    };
    folds.walk(&dataset.events, &requests, &ask, &mut |_, _, rows| {
        values += rows.values.len() as u64;
        sum = rows.values.iter().fold(sum, |sum, value| sum.wrapping_add(u64::from(value.to_bits())));
        Ok::<(), Infallible>(())
    })?;
    let computed = cpu_seconds()? - begun;
    let peak = memory("VmHWM")? as f64 / f64::from(1 << 20);
    let whole = whole.elapsed().as_secs_f64();

    // Once more without a question, which tells what taking in alone costs.
    let (begun, held) = (cpu_seconds()?, memory("VmRSS")?);
    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features)?;
    dataset.events.iter().for_each(|event| _ = fold.observe(event));
    let (observed, held) = (cpu_seconds()? - begun, memory("VmRSS")? - held);
    let limit = random_read(held.max(0) as usize)?;
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
        "observe_s": observed,
        "whole_s": whole,
        "peak_mib": peak,
        "state_bytes": held,
        "limit_ns": limit,
    });
    println!("{report}");
    Ok(())
}

/// Nanoseconds of reading a line of memory somewhere among so many bytes, each read waiting for the one before:
/// what a value costs at least whose state is not at hand.
fn random_read(bytes: usize) -> Fallible<f64> {
    const LINE: usize = 8;
    const READS: u32 = 4_000_000;
    let lines = (bytes / 8 / LINE).next_power_of_two();
    let mut next = vec![0u64; lines * LINE];
    // A full cycle over a power of two (Hull and Dobell 1962).
    let step = |line: usize| (line.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)) % lines;
    (0..lines).for_each(|line| next[line * LINE] = (step(line) * LINE) as u64);
    let begun = cpu_seconds()?;
    let mut at = 0;
    for _ in 0..READS {
        at = next[at] as usize;
    }
    std::hint::black_box(at);
    Ok((cpu_seconds()? - begun) / f64::from(READS) * 1e9)
}
