//! Normalised discounted cumulative gain: what is good should stand high, and the best highest.

use super::{Cut, Judged, Metric, Shape};
use crate::card::Card;
use crate::task::Task;

/// Discounted gain of the first k places, relative to the best possible order.
pub(super) static METRIC: Metric = Metric {
    card: Card {
        name: "ndcg",
        what: "Discounted gain of the first k places, relative to the best possible order.",
        when: "The main metric of a ranked list: counts places and grades.",
        avoid: "Where only the first hit matters (mrr), or where the list feeds another stage (recall).",
        cost: "Linear in k.",
        source: "Järvelin and Kekäläinen 2002, Cumulated gain-based evaluation; gain 2^g - 1 of Burges et al. 2005",
        parameters: &[],
    },
    shape: Shape::PerRequest(ndcg),
    tasks: &[Task::Rank],
    k: Cut::Places,
    higher_is_better: true,
    ideal: None,
};

fn ndcg(judged: &Judged<'_>, k: usize) -> f64 {
    let ideal = discounted(judged.relevant, k);
    if ideal > 0.0 { (discounted(judged.gains, k) / ideal).min(1.0) } else { 0.0 }
}

fn discounted(gains: &[f32], k: usize) -> f64 {
    let term = |(place, gain): (usize, &f32)| (f64::from(*gain).exp2() - 1.0) / (place as f64 + 2.0).log2();
    gains.iter().take(k).enumerate().map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_by_hand() {
        let third = 1.0 / 3f64.log2();
        let table: [(&[f32], &[f32], usize, f64); 7] = [
            (&[1.0, 0.0], &[1.0], 2, 1.0),
            (&[0.0, 1.0], &[1.0], 2, third),
            (&[0.0, 0.0, 1.0], &[1.0], 2, 0.0),
            (&[0.0, 0.0, 1.0], &[1.0], 3, 0.5),
            (&[1.0, 0.0], &[1.0, 1.0], 2, 1.0 / (1.0 + third)),
            // Grades 2 and 1 gain 3 and 1; in the wrong order 1 + 3/log2(3) of 3 + 1/log2(3).
            (&[1.0, 2.0], &[2.0, 1.0], 2, (1.0 + 3.0 * third) / (3.0 + third)),
            (&[0.0], &[], 1, 0.0),
        ];
        for (gains, relevant, k, want) in table {
            let have = ndcg(&Judged { gains, relevant }, k);
            assert!((have - want).abs() < 1e-12, "{gains:?} at {k}: {have} is not {want}");
        }
    }
}
