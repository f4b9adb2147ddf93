//! Examples in the order of their predictions, those with the same prediction together.

use std::borrow::Cow;

use super::{Predicted, is_positive};

/// Examples by prediction, smallest first.
pub(super) struct Ordered<'a> {
    predictions: Cow<'a, [f64]>,
    labels: Cow<'a, [f64]>,
    users: Cow<'a, [u32]>,
    /// How many labels are positive.
    pub(super) positives: u64,
    /// How many labels are negative.
    pub(super) negatives: u64,
}

/// All examples of one prediction: what follows from them depends on no order of the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub(super) prediction: f64,
    pub(super) positives: u64,
    pub(super) negatives: u64,
}

impl<'a> Ordered<'a> {
    /// Sorts; none where the input is not sound. What is in order already is neither sorted nor copied.
    pub(super) fn of(predicted: &Predicted<'a>) -> Option<Ordered<'a>> {
        if !predicted.is_sound() {
            return None;
        }
        let Predicted { predictions, labels, users } = *predicted;
        let positives = labels.iter().map(|label| u64::from(is_positive(*label))).sum();
        let negatives = labels.len() as u64 - positives;
        if predictions.is_sorted() {
            let (predictions, labels, users) = (predictions.into(), labels.into(), users.into());
            return Some(Ordered { predictions, labels, users, positives, negatives });
        }
        let order = order(predictions);
        Some(Ordered {
            predictions: order.iter().map(|at| predictions[*at]).collect(),
            labels: order.iter().map(|at| labels[*at]).collect(),
            users: order.iter().map(|at| users[*at]).collect(),
            positives,
            negatives,
        })
    }

    /// The same, none also where a class is missing.
    pub(super) fn of_both_classes(predicted: &Predicted<'a>) -> Option<Ordered<'a>> {
        Ordered::of(predicted).filter(|ordered| ordered.positives > 0 && ordered.negatives > 0)
    }

    /// How many examples there are.
    pub(super) fn count(&self) -> usize {
        self.labels.len()
    }

    /// Prediction, whether the label is positive, and user of each example.
    pub(super) fn rows(&self) -> impl Iterator<Item = (f64, bool, u32)> {
        let told = self.predictions.iter().zip(self.labels.iter()).zip(self.users.iter());
        told.map(|((prediction, label), user)| (*prediction, is_positive(*label), *user))
    }

    /// The distinct predictions, smallest first.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let prediction = *self.predictions.get(at)?;
            let (from, mut positives) = (at, 0);
            while self.predictions.get(at) == Some(&prediction) {
                positives += u64::from(is_positive(self.labels[at]));
                at += 1;
            }
            Some(Step { prediction, positives, negatives: (at - from) as u64 - positives })
        })
    }

    /// At most `bins` bins of equal mass, smallest predictions first, none empty. A step is never split: it
    /// belongs where its middle falls.
    pub(super) fn bins(&self, bins: usize) -> Vec<Bin> {
        let (bins, count) = (bins.clamp(1, self.count()) as u64, self.count() as u64);
        let (mut made, mut bin, mut before) = (Vec::<Bin>::new(), 0, 0);
        for step in self.steps() {
            let size = step.positives + step.negatives;
            let middle = 2 * before + size;
            before += size;
            let passes = bins * middle >= 2 * count * (bin + 1);
            if passes {
                bin = bins * middle / (2 * count);
            }
            match made.last_mut() {
                Some(last) if !passes => last.add(step),
                _ => {
                    let at = step.prediction;
                    let mut new = Bin { low: at, high: at, promised: 0.0, positives: 0, examples: 0 };
                    new.add(step);
                    made.push(new);
                }
            }
        }
        made
    }
}

/// Examples of neighbouring predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bin {
    /// The smallest prediction.
    pub(super) low: f64,
    /// The largest prediction.
    pub(super) high: f64,
    /// The sum of predictions.
    pub(super) promised: f64,
    /// How many labels are positive.
    pub(super) positives: u64,
    /// How many examples there are.
    pub(super) examples: u64,
}

impl Bin {
    fn add(&mut self, step: Step) {
        let size = step.positives + step.negatives;
        self.high = step.prediction;
        self.promised += step.prediction * size as f64;
        self.positives += step.positives;
        self.examples += size;
    }
}

/// The places of predictions from the smallest to the largest, ties as they came.
pub(super) fn order(predictions: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..predictions.len()).collect();
    order.sort_by(|left, right| predictions[*left].total_cmp(&predictions[*right]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered<'a>(predictions: &'a [f64], labels: &'a [f64]) -> Option<Ordered<'a>> {
        Ordered::of(&Predicted { predictions, labels, users: &[0; 8][..labels.len()] })
    }

    #[test]
    fn ties_are_one_step() {
        let ordered = ordered(&[0.5, 0.1, 0.5, -0.0, 0.0], &[1.0, 0.0, 0.0, 1.0, 1.0]).expect("sound");
        let steps: Vec<(f64, u64, u64)> =
            ordered.steps().map(|step| (step.prediction, step.positives, step.negatives)).collect();
        assert_eq!(steps, [(0.0, 2, 0), (0.1, 0, 1), (0.5, 1, 1)]);
    }

    #[test]
    fn bins_hold_equal_shares_and_split_no_tie() {
        let sizes = |predictions: &[f64], bins| -> Vec<u64> {
            let ordered = ordered(predictions, &[0.0; 8][..predictions.len()]).expect("sound");
            ordered.bins(bins).iter().map(|bin| bin.examples).collect()
        };
        assert_eq!(sizes(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3), [2, 2, 2]);
        assert_eq!(sizes(&[1.0, 1.0, 1.0, 1.0, 5.0, 6.0], 3), [4, 2]);
        assert_eq!(sizes(&[7.0; 4], 15), [4]);
        assert_eq!(sizes(&[1.0, 2.0], 15), [1, 1]);
        assert_eq!(sizes(&[1.0, 2.0], 0), [2]);
    }

    #[test]
    fn unsound_input_is_refused() {
        assert!(ordered(&[], &[]).is_none());
        assert!(ordered(&[f64::NAN], &[1.0]).is_none());
        assert!(ordered(&[0.5], &[f64::NAN]).is_none());
        assert!(ordered(&[0.5, 0.1], &[1.0]).is_none());
    }
}
