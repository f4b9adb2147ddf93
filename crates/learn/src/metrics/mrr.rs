//! Mean reciprocal rank: how far down the first hit stands.

use super::{Cut, Judged, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// One over the place of the first relevant item within k; 0 where there is none.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "mrr",
        what: "One over the place of the first relevant item within k; 0 where there is none.",
        when: "Where one good item is enough: an answer, a next step, a film for tonight.",
        avoid: "Where users take several items: all after the first hit is ignored.",
        cost: "Linear in k.",
        source: "Voorhees 1999, The TREC-8 question answering track report",
        parameters: &[],
    },
    shape: Shape::PerRequest(mrr),
    tasks: &[Task::Rank],
    k: Cut::Places,
    higher_is_better: true,
    ideal: None,
};

fn mrr(judged: &Judged<'_>, k: usize) -> f64 {
    let first = judged.gains.iter().take(k).position(|gain| *gain > 0.0);
    first.map_or(0.0, |place| 1.0 / (place + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let table: [(&[f32], &[f32], usize, f64); 4] = [
            (&[1.0, 0.0], &[1.0], 2, 1.0),
            (&[0.0, 0.0, 1.0, 1.0], &[1.0, 1.0], 4, 1.0 / 3.0),
            (&[0.0, 0.0, 1.0], &[1.0], 2, 0.0),
            (&[0.0], &[], 1, 0.0),
        ];
        for (gains, relevant, k, want) in table {
            let have = mrr(&Judged { gains, relevant }, k);
            assert!((have - want).abs() < 1e-12, "{gains:?} at {k}: {have} is not {want}");
        }
    }
}
