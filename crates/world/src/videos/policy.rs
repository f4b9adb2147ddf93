//! The logging policy: what the site showed before anyone ranked with care.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::draw::{self, Purpose};
use crate::schedule::Call;
use crate::{DAY, HOUR};

use super::Site;
use super::population::Watched;

/// Videos of which the taste pick takes the best.
const TASTE_FIELD: usize = 100;
/// Standard deviation of the noise on the cosine that the taste pick sees.
const TASTE_NOISE: f64 = 0.2;
/// Clicks' worth of weight that every video has in the popular pick, and a new one on top.
const FLOOR: f64 = 0.3;
const NEW_BONUS: f64 = 2.0;
const NEW_DAYS: i64 = 3;
/// Tries to fill a position at random before the first video that fits is taken.
const TRIES: usize = 40;

/// Fills each position on its own: popular (by clicks that fade), by taste, or at random.
pub(crate) struct Policy {
    clicks: Vec<f64>,
    running: Vec<f64>,
    refreshed: Option<i64>,
    kinds: Vec<f64>,
}

impl Policy {
    pub(crate) fn new(site: &Site) -> Policy {
        let settings = &site.settings;
        let mut kinds = vec![settings.policy_popular, settings.policy_taste, settings.policy_random];
        if kinds.iter().sum::<f64>() <= 0.0 {
            kinds = vec![0.0, 0.0, 1.0];
        }
        let kinds = draw::running(kinds.into_iter());
        Policy { clicks: Vec::new(), running: Vec::new(), refreshed: None, kinds }
    }

    /// Counts a click for the popular pick.
    pub(crate) fn count(&mut self, video: usize) {
        if let Some(clicks) = self.clicks.get_mut(video) {
            *clicks += 1.0;
        }
    }

    /// The slate for one call: no video twice, none that the user has watched, each born before.
    pub(crate) fn slate(&mut self, site: &Site, watched: &Watched, call: &Call, number: usize) -> Vec<usize> {
        let born = site.catalogue.born_by(call.time);
        self.refresh(site, call.time, born);
        let mut stream = draw::stream(site.seed, Purpose::Policy, number as u64);
        let mut slate: Vec<usize> = Vec::new();
        for _ in 0..site.settings.slate {
            let fits = |video: usize| !slate.contains(&video) && !watched.has_watched(call.user, video);
            let tried = match draw::pick(&self.kinds, stream.random()) {
                0 => first_fit(|| draw::pick(&self.running, stream.random()), &fits),
                1 => by_taste(site, call.user, born, &fits, &mut stream),
                _ => first_fit(|| stream.random_range(0..born), &fits),
            };
            match tried.or_else(|| (0..born).find(|video| fits(*video))) {
                Some(video) => slate.push(video),
                None => break,
            }
        }
        slate
    }

    /// Once an hour old clicks fade and new videos enter.
    fn refresh(&mut self, site: &Site, time: i64, born: usize) {
        if self.refreshed.is_some_and(|last| time - last < HOUR) {
            return;
        }
        let days = self.refreshed.map_or(0.0, |last| (time - last) as f64 / DAY as f64);
        let fade = 0.5f64.powf(days / site.settings.popular_half_life);
        self.clicks.resize(born, 0.0);
        self.clicks.iter_mut().for_each(|clicks| *clicks *= fade);
        self.running = draw::running(self.clicks.iter().enumerate().map(|(index, clicks)| {
            let is_new = time - site.catalogue.video(index).upload < NEW_DAYS * DAY;
            clicks + FLOOR + if is_new { NEW_BONUS } else { 0.0 }
        }));
        self.refreshed = Some(time);
    }
}

fn first_fit(draw: impl FnMut() -> usize, fits: &impl Fn(usize) -> bool) -> Option<usize> {
    std::iter::repeat_with(draw).take(TRIES).find(|video| fits(*video))
}

/// The best of a field of random videos, in a noisy view of what the user likes.
fn by_taste(
    site: &Site,
    user: usize,
    born: usize,
    fits: &impl Fn(usize) -> bool,
    stream: &mut ChaCha8Rng,
) -> Option<usize> {
    let mut best = None;
    for _ in 0..TASTE_FIELD {
        let video = stream.random_range(0..born);
        if !fits(video) {
            continue;
        }
        let noise = TASTE_NOISE * draw::normal(stream);
        let score = draw::dot(&site.users[user].vector, &site.catalogue.video(video).vector) + noise;
        if best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, video));
        }
    }
    best.map(|(_, video)| video)
}
