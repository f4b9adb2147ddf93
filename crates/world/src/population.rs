//! The users: who they are and what they like, and what each of them has watched so far.

use std::collections::BTreeSet;

use rand::RngExt;
use serde_json::json;

use crate::draw::{self, Purpose};
use crate::genre::Genre;
use crate::line::{Line, USER};
use crate::settings::Settings;
use crate::{DAY, DEVICES};

const COUNTRIES: [(&str, f64); 8] = [
    ("us", 0.3),
    ("in", 0.2),
    ("br", 0.13),
    ("de", 0.1),
    ("gb", 0.09),
    ("jp", 0.08),
    ("fr", 0.06),
    ("ng", 0.04),
];

/// One user.
pub(crate) struct User {
    /// Time of the first log line.
    pub(crate) arrival: i64,
    /// Unit vector in the space of tastes.
    pub(crate) vector: Vec<f64>,
    /// Relative number of sittings.
    pub(crate) activity: f64,
    /// Log-odds added to each click.
    pub(crate) eagerness: f64,
    /// Log-odds added to finishing what was begun.
    pub(crate) stamina: f64,
    /// Running shares of the devices, in the order of [`DEVICES`].
    pub(crate) devices: Vec<f64>,
    age: u32,
    country: &'static str,
}

impl User {
    /// All users of a world.
    pub(crate) fn all(settings: &Settings, genres: &[Genre], seed: u64) -> Vec<User> {
        (0..settings.users).map(|index| User::new(settings, genres, seed, index)).collect()
    }

    fn new(settings: &Settings, genres: &[Genre], seed: u64, index: u32) -> User {
        let mut stream = draw::stream(seed, Purpose::User, index.into());
        let age = (30.0 * (0.4 * draw::normal(&mut stream)).exp()).clamp(13.0, 90.0).round();
        let country = draw::pick(&draw::running(COUNTRIES.iter().map(|country| country.1)), stream.random());
        let liking = draw::running(genres.iter().enumerate().map(|(place, genre)| {
            let years = (age - genre.liked_at) / 18.0;
            let tilt = draw::unit(draw::hash(seed, Purpose::Country, country as u64, place as u64));
            genre.weight * ((-0.5 * years * years).exp() + 0.1) * (1.6 * (tilt - 0.5)).exp()
        }));
        let mut vector = vec![0.0; settings.factors as usize];
        for share in [1.0, 0.7, 0.4].into_iter().take(stream.random_range(1..=3)) {
            draw::add(&mut vector, share, &genres[draw::pick(&liking, stream.random())].centre);
        }
        draw::add(&mut vector, 0.4, &draw::direction(&mut stream, settings.factors as usize));
        draw::normalise(&mut vector);
        let late = stream.random::<f64>() < settings.new_users;
        let wait =
            if late { 0.95 * stream.random::<f64>() * f64::from(settings.days) * DAY as f64 } else { 0.0 };
        let fondness = DEVICES.iter().map(|(_, share)| share * (0.8 * draw::normal(&mut stream)).exp());
        User {
            devices: draw::running(fondness),
            arrival: settings.start + wait as i64,
            vector,
            activity: (settings.activity_spread * draw::normal(&mut stream)).exp(),
            eagerness: 0.4 * draw::normal(&mut stream),
            stamina: 0.4 * draw::normal(&mut stream),
            age: age as u32,
            country: COUNTRIES[country].0,
        }
    }

    /// The entity line that announces the user.
    pub(crate) fn announce(&self, index: usize) -> Line {
        Line::Entity {
            event: USER.to_owned(),
            id: user_id(index),
            time: self.arrival,
            fields: vec![("country".to_owned(), json!(self.country)), ("age".to_owned(), json!(self.age))],
        }
    }
}

/// Id of a user.
pub(crate) fn user_id(index: usize) -> String {
    format!("u{index}")
}

/// The index in an id such as `u12`, if it is written as this crate writes it.
pub(crate) fn index_of(id: &str, letter: char) -> Option<usize> {
    let digits = id.strip_prefix(letter)?;
    let index: u32 = digits.parse().ok()?;
    (index.to_string() == digits).then_some(index as usize)
}

/// What each user of a world has watched so far. Clone it so that contenders start from the same state.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    watched: Vec<BTreeSet<usize>>,
}

impl Population {
    /// Users who have watched nothing yet.
    pub(crate) fn new(users: usize) -> Population {
        Population { watched: vec![BTreeSet::new(); users] }
    }

    /// Whether a user has watched a video.
    pub(crate) fn has_watched(&self, user: usize, video: usize) -> bool {
        self.watched.get(user).is_some_and(|videos| videos.contains(&video))
    }

    /// Notes that a user has watched a video.
    pub(crate) fn note(&mut self, user: usize, video: usize) {
        if let Some(videos) = self.watched.get_mut(user) {
            videos.insert(video);
        }
    }
}
