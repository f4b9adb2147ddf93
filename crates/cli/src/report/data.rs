//! What the log holds: counts, periods, requests a day, gaps, and lines that were kept aside.

use maud::{Markup, html};
use rankine::Split;
use rankine::prepare::{Profile, Rejected};

use super::interval::bar;
use super::numbers::{count, date, day, percent, shortened};
use super::prose;

/// So many bars are drawn; with more days, each bar is several.
const BARS: u128 = 180;
/// So many lines are shown of each kind of trouble.
const EXAMPLES: usize = 2;
/// So many characters of a line are shown.
const SHOWN: usize = 160;

const PERIODS: [(&str, &str); 4] = [
    ("history", "only fills features"),
    ("train", "scorers learn from it"),
    ("validation", "chooses settings"),
    ("test", "read once"),
];

pub(super) fn body(split: Split, profile: &Profile) -> Markup {
    html! {
        (counts(split, profile))
        (periods(split, profile))
        @if split == Split::Time { (daily(profile)) }
        (missing(profile))
        (rejected(profile))
        @if !profile.notes.is_empty() {
            h3 { "Notes" }
            dl.pairs { @for note in &profile.notes { dt { code { (note.code) } } dd { (prose(&note.message)) } } }
        }
    }
}

fn counts(split: Split, profile: &Profile) -> Markup {
    let fact = |name: &str, value: String, more: String| {
        html! { div { dt { (name) } dd { (value) } @if !more.is_empty() { dd.small { (more) } } } }
    };
    let implied = match profile.implied_requests {
        0 => String::new(),
        implied => format!("{} implied", count(implied)),
    };
    html! {
        @if split == Split::Time { p { "From " time { (date(profile.range.0)) } " to " time { (date(profile.range.1)) } "." } }
        dl.facts.compact {
            (fact("events", count(profile.events), String::new()))
            (fact("users", count(profile.users), String::new()))
            (fact("items", count(profile.items), String::new()))
            (fact("requests", count(profile.requests), implied))
            (fact("impressions", count(profile.impressions), String::new()))
            @for (name, value) in &profile.interactions { (fact(name, count(*value), String::new())) }
            (fact("positives", count(profile.positives), String::new()))
            (fact("success", percent(profile.label_rate), "of requests led to one".to_owned()))
            (fact("head", percent(profile.head_share), "of positives go to a tenth of the items".to_owned()))
        }
    }
}

fn periods(split: Split, profile: &Profile) -> Markup {
    let by = match split {
        Split::Time => "requests, by time",
        Split::Rows => "rows, in order",
        Split::Shuffled => "rows, shuffled",
    };
    let total: u128 = profile.periods.iter().map(|&part| u128::from(part)).sum();
    let share = |part: u64| if total == 0 { 0.0 } else { part as f64 / total as f64 };
    html! {
        h3 { "Periods " span.quiet { (by) } }
        div.segments aria-hidden="true" {
            @for (at, part) in profile.periods.iter().enumerate() {
                i class={ "p" (at) } style={ "flex-grow:" (format!("{:.4}", share(*part))) } {}
            }
        }
        ul.legend {
            @for (at, (part, (name, what))) in profile.periods.iter().zip(PERIODS).enumerate() {
                li { i class={ "p" (at) } aria-hidden="true" {} b { (name) } " " (count(*part)) span.quiet { (what) } }
            }
        }
    }
}

/// Requests by bar, oldest first, and how many days a bar is; at most [`BARS`] of them.
fn by_bar(daily: &[(i64, u64)]) -> Option<(Vec<u64>, u128)> {
    let first = daily.iter().map(|(day, _)| *day).min()?;
    let last = daily.iter().map(|(day, _)| *day).max()?;
    let days = (i128::from(last) - i128::from(first)).unsigned_abs() + 1;
    let each = days.div_ceil(BARS);
    let mut bars = vec![0u64; days.div_ceil(each) as usize];
    for (day, requests) in daily {
        let at = ((i128::from(*day) - i128::from(first)).unsigned_abs() / each) as usize;
        bars[at] = bars[at].saturating_add(*requests);
    }
    Some((bars, each))
}

/// The bar at which each period after the first begins, by its requests.
fn boundaries(bars: &[u64], periods: &[u64; 4]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut wanted: u128 = 0;
    for part in &periods[..3] {
        wanted += u128::from(*part);
        let mut seen: u128 = 0;
        let at = bars.iter().position(|bar| {
            seen += u128::from(*bar);
            seen > wanted
        });
        found.extend(at.filter(|at| *at > 0));
    }
    found
}

fn daily(profile: &Profile) -> Markup {
    let Some((bars, each)) = by_bar(&profile.daily) else { return html! {} };
    let most = bars.iter().copied().max().unwrap_or(0);
    let height = |bar: u64| 96.0 * bar as f64 / most.max(1) as f64;
    let starts = boundaries(&bars, &profile.periods);
    let period = |at: usize| starts.iter().filter(|start| **start <= at).count();
    let ends =
        (profile.daily.iter().map(|(day, _)| *day).min(), profile.daily.iter().map(|(day, _)| *day).max());
    let unit = if each == 1 { "a day".to_owned() } else { format!("in {} days", count(each as u64)) };
    html! {
        h3 { "Requests " (unit) " " span.quiet { "at most " (count(most)) } }
        figure.daily {
            svg viewBox={ "0 0 " (bars.len() * 10) " 100" } preserveAspectRatio="none" role="img"
                aria-label={ "Requests " (unit) ", at most " (count(most)) } {
                @for (at, bar) in bars.iter().enumerate() {
                    rect class={ "p" (period(at).min(3)) } x=(at * 10 + 1) width="8"
                        y=(format!("{:.2}", 100.0 - height(*bar))) height=(format!("{:.2}", height(*bar))) {}
                }
            }
            figcaption { span { (ends.0.map(day).unwrap_or_default()) } span { (ends.1.map(day).unwrap_or_default()) } }
        }
    }
}

fn missing(profile: &Profile) -> Markup {
    let gaps: Vec<(&String, &f64)> = profile.missing.iter().filter(|(_, share)| **share != 0.0).collect();
    html! {
        @if !gaps.is_empty() {
            h3 { "Missing fields " span.quiet { "share of entities without" } }
            div.bars { @for (name, share) in gaps {
                span.name { (name) }
                (bar(*share))
                span.value { (percent(*share)) }
            } }
        } @else if !profile.missing.is_empty() {
            h3 { "Missing fields" }
            p { "None: every entity has all its fields." }
        }
    }
}

fn rejected(profile: &Profile) -> Markup {
    let examples = |code: &str| -> Vec<&Rejected> {
        profile.examples.iter().filter(|example| example.code == code).take(EXAMPLES).collect()
    };
    html! {
        h3 { "Lines kept aside" }
        @if profile.rejected.is_empty() { p { "None: every line could be taken." } }
        @else {
            dl.pairs { @for (code, lines) in &profile.rejected {
                dt { code { (code) } span.quiet { (count(*lines)) } }
                @for example in examples(code) {
                    dd {
                        (prose(&example.reason))
                        small { (example.file) ", line " (count(example.line)) }
                        pre { (shortened(&example.text, SHOWN)) }
                    }
                }
                @if examples(code).is_empty() { dd.quiet { "no example kept" } }
            } }
        }
    }
}
