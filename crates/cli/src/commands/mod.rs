//! The commands, and what can go wrong with them.

mod algorithms;
mod check;
mod measure;
mod new;
mod report;
mod run;
mod serve;
mod visit;

use std::path::PathBuf;

use rankine_design::Source;

use crate::arguments::{Arguments, Command, Work};
use crate::cases::{self, Found};
use crate::terminal::Terminal;
use crate::trouble::Trouble;

/// Does what the arguments say.
pub(crate) fn execute(arguments: Arguments, terminal: &Terminal) -> Result<(), Trouble> {
    match arguments.command {
        Command::Run(run) => run::execute(&run, terminal),
        Command::Check(check) => check::execute(&check, terminal),
        Command::Serve(serve) => serve::execute(&serve, terminal),
        Command::Visit(visit) => visit::execute(&visit, terminal),
        Command::New(new) => new::execute(&new, terminal),
        Command::Schema => {
            let schema = rankine::clarify::schema();
            terminal.print(&serde_json::to_string_pretty(&schema).expect("plain data"));
            Ok(())
        }
        Command::Algorithms(algorithms) => algorithms::execute(&algorithms, terminal),
        Command::Report(report) => report::execute(&report, terminal),
        Command::Measure(measure) => measure::execute(&measure, terminal),
    }
}

/// A design with the mapping that its data needs.
pub(crate) struct Prepared {
    pub(crate) found: Found,
    pub(crate) sources: Vec<Source>,
    pub(crate) data: Option<PathBuf>,
}

/// Finds the design, and the mapping that fits the data: the one given, otherwise the one beside the design
/// whose files are all there; a log in the native schema needs none.
pub(crate) fn prepared(work: &Work) -> Result<Prepared, Trouble> {
    let found = cases::find(&work.design)?;
    let mut sources = vec![found.design.clone()];
    let Some(data) = &work.data else { return Ok(Prepared { found, sources, data: None }) };
    if !data.exists() {
        let message = format!("{}: no such file or folder", data.display());
        return Err(Trouble::usage(message, "--data takes a .jsonl file or a folder"));
    }
    if let Some(mapping) = &work.mapping {
        sources.push(cases::read(mapping)?);
    } else if let Some(mapping) = found.mappings.iter().find(|mapping| fits(mapping, data)) {
        sources.push(mapping.clone());
    }
    Ok(Prepared { found, sources, data: Some(data.clone()) })
}

fn fits(mapping: &Source, data: &std::path::Path) -> bool {
    let (design, _) = rankine_design::parse(&[Source::new("", ""), mapping.clone()]);
    let there = |file: &str| data.join(file).is_file() || data.join(format!("{file}.gz")).is_file();
    let mut files = design.tables.iter().filter_map(|table| table.file.as_ref());
    data.is_dir() && !design.tables.is_empty() && files.all(|file| there(&file.value))
}
