//! Laws that every kind of feature obeys, on random logs.
#![allow(clippy::unwrap_used)] // a test may fail by a panic

mod features_log;

use features_log::{
    DAY, ITEMS, USERS, fold, items, labels, log, replay, schema, specs, specs_of, values, write,
};
use proptest::prelude::*;
use rankine_learn::features::{ALL, Feature, Seen, Spec, build};
use rankine_learn::{Ask, Event, Folds, Id, Kind, Memory, Moment, Rows, What};

/// Settings of a kind that a law is tried on.
const SETTINGS: usize = 12;

fn one(spec: &Spec) -> Box<dyn Feature> {
    build(std::slice::from_ref(spec), &schema(), &labels()).unwrap().remove(0)
}

/// Each spec's feature after a log, and the memory beside it.
fn grown(specs: &[Spec], events: &[Event]) -> (Vec<Box<dyn Feature>>, Memory) {
    let (labels, mut memory) = (labels(), Memory::new(&schema()));
    let mut features: Vec<Box<dyn Feature>> = specs.iter().map(one).collect();
    for event in events {
        let seen = Seen { event, labels: labels.satisfied(&event.what, &memory) };
        features.iter_mut().for_each(|feature| feature.observe(&seen, &memory));
        memory.observe(event, seen.labels & 1 == 1);
    }
    (features, memory)
}

fn last_moment(events: &[Event]) -> Moment<'static> {
    Moment { time: events.last().map_or(0, |event| event.known), user: 1, context: &[] }
}

fn written(feature: &dyn Feature, moment: &Moment<'_>, memory: &Memory) -> Vec<u32> {
    let items = items();
    let mut rows = Rows::missing(items.len(), feature.columns().len());
    feature.write(moment, &items, memory, &mut rows, 0);
    rows.values.into_iter().map(f32::to_bits).collect()
}

#[test]
fn replay_equals_a_batch_of_what_came_before() {
    let (specs, events) = (specs(SETTINGS), log(1, 300));
    let replayed = replay(&mut fold(&specs), &events);
    let requests = events.iter().enumerate().filter(|(_, event)| values(&fold(&[]), event).is_some());
    for (nth, (at, event)) in requests.enumerate().step_by(4) {
        let mut batch = fold(&specs);
        for event in &events[..at] {
            batch.observe(event);
        }
        assert_eq!(values(&batch, event).unwrap(), replayed[nth], "request {nth}");
    }
}

#[test]
fn folds_side_by_side_write_what_one_does() {
    // Enough that some are answered while others are handed out, and that features are dealt anew.
    let (specs, events) = (specs(SETTINGS), log(9, 1200));
    let replayed = replay(&mut fold(&specs), &events);
    let asking = |at: &usize| values(&fold(&[]), &events[*at]).is_some();
    let requests: Vec<usize> = (0..events.len()).filter(asking).collect();
    assert!(requests.len() > 200, "{}", requests.len());
    for threads in [1, 2, 5] {
        let mut folds = Folds::new(&schema(), &labels(), &specs, threads).unwrap();
        assert_eq!(folds.columns(), fold(&specs).columns());
        let mut written = Vec::new();
        for chunk in [&requests[..7], &requests[7..]] {
            let ask = |nth: usize, _: &Memory| {
                let event = &events[chunk[nth]];
                let What::Request { user, context, .. } = &event.what else { unreachable!("it asks") };
                let moment = Moment { time: event.known, user: *user, context };
                Ask { moment, items: items().into() }
            };
            let walked = folds.walk(&events, chunk, &ask, &mut |_, _, rows| {
                written.push(rows.values.iter().map(|value| value.to_bits()).collect::<Vec<u32>>());
                Ok::<(), String>(())
            });
            walked.unwrap();
        }
        assert_eq!(written, replayed, "{threads} threads");
        let mut heard = 0;
        let first = |nth: usize, _: &Memory| {
            let moment = Moment { time: events[requests[nth]].known, user: 0, context: &[] };
            Ask { moment, items: items().into() }
        };
        let mut folds = Folds::new(&schema(), &labels(), &specs, threads).unwrap();
        let ended = folds.walk(&events, &requests, &first, &mut |nth, _, _| {
            heard += 1;
            if nth == 2 { Err("enough") } else { Ok(()) }
        });
        assert_eq!((ended, heard), (Err("enough"), 3), "{threads} threads");
    }
}

#[test]
fn later_events_never_change_earlier_values() {
    let specs = specs(SETTINGS);
    let (events, other) = (log(2, 240), log(3, 240));
    let replayed = replay(&mut fold(&specs), &events);
    for cut in [1, 60, 120, 239] {
        let mut spliced = events[..cut].to_vec();
        // The same moments, so that only what happens differs, from the very moment of the cut on.
        let moments = &events[cut..];
        spliced.extend(other[cut..].iter().zip(moments).map(|(event, moment)| Event {
            time: moment.time,
            known: moment.known,
            what: event.what.clone(),
        }));
        let again = replay(&mut fold(&specs), &spliced);
        let before = events[..cut].iter().filter(|event| values(&fold(&[]), event).is_some()).count();
        assert_eq!(again[..before], replayed[..before], "cut at {cut}");
    }
}

#[test]
fn what_nobody_heard_of_has_one_declared_value() {
    for spec in specs(SETTINGS) {
        let moment = Moment { time: 1_700_000_000_000, user: Id::MAX, context: &[] };
        let (features, memory) = grown(std::slice::from_ref(&spec), &[]);
        let empty = written(&*features[0], &moment, &memory);
        let width = features[0].columns().len();
        assert!(empty.chunks(width).all(|row| row == &empty[..width]), "{}: {spec:?}", spec.kind);

        let events = log(4, 200);
        let (features, memory) = grown(std::slice::from_ref(&spec), &events);
        for time in [i64::MIN, 0, last_moment(&events).time, i64::MAX] {
            let by = |user| written(&*features[0], &Moment { time, user, context: &[] }, &memory);
            assert_eq!(by(USERS + 50), by(Id::MAX), "two unknown users differ: {spec:?}");
            for values in [by(0), by(Id::MAX)] {
                let unknown = &values[ITEMS as usize * width..];
                assert_eq!(unknown[..width], unknown[width..], "two unknown items differ: {spec:?}");
            }
        }
    }
}

#[test]
fn a_saved_state_is_the_state() {
    let specs = specs(SETTINGS);
    let (events, rest) = (log(5, 300), log(6, 100));
    let mut original = fold(&specs);
    replay(&mut original, &events);
    let bytes = original.save();
    let mut loaded = fold(&specs);
    replay(&mut loaded, &rest);
    loaded.load(&bytes).unwrap();
    assert_eq!(loaded.save(), bytes);
    assert_eq!(write(&loaded, &last_moment(&events)), write(&original, &last_moment(&events)));
    assert_eq!(replay(&mut loaded, &rest), replay(&mut original, &rest));
    assert_eq!(loaded.save(), original.save());
}

#[test]
fn a_broken_state_is_refused() {
    let events = log(7, 150);
    for spec in specs(SETTINGS) {
        let (features, _) = grown(std::slice::from_ref(&spec), &events);
        let bytes = features[0].save();
        let mut target = one(&spec);
        for end in 0..bytes.len() {
            assert!(target.load(&bytes[..end]).is_err(), "cut at {end}: {spec:?}");
        }
        assert!(target.load(&[&bytes[..], &[0]].concat()).is_err(), "a byte too many: {spec:?}");
        assert_eq!(target.load(&bytes), Ok(()));
    }
    let mut all = fold(&specs(1));
    replay(&mut all, &events);
    let bytes = all.save();
    assert!(fold(&[]).load(&bytes).is_err(), "other features");
    assert!(all.load(&[&bytes[..], &[0]].concat()).is_err());
    assert!(all.load(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn a_state_of_another_setting_is_refused() {
    let events = log(8, 100);
    // Every kind whose parameters hold lengths of time keeps them with its state.
    let timed = |kind: &Kind| matches!(kind, Kind::Duration | Kind::Durations);
    for kind in ALL.iter().filter(|kind| kind.card.parameters.iter().any(|own| timed(&own.kind))) {
        let names = kind.card.parameters.iter().filter(|own| timed(&own.kind)).map(|own| own.name);
        let names: Vec<&str> = names.collect();
        let durations =
            |spec: &Spec| names.iter().map(|name| spec.settings.0.get(*name).cloned()).collect::<Vec<_>>();
        let specs = specs_of(kind);
        let other = specs.iter().find(|spec| durations(spec) != durations(&specs[0])).unwrap();
        let (features, _) = grown(&specs[..1], &events);
        assert!(one(other).load(&features[0].save()).is_err(), "{}", kind.card.name);
    }
}

#[test]
fn exactly_the_declared_columns_are_written() {
    const UNTOUCHED: f32 = -12_345.0;
    let events = log(9, 200);
    let specs = specs(SETTINGS);
    let (features, memory) = grown(&specs, &events);
    for (spec, feature) in specs.iter().zip(&features) {
        let (items, width) = (items(), feature.columns().len());
        let mut rows = Rows {
            values: vec![UNTOUCHED; (items.len() + 1) * (width + 2)],
            width: width + 2,
            ..Rows::default()
        };
        feature.write(&last_moment(&events), &items, &memory, &mut rows, 1);
        for row in 0..rows.len() {
            for (at, value) in rows.row(row).iter().enumerate() {
                let own = (1..=width).contains(&at) && row < items.len();
                assert_eq!(*value != UNTOUCHED, own, "row {row}, column {at}: {spec:?}");
                assert!(!own || !value.is_infinite(), "row {row}, column {at}: {spec:?}");
            }
        }
        let mut none = Rows { width, ..Rows::default() };
        feature.write(&last_moment(&events), &[], &memory, &mut none, 0);
    }
}

#[test]
fn state_does_not_grow_with_the_log() {
    let specs = specs(4);
    let events = log(10, 40_000);
    // The largest of many moments: how many buckets of a window are in use goes up and down with the log.
    let (labels, mut memory) = (labels(), Memory::new(&schema()));
    let mut features: Vec<Box<dyn Feature>> = specs.iter().map(one).collect();
    let mut most = vec![[0, 0]; specs.len()];
    for (at, event) in events.iter().enumerate() {
        let seen = Seen { event, labels: labels.satisfied(&event.what, &memory) };
        features.iter_mut().for_each(|feature| feature.observe(&seen, &memory));
        memory.observe(event, seen.labels & 1 == 1);
        if at % 500 == 499 {
            for (most, feature) in most.iter_mut().zip(&features) {
                let most = &mut most[usize::from(at >= 10_000)];
                *most = (*most).max(feature.save().len());
            }
        }
    }
    for (spec, [short, long]) in specs.iter().zip(most) {
        assert!(long <= short + short / 4 + 16, "{short} bytes became {long}: {spec:?}");
    }
    let span = events[9_999].known - events[0].known;
    assert!(span > 60 * DAY, "the short log fills every window: {span}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_feature_panic(
        noise in prop::collection::vec(any::<u8>(), 0..60),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let events = log(11, 60);
        let specs = specs(3);
        let (features, memory) = grown(&specs, &events);
        for (spec, feature) in specs.iter().zip(&features) {
            let mut bent = feature.save();
            for (at, byte) in &flips {
                if !bent.is_empty() {
                    let at = at.index(bent.len());
                    bent[at] ^= byte;
                }
            }
            for bytes in [&noise, &bent] {
                let mut target = one(spec);
                if target.load(bytes).is_ok() {
                    let seen = Seen { event: &events[59], labels: 1 };
                    target.observe(&seen, &memory);
                    written(&*target, &last_moment(&events), &memory);
                    target.save();
                }
            }
        }
        prop_assert!(fold(&specs).load(&noise).is_err());
    }
}

#[test]
fn every_kind_is_walked() {
    let specs = specs(SETTINGS);
    for kind in ALL {
        assert!(specs.iter().any(|spec| spec.kind == kind.card.name), "{}", kind.card.name);
    }
}
