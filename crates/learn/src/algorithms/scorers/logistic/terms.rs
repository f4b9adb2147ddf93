//! Bags of terms as logistic regression sees them: a weight for each term that training met.

use serde::{Deserialize, Serialize};

use crate::examples::Rows;

/// A larger count is no count.
const MOST: f32 = 1e9;

/// The weights of one bag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Terms {
    /// The terms that training met, ascending.
    pub(in super::super) terms: Vec<u32>,
    /// A weight each.
    pub(in super::super) weights: Vec<f32>,
    /// Where a bag adds the mean of its terms' weights instead of their sum: the weight of the end of a bag,
    /// and as how many terms it counts. A term that training did not meet weighs nothing, yet it counts: a
    /// bag of which little is known says little.
    pub(in super::super) end: Option<(f32, f32)>,
}

impl Terms {
    /// The terms of bag number `bag` in all rows; weights are 0.
    pub(in super::super) fn met(rows: &Rows, bag: usize) -> Terms {
        let mut terms: Vec<u32> =
            (0..rows.len()).flat_map(|row| rows.bags_of(row)[bag].iter().map(|(term, _)| *term)).collect();
        terms.sort_unstable();
        terms.dedup();
        let weights = vec![0.0; terms.len()];
        Terms { terms, weights, end: None }
    }

    /// Where the weights of a bag's terms are, and how often each stands there; without terms that training
    /// did not meet, and without counts that are no finite ones.
    pub(in super::super) fn places(&self, bag: &[(u32, f32)]) -> impl Iterator<Item = (usize, f32)> {
        let one = |(term, count): &(u32, f32)| {
            let at = (count.abs() <= MOST).then(|| self.terms.binary_search(term).ok())?;
            at.map(|at| (at, *count))
        };
        bag.iter().filter_map(one)
    }

    /// What a bag adds to the log-odds.
    pub(super) fn add(&self, bag: &[(u32, f32)]) -> f64 {
        let sum: f64 =
            self.places(bag).map(|(at, count)| f64::from(self.weights[at]) * f64::from(count)).sum();
        self.end.map_or(sum, |(end, count)| {
            let count = f64::from(count);
            (sum + f64::from(end) * count) / (weight(bag) + count)
        })
    }

    /// Whether every weight that it may reach for is there.
    pub(super) fn sound(&self) -> bool {
        let counts = self.end.is_none_or(|(_, count)| (1.0..=MOST).contains(&count));
        counts && self.terms.len() == self.weights.len() && self.terms.is_sorted_by(|one, other| one < other)
    }
}

/// How often all terms stand in a bag, known or not.
pub(in super::super) fn weight(bag: &[(u32, f32)]) -> f64 {
    bag.iter().map(|(_, count)| count.abs()).filter(|count| *count <= MOST).map(f64::from).sum()
}

/// The terms of all rows by the places of their weights.
#[derive(Debug, Default)]
pub(super) struct Sparse {
    /// Where each row's entries begin; one more than rows.
    starts: Vec<usize>,
    /// (place of the weight, how often).
    entries: Vec<(u32, f32)>,
}

impl Sparse {
    /// The bags of all rows; the weights of a bag lie one after another from `first` on, then those of the
    /// next bag.
    pub(super) fn new(rows: &Rows, bags: &[Terms], first: usize) -> Sparse {
        let mut made = Sparse { starts: vec![0], entries: Vec::new() };
        for row in 0..rows.len() {
            let mut start = first;
            for (terms, bag) in bags.iter().zip(rows.bags_of(row)) {
                let places = terms.places(bag);
                made.entries.extend(places.map(|(at, count)| ((start + at) as u32, count)));
                start += terms.terms.len();
            }
            made.starts.push(made.entries.len());
        }
        made
    }

    /// The entries of a row; none of one without any column.
    pub(super) fn row(&self, row: usize) -> &[(u32, f32)] {
        match self.starts.get(row..row + 2) {
            Some(&[start, end]) => &self.entries[start..end],
            _ => &[],
        }
    }
}
