//! `rankine apply`: a run's answers to every request of a table or a log.

use rankine::batch::apply::{Summary, apply};

use super::{SERVED_TOO, blur, tell, with_bundle, written};
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
    written(terminal, arguments.json, &summary, &summary.output, &said(&summary));
    Ok(())
}

fn said(summary: &Summary) -> String {
    let Summary { requests, rows, pipeline, .. } = summary;
    let mut lines = vec![format!("{rows} rows for {requests} requests, by `{pipeline}`")];
    if let (Some(first), Some(rejects)) = (&summary.first_reject, &summary.rejects) {
        let place = rejects.display();
        lines.push(format!("{} lines were not taken ({first}); they are in {place}", summary.rejected));
    }
    let past = "requests are from before the end of the run's log: they are answered as of its end, which may \
                know what they led to; these are no forecasts";
    tell(
        &mut lines,
        &[
            (summary.left_out, "rows were left out by the mapping's filter"),
            (summary.empty, "requests name no item to predict for"),
            (summary.past, past),
            (summary.served_events, SERVED_TOO),
        ],
    );
    lines.join("\n")
}
