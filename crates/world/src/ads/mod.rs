//! Ads on pages: slates chosen by bid and probability of a click, ads that come and go, late conversions.
//!
//! # What is true in the world
//!
//! **Ads.** `ads` run at any time and each runs for `1 / churn` days, one being replaced at a time. An ad has
//! fields (advertiser, category, format, size, bid) and what no field tells: its appeal, and a direction in a
//! space of interests that is mostly its own. Advertisers and categories stay.
//!
//! **Users.** Many come seldom. Interests follow from the country and the age in the larger part; the rest,
//! and how eager somebody clicks, only their own history tells.
//!
//! **A click** needs two independent things. Slot k is looked at with probability k^-`position_bias` (the
//! examination hypothesis; Richardson et al. 2007). An ad looked at is clicked with log-odds
//!
//! ```text
//! click_base + format + placement
//!   + appeal * a + interest * cosine(user, ad)                                  told by ids only
//!   + crosses * (advertiser x placement + category x country + device x format) told by fields
//!   + drift * (waves of the advertiser + category x part of the day) + eagerness(user)
//! ```
//!
//! where the crosses are standard normal and the waves last 1.5 to 9 days, so that a stale model loses. The
//! base is what makes the log's click rate `click_rate`.
//!
//! **The turn.** Where ads live long (`churn` near 0), what was counted or learned for an id counts until the
//! end: ids and their interactions with country and age win. Where most ads are replaced within days, an id
//! has no history when it matters, and crosses of the fields that stay win.
//!
//! **After a click** a conversion may follow, some with days of delay (exponential, `conversion_days`); in
//! the log those that would come after its end are missing, and they come afterwards as events. An ad that
//! was looked at may be hidden instead, more likely where the interests do not match.
//!
//! **A request** may choose among `eligible` random ads that run (`Visit::pool`), and shows as many as its
//! placement has slots; what a contender names beyond them is not seen.
//!
//! **The logging policy** fills the slots from the top: at random with probability `explore`, otherwise in
//! proportion to a power of bid x a crude estimate. The context of a logged request has `propensity`: for
//! each ad shown the probability that its slot got it, given the eligible ads and the slots above; and, with
//! `log_eligible`, the eligible ads.

mod audience;
mod inventory;
mod log;
mod page;
mod policy;
mod reaction;
mod settings;
mod truth;

use std::sync::Arc;

use audience::User;
use inventory::Inventory;
use page::{DEVICES, PLACEMENTS, found};
use truth::Crosses;

pub use settings::Settings;

use crate::kind::{Kind, Recipe, identity, outside, reader};
use crate::line::{Line, Roles};
use crate::people::index_of;
use crate::{DAY, Moment, Population, Visit, World, draw};

/// The entry of the list of kinds.
pub static KIND: Kind = Kind {
    name: "ads",
    what: "Ads on pages: clicks are rare, ads come and go, conversions come late, a click pays its bid.",
    roles: ROLES,
    read: reader::<Settings>,
    preset: || Box::new(Settings::default()),
};

pub(crate) const ROLES: Roles = Roles { asks: "user", shown: "ad" };

impl Recipe for Settings {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn build(&self, seed: u64) -> Box<dyn World> {
        Box::new(Ads::new(self, seed))
    }

    fn identity(&self) -> String {
        identity(&KIND, self)
    }

    fn outside(&self) -> Vec<String> {
        outside(self, &self.clamped())
    }
}

/// A market of ads: its users, its ads, and the truth about who clicks what.
#[derive(Clone)]
pub struct Ads {
    site: Arc<Site>,
}

pub(crate) struct Site {
    settings: Settings,
    seed: u64,
    inventory: Inventory,
    users: Vec<User>,
    crosses: Crosses,
    /// Log-odds of a click on an ad that is looked at where nothing speaks for or against it.
    click_base: f64,
}

/// The moment of a request as the user feels it; what is not known of it is neutral.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    time: i64,
    /// Index into the devices.
    device: Option<usize>,
    /// Index into the placements.
    placement: Option<usize>,
}

impl Ads {
    /// Makes a world; the same settings and seed make the same world. Settings are clamped to their ranges.
    pub fn new(settings: &Settings, seed: u64) -> Ads {
        let settings = settings.clamped();
        let inventory = Inventory::new(&settings, seed);
        let users = User::all(&settings, inventory.centres(), seed);
        let crosses = Crosses::new(seed);
        let mut site = Site { settings, seed, inventory, users, crosses, click_base: 0.0 };
        site.click_base = log::click_base(&site);
        Ads { site: Arc::new(site) }
    }

    /// The true probability that the visitor clicks an ad in a slot, from 0; `None` for an unknown user, an
    /// unknown ad or one that does not run. The most that any predictor could know.
    pub fn chance(&self, visit: &Visit, ad: &str, slot: usize) -> Option<f64> {
        let site = &*self.site;
        let user = site.user(&visit.user)?;
        let index = index_of(ad, 'a').filter(|ad| site.inventory.running(visit.time).contains(ad))?;
        let log_odds = truth::click_log_odds(site, user, &site.inventory.ad(index), Scene::of(visit));
        Some(truth::examination(site, slot) * draw::logistic(log_odds))
    }
}

impl World for Ads {
    fn log(&self, each: &mut dyn FnMut(Line)) {
        log::write(&self.site, each, &mut |_| ());
    }

    fn afterwards(&self, visits: usize) -> Vec<Moment> {
        log::afterwards(&self.site, visits)
    }

    /// Users do not change with what they see.
    fn population(&self) -> Box<dyn Population> {
        Box::new(self.clone())
    }

    fn end(&self) -> i64 {
        self.site.end()
    }

    fn roles(&self) -> Roles {
        ROLES
    }

    fn goal(&self) -> &'static str {
        "revenue: the bids of clicked ads"
    }

    /// A click.
    fn outcome(&self, line: &Line) -> Option<bool> {
        matches!(line, Line::Interaction { event, .. } if event == reaction::CLICK).then_some(true)
    }

    fn worth(&self, lines: &[Line]) -> f64 {
        let paid = lines.iter().filter_map(|line| match line {
            Line::Interaction { event, item, .. } if event == reaction::CLICK => index_of(item, 'a'),
            _ => None,
        });
        paid.map(|ad| self.site.inventory.ad(ad).bid).sum()
    }
}

impl Population for Ads {
    /// Clicks, hides and conversions. What is not in the visit's pool, or does not run, takes up its slot and
    /// earns nothing.
    fn react(&mut self, visit: &Visit, shown: &[String]) -> Vec<Line> {
        let site = &*self.site;
        let Some(user) = site.user(&visit.user) else { return Vec::new() };
        let running = site.inventory.running(visit.time);
        let may = |id: &String| visit.pool.is_empty() || visit.pool.contains(id);
        let ads = shown
            .iter()
            .map(|id| may(id).then(|| index_of(id, 'a').filter(|ad| running.contains(ad))).flatten());
        reaction::react(site, &visit.id, user, Scene::of(visit), &ads.collect::<Vec<_>>())
    }

    fn boxed_clone(&self) -> Box<dyn Population> {
        Box::new(self.clone())
    }
}

impl Scene {
    fn of(visit: &Visit) -> Scene {
        let placements = PLACEMENTS.iter().map(|placement| placement.name);
        Scene {
            time: visit.time,
            device: found(&visit.context, "device", DEVICES.iter().map(|device| device.0)),
            placement: found(&visit.context, "placement", placements),
        }
    }
}

impl Site {
    fn end(&self) -> i64 {
        self.settings.start + i64::from(self.settings.days) * DAY
    }

    fn user(&self, id: &str) -> Option<usize> {
        index_of(id, 'u').filter(|index| *index < self.users.len())
    }
}
