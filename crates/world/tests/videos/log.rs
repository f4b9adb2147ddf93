//! What must hold of any log: its order, its references, its determinism, and the visible position bias.

use std::collections::{BTreeMap, BTreeSet};

use rankine_world::videos::{Settings, Videos};
use rankine_world::{Line, Moment, Roles, World};
use serde_json::json;

fn small() -> Settings {
    Settings { users: 150, items: 120, births_per_day: 2.0, days: 20, requests: 1_500, ..Settings::default() }
}

fn lines(settings: &Settings, seed: u64) -> Vec<Line> {
    let mut lines = Vec::new();
    Videos::new(settings, seed).log(&mut |line| lines.push(line));
    lines
}

fn bytes(settings: &Settings, seed: u64) -> String {
    let mut out = String::new();
    for line in lines(settings, seed) {
        line.write_json(&mut out);
        out.push('\n');
    }
    out
}

#[test]
fn the_seed_decides_the_bytes() {
    let first = bytes(&small(), 7);
    assert_eq!(first, bytes(&small(), 7));
    assert_ne!(first, bytes(&small(), 8));
}

#[test]
fn lines_come_in_time_order_and_end_before_the_end() {
    let lines = lines(&small(), 1);
    assert!(lines.is_sorted_by_key(Line::time));
    assert!(lines[0].time() >= small().start);
    assert!(lines.last().unwrap().time() < Videos::new(&small(), 1).end());
}

#[test]
fn every_reference_is_to_something_that_came_before() {
    let mut born = BTreeSet::new();
    let mut shown_by: BTreeMap<String, (String, i64, Vec<String>)> = BTreeMap::new();
    let mut watched = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for line in lines(&small(), 2) {
        match line {
            Line::Entity { id, .. } => assert!(born.insert(id.clone()), "{id} is born twice"),
            Line::Request { id, time, user, shown, .. } => {
                assert!(born.contains(&user), "{user} asks before arriving");
                assert!(shown.iter().all(|item| born.contains(item)), "{id} shows the unborn");
                assert_eq!(shown.len(), 12);
                assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), 12, "{id} shows an item twice");
                shown_by.insert(id, (user, time, shown));
            }
            Line::Interaction { event, id, time, user, item, request, fields, .. } => {
                assert!(ids.insert(id.clone()), "{id} is used twice");
                let (asked, when, shown) = &shown_by[&request.unwrap()];
                assert!((1..3_600_000).contains(&(time - when)), "{id} is not within the hour");
                assert_eq!(asked, &user);
                assert!(shown.contains(&item));
                match event.as_str() {
                    "click" => assert!(fields.is_empty()),
                    "watch" => assert!(watched.insert((user, item)), "{id} watches again"),
                    other => panic!("no event is called {other}"),
                }
            }
        }
    }
    assert_eq!(shown_by.len(), 1_500);
    assert!(born.len() > 150 + 120 + 30, "videos are born on the way");
}

#[test]
fn some_users_arrive_on_the_way_and_activity_is_heavy_tailed() {
    let settings = small();
    let mut requests: BTreeMap<String, usize> = BTreeMap::new();
    let mut late = 0;
    for line in lines(&settings, 3) {
        match line {
            Line::Entity { event, time, .. } if event == "user" => late += usize::from(time > settings.start),
            Line::Request { user, .. } => *requests.entry(user).or_default() += 1,
            _ => {}
        }
    }
    assert!((20..60).contains(&late), "{late} of 150 users are new");
    let mut counts: Vec<usize> = requests.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let top_tenth: usize = counts.iter().take(15).sum();
    assert!(top_tenth * 4 > 1_500, "the busiest tenth makes {top_tenth} of 1500 requests");
}

#[test]
fn clicks_fall_with_position_as_the_setting_says() {
    let settings = Settings { requests: 8_000, ..small() };
    let mut at: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut shown_at, mut clicked_at) = ([0.0; 12], [0.0; 12]);
    for line in lines(&settings, 4) {
        match line {
            Line::Request { id, shown, .. } => {
                for (position, item) in shown.into_iter().enumerate() {
                    shown_at[position] += 1.0;
                    at.insert((id.clone(), item), position);
                }
            }
            Line::Interaction { event, item, request, .. } if event == "click" => {
                clicked_at[at[&(request.unwrap(), item)]] += 1.0;
            }
            _ => {}
        }
    }
    let rate = |position: usize| clicked_at[position] / shown_at[position];
    for position in [3, 7, 11] {
        let (ratio, expected) =
            (rate(position) / rate(0), (position as f64 + 1.0).powf(-settings.position_bias));
        assert!((ratio / expected - 1.0).abs() < 0.15, "position {position}: {ratio} for {expected}");
    }
}

#[test]
fn what_follows_the_log_is_new_and_in_order() {
    let settings = small();
    let world = Videos::new(&settings, 5);
    let mut ids: BTreeSet<String> = lines(&settings, 5)
        .into_iter()
        .filter_map(|line| match line {
            Line::Entity { id, .. } | Line::Request { id, .. } => Some(id),
            Line::Interaction { .. } => None,
        })
        .collect();
    let (mut visits, mut births, mut last) = (0, 0, world.end());
    for moment in world.afterwards(400) {
        let (id, time) = match moment {
            Moment::Event(Line::Entity { id, time, .. }) => (id, time),
            Moment::Event(other) => panic!("{other:?} is no birth"),
            Moment::Visit(visit) => (visit.id, visit.time),
        };
        if id.starts_with('v') {
            births += 1
        } else {
            visits += 1
        }
        assert!(time >= last, "{id} goes back in time");
        assert!(ids.insert(id.clone()), "{id} was there before");
        last = time;
    }
    assert_eq!(visits, 400);
    assert!((5..=14).contains(&births), "{births} births in about 5.3 days at 2 a day");
    assert!(world.afterwards(0).is_empty());
}

#[test]
fn lines_are_written_in_the_native_schema() {
    let text = |line: &Line| {
        let mut out = String::new();
        line.write_json(&mut out);
        out
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let entity = Line::Entity {
        event: "video".to_owned(),
        id: "v1".to_owned(),
        time: 5,
        fields: vec![("genre".to_owned(), json!(["news"])), ("title".to_owned(), json!("a \"b\""))],
    };
    let roles = Roles { asks: "user", shown: "video" };
    let request = Line::Request {
        roles,
        id: "r1".to_owned(),
        time: 6,
        user: "u1".to_owned(),
        context: vec![("device".to_owned(), json!("tv"))],
        shown: names(&["v1", "v2"]),
    };
    let watch = Line::Interaction {
        roles,
        event: "watch".to_owned(),
        id: "e1".to_owned(),
        time: 7,
        user: "u1".to_owned(),
        item: "v1".to_owned(),
        request: Some("r1".to_owned()),
        fields: vec![("seconds".to_owned(), json!(40))],
    };
    let expected = [
        (entity, r#"{"event":"video","id":"v1","time":5,"fields":{"genre":["news"],"title":"a \"b\""}}"#),
        (
            request,
            r#"{"event":"request","id":"r1","time":6,"user":"u1","context":{"device":"tv"},"shown":["v1","v2"]}"#,
        ),
        (
            watch,
            r#"{"event":"watch","id":"e1","time":7,"user":"u1","video":"v1","request":"r1","fields":{"seconds":40}}"#,
        ),
    ];
    for (line, json) in expected {
        assert_eq!(text(&line), json);
    }
}
