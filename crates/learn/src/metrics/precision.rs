//! Precision: how much of what is shown is relevant.

use super::{Cut, Judged, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Share of the first k places that hold a relevant item; an empty place counts as a miss.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "precision",
        what: "Share of the first k places that hold a relevant item; an empty place counts as a miss.",
        when: "Where every place costs attention and there is more that is relevant than places.",
        avoid: "Where few items are relevant: its ceiling is then below 1 and differs by request.",
        cost: "Linear in k.",
        source: "van Rijsbergen 1979, Information Retrieval",
        parameters: &[],
    },
    shape: Shape::PerRequest(precision),
    tasks: &[Task::Rank],
    k: Cut::Places,
    higher_is_better: true,
    ideal: None,
};

fn precision(judged: &Judged<'_>, k: usize) -> f64 {
    if k == 0 { 0.0 } else { judged.hits(k) as f64 / k as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f32], &[f32], usize, f64); 5] = [
            (&[1.0, 0.0, 1.0], &[1.0, 1.0], 3, 2.0 / 3.0),
            (&[1.0, 0.0, 1.0], &[1.0, 1.0], 2, 0.5),
            (&[1.0], &[1.0], 10, 0.1),
            (&[0.0, 0.0], &[1.0], 2, 0.0),
            (&[1.0], &[1.0], 0, 0.0),
        ];
        for (gains, relevant, k, want) in table {
            let have = precision(&Judged { gains, relevant }, k);
            assert!((have - want).abs() < 1e-12, "{gains:?} at {k}: {have} is not {want}");
        }
    }
}
