//! What a case adds to the sheet of its runs, by hand: `sheet.toml` beside its design, and what its interview says
//! of the contenders.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::cases::CASES;
use crate::trouble::Trouble;

/// The file.
const FILE: &str = "sheet.toml";

/// The file that says what the contenders are, under `[contenders]`.
const INTERVIEW: &str = "interview.toml";

/// Baits and curveballs of a case.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extras {
    /// Choices that look right and are not.
    #[serde(default)]
    pub baits: Vec<String>,
    /// What may come up once everything is settled, with what to do then.
    #[serde(default)]
    pub curveballs: Vec<String>,
    /// What turns the winner round.
    #[serde(default)]
    pub turn: String,
    /// What each contender is, in words.
    #[serde(skip)]
    pub contenders: BTreeMap<String, String>,
}

/// What an interview says, as far as a sheet says it too.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    contenders: BTreeMap<String, String>,
}

/// Reads the text of a `sheet.toml`, and of the `interview.toml` beside it; empty where there is none.
///
/// # Errors
/// A sentence with the place, where a key is unknown or holds something else than it should.
pub fn read(text: &str, interview: &str) -> Result<Extras, String> {
    let said = |error: toml::de::Error| error.to_string().trim_end().to_owned();
    let Told { contenders } = toml::from_str(interview).map_err(said)?;
    Ok(Extras { contenders, ..toml::from_str(text).map_err(said)? })
}

/// What belongs to a design, whose file lies at `design`, or lay there when it was run: the file beside it,
/// otherwise that of the case in whose folder it was. A design of somebody else has none.
pub(crate) fn beside(design: &str) -> Result<Option<Extras>, Trouble> {
    let folder = Path::new(design).parent().unwrap_or(Path::new(""));
    let place = folder.join(FILE);
    if place.is_file() {
        let source = crate::cases::read(&place)?;
        let told = folder.join(INTERVIEW);
        let told = if told.is_file() { crate::cases::read(&told)?.text } else { String::new() };
        return parsed(&place.display().to_string(), &source.text, &told).map(Some);
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let case = CASES.iter().find(|case| case.name == name);
    let text = |file| case.and_then(|case| case.text(file));
    let told = text(INTERVIEW).unwrap_or_default();
    text(FILE).map(|text| parsed(&format!("{name}/{FILE}"), text, told)).transpose()
}

fn parsed(name: &str, text: &str, interview: &str) -> Result<Extras, Trouble> {
    read(text, interview).map_err(|error| {
        Trouble::usage(format!("{name}: {error}"), "it holds `baits`, `curveballs` and `turn`, nothing else")
    })
}

/// Whether a folder is that of a run.
pub(crate) fn is_run(place: &Path) -> bool {
    place.is_dir() && fs::metadata(place.join("1-problem.json")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_some_and_they_are_read_strictly() {
        for case in CASES {
            let design = format!("{}/design.toml", case.name);
            let extras = beside(&design).unwrap_or_else(|error| panic!("{error}")).expect("a case has some");
            assert!(extras.baits.len() >= 3 && extras.curveballs.len() >= 3, "{}", case.name);
            assert!(!extras.turn.is_empty() && !extras.contenders.is_empty(), "{}", case.name);
        }
        assert_eq!(beside("somewhere/design.toml").ok(), Some(None));
        for (text, told) in [("bait = []", "bait"), ("baits = [1]", "string"), ("turn = ", "turn")] {
            let error = read(text, "").expect_err("it is wrong");
            assert!(error.contains(told), "{error}");
        }
    }
}
