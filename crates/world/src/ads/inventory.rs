//! Advertisers and their ads: those of the first day and those that replace them.

use std::borrow::Cow;

use rand::RngExt;
use serde_json::json;

use crate::DAY;
use crate::draw::{self, Purpose};
use crate::line::Line;

use super::ROLES;
use super::page::{FORMATS, SIZES};
use super::settings::Settings;

const CATEGORIES: [&str; 16] = [
    "travel",
    "finance",
    "games",
    "fashion",
    "food",
    "cars",
    "health",
    "phones",
    "books",
    "garden",
    "sport",
    "music",
    "tools",
    "toys",
    "courses",
    "insurance",
];

/// One ad.
#[derive(Clone)]
pub(crate) struct Ad {
    /// Time of its log line.
    pub(crate) birth: i64,
    pub(crate) advertiser: usize,
    pub(crate) category: usize,
    /// Index into [`FORMATS`].
    pub(crate) format: usize,
    size: usize,
    /// What a click pays.
    pub(crate) bid: f64,
    /// Standard deviations of appeal above the average ad.
    pub(crate) appeal: f64,
    /// Unit vector in the space of interests: whom it speaks to.
    pub(crate) vector: Vec<f64>,
}

struct Advertiser {
    categories: [usize; 2],
    wealth: f64,
}

/// All ads: those born by the log's end are kept, later ones are made when asked for.
pub(crate) struct Inventory {
    seed: u64,
    settings: Settings,
    advertisers: Vec<Advertiser>,
    /// Running shares of the advertisers.
    shares: Vec<f64>,
    /// What a click pays in each category.
    prices: Vec<f64>,
    /// Unit vector of each category in the space of interests.
    centres: Vec<Vec<f64>>,
    ads: Vec<Ad>,
}

impl Inventory {
    pub(crate) fn new(settings: &Settings, seed: u64) -> Inventory {
        let categories = settings.categories as usize;
        let mut stream = draw::stream(seed, Purpose::Category, 0);
        let prices = (0..categories).map(|_| (0.4 * draw::normal(&mut stream)).exp()).collect();
        let centres =
            (0..categories).map(|_| draw::direction(&mut stream, settings.factors as usize)).collect();
        let advertisers: Vec<Advertiser> = (0..settings.advertisers)
            .map(|index| {
                let mut stream = draw::stream(seed, Purpose::Advertiser, index.into());
                let main = stream.random_range(0..categories);
                let second = stream.random_range(0..categories);
                Advertiser { categories: [main, second], wealth: 0.4 * draw::normal(&mut stream) }
            })
            .collect();
        let shares = draw::running((0..advertisers.len()).map(|rank| (rank as f64 + 4.0).powf(-0.8)));
        let mut inventory = Inventory {
            seed,
            settings: settings.clone(),
            advertisers,
            shares,
            prices,
            centres,
            ads: Vec::new(),
        };
        let kept = inventory.born_by(settings.start + i64::from(settings.days) * DAY - 1);
        inventory.ads = (0..kept).map(|index| inventory.make(index)).collect();
        inventory
    }

    pub(crate) fn centres(&self) -> &[Vec<f64>] {
        &self.centres
    }

    /// The ad of an index; every index has one, though perhaps far in the future.
    pub(crate) fn ad(&self, index: usize) -> Cow<'_, Ad> {
        self.ads.get(index).map_or_else(|| Cow::Owned(self.make(index)), Cow::Borrowed)
    }

    /// Number of ads born at or before a time; they are the indices below it.
    pub(crate) fn born_by(&self, time: i64) -> usize {
        let first = self.settings.ads as usize;
        let elapsed = time.saturating_sub(self.settings.start) as f64 / DAY as f64;
        if elapsed < 0.0 {
            return 0;
        }
        // One more than surely born: within its slot of time an ad is born at a random moment. The cap is
        // that of indices which an id may have.
        let slots = ((elapsed * self.births_per_day()) as usize + 1).min(u32::MAX as usize - first);
        let mut born = first + slots;
        while born > first && self.birth(born - 1) > time {
            born -= 1;
        }
        born
    }

    /// The ads that run at a time. Each birth ends the oldest ad, so that as many run at all times.
    pub(crate) fn running(&self, time: i64) -> std::ops::Range<usize> {
        let born = self.born_by(time);
        born.saturating_sub(self.settings.ads as usize)..born
    }

    /// The entity line that announces an ad.
    pub(crate) fn announce(&self, index: usize) -> Line {
        let ad = self.ad(index);
        Line::Entity {
            event: ROLES.shown.to_owned(),
            id: ad_id(index),
            time: ad.birth,
            fields: vec![
                ("advertiser".to_owned(), json!(format!("adv{}", ad.advertiser))),
                ("category".to_owned(), json!(category(ad.category))),
                ("format".to_owned(), json!(FORMATS[ad.format].0)),
                ("size".to_owned(), json!(SIZES[ad.size])),
                ("bid".to_owned(), json!(ad.bid)),
            ],
        }
    }

    fn births_per_day(&self) -> f64 {
        f64::from(self.settings.ads) * self.settings.churn
    }

    /// Births after the first day come one to each slot of time, so that indices follow time.
    fn birth(&self, index: usize) -> i64 {
        let Some(slot) = index.checked_sub(self.settings.ads as usize) else { return self.settings.start };
        if self.births_per_day() <= 0.0 {
            return i64::MAX;
        }
        let within = draw::unit(draw::hash(self.seed, Purpose::AdBirth, index as u64, 0));
        let days = (slot as f64 + within) / self.births_per_day();
        self.settings.start.saturating_add((days * DAY as f64) as i64)
    }

    fn make(&self, index: usize) -> Ad {
        let mut stream = draw::stream(self.seed, Purpose::Ad, index as u64);
        let advertiser = draw::pick(&self.shares, stream.random());
        let owner = &self.advertisers[advertiser];
        let category = owner.categories[usize::from(stream.random::<f64>() < 0.3)];
        let mut vector = draw::direction(&mut stream, self.settings.factors as usize);
        draw::add(&mut vector, 0.5, &self.centres[category]);
        draw::normalise(&mut vector);
        let bid = self.prices[category] * (owner.wealth + 0.3 * draw::normal(&mut stream)).exp();
        Ad {
            birth: self.birth(index),
            advertiser,
            category,
            format: stream.random_range(0..FORMATS.len()),
            size: stream.random_range(0..SIZES.len()),
            bid: (bid.clamp(0.05, 20.0) * 100.0).round() / 100.0,
            appeal: draw::normal(&mut stream),
            vector,
        }
    }
}

/// Id of an ad.
pub(crate) fn ad_id(index: usize) -> String {
    format!("a{index}")
}

fn category(index: usize) -> String {
    CATEGORIES.get(index).map_or_else(|| format!("category{index}"), |name| (*name).to_owned())
}
