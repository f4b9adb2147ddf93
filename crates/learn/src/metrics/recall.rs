//! Recall: how much of what is relevant was found.

use super::{Cut, Judged, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Share of the relevant items that stand in the first k places.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "recall",
        what: "Share of the relevant items that stand in the first k places.",
        when: "For retrieval, where a later stage orders what was found: what is missed here is lost.",
        avoid: "As the only metric of what users see: the order within k does not count.",
        cost: "Linear in k.",
        source: "van Rijsbergen 1979, Information Retrieval",
        parameters: &[],
    },
    shape: Shape::PerRequest(recall),
    tasks: &[Task::Rank],
    k: Cut::Places,
    higher_is_better: true,
    ideal: None,
};

fn recall(judged: &Judged<'_>, k: usize) -> f64 {
    let relevant = judged.relevant.len();
    if relevant == 0 { 0.0 } else { (judged.hits(k) as f64 / relevant as f64).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f32], &[f32], usize, f64); 5] = [
            (&[1.0, 0.0, 1.0], &[1.0, 1.0], 3, 1.0),
            (&[1.0, 0.0, 1.0], &[1.0, 1.0], 2, 0.5),
            (&[1.0], &[1.0, 1.0, 1.0, 1.0], 10, 0.25),
            (&[0.0, 0.0], &[1.0], 2, 0.0),
            (&[], &[], 5, 0.0),
        ];
        for (gains, relevant, k, want) in table {
            let have = recall(&Judged { gains, relevant }, k);
            assert!((have - want).abs() < 1e-12, "{gains:?} at {k}: {have} is not {want}");
        }
    }
}
