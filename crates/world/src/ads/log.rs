//! The logged history under the logging policy, and what comes after its end.

use rand::RngExt;
use serde_json::json;

use crate::draw::{self, Purpose};
use crate::line::Line;
use crate::people::user_id;
use crate::queue::Queue;
use crate::schedule::{self, Call, Crowd};
use crate::{Moment, Visit};

use super::inventory::ad_id;
use super::page::{DEVICES, PLACEMENTS};
use super::{ROLES, Scene, Site, policy, reaction, truth};

/// Requests on which the rate of clicks is set.
const CALIBRATED: usize = 3_000;

/// Writes the whole log; hands the conversions of its clicks that come after its end to `late`.
pub(crate) fn write(site: &Site, each: &mut dyn FnMut(Line), late: &mut dyn FnMut(Line)) {
    let settings = &site.settings;
    let mut queue = Queue::default();
    site.users.iter().enumerate().for_each(|(index, user)| queue.push(user.announce(index)));
    (0..site.inventory.born_by(site.end() - 1)).for_each(|index| queue.push(site.inventory.announce(index)));
    let calls =
        crowd(site).calls(Purpose::History, settings.start, settings.days.into(), settings.requests as usize);
    for (number, call) in calls.iter().enumerate() {
        queue.release(call.time, each);
        let placement = placement(site, number);
        let eligible = policy::eligible(site, call.time, number);
        let slots = PLACEMENTS[placement].slots;
        let slate = policy::slate(site, call.time, number, &eligible, slots);
        let scene = Scene { time: call.time, device: Some(call.device), placement: Some(placement) };
        let shown: Vec<Option<usize>> = slate.iter().map(|(ad, _)| Some(*ad)).collect();
        let visit = visit(call, number, placement);
        let lines = reaction::react(site, &visit.id, call.user, scene, &shown);
        let mut context = visit.context;
        // Rounded to what a reader needs: seven digits.
        let propensities = slate.iter().map(|(_, chance)| (chance * 1e7).round() / 1e7).collect::<Vec<_>>();
        context.push(("propensity".to_owned(), json!(propensities)));
        if settings.log_eligible {
            let eligible = eligible.iter().copied().map(ad_id).collect::<Vec<_>>();
            context.push(("eligible".to_owned(), json!(eligible)));
        }
        each(Line::Request {
            roles: ROLES,
            id: visit.id,
            time: visit.time,
            user: visit.user,
            context,
            shown: slate.iter().map(|(ad, _)| ad_id(*ad)).collect(),
        });
        lines.into_iter().for_each(|line| queue.push(line));
    }
    queue.release(site.end() - 1, each);
    queue.release(i64::MAX, late);
}

/// The visits after the log's end, as frequent as during the log; births and late conversions between them.
pub(crate) fn afterwards(site: &Site, visits: usize) -> Vec<Moment> {
    let settings = &site.settings;
    let days = schedule::days_of(visits, settings.requests, settings.days);
    let calls = crowd(site).calls(Purpose::Future, site.end(), days, visits);
    let Some(last) = calls.last() else { return Vec::new() };
    let mut queue = Queue::default();
    let born = site.inventory.born_by(site.end() - 1)..site.inventory.born_by(last.time);
    born.for_each(|index| queue.push(site.inventory.announce(index)));
    write(site, &mut |_| (), &mut |line| queue.push(line));
    let mut moments = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        queue.release(call.time, &mut |line| moments.push(Moment::Event(line)));
        let number = settings.requests as usize + number;
        let mut visit = visit(call, number, placement(site, number));
        visit.pool = policy::eligible(site, call.time, number).into_iter().map(ad_id).collect();
        moments.push(Moment::Visit(visit));
    }
    moments
}

/// The base with which a sample of the log's slates earns the click rate that the settings ask for.
pub(crate) fn click_base(site: &Site) -> f64 {
    let days = site.settings.days.into();
    let calls = crowd(site).calls(Purpose::Calibrate, site.settings.start, days, CALIBRATED);
    // (log-odds without the base, probability of being looked at) of each impression.
    let mut sample: Vec<(f64, f64)> = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        let placement = placement(site, number);
        let scene = Scene { time: call.time, device: Some(call.device), placement: Some(placement) };
        let eligible = policy::eligible(site, call.time, number);
        let slate = policy::slate(site, call.time, number, &eligible, PLACEMENTS[placement].slots);
        sample.extend(slate.iter().enumerate().map(|(slot, (ad, _))| {
            let log_odds = truth::click_log_odds(site, call.user, &site.inventory.ad(*ad), scene);
            (log_odds, truth::examination(site, slot))
        }));
    }
    let rate = |base: f64| {
        let clicks = sample.iter().map(|(log_odds, looked)| looked * draw::logistic(base + log_odds));
        clicks.sum::<f64>() / sample.len() as f64
    };
    let (mut low, mut high) = (-30.0, 10.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if rate(middle) < site.settings.click_rate { low = middle } else { high = middle }
    }
    low
}

fn placement(site: &Site, number: usize) -> usize {
    let shares = draw::running(PLACEMENTS.iter().map(|placement| placement.share));
    draw::pick(&shares, draw::stream(site.seed, Purpose::Placement, number as u64).random())
}

fn visit(call: &Call, number: usize, placement: usize) -> Visit {
    Visit {
        id: format!("r{number}"),
        time: call.time,
        user: user_id(call.user),
        context: vec![
            ("device".to_owned(), json!(DEVICES[call.device].0)),
            ("placement".to_owned(), json!(PLACEMENTS[placement].name)),
        ],
        pool: Vec::new(),
    }
}

fn crowd(site: &Site) -> Crowd<'_> {
    let habits = site.users.iter().map(super::audience::User::habit).collect();
    Crowd { seed: site.seed, session_requests: site.settings.session_requests, habits }
}
