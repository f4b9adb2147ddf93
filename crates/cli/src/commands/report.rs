//! `rankine report`: the report is a function of the run's folder, and can be written again at any time.

use std::fs;
use std::path::{Path, PathBuf};

use rankine::Problem;
use rankine::run::Provenance;
use rankine::select::Selection;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::arguments::Report as Arguments;
use crate::report::{Previous, Report, html};
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<(), Trouble> {
    let warnings = fs::read_to_string(arguments.run.join(WARNINGS)).unwrap_or_default();
    let place = write(&arguments.run, &warnings)?;
    if arguments.json {
        terminal.print(&json!({ "report": place }).to_string());
    } else {
        terminal.print(&place.display().to_string());
    }
    Ok(())
}

/// What clarify warned of, as it was shown.
const WARNINGS: &str = "1-findings.txt";

/// The selection of the cycle before, with the name of its run, where the log was written by its server.
pub(super) fn before(run: &Path) -> Option<(String, Selection)> {
    let id = load::<Provenance>(run, "provenance.json").ok()?.previous?;
    let folder = run.parent()?.join(&id);
    Some((id, load(&folder, "3-selection/selection.json").ok()?))
}

/// Writes `report.html` of a run, with the findings on its design.
pub(super) fn write(run: &Path, warnings: &str) -> Result<PathBuf, Trouble> {
    let problem: Problem = load(run, "1-problem.json")?;
    let selection: Selection = load(run, "3-selection/selection.json")?;
    let provenance: Provenance = load(run, "provenance.json")?;
    let before = before(run);
    let findings: Vec<String> = if warnings.is_empty() { Vec::new() } else { vec![warnings.to_owned()] };
    let page = html(&Report {
        id: &run.file_name().unwrap_or_default().to_string_lossy(),
        problem: &problem,
        sheet: &load(run, "1-sheet.json")?,
        profile: &load(run, "2-dataset/profile.json")?,
        selection: &selection,
        provenance: &provenance,
        previous: before.as_ref().map(|(id, selection)| Previous { id, selection }),
        findings: &findings,
    });
    let place = run.join("report.html");
    let written = fs::write(run.join(WARNINGS), warnings).and_then(|()| fs::write(&place, page));
    written.map_err(|error| Trouble::other(format!("{}: {error}", place.display()), "is the disk full?"))?;
    Ok(place)
}

pub(super) fn load<T: DeserializeOwned>(run: &Path, name: &str) -> Result<T, Trouble> {
    let path = run.join(name);
    let bytes = fs::read(&path).map_err(|error| {
        let help = "a run's folder is printed by `rankine run`, and lies below runs/";
        Trouble::usage(format!("{}: {error}", path.display()), help)
    })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let help = "the run was written by another version; run it again";
        Trouble::other(format!("{}: {error}", path.display()), help)
    })
}
