//! Forgetting: no byte of a user stays in log and journal, no byte of others is lost, and what still knows is named.

#![allow(clippy::unwrap_used)] // helpers of tests

mod serve_bundle;

use std::io::Write;
use std::path::{Path, PathBuf};

use rankine::Silent;
use rankine::forget::{Forgotten, forget};
use rankine::log::parse_line;
use rankine::prepare::{Profile, Rejected};
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

/// A run that read its log where somebody keeps it.
fn run_on(folder: &Path, log: &Path) -> PathBuf {
    let run = run(folder);
    let path = run.join("provenance.json");
    let mut provenance: Provenance = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    (provenance.log, provenance.kept) = (log.display().to_string(), None);
    std::fs::write(&path, serde_json::to_string(&provenance).unwrap()).unwrap();
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

#[test]
fn a_line_that_cannot_be_read_but_names_the_user_goes_however_it_writes_the_name() {
    // A user, a line without its time or cut short, and whether it goes.
    let lines = [
        ("user", r#"{"event":"watch","user":"u1","video":"v1"}"#, false),
        ("user", r#"{"event":"watch","user":"u1","vid"#, false),
        ("user", r#"{"event":"watch","user":"user","vid"#, true),
        ("watch", r#"{"event":"watch","user":"u1","video":"v1"}"#, false),
        ("watch", r#"{"event":"watch","user":"watch","video":"v1"}"#, true),
        ("Ann", r#"{"event":"watch","user":"Ann Lee","vid"#, false),
        ("Ann", r#"{"event":"watch","user":"Ann","vid"#, true),
        ("Ann", r#"{"event":"watch","user":"Ann"#, true),
        ("77", r#"{"event":"watch","user":77,"video":"v1"}"#, true),
        ("77", r#"{"event":"user","id":77,"time":"soon"}"#, true),
        ("77", r#"{"event":"request","user":[77],"time":1}"#, true),
        ("77", r#"{"event":"watch","user":78,"video":"v1","fields":{"seconds":77}}"#, false),
        ("77", r#"{"event":"watch","user":770,"video":"v1"}"#, false),
        ("77", r#"{"event":"watch","user":77,"vid"#, true),
        ("77", r#"{"event":"watch","user":78,"seconds":77,"vid"#, false),
        ("77", r#"{"event":"watch","user":78,"time":1767225600077,"vid"#, false),
        ("u3", r#"{"event":"watch","user":"u\u0033","video":"v1"}"#, true),
        ("u3", r#"{"event":"watch","user":"u\u0033","vid"#, true),
        ("u3", r#"{"event":"watch","raw":"{\"user\":\"u3\"}"}"#, true),
        ("u3", "{'event':'watch','user':'u3','video':'v1'}", true),
        ("u3", "{'event':'watch','user':'u33','video':'v1'}", false),
        ("u3", "{'event':'watch','user':'u3-b','video':'u3.5'}", false),
        ("u3", "watch\tu3\tv1", true),
        ("a\"b", r#"{"event":"watch","user":"a\"b","video":"v1"}"#, true),
        ("zoë", r#"{"event":"watch","user":"zo\u00eb","video":"v1"}"#, true),
        ("zo", r#"{'event':'watch','user':'zoë','video':'v1'}"#, false),
        ("😀", r#"{"event":"watch","user":"\ud83d\ude00","vid"#, true),
    ];
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let journal = folder.path().join("odd.jsonl");
    let other = r#"{"event":"watch","time":1,"user":"u9","video":"v1"}"#;
    for (user, line, goes) in lines {
        std::fs::write(&journal, format!("{other}\n{line}\n{other}\n")).unwrap();
        forget(&run, user, std::slice::from_ref(&journal), &Silent).unwrap();
        let after = std::fs::read_to_string(&journal).unwrap();
        assert_eq!(!after.contains(line), goes, "`{user}` of {line}");
        assert_eq!(after.matches(other).count(), 2);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_the_file_behind_it_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("log")).unwrap();
    std::fs::write(at("real.jsonl"), log().join("\n") + "\n").unwrap();
    std::fs::write(at("real.jsonl.torn-9"), "{\"user\":\"u3\",\"vi").unwrap();
    std::fs::write(at("log/b.jsonl"), log().join("\n") + "\n").unwrap();
    std::os::unix::fs::symlink("../real.jsonl", at("log/a.jsonl")).unwrap();
    // Named twice it is still one file.
    let made = forget(&run, "u3", &[at("log/a.jsonl"), at("log"), at("real.jsonl")], &Silent).unwrap();
    assert!(at("log/a.jsonl").is_symlink() && at("real.jsonl").is_file());
    for name in ["real.jsonl", "real.jsonl.torn-9", "log/b.jsonl"] {
        assert!(!std::fs::read_to_string(at(name)).unwrap().contains("u3"), "{name}");
    }
    let names = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    assert_eq!((names(&at("log")), names(folder.path())), (2, 4), "nothing is left aside");
    assert_eq!(made.files.len(), 5, "{:?}", made.files);
}

#[test]
fn kept_lines_leave_the_profile_and_what_else_names_them_is_told_whatever_the_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let rejected = |line: u64, text: &str| Rejected {
        file: "world.jsonl".into(),
        line,
        code: "wrong-type".into(),
        reason: "`fields.seconds`: `abc` is not a number".into(),
        text: text.into(),
    };
    let theirs = r#"{"event":"watch","user":"u3","fields":{"seconds":"abc"}}"#;
    let (tabbed, other) = ("watch\tu3\tabc", r#"{"event":"watch","user":"u33"}"#);
    let examples = vec![rejected(1, theirs), rejected(2, tabbed), rejected(3, other)];
    let profile = Profile { examples, ..Profile::default() };
    let path = run.join("2-dataset/profile.json");
    std::fs::write(&path, serde_json::to_string(&profile).unwrap()).unwrap();
    let page = |line: &str| format!("<pre>{}</pre>", line.replace('"', "&quot;"));
    std::fs::write(run.join("report.html"), page(theirs)).unwrap();
    std::fs::write(run.join("2-dataset/notes.json"), r#"["user `u3`\nis odd"]"#).unwrap();
    std::fs::write(run.join("2-dataset/other.json"), r#"["\"u33\", u3-b, nu3"]"#).unwrap();

    let made = forget(&run, "u3", &[], &Silent).unwrap();
    let after: Profile = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(after, Profile { examples: vec![rejected(3, other)], ..profile });
    assert!(counts(&made).contains(&("profile.json".to_owned(), 0, 2, 1)), "{:?}", made.files);
    let left: Vec<(&str, &str)> =
        made.left.iter().map(|left| (left.place.rsplit('/').next().unwrap(), left.why.as_str())).collect();
    let [(page, again), (notes, delete)] = left[..] else { panic!("{left:?}") };
    assert_eq!((page, notes), ("report.html", "notes.json"));
    assert!(again.contains("`rankine report "), "{again}");
    assert!(delete.contains("delete"), "{delete}");
}

#[test]
fn numbers_of_a_page_are_no_users() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let names = |page: &str| {
        std::fs::write(run.join("report.html"), page).unwrap();
        forget(&run, "77", &[], &Silent).unwrap().left.iter().any(|left| left.place.ends_with("report.html"))
    };
    for page in [
        "<pre>{&quot;user&quot;:77,&quot;time&quot;:1}</pre>",
        "<pre>{&quot;user&quot;:&quot;77&quot;}</pre>",
        "<pre>watch,77,v1</pre>",
        "<td>77</td>",
    ] {
        assert!(names(page), "{page}");
    }
    for page in [
        "<p>77 days, 0.77 of 77%</p>",
        "<i style=\"width: 77px\" width=\"77\"></i>",
        "<p>&quot;seconds&quot;:77,</p>",
    ] {
        assert!(!names(page), "{page}");
    }
}

#[test]
fn what_is_no_journal_is_an_error_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let world = std::fs::read(run.join("log/world.jsonl")).unwrap();
    let table = folder.path().join("tables");
    std::fs::create_dir(&table).unwrap();
    std::fs::write(table.join("x.csv"), "user,video\nu3,v1\nu3,v2\n").unwrap();
    let rows = folder.path().join("rows.jsonl");
    std::fs::write(&rows, "{\"uid\":\"u3\",\"movie\":1}\n").unwrap();
    for (place, why) in [
        (&table.join("x.csv"), "not a journal in the native schema"),
        (&rows, "not a journal in the native schema"),
        (&table, "no `.jsonl` file in this folder"),
    ] {
        let refused = forget(&run, "u3", std::slice::from_ref(place), &Silent).unwrap_err().to_string();
        assert!(refused.contains(why) && refused.contains(&place.display().to_string()), "{refused}");
    }
    assert_eq!(std::fs::read(run.join("log/world.jsonl")).unwrap(), world);
    // Without a line there is nothing to look into; a line that is wrong is still one.
    std::fs::write(&rows, "\n").unwrap();
    assert!(forget(&run, "u8", std::slice::from_ref(&rows), &Silent).unwrap().files.is_empty());
    std::fs::write(&rows, "{\"event\":\"watch\",\"user\":\"u8\"}\n").unwrap();
    assert_eq!(forget(&run, "u8", std::slice::from_ref(&rows), &Silent).unwrap().files.len(), 1);
}

#[test]
fn a_log_that_lies_elsewhere_is_told_until_it_was_looked_through() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    for name in ["a.jsonl", "b.jsonl"] {
        std::fs::write(own.join(name), log().join("\n") + "\n").unwrap();
    }
    let run = run_on(folder.path(), &own);
    let told = |journals: &[PathBuf]| {
        let made = forget(&run, "u3", journals, &Silent).unwrap();
        made.left.iter().any(|left| left.place == own.display().to_string())
    };
    assert!(told(&[]) && told(&[own.join("a.jsonl")]));
    assert!(!told(std::slice::from_ref(&own)));
    assert!(!told(&[own.join("a.jsonl"), own.join("b.jsonl")]), "nothing was left to write again");
}
