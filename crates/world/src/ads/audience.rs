//! Who sees the ads: users with interests that country and age tell in part.

use rand::RngExt;
use serde_json::json;

use crate::DAY;
use crate::draw::{self, Purpose};
use crate::line::Line;
use crate::people::{COUNTRIES, user_id};
use crate::schedule::Habit;

use super::ROLES;
use super::page::DEVICES;
use super::settings::Settings;

/// Years in a band of ages; people of one band have interests in common.
const BAND_YEARS: u32 = 12;

/// One user.
pub(crate) struct User {
    arrival: i64,
    activity: f64,
    devices: Vec<f64>,
    /// Unit vector in the space of interests.
    pub(crate) vector: Vec<f64>,
    /// Log-odds added to each click.
    pub(crate) eagerness: f64,
    /// Index into [`COUNTRIES`].
    pub(crate) country: usize,
    age: u32,
}

impl User {
    /// All users of a world.
    pub(crate) fn all(settings: &Settings, centres: &[Vec<f64>], seed: u64) -> Vec<User> {
        let factors = settings.factors as usize;
        let group = |purpose, index| draw::direction(&mut draw::stream(seed, purpose, index), factors);
        let countries: Vec<Vec<f64>> =
            (0..COUNTRIES.len()).map(|index| group(Purpose::Country, index as u64)).collect();
        let bands: Vec<Vec<f64>> =
            (0..=90 / BAND_YEARS).map(|index| group(Purpose::AgeBand, index.into())).collect();
        let groups =
            Groups { countries, bands, shares: draw::running(COUNTRIES.iter().map(|country| country.1)) };
        (0..settings.users).map(|index| User::new(settings, centres, &groups, seed, index)).collect()
    }

    fn new(settings: &Settings, centres: &[Vec<f64>], groups: &Groups, seed: u64, index: u32) -> User {
        let mut stream = draw::stream(seed, Purpose::Audience, index.into());
        let age = (34.0 * (0.35 * draw::normal(&mut stream)).exp()).clamp(13.0, 90.0).round() as u32;
        let country = draw::pick(&groups.shares, stream.random());
        let mut vector = groups.countries[country].clone();
        draw::add(&mut vector, 1.0, &groups.bands[(age / BAND_YEARS) as usize]);
        draw::add(&mut vector, 0.6, &centres[stream.random_range(0..centres.len())]);
        draw::add(&mut vector, 0.5, &draw::direction(&mut stream, settings.factors as usize));
        draw::normalise(&mut vector);
        let late = stream.random::<f64>() < settings.new_users;
        let wait =
            if late { 0.95 * stream.random::<f64>() * f64::from(settings.days) * DAY as f64 } else { 0.0 };
        // Most people use one device nearly always.
        let fondness = DEVICES.iter().map(|(_, share)| share * (1.5 * draw::normal(&mut stream)).exp());
        User {
            devices: draw::running(fondness),
            arrival: settings.start + wait as i64,
            activity: (settings.activity_spread * draw::normal(&mut stream)).exp(),
            vector,
            eagerness: 0.5 * draw::normal(&mut stream),
            country,
            age,
        }
    }

    pub(crate) fn habit(&self) -> Habit<'_> {
        Habit { arrival: self.arrival, activity: self.activity, devices: &self.devices }
    }

    /// The entity line that announces the user.
    pub(crate) fn announce(&self, index: usize) -> Line {
        Line::Entity {
            event: ROLES.asks.to_owned(),
            id: user_id(index),
            time: self.arrival,
            fields: vec![
                ("country".to_owned(), json!(COUNTRIES[self.country].0)),
                ("age".to_owned(), json!(self.age)),
            ],
        }
    }
}

/// What people of a group have in common.
struct Groups {
    countries: Vec<Vec<f64>>,
    bands: Vec<Vec<f64>>,
    shares: Vec<f64>,
}
