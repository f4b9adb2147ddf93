//! Trees that were learned: what they ask, and their bytes.

use serde::{Deserialize, Serialize};

use crate::algorithms::scorers::saved;
#[cfg(test)]
use crate::examples::Rows;

/// Most columns of a model that is loaded.
const WIDEST: usize = 1 << 20;

/// A sum of trees.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::algorithms::scorers) struct Model {
    /// Columns in a row.
    pub(in crate::algorithms::scorers) width: usize,
    /// Bags in a row, which no tree reads.
    pub(in crate::algorithms::scorers) bags: usize,
    /// The score before the first tree.
    pub(in crate::algorithms::scorers) bias: f32,
    /// The trees.
    pub(in crate::algorithms::scorers) trees: Vec<Tree>,
}

/// A binary tree. A child is a branch that comes later, or the complement of a leaf's number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::algorithms::scorers) struct Tree {
    /// The first is the root; none in a tree of one leaf.
    pub(super) branches: Vec<Branch>,
    /// What each leaf adds to the score.
    pub(in crate::algorithms::scorers) leaves: Vec<f32>,
}

/// A question about one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Branch {
    /// Its place in a row.
    pub(super) column: u32,
    /// What a value must satisfy to go left.
    pub(super) test: Test,
    /// Whether a missing value goes left.
    pub(super) missing_left: bool,
    /// What it would add to the score as a leaf.
    pub(super) value: f32,
    /// What its split took off the training loss, doubled.
    pub(super) gain: f32,
    /// Where those that satisfy the test go.
    pub(super) left: i32,
    /// Where the others go.
    pub(super) right: i32,
}

/// What a value must satisfy to go left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Test {
    /// Not above this.
    AtMost(f32),
    /// One of these, ascending.
    OneOf(Vec<f32>),
}

impl Test {
    pub(super) fn holds(&self, value: f32) -> bool {
        match self {
            Test::AtMost(threshold) => value <= *threshold,
            Test::OneOf(values) => values.binary_search_by(|probe| probe.total_cmp(&(value + 0.0))).is_ok(),
        }
    }
}

impl Branch {
    /// Hangs a branch below this one.
    pub(super) fn hang(&mut self, left: bool, branch: usize) {
        *(if left { &mut self.left } else { &mut self.right }) = branch as i32;
    }

    /// Hangs a leaf below this one.
    pub(super) fn hang_leaf(&mut self, left: bool, leaf: usize) {
        *(if left { &mut self.left } else { &mut self.right }) = !(leaf as i32);
    }

    /// The child that a value leads to.
    pub(super) fn follow(&self, value: f32) -> i32 {
        let left = if value.is_nan() { self.missing_left } else { self.test.holds(value) };
        if left { self.left } else { self.right }
    }
}

impl Tree {
    /// What this tree adds to the score of `row`; what the row lacks is missing.
    pub(super) fn score(&self, row: &[f32]) -> f32 {
        self.leaves[self.leaf(row)]
    }

    /// Gives leaves other values, and branches the mean of those below, by this many rows of each leaf.
    pub(in crate::algorithms::scorers) fn refit(&mut self, values: &[f32], rows: &[f64]) {
        self.leaves = values.to_vec();
        let mut below = vec![(0.0, 0.0); self.branches.len()];
        for at in (0..self.branches.len()).rev() {
            let of = |child: i32| match usize::try_from(child) {
                Ok(branch) => below[branch],
                Err(_) => (f64::from(values[!child as usize]), rows[!child as usize]),
            };
            let (left, right) = (of(self.branches[at].left), of(self.branches[at].right));
            let all = left.1 + right.1;
            let mean = if all > 0.0 { (left.0 * left.1 + right.0 * right.1) / all } else { left.0 };
            below[at] = (mean, all);
            self.branches[at].value = mean as f32;
        }
    }

    /// The leaf that a row ends in.
    pub(in crate::algorithms::scorers) fn leaf(&self, row: &[f32]) -> usize {
        let mut at = if self.branches.is_empty() { !0 } else { 0 };
        while at >= 0 {
            let branch = &self.branches[at as usize];
            at = branch.follow(row.get(branch.column as usize).copied().unwrap_or(f32::NAN));
        }
        !at as usize
    }

    fn sound(&self, width: usize) -> bool {
        let child = |parent: usize, child: i32| match child {
            0.. => child as usize > parent && (child as usize) < self.branches.len(),
            _ => (!child as usize) < self.leaves.len(),
        };
        let branch = |(at, branch): (usize, &Branch)| {
            let values = match &branch.test {
                Test::AtMost(_) => true,
                Test::OneOf(values) => values.is_sorted_by(|one, other| one.total_cmp(other).is_lt()),
            };
            values && (branch.column as usize) < width && child(at, branch.left) && child(at, branch.right)
        };
        !self.leaves.is_empty() && self.branches.iter().enumerate().all(branch)
    }
}

impl Model {
    /// A score a row, tree by tree: what [`Masks`](super::masks::Masks) are to say faster.
    #[cfg(test)]
    pub(super) fn walk(&self, rows: &Rows) -> Vec<f32> {
        let row = |at| self.trees.iter().fold(self.bias, |sum, tree| sum + tree.score(rows.row(at)));
        (0..rows.len()).map(row).collect()
    }

    /// The gain of each column's splits over that of all.
    pub(in crate::algorithms::scorers) fn importance(&self) -> Vec<f32> {
        let mut gains = vec![0f64; self.width + self.bags];
        for branch in self.trees.iter().flat_map(|tree| &tree.branches) {
            gains[branch.column as usize] += f64::from(branch.gain);
        }
        let all: f64 = gains.iter().sum();
        let share = |gain: &f64| if all > 0.0 { (gain / all) as f32 } else { 0.0 };
        gains.iter().map(share).collect()
    }

    /// As bytes.
    pub(in crate::algorithms::scorers) fn save(&self, mark: &[u8]) -> Vec<u8> {
        saved::save(mark, self)
    }

    /// From bytes.
    pub(in crate::algorithms::scorers) fn load(mark: &[u8], bytes: &[u8]) -> Result<Model, String> {
        let model: Model = saved::load(mark, "sum of trees", bytes)?;
        if model.width > WIDEST
            || model.bags > WIDEST
            || !model.trees.iter().all(|tree| tree.sound(model.width))
        {
            return Err("saved trees point at a branch, leaf or column that is not there".to_owned());
        }
        Ok(model)
    }
}
