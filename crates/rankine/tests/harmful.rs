//! The case of harmful content: what its world turns round, and what decisions do to what stays visible.
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_tiny;

use rankine::run::{Ingredients, Origin};
use rankine::select::Selection;
use rankine_design::Source;
use rankine_world::posts::Settings;
use road_tiny::through;

const CASE: &str = include_str!("../../../cases/harmful-content/design.toml");

/// The case's design with the rule and the two ways to bring text and picture together.
fn design() -> String {
    let (head, rest) = CASE.split_once("[[contenders]]\nname = \"words\"").unwrap();
    let (_, late) = rest.split_once("[[contenders]]\nname = \"late\"").unwrap();
    format!("{head}[[contenders]]\nname = \"late\"{late}")
}

fn judged(combination: f64, seed: u64, visits: usize) -> Selection {
    let world = Settings { combination, ..Settings::default() };
    let made_of = Ingredients {
        sources: vec![Source::new("design.toml", design())],
        log: Origin::World(Box::new(world)),
        seed,
        visits,
    };
    let runs = tempfile::tempdir().unwrap();
    through(&made_of, runs.path()).selection
}

fn value(selection: &Selection, name: &str) -> f64 {
    selection.quality.iter().find(|quality| quality.name == name).unwrap().metrics["pr-auc"].value
}

/// Where harm lies in the text or in the picture, two models and a sum of them are better; where it lies in
/// both together, only a model that multiplies them sees it.
#[test]
fn harm_in_text_and_picture_together_turns_the_winner_round() {
    let apart = judged(0.0, 1, 600);
    what_is_decided_is_done(&apart);
    assert!(value(&apart, "late") > value(&apart, "early"), "{:?}", apart.verdict);
    assert_eq!(apart.verdict.leader.as_deref(), Some("late"));
    assert!(apart.verdict.difference.unwrap().low > 0.0, "beyond doubt: {:?}", apart.verdict);
    let together = judged(0.9, 1, 0);
    assert_eq!(together.verdict.leader.as_deref(), Some("early"), "{:?}", together.verdict);
    assert!(together.verdict.difference.unwrap().low > 0.0, "beyond doubt: {:?}", together.verdict);
}

/// Posts that are acted on are not seen, those that are reviewed not for long: less harm stays visible than
/// where nothing is decided.
fn what_is_decided_is_done(selection: &Selection) {
    let online = selection.online.as_ref().unwrap();
    assert_eq!(online.ill.as_deref(), Some("views of harmful posts"));
    let untouched = online.untouched.unwrap();
    assert!((0.05..0.25).contains(&untouched.value), "{untouched:?}");
    for result in &online.results {
        let [acted, reviewed, left] = result.decided.unwrap();
        assert_eq!(acted + reviewed + left, online.visits, "{}", result.name);
        // 600 posts take a day, and begin within another one.
        assert!(reviewed <= 2 * 60, "{} had {reviewed} reviewed", result.name);
        let visible = result.prevalence.unwrap();
        assert!(visible.low <= visible.value && visible.value <= visible.high);
        assert!(acted + reviewed == 0 || visible.value < untouched.value, "{}: {visible:?}", result.name);
    }
    let [_, late, early] = online.results.as_slice() else { panic!("three contenders") };
    assert!(late.over_baseline.value > 0.0, "it sees more than reports do: {late:?}");
    assert!(early.decided.unwrap()[0] > 0, "{early:?}");
    assert!(early.prevalence.unwrap().value < 0.8 * untouched.value, "{early:?} against {untouched:?}");
}
