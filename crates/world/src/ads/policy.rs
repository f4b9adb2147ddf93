//! Which ads may be shown at a request, and the logging policy that chooses among them.

use rand::RngExt;

use crate::DAY;
use crate::draw::{self, Purpose};

use super::Site;
use super::page::FORMATS;

/// How sharply the policy prefers what it thinks is best: it picks in proportion to (bid x estimate)^this.
const SHARPNESS: f64 = 1.5;

/// The ads among which a request may choose: a random part of those that run, in a random order.
pub(crate) fn eligible(site: &Site, time: i64, number: usize) -> Vec<usize> {
    let mut ads: Vec<usize> = site.inventory.running(time).collect();
    let mut stream = draw::stream(site.seed, Purpose::Eligible, number as u64);
    let kept = (site.settings.eligible as usize).min(ads.len());
    for at in 0..kept {
        let other = stream.random_range(at..ads.len());
        ads.swap(at, other);
    }
    ads.truncate(kept);
    ads
}

/// Fills the slots from the top: at random in a share of cases, else in proportion to a power of bid x
/// estimate. With each ad comes its propensity: the probability that this slot got it, given the eligible ads
/// and the slots above.
pub(crate) fn slate(
    site: &Site,
    time: i64,
    number: usize,
    eligible: &[usize],
    slots: usize,
) -> Vec<(usize, f64)> {
    let explore = site.settings.explore;
    let mut stream = draw::stream(site.seed, Purpose::Auction, number as u64);
    let mut left: Vec<(usize, f64)> = eligible.iter().map(|&ad| (ad, weight(site, ad, time))).collect();
    let mut slate = Vec::new();
    while slate.len() < slots && !left.is_empty() {
        let even = 1.0 / left.len() as f64;
        let sum: f64 = left.iter().map(|(_, weight)| weight).sum();
        let running =
            draw::running(left.iter().map(|(_, weight)| explore * even + (1.0 - explore) * weight / sum));
        let at = draw::pick(&running, stream.random());
        let below = if at == 0 { 0.0 } else { running[at - 1] };
        slate.push((left[at].0, running[at] - below));
        left.remove(at);
    }
    slate
}

/// (bid x estimate)^sharpness. The estimate is crude: half of what is special about the ad, with noise that
/// is drawn anew each day.
fn weight(site: &Site, index: usize, time: i64) -> f64 {
    let ad = site.inventory.ad(index);
    let day = time.div_euclid(DAY) as u64;
    let noise = draw::unit(draw::hash(site.seed, Purpose::Estimate, index as u64, day)) - 0.5;
    // An even draw has a standard deviation of 1 / sqrt(12).
    let noise = site.settings.policy_noise * 12f64.sqrt() * noise;
    let estimate = 0.5 * (site.settings.appeal * ad.appeal + FORMATS[ad.format].1) + noise;
    (SHARPNESS * (ad.bid.ln() + estimate)).exp()
}
