//! Recommenders on MovieLens 100K: the last five films of each user, full ranking, by every retriever.
//!
//! `rec FOLDER [--min RATING] [--valid] [--threads N] [RETRIEVER [PARAMETER=VALUE ...]]`
//!
//! FOLDER holds `u.data`, or `u.data.gz` where `gzip` is installed. `--valid` holds out five films more
//! and tests on those, for choosing parameters.
#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Instant;

use rankine_learn::algorithms::retrievers::{self, Kind, Query, Retriever};
use rankine_learn::metrics::{self, Judged, Shape};
use rankine_learn::{
    Event, EventKind, Id, Interactions, Kind as Holds, Memory, Moment, Schema, SchemaEntity, Setting,
    Settings, What,
};
use thin_vec::ThinVec;

/// Films held out per user.
const LAST: usize = 5;
/// Trainings of each retriever; the fastest counts.
const REPEATS: usize = 3;

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Ask {
    folder: String,
    min: f64,
    valid: bool,
    threads: usize,
    retriever: Option<String>,
    set: Vec<(String, String)>,
}

/// (seconds, item) per user.
type Histories = BTreeMap<u32, Vec<(i64, u32)>>;

struct Split {
    users: Vec<u32>,
    interactions: Interactions,
    memory: Memory,
    known: Vec<bool>,
    test: BTreeMap<u32, BTreeSet<u32>>,
}

fn main() -> Result<(), Failure> {
    let ask = ask()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(ask.threads).build()?;
    pool.install(|| run(&ask))
}

fn ask() -> Result<Ask, Failure> {
    let mut ask =
        Ask { folder: String::new(), min: 1.0, valid: false, threads: 1, retriever: None, set: vec![] };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--min" => ask.min = words.next().ok_or("--min needs a rating")?.parse()?,
            "--threads" => ask.threads = words.next().ok_or("--threads needs a number")?.parse()?,
            "--valid" => ask.valid = true,
            _ if ask.folder.is_empty() => ask.folder = word,
            _ => match word.split_once('=') {
                Some((name, value)) => ask.set.push((name.to_owned(), value.to_owned())),
                None => ask.retriever = Some(word),
            },
        }
    }
    if ask.folder.is_empty() { Err("name the folder that holds u.data".into()) } else { Ok(ask) }
}

fn run(ask: &Ask) -> Result<(), Failure> {
    let mut histories = read(ask)?;
    let mut test = hold_out(&mut histories);
    if ask.valid {
        test = hold_out(&mut histories);
    }
    let split = split(&histories, test);
    println!("retriever\trecall@20\tndcg@10\ttrain_cpu_s\ttrain_wall_s\tpredict_cpu_s\tbytes");
    for kind in retrievers::ALL {
        if ask.retriever.as_ref().is_some_and(|name| name != kind.card.name) {
            continue;
        }
        measure(kind, &settings(kind, &ask.set)?, &split)?;
    }
    Ok(())
}

fn read(ask: &Ask) -> Result<Histories, Failure> {
    let plain = format!("{}/u.data", ask.folder);
    let text = match fs::read_to_string(&plain) {
        Ok(text) => text,
        Err(_) => {
            String::from_utf8(Command::new("gzip").arg("-dc").arg(format!("{plain}.gz")).output()?.stdout)?
        }
    };
    let mut histories = Histories::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [user, item, rating, time] = fields[..] else { return Err("a line has not four fields".into()) };
        if rating.parse::<f64>()? >= ask.min {
            histories.entry(user.parse()?).or_default().push((time.parse()?, item.parse()?));
        }
    }
    histories.values_mut().for_each(|history| history.sort_unstable());
    if histories.is_empty() { Err(format!("no ratings in {plain}[.gz]").into()) } else { Ok(histories) }
}

/// Takes the last films out of each history that has one more.
fn hold_out(histories: &mut Histories) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut test = BTreeMap::new();
    for (user, history) in histories {
        if history.len() > LAST {
            let last = history.split_off(history.len() - LAST);
            test.insert(*user, last.into_iter().map(|(_, item)| item).collect());
        }
    }
    test
}

fn split(histories: &Histories, test: BTreeMap<u32, BTreeSet<u32>>) -> Split {
    let entity = |name: &str| SchemaEntity { name: name.to_owned(), fields: vec![] };
    let schema = Schema {
        entities: vec![entity("viewer"), entity("film")],
        interactions: vec![EventKind { name: "rate".to_owned(), fields: vec![] }],
        context: vec![],
        user: 0,
        item: 1,
    };
    let items = 1 + histories.values().flatten().map(|(_, item)| *item).max().unwrap_or(0) as usize;
    let mut events = Vec::new();
    for (row, history) in histories.values().enumerate() {
        events.extend(history.iter().map(|&(time, item)| (time, row as Id, item)));
    }
    events.sort_unstable();
    let mut memory = Memory::new(&schema);
    let mut known = vec![false; items];
    for &(time, user, item) in &events {
        let what = What::Interaction { kind: 0, user, item, request: None, fields: ThinVec::new() };
        memory.observe(&Event { time: time * 1000, known: time * 1000, what }, true);
        known[item as usize] = true;
    }
    let mut rows = Vec::new();
    for (row, history) in histories.values().enumerate() {
        rows.extend(history.iter().map(|&(_, item)| (row as Id, item, 1.0)));
    }
    let interactions = Interactions::new(histories.len(), items, &rows);
    Split { users: histories.keys().copied().collect(), interactions, memory, known, test }
}

/// The card's defaults, with what was asked for.
fn settings(kind: &Kind, set: &[(String, String)]) -> Result<Settings, Failure> {
    let mut settings = kind.card.defaults();
    if kind.card.name == "popular" {
        // The rivals count all of the log.
        settings = settings.with("window", Setting::Duration(0));
    }
    for (name, value) in set {
        let Some(parameter) = kind.card.parameter(name) else { continue };
        let setting = match parameter.kind {
            Holds::Count { .. } => Setting::Count(value.parse()?),
            Holds::Number { .. } => Setting::Number(value.parse()?),
            Holds::Duration => Setting::Duration(value.parse()?),
            _ => Setting::Word(value.clone()),
        };
        settings = settings.with(name, setting);
    }
    Ok(settings)
}

fn measure(kind: &Kind, settings: &Settings, split: &Split) -> Result<(), Failure> {
    let mut best: Option<(f64, f64, Box<dyn Retriever>)> = None;
    for _ in 0..REPEATS {
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        let model = (kind.fit)(settings, &split.interactions, 1);
        let spent = cpu_seconds() - cpu;
        if best.as_ref().is_none_or(|best| spent < best.0) {
            best = Some((spent, wall.elapsed().as_secs_f64(), model));
        }
    }
    let (cpu, wall, model) = best.ok_or("nothing was trained")?;
    let before = cpu_seconds();
    let lists: Vec<Vec<Id>> =
        split.users.iter().enumerate().map(|(row, _)| list(&*model, row, split)).collect();
    let predict = cpu_seconds() - before;
    let (recall, ndcg) = (mean("recall", 20, &lists, split)?, mean("ndcg", 10, &lists, split)?);
    let (name, bytes) = (kind.card.name, model.save().len());
    println!("{name}\t{recall:.4}\t{ndcg:.4}\t{cpu:.3}\t{wall:.3}\t{predict:.3}\t{bytes}");
    Ok(())
}

fn list(model: &dyn Retriever, row: usize, split: &Split) -> Vec<Id> {
    let history = split.interactions.of(row);
    let mut allowed = split.known.clone();
    history.iter().for_each(|&item| allowed[item as usize] = false);
    let moment = Moment { time: split.memory.now(), user: row as Id, context: &[] };
    let query = Query { moment, history, allowed: &allowed, memory: &split.memory, seed: row as u64 };
    model.retrieve(&query, 20).into_iter().map(|scored| scored.item).collect()
}

fn mean(name: &str, k: usize, lists: &[Vec<Id>], split: &Split) -> Result<f64, Failure> {
    let metric = metrics::find(name).ok_or("no such metric")?;
    let Shape::PerRequest(value) = metric.shape else { return Err("not a metric of one list".into()) };
    let mut sum = 0.0;
    for (user, list) in split.users.iter().zip(lists) {
        let Some(test) = split.test.get(user) else { continue };
        let gains: Vec<f32> = list.iter().map(|item| f32::from(test.contains(item))).collect();
        sum += value(&Judged { gains: &gains, relevant: &vec![1.0; test.len()] }, k);
    }
    Ok(sum / split.test.len() as f64)
}

/// CPU seconds of all living threads; where the system does not tell, 0.
fn cpu_seconds() -> f64 {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return 0.0 };
    let spent = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    spent.sum::<f64>() / 1e9
}
