//! The verdict: intervals on differences between contenders, and who wins.
//!
//! Differences are paired by request and clustered by user: requests of one user are not independent, so
//! the variance is that of the users' sums (cluster-robust, Liang and Zeger 1986; for ratio metrics in
//! online experiments Deng et al. 2018). Confidence is shared among all pairs (Bonferroni).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean over requests; not-a-number, written as null, where the metric is undefined.
    #[serde(serialize_with = "finite", deserialize_with = "or_undefined")]
    pub value: f64,
    /// Lower end of the interval; minus infinity, written as null, where nothing bounds it.
    #[serde(serialize_with = "finite", deserialize_with = "or_below")]
    pub low: f64,
    /// Upper end of the interval; infinity, written as null, where nothing bounds it.
    #[serde(serialize_with = "finite", deserialize_with = "or_above")]
    pub high: f64,
}

fn finite<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    value.is_finite().then_some(*value).serialize(to)
}

fn or_undefined<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

fn or_below<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NEG_INFINITY))
}

fn or_above<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::INFINITY))
}

/// The mean of `values` over requests with an interval, where `users[n]` asked request `n`.
///
/// With fewer than two users the interval is the whole line: nothing is known about another user. So it is
/// where a value is not a number, and then the mean is not one either.
pub fn estimate(values: &[f64], users: &[u32], confidence: f64) -> Estimate {
    let mean = mean(values);
    let (variance, clusters) = spread(values, users, mean);
    if !variance.is_finite() {
        return Estimate { value: mean, low: f64::NEG_INFINITY, high: f64::INFINITY };
    }
    let reach = variance.sqrt() * student_quantile(0.5 + confidence / 2.0, clusters - 1.0);
    Estimate { value: mean, low: mean - reach, high: mean + reach }
}

/// The square of the standard error of that mean; infinite or not-a-number where nothing bounds it.
pub fn variance(values: &[f64], users: &[u32]) -> f64 {
    spread(values, users, mean(values)).0
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The variance of the mean, and the number of clusters.
fn spread(values: &[f64], users: &[u32], mean: f64) -> (f64, f64) {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for (value, user) in values.iter().zip(users) {
        *sums.entry(*user).or_default() += value - mean;
    }
    let clusters = sums.len() as f64;
    if clusters < 2.0 {
        return (f64::INFINITY, clusters);
    }
    let squares: f64 = sums.values().map(|sum| sum * sum).sum();
    (clusters / (clusters - 1.0) * squares / (values.len() as f64).powi(2), clusters)
}

/// A contender as the judge sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entrant<'a> {
    /// Its name.
    pub name: &'a str,
    /// The deciding metric at each request; the same requests for all entrants. More is better.
    pub values: &'a [f64],
    /// What an answer costs: median latency in milliseconds, and memory in bytes.
    pub cost: (f64, f64),
    /// Whether it may win: it keeps latency, memory and guards.
    pub eligible: bool,
}

/// How entrants are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule<'a> {
    /// The contender to beat.
    pub baseline: &'a str,
    /// Differences below this share of the baseline's value do not matter; where that value cannot be told
    /// from zero, or is undefined, below this share of the largest value.
    pub margin: f64,
    /// Confidence in (0, 1), before it is shared among the pairs.
    pub confidence: f64,
}

/// Who wins, and by how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Winner or undecided.
    pub status: Status,
    /// The winner; where undecided, the best by value among those that may win.
    pub leader: Option<String>,
    /// The one it is compared with: the strongest rival that may win.
    pub runner_up: Option<String>,
    /// Leader minus runner-up.
    pub difference: Option<Estimate>,
    /// Leader minus baseline.
    pub over_baseline: Option<Estimate>,
    /// Differences below this do not matter, in units of the metric.
    pub margin: f64,
    /// The confidence that was asked for, before it is shared among `pairs`.
    pub confidence: f64,
    /// Pairs that share the confidence.
    pub pairs: usize,
    /// Users whose requests were judged.
    pub users: usize,
    /// Users that would be needed to tell leader and runner-up apart, where undecided and known.
    pub users_needed: Option<u64>,
    /// Why, as a clause.
    pub because: Because,
}

/// Winner or undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// One contender beats all others.
    Winner,
    /// The data cannot tell.
    Undecided,
}

impl Status {
    /// As it is written in results.
    pub fn name(self) -> &'static str {
        match self {
            Status::Winner => "winner",
            Status::Undecided => "undecided",
        }
    }
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The leader is better by an interval without zero.
    Better,
    /// The leader is cheaper and not worse by more than the margin.
    Cheaper,
    /// Nobody else may win.
    OnlyEligible,
    /// No contender keeps the design's bounds.
    NoneEligible,
    /// The metric is undefined for all that may win, as AUC is where only one label occurs.
    Undefined,
    /// The interval of the difference holds zero.
    TooClose,
}

impl Verdict {
    /// The same verdict where the judged units stood for `users`, who are more than were counted: blocks of
    /// a jackknife are not people.
    #[must_use]
    pub fn standing_for(mut self, users: usize) -> Verdict {
        let share = users as f64 / self.users.max(1) as f64;
        self.users_needed = self.users_needed.map(|needed| (needed as f64 * share).ceil() as u64);
        self.users = users;
        self
    }
}

/// Judges. `users[n]` asked request `n`.
pub fn judge(entrants: &[Entrant<'_>], users: &[u32], rule: Rule<'_>) -> Verdict {
    let mean = |entrant: &Entrant<'_>| estimate(entrant.values, users, 0.5).value;
    let baseline = entrants.iter().find(|entrant| entrant.name == rule.baseline);
    let margin = rule.margin * scale(entrants, baseline, users, rule.confidence);
    let mut able: Vec<&Entrant<'_>> = entrants.iter().filter(|entrant| entrant.eligible).collect();
    let eligible = able.len();
    able.retain(|entrant| !mean(entrant).is_nan());
    // Stable: among equals the order of the design stands.
    able.sort_by(|left, right| mean(right).total_cmp(&mean(left)));
    let pairs = able.len() * able.len().saturating_sub(1) / 2;
    let confidence = 1.0 - (1.0 - rule.confidence) / pairs.max(1) as f64;
    let difference = |left: &Entrant<'_>, right: &Entrant<'_>| {
        let paired: Vec<f64> = left.values.iter().zip(right.values).map(|(a, b)| a - b).collect();
        estimate(&paired, users, confidence)
    };
    let mut clusters = users.to_vec();
    clusters.sort_unstable();
    clusters.dedup();
    let mut verdict = Verdict {
        status: Status::Undecided,
        leader: None,
        runner_up: None,
        difference: None,
        over_baseline: None,
        margin,
        confidence: rule.confidence,
        pairs,
        users: clusters.len(),
        users_needed: None,
        because: if eligible > 0 { Because::Undefined } else { Because::NoneEligible },
    };
    let Some(&best) = able.first() else { return verdict };
    let beats =
        |left: &Entrant<'_>, right: &Entrant<'_>| outcome(&difference(left, right), left, right, margin);
    let winner = able
        .iter()
        .find(|left| able.iter().all(|right| left.name == right.name || beats(left, right).is_some()));
    let leader = *winner.unwrap_or(&best);
    let rival = able.iter().find(|right| right.name != leader.name);
    verdict.leader = Some(leader.name.to_owned());
    verdict.runner_up = rival.map(|rival| rival.name.to_owned());
    verdict.difference = rival.map(|rival| difference(leader, rival));
    verdict.over_baseline =
        baseline.filter(|base| base.name != leader.name).map(|base| difference(leader, base));
    // Of a baseline without a value nothing can be said.
    verdict.over_baseline = verdict.over_baseline.filter(|gap| !gap.value.is_nan());
    match (winner, rival) {
        (Some(_), None) => (verdict.status, verdict.because) = (Status::Winner, Because::OnlyEligible),
        (Some(_), Some(rival)) => {
            verdict.status = Status::Winner;
            verdict.because = beats(leader, rival).unwrap_or(Because::Better);
        }
        (None, _) => {
            verdict.because = Because::TooClose;
            verdict.users_needed = verdict.difference.and_then(|gap| needed(&gap, margin, clusters.len()));
        }
    }
    verdict
}

/// What the margin is a share of, at least 0.
///
/// The baseline's value, whose sign does not matter: losses come turned, so that more is better. A value that
/// the data cannot tell from zero (R² of a constant, NDCG of chance) is no measure, and a share of it would
/// be noise: the largest value of all takes its place.
fn scale(entrants: &[Entrant<'_>], baseline: Option<&Entrant<'_>>, users: &[u32], confidence: f64) -> f64 {
    let own = baseline.map(|baseline| estimate(baseline.values, users, confidence));
    let zero = |own: &Estimate| own.low.is_finite() && own.low <= 0.0 && own.high >= 0.0;
    match own.filter(|own| !own.value.is_nan() && !zero(own)) {
        Some(own) => own.value.abs(),
        None => {
            let sizes = entrants.iter().map(|entrant| estimate(entrant.values, users, 0.5).value.abs());
            sizes.fold(0.0, f64::max)
        }
    }
}

/// Whether `left` beats `right`, given the interval of left minus right.
fn outcome(gap: &Estimate, left: &Entrant<'_>, right: &Entrant<'_>, margin: f64) -> Option<Because> {
    if cheaper(left, right) && gap.low > -margin {
        return Some(if gap.low > 0.0 { Because::Better } else { Because::Cheaper });
    }
    let matters = !cheaper(right, left) || gap.high >= margin;
    (gap.low > 0.0 && matters).then_some(Because::Better)
}

/// Materially cheaper: median latency lower by half again, or at like latency memory lower by a fifth.
/// Smaller differences are within what a busy machine does to a measurement.
fn cheaper(left: &Entrant<'_>, right: &Entrant<'_>) -> bool {
    let (fast, slow) = (left.cost.0, right.cost.0);
    if fast.max(slow) > 1.5 * fast.min(slow) {
        return fast < slow;
    }
    right.cost.1 > 1.2 * left.cost.1
}

/// Users at which the interval would leave zero, if the difference stays what it is; the interval shrinks
/// with the root of their number. A difference below the margin need only be shown to lie within it.
fn needed(gap: &Estimate, margin: f64, users: usize) -> Option<u64> {
    let reach = gap.high - gap.value;
    let goal = gap.value.abs().max(margin);
    (goal > 0.0 && reach.is_finite() && reach > 0.0)
        .then(|| (users as f64 * (reach / goal).powi(2)).ceil().max(users as f64 + 1.0) as u64)
}

/// The quantile of Student's t with `freedom` degrees of freedom, for `probability` in [0.5, 1).
fn student_quantile(probability: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_cdf(high, freedom) < probability && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if student_cdf(middle, freedom) < probability { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

fn student_cdf(at: f64, freedom: f64) -> f64 {
    1.0 - 0.5 * incomplete_beta(freedom / (freedom + at * at), freedom / 2.0, 0.5)
}

/// The regularised incomplete beta function, by its continued fraction (Lentz 1976).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on this side; the other follows by symmetry.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = (a * x.ln() + b * (1.0 - x).ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp() / a;
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-14 {
            break;
        }
    }
    front * fraction
}

/// The logarithm of the gamma function for positive numbers (Lanczos 1964, g = 5).
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.120_865_097_386_617_9e-2,
        -0.539_523_938_495_3e-5,
    ];
    let series = TERMS
        .iter()
        .enumerate()
        .fold(1.000_000_000_190_015, |sum, (at, term)| sum + term / (x + 1.0 + at as f64));
    let base = x + 5.5;
    (x + 0.5) * base.ln() - base + (2.506_628_274_631_000_5 * series / x).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::rng;
    use rand::RngExt;

    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        for (probability, freedom, expected) in [
            (0.975, 1.0, 12.706),
            (0.975, 5.0, 2.571),
            (0.95, 10.0, 1.812),
            (0.995, 30.0, 2.750),
            (0.975, 1e6, 1.960),
        ] {
            let found = student_quantile(probability, freedom);
            assert!((found - expected).abs() < 2e-3, "t({probability}, {freedom}) = {found}, not {expected}");
        }
    }

    /// Values of two contenders at `each` requests of each user: a shared difficulty, a user's own taste
    /// for the second, and noise.
    fn draw(seed: u64, users: u32, each: u32, effect: f64) -> (Vec<f64>, Vec<f64>, Vec<u32>) {
        let mut rng = rng(seed, &[7]);
        let (mut first, mut second, mut of) = (Vec::new(), Vec::new(), Vec::new());
        for user in 0..users {
            let taste: f64 = rng.random_range(-0.5..0.5);
            for _ in 0..each {
                let ease: f64 = rng.random_range(0.0..1.0);
                first.push(ease + rng.random_range(-0.3..0.3));
                second.push(ease + taste + effect + rng.random_range(-0.3..0.3));
                of.push(user);
            }
        }
        (first, second, of)
    }

    fn decide(first: &[f64], second: &[f64], users: &[u32], costs: [f64; 2]) -> Verdict {
        let entrant = |name, values, cost| Entrant { name, values, cost: (cost, 1.0), eligible: true };
        let entrants = [entrant("one", first, costs[0]), entrant("two", second, costs[1])];
        judge(&entrants, users, Rule { baseline: "one", margin: 0.01, confidence: 0.95 })
    }

    #[test]
    fn without_an_effect_the_verdict_is_undecided_in_95_of_100_seeds() {
        let undecided = (0..400).filter(|&seed| {
            let (first, second, users) = draw(seed, 60, 12, 0.0);
            decide(&first, &second, &users, [1.0, 1.0]).status == Status::Undecided
        });
        let count = undecided.count();
        assert!(count >= 380 - 8, "{count} of 400"); // within two standard errors of 95%
    }

    #[test]
    fn a_planted_effect_is_found_and_has_the_right_size() {
        let found = (0..50).filter(|&seed| {
            let (first, second, users) = draw(seed, 200, 10, 0.2);
            let verdict = decide(&first, &second, &users, [1.0, 2.0]);
            let gap = verdict.difference.expect("two contenders");
            verdict.leader.as_deref() == Some("two")
                && verdict.status == Status::Winner
                && gap.low < 0.2
                && 0.2 < gap.high
        });
        assert!(found.count() >= 45);
    }

    #[test]
    fn a_contender_against_itself_is_undecided() {
        let (first, _, users) = draw(1, 30, 5, 0.0);
        assert_eq!(decide(&first, &first, &users, [1.0, 1.0]).status, Status::Undecided);
    }

    #[test]
    fn inside_the_margin_the_cheaper_one_wins() {
        let (first, _, users) = draw(1, 30, 5, 0.0);
        let nearly: Vec<f64> = first.iter().map(|value| value - 1e-4).collect();
        let verdict = decide(&first, &nearly, &users, [10.0, 1.0]);
        assert_eq!((verdict.leader.as_deref(), verdict.because), (Some("two"), Because::Cheaper));
    }

    #[test]
    fn who_breaks_a_bound_cannot_win() {
        let (first, second, users) = draw(1, 200, 5, 0.5);
        let entrants = [
            Entrant { name: "one", values: &first, cost: (1.0, 1.0), eligible: true },
            Entrant { name: "two", values: &second, cost: (1.0, 1.0), eligible: false },
        ];
        let verdict = judge(&entrants, &users, Rule { baseline: "one", margin: 0.01, confidence: 0.95 });
        assert_eq!((verdict.leader.as_deref(), verdict.because), (Some("one"), Because::OnlyEligible));
    }

    #[test]
    fn undecided_says_how_many_users_it_would_take() {
        let (first, second, users) = draw(3, 40, 3, 0.03);
        let verdict = decide(&first, &second, &users, [1.0, 1.0]);
        assert_eq!(verdict.status, Status::Undecided);
        assert!(verdict.users_needed.expect("a number") > 40);
    }

    #[test]
    fn a_loss_is_judged_like_a_gain() {
        // Log losses around .5, the second lower by a tenth of that: turned, they are negative.
        let (first, second, users) = draw(1, 200, 5, 0.0);
        let one: Vec<f64> = first.iter().map(|value| -0.5 - 0.1 * value).collect();
        let two: Vec<f64> = first.iter().map(|value| -0.45 - 0.1 * value).collect();
        let verdict = decide(&one, &two, &users, [1.0, 1.0]);
        assert_eq!((verdict.leader.as_deref(), verdict.status), (Some("two"), Status::Winner));
        let base = -one.iter().sum::<f64>() / one.len() as f64;
        assert!((verdict.margin - 0.01 * base).abs() < 1e-12, "a share of the size: {}", verdict.margin);
        // Worse by less than the margin and cheaper wins; by more than it, not.
        for (worse, want) in [(0.5, Some("two")), (2.0, Some("one"))] {
            let dearer: Vec<f64> = one.iter().map(|value| value - worse * verdict.margin).collect();
            assert_eq!(decide(&one, &dearer, &users, [10.0, 1.0]).leader.as_deref(), want, "{worse}");
        }
        // Costs decide nothing between equals that are alike in cost.
        assert_eq!(decide(&second, &second, &users, [1.0, 1.0]).status, Status::Undecided);
    }

    #[test]
    fn a_baseline_at_zero_does_not_set_the_margin() {
        let users: Vec<u32> = (0..200).collect();
        let zero: Vec<f64> = users.iter().map(|user| if user % 2 == 0 { 1e-3 } else { -1e-3 }).collect();
        let good: Vec<f64> = users.iter().map(|user| 0.5 + f64::from(user % 5) * 1e-4).collect();
        let nearly: Vec<f64> = good.iter().map(|value| value - 1e-3).collect();
        let entrant = |name, values, cost| Entrant { name, values, cost: (cost, 1.0), eligible: true };
        let entrants =
            [entrant("mean", &zero, 1.0), entrant("dear", &good, 10.0), entrant("near", &nearly, 1.0)];
        let verdict = judge(&entrants, &users, Rule { baseline: "mean", margin: 0.01, confidence: 0.95 });
        assert!((verdict.margin - 0.01 * 0.5002).abs() < 1e-9, "{}", verdict.margin);
        assert_eq!((verdict.leader.as_deref(), verdict.because), (Some("near"), Because::Cheaper));
        // A small value that is surely not zero stays the measure.
        let small: Vec<f64> = zero.iter().map(|value| 0.01 + value).collect();
        let verdict = decide(&small, &good, &users, [1.0, 1.0]);
        assert!((verdict.margin - 1e-4).abs() < 1e-9, "{}", verdict.margin);
    }

    #[test]
    fn an_undefined_metric_cannot_win_and_shadows_nobody() {
        let (first, second, users) = draw(1, 200, 5, 0.5);
        let undefined = vec![f64::NAN; users.len()];
        let entrant = |name, values| Entrant { name, values, cost: (1.0, 1.0), eligible: true };
        let rule = Rule { baseline: "none", margin: 0.01, confidence: 0.95 };
        let all = [entrant("none", &undefined), entrant("one", &first), entrant("two", &second)];
        let verdict = judge(&all, &users, rule);
        assert_eq!((verdict.leader.as_deref(), verdict.status), (Some("two"), Status::Winner));
        assert!(verdict.over_baseline.is_none() && verdict.margin > 0.0 && verdict.pairs == 1);
        let verdict = judge(&all[..1], &users, rule);
        assert_eq!((verdict.leader.clone(), verdict.because), (None, Because::Undefined));
        let text = serde_json::to_string(&verdict).expect("plain data");
        assert_eq!(serde_json::from_str::<Verdict>(&text).expect("plain data"), verdict);
    }

    #[test]
    fn blocks_are_counted_as_the_users_they_stand_for() {
        let (first, second, users) = draw(3, 40, 3, 0.03);
        let blocks = decide(&first, &second, &users, [1.0, 1.0]);
        let people = blocks.clone().standing_for(400);
        assert_eq!((people.users, people.users_needed), (400, blocks.users_needed.map(|needed| needed * 10)));
    }

    #[test]
    fn an_undefined_value_survives_json() {
        let text = serde_json::to_string(&estimate(&[f64::NAN, 1.0], &[1, 2], 0.95)).expect("plain data");
        assert_eq!(text, r#"{"value":null,"low":null,"high":null}"#);
        assert!(serde_json::from_str::<Estimate>(&text).expect("plain data").value.is_nan());
    }

    #[test]
    fn an_open_interval_survives_json() {
        let open = estimate(&[1.0], &[3], 0.95);
        let text = serde_json::to_string(&open).expect("plain data");
        assert_eq!(text, r#"{"value":1.0,"low":null,"high":null}"#);
        assert_eq!(serde_json::from_str::<Estimate>(&text).expect("plain data"), open);
    }

    #[test]
    fn one_user_or_no_request_decides_nothing() {
        assert_eq!(decide(&[1.0, 1.0], &[0.0, 0.0], &[4, 4], [1.0, 1.0]).status, Status::Undecided);
        assert_eq!(decide(&[], &[], &[], [1.0, 1.0]).status, Status::Undecided);
    }
}
