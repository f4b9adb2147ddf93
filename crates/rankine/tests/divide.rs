//! What divides rows into periods where time does not: values of a field, and copies that stay together.
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_tiny;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rankine::clarify::clarify;
use rankine::prepare::{Dataset, Period, prepare};
use rankine::{Error, Silent};
use rankine_design::{Source, render};
use rankine_learn::{Value, What, hash, similar};
use road_tiny::{on_mapped, problem_of, through};

const DESIGN: &str = r#"
[problem]
name = "spam"
task = "classify"
choose = "post"

[entities.post]
text = "text"
video = "category"

[events.review]
spam = "number"
rude = "number"

[label.spam]
from = "review"
when = "spam == 1"

[label.rude]
from = "review"
when = "rude == 1"

[features]
length = { kind = "field", of = "post.text" }

[[contenders]]
name = "prior"
score = "prior"

[[contenders]]
name = "words"
encode = { algorithm = "ngrams", of = "post.text", chars_max = 0 }
score = { algorithm = "logistic", reads = ["text"] }

[evaluate]
metric = "auc"
baseline = "prior"
trials = 1
periods = { history = "5%", train = "55%", validation = "20%", test = "20%" }
"#;

const MAPPING: &str = r#"
events.review = { spam = "number" }
[evaluate]
SPLIT
[[tables]]
file = "posts.csv"
header = true
example = "review"
fields = { text = "text", video = "video", spam = "spam" }
"#;

fn mapping(split: &str) -> String {
    MAPPING.replace("SPLIT", split)
}

/// A shuffle in which rows with these values of a column are the test period.
fn held(period: &str) -> String {
    mapping("split = \"shuffled\"\ngroup_similar = \"post.text\"") + &format!("period = {period}\n")
}

/// Forty campaigns of ten posts each: a post repeats its campaign's words but for one, and whether it is spam
/// is drawn for the campaign. So nothing can be learned, except by heart.
fn campaigns() -> String {
    let mut text = "text,video,spam\n".to_owned();
    for row in 0..400u64 {
        let campaign = hash(1, &[row]) % 40;
        for place in 0..14 {
            write!(text, "w{} ", letters(hash(2, &[campaign, place]))).unwrap();
        }
        let spam = hash(3, &[campaign]) % 2;
        writeln!(text, "x{},v{},{spam}", letters(hash(4, &[row])), row % 5).unwrap();
    }
    text
}

/// Digits would count as one sign.
fn letters(mut number: u64) -> String {
    let mut word = String::new();
    for _ in 0..6 {
        word.push((b'a' + (number % 26) as u8) as char);
        number /= 26;
    }
    word
}

fn prepared(split: &str, seed: u64) -> Result<Dataset, Error> {
    prepared_by(mapping(split), seed)
}

fn prepared_by(mapping: String, seed: u64) -> Result<Dataset, Error> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("posts.csv"), campaigns()).unwrap();
    let sources = [Source::new("design.toml", DESIGN), Source::new("mapping.toml", mapping)];
    prepare(&problem_of(&sources), folder.path(), seed, &Silent)
}

/// Text and video of a period's posts.
fn posts(dataset: &Dataset, period: Period) -> Vec<(String, String)> {
    let words = &dataset.dictionary.entity_words[0][1];
    let of = |wanted: u32| {
        dataset.events.iter().find_map(|event| match &event.what {
            What::Entity { kind: 0, id, fields } if *id == wanted => match fields.as_slice() {
                [Value::Text(text), Value::Category(video)] => {
                    Some((text.to_string(), words.name(*video).to_owned()))
                }
                _ => None,
            },
            _ => None,
        })
    };
    let shown = |event: usize| match &dataset.events[event].what {
        What::Request { shown, .. } => shown[0],
        _ => panic!("an outcome's event is a request"),
    };
    dataset.of(period).iter().map(|outcome| of(shown(outcome.event)).unwrap()).collect()
}

fn copies(dataset: &Dataset) -> usize {
    let learned = [Period::History, Period::Train, Period::Validation].map(|period| posts(dataset, period));
    let learned: Vec<String> = learned.into_iter().flatten().map(|(text, _)| text).collect();
    let test: Vec<String> = posts(dataset, Period::Test).into_iter().map(|(text, _)| text).collect();
    let all: Vec<&str> = learned.iter().chain(&test).map(String::as_str).collect();
    let groups = similar::groups(&all, similar::COPY);
    let known: BTreeSet<u32> = groups[..learned.len()].iter().copied().collect();
    groups[learned.len()..].iter().filter(|group| known.contains(group)).count()
}

#[test]
fn copies_lie_on_one_side_of_a_shuffle() {
    for seed in 1..=5 {
        let apart = prepared("split = \"shuffled\"\ngroup_similar = \"post.text\"", seed).unwrap();
        assert_eq!(copies(&apart), 0, "seed {seed}");
        let test = apart.of(Period::Test).len();
        assert!((60..=100).contains(&test), "whole groups make about a fifth: {test}");
        assert!(apart.profile.notes.iter().any(|note| note.code == "similar-rows"));
    }
    let mixed = prepared("split = \"shuffled\"", 1).unwrap();
    assert!(copies(&mixed) > 60, "without the key nearly every test row has a copy: {}", copies(&mixed));
}

#[test]
fn what_is_known_by_heart_only_is_worth_nothing_then() {
    let auc = |split: &str, seed: u64| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("posts.csv"), campaigns()).unwrap();
        let made =
            through(&on_mapped(DESIGN, &mapping(split), folder.path(), seed), &folder.path().join("runs"));
        made.selection.quality[1].metrics["auc"].value
    };
    assert!(auc("split = \"shuffled\"", 1) > 0.99, "the planted copies leak");
    let kept = (1..=6).map(|seed| auc("split = \"shuffled\"\ngroup_similar = \"post.text\"", seed));
    let mean = kept.sum::<f64>() / 6.0;
    assert!((0.3..0.7).contains(&mean), "{mean}");
}

#[test]
fn rows_with_some_values_are_the_test_period() {
    let by = held("{ column = \"video\", test = [\"v1\", \"v4\"] }");
    let dataset = prepared_by(by.clone(), 1).unwrap();
    let videos =
        |period| posts(&dataset, period).into_iter().map(|(_, video)| video).collect::<BTreeSet<_>>();
    let set = |videos: &[&str]| videos.iter().map(|video| (*video).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(videos(Period::Test), set(&["v1", "v4"]));
    assert_eq!(videos(Period::Train), set(&["v0", "v2", "v3"]));
    assert_eq!(dataset.of(Period::Test).len(), 160);
    // The rest in the proportion of its shares, 5 : 55 : 20.
    let rest = [Period::History, Period::Train].map(|period| dataset.of(period).len());
    assert!(rest[0].abs_diff(15) <= 1 && rest[1].abs_diff(165) <= 15, "{rest:?}");
    let note = dataset.profile.notes.iter().find(|note| note.code == "near-duplicates").unwrap();
    assert!(note.message.starts_with("160 of 160 texts"), "{}", note.message);
    assert_ne!(prepared_by(by, 2).unwrap().outcomes, dataset.outcomes, "what is learned from is shuffled");
}

#[test]
fn what_cannot_be_divided_is_said() {
    let nobody = match prepared_by(held("{ column = \"video\", test = [\"v9\"] }"), 1) {
        Err(Error::Data(message)) => message,
        other => panic!("{:?}", other.map(|_| ())),
    };
    assert!(nobody.starts_with("no row has a value of the test period, `v9`"), "{nobody}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("posts.csv"), campaigns()).unwrap();
    let one = mapping("split = \"shuffled\"") + "group = \"one\"\n";
    let text = campaigns().replace('\n', ",same\n").replacen(",same", ",one", 1);
    std::fs::write(folder.path().join("posts.csv"), text).unwrap();
    let sources = [Source::new("design.toml", DESIGN), Source::new("mapping.toml", one)];
    let found = prepare(&problem_of(&sources), folder.path(), 1, &Silent);
    assert!(matches!(found, Err(Error::Data(message)) if message.starts_with("all rows stay together")));
}

#[test]
fn mistakes_in_a_split_are_findings() {
    let cases = [
        ("split = \"shufled\"", "did you mean `shuffled`?"),
        ("split = { by = \"post.video\", test = [\"v1\"] }", "write `period = { column = \"video\", test = "),
        ("split = \"shuffled\"\ngroup_similar = \"post.video\"", "is not of type `text`"),
        ("split = \"shuffled\"\ngroup_similar = \"post.txt\"", "did you mean `post.text`?"),
    ];
    for (split, expected) in cases {
        let sources = [Source::new("design.toml", DESIGN), Source::new("mapping.toml", mapping(split))];
        let clarified = clarify(&sources);
        let text = render(&clarified.findings, &sources, false, 200);
        assert!(clarified.problem.is_none() && text.contains(expected), "{split}: {text}");
    }
}

#[test]
fn mistakes_in_a_period_are_findings() {
    let column = "{ column = \"video\", test = [\"v1\"] }";
    let second = "[[tables]]\nfile = \"b.csv\"\nheader = true\nexample = \"review\"\nperiod = \"train\"\n";
    let cases = [
        (held("\"tset\""), "did you mean `test`?"),
        (held("{ column = \"video\", test = [] }"), "no value of the column is left for the test period"),
        (held("{ column = \"video\" }"), "`period` needs `test`"),
        (held(column).replace("\"shuffled\"", "\"time\""), "so does the time of the rows"),
        (held(column) + second, "by a word, and another one by a column"),
    ];
    for (mapping, expected) in cases {
        let sources = [Source::new("design.toml", DESIGN), Source::new("mapping.toml", mapping)];
        let clarified = clarify(&sources);
        let text = render(&clarified.findings, &sources, false, 200);
        assert!(clarified.problem.is_none() && text.contains(expected), "{text}");
    }
    // A column that is not there is found when the file is opened.
    let Err(Error::Data(gone)) = prepared_by(held("{ column = \"vidio\", test = [\"v1\"] }"), 1) else {
        panic!("no such column")
    };
    assert!(gone.contains("did you mean `video`?"), "{gone}");
}

#[test]
fn labels_that_a_data_set_does_not_tell_are_left_out() {
    let sources =
        [Source::new("design.toml", DESIGN), Source::new("mapping.toml", mapping("split = \"rows\""))];
    let clarified = clarify(&sources);
    let labels: Vec<String> =
        clarified.problem.unwrap().labels.0.into_iter().map(|label| label.name).collect();
    assert_eq!(labels, ["spam"]);
    let text = render(&clarified.findings, &sources, false, 200);
    assert!(text.contains("the label `rude` is left out: the data set does not say `rude`"), "{text}");
    let none = mapping("split = \"rows\"").replace("{ spam = \"number\" }", "{}");
    let none = none.replace(", spam = \"spam\"", "");
    let sources = [Source::new("design.toml", DESIGN), Source::new("mapping.toml", none)];
    let text = render(&clarify(&sources).findings, &sources, false, 200);
    assert!(text.contains("the data set has none of the labels"), "{text}");
}
