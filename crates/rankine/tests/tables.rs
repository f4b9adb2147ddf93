//! Tables: the same rows in any form are the same log; proposals are sound; a database is taken over.
#![allow(clippy::unwrap_used)] // helpers of tests

mod tables_postgres;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rankine::batch::recommend::{Users, recommend};
use rankine::clarify::clarify;
use rankine::output::{Datum, Kind, Output};
use rankine::prepare::prepare;
use rankine::propose::{Place, Proposal, Wishes, propose};
use rankine::run::{Ingredients, Origin, run};
use rankine::select::{Load, Measured, Percentiles};
use rankine::{Error, Problem, Silent};
use rankine_design::Source;

/// A shop's clicks: who, what, when, a category of the product.
pub(crate) fn clicks(rows: usize) -> Vec<[String; 4]> {
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let row = |at: usize| {
        let user = draw(120);
        // Each user keeps to one of five categories.
        let item = if draw(10) < 8 { user % 5 + 5 * draw(12) } else { draw(60) };
        let time = 1_767_225_600_000 + at as i64 * 300_000;
        let time = jiff::Timestamp::from_millisecond(time).unwrap().to_string();
        [format!("u{user}"), format!("p{item}"), time, format!("c{}", item % 5)]
    };
    (0..rows).map(row).collect()
}

const COLUMNS: [&str; 4] = ["user_id", "product_id", "clicked_at", "category"];

fn write_csv(path: &Path, rows: &[[String; 4]]) {
    let mut text = COLUMNS.join(",");
    rows.iter().for_each(|row| write!(text, "\n{}", row.join(",")).unwrap());
    fs::write(path, text).unwrap();
}

fn write_jsonl(path: &Path, rows: &[[String; 4]]) {
    let mut text = String::new();
    for row in rows {
        let object: serde_json::Map<String, serde_json::Value> =
            COLUMNS.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), cell.as_str().into())).collect();
        writeln!(text, "{}", serde_json::Value::Object(object)).unwrap();
    }
    fs::write(path, text).unwrap();
}

fn write_parquet(path: &Path, rows: &[[String; 4]]) {
    let mut output = Output::create(path, &COLUMNS.map(|name| (name, Kind::Text))).unwrap();
    for row in rows {
        let data: Vec<Datum<'_>> = row.iter().map(|cell| Datum::Text(cell)).collect();
        output.row(&data).unwrap();
    }
    output.finish().unwrap();
}

fn proposed(path: &Path) -> Proposal {
    propose(&Place::File(path.to_owned()), "shop", &Wishes::default(), &Silent)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn sources(proposal: &Proposal) -> Vec<Source> {
    vec![
        Source::new("design.toml", proposal.design.clone()),
        Source::new("data/map.toml", proposal.mapping.1.clone()),
    ]
}

pub(crate) fn sound(proposal: &Proposal) -> Problem {
    let sources = sources(proposal);
    let clarified = clarify(&sources);
    let told = rankine_design::render(&clarified.findings, &sources, false, 100);
    clarified.problem.unwrap_or_else(|| panic!("{told}\n{}\n{}", proposal.design, proposal.mapping.1))
}

#[test]
fn the_same_rows_in_any_form_are_the_same_log() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rows = clicks(3000);
    write_csv(&at("clicks.csv"), &rows);
    write_jsonl(&at("clicks.jsonl"), &rows);
    write_parquet(&at("clicks.parquet"), &rows);
    let dataset = |name: &str| {
        let proposal = proposed(&at(name));
        assert!(proposal.limits.iter().any(|limit| limit.contains("click-through")), "{:?}", proposal.limits);
        prepare(&sound(&proposal), folder.path(), 1, &Silent).unwrap()
    };
    let (csv, jsonl, parquet) = (dataset("clicks.csv"), dataset("clicks.jsonl"), dataset("clicks.parquet"));
    assert_eq!(csv.profile.rejected.values().sum::<u64>(), 0);
    assert!(csv.events.len() > 8000, "entities, interactions and requests: {}", csv.events.len());
    assert!(csv.events == jsonl.events && csv.dictionary == jsonl.dictionary);
    assert!(csv.events == parquet.events && csv.dictionary == parquet.dictionary);
}

/// A table and what is proposed for it: texts of the design and of the mapping, and of what is told.
struct Case {
    name: &'static str,
    text: String,
    design: &'static [&'static str],
    mapping: &'static [&'static str],
    told: &'static [&'static str],
}

fn lines(head: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    (0..rows).fold(format!("{head}\n"), |text, at| text + &row(at) + "\n")
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "ratings.tsv",
            text: lines("userId\tmovieId\trating\ttimestamp", 900, |at| {
                format!("{}\t{}\t{}\t{}", at % 90, at * 7 % 50, at / 3 % 5 + 1, 1_767_225_600 + at * 9000)
            }),
            design: &["task = \"rank\"", "choose = \"movie\"", "when = \"rating >= 3\"", "[events.rate]"],
            mapping: &["separator = \"\\t\"", "unit = \"s\"", "header = true"],
            told: &["did not choose to rate", "90 users seldom tell"],
        },
        Case {
            name: "events.csv",
            text: lines("visitorid,itemid,event,at", 4000, |at| {
                let event = ["view", "view", "view", "addtocart", "transaction"][at % 5];
                format!(
                    "{},{},{event},2026-01-{:02} 10:{:02}:00",
                    at * 31 % 300,
                    at % 70,
                    at / 200 + 1,
                    at % 60
                )
            }),
            design: &["from = \"transaction\"", "[events.view]", "for = \"visitor\"", "repeat = true"],
            mapping: &["where = { column = \"event\", equals = \"addtocart\" }", "time = \"at\""],
            told: &["what happened: `event`", "click-through"],
        },
        Case {
            name: "shown.csv",
            text: lines("user,ad,clicked,when", 2000, |at| {
                format!(
                    "u{},a{},{},{}",
                    at * 31 % 300,
                    at % 70,
                    u8::from(at % 11 == 0),
                    1_767_225_600_000 + at * 900_000
                )
            }),
            design: &["when = \"clicked >= 1\"", "choose = \"ad\"", "bottom = \"click\""],
            mapping: &["unit = \"ms\""],
            told: &["were shown and not taken"],
        },
        Case {
            name: "pairs.csv",
            text: lines("customer_id;sku", 1500, |at| format!("{};s{}", at * 31 % 290, at * 17 % 93)),
            design: &["split = \"rows\"", "for = \"customer\"", "task = \"rank\""],
            mapping: &["example = \"choose\"", "separator = \";\""],
            told: &["nothing can be judged by a later time"],
        },
        Case {
            name: "loans.csv",
            text: lines("loan_id,income,purpose,stage,defaulted", 1200, |at| {
                let bad = at % 9 == 0;
                let purpose = ["car", "house"][at % 2];
                let (stage, end) = if bad { ("X", "yes") } else { ("A", "no") };
                format!("L{at},{},{purpose},{stage},{end}", 1000 + at * 37 % 5000)
            }),
            design: &["task = \"classify\"", "split = \"shuffled\"", "# stage = ", "metric = \"log-loss\""],
            mapping: &["is = \"yes\"", "id = \"loan_id\"", "example = \"outcome\""],
            told: &["`stage` tells the outcome by itself", "tomorrow is like yesterday"],
        },
        Case {
            name: "deliveries.csv",
            text: lines("order_id;placed;km;weather;minutes", 900, |at| {
                let weather = ["sun", "rain"][at % 2];
                format!(
                    "{at};{:02}/01/2026 10:{:02};{};{weather};{}",
                    at / 60 + 1,
                    at % 60,
                    at % 13,
                    at % 13 * 3 + at / 7 % 5
                )
            }),
            design: &[
                "task = \"regress\"",
                "value = \"minutes_is\"",
                "choose = \"delivery\"",
                "metric = \"mae\"",
            ],
            mapping: &["%d/%m/%Y %H:%M", "id = \"order_id\""],
            told: &["asked: how much `minutes` is"],
        },
        Case {
            name: "mails.jsonl",
            text: (0..600).fold(String::new(), |text, at| {
                let class = ["ham", "spam", "news"][at % 3];
                text + &format!("{{\"text\": \"dear number {at} of ours\", \"class\": \"{class}\"}}\n")
            }),
            design: &["algorithm = \"ngrams\"", "[label.spam]", "[label.news]"],
            mapping: &["is = \"ham\"", "file = \"mails.jsonl\""],
            told: &["labels of their own"],
        },
    ]
}

#[test]
fn proposals_are_sound_and_say_what_they_cannot_know() {
    let folder = tempfile::tempdir().unwrap();
    for Case { name, text, design, mapping, told } in cases() {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let proposal = proposed(&path);
        let said = [&proposal.guesses[..], &proposal.limits[..]].concat().join("\n");
        let parts = [(design, &proposal.design), (mapping, &proposal.mapping.1), (told, &said)];
        for (wanted, text) in
            parts.iter().flat_map(|(wanted, text)| wanted.iter().map(move |one| (one, text)))
        {
            assert!(text.contains(wanted), "{name} lacks `{wanted}`:\n{text}");
        }
        let problem = sound(&proposal);
        let dataset = prepare(&problem, folder.path(), 1, &Silent);
        let dataset = dataset.unwrap_or_else(|error| panic!("{name}: {error}\n{}", proposal.mapping.1));
        assert_eq!(
            dataset.profile.rejected.values().sum::<u64>(),
            0,
            "{name}: {:?}",
            dataset.profile.examples
        );
    }
}

#[test]
fn what_is_no_table_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("user,item,time\n\"{}", "x".repeat(17 << 20));
    let cases: [(&str, &[u8], &str); 9] = [
        ("empty.csv", b"", "it is empty"),
        ("header.csv", b"user,item,time\n", "no rows"),
        ("binary.csv", b"\x7fELF\x00\x00\x01user", "neither a text nor a Parquet"),
        ("wide.csv", b"\xff\xfeu\x00s\x00", "UTF-16"),
        ("twice.csv", b"user,item,user\nu,i,u\n", "`user` is there twice"),
        ("open.csv", long.as_bytes(), "longer than 16 MiB"),
        ("nothing.csv", b"height,width\n1,2\n2,3\n", "--outcome"),
        ("torn.parquet", b"PAR1 and then nothing", "Parquet"),
        ("torn.jsonl", b"{\"user\": ", "not a JSON object"),
    ];
    for (name, bytes, why) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = propose(&Place::File(path), "t", &Wishes::default(), &Silent).unwrap_err().to_string();
        assert!(error.contains(why) && error.contains(name), "{name}: {error}");
    }
    let latin = folder.path().join("latin.csv");
    let mut text = b"user,movie,when\n".to_vec();
    for at in 0..60_u8 {
        text.extend(format!("u{},caf", at % 7).bytes());
        text.extend([0xe9, b'0' + at % 9, b',']);
        text.extend(format!("2026-01-{:02}\n", at % 28 + 1).bytes());
    }
    fs::write(&latin, text).unwrap();
    assert!(proposed(&latin).mapping.1.contains("encoding = \"latin-1\""));
}

/// Nothing is measured here.
pub(crate) fn unmeasured(_: &Path, load: &Load) -> Result<Measured, Error> {
    Ok(Measured {
        latency_ms: Percentiles { p50: 1.0, p99: 2.0 },
        memory_bytes: 1 << 20,
        train_seconds: 0.0,
        requests: load.requests,
        per_second: load.per_second,
        pictures_per_second: None,
        parts_ms: Vec::new(),
    })
}

/// Runs a proposal, with few trials.
pub(crate) fn ran(proposal: &Proposal, log: Origin, runs: &Path) -> Result<PathBuf, Error> {
    let mut sources = sources(proposal);
    sources[0].text = sources[0].text.replace("trials = 3", "trials = 1");
    let ingredients = Ingredients { sources, log, seed: 1, visits: 0 };
    run(&ingredients, runs, &unmeasured, &Silent).map(|run| run.folder.path())
}

#[test]
fn a_nightly_table_is_whole_in_order_and_the_same_on_any_threads() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_csv(&at("clicks.csv"), &clicks(4000));
    let mut proposal = proposed(&at("clicks.csv"));
    // Of the mix alone: it finds something for whom nobody knows, too.
    let (first, last) = ("\n[[contenders]]\nname = \"item-knn\"", "\n[[contenders]]\nname = \"mix-trees\"");
    let (from, to) = (proposal.design.find(first).unwrap(), proposal.design.find(last).unwrap());
    proposal.design.replace_range(from..to, "");
    let run = ran(&proposal, Origin::Data(at("clicks.csv")), &at("runs")).unwrap();
    fs::write(at("users.txt"), "u7\nu3\nnobody\nu7\n").unwrap();
    let users = Users::File { path: at("users.txt"), column: None };
    let written = |name: &str, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let summary = pool.install(|| recommend(&run, &users, Some(3), &at(name), &Silent)).unwrap();
        assert_eq!((summary.users, summary.unknown, summary.repeated, summary.rows), (3, 1, 1, 9));
        assert_eq!(summary.empty, 0);
        fs::read(at(name)).unwrap()
    };
    assert_eq!(written("one.parquet", 1), written("two.parquet", 2));
    let text = String::from_utf8(written("top.csv", 2)).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["user", "rank", "item", "score", "source"]);
    let asked: Vec<(&str, &str)> = rows[1..].iter().map(|row| (row[0], row[1])).collect();
    let users = ["u7", "u3", "nobody"].iter().flat_map(|user| ["1", "2", "3"].map(|rank| (*user, rank)));
    assert_eq!(asked, users.collect::<Vec<_>>());
    assert!(rows[1..].iter().all(|row| row[2].starts_with('p') && !row[4].is_empty()), "{text}");
    let all = recommend(&run, &Users::All, None, &at("all.jsonl"), &Silent).unwrap();
    assert_eq!((all.users, all.unknown, all.rows), (120, 0, 1200));
    assert!(recommend(&run, &Users::All, None, &at("all.xls"), &Silent).is_err());
}
