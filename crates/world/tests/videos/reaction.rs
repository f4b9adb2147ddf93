//! How users react to slates: common random numbers, no watch twice, the effects of the moment, no panic.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use rankine_world::videos::{Settings, Videos, Viewers};
use rankine_world::{Line, Moment, Population, Visit, World};
use serde_json::json;

static WORLD: LazyLock<(Videos, Viewers)> = LazyLock::new(|| {
    let settings = Settings { users: 100, items: 200, days: 10, requests: 500, ..Settings::default() };
    let world = Videos::new(&settings, 11);
    let population = world.viewers();
    (world, population)
});

fn visits(count: usize) -> Vec<Visit> {
    let moments = WORLD.0.afterwards(count).into_iter();
    moments.filter_map(|moment| if let Moment::Visit(visit) = moment { Some(visit) } else { None }).collect()
}

fn slate(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("v{number}")).collect()
}

fn of_items<'a>(lines: &'a [Line], items: &'a [String]) -> Vec<&'a Line> {
    let about = |line: &&Line| matches!(line, Line::Interaction { item, .. } if items.contains(item));
    lines.iter().filter(about).collect()
}

#[test]
fn two_contenders_get_the_same_reaction_to_the_same_item_at_the_same_position() {
    let (_, start) = &*WORLD;
    let mut reactions = 0;
    for visit in visits(200) {
        let (common, left, right) = (slate(0..5), slate(20..25), slate(30..35));
        let react = |tail: &[String]| start.clone().react(&visit, &[&common[..], tail].concat());
        let (first, second) = (react(&left), react(&right));
        assert_eq!(of_items(&first, &common), of_items(&second, &common));
        reactions += of_items(&first, &common).len();
    }
    assert!(reactions > 50, "only {reactions} reactions were compared");
}

#[test]
fn a_higher_position_never_loses_a_click() {
    let (_, start) = &*WORLD;
    let (mut high, mut low) = (0, 0);
    for visit in visits(200) {
        let at = |position: usize| {
            let mut slate = vec!["nobody".to_owned(); position];
            slate.push("v3".to_owned());
            start.clone().react(&visit, &slate).len()
        };
        assert!(at(0) >= at(9));
        high += at(0);
        low += at(9);
    }
    assert!(high > 2 * low, "{high} lines at the top, {low} at position 10");
}

#[test]
fn what_cannot_be_watched_takes_its_position_and_changes_nothing_else() {
    let (_, start) = &*WORLD;
    for visit in visits(100) {
        let react = |ids: [&str; 3]| start.clone().react(&visit, &ids.map(str::to_owned));
        let expected = react(["v1", "", "v2"]);
        for other in ["v1", "v999999", "v01", "u3", "v-1", "v99999999999999999999", "\u{0}"] {
            assert_eq!(react(["v1", other, "v2"]), expected, "{other:?} in the middle");
        }
        let stranger = Visit { user: "u100".to_owned(), ..visit.clone() };
        assert!(start.clone().react(&stranger, &slate(0..12)).is_empty());
    }
}

#[test]
fn nobody_watches_a_video_twice() {
    let (_, start) = &*WORLD;
    let mut population = start.clone();
    let mut watched = BTreeSet::new();
    for visit in visits(600) {
        for line in population.react(&visit, &slate(0..12)) {
            let Line::Interaction { event, user, item, request, .. } = line else {
                panic!("only interactions")
            };
            assert_eq!(request.as_deref(), Some(visit.id.as_str()));
            if event == "watch" {
                assert!(watched.insert((user, item)));
            }
        }
    }
    assert!(watched.len() > 100);
}

#[test]
fn the_true_probability_is_the_frequency_of_relevant_watches() {
    let (world, start) = &*WORLD;
    let watched = watched_in_log();
    let (mut expected, mut happened) = (0.0, 0.0);
    for visit in visits(1_000) {
        let fresh = |item: &String| !watched.contains(&(visit.user.clone(), item.clone()));
        // At the top every video is looked at, so each is shown there, on a slate of its own.
        for item in slate((0..60).step_by(3)).into_iter().filter(fresh) {
            expected += world.relevance(&visit, &item).unwrap();
            happened += world.relevant(&start.clone().react(&visit, &[item])) as f64;
        }
    }
    assert!((happened / expected - 1.0f64).abs() < 0.05, "{happened} relevant watches, {expected} expected");
}

#[test]
fn long_videos_are_for_the_big_screen() {
    let (world, _) = &*WORLD;
    let mut seconds = Vec::new();
    world.log(&mut |line| {
        if let Line::Entity { event, id, fields, .. } = line
            && event == "video"
        {
            let length = fields.iter().find(|(name, _)| name == "seconds").unwrap().1.as_f64().unwrap();
            seconds.push((id, length));
        }
    });
    let mut visit = visits(1).remove(0);
    let mut chance = |device: &str, item: &str| {
        visit.context = vec![("device".to_owned(), json!(device))];
        world.relevance(&visit, item).unwrap()
    };
    for (item, length) in seconds.iter().filter(|(_, length)| (*length - 240.0).abs() > 1.0) {
        assert_eq!(chance("tv", item) > chance("phone", item), *length > 240.0, "{item} of {length} seconds");
    }
}

fn watched_in_log() -> BTreeSet<(String, String)> {
    let mut watched = BTreeSet::new();
    WORLD.0.log(&mut |line| {
        if let Line::Interaction { user, item, .. } = line {
            watched.insert((user, item));
        }
    });
    watched
}

fn ids() -> impl Strategy<Value = String> {
    prop_oneof![
        "v[0-9]{1,3}",
        "v[0-9]{1,12}",
        "[uv]?\\+?-?0?[0-9]{0,4}",
        ".{0,8}",
        Just("v4294967295".to_owned())
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_slate_makes_a_user_panic(
        slate in prop::collection::vec(ids(), 0..40),
        user in prop_oneof!["u[0-9]{1,2}", ids()],
        id in ".{0,12}",
        time in prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), 1_767_225_600_000i64..1_777_225_600_000],
        context in prop::collection::vec(("device|.{0,4}", "phone|tv|.{0,4}"), 0..3),
    ) {
        let (world, start) = &*WORLD;
        let context = context.into_iter().map(|(name, word)| (name, json!(word))).collect();
        let visit = Visit { id, time, user, context, pool: Vec::new() };
        let lines = start.clone().react(&visit, &slate);
        prop_assert!(lines.is_sorted_by_key(Line::time));
        prop_assert!(lines.len() <= 2 * slate.len());
        prop_assert!(world.relevant(&lines) <= slate.len());
        for item in &slate {
            let chance = world.relevance(&visit, item).unwrap_or(0.0);
            prop_assert!((0.0..=1.0).contains(&chance));
        }
    }
}
