//! The calibration curve: what was promised beside what happened.

use serde::{Deserialize, Serialize};

use super::Predicted;
use super::ordered::Ordered;

/// Examples of like predictions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The smallest prediction.
    pub low: f64,
    /// The largest prediction.
    pub high: f64,
    /// The mean prediction.
    pub predicted: f64,
    /// The share of positive labels.
    pub observed: f64,
    /// How many examples there are.
    pub count: u64,
    /// Where the share may lie, at 95% (Wilson 1927), if examples were independent of each other; several of
    /// one user are not, and then it is too narrow.
    pub interval: (f64, f64),
}

/// At most `bins` bins of equal mass, smallest predictions first; equal predictions share a bin. Empty where a
/// value is not a number or the lists differ in length.
pub fn reliability(predictions: &[f64], labels: &[f64], bins: usize) -> Vec<Bin> {
    let users = vec![0; predictions.len()];
    let Some(ordered) = Ordered::of(&Predicted { predictions, labels, users: &users }) else {
        return Vec::new();
    };
    let bin = |bin: super::ordered::Bin| Bin {
        low: bin.low,
        high: bin.high,
        predicted: bin.promised / bin.examples as f64,
        observed: bin.positives as f64 / bin.examples as f64,
        count: bin.examples,
        interval: wilson(bin.positives, bin.examples),
    };
    ordered.bins(bins).into_iter().map(bin).collect()
}

/// The 95% interval of a share of which `hits` of `count` were seen; all of [0, 1] where nothing was.
pub fn wilson(hits: u64, count: u64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if count == 0 {
        return (0.0, 1.0);
    }
    let (hits, count) = (hits.min(count) as f64, count as f64);
    let share = hits / count;
    let middle = (share + Z * Z / (2.0 * count)) / (1.0 + Z * Z / count);
    let reach =
        Z / (1.0 + Z * Z / count) * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
    // At the ends rounding must not exclude what was seen.
    ((middle - reach).clamp(0.0, share), (middle + reach).clamp(share, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_worked_by_hand() {
        let made = reliability(&[0.8, 0.1, 0.3, 0.8], &[1.0, 0.0, 1.0, 0.0], 2);
        let told: Vec<(f64, f64, f64, f64, u64)> =
            made.iter().map(|bin| (bin.low, bin.high, bin.predicted, bin.observed, bin.count)).collect();
        assert_eq!(told, [(0.1, 0.3, 0.2, 0.5, 2), (0.8, 0.8, 0.8, 0.5, 2)]);
        assert!(reliability(&[], &[], 10).is_empty());
        assert!(reliability(&[f64::NAN], &[1.0], 10).is_empty());
        assert!(reliability(&[0.5, 0.1], &[1.0], 10).is_empty());
    }

    #[test]
    fn wilson_is_that_of_the_tables() {
        for ((hits, count), (low, high)) in [
            ((0, 10), (0.0, 0.2775)),
            ((5, 10), (0.2366, 0.7634)),
            ((81, 263), (0.2553, 0.3662)),
            ((3, 3), (0.4385, 1.0)),
        ] {
            let have = wilson(hits, count);
            assert!(
                (have.0 - low).abs() < 1e-4 && (have.1 - high).abs() < 1e-4,
                "{hits} of {count}: {have:?}"
            );
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
