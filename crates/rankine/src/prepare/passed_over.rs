//! Passed over: what stands in the folder of a log, looks like a part of it and was not read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::profile::Note;
use super::read::native_files;
use crate::log::{files_of, forms};
use crate::problem::Problem;

/// What was passed over; none where nothing was, or where the log is a file.
pub(super) fn note(problem: &Problem, data: &Path) -> Option<Note> {
    const NAMED: usize = 5;
    if !data.is_dir() {
        return None;
    }
    let mut over = match problem.tables.is_empty() {
        true => folders(data),
        false => problem.tables.iter().flat_map(|table| copies(data, &table.file)).collect(),
    };
    over.sort();
    over.dedup();
    let mut named = over.iter().take(NAMED).cloned().collect::<Vec<String>>().join(", ");
    if over.len() > NAMED {
        named.push_str(&format!(" and {} more", over.len() - NAMED));
    }
    (!over.is_empty()).then(|| Note { code: "passed-over".to_owned(), message: format!("not read: {named}") })
}

/// Folders within a native log that hold files of one.
fn folders(data: &Path) -> Vec<String> {
    let within = std::fs::read_dir(data).into_iter().flatten().flatten().map(|entry| entry.path());
    let holds = |path: &PathBuf| path.is_dir() && native_files(path).is_ok();
    within.filter(holds).map(|folder| format!("the folder `{}`", name(&folder))).collect()
}

/// Files that are another form of one that was taken.
fn copies(data: &Path, file: &str) -> Vec<String> {
    let taken = files_of(data, file);
    let others = |path: &PathBuf| {
        let forms = forms(rankine_design::bare(&path.to_string_lossy()));
        let other = |form: &PathBuf| form.is_file() && !taken.contains(form);
        let told = |form: PathBuf| format!("`{}` (`{}` stands beside it)", name(&form), name(path));
        forms.into_iter().filter(other).map(told).collect::<Vec<String>>()
    };
    taken.iter().flat_map(others).collect()
}

fn name(path: &Path) -> String {
    path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::read::tests::problem;
    use super::*;

    fn check(mapping: &str, files: &[&str], expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let told = note(&problem(mapping), folder.path()).map(|note| note.message);
        assert_eq!(told.as_deref(), expected, "{files:?}");
    }

    #[test]
    fn what_looks_like_a_part_and_is_not_read_is_told() {
        check("", &["a.jsonl", "b.jsonl.gz", "notes/read.md"], None);
        check("", &["a.jsonl", "old/a.jsonl.zst"], Some("not read: the folder `old`"));
        let keys = "header = true\ninteraction = \"view\"\nuser = \"who\"\nitem = \"what\"\ntime = \"at\"\n";
        let table = |file: &str| format!("[[tables]]\nfile = \"{file}\"\n{keys}");
        check(&table("t.csv"), &["t.csv", "u.csv.gz"], None);
        check(
            &table("t.csv"),
            &["t.csv", "t.csv.gz"],
            Some("not read: `t.csv.gz` (`t.csv` stands beside it)"),
        );
        check(
            &table("t-*.csv"),
            &["t-1.csv.gz", "t-1.csv.zst", "t-2.csv"],
            Some("not read: `t-1.csv.zst` (`t-1.csv.gz` stands beside it)"),
        );
        let many: Vec<String> = (0..7).map(|at| format!("d{at}/a.jsonl")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        check(
            "",
            &many,
            Some(
                "not read: the folder `d0`, the folder `d1`, the folder `d2`, the folder `d3`, the folder `d4` and 2 more",
            ),
        );
    }
}
