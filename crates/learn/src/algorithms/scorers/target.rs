//! What scorers learn: labels and weights with what is odd taken out, and constants that fit them best.

use crate::examples::Examples;

/// Labels in 0..1; a label that is no number counts as 0.
pub(super) fn shares(examples: &Examples) -> Vec<f32> {
    examples.labels.iter().map(|label| if label.is_nan() { 0.0 } else { label.clamp(0.0, 1.0) }).collect()
}

/// Labels as they are, but finite.
pub(super) fn values(examples: &Examples) -> Vec<f32> {
    examples.labels.iter().map(|label| if label.is_nan() { 0.0 } else { label.clamp(-1e15, 1e15) }).collect()
}

/// Weights, none below 0, finite.
pub(super) fn weights(examples: &Examples) -> Vec<f32> {
    let weight = |weight: &f32| if weight.is_nan() { 0.0 } else { weight.clamp(0.0, 1e15) };
    examples.weights.iter().map(weight).collect()
}

/// The weighted mean; 0 where nothing weighs.
pub(super) fn mean(labels: &[f32], weights: &[f32]) -> f64 {
    let pairs = labels.iter().zip(weights);
    let (sum, all) = pairs.fold((0.0, 0.0), |(sum, all), (&label, &weight)| {
        (sum + f64::from(label) * f64::from(weight), all + f64::from(weight))
    });
    if all > 0.0 { sum / all } else { 0.0 }
}

/// The least label at or below which a `share` of the weight lies; 0 where nothing weighs.
pub(super) fn quantile(labels: &[f32], weights: &[f32], share: f64) -> f32 {
    let mut pairs: Vec<(f32, f32)> =
        labels.iter().copied().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect();
    quantile_of(&mut pairs, share)
}

/// The same of (label, weight) pairs, which are put in order.
pub(super) fn quantile_of(pairs: &mut [(f32, f32)], share: f64) -> f32 {
    pairs.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let all: f64 = pairs.iter().map(|(_, weight)| f64::from(*weight)).sum();
    let mut below = 0.0;
    for (label, weight) in pairs.iter() {
        below += f64::from(*weight);
        if below >= share * all {
            return *label;
        }
    }
    pairs.last().map_or(0.0, |(label, _)| *label)
}

/// The log-odds of a share of `rows` rows, kept half a row away from never and always.
///
/// Rows without a positive say that it is rare, not that it cannot be.
pub(super) fn log_odds(share: f64, rows: usize) -> f32 {
    if rows == 0 {
        return 0.0;
    }
    let half = 0.5 / rows as f64;
    let share = share.clamp(half.min(0.5), 1.0 - half.min(0.5));
    (share / (1.0 - share)).ln() as f32
}

/// Of what each of `fields` fields adds, row by row: each field's share of the mean absolute deviation.
pub(super) fn spreads(added: &[f64], fields: usize) -> Vec<f32> {
    let rows = added.len().checked_div(fields).unwrap_or(0).max(1) as f64;
    let spread = |field: usize| {
        let own = || added.iter().skip(field).step_by(fields);
        let mean = own().sum::<f64>() / rows;
        own().map(|part| (part - mean).abs()).sum::<f64>() / rows
    };
    let spreads: Vec<f64> = (0..fields).map(spread).collect();
    let all: f64 = spreads.iter().sum();
    let known = all > 0.0 && all.is_finite();
    spreads.into_iter().map(|spread| if known { (spread / all) as f32 } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_by_hand() {
        let (labels, weights) = ([4.0, 1.0, 2.0, 9.0], [1.0, 1.0, 2.0, 0.0]);
        assert_eq!(mean(&labels, &weights), 2.25);
        for (share, want) in [(0.0, 1.0), (0.25, 1.0), (0.26, 2.0), (0.75, 2.0), (0.8, 4.0), (1.0, 4.0)] {
            assert_eq!(quantile(&labels, &weights, share), want, "{share}");
        }
        assert_eq!((mean(&[], &[]), quantile(&[], &[], 0.5)), (0.0, 0.0));
        assert_eq!(log_odds(0.0, 0), 0.0);
        assert_eq!(log_odds(0.0, 4), (0.125f64 / 0.875).ln() as f32);
        assert_eq!(log_odds(1.0, 1), 0.0);
        assert_eq!(log_odds(0.25, 1000), (1.0f64 / 3.0).ln() as f32);
    }
}
