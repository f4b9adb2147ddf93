//! Laws that every metric of boxes keeps.

use proptest::prelude::*;
use rankine_learn::metrics::{self, Detected, Metric, of_pictures};
use rankine_learn::verdict::estimate;
use rankine_learn::{Area, Task};

/// For each picture what was found and what is there.
type Drawn = Vec<(Vec<(Area, f32)>, Vec<Area>)>;

fn of_boxes() -> impl Iterator<Item = &'static Metric> {
    metrics::ALL.iter().copied().filter(|metric| metric.shape.of_boxes())
}

fn value(metric: &Metric, drawn: &Drawn, k: usize) -> f64 {
    judged(drawn, |detected| metric.of_boxes(&detected, k))
}

fn judged<T>(drawn: &Drawn, judge: impl FnOnce(Detected<'_>) -> T) -> T {
    let (found, truth): (Vec<_>, Vec<_>) = drawn.iter().cloned().unzip();
    let sizes = vec![(20.0, 20.0); drawn.len()];
    judge(Detected { found: &found, truth: &truth, sizes: &sizes, threshold: 0.5 })
}

fn area() -> impl Strategy<Value = Area> {
    (0u8..18, 0u8..18, 1u8..8, 1u8..8).prop_map(|(left, top, width, height)| {
        let [left, top, width, height] = [left, top, width, height].map(f32::from);
        Area { left, top, right: left + width, bottom: top + height }
    })
}

/// Scores among few values, so that there are ties; one truth at least.
fn drawn() -> impl Strategy<Value = Drawn> {
    let found = prop::collection::vec((area(), (0u8..=5).prop_map(|fifths| f32::from(fifths) / 5.0)), 0..6);
    let picture = (found, prop::collection::vec(area(), 0..5));
    (prop::collection::vec(picture, 1..6), area()).prop_map(|(mut pictures, there)| {
        pictures[0].1.push(there);
        pictures
    })
}

proptest! {
    #[test]
    fn values_are_in_their_range_and_no_order_matters(drawn in drawn(), k in prop::sample::select(vec![0usize, 30, 75])) {
        let mut turned = drawn.clone();
        turned.reverse();
        for (found, truth) in &mut turned {
            found.reverse();
            truth.reverse();
        }
        for metric in of_boxes() {
            let (name, have) = (metric.card.name, value(metric, &drawn, k));
            let most = match name {
                "misses" => f64::INFINITY,
                _ => 1.0,
            };
            prop_assert!((0.0..=most).contains(&have), "{name}@{k} is {have}");
            let again = value(metric, &turned, k);
            prop_assert!((have - again).abs() < 1e-9, "{name}@{k} depends on order: {have} and {again}");
        }
    }

    #[test]
    fn finding_all_that_is_there_is_best(drawn in drawn(), k in prop::sample::select(vec![0usize, 30, 75])) {
        let found = |(_, truth): &(_, Vec<Area>)| (truth.iter().map(|area| (*area, 0.9)).collect(), truth.clone());
        let perfect: Drawn = drawn.iter().map(found).collect();
        for metric in of_boxes() {
            let best = metric.turned(value(metric, &perfect, k), k);
            let own = metric.turned(value(metric, &drawn, k), k);
            prop_assert!(best >= own - 1e-12, "{}@{k}: perfect {best}, drawn {own}", metric.card.name);
            let ideal = if metric.higher_is_better { 1.0 } else { 0.0 };
            prop_assert!((best - ideal).abs() < 1e-12, "{}@{k}: {best}", metric.card.name);
        }
    }

    #[test]
    fn a_box_below_the_threshold_changes_no_decision(drawn in drawn(), more in area()) {
        let mut with = drawn.clone();
        with[0].0.push((more, 0.1));
        for name in ["misses", "overblur"] {
            let metric = metrics::find(name).expect("registered");
            prop_assert_eq!(value(metric, &drawn, 0), value(metric, &with, 0), "{}", name);
        }
    }

    #[test]
    fn units_average_to_the_metric(drawn in drawn()) {
        let streets: Vec<u32> = (0..drawn.len() as u32).collect();
        for metric in of_boxes() {
            let units = judged(&drawn, |detected| of_pictures(metric, 0, &[detected, detected], &streets));
            let mean = estimate(&units.values[1], &units.clusters, 0.95).value;
            prop_assert!((mean - value(metric, &drawn, 0)).abs() < 1e-9, "{}", metric.card.name);
        }
    }
}

#[test]
fn nothing_and_nonsense_end_in_no_panic() {
    let odd = Area { left: f32::NAN, top: f32::INFINITY, right: -1.0, bottom: f32::NEG_INFINITY };
    let whole = Area { left: f32::MIN, top: f32::MIN, right: f32::MAX, bottom: f32::MAX };
    let drawn: Drawn = vec![(vec![(odd, f32::NAN), (whole, f32::INFINITY), (odd, 0.7)], vec![odd, whole])];
    for metric in of_boxes() {
        assert!(value(metric, &Vec::new(), 0).is_nan(), "{}", metric.card.name);
        value(metric, &drawn, usize::MAX);
        assert!(metric.tasks == [Task::Detect]);
    }
}
