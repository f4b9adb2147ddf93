//! The interview: the same score for the same lines, whatever is typed, bots in their order.

#[path = "../examples/interview_bots/bots.rs"]
mod bots;
#[path = "interview/briefs.rs"]
mod briefs;

use std::path::Path;
use std::sync::Arc;

use bots::{Bot, Kind, desk};
use briefs::brief;
use rankine::Silent;
use rankine::interview::{
    Block, Experiment, Interview, Journal, Level, Pace, Phase, Room, Said, Setting, markdown,
};
use toml::Value;

/// A room so small that everything in it takes moments; what it measures means little.
fn small(seed: u64, place: &Path) -> Arc<Room> {
    let mut brief = brief("video-recommendation");
    let numbers = [("users", 120), ("items", 80), ("requests", 1500), ("days", 20)];
    brief.world.extend(numbers.map(|(key, value)| (key.to_owned(), Value::Integer(value))));
    for fact in &mut brief.plan.facts {
        if fact.world.as_deref() == Some("requests") {
            fact.values = vec![Value::Integer(1500), Value::Integer(2000)];
        }
    }
    brief.plan.room.visits = 60;
    Arc::new(Room::new(Arc::new(brief), seed, place))
}

/// Answers that go through a whole interview.
const SCRIPT: &str = "\
how many daily users
the meaning of life
clickbait?
next
1k/s
back
2k/s
12 GB
3 TB
1
2
hint
3
1, 2, 3
popular, mix-trees
mix-trees 70, tie 20, gap 30%
r
back
pick mix-trees
20 ms
100 MB
2
predict";

fn played(room: Arc<Room>, lines: &[&str]) -> (Interview, Vec<Block>) {
    let mut interview = Interview::open(room, Level::Senior, Pace::Acts);
    let mut blocks = interview.talk();
    for line in lines {
        blocks.extend(interview.say(line, 0.0, &desk()).expect(line));
    }
    (interview, blocks)
}

#[test]
fn the_same_lines_give_the_same_score_and_a_journal_takes_it_up() {
    let place = tempfile::tempdir().expect("a folder");
    let lines: Vec<&str> = SCRIPT.lines().collect();
    let (whole, blocks) = played(small(3, &place.path().join("a")), &lines);
    let score = whole.score().expect("it is over").clone();
    assert!(score.total > 10.0 && score.total < 95.0, "{score:#?}");
    assert!((score.parts.iter().map(|part| part.of).sum::<f64>() - 100.0).abs() < 1e-6);
    let text = markdown(&whole);
    for words in ["DEBRIEF", "debrief", "not assessed: communication", "mix-trees"] {
        assert!(words == "DEBRIEF" || text.contains(words), "{words} is not in\n{text}");
    }

    // Everything executed anew: the same but for latency, which the other room keeps for itself.
    let (again, _) = played(small(3, &place.path().join("b")), &lines);
    let apart = |interview: &Interview| -> Vec<f64> {
        let parts = &interview.score().expect("over").parts;
        parts.iter().filter(|part| part.name != "serve").map(|part| part.points).collect()
    };
    assert_eq!(apart(&whole), apart(&again));

    // Killed in the middle of a line, then taken up: the same talk.
    let folder = place.path().join("kept");
    let setting =
        Setting { case: "video-recommendation".into(), seed: 3, level: Level::Senior, pace: Pace::Acts };
    let mut journal = Journal::begin(&folder, &setting).expect("a new one");
    for line in &lines {
        journal.keep(&Said { at: 0.0, line: (*line).to_owned() }).expect("it is kept");
    }
    drop(journal);
    let file = folder.join("answers.jsonl");
    let mut torn = std::fs::read(&file).expect("it is there");
    torn.extend(b"{\"at\": 1, \"li");
    std::fs::write(&file, torn).expect("writable");
    let (_, kept, said) = Journal::resume(&folder).expect("it is taken up");
    assert_eq!((kept, said.len()), (setting, lines.len()));
    let said: Vec<&str> = said.iter().map(|said| said.line.as_str()).collect();
    let (_, resumed) = played(small(3, &place.path().join("a")), &said);
    assert_eq!(resumed, blocks);
}

#[test]
fn nothing_that_is_typed_breaks_it() {
    let place = tempfile::tempdir().expect("a folder");
    let mut interview = Interview::open(small(1, place.path()), Level::Staff, Pace::Acts);
    let long = "how many users ".repeat(700);
    let ugly = [
        "",
        "   ",
        "\u{0}\u{1b}[31m",
        "back",
        "back",
        "🎥🎥🎥",
        "-1",
        "NaN",
        "1e999",
        "' OR 1=1 --",
        "next next",
        &long,
    ];
    for _ in 0..40 {
        for line in ugly {
            interview.say(line, 0.0, &desk()).expect("an answer");
        }
        if interview.question().is_none() {
            break;
        }
        if interview.phase() < Phase::Serve {
            interview.say("next", 0.0, &desk()).expect("an answer");
        }
    }
    let (_, minutes) = interview.minutes();
    assert!(minutes <= 60.0, "time ends it: {minutes}");
}

#[test]
fn an_experiment_with_all_contenders_leaves_what_is_to_be_served() {
    let place = tempfile::tempdir().expect("a folder");
    let room = small(7, place.path());
    let names = room.brief.contenders();
    let reference = room.execute(&room.reference(), &Silent).expect("a run");
    let all = names.iter().map(|name| (*name).to_owned()).collect();
    let again = room.execute(&Experiment { contenders: all, ..Experiment::default() }, &Silent);
    assert!(Arc::ptr_eq(&reference, &again.expect("the same run")));
    for name in names {
        room.measured(&reference, name, desk().measure).expect("its bundle is there");
    }
}

#[test]
fn a_hint_that_was_given_costs_nothing_again() {
    let place = tempfile::tempdir().expect("a folder");
    let mut interview = Interview::open(small(4, place.path()), Level::Senior, Pace::Acts);
    let mut minutes = Vec::new();
    for _ in 0..3 {
        interview.say("hint", 0.0, &desk()).expect("an answer");
        minutes.push(interview.minutes().1);
    }
    assert!(minutes[0] > 0.0 && minutes[1..] == [minutes[0]; 2], "{minutes:?}");
}

#[test]
fn time_on_the_wall_ends_it() {
    let place = tempfile::tempdir().expect("a folder");
    let mut interview = Interview::open(small(2, place.path()), Level::Junior, Pace::Wall(45.0));
    interview.say("how many users", 60.0, &desk()).expect("an answer");
    assert!((interview.minutes().1 - 1.0).abs() < 1e-9, "{:?}", interview.minutes());
    let blocks = interview.say("how fast", 46.0 * 60.0, &desk()).expect("an answer");
    assert!(interview.score().is_some(), "{blocks:?}");
}

#[test]
fn who_knows_more_scores_more() {
    let place = tempfile::tempdir().expect("a folder");
    let (room, other) = (small(5, &place.path().join("a")), small(6, &place.path().join("b")));
    let attended = |kind, room: &Arc<Room>, notes| {
        let mut interview = Interview::open(room.clone(), Level::Senior, Pace::Acts);
        let mut bot = Bot::new(kind, 5, notes, &other);
        let score = bot.attend(&mut interview, &desk()).expect("it comes to an end");
        (score, bot.said)
    };
    let (_, notes) = attended(Kind::Oracle, &other, None);
    let scores = Kind::ALL.map(|kind| attended(kind, &room, Some(&notes)).0);
    let told: Vec<String> =
        Kind::ALL.iter().zip(scores).map(|(kind, score)| format!("{} {score:.1}", kind.name())).collect();
    let [random, stuffer, memoriser, careful, oracle] = scores;
    assert!(oracle > 85.0, "{told:?}");
    assert!(oracle > careful && careful > random.max(stuffer) && oracle > memoriser, "{told:?}");
}
