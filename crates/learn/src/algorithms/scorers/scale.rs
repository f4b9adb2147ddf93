//! Numbers in deviations from their mean, heavy tails by their logarithm; and in bins of about as many.

use serde::{Deserialize, Serialize};

/// Standardised values are cut to this many deviations.
const FARTHEST: f64 = 8.0;
/// A column whose fourth moment is this many times a normal one's is taken by its logarithm.
const HEAVY: f64 = 5.0;

/// How a number is brought near 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    /// Where the logarithm sets in, for a heavy tail; 0 where the number is taken as it is.
    bend: f64,
    mean: f64,
    deviation: f64,
}

impl Scale {
    /// From the values of a column; none where it tells no rows apart.
    pub(super) fn of(values: impl Iterator<Item = f32> + Clone) -> Option<Scale> {
        if let Some(scale) = Scale::varying(values.clone()) {
            return Some(scale);
        }
        // Constant but for missing or infinite values, which may still tell rows apart.
        let missing = values.clone().any(f32::is_nan) && values.clone().any(|value| !value.is_nan());
        if !missing && !values.clone().any(f32::is_infinite) {
            return None;
        }
        let mean = values.filter(|value| value.is_finite()).map(f64::from).next();
        Some(Scale { bend: 0.0, mean: mean.unwrap_or(0.0), deviation: 1.0 })
    }

    /// None where the finite values are all the same.
    ///
    /// No quantile is needed: sizes over their own mean, by logarithm, have no heavy tail left.
    fn varying(values: impl Iterator<Item = f32> + Clone) -> Option<Scale> {
        let values = values.filter(|value| value.is_finite()).map(f64::from);
        let plain = Scale { bend: 0.0, mean: 0.0, deviation: 1.0 };
        let (plain, fourth) = plain.standardised(values.clone())?;
        if fourth < 3.0 * HEAVY {
            return Some(plain);
        }
        let (count, sum) =
            values.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value.abs()));
        let bent = Scale { bend: sum / count, mean: 0.0, deviation: 1.0 };
        bent.standardised(values).map(|(scale, _)| scale)
    }

    /// With the mean and deviation of these values, and their fourth moment in deviations.
    fn standardised(self, values: impl Iterator<Item = f64> + Clone) -> Option<(Scale, f64)> {
        let bent = values.map(|value| self.bent(value));
        let (count, sum) = bent.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
        let mean = if count > 0.0 { sum / count } else { return None };
        let (second, fourth) = bent.fold((0.0, 0.0), |(second, fourth), value| {
            let square = (value - mean) * (value - mean);
            (second + square, fourth + square * square)
        });
        let variance = second / count;
        let deviation = variance.sqrt();
        // What rounding leaves of a constant is no deviation.
        let varies = deviation > mean.abs() * 1e-7 && deviation > 0.0;
        varies.then(|| (Scale { mean, deviation, ..self }, fourth / count / (variance * variance)))
    }

    fn bent(&self, value: f64) -> f64 {
        if self.bend > 0.0 { (value.abs() / self.bend).ln_1p().copysign(value) } else { value }
    }

    /// Deviations from the mean, cut; infinities lie at the cut.
    pub(super) fn apply(&self, value: f32) -> f64 {
        ((self.bent(f64::from(value)) - self.mean) / self.deviation).clamp(-FARTHEST, FARTHEST)
    }

    /// Whether it divides by something.
    pub(super) fn sound(&self) -> bool {
        self.deviation > 0.0
    }
}

/// Cuts of values into at most `bins` bins of about as many each, no value in two.
pub(super) fn cuts(values: impl Iterator<Item = f32>, bins: usize) -> Vec<f32> {
    let sorted = sorted(values);
    let mut cuts: Vec<f32> = (1..bins)
        .map(|bin| (bin as u128 * sorted.len() as u128 / bins as u128) as usize)
        .filter(|end| *end > 0)
        .map(|end| sorted[end - 1])
        .collect();
    cuts.dedup();
    // What would lie above the greatest value is no bin.
    if cuts.last() == sorted.last() {
        cuts.pop();
    }
    cuts
}

/// The values that are there, each once, ascending.
pub(super) fn distinct(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut sorted = sorted(values);
    sorted.dedup();
    sorted
}

fn sorted(values: impl Iterator<Item = f32>) -> Vec<f32> {
    // Adding zero makes one value of both zeros.
    let mut sorted: Vec<f32> = values.filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_part_values_evenly() {
        for (values, bins, want) in [
            (vec![], 3, vec![]),
            (vec![5.0; 9], 3, vec![]),
            (vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, vec![2.0, 4.0]),
            (vec![1.0, 2.0], 9, vec![1.0]),
            (vec![0.0, 0.0, 0.0, 0.0, 1.0, 2.0], 3, vec![0.0]),
        ] {
            assert_eq!(cuts(values.iter().copied(), bins), want, "{values:?} {bins}");
        }
    }
}
