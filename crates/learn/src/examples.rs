//! Tables that algorithms learn from: feature rows with labels, and the user-item matrix.

use crate::log::Id;
use serde::{Deserialize, Serialize};

/// A column of feature values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// As reports show it, such as `ctr[1d]`.
    pub name: String,
    /// For a category: values are whole numbers that have no order. Otherwise numbers.
    pub category: bool,
}

impl Column {
    /// A column of numbers.
    pub fn number(name: impl Into<String>) -> Column {
        Column { name: name.into(), category: false }
    }

    /// A column of categories.
    pub fn category(name: impl Into<String>) -> Column {
        Column { name: name.into(), category: true }
    }
}

/// A column whose cells are bags of terms, such as the words of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BagColumn {
    /// As reports show it.
    pub name: String,
    /// Terms are numbers below this.
    pub terms: u32,
}

/// The terms of one cell with their weights: ascending, each at most once.
pub type Bag = Vec<(u32, f32)>;

/// Feature values, row-major: `rows x width`, not-a-number where a value is missing; and bags of terms,
/// `rows x bag_width`, empty where a value is missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Values of row 0, then of row 1, …
    pub values: Vec<f32>,
    /// Values in a row.
    pub width: usize,
    /// Bags of row 0, then of row 1, …
    pub bags: Vec<Bag>,
    /// Bags in a row.
    pub bag_width: usize,
}

impl Rows {
    /// `rows` rows of missing values.
    pub fn missing(rows: usize, width: usize) -> Rows {
        Rows { values: vec![f32::NAN; rows * width], width, ..Rows::default() }
    }

    /// These rows with `width` empty bags each.
    #[must_use]
    pub fn with_bags(mut self, width: usize) -> Rows {
        self.bags = vec![Bag::new(); self.len() * width];
        self.bag_width = width;
        self
    }

    /// Some of the rows.
    #[must_use]
    pub fn part(&self, rows: std::ops::Range<usize>) -> Rows {
        Rows {
            values: self.values[rows.start * self.width..rows.end * self.width].to_vec(),
            bags: self.bags[rows.start * self.bag_width..rows.end * self.bag_width].to_vec(),
            width: self.width,
            bag_width: self.bag_width,
        }
    }

    /// Adds a row of another table of the same columns.
    pub fn push(&mut self, from: &Rows, row: usize) {
        self.values.extend_from_slice(from.row(row));
        self.bags.extend_from_slice(from.bags_of(row));
    }

    /// The bags of one row.
    pub fn bags_of(&self, row: usize) -> &[Bag] {
        &self.bags[row * self.bag_width..(row + 1) * self.bag_width]
    }

    /// The number of rows; bags tell it where there are no columns.
    pub fn len(&self) -> usize {
        let bags = self.bags.len().checked_div(self.bag_width);
        self.values.len().checked_div(self.width).or(bags).unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// Some columns of every row, to be filled.
    pub(crate) fn spans_mut(&mut self, columns: std::ops::Range<usize>) -> impl Iterator<Item = &mut [f32]> {
        self.values.chunks_exact_mut(self.width.max(1)).map(move |row| &mut row[columns.clone()])
    }

    /// A column of every row, to be filled.
    pub(crate) fn column_mut(&mut self, column: usize) -> impl Iterator<Item = &mut f32> {
        self.values.chunks_exact_mut(self.width.max(1)).map(move |row| &mut row[column])
    }

    /// Has some columns of the first row filled, and the same in as many `rows`. A few cells a row are copied by slices
    /// more slowly than column by column.
    pub(crate) fn fill_alike(
        &mut self,
        columns: std::ops::Range<usize>,
        rows: usize,
        fill: impl FnOnce(&mut [f32]),
    ) {
        self.spans_mut(columns.clone()).take(rows.min(1)).next().map(fill);
        for column in columns {
            let mut cells = self.column_mut(column).take(rows);
            let Some(&mut first) = cells.next() else { return };
            cells.for_each(|cell| *cell = first);
        }
    }

    /// One row, to be filled.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.width..(row + 1) * self.width]
    }
}

/// What a scorer learns from. Rows of one request stand together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Examples {
    /// What the columns mean; as many as `rows.width`.
    pub columns: Vec<Column>,
    /// What the bags mean; as many as `rows.bag_width`.
    pub bags: Vec<BagColumn>,
    /// Feature values.
    pub rows: Rows,
    /// One label a row: 0 for none, 1 for relevant, more where the label is graded.
    pub labels: Vec<f32>,
    /// One weight a row, positive.
    pub weights: Vec<f32>,
    /// The number of rows of each request, in order; sums to the number of rows.
    pub groups: Vec<u32>,
}

/// What retrievers learn from: which user took which item, with weight and order kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interactions {
    /// Number of users; rows.
    pub users: usize,
    /// Number of items; columns.
    pub items: usize,
    /// Where each user's entries begin; `users + 1` long.
    pub starts: Vec<usize>,
    /// Items, oldest first per user, each at most once per user (the latest counts).
    pub list: Vec<Id>,
    /// Weight of each entry of `list`, positive.
    pub weights: Vec<f32>,
}

impl Interactions {
    /// From (user, item, weight) in time order; a repeated pair keeps the last place and the sum of weights.
    pub fn new(users: usize, items: usize, events: &[(Id, Id, f32)]) -> Interactions {
        let mut rows: Vec<Vec<(Id, f32)>> = vec![Vec::new(); users];
        for &(user, item, weight) in events {
            let row = &mut rows[user as usize];
            let before = row.iter().position(|entry| entry.0 == item).map(|at| row.remove(at).1);
            row.push((item, weight + before.unwrap_or(0.0)));
        }
        let mut made = Interactions { users, items, starts: vec![0], ..Interactions::default() };
        for row in rows {
            for (item, weight) in row {
                made.list.push(item);
                made.weights.push(weight);
            }
            made.starts.push(made.list.len());
        }
        made
    }

    /// The items of one user, oldest first.
    pub fn of(&self, user: usize) -> &[Id] {
        &self.list[self.starts[user]..self.starts[user + 1]]
    }

    /// The weights beside [`Interactions::of`].
    pub fn weights_of(&self, user: usize) -> &[f32] {
        &self.weights[self.starts[user]..self.starts[user + 1]]
    }

    /// The transpose: rows are items, columns users (in user order).
    #[must_use]
    pub fn transposed(&self) -> Interactions {
        let mut counts = vec![0usize; self.items + 1];
        for &item in &self.list {
            counts[item as usize + 1] += 1;
        }
        for at in 0..self.items {
            counts[at + 1] += counts[at];
        }
        let mut next = counts.clone();
        let mut list = vec![0; self.list.len()];
        let mut weights = vec![0.0; self.list.len()];
        for user in 0..self.users {
            for (&item, &weight) in self.of(user).iter().zip(self.weights_of(user)) {
                let at = next[item as usize];
                list[at] = user as Id;
                weights[at] = weight;
                next[item as usize] += 1;
            }
        }
        Interactions { users: self.items, items: self.users, starts: counts, list, weights }
    }
}
