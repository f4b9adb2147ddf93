//! Planted truths: a real effect is found, none is made up, and nothing of the future is seen.
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_tiny;

use std::fs;
use std::path::Path;

use rankine::log::{Dictionary, Intake, parse_line};
use rankine::prepare::{Dataset, Period, prepare};
use rankine::run::Run;
use rankine::{Problem, Silent};
use rankine_learn::verdict::Status;
use rankine_learn::{Fold, Id, Moment, Rows, What};
use road_tiny::{DESIGN, changed, lines, on_data, on_world, problem, quietly, settings};

#[test]
fn a_real_effect_is_found_whatever_the_seed() {
    let trees =
        &DESIGN[DESIGN.find("[[contenders]]\nname = \"trees\"").unwrap()..DESIGN.find("[evaluate]").unwrap()];
    let design = changed(&[("trials = 2", "trials = 1"), (trees, "")]);
    for seed in 1..=3 {
        let mut made_of = on_world(&design, seed, 0);
        let world = rankine_world::videos::Settings {
            taste: 14.0,
            click_base: -8.0,
            finish_base: 1.0,
            quality: 0.3,
            users: 300,
            requests: 7000,
            policy_popular: 0.1,
            policy_taste: 0.6,
            births_per_day: 0.0,
            ..settings()
        };
        made_of.log = rankine::run::Origin::World(Box::new(world));
        let runs = tempfile::tempdir().unwrap();
        let selection = quietly(&made_of, runs.path()).unwrap().selection;
        let verdict = &selection.verdict;
        let over = verdict.over_baseline.unwrap_or_else(|| panic!("popular leads with seed {seed}"));
        assert!(over.low > 0.0, "seed {seed}: {over:?}");
        assert_eq!(Some(&selection.chosen), verdict.leader.as_ref(), "what surely beats the baseline");
    }
}

#[test]
fn twins_never_beat_each_other() {
    let twins = "
[[contenders]]
name = \"twin\"
retrieve = [{ algorithm = \"als\", factors = 8 }]

[[contenders]]
name = \"triplet\"
retrieve = [{ algorithm = \"als\", factors = 8 }]
";
    let start = DESIGN.find("[[contenders]]\nname = \"mix\"").unwrap();
    let end = DESIGN.find("[evaluate]").unwrap();
    let design = format!("{}{twins}\n{}", &DESIGN[..start], &DESIGN[end..]);
    for seed in 1..=3 {
        let runs = tempfile::tempdir().unwrap();
        let selection = quietly(&on_world(&design, seed, 40), runs.path()).unwrap().selection;
        let [_, first, second, third] = selection.quality.as_slice() else { panic!("four contenders") };
        assert_eq!((&first.metrics, &second.metrics), (&second.metrics, &third.metrics), "seed {seed}");
        let online = selection.online.unwrap().results;
        assert_eq!(online[1].per_visit, online[2].per_visit);
        let verdict = selection.verdict;
        let leads = |name: &str| verdict.leader.as_deref() == Some(name);
        if leads("als") || leads("twin") || leads("triplet") {
            assert_eq!(verdict.status, Status::Undecided, "seed {seed}: {verdict:?}");
            assert_eq!(verdict.difference.unwrap().value, 0.0);
        }
    }
}

const HINTED: &str = r#"
[problem]
name = "hinted"
task = "rank"
for = "user"
choose = "video"
slate = 5
repeat = true

[entities.user]

[entities.video]
hint = "number"

[request]

[events.watch]

[label.relevant]
from = "watch"
within = "1h"

[features]
hint = { kind = "field", of = "video.hint" }

[[contenders]]
name = "random"
retrieve = ["random"]

[[contenders]]
name = "hinted"
retrieve = ["random"]
depth = 40
score = "logistic"

[evaluate]
metric = "ndcg@5"
baseline = "random"
trials = 1
"#;

/// A log of 40 videos, 500 requests, each followed by a watch of any video. Before each request a field says
/// which video that will be; it becomes known `later` milliseconds after the request. Later it is taken back.
fn hinted(later: i64) -> String {
    let start = 1_767_225_600_000_i64;
    let mut text = String::new();
    for video in 0..40 {
        let line = format!(r#"{{"event":"video","id":"v{video}","time":{start},"fields":{{"hint":0}}}}"#);
        text.push_str(&(line + "\n"));
    }
    for request in 0..500_i64 {
        let at = start + 3_600_000 * (request + 1);
        let video = rankine_learn::hash(7, &[request as u64]) % 40;
        let user = request % 25;
        let hint = |hint: u8, time: i64, known: i64| {
            format!(
                r#"{{"event":"video","id":"v{video}","time":{time},"known":{known},"fields":{{"hint":{hint}}}}}"#
            )
        };
        let watched = at + 60_000;
        for line in [
            hint(1, at - 10_000, at + later),
            format!(r#"{{"event":"request","id":"r{request}","time":{at},"user":"u{user}"}}"#),
            format!(
                r#"{{"event":"watch","time":{watched},"user":"u{user}","video":"v{video}","request":"r{request}"}}"#
            ),
            hint(0, at + 600_000, at + 600_000),
        ] {
            text.push_str(&(line + "\n"));
        }
    }
    text
}

fn ndcg(run: &Run, contender: &str) -> f64 {
    let quality = run.selection.quality.iter().find(|quality| quality.name == contender).unwrap();
    quality.metrics["ndcg@5"].value
}

#[test]
fn what_becomes_known_after_a_request_helps_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let reached = |later: i64| {
        let file = folder.path().join(format!("{later}.jsonl"));
        fs::write(&file, hinted(later)).unwrap();
        let problem = problem(HINTED);
        let dataset = prepare(&problem, &file, 1, &Silent).unwrap();
        let hints = hints_at_requests(&problem, &dataset);
        let run = quietly(&on_data(HINTED, &file), folder.path()).unwrap();
        (hints, ndcg(&run, "hinted"), ndcg(&run, "random"))
    };
    let (seen, with, chance) = reached(-5_000);
    assert_eq!(seen, 500, "the hint is there at every request");
    assert!(with > 0.99, "known in time, the hint decides: {with}");
    for later in [1, 30_000, 300_000] {
        let (seen, without, same_chance) = reached(later);
        assert_eq!((seen, same_chance), (0, chance), "known {later} ms after the request");
        assert!(without < 3.0 * chance && without < 0.2, "{without} with a hint that came {later} ms late");
    }
}

/// At how many requests the video that will be watched shows its hint.
fn hints_at_requests(problem: &Problem, dataset: &Dataset) -> usize {
    let mut at = 0;
    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features).unwrap();
    let mut count = 0;
    for outcome in &dataset.outcomes {
        dataset.events[at..outcome.event].iter().for_each(|event| _ = fold.observe(event));
        at = outcome.event;
        let items: Vec<Id> = outcome.relevant.iter().map(|(item, _)| *item).collect();
        assert_eq!(items.len(), 1);
        count += usize::from(values(&fold, dataset, outcome.event, &items).values == [1.0]);
    }
    count
}

/// The values of all columns for these items at a request.
fn values(fold: &Fold, dataset: &Dataset, event: usize, items: &[Id]) -> Rows {
    let What::Request { user, context, .. } = &dataset.events[event].what else { panic!("a request") };
    let moment = Moment { time: dataset.events[event].known, user: *user, context };
    let mut rows = Rows::missing(items.len(), fold.columns().len());
    fold.write(&moment, items, &mut rows);
    rows
}

#[test]
fn features_at_a_request_come_from_what_was_known_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let problem = problem(DESIGN);
    // Every fifth line becomes known up to a day late, and the file is in no order.
    let mut lines: Vec<serde_json::Value> =
        lines(&settings(), 1).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (number, line) in lines.iter_mut().enumerate() {
        let delay = rankine_learn::hash(3, &[number as u64]);
        if delay.is_multiple_of(5) && line["event"] != "request" {
            line["known"] = (line["time"].as_i64().unwrap() + (delay % 86_400_000) as i64).into();
        }
    }
    let known = |line: &serde_json::Value| line.get("known").unwrap_or(&line["time"]).as_i64().unwrap();
    let mut mixed: Vec<(u64, &serde_json::Value)> = (0..).zip(&lines).collect();
    mixed.sort_by_key(|(number, _)| rankine_learn::hash(4, &[*number]));
    let text: Vec<String> = mixed.iter().map(|(_, line)| line.to_string()).collect();
    let file = folder.path().join("log.jsonl");
    fs::write(&file, text.join("\n")).unwrap();
    let dataset = prepare(&problem, &file, 1, &Silent).unwrap();
    assert!(dataset.events.is_sorted_by_key(|event| event.known));

    let (mut walking, mut at) = (Fold::new(&problem.schema, &problem.labels, &problem.features).unwrap(), 0);
    for outcome in dataset.of(Period::Train).iter().step_by(60) {
        dataset.events[at..outcome.event].iter().for_each(|event| _ = walking.observe(event));
        at = outcome.event;
        // A log that ends where the request begins, read on its own.
        let mut before: Vec<&serde_json::Value> =
            mixed.iter().map(|(_, line)| *line).filter(|line| known(line) <= outcome.time).collect();
        before.sort_by_key(|line| known(line));
        let end = before.iter().position(|line| known(line) == outcome.time && line["event"] == "request");
        let mut intake = Intake::new(&problem.schema, Dictionary::new(&problem.schema));
        let mut fresh = Fold::new(&problem.schema, &problem.labels, &problem.features).unwrap();
        for line in &before[..end.unwrap()] {
            let line = parse_line(&line.to_string(), &problem.schema).unwrap();
            fresh.observe(&intake.take(line, 0).unwrap());
        }
        let items: Vec<Id> = (0..fresh.memory.items() as Id).collect();
        assert!(items.len() > 100, "an early request would prove little");
        let (want, have) = (
            values(&fresh, &dataset, outcome.event, &items),
            values(&walking, &dataset, outcome.event, &items),
        );
        let same = want.values.iter().zip(&have.values).all(|(want, have)| want.to_bits() == have.to_bits());
        assert!(same, "request {} sees something else", outcome.request);
        assert_eq!(fresh.save(), walking.save());
    }
}

#[test]
fn what_happens_in_the_test_period_chooses_no_settings() {
    let folder = tempfile::tempdir().unwrap();
    let problem = problem(DESIGN);
    let run_on = |name: &str, lines: &[String]| {
        let file = folder.path().join(name);
        fs::write(&file, lines.join("\n")).unwrap();
        let run = quietly(&on_data(DESIGN, &file), folder.path()).unwrap();
        (run, prepare(&problem, &file, 1, &Silent).unwrap())
    };
    let lines = lines(&settings(), 1);
    let (as_it_was, dataset) = run_on("log.jsonl", &lines);
    let begins = dataset.of(Period::Test)[0].time;
    let otherwise: Vec<String> = lines.iter().map(|line| elsewhere(line, begins)).collect();
    assert_ne!(lines, otherwise);
    let (other, _) = run_on("other.jsonl", &otherwise);
    for (left, right) in as_it_was.selection.quality.iter().zip(&other.selection.quality) {
        assert_eq!(left.tried, right.tried, "{}", left.name);
        assert_eq!(left.importance, right.importance, "{}", left.name);
        assert_ne!(left.metrics, right.metrics, "{}: the test is another", left.name);
    }
    for name in ["popular", "mix", "trees"] {
        let models = |run: &Run| {
            let place = run.folder.at("3-selection/contenders").join(name).join("models.bin");
            fs::read(Path::new(&place)).unwrap()
        };
        assert!(models(&as_it_was) == models(&other), "{name} learned from the test period");
    }
}

/// A line of the test period with every video replaced by its neighbour among the first.
fn elsewhere(line: &str, begins: i64) -> String {
    let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
    if value["time"].as_i64().unwrap() >= begins
        && let Some(video) = value.get("video").and_then(|video| video.as_str())
    {
        let number = video.bytes().map(usize::from).sum::<usize>() % 7;
        value["video"] = format!("v{number}").into();
    }
    value.to_string()
}
