//! The worlds of a room: their logs may leak, they may change when the log ends, their people are made once.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rankine_world::{Drawing, Kind, Leak, Line, Moment, Planted, Population, Recipe, Roles, World};

/// The people of each world that judged, as its log left them: they take as long as writing the log.
#[derive(Default, Clone)]
pub(super) struct Peoples(Arc<Mutex<HashMap<(String, u64), People>>>);

type People = Arc<OnceLock<Box<dyn Population>>>;

impl Peoples {
    /// A world that may change when the log ends: one writes the log, the other judges.
    pub(super) fn of(&self, before: Box<dyn Recipe>, after: Option<Box<dyn Recipe>>) -> Box<dyn Recipe> {
        Box::new(Peopled { before, after, peoples: self.clone() })
    }

    fn get(&self, of: &dyn Recipe, seed: u64) -> People {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((of.identity(), seed)).or_default().clone()
    }
}

/// A recipe with a leak in the log.
pub(super) fn leaky(inner: Box<dyn Recipe>, leak: Leak) -> Box<dyn Recipe> {
    Box::new(Leaky { inner, leak })
}

/// A world whose log leaks.
#[derive(Debug)]
struct Leaky {
    inner: Box<dyn Recipe>,
    leak: Leak,
}

impl Recipe for Leaky {
    fn kind(&self) -> &'static Kind {
        self.inner.kind()
    }

    fn build(&self, seed: u64) -> Box<dyn World> {
        Box::new(Planted::new(self.inner.build(seed), self.leak))
    }

    fn identity(&self) -> String {
        format!("{} with {}", self.inner.identity(), self.leak.name())
    }

    fn outside(&self) -> Vec<String> {
        self.inner.outside()
    }
}

struct Peopled {
    before: Box<dyn Recipe>,
    after: Option<Box<dyn Recipe>>,
    peoples: Peoples,
}

impl Debug for Peopled {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:?}, then {:?}", self.before, self.after)
    }
}

impl Recipe for Peopled {
    fn kind(&self) -> &'static Kind {
        self.before.kind()
    }

    fn build(&self, seed: u64) -> Box<dyn World> {
        let before: Arc<dyn World> = Arc::from(self.before.build(seed));
        let after = self.after.as_ref().map_or_else(|| before.clone(), |after| Arc::from(after.build(seed)));
        let people = self.peoples.get(self.after.as_ref().unwrap_or(&self.before).as_ref(), seed);
        Box::new(Turned { before, after, people })
    }

    fn identity(&self) -> String {
        match &self.after {
            None => self.before.identity(),
            Some(after) => format!("{} then {}", self.before.identity(), after.identity()),
        }
    }

    fn outside(&self) -> Vec<String> {
        let mut outside = self.before.outside();
        outside.extend(self.after.iter().flat_map(|after| after.outside()));
        outside
    }
}

/// [`Peopled`] once it is built; where nothing changes both worlds are the same.
struct Turned {
    before: Arc<dyn World>,
    after: Arc<dyn World>,
    people: People,
}

impl World for Turned {
    fn log(&self, each: &mut dyn FnMut(Line)) {
        self.before.log(each);
    }

    fn pictures(&self) -> u64 {
        self.before.pictures()
    }

    fn picture(&self, index: u64) -> Option<Drawing> {
        self.before.picture(index)
    }

    fn visited(&self) -> bool {
        self.before.visited()
    }

    fn afterwards(&self, visits: usize) -> Vec<Moment> {
        self.after.afterwards(visits)
    }

    fn population(&self) -> Box<dyn Population> {
        self.people.get_or_init(|| self.after.population()).boxed_clone()
    }

    fn end(&self) -> i64 {
        self.before.end()
    }

    fn roles(&self) -> Roles {
        self.before.roles()
    }

    fn goal(&self) -> &'static str {
        self.before.goal()
    }

    fn worth(&self, lines: &[Line]) -> f64 {
        self.after.worth(lines)
    }

    fn outcome(&self, line: &Line) -> Option<bool> {
        self.before.outcome(line)
    }

    fn ill(&self) -> Option<&'static str> {
        self.before.ill()
    }

    fn parts(&self, lines: &[Line]) -> (f64, f64) {
        self.after.parts(lines)
    }
}
