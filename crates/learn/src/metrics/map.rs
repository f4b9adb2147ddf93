//! Mean average precision: precision at every hit.

use super::{Cut, Judged, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Mean, over the relevant items that fit into k places, of the precision down to each that was found.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "map",
        what: "Mean, over the relevant items that fit into k places, of the precision down to each that was found.",
        when: "Where several items are relevant, all alike, and high places count more.",
        avoid: "With graded labels: it sees only relevant or not.",
        cost: "Linear in k.",
        source: "Buckley and Voorhees 2000, Evaluating evaluation measure stability",
        parameters: &[],
    },
    shape: Shape::PerRequest(map),
    tasks: &[Task::Rank],
    k: Cut::Places,
    higher_is_better: true,
    ideal: None,
};

fn map(judged: &Judged<'_>, k: usize) -> f64 {
    let best = judged.relevant.len().min(k);
    let (mut hits, mut sum) = (0usize, 0.0);
    for (place, gain) in judged.gains.iter().take(k).enumerate() {
        if *gain > 0.0 {
            hits += 1;
            sum += hits as f64 / (place + 1) as f64;
        }
    }
    if best == 0 { 0.0 } else { (sum / best as f64).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f32], &[f32], usize, f64); 5] = [
            (&[1.0, 1.0, 0.0], &[1.0, 1.0], 3, 1.0),
            (&[1.0, 0.0, 1.0], &[1.0, 1.0], 3, (1.0 + 2.0 / 3.0) / 2.0),
            (&[0.0, 1.0], &[1.0, 1.0, 1.0], 2, 0.25),
            (&[1.0], &[1.0, 1.0, 1.0], 1, 1.0),
            (&[0.0], &[], 1, 0.0),
        ];
        for (gains, relevant, k, want) in table {
            let have = map(&Judged { gains, relevant }, k);
            assert!((have - want).abs() < 1e-12, "{gains:?} at {k}: {have} is not {want}");
        }
    }
}
