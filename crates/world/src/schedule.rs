//! When users come: sittings of a few requests each, more in the evening and on weekends.

use rand::RngExt;

use crate::draw::{self, Purpose};
use crate::{DAY, HOUR};

/// Relative number of sittings that begin in each hour of the day.
const HOURS: [f64; 24] = [
    1.2, 0.7, 0.4, 0.3, 0.3, 0.4, 0.8, 1.4, 1.6, 1.5, 1.5, 1.7, 2.2, 2.1, 1.7, 1.7, 2.0, 2.6, 3.4, 4.4, 5.2,
    5.0, 3.8, 2.2,
];
/// Median minutes between the requests of a sitting.
const PAUSE_MINUTES: f64 = 7.0;

/// A request before its slate is known.
pub(crate) struct Call {
    pub(crate) time: i64,
    pub(crate) user: usize,
    /// Index into the devices.
    pub(crate) device: usize,
}

/// When and how one user comes.
pub(crate) struct Habit<'a> {
    /// Before this time the user does not come.
    pub(crate) arrival: i64,
    /// Relative number of sittings.
    pub(crate) activity: f64,
    /// Running shares of the devices.
    pub(crate) devices: &'a [f64],
}

/// All who may come, and what decides when.
pub(crate) struct Crowd<'a> {
    pub(crate) seed: u64,
    /// Mean number of requests in one sitting, at least 1.
    pub(crate) session_requests: f64,
    pub(crate) habits: Vec<Habit<'a>>,
}

impl Crowd<'_> {
    /// `requests` calls within `days` whole days from `from`, in time order. None comes in the last hour, so
    /// that what follows from the calls soon has happened by the end.
    pub(crate) fn calls(&self, purpose: Purpose, from: i64, days: i64, requests: usize) -> Vec<Call> {
        let last = from + days * DAY - HOUR;
        let users = draw::running(self.habits.iter().map(|habit| habit.activity));
        let hours = draw::running(HOURS.into_iter());
        let weekdays =
            draw::running((0..days).map(|day| if is_weekend(from + day * DAY) { 1.3 } else { 1.0 }));
        let more = 1.0 - 1.0 / self.session_requests;
        let mut stream = draw::stream(self.seed, purpose, 0);
        let mut calls = Vec::with_capacity(requests);
        while calls.len() < requests {
            let user = draw::pick(&users, stream.random());
            let day = draw::pick(&weekdays, stream.random()) as i64;
            let hour = draw::pick(&hours, stream.random()) as i64;
            let mut time = from + day * DAY + hour * HOUR + stream.random_range(0..HOUR);
            let device = draw::pick(self.habits[user].devices, stream.random());
            while time >= self.habits[user].arrival && time < last && calls.len() < requests {
                calls.push(Call { time, user, device });
                if stream.random::<f64>() >= more {
                    break;
                }
                time += (PAUSE_MINUTES * 60_000.0 * (0.5 * draw::normal(&mut stream)).exp()) as i64 + 1_000;
            }
        }
        calls.sort_by_key(|call| (call.time, call.user));
        calls
    }
}

/// Whole days within which so many calls come, at the rate of a log of `requests` in `days`.
pub(crate) fn days_of(calls: usize, requests: u32, days: u32) -> i64 {
    let per_day = f64::from(requests) / f64::from(days);
    ((calls as f64 / per_day).ceil() as i64).max(1)
}

/// When in the day a share of the day's visits has come, in milliseconds from midnight.
pub(crate) fn moment_of_day(share: f64) -> i64 {
    let running = draw::running(HOURS.into_iter());
    let hour = draw::pick(&running, share);
    let below = if hour == 0 { 0.0 } else { running[hour - 1] };
    let within = (share * running[23] - below) / HOURS[hour];
    ((hour as f64 + within.clamp(0.0, 1.0)) * HOUR as f64) as i64
}

/// Hour of the day, from 0.
pub(crate) fn hour(time: i64) -> i64 {
    time.rem_euclid(DAY) / HOUR
}

/// The epoch began on a Thursday.
fn is_weekend(time: i64) -> bool {
    matches!((time / DAY + 3) % 7, 5 | 6)
}
