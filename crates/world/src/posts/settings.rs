//! The settings of a world of posts: sizes, calendar, where the harm lies, and who sees it.

use serde::{Deserialize, Serialize};

use crate::kind::within;

/// What a world of posts is made of; each key may be left out and then has its default.
///
/// A number outside its range is taken to the nearest end of that range (see [`Settings::clamped`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Begin of the log, milliseconds since the epoch, 0 ..= 4e12; best at midnight (hours count from UTC).
    pub start: i64,
    /// Length of the log in days, 1 ..= 3650.
    pub days: u32,
    /// Posts in the whole log, 1 ..= 10 million.
    pub posts: u32,
    /// Minutes after posting at which the platform decides, 1 ..= 1440.
    pub decide_minutes: f64,
    /// Authors by the end of the log, 1 ..= 10 million.
    pub authors: u32,
    /// Share of the authors who join while the log runs, 0 ..= 1; of those prone to harm twice as many.
    pub new_authors: f64,
    /// Spread of activity between authors: standard deviation of log posts per day, 0 ..= 3.
    pub activity_spread: f64,
    /// Languages, 1 ..= 8; each is spoken half as much as the one before.
    pub languages: u32,
    /// Share of the authors who speak a dialect, 0 ..= 1; of those prone to harm twice as many.
    pub dialect: f64,
    /// Topics, 1 ..= 32.
    pub topics: u32,
    /// Share of the authors who are prone to harm and do most of it, 0 ..= 1.
    pub prone: f64,
    /// Share of posts that are spam, 0 ..= 0.3.
    pub spam: f64,
    /// Share of posts that harass, 0 ..= 0.3.
    pub harassment: f64,
    /// Share of posts that are violent, 0 ..= 0.3.
    pub violence: f64,
    /// Share of the harm that lies in text and image together, each alone innocuous, 0 ..= 1. The rest lies
    /// half in the text and half in the image.
    pub combination: f64,
    /// Share of the authors prone to harm who write digits for letters, 0 ..= 1; of the others an eighth.
    pub obfuscation: f64,
    /// Share of spam that is copied from a campaign, word for word or nearly, 0 ..= 1; of harmless posts a
    /// twentieth of that share is copied from chain letters.
    pub copies: f64,
    /// Probability that a reader reports what is harmful, 0 ..= 1: up to six readers may.
    pub report_harmful: f64,
    /// Probability that a reader reports what is harmless, 0 ..= 1; thrice as high for posts in dialect.
    pub report_harmless: f64,
    /// Share of all posts that people review, drawn at random, 0 ..= 1.
    pub review_random: f64,
    /// Share of the reported posts that people review beside those, 0 ..= 1.
    pub review_reported: f64,
    /// Mean hours from the decision to the review, 0.1 ..= 1000.
    pub review_hours: f64,
    /// What a view of a harmful post costs, in views of harmless ones, 0 ..= 1000.
    pub harm_cost: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            start: 1_767_225_600_000,
            days: 30,
            posts: 20_000,
            decide_minutes: 20.0,
            authors: 4_000,
            new_authors: 0.3,
            activity_spread: 1.0,
            languages: 3,
            dialect: 0.15,
            topics: 12,
            prone: 0.1,
            spam: 0.035,
            harassment: 0.03,
            violence: 0.02,
            combination: 0.3,
            obfuscation: 0.4,
            copies: 0.4,
            report_harmful: 0.12,
            report_harmless: 0.01,
            review_random: 0.3,
            review_reported: 0.6,
            review_hours: 8.0,
            harm_cost: 10.0,
        }
    }
}

impl Settings {
    /// The same settings with each number inside its range; a number that is not a number becomes the
    /// lowest value. Equal to `self` exactly if all were inside.
    pub fn clamped(&self) -> Settings {
        Settings {
            start: self.start.clamp(0, 4_000_000_000_000),
            days: self.days.clamp(1, 3_650),
            posts: self.posts.clamp(1, 10_000_000),
            decide_minutes: within(self.decide_minutes, 1.0, 1_440.0),
            authors: self.authors.clamp(1, 10_000_000),
            new_authors: within(self.new_authors, 0.0, 1.0),
            activity_spread: within(self.activity_spread, 0.0, 3.0),
            languages: self.languages.clamp(1, 8),
            dialect: within(self.dialect, 0.0, 1.0),
            topics: self.topics.clamp(1, 32),
            prone: within(self.prone, 0.0, 1.0),
            spam: within(self.spam, 0.0, 0.3),
            harassment: within(self.harassment, 0.0, 0.3),
            violence: within(self.violence, 0.0, 0.3),
            combination: within(self.combination, 0.0, 1.0),
            obfuscation: within(self.obfuscation, 0.0, 1.0),
            copies: within(self.copies, 0.0, 1.0),
            report_harmful: within(self.report_harmful, 0.0, 1.0),
            report_harmless: within(self.report_harmless, 0.0, 1.0),
            review_random: within(self.review_random, 0.0, 1.0),
            review_reported: within(self.review_reported, 0.0, 1.0),
            review_hours: within(self.review_hours, 0.1, 1_000.0),
            harm_cost: within(self.harm_cost, 0.0, 1_000.0),
        }
    }

    /// Share of posts whose main harm each class is.
    pub(crate) fn classes(&self) -> [f64; 3] {
        [self.spam, self.harassment, self.violence]
    }
}
