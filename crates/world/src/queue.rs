//! Lines that wait until their time has come.

use std::collections::BTreeMap;

use crate::line::Line;

/// Lines that wait until their time has come; those of one time leave in the order in which they came.
#[derive(Default)]
pub(crate) struct Queue {
    lines: BTreeMap<(i64, usize), Line>,
    count: usize,
}

impl Queue {
    pub(crate) fn push(&mut self, line: Line) {
        self.lines.insert((line.time(), self.count), line);
        self.count += 1;
    }

    /// Hands out all lines up to and including a time.
    pub(crate) fn release(&mut self, until: i64, each: &mut dyn FnMut(Line)) {
        while let Some(entry) = self.lines.first_entry() {
            if entry.key().0 > until {
                break;
            }
            each(entry.remove());
        }
    }
}
