//! The commands, and what can go wrong with them.

mod algorithms;
mod apply;
mod blur;
mod cheat_sheet;
mod check;
mod convert;
mod diff;
mod forget;
mod inspect;
pub(crate) mod interview;
mod measure;
mod new;
mod parity;
mod prepare;
mod propose;
mod recommend;
mod report;
mod run;
mod serve;
mod tradeoffs;
mod visit;

use std::path::{Path, PathBuf};

use rankine::log::is_database;
use rankine_design::{FileFormat, Source, TableMapping, bare};

use crate::arguments::{Arguments, Command, Work};
use crate::cases::{self, Found};
use crate::terminal::Terminal;
use crate::trouble::Trouble;
pub(crate) use run::measured_apart;

/// Does what the arguments say.
pub(crate) fn execute(arguments: Arguments, terminal: &Terminal) -> Result<(), Trouble> {
    match arguments.command {
        Command::Run(run) => run::execute(&run, terminal),
        Command::Check(check) => check::execute(&check, terminal),
        Command::Prepare(prepare) => prepare::execute(&prepare, terminal),
        Command::Convert(convert) => convert::execute(&convert, terminal),
        Command::Serve(serve) => serve::execute(&serve, terminal),
        Command::Visit(visit) => visit::execute(&visit, terminal),
        Command::New(new) => new::execute(&new, terminal),
        Command::Recommend(recommend) => recommend::execute(&recommend, terminal),
        Command::Apply(apply) => apply::execute(&apply, terminal),
        Command::Diff(diff) => diff::execute(&diff, terminal),
        Command::Parity(parity) => parity::execute(&parity, terminal),
        Command::Forget(forget) => forget::execute(&forget, terminal),
        Command::Inspect(inspect) => inspect::execute(&inspect, terminal),
        Command::Schema => {
            let schema = rankine::clarify::schema();
            terminal.print(&serde_json::to_string_pretty(&schema).expect("plain data"));
            Ok(())
        }
        Command::Algorithms(algorithms) => algorithms::execute(&algorithms, terminal),
        Command::Report(report) => report::execute(&report, terminal),
        Command::Interview(interview) => interview::execute(&interview, terminal),
        Command::Tradeoffs(tradeoffs) => tradeoffs::execute(&tradeoffs, terminal),
        Command::CheatSheet(sheet) => cheat_sheet::execute(&sheet, terminal),
        Command::Measure(measure) => measure::execute(&measure, terminal),
    }
}

/// Says where something was written and what came of it; with `--json` only the object.
fn written(terminal: &Terminal, json: bool, summary: &impl serde::Serialize, place: &Path, said: &str) {
    if json {
        terminal.print(&serde_json::to_string_pretty(summary).expect("plain data"));
    } else {
        terminal.print(&place.display().to_string());
        terminal.say(said);
    }
}

/// What a bundle that is up to date knows beside the run's log.
const SERVED_TOO: &str = "events that the run's server logged since are known too";

/// Adds a line for each count that is not 0.
fn tell(lines: &mut Vec<String>, counts: &[(u64, &str)]) {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    lines.extend(some.map(|(count, what)| format!("{count} {what}")));
}

/// Refuses a folder that is no run's.
fn with_bundle(run: &Path) -> Result<(), Trouble> {
    if run.join("4-bundle").is_dir() {
        return Ok(());
    }
    let message = format!("{}: no bundle of a run in this folder", run.display());
    Err(Trouble::usage(message, "a run's folder is printed by `rankine run`, and lies below runs/"))
}

/// A design with the mapping that its data needs.
pub(crate) struct Prepared {
    pub(crate) found: Found,
    pub(crate) sources: Vec<Source>,
    pub(crate) data: Option<Data>,
}

/// Where a log is.
#[derive(Clone)]
pub(crate) enum Data {
    /// A file or a folder.
    Path(PathBuf),
    /// A database, at this address, or where the mapping's tables say.
    Database(Option<String>),
}

/// Finds the design, and the mapping that fits the data: the one given, otherwise the one beside the design
/// that wants most of the tables there, which tells of a file that is missing; a log in the native schema
/// needs none. A mapping whose tables name their database needs no data.
pub(crate) fn prepared(work: &Work) -> Result<Prepared, Trouble> {
    let found = cases::find(&work.design)?;
    let mut sources = vec![found.design.clone()];
    let data = work.data.as_ref().map(|data| match data.to_str().filter(|text| is_database(text)) {
        Some(url) => Data::Database(Some(url.to_owned())),
        None => Data::Path(data.clone()),
    });
    if let Some(Data::Path(path)) = &data
        && !path.exists()
    {
        let message = format!("{}: no such file or folder", path.display());
        let help = "--data takes a .jsonl file, a folder, a table's file, or postgres://user@host/db";
        return Err(Trouble::usage(message, help));
    }
    let given = work.mapping.as_deref().map(cases::read).transpose()?;
    let Some(data) = data else {
        let mapping = match given {
            Some(mapping) if asks_by_itself(&mapping) => Some(mapping),
            Some(mapping) => {
                let message = format!("{}: this mapping needs the --data that it is about", mapping.name);
                return Err(Trouble::usage(
                    message,
                    "only tables that name a database in `postgres` need none",
                ));
            }
            None if found.world.is_none() => found.mappings.iter().find(|one| asks_by_itself(one)).cloned(),
            None => None,
        };
        let data = mapping.as_ref().map(|_| Data::Database(None));
        sources.extend(mapping);
        return Ok(Prepared { found, sources, data });
    };
    let fitting = found.mappings.iter().map(|mapping| (fit(mapping, &data), mapping));
    let best = fitting.filter(|(fit, _)| *fit > 0.0).rev().max_by(|left, right| left.0.total_cmp(&right.0));
    let mapping = given.or_else(|| best.map(|(_, mapping)| mapping.clone()));
    if mapping.is_none() && wants_mapping(&data) {
        let place = work.data.as_ref().map(|data| data.display().to_string()).unwrap_or_default();
        let place = rankine::log::without_password(&place);
        let message = format!("no mapping beside the design says what is what in {place}");
        let help =
            format!("`rankine new --from {place}` proposes a design with one; or name yours by --mapping");
        return Err(Trouble::usage(message, help));
    }
    sources.extend(mapping);
    Ok(Prepared { found, sources, data: Some(data) })
}

/// Whether data is nothing without a mapping: a database, or a file that is a table.
fn wants_mapping(data: &Data) -> bool {
    match data {
        Data::Database(_) => true,
        Data::Path(path) => {
            let name = path.to_string_lossy().to_ascii_lowercase();
            let name = bare(&name);
            path.is_file() && [".csv", ".tsv", ".parquet", ".pq"].iter().any(|end| name.ends_with(end))
        }
    }
}

/// Whether all tables of a mapping name the database that holds them.
fn asks_by_itself(mapping: &Source) -> bool {
    let tables = tables(mapping);
    !tables.is_empty() && tables.iter().all(|table| table.postgres.is_some())
}

fn tables(mapping: &Source) -> Vec<TableMapping> {
    rankine_design::parse(&[Source::new("", ""), mapping.clone()]).0.tables
}

/// The share of a mapping's tables that are there; 0 for a file or a folder that holds a native log.
fn fit(mapping: &Source, data: &Data) -> f64 {
    let tables = tables(mapping);
    let files: Vec<&str> =
        tables.iter().filter_map(|table| Some(table.file.as_ref()?.value.as_str())).collect();
    let path = match data {
        Data::Path(path) => path,
        Data::Database(_) => return (tables.len() - files.len()) as f64 / tables.len().max(1) as f64,
    };
    if path.is_file() {
        return fit_of_file(&files, path);
    }
    // A folder of pictures is one table.
    let there = |file: &&&str| !rankine::log::files_of(path, file).is_empty();
    let share = files.iter().filter(there).count() as f64 / files.len().max(1) as f64;
    if share < 1.0 && native(path) { 0.0 } else { share }
}

/// A mapping of one file takes it under any name of its form; a log in the native schema only under its own.
fn fit_of_file(files: &[&str], path: &Path) -> f64 {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bare = bare(&name);
    match files {
        [first, rest @ ..] if rest.iter().all(|file| file == first) => {
            let form = FileFormat::of(&name);
            if *first == bare || *first == name {
                1.0
            } else if form != FileFormat::Jsonl && form == FileFormat::of(first) {
                0.5
            } else {
                0.0
            }
        }
        _ => 0.0,
    }
}

/// Whether a folder holds a log in the native schema.
fn native(data: &Path) -> bool {
    let named = |name: &str| bare(name).ends_with(".jsonl");
    let entries = std::fs::read_dir(data).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| named(&entry.file_name().to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rankine_design::Source;

    use super::{Data, fit};

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
            let data = Data::Path(folder.path().to_owned());
            assert_eq!(fit(&mapping, &data), expected, "{files:?}");
        }
    }

    #[test]
    fn a_mapping_of_one_file_takes_another_day_of_it() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mapping = |text: &str| Source::new("map.toml", text);
        let one = mapping("[[tables]]\nfile = \"a.csv\"\n[[tables]]\nfile = \"a.csv\"\n");
        let two = mapping("[[tables]]\nfile = \"a.csv\"\n[[tables]]\nfile = \"b.csv\"\n");
        let asked = mapping("[[tables]]\ntable = \"a\"\n");
        let cases = [
            (&one, "a.csv", 1.0),
            (&one, "a.csv.gz", 1.0),
            (&one, "tuesday.csv", 0.5),
            (&one, "a.parquet", 0.0),
            (&one, "log.jsonl", 0.0),
            (&two, "a.csv", 0.0),
            (&asked, "a.csv", 0.0),
        ];
        for (mapping, file, expected) in cases {
            let path = folder.path().join(file);
            fs::write(&path, "").expect("the folder is writable");
            assert_eq!(fit(mapping, &Data::Path(path)), expected, "{file}");
        }
        for (mapping, expected) in [(&asked, 1.0), (&one, 0.0)] {
            assert_eq!(fit(mapping, &Data::Database(None)), expected);
        }
    }
}
