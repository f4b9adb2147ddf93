//! Numbers as people read them: significant digits, thousands, bytes, durations, dates.

use jiff::civil;
use rankine_learn::{Millis, Setting};

/// What stands where a number is not known.
pub(crate) const UNKNOWN: &str = "n/a";

/// A measured value with four decimals, larger ones with four digits, small ones with two: `0.0412`, `12.31`.
pub(crate) fn figure(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let decimals = match size {
        0.0 => return "0".to_owned(),
        _ if !(1e-6..1e12).contains(&size) => return scientific(value),
        _ if size < 0.001 => 1 + (-size.log10().floor()) as usize,
        _ if size < 0.99995 => 4,
        _ if size < 9.9995 => 3,
        _ if size < 99.995 => 2,
        _ if size < 999.95 => 1,
        _ => 0,
    };
    let text = if decimals == 0 { count(size.round() as u64) } else { format!("{size:.decimals$}") };
    if value < 0.0 { format!("−{text}") } else { text }
}

/// A difference: a [`figure`] that always bears its sign.
pub(crate) fn signed(value: f64) -> String {
    if value.is_finite() && value > 0.0 { format!("+{}", figure(value)) } else { figure(value) }
}

fn scientific(value: f64) -> String {
    let text = format!("{:.2e}", value.abs());
    if value < 0.0 { format!("−{text}") } else { text }
}

/// A whole number with commas between thousands.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, such as `1 user` or `1,204 requests`.
pub(crate) fn counted(value: u64, noun: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

/// A large estimate at two significant digits, such as `8,400`.
pub(crate) fn about(value: u64) -> String {
    if value > 1_000_000_000 {
        return "more than a billion".to_owned();
    }
    let step = 10u64.pow(value.max(1).ilog10().saturating_sub(1));
    format!("about {}", count((value + step / 2) / step * step))
}

/// A share as a percentage with one decimal; what is not quite everything is never `100%`.
pub(crate) fn percent(share: f64) -> String {
    let size = (share * 100.0).abs();
    let text = match size {
        _ if !size.is_finite() => return UNKNOWN.to_owned(),
        0.0 => return "0%".to_owned(),
        _ if size >= 1e6 => scientific(size),
        _ if size < 0.05 => "<0.1".to_owned(),
        _ if (99.95..100.0).contains(&size) => nearly_all(size),
        _ => format!("{size:.1}").trim_end_matches(".0").to_owned(),
    };
    if share < 0.0 { format!("−{text}%") } else { format!("{text}%") }
}

/// As many decimals as tell a percentage from 100, up to six.
fn nearly_all(size: f64) -> String {
    let decimals = (2..6).find(|&at| !format!("{size:.at$}").starts_with("100")).unwrap_or(6);
    format!("{size:.decimals$}")
}

/// Bytes in binary units.
pub(crate) fn bytes(value: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    if !value.is_finite() || value < 0.0 {
        return UNKNOWN.to_owned();
    }
    let (mut value, mut unit) = (value, 0);
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", if unit == 0 { count(value as u64) } else { digits(value) }, UNITS[unit])
}

/// A latency given in milliseconds.
pub(crate) fn latency(milliseconds: f64) -> String {
    match milliseconds {
        _ if !milliseconds.is_finite() || milliseconds < 0.0 => UNKNOWN.to_owned(),
        _ if milliseconds >= 999.5 => duration(milliseconds / 1000.0),
        _ => format!("{} ms", digits(milliseconds)),
    }
}

/// A length of time given in seconds.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || !(0.0..1e12).contains(&seconds) {
        return UNKNOWN.to_owned();
    }
    let whole = seconds.round() as u64;
    let two = |large: u64, unit: &str, small: u64, part: &str| match small {
        0 => format!("{} {unit}", count(large)),
        _ => format!("{} {unit} {small} {part}", count(large)),
    };
    match whole {
        0..60 => format!("{} s", digits(seconds)),
        60..3600 => two(whole / 60, "min", whole % 60, "s"),
        3600..86_400 => two(whole / 3600, "h", whole % 3600 / 60, "min"),
        _ => two(whole / 86_400, "d", whole % 86_400 / 3600, "h"),
    }
}

/// Three significant digits of a quantity, which is never negative.
pub(crate) fn digits(value: f64) -> String {
    match value {
        _ if !value.is_finite() || value < 0.0 => UNKNOWN.to_owned(),
        _ if value >= 99.95 => figure(value.round()).trim_end_matches(".0").to_owned(),
        _ if value >= 9.995 => format!("{value:.1}"),
        _ if value >= 0.9995 => format!("{value:.2}"),
        0.0 => "0".to_owned(),
        _ if value >= 0.0005 => format!("{value:.3}"),
        _ => "<0.001".to_owned(),
    }
}

/// A quantity that somebody wrote, not measured: `50.0 ms` is `50 ms`.
pub(crate) fn plain(quantity: &str) -> String {
    let (number, unit) = quantity.split_once(' ').map_or((quantity, ""), |(number, unit)| (number, unit));
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}").trim_end().to_owned()
}

/// The value of a parameter.
pub(crate) fn setting(value: &Setting) -> String {
    let length = |millis: &Millis| duration(*millis as f64 / 1000.0);
    match value {
        Setting::Count(value) => count(*value),
        Setting::Number(value) if value.is_finite() && (1e-4..1e6).contains(&value.abs()) => {
            value.to_string()
        }
        Setting::Number(value) => figure(*value),
        Setting::Word(word) => word.clone(),
        Setting::Duration(value) => length(value),
        Setting::Durations(values) => values.iter().map(length).collect::<Vec<_>>().join(", "),
        Setting::Words(words) => words.join(", "),
        Setting::Numbers(numbers) => numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(", "),
        Setting::Labels(labels) => count(labels.iter().flatten().count() as u64),
        Setting::File(file) => file.name.clone(),
    }
}

/// The day of a moment, such as `2026-01-31`.
pub(crate) fn date(moment: Millis) -> String {
    day(moment.div_euclid(86_400_000))
}

/// A day counted from the epoch, in the Gregorian calendar.
pub(crate) fn day(since_epoch: i64) -> String {
    let days = jiff::Span::new().try_days(since_epoch);
    let date = days.and_then(|days| civil::date(1970, 1, 1).checked_add(days));
    date.map_or_else(|_| UNKNOWN.to_owned(), |date| date.to_string())
}

/// At most so many characters, both ends of the text: names in a row often differ in their last letters.
pub(crate) fn abridged(text: &str, most: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most {
        return text.to_owned();
    }
    let tail = most.saturating_sub(1) / 2;
    let head = most.saturating_sub(1 + tail);
    letters[..head].iter().chain(&['…']).chain(&letters[letters.len() - tail..]).collect()
}

/// At most so many characters, the last an ellipsis where something was cut.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_this() {
        let text = |found: String, expected: &str| assert_eq!(found, expected);
        for (value, expected) in [
            (0.0412, "0.0412"),
            (-0.5, "−0.5000"),
            (0.000_187, "0.00019"),
            (0.000_95, "0.00095"),
            (0.001_23, "0.0012"),
            (3e-9, "3.00e-9"),
            (0.999_96, "1.000"),
            (12.345, "12.35"),
            (123.45, "123.5"),
            (12_345.6, "12,346"),
            (-0.0, "0"),
            (f64::NAN, "n/a"),
        ] {
            text(figure(value), expected);
        }
        for (share, expected) in [
            (0.95, "95%"),
            (1.0 - 0.05 / 15.0, "99.7%"),
            (0.9999, "99.99%"),
            (0.000_1, "<0.1%"),
            (1.203, "120.3%"),
            (-0.25, "−25%"),
            (1.0, "100%"),
        ] {
            text(percent(share), expected);
        }
        text(signed(0.0105), "+0.0105");
        text(count(1_234_567), "1,234,567");
        text(about(8_412), "about 8,400");
        text(about(7), "about 7");
        text(about(996), "about 1,000");
        text(about(u64::MAX), "more than a billion");
        text(bytes(66_898_000.0), "63.8 MiB");
        text(bytes(1_073_741_823.0), "1.00 GiB");
        text(plain(&bytes(2_147_483_648.0)), "2 GiB");
        text(latency(0.083), "0.083 ms");
        text(latency(1500.0), "1.50 s");
        text(duration(2.63e-6), "<0.001 s");
        text(duration(71.0), "1 min 11 s");
        text(duration(7200.0), "2 h");
        text(abridged("a-name-that-is-long-1", 9), "a-na…ng-1");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (since, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (20_513, "2026-03-01"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
            (i64::MAX, "n/a"),
        ] {
            assert_eq!(day(since), expected);
        }
    }
}
