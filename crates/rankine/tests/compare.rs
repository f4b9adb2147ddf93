//! Two sides and their money: what differs is told, what is the same is not; a month adds up from its sums.
#![allow(clippy::unwrap_used)] // helpers of tests

mod road_tiny;

use rankine::diff::{Side, diff};
use rankine::months::months;
use rankine_design::Source;
use road_tiny::{DESIGN, on_world, problem, through};

fn side(design: &str) -> Side {
    Side::of_design(&[Source::new("design.toml", design)]).unwrap()
}

fn priced(prices: &str) -> String {
    format!("{DESIGN}\n[scale]\nrequests_peak = \"300/s\"\nservers = 4\n[prices]\n{prices}\n")
}

#[test]
fn a_design_differs_from_another_where_it_was_changed() {
    let same = diff(&side(DESIGN), &side(DESIGN));
    assert!(same.design.is_empty() && same.questions.is_empty() && same.sizing.is_empty(), "{same:?}");
    let found = diff(&side(DESIGN), &side(&priced("server_month = 7")));
    let names: Vec<&str> = found.design.iter().map(|line| line.name.as_str()).collect();
    for name in ["prices.server_month", "prices.currency", "scale.requests_peak", "scale.servers"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert!(names.iter().all(|name| name.starts_with("prices.") || name.starts_with("scale.")), "{names:?}");
    let cost = found.sizing.iter().find(|line| line.name == "servers, a month").unwrap();
    assert_eq!((cost.left.as_deref(), cost.right.as_deref()), (None, Some("28 USD")));
    assert!(found.caveats[0].contains("not both of them ran"));
}

#[test]
fn a_month_adds_up_and_two_runs_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let design = priced("server_month = 10\noutcome = 0.5\ncurrency = \"EUR\"");
    let made = through(&on_world(&design, 1, 40), &runs);
    let months = months(&made.problem, &made.selection).unwrap();
    assert_eq!(months.currency, "EUR");
    let baseline = &made.problem.evaluate.baseline;
    let online = made.selection.online.as_ref().unwrap();
    for (month, result) in months.contenders.iter().zip(&online.results) {
        // Answers take a millisecond by decree: 300/s x 0.001 s / 0.7 is less than one server.
        assert_eq!((month.servers, month.serving), (Some(1.0), Some(10.0)));
        assert_eq!(month.gain.is_none(), month.name == *baseline);
        if let Some(gain) = month.gain {
            let expected = result.over_baseline.value * 100.0 * 86_400.0 * 30.0 * 0.5;
            assert!((gain.value - expected).abs() <= expected.abs() * 1e-12, "{gain:?}");
            assert!(gain.low.unwrap() <= gain.value && gain.value <= gain.high.unwrap());
        }
    }
    assert!(rankine::months::months(&problem(DESIGN), &made.selection).is_none(), "nothing without prices");

    let other = through(&on_world(&design, 2, 40), &runs);
    let sides = [&made, &other].map(|run| Side::of_run(&run.folder.path()).unwrap());
    let found = diff(&sides[0], &sides[1]);
    assert!(found.design.is_empty(), "the seed is not of the design: {:?}", found.design);
    assert_eq!(found.contenders.len(), made.problem.contenders.len());
    assert!(found.caveats.iter().any(|caveat| caveat.contains("logs are not the same")), "{found:?}");
    assert_eq!(found.verdict.len(), 4);
    let same = diff(&sides[0], &sides[0]);
    assert!(same.verdict.iter().all(|line| line.left == line.right) && same.caveats.len() == 1, "{same:?}");
}

#[test]
fn prices_are_numbers_from_nought_on() {
    for (prices, why) in [
        ("server_month = -1", "`server_month` must be a number from 0"),
        ("outcome = \"much\"", "`outcome` must be a number from 0"),
        ("servermonth = 1", "did you mean `server_month`?"),
    ] {
        let sources = [Source::new("design.toml", priced(prices))];
        let clarified = rankine::clarify::clarify(&sources);
        let told = rankine_design::render(&clarified.findings, &sources, false, 100);
        assert!(clarified.problem.is_none() && told.contains(why), "{prices}: {told}");
    }
}

#[test]
fn a_metric_over_all_predictions_takes_no_number() {
    let design = DESIGN.replacen("metric = \"ndcg@8\"", "metric = \"auc@5\"", 1);
    assert_ne!(design, DESIGN, "the design decides by ndcg@8");
    let sources = [Source::new("design.toml", design)];
    let clarified = rankine::clarify::clarify(&sources);
    let told = rankine_design::render(&clarified.findings, &sources, false, 100);
    assert!(clarified.problem.is_none() && told.contains("`auc` takes no number"), "{told}");
}
