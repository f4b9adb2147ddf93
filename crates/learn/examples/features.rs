//! What each kind of feature costs: `cargo run --release -p rankine-learn --example features`.
//!
//! Prints a table: nanoseconds a value at requests of 100 candidates, nanoseconds an event taken in, bytes of
//! state, over a log of 1,000 users and 5,000 items; each kind alone, the median of five times. An event's time
//! holds that of reading the clock, which is what kinds without state show.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use rankine_learn::features::{ALL, Feature, Seen, Spec, build};
use rankine_learn::{
    Event, EventKind, Field, FieldKind, Id, Label, Labels, Memory, Moment, Rows, Schema, SchemaEntity,
    Setting, Settings, Value, What, hash,
};

const USERS: u64 = 1_000;
const ITEMS: u64 = 5_000;
const EVENTS: u64 = 200_000;
const CANDIDATES: u64 = 100;
const ASKED: u64 = 500;
const START: i64 = 1_700_000_000_000;

fn main() -> Result<(), String> {
    let (schema, labels) = (schema(), labels());
    let events = log();
    println!("{:<14} {:>7} {:>9} {:>9} {:>12}", "kind", "columns", "ns/value", "ns/event", "bytes");
    for kind in ALL {
        let spec = Spec {
            name: kind.card.name.to_owned(),
            kind: kind.card.name.to_owned(),
            settings: settings(kind.card.name, kind.card.defaults()),
        };
        let made = build(std::slice::from_ref(&spec), &schema, &labels).map_err(|unfit| unfit.to_string())?;
        for mut feature in made {
            measure(kind.card.name, &mut *feature, &events, &schema, &labels);
        }
    }
    Ok(())
}

fn measure(name: &str, feature: &mut dyn Feature, events: &[Event], schema: &Schema, labels: &Labels) {
    let mut memory = Memory::new(schema);
    let mut spent = 0;
    for event in events {
        let seen = Seen { event, labels: labels.satisfied(&event.what, &memory) };
        let begun = Instant::now();
        feature.observe(&seen, &memory);
        spent += begun.elapsed().as_nanos();
        memory.observe(event, seen.labels & 1 == 1);
    }
    let width = feature.columns().len();
    let context = request(7);
    let mut times: Vec<f64> = (0..5).map(|_| asked(feature, &memory, &context, width)).collect();
    times.sort_by(f64::total_cmp);
    let each = spent as f64 / events.len() as f64;
    println!("{name:<14} {width:>7} {:>9.1} {each:>9.1} {:>12}", times[2], feature.save().len());
}

/// Nanoseconds a value.
fn asked(feature: &dyn Feature, memory: &Memory, context: &[Value], width: usize) -> f64 {
    let mut rows = Rows::missing(CANDIDATES as usize, width);
    let items: Vec<Vec<Id>> = (0..ASKED)
        .map(|asked| (0..CANDIDATES).map(|at| (hash(9, &[asked, at]) % ITEMS) as Id).collect())
        .collect();
    let begun = Instant::now();
    for (asked, items) in (0..).zip(&items) {
        let moment = Moment { time: memory.now(), user: (hash(10, &[asked]) % USERS) as Id, context };
        feature.write(&moment, items, memory, &mut rows, 0);
        std::hint::black_box(&rows);
    }
    begun.elapsed().as_nanos() as f64 / (ASKED * CANDIDATES * width as u64) as f64
}

/// The settings that a kind is measured with: its defaults, and what it cannot be without.
fn settings(kind: &str, defaults: Settings) -> Settings {
    let words: &[(&str, &str)] = match kind {
        "field" => &[("of", "item.seconds")],
        "count" | "trend" | "recency" => &[("event", "take"), ("of", "item")],
        "rate" => &[("top", "take"), ("bottom", "impression"), ("of", "item")],
        "affinity" => &[("to", "item.genre")],
        "age" | "id" => &[("of", "item")],
        "vector" => &[("of", "item.look")],
        "similarity" => &[("of", "item.look")],
        "text-match" => &[("of", "item.title"), ("query", "request.query")],
        "cosine" => &[("of", "item.look"), ("to", "request.wish")],
        "distance" => &[
            ("latitude", "item.north"),
            ("longitude", "item.east"),
            ("from_latitude", "request.north"),
            ("from_longitude", "request.east"),
        ],
        "aggregate" | "quantile" | "histogram" => {
            &[("event", "take"), ("value", "take.seconds"), ("of", "item")]
        }
        "distinct" => &[("event", "take"), ("what", "user"), ("of", "item")],
        "last" => &[("what", "item.genre")],
        _ => &[],
    };
    let made =
        words.iter().fold(defaults, |made, (name, word)| made.with(name, Setting::Word((*word).to_owned())));
    match kind {
        "histogram" => made.with("edges", Setting::Numbers(vec![10.0, 60.0, 300.0])),
        _ => made,
    }
}

fn schema() -> Schema {
    use FieldKind::{Categories, Number, Text, Vector};
    let fields = |list: &[(&str, FieldKind)]| {
        list.iter().map(|(name, kind)| Field { name: (*name).to_owned(), kind: *kind }).collect()
    };
    let item = [
        ("genre", Categories),
        ("seconds", Number),
        ("title", Text),
        ("look", Vector),
        ("north", Number),
        ("east", Number),
    ];
    let asked = [("query", Text), ("wish", Vector), ("north", Number), ("east", Number)];
    Schema {
        entities: vec![
            SchemaEntity { name: "user".to_owned(), fields: Vec::new() },
            SchemaEntity { name: "item".to_owned(), fields: fields(&item) },
        ],
        interactions: vec![EventKind { name: "take".to_owned(), fields: fields(&[("seconds", Number)]) }],
        context: fields(&asked),
        user: 0,
        item: 1,
    }
}

fn labels() -> Labels {
    let name = "taken".to_owned();
    Labels(vec![Label { name, from: vec![0], when: None, value: None, unknown: false, within: 3_600_000 }])
}

fn vector(seed: u64) -> Value {
    Value::Vector((0..32).map(|at| (hash(seed, &[at]) % 200) as f32 / 100.0 - 1.0).collect())
}

fn text(seed: u64, words: u64) -> Value {
    let word = |at: u64| format!("w{}", hash(seed, &[at]) % 3_000);
    Value::Text((0..words).map(word).collect::<Vec<_>>().join(" "))
}

fn place(seed: u64) -> [Value; 2] {
    [170, 360].map(|span| Value::Number((hash(seed, &[span]) % span) as f64 - span as f64 / 2.0))
}

fn request(seed: u64) -> Vec<Value> {
    let [north, east] = place(seed);
    vec![text(seed, 3), vector(seed), north, east]
}

/// Items, then requests that show ten of them, each followed by three takings of what is popular.
fn log() -> Vec<Event> {
    let at = |time: i64, what: What| Event { time, known: time, what };
    let item = |id: u64| {
        let seed = hash(1, &[id]);
        let [north, east] = place(seed);
        let genres = Value::Categories((0..1 + seed % 3).map(|at| (hash(seed, &[at]) % 20) as u32).collect());
        let seconds = Value::Number((seed % 600) as f64);
        let fields = vec![genres, seconds, text(seed, 8), vector(seed), north, east];
        at(START, What::Entity { kind: 1, id: id as Id, fields: fields.into() })
    };
    let mut events: Vec<Event> = (0..ITEMS).map(item).collect();
    for number in 0..EVENTS {
        let time = START + number as i64 * 15_000;
        let (user, turn) = ((hash(2, &[number / 4]) % USERS) as Id, number % 4);
        let drawn = |place: u64| {
            ((hash(3, &[number, place]) % ITEMS) * (hash(4, &[number, place]) % 100) / 100) as Id
        };
        let what = if turn == 0 {
            let shown = (0..10).map(drawn).collect();
            What::Request { request: number as u32, user, context: request(number % 50).into(), shown }
        } else {
            let fields = vec![Value::Number((hash(5, &[number]) % 900) as f64)];
            What::Interaction { kind: 0, user, item: drawn(0), request: None, fields: fields.into() }
        };
        events.push(at(time, what));
    }
    events
}
