//! Which found boxes hit which of those that are there, and from which score on it pays to act.

use rankine_learn::algorithms::detectors::Found;
use rankine_learn::{Area, Marked};

use crate::problem::Decide;

/// The overlap from which a box counts as found (Everingham et al. 2010).
pub(super) const RIGHT: f32 = 0.5;

/// No score reaches it.
const NEVER: f64 = 2.0;

/// For each found box, the best score first, the place of the box that it hits: the one that it overlaps most
/// among those that none better took. Returned in the order given.
pub(super) fn matches(found: &[(Area, f32)], truth: &[Area]) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|one, other| found[*other].1.total_cmp(&found[*one].1).then(one.cmp(other)));
    let mut taken = vec![false; truth.len()];
    let mut hits = vec![None; found.len()];
    for at in order {
        let mut best: Option<(f32, usize)> = None;
        for (place, there) in truth.iter().enumerate().filter(|(place, _)| !taken[*place]) {
            let overlap = found[at].0.overlap(there);
            if overlap >= RIGHT && best.is_none_or(|(most, _)| overlap > most) {
                best = Some((overlap, place));
            }
        }
        if let Some((_, place)) = best {
            (taken[place], hits[at]) = (true, Some(place));
        }
    }
    hits
}

/// The boxes of one class, of those found in a picture.
fn of_class(found: &[Found], class: usize) -> Vec<(Area, f32)> {
    let own = found.iter().filter(|found| found.class as usize == class);
    own.map(|found| (found.area, found.score)).collect()
}

/// The boxes found of a class in all pictures, each with its score and whether it is a hit; and how many there
/// are to hit.
pub(super) fn scored<'p>(
    pictures: impl Iterator<Item = (&'p [Found], &'p [Marked])>,
    class: usize,
) -> (Vec<(f32, bool)>, usize) {
    let (mut scored, mut truths) = (Vec::new(), 0);
    for (found, truth) in pictures {
        let own = of_class(found, class);
        let there = truth.iter().filter(|marked| marked.class as usize == class);
        let there: Vec<Area> = there.map(|marked| marked.area).collect();
        truths += there.len();
        let hits = matches(&own, &there);
        scored.extend(own.iter().zip(hits).map(|((_, score), hit)| (*score, hit.is_some())));
    }
    (scored, truths)
}

/// From which score on a class's boxes are acted on: where `act` asks for a share that must be right, the
/// least score that keeps it; otherwise the score at which what is missed and what is wrong cost least.
///
/// `scored` are the boxes of all validation pictures with whether each is a hit, `truths` how many are there.
pub(super) fn threshold(decide: &Decide, scored: &[(f32, bool)], truths: usize) -> f64 {
    let mut order = scored.to_vec();
    order.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut hits, mut all) = (0, 0);
    let cost = |hits: usize, all: usize| {
        (truths - hits.min(truths)) as f64 * decide.cost_missed + (all - hits) as f64 * decide.cost_wrong
    };
    let (mut best, mut least) = (NEVER, cost(0, 0));
    for tied in order.chunk_by(|one, other| one.0 == other.0) {
        hits += tied.iter().filter(|(_, hit)| *hit).count();
        all += tied.len();
        let score = f64::from(tied[0].0);
        match decide.act {
            Some(share) if hits as f64 >= share * all as f64 => best = score,
            Some(_) => {}
            None if cost(hits, all) < least => (best, least) = (score, cost(hits, all)),
            None => {}
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: f32) -> Area {
        Area { left, top: 0.0, right: left + 10.0, bottom: 10.0 }
    }

    #[test]
    fn each_truth_is_hit_once_and_by_the_best_score() {
        let truth = [area(0.0), area(20.0)];
        let found = [(area(1.0), 0.3), (area(0.0), 0.9), (area(21.0), 0.5), (area(50.0), 0.8)];
        assert_eq!(matches(&found, &truth), [None, Some(0), Some(1), None]);
        assert!(matches(&[], &truth).is_empty());
    }

    #[test]
    fn thresholds_follow_the_costs_of_both_mistakes() {
        // Six are there; what is found: right, right, wrong, right, wrong, wrong.
        let scored = [(0.9, true), (0.8, true), (0.7, false), (0.6, true), (0.5, false), (0.4, false)];
        let decide = |missed: f64, wrong: f64, act: Option<f64>| Decide {
            cost_missed: missed,
            cost_wrong: wrong,
            act,
            ..Decide::default()
        };
        for (decide, want) in [
            (decide(1.0, 2.0, None), 0.8),
            (decide(10.0, 1.0, None), 0.6),
            (decide(1.0, 1000.0, None), 0.8),
            (decide(0.0, 1.0, None), NEVER),
            (decide(1.0, 1.0, Some(0.99)), 0.8),
            (decide(1.0, 1.0, Some(0.75)), 0.6),
            (decide(1.0, 1.0, Some(0.5)), 0.4),
        ] {
            let have = threshold(&decide, &scored, 6);
            assert!((have - want).abs() < 1e-6, "{decide:?}: {have}");
        }
        assert_eq!(threshold(&decide(1.0, 1.0, None), &[], 0), NEVER);
        assert_eq!(threshold(&decide(1.0, 1.0, None), &[(0.5, false)], 0), NEVER);
    }
}
