//! The HTTP server over a real socket: every route, what it refuses, and its end.
#![allow(clippy::unwrap_used)] // helpers of tests

#[path = "../../rankine/tests/serve_bundle/mod.rs"]
mod serve_bundle;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rankine::serve::Service;
use rankine::{Bundle, Pipeline};
use rankine_cli::http::{Options, Pages, serve_until};
use rankine_learn::Scored;
use rankine_learn::algorithms::retrievers::{Query, Retriever};
use serde_json::{Value, json};
use tokio::sync::oneshot;

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

struct Got {
    status: u16,
    kind: String,
    text: String,
    headers: Vec<(String, String)>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

impl Server {
    fn start(folder: &Path, change: impl FnOnce(&mut Options)) -> Server {
        Server::of(serve_bundle::bundle(folder, &["popular"]), folder, change)
    }

    fn of(bundle: Bundle, folder: &Path, change: impl FnOnce(&mut Options)) -> Server {
        let mut options = Options::new("127.0.0.1:0".parse().unwrap());
        change(&mut options);
        let clock = Box::new(|| serve_bundle::NOW);
        let service = Arc::new(Service::open(bundle, &folder.join("served.jsonl"), clock).unwrap());
        let (stop, stopped) = oneshot::channel();
        let (told, address) = mpsc::channel();
        let pages = Pages { report: b"<p>report".to_vec(), interviews: Some(folder.join("interviews")) };
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            let bound = move |address| told.send(address).unwrap();
            let until = async {
                let _ = stopped.await;
            };
            runtime.block_on(serve_until(options, service, pages, bound, until))
        });
        let address = address.recv_timeout(Duration::from_secs(10)).unwrap();
        Server { address, stop: Some(stop), thread: Some(thread) }
    }

    fn ask(&self, method: &str, path: &str, kind: Option<&str>, body: &[u8]) -> Got {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent: ureq::Agent = config.allow_non_standard_methods(true).build().into();
        let mut request = ureq::http::Request::builder().method(method);
        request = request.uri(format!("http://{}{path}", self.address));
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let headers: Vec<(String, String)> = (response.headers().iter())
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let kind = headers.iter().find(|(name, _)| name == "content-type");
        Got {
            status: response.status().as_u16(),
            kind: kind.map_or(String::new(), |(_, value)| value.clone()),
            text: response.body_mut().read_to_string().unwrap(),
            headers,
        }
    }

    fn get(&self, path: &str) -> Got {
        self.ask("GET", path, None, b"")
    }

    fn post(&self, path: &str, body: &Value) -> Got {
        self.ask("POST", path, Some("application/json"), body.to_string().as_bytes())
    }

    /// The items that a user would see, without leaving a trace.
    fn preview(&self, user: &str) -> Vec<String> {
        let got = self.post("/v1/recommend", &json!({"user": user, "record": false}));
        names(&got.json())
    }

    fn raw(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    fn wait_until_ready(&self) {
        let begun = Instant::now();
        while self.get("/readyz").status != 200 {
            assert!(begun.elapsed() < Duration::from_secs(10), "never ready");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until that many requests are open.
    fn wait_until_open(&self, count: usize) {
        let begun = Instant::now();
        let want = format!("rankine_http_open_requests {count}\n");
        while !self.get("/metrics").text.contains(&want) {
            assert!(begun.elapsed() < Duration::from_secs(5), "{}", self.get("/metrics").text);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn end(&mut self) {
        if let (Some(stop), Some(thread)) = (self.stop.take(), self.thread.take()) {
            let _ = stop.send(());
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

fn names(reply: &Value) -> Vec<String> {
    let list = reply["items"].as_array().unwrap_or_else(|| panic!("{reply}"));
    list.iter().map(|item| item["item"].as_str().unwrap().to_owned()).collect()
}

fn watch(id: &str, user: &str, video: &str) -> Value {
    json!({"event": "watch", "id": id, "user": user, "video": video, "fields": {"seconds": 80}})
}

#[test]
fn every_route_answers() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), |_| ());
    server.wait_until_ready();
    let body = json!({"user": "u1", "limit": 2, "context": {"device": "phone"}, "explain": true,
        "time": "2026-01-01T00:00:00Z", "request": "first"});
    let reply = server.post("/v1/recommend", &body).json();
    assert_eq!((names(&reply), &reply["request"]), (vec!["v1".into(), "v2".into()], &json!("first")));
    assert_eq!(reply["items"][0]["fields"]["title"], "Video 1");
    assert_eq!(reply["items"][0]["sources"][0]["retriever"], "popular");
    assert_eq!(reply["items"][0]["why"], json!([]));
    assert!(reply["took_ms"]["total"].as_f64().unwrap() > 0.0);
    let journal = std::fs::read_to_string(folder.path().join("served.jsonl")).unwrap();
    let line: Value = serde_json::from_str(&journal).unwrap();
    let want = json!({"event": "request", "id": "first", "time": serve_bundle::NOW, "user": "u1",
        "context": {"device": "phone"}, "shown": ["v1", "v2"]});
    assert_eq!(line, want);

    let ranked = server.post("/v1/rank", &json!({"user": "u1", "items": ["v6", "v2", 7]})).json();
    assert_eq!(names(&ranked), ["v2", "v6", "7"]);
    assert_eq!(ranked["items"][2]["score"], Value::Null);

    let taken = server.post("/v1/events", &watch("a", "u1", "v1"));
    assert_eq!(taken.json(), json!({"accepted": 1, "duplicates": 0}));
    let lines = format!("{}\n\n{}\n", watch("a", "u1", "v1"), watch("b", "u1", "v2"));
    let taken = server.ask("POST", "/v1/events", Some("application/x-ndjson"), lines.as_bytes());
    assert_eq!(taken.json(), json!({"accepted": 1, "duplicates": 1}));

    let users = server.get("/v1/users?q=U1&limit=5").json();
    assert_eq!(
        users,
        json!({"total": 1, "users": [{"id": "u1", "fields": {"country": "no"}, "positives": 2}]})
    );
    let items = server.get("/v1/items?limit=1").json();
    assert_eq!(
        (&items["total"], &items["items"][0]["id"]),
        (&json!(7), &json!("v1")),
        "the ranked unknown one is known now"
    );
    let schema = server.get("/v1/schema").json();
    assert_eq!(
        schema["interactions"][1],
        json!({"name": "watch", "fields": [{"name": "seconds", "kind": "number"}]})
    );

    assert_eq!(server.get("/").text, "<p>report");
    let page = server.get("/playground");
    assert_eq!((page.status, page.kind.as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.headers.iter().any(|(name, _)| name == "content-security-policy"));
    assert!(server.get("/interview").text.contains("ad-click-prediction"), "every case that has one");
    assert_eq!(server.get("/healthz").json()["status"], "alive");
    assert_eq!(server.get("/readyz").json()["version"], schema["version"]);

    let metrics = server.get("/metrics").text;
    for want in [
        "rankine_http_requests_total{route=\"/v1/recommend\",status=\"200\"} 1\n",
        "rankine_http_request_seconds_count{route=\"/v1/rank\"} 1\n",
        "rankine_stage_seconds_count{stage=\"retrieve\"} 2\n",
        "rankine_events_total{result=\"accepted\"} 2\n",
        "rankine_events_total{result=\"duplicate\"} 1\n",
        "rankine_http_open_requests 0\n",
        "rankine_state_lag_seconds 0\n",
        "rankine_ready 1\n",
    ] {
        assert!(metrics.contains(want), "{want} is not in\n{metrics}");
    }
}

/// Method, path, body; status, code, field.
type Wrong<'a> = (&'a str, &'a str, &'a str, u16, &'a str, Option<&'a str>);

#[test]
fn wrong_requests_are_told_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), |_| ());
    let cases: &[Wrong<'_>] = &[
        ("POST", "/v1/recommend", "", 400, "not-json", None),
        ("POST", "/v1/recommend", "{\"user\":", 400, "not-json", None),
        ("POST", "/v1/recommend", "[]", 400, "wrong-type", None),
        ("POST", "/v1/recommend", "{}", 400, "missing-field", Some("user")),
        ("POST", "/v1/recommend", r#"{"user":{}}"#, 400, "wrong-type", Some("user")),
        ("POST", "/v1/recommend", r#"{"user":""}"#, 400, "empty-name", Some("user")),
        ("POST", "/v1/recommend", r#"{"user":"u1","limt":3}"#, 400, "unknown-key", Some("limt")),
        ("POST", "/v1/recommend", r#"{"user":"u1","limit":-1}"#, 400, "wrong-type", Some("limit")),
        ("POST", "/v1/recommend", r#"{"user":"u1","limit":1001}"#, 400, "out-of-range", Some("limit")),
        ("POST", "/v1/recommend", r#"{"user":"u1","time":"soon"}"#, 400, "wrong-time", Some("time")),
        ("POST", "/v1/recommend", r#"{"user":"u1","explain":1}"#, 400, "wrong-type", Some("explain")),
        (
            "POST",
            "/v1/recommend",
            r#"{"user":"u1","context":{"devise":"x"}}"#,
            400,
            "unknown-key",
            Some("context.devise"),
        ),
        (
            "POST",
            "/v1/recommend",
            r#"{"user":"u1","context":{"device":[1]}}"#,
            400,
            "wrong-type",
            Some("context.device"),
        ),
        ("POST", "/v1/rank", r#"{"user":"u1"}"#, 400, "missing-field", Some("items")),
        ("POST", "/v1/rank", r#"{"user":"u1","items":[]}"#, 400, "out-of-range", Some("items")),
        ("POST", "/v1/rank", r#"{"user":"u1","items":["v1",null]}"#, 400, "wrong-type", Some("items[1]")),
        (
            "POST",
            "/v1/rank",
            r#"{"user":"u1","items":[{"fields":{}}]}"#,
            400,
            "missing-field",
            Some("items[0].id"),
        ),
        (
            "POST",
            "/v1/rank",
            r#"{"user":"u1","items":["v1",{"id":"x","field":1}]}"#,
            400,
            "unknown-key",
            Some("items[1].field"),
        ),
        (
            "POST",
            "/v1/rank",
            r#"{"user":"u1","items":["v1",{"id":"x","fields":{"nix":1}}]}"#,
            400,
            "unknown-key",
            Some("items[1].fields.nix"),
        ),
        ("POST", "/v1/rank", r#"{"user":"u1","items":["v1","v1"]}"#, 400, "duplicate", Some("items[1]")),
        (
            "POST",
            "/v1/events",
            r#"[{"event":"wach","user":"u1","video":"v1"}]"#,
            400,
            "unknown-event",
            Some("events[0].event"),
        ),
        (
            "POST",
            "/v1/events",
            r#"{"event":"watch","user":"u1","video":"v1","fields":{"seconds":"x"}}"#,
            400,
            "wrong-type",
            Some("events[0].fields.seconds"),
        ),
        ("POST", "/v1/events", "7", 400, "wrong-type", Some("events[0]")),
        ("GET", "/v1/items?limit=0", "", 400, "out-of-range", Some("limit")),
        ("GET", "/v1/users?query=x", "", 400, "unknown-key", Some("query")),
        ("GET", "/v1/nothing", "", 404, "not-found", None),
        ("GET", "/v1/recommend", "", 405, "wrong-method", None),
        ("DELETE", "/metrics", "", 405, "wrong-method", None),
    ];
    for (method, path, body, status, code, field) in cases {
        let kind = (*method == "POST").then_some("application/json");
        let got = server.ask(method, path, kind, body.as_bytes());
        let case = format!("{method} {path} {body}: {}", got.text);
        assert_eq!((got.status, got.kind.as_str()), (*status, "application/problem+json"), "{case}");
        let problem = got.json();
        assert_eq!(problem["type"], format!("urn:rankine:problem:{code}"), "{case}");
        assert_eq!((problem["field"].as_str(), &problem["status"]), (*field, &json!(status)), "{case}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{case}");
    }
    let detail = server.post("/v1/recommend", &json!({"user": "u1", "limt": 3})).json()["detail"].to_string();
    assert!(detail.contains("did you mean `limit`?"), "{detail}");
    let lines = server.ask("POST", "/v1/events", Some("application/x-ndjson"), b"{}\nhalf");
    assert_eq!((lines.status, &lines.json()["field"]), (400, &json!("events[1]")));
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        assert_eq!(server.ask("POST", "/v1/events", kind, b"{}").status, 415, "{kind:?}");
    }
    let allow = server.get("/v1/recommend").headers.into_iter().find(|(name, _)| name == "allow");
    assert_eq!(allow.map(|(_, methods)| methods).as_deref(), Some("POST"));
    assert_eq!(std::fs::metadata(folder.path().join("served.jsonl")).unwrap().len(), 0);
}

#[test]
fn events_count_at_once_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), |_| ());
    assert_eq!(server.preview("u1"), ["v1", "v2", "v3"]);
    server
        .post("/v1/events", &json!([watch("a", "u1", "v6"), watch("b", "u1", "v1"), watch("c", "u2", "v6")]));
    assert_eq!(server.preview("u1"), ["v2", "v3", "v4"]);
    let before = ["u1", "u2", "u7"].map(|user| server.preview(user));
    server.end();
    let again = Server::start(folder.path(), |_| ());
    assert_eq!(["u1", "u2", "u7"].map(|user| again.preview(user)), before);
}

#[test]
fn large_and_slow_bodies_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), |options| options.timeout = Duration::from_millis(300));
    let head =
        "POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let cases = [
        (format!("{head}content-length: {}\r\n\r\n", (1 << 20) + 1), " 413 ", "large-body"),
        (format!("{head}content-length: 10\r\n\r\n{{"), " 408 ", "timeout"),
    ];
    for (request, status, code) in cases {
        let mut stream = server.raw();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.contains(status) && text.contains(&format!("urn:rankine:problem:{code}")), "{text}");
    }
    let list: Vec<Value> = (0..5000).map(|id| watch(&id.to_string(), "u1", "v1")).collect();
    assert!(server.post("/v1/events", &json!(list)).json()["accepted"] == 5000);
}

#[test]
fn bodies_without_a_told_length_are_bounded_too() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), |options| options.body = 50);
    let head =
        "POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let mut stream = server.raw();
    write!(stream, "{head}transfer-encoding: chunked\r\n\r\n40\r\n{}\r\n0\r\n\r\n", " ".repeat(64)).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 413"), "{text}");
}

/// Sleeps where two items are wanted, panics where three are.
struct Trouble;

impl Retriever for Trouble {
    fn retrieve(&self, _: &Query<'_>, depth: usize) -> Vec<Scored> {
        match depth {
            2 => std::thread::sleep(Duration::from_millis(1500)),
            3 => panic!("on purpose"),
            _ => {}
        }
        Vec::new()
    }
    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
}

#[test]
fn slow_and_broken_answers_are_problems_and_the_server_goes_on() {
    // A panic's trace alone may take longer than the short limit.
    let cases = [
        (500, 2, 503, "timeout", 1, "the work cannot be stopped and still counts"),
        (10_000, 3, 500, "internal", 0, "the work is over"),
    ];
    for (timeout, limit, status, code, open, why) in cases {
        let folder = tempfile::tempdir().unwrap();
        let bundle = serve_bundle::bundle(folder.path(), &["popular"]);
        let contender = bundle.pipeline.contender.clone();
        let pipeline = Pipeline::new(contender, vec![Arc::new(Trouble)], None, &bundle.problem).unwrap();
        let bundle = Bundle { pipeline, rehearsal: Vec::new(), ..bundle };
        let server =
            Server::of(bundle, folder.path(), |options| options.timeout = Duration::from_millis(timeout));
        let ask =
            |limit| server.post("/v1/recommend", &json!({"user": "u1", "limit": limit, "record": false}));
        let got = ask(limit);
        let kind = format!("urn:rankine:problem:{code}");
        assert_eq!((got.status, &got.json()["type"]), (status, &json!(kind)), "{why}");
        server.wait_until_open(open);
        assert_eq!(ask(1).status, 200);
        server.wait_until_open(0);
    }
}

#[test]
fn more_requests_than_it_bears_are_told_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), |options| options.open_requests = 2);
    let half =
        "POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n";
    let mut waiting: Vec<TcpStream> = (0..2).map(|_| server.raw()).collect();
    for stream in &mut waiting {
        stream.write_all(half.as_bytes()).unwrap();
    }
    server.wait_until_open(2);
    let busy = server.post("/v1/recommend", &json!({"user": "u1"}));
    assert_eq!((busy.status, &busy.json()["type"]), (503, &json!("urn:rankine:problem:busy")));
    assert!(busy.headers.contains(&("retry-after".to_owned(), "1".to_owned())));
    assert_eq!(server.get("/healthz").status, 200);
    drop(waiting);
    let begun = Instant::now();
    while server.post("/v1/recommend", &json!({"user": "u1"})).status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(10), "it never recovered");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn it_ends_after_the_requests_that_are_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), |_| ());
    let body = watch("late", "u1", "v1").to_string();
    let head = "POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let mut stream = server.raw();
    write!(stream, "{head}content-length: {}\r\n\r\n", body.len()).unwrap();
    server.wait_until_open(1);
    let address = server.address;
    let finishing = std::thread::spawn(move || {
        // No further connection is taken, yet the open request is finished.
        while TcpStream::connect(address).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
        stream.write_all(body.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    });
    server.end();
    let text = finishing.join().unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && text.contains(r#""accepted":1"#), "{text}");
    let journal = std::fs::read_to_string(folder.path().join("served.jsonl")).unwrap();
    assert!(journal.contains("\"late\""));
}

#[test]
fn it_does_not_wait_for_ever_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), |options| options.drain = Duration::from_millis(100));
    let mut stream = server.raw();
    stream.write_all(b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n").unwrap();
    server.wait_until_open(1);
    let begun = Instant::now();
    server.end();
    assert!(begun.elapsed() < Duration::from_secs(5));
}
