//! `rankine recommend`: what a run's bundle recommends to many users, as a table.

use std::path::Path;

use rankine::batch::recommend::{Summary, Users, recommend};

use super::run::use_threads;
use super::{SERVED_TOO, tell, with_bundle, written};
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
    written(terminal, arguments.json, &summary, &summary.output, &said(&summary));
    Ok(())
}

fn said(summary: &Summary) -> String {
    let Summary { users, rows, pipeline, .. } = summary;
    let mut lines = vec![format!("{rows} rows for {users} users, by `{pipeline}`")];
    let empty = "users got nothing: it finds no item for them, as a pipeline that knows only histories";
    tell(
        &mut lines,
        &[
            (summary.unknown, "users are not in the log: they got what an unknown user gets"),
            (summary.repeated, "lines named a user again, who got one list"),
            (summary.empty, empty),
            (summary.served_events, SERVED_TOO),
        ],
    );
    if !summary.missing_context.is_empty() {
        lines.push(format!("nobody knows here, so it is missing: {}", summary.missing_context.join(", ")));
    }
    lines.join("\n")
}
