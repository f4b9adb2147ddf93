//! Genres: where they lie in the space of tastes, who likes them, and how they come and go.

use rand::RngExt;

use crate::DAY;
use crate::draw::{self, Purpose};

use super::settings::Settings;

const NAMES: [&str; 16] = [
    "comedy", "news", "sport", "music", "gaming", "cooking", "science", "travel", "cars", "fashion", "film",
    "nature", "history", "crafts", "fitness", "finance",
];

/// One genre.
pub(crate) struct Genre {
    pub(crate) name: String,
    /// Unit vector in the space of tastes.
    pub(crate) centre: Vec<f64>,
    /// Relative number of people who like it.
    pub(crate) weight: f64,
    /// Age in years at which it is liked most.
    pub(crate) liked_at: f64,
    /// Share of its videos' appeal that is lost with age, 0 to 1.
    pub(crate) newsness: f64,
    /// Factor on the typical length of a video.
    pub(crate) length: f64,
    swing: f64,
    period: f64,
    phase: f64,
}

impl Genre {
    /// All genres of a world.
    pub(crate) fn all(settings: &Settings, seed: u64) -> Vec<Genre> {
        (0..settings.genres as usize).map(|index| Genre::new(settings, seed, index)).collect()
    }

    fn new(settings: &Settings, seed: u64, index: usize) -> Genre {
        let mut stream = draw::stream(seed, Purpose::Genre, index as u64);
        let name = NAMES.get(index).map_or_else(|| format!("genre{index}"), |name| (*name).to_owned());
        let newsness = match name.as_str() {
            "news" => 0.9,
            "sport" => 0.6,
            _ => 0.1,
        };
        Genre {
            name,
            centre: draw::direction(&mut stream, settings.factors as usize),
            weight: (0.6 * draw::normal(&mut stream)).exp(),
            liked_at: stream.random_range(16.0..60.0),
            newsness,
            length: (0.4 * draw::normal(&mut stream)).exp(),
            swing: settings.drift * stream.random_range(0.5..1.5),
            period: stream.random_range(20.0..70.0),
            phase: stream.random_range(0.0..std::f64::consts::TAU),
        }
    }

    /// How much the fashion of the day adds to the log-odds of a click, `elapsed` ms after the log's begin.
    pub(crate) fn fashion(&self, elapsed: i64) -> f64 {
        let days = elapsed as f64 / DAY as f64;
        self.swing * (std::f64::consts::TAU * days / self.period + self.phase).sin()
    }
}
