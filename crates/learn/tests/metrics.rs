//! Laws that every metric keeps.

use proptest::prelude::*;
use rankine_learn::Id;
use rankine_learn::metrics::{self, Catalogue, Judged, Shape};

type PerRequest = fn(&Judged<'_>, usize) -> f64;

fn per_request() -> Vec<(&'static str, PerRequest)> {
    let value = |metric: &&'static metrics::Metric| match metric.shape {
        Shape::PerRequest(value) => Some((metric.card.name, value)),
        _ => None,
    };
    metrics::ALL.iter().filter_map(value).collect()
}

/// A ranked list and all that is relevant: what the list holds, and `missed` more.
fn judged(list: &[u8], missed: &[u8]) -> (Vec<f32>, Vec<f32>) {
    let gains: Vec<f32> = list.iter().map(|gain| f32::from(*gain)).collect();
    let mut relevant: Vec<f32> = list.iter().chain(missed).map(|gain| f32::from(*gain)).collect();
    relevant.retain(|gain| *gain > 0.0);
    relevant.sort_by(|left, right| right.total_cmp(left));
    (gains, relevant)
}

#[test]
fn every_name_is_found_and_said_once() {
    for metric in metrics::ALL {
        let same = metrics::ALL.iter().filter(|other| other.card.name == metric.card.name).count();
        assert_eq!(same, 1, "{}", metric.card.name);
        assert!(metrics::find(metric.card.name).is_some());
    }
    assert!(metrics::find("accuracy").is_none());
}

proptest! {
    #[test]
    fn values_lie_between_0_and_1(
        list in prop::collection::vec(0u8..4, 0..12),
        missed in prop::collection::vec(0u8..4, 0..5),
        k in 0usize..15,
    ) {
        let (gains, relevant) = judged(&list, &missed);
        for (name, value) in per_request() {
            let have = value(&Judged { gains: &gains, relevant: &relevant }, k);
            prop_assert!((0.0..=1.0).contains(&have), "{name} is {have}");
        }
    }

    #[test]
    fn the_perfect_order_is_1(list in prop::collection::vec(1u8..4, 1..12)) {
        let (_, relevant) = judged(&list, &[]);
        for (name, value) in per_request() {
            for k in 1..=relevant.len() {
                let have = value(&Judged { gains: &relevant, relevant: &relevant }, k);
                // Only part of what is relevant fits into k places.
                let want = if name == "recall" { k as f64 / relevant.len() as f64 } else { 1.0 };
                prop_assert!((have - want).abs() < 1e-12, "{name} at {k} is {have}");
            }
        }
    }

    #[test]
    fn what_stands_below_k_changes_nothing(
        list in prop::collection::vec(0u8..4, 0..12),
        below in prop::collection::vec(Just(0u8), 0..5),
        missed in prop::collection::vec(0u8..4, 0..5),
        k in 0usize..12,
    ) {
        let (mut gains, relevant) = judged(&list, &missed);
        let places = k.max(gains.len());
        for (name, value) in per_request() {
            let before = value(&Judged { gains: &gains, relevant: &relevant }, k);
            gains.resize(places, 0.0);
            gains.extend(below.iter().map(|gain| f32::from(*gain)));
            let after = value(&Judged { gains: &gains, relevant: &relevant }, k);
            prop_assert_eq!(before, after, "{}", name);
        }
    }

    #[test]
    fn moving_a_hit_up_never_lowers_a_value(
        list in prop::collection::vec(0u8..4, 2..12),
        at in any::<prop::sample::Index>(),
        k in 1usize..12,
    ) {
        let (mut gains, relevant) = judged(&list, &[]);
        let at = at.index(gains.len() - 1);
        if gains[at] < gains[at + 1] {
            for (name, value) in per_request() {
                let before = value(&Judged { gains: &gains, relevant: &relevant }, k);
                gains.swap(at, at + 1);
                let after = value(&Judged { gains: &gains, relevant: &relevant }, k);
                gains.swap(at, at + 1);
                prop_assert!(after >= before, "{name} falls from {before} to {after}");
            }
        }
    }

    #[test]
    fn values_over_all_lie_between_0_and_1(
        lists in prop::collection::vec(prop::collection::vec(0u32..12, 0..6), 0..6),
        available in prop::collection::vec(any::<bool>(), 0..10),
        sets in prop::collection::vec(prop::collection::btree_set(0u32..5, 0..4), 0..10),
        k in 0usize..8,
    ) {
        let categories: Vec<Vec<u32>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
        let catalogue = Catalogue { available: &available, categories: &categories };
        for metric in metrics::ALL {
            if let Shape::OverAll(value) = metric.shape {
                let have = value(&lists, &catalogue, k);
                prop_assert!((0.0..=1.0).contains(&have), "{} is {have}", metric.card.name);
                let mut turned: Vec<Vec<Id>> = lists.clone();
                turned.reverse();
                let again = value(&turned, &catalogue, k);
                prop_assert!((have - again).abs() < 1e-12, "{} depends on order", metric.card.name);
            }
        }
    }
}
