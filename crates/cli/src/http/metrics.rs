//! Counts and times of the server, in Prometheus' text format.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rankine::serve::{Service, Taken, Took};

/// Upper bounds of the buckets, in seconds.
const BOUNDS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// All that is counted.
#[derive(Default)]
pub(super) struct Metrics {
    pub(super) open: Arc<AtomicUsize>,
    accepted: AtomicU64,
    duplicate: AtomicU64,
    rejected: AtomicU64,
    counts: Mutex<BTreeMap<(String, u16), u64>>,
    times: Mutex<BTreeMap<String, Histogram>>,
    stages: Mutex<BTreeMap<&'static str, Histogram>>,
}

/// A request that is being worked on, until it is dropped.
pub(super) struct Open {
    count: Arc<AtomicUsize>,
    /// How many were open with it.
    pub(super) place: usize,
}

#[derive(Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Open {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Open {
        let place = count.fetch_add(1, Ordering::AcqRel) + 1;
        Open { count: count.clone(), place }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Histogram {
    fn add(&mut self, seconds: f64) {
        if let Some(bucket) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            self.buckets[bucket] += 1;
        }
        self.count += 1;
        self.sum += seconds;
    }

    fn write(&self, text: &mut String, name: &str, label: &str) {
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().zip(self.buckets) {
            below += count;
            line(text, format_args!("{name}_bucket{{{label},le=\"{bound}\"}} {below}"));
        }
        line(text, format_args!("{name}_bucket{{{label},le=\"+Inf\"}} {}", self.count));
        line(text, format_args!("{name}_sum{{{label}}} {}", self.sum));
        line(text, format_args!("{name}_count{{{label}}} {}", self.count));
    }
}

impl Metrics {
    pub(super) fn request(&self, route: &str, status: u16, time: Duration) {
        *lock(&self.counts).entry((route.to_owned(), status)).or_default() += 1;
        lock(&self.times).entry(route.to_owned()).or_default().add(time.as_secs_f64());
    }

    pub(super) fn answer(&self, took: &Took) {
        let mut stages = lock(&self.stages);
        for (stage, time) in [("retrieve", took.retrieve), ("score", took.score), ("rerank", took.rerank)] {
            stages.entry(stage).or_default().add(time / 1e3);
        }
    }

    pub(super) fn taken(&self, taken: Taken) {
        self.accepted.fetch_add(taken.accepted, Ordering::Relaxed);
        self.duplicate.fetch_add(taken.duplicates, Ordering::Relaxed);
    }

    pub(super) fn refused(&self, events: u64) {
        self.rejected.fetch_add(events, Ordering::Relaxed);
    }

    /// Everything as text.
    pub(super) fn text(&self, service: &Service) -> String {
        let mut text = String::new();
        head(&mut text, "rankine_http_requests_total", "counter", "Answers by route and status.");
        for ((route, status), count) in lock(&self.counts).iter() {
            let name = "rankine_http_requests_total";
            line(&mut text, format_args!("{name}{{route=\"{route}\",status=\"{status}\"}} {count}"));
        }
        let name = "rankine_http_request_seconds";
        head(&mut text, name, "histogram", "Time to answer by route, with reading the body.");
        for (route, histogram) in lock(&self.times).iter() {
            histogram.write(&mut text, name, &format!("route=\"{route}\""));
        }
        let name = "rankine_stage_seconds";
        head(&mut text, name, "histogram", "Time of a pipeline's stage in an answer.");
        for (stage, histogram) in lock(&self.stages).iter() {
            histogram.write(&mut text, name, &format!("stage=\"{stage}\""));
        }
        head(&mut text, "rankine_events_total", "counter", "Events by what became of them.");
        let events =
            [("accepted", &self.accepted), ("duplicate", &self.duplicate), ("rejected", &self.rejected)];
        for (result, count) in events {
            let count = count.load(Ordering::Relaxed);
            line(&mut text, format_args!("rankine_events_total{{result=\"{result}\"}} {count}"));
        }
        let mut gauge = |name: &str, help: &str, value: f64| {
            head(&mut text, name, "gauge", help);
            line(&mut text, format_args!("{name} {value}"));
        };
        let open = self.open.load(Ordering::Relaxed) as f64;
        gauge("rankine_http_open_requests", "Requests being worked on.", open);
        gauge("rankine_journal_bytes", "Durable bytes of the journal.", service.journal_bytes() as f64);
        let ready = if service.unready().is_none() { 1.0 } else { 0.0 };
        gauge("rankine_ready", "Whether requests should come here.", ready);
        if let Some(lag) = service.lag() {
            gauge("rankine_state_lag_seconds", "Time since the newest event in the state.", lag as f64 / 1e3);
        }
        head(&mut text, "rankine_bundle_info", "gauge", "The bundle that answers.");
        let (version, pipeline) = (escaped(service.version()), escaped(service.pipeline()));
        line(
            &mut text,
            format_args!("rankine_bundle_info{{version=\"{version}\",pipeline=\"{pipeline}\"}} 1"),
        );
        text
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A count is whole whatever its thread did afterwards.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, format_args!("# HELP {name} {help}"));
    line(text, format_args!("# TYPE {name} {kind}"));
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string does not fail");
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
