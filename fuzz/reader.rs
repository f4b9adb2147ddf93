//! Any bytes as a file of any form: every reader gives events, reasons or a sentence. The first byte says which form.

#![no_main]

#[path = "../crates/rankine/src/prepare/hostile_forms.rs"]
#[allow(dead_code)]
mod forms;

use libfuzzer_sys::fuzz_target;
use rankine::clarify::clarify;
use rankine::prepare::examine;
use rankine::{Problem, Silent};
use rankine_design::Source;

/// A form with the problem that it is read for, and a folder for its file.
struct Reader {
    problem: Problem,
    file: String,
    folder: tempfile::TempDir,
}

/// The file of each form with its mapping and a sample; Parquet, and text in both compressions, without one.
fn all() -> Vec<(String, String, Vec<u8>)> {
    let mut all: Vec<_> =
        forms::texts().into_iter().map(|form| (form.file.to_owned(), form.mapping, form.bytes)).collect();
    let (file, mapping, _) = all[0].clone();
    all.extend([".gz", ".zst"].map(|end| (format!("{file}{end}"), mapping.clone(), Vec::new())));
    all.push(("t.parquet".to_owned(), forms::table("t.parquet", forms::VIEWS), Vec::new()));
    all
}

impl Reader {
    fn of((file, mapping, _): (String, String, Vec<u8>)) -> Reader {
        let sources = [Source::new("design.toml", forms::DESIGN), Source::new("map.toml", &*mapping)];
        let clarified = clarify(&sources[..if mapping.is_empty() { 1 } else { 2 }]);
        let folder = tempfile::tempdir().expect("a folder");
        if mapping.contains(forms::BESIDE.0) {
            std::fs::write(folder.path().join(forms::BESIDE.0), forms::BESIDE.1).expect("a file");
        }
        Reader { problem: clarified.problem.expect("a problem"), file, folder }
    }
}

/// Writes the samples to begin with, where somebody says where.
fn seeds() {
    let Ok(folder) = std::env::var("SEEDS") else { return };
    for (which, (file, _, sample)) in (0u8..).zip(all()) {
        std::fs::write(format!("{folder}/{file}"), [&[which], &*sample].concat()).expect("a file");
    }
}

fuzz_target!(init: seeds(), |bytes: &[u8]| {
    thread_local!(static READERS: Vec<Reader> = all().into_iter().map(Reader::of).collect());
    let Some((which, rest)) = bytes.split_first() else { return };
    READERS.with(|readers| {
        let reader = &readers[usize::from(*which) % readers.len()];
        std::fs::write(reader.folder.path().join(&reader.file), rest).expect("a file");
        // Whatever it says: it must say something.
        _ = examine(&reader.problem, reader.folder.path(), 1, &Silent);
    });
});
