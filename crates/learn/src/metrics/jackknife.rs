//! A jackknife over blocks of whole clusters: what each block gives to a metric that is one number.
//!
//! AUC, calibration or average precision of boxes have no value for a single example, but they change when
//! some examples are left out. The pseudo-value of block b is B x theta - (B - 1) x theta without b
//! (Tukey 1958; in blocks Shao and Wu 1989): for a mean it is the block's own mean, and in general it
//! behaves like one. [`crate::verdict`] takes pseudo-values for values and blocks for users.

use rayon::prelude::*;

use crate::random::hash;

/// Blocks that are left out in turn; fewer where there are fewer clusters.
pub const BLOCKS: usize = 100;

/// Which hash deals clusters to blocks: always the same, so that runs on the same data agree.
const SEED: u64 = 0x6a61_636b_6b6e_6966;

/// Units (examples, pictures) in blocks of whole clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// The block of each unit, from 0.
    pub of: Vec<u32>,
    /// How many blocks there are.
    pub count: usize,
    /// How many clusters there are.
    pub clusters: usize,
}

impl Blocks {
    /// Deals clusters, such as users, to blocks like cards, in an order that tells nothing about them.
    pub fn new(clusters: &[u32]) -> Blocks {
        let mut known = clusters.to_vec();
        known.sort_unstable();
        known.dedup();
        let mut order: Vec<(u64, usize)> = known
            .iter()
            .enumerate()
            .map(|(number, cluster)| (hash(SEED, &[u64::from(*cluster)]), number))
            .collect();
        order.sort_unstable();
        let count = BLOCKS.min(known.len());
        let mut block = vec![0; known.len()];
        for (place, (_, number)) in order.into_iter().enumerate() {
            block[number] = (place % count) as u32;
        }
        let of = |cluster: &u32| known.binary_search(cluster).map_or(0, |number| block[number]);
        Blocks { of: clusters.iter().map(of).collect(), count, clusters: known.len() }
    }
}

/// The values of each of `contenders`, one for each of `blocks`: pseudo-values, shifted so that their mean is
/// the metric itself, which is what is reported, and not its estimate with less bias.
///
/// `value(contender, without)` is the metric of a contender without the units of a block, or of all. A
/// contender whose metric is undefined has not-a-number in all blocks. Where leaving out a block makes the
/// metric undefined, as when it holds all positive labels, nobody knows how it would be with other users: the
/// answer then has one block instead of all, of which [`crate::verdict::estimate`] makes the whole line.
pub fn pseudo_values(
    contenders: usize,
    blocks: usize,
    value: impl Fn(usize, Option<u32>) -> f64 + Sync,
) -> Vec<Vec<f64>> {
    let whole: Vec<f64> = (0..contenders).into_par_iter().map(|contender| value(contender, None)).collect();
    // In the order of the work, whatever thread does it.
    let rests: Vec<f64> = (0..contenders * blocks)
        .into_par_iter()
        .map(|at| {
            let (contender, block) = (at / blocks, (at % blocks) as u32);
            if whole[contender].is_nan() { f64::NAN } else { value(contender, Some(block)) }
        })
        .collect();
    let rest = |contender: usize| &rests[contender * blocks..(contender + 1) * blocks];
    let known =
        |contender: usize| whole[contender].is_nan() || !rest(contender).iter().any(|rest| rest.is_nan());
    if blocks < 2 || !(0..contenders).all(known) {
        return whole.into_iter().map(|whole| vec![whole; blocks.min(1)]).collect();
    }
    let spread = |contender: usize| {
        let mean = rest(contender).iter().sum::<f64>() / blocks as f64;
        let one = |rest: &f64| whole[contender] + (blocks as f64 - 1.0) * (mean - rest);
        rest(contender).iter().map(one).collect()
    };
    (0..contenders).map(spread).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_whole_clusters_and_equal_numbers_of_them() {
        let clusters: Vec<u32> = (0..1000u32).map(|unit| unit * 7919 % 250).collect();
        let blocks = Blocks::new(&clusters);
        assert_eq!((blocks.count, blocks.clusters), (100, 250));
        let mut of = vec![None; 250];
        for (cluster, block) in clusters.iter().zip(&blocks.of) {
            assert_eq!(*of[*cluster as usize].get_or_insert(*block), *block);
        }
        for block in 0..100 {
            let held = of.iter().filter(|own| **own == Some(block)).count();
            assert!((2..=3).contains(&held), "block {block} holds {held}");
        }
    }

    #[test]
    fn few_clusters_are_a_block_each() {
        let blocks = Blocks::new(&[9, 4, 9, u32::MAX]);
        assert_eq!((blocks.count, blocks.of[0] == blocks.of[2]), (3, true));
        let mut distinct = blocks.of;
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct, [0, 1, 2]);
        assert_eq!(Blocks::new(&[]), Blocks { of: Vec::new(), count: 0, clusters: 0 });
    }

    #[test]
    fn for_a_mean_they_are_the_values_themselves() {
        let own = [3.0, 1.0, 8.0];
        let mean = |_, without: Option<u32>| {
            let kept: Vec<f64> =
                (0..3u32).filter(|at| Some(*at) != without).map(|at| own[at as usize]).collect();
            kept.iter().sum::<f64>() / kept.len() as f64
        };
        for (have, want) in pseudo_values(1, 3, mean)[0].iter().zip(own) {
            assert!((have - want).abs() < 1e-12, "{have} is not {want}");
        }
    }

    #[test]
    fn an_undefined_metric_is_its_own_affair_an_undefined_rest_is_everybodys() {
        let made = pseudo_values(2, 3, |contender, _| if contender == 0 { f64::NAN } else { 5.0 });
        assert!(made[0].iter().all(|value| value.is_nan()) && made[0].len() == 3);
        assert_eq!(made[1], [5.0; 3]);
        let odd = |contender, without| match (contender, without) {
            (0, Some(1)) => f64::NAN,
            _ => 2.0,
        };
        assert_eq!(pseudo_values(2, 3, odd), [[2.0], [2.0]]);
        assert_eq!(pseudo_values(2, 0, |_, _| f64::NAN), [Vec::<f64>::new(), Vec::new()]);
    }
}
