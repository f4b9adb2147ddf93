//! When users come: sittings of a few requests each, more in the evening and on weekends.

use rand::RngExt;

use crate::draw::{self, Purpose};
use crate::{DAY, HOUR, World};

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
    /// Index into [`crate::DEVICES`].
    pub(crate) device: usize,
}

/// `requests` calls within `days` whole days from `from`, in time order. None comes in the last hour, so that
/// what follows from the calls has happened by the end.
pub(crate) fn calls(world: &World, purpose: Purpose, from: i64, days: i64, requests: usize) -> Vec<Call> {
    let last = from + days * DAY - HOUR;
    let users = draw::running(world.users.iter().map(|user| user.activity));
    let hours = draw::running(HOURS.into_iter());
    let weekdays = draw::running((0..days).map(|day| if is_weekend(from + day * DAY) { 1.3 } else { 1.0 }));
    let more = 1.0 - 1.0 / world.settings.session_requests;
    let mut stream = draw::stream(world.seed, purpose, 0);
    let mut calls = Vec::with_capacity(requests);
    while calls.len() < requests {
        let user = draw::pick(&users, stream.random());
        let day = draw::pick(&weekdays, stream.random()) as i64;
        let hour = draw::pick(&hours, stream.random()) as i64;
        let mut time = from + day * DAY + hour * HOUR + stream.random_range(0..HOUR);
        let device = draw::pick(&world.users[user].devices, stream.random());
        while time >= world.users[user].arrival && time < last && calls.len() < requests {
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

/// The epoch began on a Thursday.
fn is_weekend(time: i64) -> bool {
    matches!((time / DAY + 3) % 7, 5 | 6)
}
