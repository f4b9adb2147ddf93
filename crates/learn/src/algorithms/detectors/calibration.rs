//! From a score to the chance that its box is right.

use serde::{Deserialize, Serialize};

/// A straight line from scores to log-odds (Platt 1999, Probabilistic outputs for support vector machines).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Calibration {
    slope: f32,
    bias: f32,
}

/// The least slope: a higher score is never less likely to be right.
const FLATTEST: f64 = 0.05;
/// The steepest, which a handful of separable scores would otherwise exceed.
const STEEPEST: f64 = 20.0;

impl Calibration {
    /// Fitted to scores and whether each was right; scores are taken as log-odds where there are none.
    pub(super) fn of(scores: &[(f32, bool)]) -> Calibration {
        let rights = scores.iter().filter(|(_, right)| *right).count() as f64;
        let wrongs = scores.len() as f64 - rights;
        if scores.is_empty() {
            return Calibration { slope: 1.0, bias: 0.0 };
        }
        // Platt's targets keep a few lucky boxes from being certain.
        let (yes, no) = ((rights + 1.0) / (rights + 2.0), 1.0 / (wrongs + 2.0));
        let fit = |slope: Option<f64>| newton(scores, (yes, no), slope);
        let (slope, bias) = fit(None);
        let cut = slope.clamp(FLATTEST, STEEPEST);
        let (slope, bias) = if cut == slope { (slope, bias) } else { fit(Some(cut)) };
        Calibration { slope: slope as f32, bias: bias as f32 }
    }

    /// The chance that a box of this score is right.
    pub(super) fn chance(&self, score: f32) -> f32 {
        let odds = f64::from(self.slope * score + self.bias);
        let chance = if odds.is_nan() { 0.0 } else { 1.0 / (1.0 + (-odds).exp()) };
        chance as f32
    }

    /// The score that has this chance.
    pub(super) fn score(&self, chance: f32) -> f32 {
        let chance = f64::from(chance.clamp(0.0, 1.0));
        (((chance / (1.0 - chance)).ln() - f64::from(self.bias)) / f64::from(self.slope)) as f32
    }

    /// Whether it can have been fitted.
    pub(super) fn sound(&self) -> bool {
        let slopes = (FLATTEST as f32 * 0.99)..=(STEEPEST as f32 * 1.01);
        slopes.contains(&self.slope) && self.bias.is_finite()
    }
}

/// Newton's steps on the log-loss of both numbers, or of the bias alone where the slope is given; each is
/// halved until it helps (Lin, Lin and Weng 2007, A note on Platt's probabilistic outputs).
fn newton(scores: &[(f32, bool)], (yes, no): (f64, f64), fixed: Option<f64>) -> (f64, f64) {
    let targets: Vec<(f64, f64)> = scores
        .iter()
        .map(|(score, right)| (f64::from(*score).clamp(-1e3, 1e3), if *right { yes } else { no }))
        .collect();
    let loss = |slope: f64, bias: f64| -> f64 {
        let one = |(score, target): &(f64, f64)| {
            let odds = slope * score + bias;
            // ln(1 + exp(odds)) without overflow.
            odds.max(0.0) + (-odds.abs()).exp().ln_1p() - target * odds
        };
        targets.iter().map(one).sum()
    };
    let (mut slope, mut bias) = (fixed.unwrap_or(0.0), 0.0);
    let mut before = loss(slope, bias);
    for _ in 0..100 {
        let (mut by_slope, mut by_bias) = (0.0, 0.0);
        let (mut both, mut slopes, mut biases) = (0.0, 1e-9, 1e-9);
        for (score, target) in &targets {
            let chance = 1.0 / (1.0 + (-(slope * score + bias)).exp());
            let bend = chance * (1.0 - chance);
            by_slope += (chance - target) * score;
            by_bias += chance - target;
            slopes += bend * score * score;
            both += bend * score;
            biases += bend;
        }
        let determinant = slopes * biases - both * both;
        let (step, shift) = match fixed {
            None if determinant > 1e-12 => (
                (biases * by_slope - both * by_bias) / determinant,
                (slopes * by_bias - both * by_slope) / determinant,
            ),
            _ => (0.0, by_bias / biases),
        };
        let halves = (0..30).map(|half| 0.5f64.powi(half));
        let better = halves
            .map(|part| (slope - part * step, bias - part * shift))
            .map(|(slope, bias)| (slope, bias, loss(slope, bias)))
            .find(|(_, _, after)| *after < before);
        let Some((better_slope, better_bias, after)) = better else { break };
        (slope, bias) = (better_slope, better_bias);
        if before - after < 1e-10 * before.abs() {
            break;
        }
        before = after;
    }
    (slope, bias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_the_shares_that_were_right() {
        // At score s, s of 10 are right.
        let scores: Vec<(f32, bool)> =
            (1..10).flat_map(|score| (0..10).map(move |at| (score as f32, at < score))).collect();
        let scores: Vec<(f32, bool)> = scores.repeat(20);
        let calibration = Calibration::of(&scores);
        for score in [2.0, 5.0, 8.0] {
            let chance = calibration.chance(score);
            assert!((chance - score / 10.0).abs() < 0.05, "{score}: {chance}");
            assert!((calibration.score(chance) - score).abs() < 1e-3);
        }
    }

    #[test]
    fn odd_scores_give_a_sound_rising_line() {
        let wrong_way: Vec<(f32, bool)> = (0..40).map(|at| (at as f32, at < 20)).collect();
        for scores in
            [vec![], vec![(1.0, true)], vec![(2.0, false); 9], vec![(f32::INFINITY, true)], wrong_way]
        {
            let calibration = Calibration::of(&scores);
            assert!(calibration.sound(), "{scores:?} {calibration:?}");
            assert!(calibration.chance(3.0) >= calibration.chance(2.0), "{scores:?}");
        }
        let separable: Vec<(f32, bool)> = (0..40).map(|at| (at as f32 - 19.5, at >= 20)).collect();
        // Not certain, though nothing was wrong: the least loss against targets of 21/22 and 1/22 is at slope 0.298.
        assert!((Calibration::of(&separable).chance(5.0) - 0.816).abs() < 0.002);
        assert_eq!(Calibration::of(&[]).score(0.0), f32::NEG_INFINITY);
    }
}
