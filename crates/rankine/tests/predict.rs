//! The road for predictions: tables of examples become probabilities, amounts and decisions; what is planted
//! is found, what is not known is not trained on, and what comes later is not seen.

#![allow(clippy::unwrap_used)] // a test may fail by a panic

mod road_tiny;

use std::fmt::Write as _;
use std::path::Path;

use rankine::clarify::clarify;
use rankine::prepare::{Period, prepare};
use rankine::run::Run;
use rankine::{Bundle, Silent};
use rankine_design::Source;
use rankine_learn::hash;
use rankine_learn::verdict::Status;
use road_tiny::{on_mapped, through};

const CLASSIFY: &str = r#"
[problem]
name = "loans"
task = "classify"
objective = "loans that are paid back"
choose = "loan"

[entities.loan]
amount = "number"
purpose = "category"
note = "text"

[events.ended]
bad = "number"

[label.bad]
from = "ended"
when = "bad == 1"
within = "1d"

[features]
amount = { kind = "field", of = "loan.amount" }
purpose = { kind = "field", of = "loan.purpose" }

[[contenders]]
name = "prior"
score = "prior"

[[contenders]]
name = "logistic"
score = "logistic"

[[contenders]]
name = "words"
encode = { algorithm = "ngrams", of = "loan.note" }
score = "logistic"

[decide]
act = "80%"
reviews_day = 100

[evaluate]
metric = "log-loss"
baseline = "prior"
report = ["auc", "pr-auc", "calibration-error"]
slices = ["loan.purpose"]
trials = 1
split = "shuffled"
periods = { history = "5%", train = "55%", validation = "20%", test = "20%" }
"#;

const LOANS: &str = r#"
[[tables]]
file = "loans.csv"
header = true
example = "ended"
fields = { amount = "amount", purpose = "purpose", note = "note", bad = { is = "yes", column = "default" } }
"#;

/// Loans of which a car's and those with a note that says `urgent` go bad more often; `share` of what the
/// words tell.
fn loans(seed: u64, rows: u64) -> String {
    let mut text = "amount,purpose,note,default\n".to_owned();
    for row in 0..rows {
        let draw = |purpose: u64| (hash(seed, &[row, purpose]) >> 11) as f64 / (1u64 << 53) as f64;
        let purpose = ["car", "house", "school"][(draw(1) * 3.0) as usize];
        let urgent = draw(2) < 0.3;
        let odds = if purpose == "car" { 0.5 } else { -1.5 } + if urgent { 2.0 } else { 0.0 };
        let bad = draw(3) < 1.0 / (1.0 + f64::exp(-odds));
        let note = if urgent { "this is URGENT please" } else { "no hurry at all" };
        let answer = if bad { "yes" } else { "no" };
        writeln!(text, "{},{purpose},{note},{answer}", (draw(4) * 1000.0) as u32).unwrap();
    }
    text
}

fn run(design: &str, mapping: &str, file: &str, rows: &str, folder: &Path, seed: u64) -> Run {
    std::fs::write(folder.join(file), rows).unwrap();
    through(&on_mapped(design, mapping, folder, seed), &folder.join("runs"))
}

#[test]
fn what_words_and_columns_tell_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(CLASSIFY, LOANS, "loans.csv", &loans(1, 3000), folder.path(), 1);
    let verdict = &made.selection.verdict;
    assert_eq!((verdict.status, verdict.leader.as_deref()), (Status::Winner, Some("words")), "{verdict:?}");
    let of = |contender: usize, metric: &str| made.selection.quality[contender].metrics[metric];
    assert!((of(0, "auc").value - 0.5).abs() < 1e-9, "a constant tells nothing apart");
    assert!(of(1, "auc").low.unwrap() > 0.6 && of(2, "auc").value > of(1, "auc").value + 0.05);
    assert!(of(2, "calibration-error").value < 0.1);
    let prediction = made.selection.prediction.as_ref().unwrap();
    assert!((prediction.base[0] - 0.4).abs() < 0.1 && prediction.examples == [600]);
    let decided = &prediction.decided[2];
    assert!(decided.acted.0 > 20 && decided.acted.1 as f64 > 0.7 * decided.acted.0 as f64, "{decided:?}");
    let slices: Vec<&String> = made.selection.quality[0].slices.keys().collect();
    assert_eq!(slices, ["loan.purpose = car", "loan.purpose = house", "loan.purpose = school"]);
}

#[test]
fn a_label_that_nothing_tells_stays_undecided() {
    let mut undecided = 0;
    for seed in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let rows: String = loans(seed, 800)
            .lines()
            .enumerate()
            .map(|(row, line)| match line.rsplit_once(',') {
                Some((before, _)) if row > 0 => {
                    format!(
                        "{before},{}\n",
                        if hash(seed, &[row as u64]).is_multiple_of(2) { "yes" } else { "no" }
                    )
                }
                _ => format!("{line}\n"),
            })
            .collect();
        let made = run(CLASSIFY, LOANS, "loans.csv", &rows, folder.path(), seed);
        let over = made.selection.verdict.over_baseline;
        undecided += usize::from(over.is_none_or(|over| over.low <= 0.0));
    }
    assert!(undecided >= 4, "of 5 seeds only {undecided} saw nothing");
}

#[test]
fn a_bundle_predicts_what_selection_measured() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(CLASSIFY, LOANS, "loans.csv", &loans(3, 1500), folder.path(), 3);
    let bundle = Bundle::read(&made.folder.at("4-bundle").join("bundle")).unwrap();
    let item = bundle.dictionary.entities[bundle.problem.schema.item].number("loans.csv:2").unwrap();
    let time = bundle.fold.memory.now();
    let moment = rankine_learn::Moment { time, user: u32::MAX, context: &[] };
    let question = rankine::Question { moment, limit: 5, pool: Some(&[item]), seed: 0 };
    let answer = bundle.pipeline.answer(&bundle.fold, &question);
    assert_eq!((answer.items.len(), answer.predictions.len()), (1, 1));
    let chance = answer.predictions[0][0];
    assert!((0.01..0.99).contains(&chance) && answer.items[0].score == chance);
    assert!(bundle.pipeline.decide(&answer, 0).is_some());
}

/// Four loans a page, houses better than cars but mostly below them; who reads stops early.
fn pages(seed: u64, pages: u64) -> String {
    let mut text = "page,purpose,default\n".to_owned();
    for page in 0..pages {
        let draw = |at: u64| (hash(seed, &[page, at]) >> 11) as f64 / (1u64 << 53) as f64;
        let order = match page > 0 && draw(0) < 0.1 {
            true => ["house", "house", "car", "car"],
            false => ["car", "car", "house", "house"],
        };
        for (place, purpose) in (1u32..).zip(order) {
            let chance = if purpose == "house" { 0.9 } else { 0.6 } / f64::from(place);
            let answer = if draw(u64::from(place)) < chance { "yes" } else { "no" };
            writeln!(text, "{page},{purpose},{answer}").unwrap();
        }
    }
    text
}

#[test]
fn a_place_takes_the_blame_from_the_item() {
    let (before, after) = CLASSIFY.split_once("[features]").unwrap();
    let (_, after) = after.split_once("[evaluate]").unwrap();
    let mapping = LOANS.replace("header", "answers = \"page\"\nheader");
    let mapping = mapping.replace("amount = \"amount\", ", "").replace(", note = \"note\"", "");
    let better = |features: &str| {
        let design = format!(
            "{before}[features]\n{features}\n[[contenders]]\nname = \"prior\"\nscore = \"logistic\"\n[evaluate]{after}"
        );
        let folder = tempfile::tempdir().unwrap();
        let made = run(&design, &mapping, "loans.csv", &pages(5, 1500), folder.path(), 5);
        let bundle = Bundle::read(&made.folder.at("4-bundle").join("bundle")).unwrap();
        let names = &bundle.dictionary.entities[bundle.problem.schema.item];
        let [car, house] = ["loans.csv:2", "loans.csv:5"].map(|name| names.number(name).unwrap());
        let chances = |pool: &[u32; 2]| {
            let time = bundle.fold.memory.now();
            let moment = rankine_learn::Moment { time, user: u32::MAX, context: &[] };
            let question = rankine::Question { moment, limit: 5, pool: Some(pool), seed: 0 };
            bundle.pipeline.answer(&bundle.fold, &question).predictions[0].clone()
        };
        let (asked, turned) = (chances(&[car, house]), chances(&[house, car]));
        assert_eq!([asked[0], asked[1]], [turned[1], turned[0]], "the place of an answer is not asked");
        asked[1] - asked[0]
    };
    let purpose = "purpose = { kind = \"field\", of = \"loan.purpose\" }";
    let (blind, placed) = (better(purpose), better(&format!("{purpose}\nplace = {{ kind = \"position\" }}")));
    assert!(blind < -0.1 && placed > 0.1, "houses over cars: {blind} without the place, {placed} with it");
}

#[test]
fn shuffling_keeps_groups_together_and_seeds_differ() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = format!("{LOANS}group = \"purpose\"\n");
    std::fs::write(folder.path().join("loans.csv"), loans(1, 300)).unwrap();
    let problem = |mapping: &str| {
        let sources = [Source::new("design.toml", CLASSIFY), Source::new("mapping.toml", mapping)];
        clarify(&sources).problem.unwrap()
    };
    let order = |mapping: &str, seed: u64| -> Vec<u32> {
        let dataset = prepare(&problem(mapping), folder.path(), seed, &Silent).unwrap();
        dataset.outcomes.iter().map(|outcome| outcome.user).collect()
    };
    assert_ne!(order(LOANS, 1).len(), 0);
    let dataset = |seed| prepare(&problem(LOANS), folder.path(), seed, &Silent).unwrap();
    let named = |seed: u64| {
        let dataset = dataset(seed);
        let users = dataset.dictionary.entities[problem(LOANS).schema.user].clone();
        let test = dataset.of(Period::Test).iter();
        test.map(|outcome| users.name(outcome.user).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(named(1), named(1));
    assert_ne!(named(1), named(2));
    // Three groups: rows of one purpose stand together, so at most three runs of them follow one another.
    let grouped = prepare(&problem(&mapping), folder.path(), 1, &Silent).unwrap();
    let purposes: Vec<_> = grouped
        .events
        .iter()
        .filter_map(|event| match &event.what {
            rankine_learn::What::Entity { fields, .. } if !fields.is_empty() => Some(fields[1].clone()),
            _ => None,
        })
        .collect();
    let runs = purposes.chunk_by(|one, other| one == other).count();
    assert_eq!((purposes.len(), runs), (300, 3));
}

const REGRESS: &str = r#"
[problem]
name = "delivery"
task = "regress"
objective = "promises that hold"
for = "courier"
choose = "order"

[entities.courier]

[entities.order]
kilometres = "number"

[request]
rain = "category"

[events.delivered]
minutes = "number"

[label.minutes]
from = "delivered"
value = "minutes"
within = "3h"

[features]
far = { kind = "field", of = "order.kilometres" }
rain = { kind = "field", of = "request.rain" }

[[contenders]]
name = "median"
score = { algorithm = "prior", output = "median" }

[[contenders]]
name = "trees"
score = { algorithm = "trees", loss = "squared", trees = 50, leaves = 7 }

[evaluate]
metric = "mae"
baseline = "median"
report = ["rmse"]
trials = 1
"#;

const ORDERS: &str = r#"
[[tables]]
file = "orders.csv"
header = true
example = "delivered"
id = "id"
user = "courier"
time = { column = "at", unit = "s" }
fields = { kilometres = "km", rain = "rain", minutes = "minutes" }
"#;

fn orders(rows: u64) -> String {
    let mut text = "id,courier,at,km,rain,minutes\n".to_owned();
    for row in 0..rows {
        let draw = |purpose: u64| (hash(5, &[row, purpose]) >> 11) as f64 / (1u64 << 53) as f64;
        let (far, rain) = (draw(1) * 10.0, draw(2) < 0.3);
        let minutes = 10.0 + 3.0 * far + if rain { 12.0 } else { 0.0 } + 6.0 * draw(3);
        let wet = if rain { "yes" } else { "no" };
        let at = 1_760_000_000 + row * 60;
        writeln!(text, "o{row},c{},{at},{far:.2},{wet},{minutes:.1}", row % 40).unwrap();
    }
    text
}

#[test]
fn amounts_are_predicted() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(REGRESS, ORDERS, "orders.csv", &orders(2500), folder.path(), 1);
    let verdict = &made.selection.verdict;
    assert_eq!((verdict.status, verdict.leader.as_deref()), (Status::Winner, Some("trees")), "{verdict:?}");
    let mae = |contender: usize| made.selection.quality[contender].metrics["mae"].value;
    assert!(mae(0) > 7.0 && mae(1) < 3.0, "{} {}", mae(0), mae(1));
    assert!(made.selection.verdict.difference.unwrap().value > 0.0, "less is better, and turned");
}

#[test]
fn a_promise_that_holds_nine_times_in_ten() {
    let design = REGRESS.replace("metric = \"mae\"", "metric = \"pinball@90\"");
    let design = design.replace("report = [\"rmse\"]", "report = [\"mae\", \"coverage-below@90\"]");
    let late = "[[contenders]]\nname = \"late\"\nscore = { algorithm = \"trees\", loss = \"quantile\", \
                quantile = 0.9, trees = 50, leaves = 7 }\n\n[evaluate]";
    let design = design.replace("[evaluate]", late);
    let folder = tempfile::tempdir().unwrap();
    let made = run(&design, ORDERS, "orders.csv", &orders(4000), folder.path(), 1);
    let verdict = &made.selection.verdict;
    assert_eq!((verdict.status, verdict.leader.as_deref()), (Status::Winner, Some("late")), "{verdict:?}");
    let below = |contender: usize| made.selection.quality[contender].metrics["coverage-below@90"].value;
    assert!((below(2) - 0.9).abs() < 0.05, "{} of the orders came in time", below(2));
    assert!(below(1) < 0.7, "the mean is no promise: {}", below(1));
    let mae = |contender: usize| made.selection.quality[contender].metrics["mae"].value;
    assert!(mae(1) < mae(2), "and a promise is no guess at the mean");
}
