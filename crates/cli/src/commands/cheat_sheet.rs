//! `rankine cheat-sheet`: one page of the framework, of a case or of a run.

use std::fs;
use std::path::{Path, PathBuf};

use super::report::load;
use super::{prepared, run};
use crate::arguments::{CheatSheet, Work};
use crate::sheet::{
    Layout, Page, Paper, Subject, extras, fit, framework, html, of_run, pdf, unknown_letters,
};
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &CheatSheet, terminal: &Terminal) -> Result<(), Trouble> {
    let print = arguments.output.as_deref().map(printer).transpose()?;
    let paper = Paper::ALL.into_iter().find(|paper| paper.name() == arguments.paper).unwrap_or(Paper::A4);
    let (page, place) = match &arguments.subject {
        None => (framework(), PathBuf::from("framework.pdf")),
        Some(subject) => {
            let run = if extras::is_run(Path::new(subject)) {
                PathBuf::from(subject)
            } else {
                made(subject, arguments, terminal)?
            };
            (of_folder(&run)?, run.join("cheat-sheet.pdf"))
        }
    };
    if arguments.json {
        terminal.print(&serde_json::to_string_pretty(&page).expect("plain data"));
    }
    if arguments.json && arguments.output.is_none() {
        return Ok(());
    }
    let place = arguments.output.clone().unwrap_or(place);
    let layout =
        fit(&page, paper).map_err(|error| Trouble::other(error, "try the other paper, or --json"))?;
    for title in &layout.gone {
        terminal.say(&format!("left out, so that the rest fits on one page: {title}"));
    }
    let missing: String = unknown_letters(&layout.page).into_iter().collect();
    if !missing.is_empty() {
        terminal.say(&format!("letters that the sheet's typeface does not have: {missing}"));
    }
    let bytes = print.unwrap_or(as_pdf)(&layout).map_err(|error| Trouble::other(error, "try .html"))?;
    fs::write(&place, bytes).map_err(|error| {
        Trouble::other(format!("{}: {error}", place.display()), "name another file with --output")
    })?;
    if !arguments.json {
        terminal.print(&place.display().to_string());
    }
    Ok(())
}

type Print = fn(&Layout) -> Result<Vec<u8>, String>;

fn as_pdf(layout: &Layout) -> Result<Vec<u8>, String> {
    pdf(layout)
}

/// What writes a file of this name.
fn printer(output: &Path) -> Result<Print, Trouble> {
    let end = output.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match end.as_str() {
        "pdf" => Ok(as_pdf),
        "html" | "htm" => Ok(|layout| Ok(html(layout).into_bytes())),
        _ => {
            let message = format!("{}: a sheet is a .pdf or an .html file", output.display());
            Err(Trouble::usage(message, "for example --output sheet.pdf"))
        }
    }
}

/// The folder of the run of a case or design; stages that are there already are not done again.
fn made(subject: &str, arguments: &CheatSheet, terminal: &Terminal) -> Result<PathBuf, Trouble> {
    run::use_threads(arguments.runs.threads)?;
    let work = Work { design: subject.to_owned(), data: None, mapping: None };
    let prepared = prepared(&work)?;
    let made_of = run::ingredients(&prepared, arguments.seed, arguments.visits)?;
    let (done, warnings) = run::go(&made_of, &arguments.runs.runs, terminal)?;
    let place = done.folder.path();
    super::report::write(&place, &warnings)?;
    Ok(place)
}

/// The sheet of what a run left in its folder.
fn of_folder(run: &Path) -> Result<Page, Trouble> {
    let provenance: rankine::run::Provenance = load(run, "provenance.json")?;
    let extras = extras::beside(&provenance.design)?;
    let place = run.canonicalize().unwrap_or_else(|_| run.to_owned());
    Ok(of_run(&Subject {
        id: &place.file_name().unwrap_or_default().to_string_lossy(),
        problem: &load(run, "1-problem.json")?,
        sheet: &load(run, "1-sheet.json")?,
        profile: &load(run, "2-dataset/profile.json")?,
        selection: &load(run, "3-selection/selection.json")?,
        provenance: &provenance,
        extras: extras.as_ref(),
    }))
}
