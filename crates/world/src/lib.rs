//! A simulated video site: its population writes a log, and afterwards judges what contenders show it.

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
