//! Growing one tree leaf by leaf, the leaf that gains most first.

use super::bins::{Cuts, LANES, Matrix, Wide};
use super::histogram::{Histogram, Packed, Rows};
use super::model::{Branch, Test, Tree};
use super::split::{Left, Rules, Split, best};

/// A tree, and where the rows that it grew from ended.
pub(super) struct Grown {
    /// The tree.
    pub(super) tree: Tree,
    /// Rows of each leaf, and the leaf's value.
    pub(super) leaves: Vec<(std::ops::Range<usize>, f32)>,
}

/// What one tree grows on, and how.
pub(super) struct Task<'a> {
    /// The gradient and hessian of every row.
    pub(super) packed: &'a [Packed],
    /// Rows to grow on, ascending; all where there is none.
    pub(super) bag: Option<&'a [u32]>,
    /// For each column of the matrix whether it may be split.
    pub(super) used: &'a [bool],
    /// Most leaves.
    pub(super) leaves: usize,
    /// What leaf values are multiplied by.
    pub(super) rate: f64,
    /// What a split must satisfy.
    pub(super) rules: Rules,
}

/// Grows trees on one matrix; keeps its memory from tree to tree.
pub(super) struct Grower<'a> {
    matrix: &'a Matrix,
    /// Rows, those of one leaf side by side and ascending.
    pub(super) rows: Vec<u32>,
    spare: Vec<u32>,
    gathered: Vec<Packed>,
    free: Vec<Histogram>,
    used_blocks: Vec<bool>,
    /// For each branch of the last tree its column of the matrix, and for each bin whether it goes left.
    tests: Vec<(usize, Table)>,
}

/// For each bin of a column whether it goes left.
enum Table {
    Narrow(Box<[bool; 256]>),
    Wide(Vec<bool>),
}

/// A leaf that may yet be split.
struct Leaf {
    rows: std::ops::Range<usize>,
    sum: Packed,
    histogram: Option<Histogram>,
    split: Option<Split>,
    /// The L2 penalty on its value.
    lambda: f64,
    /// The branch above it, and whether it hangs on its left.
    parent: Option<(usize, bool)>,
}

impl<'a> Grower<'a> {
    /// A grower on `matrix`.
    pub(super) fn new(matrix: &'a Matrix) -> Grower<'a> {
        Grower {
            matrix,
            rows: Vec::new(),
            spare: vec![0; matrix.rows],
            gathered: vec![0; matrix.rows],
            free: Vec::new(),
            used_blocks: Vec::new(),
            tests: Vec::new(),
        }
    }

    /// Grows a tree.
    pub(super) fn grow(&mut self, task: &Task<'_>) -> Grown {
        self.rows.clear();
        self.tests.clear();
        match task.bag {
            Some(bag) => self.rows.extend_from_slice(bag),
            None => self.rows.extend(0..self.matrix.rows as u32),
        }
        let (narrow, wide) = task.used.split_at(self.matrix.columns.len());
        self.used_blocks = narrow.chunks(LANES).map(|used| used.contains(&true)).collect();
        self.used_blocks.extend(wide);
        let sum = self.rows.iter().fold(0i64, |sum, &row| sum.wrapping_add(task.packed[row as usize]));
        let lambda = task.rules.lambda;
        let mut root =
            Leaf { rows: 0..self.rows.len(), sum, histogram: None, split: None, lambda, parent: None };
        root.histogram = Some(self.histogram(&root.rows, task.packed, task.bag.is_none()));
        self.search(&mut root, task);
        let mut tree = Tree::default();
        let mut all = vec![root];
        while all.len() < task.leaves {
            let Some(at) = most_gaining(&all) else { break };
            self.split(&mut all, at, &mut tree, task);
        }
        self.finish(all, tree, task)
    }

    /// What the tree that was grown last adds to a row, in its bag or not.
    pub(super) fn leaf_value(&self, tree: &Tree, row: usize) -> f32 {
        let mut at = if self.tests.is_empty() { !0 } else { 0 };
        while at >= 0 {
            let (column, left) = &self.tests[at as usize];
            let goes_left = match left {
                Table::Narrow(left) => left[usize::from(self.matrix.columns[*column].bins[row])],
                Table::Wide(left) => left[usize::from(self.wide(*column).bins[row])],
            };
            let branch = &tree.branches[at as usize];
            at = if goes_left { branch.left } else { branch.right };
        }
        tree.leaves[!at as usize]
    }

    fn wide(&self, column: usize) -> &'a Wide {
        &self.matrix.wide[column - self.matrix.columns.len()]
    }

    /// Splits leaf `at`: the left child takes its place, the right one is added at the end.
    fn split(&mut self, all: &mut Vec<Leaf>, at: usize, tree: &mut Tree, task: &Task<'_>) {
        let last = all.len() + 1 == task.leaves;
        let leaf = &mut all[at];
        let split = leaf.split.take().expect("only a leaf with a split is chosen");
        let branch = tree.branches.len();
        if let Some((parent, left)) = leaf.parent {
            tree.branches[parent].hang(left, branch);
        }
        tree.branches.push(self.branch(&split, task.rules.value(leaf.sum, leaf.lambda) * task.rate));
        let table = if split.column < self.matrix.columns.len() {
            Table::Narrow(Box::new(split.left.table()))
        } else {
            Table::Wide(split.left.wide_table(self.wide(split.column).values.len() + 1))
        };
        self.tests.push((split.column, table));
        let middle = self.partition(&leaf.rows);
        let lambda = split.lambda;
        let child = |rows, sum, left| Leaf {
            rows,
            sum,
            histogram: None,
            split: None,
            lambda,
            parent: Some((branch, left)),
        };
        let mut left = child(leaf.rows.start..middle, split.sum, true);
        let mut right = child(middle..leaf.rows.end, leaf.sum.wrapping_sub(split.sum), false);
        let mut whole = leaf.histogram.take().expect("a leaf with a split has a histogram");
        if last {
            self.free.push(whole);
        } else {
            let (small, large) = if left.rows.len() <= right.rows.len() {
                (&mut left, &mut right)
            } else {
                (&mut right, &mut left)
            };
            let histogram = self.histogram(&small.rows, task.packed, false);
            whole.subtract(&histogram);
            small.histogram = Some(histogram);
            large.histogram = Some(whole);
            self.search(&mut left, task);
            self.search(&mut right, task);
        }
        all[at] = left;
        all.push(right);
    }

    /// Finds the best split of a leaf, or gives its histogram back.
    fn search(&mut self, leaf: &mut Leaf, task: &Task<'_>) {
        let histogram = leaf.histogram.take().expect("a leaf is searched once it has a histogram");
        leaf.split = best(self.matrix, task.used, &histogram, leaf.sum, leaf.rows.len(), &task.rules);
        if leaf.split.is_some() {
            leaf.histogram = Some(histogram);
        } else {
            self.free.push(histogram);
        }
    }

    fn histogram(&mut self, rows: &std::ops::Range<usize>, packed: &[Packed], whole: bool) -> Histogram {
        let matrix = self.matrix;
        let mut histogram = self.free.pop().unwrap_or_else(|| Histogram::new(matrix));
        if whole {
            histogram.fill(matrix, &self.used_blocks, Rows::From(0), packed);
            return histogram;
        }
        let rows = &self.rows[rows.clone()];
        let gathered = &mut self.gathered[..rows.len()];
        gathered.iter_mut().zip(rows).for_each(|(packed_here, &row)| *packed_here = packed[row as usize]);
        histogram.fill(matrix, &self.used_blocks, Rows::These(rows), gathered);
        histogram
    }

    /// Puts the rows that go left in the last branch first, both sides in their order; returns where the
    /// right ones begin.
    fn partition(&mut self, rows: &std::ops::Range<usize>) -> usize {
        let (column, left) = self.tests.last().expect("a leaf is parted after its branch is made");
        let here = &mut self.rows[rows.clone()];
        let kept = match left {
            Table::Narrow(left) => {
                let bins = &self.matrix.columns[*column].bins;
                part(here, &mut self.spare, |row| left[usize::from(bins[row as usize])])
            }
            Table::Wide(left) => {
                let bins = &self.matrix.wide[*column - self.matrix.columns.len()].bins;
                part(here, &mut self.spare, |row| left[usize::from(bins[row as usize])])
            }
        };
        rows.start + kept
    }

    fn branch(&self, split: &Split, value: f64) -> Branch {
        let (column, test, missing_left) = match self.matrix.columns.get(split.column) {
            Some(column) => {
                let (test, missing_left) = test(&split.left, &column.cuts);
                (column.column, test, missing_left)
            }
            None => {
                let wide = self.wide(split.column);
                (wide.column, one_of(&split.left, &wide.values), false)
            }
        };
        Branch {
            column: column as u32,
            test,
            missing_left,
            value: value as f32,
            gain: split.gain as f32,
            left: 0,
            right: 0,
        }
    }

    fn finish(&mut self, all: Vec<Leaf>, mut tree: Tree, task: &Task<'_>) -> Grown {
        let mut leaves = Vec::with_capacity(all.len());
        for (at, leaf) in all.into_iter().enumerate() {
            let value = (task.rules.value(leaf.sum, leaf.lambda) * task.rate) as f32;
            if let Some((parent, left)) = leaf.parent {
                tree.branches[parent].hang_leaf(left, at);
            }
            tree.leaves.push(value);
            leaves.push((leaf.rows, value));
            self.free.extend(leaf.histogram);
        }
        Grown { tree, leaves }
    }
}

/// What a value must satisfy to go left, and whether a missing one does.
fn test(left: &Left, cuts: &Cuts) -> (Test, bool) {
    match (left, cuts) {
        (Left::Numbers(last, missing), Cuts::Numbers(cuts)) => {
            let threshold = cuts.get(usize::from(*last) - 1).copied().unwrap_or(f32::INFINITY);
            (Test::AtMost(threshold), *missing)
        }
        (left, Cuts::Categories(values) | Cuts::Numbers(values)) => (one_of(left, values), false),
    }
}

fn one_of(left: &Left, values: &[f32]) -> Test {
    match left {
        Left::Categories(bins) => Test::OneOf(bins.iter().map(|&bin| values[usize::from(bin) - 1]).collect()),
        Left::Numbers(..) => unreachable!("a split has the kind of its column"),
    }
}

/// Puts the rows that go left first, both sides in their order; returns how many these are.
fn part(rows: &mut [u32], spare: &mut [u32], goes_left: impl Fn(u32) -> bool) -> usize {
    let (mut kept, mut moved) = (0, 0);
    for at in 0..rows.len() {
        let row = rows[at];
        let left = goes_left(row);
        // Both are written and one place moves on: no jump to guess.
        rows[kept] = row;
        spare[moved] = row;
        kept += usize::from(left);
        moved += usize::from(!left);
    }
    rows[kept..].copy_from_slice(&spare[..moved]);
    kept
}

/// The leaf whose split gains most; of equals the first.
fn most_gaining(leaves: &[Leaf]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (at, leaf) in leaves.iter().enumerate() {
        if let Some(split) = leaf.split.as_ref().filter(|split| best.is_none_or(|best| split.gain > best.1)) {
            best = Some((at, split.gain));
        }
    }
    best.map(|best| best.0)
}
