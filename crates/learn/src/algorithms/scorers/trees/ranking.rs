//! LambdaRank: gradients of pairs weighed by the NDCG that swapping them would change (Burges 2010).

use rayon::prelude::*;

use crate::examples::Examples;

/// Pairs are formed with the rows that stand this high.
const TRUNCATION: usize = 30;
/// Groups that one task takes.
const TASK: usize = 512;
/// Rows that a step of the inner loop takes.
const LANES: usize = 16;

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
        let sum = pairs.run(scores.len(), inverse);
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
    scores: Vec<[f32; LANES]>,
    gains: Vec<[f32; LANES]>,
    discounts: Vec<[f32; LANES]>,
    gradients: Vec<[f32; LANES]>,
    hessians: Vec<[f32; LANES]>,
}

impl Pairs {
    fn load(&mut self, scores: &[f32], gains: &[f32], discounts: &[f32]) {
        rank(scores, &mut self.order);
        let steps = scores.len().div_ceil(LANES);
        for list in [&mut self.scores, &mut self.gains, &mut self.gradients, &mut self.hessians] {
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

    /// Forms all pairs; returns the sum of their gradients' sizes, both rows counted.
    fn run(&mut self, rows: usize, inverse: f32) -> f32 {
        let best = self.scores[0][0];
        let worst = self.scores[(rows - 1) / LANES][(rows - 1) % LANES];
        // With all scores equal there is no distance to weigh by.
        let near = if best == worst { (1.0, 0.0) } else { (0.01, 1.0) };
        let mut sum = 0.0;
        for high in 0..TRUNCATION.min(rows - 1) {
            let (step, lane) = (high / LANES, high % LANES);
            let row = Row {
                score: self.scores[step][lane],
                gain: self.gains[step][lane],
                discount: self.discounts[step][lane],
                inverse,
                near,
            };
            let (gradient, hessian, size) = oppose(
                &row,
                &self.scores[step..],
                &self.gains[step..],
                &self.discounts[step..],
                &mut self.gradients[step..],
                &mut self.hessians[step..],
            );
            self.gradients[step][lane] -= gradient;
            self.hessians[step][lane] += hessian;
            sum += 2.0 * size;
        }
        sum
    }
}

/// The row that stands higher in the pairs of [`oppose`].
struct Row {
    score: f32,
    gain: f32,
    discount: f32,
    inverse: f32,
    near: (f32, f32),
}

/// Pairs one row with those below it: adds to their sums, and returns what its own are to get (the
/// gradient to be taken away) and the sum of the gradients' sizes. Rows with a discount not below its
/// own weigh nothing, so the row itself, rows above it and fillers do no harm.
#[inline(always)]
fn oppose(
    row: &Row,
    scores: &[[f32; LANES]],
    gains: &[[f32; LANES]],
    discounts: &[[f32; LANES]],
    gradients: &mut [[f32; LANES]],
    hessians: &mut [[f32; LANES]],
) -> (f32, f32, f32) {
    let (mut own, mut own_hessian, mut size) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    let inputs = scores.iter().zip(gains).zip(discounts);
    for (((scores, gains), discounts), (gradients, hessians)) in
        inputs.zip(gradients.iter_mut().zip(hessians.iter_mut()))
    {
        for lane in 0..LANES {
            let apart = row.score - scores[lane];
            let more = row.gain - gains[lane];
            let swap = more.abs() * (row.discount - discounts[lane]).max(0.0) * row.inverse;
            let weight = swap / (row.near.0 + row.near.1 * apart.abs());
            let chance = 1.0 / (1.0 + exp(if more > 0.0 { apart } else { -apart }));
            let gradient = chance * weight;
            let hessian = gradient * (1.0 - chance);
            let signed = gradient.copysign(more);
            own[lane] += signed;
            own_hessian[lane] += hessian;
            size[lane] += gradient;
            gradients[lane] += signed;
            hessians[lane] += hessian;
        }
    }
    (fold(own), fold(own_hessian), fold(size))
}

/// The sum of all lanes, always in the same order.
#[inline(always)]
fn fold(mut lanes: [f32; LANES]) -> f32 {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
    }
    lanes[0]
}

/// The exponential function to about one part in ten million, in steps that vector units have (Cody and
/// Waite 1980, with the Taylor polynomial of degree 6 on half an octave).
#[inline(always)]
fn exp(value: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0;
    let value = value.clamp(-80.0, 80.0);
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
