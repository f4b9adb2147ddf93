//! The journal as a file: whatever a crash cuts off, what was acknowledged stays, in order.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rankine::serve::journal::{Journal, Recovery, Torn};
use serde_json::{Value, json};

fn open(path: &Path) -> (Journal, Vec<String>, Recovery) {
    let mut lines = Vec::new();
    let (journal, recovery) = Journal::open(path, &mut |line| lines.push(line)).unwrap();
    (journal, lines, recovery)
}

#[test]
fn any_cut_through_the_last_line_loses_that_line_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j.jsonl");
    let (journal, lines, recovery) = open(&path);
    assert_eq!((lines.len(), recovery), (0, Recovery::default()));
    let records = [json!({"a": 1}), json!({"b": "två"}), json!({"c": [1, 2, {"d": null}]})];
    journal.append(&records, || ()).unwrap();
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    let last = whole.len() - records[2].to_string().len() - 1;
    for cut in last..=whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let (journal, lines, recovery) = open(&path);
        let kept = if cut == whole.len() { 3 } else { 2 };
        assert_eq!(lines, records[..kept].iter().map(Value::to_string).collect::<Vec<_>>(), "cut at {cut}");
        if cut == last || cut == whole.len() {
            assert_eq!(recovery.torn, None);
        } else {
            let torn = recovery.torn.unwrap();
            let aside = folder.path().join(format!("j.jsonl.torn-{last}"));
            assert_eq!(torn, Torn { offset: last as u64, bytes: (cut - last) as u64, kept: aside.clone() });
            assert_eq!(std::fs::read(&aside).unwrap(), &whole[last..cut]);
            std::fs::remove_file(&aside).unwrap();
        }
        // The next line stands on its own.
        journal.append(&[json!({"e": 5})], || ()).unwrap();
        drop(journal);
        let (_, lines, recovery) = open(&path);
        assert_eq!((lines.len(), lines[kept].as_str(), recovery.torn), (kept + 1, r#"{"e":5}"#, None));
    }
}

#[test]
fn tails_that_are_not_json_are_set_aside_and_damage_inside_is_passed_over() {
    type Case<'a> = (&'a [u8], &'a [&'a str], u64, Option<u64>);
    let cases: [Case<'_>; 6] = [
        (b"{}\n\0\0\0\0\0", &["{}"], 0, Some(5)),
        (b"{}\nhalf\n\0\0\n", &["{}"], 0, Some(8)),
        (b"{}\nhalf\n[1]\n", &["{}", "[1]"], 1, None),
        (b"{}\n{\"a\":\"\xff\"}\n{}\n", &["{}", "{}"], 1, None),
        (b"{}\n\n", &["{}"], 0, Some(1)),
        (b"{", &[], 0, Some(1)),
    ];
    for (bytes, want, damaged, torn) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        std::fs::write(&path, bytes).unwrap();
        let (_, lines, recovery) = open(&path);
        assert_eq!(lines, want, "{bytes:?}");
        assert_eq!((recovery.damaged, recovery.torn.map(|torn| torn.bytes)), (damaged, torn), "{bytes:?}");
    }
}

#[test]
fn appends_from_eight_threads_are_all_durable_and_followed_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let (journal, ..) = open(&path);
    let followed = Arc::new(Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (journal, followed, path) = (&journal, &followed, &path);
            scope.spawn(move || {
                for number in 0..25 {
                    let lines = [json!({"thread": thread, "number": number}), json!({"of": thread})];
                    let (seen, text) = (followed.clone(), lines[0].to_string());
                    journal.append(&lines, move || seen.lock().unwrap().push(text)).unwrap();
                    // Acknowledged: in the file, and what follows it has run.
                    let text = lines[0].to_string();
                    assert!(std::fs::read_to_string(path).unwrap().contains(&text));
                    assert!(followed.lock().unwrap().contains(&text));
                }
            });
        }
    });
    assert_eq!(journal.bytes(), std::fs::metadata(&path).unwrap().len());
    drop(journal);
    let (_, lines, _) = open(&path);
    assert_eq!(lines.len(), 400);
    let firsts: Vec<String> = lines.iter().step_by(2).cloned().collect();
    assert_eq!(firsts, *followed.lock().unwrap());
    let mut next: BTreeMap<u64, u64> = BTreeMap::new();
    for pair in lines.chunks(2) {
        let [first, second] = [&pair[0], &pair[1]].map(|line| serde_json::from_str::<Value>(line).unwrap());
        let thread = first["thread"].as_u64().unwrap();
        assert_eq!(second["of"], thread, "lines of one append stay together");
        assert_eq!(first["number"], *next.entry(thread).or_default());
        *next.entry(thread).or_default() += 1;
    }
}

#[test]
fn a_journal_has_one_writer_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let (journal, ..) = open(&path);
    journal.append(&[json!({"a": 1})], || ()).unwrap();
    let read = |path: &Path| Journal::open(path, &mut |line| panic!("read `{line}` of another's journal"));
    let refused = read(&path).err().expect("it is open").to_string();
    assert!(refused.contains("another server writes to this log"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"a\":1}\n", "looking changed nothing");
    drop(journal);
    assert_eq!(open(&path).1.len(), 1, "once it is closed the next may have it");
}

#[test]
fn what_is_no_plain_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Journal::open(folder.path(), &mut |_| ()).is_err());
    assert!(Journal::open(Path::new("/dev/full"), &mut |_| ()).is_err());
    assert!(Journal::open(&folder.path().join("no/such/folder/j"), &mut |_| ()).is_err());
}
