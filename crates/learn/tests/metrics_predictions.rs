//! Laws that every metric of predictions keeps.

use proptest::prelude::*;
use rankine_learn::Task;
use rankine_learn::metrics::{self, Compared, Cut, Metric, Predicted};
use rankine_learn::verdict::estimate;

/// Examples as they were drawn: prediction, label, user.
type Drawn = Vec<(f64, f64, u32)>;

struct Examples {
    predictions: Vec<f64>,
    labels: Vec<f64>,
    users: Vec<u32>,
}

impl Examples {
    fn of(drawn: &[(f64, f64, u32)]) -> Examples {
        Examples {
            predictions: drawn.iter().map(|(prediction, _, _)| *prediction).collect(),
            labels: drawn.iter().map(|(_, label, _)| *label).collect(),
            users: drawn.iter().map(|(_, _, user)| *user).collect(),
        }
    }

    fn value(&self, metric: &Metric, k: usize) -> f64 {
        let Examples { predictions, labels, users } = self;
        metric.of_examples(&Predicted { predictions, labels, users }, k)
    }
}

fn of(task: Task) -> impl Iterator<Item = &'static Metric> {
    metrics::ALL
        .iter()
        .copied()
        .filter(move |metric| metric.shape.of_predictions() && metric.tasks.contains(&task))
}

/// The numbers that may follow the `@`.
fn cuts(metric: &Metric) -> Vec<usize> {
    match metric.k {
        Cut::Percent(_) => vec![0, 10, 50, 90],
        _ => vec![0],
    }
}

/// Predictions among few values, so that there are ties; the first user has both labels.
fn classified() -> impl Strategy<Value = Drawn> {
    let example = (0u8..=10, any::<bool>(), 0u32..5);
    prop::collection::vec(example, 0..40).prop_map(|examples| {
        let fixed = [(3, true, 0), (7, false, 0)];
        let all = fixed.into_iter().chain(examples);
        all.map(|(tenths, label, user)| (f64::from(tenths) / 10.0, f64::from(u8::from(label)), user))
            .collect()
    })
}

/// Amounts of both signs, not all the same.
fn measured() -> impl Strategy<Value = Drawn> {
    let example = (-50i8..50, -50i8..50, 0u32..5);
    prop::collection::vec(example, 0..40).prop_map(|examples| {
        let all = [(1, 2, 0), (3, 5, 1)].into_iter().chain(examples);
        all.map(|(prediction, label, user)| (f64::from(prediction), f64::from(label), user)).collect()
    })
}

/// What holds for any task whose examples can be judged.
fn keeps_the_laws(task: Task, drawn: &Drawn, turn: usize) -> Result<(), TestCaseError> {
    let examples = Examples::of(drawn);
    let mut turned = drawn.clone();
    turned.rotate_left(turn % drawn.len());
    turned.reverse();
    let turned = Examples::of(&turned);
    let perfect = Examples { predictions: examples.labels.clone(), ..Examples::of(drawn) };
    for metric in of(task) {
        for k in cuts(metric) {
            let (name, value) = (metric.card.name, examples.value(metric, k));
            prop_assert!(value.is_finite(), "{name}@{k} is {value}");
            if metric.higher_is_better {
                prop_assert!(value <= 1.0 && (name == "r2" || value >= 0.0), "{name}@{k} is {value}");
            } else {
                prop_assert!(value >= 0.0, "{name}@{k} is {value}");
            }
            let again = turned.value(metric, k);
            prop_assert!(
                (value - again).abs() <= 1e-12 * value.abs().max(1.0),
                "{name}@{k} depends on order"
            );
            // A perfect prediction of labels is no quantile of them.
            if name != "coverage-below" {
                let best = perfect.value(metric, k);
                let (best, own) = (metric.turned(best, k), metric.turned(value, k));
                prop_assert!(best >= own - 1e-12, "{name}@{k}: perfect {best}, drawn {own}");
            }
            // The default stands for the number that the card says.
            if let Cut::Percent(default) = metric.k {
                prop_assert_eq!(examples.value(metric, 0), examples.value(metric, default), "{}", name);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn laws_of_classifying(drawn in classified(), turn in 0usize..50) {
        keeps_the_laws(Task::Classify, &drawn, turn)?;
    }

    #[test]
    fn laws_of_regressing(drawn in measured(), turn in 0usize..50) {
        keeps_the_laws(Task::Regress, &drawn, turn)?;
    }

    #[test]
    fn only_the_order_counts_where_only_the_order_is_judged(drawn in classified()) {
        let bent: Drawn = drawn.iter().map(|(p, label, user)| (p.powi(3) * 0.5 + 0.1, *label, *user)).collect();
        for name in ["auc", "grouped-auc", "pr-auc"] {
            let metric = metrics::find(name).expect("registered");
            prop_assert_eq!(Examples::of(&drawn).value(metric, 0), Examples::of(&bent).value(metric, 0), "{}", name);
        }
    }

    #[test]
    fn auc_is_the_share_of_pairs_won(drawn in classified()) {
        let (mut won, mut pairs) = (0.0, 0.0);
        for (high, _, _) in drawn.iter().filter(|(_, label, _)| *label == 1.0) {
            for (low, _, _) in drawn.iter().filter(|(_, label, _)| *label == 0.0) {
                pairs += 1.0;
                won += if high > low { 1.0 } else if high == low { 0.5 } else { 0.0 };
            }
        }
        let auc = metrics::find("auc").expect("registered");
        prop_assert!((Examples::of(&drawn).value(auc, 0) - won / pairs).abs() < 1e-12);
        // Grouped by one user it is the same.
        let one: Drawn = drawn.iter().map(|(prediction, label, _)| (*prediction, *label, 8)).collect();
        let grouped = metrics::find("grouped-auc").expect("registered");
        prop_assert!((Examples::of(&one).value(grouped, 0) - won / pairs).abs() < 1e-12);
    }

    #[test]
    fn units_average_to_the_metric(drawn in classified()) {
        let examples = Examples::of(&drawn);
        let compared = Compared {
            labels: &examples.labels,
            users: &examples.users,
            predictions: &[&examples.predictions, &examples.labels],
        };
        for metric in of(Task::Classify) {
            let units = metrics::units(metric, 0, &[compared]);
            prop_assert_eq!(units.values.len(), 2);
            for own in &units.values {
                prop_assert_eq!(own.len(), units.clusters.len());
            }
            let mean = estimate(&units.values[0], &units.clusters, 0.95).value;
            prop_assert!((mean - examples.value(metric, 0)).abs() < 1e-9, "{}: {mean}", metric.card.name);
        }
    }
}

#[test]
fn nothing_and_nonsense_are_undefined_and_end_in_no_panic() {
    for metric in of(Task::Classify).chain(of(Task::Regress)) {
        let name = metric.card.name;
        assert!(Examples::of(&[]).value(metric, 0).is_nan(), "{name}");
        for odd in [(f64::NAN, 1.0), (0.5, f64::NAN)] {
            let drawn = [(0.2, 0.0, 1), (odd.0, odd.1, 2), (0.7, 1.0, 1)];
            assert!(Examples::of(&drawn).value(metric, 0).is_nan(), "{name} of {odd:?}");
        }
        for odd in [(f64::INFINITY, 1.0), (f64::NEG_INFINITY, f64::INFINITY), (1e308, -1e308)] {
            Examples::of(&[(odd.0, odd.1, u32::MAX), (0.5, 0.0, 0)]).value(metric, usize::MAX);
        }
    }
}

#[test]
fn units_have_the_same_bits_on_any_number_of_threads() {
    let drawn: Drawn = (0..600u32)
        .map(|at| (f64::from(at * 7919 % 101) / 101.0, f64::from(at * 31 % 7 / 5), at % 150))
        .collect();
    let examples = Examples::of(&drawn);
    let compared = Compared {
        labels: &examples.labels,
        users: &examples.users,
        predictions: &[&examples.predictions, &examples.labels],
    };
    for metric in of(Task::Classify) {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| metrics::units(metric, 0, &[compared]))
        };
        let bits = |units: metrics::Units| -> Vec<u64> {
            units.values.iter().flatten().map(|value| value.to_bits()).collect()
        };
        assert_eq!(bits(on(1)), bits(on(4)), "{}", metric.card.name);
    }
}

#[test]
fn every_task_has_a_metric_that_can_decide() {
    for task in Task::ALL {
        let decides = |metric: &&&Metric| metric.tasks.contains(&task) && metric.can_decide();
        assert!(metrics::ALL.iter().any(|metric| decides(&metric)), "{task:?}");
    }
}
