//! `rankine forget`: a user leaves log and journal; what still knows them is named.

use std::path::Path;

use rankine::forget::{Forgotten, forget};

use crate::arguments::Forget;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Forget, terminal: &Terminal) -> Result<(), Trouble> {
    let run = &arguments.run;
    if !run.join("1-problem.json").is_file() {
        let message = format!("{}: no run in this folder", run.display());
        return Err(Trouble::usage(
            message,
            "a run's folder is printed by `rankine run`, and lies below runs/",
        ));
    }
    let made = forget(run, &arguments.user, &arguments.journal, terminal)?;
    if arguments.json {
        terminal.print(&serde_json::to_string_pretty(&made).expect("plain data"));
    } else {
        terminal.print(&told(&made, run));
    }
    Ok(())
}

fn told(made: &Forgotten, run: &Path) -> String {
    let user = &made.user;
    let mut lines = Vec::new();
    for file in &made.files {
        let mut said = format!("{}: {} lines removed, {} kept", file.file.display(), file.removed, file.kept);
        if file.unreadable > 0 {
            said += &format!("; {} more that cannot be read but name them", file.unreadable);
        }
        if file.values > 0 {
            said += &format!("; {} requests of others lost their recorded values", file.values);
        }
        lines.push(said);
    }
    if made.files.is_empty() {
        lines.push(format!("no file of this run, and no journal that was named, has a line about `{user}`"));
    }
    lines.extend(
        made.dropped.iter().map(|path| format!("{}: removed; the next run makes it again", path.display())),
    );
    for known in &made.bundles {
        let remembered = match known.remembered {
            0 => String::new(),
            count => format!(", and remembers {count} of their choices"),
        };
        lines.push(format!(
            "{}: {} ({}) still knows them{remembered}: state and models are of a log with them",
            known.bundle.display(),
            known.contender,
            known.version
        ));
    }
    lines.extend(made.left.iter().map(|left| format!("{}: {}", left.place, left.why)));
    if !made.bundles.is_empty() {
        let own = run.join("log");
        let left = match own.exists() {
            true => format!("on what is left, `rankine run DESIGN --data {}`", own.display()),
            false => "on your own log, once it holds no line about them".to_owned(),
        };
        lines.push(format!(
            "run the design again {left}, serve that run and delete this one: then nothing here knows `{user}`"
        ));
    }
    lines.join("\n")
}
