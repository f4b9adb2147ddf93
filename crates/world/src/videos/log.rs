//! The logged history under the logging policy, and what comes after its end.

use serde_json::json;

use crate::draw::Purpose;
use crate::line::Line;
use crate::people::{DEVICES, index_of, user_id};
use crate::queue::Queue;
use crate::schedule::{self, Call, Crowd, Habit};
use crate::{Moment, Visit};

use super::catalogue::video_id;
use super::policy::Policy;
use super::population::Watched;
use super::reaction::{CLICK, Scene};
use super::{ROLES, Site};

/// Writes the whole log and returns the watched videos at its end.
pub(crate) fn write(site: &Site, each: &mut dyn FnMut(Line)) -> Watched {
    let settings = &site.settings;
    let mut queue = Queue::default();
    site.users.iter().enumerate().for_each(|(index, user)| queue.push(user.announce(index)));
    (0..site.catalogue.born_by(site.end() - 1)).for_each(|index| queue.push(site.catalogue.announce(index)));
    let mut watched = Watched::new(site.users.len());
    let mut policy = Policy::new(site);
    let (days, requests) = (settings.days.into(), settings.requests as usize);
    let calls = crowd(site).calls(Purpose::History, settings.start, days, requests);
    for (number, call) in calls.iter().enumerate() {
        queue.release(call.time, each);
        let slate = policy.slate(site, &watched, call, number);
        let visit = visit(call, number);
        let seen: Vec<Option<usize>> = slate.iter().copied().map(Some).collect();
        let scene = Scene { time: call.time, device: Some(call.device) };
        let lines = watched.react_to(site, &visit.id, call.user, scene, &seen);
        each(Line::Request {
            roles: ROLES,
            id: visit.id,
            time: visit.time,
            user: visit.user,
            context: visit.context,
            shown: slate.iter().copied().map(video_id).collect(),
        });
        for line in lines {
            if let Line::Interaction { event, item, .. } = &line
                && event == CLICK
                && let Some(video) = index_of(item, 'v')
            {
                policy.count(video);
            }
            queue.push(line);
        }
    }
    queue.release(i64::MAX, each);
    watched
}

/// The births and visits after the log's end, as frequent as during the log.
pub(crate) fn afterwards(site: &Site, visits: usize) -> Vec<Moment> {
    let settings = &site.settings;
    let days = schedule::days_of(visits, settings.requests, settings.days);
    let calls = crowd(site).calls(Purpose::Future, site.end(), days, visits);
    let mut next = site.catalogue.born_by(site.end() - 1);
    let mut moments = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        let born = site.catalogue.born_by(call.time);
        moments.extend((next..born).map(|index| Moment::Event(site.catalogue.announce(index))));
        next = next.max(born);
        moments.push(Moment::Visit(visit(call, settings.requests as usize + number)));
    }
    moments
}

fn visit(call: &Call, number: usize) -> Visit {
    Visit {
        id: format!("r{number}"),
        time: call.time,
        user: user_id(call.user),
        context: vec![("device".to_owned(), json!(DEVICES[call.device].0))],
        pool: Vec::new(),
    }
}

fn crowd(site: &Site) -> Crowd<'_> {
    let habits = site.users.iter().map(|user| Habit {
        arrival: user.arrival,
        activity: user.activity,
        devices: &user.devices,
    });
    Crowd { seed: site.seed, session_requests: site.settings.session_requests, habits: habits.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Population;
    use crate::videos::{Settings, Videos, Viewers};

    #[test]
    fn users_react_to_the_logged_slates_as_the_log_says() {
        let settings = Settings { users: 40, items: 60, days: 5, requests: 300, ..Settings::default() };
        let world = Videos::new(&settings, 3);
        let mut viewers = Viewers { site: world.site.clone(), watched: Watched::new(40) };
        let (mut logged, mut replayed) = (Vec::new(), Vec::new());
        let end = write(&world.site, &mut |line| match line {
            Line::Entity { .. } => {}
            Line::Request { id, time, user, context, shown, .. } => {
                let visit = Visit { id, time, user, context, pool: Vec::new() };
                replayed.extend(viewers.react(&visit, &shown));
            }
            Line::Interaction { .. } => logged.push(line),
        });
        replayed.sort_by_key(Line::time);
        assert_eq!(replayed, logged);
        assert!(logged.len() > 200);
        assert_eq!(viewers.watched, end);
    }
}
