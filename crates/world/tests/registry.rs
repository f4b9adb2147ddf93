//! Laws of every kind of world, its settings, and the files of the cases.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::BTreeSet;
use std::path::Path;

use rankine_world::{ALL, Kind, Line, Moment, Recipe, Visit, World, find, read};

/// (kind, the file of its case, settings that make it small).
const TABLE: &[(&str, &str, &str)] = &[
    (
        "videos",
        include_str!("../../../cases/video-recommendation/world.toml"),
        "users = 80\nitems = 100\ndays = 6\nrequests = 400",
    ),
    (
        "ads",
        include_str!("../../../cases/ad-click-prediction/world.toml"),
        "users = 80\nads = 60\ndays = 3\nrequests = 1500\nclick_rate = 0.1",
    ),
    (
        "posts",
        include_str!("../../../cases/harmful-content/world.toml"),
        "authors = 60\nposts = 400\ndays = 5\ntopics = 4",
    ),
    (
        "streets",
        include_str!("../../../cases/street-view-blurring/world.toml"),
        "pictures = 120\ndays = 4\nwidth = 64\nheight = 64",
    ),
];

fn small(kind: &Kind) -> Box<dyn Recipe> {
    let (_, _, settings) = TABLE.iter().find(|(name, _, _)| *name == kind.name).unwrap();
    read(&format!("kind = '{}'\n{settings}", kind.name)).unwrap_or_else(|error| panic!("{error}"))
}

fn lines(world: &dyn World) -> Vec<Line> {
    let mut lines = Vec::new();
    world.log(&mut |line| lines.push(line));
    lines
}

/// What a contender would show who knows nothing: the pool's first items, or those the log has shown.
fn slate(visit: &Visit, shown: &[String]) -> Vec<String> {
    let from = if visit.pool.is_empty() { shown } else { &visit.pool };
    from.iter().take(8).cloned().collect()
}

fn shown(lines: &[Line]) -> Vec<String> {
    let shown = lines.iter().filter_map(|line| match line {
        Line::Request { shown, .. } => Some(shown.clone()),
        _ => None,
    });
    shown.flatten().take(8).collect::<BTreeSet<_>>().into_iter().collect()
}

fn visits(world: &dyn World, count: usize) -> Vec<Visit> {
    let moments = world.afterwards(count).into_iter();
    moments.filter_map(|moment| if let Moment::Visit(visit) = moment { Some(visit) } else { None }).collect()
}

#[test]
fn every_folder_with_a_kind_is_in_the_list_and_has_small_settings_here() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = std::fs::read_dir(source).unwrap().map(|entry| entry.unwrap());
    // A folder that declares no kind writes no log.
    let declares = |entry: &std::fs::DirEntry| {
        std::fs::read_to_string(entry.path().join("mod.rs"))
            .is_ok_and(|text| text.contains("static KIND: Kind"))
    };
    let kinds: BTreeSet<String> =
        folders.filter(declares).map(|entry| entry.file_name().into_string().unwrap()).collect();
    let listed: BTreeSet<String> = ALL.iter().map(|kind| kind.name.to_owned()).collect();
    assert_eq!(kinds, listed);
    let tested: BTreeSet<String> = TABLE.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(tested, listed);
    assert_eq!(ALL.len(), listed.len(), "a name is used twice");
}

#[test]
fn the_file_of_a_case_lists_every_key_with_its_default() {
    for (name, file, _) in TABLE {
        let recipe = read(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(recipe.identity(), find(name).unwrap().preset().identity(), "{name}");
        let keys: toml::Table = file.parse().unwrap();
        let identity: serde_json::Value = serde_json::from_str(&recipe.identity()).unwrap();
        let known = identity["settings"].as_object().unwrap().keys().map(String::as_str).chain(["kind"]);
        assert_eq!(keys.keys().map(String::as_str).collect::<BTreeSet<_>>(), known.collect(), "{name}");
        assert!(file.lines().filter(|line| line.contains(" = ")).all(|line| line.contains('#') || {
            // A key that speaks for itself.
            ["genres", "channels"].iter().any(|key| line.starts_with(key))
        }));
        assert!(recipe.outside().is_empty(), "{name}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_place() {
    let table = [
        ("users = 3", "`kind` is missing; the kinds of worlds are `videos`"),
        ("kind = 'vidoes'", "there is no kind `vidoes`"),
        ("kind = 3", "`kind` must be a text"),
        ("kind = 'videos'\nuser = 3", "line 2"),
        ("kind = 'videos'\nuser = 3", "unknown field `user`"),
        ("kind = 'videos'\nusers = 'many'", "line 2"),
        ("kind = 'videos'\nusers = ", "line 2"),
        ("kind = 'videos'\nnew_users = 1.5", "new_users = 1.0"),
        ("kind = 'videos'\nnew_users = nan", "new_users = 0.0"),
    ];
    for (text, part) in table {
        let error = read(text).expect_err(text);
        assert!(error.contains(part), "{text:?} gives {error:?}");
    }
}

#[test]
fn the_seed_decides_the_lines() {
    for kind in ALL {
        let text = |seed| {
            let mut text = String::new();
            lines(&*small(kind).build(seed)).iter().for_each(|line| line.write_json(&mut text));
            text
        };
        assert_eq!(text(7), text(7), "{}", kind.name);
        assert_ne!(text(7), text(8), "{}", kind.name);
        let after = |seed| small(kind).build(seed).afterwards(30);
        assert_eq!(after(7), after(7), "{}", kind.name);
    }
}

#[test]
fn a_log_is_in_time_order_and_names_what_was_born() {
    for kind in ALL {
        let world = small(kind).build(1);
        let lines = lines(&*world);
        assert!(lines.is_sorted_by_key(Line::time), "{}", kind.name);
        assert!(lines.last().unwrap().time() < world.end(), "{}", kind.name);
        let (mut born, mut requests, mut ids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for line in lines {
            match line {
                Line::Entity { event, id, .. } => {
                    assert!(event == kind.roles.asks || event == kind.roles.shown);
                    born.insert((event, id));
                }
                Line::Request { roles, id, user, shown, .. } => {
                    assert_eq!(roles, kind.roles);
                    assert!(born.contains(&(roles.asks.to_owned(), user)), "{id}");
                    assert!(shown.iter().collect::<BTreeSet<_>>().len() == shown.len() && !shown.is_empty());
                    for item in shown {
                        assert!(born.contains(&(roles.shown.to_owned(), item)), "{id}");
                    }
                    assert!(requests.insert(id));
                }
                Line::Interaction { roles, id, user, item, request, .. } => {
                    assert_eq!(roles, kind.roles);
                    assert!(born.contains(&(roles.asks.to_owned(), user)), "{id}");
                    assert!(born.contains(&(roles.shown.to_owned(), item)), "{id}");
                    assert!(request.is_none_or(|request| requests.contains(&request)), "{id}");
                    assert!(ids.insert(id.clone()), "{id} is used twice");
                }
            }
        }
        assert!(requests.len() > 100, "{}", kind.name);
    }
}

#[test]
fn what_follows_the_log_is_new_in_order_and_known_when_it_is_asked_for() {
    for kind in ALL {
        let world = small(kind).build(2);
        let mut born = BTreeSet::new();
        let mut used = BTreeSet::new();
        for line in lines(&*world) {
            match line {
                Line::Entity { id, .. } => drop(born.insert(id)),
                Line::Request { id, .. } | Line::Interaction { id, .. } => drop(used.insert(id)),
            }
        }
        let mut last = world.end();
        let moments = world.afterwards(100);
        if !world.visited() {
            assert!(moments.is_empty(), "{} has visits that nobody makes", kind.name);
            continue;
        }
        assert!(matches!(moments.last(), Some(Moment::Visit(_))));
        assert_eq!(visits(&*world, 100).len(), 100);
        for moment in moments {
            let time = match moment {
                Moment::Event(line) => {
                    match &line {
                        Line::Entity { id, .. } => drop(born.insert(id.clone())),
                        Line::Interaction { id, .. } => assert!(used.insert(id.clone()), "{id}"),
                        Line::Request { id, .. } => panic!("{id} asks outside a visit"),
                    }
                    line.time()
                }
                Moment::Visit(visit) => {
                    assert!(used.insert(visit.id.clone()), "{} was used before", visit.id);
                    assert!(born.contains(&visit.user), "{} is asked by nobody", visit.id);
                    assert!(visit.pool.iter().all(|item| born.contains(item)), "{}", visit.id);
                    visit.time
                }
            };
            assert!(time >= last, "{} goes back in time", kind.name);
            last = time;
        }
        assert!(world.afterwards(0).is_empty());
    }
}

#[test]
fn reactions_are_a_function_of_seed_and_history_and_are_worth_their_sum() {
    for kind in ALL {
        let world = small(kind).build(3);
        let all = shown(&lines(&*world));
        let (mut first, mut lines) = (world.population(), Vec::new());
        let mut second = first.boxed_clone();
        let mut third = small(kind).build(3).population();
        for visit in visits(&*world, 60) {
            let slate = slate(&visit, &all);
            let react = first.react(&visit, &slate);
            assert_eq!(react, second.react(&visit, &slate), "{}", kind.name);
            assert_eq!(react, third.react(&visit, &slate), "{}", kind.name);
            assert!(react.is_sorted_by_key(Line::time) && react.iter().all(|line| line.time() >= visit.time));
            lines.extend(react);
        }
        let sum: f64 = lines.iter().map(|line| world.worth(std::slice::from_ref(line))).sum();
        assert!((sum - world.worth(&lines)).abs() < 1e-6 * sum.abs().max(1.0), "{}", kind.name);
        assert_eq!(lines.is_empty(), !world.visited(), "nobody reacts in {}", kind.name);
    }
}

#[test]
fn odd_slates_and_visitors_make_no_panic_and_take_only_their_place() {
    for kind in ALL {
        let world = small(kind).build(4);
        let odd =
            ["", "v", "v01", "a-1", "p99999999999999999999", "\u{0}", "u0", "zürich"].map(str::to_owned);
        for visit in visits(&*world, 10) {
            let mut people = world.population();
            people.react(&visit, &odd);
            people.react(&visit, &[]);
            let stranger = Visit { user: "nobody".to_owned(), ..visit.clone() };
            let nothing = people.react(&stranger, &slate(&visit, &shown(&lines(&*world))));
            assert!(nothing.iter().all(|line| world.worth(std::slice::from_ref(line)) == 0.0));
            let bare = Visit { context: Vec::new(), time: i64::MAX, ..visit.clone() };
            people.react(&bare, &visit.pool);
            people.react(&Visit { time: i64::MIN, ..bare }, &visit.pool);
        }
    }
}

#[test]
fn streets_that_change_midway_are_the_same_before_and_darker_after() {
    let settings = "kind = 'streets'\npictures = 120\ndrive = 3\nwidth = 64\nheight = 64\nnight = 0.2\n";
    let world = |later: &str| read(&format!("{settings}{later}")).unwrap().build(4);
    let (plain, changed) = (world(""), world("later = { from = 0.5, night = 1.0 }\n"));
    for index in 0..120 {
        let [plain, changed] = [&plain, &changed].map(|world| world.picture(index).unwrap());
        assert_eq!(plain.path, changed.path);
        assert!(index >= 60 || plain.pixels == changed.pixels, "{index}");
    }
    let nights = |world: &dyn World| {
        let dark = |line: &Line| match line {
            Line::Entity { fields, .. } => fields.iter().any(|(_, value)| value == "night"),
            _ => false,
        };
        let photos: Vec<bool> = lines(world)
            .iter()
            .filter(|line| matches!(line, Line::Entity { event, .. } if event == "photo"))
            .map(dark)
            .collect();
        [0, 60].map(|from| photos[from..from + 60].iter().filter(|dark| **dark).count())
    };
    let [before, after] = nights(changed.as_ref());
    assert!(before < 30 && after == 60, "{before}, {after}");
    let outside = read(&format!("{settings}later = {{ from = 1.5 }}\n")).unwrap_err();
    assert!(outside.contains("outside the range"), "{outside}");
}
