//! Counts per key in sliding windows, exact, from the times of the events.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use super::state::decode;
use crate::fetch::{STEPS, fetch};
use crate::log::{Id, Millis};
use crate::memory::entry;

/// The events of each key as far back as the longest of some windows reaches.
///
/// At `t` a window of length `w` holds what became known in `[t - w, t)`: whatever happens at one moment is not in
/// one another's window, in whichever order it is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Times {
    /// The length of each window.
    lengths: Vec<Millis>,
    keys: Vec<Line>,
}

/// The events of one key.
#[derive(Debug, Clone)]
struct Line {
    /// Ascending; those that no window of the newest one reaches stand in front until it is worth moving the rest.
    times: Vec<Millis>,
    /// The last of them; the smallest number before any.
    newest: Millis,
    /// The place of the first that is reached; the others are as good as forgotten.
    oldest: u32,
    /// One for each length; beside the rest, since what lies elsewhere in memory is what counting waits for.
    windows: SmallVec<[Window; 3]>,
}

/// Where a window of a key begins when its newest event comes: later readers look from there on, and mostly need
/// not look at the times.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// The time of the first event in it; the smallest number where that is not known.
    edge: Millis,
    /// Its place.
    start: u32,
}

impl Default for Window {
    fn default() -> Window {
        Window { edge: Millis::MIN, start: 0 }
    }
}

impl Default for Line {
    fn default() -> Line {
        Line { times: Vec::new(), newest: Millis::MIN, oldest: 0, windows: SmallVec::new() }
    }
}

impl Times {
    /// Nothing counted yet in windows of these lengths.
    pub(super) fn new(lengths: &[Millis]) -> Times {
        Times { lengths: lengths.to_vec(), keys: Vec::new() }
    }

    /// Counts one event of a key.
    pub(super) fn add(&mut self, id: Id, time: Millis) {
        entry(&mut self.keys, id).add(time, &self.lengths);
    }

    /// The events of a key in a window at this moment.
    pub(super) fn count(&self, id: Id, window: usize, now: Millis) -> u64 {
        let Some(line) = self.keys.get(id as usize) else { return 0 };
        let from = now.saturating_sub(self.lengths[window]);
        match line.windows.get(window) {
            Some(window) if now > line.newest => line.since(*window, from),
            Some(window) => line.between(*window, from, now),
            None => 0,
        }
    }

    /// Fetches ahead what [`Times::count`] and [`Times::add`] read of these keys.
    pub(super) fn fetch(&self, [slots, beyond, _]: [&[Id]; STEPS]) {
        for id in slots {
            // A key takes two lines.
            fetch(&self.keys, *id as usize);
            fetch(&self.keys, *id as usize + 1);
        }
        for line in beyond.iter().filter_map(|id| self.keys.get(*id as usize)) {
            fetch(&line.times, line.times.len());
            line.windows.iter().for_each(|window| fetch(&line.times, window.start as usize));
        }
    }

    /// Replaces them by encoded ones.
    ///
    /// # Errors
    /// A sentence, where the bytes are none, or those of other windows.
    pub(super) fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut loaded: Times = decode(bytes)?;
        if self.lengths != loaded.lengths || !loaded.keys.iter().all(|line| line.times.is_sorted()) {
            return Err("the state belongs to other windows".to_owned());
        }
        loaded.keys.iter_mut().for_each(|line| line.settle(&loaded.lengths));
        *self = loaded;
        Ok(())
    }
}

impl Line {
    fn add(&mut self, time: Millis, lengths: &[Millis]) {
        if time < self.newest {
            let at = self.times.partition_point(|known| *known <= time);
            self.times.insert(at, time);
            self.windows.clear();
        } else {
            self.times.push(time);
        }
        self.settle(lengths);
    }

    /// Moves the windows to the newest event.
    fn settle(&mut self, lengths: &[Millis]) {
        let Some(&newest) = self.times.last() else { return };
        let before = std::mem::replace(&mut self.newest, newest);
        self.windows.resize(lengths.len(), Window::default());
        let mut oldest = self.times.len() as u32;
        for (window, length) in self.windows.iter_mut().zip(lengths) {
            let from = newest.saturating_sub(*length);
            if (Millis::MIN + 1..from).contains(&before) {
                // Nothing happened for so long that only the newest lies within.
                *window = Window { edge: newest, start: self.times.len() as u32 - 1 };
            } else if window.edge < from || window.edge == Millis::MIN {
                window.start = after(&self.times, window.start as usize, from) as u32;
                window.edge = self.times[window.start as usize];
            }
            oldest = oldest.min(window.start);
        }
        self.oldest = oldest;
        if oldest as usize * 2 > self.times.len() {
            self.times.drain(..oldest as usize);
            self.windows.iter_mut().for_each(|window| window.start -= oldest);
            self.oldest = 0;
        }
    }

    /// The events since a moment, asked for after the newest one.
    fn since(&self, window: Window, from: Millis) -> u64 {
        if self.newest < from {
            return 0;
        }
        let start = window.start as usize;
        let first = if window.edge >= from { start } else { after(&self.times, start, from) };
        (self.times.len() - first) as u64
    }

    /// The events in [from, until), where who asks about a moment before the newest event begins before its
    /// windows.
    fn between(&self, window: Window, from: Millis, until: Millis) -> u64 {
        let (oldest, start) = (self.oldest as usize, window.start as usize);
        let end = self.times.partition_point(|time| *time < until);
        let early = start > oldest && self.times[start - 1] >= from;
        let first = after(&self.times, if early { oldest } else { start }, from);
        end.saturating_sub(first) as u64
    }

    /// What the newest event's windows reach: equal histories have equal bytes, whatever was forgotten when.
    fn live(&self) -> &[Millis] {
        &self.times[self.oldest as usize..]
    }
}

/// The place of the first time that is not before `from`, looked for from a place that is not behind it: mostly
/// it is near.
fn after(times: &[Millis], place: usize, from: Millis) -> usize {
    let (mut low, mut step) = (place, 1);
    while low + step <= times.len() && times[low + step - 1] < from {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(times.len());
    low + times[low..high].partition_point(|time| *time < from)
}

impl PartialEq for Line {
    fn eq(&self, other: &Line) -> bool {
        self.live() == other.live()
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.live().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Line, D::Error> {
        Ok(Line { times: Vec::deserialize(deserializer)?, ..Line::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::state::encode;
    use crate::features::windows::{DAY, HOUR};
    use crate::random::hash;
    use proptest::prelude::*;

    #[test]
    fn a_window_is_exact_and_leaves_its_own_moment_out() {
        let mut times = Times::new(&[HOUR, DAY]);
        [5, 5, 7].into_iter().for_each(|time| times.add(2, time));
        let at = |window, now| times.count(2, window, now);
        assert_eq!([5, 6, 7, 8].map(|now| at(0, now)), [0, 2, 2, 3]);
        assert_eq!([5, 6, 7, 8].map(|now| at(0, now + HOUR)), [3, 1, 1, 0]);
        assert_eq!((at(1, HOUR + 8), at(1, DAY + 7), at(1, DAY + 8)), (3, 1, 0));
        assert_eq!((times.count(1, 0, 9), times.count(3, 0, 9)), (0, 0));
    }

    proptest! {
        #[test]
        fn counts_are_those_of_a_list(seed in any::<u64>(), many in 1u64..200) {
            let lengths = [50, 7, 20];
            let mut times = Times::new(&lengths);
            let (mut list, mut now) = (Vec::new(), 0);
            for at in 0..many {
                let draw = |what: u64, end: u64| (hash(seed, &[at, what]) % end) as Millis;
                now += draw(0, 9) * draw(1, 3);
                // Some are late, but not by more than the longest window.
                let time = now - if draw(2, 5) == 0 { draw(3, 40) } else { 0 };
                times.add(0, time);
                list.push(time);
                let newest = list.iter().copied().max().unwrap_or(0);
                let mut again = Times::new(&lengths);
                again.load(&encode(&times)).unwrap();
                prop_assert_eq!(encode(&again), encode(&times));
                for (window, length) in lengths.into_iter().enumerate() {
                    let asked = newest + 30 - draw(4, 60);
                    let reached = list.iter().filter(|time| **time >= newest - 50);
                    let want = reached.filter(|time| (asked - length..asked).contains(*time)).count() as u64;
                    prop_assert_eq!(times.count(0, window, asked), want);
                    prop_assert_eq!(again.count(0, window, asked), want);
                }
            }
        }
    }
}
