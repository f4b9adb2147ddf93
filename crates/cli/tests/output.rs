//! What the binary prints, and its exit codes: stdout is data, stderr is talk.
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_site;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use road_site::{Done, Site, ended, finish, rankine, signal};
use serde_json::{Value, json};

fn said(arguments: &[&str]) -> Done {
    finish(rankine().args(arguments))
}

/// Whether a value is what a word says.
fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "text" => value.is_string(),
        "number" => value.is_number(),
        "number?" => value.is_number() || value.is_null(),
        "text?" => value.is_string() || value.is_null(),
        "yes-no" => value.is_boolean(),
        "list" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("no such kind: {kind}"),
    }
}

fn expect(value: &Value, keys: &[(&str, &str)]) {
    for (path, kind) in keys {
        let found = value.pointer(path).unwrap_or_else(|| panic!("no {path} in {value}"));
        assert!(is(found, kind), "{path} is not a {kind}: {found}");
    }
}

#[test]
fn exit_codes_are_those_of_the_manual() {
    let site = Site::new();
    let place = |name: &str| site.at(name).to_string_lossy().into_owned();
    let (tiny, runs, empty, once, bad, broken) = (
        place("tiny"),
        place("runs"),
        place("empty.jsonl"),
        place("once.jsonl"),
        place("bad.toml"),
        place("broken"),
    );
    fs::write(&empty, "").unwrap();
    let requests =
        (0..9).map(|at| json!({"event": "request", "id": at, "time": 1_767_225_600_000_i64, "user": "u"}));
    fs::write(&once, requests.map(|request| format!("{request}\n")).collect::<String>()).unwrap();
    fs::write(&bad, "[problem]\nname = \"x\"\nslate = \"many\"\n").unwrap();
    fs::create_dir(&broken).unwrap();
    fs::copy(site.at("tiny/design.toml"), site.at("broken/design.toml")).unwrap();
    fs::write(site.at("broken/world.toml"), "kind = \"videos\"\nusres = 3\n").unwrap();
    let (nowhere, clicks) = (place("nowhere"), place("clicks.csv"));
    fs::write(&clicks, "user,item,time\n").unwrap();
    let table: &[(&[&str], i32, &str)] = &[
        (&["--version"], 0, ""),
        (&["--help"], 0, ""),
        (&["check", &tiny], 0, ""),
        (&["check", "video-recommendation"], 0, ""),
        (&["schema"], 0, ""),
        (&["algorithms"], 0, ""),
        (&["algorithms", "als"], 0, ""),
        (&[], 2, "Usage"),
        (&["chekc", &tiny], 2, "'check'"),
        (&["measur", &tiny], 2, "'measur'"),
        (&["run", &tiny, "--seed", "many"], 2, "--seed"),
        (&["run", &tiny, "--mapping", &bad], 2, "--data"),
        (&["check", "video-recomendation"], 2, "did you mean `video-recommendation`?"),
        (&["check", &nowhere], 2, "neither a file nor a case"),
        (&["check", &bad], 2, "slate"),
        (&["run", &bad, "--once"], 2, "there is no log"),
        (&["run", &bad, "--once", "--data", &empty], 2, "slate"),
        (&["run", &tiny, "--data", &nowhere, "--once"], 2, "no such file or folder"),
        (&["run", &broken, "--once", "--runs", &runs], 2, "usres"),
        (&["algorithms", "asl"], 2, "did you mean `als`?"),
        (&["new", "video-recommendatio"], 2, "did you mean `video-recommendation`?"),
        (&["new"], 2, "required"),
        (&["new", "--from", &nowhere], 2, "no such file"),
        (&["new", "--from", "postgres://localhost/shop"], 2, "--table"),
        (&["new", "--from", &empty, &nowhere], 3, "it is empty"),
        (&["new", "--from", &empty, &nowhere, &runs], 2, "one folder"),
        (&["recommend", &nowhere, "--users", "all", "--output", "top.csv"], 2, "no bundle of a run"),
        (&["parity", &nowhere], 2, "neither a run's folder nor a bundle's"),
        (&["parity", &nowhere, "--keys", "0"], 2, "--keys"),
        (&["forget", &nowhere, "u1"], 2, "no run in this folder"),
        (&["convert", &tiny, "--output", "x.parquet", "--beside", "3"], 2, "--examples"),
        (&["serve", &nowhere, "--record", "all"], 2, "digests"),
        (&["run", &tiny, "--data", &clicks, "--once"], 2, "rankine new --from"),
        (&["run", &tiny, "--data", "postgres://localhost/shop", "--once"], 2, "rankine new --from"),
        (&["report", &nowhere], 2, "1-problem.json"),
        (&["run", &tiny, "--data", &empty, "--once", "--runs", &runs], 3, "no line of"),
        (&["run", &tiny, "--data", &once, "--once", "--runs", &runs], 3, "bear the same time"),
        (&["run", &tiny, "--once", "--runs", &empty], 1, "empty.jsonl"),
        (&["serve", &nowhere, "--port", "0"], 2, "no bundle of a run"),
    ];
    for (arguments, code, why) in table {
        let done = said(arguments);
        assert_eq!(done.code, Some(*code), "{arguments:?}: {}{}", done.out, done.err);
        assert!(done.err.contains(why), "{arguments:?} does not say `{why}`: {}", done.err);
        assert_eq!(done.out.is_empty(), *code != 0, "{arguments:?} printed: {}", done.out);
        let both = format!("{}{}", done.out, done.err);
        assert!(!both.contains('\u{1b}'), "{arguments:?} colours a pipe");
        assert!(!both.contains("panicked"), "{both}");
    }
}

#[test]
fn json_is_all_that_stdout_holds() {
    let site = Site::new();
    let tiny = site.at("tiny").to_string_lossy().into_owned();
    let checked = said(&["check", &tiny, "--json"]);
    expect(
        &checked.json(),
        &[("/ok", "yes-no"), ("/problem", "object"), ("/findings", "list"), ("/sheet", "object")],
    );
    assert_eq!((checked.code, &checked.json()["ok"]), (Some(0), &Value::Bool(true)));
    let bad = site.at("bad.toml");
    fs::write(&bad, "[problem]\nname = \"x\"\n").unwrap();
    let wrong = said(&["check", &bad.to_string_lossy(), "--json"]);
    assert_eq!((wrong.code, &wrong.json()["ok"]), (Some(2), &Value::Bool(false)));
    assert!(!wrong.json()["findings"].as_array().unwrap().is_empty());
    assert_eq!(wrong.json()["problem"], Value::Null);

    let schema = said(&["schema"]).json();
    expect(&schema, &[("/$schema", "text"), ("/properties", "object")]);
    let entries = said(&["algorithms", "--json"]).json();
    let all = entries["entries"].as_array().unwrap();
    for entry in all {
        let text =
            ["/role", "/name", "/what", "/when", "/avoid", "/cost", "/source"].map(|key| (key, "text"));
        expect(entry, &text);
        expect(entry, &[("/parameters", "list")]);
    }
    for role in ["encoder", "detector", "retriever", "scorer", "reranker", "feature", "metric"] {
        assert!(all.iter().any(|entry| entry["role"] == role), "no {role}");
    }
    let one = said(&["algorithms", "als", "--json"]).json();
    assert_eq!(one["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn a_new_design_passes_its_check_and_overwrites_nothing() {
    let site = Site::new();
    let mine = site.at("my-site").to_string_lossy().into_owned();
    let made = said(&["new", "video-recommendation", &mine, "--json"]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let files = made.json()["files"].as_array().unwrap().clone();
    assert!(files.iter().all(|file| fs::metadata(file.as_str().unwrap()).unwrap().len() > 0));
    let design = site.at("my-site/design.toml");
    let text = fs::read_to_string(&design).unwrap();
    assert!(text.contains("name = \"my-site\"") && text.contains("# "), "{text}");
    assert_eq!(said(&["check", &mine]).code, Some(0));
    fs::write(&design, text.replace("slate = 10", "slate = 9 ")).unwrap();
    let again = said(&["new", "video-recommendation", &mine]);
    assert_eq!((again.code, again.out.as_str()), (Some(2), ""));
    assert!(again.err.contains("nothing was written"), "{}", again.err);
    assert!(fs::read_to_string(&design).unwrap().contains("slate = 9 "));
}

#[test]
fn a_run_prints_one_object_and_writes_one_page() {
    let site = Site::new();
    let done = finish(site.run().args(["--once", "--json"]));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let object = done.json();
    expect(
        &object,
        &[
            ("/run", "text"),
            ("/problem", "text"),
            ("/verdict/status", "text"),
            ("/verdict/winner", "text?"),
            ("/verdict/runner_up", "text"),
            ("/verdict/metric", "text"),
            ("/verdict/difference", "number"),
            ("/verdict/interval", "list"),
            ("/verdict/interval/0", "number?"),
            ("/verdict/interval/1", "number?"),
            ("/verdict/confidence", "number"),
            ("/verdict/reason", "text"),
            ("/contenders", "list"),
            ("/data/requests", "number"),
            ("/data/users", "number"),
            ("/data/items", "number"),
            ("/data/rejected", "number"),
            ("/report", "text"),
        ],
    );
    assert_eq!((&object["problem"], &object["verdict"]["metric"]), (&"tiny".into(), &"ndcg@8".into()));
    let contenders = object["contenders"].as_array().unwrap();
    let names: Vec<&str> = contenders.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["popular", "mix"]);
    for contender in contenders {
        expect(
            contender,
            &[
                ("/metrics/ndcg@8/value", "number"),
                ("/metrics/ndcg@8/low", "number"),
                ("/metrics/ndcg@8/high", "number"),
                ("/metrics/coverage@8/value", "number"),
                ("/metrics/coverage@8/low", "number?"),
                ("/latency_ms/p50", "number"),
                ("/latency_ms/p99", "number"),
                ("/memory_bytes", "number"),
                ("/train_seconds", "number"),
                ("/eligible", "yes-no"),
                ("/why_not", "list"),
            ],
        );
    }
    let page = fs::read_to_string(object["report"].as_str().unwrap()).unwrap();
    assert!(page.trim_start().to_lowercase().starts_with("<!doctype html>") && page.contains("</html>"));
    for outside in ["src=\"http", "src=\"/", "<link", "@import", "url(http", "<script src", "<img src=\"h"] {
        assert!(!page.contains(outside), "the page wants something from outside: {outside}");
    }
    // For people: the same verdict in words, nothing but text, and the stages are not run again.
    let read = finish(site.run().arg("--once"));
    assert_eq!(read.code, Some(0), "{}", read.err);
    let reason = object["verdict"]["reason"].as_str().unwrap();
    assert!(read.out.contains(reason.trim()), "{}\n{reason}", read.out);
    assert!(read.err.contains("report.html") && !format!("{}{}", read.out, read.err).contains('\u{1b}'));
    let report = said(&["report", object["run"].as_str().unwrap(), "--json"]);
    assert_eq!(report.json()["report"], object["report"]);
    assert_eq!(fs::read_to_string(object["report"].as_str().unwrap()).unwrap(), page);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_that_the_next_one_finishes() {
    let site = Site::new();
    let mut command: Command = site.run();
    let mut child = command.arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let dataset = |file: &str| {
        let run = fs::read_dir(site.at("runs")).ok()?.next()?.ok()?.path();
        fs::metadata(run.join("2-dataset").join(file)).ok()?.modified().ok()
    };
    let begun = Instant::now();
    while dataset("made-from").is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never prepared the data");
        std::thread::sleep(Duration::from_millis(2));
    }
    signal(&child, "INT");
    assert_eq!(ended(&mut child), Some(130));
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.stdout.is_empty() && err.contains("finished stages are kept"), "{err}");
    let before = dataset("dataset.bin").unwrap();
    let object = site.ran();
    assert_eq!(dataset("dataset.bin"), Some(before), "prepared once");
    assert_eq!(object["contenders"].as_array().unwrap().len(), 2);
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_nothing_behind_and_one_that_is_ignored_stays_so() {
    let site = Site::new();
    let log: String = (0..300_000)
        .map(|at| {
            let time = 1_767_225_600_000_i64 + at;
            format!("{{\"event\":\"click\",\"time\":{time},\"user\":\"u1\",\"video\":\"v1\"}}\n")
        })
        .collect();
    fs::write(site.at("log.jsonl"), log).unwrap();
    let there = |wanted: &str| {
        let out = fs::read_dir(site.at("out")).unwrap();
        out.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with(wanted))
    };
    for (ignored, signals, code) in
        [("", &["TERM", "TERM"][..], 130), ("", &["HUP"], 130), ("trap '' HUP;", &["HUP"], 0)]
    {
        fs::create_dir(site.at("out")).unwrap();
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{ignored} exec \"$@\"")).arg("sh").arg(env!("CARGO_BIN_EXE_rankine"));
        command.arg("convert").arg(site.at("tiny")).arg("--data").arg(site.at("log.jsonl"));
        command.arg("--output").arg(site.at("out/o.jsonl")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let begun = Instant::now();
        while !there(".o.jsonl.") {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never wrote");
            std::thread::sleep(Duration::from_millis(1));
        }
        signals.iter().for_each(|name| signal(&child, name));
        assert_eq!(ended(&mut child), Some(code), "{ignored} {signals:?}");
        assert_eq!((there(".o.jsonl."), there("o.jsonl")), (false, code == 0), "{signals:?}");
        fs::remove_dir_all(site.at("out")).unwrap();
    }
}
