//! Forgetting: no byte of a user stays in log and journal, no byte of others is lost, and what still knows is named.

#![allow(clippy::unwrap_used)] // helpers of tests

mod serve_bundle;

use std::io::Write;
use std::path::{Path, PathBuf};

use rankine::Silent;
use rankine::forget::{Forgotten, forget};
use rankine::log::parse_line;
use rankine::run::Provenance;
use rankine::serve::{Recommend, Service};
use serde_json::{Value, json};
use serve_bundle::{NOW, bundle, log, problem};

/// A run whose server has served u1, u3 and somebody new.
fn run(folder: &Path) -> PathBuf {
    let run = folder.join("runs").join("videos-1");
    std::fs::create_dir_all(run.join("log")).unwrap();
    std::fs::create_dir_all(run.join("2-dataset")).unwrap();
    let bundle = bundle(&run.join("4-bundle"), &["popular"]);
    let provenance = Provenance {
        version: String::new(),
        design: String::new(),
        seed: 1,
        log: "world".into(),
        kept: Some("log/world.jsonl".into()),
        log_hash: String::new(),
        design_hash: String::new(),
        previous: None,
    };
    let json = |name: &str, text: String| std::fs::write(run.join(name), text).unwrap();
    json("1-problem.json", serde_json::to_string(&problem()).unwrap());
    json("provenance.json", serde_json::to_string(&provenance).unwrap());
    json("report.html", "<td>u3</td>".to_owned());
    json("2-dataset/dataset.bin", String::new());
    json("2-dataset/made-from", String::new());
    json("log/world.jsonl", log().join("\n") + "\n");
    let service = Service::open(bundle, &run.join("log/served.jsonl"), Box::new(|| NOW)).unwrap();
    for user in ["u1", "u3", "new"] {
        let reply = service.recommend(&Recommend::new(user)).unwrap();
        let event = json!({"event": "watch", "user": user, "video": reply.items[0].item, "request": reply.request,
            "fields": {"seconds": 99}});
        service.events(vec![event]).unwrap();
    }
    drop(service);
    run
}

fn about(line: &str, user: &str) -> bool {
    let line: Value = serde_json::from_str(line).unwrap();
    line["user"] == user || (line["event"] == "user" && line["id"] == user)
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn counts(made: &Forgotten) -> Vec<(String, u64, u64, u64)> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    made.files.iter().map(|file| (name(&file.file), file.removed, file.unreadable, file.kept)).collect()
}

#[test]
fn lines_about_a_user_leave_and_all_others_stay_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let [world, journal] = ["world", "served"].map(|name| run.join("log").join(format!("{name}.jsonl")));
    // Lines that nobody can read, one of which names the user, and what a crash tore off.
    let mut file = std::fs::OpenOptions::new().append(true).open(&world).unwrap();
    file.write_all(b"{\"event\":\"nod\",\"user\":\"u3\"}\n\xff\xfe odd\n{\"event\":\"watch\",\"us").unwrap();
    drop(file);
    std::fs::write(run.join("log/served.jsonl.torn-9"), "{\"user\":\"u3\",\"vi").unwrap();
    let before = [std::fs::read(&world).unwrap(), std::fs::read(&journal).unwrap()];
    let elsewhere = folder.path().join("elsewhere.jsonl.gz");
    let mut packed =
        flate2::write::GzEncoder::new(std::fs::File::create(&elsewhere).unwrap(), Default::default());
    packed.write_all(&before[1]).unwrap();
    packed.finish().unwrap();

    let made = forget(&run, "u3", std::slice::from_ref(&elsewhere), &Silent).unwrap();
    assert_eq!(
        counts(&made),
        [
            ("elsewhere.jsonl.gz".to_owned(), 2, 0, 4),
            ("served.jsonl".to_owned(), 2, 0, 4),
            ("served.jsonl.torn-9".to_owned(), 0, 1, 0),
            ("world.jsonl".to_owned(), 2, 1, 11),
        ]
    );
    let without = |bytes: &[u8]| -> Vec<u8> {
        let theirs = |line: &&[u8]| !line.windows(4).any(|part| part == b"\"u3\"");
        bytes.split_inclusive(|byte| *byte == b'\n').filter(theirs).collect::<Vec<_>>().concat()
    };
    for (path, before) in [&world, &journal].into_iter().zip(&before) {
        assert_eq!(std::fs::read(path).unwrap(), without(before), "{}", path.display());
    }
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(std::fs::File::open(&elsewhere).unwrap());
    std::io::Read::read_to_end(&mut reader, &mut unpacked).unwrap();
    assert_eq!(unpacked, without(&before[1]));
    assert_eq!(made.dropped.len(), 2);
    assert_eq!(made.bundles.len(), 1);
    assert_eq!((made.bundles[0].contender.as_str(), made.bundles[0].remembered), ("popular", 2));
    assert!(made.left.iter().any(|left| left.place.ends_with("report.html")), "{:?}", made.left);

    // Asked again nothing is left to do, and of somebody unknown nothing was there.
    let before = std::fs::metadata(&world).unwrap().modified().unwrap();
    assert!(forget(&run, "u3", &[], &Silent).unwrap().files.is_empty());
    let nobody = forget(&run, "u33", &[], &Silent).unwrap();
    assert!(nobody.files.is_empty() && nobody.bundles.is_empty() && nobody.dropped.is_empty());
    assert_eq!(std::fs::metadata(&world).unwrap().modified().unwrap(), before);
    // The server goes on with what is there.
    let bundle = rankine::Bundle::read(&run.join("4-bundle").join("bundle")).unwrap();
    let service = Service::open(bundle, &journal, Box::new(|| NOW)).unwrap();
    assert_eq!((service.recovery().lines, service.misfits()), (4, 0));
}

#[test]
fn values_that_replay_cannot_give_any_more_leave_with_a_user() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let journal = run.join("log/served.jsonl");
    let told = lines(&journal).into_iter().map(|line| {
        let mut line: Value = serde_json::from_str(&line).unwrap();
        if line["event"] == "request" {
            line["served"] = json!({"bundle": "b", "seen": 0, "features": {"hour": "AAAAAA"}});
        }
        line.to_string() + "\n"
    });
    std::fs::write(&journal, told.collect::<String>()).unwrap();
    let made = forget(&run, "u1", &[], &Silent).unwrap();
    assert_eq!(made.files.iter().map(|file| file.values).collect::<Vec<_>>(), [2, 0]);
    let after = lines(&journal);
    assert!(after.iter().all(|line| !line.contains("served") && !about(line, "u1")), "{after:?}");
    assert!(after.iter().all(|line| parse_line(line, &problem().schema).is_ok()) && after.len() == 4);
}

#[test]
fn nobody_is_forgotten_under_a_running_server_or_half() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let journal = run.join("log/served.jsonl");
    let all =
        || ["world", "served"].map(|name| std::fs::read(run.join(format!("log/{name}.jsonl"))).unwrap());
    let before = all();
    let bundle = || rankine::Bundle::read(&run.join("4-bundle").join("bundle")).unwrap();
    let service = Service::open(bundle(), &journal, Box::new(|| NOW)).unwrap();
    let refused = forget(&run, "u3", &[], &Silent).unwrap_err().to_string();
    assert!(refused.contains("another server writes to this log"), "{refused}");
    drop(service);
    for (user, journals, why) in
        [("", Vec::new(), "empty name"), ("u3", vec![folder.path().join("no.jsonl")], "no such file")]
    {
        let refused = forget(&run, user, &journals, &Silent).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    // A line that no reader takes cannot be judged either.
    let long = folder.path().join("long.jsonl");
    std::fs::write(&long, vec![b'x'; 17 << 20]).unwrap();
    let refused = forget(&run, "u3", &[long], &Silent).unwrap_err().to_string();
    assert!(refused.contains("line 1 cannot be looked through"), "{refused}");
    assert_eq!(all(), before);
}
