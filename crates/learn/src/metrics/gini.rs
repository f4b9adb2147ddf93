//! Gini index of exposure: whether a few items get all the places.

use super::{Catalogue, Cut, Metric, Shape};
use crate::card::Card;
use crate::log::Id;
use crate::task::Task;

/// Inequality of how often available items stand in the first k places: 0 alike, near 1 one takes all.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "gini",
        what: "Inequality of how often available items stand in the first k places: 0 alike, near 1 one takes all.",
        when: "Beside an accuracy metric, to see a loop in which the popular gets more popular.",
        avoid: "As a goal in itself, or to compare catalogues of different size.",
        cost: "Items x log items, plus requests x k.",
        source: "Gini 1912; Fleder and Hosanagar 2009, Blockbuster culture's next rise or fall",
        parameters: &[],
    },
    shape: Shape::OverAll(gini),
    tasks: &[Task::Rank],
    k: Cut::Places,
    higher_is_better: false,
    ideal: None,
};

fn gini(lists: &[Vec<Id>], catalogue: &Catalogue<'_>, k: usize) -> f64 {
    let mut exposure = catalogue.exposure(lists, k);
    exposure.sort_unstable();
    let items = exposure.len() as f64;
    let total: u64 = exposure.iter().sum();
    let weigh = |(rank, count): (usize, &u64)| (2.0 * rank as f64 + 1.0 - items) * *count as f64;
    let weighed: f64 = exposure.iter().enumerate().map(weigh).sum();
    if total == 0 { 0.0 } else { (weighed / (items * total as f64)).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let available = [true, true, true, true, false];
        let table: [(&[&[Id]], usize, f64); 6] = [
            (&[&[0, 1], &[2, 3]], 2, 0.0),
            (&[&[0], &[0]], 1, 0.75),
            (&[&[0, 1], &[0, 1]], 2, 0.5),
            // Exposures 0, 1, 1, 2: (-3*0 - 1*1 + 1*1 + 3*2) / (4 * 4).
            (&[&[0, 1], &[0, 2]], 2, 0.375),
            (&[&[4]], 1, 0.0),
            (&[], 1, 0.0),
        ];
        for (lists, k, want) in table {
            let lists: Vec<Vec<Id>> = lists.iter().map(|list| list.to_vec()).collect();
            let have = gini(&lists, &Catalogue { available: &available, categories: &[] }, k);
            assert!((have - want).abs() < 1e-12, "{lists:?} at {k}: {have} is not {want}");
        }
    }
}
