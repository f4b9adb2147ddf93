//! Logs that are broken in some way: what can still be used, and what a person is told.

use std::fs;

use rankine::clarify::clarify;
use rankine::prepare::{Dataset, prepare};
use rankine::{Error, Problem, Silent};
use rankine_design::Source;

const BASE: &str = include_str!("clarify/base.toml");
const DAY: i64 = 86_400_000;
const START: i64 = 20_000 * DAY;

fn problem() -> Problem {
    let sources = [Source::new("design.toml", BASE)];
    clarify(&sources).problem.expect("the base has no errors")
}

/// One product; each day one user asks and buys it.
fn log() -> Vec<String> {
    let mut lines = vec![format!(r#"{{"event":"product","id":"p","time":{START},"fields":{{"price":1}}}}"#)];
    for day in 1..=40 {
        let time = START + day * DAY;
        lines.push(format!(r#"{{"event":"request","id":"r{day}","time":{time},"user":"u{day}"}}"#));
        lines.push(format!(
            r#"{{"event":"purchase","time":{},"user":"u{day}","product":"p","fields":{{"amount":9}}}}"#,
            time + 1000
        ));
    }
    lines
}

fn prepared(text: &[u8]) -> Result<Dataset, Error> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("log.jsonl");
    fs::write(&path, text).expect("the folder is writable");
    prepare(&problem(), folder.path(), 1, &Silent)
}

/// The notes on a log that can be used, or why it cannot.
fn told(text: &[u8]) -> String {
    match prepared(text) {
        Ok(dataset) => dataset.profile.notes.iter().map(|note| format!("{}\n", note.message)).collect(),
        Err(Error::Data(message)) => message,
        Err(error) => panic!("{error}: not told as trouble with the data"),
    }
}

#[test]
fn says_what_is_wrong_with_a_log() {
    let good = log();
    let with = |change: &dyn Fn(&str) -> String| good.iter().map(|line| change(line)).collect::<Vec<_>>();
    let joined = |lines: Vec<String>| lines.join("\n").into_bytes();
    let cases: [(&str, Vec<u8>, &str); 7] = [
        (
            "unreadable lines are counted even where enough is left",
            joined([vec!["nonsense".to_owned()], good.clone()].concat()),
            "1 line was rejected (line 1 of log.jsonl) because not a JSON object",
        ),
        (
            "a label that never happens is told with the lines that were rejected",
            joined(with(&|line| line.replace(r#""amount":9"#, r#""amount":"much""#))),
            "40 lines were rejected, the first one (line 3 of log.jsonl) because `fields.amount`",
        ),
        (
            "seconds that stand for milliseconds",
            joined(with(&|line| line.replace("000,", ","))),
            "40 events happened in the first weeks of 1970",
        ),
        (
            "one time for all",
            joined(with(&|line| {
                let (before, rest) = line.split_once(r#""time":"#).expect("every line has a time");
                format!(
                    r#"{before}"time":{START}{}"#,
                    rest.trim_start_matches(|digit: char| digit.is_ascii_digit())
                )
            })),
            "all 40 requests bear the same time, 2024-10-04T00:00:00Z: no period comes after another",
        ),
        (
            "a label that never happens though its event does",
            joined(with(&|line| line.replace(r#""amount":9"#, r#""amount":0"#))),
            "of 40 events `purchase` none met the label's `when`",
        ),
        ("nothing at all", Vec::new(), "could be taken: there is none"),
        (
            "a line without end is one rejected line",
            [joined(good.clone()), b"\n".to_vec(), vec![b'x'; 20 << 20]].concat(),
            "1 line was rejected (line 82 of log.jsonl) because the line is longer than 16 MiB",
        ),
    ];
    for (name, text, expected) in cases {
        let told = told(&text);
        assert!(told.contains(expected), "{name}: {told}");
    }
    assert!(!told(&joined(good)).contains("rejected"));
}

/// A log without requests, whose interactions imply them, is held to the same.
#[test]
fn one_time_for_all_is_no_log_to_learn_from() {
    let only = |time: &dyn Fn(usize) -> i64| {
        let acts = log().into_iter().filter(|line| !line.contains("request"));
        let moved = acts.enumerate().map(|(at, line)| {
            let (before, rest) = line.split_once(r#""time":"#).expect("every line has a time");
            format!(
                r#"{before}"time":{}{}"#,
                time(at),
                rest.trim_start_matches(|digit: char| digit.is_ascii_digit())
            )
        });
        prepared(moved.collect::<Vec<_>>().join("\n").as_bytes())
    };
    let error = only(&|_| START).expect_err("nothing is later than anything");
    let Error::Data(message) = error else { panic!("{error}: not told as trouble with the data") };
    for part in ["all 40 requests (each a user's first interaction)", "give each event the `time`"] {
        assert!(message.contains(part), "no `{part}` in {message}");
    }
    assert!(only(&|at| START + at as i64).is_ok(), "a moment apart is enough");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let text = format!("\u{feff}{}", log().join("\n"));
    let dataset = prepared(text.as_bytes()).expect("the log is whole");
    assert!(dataset.profile.rejected.is_empty(), "{:?}", dataset.profile.examples);
}

#[test]
fn files_that_cannot_be_read_are_trouble_with_the_data() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let cut = folder.path().join("log.jsonl.gz");
    fs::write(&cut, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b").expect("the folder is writable");
    let (there, missing) = (folder.path().to_owned(), folder.path().join("missing.jsonl"));
    for data in [there, missing] {
        let error = prepare(&problem(), &data, 1, &Silent).expect_err("there is nothing to read");
        assert!(matches!(error, Error::Data(_)), "{error}");
    }
}
