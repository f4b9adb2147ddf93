//! Counts before every event of `events.parquet`: `pit FOLDER [EVENTS]` reads it by the design in bench/prepare/pit
//! and asks the fold for the values of every event's item and user right before it. Prints one JSON object.

#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use rankine::Silent;
use rankine::prepare::named;
use rankine_design::Source;
use rankine_learn::{Fold, Moment, Rows, What};

/// What a column's values are weighed with by the place of their row, so that their order tells.
const WEIGHTS: u64 = 1009;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("pit FOLDER [EVENTS]")?;
    let most = arguments.next().map(|most| most.parse()).transpose()?.unwrap_or(usize::MAX);
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/prepare/pit");
    let source = |name: &str| Ok(Source::new(name, std::fs::read_to_string(bench.join(name))?));
    let sources = [source("design.toml"), source("mapping.toml")];
    let sources = sources.into_iter().collect::<std::io::Result<Vec<Source>>>()?;
    let clarified = rankine::clarify::clarify(&sources);
    let problem = clarified.problem.ok_or_else(|| format!("{:?}", clarified.findings))?;

    let begun = Instant::now();
    let (dataset, _) = named(&problem, Path::new(&folder), 1, &Silent)?;
    let read = begun.elapsed();
    let view = problem.schema.interaction("view").ok_or("the design has no views")?;
    let viewed = |what: &What| matches!(what, What::Interaction { kind, .. } if *kind == view);
    let acts = dataset.events.iter().filter(|event| matches!(event.what, What::Interaction { .. }));
    let events: Vec<_> = acts.take(most).collect();

    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features)?;
    let width = fold.columns().len();
    let mut columns = vec![Vec::with_capacity(events.len()); width];
    let begun = cpu_seconds()?;
    let mut rows = Rows::missing(1, width);
    for event in &events {
        if let What::Interaction { user, item, .. } = event.what
            && viewed(&event.what)
        {
            fold.write(&Moment { time: event.known, user, context: &[] }, &[item], &mut rows);
            columns.iter_mut().zip(&rows.values).for_each(|(column, value)| column.push(*value as u32));
        }
        fold.observe(event);
    }
    let computed = cpu_seconds()? - begun;

    let sums: Vec<u64> = columns.iter().map(|column| column.iter().copied().map(u64::from).sum()).collect();
    let weighed = |column: &Vec<u32>| -> u64 {
        (0..).zip(column).map(|(at, value)| (at % WEIGHTS + 1) * u64::from(*value)).sum()
    };
    let report = serde_json::json!({
        "events": events.iter().filter(|event| viewed(&event.what)).count(),
        "columns": fold.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
        "read_s": read.as_secs_f64(),
        "compute_s": computed,
        "sums": sums,
        "weighed": columns.iter().map(weighed).collect::<Vec<_>>(),
    });
    println!("{report}");
    Ok(())
}

/// CPU seconds of this thread, as the rivals' processes count theirs.
fn cpu_seconds() -> Result<f64, Box<dyn std::error::Error>> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = told.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e9)
}
