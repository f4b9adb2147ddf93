//! How a user reacts to a slate: what is looked at, clicked, and watched to which second.

use std::collections::BTreeSet;

use serde_json::json;

use crate::draw::{self, Purpose};
use crate::line::Line;
use crate::people::{DEVICES, index_of, user_id};
use crate::schedule::hour;
use crate::{DAY, Visit};

use super::catalogue::{Video, video_id};
use super::population::Watched;
use super::{ROLES, Site};

/// Name of the event that opens a video.
pub(crate) const CLICK: &str = "click";
/// Name of the event that ends the playing of a video.
pub(crate) const WATCH: &str = "watch";

/// The moment of a request as the user feels it.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) time: i64,
    /// Index into [`DEVICES`], if the device is one of them.
    pub(crate) device: Option<usize>,
}

impl Scene {
    pub(crate) fn of(visit: &Visit) -> Scene {
        let named = visit.context.iter().find(|(name, _)| name == "device");
        let device = named.and_then(|(_, value)| DEVICES.iter().position(|(device, _)| value == device));
        Scene { time: visit.time, device }
    }
}

/// Probability that the user looks at a position, from 0.
pub(crate) fn examination(site: &Site, position: usize) -> f64 {
    (position as f64 + 1.0).powf(-site.settings.position_bias)
}

/// Log-odds of a click on a video that is looked at.
pub(crate) fn click_log_odds(site: &Site, user: usize, video: &Video, scene: Scene) -> f64 {
    let settings = &site.settings;
    let person = &site.users[user];
    let genre = &site.catalogue.genres()[video.genres[0]];
    let age_days = (scene.time.saturating_sub(video.upload)).max(0) as f64 / DAY as f64;
    let stale = -settings.news_decay * video.newsness * (1.0 - (-age_days / 6.0).exp());
    let fresh = 0.3 * (-age_days / 4.0).exp();
    let morning = if (6..10).contains(&hour(scene.time)) { 0.6 * video.newsness } else { 0.0 };
    settings.click_base
        + settings.taste * draw::dot(&person.vector, &video.vector)
        + settings.quality * video.quality
        + settings.clickbait * (2.0 * video.clickbait - 0.67)
        + genre.fashion(scene.time.saturating_sub(settings.start))
        + person.eagerness
        + stale
        + fresh
        + morning
}

/// Log-odds that a clicked video is watched at least half through.
pub(crate) fn finish_log_odds(site: &Site, user: usize, video: &Video, scene: Scene) -> f64 {
    let settings = &site.settings;
    let person = &site.users[user];
    let impatience = match scene.device.map(|device| DEVICES[device].0) {
        Some("phone") => 0.9,
        Some("tv") => 0.1,
        _ => 0.45,
    } - if (19..23).contains(&hour(scene.time)) { 0.15 } else { 0.0 };
    settings.finish_base
        + 0.6 * settings.taste * (draw::dot(&person.vector, &video.vector) - 0.5)
        + settings.quality * video.quality
        - 2.0 * settings.clickbait * (2.0 * video.clickbait - 0.67)
        - impatience * (f64::from(video.seconds) / settings.median_seconds).ln()
        + person.stamina
}

/// One clicked video of a slate.
pub(crate) struct Reaction {
    pub(crate) video: usize,
    pub(crate) lines: [Line; 2],
}

/// What a user does with one video at one position; each draw hangs on the visit and the video alone.
pub(crate) fn to_video(
    site: &Site,
    request: &str,
    user: usize,
    scene: Scene,
    (position, index): (usize, usize),
) -> Option<Reaction> {
    let video = site.catalogue.video(index);
    if video.birth > scene.time {
        return None;
    }
    let key = draw::text_key(request);
    let chance = |purpose| draw::unit(draw::hash(site.seed, purpose, key, index as u64));
    let looks = chance(Purpose::Examine) < examination(site, position);
    if !looks || chance(Purpose::Click) >= draw::logistic(click_log_odds(site, user, &video, scene)) {
        return None;
    }
    // With logistic noise the log-odds of watching half are exactly those of `finish_log_odds`.
    let luck = chance(Purpose::Finish).clamp(1e-9, 1.0 - 1e-9);
    let share = draw::logistic(finish_log_odds(site, user, &video, scene) + (luck / (1.0 - luck)).ln());
    let seconds = (share * f64::from(video.seconds)).round().clamp(1.0, f64::from(video.seconds)) as u32;
    let delay = 2_000 + 1_500 * position.min(99) as i64 + (3_000.0 * chance(Purpose::Delay)) as i64;
    let opened = scene.time.saturating_add(delay);
    let line = |event: &str, time, fields| Line::Interaction {
        roles: ROLES,
        event: event.to_owned(),
        id: format!("{request}-{index}-{event}"),
        time,
        user: user_id(user),
        item: video_id(index),
        request: Some(request.to_owned()),
        fields,
    };
    let closed = opened.saturating_add(1_000 * i64::from(seconds));
    let lines =
        [line(CLICK, opened, Vec::new()), line(WATCH, closed, vec![("seconds".to_owned(), json!(seconds))])];
    Some(Reaction { video: index, lines })
}

impl Watched {
    /// The clicks and watches that a slate earns, in time order; what was watched is remembered.
    pub(crate) fn react_to(
        &mut self,
        site: &Site,
        request: &str,
        user: usize,
        scene: Scene,
        slate: &[Option<usize>],
    ) -> Vec<Line> {
        let mut seen = BTreeSet::new();
        let mut lines = Vec::new();
        for (position, video) in slate.iter().enumerate() {
            let Some(video) = video else { continue };
            if !seen.insert(*video) || self.has_watched(user, *video) {
                continue;
            }
            if let Some(reaction) = to_video(site, request, user, scene, (position, *video)) {
                self.note(user, reaction.video);
                lines.extend(reaction.lines);
            }
        }
        lines.sort_by_key(Line::time);
        lines
    }
}

/// See [`super::Videos::relevance`].
pub(crate) fn relevance(site: &Site, visit: &Visit, item: &str) -> Option<f64> {
    let user = site.user(&visit.user)?;
    let video = site.catalogue.video(index_of(item, 'v')?);
    let scene = Scene::of(visit);
    (video.birth <= visit.time).then(|| {
        let click = draw::logistic(click_log_odds(site, user, &video, scene));
        click * draw::logistic(finish_log_odds(site, user, &video, scene))
    })
}

/// Whether a line is a watch of at least half of the video's seconds.
pub(crate) fn is_relevant(site: &Site, line: &Line) -> bool {
    let Line::Interaction { event, item, fields, .. } = line else { return false };
    let watched = fields.iter().find(|(name, _)| name == "seconds").and_then(|(_, value)| value.as_f64());
    let length = index_of(item, 'v').map(|index| site.catalogue.video(index).seconds);
    match (event == WATCH, watched, length) {
        (true, Some(watched), Some(length)) => watched >= 0.5 * f64::from(length),
        _ => false,
    }
}
