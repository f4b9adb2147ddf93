//! The settings of a simulated world: sizes, calendar, strengths of each effect, and the logging policy.

use serde::{Deserialize, Serialize};

use crate::kind::within;

/// What a simulated world is made of; each key may be left out and then has its default.
///
/// A number outside its range is taken to the nearest end of that range (see [`Settings::clamped`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Begin of the log, milliseconds since the epoch, 0 ..= 4e12; best at midnight (hours count from UTC).
    pub start: i64,
    /// Length of the log in days, 1 ..= 3650.
    pub days: u32,
    /// Users who are on the site by the end of the log, 1 ..= 10 million.
    pub users: u32,
    /// Share of the users who arrive while the log runs, 0 ..= 1.
    pub new_users: f64,
    /// Spread of activity between users: standard deviation of log visits per day, 0 ..= 3.
    pub activity_spread: f64,
    /// Videos that exist when the log begins, 1 ..= 10 million.
    pub items: u32,
    /// Videos born per day, during the log and after it, 0 ..= 100,000.
    pub births_per_day: f64,
    /// Genres, 1 ..= 64.
    pub genres: u32,
    /// Channels, 1 ..= 1 million.
    pub channels: u32,
    /// Dimensions of the hidden taste vectors, 2 ..= 64.
    pub factors: u32,
    /// Typical length of a video in seconds (median over the site), 20 ..= 2400.
    pub median_seconds: f64,
    /// Requests in the whole log, 1 ..= 100 million.
    pub requests: u32,
    /// Mean number of requests in one sitting, 1 ..= 20.
    pub session_requests: f64,
    /// Videos on the logged slate, 1 ..= 100.
    pub slate: u32,
    /// How fast attention falls: position k (from 1) is looked at with probability k^-position_bias, 0 ..= 3.
    pub position_bias: f64,
    /// Log-odds of a click where nothing speaks for or against a video, -10 ..= 10.
    pub click_base: f64,
    /// Log-odds that a clicked video is watched at least half through, likewise, -10 ..= 10.
    pub finish_base: f64,
    /// Strength of taste: log-odds of a click between cosine 0 and cosine 1, 0 ..= 20.
    pub taste: f64,
    /// Strength of quality: log-odds per standard deviation, for click and for finishing, 0 ..= 10.
    pub quality: f64,
    /// Strength of clickbait: log-odds of a click gained, and twice that lost in finishing, 0 ..= 10.
    pub clickbait: f64,
    /// How far the popularity of a genre swings over the weeks, log-odds, 0 ..= 5.
    pub drift: f64,
    /// Log-odds of a click that a pure news item loses as it ages, 0 ..= 10.
    pub news_decay: f64,
    /// Weight of popular picks in the logging policy, 0 ..= 1,000; the three weights need not sum to 1.
    pub policy_popular: f64,
    /// Weight of picks by a noisy view of the user's taste, 0 ..= 1,000.
    pub policy_taste: f64,
    /// Weight of uniformly random picks, 0 ..= 1,000.
    pub policy_random: f64,
    /// Half-life in days of a click in the policy's popularity, 0.1 ..= 365.
    pub popular_half_life: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            start: 1_767_225_600_000,
            days: 60,
            users: 3_000,
            new_users: 0.25,
            activity_spread: 0.8,
            items: 1_200,
            births_per_day: 40.0,
            genres: 12,
            channels: 150,
            factors: 12,
            median_seconds: 240.0,
            requests: 50_000,
            session_requests: 3.0,
            slate: 12,
            position_bias: 0.5,
            click_base: -2.8,
            finish_base: 0.9,
            taste: 4.5,
            quality: 1.0,
            clickbait: 1.2,
            drift: 0.8,
            news_decay: 4.0,
            policy_popular: 0.5,
            policy_taste: 0.35,
            policy_random: 0.15,
            popular_half_life: 5.0,
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
            users: self.users.clamp(1, 10_000_000),
            new_users: within(self.new_users, 0.0, 1.0),
            activity_spread: within(self.activity_spread, 0.0, 3.0),
            items: self.items.clamp(1, 10_000_000),
            births_per_day: within(self.births_per_day, 0.0, 100_000.0),
            genres: self.genres.clamp(1, 64),
            channels: self.channels.clamp(1, 1_000_000),
            factors: self.factors.clamp(2, 64),
            median_seconds: within(self.median_seconds, 20.0, 2_400.0),
            requests: self.requests.clamp(1, 100_000_000),
            session_requests: within(self.session_requests, 1.0, 20.0),
            slate: self.slate.clamp(1, 100),
            position_bias: within(self.position_bias, 0.0, 3.0),
            click_base: within(self.click_base, -10.0, 10.0),
            finish_base: within(self.finish_base, -10.0, 10.0),
            taste: within(self.taste, 0.0, 20.0),
            quality: within(self.quality, 0.0, 10.0),
            clickbait: within(self.clickbait, 0.0, 10.0),
            drift: within(self.drift, 0.0, 5.0),
            news_decay: within(self.news_decay, 0.0, 10.0),
            policy_popular: within(self.policy_popular, 0.0, 1_000.0),
            policy_taste: within(self.policy_taste, 0.0, 1_000.0),
            policy_random: within(self.policy_random, 0.0, 1_000.0),
            popular_half_life: within(self.popular_half_life, 0.1, 365.0),
        }
    }
}
