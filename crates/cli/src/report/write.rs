//! Writes the report of a run into its folder, with what only the folder and the sources know.

use std::fs;
use std::path::{Path, PathBuf};

use rankine::Error;
use rankine::run::{Provenance, Run};
use rankine::select::Selection;
use rankine_design::Source;

use super::{Previous, Report, html};

/// Columns of rendered findings in the report.
const COLUMNS: usize = 92;

/// Writes `report.html` into the folder of a run; its path.
///
/// # Errors
/// Where the run's provenance cannot be read or the report not be written.
pub(crate) fn write(run: &Run, sources: &[Source]) -> Result<PathBuf, Error> {
    let provenance: Provenance = read(&run.folder.at("provenance.json"))?;
    // The cycle before may have been deleted since; the report then does without it.
    let before: Option<(String, Selection)> = provenance.previous.as_ref().and_then(|id| {
        let place = run.folder.path().parent()?.join(id).join("3-selection").join("selection.json");
        Some((id.clone(), read(&place).ok()?))
    });
    let findings = rankine_design::render(&run.findings, sources, false, COLUMNS);
    let findings: &[String] = if findings.is_empty() { &[] } else { &[findings] };
    let page = html(&Report {
        id: &run.folder.id,
        problem: &run.problem,
        sheet: &run.sheet,
        profile: &run.profile,
        selection: &run.selection,
        provenance: &provenance,
        previous: before.as_ref().map(|(id, selection)| Previous { id, selection }),
        findings,
        command: &command(&provenance, &run.selection, sources),
    });
    let path = run.folder.at("report.html");
    fs::write(&path, page).map_err(|error| Error::file(&path, error))?;
    Ok(path)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(|error| Error::file(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::file(path, error))
}

/// What to type to get the same run again.
fn command(provenance: &Provenance, selection: &Selection, sources: &[Source]) -> String {
    let design = sources.first().map_or("design.toml", |design| design.name.as_str());
    // A case in the binary has no file; its folder's name means it, as it does a folder on disk.
    let design = design.strip_suffix("/design.toml").unwrap_or(design);
    let mut words = vec!["rankine run".to_owned(), quoted(design)];
    if provenance.log != "world" {
        words.push(format!("--data {}", quoted(&provenance.log)));
        let mapping = sources.get(1).filter(|mapping| Path::new(&mapping.name).is_file());
        words.extend(mapping.map(|mapping| format!("--mapping {}", quoted(&mapping.name))));
    }
    words.push(format!("--seed {}", provenance.seed));
    if provenance.log == "world" {
        let visits = selection.online.as_ref().map_or(0, |online| online.visits);
        words.push(format!("--visits {visits}"));
    }
    words.push("--once".to_owned());
    words.join(" ")
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
