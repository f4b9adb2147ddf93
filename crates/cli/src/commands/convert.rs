//! `rankine convert`: any data that a mapping reads, as a log in the native schema, as a table, or as examples.

use rankine::prepare::Period;
use rankine::prepare::convert::{Converted, convert};
use rankine::select::{Exported, Walk, export};
use rankine::{Error, Problem};

use super::{prepared, run, tell, written};
use crate::arguments::Convert;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Convert, terminal: &Terminal) -> Result<(), Trouble> {
    if let Err(error) = rankine::output::form(&arguments.output) {
        return Err(Trouble::usage(error.to_string(), "for example --output log.jsonl"));
    }
    let prepared = prepared(&arguments.work)?;
    let clarified = rankine::clarify::clarify(&prepared.sources);
    let Some(problem) = clarified.problem else {
        return Err(Error::Design(clarified.findings, prepared.sources).into());
    };
    let origin = run::origin(&prepared)?;
    let laid = rankine::run::lay(&problem, &origin, arguments.seed, terminal)?;
    if arguments.examples {
        let Convert { beside, seed, part, .. } = *arguments;
        let walk = Walk { from: Period::Train, beside, seed, part };
        let made = export(&problem, &laid.path, &arguments.output, &walk, terminal)?;
        written(terminal, arguments.json, &made, &made.output, &told(&made));
        return Ok(());
    }
    let memory = usize::try_from(arguments.memory.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let made = convert(&problem, &laid.path, &arguments.output, (arguments.seed, memory), terminal)?;
    written(terminal, arguments.json, &made, &made.output, &said(&problem, &made));
    Ok(())
}

fn said(problem: &Problem, made: &Converted) -> String {
    let mut lines = vec![format!("{} lines", made.lines)];
    if let Some(first) = &made.first_reject {
        lines.push(format!("not taken: {first}"));
    }
    tell(&mut lines, &[(made.left_out, "rows were left out by the mapping's filter")]);
    if problem.is_divided_by_rows() {
        let what = "which rows a split keeps together, or puts into the test, is no part of a log: that needs the mapping";
        lines.push(what.to_owned());
    }
    lines.join("\n")
}

fn told(made: &Exported) -> String {
    let [train, validation, test] = made.requests;
    let columns = made.columns.len();
    let mut lines = vec![format!(
        "{} rows of {columns} columns; requests: {train} train, {validation} validation, {test} test",
        made.rows
    )];
    tell(
        &mut lines,
        &[
            (made.open, "requests are left out: their outcome was not known before the next period began"),
            (made.empty, "requests have no row: nothing is known of what was or could have been shown"),
        ],
    );
    lines.join("\n")
}
