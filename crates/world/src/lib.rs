//! Simulated populations: they write a log, and afterwards judge what contenders show them.
//!
//! [`ALL`] lists the kinds of worlds, one folder each; `world.toml` names one and gives its settings
//! ([`read`]). [`World::log`] is the history under a crude logging policy. [`World::afterwards`] says what
//! happens once the log has ended, and [`Population::react`] what people do with what a contender shows them.
//! The crate knows no algorithm; contenders know a world only by its lines.
//!
//! **Common random numbers.** Each draw of a reaction is a hash of the seed, the visit's id, the item and the
//! draw's purpose. Two contenders who show the same item at the same position get the same reaction, so their
//! difference is not blurred by luck.
//!
//! ```
//! use rankine_world::{Moment, read};
//!
//! let recipe = read("kind = 'videos'\nusers = 50\nitems = 40\ndays = 3\nrequests = 100").unwrap();
//! let world = recipe.build(1);
//! let mut text = String::new();
//! world.log(&mut |line| {
//!     line.write_json(&mut text);
//!     text.push('\n');
//! });
//!
//! let mut population = world.population();
//! let mut relevant = 0.0;
//! for moment in world.afterwards(20) {
//!     if let Moment::Visit(visit) = moment {
//!         let lines = population.react(&visit, &["v0".to_owned(), "v1".to_owned()]);
//!         relevant += world.worth(&lines);
//!     }
//! }
//! assert!(relevant <= 40.0);
//! ```

pub mod ads;
pub mod posts;
pub mod streets;
pub mod videos;

mod draw;
mod kind;
mod line;
mod people;
mod planted;
mod queue;
mod schedule;

use serde_json::Value;

pub use kind::{Kind, Recipe, find, read};
pub use line::{Line, Roles};
pub use planted::{Leak, Planted, PlantedField};

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Every kind of world.
pub static ALL: &[&Kind] = &[&videos::KIND, &ads::KIND, &posts::KIND, &streets::KIND];

/// A simulated world: who is in it, and the truth about them.
pub trait World: Send + Sync {
    /// Hands out the whole logged history, in time order, as the logging policy made it. All lines come
    /// before [`World::end`].
    fn log(&self, each: &mut dyn FnMut(Line));

    /// How many pictures the lines name.
    fn pictures(&self) -> u64 {
        0
    }

    /// The picture of this number, below [`World::pictures`]; in any order, each by itself.
    fn picture(&self, _index: u64) -> Option<Drawing> {
        None
    }

    /// Whether anybody visits after the log's end; where not, [`World::afterwards`] is empty.
    fn visited(&self) -> bool {
        true
    }

    /// What happens after the log's end whatever contenders do, in time order, with `visits` visits; the last
    /// moment is the last visit. The rate of visits is that of the log; a shorter call is not always a prefix
    /// of a longer one.
    fn afterwards(&self, visits: usize) -> Vec<Moment>;

    /// The people as the log leaves them. May cost as much as writing the log.
    fn population(&self) -> Box<dyn Population>;

    /// End of the log, milliseconds since the epoch: the last line comes before, the first visit not before.
    fn end(&self) -> i64;

    /// The names of the entities in the world's lines.
    fn roles(&self) -> Roles;

    /// What [`World::worth`] counts, in words.
    fn goal(&self) -> &'static str;

    /// What a line says of the outcome that the world's case asks about: yes, no, or nothing. Silence is a no,
    /// except in a world where some line says no.
    /// A world around a world hands it on.
    fn outcome(&self, _line: &Line) -> Option<bool> {
        None
    }

    /// What reactions are worth to who runs the site, in the unit of [`World::goal`]; the sum over lines.
    fn worth(&self, lines: &[Line]) -> f64;

    /// A share that decisions are to keep small, in words such as "views of harmful posts", where there is one.
    fn ill(&self) -> Option<&'static str> {
        None
    }

    /// What of these reactions is ill, and out of how much; both are sums over lines.
    fn parts(&self, _lines: &[Line]) -> (f64, f64) {
        (0.0, 0.0)
    }
}

/// A picture that a line names by its path.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Relative to the folder of the log.
    pub path: String,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height x width x 3` bytes: red, green, blue, row by row from the top left.
    pub pixels: Vec<u8>,
}

/// The people of a world, who change with what they were shown.
pub trait Population: Send + Sync {
    /// What people do with what is shown at a visit, in time order; position 0 is the top.
    ///
    /// Ids that are unknown, not yet born or repeated take up their position and earn nothing; an unknown
    /// visitor does nothing.
    fn react(&mut self, visit: &Visit, shown: &[String]) -> Vec<Line>;

    /// The same where somebody was asked to look at some of what is shown, and does when there is time; people
    /// who look at nothing react as ever.
    fn react_to_reviewed(&mut self, visit: &Visit, shown: &[String], _reviewed: &[String]) -> Vec<Line> {
        self.react(visit, shown)
    }

    /// The same people once more, so that contenders start from the same state.
    fn boxed_clone(&self) -> Box<dyn Population>;
}

/// One thing that happens after the log's end.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// It happens whatever is shown: something is born or changes, or somebody acts by themselves.
    Event(Line),
    /// Somebody asks, and a contender must answer.
    Visit(Visit),
}

/// Somebody asks, and a contender must answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Id of the request that the visit makes.
    pub id: String,
    /// Milliseconds since the epoch.
    pub time: i64,
    /// Who asks.
    pub user: String,
    /// What is known about the moment: names and values.
    pub context: Vec<(String, Value)>,
    /// Ids of the items that may be shown; empty where it is the whole catalogue.
    pub pool: Vec<String>,
}
