//! Limited-memory BFGS (Liu and Nocedal 1989) on the penalised mean log loss.

use std::collections::VecDeque;

use super::table::Table;

/// Steps that the curvature is told from.
const MEMORY: usize = 10;
/// A gradient no longer than this ends the descent.
const FLAT: f64 = 1e-7;
/// How often a step is halved before descent ends.
const HALVINGS: usize = 30;

/// The weights that minimise the mean log loss plus `l2` / 2 of their squared length; the bias, which is
/// last, goes free. At most `epochs` steps.
pub(in crate::algorithms::scorers) fn minimise(table: &mut Table, l2: f64, epochs: usize) -> Vec<f64> {
    let all: f64 = table.weights.iter().sum();
    table.weights.iter_mut().for_each(|weight| *weight /= all);
    let mut weights = vec![0.0; table.width()];
    let share: f64 = table.labels.iter().zip(&table.weights).map(|(label, weight)| label * weight).sum();
    let share = share.clamp(1e-6, 1.0 - 1e-6);
    *weights.last_mut().expect("there is a bias") = (share / (1.0 - share)).ln();
    let mut scores = table.times(&weights);
    let mut loss = mean_loss(table, &scores) + penalty(&weights, l2);
    let mut gradient = slope(table, &scores, &weights, l2);
    let mut memory: VecDeque<Step> = VecDeque::new();
    for _ in 0..epochs {
        let length = dot(&gradient, &gradient).sqrt();
        if length.is_nan() || length <= FLAT {
            break;
        }
        let direction = newton(&memory, &gradient);
        let descent = dot(&direction, &gradient);
        let along = table.times(&direction);
        let first = if memory.is_empty() { 1.0f64.min(1.0 / length) } else { 1.0 };
        let tries = (0..HALVINGS).map(|halvings| first * 0.5f64.powi(halvings as i32));
        let found = tries.into_iter().find_map(|size| {
            let moved = stepped(&weights, &direction, size);
            let moved_scores = stepped(&scores, &along, size);
            let now = mean_loss(table, &moved_scores) + penalty(&moved, l2);
            (now <= loss + 1e-4 * size * descent).then_some((moved, moved_scores, now))
        });
        let Some((moved, moved_scores, now)) = found else { break };
        let next = slope(table, &moved_scores, &moved, l2);
        let step = Step::new(stepped(&moved, &weights, -1.0), stepped(&next, &gradient, -1.0));
        memory.extend(step);
        if memory.len() > MEMORY {
            memory.pop_front();
        }
        (weights, scores, loss, gradient) = (moved, moved_scores, now, next);
    }
    weights
}

/// A step taken: how far, by how much the gradient changed, and one over their product.
struct Step {
    moved: Vec<f64>,
    changed: Vec<f64>,
    inverse: f64,
}

impl Step {
    /// None where the step shows no curvature.
    fn new(moved: Vec<f64>, changed: Vec<f64>) -> Option<Step> {
        let product = dot(&moved, &changed);
        (product > 1e-300).then(|| Step { inverse: 1.0 / product, moved, changed })
    }
}

/// The way down, as the steps in memory see the curvature: the two-loop recursion.
fn newton(memory: &VecDeque<Step>, gradient: &[f64]) -> Vec<f64> {
    let mut way: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for step in memory.iter().rev() {
        let share = step.inverse * dot(&step.moved, &way);
        way = stepped(&way, &step.changed, -share);
        shares.push(share);
    }
    if let Some(last) = memory.back() {
        let scale = 1.0 / (last.inverse * dot(&last.changed, &last.changed));
        way.iter_mut().for_each(|way| *way *= scale);
    }
    for (step, share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = step.inverse * dot(&step.changed, &way);
        way = stepped(&way, &step.moved, share - back);
    }
    way
}

fn mean_loss(table: &Table, scores: &[f64]) -> f64 {
    table.sum(scores, |row, score| {
        let loss = score.max(0.0) - score * table.labels[row] + (-score.abs()).exp().ln_1p();
        loss * table.weights[row]
    })
}

fn penalty(weights: &[f64], l2: f64) -> f64 {
    let free = &weights[..weights.len() - 1];
    l2 / 2.0 * dot(free, free)
}

fn slope(table: &Table, scores: &[f64], weights: &[f64], l2: f64) -> Vec<f64> {
    let rows = scores.iter().zip(&table.labels).zip(&table.weights);
    let errors: Vec<f64> =
        rows.map(|((score, label), weight)| (1.0 / (1.0 + (-score).exp()) - label) * weight).collect();
    let mut gradient = table.transposed_times(&errors);
    let free = gradient.len() - 1;
    gradient[..free].iter_mut().zip(weights).for_each(|(slope, weight)| *slope += l2 * weight);
    gradient
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn stepped(from: &[f64], along: &[f64], size: f64) -> Vec<f64> {
    from.iter().zip(along).map(|(from, along)| from + size * along).collect()
}
