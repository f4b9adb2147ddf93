//! Readers: data in every form becomes a log; files that are torn, mixed or hostile get a clear answer.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::fs;
use std::io::Write;
use std::path::Path;

use rankine::clarify::clarify;
use rankine::output::{Datum, Kind, Output};
use rankine::prepare::convert::convert;
use rankine::prepare::{Dataset, HELD, Outcome, examine};
use rankine::{Error, Problem, Silent};
use rankine_design::Source;
use rankine_learn::{Event, Value, What};

const RANK: &str = include_str!("../../../bench/prepare/rank.toml");
const PREDICT: &str = include_str!("../../../bench/prepare/predict.toml");

fn problem(design: &str, mapping: &str) -> Problem {
    let sources = [Source::new("design.toml", design), Source::new("data/map.toml", mapping)];
    let clarified = clarify(&sources[..if mapping.is_empty() { 1 } else { 2 }]);
    let told = rankine_design::render(&clarified.findings, &sources, false, 100);
    clarified.problem.unwrap_or_else(|| panic!("{told}"))
}

fn read(design: &str, mapping: &str, data: &Path) -> Result<Dataset, String> {
    match examine(&problem(design, mapping), data, 1, &Silent) {
        Ok(dataset) => Ok(dataset),
        Err(Error::Data(message)) => Err(message),
        Err(error) => panic!("{error}: not told as trouble with the data"),
    }
}

/// A table of views: who, what, when.
const VIEWS: &str = r#"
[[tables]]
file = "views.csv"
header = true
interaction = "view"
user = "who"
item = "what"
time = "at"
"#;

fn row(at: usize) -> String {
    format!("u{},i{},{}", at % 30, at * 7 % 40, 1_767_225_600_000_i64 + at as i64 * 3_600_000)
}

fn views(rows: usize) -> String {
    (0..rows).fold("who,what,at\n".to_owned(), |text, at| text + &row(at) + "\n")
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap()
}

#[test]
fn compressed_and_parted_files_are_the_same_log() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let text = views(400);
    write("plain/views.csv", text.as_bytes());
    write("gzip/views.csv.gz", &gzipped(text.as_bytes()));
    // Members one after another are one text.
    let (first, second) = text.split_at(text.len() / 2);
    write("members/views.csv.gz", &[gzipped(first.as_bytes()), gzipped(second.as_bytes())].concat());
    write("zstd/views.csv.zst", &[zstandard(first.as_bytes()), zstandard(second.as_bytes())].concat());
    write("crlf/views.csv", format!("\u{feff}{}", text.replace('\n', "\r\n")).as_bytes());
    let whole = read(RANK, VIEWS, &folder.path().join("plain")).unwrap();
    assert_eq!(whole.profile.interactions["view"], 400);
    for name in ["gzip", "members", "zstd", "crlf"] {
        let same = read(RANK, VIEWS, &folder.path().join(name)).unwrap();
        assert!(same.events == whole.events && same.dictionary == whole.dictionary, "{name}");
    }
    // Parts in several forms, and not in the order of time.
    let part = |rows: std::ops::Range<usize>| {
        rows.fold("who,what,at\n".to_owned(), |text, at| text + &row(at) + "\n")
    };
    write("parts/views-1.csv", part(250..400).as_bytes());
    write("parts/views-2.csv.gz", &gzipped(part(0..100).as_bytes()));
    write("parts/views-3.csv.zst", &zstandard(part(100..250).as_bytes()));
    let parts = VIEWS.replace("views.csv", "views-*.csv");
    let parted = read(RANK, &parts, &folder.path().join("parts")).unwrap();
    assert_eq!(parted.profile.interactions, whole.profile.interactions);
    assert_eq!(parted.events.len(), whole.events.len());
    let times = |dataset: &Dataset| dataset.events.iter().map(|event| event.known).collect::<Vec<_>>();
    assert_eq!(times(&parted), times(&whole));
    let error = read(RANK, &parts, &folder.path().join("plain")).unwrap_err();
    assert!(error.contains("no file has such a name"), "{error}");
}

/// What is wrong with a file, and what is said of it.
#[test]
fn hostile_files_get_a_clear_answer() {
    let good = views(400);
    let compressed = gzipped(good.as_bytes());
    let squeezed = zstandard(good.as_bytes());
    let bytes = |text: &str| text.as_bytes().to_vec();
    let mixed = [good.as_bytes(), b"z\xfcrich,i1,1767225600000\n"].concat();
    let long = format!("{good}{},i1,1767225600000\nu1,i2,1767225600000\n", "x".repeat(20 << 20));
    type Expected<'e> = Result<(u64, &'e str), &'e str>;
    let cases: [(&str, Vec<u8>, Expected<'_>); 12] = [
        ("truncated gzip", compressed[..compressed.len() / 2].to_vec(), Err("the file is cut off")),
        ("truncated zstd", squeezed[..squeezed.len() / 2].to_vec(), Err("the file is cut off")),
        (
            "damaged gzip",
            compressed.iter().enumerate().map(|(at, byte)| byte ^ (u8::from(at == 40) * 0x55)).collect(),
            Err("damaged"),
        ),
        (
            "UTF-16",
            good.encode_utf16().fold(vec![0xff, 0xfe], |mut all, unit| {
                all.extend(unit.to_le_bytes());
                all
            }),
            Err("UTF-16"),
        ),
        ("empty", Vec::new(), Err("no column `who`; it is empty")),
        (
            "a header twice",
            bytes(&good.replacen("who,what,at", "who,what,who", 1)),
            Err("`who` is there twice"),
        ),
        ("another header", bytes(&good.replacen("who", "whom", 1)), Err("did you mean `whom`?")),
        ("mixed encodings", mixed, Ok((400, "not-utf8"))),
        ("a line of 20 MB", bytes(&long), Ok((401, "long-line"))),
        (
            "a negative time",
            bytes(&format!("{good}u1,i1,-5000000000000\nu1,i1,-1000\n")),
            Ok((401, "wrong-time")),
        ),
        ("no number", bytes(&format!("{good}u1,i1,NaN\n")), Ok((400, "wrong-time"))),
        (
            "ids with separators",
            bytes(&format!("{good}\"u,1\n\",\"i;\"\"2\",1767225600000\nu1\n")),
            Ok((401, "short-row")),
        ),
    ];
    for (name, bytes, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("views.csv"), bytes).unwrap();
        match (read(RANK, VIEWS, folder.path()), expected) {
            (Ok(dataset), Ok((events, code))) => {
                assert_eq!(dataset.profile.interactions["view"], events, "{name}");
                assert_eq!(dataset.profile.rejected.keys().collect::<Vec<_>>(), [code], "{name}");
                assert_eq!(dataset.profile.rejected[code], 1, "{name}");
                if name == "ids with separators" {
                    let users = &dataset.dictionary.entities[0];
                    assert!(users.iter().any(|user| user == "u,1"), "{:?}", users.iter().collect::<Vec<_>>());
                }
            }
            (Err(error), Err(part)) => assert!(error.contains(part), "{name}: {error}"),
            (Ok(dataset), Err(part)) => panic!("{name}: read ({:?}), not {part}", dataset.profile.rejected),
            (Err(error), Ok(_)) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn each_line_that_an_open_quote_swallows_counts_as_one_that_could_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| fs::write(folder.path().join("views.csv"), text).unwrap();
    let counts = || {
        let profile = read(RANK, VIEWS, folder.path()).unwrap().profile;
        let stops = profile.checks.iter().any(|check| check.name == "malformed-lines" && check.stops());
        (profile.interactions["view"], profile.rejected.get("open-quote").copied().unwrap_or(0), stops)
    };
    let good = views(400);
    let (head, tail) = good.split_at(good.match_indices('\n').nth(100).unwrap().0 + 1);
    write(&format!("{head}\"{tail}"));
    assert_eq!(counts(), (100, 300, true));
    write(&format!("{head}{}", tail.replacen(',', ",\"", 1)));
    assert_eq!(counts(), (100, 300, true));
    // In the last line alone.
    write(&format!("{good}u1,\"i1,1767225600000"));
    assert_eq!(counts(), (400, 1, false));
    // A text of many lines is one cell.
    write(&format!("{good}u1,\"i\n{}1\",1767225600000\n", "words\n".repeat(150)));
    assert_eq!(counts(), (401, 0, false));
}

const BLUR: &str = r#"
[problem]
name = "blur"
task = "detect"
objective = "no plate that can be read"
for = "drive"
choose = "photo"
[entities.drive]
[entities.photo]
file = "image"
[events.annotate]
boxes = "boxes"
[label.plate]
from = "annotate"
within = "2d"
[[contenders]]
name = "spots"
detect = "bright-boxes"
[evaluate]
metric = "ap@50"
trials = 1
"#;

#[test]
fn all_lines_of_a_picture_that_cannot_be_opened_go() {
    let folder = tempfile::tempdir().unwrap();
    let picture = rankine::pictures::png(&rankine_learn::Picture::of(40, 30, [40, 44, 48])).unwrap();
    let boxes = |at: usize| format!("photos/{at:02}.txt");
    fs::create_dir(folder.path().join("photos")).unwrap();
    for at in 0..23 {
        // Of the last one the head can be read, which says its size.
        let bytes = if at == 22 { &picture[..picture.len() - 20] } else { &picture };
        fs::write(folder.path().join(format!("photos/{at:02}.png")), bytes).unwrap();
        fs::write(folder.path().join(boxes(at)), "0 0.5 0.5 0.25 0.25\n").unwrap();
    }
    let mapping = "[[tables]]\nfile = \"photos\"\nformat = \"yolo\"\nclasses = [\"plate\"]\nexample = \"annotate\"\n\
        fields = { file = \"file\", boxes = \"boxes\" }\n[evaluate]\nsplit = \"rows\"\n";
    let dataset = read(BLUR, mapping, folder.path()).unwrap();
    let profile = &dataset.profile;
    assert_eq!(dataset.events.len(), 66);
    assert_eq!((profile.requests, profile.interactions["annotate"]), (22, 22));
    assert_eq!(profile.rejected.clone().into_iter().collect::<Vec<_>>(), [("bad-image".to_owned(), 1)]);

    // In lines of their own: one picture alone, two at one request, and one that is told again.
    let photo = |id: &str, at: usize| {
        format!("\"event\": \"photo\", \"id\": \"{id}\", \"fields\": {{\"file\": \"photos/{at:02}.png\"}}")
    };
    let asked = |id: &str, shown: &str| {
        format!("\"event\": \"request\", \"id\": \"{id}\", \"drive\": \"d\", \"shown\": [{shown}]")
    };
    let annotated = |photo: &str, request: &str| {
        format!(
            "\"event\": \"annotate\", \"drive\": \"d\", \"photo\": \"{photo}\", \"request\": \"{request}\", \"fields\": {{\"boxes\": [{{\"class\": \"plate\", \"x\": 1, \"y\": 1, \"w\": 5, \"h\": 5}}]}}"
        )
    };
    let sound = (0..40).flat_map(|at| {
        let (id, request) = (format!("p{at}"), format!("s{at}"));
        [photo(&id, 1), asked(&request, &format!("\"{id}\"")), annotated(&id, &request)]
    });
    let lines = sound.chain([
        photo("good", 1),
        photo("bad", 22),
        photo("again", 22),
        photo("again", 2),
        asked("r1", "\"bad\""),
        annotated("bad", "r1"),
        asked("r2", "\"bad\", \"good\""),
        annotated("good", "r2"),
        annotated("bad", "r2"),
        asked("r3", "\"again\""),
        annotated("again", "r3"),
    ]);
    let at = |line: usize| 1_767_225_600_000 + line * 6 * 3_600_000;
    let log: String =
        lines.enumerate().map(|(line, text)| format!("{{\"time\": {}, {text}}}\n", at(line))).collect();
    fs::write(folder.path().join("log.jsonl"), log).unwrap();
    let profile = read(BLUR, "", folder.path()).unwrap().profile;
    assert_eq!((profile.requests, profile.interactions["annotate"], profile.impressions), (42, 42, 42));
    assert_eq!(profile.rejected["bad-image"], 5);
    let told = |part: &str| profile.examples.iter().filter(|one| one.reason.contains(part)).count();
    assert_eq!((told("`file`: photos/22.png"), told("its picture cannot be opened: photos/22.png")), (2, 3));
}

#[test]
fn a_second_parquet_file_with_another_schema_is_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, columns: [(&str, Kind); 3], rows: &[usize]| {
        let mut output = Output::create(&folder.path().join(name), &columns).unwrap();
        for at in rows {
            let (text, time) = (row(*at), 1_767_225_600_000_i64 + *at as i64 * 3_600_000);
            let parts: Vec<&str> = text.split(',').collect();
            let time = if columns[2].1 == Kind::Whole { Datum::Whole(time) } else { Datum::Text(parts[2]) };
            output.row(&[Datum::Text(parts[0]), Datum::Text(parts[1]), time]).unwrap();
        }
        output.finish().unwrap();
    };
    let usual = [("who", Kind::Text), ("what", Kind::Text), ("at", Kind::Whole)];
    let mapping = VIEWS.replace("views.csv", "views-*.parquet").replace("header = true\n", "");
    let rows: Vec<usize> = (0..300).collect();
    write("views-1.parquet", usual, &rows[..150]);
    // The same columns in another type are the same rows.
    write("views-2.parquet", [usual[0], usual[1], ("at", Kind::Text)], &rows[150..]);
    assert_eq!(read(RANK, &mapping, folder.path()).unwrap().profile.interactions["view"], 300);
    write("views-3.parquet", [usual[0], ("product", Kind::Text), usual[2]], &rows[..5]);
    let error = read(RANK, &mapping, folder.path()).unwrap_err();
    for part in ["views-3.parquet", "there is no column `what`; it has who, product, at"] {
        assert!(error.contains(part), "no {part} in {error}");
    }
}

#[test]
fn numbers_of_a_format_go_on_in_the_next_file() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let lines: Vec<String> = (0..90).map(|at| format!("i{} i{} i{}\n", at % 7, at % 11, at % 13)).collect();
    let objects: Vec<String> =
        (0..90).map(|at| format!("{{\"session\": \"u{}\", \"item\": \"i{}\"}}", at % 9, at % 20)).collect();
    let list = |objects: &[String]| format!("[{}]", objects.join(","));
    write("whole.txt", lines.concat());
    write("part-1.txt", lines[..40].concat());
    write("part-2.txt", lines[40..].concat());
    write("whole.json", list(&objects));
    write("part-1.json", list(&objects[..40]));
    write("part-2.json", list(&objects[40..]));
    let log = |file: &str, format: &str| {
        let mapping = format!(
            "[[tables]]\nfile = \"{file}\"\nformat = \"{format}\"\ninteraction = \"view\"\nuser = \"session\"\n\
             item = \"item\"\ntime = \"order\"\n"
        );
        let dataset = read(RANK, &mapping, folder.path()).unwrap();
        (dataset.events, dataset.dictionary)
    };
    for (end, format) in [("txt", "sessions"), ("json", "json")] {
        assert!(log(&format!("part-*.{end}"), format) == log(&format!("whole.{end}"), format), "{format}");
    }
}

/// (rows behind 400 good ones, events, code of the rows that are not taken).
#[test]
fn nothing_is_neither_a_moment_nor_somebody() {
    let unit = VIEWS.replace("time = \"at\"", "time = { column = \"at\", unit = \"ms\" }");
    for (mapping, rows, code) in [
        (unit.as_str(), "u1,i1,NaN\nu1,i2,nan\nu1,i2,inf\n", "wrong-time"),
        (VIEWS, "NULL,i1,1767225600000\n\\N,i2,1767225600000\nnan,i2,1767225600000\n", "missing-field"),
        (VIEWS, "u1,i1,2026-01-03T10:00:00[Europe/Paris]\nu1,,1767225600000\nu1,null,1767225600000\n", ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("views.csv"), views(400) + rows).unwrap();
        let profile = read(RANK, mapping, folder.path()).unwrap().profile;
        assert_eq!((profile.events, profile.users), (400, 30), "{rows}: {:?}", profile.rejected);
        let all: u64 = profile.rejected.values().sum();
        assert_eq!((all, profile.rejected.get(code).copied().unwrap_or(3)), (3, 3), "{:?}", profile.rejected);
    }
}

#[test]
fn what_a_mapping_misspells_is_told_with_what_is_there() {
    let json = (0..400).fold(String::new(), |text, at| {
        let parts: Vec<String> = row(at).split(',').map(str::to_owned).collect();
        text + &format!("{{\"who\":\"{}\",\"whats\":\"{}\",\"at\":{}}}\n", parts[0], parts[1], parts[2])
    });
    let semicolons = views(400).replace(',', ";");
    // A column that may be in no row is no slip, whatever others are called.
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("views.jsonl"),
        json.replace("whats", "what").replace("\"at\"", "\"price_list\":1,\"at\""),
    )
    .unwrap();
    let more = VIEWS.replace("views.csv", "views.jsonl").replace("header = true\n", "");
    let more =
        format!("events = {{ view = {{ price = \"number\" }} }}\n{more}fields = {{ price = \"price\" }}\n");
    assert_eq!(read(RANK, &more, folder.path()).unwrap().profile.interactions["view"], 400);
    let of_json = VIEWS.replace("views.csv", "views.jsonl").replace("header = true\n", "");
    for (name, text, mapping, part) in [
        ("views.jsonl", json, of_json.as_str(), "no row has a column `what`; did you mean `whats`?"),
        ("views.csv", semicolons, VIEWS, "its only column is `who;what;at`: is `separator = \";\"` missing?"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let told = read(RANK, mapping, folder.path()).unwrap_err();
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn flags_and_lists_are_read_as_programs_write_them() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["id,g:a,g:b,g:c", "i0,1.0,0.0,TRUE", "i1,true,False,1", "i2,0.2,,no"].join("\n");
    fs::write(folder.path().join("flags.csv"), flags + "\n").unwrap();
    let lists = "{\"id\":\"i3\",\"tags\":[\"a\",null,\" b \",\" \"]}\n{\"id\":\"i4\",\"tags\":[]}\n";
    fs::write(folder.path().join("lists.jsonl"), lists).unwrap();
    fs::write(folder.path().join("views.csv"), views(400)).unwrap();
    let mapping = format!(
        "entities = {{ user = {{}}, item = {{ tags = \"categories\" }} }}\n\
         [[tables]]\nfile = \"flags.csv\"\nheader = true\nentity = \"item\"\nid = \"id\"\nfields = {{ tags = {{ flags = \"g:\" }} }}\n\
         [[tables]]\nfile = \"lists.jsonl\"\nentity = \"item\"\nid = \"id\"\nfields = {{ tags = \"tags\" }}\n{VIEWS}"
    );
    let dataset = read(RANK, &mapping, folder.path()).unwrap();
    let words = &dataset.dictionary.entity_words[1][0];
    let tags = |event: &Event| match &event.what {
        What::Entity { id, fields, .. } => Some((
            *id,
            match &fields[0] {
                Value::Categories(list) => list.iter().map(|word| words.name(*word)).collect(),
                _ => vec!["missing"],
            },
        )),
        _ => None,
    };
    let names = &dataset.dictionary.entities[1];
    let mut told: Vec<(&str, Vec<&str>)> =
        dataset.events.iter().filter_map(tags).map(|(id, tags)| (names.name(id), tags)).collect();
    told.sort_unstable();
    let want = [
        ("i0", vec!["a", "c"]),
        ("i1", vec!["a", "c"]),
        ("i2", vec![]),
        ("i3", vec!["a", "b"]),
        ("i4", vec!["missing"]),
    ];
    assert_eq!(told, want);
}

#[test]
fn the_outcome_of_a_row_is_the_event_s_also_where_its_item_has_such_a_field() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..200).fold("id,grade\n".to_owned(), |text, at| {
        text + &format!("d{at},{}\n", if at % 5 == 4 { String::new() } else { (at % 2).to_string() })
    });
    fs::write(folder.path().join("rows.csv"), rows).unwrap();
    let mapping = |more: &str| {
        format!(
            "entities = {{ user = {{}}, item = {{ said = \"number\" }} }}\nevaluate = {{ split = \"rows\" }}\n\
             label = {{ yes = {{ from = \"outcome\", when = \"said > 0\"{more} }} }}\n\
             [[tables]]\nfile = \"rows.csv\"\nheader = true\nexample = \"outcome\"\nid = \"id\"\nfields = {{ said = \"grade\" }}\n"
        )
    };
    let known = |mapping: &str| {
        let (problem, dataset) = (problem(PREDICT, mapping), read(PREDICT, mapping, folder.path()).unwrap());
        let said = |outcome: &Outcome| {
            let What::Request { shown, .. } = &dataset.events[outcome.event].what else { return None };
            outcome.label(&problem, 0, shown[0])
        };
        let said: Vec<f32> = dataset.outcomes.iter().filter_map(said).collect();
        (dataset.profile.positives, said.len())
    };
    assert_eq!(known(&mapping("")), (80, 200));
    // A row whose outcome is not told is no answer, where silence is none.
    assert_eq!(known(&mapping(", otherwise = \"unknown\"")), (80, 160));
}

#[test]
fn a_row_whose_picture_another_table_tells_is_kept_aside_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let picture = rankine::pictures::png(&rankine_learn::Picture::of(8, 8, [40, 44, 48])).unwrap();
    let (mut photos, mut rows) = ("id,file\n".to_owned(), "photo,drive,boxes\n".to_owned());
    for at in 0..30 {
        let bytes = if at < 2 { &picture[..picture.len() - 20] } else { &picture };
        fs::write(folder.path().join(format!("{at}.png")), bytes).unwrap();
        photos += &format!("p{at},{at}.png\n");
        rows += &format!(
            "p{at},d{},\"[{{\"\"class\"\": \"\"plate\"\", \"\"x\"\": 1, \"\"y\"\": 1, \"\"w\"\": 2, \"\"h\"\": 2}}]\"\n",
            at % 7
        );
    }
    fs::write(folder.path().join("photos.csv"), photos).unwrap();
    fs::write(folder.path().join("rows.csv"), rows).unwrap();
    let mapping = "[[tables]]\nfile = \"photos.csv\"\nheader = true\nentity = \"photo\"\nid = \"id\"\nfields = { file = \"file\" }\n\
        [[tables]]\nfile = \"rows.csv\"\nheader = true\nexample = \"annotate\"\nitem = \"photo\"\nuser = \"drive\"\n\
        fields = { boxes = \"boxes\" }\n[evaluate]\nsplit = \"rows\"\n";
    let profile = read(BLUR, mapping, folder.path()).unwrap().profile;
    assert_eq!((profile.requests, profile.interactions["annotate"]), (28, 28));
    assert_eq!(profile.rejected.into_iter().collect::<Vec<_>>(), [("bad-image".to_owned(), 4)]);
}

/// Mapped in few lines, each form of a collection gives the requests, items and outcomes that it tells.
#[test]
fn documents_queries_and_judgements_are_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let (mut trec, mut cranfield, mut beir) = (String::new(), String::new(), String::new());
    let (mut topics, mut questions, mut queries) = (String::new(), String::new(), String::new());
    for at in 1..=60 {
        trec += &format!("<DOC>\n<DOCNO> d{at} </DOCNO>\n<TEXT>\nwing {at}\n</TEXT>\n</DOC>\n");
        cranfield += &format!(".I d{at}\n.T\na title\n.W\nwing {at}\n");
        beir += &format!("{{\"_id\": \"d{at}\", \"title\": \"a title\", \"text\": \"wing {at}\"}}\n");
    }
    for at in 1..=20 {
        topics += &format!("<top>\n<num> Number: q{at}\n<title> flow {at}\n</top>\n");
        questions += &format!(".I q{at}\n.W\nflow {at}\n");
        queries += &format!("{{\"_id\": \"q{at}\", \"text\": \"flow {at}\"}}\n");
    }
    let judged: Vec<(usize, usize, usize)> = (1..=20)
        .flat_map(|query| (0..3).map(move |at| (query, query + at * 10, usize::from(at != 2))))
        .collect();
    let plain = |line: &(usize, usize, usize)| format!("q{}\t0  d{} {}\n", line.0, line.1, line.2);
    let tabbed = |line: &(usize, usize, usize)| format!("q{}\td{}\t{}\n", line.0, line.1, line.2);
    write("docs.trec", &trec);
    write("topics.trec", &topics);
    write("docs.all", &cranfield);
    write("docs.qry", &questions);
    write("corpus.jsonl", &beir);
    write("queries.jsonl", &queries);
    write("qrels", &judged.iter().map(plain).collect::<String>());
    let test = judged.iter().map(tabbed).collect::<String>();
    write("test.tsv", &format!("query-id\tcorpus-id\tscore\n{test}"));
    let head = "entities = { user = { query = \"text\" }, item = { text = \"text\" } }\nevaluate = { split = \"shuffled\" }\n";
    let mapping = |docs: &str, asked: &str, judged: &str| {
        format!(
            "{head}[[tables]]\nentity = \"item\"\n{docs}\n[[tables]]\nentity = \"user\"\n{asked}\n[[tables]]\nexample = \"outcome\"\n{judged}\n"
        )
    };
    let of_trec = "file = \"qrels\"\nformat = \"edges\"\ncolumns = [\"query\", \"round\", \"doc\", \"grade\"]\nanswers = \"query\"\n\
                   user = \"query\"\nitem = \"doc\"\nfields = { said = \"grade\" }";
    let of_beir = "file = \"test.tsv\"\nseparator = \"\\t\"\nheader = true\nanswers = \"query-id\"\nuser = \"query-id\"\n\
                   item = \"corpus-id\"\nfields = { said = \"score\" }";
    let forms = [
        mapping(
            "file = \"docs.trec\"\nid = \"docno\"\nfields = { text = \"text\" }",
            "file = \"topics.trec\"\nid = \"num\"\nfields = { query = \"title\" }",
            of_trec,
        ),
        mapping(
            "file = \"docs.all\"\nformat = \"cranfield\"\nid = \"i\"\nfields = { text = \"w\" }",
            "file = \"docs.qry\"\nformat = \"cranfield\"\nid = \"i\"\nfields = { query = \"w\" }",
            of_trec,
        ),
        mapping(
            "file = \"corpus.jsonl\"\nid = \"_id\"\nfields = { text = \"text\" }",
            "file = \"queries.jsonl\"\nid = \"_id\"\nfields = { query = \"text\" }",
            of_beir,
        ),
    ];
    let logs: Vec<Dataset> = forms.iter().map(|form| read(PREDICT, form, folder.path()).unwrap()).collect();
    let profile = &logs[0].profile;
    assert_eq!((profile.requests, profile.impressions, profile.positives), (20, 60, 40));
    assert_eq!((profile.users, profile.items), (20, 60));
    assert!(profile.rejected.is_empty(), "{:?}", profile.examples);
    for (log, form) in logs.iter().zip(&forms).skip(1) {
        assert!(log.events == logs[0].events && log.dictionary == logs[0].dictionary, "{form}");
    }
}

#[test]
fn rows_of_a_query_are_shown_at_one_request() {
    let folder = tempfile::tempdir().unwrap();
    let text: String =
        (0..120).map(|at| format!("{} qid:{} 1:0.{at} 3:1 # d{at}\n", at % 3, at / 4)).collect();
    fs::write(folder.path().join("rank.svm"), text).unwrap();
    let mapping = "entities = { user = {}, item = { bm25 = \"number\", all = \"vector\" } }\nevaluate = { split = \"rows\" }\n\
        [[tables]]\nfile = \"rank.svm\"\nwidth = 3\nexample = \"outcome\"\nanswers = \"qid\"\n\
        fields = { said = \"label\", bm25 = \"1\", all = \"vector\" }";
    let profile = read(PREDICT, mapping, folder.path()).unwrap().profile;
    assert_eq!((profile.requests, profile.impressions, profile.users, profile.items), (30, 120, 30, 120));
    assert_eq!(profile.positives, 80);
}

#[test]
fn in_whatever_order_lines_stand_the_log_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let read_rows = |rows: &[String]| {
        fs::write(folder.path().join("views.csv"), format!("who,what,at\n{}", rows.join("\n"))).unwrap();
        let dataset = read(RANK, VIEWS, folder.path()).unwrap();
        (dataset.events, dataset.dictionary)
    };
    // More than wait for each other, so that what comes last can come too late.
    let mut rows: Vec<String> = (0..20_000).map(row).collect();
    let whole = read_rows(&rows);
    rows.chunks_mut(100).for_each(<[String]>::reverse);
    assert!(read_rows(&rows) == whole);
    rows.rotate_left(100);
    assert!(read_rows(&rows) == whole);
}

#[test]
fn tables_are_merged_as_if_they_were_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: &[&String]| {
        let text = rows.iter().fold("who,what,at\n".to_owned(), |text, row| text + row + "\n");
        fs::write(folder.path().join(name), text).unwrap();
    };
    let log = |mapping: &str| {
        let dataset = read(RANK, mapping, folder.path()).unwrap();
        (dataset.events, dataset.dictionary)
    };
    let rows: Vec<String> = (0..20_000).map(row).collect();
    // Rows of both at the same moments, so that the order of the tables decides.
    let again: Vec<String> = rows.iter().map(|row| row.replacen('u', "other", 1)).collect();
    let (first, second): (Vec<&String>, Vec<&String>) =
        (rows.iter().step_by(2).collect(), again.iter().step_by(3).collect());
    write("views.csv", &[first.as_slice(), second.as_slice()].concat());
    let whole = log(VIEWS);
    write("views.csv", &first);
    let two = format!("{VIEWS}{}", VIEWS.replace("views.csv", "more.csv"));
    write("more.csv", &second);
    assert!(log(&two) == whole);
    // One that stands in no order has to be sorted, which gives the same.
    write("more.csv", &second.into_iter().rev().collect::<Vec<_>>());
    assert!(log(&two) == whole);
    fs::remove_file(folder.path().join("more.csv")).unwrap();
    let told = read(RANK, &two, folder.path()).unwrap_err();
    assert!(told.contains("more.csv") && told.contains("no such file"), "{told}");
}

#[test]
fn what_is_converted_is_the_same_log() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write(
        "items.csv",
        (0..40).fold("id,kind,price,tags,since\n".to_owned(), |text, at| {
            text + &format!(
                "i{at},\"k,{}\",{},a|b{},2026-01-0{}\n",
                at % 5,
                at as f64 / 8.0,
                at % 3,
                at % 9 + 1
            )
        }),
    );
    write("views.csv", views(400));
    let mapping = format!(
        "entities = {{ user = {{}}, item = {{ kind = \"category\", price = \"number\", tags = \"categories\", since = \"time\" }} }}\n\
         [[tables]]\nfile = \"items.csv\"\nheader = true\nentity = \"item\"\nid = \"id\"\nfields = {{ kind = \"kind\", price = \"price\", \
         tags = {{ split = \"|\", column = \"tags\" }}, since = \"since\" }}\n{VIEWS}"
    );
    let mapped = problem(RANK, &mapping);
    let whole = examine(&mapped, folder.path(), 1, &Silent).unwrap();
    let native = problem(&RANK.replace("[entities.item]", "[entities.item]\nkind = \"category\"\nprice = \"number\"\ntags = \"categories\"\nsince = \"time\""), "");
    let place = folder.path().join("log.jsonl");
    // Held whole, and sorted outside memory in many runs.
    for memory in [HELD, 4096] {
        let made = convert(&mapped, folder.path(), &place, (1, memory), &Silent).unwrap();
        assert_eq!((made.lines, made.rejected), (440, 0));
        let same = examine(&native, &place, 1, &Silent).unwrap();
        assert!(same.events == whole.events && same.dictionary == whole.dictionary, "{memory}");
    }
    // Lines in order become events as they are read; others are sorted first, with the same outcome.
    let text = fs::read_to_string(&place).unwrap();
    let (items, views): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.contains(r#""event":"item""#));
    let turned: Vec<&str> = items.into_iter().chain(views.into_iter().rev()).collect();
    let backwards = folder.path().join("backwards.jsonl");
    fs::write(&backwards, turned.join("\n")).unwrap();
    let same = examine(&native, &backwards, 1, &Silent).unwrap();
    assert!(same.events == whole.events && same.dictionary == whole.dictionary);
    let sorted = |dataset: &Dataset| -> Option<String> {
        dataset.profile.notes.iter().find(|note| note.code == "out-of-order").map(|note| note.message.clone())
    };
    assert!(sorted(&same).is_some_and(|told| told.starts_with("399 ")) && sorted(&whole).is_none());
    fs::remove_file(&backwards).unwrap();
    let table = folder.path().join("events.parquet");
    assert_eq!(convert(&mapped, folder.path(), &table, (1, HELD), &Silent).unwrap().lines, 440);
    let back = "entities = { user = {}, item = { kind = \"category\", price = \"number\", tags = \"categories\", since = \"time\" } }\n\
        [[tables]]\nfile = \"events.parquet\"\nentity = \"item\"\nid = \"id\"\ntime = { column = \"time\", unit = \"ms\" }\n\
        where = { column = \"event\", equals = \"item\" }\nfields = { kind = \"item.kind\", price = \"item.price\", tags = \"item.tags\", since = \"item.since\" }\n\
        [[tables]]\nfile = \"events.parquet\"\ninteraction = \"view\"\nuser = \"user\"\nitem = \"item\"\ntime = { column = \"time\", unit = \"ms\" }\n\
        where = { column = \"event\", equals = \"view\" }\n";
    let again = read(RANK, back, folder.path()).unwrap();
    assert!(again.events == whole.events && again.dictionary == whole.dictionary);
    let nothing =
        convert(&mapped, &folder.path().join("items.csv"), &folder.path().join("x.txt"), (1, HELD), &Silent);
    assert!(nothing.is_err() && !folder.path().join("x.txt").exists());
}
