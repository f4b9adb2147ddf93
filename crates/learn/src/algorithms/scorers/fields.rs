//! Rows as few features of many: standardised numbers, a place a category, bags as they are.

use serde::{Deserialize, Serialize};

use super::scale::Scale;
use crate::examples::{Examples, Rows};

/// Weights of bags are cut to this, so that no sum of products of them overflows.
const HEAVIEST: f32 = 100.0;

/// How columns, then bags, of a row become features; those of one field lie side by side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Fields {
    columns: Vec<Column>,
    bags: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Column {
    /// It told no rows apart.
    Nothing,
    /// Two features: deviations from the mean, and missing.
    Number(Scale),
    /// A feature a listed value, ascending, and one for missing; none for others.
    Category(Vec<f32>),
}

/// A feature of a row that is not 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Active {
    /// Its place among all features.
    pub(super) feature: u32,
    /// Its column, or the number of columns plus its bag.
    pub(super) field: u32,
    /// Finite, and not 0.
    pub(super) value: f32,
}

impl Fields {
    /// From examples; categories and terms seen in fewer than `least` rows are taken as unknown.
    pub(super) fn choose(examples: &Examples, least: usize) -> Fields {
        let rows = &examples.rows;
        let column = |(at, column): (usize, &crate::examples::Column)| {
            let values = rows.values.iter().skip(at).step_by(rows.width.max(1)).copied();
            if column.category {
                let mut values: Vec<f32> = values.map(|value| value + 0.0).collect();
                values.retain(|value| !value.is_nan());
                values.sort_unstable_by(f32::total_cmp);
                return Column::Category(frequent(&values, least));
            }
            Scale::of(values).map_or(Column::Nothing, Column::Number)
        };
        let bag = |at: usize| {
            let bags = rows.bags.iter().skip(at).step_by(rows.bag_width.max(1));
            let mut terms: Vec<u32> = bags.flatten().map(|(term, _)| *term).collect();
            terms.sort_unstable();
            frequent(&terms, least)
        };
        let columns = examples.columns.iter().enumerate().map(column).collect();
        let bags = (0..examples.bags.len())
            .map(|at| if at < rows.bag_width { bag(at) } else { Vec::new() })
            .collect();
        Fields { columns, bags }
    }

    /// The number of columns and bags.
    pub(super) fn len(&self) -> usize {
        self.columns.len() + self.bags.len()
    }

    /// The number of features.
    pub(super) fn features(&self) -> usize {
        let columns: usize = self.columns.iter().map(Column::features).sum();
        columns + self.bags.iter().map(Vec::len).sum::<usize>()
    }

    /// Puts the features of one row into `out`, in order; what the row lacks is missing.
    pub(super) fn encode(&self, rows: &Rows, row: usize, out: &mut Vec<Active>) {
        out.clear();
        let mut first = 0;
        let values = rows.row(row).iter().copied().chain(std::iter::repeat(f32::NAN));
        for ((field, column), value) in (0u32..).zip(&self.columns).zip(values) {
            let active = match column {
                Column::Nothing => None,
                Column::Number(_) if value.is_nan() => Some((1, 1.0)),
                Column::Number(scale) => Some((0, scale.apply(value) as f32)),
                Column::Category(listed) if value.is_nan() => Some((listed.len(), 1.0)),
                Column::Category(listed) => {
                    let found = listed.binary_search_by(|probe| probe.total_cmp(&(value + 0.0)));
                    found.ok().map(|at| (at, 1.0))
                }
            };
            if let Some((at, value)) = active.filter(|(_, value)| *value != 0.0) {
                out.push(Active { feature: (first + at) as u32, field, value });
            }
            first += column.features();
        }
        let bags = if rows.bag_width > 0 { rows.bags_of(row) } else { &[] };
        for ((field, terms), bag) in (self.columns.len() as u32..).zip(&self.bags).zip(bags) {
            for (term, weight) in bag {
                let value = weight.clamp(-HEAVIEST, HEAVIEST);
                if let Ok(at) = terms.binary_search(term)
                    && value != 0.0
                    && !value.is_nan()
                {
                    out.push(Active { feature: (first + at) as u32, field, value });
                }
            }
            first += terms.len();
        }
    }

    /// Whether every search in it finds what is there.
    pub(super) fn sound(&self) -> bool {
        let column = |column: &Column| match column {
            Column::Nothing => true,
            Column::Number(scale) => scale.sound(),
            Column::Category(values) => values.is_sorted_by(|one, other| one.total_cmp(other).is_lt()),
        };
        self.columns.iter().all(column)
            && self.bags.iter().all(|terms| terms.is_sorted_by(|one, other| one < other))
            && u32::try_from(self.features()).is_ok()
    }
}

impl Column {
    fn features(&self) -> usize {
        match self {
            Column::Nothing => 0,
            Column::Number(_) => 2,
            Column::Category(values) => values.len() + 1,
        }
    }
}

/// Those of a sorted list that stand there `least` times.
fn frequent<T: PartialEq + Copy>(sorted: &[T], least: usize) -> Vec<T> {
    sorted
        .chunk_by(|one, other| one == other)
        .filter(|equal| equal.len() >= least)
        .map(|equal| equal[0])
        .collect()
}
