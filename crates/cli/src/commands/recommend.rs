//! `rankine recommend`: what a run's bundle recommends to many users, as a table.

use std::path::Path;

use rankine::batch::recommend::{Summary, Users, recommend};

use super::run::use_threads;
use super::with_bundle;
use crate::arguments::Recommend;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Recommend, terminal: &Terminal) -> Result<(), Trouble> {
    use_threads(arguments.threads)?;
    with_bundle(&arguments.run)?;
    if let Err(error) = rankine::output::form(&arguments.output) {
        return Err(Trouble::usage(error.to_string(), "for example --output top.parquet"));
    }
    let users = if arguments.users == Path::new("all") {
        Users::All
    } else if arguments.users.is_file() {
        Users::File { path: arguments.users.clone(), column: arguments.column.clone() }
    } else {
        let message = format!("{}: no such file", arguments.users.display());
        return Err(Trouble::usage(message, "--users takes a file with ids, or `all`"));
    };
    let limit = arguments.limit.map(|limit| limit as usize);
    let summary = recommend(&arguments.run, &users, limit, &arguments.output, terminal)?;
    if arguments.json {
        terminal.print(&serde_json::to_string_pretty(&summary).expect("plain data"));
        return Ok(());
    }
    terminal.print(&summary.output.display().to_string());
    terminal.say(&said(&summary));
    Ok(())
}

fn said(summary: &Summary) -> String {
    let Summary { users, rows, pipeline, .. } = summary;
    let mut lines = vec![format!("{rows} rows for {users} users, by `{pipeline}`")];
    let mut tell = |count: u64, what: &str| {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    };
    tell(summary.unknown, "users are not in the log: they got what an unknown user gets");
    tell(summary.repeated, "lines named a user again, who got one list");
    tell(
        summary.empty,
        "users got nothing: it finds no item for them, as a pipeline that knows only histories",
    );
    tell(summary.served_events, "events that the run's server logged since are known too");
    if !summary.missing_context.is_empty() {
        lines.push(format!("nobody knows here, so it is missing: {}", summary.missing_context.join(", ")));
    }
    lines.join("\n")
}
