//! Counts before every event of `events.parquet`: `pit FOLDER [EVENTS]` reads it by the design in bench/prepare/pit
//! and asks the fold for the values of every event's item and user right before it, on as many threads as
//! RAYON_NUM_THREADS says. Prints one JSON object.

#![allow(clippy::print_stdout)]

mod bench;

use std::convert::Infallible;
use std::path::Path;
use std::time::Instant;

use bench::{Fallible, cpu_seconds, problem};
use rankine::Silent;
use rankine::prepare::named;
use rankine_learn::{Ask, Event, Folds, Memory, Moment, What};

/// What a column's values are weighed with by the place of their row, so that their order tells.
const WEIGHTS: u64 = 1009;

fn main() -> Fallible<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("pit FOLDER [EVENTS]")?;
    let most = arguments.next().map(|most| most.parse()).transpose()?.unwrap_or(usize::MAX);
    let problem = problem("pit", &["design.toml", "mapping.toml"])?;

    let begun = Instant::now();
    let mut dataset = named(&problem, Path::new(&folder), 1, &Silent)?.0;
    let read = begun.elapsed();
    // What a run makes of it besides is not counted here: the requests that buys imply, and what came of them.
    dataset.events.retain(|event| matches!(event.what, What::Interaction { .. }));
    dataset.events.shrink_to_fit();
    dataset.outcomes = Vec::new();
    let view = problem.schema.interaction("view").ok_or("the design has no views")?;
    let viewed =
        |at: &usize| matches!(dataset.events[*at].what, What::Interaction { kind, .. } if kind == view);
    let views: Vec<usize> = (0..dataset.events.len()).filter(viewed).take(most).collect();

    let mut folds =
        Folds::new(&problem.schema, &problem.labels, &problem.features, rayon::current_num_threads())?;
    let mut columns = vec![Vec::with_capacity(views.len()); folds.columns().len()];
    let (begun, whole) = (cpu_seconds()?, Instant::now());
    let ask = |nth: usize, _: &Memory| {
        let Event { known, what: What::Interaction { user, item, .. }, .. } = &dataset.events[views[nth]]
        else {
            unreachable!("it is a view")
        };
        let moment = Moment { time: *known, user: *user, context: &[] };
        Ask { moment, items: std::slice::from_ref(item).into() }
    };
    folds.walk(&dataset.events, &views, &ask, &mut |_, _, rows| {
        columns.iter_mut().zip(&rows.values).for_each(|(column, value)| column.push(*value as u32));
        Ok::<(), Infallible>(())
    })?;
    let (computed, whole) = (cpu_seconds()? - begun, whole.elapsed().as_secs_f64());

    let sums: Vec<u64> = columns.iter().map(|column| column.iter().copied().map(u64::from).sum()).collect();
    let weighed = |column: &Vec<u32>| -> u64 {
        (0..).zip(column).map(|(at, value)| (at % WEIGHTS + 1) * u64::from(*value)).sum()
    };
    let report = serde_json::json!({
        "events": views.len(),
        "columns": folds.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
        "read_s": read.as_secs_f64(),
        "compute_s": computed,
        "whole_s": whole,
        "sums": sums,
        "weighed": columns.iter().map(weighed).collect::<Vec<_>>(),
    });
    println!("{report}");
    Ok(())
}
