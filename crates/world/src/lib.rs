//! A simulated video site: its population writes a log, and afterwards judges what contenders show it.
//!
//! [`World::log`] is the history under a crude logging policy. [`World::afterwards`] says who comes once the
//! log has ended, and [`Population::react`] what they do with a slate that a contender shows them. The crate
//! knows no ranking algorithm; contenders know the world only by its lines.
//!
//! # What is true in the world
//!
//! **Tastes.** Each genre has a random direction in a space of `factors` dimensions. A user's vector mixes one
//! to three genres, chosen by the user's age, country and the genre's general popularity, plus a direction of
//! the user's own. A video's vector mixes its one or two genres, a direction of its channel, and one of its
//! own. All are scaled to length 1; the match of a user and a video is their cosine. So tastes cluster softly
//! by genre, and fields (age, country, genre, channel) tell something about users and videos without history.
//!
//! **Videos.** Quality (partly the channel's, standard deviation about 1), clickbait (0 to 1, a habit of the
//! channel, heard in titles), seconds (log-normal, 15 to 2400, each genre with its own typical length).
//! The first videos are up to 180 days old when the log opens, though all their lines carry its begin; later
//! ones are born at a steady rate.
//!
//! **Users.** Activity is log-normal; a share of the users arrives during the log. They come in sittings of a
//! few requests, with an evening peak and busier weekends, on devices that each prefers differently.
//!
//! **A click** needs two independent things. The position k is looked at with probability
//! k^-`position_bias` (the examination hypothesis; Richardson et al. 2007, Joachims et al. 2017). A video
//! looked at is clicked with log-odds
//!
//! ```text
//! click_base + taste * match + quality * q + clickbait * (2 c - 0.67) + fashion(genre, day) + eagerness(user)
//!   - news_decay * newsness * (1 - exp(-age / 6 days)) + 0.3 exp(-age / 4 days) + morning news
//! ```
//!
//! where the fashion of a genre swings like a sine over 20 to 70 days.
//!
//! **A watch** follows each click. Its share of the video is logistic of
//!
//! ```text
//! finish_base + 0.6 taste * (match - 0.5) + quality * q - 2 clickbait * (2 c - 0.67)
//!   - impatience * ln(seconds / median_seconds) + stamina(user) + logistic noise
//! ```
//!
//! with impatience 0.9 on a phone, 0.1 on a television, 0.45 elsewhere, and 0.15 less in the evening. It is
//! relevant if at least half the video is watched; the probability of that is the logistic of the log-odds
//! without the noise, so [`World::relevance`] is exact (up to the rounding of seconds). Every watch ends
//! within the hour after its request.
//!
//! **Common random numbers.** Each draw of a reaction is a hash of the seed, the visit's id, the video and the
//! draw's purpose. Two contenders who show the same video at the same position get the same reaction, so their
//! difference is not blurred by luck.
//!
//! **The logging policy** fills each position on its own, the top no better than the rest: by clicks that
//! fade with time, new videos favoured (`policy_popular`); by the best of 100 random videos in a noisy view of
//! the true taste (`policy_taste`); or at random (`policy_random`). It never shows what the user has watched.
//!
//! ```
//! use rankine_world::{Moment, Settings, World};
//!
//! let settings = Settings { users: 50, items: 40, days: 3, requests: 100, ..Settings::default() };
//! let world = World::new(&settings, 1);
//! let mut text = String::new();
//! world.log(&mut |line| {
//!     line.write_json(&mut text);
//!     text.push('\n');
//! });
//!
//! let mut population = world.population();
//! let mut relevant = 0;
//! for moment in world.afterwards(20) {
//!     if let Moment::Visit(visit) = moment {
//!         let lines = population.react(&world, &visit, &["v0".to_owned(), "v1".to_owned()]);
//!         relevant += world.relevant(&lines);
//!     }
//! }
//! assert!(relevant <= 40);
//! ```

mod catalogue;
mod draw;
mod genre;
mod line;
mod log;
mod policy;
mod population;
mod reaction;
mod schedule;
mod settings;
pub mod streets;

use catalogue::Catalogue;
use population::{User, index_of};

pub use line::Line;
pub use population::Population;
pub use settings::Settings;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// The devices and how much they are used.
pub(crate) const DEVICES: [(&str, f64); 4] =
    [("phone", 0.5), ("desktop", 0.25), ("tv", 0.15), ("tablet", 0.1)];

/// A simulated site: its users, its videos, and the truth about who likes what.
pub struct World {
    settings: Settings,
    seed: u64,
    catalogue: Catalogue,
    users: Vec<User>,
}

/// One thing that happens after the log's end.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// A new video; the line is its entity line.
    Born(Line),
    /// A user asks for a slate.
    Visit(Visit),
}

/// A user asks for a slate.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Id of the request that the visit makes.
    pub id: String,
    /// Milliseconds since the epoch.
    pub time: i64,
    /// Who asks.
    pub user: String,
    /// What is known about the moment: names and values (`device`).
    pub context: Vec<(String, String)>,
}

impl World {
    /// Makes a world; the same settings and seed make the same world. Settings are clamped to their ranges.
    pub fn new(settings: &Settings, seed: u64) -> World {
        let settings = settings.clamped();
        let catalogue = Catalogue::new(&settings, seed);
        let users = User::all(&settings, catalogue.genres(), seed);
        World { settings, seed, catalogue, users }
    }

    /// Hands out the whole logged history, in time order, as the logging policy made it.
    ///
    /// All lines come before [`World::end`].
    pub fn log(&self, each: &mut dyn FnMut(Line)) {
        log::write(self, each);
    }

    /// What happens after the log's end, in time order: `visits` visits, and births up to the last of them.
    /// The rate of visits is that of the log; a shorter call is not always a prefix of a longer one.
    pub fn afterwards(&self, visits: usize) -> Vec<Moment> {
        log::afterwards(self, visits)
    }

    /// The users as the log leaves them: what each has already watched. Costs as much as writing the log.
    pub fn population(&self) -> Population {
        log::write(self, &mut |_| ())
    }

    /// End of the log, milliseconds since the epoch: the last line comes before, the first visit not before.
    pub fn end(&self) -> i64 {
        self.settings.start + i64::from(self.settings.days) * DAY
    }

    pub(crate) fn user(&self, id: &str) -> Option<usize> {
        index_of(id, 'u').filter(|index| *index < self.users.len())
    }
}
