//! The documents: commands exist, links lead somewhere, examples are read, the list of entries is current.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rankine_learn::algorithms::{detectors, encoders, rerankers, retrievers, scorers};
use rankine_learn::{Card, features, metrics};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

const DOCUMENTS: [&str; 8] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "bench/README.md",
    "docs/log.md",
    "docs/output.md",
    "docs/entries.md",
];

/// The code blocks of a document in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&format!("```{language}\n")) {
        let (block, more) = after.split_once("```").expect("every block is closed");
        found.push(block.to_owned());
        rest = more;
    }
    found
}

#[test]
fn links_lead_to_files() {
    for document in DOCUMENTS {
        let text = read(document);
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().expect("a split gives one part");
            if !target.contains("://") && !target.starts_with('#') {
                let path = root().join(document).parent().expect("a file has a folder").join(target);
                assert!(path.exists(), "{document} links to {target}, which is not there");
            }
        }
    }
}

#[test]
fn commands_of_the_readme_exist_with_their_options() {
    let mut checked = 0;
    for line in blocks(&read("README.md"), "sh").iter().flat_map(|block| block.lines()) {
        let line = line.split('#').next().expect("a split gives one part").trim();
        let words = line.strip_prefix("cargo run --release -- ").or_else(|| line.strip_prefix("rankine "));
        let Some(words) = words else { continue };
        let words: Vec<&str> = words.split_whitespace().collect();
        let output = Command::new(env!("CARGO_BIN_EXE_rankine")).args([words[0], "--help"]).output();
        let output = output.expect("the binary runs");
        assert!(output.status.success(), "`{line}`: no such command");
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "`{line}`: `rankine {}` has no {option}", words[0]);
        }
        checked += 1;
    }
    assert!(checked >= 7, "{checked} commands found");
}

#[test]
fn examples_of_the_log_are_read() {
    let design = rankine_design::Source::new("design.toml", read("cases/video-recommendation/design.toml"));
    let problem = rankine::clarify::clarify(&[design]).problem.expect("the case's design is sound");
    let text = read("docs/log.md");
    let lines: Vec<String> = blocks(&text, "jsonl")
        .iter()
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(lines.len() >= 7);
    for line in lines {
        rankine::log::parse_line(&line, &problem.schema)
            .unwrap_or_else(|reject| panic!("{line}: {}", reject.reason));
    }
    for mapping in blocks(&text, "toml") {
        let sources = [
            rankine_design::Source::new("design.toml", read("cases/video-recommendation/design.toml")),
            rankine_design::Source::new("mapping.toml", mapping),
        ];
        let (_, findings) = rankine_design::parse(&sources);
        assert_eq!(findings.errors(), 0, "{}", rankine_design::render(&findings, &sources, false, 80));
    }
}

#[test]
fn the_list_of_entries_is_current() {
    let page = entries();
    let place = root().join("docs/entries.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&place, &page).expect("the document can be written");
    }
    let written = fs::read_to_string(&place).unwrap_or_default();
    assert!(
        written == page,
        "docs/entries.md is stale: UPDATE_DOCS=1 cargo test -p rankine-cli --test documents"
    );
}

fn entries() -> String {
    let mut page = "# What a design may choose from\n\nGenerated from the cards; do not edit.\n".to_owned();
    let mut role = |title: &str, cards: Vec<&Card>| {
        page.push_str(&format!("\n## {title}\n"));
        for card in cards {
            page.push_str(&format!(
                "\n### {}\n\n{}\n\n- **When**: {}\n- **Avoid**: {}\n- **Cost**: {}\n- **Source**: {}\n",
                card.name, card.what, card.when, card.avoid, card.cost, card.source
            ));
            for parameter in card.parameters {
                let default = card.defaults().0.remove(parameter.name);
                let default =
                    default.map_or("required".to_owned(), |setting| format!("default {}", shown(&setting)));
                page.push_str(&format!("- `{}` ({default}): {}\n", parameter.name, parameter.doc));
            }
        }
    };
    role("Encoders", encoders::ALL.iter().map(|kind| &kind.card).collect());
    role("Detectors", detectors::ALL.iter().map(|kind| &kind.card).collect());
    role("Retrievers", retrievers::ALL.iter().map(|kind| &kind.card).collect());
    role("Scorers", scorers::ALL.iter().map(|kind| &kind.card).collect());
    role("Rerankers", rerankers::ALL.iter().map(|kind| &kind.card).collect());
    role("Features", features::ALL.iter().map(|kind| &kind.card).collect());
    role("Metrics", metrics::ALL.iter().map(|metric| &metric.card).collect());
    page
}

fn shown(setting: &rankine_learn::Setting) -> String {
    use rankine_learn::Setting;
    let duration = |millis: &i64| rankine_design::Milliseconds((*millis).max(0) as u64).to_string();
    match setting {
        Setting::Count(value) => value.to_string(),
        Setting::Number(value) => value.to_string(),
        Setting::Word(word) => word.clone(),
        Setting::Duration(millis) => duration(millis),
        Setting::Durations(all) => all.iter().map(duration).collect::<Vec<_>>().join(", "),
        Setting::Words(words) if words.is_empty() => "none".to_owned(),
        Setting::Words(words) => words.join(", "),
        Setting::Numbers(numbers) => numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(", "),
        Setting::Labels(_) | Setting::File(_) => unreachable!("neither has a default"),
    }
}
