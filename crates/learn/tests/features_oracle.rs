//! Every kind of feature against a plain recomputation from the raw list of events.
#![allow(clippy::unwrap_used)] // a test may fail by a panic

mod features_log;
mod features_naive;

use features_log::{fold, items, log, specs_of, values};
use features_naive::Before;
use rankine_learn::What;
use rankine_learn::features::{ALL, Spec};

/// Compares a fold with the oracle at each request of a random log.
fn compare(specs: &[Spec], seed: u64, length: usize) {
    let (events, mut fold) = (log(seed, length), fold(specs));
    for (at, event) in events.iter().enumerate() {
        if let What::Request { user, context, .. } = &event.what {
            let before = Before { events: &events[..at], now: event.known, user: *user, context };
            let have = values(&fold, event).unwrap();
            for (item, have) in items().into_iter().zip(have.chunks(fold.columns().len())) {
                let want: Vec<f64> = specs.iter().flat_map(|spec| before.expected(spec, item)).collect();
                assert_eq!(want.len(), have.len(), "as many values as columns");
                for ((want, have), column) in want.iter().zip(have).zip(fold.columns()) {
                    let have = f64::from(f32::from_bits(*have));
                    let close = (want - have).abs() <= 1e-4 * (1.0 + want.abs());
                    let place = format!("{} of item {item} at event {at}, seed {seed}", column.name);
                    assert!(close || want.is_nan() && have.is_nan(), "{place}: want {want}, have {have}");
                }
            }
        }
        fold.observe(event);
    }
}

/// The kinds that the oracle computes; one with state of its own belongs here, one without may do with a test
/// in its file.
const KINDS: [&str; 23] = [
    "field",
    "count",
    "rate",
    "affinity",
    "recency",
    "age",
    "hour",
    "pair",
    "vector",
    "id",
    "similarity",
    "covisitation",
    "trend",
    "session",
    "text-match",
    "cosine",
    "distance",
    "aggregate",
    "quantile",
    "histogram",
    "distinct",
    "last",
    "position",
];

#[test]
fn kinds_agree_with_the_oracle() {
    for (seed, name) in (20..).zip(KINDS) {
        let kind =
            ALL.iter().find(|kind| kind.card.name == name).expect("the oracle knows only kinds there are");
        let all = specs_of(kind);
        // Logs of one kind's settings each, so that the many settings of one do not crowd out another's.
        let step = all.len().div_ceil(24) | 1;
        let specs: Vec<Spec> = all.into_iter().step_by(step).collect();
        // Plain recomputing is slow: many settings on short logs, a few on a longer one.
        for round in 0..2 {
            compare(&specs, seed + 100 * round, 100);
        }
        compare(&specs[..specs.len().min(3)], seed + 1_000, 240);
    }
}
