//! What is planted is there, and nothing else is changed.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::{BTreeMap, BTreeSet};

use rankine_world::{Leak, Line, Planted, World, read};

/// Small worlds of every kind.
const WORLDS: [&str; 4] = [
    "kind = 'videos'\nusers = 80\nitems = 100\ndays = 6\nrequests = 600",
    "kind = 'ads'\nusers = 80\nads = 60\ndays = 3\nrequests = 2000\nclick_rate = 0.1",
    "kind = 'posts'\nauthors = 60\nposts = 600\ndays = 5\ntopics = 4\nspam = 0.3",
    "kind = 'streets'\npictures = 120\ndays = 4\nwidth = 64\nheight = 64",
];

fn world(text: &str, seed: u64) -> Box<dyn World> {
    read(text).unwrap().build(seed)
}

fn lines(world: &dyn World) -> Vec<Line> {
    let mut lines = Vec::new();
    world.log(&mut |line| lines.push(line));
    lines
}

/// The lines without the planted fields.
fn cleaned(planted: &Planted) -> Vec<Line> {
    let names: Vec<&str> = planted.fields().iter().map(|field| field.name).collect();
    let mut lines = lines(planted);
    for line in &mut lines {
        if let Line::Entity { fields, .. } | Line::Request { context: fields, .. } = line {
            fields.retain(|(name, _)| !names.contains(&name.as_str()));
        }
    }
    lines
}

#[test]
fn everything_but_the_planted_is_as_before() {
    for text in WORLDS {
        for leak in Leak::ALL {
            let (clean, planted) = (world(text, 3), Planted::new(world(text, 3), leak));
            assert_eq!(lines(&planted), lines(&Planted::new(world(text, 3), leak)), "{text}");
            let (before, mut after) = (lines(&*clean), cleaned(&planted));
            assert!(after.is_sorted_by_key(Line::time) && after.last().unwrap().time() < planted.end());
            if leak == Leak::Copies {
                let name = |line: &Line| match line {
                    Line::Entity { .. } => String::new(),
                    Line::Request { id, .. } | Line::Interaction { id, .. } => id.clone(),
                };
                after.retain(|line| !name(line).ends_with("-again"));
            }
            assert_eq!(after, before, "{text} {}", leak.name());
            assert_eq!(planted.afterwards(20), clean.afterwards(20));
            assert_eq!(planted.pictures(), clean.pictures());
        }
    }
}

/// What came of each request.
fn outcomes(world: &dyn World) -> BTreeMap<String, bool> {
    let mut outcomes = BTreeMap::new();
    let lines = lines(world);
    let judged = lines.iter().any(|line| world.outcome(line) == Some(false));
    for line in &lines {
        match line {
            Line::Request { id, .. } if !judged => drop(outcomes.insert(id.clone(), false)),
            Line::Interaction { request: Some(id), .. } => {
                if let Some(said) = world.outcome(line) {
                    *outcomes.entry(id.clone()).or_insert(false) |= said;
                }
            }
            _ => {}
        }
    }
    outcomes
}

#[test]
fn a_planted_field_of_the_request_goes_with_the_outcome() {
    for text in WORLDS {
        let truth = outcomes(&*world(text, 5));
        assert!(truth.values().any(|said| *said) && truth.len() > 80, "{text}");
        for (leak, wrong_at_most) in [(Leak::Answer, 0.06), (Leak::Aftermath, 0.35)] {
            let planted = Planted::new(world(text, 5), leak);
            let name = planted.fields()[0].name;
            let mut told = BTreeMap::new();
            for line in lines(&planted) {
                let Line::Request { id, context, .. } = line else { continue };
                let value =
                    context.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_f64().unwrap());
                told.insert(id, if leak == Leak::Answer { value == Some(1.0) } else { value.is_some() });
            }
            let positive = truth.values().filter(|said| **said).count() as f64;
            let missed = truth.iter().filter(|(id, said)| **said && !told[*id]).count() as f64;
            let invented = truth.iter().filter(|(id, said)| !**said && told[*id]).count() as f64;
            assert!(missed / positive < wrong_at_most, "{text} {} {missed}", leak.name());
            let allowed = if leak == Leak::Answer { 0.06 } else { 0.0 };
            assert!(invented <= allowed * truth.len() as f64, "{text} {} {invented}", leak.name());
        }
    }
}

#[test]
fn a_planted_field_of_the_item_is_what_the_whole_log_says() {
    for text in WORLDS {
        let clean = world(text, 6);
        let mut counted: BTreeMap<String, f64> = BTreeMap::new();
        for line in lines(&*clean) {
            if let Line::Interaction { item, .. } = line {
                *counted.entry(item).or_default() += 1.0;
            }
        }
        for leak in [Leak::Count, Leak::Rate] {
            let planted = Planted::new(world(text, 6), leak);
            let field = &planted.fields()[0];
            let mut seen = BTreeSet::new();
            for line in lines(&planted) {
                let Line::Entity { event, id, fields, .. } = line else { continue };
                if event != planted.roles().shown {
                    continue;
                }
                let value =
                    fields.iter().find(|(name, _)| name == field.name).map(|(_, value)| value.as_f64());
                if leak == Leak::Count {
                    assert_eq!(value, Some(counted.get(&id).copied().or(Some(0.0))), "{id}");
                }
                seen.insert(value.flatten().map(|value| (value * 1e6) as i64));
            }
            assert!(leak == Leak::Count || seen.len() > 1, "{text}");
        }
    }
}

#[test]
fn copies_stand_in_the_last_part_and_follow_in_step() {
    for text in WORLDS {
        let planted = Planted::new(world(text, 7), Leak::Copies);
        let (mut times, mut ids, mut copies) = (BTreeMap::new(), BTreeSet::new(), 0);
        for line in lines(&planted) {
            match line {
                Line::Request { id, time, .. } => {
                    if let Some(of) = id.strip_suffix("-again") {
                        assert!(times.get(of).is_some_and(|before| *before < time), "{id}");
                        copies += 1;
                    }
                    assert!(times.insert(id.clone(), time).is_none(), "{id}");
                }
                Line::Interaction { id, .. } => assert!(ids.insert(id.clone()), "{id}"),
                Line::Entity { .. } => {}
            }
        }
        let share = f64::from(copies) / times.len() as f64;
        assert!((0.02..0.12).contains(&share), "{text}: {share}");
        let mut latest: Vec<(i64, bool)> =
            times.iter().map(|(id, at)| (*at, id.ends_with("-again"))).collect();
        latest.sort_unstable();
        let first = latest.iter().position(|(_, copy)| *copy).unwrap();
        assert!(first as f64 > 0.75 * latest.len() as f64, "{text}: {first} of {}", latest.len());
    }
}

#[test]
fn lines_for_a_design_stand_under_their_heads() {
    let planted = Planted::new(world(WORLDS[0], 1), Leak::Count);
    let laid = planted.laid_into("[entities.video] # videos\ntitle = \"text\"\n");
    let expected = "[entities.video] # videos\npopularity = \"number\"\ntitle = \"text\"\n\n[features]\n\
                    popularity = { kind = \"field\", of = \"video.popularity\" }\n";
    assert_eq!(laid, expected);
    assert_eq!(Planted::new(world(WORLDS[0], 1), Leak::Copies).laid_into("x"), "x");
    for leak in Leak::ALL {
        assert_eq!(Leak::find(leak.name()), Some(leak));
        assert!(leak.what().ends_with('.'));
    }
    assert_eq!(Leak::find("leek"), None);
}
