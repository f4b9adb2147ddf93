//! Diversity: how unlike each other the items of one list are.

use super::{Catalogue, Cut, Metric, Shape, jaccard};
use crate::card::Card;
use crate::log::Id;
use crate::task::Task;

/// Mean, over lists, of 1 - Jaccard similarity of the categories of each pair in the first k places.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "diversity",
        what: "Mean, over lists, of 1 - Jaccard similarity of the categories of each pair in the first k places.",
        when: "Beside an accuracy metric where a list is seen at once, and to see what a reranker bought.",
        avoid: "Where one list should be of one kind, such as a search for it.",
        cost: "Requests x k² x categories an item.",
        source: "Smyth and McClave 2001, Similarity vs. diversity; Ziegler et al. 2005, Improving recommendation lists",
        parameters: &[],
    },
    shape: Shape::OverAll(diversity),
    tasks: &[Task::Rank],
    k: Cut::Places,
    higher_is_better: true,
    ideal: None,
};

fn diversity(lists: &[Vec<Id>], catalogue: &Catalogue<'_>, k: usize) -> f64 {
    let values: Vec<f64> = lists.iter().filter_map(|list| within(list, catalogue, k)).collect();
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The mean over the pairs of a list; items without categories say nothing and are left out.
fn within(list: &[Id], catalogue: &Catalogue<'_>, k: usize) -> Option<f64> {
    let categories = |item: &Id| catalogue.categories.get(*item as usize).filter(|set| !set.is_empty());
    let sets: Vec<&Vec<u32>> = list.iter().take(k).filter_map(categories).collect();
    let mut sum = 0.0;
    for (at, set) in sets.iter().enumerate() {
        sum += sets[at + 1..].iter().map(|other| 1.0 - jaccard(set, other)).sum::<f64>();
    }
    let pairs = sets.len() * sets.len().saturating_sub(1) / 2;
    (pairs > 0).then(|| sum / pairs as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let categories = [vec![1, 2], vec![2, 3], vec![4], vec![], vec![1, 2]];
        let table: [(&[&[Id]], usize, f64); 7] = [
            (&[&[0, 4]], 2, 0.0),
            (&[&[0, 2]], 2, 1.0),
            (&[&[0, 1]], 2, 2.0 / 3.0),
            (&[&[0, 1, 2]], 3, (2.0 / 3.0 + 1.0 + 1.0) / 3.0),
            (&[&[0, 2, 4]], 2, 1.0),
            // A list with fewer than two items that have categories is not counted.
            (&[&[0, 2], &[0, 3], &[9], &[0, 4]], 2, 0.5),
            (&[], 2, 0.0),
        ];
        for (lists, k, want) in table {
            let lists: Vec<Vec<Id>> = lists.iter().map(|list| list.to_vec()).collect();
            let have = diversity(&lists, &Catalogue { available: &[], categories: &categories }, k);
            assert!((have - want).abs() < 1e-12, "{lists:?} at {k}: {have} is not {want}");
        }
    }
}
