//! `rankine new --from`: looks at a table and writes the design and the mapping that it proposes.

use std::path::{Path, PathBuf};

use rankine::log::is_database;
use rankine::propose::{Column, Place, Proposal, Wishes, propose};
use rankine_design::{Source, wrapped};
use serde_json::{Value, json};

use super::new::write;
use crate::arguments::New;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(new: &New, from: &str, terminal: &Terminal) -> Result<(), Trouble> {
    // With a table to start from, the only word left is the folder.
    let folder = match (&new.case, &new.folder) {
        (Some(_), Some(_)) => {
            return Err(Trouble::usage(
                "with --from there is one folder to name",
                "rankine new --from SOURCE DIR",
            ));
        }
        (Some(folder), None) => Some(PathBuf::from(folder)),
        (None, _) => new.folder.clone(),
    };
    let place = place(new, from)?;
    let stem = match &place {
        Place::Database { table: Some(table), .. } => table.clone(),
        Place::Database { .. } => "query".to_owned(),
        Place::File(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.split('.').find(|part| !part.is_empty()).unwrap_or("table").to_owned()
        }
    };
    let folder = folder.unwrap_or_else(|| PathBuf::from(&stem));
    if folder.join("design.toml").exists() {
        let message = format!("{} exists; nothing was written", folder.join("design.toml").display());
        return Err(Trouble::usage(message, "name another folder: rankine new --from SOURCE DIR"));
    }
    if folder.exists() && !folder.is_dir() {
        return Err(Trouble::usage(
            format!("{} is no folder", folder.display()),
            "name another one: rankine new --from SOURCE DIR",
        ));
    }
    let wishes = Wishes {
        user: new.user.clone(),
        item: new.item.clone(),
        time: new.time.clone(),
        outcome: new.outcome.clone(),
    };
    let name = folder.file_name().map_or(stem, |name| name.to_string_lossy().into_owned());
    let proposal = propose(&place, &name, &wishes, terminal)?;
    let mapping = PathBuf::from("data").join(&proposal.mapping.0);
    let sources = [
        Source::new(folder.join("design.toml").display().to_string(), proposal.design.clone()),
        Source::new(folder.join(&mapping).display().to_string(), proposal.mapping.1.clone()),
    ];
    let clarified = rankine::clarify::clarify(&sources);
    for source in &sources {
        let place = Path::new(&source.name);
        write(place, &source.text).map_err(|error| {
            Trouble::other(format!("{}: {error}", place.display()), "is the folder writable?")
        })?;
    }
    let files = [folder.join("design.toml"), folder.join(&mapping)];
    if new.json {
        let object = object(&proposal, &folder, &files, &clarified);
        terminal.print(&serde_json::to_string_pretty(&object).expect("plain data"));
        return Ok(());
    }
    terminal.say(&told(&proposal, terminal.width()));
    let findings = rankine_design::render(&clarified.findings, &sources, false, terminal.width());
    if !findings.is_empty() {
        terminal.say(findings.trim_end());
    }
    terminal.print(&files[0].display().to_string());
    let source = rankine::log::without_password(from.split("?table=").next().unwrap_or(from));
    terminal.say(&format!("next: rankine run {} --data {source}", folder.display()));
    Ok(())
}

/// The table that the arguments mean.
fn place(new: &New, from: &str) -> Result<Place, Trouble> {
    if !is_database(from) {
        if new.table.is_some() || new.query.is_some() {
            let message = format!("{from} is a file: it has no tables to name");
            return Err(Trouble::usage(message, "--table and --query are for postgres://user@host/db"));
        }
        if !Path::new(from).exists() {
            let message = format!("{from}: no such file");
            return Err(Trouble::usage(
                message,
                "--from takes a file, or postgres://user@host/db with --table",
            ));
        }
        return Ok(Place::File(PathBuf::from(from)));
    }
    let (address, parameters) = from.split_once('?').unwrap_or((from, ""));
    let (own, rest): (Vec<&str>, Vec<&str>) =
        parameters.split('&').filter(|one| !one.is_empty()).partition(|one| one.starts_with("table="));
    let named = own.first().and_then(|one| one.strip_prefix("table=")).map(str::to_owned);
    let url = if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) };
    let (table, query) = (new.table.clone().or(named), new.query.clone());
    if table.is_none() && query.is_none() {
        let message = "which table of the database?";
        return Err(Trouble::usage(message, "add --table NAME, or --query \"select …\""));
    }
    Ok(Place::Database { url, table: table.filter(|_| query.is_none()), query })
}

/// The proposal in words.
fn told(proposal: &Proposal, width: usize) -> String {
    let mut text = wrapped(&proposal.seen, width);
    text.push_str("\n\n");
    text.push_str(&columns(proposal));
    for (title, sentences) in
        [("guessed", &proposal.guesses), ("what this table cannot tell", &proposal.limits)]
    {
        text.push_str(&format!("\n{title}\n"));
        for sentence in sentences {
            let lines = wrapped(sentence, width.saturating_sub(4));
            text.push_str(&format!("  - {}\n", lines.replace('\n', "\n    ")));
        }
    }
    text
}

fn columns(proposal: &Proposal) -> String {
    let rows: Vec<[String; 6]> = proposal
        .columns
        .iter()
        .zip(&proposal.taken_as)
        .map(|(column, taken)| {
            [
                plain(&column.name, 24),
                column.kind.said(),
                if column.missing == 0 { "-".to_owned() } else { column.missing.to_string() },
                column.distinct.to_string(),
                plain(&column.range(), 40),
                taken.clone(),
            ]
        })
        .collect();
    let head = ["column", "type", "missing", "distinct", "range or examples", "taken as"].map(str::to_owned);
    let width = |at: usize| rows.iter().chain([&head]).map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let line = |row: &[String; 6]| {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let room = widths.get(at).copied().unwrap_or(0);
            match at {
                2 | 3 => line.push_str(&format!("{cell:>room$}  ")),
                5 => line.push_str(cell),
                _ => line.push_str(&format!("{cell:room$}  ")),
            }
        }
        line + "\n"
    };
    std::iter::once(&head).chain(&rows).map(line).collect()
}

/// Text of a file on one line of a terminal.
fn plain(text: &str, most: usize) -> String {
    let mut short: String =
        text.chars().take(most).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short
}

fn object(
    proposal: &Proposal,
    folder: &Path,
    files: &[PathBuf; 2],
    clarified: &rankine::clarify::Clarified,
) -> Value {
    let column = |(column, taken): (&Column, &String)| {
        json!({
            "name": column.name,
            "type": column.kind.said(),
            "missing": column.missing,
            "distinct": column.distinct,
            "range": column.range(),
            "taken_as": taken,
        })
    };
    json!({
        "folder": folder,
        "files": files,
        "seen": proposal.seen,
        "columns": proposal.columns.iter().zip(&proposal.taken_as).map(column).collect::<Vec<_>>(),
        "guesses": proposal.guesses,
        "limits": proposal.limits,
        "findings": clarified.findings,
        "ok": clarified.problem.is_some(),
    })
}
