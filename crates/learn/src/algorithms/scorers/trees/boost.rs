//! Boosting: trees grown one after another on the gradients that those before them leave.

use rayon::prelude::*;

use super::bins::Matrix;
use super::grow::{Grower, Grown, Task};
use super::histogram::Packed;
use super::loss::{Loss, quantise};
use super::model::{Model, Tree};
use super::split::{Categories, Rules};
use crate::algorithms::scorers::target::quantile_of;
use crate::card::Settings;
use crate::examples::{Examples, Rows};
use crate::random::hash;

/// Validation rows that are scored together.
const TILE: usize = 4096;

/// Learns trees; with `valid` and patience, drops those after the best.
pub(in crate::algorithms::scorers) fn fit(
    settings: &Settings,
    examples: &Examples,
    valid: Option<&Examples>,
    seed: u64,
) -> Model {
    let mut model = Model { width: examples.columns.len(), bags: examples.bags.len(), ..Model::default() };
    if examples.rows.is_empty() {
        return model;
    }
    let (labels, weights) = sound(examples);
    let loss = Loss::new(settings, examples);
    model.bias = loss.bias(&labels, &weights);
    let matrix = Matrix::new(
        &examples.rows,
        &examples.columns,
        (settings.count("bins"), settings.count("categories")),
        seed,
    );
    let mut watch = valid
        .filter(|valid| !valid.rows.is_empty() && settings.count("patience") > 0)
        .map(|valid| Watch::new(settings, valid, model.bias));
    let mut boost = Boost::new(settings, &matrix, labels, weights, model.bias, seed);
    for tree in 0..settings.count("trees") {
        let Some(grown) = boost.step(&loss, tree) else { break };
        model.trees.push(grown);
        if watch.as_mut().is_some_and(|watch| watch.enough(&model)) {
            break;
        }
    }
    if let Some(watch) = watch {
        model.trees.truncate(watch.best.1);
    }
    model
}

/// Labels and weights with what is not finite, or would overflow, taken out.
fn sound(examples: &Examples) -> (Vec<f32>, Vec<f32>) {
    let label = |label: &f32| if label.is_nan() { 0.0 } else { label.clamp(-1e15, 1e15) };
    let weight = |weight: &f32| if weight.is_nan() { 0.0 } else { weight.clamp(0.0, 1e15) };
    (examples.labels.iter().map(label).collect(), examples.weights.iter().map(weight).collect())
}

/// The state of training.
struct Boost<'a> {
    settings: &'a Settings,
    grower: Grower<'a>,
    matrix: &'a Matrix,
    labels: Vec<f32>,
    weights: Vec<f32>,
    scores: Vec<f32>,
    gradients: Vec<f32>,
    hessians: Vec<f32>,
    packed: Vec<Packed>,
    bag: Option<Vec<u32>>,
    seed: u64,
}

impl<'a> Boost<'a> {
    fn new(
        settings: &'a Settings,
        matrix: &'a Matrix,
        labels: Vec<f32>,
        weights: Vec<f32>,
        bias: f32,
        seed: u64,
    ) -> Boost<'a> {
        let rows = matrix.rows;
        Boost {
            settings,
            grower: Grower::new(matrix),
            matrix,
            labels,
            weights,
            scores: vec![bias; rows],
            gradients: vec![0.0; rows],
            hessians: vec![0.0; rows],
            packed: vec![0; rows],
            bag: None,
            seed,
        }
    }

    /// Grows the next tree and adds it to the scores; none where nothing more can be learned.
    fn step(&mut self, loss: &Loss, tree: usize) -> Option<Tree> {
        let settings = self.settings;
        loss.differentiate(
            &self.scores,
            &self.labels,
            &self.weights,
            &mut self.gradients,
            &mut self.hessians,
        );
        let (gradient, hessian) = quantise(&self.gradients, &self.hessians, &mut self.packed);
        let rules = Rules {
            min_data: settings.count("min_data") as f64,
            min_hessian: settings.number("min_hessian"),
            lambda: settings.number("lambda"),
            categories: Categories {
                smoothing: settings.number("category_smoothing"),
                lambda: settings.number("category_lambda"),
                most: settings.count("category_most"),
            },
            gradient,
            hessian,
        };
        self.draw_rows(tree);
        let used = self.draw_columns(tree);
        let task = Task {
            packed: &self.packed,
            bag: self.bag.as_deref(),
            used: &used,
            leaves: settings.count("leaves"),
            rate: settings.number("rate"),
            rules,
        };
        let mut grown = self.grower.grow(&task);
        if let Loss::Quantile(share) = loss {
            self.renew(&mut grown, *share);
        }
        let drawn = self.bag.is_some() || used.contains(&false);
        if grown.tree.branches.is_empty() && !drawn {
            return None;
        }
        self.add(&grown);
        Some(grown.tree)
    }

    /// Gives each leaf the quantile of what its rows lack; a mean step would not reach it.
    fn renew(&self, grown: &mut Grown, share: f64) {
        let rate = self.settings.number("rate");
        let lack = |&row: &u32| {
            let row = row as usize;
            (self.labels[row] - self.scores[row], self.weights[row])
        };
        let mut rows_of_leaves = Vec::with_capacity(grown.leaves.len());
        for (rows, value) in &mut grown.leaves {
            let rows = &self.grower.rows[rows.clone()];
            let mut lacks: Vec<(f32, f32)> = rows.iter().map(lack).filter(|lack| lack.1 > 0.0).collect();
            *value = (f64::from(quantile_of(&mut lacks, share)) * rate) as f32;
            rows_of_leaves.push(rows.len() as f64);
        }
        let values: Vec<f32> = grown.leaves.iter().map(|leaf| leaf.1).collect();
        grown.tree.refit(&values, &rows_of_leaves);
    }

    fn draw_rows(&mut self, tree: usize) {
        let (share, every) = (self.settings.number("bagging"), self.settings.count("bagging_freq"));
        if share < 1.0 && every > 0 && tree.is_multiple_of(every) {
            let rows = self.scores.len();
            self.bag = Some(draw(rows, share, hash(self.seed, &[1, tree as u64])));
        }
    }

    fn draw_columns(&self, tree: usize) -> Vec<bool> {
        let (columns, share) = (self.matrix.len(), self.settings.number("feature_fraction"));
        let mut used = vec![share >= 1.0; columns];
        if share < 1.0 && columns > 0 {
            let drawn = draw(columns, share, hash(self.seed, &[2, tree as u64]));
            drawn.into_iter().for_each(|column| used[column as usize] = true);
        }
        used
    }

    fn add(&mut self, grown: &Grown) {
        for (range, value) in &grown.leaves {
            for &row in &self.grower.rows[range.clone()] {
                self.scores[row as usize] += value;
            }
        }
        if let Some(bag) = &self.bag {
            let mut bag = bag.iter().peekable();
            for row in 0..self.scores.len() {
                if bag.next_if(|drawn| **drawn as usize == row).is_none() {
                    self.scores[row] += self.grower.leaf_value(&grown.tree, row);
                }
            }
        }
    }
}

/// About a `share` of the numbers below `count`, ascending, and never none: selection sampling (Knuth).
fn draw(count: usize, share: f64, seed: u64) -> Vec<u32> {
    let mut wanted = ((count as f64 * share).round() as usize).clamp(1, count);
    let mut drawn = Vec::with_capacity(wanted);
    for at in 0..count {
        let chance = hash(seed, &[at as u64]) >> 32;
        if (chance * (count - at) as u64) >> 32 < wanted as u64 {
            drawn.push(at as u32);
            wanted -= 1;
        }
    }
    drawn
}

/// Watches the loss on validation rows.
struct Watch<'a> {
    rows: &'a Rows,
    loss: Loss,
    labels: Vec<f32>,
    weights: Vec<f32>,
    scores: Vec<f32>,
    /// The least loss, and the number of trees that had it.
    best: (f64, usize),
    patience: usize,
}

impl<'a> Watch<'a> {
    fn new(settings: &Settings, valid: &'a Examples, bias: f32) -> Watch<'a> {
        let (labels, weights) = sound(valid);
        let loss = Loss::new(settings, valid);
        let scores = vec![bias; valid.rows.len()];
        let best = (loss.mean(&scores, &labels, &weights), 0);
        let patience = settings.count("patience");
        Watch { rows: &valid.rows, loss, labels, weights, scores, best, patience }
    }

    /// Scores the model's last tree; whether patience is at its end.
    fn enough(&mut self, model: &Model) -> bool {
        let Some(tree) = model.trees.last() else { return false };
        let width = self.rows.width;
        let scores = self.scores.par_chunks_mut(TILE).zip(self.rows.values.par_chunks(TILE * width));
        scores.for_each(|(scores, values)| {
            for (score, row) in scores.iter_mut().zip(values.chunks_exact(width)) {
                *score += tree.score(row);
            }
        });
        let loss = self.loss.mean(&self.scores, &self.labels, &self.weights);
        if loss < self.best.0 {
            self.best = (loss, model.trees.len());
        }
        model.trees.len() >= self.best.1 + self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Setting;
    use crate::examples::Column;
    use crate::random::rng;
    use rand::RngExt;

    #[test]
    fn training_scores_are_those_of_the_model() {
        let mut draws = rng(3, &[]);
        let mut rows = Rows::missing(900, 3);
        for row in 0..900 {
            let values = [draws.random::<f32>(), draws.random_range(0..400) as f32, draws.random::<f32>()];
            rows.row_mut(row).copy_from_slice(&values);
            if row % 7 == 0 {
                rows.row_mut(row)[row % 3] = f32::NAN;
            }
        }
        let label = |row: usize| rows.row(row).iter().map(|value| value.max(0.2)).sum::<f32>() % 3.0;
        let labels: Vec<f32> = (0..900).map(label).collect();
        let columns = vec![Column::number("a"), Column::category("b"), Column::number("c")];
        let examples = Examples {
            columns,
            bags: Vec::new(),
            labels,
            weights: vec![1.0; 900],
            groups: vec![900],
            rows: rows.clone(),
        };
        for name in ["squared", "logistic", "lambdarank", "quantile"] {
            for (bagging, categories) in [(0.5, 255), (1.0, 255), (0.5, 5000), (1.0, 5000)] {
                let settings = super::super::KIND.card.defaults().with("bagging", Setting::Number(bagging));
                let settings = settings.with("loss", Setting::Word(name.to_owned()));
                let (labels, weights) = sound(&examples);
                let loss = Loss::new(&settings, &examples);
                let matrix = Matrix::new(&rows, &examples.columns, (255, categories), 1);
                let mut boost = Boost::new(&settings, &matrix, labels, weights, 0.0, 1);
                let trees: Vec<Tree> = (0..9).filter_map(|tree| boost.step(&loss, tree)).collect();
                assert_eq!(trees.len(), 9);
                let model = Model { width: 3, bags: 0, bias: 0.0, trees };
                assert_eq!(boost.scores, model.walk(&rows), "{name} {bagging}");
            }
        }
    }

    #[test]
    fn a_draw_has_its_share() {
        for (count, share, want) in [(10, 0.5, 5), (1, 0.1, 1), (1000, 0.9, 900), (3, 1.0, 3)] {
            let drawn = draw(count, share, 5);
            assert_eq!(drawn.len(), want);
            assert!(drawn.is_sorted_by(|one, other| one < other) && drawn[want - 1] < count as u32);
        }
    }
}
