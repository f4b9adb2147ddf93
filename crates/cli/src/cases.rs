//! The cases that come with the binary, and finding the design that an argument means.

use std::fs;
use std::path::{Path, PathBuf};

use rankine_design::{Source, did_you_mean};

use crate::trouble::Trouble;

/// A worked design problem.
pub(crate) struct Case {
    /// Its name.
    pub(crate) name: &'static str,
    /// (path in the case's folder, text) of its files; `design.toml` first.
    pub(crate) files: &'static [(&'static str, &'static str)],
}

impl Case {
    /// The text of a file in its folder.
    pub(crate) fn text(&self, file: &str) -> Option<&'static str> {
        self.files.iter().find(|(name, _)| *name == file).map(|(_, text)| *text)
    }
}

macro_rules! case {
    ($name:literal, $($file:literal),+) => {
        Case { name: $name, files: &[$(($file, include_str!(concat!("../../../cases/", $name, "/", $file)))),+] }
    };
}

/// Every case.
pub(crate) static CASES: &[Case] = &[
    case!(
        "video-recommendation",
        "design.toml",
        "world.toml",
        "interview.toml",
        "sheet.toml",
        "data/movielens.toml",
        "README.md"
    ),
    case!(
        "ad-click-prediction",
        "design.toml",
        "world.toml",
        "interview.toml",
        "sheet.toml",
        "data/frappe.toml",
        "data/frappe-split.toml",
        "data/ipinyou.toml",
        "data/open-bandit.toml",
        "README.md"
    ),
    case!(
        "harmful-content",
        "design.toml",
        "world.toml",
        "interview.toml",
        "sheet.toml",
        "data/sms-spam.toml",
        "data/youtube-spam.toml",
        "README.md"
    ),
    case!(
        "street-view-blurring",
        "design.toml",
        "world.toml",
        "interview.toml",
        "sheet.toml",
        "data/yolo.toml",
        "README.md"
    ),
];

/// A design with what lies beside it.
pub(crate) struct Found {
    /// The design's text.
    pub(crate) design: Source,
    /// The world's text, where there is one.
    pub(crate) world: Option<Source>,
    /// The interview about it, where there is one.
    pub(crate) interview: Option<Source>,
    /// Mappings of data sets.
    pub(crate) mappings: Vec<Source>,
}

/// The design that an argument means: a file, a folder, or a case by name. A case's folder below the
/// working directory comes before the one in the binary, so that an edited case is the one that runs.
pub(crate) fn find(argument: &str) -> Result<Found, Trouble> {
    let path = Path::new(argument);
    let beside = Path::new("cases").join(argument);
    if path.is_dir() {
        return on_disk(&path.join("design.toml"));
    }
    if path.is_file() {
        return on_disk(path);
    }
    if beside.join("design.toml").is_file() {
        return on_disk(&beside.join("design.toml"));
    }
    let Some(case) = CASES.iter().find(|case| case.name == argument) else {
        let guess = did_you_mean(argument, CASES.iter().map(|case| case.name));
        let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
        let help = match guess {
            Some(guess) => format!("did you mean `{guess}`?"),
            None => format!("the cases are: {}", names.join(", ")),
        };
        return Err(Trouble::usage(format!("`{argument}` is neither a file nor a case"), help));
    };
    let source = |(file, text): &(&str, &str)| Source::new(format!("{}/{file}", case.name), *text);
    let named = |name: &str| case.text(name).map(|text| source(&(name, text)));
    Ok(Found {
        design: named("design.toml").expect("every case has a design"),
        world: named("world.toml"),
        interview: named("interview.toml"),
        mappings: case.files.iter().filter(|(file, _)| file.starts_with("data/")).map(source).collect(),
    })
}

/// The cases that an interview can be about.
pub(crate) fn interviewed() -> impl Iterator<Item = &'static str> {
    let with = |case: &&Case| case.text("interview.toml").is_some();
    CASES.iter().filter(with).map(|case| case.name)
}

fn on_disk(design: &Path) -> Result<Found, Trouble> {
    let folder = design.parent().unwrap_or(Path::new("."));
    let (world, interview) = (folder.join("world.toml"), folder.join("interview.toml"));
    let mut mappings: Vec<PathBuf> = fs::read_dir(folder.join("data"))
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    mappings.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    mappings.sort();
    Ok(Found {
        design: read(design)?,
        world: if world.is_file() { Some(read(&world)?) } else { None },
        interview: if interview.is_file() { Some(read(&interview)?) } else { None },
        mappings: mappings.iter().map(|path| read(path)).collect::<Result<_, _>>()?,
    })
}

/// Reads a text; what is not UTF-8 is told with its place.
pub(crate) fn read(path: &Path) -> Result<Source, Trouble> {
    let bytes = fs::read(path).map_err(|error| {
        Trouble::usage(format!("{}: {error}", path.display()), "is the path right?".to_owned())
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Trouble::usage(
            format!("{}: not UTF-8 from byte {at} on", path.display()),
            "save it as UTF-8".to_owned(),
        )
    })?;
    Ok(Source::new(path.display().to_string(), text).within(path.parent().unwrap_or(Path::new(""))))
}
