//! The commands, and what can go wrong with them.

mod algorithms;
mod check;
mod measure;
mod new;
mod report;
mod run;
mod serve;
mod visit;

use std::path::{Path, PathBuf};

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
/// that wants most of the files there, which tells of a file that is missing; a log in the native schema
/// needs none.
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
    } else {
        let fitting = found.mappings.iter().map(|mapping| (fit(mapping, data), mapping));
        let best =
            fitting.filter(|(fit, _)| *fit > 0.0).rev().max_by(|left, right| left.0.total_cmp(&right.0));
        sources.extend(best.map(|(_, mapping)| mapping.clone()));
    }
    Ok(Prepared { found, sources, data: Some(data.clone()) })
}

/// The share of a mapping's files that are there; 0 for a file or a folder that holds a native log.
fn fit(mapping: &Source, data: &Path) -> f64 {
    let (design, _) = rankine_design::parse(&[Source::new("", ""), mapping.clone()]);
    let there = |file: &str| data.join(file).is_file() || data.join(format!("{file}.gz")).is_file();
    let files: Vec<bool> =
        design.tables.iter().filter_map(|table| Some(there(&table.file.as_ref()?.value))).collect();
    let share = files.iter().filter(|there| **there).count() as f64 / files.len().max(1) as f64;
    if share < 1.0 && native(data) { 0.0 } else { share }
}

/// Whether a folder holds a log in the native schema.
fn native(data: &Path) -> bool {
    let named = |name: &str| name.ends_with(".jsonl") || name.ends_with(".jsonl.gz");
    let entries = std::fs::read_dir(data).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| named(&entry.file_name().to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rankine_design::Source;

    use super::fit;

    #[test]
    fn a_mapping_fits_as_far_as_its_files_are_there() {
        let mapping = Source::new("map.toml", "[[tables]]\nfile = \"a.csv\"\n[[tables]]\nfile = \"b.csv\"\n");
        let cases: [(&[&str], f64); 5] = [
            (&[], 0.0),
            (&["a.csv"], 0.5),
            (&["a.csv", "b.csv.gz"], 1.0),
            (&["a.csv", "log.jsonl"], 0.0),
            (&["a.csv", "b.csv", "log.jsonl"], 1.0),
        ];
        for (files, expected) in cases {
            let folder = tempfile::tempdir().expect("a folder for the test");
            for file in files {
                fs::write(folder.path().join(file), "").expect("the folder is writable");
            }
            assert_eq!(fit(&mapping, folder.path()), expected, "{files:?}");
        }
    }
}
