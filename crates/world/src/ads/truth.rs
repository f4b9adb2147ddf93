//! The truth: how likely a user clicks an ad, hides it, and buys after a click.

use crate::DAY;
use crate::draw::{self, Purpose};

use super::inventory::Ad;
use super::page::{FORMATS, PLACEMENTS};
use super::{Scene, Site};

/// Tables of the crosses, in standard deviations: what two fields bring together beyond what each brings
/// alone.
pub(crate) struct Crosses {
    advertiser_placement: Table,
    category_country: Table,
    device_format: Table,
    category_hour: Table,
}

/// Random standard normal cells, drawn from their keys when asked for: advertisers may be many.
struct Table {
    seed: u64,
    which: u64,
}

impl Table {
    fn at(&self, row: usize, column: usize) -> f64 {
        let key = (self.which << 56) ^ row as u64;
        let at = |side| draw::unit(draw::hash(self.seed, Purpose::Cross, key, ((column as u64) << 1) | side));
        // Box and Muller 1958, from two hashed draws.
        (-2.0 * (1.0 - at(0)).ln()).sqrt() * (std::f64::consts::TAU * at(1)).cos()
    }
}

impl Crosses {
    pub(crate) fn new(seed: u64) -> Crosses {
        let table = |which| Table { seed, which };
        Crosses {
            advertiser_placement: table(1),
            category_country: table(2),
            device_format: table(3),
            category_hour: table(4),
        }
    }
}

/// Probability that the user looks at a slot, from 0.
pub(crate) fn examination(site: &Site, slot: usize) -> f64 {
    (slot as f64 + 1.0).powf(-site.settings.position_bias)
}

/// Log-odds of a click on an ad that is looked at.
pub(crate) fn click_log_odds(site: &Site, user: usize, ad: &Ad, scene: Scene) -> f64 {
    let settings = &site.settings;
    let person = &site.users[user];
    let crosses = &site.crosses;
    let placed = scene.placement.map_or(0.0, |placement| {
        PLACEMENTS[placement].lift
            + settings.crosses * crosses.advertiser_placement.at(ad.advertiser, placement)
    });
    let device =
        scene.device.map_or(0.0, |device| settings.crosses * crosses.device_format.at(device, ad.format));
    site.click_base
        + FORMATS[ad.format].1
        + settings.appeal * ad.appeal
        + settings.interest * draw::dot(&person.vector, &ad.vector)
        + settings.crosses * crosses.category_country.at(ad.category, person.country)
        + placed
        + device
        + person.eagerness
        + settings.drift * (swing(site, ad.advertiser, scene.time) + day_part(site, ad.category, scene.time))
}

/// Probability that a clicked ad leads to a conversion.
pub(crate) fn conversion(site: &Site, user: usize, ad: &Ad) -> f64 {
    let landing = draw::unit(draw::hash(site.seed, Purpose::Landing, ad.advertiser as u64, 0));
    let matched = draw::dot(&site.users[user].vector, &ad.vector);
    draw::logistic(site.settings.conversion_base + 2.0 * (landing - 0.5) + matched)
}

/// Probability that an ad that was looked at and not clicked is hidden.
pub(crate) fn hides(site: &Site, user: usize, ad: &Ad) -> f64 {
    let matched = draw::dot(&site.users[user].vector, &ad.vector);
    draw::logistic(site.settings.hide_base - 2.0 * matched)
}

/// The fashion of an advertiser: two waves of 1.5 to 9 days, with a standard deviation of about 1 together.
fn swing(site: &Site, advertiser: usize, time: i64) -> f64 {
    let days = time.saturating_sub(site.settings.start) as f64 / DAY as f64;
    let wave = |which: u64, shortest: f64, longest: f64| {
        let draw =
            |part| draw::unit(draw::hash(site.seed, Purpose::Swing, advertiser as u64, (which << 1) | part));
        let period = shortest + (longest - shortest) * draw(0);
        (std::f64::consts::TAU * (days / period + draw(1))).sin()
    };
    wave(0, 1.5, 4.0) + wave(1, 4.0, 9.0)
}

/// What the hour brings to a category, in four parts of the day that flow into one another.
fn day_part(site: &Site, category: usize, time: i64) -> f64 {
    let at = time.rem_euclid(DAY) as f64 / DAY as f64 * 4.0;
    let (part, share) = (at as usize % 4, at.fract());
    let cell = |part: usize| site.crosses.category_hour.at(category, part % 4);
    (1.0 - share) * cell(part) + share * cell(part + 1)
}
