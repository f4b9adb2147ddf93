//! The settings of a world of ads: sizes, calendar, strengths of each effect, and the logging policy.

use serde::{Deserialize, Serialize};

use crate::kind::within;

/// What a world of ads is made of; each key may be left out and then has its default.
///
/// A number outside its range is taken to the nearest end of that range (see [`Settings::clamped`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Begin of the log, milliseconds since the epoch, 0 ..= 4e12; best at midnight (hours count from UTC).
    pub start: i64,
    /// Length of the log in days, 1 ..= 3650.
    pub days: u32,
    /// Requests in the whole log, 1 ..= 100 million; each shows one to four ads, as its placement has slots.
    pub requests: u32,
    /// Mean number of requests in one sitting, 1 ..= 20.
    pub session_requests: f64,
    /// Users by the end of the log, 1 ..= 10 million.
    pub users: u32,
    /// Share of the users who arrive while the log runs, 0 ..= 1.
    pub new_users: f64,
    /// Spread of activity between users: standard deviation of log visits per day, 0 ..= 3.
    pub activity_spread: f64,
    /// Advertisers, 1 ..= 100,000.
    pub advertisers: u32,
    /// Ads that run at any time, 1 ..= 1 million.
    pub ads: u32,
    /// Share of the ads that is replaced a day, 0 ..= 10: an ad runs for `1 / churn` days.
    pub churn: f64,
    /// Categories of ads, 1 ..= 64.
    pub categories: u32,
    /// Dimensions of the hidden interests, 2 ..= 64.
    pub factors: u32,
    /// Ads among which one request may choose, 1 ..= 1,000.
    pub eligible: u32,
    /// Clicks an impression that the logging policy earns over its log, within sampling error, 0.0001 ..=
    /// 0.5.
    pub click_rate: f64,
    /// Strength of an ad's own appeal, which no field tells: log-odds per standard deviation, 0 ..= 5.
    pub appeal: f64,
    /// Strength of the match of hidden interests, log-odds at its extremes, 0 ..= 20.
    pub interest: f64,
    /// Strength of each cross of fields: log-odds per standard deviation, 0 ..= 5.
    pub crosses: f64,
    /// How far advertisers and categories swing over hours and days, log-odds, 0 ..= 5.
    pub drift: f64,
    /// How fast attention falls: slot k (from 1) is looked at with probability k^-position_bias, 0 ..= 3.
    pub position_bias: f64,
    /// Log-odds that a click leads to a conversion, -10 ..= 10.
    pub conversion_base: f64,
    /// Mean days from the click to the conversion, 0.01 ..= 60.
    pub conversion_days: f64,
    /// Log-odds that an ad that is looked at and not clicked is hidden, where it matches nothing, -15 ..= 10.
    pub hide_base: f64,
    /// Share of slots that the logging policy fills at random, 0 ..= 1.
    pub explore: f64,
    /// Standard deviation of the noise on the log of the policy's estimates, 0 ..= 5.
    pub policy_noise: f64,
    /// Whether requests say among which ads they chose, for estimates of other policies.
    pub log_eligible: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            start: 1_767_225_600_000,
            days: 14,
            requests: 95_000,
            session_requests: 2.0,
            users: 12_000,
            new_users: 0.3,
            activity_spread: 1.2,
            advertisers: 60,
            ads: 240,
            churn: 0.1,
            categories: 10,
            factors: 8,
            eligible: 40,
            click_rate: 0.02,
            appeal: 1.2,
            interest: 2.5,
            crosses: 0.6,
            drift: 0.6,
            position_bias: 0.6,
            conversion_base: -2.5,
            conversion_days: 1.5,
            hide_base: -6.5,
            explore: 0.2,
            policy_noise: 0.5,
            log_eligible: false,
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
            requests: self.requests.clamp(1, 100_000_000),
            session_requests: within(self.session_requests, 1.0, 20.0),
            users: self.users.clamp(1, 10_000_000),
            new_users: within(self.new_users, 0.0, 1.0),
            activity_spread: within(self.activity_spread, 0.0, 3.0),
            advertisers: self.advertisers.clamp(1, 100_000),
            ads: self.ads.clamp(1, 1_000_000),
            churn: within(self.churn, 0.0, 10.0),
            categories: self.categories.clamp(1, 64),
            factors: self.factors.clamp(2, 64),
            eligible: self.eligible.clamp(1, 1_000),
            click_rate: within(self.click_rate, 0.0001, 0.5),
            appeal: within(self.appeal, 0.0, 5.0),
            interest: within(self.interest, 0.0, 20.0),
            crosses: within(self.crosses, 0.0, 5.0),
            drift: within(self.drift, 0.0, 5.0),
            position_bias: within(self.position_bias, 0.0, 3.0),
            conversion_base: within(self.conversion_base, -10.0, 10.0),
            conversion_days: within(self.conversion_days, 0.01, 60.0),
            hide_base: within(self.hide_base, -15.0, 10.0),
            explore: within(self.explore, 0.0, 1.0),
            policy_noise: within(self.policy_noise, 0.0, 5.0),
            log_eligible: self.log_eligible,
        }
    }
}
