//! Batches: what is answered at once is what is answered one by one; nothing of an outcome is looked at; an
//! answer that is looked into adds up.
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_tiny;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rankine::Silent;
use rankine::batch::apply::{Summary, apply};
use rankine::batch::inspect::{Subject, inspect};
use rankine::output::{Datum, Kind, Output};
use rankine_learn::hash;
use road_tiny::{on_mapped, on_world, through};

const DESIGN: &str = r#"
[problem]
name = "parcels"
task = "classify"
objective = "parcels that arrive in time"
choose = "parcel"

[entities.parcel]
weight = "number"
carrier = "category"

[events.arrived]
late = "number"

[label.late]
from = "arrived"
when = "late == 1"
within = "1d"

[features]
weight = { kind = "field", of = "parcel.weight" }
carrier = { kind = "field", of = "parcel.carrier" }

[[contenders]]
name = "prior"
score = "prior"

[[contenders]]
name = "logistic"
score = "logistic"

[decide]
act = "70%"
reviews_day = 50

[evaluate]
metric = "log-loss"
baseline = "prior"
trials = 1
split = "shuffled"
"#;

const MAPPING: &str = r#"
[[tables]]
file = "parcels.csv"
header = true
example = "arrived"
fields = { weight = "weight", carrier = "carrier", late = { is = "yes", column = "late" } }
"#;

struct Parcel {
    weight: f64,
    carrier: &'static str,
    late: bool,
}

fn parcels(seed: u64, count: u64) -> Vec<Parcel> {
    let draw = |row: u64, what: u64| (hash(seed, &[row, what]) >> 11) as f64 / (1u64 << 53) as f64;
    let one = |row: u64| {
        let carrier = ["north", "south", "west"][(draw(row, 1) * 3.0) as usize];
        let weight = (draw(row, 2) * 300.0).round() / 10.0;
        let odds = if carrier == "south" { 1.0 } else { -2.0 } + weight / 10.0;
        Parcel { weight, carrier, late: draw(row, 3) < 1.0 / (1.0 + f64::exp(-odds)) }
    };
    (0..count).map(one).collect()
}

fn csv(parcels: &[Parcel], outcome: bool) -> String {
    let mut text = if outcome { "weight,carrier,late\n" } else { "carrier,weight\n" }.to_owned();
    for Parcel { weight, carrier, late } in parcels {
        let answer = if *late { "yes" } else { "no" };
        let row =
            if outcome { format!("{weight},{carrier},{answer}") } else { format!("{carrier},{weight}") };
        writeln!(text, "{row}").unwrap();
    }
    text
}

/// A run on parcels.
fn made(folder: &Path) -> PathBuf {
    fs::write(folder.join("parcels.csv"), csv(&parcels(1, 1500), true)).unwrap();
    through(&on_mapped(DESIGN, MAPPING, folder, 1), &folder.join("runs")).folder.path()
}

fn applied(run: &Path, input: &Path) -> (Summary, Vec<String>) {
    let output = input.with_extension("out.csv");
    let said =
        apply(run, input, &output, &Silent).unwrap_or_else(|error| panic!("{}: {error}", input.display()));
    let text = fs::read_to_string(&output).unwrap();
    // Without the names of the requests, which are those of the files.
    let rows = text.lines().map(|line| line.split_once(',').unwrap().1.to_owned()).collect();
    (said, rows)
}

#[test]
fn a_batch_is_the_same_in_any_form_and_with_or_without_outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let run = made(folder.path());
    let new = parcels(2, 40);
    let at = |name: &str| folder.path().join(name);
    fs::write(at("new.csv"), csv(&new, false)).unwrap();
    let told = |late: bool| new.iter().map(|parcel| Parcel { late, ..*parcel }).collect::<Vec<_>>();
    fs::write(at("all-late.csv"), csv(&told(true), true)).unwrap();
    fs::write(at("none-late.csv"), csv(&told(false), true)).unwrap();
    let mut table =
        Output::create(&at("new.parquet"), &[("carrier", Kind::Text), ("weight", Kind::Number)]).unwrap();
    let mut native = String::new();
    for (row, parcel) in new.iter().enumerate() {
        table.row(&[Datum::Text(parcel.carrier), Datum::Number(parcel.weight as f32)]).unwrap();
        let (weight, carrier) = (parcel.weight, parcel.carrier);
        writeln!(
            native,
            r#"{{"event":"parcel","id":"n{row}","time":"2026-01-01","fields":{{"weight":{weight},"carrier":"{carrier}"}}}}"#
        )
        .unwrap();
        writeln!(
            native,
            r#"{{"event":"request","id":"q{row}","time":"2026-01-01","asker":"a","shown":["n{row}"]}}"#
        )
        .unwrap();
    }
    table.finish().unwrap();
    fs::write(at("new.jsonl"), native).unwrap();

    let (said, rows) = applied(&run, &at("new.csv"));
    assert_eq!((said.requests, said.rows, said.rejected, said.past), (40, 40, 0, 0));
    assert_eq!(rows[0], "late,decision");
    assert!(rows.iter().any(|row| row.ends_with("act")) && rows.iter().any(|row| row.ends_with("leave")));
    for name in ["all-late.csv", "none-late.csv", "new.parquet"] {
        assert_eq!(applied(&run, &at(name)).1, rows, "{name}");
    }
    let (_, native) = applied(&run, &at("new.jsonl"));
    let bare: Vec<String> = native.iter().map(|row| row.splitn(3, ',').nth(2).unwrap().to_owned()).collect();
    assert_eq!((native[0].as_str(), &bare), ("asker,parcel,late,decision", &rows));

    // Those that are most probably late are late most often.
    let mut sure: Vec<(f64, bool)> = rows[1..]
        .iter()
        .zip(&new)
        .map(|(row, parcel)| (row.split(',').next().unwrap().parse().unwrap(), parcel.late))
        .collect();
    sure.sort_by(|left, right| right.0.total_cmp(&left.0));
    let late = |part: &[(f64, bool)]| part.iter().filter(|(_, late)| *late).count();
    assert!(late(&sure[..20]) > late(&sure[20..]) + 4, "{sure:?}");
}

#[test]
fn what_cannot_be_taken_is_kept_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let run = made(folder.path());
    // Answered and rejected, or what the error says.
    type Came<'c> = Result<(u64, u64), &'c str>;
    let cases: [(&str, &str, Came<'_>); 8] = [
        ("one.csv", "carrier,weight\nnorth,3\nsouth,heavy\n", Ok((1, 1))),
        ("new-words.csv", "carrier,weight\nnobody knows,3\n,\n", Ok((2, 0))),
        ("empty.csv", "", Err("there is no column")),
        ("header.csv", "carrier,weight\n", Err("asks nothing")),
        ("typo.csv", "carier,weight\nnorth,3\n", Err("did you mean `carier`?")),
        ("bad.csv", "carrier,weight\nnorth,heavy\n", Err("`heavy` is not a number")),
        ("events.jsonl", "{\"event\":\"parcel\",\"id\":\"p\",\"time\":7}\n", Err("other events only")),
        ("broken.parquet", "PAR1 and then nothing", Err("broken.parquet")),
    ];
    for (name, text, expected) in cases {
        let input = folder.path().join(name);
        fs::write(&input, text).unwrap();
        let output = folder.path().join(format!("{name}.out.jsonl"));
        match (apply(&run, &input, &output, &Silent), expected) {
            (Ok(said), Ok(expected)) => {
                assert_eq!((said.requests, said.rejected), expected, "{name}");
                assert_eq!(said.rejects.is_some(), said.rejected > 0, "{name}");
                let kept = said.rejects.map_or(0, |path| fs::read_to_string(path).unwrap().lines().count());
                assert_eq!(kept as u64, said.rejected, "{name}");
            }
            (Err(error), Err(why)) => {
                assert!(error.to_string().contains(why), "{name}: {error}");
                assert!(!output.exists(), "{name}");
            }
            (came, _) => panic!("{name}: {came:?}"),
        }
    }
}

#[test]
fn an_answer_that_is_looked_into_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let run = made(folder.path());
    let seen = inspect(&run, "parcels.csv:7", None, &Silent).unwrap();
    assert_eq!((seen.subject, seen.shown.as_slice()), (Subject::Request, &["parcels.csv:7".to_owned()][..]));
    assert_eq!(seen.outcomes.len(), 1);
    let [place] = seen.answer.as_slice() else { panic!("{:?}", seen.answer) };
    let column = |name: &str| place.columns.iter().find(|column| column.name == name).unwrap();
    let written = &parcels(1, 7)[5];
    assert_eq!(column("carrier").value, written.carrier);
    assert_eq!(column("weight").value.as_f64().unwrap() as f32, written.weight as f32);
    assert!(column("carrier").contribution.is_some_and(|gain| gain != 0.0));

    let error = inspect(&run, "parcels.csv:99999", None, &Silent).unwrap_err().to_string();
    assert!(error.contains("no asker, parcel or request"), "{error}");
}

#[test]
fn a_user_an_item_and_a_request_of_a_ranking_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let run = through(&on_world(road_tiny::DESIGN, 1, 0), &folder.path().join("runs")).folder.path();
    let user = inspect(&run, "u1", Some(Subject::User), &Silent).unwrap();
    assert!(!user.answer.is_empty() && user.answer[0].rank == Some(1) && !user.fields.is_empty());
    let item = inspect(&run, "v1", Some(Subject::Item), &Silent).unwrap();
    assert!(item.chosen.is_some() && item.answer.len() == 1 && item.answer[0].item == "v1");
    let request = inspect(&run, "r20", None, &Silent).unwrap();
    assert_eq!((request.subject, request.shown.is_empty()), (Subject::Request, false));
    let user = inspect(&run, request.user.as_deref().unwrap(), Some(Subject::User), &Silent).unwrap();
    assert!(request.history.len() <= user.history.len(), "what came later was not known then");
    assert!(request.as_of < user.as_of);
    let error = inspect(&run, "v99999", Some(Subject::Item), &Silent).unwrap_err().to_string();
    assert!(error.contains("no video"), "{error}");

    // A log that is given again counts once: its requests are answered as of its end.
    let log = run.join("log/world.jsonl");
    let output = folder.path().join("again.csv");
    let said = apply(&run, &log, &output, &Silent).unwrap();
    assert!(said.past > 0 && said.past <= said.requests && said.rows > said.requests, "{said:?}");
}
