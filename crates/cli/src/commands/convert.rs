//! `rankine convert`: any data that a mapping reads, as a log in the native schema or as a table.

use rankine::Error;
use rankine::prepare::convert::{Converted, convert};

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
    let memory = usize::try_from(arguments.memory.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let made = convert(&problem, &laid.path, &arguments.output, (arguments.seed, memory), terminal)?;
    written(terminal, arguments.json, &made, &made.output, &said(&made));
    Ok(())
}

fn said(made: &Converted) -> String {
    let mut lines = vec![format!("{} lines", made.lines)];
    if let Some(first) = &made.first_reject {
        lines.push(format!("not taken: {first}"));
    }
    tell(&mut lines, &[(made.left_out, "rows were left out by the mapping's filter")]);
    lines.join("\n")
}
