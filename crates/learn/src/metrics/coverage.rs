//! Coverage: how much of the catalogue anyone ever sees.

use super::{Catalogue, Cut, Metric, Shape};
use crate::card::Card;
use crate::log::Id;
use crate::task::Task;

/// Share of the available items that stand in the first k places of at least one list.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "coverage",
        what: "Share of the available items that stand in the first k places of at least one list.",
        when: "Beside an accuracy metric: a catalogue that is never shown earns nothing and teaches nothing.",
        avoid: "As a goal in itself: random lists cover everything. It grows with the number of requests.",
        cost: "Linear in the items and in requests x k.",
        source: "Ge, Delgado-Battenfeld and Jannach 2010, Beyond accuracy: evaluating recommender systems by coverage and serendipity",
        parameters: &[],
    },
    shape: Shape::OverAll(coverage),
    tasks: &[Task::Rank],
    k: Cut::Places,
    higher_is_better: true,
    ideal: None,
};

fn coverage(lists: &[Vec<Id>], catalogue: &Catalogue<'_>, k: usize) -> f64 {
    let exposure = catalogue.exposure(lists, k);
    let seen = exposure.iter().filter(|count| **count > 0).count();
    if exposure.is_empty() { 0.0 } else { seen as f64 / exposure.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let available = [true, true, true, true, false];
        let table: [(&[&[Id]], usize, f64); 5] = [
            (&[&[0, 1], &[1, 0]], 2, 0.5),
            (&[&[0, 1], &[2, 3]], 2, 1.0),
            (&[&[0, 1], &[2, 3]], 1, 0.5),
            (&[&[4, 9]], 2, 0.0),
            (&[], 2, 0.0),
        ];
        for (lists, k, want) in table {
            let lists: Vec<Vec<Id>> = lists.iter().map(|list| list.to_vec()).collect();
            let have = coverage(&lists, &Catalogue { available: &available, categories: &[] }, k);
            assert!((have - want).abs() < 1e-12, "{lists:?} at {k}: {have} is not {want}");
        }
    }
}
