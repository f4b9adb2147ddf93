//! Lines of every kind on their way in: what cannot be taken is counted by reason and kept, the rest is used.
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_tiny;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use rankine::prepare::{Dataset, Profile, prepare};
use rankine::{Error, Problem, Silent};
use rankine_design::Source;
use rankine_learn::{Value, What};
use road_tiny::{DESIGN, lines, on_data, problem, problem_of, quietly, refusal, settings};

const CASE: &str = include_str!("../../../cases/video-recommendation/design.toml");
const MOVIELENS: &str = include_str!("../../../cases/video-recommendation/data/movielens.toml");

fn prepared(problem: &Problem, data: &Path) -> Dataset {
    prepare(problem, data, 1, &Silent).unwrap_or_else(|error| panic!("{error}"))
}

/// A short world's log: about a second of nobody's time.
fn short() -> Vec<String> {
    lines(&rankine_world::videos::Settings { requests: 300, days: 6, ..settings() }, 1)
}

fn rejected(profile: &Profile) -> BTreeMap<&str, u64> {
    profile.rejected.iter().map(|(code, count)| (code.as_str(), *count)).collect()
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap()
}

#[test]
fn ugly_lines_are_kept_aside_and_the_rest_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let good = short();
    let problem = problem(DESIGN);
    let file = folder.path().join("log.jsonl");
    fs::write(&file, good.join("\n")).unwrap();
    let clean = prepared(&problem, &file);
    assert_eq!(rejected(&clean.profile), BTreeMap::new());

    let repeated = good.iter().find(|line| line.contains("\"event\":\"watch\"")).unwrap();
    let asked = good.iter().find(|line| line.contains("\"event\":\"request\"")).unwrap();
    let at = 1_767_300_000_000_i64;
    let long = format!(r#"{{"event":"click","time":{at},"user":"{}"}}"#, "x".repeat(17 << 20));
    let deep = "[".repeat(100_000);
    let ugly: Vec<(Vec<u8>, &str, &str)> = [
        ("nonsense", "not-json", "not a JSON object"),
        ("[1]", "not-json", "must be a JSON object"),
        (r#"{"event":"watch""#, "not-json", "EOF"),
        (deep.as_str(), "not-json", "not a JSON object"),
        (r#"{"time":1767300000000,"user":"u1"}"#, "missing-field", "`event` is missing"),
        (r#"{"event":"click","user":"u1","video":"v1"}"#, "missing-field", "`time` is missing"),
        (r#"{"event":"click","time":1767300000000,"video":"v1"}"#, "missing-field", "`user` is missing"),
        (r#"{"event":"video","time":1767300000000}"#, "missing-field", "`id` is missing"),
        (r#"{"event":"wach","time":1767300000000}"#, "unknown-event", "did you mean `watch`?"),
        (r#"{"event":"toString","time":1767300000000}"#, "unknown-event", "the design has click, watch"),
        (r#"{"event":"click","time":1767300,"user":"u1","video":7}"#, "", ""),
        (r#"{"event":"click","time":99999999999999,"user":"u1","video":"v1"}"#, "wrong-time", "1900 to 2200"),
        (r#"{"event":"click","time":1e400,"user":"u1","video":"v1"}"#, "not-json", "number out of range"),
        (r#"{"event":"click","time":1.5,"user":"u1","video":"v1"}"#, "wrong-time", "whole number"),
        (r#"{"event":"click","time":"soon","user":"u1","video":"v1"}"#, "wrong-time", "`soon` is not a time"),
        (r#"{"event":"click","time":[],"user":"u1","video":"v1"}"#, "wrong-time", "is not a time"),
        (
            r#"{"event":"click","time":1767300000000,"known":"later","user":"u1","video":"v1"}"#,
            "wrong-time",
            "`known`",
        ),
        (r#"{"event":"click","time":1767300000000,"user":{},"video":"v1"}"#, "wrong-type", "must be text"),
        (r#"{"event":"click","time":1767300000000,"user":"","video":"v1"}"#, "empty-name", "is empty"),
        (
            r#"{"event":"watch","time":1767300000000,"user":"u1","video":"v1","fields":{"seconds":"long"}}"#,
            "wrong-type",
            "`fields.seconds`: `long` is not a number",
        ),
        (
            r#"{"event":"watch","time":1767300000000,"user":"u1","video":"v1","fields":[40]}"#,
            "wrong-type",
            "must be an object",
        ),
        (
            r#"{"event":"request","time":1767300000000,"user":"u1","shown":"v1"}"#,
            "wrong-type",
            "must be a list",
        ),
        (repeated, "duplicate", "was taken before"),
        (asked, "duplicate", "was taken before"),
        (&long, "long-line", "longer than 16 MiB"),
    ]
    .map(|(line, code, why)| (line.as_bytes().to_vec(), code, why))
    .into();
    let not_text = (b"{\"event\":\"click\",\"user\":\"\xff\"}".to_vec(), "not-utf8", "not UTF-8");
    let mut text = good.join("\r\n").into_bytes();
    text.extend_from_slice(b"\r\n\n   \n");
    let mut want: BTreeMap<&str, u64> = BTreeMap::new();
    let mut kept: Vec<(u64, &str, &str)> = Vec::new();
    for (number, (line, code, why)) in (good.len() as u64 + 3..).zip(ugly.iter().chain([&not_text])) {
        text.extend_from_slice(line);
        text.push(b'\n');
        if !code.is_empty() {
            *want.entry(code).or_default() += 1;
            kept.push((number, code, why));
        }
    }
    fs::write(&file, &text).unwrap();
    let dataset = prepared(&problem, &file);
    assert_eq!(rejected(&dataset.profile), want);
    assert_eq!(dataset.profile.events, clean.profile.events + 1, "one odd line is good: a click in 1970");
    assert_eq!(dataset.outcomes.len(), clean.outcomes.len());
    let found: Vec<(u64, &str)> =
        dataset.profile.examples.iter().map(|line| (line.line, line.code.as_str())).collect();
    assert_eq!(found, kept.iter().map(|(line, code, _)| (*line, *code)).collect::<Vec<_>>());
    for (example, (_, _, why)) in dataset.profile.examples.iter().zip(&kept) {
        assert!(example.reason.contains(why), "{} does not say {why}", example.reason);
        assert_eq!(example.file, "log.jsonl");
        assert!(example.text.len() < 5000, "a profile is no place for {} bytes", example.text.len());
    }
    let note = |profile: &Profile, code: &str| profile.notes.iter().any(|note| note.code == code);
    assert!(note(&dataset.profile, "rejected") && !note(&clean.profile, "rejected"));
}

#[test]
fn a_log_that_cannot_carry_the_problem_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let few = short().into_iter().take(140).collect::<Vec<_>>().join("\n");
    let entities = r#"{"event":"video","id":"v1","time":1767300000000}"#;
    let cases = [
        ("empty.jsonl", "", "no line of"),
        ("blank.jsonl", "\n\r\n  \n", "no line of"),
        ("bad.jsonl", "what\nis\nthis", "3 lines were rejected, the first one (line 1 of bad.jsonl)"),
        ("few.jsonl", few.as_str(), "a longer log"),
        ("entities.jsonl", entities, "a longer log"),
    ];
    for (name, text, why) in cases {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let error = refusal(&on_data(DESIGN, &file), &runs);
        assert!(matches!(error, Error::Data(_)), "{name}: {error:?}");
        assert!(error.to_string().contains(why), "{name}: {error}");
    }
    let error = refusal(&on_data(DESIGN, &folder.path().join("nowhere.jsonl")), &runs);
    assert!(matches!(error, Error::File { .. }) && error.to_string().contains("nowhere.jsonl"), "{error}");
    fs::create_dir(folder.path().join("void")).unwrap();
    let error = refusal(&on_data(DESIGN, &folder.path().join("void")), &runs);
    assert!(error.to_string().contains("no `.jsonl` file in this folder"), "{error}");
    let torn = folder.path().join("torn.jsonl.gz");
    let zip = zipped(short().join("\n").as_bytes());
    fs::write(&torn, &zip[..zip.len() / 2]).unwrap();
    let error = refusal(&on_data(DESIGN, &torn), &runs);
    assert!(matches!(error, Error::Data(_)) && error.to_string().contains("torn.jsonl.gz"), "{error}");
}

#[test]
fn one_log_in_many_wrappings_is_the_same_log() {
    let folder = tempfile::tempdir().unwrap();
    let lines = short();
    let problem = problem(DESIGN);
    let plain = folder.path().join("log.jsonl");
    fs::write(&plain, lines.join("\n")).unwrap();
    let want = prepared(&problem, &plain);
    let place = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    };
    let text = lines.join("\n");
    let (left, right) = lines.split_at(lines.len() / 2);
    let (left, right) = (left.join("\n"), right.join("\n"));
    let members = [zipped(left.as_bytes()), zipped(b"\n"), zipped(right.as_bytes())].concat();
    place("parts/2.jsonl", right.as_bytes());
    place("parts/1.jsonl.gz", &zipped(left.as_bytes()));
    place("parts/readme.txt", b"not a log");
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let wrapped = [
        place("log.jsonl.gz", &zipped(text.as_bytes())),
        place("members.jsonl.gz", &members),
        place("windows.jsonl", lines.join("\r\n").as_bytes()),
        place("marked.jsonl", &marked),
        folder.path().join("parts"),
    ];
    for path in wrapped {
        let made = prepared(&problem, &path);
        assert!(made == want, "{} is another log: {:?}", path.display(), made.profile.examples);
    }
    let backwards: Vec<String> = lines.iter().rev().cloned().collect();
    let made = prepared(&problem, &place("backwards.jsonl", backwards.join("\n").as_bytes()));
    assert_eq!((made.profile.positives, made.periods), (want.profile.positives, want.periods));
    assert!(made.profile.notes.iter().any(|note| note.code == "out-of-order"));
}

#[test]
fn metaranks_four_events_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let problem = problem(DESIGN);
    let start = 1_767_225_600_000_i64;
    let mut text = String::new();
    for video in 0..10 {
        let line = serde_json::json!({"event": "item", "id": format!("i{video}"), "item": format!("v{video}"),
            "timestamp": start.to_string(),
            "fields": [{"name": "seconds", "value": 100}, {"name": "genre", "value": ["news"]}]});
        text.push_str(&format!("{line}\n"));
    }
    for round in 0..60_i64 {
        let (user, video, at) =
            (format!("u{}", round % 6), format!("v{}", round % 10), start + round * 4_000_000);
        let shown: Vec<_> =
            (0..3).map(|k| serde_json::json!({"id": format!("v{}", (round + k) % 10)})).collect();
        let events = [
            serde_json::json!({"event": "user", "id": format!("p{round}"), "user": user, "timestamp": at,
                "fields": [{"name": "country", "value": "no"}]}),
            serde_json::json!({"event": "ranking", "id": format!("r{round}"), "user": user, "session": "s",
                "timestamp": at.to_string(), "items": shown, "fields": [{"name": "device", "value": "tv"}]}),
            serde_json::json!({"event": "interaction", "type": "watch", "id": format!("w{round}"), "user": user,
                "ranking": format!("r{round}"), "item": video, "timestamp": at + 60_000,
                "fields": [{"name": "seconds", "value": 30 + 40 * (round % 2)}]}),
        ];
        events.iter().for_each(|event| text.push_str(&format!("{event}\n")));
    }
    text.push_str("{\"event\":\"feedback\",\"id\":\"x\",\"timestamp\":1767225600000}\n");
    let file = folder.path().join("log.jsonl");
    fs::write(&file, &text).unwrap();
    let Profile { events, users, items, requests, impressions, positives, rejected, .. } =
        prepared(&problem, &file).profile;
    assert_eq!((events, users, items, requests), (190, 6, 10, 60));
    assert_eq!((impressions, positives), (180, 30), "half of them watched enough");
    assert_eq!(rejected, BTreeMap::from([("unknown-event".to_owned(), 1)]));
    quietly(&on_data(DESIGN, &file), &folder.path().join("runs")).unwrap();
}

const SHOP: &str = r#"
[[tables]]
file = "videos.csv"
header = true
entity = "video"
id = "sku"
fields = { genre = { column = "kinds", split = "|" }, seconds = "length", channel = "maker" }

[[tables]]
file = "views.csv"
header = true
interaction = "watch"
user = "customer"
item = "sku"
time = { column = "at", format = "%d/%m/%Y %H:%M" }
fields = { seconds = "seen" }
where = { column = "state", equals = "done" }
"#;

#[test]
fn csv_files_with_headers_are_read_by_their_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let sources = [Source::new("design.toml", DESIGN), Source::new("shop.toml", SHOP)];
    let problem = problem_of(&sources);
    let mut videos = "\u{feff}sku,kinds,length,maker\r\n".to_owned();
    for video in 0..8 {
        videos.push_str(&format!("v{video},news|\"quoted\"|comedy,100,\"Maker, the {}nd\"\r\n", video % 2));
    }
    videos.push_str("v8,news,long,x\r\nv9\r\n");
    let mut views = "state,customer,sku,at,seen\n".to_owned();
    for view in 0..80 {
        let state = if view % 8 == 7 { "open" } else { "done" };
        let day = 1 + view / 4;
        views.push_str(&format!(
            "{state},c{},v{},{day:02}/01/2026 1{}:30,80\n",
            view % 5,
            view % 8,
            view % 4
        ));
    }
    views.push_str("done,c1,v1,2026-01-01,80\ndone,,v1,01/01/2026 10:00,80\n");
    fs::write(folder.path().join("videos.csv"), videos).unwrap();
    fs::write(folder.path().join("views.csv.gz"), zipped(views.as_bytes())).unwrap();
    let dataset = prepared(&problem, folder.path());
    let profile = &dataset.profile;
    assert_eq!(
        rejected(profile),
        BTreeMap::from([("missing-field", 1), ("short-row", 1), ("wrong-time", 1), ("wrong-type", 1)]),
        "{:?}",
        profile.examples
    );
    assert_eq!((profile.users, profile.items, profile.interactions["watch"]), (5, 8, 70));
    assert!(profile.implied_requests > 0 && profile.requests == profile.implied_requests);
    let left_out = profile.notes.iter().find(|note| note.code == "filtered").unwrap();
    assert!(left_out.message.starts_with("10 rows"), "{}", left_out.message);
    let words = &dataset.dictionary.entity_words[problem.schema.item];
    let maker = problem.schema.item().field("channel").unwrap();
    assert_eq!(words[maker].iter().collect::<Vec<_>>(), ["Maker, the 0nd", "Maker, the 1nd"]);
    let first = dataset.events.iter().find(|event| matches!(event.what, What::Interaction { .. })).unwrap();
    assert_eq!(first.time, 1_767_225_600_000 + 10 * 3_600_000 + 30 * 60_000);
}

#[test]
fn a_mapping_tells_what_was_shown_and_which_request_was_answered() {
    const VIEWS: &str = r#"
label.relevant = { from = "watch", when = "seconds >= 60", within = "1h" }
[[tables]]
file = "views.csv"
header = true
request = true
id = "view"
user = "who"
time = "at"
shown = { split = " ", column = "in_view" }
[[tables]]
file = "clicks.csv"
header = true
interaction = "watch"
user = "who"
item = "what"
answers = "view"
time = "at"
fields = { seconds = "spent" }
"#;
    let folder = tempfile::tempdir().unwrap();
    let problem = problem_of(&[Source::new("design.toml", DESIGN), Source::new("views.toml", VIEWS)]);
    let (mut views, mut clicks) = ("view,who,at,in_view\n".to_owned(), "view,who,what,at,spent\n".to_owned());
    for view in 0..60_i64 {
        let at = 1_767_300_000_000 + view * 60_000;
        views.push_str(&format!("w{view},c{},{at},v{} v1 v2\n", view % 5, 3 + view % 4));
        // The user's next view comes before this click: only `answers` tells which one it belongs to.
        clicks.push_str(&format!("w{view},c{},v2,{},90\n", view % 5, at + 320_000));
    }
    clicks.push_str("lost,c1,v2,1767300000000,90\n");
    fs::write(folder.path().join("views.csv"), views).unwrap();
    fs::write(folder.path().join("clicks.csv"), clicks).unwrap();
    let dataset = prepared(&problem, folder.path());
    assert_eq!((dataset.profile.requests, dataset.profile.impressions), (60, 180));
    assert!(dataset.profile.notes.iter().any(|note| note.code == "orphan-request"));
    let answered: Vec<usize> = dataset.outcomes.iter().map(|outcome| outcome.relevant.len()).collect();
    assert_eq!(answered[5..], [1; 55], "each view led to its own click");
    let What::Request { shown, .. } = &dataset.events[dataset.outcomes[0].event].what else {
        panic!("a request")
    };
    let names = &dataset.dictionary.entities[problem.schema.item];
    assert_eq!(shown.iter().map(|item| names.name(*item)).collect::<Vec<_>>(), ["v3", "v1", "v2"]);
}

#[test]
fn an_over_long_line_of_a_table_is_one_rejected_line() {
    const VIEWS: &str = r#"
label.relevant = { from = "watch", when = "seconds >= 60", within = "1h" }
[[tables]]
file = "views.jsonl"
format = "jsonl"
interaction = "watch"
user = "who"
item = "what"
time = "at"
fields = { seconds = "spent" }
"#;
    let folder = tempfile::tempdir().unwrap();
    let problem = problem_of(&[Source::new("design.toml", DESIGN), Source::new("views.toml", VIEWS)]);
    let view = |at: i64, who: &str| {
        let time = 1_767_300_000_000 + at * 7_200_000;
        format!(
            "{}\n",
            serde_json::json!({"who": who, "what": format!("v{}", at % 8), "at": time, "spent": 90})
        )
    };
    let mut text: String = (0..40).map(|at| view(at, &format!("c{}", at % 5))).collect();
    text.push_str(&view(40, &"x".repeat(17 << 20)));
    text.push_str(&view(41, "c1"));
    fs::write(folder.path().join("views.jsonl"), text).unwrap();
    let profile = prepared(&problem, folder.path()).profile;
    assert_eq!(rejected(&profile), BTreeMap::from([("long-line", 1)]), "{:?}", profile.examples);
    let example = &profile.examples[0];
    assert_eq!((example.line, example.reason.as_str()), (41, "the line is longer than 16 MiB"));
    assert_eq!(profile.interactions["watch"], 41, "what stands behind it is read");
}

#[test]
fn tables_in_the_form_of_movielens_are_read_by_the_cases_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let sources = [Source::new("design.toml", CASE), Source::new("movielens.toml", MOVIELENS)];
    let problem = problem_of(&sources);
    let mut people = String::new();
    (1..=12).for_each(|user| people.push_str(&format!("{user}|{}|F|writer|0000{user}\n", 20 + user)));
    let mut films: Vec<u8> = Vec::new();
    for film in 1..=10 {
        let released = if film == 3 { "" } else { "01-Jan-1995" };
        let flags: Vec<&str> = (0..19).map(|genre| if genre == film { "1" } else { "0" }).collect();
        let row = format!("{film}|Caf\u{e9} \"{film} (1995)|{released}||http://x|{}\n", flags.join("|"));
        films.extend(row.chars().map(|letter| letter as u8));
    }
    let mut ratings = String::new();
    for rating in 0..120_u64 {
        let (user, film, stars) = (1 + rating % 12, 1 + rating * 7 % 10, 1 + rating * 3 % 5);
        ratings.push_str(&format!("{user}\t{film}\t{stars}\t{}\n", 874_724_710 + 40_000 * rating));
    }
    for (name, bytes) in [("u.user", people.as_bytes()), ("u.item", &films), ("u.data", ratings.as_bytes())] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let dataset = prepared(&problem, folder.path());
    let profile = &dataset.profile;
    assert_eq!(rejected(profile), BTreeMap::new(), "{:?}", profile.examples);
    assert_eq!((profile.users, profile.items, profile.interactions["watch"]), (12, 10, 120));
    assert_eq!(profile.positives, 48, "four and five stars");
    let item = problem.schema.item();
    let at = |name: &str| item.field(name).unwrap();
    let third = dataset.events.iter().find_map(|event| match &event.what {
        What::Entity { kind, id: 2, fields } if *kind == problem.schema.item => Some(fields.clone()),
        _ => None,
    });
    let third = third.unwrap();
    assert_eq!(third[at("title")], Value::Text("Caf\u{e9} \"3 (1995)".to_owned()));
    assert_eq!(third[at("released")], Value::Missing);
    let genres = &dataset.dictionary.entity_words[problem.schema.item][at("genre")];
    assert_eq!(third[at("genre")], Value::Categories(vec![genres.number("Animation").unwrap_or(9)]));
}
