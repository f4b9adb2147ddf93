//! From predictions of several contenders to the values that a verdict compares.

use rayon::prelude::*;

use super::jackknife::{self, Blocks};
use super::ordered::order;
use super::{Detected, Metric, Predicted, Shape, Sums, add};

/// The examples of one label, with what each contender predicts for them.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The truth of each example.
    pub labels: &'a [f64],
    /// Whose each example is.
    pub users: &'a [u32],
    /// For each contender a prediction for each example.
    pub predictions: &'a [&'a [f64]],
}

/// Values to compare, of the same units for all contenders.
#[derive(Debug, Clone, PartialEq)]
pub struct Units {
    /// For each contender the value of each unit; their mean is the contender's metric.
    pub values: Vec<Vec<f64>>,
    /// To which cluster each unit belongs: the user of an example, or a block of users.
    pub clusters: Vec<u32>,
    /// How many users stand behind them, which are more than there are blocks.
    pub users: usize,
}

/// The values that [`crate::verdict`] needs for intervals and verdicts on a metric of predictions, not turned
/// yet where less is better.
///
/// For a metric of each example and one label these are its values at the examples. Otherwise they are the
/// pseudo-values of a jackknife over blocks of users. With several labels the metric is the mean over those
/// for which it is defined.
pub fn units(metric: &Metric, k: usize, labels: &[Compared<'_>]) -> Units {
    let contenders = labels.iter().map(|label| label.predictions.len()).min().unwrap_or(0);
    if let (Shape::PerExample(each), [only]) = (metric.shape, labels) {
        let values = |predictions: &&[f64]| {
            predictions
                .iter()
                .zip(only.labels)
                .map(|(prediction, label)| each(*prediction, *label, k))
                .collect()
        };
        return Units {
            values: only.predictions.iter().map(values).collect(),
            clusters: only.users.to_vec(),
            users: Blocks::new(only.users).clusters,
        };
    }
    let users: Vec<u32> = labels.iter().flat_map(|label| label.users).copied().collect();
    let blocks = Blocks::new(&users);
    let mut from = 0;
    let mut tables = Vec::new();
    for label in labels {
        let own = &blocks.of[from..from + label.users.len()];
        from += label.users.len();
        let table = |contender| Table::new(label, contender, own, blocks.count, metric, k);
        tables.push((0..contenders).into_par_iter().map(table).collect::<Vec<Table>>());
    }
    // Labels that all examples cannot judge are left out everywhere: a block that is left out then changes
    // nothing but the block.
    let judged: Vec<Vec<&Table>> = (0..contenders)
        .map(|contender| {
            let all = tables.iter().map(|table| &table[contender]);
            all.filter(|table| !table.value(metric, k, None).is_nan()).collect()
        })
        .collect();
    let values = jackknife::pseudo_values(contenders, blocks.count, |contender, without| {
        let tables = &judged[contender];
        tables.iter().map(|table| table.value(metric, k, without)).sum::<f64>() / tables.len() as f64
    });
    let count = values.first().map_or(0, Vec::len) as u32;
    Units { values, clusters: (0..count).collect(), users: blocks.clusters }
}

/// The same for a metric of boxes: the values of pictures, or pseudo-values of blocks of clusters.
///
/// `clusters[n]` is what picture `n` shares with others, such as the street or the camera's drive. The
/// contenders saw the same pictures.
pub fn of_pictures(metric: &Metric, k: usize, contenders: &[Detected<'_>], clusters: &[u32]) -> Units {
    let blocks = Blocks::new(clusters);
    if let Shape::PerPicture(each) = metric.shape {
        let values = |own: &Detected<'_>| own.pictures().map(|picture| each(&picture, k)).collect();
        let values = contenders.iter().map(values).collect();
        return Units { values, clusters: clusters.to_vec(), users: blocks.clusters };
    }
    let values = jackknife::pseudo_values(contenders.len(), blocks.count, |contender, without| {
        let own = &contenders[contender];
        let Some(without) = without else { return metric.of_boxes(own, k) };
        let rest = own.pictures().zip(&blocks.of).filter(|(_, block)| **block != without);
        let (mut found, mut truth, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for (picture, _) in rest {
            found.push(picture.found.to_vec());
            truth.push(picture.truth.to_vec());
            sizes.push(picture.size);
        }
        let rest = Detected { found: &found, truth: &truth, sizes: &sizes, threshold: own.threshold };
        metric.of_boxes(&rest, k)
    });
    let count = values.first().map_or(0, Vec::len) as u32;
    Units { values, clusters: (0..count).collect(), users: blocks.clusters }
}

/// The examples of one label and one contender, made ready for leaving out blocks.
struct Table {
    /// In the order of the predictions: what sorts them again finds them sorted. Users are numbered from 0.
    predictions: Vec<f64>,
    labels: Vec<f64>,
    users: Vec<u32>,
    /// For each block the places of its examples, rising.
    places: Vec<Vec<usize>>,
    /// For each block the sums over its examples, where the metric is of sums.
    sums: Vec<Sums>,
}

impl Table {
    fn new(
        label: &Compared<'_>,
        contender: usize,
        blocks: &[u32],
        count: usize,
        metric: &Metric,
        k: usize,
    ) -> Table {
        let examples = label.predictions[contender].len().min(label.labels.len()).min(blocks.len());
        let predictions = &label.predictions[contender][..examples];
        let order = order(predictions);
        let mut known = label.users.to_vec();
        known.sort_unstable();
        known.dedup();
        let number = |at: &usize| known.binary_search(&label.users[*at]).map_or(0, |number| number as u32);
        let mut table = Table {
            predictions: order.iter().map(|at| predictions[*at]).collect(),
            labels: order.iter().map(|at| label.labels[*at]).collect(),
            users: order.iter().map(number).collect(),
            places: vec![Vec::new(); count],
            sums: vec![[0.0; 3]; count],
        };
        for (place, at) in order.into_iter().enumerate() {
            let block = blocks[at] as usize;
            table.places[block].push(place);
            if let Shape::OverSums { each, .. } = metric.shape {
                table.sums[block] = add(table.sums[block], each(predictions[at], label.labels[at], k));
            }
        }
        table
    }

    fn value(&self, metric: &Metric, k: usize, without: Option<u32>) -> f64 {
        if let Shape::OverSums { over, .. } = metric.shape {
            let kept = self.sums.iter().enumerate().filter(|(block, _)| Some(*block as u32) != without);
            return over(kept.map(|(_, sums)| *sums).fold([0.0; 3], add));
        }
        let Some(without) = without else {
            let Table { predictions, labels, users, .. } = self;
            return metric.of_examples(&Predicted { predictions, labels, users }, k);
        };
        let places = &self.places[without as usize];
        let (predictions, labels) = (kept(&self.predictions, places), kept(&self.labels, places));
        let users = kept(&self.users, places);
        metric.of_examples(&Predicted { predictions: &predictions, labels: &labels, users: &users }, k)
    }
}

/// Values without those at the given places, which rise.
fn kept<T: Copy>(values: &[T], without: &[usize]) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len());
    let mut from = 0;
    for place in without {
        kept.extend_from_slice(&values[from..*place]);
        from = place + 1;
    }
    kept.extend_from_slice(&values[from..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::find;
    use crate::picture::Area;
    use crate::random::rng;
    use crate::verdict::{Entrant, Rule, Status, estimate, judge};
    use rand::RngExt;

    /// Examples of a world: users of their own inclination, and two predictions of equal worth.
    struct Drawn {
        labels: Vec<f64>,
        users: Vec<u32>,
        predictions: [Vec<f64>; 2],
    }

    impl Drawn {
        fn new(seed: u64, users: u32, each: u32, noise: [f64; 2]) -> Drawn {
            let mut rng = rng(seed, &[11]);
            let mut normal = || {
                let (radius, turn) = (rng.random_range(1e-12..1.0f64), rng.random_range(0.0..1.0f64));
                (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
            };
            let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
            let mut drawn = Drawn { labels: Vec::new(), users: Vec::new(), predictions: Default::default() };
            for user in 0..users {
                let inclined = normal();
                for _ in 0..each {
                    let signal = normal();
                    drawn.labels.push(f64::from(u8::from(inclined + signal + normal() > 1.0)));
                    drawn.users.push(user);
                    for (predictions, noise) in drawn.predictions.iter_mut().zip(noise) {
                        predictions.push(logistic(1.7 * (0.5 * inclined + signal - 1.0) + noise * normal()));
                    }
                }
            }
            drawn
        }

        fn units(&self, name: &str) -> Units {
            let predictions: Vec<&[f64]> = self.predictions.iter().map(Vec::as_slice).collect();
            let compared = Compared { labels: &self.labels, users: &self.users, predictions: &predictions };
            units(find(name).expect("registered"), 0, &[compared])
        }

        fn value(&self, name: &str) -> f64 {
            let Drawn { labels, users, predictions: [predictions, _] } = self;
            find(name).expect("registered").of_examples(&Predicted { predictions, labels, users }, 0)
        }
    }

    #[test]
    fn intervals_hold_the_truth_95_times_in_100() {
        for name in ["auc", "pr-auc", "nce", "grouped-auc"] {
            let truth = Drawn::new(9, 20_000, 8, [1.0, 1.0]).value(name);
            let held = (0..200u64).filter(|seed| {
                let units = Drawn::new(1000 + seed, 100, 8, [1.0, 1.0]).units(name);
                let found = estimate(&units.values[0], &units.clusters, 0.95);
                found.low <= truth && truth <= found.high
            });
            // Within three standard errors of 95%, which are 1.5%.
            let held = held.count();
            assert!((181..=199).contains(&held), "{name}: {held} of 200 hold {truth}");
        }
    }

    #[test]
    fn the_mean_of_the_values_is_the_metric() {
        let drawn = Drawn::new(3, 130, 6, [0.5, 2.0]);
        for metric in crate::metrics::ALL.iter().filter(|metric| metric.shape.of_predictions()) {
            let name = metric.card.name;
            let units = drawn.units(name);
            let mean = estimate(&units.values[0], &units.clusters, 0.95).value;
            assert!((mean - drawn.value(name)).abs() < 1e-9, "{name}: {mean}");
            assert_eq!(units.users, 130, "{name}");
        }
    }

    fn decide(drawn: &Drawn, name: &str) -> Status {
        let metric = find(name).expect("registered");
        let Units { mut values, clusters, .. } = drawn.units(name);
        values.iter_mut().flatten().for_each(|value| *value = metric.turned(*value, 0));
        let entrant = |name, values| Entrant { name, values, cost: (1.0, 1.0), eligible: true };
        let entrants = [entrant("one", &values[0]), entrant("two", &values[1])];
        judge(&entrants, &clusters, Rule { baseline: "one", margin: 0.001, confidence: 0.95 }).status
    }

    #[test]
    fn equals_are_undecided_in_95_of_100_seeds() {
        for name in ["auc", "pr-auc", "nce", "grouped-auc"] {
            let undecided = (0..200u64)
                .filter(|seed| decide(&Drawn::new(*seed, 100, 6, [1.0, 1.0]), name) == Status::Undecided);
            let count = undecided.count();
            assert!(count >= 190 - 6, "{name}: {count} of 200"); // within two standard errors of 95%
        }
    }

    #[test]
    fn a_worse_prediction_is_found_out() {
        for name in ["auc", "pr-auc", "nce", "grouped-auc", "brier", "calibration-error"] {
            let found = (0..20u64)
                .filter(|seed| decide(&Drawn::new(*seed, 300, 10, [0.2, 2.0]), name) == Status::Winner);
            assert!(found.count() >= 18, "{name}");
        }
    }

    #[test]
    fn positives_of_one_block_alone_leave_the_interval_open() {
        let (labels, users): (Vec<f64>, Vec<u32>) = (0..40).map(|at| (f64::from(at < 4), at / 4)).unzip();
        let predictions: Vec<f64> = (0..40).map(|at| f64::from(at % 7) / 7.0).collect();
        let compared = Compared { labels: &labels, users: &users, predictions: &[&predictions] };
        let units = units(find("auc").expect("registered"), 0, &[compared]);
        let found = estimate(&units.values[0], &units.clusters, 0.95);
        assert!(found.value > 0.0 && found.low == f64::NEG_INFINITY && found.high == f64::INFINITY);
    }

    #[test]
    fn several_labels_are_averaged_over_those_that_can_be_judged() {
        let drawn = Drawn::new(5, 60, 8, [1.0, 1.0]);
        let never = vec![0.0; drawn.labels.len()];
        let [one, two] = &drawn.predictions;
        let all: [&[f64]; 2] = [one, two];
        let table = |labels| Compared { labels, users: &drawn.users, predictions: &all };
        let metric = find("auc").expect("registered");
        let both = units(metric, 0, &[table(&drawn.labels), table(&never)]);
        assert_eq!(both, units(metric, 0, &[table(&drawn.labels)]));
        let twice = units(metric, 0, &[table(&drawn.labels), table(&drawn.labels)]);
        assert_eq!(twice.values, both.values);
    }

    #[test]
    fn average_precision_of_boxes_has_intervals_that_hold_it() {
        // Boxes in a row, found or not, with mistakes in between, in pictures of streets unlike each other.
        let draw = |seed: u64, streets: u32| {
            let mut rng = rng(seed, &[12]);
            let (mut found, mut truth, mut of) = (Vec::new(), Vec::new(), Vec::new());
            for picture in 0..streets * 3 {
                let (mut seen, mut there): (Vec<(Area, f32)>, Vec<Area>) = Default::default();
                let light =
                    f64::from(crate::hash(seed, &[u64::from(picture / 3)]) as u32) / f64::from(u32::MAX);
                for place in 0..rng.random_range(0..6u8) {
                    let left = 10.0 * f32::from(place);
                    let area = Area { left, top: 0.0, right: left + 8.0, bottom: 8.0 };
                    let real = rng.random_bool(0.6);
                    let score = rng.random_range(0.0..1.0) + if real { light } else { 0.0 };
                    if real {
                        there.push(area);
                    }
                    if score > 0.5 {
                        seen.push((area, score as f32));
                    }
                }
                found.push(seen);
                truth.push(there);
                of.push(picture / 3);
            }
            (found, truth, of)
        };
        let metric = find("ap").expect("registered");
        let judged = |seed, streets| {
            let (found, truth, of) = draw(seed, streets);
            let sizes = vec![(60.0, 8.0); truth.len()];
            let detected = Detected { found: &found, truth: &truth, sizes: &sizes, threshold: 0.5 };
            let units = of_pictures(metric, 0, &[detected], &of);
            (metric.of_boxes(&detected, 0), estimate(&units.values[0], &units.clusters, 0.95))
        };
        let (truth, _) = judged(99, 20_000);
        let held =
            (0..200).map(|seed| judged(seed, 60).1).filter(|own| own.low <= truth && truth <= own.high);
        let held = held.count();
        assert!((181..=199).contains(&held), "{held} of 200 hold {truth}");
        let (value, found) = judged(1, 60);
        assert!((value - found.value).abs() < 1e-9);
    }

    #[test]
    fn odd_input_ends_in_no_panic() {
        let metric = find("auc").expect("registered");
        assert_eq!(units(metric, 0, &[]).users, 0);
        let none = Compared { labels: &[], users: &[], predictions: &[&[]] };
        assert!(units(metric, 0, &[none]).values[0].is_empty());
        let uneven = Compared { labels: &[1.0], users: &[1, 2, 3], predictions: &[&[0.5, 0.1]] };
        assert!(units(metric, 0, &[uneven]).values[0][0].is_nan());
    }
}
