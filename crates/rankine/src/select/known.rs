//! Metrics of predictions: over the examples of which a label is known, with intervals.

use rankine_learn::metrics::{self, Compared, Predicted, Units};

use super::predicted::Walked;
use super::selection::{Figure, mean_of_defined};
use crate::problem::{MetricAt, Problem};

/// The examples of one label of which it is known and that are kept, with what each contender predicts.
pub(super) struct Known {
    pub(super) labels: Vec<f64>,
    users: Vec<u32>,
    predictions: Vec<Vec<f64>>,
}

impl Known {
    fn new(walked: &Walked, tested: &[Vec<Vec<f64>>], label: usize, keep: &dyn Fn(usize) -> bool) -> Known {
        let labels = &walked.labels[label];
        let kept: Vec<usize> = (0..labels.len()).filter(|&at| !labels[at].is_nan() && keep(at)).collect();
        let own = |predictions: &Vec<Vec<f64>>| match predictions.get(label) {
            Some(own) => kept.iter().map(|&at| own[at]).collect(),
            None => Vec::new(),
        };
        Known {
            labels: kept.iter().map(|&at| f64::from(labels[at])).collect(),
            users: kept.iter().map(|&at| walked.users[at]).collect(),
            predictions: tested.iter().map(own).collect(),
        }
    }

    /// A metric of one contender; not-a-number where the examples cannot tell.
    fn value(&self, metric: &MetricAt, contender: usize) -> f64 {
        let predicted =
            Predicted { predictions: &self.predictions[contender], labels: &self.labels, users: &self.users };
        metrics::find(&metric.name).map_or(f64::NAN, |found| found.of_examples(&predicted, metric.k))
    }
}

/// The known examples of all labels.
pub(super) fn known(walked: &Walked, tested: &[Vec<Vec<f64>>], keep: &dyn Fn(usize) -> bool) -> Vec<Known> {
    (0..walked.labels.len()).map(|label| Known::new(walked, tested, label, keep)).collect()
}

/// A metric of one contender, the mean over the labels that can tell; not-a-number where none can.
pub(super) fn value(metric: &MetricAt, known: &[Known], contender: usize) -> f64 {
    mean_of_defined(known.iter().map(|known| known.value(metric, contender)))
}

/// What intervals and verdicts on a metric are made from.
pub(super) fn compared(metric: &MetricAt, known: &[Known]) -> Units {
    let predictions: Vec<Vec<&[f64]>> =
        known.iter().map(|known| known.predictions.iter().map(Vec::as_slice).collect()).collect();
    let labels: Vec<Compared<'_>> = known
        .iter()
        .zip(&predictions)
        .map(|(known, predictions)| Compared { labels: &known.labels, users: &known.users, predictions })
        .collect();
    match metrics::find(&metric.name) {
        Some(found) => metrics::units(found, metric.k, &labels),
        None => Units { values: Vec::new(), clusters: Vec::new(), users: 0 },
    }
}

/// A metric of all contenders with intervals.
pub(super) fn figures(
    problem: &Problem,
    metric: &MetricAt,
    known: &[Known],
    contenders: usize,
) -> Vec<Figure> {
    let units = compared(metric, known);
    let one = |contender: usize| {
        let value = value(metric, known, contender);
        Figure::of_units(value, &units, contender, problem.evaluate.confidence)
    };
    (0..contenders).map(one).collect()
}

/// The contender with the best value of the deciding metric.
pub(super) fn leader(problem: &Problem, test: &Walked, tested: &[Vec<Vec<f64>>]) -> Option<usize> {
    let (metric, all) = (&problem.evaluate.metric, known(test, tested, &|_| true));
    let found = metrics::find(&metric.name)?;
    let values = (0..tested.len()).map(|at| found.turned(value(metric, &all, at), metric.k));
    let finite = values.enumerate().filter(|(_, value)| value.is_finite());
    finite.rev().max_by(|left, right| left.1.total_cmp(&right.1)).map(|(at, _)| at)
}

/// A metric with intervals of predictions of the first label.
pub(super) fn figures_of(
    problem: &Problem,
    metric: &MetricAt,
    walked: &Walked,
    predictions: &[Vec<Vec<f64>>],
) -> Vec<Figure> {
    let known = Known::new(walked, predictions, 0, &|_| true);
    figures(problem, metric, &[known], predictions.len())
}

/// The metric of one of them less that of another, unit by unit, with whose each unit is.
pub(super) fn gap(
    metric: &MetricAt,
    walked: &Walked,
    predictions: &[Vec<Vec<f64>>],
    one: usize,
    other: usize,
) -> (Vec<f64>, Vec<u32>) {
    let known = Known::new(walked, predictions, 0, &|_| true);
    let units = compared(metric, &[known]);
    let (Some(one), Some(other)) = (units.values.get(one), units.values.get(other)) else {
        return (Vec::new(), Vec::new());
    };
    (one.iter().zip(other).map(|(one, other)| one - other).collect(), units.clusters)
}
