//! Parity: what a server answered by is, bit for bit, what the batch examples say, over every kind of feature; and
//! the command that says so can fail.

#![allow(clippy::unwrap_used)] // helpers of tests

#[path = "../../learn/tests/features_log/mod.rs"]
mod features_log;
mod serve_bundle;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use features_log::{Draw, labels, log, schema, specs};
use proptest::prelude::*;
use rankine::batch::parity::{Parity, parity};
use rankine::log::{Dictionary, Intake, parse_line};
use rankine::prepare::{Period, named};
use rankine::run::Provenance;
use rankine::select::{Asked, Part, Walk, each_asked, export};
use rankine::serve::{Rank, Recommend, Recorded, Service};
use rankine::{Bundle, Contender, Head, Pipeline, Problem, Scoring, Silent, Step, Voice};
use rankine_learn::algorithms::scorers;
use rankine_learn::features::{ALL, Spec};
use rankine_learn::{Column, Event, Examples, Field, Fold, Rows, Setting, Value as Known, What};
use serde_json::{Map, Value, json};

/// Settings of each kind of feature.
const SETTINGS: usize = 3;

fn problem(features: Vec<Spec>) -> Problem {
    Problem { schema: schema(), labels: labels(), features, repeat: true, ..serve_bundle::problem() }
}

fn fields(values: &[Known], declared: &[Field]) -> Value {
    let word = |word: &u32| json!(format!("w{word}"));
    let one = |(value, field): (&Known, &Field)| {
        let told = match value {
            Known::Missing => return None,
            Known::Number(number) => json!(number),
            Known::Category(number) => word(number),
            Known::Categories(list) => list.iter().map(word).collect(),
            Known::Time(time) => json!(time),
            Known::Text(text) => json!(text),
            Known::Vector(list) => json!(list),
            Known::Boxes(_) => return None,
        };
        Some((field.name.clone(), told))
    };
    Value::Object(values.iter().zip(declared).filter_map(one).collect())
}

/// A random log as lines, in the order in which they become known: equal moments, late events with and without
/// saying so, users, items and words that nothing named before, requests that claim an earlier time.
fn lines(seed: u64, length: usize) -> Vec<Value> {
    let (schema, mut draw) = (schema(), Draw::new(seed ^ 1));
    let name = |kind: usize, id: u32| format!("{}{id}", &schema.entities[kind].name[..1]);
    let mut made = vec![
        json!({"event": "video", "id": "film", "time": 1_699_999_999_000_i64, "fields": {"seconds": 50}}),
    ];
    for (at, Event { time, known, what }) in log(seed, length).into_iter().enumerate() {
        // Nothing that is drawn changes the film, so that every period holds an outcome; its length is one of
        // many, so that it does not tell which.
        let watched = draw.below(2) == 0;
        let mut line = match &what {
            What::Entity { kind, id, fields: values } => {
                let entity = &schema.entities[*kind];
                json!({"event": entity.name, "id": name(*kind, *id), "fields": fields(values, &entity.fields)})
            }
            What::Request { user, context, shown, .. } => {
                let mut shown: Vec<String> = shown.iter().map(|item| name(1, *item)).collect();
                shown.sort();
                shown.dedup();
                if !shown.is_empty() && draw.below(4) == 0 {
                    shown.push(format!("ghost{}", draw.below(50)));
                    shown.push(format!("ghost{}", 50 + draw.below(50)));
                }
                if watched && !shown.is_empty() {
                    shown.push("film".to_owned());
                }
                let user = if draw.below(9) == 0 { format!("stranger{at}") } else { name(0, *user) };
                let mut context = fields(context, &schema.context);
                if draw.below(6) == 0 {
                    context = json!({"device": format!("new{}", draw.below(9))});
                }
                json!({"event": "request", "id": format!("r{at}"), "user": user, "context": context, "shown": shown})
            }
            What::Interaction { kind, user, item, fields: values, .. } => {
                let declared = &schema.interactions[*kind];
                json!({"event": declared.name, "id": format!("e{at}"), "user": name(0, *user),
                    "video": name(1, *item), "fields": fields(values, &declared.fields)})
            }
        };
        line["time"] = json!(time);
        // Every other late event does not say when it became known: whoever takes it has to.
        if time != known && draw.below(2) == 0 {
            line["known"] = json!(known);
        }
        line["arrives"] = json!(known);
        let item = line["shown"]
            .as_array()
            .filter(|_| watched)
            .map(|shown| if shown.is_empty() { "v0" } else { "film" });
        let (id, user) = (line["id"].clone(), line["user"].clone());
        made.push(line);
        if let Some(item) = item {
            made.push(
                json!({"event": "watch", "id": format!("a{at}"), "user": user, "video": item, "request": id,
                "time": known, "arrives": known, "fields": {"seconds": 90}}),
            );
        }
    }
    made
}

/// The line as it stands in a log, where everything says when it became known.
fn logged(line: &Value) -> Value {
    let mut line = line.clone();
    let object = line.as_object_mut().unwrap();
    if let Some(arrives) = object.remove("arrives") {
        object.insert("known".to_owned(), arrives);
    }
    line
}

/// A bundle of this log, whose pipeline orders by the first column.
fn bundle(folder: &Path, features: Vec<Spec>, log: &[String]) -> PathBuf {
    let problem = problem(features);
    let mut intake = Intake::new(&problem.schema, Dictionary::new(&problem.schema));
    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features).unwrap();
    for line in log {
        fold.observe(&intake.take(parse_line(line, &problem.schema).unwrap(), 0).unwrap());
    }
    let kind = scorers::find("column").unwrap();
    let columns = fold.columns().to_vec();
    let settings = kind.card.defaults().with("of", Setting::Word(columns[0].name.clone()));
    let settings = settings.with("as", Setting::Word("value".to_owned()));
    let rows = Rows { width: columns.len(), ..Rows::default() };
    let scorer = (kind.fit)(&settings, &Examples { columns, rows, ..Examples::default() }, None, 1);
    let step = Step { algorithm: "column".to_owned(), settings, fixed: Vec::new() };
    let head = Head { step, reads: Vec::new() };
    let contender =
        Contender { name: "by-column".into(), score: vec![head], depth: 10, ..Contender::default() };
    let scoring = Scoring::new(&contender, &fold, Vec::new(), vec![Voice::single(Arc::from(scorer))]);
    let pipeline = Pipeline::new(contender, Vec::new(), Some(scoring), &problem).unwrap();
    let to = folder.join("4-bundle").join("bundle");
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    Bundle::write(&to, &problem, &intake.dictionary, &fold.save(), &pipeline, &[]).unwrap();
    to
}

/// A run's folder: a bundle of what lies in its `log/`.
fn run(folder: &Path, features: Vec<Spec>, files: &[(&str, Vec<String>)]) -> PathBuf {
    let place = folder.join("log");
    std::fs::create_dir_all(&place).unwrap();
    let all: Vec<String> = files.iter().flat_map(|(_, lines)| lines.clone()).collect();
    for (name, lines) in files {
        std::fs::write(place.join(name), lines.iter().map(|line| format!("{line}\n")).collect::<String>())
            .unwrap();
    }
    bundle(folder, features, &all);
    let provenance = Provenance {
        version: String::new(),
        design: String::new(),
        seed: 1,
        log: String::new(),
        kept: Some("log".into()),
        log_hash: String::new(),
        design_hash: String::new(),
        previous: None,
    };
    std::fs::write(folder.join("provenance.json"), serde_json::to_string(&provenance).unwrap()).unwrap();
    place.join("served.jsonl")
}

/// Sends lines to the running server of a run, which is restarted now and then.
fn serve(folder: &Path, journal: &Path, lines: &[Value], how: Recorded, seed: u64) {
    let clock = Arc::new(AtomicI64::new(0));
    let open = || {
        let told = clock.clone();
        let bundle = Bundle::read(&folder.join("4-bundle").join("bundle")).unwrap();
        let service = Service::open(bundle, journal, Box::new(move || told.load(Ordering::Relaxed))).unwrap();
        service.warm_up();
        service.recording(how)
    };
    let (mut service, mut draw, mut waiting) = (open(), Draw::new(seed ^ 2), Vec::new());
    for line in lines {
        let arrives = line["arrives"].as_i64().unwrap();
        // Events of one moment are sent together.
        if line["event"] == "request" || clock.load(Ordering::Relaxed) != arrives {
            service.events(std::mem::take(&mut waiting)).unwrap();
        }
        clock.store(arrives, Ordering::Relaxed);
        if line["event"] != "request" {
            let mut line = line.clone();
            line.as_object_mut().unwrap().remove("arrives");
            waiting.push(line);
            continue;
        }
        if draw.below(30) == 0 {
            drop(service);
            service = open();
        }
        let ask = Recommend {
            time: line["time"].as_i64(),
            context: line["context"].as_object().unwrap().clone(),
            request: Some(line["id"].as_str().unwrap().to_owned()),
            ..Recommend::new(line["user"].as_str().unwrap())
        };
        let shown = line["shown"].as_array().unwrap();
        let items: Vec<String> = shown.iter().map(|item| item.as_str().unwrap().to_owned()).collect();
        match items.is_empty() {
            true => service.recommend(&Recommend { limit: Some(5), ..ask }).unwrap(),
            false => service.rank(&Rank { ask, items, told: Vec::new() }).unwrap(),
        };
    }
    service.events(waiting).unwrap();
}

fn text(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// What a journal says of its requests: feature by feature.
fn told(journal: &[String]) -> BTreeMap<String, Map<String, Value>> {
    let one = |line: &String| {
        let line: Value = serde_json::from_str(line).unwrap();
        let features = line.get("served")?["features"].as_object()?.clone();
        Some((line["id"].as_str()?.to_owned(), features))
    };
    journal.iter().filter_map(one).collect()
}

/// The values of the batch examples at every request of a log, in the same form.
fn batch(features: Vec<Spec>, data: &Path) -> BTreeMap<String, Map<String, Value>> {
    let problem = problem(features);
    let (dataset, ids) = named(&problem, data, 1, &Silent).unwrap();
    assert!(dataset.profile.rejected.is_empty(), "{:?}", dataset.profile.examples);
    let fold = Fold::new(&problem.schema, &problem.labels, &problem.features).unwrap();
    let spans: Vec<_> = fold.spans().collect();
    let mut made = BTreeMap::new();
    each_asked(
        &problem,
        &dataset,
        &Walk { from: Period::History, beside: 0, seed: 1, part: Part::WHOLE },
        &mut |_, asked| {
            let values = |span: &std::ops::Range<usize>| -> Value {
                let shown = (0..asked.shown).flat_map(|at| &asked.rows.row(at)[span.clone()]);
                shown.copied().map(Value::from).collect()
            };
            let features = problem.features.iter().zip(&spans);
            let features = features.map(|(spec, span)| (spec.name.clone(), values(span))).collect();
            made.insert(ids[asked.outcome.request as usize].to_string(), features);
            Ok(())
        },
        &Silent,
    )
    .unwrap();
    made
}

/// Values as bits; JSON may lose the last digit of the wider form that it reads them in.
fn bits(values: &Value) -> Vec<Option<u32>> {
    let one = |value: &Value| value.as_f64().map(|value| (value as f32).to_bits());
    values.as_array().unwrap().iter().map(one).collect()
}

fn assert_holds(parity: &Parity) {
    assert!(parity.holds(), "{parity:#?}");
    assert_eq!((parity.state, parity.moved, parity.raced), (Some(true), 0, 0));
    assert_eq!(parity.compared, parity.recorded);
    assert!(parity.values > 1000 && parity.others.is_empty() && parity.unrecorded == 0, "{parity:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_answers_by_the_values_of_the_batch_examples(seed in any::<u64>()) {
        let folder = tempfile::tempdir().unwrap();
        let specs = specs(SETTINGS);
        for kind in ALL {
            prop_assert!(specs.iter().any(|spec| spec.kind == kind.card.name), "{}", kind.card.name);
        }
        let all = lines(seed, 320);
        let (first, second) = (all.len() / 4, all.len() * 5 / 8);
        // The first cycle learns from a log, the second one from that and from what the first served.
        let one = folder.path().join("one");
        let world: Vec<String> = all[..first].iter().map(|line| logged(line).to_string()).collect();
        let journal = run(&one, specs.clone(), &[("world.jsonl", world.clone())]);
        serve(&one, &journal, &all[first..second], Recorded::Values, seed);
        let served = text(&journal);
        let two = folder.path().join("two");
        let other = run(&two, specs.clone(), &[("world.jsonl", world), ("served-one.jsonl", served.clone())]);
        serve(&two, &other, &all[second..], Recorded::Values, seed + 1);
        assert_holds(&parity(&one, None, usize::MAX, &Silent).unwrap());
        assert_holds(&parity(&two, None, usize::MAX, &Silent).unwrap());

        let batch = batch(specs.clone(), &two.join("log"));
        let mut compared = 0;
        for (request, features) in told(&[served, text(&other)].concat()) {
            let Some(replayed) = batch.get(&request) else { continue };
            compared += 1;
            for (feature, values) in &features {
                prop_assert_eq!(bits(values), bits(&replayed[feature]), "{} at {}", feature, request);
            }
            prop_assert_eq!(features.len(), specs.len());
        }
        let asked = all[first..].iter().filter(|line| line["event"] == "request").count();
        prop_assert!(compared * 10 > asked * 7 && compared > 40, "{} of {}", compared, asked);
    }
}

/// A run that served a random log, and its journal.
fn served(folder: &Path, how: Recorded) -> (PathBuf, PathBuf) {
    let all = lines(7, 240);
    let world: Vec<String> = all[..80].iter().map(|line| logged(line).to_string()).collect();
    let run_folder = folder.join("run");
    let journal = run(&run_folder, specs(SETTINGS), &[("world.jsonl", world)]);
    serve(&run_folder, &journal, &all[80..], how, 7);
    (run_folder, journal)
}

fn write(path: &Path, lines: &[String]) {
    std::fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

/// The journal's lines as JSON, changed.
fn changed(lines: &[String], at: usize, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut lines = lines.to_vec();
    let mut line: Value = serde_json::from_str(&lines[at]).unwrap();
    change(&mut line);
    lines[at] = line.to_string();
    lines
}

#[test]
fn whatever_is_changed_in_a_journal_or_a_log_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (run, journal) = served(folder.path(), Recorded::Digests);
    let whole = text(&journal);
    let look = || parity(&run, None, usize::MAX, &Silent).unwrap();
    assert_holds(&look());
    let is = |at: usize, event: &str| whole[at].contains(&format!(r#""event":"{event}""#));
    let feature = specs(SETTINGS)[1].name.clone();
    let asked: Vec<usize> = (0..whole.len()).filter(|&at| is(at, "request")).collect();
    let middle = asked[asked.len() / 2];
    let count = |parity: &Parity| {
        let of = parity.features.iter().find(|of| of.feature == feature).unwrap();
        (of.mismatch, of.missing, of.extra)
    };

    write(&journal, &changed(&whole, middle, |line| line["served"]["features"][&feature] = json!("AAAAAA")));
    let found = look();
    assert_eq!((count(&found), found.lost, found.holds()), ((1, 0, 0), 0, false));
    let example = &found.examples[0];
    assert_eq!(
        (example.kind, example.line, example.served.as_str()),
        ("mismatch", middle as u64 + 1, Some("AAAAAA"))
    );
    assert!(example.values.is_array() && example.feature == feature, "{example:?}");

    write(
        &journal,
        &changed(&whole, middle, |line| {
            line["served"]["features"].as_object_mut().unwrap().remove(&feature);
        }),
    );
    assert_eq!((count(&look()), look().holds()), ((0, 1, 0), false));

    write(&journal, &changed(&whole, middle, |line| line["served"]["features"]["of old"] = json!("AAAAAA")));
    let found = look();
    assert_eq!((count(&found), found.holds()), ((0, 0, 0), false));
    assert_eq!(found.features.last().map(|of| (of.feature.as_str(), of.extra)), Some(("of old", 1)));

    // An event that is gone, or stands behind the request that knew it.
    let pair = (1..whole.len()).find(|&at| is(at, "request") && !is(at - 1, "request")).unwrap();
    let mut without = whole.clone();
    without.remove(pair - 1);
    write(&journal, &without);
    let found = look();
    assert!(found.lost as usize >= asked.len() - 2 && !found.holds(), "{found:?}");
    let mut swapped = whole.clone();
    swapped.swap(pair - 1, pair);
    write(&journal, &swapped);
    assert_eq!((look().lost, look().holds()), (1, false));

    // Another user did it.
    let clicks: Vec<usize> = (0..asked[3]).filter(|&at| is(at, "click")).collect();
    write(&journal, &changed(&whole, clicks[0], |line| line["user"] = json!("u99")));
    let found = look();
    assert!(
        found.features.iter().any(|of| of.mismatch > 0) && found.lost == 0 && !found.holds(),
        "{found:?}"
    );

    write(&journal, &whole);
    let log = run.join("log").join("world.jsonl");
    let mut world = text(&log);
    let last = world.iter().rposition(|line| line.contains(r#""event":"click""#)).unwrap();
    world.remove(last);
    write(&log, &world);
    assert_eq!((look().state, look().holds()), (Some(false), false));
    // Without the log replay begins from the bundle's state.
    std::fs::remove_dir_all(run.join("log")).unwrap();
    let kept = folder.path().join("kept.jsonl");
    write(&kept, &whole);
    let found = parity(&run, Some(&kept), usize::MAX, &Silent).unwrap();
    assert_eq!((found.state, found.holds()), (None, true));
}

#[test]
fn values_differ_by_their_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (run, journal) = served(folder.path(), Recorded::Values);
    let whole = text(&journal);
    let told = |line: &String| -> Option<(String, usize, f32)> {
        let line: Value = serde_json::from_str(line).unwrap();
        line.get("served")?["features"].as_object()?.iter().find_map(|(name, values)| {
            let values = values.as_array()?;
            let at =
                values.iter().position(|value| value.as_f64().is_some_and(|value| value.fract() != 0.0))?;
            Some((name.clone(), at, values[at].as_f64()? as f32))
        })
    };
    let (line, (feature, at, value)) =
        whole.iter().enumerate().find_map(|(line, text)| Some((line, told(text)?))).unwrap();
    let near = f32::from_bits(value.to_bits() + 1);
    write(&journal, &changed(&whole, line, |line| line["served"]["features"][&feature][at] = json!(near)));
    let found = parity(&run, None, usize::MAX, &Silent).unwrap();
    let wrong: Vec<_> = found.features.iter().filter(|of| of.mismatch > 0).collect();
    assert_eq!((wrong.len(), wrong[0].mismatch, &wrong[0].feature), (1, 1, &feature));
    assert_eq!(found.examples[0].replayed[at].as_f64().map(|value| value as f32), Some(value));
}

#[test]
fn two_bundles_with_different_features_serve_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let all = lines(11, 300);
    let world: Vec<String> = all[..90].iter().map(|line| logged(line).to_string()).collect();
    let specs = specs(2);
    let (left, right) = specs.split_at(specs.len() / 2);
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let journal = run(&one, left.to_vec(), &[("world.jsonl", world.clone())]);
    run(&two, [right, &left[..2]].concat(), &[("world.jsonl", world)]);
    serve(&one, &journal, &all[90..200], Recorded::Digests, 1);
    serve(&two, &journal, &all[200..], Recorded::Values, 2);
    for (place, features) in [(&one, left.len()), (&two, right.len() + 2)] {
        let found = parity(place, Some(&journal), usize::MAX, &Silent).unwrap();
        assert!(found.holds() && found.state == Some(true), "{found:#?}");
        assert_eq!((found.features.len(), found.others.len()), (features, 1));
        assert!(found.compared.requests > 20 && found.others.values().all(|count| *count > 20), "{found:?}");
    }
}

#[test]
fn whole_users_are_sampled_and_always_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (run, journal) = served(folder.path(), Recorded::Digests);
    let look = |keys| parity(&run, None, keys, &Silent).unwrap();
    let (all, some) = (look(usize::MAX), look(3));
    assert_eq!((some.recorded, some.compared.users), (all.recorded, 3));
    assert!(some.compared.requests > 3 && some.compared.requests < all.compared.requests, "{some:?}");
    assert!(some.holds() && look(3) == some);
    for (text, why) in
        [("", "holds no request"), ("{\"event\":\"request\",\"time\":1,\"user\":\"u1\"}\n", "no values")]
    {
        std::fs::write(&journal, text).unwrap();
        let refused = parity(&run, None, 3, &Silent).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
}

/// All examples, with three drawn where nothing was shown.
const WALK: Walk = Walk { from: Period::Train, beside: 3, seed: 1, part: Part::WHOLE };

/// A log in a folder of its own, with what is solved on it.
fn shared() -> (tempfile::TempDir, PathBuf, Problem) {
    let folder = tempfile::tempdir().unwrap();
    let world = folder.path().join("world.jsonl");
    write(&world, &lines(3, 400).iter().map(|line| logged(line).to_string()).collect::<Vec<_>>());
    (folder, world, problem(specs(1)))
}

#[test]
fn the_parts_of_a_log_have_the_examples_of_the_whole() {
    let (folder, world, problem) = shared();
    let rows = |part: &str| -> Vec<String> {
        let output = folder.path().join("part.jsonl");
        let walk = Walk { part: Part::parse(part).unwrap(), ..WALK };
        export(&problem, &world, &output, &walk, &Silent).unwrap();
        std::fs::read_to_string(&output).unwrap().lines().map(str::to_owned).collect()
    };
    let whole = rows("1/1");
    let mut parts: Vec<Vec<String>> = (1..=4).map(|at| rows(&format!("{at}/4"))).collect();
    assert!(parts.iter().filter(|part| part.len() > whole.len() / 20).count() > 1, "nothing is shared out");
    // Each part keeps the order of the log.
    let mut left: Vec<_> = parts.iter_mut().map(|part| part.drain(..).peekable()).collect();
    for row in &whole {
        assert!(left.iter_mut().any(|part| part.next_if_eq(row).is_some()), "no part goes on with {row}");
    }
    assert!(left.iter_mut().all(|part| part.peek().is_none()), "a part has more than the whole");
}

#[test]
fn the_examples_of_a_log_are_a_table() {
    let (folder, world, problem) = shared();
    let make = |name: &str| {
        let output = folder.path().join(name);
        let made = export(&problem, &world, &output, &WALK, &Silent).unwrap();
        (made, std::fs::read(output).unwrap())
    };
    let (made, bytes) = make("one.parquet");
    assert_eq!(make("two.parquet").1, bytes, "the same log gives the same bytes");
    assert!(made.requests.iter().all(|count| *count > 5) && made.rows > 100, "{made:?}");
    let own = ["request", "user", "video", "time", "period", "place", "label.relevant"];
    assert_eq!(made.columns[..7], own);

    let (also, text) = make("three.jsonl");
    assert_eq!((also.rows, also.requests), (made.rows, made.requests));
    let rows: Vec<Value> =
        String::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (dataset, ids) = named(&problem, &world, 1, &Silent).unwrap();
    let names = &dataset.dictionary;
    let (mut at, mut positives, mut drawn) = (0, 0, 0);
    let check = &mut |columns: &[Column], asked: &Asked<'_>| {
        for (place, item) in asked.items.iter().enumerate() {
            let row = &rows[at];
            at += 1;
            assert_eq!(row["request"], ids[asked.outcome.request as usize].as_str());
            assert_eq!(row["user"], names.entities[0].name(asked.outcome.user));
            assert_eq!(row["video"], names.entities[1].name(*item));
            assert_eq!(
                (row["time"].as_i64(), row["place"].is_null()),
                (Some(asked.outcome.time), place >= asked.shown)
            );
            let relevant = asked.outcome.relevant.iter().any(|(other, _)| other == item);
            assert_eq!(row["label.relevant"].as_f64(), Some(f64::from(u8::from(relevant))));
            positives += u64::from(relevant);
            drawn += u64::from(place >= asked.shown && !relevant);
            for (column, value) in columns.iter().zip(asked.rows.row(place)) {
                let told = &row[&column.name];
                let worded = column.category
                    && ["field-", "id-", "last-"].iter().any(|kind| column.name.starts_with(kind));
                match (value.is_nan(), worded) {
                    (true, _) => assert!(told.is_null(), "{told}"),
                    (false, true) => assert!(told.is_string(), "{}: {told}", column.name),
                    (false, false) => {
                        assert_eq!(told.as_f64().map(|told| (told as f32).to_bits()), Some(value.to_bits()));
                    }
                }
            }
        }
        Ok(())
    };
    each_asked(&problem, &dataset, &WALK, check, &Silent).unwrap();
    assert_eq!(at, rows.len());
    assert!(positives > 5 && drawn > 5, "{positives} positives, {drawn} drawn");
}
