//! What each column adds to a score: the change of a tree's value along the row's path (Saabas 2014).

use super::model::{Model, Tree};

impl Model {
    /// One number a column, then one a bag, then the bias; they sum to the score. What the row lacks is missing.
    pub(in crate::algorithms::scorers) fn contributions(&self, row: &[f32]) -> Vec<f32> {
        let mut sums = vec![0f64; self.width + self.bags + 1];
        sums[self.width + self.bags] = f64::from(self.bias);
        for tree in &self.trees {
            tree.attribute(row, &mut sums);
        }
        sums.into_iter().map(|sum| sum as f32).collect()
    }
}

impl Tree {
    fn attribute(&self, row: &[f32], sums: &mut [f64]) {
        let value = |at: i32| {
            let branch = usize::try_from(at).map(|at| self.branches[at].value);
            f64::from(branch.unwrap_or_else(|_| self.leaves[!at as usize]))
        };
        let mut at = if self.branches.is_empty() { !0 } else { 0 };
        let mut before = value(at);
        *sums.last_mut().expect("the bias stands behind the columns") += before;
        while at >= 0 {
            let branch = &self.branches[at as usize];
            at = branch.follow(row.get(branch.column as usize).copied().unwrap_or(f32::NAN));
            let after = value(at);
            sums[branch.column as usize] += after - before;
            before = after;
        }
    }
}
