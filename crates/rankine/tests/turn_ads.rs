//! The case of ads: what turns its winner round, and what age costs there.

#![allow(clippy::unwrap_used)] // a test may fail by a panic

mod road_tiny;

use rankine::run::{Ingredients, Origin};
use rankine::select::Selection;
use rankine_design::Source;
use rankine_learn::verdict::Status;
use rankine_world::ads::Settings;
use road_tiny::through;

const CASE: &str = include_str!("../../../cases/ad-click-prediction/design.toml");

/// The case's design with these of its contenders, each once with its own settings.
fn design(kept: &[&str]) -> String {
    let start = CASE.find("[[contenders]]").unwrap();
    let end = CASE.find("[decide]").unwrap();
    let contenders = CASE[start..end].split("[[contenders]]").filter(|text| {
        let named = |name: &&str| text.contains(&format!("name = \"{name}\""));
        kept.iter().any(named)
    });
    let contenders: String = contenders.map(|text| format!("[[contenders]]{text}")).collect();
    let rest = CASE[end..].replace("trials = 2", "trials = 1");
    format!("{}{contenders}{rest}", &CASE[..start])
}

fn selected(design: &str, world: Settings, seed: u64) -> Selection {
    let runs = tempfile::tempdir().unwrap();
    let sources = vec![Source::new("design.toml", design)];
    let log = Origin::World(Box::new(world));
    through(&Ingredients { sources, log, seed, visits: 0 }, runs.path()).selection
}

/// Where ads stay, what was learned for each id counts; where all are replaced every day, only what they
/// share with the ads before them does.
#[test]
fn churn_turns_the_winner_round() {
    let design = design(&["ad-rate", "crosses", "ids"]).replace("freshness = true", "freshness = false");
    for (churn, wins, over) in [(0.0, "ids", "crosses"), (1.0, "crosses", "ids")] {
        // Tastes that differ, for ads few enough to be known.
        let (ads, interest, click_rate) = (100, 5.0, 0.04);
        let requests = 40_000;
        let world = Settings { churn, ads, interest, click_rate, requests, ..Settings::default() };
        let selection = selected(&design, world, 1);
        let verdict = &selection.verdict;
        let told = (verdict.status, verdict.leader.as_deref());
        assert_eq!(told, (Status::Winner, Some(wins)), "churn {churn}: {verdict:?}");
        let loss = |name: &str| {
            let found = selection.quality.iter().find(|quality| quality.name == name).unwrap();
            found.metrics["log-loss"].value
        };
        assert!(loss(wins) < loss(over), "churn {churn}");
    }
}

/// Advertisers swing over days: a model of yesterday knows where they were. Without swings it loses nothing.
#[test]
fn age_costs_where_the_world_moves() {
    let design = design(&["ad-rate", "logistic"]);
    let lost = |drift: f64| {
        let world = Settings { churn: 0.0, drift, requests: 40_000, ..Settings::default() };
        let freshness = selected(&design, world, 1).prediction.unwrap().freshness.unwrap();
        assert!(freshness.points.windows(2).all(|pair| pair[0].0 < pair[1].0), "ages ascend");
        assert_eq!(freshness.name, "logistic");
        freshness.lost.unwrap()
    };
    let (moves, stands) = (lost(3.0), lost(0.0));
    assert!(moves.low.unwrap() > 0.0, "age costs where advertisers swing: {moves:?}");
    assert!(stands.value < 0.3 * moves.value, "{stands:?} where nothing swings, {moves:?} where it does");
}
