//! `rankine new`: a case's files in a folder of one's own.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::propose;
use crate::arguments::New;
use crate::cases::CASES;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(new: &New, terminal: &Terminal) -> Result<(), Trouble> {
    if let Some(from) = &new.from {
        return propose::execute(new, from, terminal);
    }
    let wanted = new.case.as_deref().unwrap_or_default();
    let names = CASES.iter().map(|case| case.name);
    let Some(case) = CASES.iter().find(|case| case.name == wanted) else {
        let guess = rankine_design::did_you_mean(wanted, names.clone());
        let known = names.collect::<Vec<_>>().join(", ");
        let help =
            guess.map_or(format!("the cases are: {known}"), |guess| format!("did you mean `{guess}`?"));
        return Err(Trouble::usage(format!("no case `{wanted}`"), help));
    };
    let folder = new.folder.clone().unwrap_or_else(|| PathBuf::from(case.name));
    if folder.join("design.toml").exists() {
        let message = format!("{} exists; nothing was written", folder.join("design.toml").display());
        return Err(Trouble::usage(message, "name another folder"));
    }
    let name = folder.file_name().map_or(case.name.to_owned(), |name| name.to_string_lossy().into_owned());
    let mut written = Vec::new();
    for (file, text) in case.files {
        let text = match *file {
            "design.toml" => rankine::clarify::new_design(text, &name),
            _ => (*text).to_owned(),
        };
        let place = folder.join(file);
        write(&place, &text).map_err(|error| {
            Trouble::other(format!("{}: {error}", place.display()), "is the folder writable?")
        })?;
        written.push(place);
    }
    if new.json {
        terminal.print(&json!({ "folder": folder, "files": written }).to_string());
    } else {
        terminal.print(&format!("{}", folder.join("design.toml").display()));
        terminal.say(&format!("next: rankine run {}", folder.display()));
    }
    Ok(())
}

pub(super) fn write(place: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(place, text)
}
