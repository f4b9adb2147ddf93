//! The service: what is recorded changes the next answer, and a restart changes nothing.

#![allow(clippy::unwrap_used)] // helpers of tests

mod serve_bundle;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rankine::log::Dictionary;
use rankine::prepare::Period;
use rankine::serve::{Rank, Recommend, Recommended, Refusal, Reply, Service, Taken};
use rankine::{Bundle, Contender, Head, Pipeline, Scoring, Silent, Voice};
use rankine_learn::algorithms::{retrievers, scorers::Scorer};
use rankine_learn::{Fold, Interactions, Rows};
use serde_json::{Value, json};
use serve_bundle::{NOW, bundle, hour, log, problem, step};

fn open(folder: &Path, names: &[&str]) -> Service {
    Service::open(bundle(folder, names), &folder.join("served.jsonl"), Box::new(|| NOW)).unwrap()
}

fn items(reply: &Reply) -> Vec<&str> {
    reply.items.iter().map(|item| item.item.as_str()).collect()
}

/// The fields of an item of an answer.
fn fields(item: &Recommended) -> Value {
    serde_json::from_str(item.fields.get()).unwrap()
}

fn watch(id: &str, user: &str, video: &str) -> Value {
    json!({"event": "watch", "id": id, "user": user, "video": video, "fields": {"seconds": 80}})
}

fn preview(user: &str) -> Recommend {
    Recommend { record: false, request: Some(format!("preview of {user}")), ..Recommend::new(user) }
}

#[test]
fn answers_known_and_new_users_with_sources_and_fields() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let reply = service.recommend(&Recommend::new("u1")).unwrap();
    assert_eq!(items(&reply), ["v1", "v2", "v3"]);
    let first = &reply.items[0];
    assert_eq!((first.rank, first.sources.len(), &first.why), (1, 1, &None));
    assert_eq!((first.sources[0].retriever.as_str(), first.sources[0].rank), ("popular", 1));
    assert_eq!(fields(first), json!({"genre": ["comedy"], "seconds": 100.0, "title": "Video 1"}));
    assert_eq!(reply.pipeline, "popular");
    assert_eq!(reply.version, service.version());
    assert_eq!(items(&service.recommend(&Recommend::new("nobody yet")).unwrap()), ["v1", "v2", "v3"]);
    // Taken before: not offered again.
    assert_eq!(items(&service.recommend(&Recommend::new("u3")).unwrap()), ["v3", "v4", "v5"]);
}

#[test]
fn events_change_the_next_answer_and_repeated_ones_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let batch = || vec![watch("e1", "u1", "v5"), watch("e2", "u2", "v5"), watch("e3", "u9", "v5")];
    assert_eq!(service.events(batch()).unwrap(), Taken { accepted: 3, duplicates: 0 });
    assert_eq!(items(&service.recommend(&preview("u1")).unwrap()), ["v1", "v2", "v3"]);
    assert_eq!(items(&service.recommend(&preview("u8")).unwrap()), ["v5", "v1", "v2"]);
    assert_eq!(service.events(batch()).unwrap(), Taken { accepted: 0, duplicates: 3 });
    assert_eq!(items(&service.recommend(&preview("u8")).unwrap()), ["v5", "v1", "v2"]);
    let born =
        json!({"event": "video", "id": "v7", "fields": {"title": "New", "genre": ["opera"], "seconds": 10}});
    service.events(vec![born, watch("e4", "u1", "v7"), watch("e5", "u2", "v7")]).unwrap();
    let fresh = service.recommend(&Recommend { limit: Some(10), ..preview("u8") }).unwrap();
    assert_eq!(items(&fresh), ["v5", "v1", "v7", "v2", "v3", "v4", "v6"]);
    assert_eq!(fields(&fresh.items[2])["genre"], json!(["opera"]));
}

#[test]
fn the_past_is_answered_as_of_now_and_the_future_of_others_is_not_waited_for() {
    const DAY: i64 = 86_400_000;
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let scores = |time: Option<i64>| -> Vec<(String, f32)> {
        let reply = service.recommend(&Recommend { time, limit: Some(6), ..preview("u8") }).unwrap();
        reply.items.into_iter().map(|item| (item.item.into(), item.score)).collect()
    };
    // Often taken, and longer ago than popularity looks back.
    let old = |user: &str| {
        let mut event = watch(user, user, "v5");
        (event["time"], event["known"]) = (json!(NOW - 20 * DAY), json!(NOW - 20 * DAY));
        event
    };
    service.events(["o1", "o2", "o3"].map(old).to_vec()).unwrap();
    let now = scores(None);
    assert_eq!(now[..2].iter().map(|(item, _)| item.as_str()).collect::<Vec<_>>(), ["v1", "v2"]);
    for ago in [400 * DAY, 20 * DAY, 2000] {
        assert_eq!(scores(Some(NOW - ago)), now, "{ago} ms ago");
    }
    let mut ahead = watch("ahead", "u1", "v6");
    ahead["time"] = json!(NOW + 3000 * DAY);
    service.events(vec![ahead]).unwrap();
    assert_eq!(scores(None)[0], now[0], "one event of another century must not age all others");
    let asked = Recommend { time: Some(NOW - 400 * DAY), ..Recommend::new("u8") };
    service.recommend(&asked).unwrap();
    let journal = std::fs::read_to_string(folder.path().join("served.jsonl")).unwrap();
    assert!(journal.contains(&format!("\"time\":{}", NOW - 400 * DAY)), "the log keeps the time as given");
    assert!(journal.contains(&format!("\"known\":{NOW},\"shown\"")), "and tells as of when it was answered");
}

#[test]
fn an_event_that_comes_late_became_known_when_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let at = |id: &str, time: i64| {
        let mut event = watch(id, "u1", "v5");
        event["time"] = json!(time);
        event
    };
    let metarank = json!({"event": "interaction", "type": "watch", "id": "m1", "user": "u1", "item": "v1",
        "timestamp": NOW - 9_000, "fields": [{"name": "seconds", "value": 70}]});
    let mut said = at("said", NOW - 9_000);
    said["known"] = json!(NOW - 8_000);
    // The newest event of the bundle is a second old.
    service.events(vec![at("first", NOW - 600), at("late", NOW - 5_000), metarank, said]).unwrap();
    let journal = std::fs::read_to_string(folder.path().join("served.jsonl")).unwrap();
    let known: Vec<Option<i64>> =
        journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["known"].as_i64()).collect();
    assert_eq!(known, [None, Some(NOW - 600), Some(NOW - 600), Some(NOW - 8_000)]);
}

#[test]
fn takes_the_events_of_metarank() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let event = json!({"event": "interaction", "type": "watch", "id": "m1", "user": "u1", "item": "v1",
        "timestamp": NOW.to_string(), "session": "s1", "fields": [{"name": "seconds", "value": 70}]});
    assert_eq!(service.events(vec![event]).unwrap(), Taken { accepted: 1, duplicates: 0 });
    assert_eq!(items(&service.recommend(&preview("u1")).unwrap()), ["v2", "v3", "v4"]);
}

#[test]
fn ranks_what_it_is_given_unknown_items_last() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let given = ["x1", "v4", "v1", "x2", "v2"].map(str::to_owned).to_vec();
    let reply = service.rank(&Rank { ask: preview("u3"), items: given, told: Vec::new() }).unwrap();
    assert_eq!(items(&reply), ["v1", "v2", "v4", "x1", "x2"]);
    assert!(reply.items[3].sources.is_empty() && fields(&reply.items[3]) == json!({}));
    assert!(serde_json::to_string(&reply).unwrap().contains(r#""score":null"#));
}

#[test]
fn an_item_may_come_with_its_fields() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let told = |fields: serde_json::Value| vec![(1, fields.as_object().unwrap().clone())];
    let items_of = || ["v1".to_owned(), "x9".to_owned()].to_vec();
    let ask = Recommend::new("u3");
    let rank = |ask: &Recommend, fields| {
        service.rank(&Rank { ask: ask.clone(), items: items_of(), told: told(fields) })
    };
    let (field, value) = ("seconds", json!(31.0));
    let reply = rank(&ask, json!({field: value})).unwrap();
    assert_eq!(items(&reply), ["v1", "x9"]);
    assert_eq!(fields(&reply.items[1])[field], value);
    // What was told stays known, and is in the journal.
    let again = Rank { ask: preview("u3"), items: items_of(), told: Vec::new() };
    assert_eq!(fields(&service.rank(&again).unwrap().items[1])[field], value);
    for (ask, fields, at) in [
        (&ask, json!({"secnds": 3}), "items[1].fields.secnds"),
        (&ask, json!({field: "long"}), "items[1].fields.seconds"),
        (&preview("u3"), json!({field: 3}), "record"),
    ] {
        let refused = rank(ask, fields);
        let Err(Refusal::Invalid(invalid)) = refused else { panic!("{refused:?}") };
        assert_eq!(invalid.field.as_deref(), Some(at), "{}", invalid.detail);
    }
}

#[test]
fn a_restart_gives_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let users = ["u1", "u2", "u3", "u4", "new"];
    let answers = |service: &Service| -> Vec<Vec<(String, f32)>> {
        let one = |user: &&str| {
            let reply = service.recommend(&Recommend { limit: Some(7), ..preview(user) }).unwrap();
            reply.items.into_iter().map(|item| (item.item.into(), item.score)).collect()
        };
        users.iter().map(one).collect()
    };
    let service = open(folder.path(), &["popular", "random"]);
    let before = answers(&service);
    for round in 0..5 {
        let reply = service.recommend(&Recommend::new("u4")).unwrap();
        let mut event = watch(&format!("w{round}"), "u4", &reply.items[round % 3].item);
        event["request"] = json!(reply.request);
        service.events(vec![event.clone(), event]).unwrap();
    }
    let after = answers(&service);
    assert_ne!(before, after);
    drop(service);
    let again = open(folder.path(), &["popular", "random"]);
    assert_eq!(answers(&again), after);
    assert_eq!((again.recovery().lines, again.misfits()), (15, 0));
    // A made-up name of a request is not made up again.
    let named = again.recommend(&Recommend::new("u4")).unwrap().request;
    let journal = std::fs::read_to_string(folder.path().join("served.jsonl")).unwrap();
    assert_eq!(journal.matches(&named).count(), 1);
}

#[test]
fn what_many_threads_did_at_once_is_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let service = &service;
            scope.spawn(move || {
                for round in 0..20 {
                    // New names in every thread: their numbers follow the order of the journal alone.
                    let user = format!("t{}", (thread * 7 + round) % 11);
                    let reply = service.recommend(&Recommend::new(&user)).unwrap();
                    let video = if round % 3 == 0 {
                        format!("n{}", round * thread % 13)
                    } else {
                        reply.items[0].item.to_string()
                    };
                    let mut event = watch(&format!("{thread}-{}", round / 2), &user, &video);
                    event["request"] = json!(reply.request);
                    service.events(vec![event]).unwrap();
                }
            });
        }
    });
    let answers = |service: &Service| -> Vec<Vec<(String, f32)>> {
        let ask = |number: u32| Recommend { limit: Some(50), ..preview(&format!("t{number}")) };
        let reply = |number| service.recommend(&ask(number)).unwrap().items;
        (0..12)
            .map(|number| reply(number).into_iter().map(|item| (item.item.into(), item.score)).collect())
            .collect()
    };
    let (before, items, users) =
        (answers(&service), service.items("", 99).unwrap(), service.users("", 99).unwrap());
    drop(service);
    let again = open(folder.path(), &["popular"]);
    assert_eq!(again.recovery().lines, 8 * 20 * 2);
    assert_eq!((items, users), (again.items("", 99).unwrap(), again.users("", 99).unwrap()));
    assert_eq!(answers(&again), before);
}

#[test]
fn the_journal_is_a_log_that_can_be_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    for round in 0..8 {
        let time = Some(NOW + 10_000 * round);
        let ask =
            Recommend { time, request: Some(format!("r{round}")), ..Recommend::new(format!("n{round}")) };
        let mut ask = ask;
        ask.context.insert("device".into(), json!("tv"));
        let reply = service.recommend(&ask).unwrap();
        let event = json!({"event": "watch", "user": ask.user, "video": reply.items[0].item, "request": reply.request,
            "time": NOW + 10_000 * round + 5, "fields": {"seconds": 99}});
        service.events(vec![event]).unwrap();
    }
    drop(service);
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(folder.path().join("served.jsonl"), data.join("served.jsonl")).unwrap();
    std::fs::write(data.join("log.jsonl"), log().join("\n")).unwrap();
    let dataset = rankine::prepare::prepare(&problem(), &data, 1, &Silent).unwrap();
    assert!(dataset.profile.rejected.is_empty(), "{:?}", dataset.profile.examples);
    assert_eq!(dataset.outcomes.len(), 9);
    assert!(dataset.of(Period::Test).iter().all(|outcome| outcome.relevant.len() == 1));
}

#[test]
fn refuses_what_is_wrong_and_takes_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let good = || watch("g", "u1", "v1");
    let cases = [
        (json!({"event": "wach", "user": "u1", "video": "v1"}), "unknown-event", "events[1].event"),
        (json!({"event": "watch", "user": "u1"}), "missing-field", "events[1].video"),
        (
            json!({"event": "watch", "user": "u1", "video": "v1", "fields": {"seconds": "x"}}),
            "wrong-type",
            "events[1].fields.seconds",
        ),
        (
            json!({"event": "watch", "user": "u1", "video": "v1", "fields": {"second": 1}}),
            "unknown-key",
            "events[1].fields.second",
        ),
        (json!({"event": "watch", "user": "u1", "video": "v1", "usr": 1}), "unknown-key", "events[1].usr"),
        (
            json!({"event": "watch", "user": "u1", "video": "v1", "time": "soon"}),
            "wrong-time",
            "events[1].time",
        ),
        (
            json!({"event": "request", "user": "u1", "context": {"devise": "tv"}}),
            "unknown-key",
            "events[1].context.devise",
        ),
        (
            json!({"event": "click", "user": "u1", "video": "v1", "time": NOW, "timestamp": NOW}),
            "unknown-key",
            "events[1].timestamp",
        ),
        (json!(7), "wrong-type", "events[1]"),
    ];
    for (event, code, field) in cases {
        let refused = service.events(vec![good(), event.clone()]);
        let Err(Refusal::Invalid(invalid)) = refused else { panic!("{event}: {refused:?}") };
        assert_eq!((invalid.code, invalid.field.as_deref()), (code, Some(field)), "{event}");
    }
    assert_eq!(service.journal_bytes(), 0);
    let asks = [
        (Recommend { limit: Some(0), ..preview("u1") }, "limit"),
        (Recommend { limit: Some(1001), ..preview("u1") }, "limit"),
        (preview(""), "user"),
        (Recommend { request: Some(String::new()), ..preview("u1") }, "request"),
        (Recommend { time: Some(i64::MAX), ..preview("u1") }, "time"),
        (
            Recommend { context: json!({"device": {}}).as_object().unwrap().clone(), ..preview("u1") },
            "context.device",
        ),
        (
            Recommend { context: json!({"devic": "tv"}).as_object().unwrap().clone(), ..preview("u1") },
            "context.devic",
        ),
    ];
    for (ask, field) in asks {
        let refused = service.recommend(&ask);
        let Err(Refusal::Invalid(invalid)) = refused else { panic!("{ask:?}: {refused:?}") };
        assert_eq!(invalid.field.as_deref(), Some(field));
    }
    let twice =
        Rank { ask: preview("u1"), items: vec!["v1".into(), "v2".into(), "v1".into()], told: Vec::new() };
    let Err(Refusal::Invalid(invalid)) = service.rank(&twice) else { panic!("ranked an item twice") };
    assert_eq!(invalid.field.as_deref(), Some("items[2]"));
    assert!(service.rank(&Rank { ask: preview("u1"), items: Vec::new(), told: Vec::new() }).is_err());
}

#[test]
fn questions_teach_no_words_and_previews_leave_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let ask = Recommend {
        context: json!({"device": "toaster"}).as_object().unwrap().clone(),
        ..preview("stranger")
    };
    service.recommend(&ask).unwrap();
    assert_eq!(service.schema().unwrap()["context"][0]["words"], json!(["phone"]));
    assert_eq!((service.users("stranger", 10).unwrap().total, service.journal_bytes()), (0, 0));
    service.recommend(&Recommend { record: true, ..ask }).unwrap();
    assert_eq!(service.schema().unwrap()["context"][0]["words"], json!(["phone", "toaster"]));
    assert_eq!(service.users("stranger", 10).unwrap().total, 1);
}

#[test]
fn lists_users_and_items_with_most_positives_first() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), &["popular"]);
    let ids = |listing: rankine::serve::Listing| -> Vec<String> {
        listing.list.into_iter().map(|one| one.id).collect()
    };
    assert_eq!(ids(service.users("", 2).unwrap()), ["u3", "u2"]);
    assert_eq!(ids(service.items("NEWS", 10).unwrap()), ["v2", "v4", "v6"]);
    let all = service.items("", 1).unwrap();
    assert_eq!((all.total, all.list[0].positives), (6, 2));
}

#[test]
fn it_is_ready_when_warm_and_tells_its_lag() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(AtomicI64::new(NOW));
    let told = clock.clone();
    let path = folder.path().join("served.jsonl");
    let clocked = Box::new(move || told.load(Ordering::Relaxed));
    let service = Service::open(bundle(folder.path(), &["popular"]), &path, clocked).unwrap();
    assert_eq!(service.unready().as_deref(), Some("warming up"));
    assert_eq!(service.warm_up(), 1);
    assert_eq!((service.unready(), service.journal_bytes()), (None, 0));
    assert_eq!(service.lag(), Some(1000));
    clock.store(NOW + 500, Ordering::Relaxed);
    service.events(vec![json!({"event": "click", "user": "u1", "video": "v1"})]).unwrap();
    assert_eq!(service.lag(), Some(0));
}

/// Scores by the popularity column and says so.
struct ByScore;

impl Scorer for ByScore {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        (0..rows.len()).map(|row| -rows.row(row)[rows.width - 2]).collect()
    }
    fn importance(&self) -> Vec<f32> {
        Vec::new()
    }
    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        let row = rows.row(row);
        let mut parts = vec![0.0; row.len() + 1];
        (parts[0], parts[row.len() - 2]) = (0.5, -row[row.len() - 2] - 1.0);
        parts
    }
    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
}

#[test]
fn explains_what_the_scorer_added() {
    let folder = tempfile::tempdir().unwrap();
    let problem = rankine::Problem { features: vec![hour()], ..problem() };
    let kind = retrievers::find("popular").unwrap();
    let contender = Contender {
        name: "scored".into(),
        retrieve: vec![step(kind)],
        depth: 10,
        score: vec![Head { step: step(kind), reads: Vec::new() }],
        ..Contender::default()
    };
    let popular = (kind.fit)(&kind.card.defaults(), &Interactions::default(), 1);
    let scorer: Arc<dyn Scorer> = Arc::new(ByScore);
    let fold = Fold::new(&problem.schema, &problem.labels, &problem.features).unwrap();
    let scoring = Scoring::new(&contender, &fold, Vec::new(), vec![Voice::single(scorer)]);
    let pipeline = Pipeline::new(contender, vec![Arc::from(popular)], Some(scoring), &problem).unwrap();
    let dictionary = Dictionary::new(&problem.schema);
    let bundle =
        Bundle { problem, dictionary, fold, pipeline, rehearsal: Vec::new(), version: "hand".into() };
    let service = Service::open(bundle, &folder.path().join("j"), Box::new(|| NOW)).unwrap();
    assert_eq!(service.unready(), None);
    let events = log().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    service.events(events).unwrap();
    let reply = service.recommend(&Recommend { explain: true, ..preview("u1") }).unwrap();
    assert_eq!(items(&reply), ["v3", "v4", "v5"]);
    let why = reply.items[0].why.as_ref().unwrap();
    let names: Vec<&str> = why.iter().map(|reason| reason.feature.as_str()).collect();
    assert_eq!(names, ["popular.score", "hour[day]"]);
}

/// The same binary again, in a process whose files cannot grow beyond a bound: a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_refuses_what_it_cannot_keep_and_goes_on_answering() {
    const FOLDER: &str = "RANKINE_TEST_FULL_DISK";
    let Ok(folder) = std::env::var(FOLDER) else {
        let folder = tempfile::tempdir().unwrap();
        let name = "a_full_disk_refuses_what_it_cannot_keep_and_goes_on_answering";
        // Ignored, the signal for a file too large becomes the error of the write.
        let script = "trap '' XFSZ; ulimit -f 100; exec \"$0\" --exact \"$1\"";
        let mut again = std::process::Command::new("sh");
        again.args(["-c", script]).arg(std::env::current_exe().unwrap()).arg(name).env(FOLDER, folder.path());
        let output = again.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("1 passed"), "{told}");
        return;
    };
    let folder = Path::new(&folder);
    let service = open(folder, &["popular"]);
    let refused = (0..10_000).find_map(|number| {
        let refusal =
            service.events(vec![watch(&format!("e{number}"), "u1", &format!("n{number}"))]).err()?;
        Some((number, refusal))
    });
    let (last, refusal) = refused.unwrap();
    assert!(matches!(refusal, Refusal::Storage(_)), "{refusal}");
    // Not kept, so not known either.
    assert_eq!(service.items("", 1).unwrap().total, 6 + last);
    assert!(matches!(service.recommend(&Recommend::new("u1")), Err(Refusal::Storage(_))));
    assert_eq!(service.recommend(&preview("u1")).unwrap().items.len(), 3);
    service.warm_up();
    assert_eq!(service.unready(), None, "room may come back");
    drop(service);
    let again = open(folder, &["popular"]);
    assert_eq!((again.recovery().lines, &again.recovery().torn), (last as u64, &None));
}
