//! Checks of data: what is planted is found, a clean log is left alone, and each check says what it is about.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rankine::clarify::clarify;
use rankine::prepare::checks::{Checked, Status};
use rankine::prepare::{examine, prepare};
use rankine::run::lay_world;
use rankine::{Error, Problem, Silent};
use rankine_design::Source;
use rankine_world::{Leak, Line, Planted, World, read};
use rayon::prelude::*;

/// (design, a small world of its kind).
const KINDS: [(&str, &str); 4] = [
    (
        include_str!("../../../cases/video-recommendation/design.toml"),
        "kind = 'videos'\nusers = 150\nitems = 150\ndays = 12\nrequests = 1500",
    ),
    (
        include_str!("../../../cases/ad-click-prediction/design.toml"),
        "kind = 'ads'\nusers = 200\nads = 60\ndays = 6\nrequests = 4000\nclick_rate = 0.08",
    ),
    (
        include_str!("../../../cases/harmful-content/design.toml"),
        "kind = 'posts'\nauthors = 200\nposts = 3000\ndays = 20\ntopics = 4\nspam = 0.12",
    ),
    (
        include_str!("../../../cases/street-view-blurring/design.toml"),
        "kind = 'streets'\npictures = 160\ndays = 8\nwidth = 64\nheight = 64",
    ),
];

fn problem(sources: &[Source]) -> Problem {
    let clarified = clarify(sources);
    let told = rankine_design::render(&clarified.findings, sources, false, 100);
    clarified.problem.unwrap_or_else(|| panic!("{told}"))
}

fn looked(design: &str, world: &dyn World) -> Vec<Checked> {
    let laid = lay_world(world, &Silent).unwrap();
    let problem = problem(&[Source::new("design.toml", design)]);
    examine(&problem, &laid.path, 1, &Silent).unwrap_or_else(|error| panic!("{error}")).profile.checks
}

/// The names of the checks that stop a run.
fn stopping(checks: &[Checked]) -> Vec<&str> {
    checks.iter().filter(|checked| checked.stops()).map(|checked| checked.name.as_str()).collect()
}

/// The checks that must find a leak in a kind of world; none where its detectors read no field.
fn finders(leak: Leak, kind: &str) -> &'static [&'static str] {
    match leak {
        Leak::Answer => &["tells-the-outcome"],
        Leak::Aftermath => &["filled-afterwards", "tells-the-outcome"],
        Leak::Copies => &["repeated-examples"],
        Leak::Count | Leak::Rate if kind == "streets" => &[],
        Leak::Count | Leak::Rate => &["knows-the-future", "tells-the-outcome"],
    }
}

/// Plants every leak in every kind of world and leaves it out, for each seed; gives what went wrong by leak and
/// kind, and how many worlds were looked at.
fn planted_and_clean(seeds: std::ops::RangeInclusive<u64>) -> (BTreeMap<String, Vec<u64>>, usize) {
    let of_all = KINDS.iter().flat_map(|of| seeds.clone().map(move |seed| (of, seed))).collect::<Vec<_>>();
    let looked: Vec<(Vec<String>, usize)> = of_all
        .par_iter()
        .map(|((design, settings), seed)| planted_and_clean_of(design, settings, *seed))
        .collect();
    let (mut wrong, mut worlds): (BTreeMap<String, Vec<u64>>, usize) = Default::default();
    for ((_, seed), (found, many)) in of_all.into_iter().zip(looked) {
        worlds += many;
        found.into_iter().for_each(|what| wrong.entry(what).or_default().push(seed));
    }
    (wrong, worlds)
}

/// The same for one kind of world and one seed.
fn planted_and_clean_of(design: &str, settings: &str, seed: u64) -> (Vec<String>, usize) {
    let recipe = read(settings).unwrap();
    let kind = recipe.kind().name;
    let checks = looked(design, &*recipe.build(seed));
    let mut wrong: Vec<String> =
        stopping(&checks).into_iter().map(|name| format!("{kind}, clean: {name}")).collect();
    let mut worlds = 1;
    for leak in Leak::ALL {
        let finders = finders(leak, kind);
        if finders.is_empty() {
            continue;
        }
        let world = Planted::new(recipe.build(seed), leak);
        let checks = looked(&world.laid_into(design), &world);
        worlds += 1;
        if !stopping(&checks).iter().any(|name| finders.contains(name)) {
            wrong.push(format!("{kind}, {}", leak.name()));
        }
    }
    (wrong, worlds)
}

#[test]
fn planted_leaks_are_found_and_clean_worlds_left_alone() {
    let (wrong, worlds) = planted_and_clean(1..=2);
    assert!(wrong.is_empty() && worlds == 2 * (4 * 6 - 2), "{wrong:#?} of {worlds}");
}

/// The measure of the whole: every leak, every kind of world, a hundred seeds. `.ci/run` runs it apart:
/// `cargo test --workspace --test checks -- --ignored`.
#[test]
#[ignore = "takes minutes; .ci/run runs it apart"]
fn planted_leaks_are_found_and_clean_worlds_left_alone_in_100_of_100_seeds() {
    let (wrong, worlds) = planted_and_clean(1..=100);
    assert!(wrong.is_empty() && worlds == 100 * (4 * 6 - 2), "{wrong:#?} of {worlds}");
}

const EXAMPLES: &str = r#"
[problem]
name = "ads"
task = "classify"
for = "user"
choose = "ad"
[entities.user]
[entities.ad]
[events.click]
clicked = "number"
[label.clicked]
from = "click"
when = "clicked > 0"
within = "1h"
[features]
ad = { kind = "id", of = "ad" }
[[contenders]]
name = "prior"
score = "prior"
[[contenders]]
name = "ids"
score = "logistic"
[evaluate]
metric = "log-loss"
baseline = "prior"
"#;

const ROWS: &str = r#"
[[tables]]
file = "rows.csv"
header = true
example = "click"
user = "user"
item = "ad"
time = "time"
fields = { clicked = "clicked" }
"#;

/// The ads that a world showed, a row each, with the time.
fn rows(seed: u64) -> String {
    let world = read(KINDS[1].1).unwrap().build(seed);
    let (mut shown, mut clicked) = (Vec::new(), std::collections::BTreeSet::new());
    world.log(&mut |line| match line {
        Line::Request { id, time, user, shown: items, .. } => {
            shown.extend(items.into_iter().map(|item| (id.clone(), time, user.clone(), item)));
        }
        Line::Interaction { event, item, request: Some(request), .. } if event == "click" => {
            clicked.insert((request, item));
        }
        _ => {}
    });
    let mut text = "user,ad,time,clicked\n".to_owned();
    for (request, time, user, item) in shown {
        let said = u8::from(clicked.contains(&(request, item.clone())));
        writeln!(text, "{user},{item},{time},{said}").unwrap();
    }
    text
}

#[test]
fn a_timed_task_that_is_split_by_user_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 1..=3 {
        std::fs::write(folder.path().join("rows.csv"), rows(seed)).unwrap();
        let checks = |split: &str, mapping: &str| {
            let design = format!("{EXAMPLES}{split}\n");
            let sources = [Source::new("design.toml", design), Source::new("data/map.toml", mapping)];
            examine(&problem(&sources), folder.path(), seed, &Silent).unwrap().profile.checks
        };
        assert_eq!(stopping(&checks("split = \"shuffled\"", ROWS)), ["split-against-time"], "{seed}");
        let none: [&str; 0] = [];
        assert_eq!(stopping(&checks("split = \"rows\"", ROWS)), none, "rows in the order of time, {seed}");
        assert_eq!(stopping(&checks("", ROWS)), none, "time, {seed}");
        let timeless = ROWS.replace("time = \"time\"\n", "");
        assert_eq!(stopping(&checks("split = \"shuffled\"", &timeless)), none, "no time, {seed}");
    }
}

#[test]
fn seconds_that_are_taken_for_milliseconds_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let in_seconds = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        match cells[2].parse::<i64>() {
            Ok(time) => format!("{},{},{},{}", cells[0], cells[1], time / 1000, cells[3]),
            Err(_) => line.to_owned(),
        }
    };
    let text: Vec<String> = rows(1).lines().map(in_seconds).collect();
    std::fs::write(folder.path().join("rows.csv"), text.join("\n")).unwrap();
    let sources = [Source::new("design.toml", EXAMPLES), Source::new("data/map.toml", ROWS)];
    let checks = examine(&problem(&sources), folder.path(), 1, &Silent).unwrap().profile.checks;
    let clock = checks.iter().find(|checked| checked.name == "clock-jumps").unwrap();
    assert!(clock.status == Status::Warn && clock.message.contains("seconds"), "{clock:?}");
}

#[test]
fn an_item_that_is_shown_twice_is_told() {
    let (design, settings) = KINDS[0];
    let laid = lay_world(&*read(settings).unwrap().build(1), &Silent).unwrap();
    let twice = |line: &str| -> String {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some([first, .., last]) =
            event.get_mut("shown").and_then(|shown| shown.as_array_mut()).map(Vec::as_mut_slice)
        {
            last.clone_from(first);
        }
        event.to_string()
    };
    let text: Vec<String> = std::fs::read_to_string(&laid.path).unwrap().lines().map(twice).collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("events.jsonl"), text.join("\n")).unwrap();
    let problem = problem(&[Source::new("design.toml", design)]);
    let checks = examine(&problem, folder.path(), 1, &Silent).unwrap().profile.checks;
    let told = checks.iter().find(|checked| checked.name == "duplicates").unwrap();
    assert!(
        told.status == Status::Warn && told.message.ends_with(" 1500 requests show an item twice."),
        "{told:?}"
    );
}

#[test]
fn an_event_that_names_the_request_of_another_user_is_told() {
    let (design, settings) = KINDS[0];
    let laid = lay_world(&*read(settings).unwrap().build(1), &Silent).unwrap();
    let mut turned = 0;
    let other = |line: &str| {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        if event.get("request").is_some() && event["event"] == "watch" {
            turned += 1;
            event["user"] = "somebody else".into();
        }
        event.to_string()
    };
    let text: Vec<String> = std::fs::read_to_string(&laid.path).unwrap().lines().map(other).collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("events.jsonl"), text.join("\n")).unwrap();
    let checks = examine(&problem(&[Source::new("design.toml", design)]), folder.path(), 1, &Silent)
        .unwrap()
        .profile
        .checks;
    let told = checks.iter().find(|checked| checked.name == "interactions-without-impression").unwrap();
    assert!(turned > 100 && told.message.contains(&format!(", {turned} one of another user")), "{told:?}");
    assert_eq!(told.status, Status::Fail, "{told:?}");
}

/// (the unit of every other event, in which times are written; what the check says of it)
#[test]
fn times_in_another_unit_are_told() {
    let (design, settings) = KINDS[0];
    let laid = lay_world(&*read(settings).unwrap().build(1), &Silent).unwrap();
    let text = std::fs::read_to_string(&laid.path).unwrap();
    let all = |time: i64, _: usize| time / 1000;
    let some = |time: i64, at: usize| if at.is_multiple_of(7) { time / 1000 } else { time };
    let dates = |time: i64, _: usize| {
        let day = jiff::Timestamp::from_millisecond(time).unwrap().to_string();
        day[..10].replace('-', "").parse().unwrap()
    };
    type Form<'f> = &'f dyn Fn(i64, usize) -> i64;
    let forms: [(Form<'_>, &str); 3] = [
        (&all, "All times lie in the first month of 1970"),
        (&some, "lie in the first month of 1970, all others later"),
        (&dates, "are they dates"),
    ];
    let check = |form: Form<'_>| {
        let line = |(at, line): (usize, &str)| {
            let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
            for key in ["time", "known"] {
                let Some(time) = event.get(key).and_then(serde_json::Value::as_i64) else { continue };
                event[key] = form(time, at).into();
            }
            event.to_string()
        };
        let lines: Vec<String> = text.lines().enumerate().map(line).collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("EVENTS.NDJSON"), lines.join("\n")).unwrap();
        let problem = problem(&[Source::new("design.toml", design)]);
        let checks = examine(&problem, folder.path(), 1, &Silent).unwrap().profile.checks;
        checks.into_iter().find(|checked| checked.name == "clock-jumps").unwrap()
    };
    for (form, part) in forms {
        let told = check(form);
        assert!(told.status == Status::Warn && told.message.contains(part), "{told:?}");
    }
    // What counts from a beginning of its own goes on beyond the first month.
    let time =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["time"].as_i64().unwrap();
    let first = text.lines().map(time).min().unwrap();
    let begun = |time: i64, _: usize| (time - first) * 3;
    let told = check(&begun);
    assert!(!told.message.contains("1970"), "{told:?}");
}

#[test]
fn a_leak_stops_the_run_unless_the_design_says_why_not() {
    let (design, settings) = KINDS[1];
    let world = Planted::new(read(settings).unwrap().build(1), Leak::Answer);
    let laid = lay_world(&world, &Silent).unwrap();
    let planted = world.laid_into(design);
    let refused = prepare(&problem(&[Source::new("design.toml", planted.clone())]), &laid.path, 1, &Silent);
    let Err(Error::Data(message)) = refused else { panic!("{refused:?}") };
    for part in ["`tells-the-outcome` fails", "`request.follow_up` alone", "allow = { tells-the-outcome"] {
        assert!(message.contains(part), "no {part} in {message}");
    }
    let allow = "[evaluate]\nallow = { tells-the-outcome = \"it is known at once\", filled-afterwards = \"as well\" }";
    let allowed = planted.replace("[evaluate]", allow);
    let dataset = prepare(&problem(&[Source::new("design.toml", allowed)]), &laid.path, 1, &Silent).unwrap();
    let told = dataset.profile.checks.iter().find(|checked| checked.name == "tells-the-outcome").unwrap();
    assert_eq!((told.status, told.allowed.as_deref()), (Status::Fail, Some("it is known at once")));

    let unknown =
        design.replace("[evaluate]", "[evaluate]\nallow = { tells-the-outcom = \"x\", gaps = \"\" }");
    let sources = [Source::new("design.toml", unknown)];
    let clarified = clarify(&sources);
    let told = rankine_design::render(&clarified.findings, &sources, false, 100);
    assert!(clarified.problem.is_none(), "{told}");
    assert!(
        told.contains("did you mean `tells-the-outcome`?") && told.contains("without a reason"),
        "{told}"
    );
}

#[test]
fn every_check_tells_what_it_saw() {
    let (design, settings) = KINDS[0];
    let checks = looked(design, &*read(settings).unwrap().build(1));
    for checked in &checks {
        assert!(checked.message.ends_with('.'), "{}: {}", checked.name, checked.message);
        assert!(checked.counts.iter().all(|(_, value)| value.is_finite()), "{checked:?}");
        assert!(checked.bars.iter().all(|(_, value)| value.is_finite()), "{checked:?}");
    }
    let of = |name: &str| checks.iter().find(|checked| checked.name == name).unwrap();
    // The world examines the top first.
    assert_eq!(of("position-bias").status, Status::Warn, "{:?}", of("position-bias"));
    assert_eq!(of("position-bias").bars.len(), 12);
    for name in ["malformed-lines", "duplicates", "clock-jumps", "gaps", "unknown-items", "encodings"] {
        assert_eq!(of(name).status, Status::Pass, "{:?}", of(name));
    }
}
