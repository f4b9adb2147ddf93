//! The logged history under the logging policy, and what comes after its end.

use std::collections::BTreeMap;

use crate::catalogue::video_id;
use crate::draw::Purpose;
use crate::line::{CLICK, Line};
use crate::policy::Policy;
use crate::population::{Population, index_of, user_id};
use crate::reaction::Scene;
use crate::schedule::{self, Call};
use crate::{DEVICES, Moment, Visit, World};

/// Lines that wait until their time has come; those of one time leave in the order in which they came.
#[derive(Default)]
struct Queue {
    lines: BTreeMap<(i64, usize), Line>,
    count: usize,
}

impl Queue {
    fn push(&mut self, line: Line) {
        self.lines.insert((line.time(), self.count), line);
        self.count += 1;
    }

    /// Hands out all lines up to and including a time.
    fn release(&mut self, until: i64, each: &mut dyn FnMut(Line)) {
        while let Some(entry) = self.lines.first_entry() {
            if entry.key().0 > until {
                break;
            }
            each(entry.remove());
        }
    }
}

/// Writes the whole log and returns the population at its end.
pub(crate) fn write(world: &World, each: &mut dyn FnMut(Line)) -> Population {
    let settings = &world.settings;
    let mut queue = Queue::default();
    world.users.iter().enumerate().for_each(|(index, user)| queue.push(user.announce(index)));
    (0..world.catalogue.born_by(world.end() - 1))
        .for_each(|index| queue.push(world.catalogue.announce(index)));
    let mut population = Population::new(world.users.len());
    let mut policy = Policy::new(world);
    let calls = schedule::calls(
        world,
        Purpose::History,
        settings.start,
        settings.days.into(),
        settings.requests as usize,
    );
    for (number, call) in calls.iter().enumerate() {
        queue.release(call.time, each);
        let slate = policy.slate(world, &population, call, number);
        let visit = visit(call, number);
        let seen: Vec<Option<usize>> = slate.iter().copied().map(Some).collect();
        let scene = Scene { time: call.time, device: Some(call.device) };
        let lines = population.react_to(world, &visit.id, call.user, scene, &seen);
        each(Line::Request {
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
    population
}

/// The births and visits after the log's end, as frequent as during the log.
pub(crate) fn afterwards(world: &World, visits: usize) -> Vec<Moment> {
    let settings = &world.settings;
    let per_day = f64::from(settings.requests) / f64::from(settings.days);
    let days = ((visits as f64 / per_day).ceil() as i64).max(1);
    let calls = schedule::calls(world, Purpose::Future, world.end(), days, visits);
    let mut next = world.catalogue.born_by(world.end() - 1);
    let mut moments = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        let born = world.catalogue.born_by(call.time);
        moments.extend((next..born).map(|index| Moment::Born(world.catalogue.announce(index))));
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
        context: vec![("device".to_owned(), DEVICES[call.device].0.to_owned())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn users_react_to_the_logged_slates_as_the_log_says() {
        let settings = Settings { users: 40, items: 60, days: 5, requests: 300, ..Settings::default() };
        let world = World::new(&settings, 3);
        let mut population = Population::new(world.users.len());
        let (mut logged, mut replayed) = (Vec::new(), Vec::new());
        let end = write(&world, &mut |line| match line {
            Line::Entity { .. } => {}
            Line::Request { id, time, user, context, shown } => {
                replayed.extend(population.react(&world, &Visit { id, time, user, context }, &shown));
            }
            Line::Interaction { .. } => logged.push(line),
        });
        replayed.sort_by_key(Line::time);
        assert_eq!(replayed, logged);
        assert!(logged.len() > 200);
        assert_eq!(population, end);
    }
}
