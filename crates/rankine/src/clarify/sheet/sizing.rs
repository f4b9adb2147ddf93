//! How large the real thing is: each quantity with its sum.

use rankine_design::{Bytes, Design, Rate, short};
use rankine_learn::{FieldKind, Schema, Setting, Task};

use super::super::sizes;
use super::Size;
use crate::problem::{Problem, Scale};

const DAY: f64 = 86_400.0;
const PEAK_TO_MEAN: f64 = Scale::PEAK_TO_MEAN;

/// Bytes of a stored event besides its fields: who, what, when, which request.
const EVENT: f64 = 32.0;

/// Bytes of a field's value: a number, a time or the number of a word.
const VALUE: f64 = 8.0;

pub(super) fn sizing(design: &Design, problem: &Problem) -> Vec<Size> {
    let mut sizes = Vec::new();
    let alone = design.problem.slate.is_none() && problem.task != Task::Rank;
    traffic(problem, alone, &mut sizes);
    pictures(problem, &mut sizes);
    let year = storage(design, problem, alone, &mut sizes);
    vectors(problem, &mut sizes);
    money(problem, year, &mut sizes);
    for contender in &problem.contenders {
        if let Some(needs) = sizes::contender_memory(contender, &problem.scale) {
            sizes.push(size(&format!("memory of `{}`", contender.name), bytes(needs.value), needs.formula));
        }
    }
    sizes
}

fn size(quantity: &str, value: String, formula: String) -> Size {
    Size { quantity: quantity.to_owned(), value, formula }
}

fn bytes(value: f64) -> String {
    Bytes(value.max(0.0) as u64).to_string()
}

fn traffic(problem: &Problem, alone: bool, sizes: &mut Vec<Size>) {
    let scale = &problem.scale;
    let Some(peak) = scale.requests_peak else { return };
    let mean = scale.requests_mean().unwrap_or_default();
    sizes.push(size("requests at the peak", Rate(peak).to_string(), "`[scale] requests_peak`".to_owned()));
    let formula = format!("{} / {PEAK_TO_MEAN}, a usual ratio of peak to mean", Rate(peak));
    sizes.push(size("requests, mean", Rate(mean).to_string(), formula));
    let formula = format!("{} x {DAY} s", Rate(mean));
    sizes.push(size("requests a day", short(mean * DAY), formula));
    if let Some(users) = scale.users.filter(|users| *users > 0.0) {
        let formula = format!("{} / {} users", short(mean * DAY), short(users));
        sizes.push(size("requests of a user a day", short(mean * DAY / users), formula));
    }
    let servers = scale.servers.unwrap_or(1.0).max(1.0);
    let each = scale.requests_per_server();
    let formula = format!("{} / {} servers", Rate(peak), short(servers));
    sizes.push(size("requests of a server at the peak", Rate(each).to_string(), formula));
    let slots = 1e3 / each.max(1e-9);
    let formula = format!("1 s / {}", Rate(each));
    sizes.push(size("time of a server for a request, on one core", format!("{} ms", short(slots)), formula));
    let scored = problem.contenders.iter().filter(|contender| !alone && !contender.score.is_empty());
    if let Some(depth) = scored.map(|contender| contender.depth).max() {
        let formula = format!("{} x {depth} candidates", Rate(peak));
        sizes.push(size("candidates to score at the peak", Rate(peak * depth as f64).to_string(), formula));
    }
}

/// Pictures to search: how long a server may take over one, and how long all of them take.
fn pictures(problem: &Problem, sizes: &mut Vec<Size>) {
    if !problem.detects() {
        return;
    }
    let scale = &problem.scale;
    let each = scale.requests_per_server();
    if scale.requests_peak.is_some() {
        let formula = format!("1M pictures / {} / 3,600 s", Rate(each));
        let hours = short(1e6 / each / 3600.0);
        sizes.push(size("time of a server for a million pictures", format!("{hours} h"), formula));
    }
    if let (Some(items), Some(peak)) = (scale.items, scale.requests_peak) {
        let formula = format!("{} pictures / {} / {DAY} s", short(items), Rate(peak));
        sizes.push(size(
            "time for all pictures at the peak rate",
            format!("{} days", short(items / peak / DAY)),
            formula,
        ));
    }
    if let Some(items) = scale.items {
        let formula = format!("{} pictures x 1 MB, a usual JPEG of a few megapixels", short(items));
        sizes.push(size("pictures to read", bytes(items * 1e6), formula));
    }
}

/// Returns the bytes of a year's log.
fn storage(design: &Design, problem: &Problem, alone: bool, sizes: &mut Vec<Size>) -> Option<f64> {
    let row = row_bytes(&problem.schema);
    let scale = &problem.scale;
    let events = match (scale.events_day, scale.requests_peak) {
        (Some(events), _) => {
            sizes.push(size("events a day", short(events), "`[scale] events_day`".to_owned()));
            events
        }
        (None, Some(peak)) => {
            let requests = peak / PEAK_TO_MEAN * DAY;
            // Who asks about one thing at a time is shown nothing beside it.
            let shown = if alone { 1 } else { problem.slate };
            let events = requests * (1.0 + shown as f64);
            let formula = format!("{} requests x (1 + {shown} shown)", short(requests));
            sizes.push(size("events a day", short(events), formula));
            events
        }
        (None, None) => return None,
    };
    let year = events * row * 365.0;
    let formula = format!("{} events x {row} B x 365 days", short(events));
    sizes.push(size("storage of a year's log", bytes(year), formula));
    if design.scale.users.is_some()
        && let Some(users) = scale.users.filter(|users| *users > 0.0)
    {
        let formula = format!("{} events / {} users", short(events), short(users));
        sizes.push(size("events of a user a day", short(events / users), formula));
    }
    Some(year)
}

/// A month in money, where the design gives prices.
fn money(problem: &Problem, year: Option<f64>, sizes: &mut Vec<Size>) {
    let Some(prices) = &problem.prices else { return };
    let scale = &problem.scale;
    let price = |amount: f64| format!("{} {}", short(amount), prices.currency);
    if let Some(month) = prices.server_month {
        let servers = scale.servers.unwrap_or(1.0).max(1.0);
        let formula = format!("{} servers x {}", short(servers), price(month));
        sizes.push(size("servers, a month", price(servers * month), formula));
    }
    if let (Some(month), Some(year)) = (prices.storage_gib_month, year) {
        let formula = format!("{} of a year's log, in GiB x {}", bytes(year), price(month));
        sizes.push(size("storage, a month", price(year / GIB * month), formula));
    }
    let requests = scale.requests_mean().map(|mean| mean * DAY * 30.0);
    if let (Some(worth), Some(requests)) = (prices.outcome, requests) {
        let label = problem.labels.0.first().map_or("outcome", |label| label.name.as_str());
        let formula = format!("{} requests a month x 1% x {}", short(requests), price(worth));
        let quantity = format!("worth of one `{label}` more in a hundred requests, a month");
        sizes.push(size(&quantity, price(requests / 100.0 * worth), formula));
    }
}

const GIB: f64 = (1u64 << 30) as f64;

/// Bytes of a stored event with its fields, the widest kind.
fn row_bytes(schema: &Schema) -> f64 {
    let plain = |kind: &rankine_learn::EventKind| {
        kind.fields.iter().filter(|field| field.kind != FieldKind::Text).count() as f64
    };
    let widest = schema.interactions.iter().map(plain).fold(schema.context.len() as f64, f64::max);
    EVENT + VALUE * widest
}

/// The vectors of all items, for the longest that a contender uses.
fn vectors(problem: &Problem, sizes: &mut Vec<Size>) {
    let steps = problem.contenders.iter().flat_map(|contender| &contender.retrieve);
    let factors = steps.filter_map(|step| match step.settings.0.get("factors") {
        Some(Setting::Count(factors)) => Some(*factors as f64),
        _ => None,
    });
    let longest = factors.fold(0.0, f64::max);
    if let Some(items) = problem.scale.items.filter(|_| longest > 0.0) {
        let formula = format!("{} items x {longest} numbers x 4 B", short(items));
        sizes.push(size("vectors of all items", bytes(items * longest * 4.0), formula));
    }
}
