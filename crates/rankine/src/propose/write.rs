//! Writing a mapping: the keys of its tables.

use rankine_design::{Encoding, FileFormat, TimeUnit};

use super::column::{Column, Holds, TimeForm};
use super::look::Place;
use super::name::{plain, text};
use super::{Look, Table};
use crate::log::without_password;

/// A name for files.
pub(super) fn plain_name(stem: &str) -> String {
    plain(stem).replace('_', "-")
}

/// The keys of a `[[tables]]` that say where its rows are and how they are written.
pub(super) fn source(table: &Table<'_>) -> String {
    let look: &Look = &table.look;
    let mut keys = match table.place {
        Place::File(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!("file = {}\n", text(rankine_design::bare(&name)))
        }
        Place::Database { url, table, query } => {
            let asked = match (table, query) {
                (Some(table), _) => format!("table = {}\n", text(table)),
                (None, query) => format!("query = {}\n", text(query.as_deref().unwrap_or_default())),
            };
            format!("postgres = {}\n{asked}", text(&bare(url)))
        }
    };
    let named = match table.place {
        Place::File(path) => FileFormat::of(&path.to_string_lossy()),
        Place::Database { .. } => return keys,
    };
    match look.format {
        Some(FileFormat::Csv) => {
            if named != FileFormat::Csv {
                keys.push_str("format = \"csv\"\n");
            }
            if look.separator != ',' {
                keys.push_str(&format!("separator = {}\n", text(&look.separator.to_string())));
            }
            if look.encoding == Encoding::Latin1 {
                keys.push_str("encoding = \"latin-1\"\n");
            }
            if look.header {
                keys.push_str("header = true\n");
            } else {
                let names: Vec<String> = look.columns.iter().map(|name| text(name)).collect();
                keys.push_str(&format!(
                    "columns = [{}]    # the file names none: rename them\n",
                    names.join(", ")
                ));
            }
        }
        Some(other) if named != other => keys.push_str(&format!("format = \"{}\"\n", other.word())),
        _ => {}
    }
    keys
}

/// An address for a file: its password is no part of it.
fn bare(url: &str) -> String {
    let shown = without_password(url);
    let Some((address, parameters)) = shown.split_once('?') else { return shown };
    let kept: Vec<&str> = parameters.split('&').filter(|one| !one.starts_with("password=")).collect();
    if kept.is_empty() { address.to_owned() } else { format!("{address}?{}", kept.join("&")) }
}

/// The value of `time`, with a comment where it needs one.
pub(super) fn time(column: &Column) -> String {
    let name = text(&column.name);
    let Holds::Time { form, .. } = &column.kind else { return name };
    match form {
        TimeForm::Plain => name,
        TimeForm::Since1970(unit) => {
            let unit = match unit {
                TimeUnit::Seconds => "s",
                TimeUnit::Milliseconds => "ms",
                TimeUnit::Microseconds => "us",
            };
            format!("{{ column = {name}, unit = \"{unit}\" }}")
        }
        TimeForm::Written(form) => format!("{{ column = {name}, format = \"{form}\" }}"),
        TimeForm::Either(form, other) => {
            format!(
                "{{ column = {name}, format = \"{form}\" }}    # or \"{other}\": both fit, and one is right"
            )
        }
    }
}

/// The value of a field in `fields`.
pub(super) fn field(column: &Column) -> String {
    match &column.kind {
        Holds::Categories(Some(separator)) => {
            format!("{{ split = {}, column = {} }}", text(&separator.to_string()), text(&column.name))
        }
        _ => text(&column.name),
    }
}

/// Several fields as an inline table; empty where there is none.
pub(super) fn fields<'c>(named: impl Iterator<Item = (&'c str, &'c Column)>) -> String {
    let pairs: Vec<String> = named.map(|(name, column)| format!("{name} = {}", field(column))).collect();
    if pairs.is_empty() { String::new() } else { format!("fields = {{ {} }}\n", pairs.join(", ")) }
}

/// A column's type as the value of a field in a design. Moments that are no plain text stay numbers or words.
pub(super) fn field_type(column: &Column) -> Option<&'static str> {
    match &column.kind {
        Holds::Time { form: TimeForm::Plain, .. } => Some("time"),
        Holds::Time { form: TimeForm::Since1970(_), .. } => Some("number"),
        Holds::Time { .. } => None,
        other => other.field_type(),
    }
}
