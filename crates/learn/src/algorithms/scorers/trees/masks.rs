//! Trees as masks: rows go through them several at a time, without a branch.

use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

use super::model::{Model, Test, Tree};
use crate::examples::Rows;

/// Rows that are scored at once.
const LANES: usize = 8;
/// Rows that go through a tree before the next tree is fetched.
const TILE: usize = 8 * LANES;
/// Rows from which they are shared among threads.
const SHARED: usize = 4096;
/// Leaves of the largest tree that a mask holds; a larger one is walked.
const LEAVES: usize = 64;
/// Most words of a model's tables, 8 bytes each.
const KEPT: usize = 1 << 20;

/// The trees of a model in the order in which they add up. Every question that a row does not satisfy strikes the
/// leaves to its left, in any order; the leftmost that is left is the row's (Lucchese et al. 2015, QuickScorer).
#[derive(Debug, Clone, Default)]
pub(super) struct Masks {
    /// The columns that are compared with thresholds.
    columns: Vec<usize>,
    /// The columns of which it is asked whether they are among some values.
    categories: Vec<Categories>,
    trees: Vec<Masked>,
    questions: Vec<Question>,
    tables: Vec<Table>,
    /// What the tables keep, class by class.
    kept: Vec<u64>,
    /// From left to right, tree after tree.
    leaves: Vec<f32>,
}

#[derive(Debug, Clone)]
enum Masked {
    /// By masks.
    Struck {
        /// Questions that a missing value does not satisfy.
        strict: Range<usize>,
        /// Questions that a missing value satisfies.
        lenient: Range<usize>,
        tables: Range<usize>,
        leaves: Range<usize>,
    },
    /// The tree at this place of the model is walked.
    Walked(usize),
}

/// Whether a value is at most this.
#[derive(Debug, Clone, Copy)]
struct Question {
    /// Its place among [`Masks::columns`].
    column: usize,
    threshold: f32,
    /// The leaves that are left where it is not, the first 32 and the others.
    keeps: [u32; 2],
}

/// What all sets of a tree over one column keep of its leaves.
#[derive(Debug, Clone)]
struct Table {
    /// Its place among [`Masks::categories`].
    column: usize,
    /// For each class, among [`Masks::kept`].
    kept: Range<usize>,
}

/// The values that the sets over one column name, each of which is a class.
#[derive(Debug, Clone)]
struct Categories {
    column: usize,
    /// Ascending.
    values: Vec<f32>,
}

/// The class of values that no set names, that of missing ones, and the first of those that are named.
const OTHER: usize = 0;
const MISSING: usize = 1;
const NAMED: usize = 2;

impl Categories {
    /// Those of all sets of some trees.
    fn of<'l, 't: 'l>(laid: impl Iterator<Item = &'l Laid<'t>>) -> Vec<Categories> {
        let mut made: Vec<Categories> = Vec::new();
        for set in laid.flat_map(|laid| &laid.sets) {
            let new = || Categories { column: set.column, values: Vec::new() };
            let at = place(&mut made, |one| one.column == set.column, new);
            made[at].values.extend(set.of.0);
        }
        for categories in &mut made {
            categories.values.sort_unstable_by(f32::total_cmp);
            categories.values.dedup_by_key(|value| value.to_bits());
        }
        made
    }

    fn class(&self, value: f32) -> u32 {
        let class = if value.is_nan() { MISSING } else { self.named(value + 0.0) };
        class as u32
    }

    fn named(&self, value: f32) -> usize {
        let found = self.values.binary_search_by(|probe| probe.total_cmp(&value));
        found.map_or(OTHER, |at| NAMED + at)
    }
}

impl Masks {
    /// The trees of a model.
    pub(super) fn of(model: &Model) -> Masks {
        let laid: Vec<Option<Laid<'_>>> = model.trees.iter().map(Laid::of).collect();
        let mut made = Masks { categories: Categories::of(laid.iter().flatten()), ..Masks::default() };
        for (at, laid) in laid.into_iter().enumerate() {
            let tree = laid.and_then(|laid| made.take(laid)).unwrap_or(Masked::Walked(at));
            made.trees.push(tree);
        }
        made
    }

    /// `None` where its tables would take too much memory.
    fn take(&mut self, laid: Laid<'_>) -> Option<Masked> {
        let mut tables: Vec<(usize, Vec<u64>)> = Vec::new();
        for set in &laid.sets {
            let column = self.categories.iter().position(|one| one.column == set.column)?;
            let categories = &self.categories[column];
            let classes = NAMED + categories.values.len();
            let at = place(&mut tables, |table| table.0 == column, || (column, vec![u64::MAX; classes]));
            let (values, missing) = set.of;
            let mut struck = vec![true; classes];
            struck[MISSING] = !missing;
            values.iter().for_each(|value| struck[categories.named(*value)] = false);
            let outside = tables[at].1.iter_mut().zip(struck).filter(|(_, struck)| *struck);
            outside.for_each(|(kept, _)| *kept &= set.keeps);
        }
        let more: usize = tables.iter().map(|(_, kept)| kept.len()).sum();
        if self.kept.len() + more > KEPT {
            return None;
        }
        let tables =
            tables.into_iter().map(|(column, kept)| Table { column, kept: append(&mut self.kept, kept) });
        let tables = tables.collect();
        Some(Masked::Struck {
            strict: self.ask(&laid.strict),
            lenient: self.ask(&laid.lenient),
            tables: append(&mut self.tables, tables),
            leaves: append(&mut self.leaves, laid.leaves),
        })
    }

    fn ask(&mut self, asked: &[Asked<f32>]) -> Range<usize> {
        let question = |asked: &Asked<f32>| {
            let column = place(&mut self.columns, |known| *known == asked.column, || asked.column);
            Question { column, threshold: asked.of, keeps: [asked.keeps as u32, (asked.keeps >> 32) as u32] }
        };
        let new = asked.iter().map(question).collect();
        append(&mut self.questions, new)
    }

    /// A score a row, the same to the bit as by walking. Where rows are narrower than in training, what they lack
    /// is missing.
    pub(super) fn score(&self, model: &Model, rows: &Rows) -> Vec<f32> {
        let mut scores = vec![model.bias; rows.len()];
        let tile = |at: usize, scores: &mut [f32]| self.add(model, rows, at * TILE, scores);
        if rows.len() < SHARED {
            scores.chunks_mut(TILE).enumerate().for_each(|(at, scores)| tile(at, scores));
        } else {
            scores.par_chunks_mut(TILE).enumerate().for_each(|(at, scores)| tile(at, scores));
        }
        scores
    }

    /// Adds up the trees over the rows from `first` on.
    fn add(&self, model: &Model, rows: &Rows, first: usize, scores: &mut [f32]) {
        let tile = self.tile(rows, first..first + scores.len());
        for tree in &self.trees {
            match tree {
                Masked::Walked(tree) => {
                    for (at, score) in scores.iter_mut().enumerate() {
                        *score += model.trees[*tree].score(rows.row(first + at));
                    }
                }
                Masked::Struck { strict, lenient, tables, leaves } => {
                    let tree = Struck {
                        strict: &self.questions[strict.clone()],
                        lenient: &self.questions[lenient.clone()],
                        tables: &self.tables[tables.clone()],
                        kept: &self.kept,
                        leaves: &self.leaves[leaves.clone()],
                    };
                    add(&tree, &tile, scores);
                }
            }
        }
    }

    fn tile(&self, rows: &Rows, range: Range<usize>) -> Tile {
        let groups = range.len().div_ceil(LANES);
        let (columns, categories) = (self.columns.len(), self.categories.len());
        let mut values = vec![[f32::NAN; LANES]; groups * columns];
        let mut classes = vec![[MISSING as u32; LANES]; groups * categories];
        for (at, row) in range.map(|row| rows.row(row)).enumerate() {
            let value = |column: usize| row.get(column).copied().unwrap_or(f32::NAN);
            let (group, lane) = (at / LANES, at % LANES);
            for (lanes, &column) in values[group * columns..].iter_mut().zip(&self.columns) {
                lanes[lane] = value(column);
            }
            for (lanes, own) in classes[group * categories..].iter_mut().zip(&self.categories) {
                lanes[lane] = own.class(value(own.column));
            }
        }
        Tile { values, columns, classes, categories }
    }
}

/// A tree of [`Masks`], and what it adds to the scores of the rows of a tile.
struct Struck<'m> {
    strict: &'m [Question],
    lenient: &'m [Question],
    tables: &'m [Table],
    kept: &'m [u64],
    leaves: &'m [f32],
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
fn add(tree: &Struck<'_>, tile: &Tile, scores: &mut [f32]) {
    for (group, scores) in scores.chunks_mut(LANES).enumerate() {
        let [low, high] = strike(tree, tile.values(group));
        let mut left = [0; LANES];
        for lane in 0..LANES {
            left[lane] = u64::from(low[lane]) | u64::from(high[lane]) << 32;
        }
        for table in tree.tables {
            let kept = &tree.kept[table.kept.clone()];
            let classes = tile.classes(group)[table.column];
            left.iter_mut().zip(classes).for_each(|(left, class)| *left &= kept[class as usize]);
        }
        for (score, left) in scores.iter_mut().zip(left) {
            *score += tree.leaves[left.trailing_zeros() as usize];
        }
    }
}

/// What the questions of a tree leave of its leaves for each of some rows, the first 32 and the others: halves,
/// since a lane is then as wide as a value is.
#[inline(always)]
#[expect(
    clippy::neg_cmp_op_on_partial_ord,
    reason = "what is not above a threshold includes what is missing"
)]
fn strike(tree: &Struck<'_>, values: &[[f32; LANES]]) -> [[u32; LANES]; 2] {
    let mut left = [[u32::MAX; LANES]; 2];
    let mut keep = |keeps: [u32; 2], spared: [bool; LANES]| {
        let spared = spared.map(|spared| u32::from(spared).wrapping_neg());
        for (left, keeps) in left.iter_mut().zip(keeps) {
            left.iter_mut().zip(spared).for_each(|(left, spared)| *left &= keeps | spared);
        }
    };
    for question in tree.strict {
        keep(question.keeps, values[question.column].map(|value| value <= question.threshold));
    }
    for question in tree.lenient {
        keep(question.keeps, values[question.column].map(|value| !(value > question.threshold)));
    }
    left
}

/// What a model asks about the rows of a tile, [`LANES`] of them together.
struct Tile {
    /// `groups x columns`
    values: Vec<[f32; LANES]>,
    columns: usize,
    /// `groups x categories`
    classes: Vec<[u32; LANES]>,
    categories: usize,
}

impl Tile {
    fn values(&self, group: usize) -> &[[f32; LANES]] {
        &self.values[group * self.columns..][..self.columns]
    }

    fn classes(&self, group: usize) -> &[[u32; LANES]] {
        &self.classes[group * self.categories..][..self.categories]
    }
}

/// A question of a tree about a column of the model.
struct Asked<T> {
    column: usize,
    of: T,
    /// The leaves that are left where the answer is no.
    keeps: u64,
}

/// A tree whose leaves are numbered from left to right.
#[derive(Default)]
struct Laid<'t> {
    strict: Vec<Asked<f32>>,
    lenient: Vec<Asked<f32>>,
    sets: Vec<Asked<(&'t [f32], bool)>>,
    leaves: Vec<f32>,
    branches: usize,
}

impl<'t> Laid<'t> {
    /// `None` where it has more leaves than a mask holds.
    fn of(tree: &'t Tree) -> Option<Laid<'t>> {
        let mut laid = Laid::default();
        laid.lay(tree, if tree.branches.is_empty() { !0 } else { 0 })?;
        Some(laid)
    }

    fn lay(&mut self, tree: &'t Tree, child: i32) -> Option<()> {
        let Ok(at) = usize::try_from(child) else {
            self.leaves.push(tree.leaves[!child as usize]);
            return (self.leaves.len() <= LEAVES).then_some(());
        };
        // More branches than that lead to more leaves: what is read from a file need not be a tree.
        self.branches += 1;
        if self.branches >= LEAVES {
            return None;
        }
        let branch = &tree.branches[at];
        let first = self.leaves.len();
        self.lay(tree, branch.left)?;
        let keeps = !(first..self.leaves.len()).fold(0, |bits, leaf| bits | 1 << leaf);
        self.lay(tree, branch.right)?;
        let column = branch.column as usize;
        match &branch.test {
            Test::AtMost(threshold) => {
                let into = if branch.missing_left { &mut self.lenient } else { &mut self.strict };
                into.push(Asked { column, of: *threshold, keeps });
            }
            Test::OneOf(values) => self.sets.push(Asked { column, of: (values, branch.missing_left), keeps }),
        }
        Some(())
    }
}

/// The place of the one that is looked for; a new one is put at the end where there is none.
fn place<T>(all: &mut Vec<T>, found: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> usize {
    all.iter().position(found).unwrap_or_else(|| {
        all.push(new());
        all.len() - 1
    })
}

/// Where the new ones lie among all.
fn append<T>(all: &mut Vec<T>, new: Vec<T>) -> Range<usize> {
    let first = all.len();
    all.extend(new);
    first..all.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithms::scorers::trees::model::Branch;
    use crate::random::hash;
    use proptest::prelude::*;

    /// A random tree of so many branches over four columns.
    fn tree(seed: u64, branches: usize) -> Tree {
        let draw = |at: usize, what: u64, end: u64| hash(seed, &[at as u64, what]) % end;
        let mut made = Tree { branches: Vec::new(), leaves: vec![0.5] };
        // Where each leaf hangs.
        let mut hangs: Vec<Option<(usize, bool)>> = vec![None];
        for at in 0..branches {
            let leaf = draw(at, 0, made.leaves.len() as u64) as usize;
            if let Some((parent, left)) = hangs[leaf] {
                made.branches[parent].hang(left, at);
            }
            let test = match draw(at, 1, 3) {
                0 => Test::OneOf(vec![-1.0, 0.0, draw(at, 2, 4) as f32 + 1.0]),
                1 if draw(at, 6, 9) == 0 => Test::OneOf((0..200).map(|value| value as f32 * 0.5).collect()),
                _ => Test::AtMost(draw(at, 2, 7) as f32 - 3.0),
            };
            let (missing_left, column) = (draw(at, 3, 2) == 0, draw(at, 4, 4) as u32);
            made.branches.push(Branch {
                column,
                test,
                missing_left,
                value: 0.0,
                gain: 1.0,
                left: 0,
                right: 0,
            });
            made.leaves.push(draw(at, 5, 1000) as f32 / 700.0);
            hangs[leaf] = Some((at, true));
            hangs.push(Some((at, false)));
            made.branches[at].hang_leaf(true, leaf);
            made.branches[at].hang_leaf(false, made.leaves.len() - 1);
        }
        made
    }

    fn bits(scores: &[f32]) -> Vec<u32> {
        scores.iter().map(|score| score.to_bits()).collect()
    }

    proptest! {
        #[test]
        fn masks_score_as_walking_does(seed in any::<u64>(), many in 0usize..150, width in 0usize..5) {
            let sizes = (0..5).map(|at| hash(seed, &[9, at]) as usize % 90);
            let trees = sizes.enumerate().map(|(at, size)| tree(seed ^ at as u64, size)).collect();
            let model = Model { width: 4, bags: 0, bias: 0.25, trees };
            let value = |at: usize| match hash(seed, &[8, at as u64]) % 9 {
                8 => f32::NAN,
                7 => -0.0,
                value => value as f32 - 3.0,
            };
            let values: Vec<f32> = (0..many * width).map(value).collect();
            let rows = Rows { width, values, ..Rows::default() };
            prop_assert_eq!(bits(&Masks::of(&model).score(&model, &rows)), bits(&model.walk(&rows)));
        }
    }

    #[test]
    fn what_is_no_tree_is_walked() {
        // Both children of each branch are the next one: as many ways as 2^70.
        let next = |at: i32| if at == 69 { !0 } else { at + 1 };
        let branch = |at: i32| Branch {
            column: 0,
            test: Test::AtMost(0.0),
            missing_left: true,
            value: 0.0,
            gain: 0.0,
            left: next(at),
            right: next(at),
        };
        let ladder = Tree { branches: (0..70).map(branch).collect(), leaves: vec![2.0] };
        let model = Model { width: 1, bags: 0, bias: 0.0, trees: vec![ladder] };
        let rows = Rows { width: 1, values: vec![1.0; 9], ..Rows::default() };
        assert_eq!(Masks::of(&model).score(&model, &rows), [2.0; 9]);
    }
}
