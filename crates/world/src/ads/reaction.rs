//! What a user does with the ads shown: clicks, hides, and conversions days later.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::DAY;
use crate::draw::{self, Purpose};
use crate::line::Line;
use crate::people::user_id;

use super::inventory::ad_id;
use super::page::PLACEMENTS;
use super::{ROLES, Scene, Site, truth};

/// Name of the event that a click is.
pub(crate) const CLICK: &str = "click";

/// The lines that the ads shown earn, in time order; each draw hangs on the visit and the ad alone.
///
/// Only as many ads are seen as the placement has slots. What is none of the `eligible` ads takes up its
/// slot.
pub(crate) fn react(
    site: &Site,
    request: &str,
    user: usize,
    scene: Scene,
    shown: &[Option<usize>],
) -> Vec<Line> {
    let slots = scene.placement.map_or(usize::MAX, |placement| PLACEMENTS[placement].slots);
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for (slot, ad) in shown.iter().take(slots).enumerate() {
        let Some(ad) = ad.filter(|ad| seen.insert(*ad)) else { continue };
        to_ad(site, request, user, scene, (slot, ad), &mut lines);
    }
    lines.sort_by_key(Line::time);
    lines
}

fn to_ad(
    site: &Site,
    request: &str,
    user: usize,
    scene: Scene,
    (slot, index): (usize, usize),
    lines: &mut Vec<Line>,
) {
    let ad = site.inventory.ad(index);
    let key = draw::text_key(request);
    let chance = |purpose| draw::unit(draw::hash(site.seed, purpose, key, index as u64));
    if chance(Purpose::Examine) >= truth::examination(site, slot) {
        return;
    }
    let line = |event: &str, time, fields: Vec<(String, Value)>| Line::Interaction {
        roles: ROLES,
        event: event.to_owned(),
        id: format!("{request}-{index}-{event}"),
        time,
        user: user_id(user),
        item: ad_id(index),
        request: Some(request.to_owned()),
        fields,
    };
    let wait = |purpose, mean: f64| (-mean * (1.0 - chance(purpose)).ln()) as i64;
    let looked = scene.time.saturating_add(1_500 + 1_500 * slot as i64 + wait(Purpose::Delay, 25_000.0));
    if chance(Purpose::Click) >= draw::logistic(truth::click_log_odds(site, user, &ad, scene)) {
        if chance(Purpose::Hide) < truth::hides(site, user, &ad) {
            lines.push(line("hide", looked, Vec::new()));
        }
        return;
    }
    lines.push(line(CLICK, looked, Vec::new()));
    if chance(Purpose::Convert) < truth::conversion(site, user, &ad) {
        let days = site.settings.conversion_days * DAY as f64;
        let bought = looked.saturating_add(60_000 + wait(Purpose::ConvertDelay, days));
        let worth = 20.0 * ad.bid * (1.6 * (chance(Purpose::Value) - 0.5)).exp();
        let value = (worth * 100.0).round() / 100.0;
        lines.push(line("conversion", bought, vec![("value".to_owned(), json!(value))]));
    }
}
