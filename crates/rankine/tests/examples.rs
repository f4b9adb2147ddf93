//! Tables of examples: a split that is given, examples drawn beside those that are there, ids of several
//! tables, and the odds of the log's own policy.

#![allow(clippy::unwrap_used)] // a test may fail by a panic

mod road_tiny;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use rankine::Silent;
use rankine::clarify::clarify;
use rankine::prepare::{Dataset, Period, prepare};
use rankine_design::Source;
use rankine_learn::{What, hash};
use road_tiny::{on_mapped, problem_of, through};

const DESIGN: &str = r#"
[problem]
name = "shop"
task = "classify"
for = "visitor"
choose = "ad"

[entities.visitor]

[entities.ad]
campaign = "category"

[request]
mood = "category"
odds = "number"

[events.click]
clicked = "number"

[label.clicked]
from = "click"
when = "clicked > 0"
within = "1d"

[features]
mood = { kind = "field", of = "request.mood" }
ad = { kind = "id", of = "ad" }

[[contenders]]
name = "prior"
score = "prior"

[[contenders]]
name = "crosses"
score = { algorithm = "ftrl", crosses = "all" }

[evaluate]
metric = "log-loss"
baseline = "prior"
trials = 1
split = "shuffled"
"#;

fn dataset(mapping: &str, files: &[(&str, &str)], seed: u64) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let problem = problem_of(&[Source::new("design.toml", DESIGN), Source::new("mapping.toml", mapping)]);
    prepare(&problem, folder.path(), seed, &Silent).unwrap()
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// (who asked, what was shown, whether it was clicked) of each request, by name.
fn named(dataset: &Dataset) -> Vec<(String, String, bool)> {
    let problem = problem_of(&[Source::new("design.toml", DESIGN)]);
    let names = &dataset.dictionary.entities;
    let one = |outcome: &rankine::prepare::Outcome| match &dataset.events[outcome.event].what {
        What::Request { user, shown, .. } => (
            names[problem.schema.user].name(*user).to_owned(),
            names[problem.schema.item].name(shown[0]).to_owned(),
            outcome.label(&problem, 0, shown[0]) == Some(1.0),
        ),
        _ => unreachable!("an outcome is of a request"),
    };
    dataset.outcomes.iter().map(one).collect()
}

/// Everybody takes three of twelve ads.
fn taken() -> String {
    let mut text = "who,what,times\n".to_owned();
    for user in 0..60 {
        for pick in 0..3 {
            writeln!(text, "u{user},{},{}", (user + 5 * pick) % 12, pick + 1).unwrap();
        }
    }
    text
}

#[test]
fn examples_are_drawn_among_what_a_user_never_took() {
    let mapping = "[[tables]]\nfile = \"t.csv\"\nheader = true\nexample = \"click\"\nuser = \"who\"\n\
                   item = \"what\"\napart = true\nothers = 2\nfields = { clicked = \"times\" }\n";
    let text = taken();
    let made = named(&dataset(mapping, &[("t.csv", &text)], 1));
    assert_eq!(made.len(), 3 * 180);
    let own: BTreeSet<(&str, &str)> = text.lines().skip(1).filter_map(|line| line.split_once(',')).collect();
    assert_eq!(own.len(), 180);
    let took: BTreeSet<(String, String)> = made
        .iter()
        .filter(|(_, _, clicked)| *clicked)
        .map(|(user, item, _)| (user.clone(), item.clone()))
        .collect();
    assert_eq!((took.len(), made.iter().filter(|(_, _, clicked)| *clicked).count()), (180, 180));
    for (user, item, clicked) in &made {
        assert_eq!(took.contains(&(user.clone(), item.clone())), *clicked, "{user} {item}");
    }
    // All other items come up, and a seed shuffles without drawing anew.
    let drawn = |made: &[(String, String, bool)]| {
        let mut drawn: Vec<(String, String)> = made
            .iter()
            .filter(|(_, _, clicked)| !clicked)
            .map(|(user, item, _)| (user.clone(), item.clone()))
            .collect();
        drawn.sort();
        drawn
    };
    assert_eq!(drawn(&made).iter().map(|(_, item)| item).collect::<BTreeSet<_>>().len(), 12);
    let other = named(&dataset(mapping, &[("t.csv", &text)], 2));
    assert_eq!(drawn(&made), drawn(&other));
    assert_ne!(made, other);
    // Rows of a user are apart: no user's rows all stand together.
    let first: BTreeSet<&String> = made[..270].iter().map(|(user, _, _)| user).collect();
    assert!(first.len() > 50, "{} of 60 users are in the first half", first.len());
}

#[test]
fn a_split_that_is_given_is_kept() {
    let table = |file: &str, period: &str| {
        format!(
            "[[tables]]\nfile = \"{file}\"\nheader = true\nexample = \"click\"\nuser = \"who\"\nitem = \"what\"\n\
             period = \"{period}\"\nfields = {{ clicked = \"times\" }}\n"
        )
    };
    let rows = |from: usize, count: usize| {
        let mut text = "who,what,times\n".to_owned();
        for row in from..from + count {
            writeln!(text, "u{row},{},{}", row % 7, usize::from(row % 3 == 0)).unwrap();
        }
        text
    };
    let (train, valid, test) = (rows(0, 70), rows(100, 20), rows(200, 31));
    // The order of the tables is not that of the periods.
    let mapping = [table("c.csv", "test"), table("a.csv", "train"), table("b.csv", "validation")].concat();
    let made = dataset(&mapping, &[("a.csv", &train), ("b.csv", &valid), ("c.csv", &test)], 3);
    assert_eq!(made.periods, [0, 0, 70, 90, 121]);
    let names = named(&made);
    let users = |period: Period| -> BTreeSet<&str> {
        let range = made.periods[period as usize]..made.periods[period as usize + 1];
        names[range].iter().map(|(user, _, _)| user.as_str()).collect()
    };
    assert!(users(Period::Train).iter().all(|user| user.len() <= 3));
    assert!(users(Period::Test).iter().all(|user| user.starts_with("u2") && user.len() == 4));
    // Without a validation period the train rows give it their share: 20% and 15% of the log by default.
    let mapping = [table("a.csv", "train"), table("c.csv", "test")].concat();
    let made = dataset(&mapping, &[("a.csv", &train), ("c.csv", &test)], 3);
    assert_eq!(made.periods, [0, 0, 40, 70, 101]);
    // A period beside time, or on one table of two, is a mistake.
    let sources = |design: String, mapping: String| {
        [Source::new("design.toml", design), Source::new("mapping.toml", mapping)]
    };
    let timed = DESIGN.replace("split = \"shuffled\"", "split = \"time\"");
    let without = table("c.csv", "test").replace("period = \"test\"\n", "");
    for (design, mapping) in
        [(timed, mapping), (DESIGN.to_owned(), [table("a.csv", "train"), without].concat())]
    {
        assert!(clarify(&sources(design, mapping)).problem.is_none());
    }
}

#[test]
fn the_same_ids_of_two_tables_stay_apart() {
    let table = |name: &str| {
        format!(
            "[[tables]]\nfile = \"{name}-ads.csv\"\nheader = true\nentity = \"ad\"\nid = \"id\"\n\
             prefix = \"{name}-\"\nfields = {{ campaign = {{ always = \"{name}\" }} }}\n\
             [[tables]]\nfile = \"{name}.csv\"\nheader = true\nexample = \"click\"\nitem = \"what\"\n\
             prefix = \"{name}-\"\nfields = {{ clicked = \"clicked\" }}\n"
        )
    };
    let mut rows = "what,clicked\n".to_owned();
    (0..40).for_each(|row| writeln!(rows, "{},{}", row % 2, row % 4 / 2).unwrap());
    let ads = "id\n0\n1\n";
    let files = [("men-ads.csv", ads), ("men.csv", &rows), ("women-ads.csv", ads), ("women.csv", &rows)];
    let made = dataset(&[table("men"), table("women")].concat(), &files, 1);
    let items: BTreeSet<String> = named(&made).into_iter().map(|(_, item, _)| item).collect();
    assert_eq!(items.into_iter().collect::<Vec<_>>(), ["men-0", "men-1", "women-0", "women-1"]);
}

/// Four ads shown by odds of .4, .3, .2, .1 in two moods; each mood has an ad of its own that is clicked by
/// `best`, all others are clicked by .1.
fn shown(rows: u64, best: f64) -> String {
    let mut text = "at,what,mood,odds,clicked\n".to_owned();
    for row in 0..rows {
        let draw = |purpose: u64| (hash(13, &[row, purpose]) >> 11) as f64 / (1u64 << 53) as f64;
        let mood = usize::from(draw(1) < 0.5);
        let at = [0.4, 0.7, 0.9, 1.0].iter().position(|end| draw(2) < *end).unwrap();
        let chance = if at == 2 + mood { best } else { 0.1 };
        let clicked = u8::from(draw(3) < chance);
        let odds = [0.4, 0.3, 0.2, 0.1][at];
        writeln!(text, "{},a{at},m{mood},{odds},{clicked}", 1_760_000_000 + row * 60).unwrap();
    }
    text
}

#[test]
fn odds_tell_what_other_choices_would_have_earned() {
    let mapping = "[[tables]]\nfile = \"t.csv\"\nheader = true\nexample = \"click\"\nitem = \"what\"\n\
                   time = { column = \"at\", unit = \"s\" }\n\
                   fields = { clicked = \"clicked\", mood = \"mood\", odds = \"odds\" }\n";
    let design = DESIGN.replace("split = \"shuffled\"", "propensity = \"request.odds\"");
    let found = |rows: u64| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("t.csv", &shown(rows, 0.4))]);
        let made = through(&on_mapped(&design, mapping, folder.path(), 1), &folder.path().join("runs"));
        made.selection.prediction.unwrap().off_policy.unwrap()
    };
    let many = found(12_000);
    let [prior, crosses] = many.contenders.as_slice() else { panic!("two contenders") };
    // The log: .1, and .3 more for .2 of half of its choices and .1 of the others. The best: .4 always. One
    // that knows nothing picks any: a quarter of its choices is right.
    let near = |estimate: rankine_learn::verdict::Estimate, truth: f64| {
        assert!(estimate.low < truth && truth < estimate.high, "{estimate:?} does not hold {truth}");
        assert!(estimate.high - estimate.low < 0.2, "{estimate:?}");
    };
    near(many.logged, 0.145);
    for worth in [crosses.worth.ips, crosses.worth.snips, crosses.worth.doubly_robust] {
        near(worth.estimate, 0.4);
    }
    near(prior.worth.snips.estimate, 0.175);
    assert!(crosses.over_logged.low > 0.1 && crosses.times_needed.is_none(), "{:?}", crosses.over_logged);
    assert!(crosses.worth.is_reliable());
    assert!((crosses.worth.mean_weight - 1.0).abs() < 0.15, "the odds are right");
    // A fifth of an hour's log cannot tell what a day's does.
    let few = found(300);
    let [_, crosses] = few.contenders.as_slice() else { panic!("two contenders") };
    assert!(few.choices < 60 && !crosses.worth.is_reliable() && !crosses.worth.warnings.is_empty());
}
