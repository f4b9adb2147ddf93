//! What a server wrote down under load and kills is what replay gives; who is forgotten is gone.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_site;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use road_site::{Done, Server, Site, click, finish, rankine};
use serde_json::{Value, json};

/// A run as `rankine run` leaves it, whose chosen contender is the one with a scorer.
fn scored_run(site: &Site) -> PathBuf {
    let run = PathBuf::from(site.ran()["run"].as_str().unwrap());
    let (chosen, tested) = (run.join("4-bundle/bundle"), run.join("3-selection/contenders/mix"));
    fs::remove_dir_all(&chosen).unwrap();
    fs::create_dir(&chosen).unwrap();
    for entry in fs::read_dir(tested).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, chosen.join(path.file_name().unwrap())).unwrap();
        }
    }
    run
}

/// Four threads ask and tell at once; the server is killed after so many answers.
fn load(server: &Server, round: usize, count: usize) {
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let answered = &answered;
            scope.spawn(move || {
                for number in 0.. {
                    let name = format!("{round}-{thread}-{number}");
                    let (path, body) = match (thread + number) % 3 {
                        0 => {
                            let device = format!("device {}", number % 7);
                            let ask = json!({"user": format!("u{}", number % 40), "request": name, "context": {"device": device}});
                            ("/v1/recommend", ask)
                        }
                        1 => {
                            let items = json!([format!("new {}", number % 5), "v1", "v2", format!("v{}", 3 + number % 50)]);
                            ("/v1/rank", json!({"user": format!("n{}", number % 9), "request": name, "items": items}))
                        }
                        _ => ("/v1/events", json!([click(&name), click(&(name.clone() + "b"))])),
                    };
                    let Some((status, answer)) = server.try_post(path, &body) else { break };
                    assert_eq!(status, 200, "{answer}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while answered.load(Ordering::Relaxed) < count {
            std::thread::yield_now();
        }
        server.signal("KILL");
    });
}

fn parity(run: &Path, more: &[&str]) -> Done {
    finish(rankine().arg("parity").arg(run).args(["--keys", "1000"]).args(more))
}

#[test]
fn what_was_served_under_load_and_kills_is_what_replay_gives() {
    let site = Site::new();
    let run = scored_run(&site);
    let journal = run.join("log/served.jsonl");
    let early = parity(&run, &[]);
    assert!(early.code == Some(3) && early.err.contains("serve the run first"), "{}", early.err);
    for (round, count) in [40, 90, 120].into_iter().enumerate() {
        load(&Server::start(&run, &journal), round, count);
    }
    // What a kill tore off is set aside by the next start.
    drop(Server::start(&run, &journal));
    let done = parity(&run, &["--json"]);
    let told = done.json();
    assert_eq!(
        (done.code, &told["holds"], &told["state"]),
        (Some(0), &json!(true), &json!(true)),
        "{}",
        done.err
    );
    assert!(
        told["compared"]["requests"].as_u64() > Some(100) && told["values"].as_u64() > Some(5000),
        "{told}"
    );
    assert_eq!((&told["compared"], &told["lost"]), (&told["recorded"], &json!(0)));

    let whole = fs::read_to_string(&journal).unwrap();
    let bent = whole.replacen("\"ctr\":\"", "\"ctr\":\"x", 1);
    fs::write(&journal, &bent).unwrap();
    let done = parity(&run, &[]);
    assert_eq!(done.code, Some(1), "{}", done.out);
    assert!(done.out.contains("mismatch ctr: served \"x"), "{}", done.out);
    assert!(done.err.contains("what was served is not what replay gives"), "{}", done.err);

    fs::write(&journal, &whole).unwrap();
    let server = Server::start(&run, &journal);
    let forget = |user: &str| finish(rankine().arg("forget").arg(&run).args([user, "--json"]));
    let refused = forget("u3");
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.err.contains("another server writes to this log"), "{}", refused.err);
    drop(server);
    let done = forget("u3");
    let told = done.json();
    let files: Vec<&Value> = told["files"].as_array().unwrap().iter().collect();
    assert_eq!((done.code, files.len()), (Some(0), 2), "{told}");
    assert!(files.iter().all(|file| file["removed"].as_u64() > Some(0)), "{told}");
    assert!(told["bundles"].as_array().unwrap().len() >= 3, "{told}");
    for name in ["world.jsonl", "served.jsonl"] {
        assert!(!fs::read_to_string(run.join("log").join(name)).unwrap().contains("\"u3\""), "{name}");
    }
    let done = parity(&run, &[]);
    assert_eq!(done.code, Some(3), "{}", done.out);
    assert!(done.err.contains("nothing to compare"), "{}", done.err);

    // The next cycle does not know them.
    let mut again = site.run();
    let done = finish(again.arg("--data").arg(run.join("log")).arg("--json"));
    let next = PathBuf::from(done.json()["run"].as_str().unwrap());
    let told = finish(rankine().arg("forget").arg(&next).args(["u3", "--json"])).json();
    assert_eq!((&told["files"], &told["bundles"]), (&json!([]), &json!([])), "{told}");
}

#[test]
fn how_much_is_written_down_is_told_when_serving() {
    let site = Site::new();
    let run = scored_run(&site);
    for (what, holds) in [("digests", "\"ctr\":\""), ("values", "\"ctr\":["), ("nothing", "")] {
        let journal = site.at(&format!("{what}.jsonl"));
        let mut command = rankine();
        command
            .arg("serve")
            .arg(&run)
            .args(["--port", "0", "--json", "--record", what, "--log"])
            .arg(&journal);
        let server = Server::spawn(&mut command);
        assert_eq!(server.post("/v1/recommend", &json!({"user": "u1", "limit": 5})).0, 200);
        drop(server);
        let text = fs::read_to_string(&journal).unwrap();
        assert!(text.contains(holds) && text.contains("\"served\"") != holds.is_empty(), "{what}: {text}");
        let done = parity(&run, &["--served", journal.to_str().unwrap()]);
        assert_eq!(done.code, Some(if holds.is_empty() { 3 } else { 0 }), "{what}: {}{}", done.out, done.err);
    }
}

#[test]
fn the_examples_of_a_world_are_written_as_a_table() {
    let site = Site::new();
    let table = site.at("examples.csv");
    let done = finish(
        rankine()
            .arg("convert")
            .arg(site.at("tiny"))
            .arg("--examples")
            .arg("--output")
            .arg(&table)
            .arg("--json"),
    );
    assert_eq!(done.code, Some(0), "{}", done.err);
    let told = done.json();
    let text = fs::read_to_string(&table).unwrap();
    let header = "request,user,video,time,period,place,label.relevant,age,device,shown[1d],shown[7d],ctr[7d],genre,habit";
    assert_eq!(text.lines().next(), Some(header));
    assert_eq!(told["rows"].as_u64(), Some(text.lines().count() as u64 - 1));
    assert!(text.contains(",phone,") || text.contains(",tv,"), "words stand for categories");
}
