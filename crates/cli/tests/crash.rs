//! A server that is killed, has no room or is told to end loses nothing that it acknowledged.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_site;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use road_site::{Server, Site, click, finish, rankine};
use serde_json::{Value, json};

/// What a server said yes to: ids of events, and of requests.
#[derive(Default)]
struct Acknowledged {
    events: Mutex<Vec<String>>,
    requests: Mutex<Vec<String>>,
    count: AtomicUsize,
}

/// Four threads send to a server until it no longer answers; `when` runs once `count` were acknowledged.
fn load(server: &Server, round: usize, count: usize, when: impl FnOnce()) -> Acknowledged {
    let said_yes = Acknowledged::default();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let said_yes = &said_yes;
            scope.spawn(move || {
                for number in 0.. {
                    let name = format!("{round}-{thread}-{number}");
                    if thread == 3 {
                        let ask = json!({"user": format!("u{number}"), "request": name});
                        let Some((200, _)) = server.try_post("/v1/recommend", &ask) else { break };
                        said_yes.requests.lock().unwrap().push(name);
                    } else {
                        let ids: Vec<String> =
                            (0..=number % 4).map(|part| format!("{name}-{part}")).collect();
                        let batch: Vec<Value> = ids.iter().map(|id| click(id)).collect();
                        let Some((200, _)) = server.try_post("/v1/events", &json!(batch)) else { break };
                        said_yes.events.lock().unwrap().extend(ids);
                    }
                    said_yes.count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while said_yes.count.load(Ordering::Relaxed) < count {
            std::thread::yield_now();
        }
        when();
    });
    said_yes
}

/// The ids of the journal's lines, of events or of requests.
fn logged(journal: &Path, requests: bool) -> Vec<String> {
    let text = fs::read_to_string(journal).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let kept = lines.filter(|line| (line["event"] == "request") == requests);
    kept.map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

/// Everything acknowledged is in the journal, and a server that read it knows all of it.
fn nothing_is_lost(server: &Server, journal: &Path, said_yes: &Acknowledged) {
    let events = said_yes.events.lock().unwrap();
    let requests = said_yes.requests.lock().unwrap();
    for (acknowledged, logged) in [(&*events, logged(journal, false)), (&*requests, logged(journal, true))] {
        assert!(!acknowledged.is_empty());
        let lost: Vec<&String> = acknowledged.iter().filter(|id| !logged.contains(id)).collect();
        assert!(lost.is_empty(), "acknowledged, yet not in the journal: {lost:?}");
    }
    for ids in events.chunks(500) {
        let batch: Vec<Value> = ids.iter().map(|id| click(id)).collect();
        let (status, answer) = server.post("/v1/events", &json!(batch));
        assert_eq!((status, &answer["accepted"]), (200, &json!(0)), "counted before: {answer}");
    }
}

fn run_of(site: &Site) -> PathBuf {
    PathBuf::from(site.ran()["run"].as_str().unwrap())
}

#[test]
fn a_killed_server_loses_nothing_that_it_acknowledged() {
    let site = Site::new();
    let (run, journal) = (run_of(&site), site.at("served.jsonl"));
    for (round, count) in [7, 61, 160].into_iter().enumerate() {
        let server = Server::start(&run, &journal);
        let said_yes = load(&server, round, count, || server.signal("KILL"));
        assert_eq!(server.ended(), None, "a signal ended it");
        // What a power cut may leave besides: a line without its end.
        let whole = fs::read(&journal).unwrap();
        let whole = whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut file = fs::OpenOptions::new().append(true).open(&journal).unwrap();
        file.write_all(b"{\"event\":\"click\",\"id\":\"torn").unwrap();
        drop(file);
        let again = Server::start(&run, &journal);
        let torn = fs::read(site.at(&format!("served.jsonl.torn-{whole}"))).unwrap();
        assert!(torn.ends_with(b"\"torn"), "{}", String::from_utf8_lossy(&torn));
        nothing_is_lost(&again, &journal, &said_yes);
        assert_eq!(again.get("/healthz"), 200);
    }
}

#[test]
fn a_server_that_is_told_to_end_answers_what_is_open_and_loses_nothing() {
    let site = Site::new();
    let run = run_of(&site);
    for (round, signal) in ["TERM", "INT", "HUP"].into_iter().enumerate() {
        let journal = site.at(&format!("{signal}.jsonl"));
        let server = Server::start(&run, &journal);
        let said_yes = load(&server, round, 50, || server.signal(signal));
        assert_eq!(server.ended(), Some(0), "SIG{signal}");
        nothing_is_lost(&Server::start(&run, &journal), &journal, &said_yes);
    }
}

#[test]
fn a_full_disk_refuses_what_it_cannot_keep_and_goes_on_reading() {
    let site = Site::new();
    let (run, journal) = (run_of(&site), site.at("served.jsonl"));
    // Ignored, the signal for a file too large becomes the error of the write.
    let script = "trap '' XFSZ; ulimit -f 40; exec \"$0\" serve \"$1\" --port 0 --json --log \"$2\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_rankine")]).arg(&run).arg(&journal);
    let server = Server::spawn(&mut command);
    let mut acknowledged = Vec::new();
    let refused = loop {
        let id = format!("event-{}", acknowledged.len());
        let (status, answer) = server.post("/v1/events", &click(&id));
        if status != 200 {
            assert_eq!(status, 503, "{answer}");
            assert!(answer["detail"].is_string(), "{answer}");
            break id;
        }
        acknowledged.push(id);
        assert!(acknowledged.len() < 2000, "the disk never filled");
    };
    assert!(acknowledged.len() > 50);
    let (status, answer) = server.post("/v1/recommend", &json!({"user": "u1", "record": false}));
    assert_eq!((status, answer["items"].as_array().unwrap().len()), (200, 8));
    assert_eq!(server.post("/v1/events", &click(&refused)).0, 503, "still no room");
    assert_eq!(server.get("/healthz"), 200);
    server.signal("TERM");
    assert_eq!(server.ended(), Some(0));
    assert_eq!(logged(&journal, false), acknowledged);
    let again = Server::start(&run, &journal);
    let batch: Vec<Value> = acknowledged.iter().map(|id| click(id)).collect();
    let (_, answer) = again.post("/v1/events", &json!(batch));
    assert_eq!(answer, json!({"accepted": 0, "duplicates": acknowledged.len()}));
    assert_eq!(again.post("/v1/events", &click(&refused)).1, json!({"accepted": 1, "duplicates": 0}));
}

#[test]
fn what_a_server_logged_is_the_next_cycles_log() {
    let site = Site::new();
    let first = site.ran();
    let run = PathBuf::from(first["run"].as_str().unwrap());
    let log = run.join("log");
    let server = Server::start(&run, &log.join("served.jsonl"));
    let second = finish(rankine().arg("serve").arg(&run).args(["--port", "0"]));
    assert_eq!((second.code, second.out.as_str()), (Some(1), ""), "two servers on one log");
    assert!(second.err.contains("served.jsonl: another server writes to this log"), "{}", second.err);
    let mut visit = rankine();
    visit.arg("visit").arg(site.at("tiny")).args(["--visits", "60", "--json", "--server", &server.address]);
    let visited = finish(&mut visit);
    assert_eq!(visited.code, Some(0), "{}", visited.err);
    let visited = visited.json();
    assert_eq!(visited["visits"], 60);
    server.signal("TERM");
    assert_eq!(server.ended(), Some(0));

    let done = finish(site.run().args(["--once", "--json", "--data"]).arg(&log));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let second = done.json();
    assert_eq!(second["data"]["requests"].as_u64(), Some(first["data"]["requests"].as_u64().unwrap() + 60));
    assert_eq!(second["data"]["rejected"], 0);
    assert_ne!(second["run"], first["run"]);
    let id = run.file_name().unwrap().to_string_lossy().into_owned();
    let path = PathBuf::from(second["run"].as_str().unwrap());
    let provenance: Value = serde_json::from_slice(&fs::read(path.join("provenance.json")).unwrap()).unwrap();
    assert_eq!(provenance["previous"], json!(id));
    for carried in ["world.jsonl".to_owned(), format!("served-{id}.jsonl")] {
        assert!(path.join("log").join(&carried).is_file(), "{carried} is not carried along");
    }
    let page = |of: &Path| fs::read_to_string(of.join("report.html")).unwrap();
    let (page, before) = (page(&path), page(&run));
    for part in [format!("Before <code>{id}</code>"), "Now <code>".to_owned(), "The verdict ".to_owned()] {
        assert!(page.contains(&part), "no `{part}` in the page of the second cycle");
    }
    assert!(!before.contains("Now <code>"), "the first cycle has none before it");
}
