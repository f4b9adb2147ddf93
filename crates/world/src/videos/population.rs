//! The users: who they are and what they like, and what each of them has watched so far.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::RngExt;
use serde_json::json;

use crate::draw::{self, Purpose};
use crate::line::Line;
use crate::people::{COUNTRIES, DEVICES, index_of, user_id};
use crate::{DAY, Population, Visit};

use super::genre::Genre;
use super::reaction::Scene;
use super::settings::Settings;
use super::{ROLES, Site};

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
            event: ROLES.asks.to_owned(),
            id: user_id(index),
            time: self.arrival,
            fields: vec![("country".to_owned(), json!(self.country)), ("age".to_owned(), json!(self.age))],
        }
    }
}

/// The users and what each has watched so far.
#[derive(Clone)]
pub struct Viewers {
    pub(super) site: Arc<Site>,
    pub(super) watched: Watched,
}

impl Population for Viewers {
    /// The clicks and watches that a slate earns; what was watched is remembered.
    ///
    /// A video that the user has watched already takes up its position and earns nothing. Two populations
    /// that show the same video at the same position of the same visit to a user who has watched it in
    /// neither get the same lines.
    fn react(&mut self, visit: &Visit, shown: &[String]) -> Vec<Line> {
        let Some(user) = self.site.user(&visit.user) else { return Vec::new() };
        let slate: Vec<Option<usize>> = shown.iter().map(|id| index_of(id, 'v')).collect();
        self.watched.react_to(&self.site, &visit.id, user, Scene::of(visit), &slate)
    }

    fn boxed_clone(&self) -> Box<dyn Population> {
        Box::new(self.clone())
    }
}

/// What each user has watched so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Watched {
    videos: Vec<BTreeSet<usize>>,
}

impl Watched {
    /// Users who have watched nothing yet.
    pub(crate) fn new(users: usize) -> Watched {
        Watched { videos: vec![BTreeSet::new(); users] }
    }

    /// Whether a user has watched a video.
    pub(crate) fn has_watched(&self, user: usize, video: usize) -> bool {
        self.videos.get(user).is_some_and(|videos| videos.contains(&video))
    }

    /// Notes that a user has watched a video.
    pub(crate) fn note(&mut self, user: usize, video: usize) {
        if let Some(videos) = self.videos.get_mut(user) {
            videos.insert(video);
        }
    }
}
