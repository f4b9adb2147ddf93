//! Watching what the features of a fold take, so that they can be shared out evenly; no bit depends on it.

use std::time::{Duration, Instant};

/// Hears when features have done something, one after another.
pub(crate) trait Watch {
    /// The first of them begins.
    fn start(&mut self) {}
    /// The one with this index is done.
    fn lap(&mut self, _: usize) {}
}

impl Watch for () {}

/// What each feature took.
pub(crate) struct Laps {
    pub(crate) spent: Vec<Duration>,
    last: Instant,
}

impl Laps {
    /// Of so many features, none of which took anything yet.
    pub(crate) fn new(many: usize) -> Laps {
        Laps { spent: vec![Duration::ZERO; many], last: Instant::now() }
    }
}

impl Watch for Laps {
    fn start(&mut self) {
        self.last = Instant::now();
    }

    fn lap(&mut self, at: usize) {
        let now = Instant::now();
        self.spent[at] += now - self.last;
        self.last = now;
    }
}
