//! The command that makes a run again, for its report.

use rankine::run::Provenance;
use rankine::select::Selection;

/// What to type to get the same run again.
pub(crate) fn command(provenance: &Provenance, selection: &Selection) -> String {
    let design = provenance.design.as_str();
    // A case in the binary has no file; its folder's name means it, as it does a folder on disk.
    let design = design.strip_suffix("/design.toml").unwrap_or(design);
    let mut words = vec!["rankine run".to_owned(), quoted(design)];
    if provenance.log != "world" {
        words.push(format!("--data {}", quoted(&provenance.log)));
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
