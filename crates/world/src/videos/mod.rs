//! A video site: clicks, watches, tastes that cluster by genre, clickbait, new videos, drifting fashion.
//!
//! # What is true in the world
//!
//! **Tastes.** Each genre has a random direction in a space of `factors` dimensions. A user's vector mixes
//! one to three genres, chosen by the user's age, country and the genre's general popularity, plus a
//! direction of the user's own. A video's vector mixes its one or two genres, a direction of its channel, and
//! one of its own. All are scaled to length 1; the match of a user and a video is their cosine. So tastes
//! cluster softly by genre, and fields (age, country, genre, channel) tell something about users and videos
//! without history.
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
//! without the noise, so [`Videos::relevance`] is exact (up to the rounding of seconds). Every watch ends
//! within the hour after its request.
//!
//! **Common random numbers.** Each draw of a reaction is a hash of the seed, the visit's id, the video and
//! the draw's purpose. Two contenders who show the same video at the same position get the same reaction, so
//! their difference is not blurred by luck.
//!
//! **The logging policy** fills each position on its own, the top no better than the rest: by clicks that
//! fade with time, new videos favoured (`policy_popular`); by the best of 100 random videos in a noisy view
//! of the true taste (`policy_taste`); or at random (`policy_random`). It never shows what the user has
//! watched.

mod catalogue;
mod genre;
mod log;
mod policy;
mod population;
mod reaction;
mod settings;

use std::sync::Arc;

use catalogue::Catalogue;
use population::User;

pub use population::Viewers;
pub use settings::Settings;

use crate::kind::{Kind, Recipe, identity, outside, reader};
use crate::line::{Line, Roles};
use crate::people::index_of;
use crate::{DAY, Moment, Population, Visit, World};

/// The entry of the list of kinds.
pub static KIND: Kind = Kind {
    name: "videos",
    what: "A video site: slates of videos, clicks and watches; good rankers know each user's taste.",
    roles: ROLES,
    read: reader::<Settings>,
    preset: || Box::new(Settings::default()),
};

pub(crate) const ROLES: Roles = Roles { asks: "user", shown: "video" };

impl Recipe for Settings {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn build(&self, seed: u64) -> Box<dyn World> {
        Box::new(Videos::new(self, seed))
    }

    fn identity(&self) -> String {
        identity(&KIND, self)
    }

    fn outside(&self) -> Vec<String> {
        outside(self, &self.clamped())
    }
}

/// A simulated site: its users, its videos, and the truth about who likes what.
pub struct Videos {
    site: Arc<Site>,
}

pub(crate) struct Site {
    settings: Settings,
    seed: u64,
    catalogue: Catalogue,
    users: Vec<User>,
}

impl Videos {
    /// Makes a world; the same settings and seed make the same world. Settings are clamped to their ranges.
    pub fn new(settings: &Settings, seed: u64) -> Videos {
        let settings = settings.clamped();
        let catalogue = Catalogue::new(&settings, seed);
        let users = User::all(&settings, catalogue.genres(), seed);
        Videos { site: Arc::new(Site { settings, seed, catalogue, users }) }
    }

    /// The users as the log leaves them: what each has already watched. Costs as much as writing the log.
    pub fn viewers(&self) -> Viewers {
        let watched = log::write(&self.site, &mut |_| ());
        Viewers { site: self.site.clone(), watched }
    }

    /// The true probability that the visitor, having looked at a video, clicks it and watches at least half
    /// of it; `None` for an unknown user, an unknown video or one that is not yet born. The most that any
    /// ranker could know: a ceiling to compare with.
    pub fn relevance(&self, visit: &Visit, item: &str) -> Option<f64> {
        reaction::relevance(&self.site, visit, item)
    }

    /// Number of relevant watches among lines: those of at least half of the video's seconds.
    pub fn relevant(&self, lines: &[Line]) -> usize {
        lines.iter().filter(|line| reaction::is_relevant(&self.site, line)).count()
    }
}

impl World for Videos {
    fn log(&self, each: &mut dyn FnMut(Line)) {
        log::write(&self.site, each);
    }

    fn afterwards(&self, visits: usize) -> Vec<Moment> {
        log::afterwards(&self.site, visits)
    }

    fn population(&self) -> Box<dyn Population> {
        Box::new(self.viewers())
    }

    fn end(&self) -> i64 {
        self.site.end()
    }

    fn roles(&self) -> Roles {
        ROLES
    }

    fn goal(&self) -> &'static str {
        "watches of at least half of a video"
    }

    /// A watch of at least half of a video.
    fn outcome(&self, line: &Line) -> Option<bool> {
        reaction::is_relevant(&self.site, line).then_some(true)
    }

    fn worth(&self, lines: &[Line]) -> f64 {
        self.relevant(lines) as f64
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
