//! Counts per key in sliding windows, kept as whole numbers in epoch-aligned buckets.

use std::ops::RangeInclusive;

use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;
use thin_vec::ThinVec;

use super::scale;
use super::state::decode;
use crate::card::{Kind, Parameter, Preset, Settings};
use crate::fetch::{STEPS, fetch};
use crate::log::{Id, Millis};

pub(super) const SECOND: Millis = 1_000;
pub(super) const MINUTE: Millis = 60 * SECOND;
pub(super) const HOUR: Millis = 60 * MINUTE;
pub(super) const DAY: Millis = 24 * HOUR;

/// Whole buckets in a window; the open bucket comes on top.
pub(super) const PARTS: i32 = 24;
/// Windows that one feature may have.
pub(super) const MOST: usize = 8;

/// The parameter of features over several windows.
pub(super) const PARAMETER: Parameter = Parameter {
    name: "windows",
    doc: "Lengths of the windows, each a minute or more; a window covers 24 whole buckets and the open one.",
    kind: Kind::Durations,
    default: Preset::Durations(&[DAY, 7 * DAY]),
    search: &[],
};

/// How a count is written.
pub(super) const SCALE: Parameter = scale("`log` writes ln(1 + count), `raw` the count.");

/// A bucket of each window.
pub(super) type Places = SmallVec<[i32; MOST]>;

/// The events of each key within each of some windows, for one signal or more.
///
/// Time is cut into buckets of `length / 24` (rounded up) that begin at the epoch. At `t` a window holds the
/// bucket of `t` and the 24 before it, so that it reaches back between 1 and 25/24 of its length: a
/// sawtooth, as in Datar et al. 2002 with equal buckets. A key keeps at most 25 counts a window and signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Counts {
    signals: usize,
    /// The width of each window's buckets in milliseconds.
    buckets: Vec<Millis>,
    /// `keys x signals x windows`: what is read together lies together.
    rings: Vec<Ring>,
}

/// The counts of one key. What most reads and writes need stands at hand: the newest bucket, which grows, and the
/// sum of all.
#[derive(Debug, Clone, Default)]
struct Ring {
    /// (bucket, events) before the newest bucket, oldest first, only buckets with any; those that are forgotten stand in
    /// front until their room is needed.
    older: ThinVec<(i32, u32)>,
    /// All events that are not forgotten; none where nothing was counted yet.
    total: u64,
    oldest: i32,
    newest: i32,
    /// The events of the newest bucket.
    open: u32,
    /// How many of the older ones are forgotten.
    gone: u32,
}

/// So many share a line of the processor's cache.
const RINGS: usize = 2;
const _: () = assert!(size_of::<Ring>() * RINGS <= 64);

impl Counts {
    /// Nothing counted yet, for this many signals in windows of these lengths.
    pub(super) fn new(signals: usize, lengths: &[Millis]) -> Counts {
        Counts { signals, buckets: lengths.iter().copied().map(bucket).collect(), rings: Vec::new() }
    }

    /// The number of windows.
    pub(super) fn windows(&self) -> usize {
        self.buckets.len()
    }

    /// The bucket of a window that a moment falls in.
    pub(super) fn place(&self, window: usize, time: Millis) -> i32 {
        place(time, self.buckets[window])
    }

    /// The bucket of every window that a moment falls in.
    pub(super) fn places(&self, time: Millis) -> Places {
        self.buckets.iter().map(|&width| place(time, width)).collect()
    }

    /// Counts one event of a key in every window.
    pub(super) fn add(&mut self, id: Id, signal: usize, time: Millis) {
        self.add_at(id, signal, &self.places(time), 1);
    }

    /// Counts so many events of a key at the moment that falls in these buckets.
    pub(super) fn add_at(&mut self, id: Id, signal: usize, places: &Places, many: u32) {
        if many == 0 {
            return;
        }
        let windows = self.windows();
        let of_key = self.signals * windows;
        let first = id as usize * of_key;
        if self.rings.len() < first + of_key {
            self.rings.resize_with(first + of_key, Ring::default);
        }
        for (ring, &place) in self.rings[first + signal * windows..].iter_mut().zip(places.as_slice()) {
            ring.add(place, many);
        }
    }

    /// The events of a key in the window that ends with its bucket `now`.
    #[inline]
    pub(super) fn count(&self, id: Id, signal: usize, window: usize, now: i32) -> u64 {
        self.rings.get(self.first(id, signal) + window).map_or(0, |ring| ring.count(now))
    }

    /// Fetches ahead what [`Counts::count`] and [`Counts::add`] read of these keys.
    pub(super) fn fetch(&self, [slots, beyond, _]: [&[Id]; STEPS]) {
        let of_key = self.signals * self.windows();
        let of = |id: &Id| *id as usize * of_key..(*id as usize + 1) * of_key;
        let rings = |id: &Id| self.rings.get(of(id)).unwrap_or_default();
        slots.iter().for_each(|id| of(id).step_by(RINGS).for_each(|ring| fetch(&self.rings, ring)));
        beyond.iter().flat_map(rings).for_each(|ring| fetch(&ring.older, ring.gone as usize));
    }

    /// Replaces them by encoded ones.
    ///
    /// # Errors
    /// A sentence, where the bytes are none, or those of other windows.
    pub(super) fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: Counts = decode(bytes)?;
        if !self.accepts(&loaded) {
            return Err("the state belongs to other windows".to_owned());
        }
        *self = loaded;
        Ok(())
    }

    /// Whether loaded counts could have come from these by counting.
    pub(super) fn accepts(&self, loaded: &Counts) -> bool {
        (self.signals, &self.buckets) == (loaded.signals, &loaded.buckets)
            && loaded.rings.len().is_multiple_of((self.signals * self.windows()).max(1))
            && loaded.rings.iter().all(Ring::is_sound)
    }

    fn first(&self, id: Id, signal: usize) -> usize {
        (id as usize * self.signals + signal) * self.windows()
    }
}

impl Ring {
    #[inline]
    fn add(&mut self, place: i32, many: u32) {
        if self.total > 0 && place == self.newest && self.open < u32::MAX - many {
            self.open += many;
            self.total += u64::from(many);
        } else if self.total > 0 && place > self.newest {
            self.open_next(place, many);
        } else {
            self.insert(place, many);
        }
    }

    /// Counts what comes after the newest bucket, and forgets what leaves the window.
    fn open_next(&mut self, place: i32, many: u32) {
        let (closed, first) = ((self.newest, self.open), place.saturating_sub(PARTS));
        if self.oldest < first {
            let leaving = self.kept().iter().take_while(|bucket| bucket.0 < first).count();
            self.total -= sum(&self.kept()[..leaving]);
            self.gone += leaving as u32;
        }
        if closed.0 >= first {
            self.close(closed);
        } else {
            self.total -= u64::from(closed.1);
        }
        self.total += u64::from(many);
        (self.newest, self.open) = (place, many);
        self.oldest = self.kept().first().map_or(place, |bucket| bucket.0);
    }

    /// Puts a bucket behind the older ones, rather in the room of those that are forgotten than in more.
    fn close(&mut self, bucket: (i32, u32)) {
        let gone = self.gone as usize;
        if gone > 0 && self.older.len() == self.older.capacity() {
            self.older.copy_within(gone.., 0);
            self.older.truncate(self.older.len() - gone);
            self.gone = 0;
        }
        self.older.push(bucket);
    }

    /// Counts what comes late, or more than a bucket can hold.
    fn insert(&mut self, place: i32, many: u32) {
        let mut buckets: Vec<(i32, u32)> = self.buckets().collect();
        match buckets.binary_search_by_key(&place, |bucket| bucket.0) {
            Ok(at) => buckets[at].1 = buckets[at].1.saturating_add(many),
            Err(at) => buckets.insert(at, (place, many)),
        }
        let newest = buckets.last().map_or(place, |bucket| bucket.0);
        buckets.retain(|bucket| bucket.0 >= newest.saturating_sub(PARTS));
        *self = Ring::from(buckets);
    }

    #[inline]
    fn count(&self, now: i32) -> u64 {
        let first = now.saturating_sub(PARTS);
        if self.oldest >= first && self.newest <= now {
            return self.total;
        }
        if self.newest < first { 0 } else { self.count_within(first, now) }
    }

    /// All but what lies outside, being few: rings forget what is old whenever they grow.
    fn count_within(&self, first: i32, now: i32) -> u64 {
        let mut count = self.total;
        for bucket in self.kept().iter().take_while(|bucket| bucket.0 < first) {
            count -= u64::from(bucket.1);
        }
        if self.newest > now {
            let after = self.kept().iter().rev().take_while(|bucket| bucket.0 > now);
            count -= u64::from(self.open) + after.map(|bucket| u64::from(bucket.1)).sum::<u64>();
        }
        count
    }

    /// The older buckets that are not forgotten.
    fn kept(&self) -> &[(i32, u32)] {
        &self.older[self.gone as usize..]
    }

    /// All buckets with any events, oldest first.
    fn buckets(&self) -> impl Iterator<Item = (i32, u32)> + '_ {
        let open = (self.total > 0).then_some((self.newest, self.open));
        self.kept().iter().copied().chain(open)
    }

    fn is_sound(&self) -> bool {
        let many = self.buckets().count();
        many <= PARTS as usize + 1
            && self.buckets().is_sorted_by(|left, right| left.0 < right.0)
            && self.buckets().all(|bucket| bucket.1 > 0)
    }
}

fn sum(buckets: &[(i32, u32)]) -> u64 {
    buckets.iter().map(|bucket| u64::from(bucket.1)).sum()
}

impl From<Vec<(i32, u32)>> for Ring {
    fn from(mut buckets: Vec<(i32, u32)>) -> Ring {
        let total = sum(&buckets);
        let (newest, open) = buckets.pop().unwrap_or_default();
        let oldest = buckets.first().map_or(newest, |bucket| bucket.0);
        Ring { older: buckets.into(), total, oldest, newest, open, gone: 0 }
    }
}

impl PartialEq for Ring {
    fn eq(&self, other: &Ring) -> bool {
        self.buckets().eq(other.buckets())
    }
}

impl Serialize for Ring {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let many = self.kept().len() + usize::from(self.total > 0);
        let mut list = serializer.serialize_seq(Some(many))?;
        self.buckets().try_for_each(|bucket| list.serialize_element(&bucket))?;
        list.end()
    }
}

impl<'de> Deserialize<'de> for Ring {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ring, D::Error> {
        Ok(Ring::from(Vec::deserialize(deserializer)?))
    }
}

/// The width of a bucket in a window of this length, a minute or more.
pub(super) fn bucket(length: Millis) -> Millis {
    let parts = Millis::from(PARTS);
    length.max(MINUTE).saturating_add(parts - 1) / parts
}

/// The epoch-aligned bucket of this width that a moment falls in.
pub(super) fn place(time: Millis, width: Millis) -> i32 {
    let place = time.div_euclid(width.max(1));
    place.clamp(Millis::from(i32::MIN), Millis::from(i32::MAX)) as i32
}

/// The moments whose buckets of this width a window holds at `now`: to compare with them takes a tenth of the time that
/// it takes to find the bucket of each moment.
pub(super) fn reach(now: Millis, width: Millis) -> RangeInclusive<Millis> {
    let last = place(now, width);
    let first = last.saturating_sub(PARTS);
    // The outermost buckets hold whatever lies beyond them.
    let from = if first == i32::MIN { Millis::MIN } else { Millis::from(first).saturating_mul(width) };
    let next = (Millis::from(last) + 1).saturating_mul(width);
    from..=if last == i32::MAX || next == Millis::MAX { Millis::MAX } else { next - 1 }
}

/// The parameter `windows`, checked.
pub(super) fn lengths(settings: &Settings) -> Result<Vec<Millis>, String> {
    let lengths = settings.durations(PARAMETER.name);
    if lengths.is_empty() || lengths.len() > MOST {
        return Err(format!("`windows` needs between 1 and {MOST} lengths of time"));
    }
    for (at, &length) in lengths.iter().enumerate() {
        if length < MINUTE {
            return Err(format!("the window {} is shorter than a minute", name(length)));
        }
        if lengths[..at].contains(&length) {
            return Err(format!("the window {} stands twice", name(length)));
        }
    }
    Ok(lengths.to_vec())
}

/// The names of columns over windows, such as `ctr[7d]`.
pub(super) fn names(stem: &str, lengths: &[Millis]) -> Vec<String> {
    lengths.iter().map(|&length| format!("{stem}[{}]", name(length))).collect()
}

/// A length of time as designs write it, such as `7d`.
pub(super) fn name(length: Millis) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let unit = units.iter().find(|(unit, _)| length != 0 && length % unit == 0);
    unit.map_or_else(|| format!("{length}ms"), |(unit, word)| format!("{}{word}", length / unit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day() -> Counts {
        Counts::new(2, &[HOUR, DAY])
    }

    #[test]
    fn a_window_covers_whole_buckets_and_the_open_one() {
        let mut counts = day();
        counts.add(3, 1, 90 * MINUTE); // bucket 1 of an hour each
        let at = |time: Millis| counts.count(3, 1, 1, counts.place(1, time));
        assert_eq!((at(59 * MINUTE), at(HOUR), at(90 * MINUTE)), (0, 1, 1));
        assert_eq!((at(25 * HOUR), at(26 * HOUR - 1), at(26 * HOUR)), (1, 1, 0));
        for (id, signal, window, want) in
            [(3, 1, 0, 0), (3, 0, 1, 0), (2, 1, 1, 0), (99, 1, 1, 0), (3, 1, 1, 1)]
        {
            assert_eq!(counts.count(id, signal, window, 1), want, "{id}, {signal}, {window}");
        }
    }

    #[test]
    fn a_ring_stays_small_and_takes_late_events() {
        let mut counts = day();
        (0..500).for_each(|hour| counts.add(0, 0, hour * HOUR));
        assert_eq!(counts.rings[1].buckets().count(), PARTS as usize + 1);
        counts.add(0, 0, 480 * HOUR);
        counts.add(0, 0, 3 * HOUR);
        assert!(counts.accepts(&counts));
        assert_eq!(counts.count(0, 0, 1, 499), 26, "one late event in the window, one before it");
        for broken in [vec![(2, 1), (1, 1)], vec![(1, 1), (1, 1)], (0..26).map(|at| (at, 1)).collect()] {
            let rings = vec![Ring::from(broken); 4];
            assert!(!counts.accepts(&Counts { rings, ..counts.clone() }));
        }
        assert!(!counts.accepts(&Counts { rings: vec![Ring::default(); 3], ..counts.clone() }));
        assert!(!counts.accepts(&Counts::new(1, &[HOUR, DAY])) && !counts.accepts(&Counts::new(2, &[HOUR])));
    }

    #[test]
    fn extreme_moments_do_not_overflow() {
        let mut counts = Counts::new(1, &[MINUTE, Millis::MAX]);
        for time in [Millis::MIN, -DAY, 0, Millis::MAX] {
            counts.add(0, 0, time);
            assert_eq!(counts.count(0, 0, 0, counts.place(0, time)), 1, "at {time}");
        }
        assert_eq!(counts.place(1, Millis::MAX), 24);
    }

    proptest! {
        #[test]
        fn a_reach_holds_the_moments_of_the_buckets(
            near in -60 * DAY..60 * DAY,
            far: Millis,
            width in prop::sample::select(vec![bucket(MINUTE), bucket(DAY), bucket(7 * DAY), bucket(Millis::MAX)]),
            step in -30i64..30,
        ) {
            for now in [near, far, Millis::MIN, Millis::MAX, 0] {
                let place = |time| place(time, width);
                let window = place(now).saturating_sub(PARTS)..=place(now);
                let time = now.saturating_add(step.saturating_mul(width));
                for time in [time, time.saturating_sub(1), near, far, Millis::MIN, Millis::MAX] {
                    prop_assert_eq!(reach(now, width).contains(&time), window.contains(&place(time)), "{} {}", now, time);
                }
            }
        }
    }

    #[test]
    fn windows_are_named_as_in_a_design() {
        let table = [(7 * DAY, "7d"), (36 * HOUR, "36h"), (90 * MINUTE, "90m"), (1500, "1500ms"), (0, "0ms")];
        for (length, want) in table {
            assert_eq!(name(length), want);
        }
    }

    #[test]
    fn windows_are_checked() {
        let with = |lengths: &[Millis]| {
            let setting = crate::card::Setting::Durations(lengths.to_vec());
            super::lengths(&Settings::default().with("windows", setting))
        };
        assert!(with(&[MINUTE, DAY]).is_ok());
        for (bad, word) in
            [(&[][..], "between"), (&[5], "shorter"), (&[DAY, DAY], "twice"), (&[-DAY], "shorter")]
        {
            assert!(with(bad).unwrap_err().contains(word), "{bad:?}");
        }
    }
}
