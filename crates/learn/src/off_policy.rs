//! What another policy would have earned, from a log in which the logging policy noted its odds.
//!
//! Records are weighted by how much likelier the other policy picks the logged action: inverse propensity
//! scoring (IPS; Horvitz and Thompson 1952), the same divided by the mean weight (SNIPS; Swaminathan and
//! Joachims 2015), and doubly robust, where a model of the reward explains what it can and weights correct
//! only the rest (DR; Dudík, Langford and Li 2011). Each is a mean of one value a record, so that
//! [`crate::verdict`] gives intervals and judges policies against each other.

use serde::{Deserialize, Serialize};

use crate::verdict::{self, Estimate};

/// One logged action.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logged {
    /// The probability with which the logging policy picked it; in (0, 1].
    pub propensity: f64,
    /// What it earned.
    pub reward: f64,
    /// The probability with which the other policy picks it; in [0, 1].
    pub target: f64,
    /// What the model of the reward says of it; not-a-number where there is no model.
    pub predicted: f64,
    /// What that model says of the other policy: the mean over its actions. Not-a-number without a model.
    pub expected: f64,
}

/// How a value is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// Inverse propensity scoring: unbiased, of large variance where weights are.
    Ips,
    /// Self-normalised: a little biased in small samples, steadier, never beyond the rewards seen.
    Snips,
    /// Doubly robust: unbiased if propensities are right, and the steadier the better the model.
    DoublyRobust,
}

/// The value of a policy: reward a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worth {
    /// By inverse propensity scoring.
    pub ips: Figure,
    /// Self-normalised.
    pub snips: Figure,
    /// Doubly robust; undefined without a model.
    pub doubly_robust: Figure,
    /// Records that were used.
    pub records: usize,
    /// Records without a propensity in (0, 1], a target in [0, 1] and a finite reward; left out.
    pub unusable: usize,
    /// So many records of equal weight would tell as much: the square of the sum of weights over the sum of
    /// their squares.
    pub effective: f64,
    /// The same, of the records that earned something alone.
    pub effective_rewarded: f64,
    /// The mean weight before clipping; near 1 if propensities are right and the log covers the policy.
    pub mean_weight: f64,
    /// Records whose weight was clipped.
    pub clipped: usize,
    /// The share of the weight that was cut off.
    pub clipped_share: f64,
    /// What makes the figures doubtful, each as a sentence.
    pub warnings: Vec<String>,
}

/// An estimate with its variance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Value and interval.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// The square of its standard error; none where nothing bounds it.
    pub variance: Option<f64>,
}

/// Below so many records of equal weight the interval itself is a guess.
const ENOUGH: f64 = 100.0;

/// Below so many rewarded records likewise: the tail of a rare reward is not seen.
const ENOUGH_REWARDED: f64 = 30.0;

/// The value of the other policy. `users[n]` is whose record `n` is: requests of one user depend on each
/// other; number them apart where that is not known. No weight counts beyond `clip` (infinity: all as they
/// are), which buys variance with bias.
pub fn evaluate(logged: &[Logged], users: &[u32], clip: f64, confidence: f64) -> Worth {
    let pairs = logged.iter().zip(users).filter(|(record, _)| record.is_usable());
    let (used, users): (Vec<Logged>, Vec<u32>) = pairs.map(|(record, user)| (*record, *user)).unzip();
    let figure = |estimator| {
        let values = values(&used, estimator, clip);
        let variance = verdict::variance(&values, &users);
        // No record is no knowledge, not a worth of nothing.
        let mut estimate = verdict::estimate(&values, &users, confidence);
        if values.is_empty() {
            estimate.value = f64::NAN;
        }
        Figure { estimate, variance: variance.is_finite().then_some(variance) }
    };
    let raw: Vec<f64> = used.iter().map(Logged::weight).collect();
    let weights: Vec<f64> = raw.iter().map(|weight| weight.min(clip)).collect();
    let whole: f64 = raw.iter().sum();
    let rewarded = weights.iter().zip(&used).filter(|(_, record)| record.reward != 0.0);
    let mut worth = Worth {
        ips: figure(Estimator::Ips),
        snips: figure(Estimator::Snips),
        doubly_robust: figure(Estimator::DoublyRobust),
        records: used.len(),
        unusable: logged.len() - used.len(),
        effective: effective(weights.iter().copied()),
        effective_rewarded: effective(rewarded.map(|(weight, _)| *weight)),
        mean_weight: whole / used.len().max(1) as f64,
        clipped: raw.iter().filter(|weight| **weight > clip).count(),
        clipped_share: if whole > 0.0 { 1.0 - weights.iter().sum::<f64>() / whole } else { 0.0 },
        warnings: Vec::new(),
    };
    worth.warnings = warnings(&worth, verdict::estimate(&raw, &users, 0.999), clip);
    worth
}

/// One value a record whose mean is the estimate; not-a-number for a record that is not usable.
///
/// To compare policies on the same records, give the values of each to [`crate::verdict::judge`].
pub fn values(logged: &[Logged], estimator: Estimator, clip: f64) -> Vec<f64> {
    let weight = |record: &Logged| if record.is_usable() { record.weight().min(clip) } else { f64::NAN };
    match estimator {
        Estimator::Ips => logged.iter().map(|record| weight(record) * record.reward).collect(),
        Estimator::DoublyRobust => logged
            .iter()
            .map(|record| record.expected + weight(record) * (record.reward - record.predicted))
            .collect(),
        Estimator::Snips => {
            let weights: Vec<f64> = logged.iter().map(weight).collect();
            let usable = || logged.iter().zip(&weights).filter(|(_, weight)| !weight.is_nan());
            let mean = usable().map(|(_, weight)| weight).sum::<f64>() / usable().count() as f64;
            let earned = usable().map(|(record, weight)| weight * record.reward).sum::<f64>();
            let ratio = earned / usable().count() as f64 / mean;
            // The ratio made linear at its own value (delta method): its spread is that of these values.
            let one = |(record, weight): (&Logged, &f64)| ratio + weight * (record.reward - ratio) / mean;
            logged.iter().zip(&weights).map(one).collect()
        }
    }
}

impl Worth {
    /// Whether the intervals may be relied upon: enough choices count, and enough of them earned something.
    pub fn is_reliable(&self) -> bool {
        self.effective >= ENOUGH && self.effective_rewarded >= ENOUGH_REWARDED
    }
}

impl Logged {
    fn is_usable(&self) -> bool {
        self.propensity > 0.0
            && self.propensity <= 1.0
            && (0.0..=1.0).contains(&self.target)
            && self.weight().is_finite()
            && self.reward.is_finite()
    }

    fn weight(&self) -> f64 {
        self.target / self.propensity
    }
}

fn effective(weights: impl Iterator<Item = f64>) -> f64 {
    let (sum, squares) =
        weights.fold((0.0, 0.0), |(sum, squares), weight| (sum + weight, squares + weight * weight));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

fn warnings(worth: &Worth, mean_weight: Estimate, clip: f64) -> Vec<String> {
    let mut made = Vec::new();
    if worth.unusable > 0 {
        made.push(format!(
            "{} of {} records have no usable propensity, target or reward and were left out.",
            worth.unusable,
            worth.unusable + worth.records
        ));
    }
    if worth.effective == 0.0 {
        made.push("The policy never picks what was logged, so the log says nothing about it.".to_owned());
        return made;
    }
    if worth.effective < ENOUGH {
        made.push(format!(
            "The {} records tell as much as {:.0} of equal weight: the policy picks other actions than were \
             logged, and neither values nor intervals can be relied upon.",
            worth.records, worth.effective
        ));
    }
    if worth.effective_rewarded < ENOUGH_REWARDED {
        made.push(format!(
            "What was earned rests on as much as {:.0} records: a few more or fewer would change the value, \
             and the intervals are too narrow.",
            worth.effective_rewarded
        ));
    }
    if worth.clipped_share > 0.01 {
        made.push(format!(
            "Weights above {clip} were cut, {:.1}% of all weight: rewards that they stand for are missing \
             from IPS and, as far as the model does not know them, from DR.",
            100.0 * worth.clipped_share
        ));
    }
    if mean_weight.low > 1.0 || mean_weight.high < 1.0 {
        made.push(format!(
            "The mean weight is {:.3} where 1 is expected: the propensities are not those of the policy that \
             wrote the log, or it never tries what this policy picks.",
            worth.mean_weight
        ));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::rng;
    use rand::RngExt;

    const ACTIONS: usize = 4;

    /// Chances of a reward for three contexts, and what two policies do there.
    const CHANCE: [[f64; ACTIONS]; 3] = [[0.1, 0.3, 0.5, 0.2], [0.6, 0.2, 0.1, 0.3], [0.4, 0.4, 0.2, 0.7]];
    const LOGGING: [[f64; ACTIONS]; 3] = [[0.4, 0.3, 0.2, 0.1], [0.25; ACTIONS], [0.1, 0.2, 0.3, 0.4]];
    const OTHER: [[f64; ACTIONS]; 3] = [[0.1, 0.1, 0.7, 0.1], [0.7, 0.1, 0.1, 0.1], [0.1, 0.2, 0.1, 0.6]];

    fn worth_of(policy: &[[f64; ACTIONS]; 3]) -> f64 {
        let one =
            |context: usize| (0..ACTIONS).map(|at| policy[context][at] * CHANCE[context][at]).sum::<f64>();
        (0..3).map(one).sum::<f64>() / 3.0
    }

    /// A log; the model is off by `error` everywhere.
    fn draw(seed: u64, records: usize, error: f64) -> (Vec<Logged>, Vec<u32>) {
        let mut rng = rng(seed, &[14]);
        let mut record = |_| {
            let context = rng.random_range(0..3usize);
            let mut left: f64 = rng.random_range(0.0..1.0);
            let mut action = 0;
            while action + 1 < ACTIONS && left >= LOGGING[context][action] {
                left -= LOGGING[context][action];
                action += 1;
            }
            let model = |at: usize| CHANCE[context][at] + error;
            Logged {
                propensity: LOGGING[context][action],
                reward: f64::from(u8::from(rng.random_bool(CHANCE[context][action]))),
                target: OTHER[context][action],
                predicted: model(action),
                expected: (0..ACTIONS).map(|at| OTHER[context][at] * model(at)).sum(),
            }
        };
        ((0..records).map(&mut record).collect(), (0..records as u32).collect())
    }

    #[test]
    fn values_worked_by_hand() {
        let record =
            |propensity, reward, target| Logged { propensity, reward, target, predicted: 0.5, expected: 0.6 };
        // Weights 2, 1/2, 0.
        let log = [record(0.25, 1.0, 0.5), record(0.5, 1.0, 0.25), record(0.5, 1.0, 0.0)];
        let worth = evaluate(&log, &[1, 2, 3], f64::INFINITY, 0.95);
        let near = |have: f64, want: f64| assert!((have - want).abs() < 1e-12, "{have} is not {want}");
        near(worth.ips.estimate.value, 2.5 / 3.0);
        near(worth.snips.estimate.value, 1.0);
        near(worth.doubly_robust.estimate.value, 0.6 + 2.5 * 0.5 / 3.0);
        near(worth.effective, 6.25 / 4.25);
        near(worth.mean_weight, 2.5 / 3.0);
        // IPS values 2, 1/2, 0 around 5/6: (49 + 4 + 25) / 36 / (3 x 2).
        near(worth.ips.variance.expect("three users"), 78.0 / 36.0 / 6.0);
        let clipped = evaluate(&log, &[1, 2, 3], 1.0, 0.95);
        near(clipped.ips.estimate.value, 0.5);
        near(clipped.clipped_share, 0.4);
        assert_eq!((clipped.clipped, worth.clipped), (1, 0));
    }

    #[test]
    fn estimates_are_unbiased_and_intervals_hold_the_truth() {
        let truth = worth_of(&OTHER);
        // A good model, and one that is wrong: DR stays right.
        for error in [0.0, 0.3] {
            let (mut sums, mut squares, mut held) = ([0.0; 3], [0.0; 3], [0; 3]);
            let seeds = 400;
            for seed in 0..seeds {
                let (log, users) = draw(seed, 400, error);
                let worth = evaluate(&log, &users, f64::INFINITY, 0.95);
                for (at, figure) in [worth.ips, worth.snips, worth.doubly_robust].iter().enumerate() {
                    let Estimate { value, low, high } = figure.estimate;
                    sums[at] += value - truth;
                    squares[at] += (value - truth).powi(2);
                    held[at] += u64::from(low <= truth && truth <= high);
                }
            }
            for at in 0..3 {
                let bias = sums[at] / seeds as f64;
                let error = (squares[at] / seeds as f64 / seeds as f64).sqrt();
                assert!(bias.abs() < 3.5 * error, "estimator {at}: bias {bias}, standard error {error}");
                assert!((367..=393).contains(&held[at]), "estimator {at}: {} of 400", held[at]);
            }
        }
    }

    #[test]
    fn a_good_model_makes_doubly_robust_the_steadiest() {
        for seed in 0..20 {
            let (log, users) = draw(seed, 1000, 0.0);
            let worth = evaluate(&log, &users, f64::INFINITY, 0.95);
            assert!(worth.doubly_robust.variance < worth.ips.variance, "seed {seed}");
        }
    }

    #[test]
    fn the_variance_is_that_of_the_estimate() {
        let runs: Vec<Worth> = (0..400)
            .map(|seed| {
                let (log, users) = draw(seed, 300, 0.1);
                evaluate(&log, &users, f64::INFINITY, 0.95)
            })
            .collect();
        for pick in [|run: &Worth| run.ips, |run: &Worth| run.snips, |run: &Worth| run.doubly_robust] {
            let values: Vec<f64> = runs.iter().map(|run| pick(run).estimate.value).collect();
            let mean = values.iter().sum::<f64>() / 400.0;
            let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 399.0;
            let told = runs.iter().filter_map(|run| pick(run).variance).sum::<f64>() / 400.0;
            assert!((told / spread - 1.0).abs() < 0.25, "{told} told, {spread} seen");
        }
    }

    #[test]
    fn policies_on_one_log_are_compared_by_pairs() {
        use crate::verdict::{Entrant, Rule, Status, judge};
        let (log, users) = draw(5, 4000, 0.0);
        let stay: Vec<Logged> =
            log.iter().map(|record| Logged { target: record.propensity, ..*record }).collect();
        let today = values(&stay, Estimator::Ips, f64::INFINITY);
        let other = values(&log, Estimator::Snips, f64::INFINITY);
        let entrant = |name, values| Entrant { name, values, cost: (1.0, 1.0), eligible: true };
        let rule = Rule { baseline: "today", margin: 0.01, confidence: 0.95 };
        let verdict = judge(&[entrant("today", &today), entrant("other", &other)], &users, rule);
        assert_eq!((verdict.leader.as_deref(), verdict.status), (Some("other"), Status::Winner));
        let gap = verdict.difference.expect("two policies");
        let truth = worth_of(&OTHER) - worth_of(&LOGGING);
        assert!(gap.low < truth && truth < gap.high, "{gap:?} without {truth}");
    }

    #[test]
    fn what_a_log_cannot_tell_is_said() {
        let (log, users) = draw(1, 2000, 0.0);
        assert_eq!(evaluate(&log, &users, f64::INFINITY, 0.95).warnings, Vec::<String>::new());
        let says = |log: &[Logged], clip: f64, word: &str| {
            let users: Vec<u32> = (0..log.len() as u32).collect();
            let worth = evaluate(log, &users, clip, 0.95);
            assert!(
                worth.warnings.iter().any(|warning| warning.contains(word)),
                "{word}: {:?}",
                worth.warnings
            );
        };
        says(&log[..60], f64::INFINITY, "equal weight");
        says(&log, 1.0, "were cut");
        let change = |change: fn(&Logged) -> Logged| log.iter().map(change).collect::<Vec<Logged>>();
        says(&change(|record| Logged { target: 0.0, ..*record }), f64::INFINITY, "says nothing");
        says(
            &change(|record| Logged { propensity: record.propensity / 2.0, ..*record }),
            f64::INFINITY,
            "mean weight",
        );
        let mut rare = change(|record| Logged { reward: 0.0, ..*record });
        rare[7].reward = 1.0;
        says(&rare, f64::INFINITY, "a few more or fewer");
        rare[3].propensity = 0.0;
        says(&rare, f64::INFINITY, "left out");
    }

    #[test]
    fn clipping_biases_downwards_and_steadies() {
        let (log, users) = draw(2, 4000, 0.0);
        let (free, cut) = (evaluate(&log, &users, f64::INFINITY, 0.95), evaluate(&log, &users, 1.5, 0.95));
        assert!(cut.ips.estimate.value < free.ips.estimate.value && cut.ips.variance < free.ips.variance);
        assert!(cut.effective > free.effective && cut.clipped > 0);
    }

    #[test]
    fn odd_input_ends_in_no_panic() {
        let none = evaluate(&[], &[], 10.0, 0.95);
        assert!(none.ips.estimate.value.is_nan() && none.effective == 0.0);
        let text = serde_json::to_string(&none).expect("plain data");
        assert!(serde_json::from_str::<Worth>(&text).is_ok(), "{text}");
        let odd = Logged {
            propensity: f64::NAN,
            reward: f64::INFINITY,
            target: -1.0,
            predicted: 0.0,
            expected: 0.0,
        };
        assert_eq!(evaluate(&[odd, odd], &[1, 1], f64::NAN, 0.95).unusable, 2);
        // Without a model DR is undefined and the others are not.
        let (log, users) = draw(1, 500, f64::NAN);
        let worth = evaluate(&log, &users, f64::INFINITY, 0.95);
        assert!(worth.doubly_robust.estimate.value.is_nan() && worth.snips.estimate.value > 0.0);
    }
}
