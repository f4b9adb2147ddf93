//! LambdaRank: gradients of pairs weighed by the NDCG that swapping them would change (Burges 2010).

use rayon::prelude::*;

use crate::examples::Examples;

/// Pairs are formed with the rows that stand this high.
const TRUNCATION: usize = 30;
/// Groups that one task takes.
const TASK: usize = 512;
/// Rows that a step of the inner loop takes.
const LANES: usize = 16;

type Lanes = [f32; LANES];

/// The groups of a set of examples.
pub(super) struct Ranking {
    /// Where each group begins, and the end of the last.
    starts: Vec<usize>,
    /// The gain of each row: 2 to the power of its label, less 1.
    gains: Vec<f32>,
    /// For each group one over the DCG of its best order; 0 where that is 0.
    inverse: Vec<f32>,
    /// One over the logarithm to base 2 of a position plus 2, for the positions of the longest group.
    discounts: Vec<f32>,
}

impl Ranking {
    /// The groups of `examples`; rows beyond their sum form one more group.
    pub(super) fn new(examples: &Examples) -> Ranking {
        let rows = examples.labels.len();
        let mut starts = vec![0];
        for &group in examples.groups.iter().filter(|group| **group > 0) {
            let end = starts[starts.len() - 1] + group as usize;
            if end > rows {
                break;
            }
            starts.push(end);
        }
        if starts[starts.len() - 1] < rows {
            starts.push(rows);
        }
        let longest = starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        let discounts = (0..longest).map(|at| (1.0 / (at as f64 + 2.0).log2()) as f32).collect();
        let gain = |label: &f32| label.clamp(0.0, 31.0).max(0.0).exp2() - 1.0;
        let gains: Vec<f32> = examples.labels.iter().map(gain).collect();
        let mut ranking = Ranking { starts, gains, inverse: Vec::new(), discounts };
        ranking.inverse =
            (0..ranking.groups()).map(|group| ranking.inverse_ideal(group, TRUNCATION)).collect();
        ranking
    }

    fn groups(&self) -> usize {
        self.starts.len() - 1
    }

    fn range(&self, group: usize) -> std::ops::Range<usize> {
        self.starts[group]..self.starts[group + 1]
    }

    fn inverse_ideal(&self, group: usize, depth: usize) -> f32 {
        let mut gains = self.gains[self.range(group)].to_vec();
        gains.sort_unstable_by(|one, other| other.total_cmp(one));
        let ideal = gains.iter().zip(&self.discounts).take(depth).map(|(gain, discount)| gain * discount);
        let ideal: f32 = ideal.sum();
        if ideal > 0.0 { 1.0 / ideal } else { 0.0 }
    }

    /// The mean over groups of NDCG at `depth`; a group without a relevant row counts as 1.
    pub(super) fn ndcg(&self, scores: &[f32], depth: usize) -> f64 {
        let mut order = Vec::new();
        let mut sum = 0.0;
        for group in 0..self.groups() {
            let range = self.range(group);
            let inverse = self.inverse_ideal(group, depth);
            rank(&scores[range.clone()], &mut order);
            let gains = &self.gains[range];
            let best = order.iter().zip(&self.discounts).take(depth);
            let dcg: f32 = best.map(|(key, discount)| gains[place(*key)] * discount).sum();
            sum += if inverse > 0.0 { f64::from(dcg * inverse) } else { 1.0 };
        }
        if self.groups() == 0 { 0.0 } else { sum / self.groups() as f64 }
    }

    /// Puts the gradient and hessian of each row into `gradients` and `hessians`.
    pub(super) fn differentiate(
        &self,
        scores: &[f32],
        weights: &[f32],
        gradients: &mut [f32],
        hessians: &mut [f32],
    ) {
        let tasks: Vec<std::ops::Range<usize>> =
            (0..self.groups()).step_by(TASK).map(|first| first..(first + TASK).min(self.groups())).collect();
        let mut slices = Vec::with_capacity(tasks.len());
        let (mut gradients, mut hessians) = (gradients, hessians);
        for task in tasks {
            let rows = self.starts[task.end] - self.starts[task.start];
            let (first, others) = gradients.split_at_mut(rows);
            let (second, other_hessians) = hessians.split_at_mut(rows);
            (gradients, hessians) = (others, other_hessians);
            slices.push((task, first, second));
        }
        slices.into_par_iter().for_each(|(task, gradients, hessians)| {
            let mut pairs = Pairs::default();
            let base = self.starts[task.start];
            for group in task {
                let range = self.range(group);
                let local = range.start - base..range.end - base;
                let (gradients, hessians) = (&mut gradients[local.clone()], &mut hessians[local]);
                self.group(group, &scores[range.clone()], &mut pairs, gradients, hessians);
                let outputs = gradients.iter_mut().zip(hessians);
                for ((gradient, hessian), weight) in outputs.zip(&weights[range]) {
                    *gradient *= weight;
                    *hessian *= weight;
                }
            }
        });
    }

    fn group(
        &self,
        group: usize,
        scores: &[f32],
        pairs: &mut Pairs,
        gradients: &mut [f32],
        hessians: &mut [f32],
    ) {
        let inverse = self.inverse[group];
        if inverse == 0.0 || scores.len() < 2 {
            gradients.fill(0.0);
            hessians.fill(0.0);
            return;
        }
        pairs.load(scores, &self.gains[self.range(group)], &self.discounts);
        let sum = oppose_all(pairs, scores.len(), inverse);
        let scale = if sum > 0.0 { (1.0 + sum).log2() / sum } else { 1.0 };
        for (at, key) in pairs.order.iter().enumerate() {
            gradients[place(*key)] = pairs.gradient(at) * scale;
            hessians[place(*key)] = pairs.hessian(at) * scale;
        }
    }
}

/// Rows of a group by falling score, as keys whose low half is the [`place`].
fn rank(scores: &[f32], order: &mut Vec<u64>) {
    order.clear();
    order.extend(scores.iter().enumerate().map(|(at, score)| {
        let bits = (score + 0.0).to_bits();
        let rising = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
        (u64::from(!rising) << 32) | at as u64
    }));
    order.sort_unstable();
}

/// The place in its group of the row behind a key.
fn place(key: u64) -> usize {
    (key & u64::from(u32::MAX)) as usize
}

/// The rows of one group by falling score, filled up to whole steps of the inner loop.
#[derive(Default)]
struct Pairs {
    order: Vec<u64>,
    scores: Vec<Lanes>,
    /// The exponential function of scores, moved to lie around 0.
    powers: Vec<Lanes>,
    gains: Vec<Lanes>,
    discounts: Vec<Lanes>,
    gradients: Vec<Lanes>,
    hessians: Vec<Lanes>,
}

impl Pairs {
    fn load(&mut self, scores: &[f32], gains: &[f32], discounts: &[f32]) {
        rank(scores, &mut self.order);
        let steps = scores.len().div_ceil(LANES);
        for list in
            [&mut self.scores, &mut self.powers, &mut self.gains, &mut self.gradients, &mut self.hessians]
        {
            list.clear();
            list.resize(steps, [0.0; LANES]);
        }
        // A discount above all others makes the pairs of a filler weigh nothing.
        self.discounts.clear();
        self.discounts.resize(steps, [f32::INFINITY; LANES]);
        for (at, (key, discount)) in self.order.iter().zip(discounts).enumerate() {
            self.scores[at / LANES][at % LANES] = scores[place(*key)];
            self.gains[at / LANES][at % LANES] = gains[place(*key)];
            self.discounts[at / LANES][at % LANES] = *discount;
        }
    }

    fn gradient(&self, at: usize) -> f32 {
        self.gradients[at / LANES][at % LANES]
    }

    fn hessian(&self, at: usize) -> f32 {
        self.hessians[at / LANES][at % LANES]
    }
}

/// Forms all pairs of a group; returns the sum of their gradients' sizes, both rows counted.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2+bmi2"))]
fn oppose_all(pairs: &mut Pairs, rows: usize, inverse: f32) -> f32 {
    let best = pairs.scores[0][0];
    let worst = pairs.scores[(rows - 1) / LANES][(rows - 1) % LANES];
    let middle = best / 2.0 + worst / 2.0;
    for (powers, scores) in pairs.powers.iter_mut().zip(&pairs.scores) {
        *powers = std::array::from_fn(|lane| exp(scores[lane] - middle));
    }
    // With all scores equal there is no distance to weigh by.
    let near = if best == worst { (1.0, 0.0) } else { (0.01, 1.0) };
    let mut size = [0.0; LANES];
    for high in 0..TRUNCATION.min(rows - 1) {
        let (step, lane) = (high / LANES, high % LANES);
        let row = Row {
            score: pairs.scores[step][lane],
            power: pairs.powers[step][lane],
            gain: pairs.gains[step][lane],
            discount: pairs.discounts[step][lane],
            inverse,
            near,
        };
        let (gradient, hessian) = oppose(pairs, step, &row, &mut size);
        pairs.gradients[step][lane] -= gradient;
        pairs.hessians[step][lane] += hessian;
    }
    2.0 * fold(size)
}

/// The row that stands higher in the pairs of [`oppose`].
struct Row {
    score: f32,
    power: f32,
    gain: f32,
    discount: f32,
    inverse: f32,
    near: (f32, f32),
}

/// Pairs one row, of this step, with those below it: adds to their sums and to `size` (of the gradients), and returns
/// what its own are to get, the gradient to be taken away. Rows with a discount not below its own weigh
/// nothing, so the row itself, rows above it and fillers do no harm.
#[inline(always)]
fn oppose(pairs: &mut Pairs, step: usize, row: &Row, size: &mut Lanes) -> (f32, f32) {
    let Pairs { scores, powers, gains, discounts, gradients, hessians, .. } = pairs;
    let (mut own, mut own_hessian) = ([0.0; LANES], [0.0; LANES]);
    let inputs = scores.iter().zip(powers).zip(gains).zip(discounts);
    let outputs = gradients.iter_mut().zip(hessians);
    for ((((scores, powers), gains), discounts), (gradients, hessians)) in inputs.zip(outputs).skip(step) {
        // Whole steps in and out of memory: what lies in between needs no look at what may overlap.
        let (scores, powers, gains, discounts) = (*scores, *powers, *gains, *discounts);
        let (mut gradient, mut hessian, mut signed) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            let apart = row.score - scores[lane];
            let more = row.gain - gains[lane];
            let swap = more.abs() * (row.discount - discounts[lane]).max(0.0) * row.inverse;
            let near = row.near.0 + row.near.1 * apart.abs();
            // The chance that the lesser of two stands above is its power over the sum of both powers.
            let (lesser, better) =
                if more > 0.0 { (powers[lane], row.power) } else { (row.power, powers[lane]) };
            let below = 1.0 / ((lesser + better) * near);
            gradient[lane] = lesser * swap * below;
            hessian[lane] = gradient[lane] * (better * near * below);
            signed[lane] = gradient[lane].copysign(more);
        }
        add(&mut own, &signed);
        add(gradients, &signed);
        add(&mut own_hessian, &hessian);
        add(hessians, &hessian);
        add(size, &gradient);
    }
    (fold(own), fold(own_hessian))
}

#[inline(always)]
fn add(sums: &mut Lanes, lanes: &Lanes) {
    sums.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum += lane);
}

/// The sum of all lanes, always in the same order.
#[inline(always)]
fn fold(lanes: Lanes) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|lane| lanes[lane] + lanes[lane + 8]);
    let four: [f32; 4] = std::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The exponential function within -40 to 40, to about one part in ten million, in steps that vector units have (Cody and
/// Waite 1980, with the Taylor polynomial of degree 6 on half an octave).
#[inline(always)]
fn exp(value: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0;
    let value = value.clamp(-40.0, 40.0);
    let shifted = value * std::f32::consts::LOG2_E + SHIFT;
    let whole = shifted - SHIFT;
    let rest = value - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let series = 1.0 / 720.0;
    let series = series * rest + 1.0 / 120.0;
    let series = series * rest + 1.0 / 24.0;
    let series = series * rest + 1.0 / 6.0;
    let series = series * rest + 0.5;
    let series = series * rest + 1.0;
    let series = series * rest + 1.0;
    // The low bits of the shifted value are the whole exponent.
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    series * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Burges 2010 as written, pair by pair in double precision.
    fn plainly(scores: &[f32], labels: &[f32]) -> Vec<(f64, f64)> {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]));
        let gain = |row: usize| f64::from(labels[row]).exp2() - 1.0;
        let discount = |at: usize| 1.0 / (at as f64 + 2.0).log2();
        let mut gains: Vec<f64> = (0..labels.len()).map(gain).collect();
        gains.sort_by(|one, other| other.total_cmp(one));
        let ideal: f64 =
            gains.iter().enumerate().take(TRUNCATION).map(|(at, gain)| gain * discount(at)).sum();
        let mut sums = vec![(0.0, 0.0); scores.len()];
        let mut size = 0.0;
        let spread = scores[order[0]] != scores[order[order.len() - 1]];
        for at in 0..order.len().min(TRUNCATION) {
            for below in at + 1..order.len() {
                let (one, other) = (order[at], order[below]);
                if labels[one] == labels[other] {
                    continue;
                }
                let (high, low) = if labels[one] > labels[other] { (one, other) } else { (other, one) };
                let apart = f64::from(scores[high]) - f64::from(scores[low]);
                let mut swap = (gain(high) - gain(low)) * (discount(at) - discount(below)) / ideal;
                if spread {
                    swap /= 0.01 + apart.abs();
                }
                let chance = 1.0 / (1.0 + apart.exp());
                sums[high].0 -= chance * swap;
                sums[low].0 += chance * swap;
                sums[high].1 += chance * (1.0 - chance) * swap;
                sums[low].1 += chance * (1.0 - chance) * swap;
                size += 2.0 * chance * swap;
            }
        }
        let scale = if size > 0.0 { (1.0 + size).log2() / size } else { 1.0 };
        sums.into_iter().map(|(gradient, hessian)| (gradient * scale, hessian * scale)).collect()
    }

    proptest! {
        #[test]
        fn pairs_are_those_of_the_paper(
            rows in prop::collection::vec((-3.0f32..3.0, 0u8..5), 1..70),
            flat in any::<bool>(),
        ) {
            let scores: Vec<f32> = rows.iter().map(|(score, _)| if flat { 0.5 } else { *score }).collect();
            let labels: Vec<f32> = rows.iter().map(|(_, label)| f32::from(*label)).collect();
            let groups = vec![rows.len() as u32];
            let examples = Examples { labels: labels.clone(), groups, ..Examples::default() };
            let (mut gradients, mut hessians) = (vec![9.0; rows.len()], vec![9.0; rows.len()]);
            let weights = vec![1.0; rows.len()];
            Ranking::new(&examples).differentiate(&scores, &weights, &mut gradients, &mut hessians);
            let relevant = labels.iter().any(|label| *label > 0.0);
            let plain = if relevant { plainly(&scores, &labels) } else { vec![(0.0, 0.0); rows.len()] };
            for (at, (gradient, hessian)) in plain.into_iter().enumerate() {
                prop_assert!((gradient - f64::from(gradients[at])).abs() < 2e-4, "{gradient} {}", gradients[at]);
                prop_assert!((hessian - f64::from(hessians[at])).abs() < 2e-4, "{hessian} {}", hessians[at]);
            }
        }

        #[test]
        fn exp_is_the_exponential_function(value in -40.0f32..40.0) {
            let want = f64::from(value).exp();
            prop_assert!((f64::from(exp(value)) - want).abs() < 1e-6 * want);
        }
    }

    #[test]
    fn far_scores_still_give_finite_pairs() {
        let examples = Examples { labels: vec![0.0, 1.0, 4.0], groups: vec![3], ..Examples::default() };
        let (mut gradients, mut hessians) = ([0.0; 3], [0.0; 3]);
        let scores = [1e30, -1e30, 0.0];
        Ranking::new(&examples).differentiate(&scores, &[1.0; 3], &mut gradients, &mut hessians);
        assert!(gradients.iter().chain(&hessians).all(|value| value.is_finite()));
    }

    #[test]
    fn groups_that_do_not_sum_to_the_rows_lose_none() {
        let labels = vec![0.0, 1.0, 0.0, 1.0, 0.0];
        for groups in [vec![2], vec![], vec![9], vec![0, 5], vec![2, 9]] {
            let ranking = Ranking::new(&Examples { labels: labels.clone(), groups, ..Examples::default() });
            assert_eq!(ranking.starts[ranking.groups()], 5);
        }
    }
}
