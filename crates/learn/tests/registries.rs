//! Registries: every file that declares an entry is registered, and every card is complete.
#![allow(clippy::unwrap_used)] // a test may fail by a panic

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rankine_learn::{Card, Kind, Parameter, Preset, Setting, algorithms, features, metrics};

/// A registry: its folder under `src`, the name of its entries' statics, its cards.
struct Registry {
    folder: &'static str,
    entry: &'static str,
    cards: Vec<&'static Card>,
}

fn registries() -> Vec<Registry> {
    use algorithms::{detectors, encoders, rerankers, retrievers, scorers};
    let registry = |folder, entry, cards| Registry { folder, entry, cards };
    vec![
        registry("features", "KIND", features::ALL.iter().map(|kind| &kind.card).collect()),
        registry("metrics", "METRIC", metrics::ALL.iter().map(|metric| &metric.card).collect()),
        registry("algorithms/encoders", "KIND", encoders::ALL.iter().map(|kind| &kind.card).collect()),
        registry("algorithms/detectors", "KIND", detectors::ALL.iter().map(|kind| &kind.card).collect()),
        registry("algorithms/retrievers", "KIND", retrievers::ALL.iter().map(|kind| &kind.card).collect()),
        registry("algorithms/scorers", "KIND", scorers::ALL.iter().map(|kind| &kind.card).collect()),
        registry("algorithms/rerankers", "KIND", rerankers::ALL.iter().map(|kind| &kind.card).collect()),
    ]
}

/// The modules of a folder that declare an entry: a file each, or a folder with a `mod.rs`.
fn declared(folder: &Path, entry: &str) -> BTreeSet<String> {
    let module = |path: &Path| -> Option<String> {
        let file = if path.is_dir() { path.join("mod.rs") } else { path.to_path_buf() };
        let stem = path.file_stem()?.to_str()?.to_owned();
        let rust = file.extension()? == "rs" && stem != "mod";
        let text = fs::read_to_string(file).ok()?;
        (rust && text.contains(&format!("static {entry}:"))).then_some(stem)
    };
    fs::read_dir(folder).unwrap().filter_map(|child| module(&child.unwrap().path())).collect()
}

/// The modules that the line of `ALL` names.
fn registered(folder: &Path, entry: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let (_, list) = text.split_once("pub static ALL").expect("a registry has an ALL");
    let (list, _) = list.split_once(';').expect("ALL ends");
    let suffix = format!("::{entry}");
    let words = list.split(|byte: char| !(byte.is_alphanumeric() || matches!(byte, '_' | ':')));
    words.filter_map(|word| word.strip_suffix(&suffix)).map(str::to_owned).collect()
}

#[test]
fn every_file_with_an_entry_is_registered() {
    for Registry { folder, entry, cards } in registries() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
        let registered = registered(&path, entry);
        let distinct: BTreeSet<String> = registered.iter().cloned().collect();
        assert_eq!(distinct, declared(&path, entry), "src/{folder}: its files, and ALL in its mod.rs");
        assert_eq!(registered.len(), cards.len(), "src/{folder}: each entry once");
    }
}

#[test]
fn names_are_unique_and_in_kebab_case() {
    let kebab = |name: &str| {
        name.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
    };
    let mut groups: Vec<Vec<&Card>> = registries().into_iter().map(|registry| registry.cards).collect();
    // A design names algorithms of all stages alike.
    groups.push(algorithms::cards().collect());
    for cards in groups {
        let names: BTreeSet<&str> = cards.iter().map(|card| card.name).collect();
        assert_eq!(names.len(), cards.len(), "each name once: {names:?}");
        for name in names {
            assert!(kebab(name), "`{name}`");
        }
    }
}

/// What a person learned of a parameter at one retriever holds at the next.
#[test]
fn a_parameter_of_several_retrievers_means_the_same() {
    let decays: Vec<&Parameter> =
        algorithms::retrievers::ALL.iter().filter_map(|kind| kind.card.parameter("decay")).collect();
    assert!(decays.len() > 1);
    for pair in decays.windows(2) {
        assert_eq!(format!("{:?}", pair[0]), format!("{:?}", pair[1]));
    }
}

#[test]
fn every_card_is_complete() {
    let told = |text: &str| !text.trim().is_empty() && text.trim() == text && !text.contains("  ");
    for card in registries().iter().flat_map(|registry| &registry.cards) {
        let texts = [card.name, card.what, card.when, card.avoid, card.cost, card.source];
        for (at, text) in texts.iter().enumerate() {
            assert!(told(text), "`{}`, text {at}: {text:?}", card.name);
        }
        let names: BTreeSet<&str> = card.parameters.iter().map(|parameter| parameter.name).collect();
        assert_eq!(names.len(), card.parameters.len(), "`{}`: each parameter once", card.name);
        for parameter in card.parameters {
            let snake = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            let place = format!("`{}.{}`", card.name, parameter.name);
            assert!(!parameter.name.is_empty() && parameter.name.bytes().all(snake), "{place}");
            assert!(told(parameter.doc), "{place}: {:?}", parameter.doc);
        }
    }
}

/// Whether a parameter may hold a setting.
fn allows(parameter: &Parameter, setting: &Setting) -> bool {
    match (parameter.kind, setting) {
        (Kind::Count { min, max }, Setting::Count(value)) => (min..=max).contains(value),
        (Kind::Number { min, max }, Setting::Number(value)) => (min..=max).contains(value),
        (Kind::Number { min, max }, Setting::Count(value)) => (min..=max).contains(&(*value as f64)),
        (Kind::Choice(words), Setting::Word(word)) => words.contains(&word.as_str()),
        (Kind::Event | Kind::Entity | Kind::Field | Kind::Column, Setting::Word(word)) => !word.is_empty(),
        (Kind::Words, Setting::Words(words)) => words.iter().all(|word| !word.is_empty()),
        (Kind::Numbers, Setting::Numbers(numbers)) => numbers.iter().all(|number| number.is_finite()),
        (Kind::Duration, Setting::Duration(value)) => *value >= 0,
        (Kind::Durations, Setting::Durations(values)) => {
            !values.is_empty() && values.iter().all(|value| *value > 0)
        }
        _ => false,
    }
}

#[test]
fn defaults_and_searches_are_within_bounds() {
    for card in registries().iter().flat_map(|registry| &registry.cards) {
        let defaults = card.defaults();
        for parameter in card.parameters {
            let place = format!("`{}.{}`", card.name, parameter.name);
            match defaults.0.get(parameter.name) {
                Some(default) => assert!(allows(parameter, default), "{place}: {default:?}"),
                None => assert_eq!(parameter.default, Preset::Required, "{place}"),
            }
            for value in parameter.search {
                let setting = match parameter.kind {
                    Kind::Count { .. } if value.fract() == 0.0 && *value >= 0.0 => {
                        Setting::Count(*value as u64)
                    }
                    Kind::Duration => Setting::Duration(*value as i64),
                    _ => Setting::Number(*value),
                };
                assert!(allows(parameter, &setting), "{place}: the search tries {value}");
            }
        }
    }
}

#[test]
fn entries_are_found_by_name() {
    for kind in features::ALL {
        assert!(features::find(kind.card.name).is_some_and(|found| std::ptr::eq(found, *kind)));
    }
    for metric in metrics::ALL {
        assert!(metrics::find(metric.card.name).is_some_and(|found| std::ptr::eq(found, *metric)));
    }
    assert!(features::find("").is_none() && metrics::find("").is_none());
}
