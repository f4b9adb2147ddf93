//! Measurement: a bundle answers under its declared load; latency counts from when a request was due.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rankine_learn::hash;

use crate::bundle::{Bundle, Rehearsal};
use crate::pictures;
use crate::select::{Load, Percentiles};

/// Answers before measuring, so that caches and branch predictors are as in steady service.
const WARM_UP: usize = 50;

/// The same of pictures, each of which takes longer.
const WARM_UP_PICTURES: usize = 5;

/// Pictures that a bundle reads and searches in a second on one core, one after another; `None` where it
/// has no picture to search.
pub fn pictures_per_second(bundle: &Bundle) -> Option<f64> {
    let pictures = bundle.rehearsal.iter().filter(|rehearsed| !rehearsed.picture.is_empty()).count();
    if pictures == 0 {
        return None;
    }
    let begun = Instant::now();
    let mut searched = 0;
    // At least each once, so that no easy one stands for all; then until a second has passed.
    while searched < pictures || begun.elapsed() < Duration::from_secs(1) {
        answer(bundle, searched);
        searched += 1;
    }
    Some(searched as f64 / begun.elapsed().as_secs_f64())
}

/// Requests by which the parts of an answer are timed.
const TIMED: usize = 100;

/// The parts of an answer with the milliseconds that each takes on average, one request after another on one
/// core; parts that the pipeline does not have are left out.
pub fn parts(bundle: &Bundle) -> Vec<(String, f64)> {
    let contender = &bundle.pipeline.contender;
    let pictures = bundle.rehearsal.iter().any(|rehearsed| !rehearsed.picture.is_empty());
    let (names, has) = if pictures {
        (["read the picture", "search it", ""], [true, true, false])
    } else {
        let has = [!contender.retrieve.is_empty(), !contender.score.is_empty(), !contender.rerank.is_empty()];
        (["retrieve", "features and score", "rerank"], has)
    };
    let timed = if pictures { bundle.rehearsal.len() } else { TIMED };
    if bundle.rehearsal.is_empty() {
        return Vec::new();
    }
    let mut spent = [Duration::ZERO; 3];
    for at in 0..timed {
        let rehearsed = &bundle.rehearsal[at % bundle.rehearsal.len()];
        let own = if pictures { seen(bundle, rehearsed) } else { answered(bundle, rehearsed, at) };
        spent.iter_mut().zip(own).for_each(|(all, own)| *all += own);
    }
    let named = names.iter().zip(has).zip(spent).filter(|((_, has), _)| *has);
    named.map(|((name, _), spent)| ((*name).to_owned(), spent.as_secs_f64() * 1e3 / timed as f64)).collect()
}

fn seen(bundle: &Bundle, rehearsed: &Rehearsal) -> [Duration; 3] {
    let begun = Instant::now();
    let picture = pictures::decode(&rehearsed.picture);
    let read = begun.elapsed();
    std::hint::black_box(picture.map(|picture| bundle.pipeline.detect(&picture)).ok());
    [read, begun.elapsed() - read, Duration::ZERO]
}

fn answered(bundle: &Bundle, rehearsed: &Rehearsal, at: usize) -> [Duration; 3] {
    let time = bundle.fold.memory.now();
    let question = rehearsed.question(time, bundle.problem.slate, at as u64);
    bundle.pipeline.answer(&bundle.fold, &question).spent
}

/// Latency of a bundle at `load`, on as many threads as the machine has cores.
///
/// The load is open: requests come at random moments (a Poisson process, fixed by a seed) whether or not
/// earlier ones were answered, so waiting counts (Schroeder et al. 2006, Open versus closed).
pub fn latency(bundle: &Bundle, load: &Load) -> Percentiles {
    if bundle.rehearsal.is_empty() {
        return Percentiles::default();
    }
    let pictures = bundle.rehearsal.iter().any(|rehearsed| !rehearsed.picture.is_empty());
    for at in 0..if pictures { WARM_UP_PICTURES } else { WARM_UP } {
        answer(bundle, at);
    }
    let mut due = Vec::with_capacity(load.requests);
    let mut clock = 0.0;
    for at in 0..load.requests {
        let uniform = (hash(0, &[at as u64]) >> 11) as f64 / (1u64 << 53) as f64;
        clock -= (1.0 - uniform).ln() / load.per_second;
        due.push(Duration::from_secs_f64(clock));
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, spent) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(load.requests)));
    let begun = Instant::now();
    let serve = || {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(due) = due.get(at) else { break };
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
            answer(bundle, at);
            own.push(begun.elapsed().saturating_sub(*due).as_secs_f64() * 1e3);
        }
        spent.lock().expect("no thread panics while it holds this").extend(own);
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(serve);
        }
    });
    let mut spent = spent.into_inner().expect("all threads ended");
    spent.sort_by(f64::total_cmp);
    let at = |share: f64| spent[((spent.len() as f64 * share).ceil() as usize).clamp(1, spent.len()) - 1];
    if spent.is_empty() { Percentiles::default() } else { Percentiles { p50: at(0.5), p99: at(0.99) } }
}

fn answer(bundle: &Bundle, at: usize) {
    let rehearsed = &bundle.rehearsal[at % bundle.rehearsal.len()];
    if !rehearsed.picture.is_empty() {
        // What a picture costs begins with its file, not with its pixels.
        let picture = pictures::decode(&rehearsed.picture);
        std::hint::black_box(picture.map(|picture| bundle.pipeline.detect(&picture)).ok());
        return;
    }
    let time = bundle.fold.memory.now();
    let question = rehearsed.question(time, bundle.problem.slate, at as u64);
    std::hint::black_box(bundle.pipeline.answer(&bundle.fold, &question));
}
