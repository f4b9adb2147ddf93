//! `rankine apply`: a run's answers to every request of a table or a log.

use rankine::batch::apply::{Summary, apply};

use super::{blur, with_bundle};
use crate::arguments::Apply;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Apply, terminal: &Terminal) -> Result<(), Trouble> {
    with_bundle(&arguments.run)?;
    if rankine::batch::blur::detects(&arguments.run) {
        return blur::execute(arguments, terminal);
    }
    if !arguments.input.exists() {
        let message = format!("{}: no such file or folder", arguments.input.display());
        return Err(Trouble::usage(message, "--input takes a table by the run's mapping, or a log"));
    }
    if let Err(error) = rankine::output::form(&arguments.output) {
        return Err(Trouble::usage(error.to_string(), "for example --output scored.parquet"));
    }
    let summary = apply(&arguments.run, &arguments.input, &arguments.output, terminal)?;
    if arguments.json {
        terminal.print(&serde_json::to_string_pretty(&summary).expect("plain data"));
        return Ok(());
    }
    terminal.print(&summary.output.display().to_string());
    terminal.say(&said(&summary));
    Ok(())
}

fn said(summary: &Summary) -> String {
    let Summary { requests, rows, pipeline, .. } = summary;
    let mut lines = vec![format!("{rows} rows for {requests} requests, by `{pipeline}`")];
    if let (Some(first), Some(rejects)) = (&summary.first_reject, &summary.rejects) {
        let place = rejects.display();
        lines.push(format!("{} lines were not taken ({first}); they are in {place}", summary.rejected));
    }
    let mut tell = |count: u64, what: &str| {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    };
    tell(summary.left_out, "rows were left out by the mapping's filter");
    tell(summary.empty, "requests name no item to predict for");
    tell(
        summary.past,
        "requests are from before the end of the run's log: they are answered as of its end, which may know \
         what they led to; these are no forecasts",
    );
    tell(summary.served_events, "events that the run's server logged since are known too");
    lines.join("\n")
}
