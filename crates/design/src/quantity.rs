//! Quantities as people write them: counts, rates, durations, sizes and fractions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::suggest::{did_you_mean, quoted};

/// Larger counts, milliseconds and bytes than this are not exact as written, and nobody means them.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// What is wrong with a quantity and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityError {
    /// One sentence without a full stop.
    pub message: String,
    /// The nearest unit, the known ones and examples.
    pub help: String,
}

/// A quantity that is read from and shown as short text: `parse(show(x))` is `x` to three digits.
pub trait Quantity: Sized + fmt::Display {
    /// What it is called in messages, with its article.
    const KIND: &'static str;
    /// What may be written.
    const EXAMPLES: &'static str;
    /// The units that are known, as they are written.
    fn units() -> Vec<&'static str>;
    /// Reads the text; `Err` names what was read and the known units.
    fn parse(text: &str) -> Result<Self, QuantityError>;
}

/// How many of something, at most 2^53; `daily` when it was written as so many a day ("100M daily").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The number itself.
    pub number: u64,
    /// Whether it counts those of one day.
    pub daily: bool,
}

/// How often, per second; finite, not negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(pub f64);

/// A span of time in whole milliseconds, at most 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Milliseconds(pub u64);

/// A size in bytes, at most 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

/// A part of a whole, 0 to 1; "1%" is 0.01.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fraction(pub f64);

const MULTIPLES: &[(&str, f64)] = &[("k", 1e3), ("M", 1e6), ("B", 1e9)];

const DURATIONS: &[(&str, f64)] =
    &[("ms", 1.0), ("s", 1e3), ("m", 6e4), ("h", 3.6e6), ("d", 8.64e7), ("w", 6.048e8)];

const PER: &[(&str, f64)] = &[
    ("/s", 1.0),
    ("/m", 60.0),
    ("/h", 3600.0),
    ("/d", 86400.0),
    ("/second", 1.0),
    ("/minute", 60.0),
    ("/hour", 3600.0),
    ("/day", 86400.0),
];

const SIZES: &[(&str, f64)] = &[
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

impl Quantity for Count {
    const KIND: &'static str = "a count";
    const EXAMPLES: &'static str = "1200, \"5M\" or \"100M daily\"";

    fn units() -> Vec<&'static str> {
        names(MULTIPLES)
    }

    fn parse(text: &str) -> Result<Self, QuantityError> {
        let (number, unit) = number::<Self>(text, text)?;
        let (unit, daily) = match unit.strip_suffix("daily") {
            Some(rest) => (rest.trim_end(), true),
            None => (unit, false),
        };
        let factor = if unit.is_empty() { 1.0 } else { factor::<Self>(text, unit, MULTIPLES)? };
        let number = whole::<Self>(text, number * factor)?;
        Ok(Self { number, daily })
    }
}

impl Quantity for Rate {
    const KIND: &'static str = "a rate";
    const EXAMPLES: &'static str = "\"800/s\", \"12k/s\" or \"5M/day\"";

    fn units() -> Vec<&'static str> {
        names(PER)
    }

    fn parse(text: &str) -> Result<Self, QuantityError> {
        let (number, unit) = number::<Self>(text, text)?;
        let slash = unit.find('/').unwrap_or(unit.len());
        let (multiple, per) = (unit[..slash].trim_end(), &unit[slash..]);
        if per.is_empty() {
            return Err(error::<Self>(text, "it does not say per what", None));
        }
        let multiple = if multiple.is_empty() { 1.0 } else { factor::<Self>(text, multiple, MULTIPLES)? };
        let rate = number * multiple / factor::<Self>(text, per, PER)?;
        if rate > LARGEST { Err(error::<Self>(text, "it is too large", None)) } else { Ok(Self(rate)) }
    }
}

impl Quantity for Milliseconds {
    const KIND: &'static str = "a duration";
    const EXAMPLES: &'static str = "\"50ms\", \"1h\", \"7d\" or \"1m 30s\"";

    fn units() -> Vec<&'static str> {
        names(DURATIONS)
    }

    fn parse(text: &str) -> Result<Self, QuantityError> {
        let mut rest = text.trim();
        let mut sum = 0.0;
        loop {
            let (number, tail) = number::<Self>(text, rest)?;
            let end = tail.find(|letter: char| letter.is_ascii_digit() || letter.is_whitespace());
            let unit = &tail[..end.unwrap_or(tail.len())];
            sum += number * factor::<Self>(text, unit, DURATIONS)?;
            rest = tail[unit.len()..].trim_start();
            if rest.is_empty() {
                return whole::<Self>(text, sum).map(Self);
            }
        }
    }
}

impl Quantity for Bytes {
    const KIND: &'static str = "a size";
    const EXAMPLES: &'static str = "\"4GiB\" or \"512MB\"";

    fn units() -> Vec<&'static str> {
        names(SIZES)
    }

    fn parse(text: &str) -> Result<Self, QuantityError> {
        let (number, unit) = number::<Self>(text, text)?;
        whole::<Self>(text, number * factor::<Self>(text, unit, SIZES)?).map(Self)
    }
}

impl Quantity for Fraction {
    const KIND: &'static str = "a fraction";
    const EXAMPLES: &'static str = "\"1%\" or 0.01";

    fn units() -> Vec<&'static str> {
        vec!["%"]
    }

    fn parse(text: &str) -> Result<Self, QuantityError> {
        let (number, unit) = number::<Self>(text, text)?;
        let value =
            if unit.is_empty() { number } else { number / factor::<Self>(text, unit, &[("%", 100.0)])? };
        if value <= 1.0 {
            return Ok(Self(value));
        }
        let percent = format!("if you mean {number} percent, write \"{number}%\"");
        let help = (unit.is_empty() && number <= 100.0).then_some(percent);
        Err(error::<Self>(text, "it is more than the whole", help))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let daily = if self.daily { " daily" } else { "" };
        write!(out, "{}{daily}", short(self.number as f64))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 1.0 {
            write!(out, "{}/s", short(self.0))
        } else {
            write!(out, "{}/day", short(self.0 * 86400.0))
        }
    }
}

impl fmt::Display for Milliseconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 5] =
            [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
        let largest = |time: u64| UNITS.iter().position(|(_, size)| time >= *size);
        let after = |first: usize| UNITS.get(first + 1).copied().unwrap_or(("ms", 1));
        let Some(first) = largest(self.0) else {
            return write!(out, "0ms");
        };
        let (_, precision) = after(first);
        let rounded = self.0.saturating_add(precision / 2) / precision * precision;
        let first = largest(rounded).unwrap_or(first);
        let ((large, large_size), (small, small_size)) = (UNITS[first], after(first));
        let (whole, part) = (rounded / large_size, rounded % large_size / small_size);
        if part == 0 { write!(out, "{whole}{large}") } else { write!(out, "{whole}{large} {part}{small}") }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BINARY: [&str; 4] = ["TiB", "GiB", "MiB", "KiB"];
        for unit in BINARY {
            let size = SIZES.iter().find(|(name, _)| *name == unit).map_or(1.0, |(_, size)| *size);
            if self.0 as f64 >= size {
                return write!(out, "{} {unit}", rounded(self.0 as f64 / size));
            }
        }
        write!(out, "{} B", self.0)
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}%", rounded(self.0 * 100.0))
    }
}

/// A number in three digits with k, M or B: 1_200_000 is "1.2M"; not negative.
pub fn short(number: f64) -> String {
    let number = rounded(number);
    let multiple = MULTIPLES.iter().rev().find(|(_, size)| number >= *size);
    multiple.map_or_else(|| number.to_string(), |(name, size)| format!("{}{name}", number / size))
}

/// To three significant digits.
fn rounded(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// The number at the start of `rest` and what follows it; `text` is the whole, for the message.
fn number<'a, Q: Quantity>(text: &str, rest: &'a str) -> Result<(f64, &'a str), QuantityError> {
    let rest = rest.trim();
    if rest.starts_with('-') {
        return Err(error::<Q>(text, "it cannot be negative", None));
    }
    let end = rest.find(|letter: char| !matches!(letter, '0'..='9' | '.' | '_')).unwrap_or(rest.len());
    let (digits, unit) = rest.split_at(end);
    if !digits.contains(|letter: char| letter.is_ascii_digit()) {
        return Err(error::<Q>(text, "a number must come first", None));
    }
    match digits.replace('_', "").parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((number, unit.trim_start())),
        _ => Err(error::<Q>(text, &format!("{} is not a number", quoted(digits)), None)),
    }
}

fn factor<Q: Quantity>(text: &str, unit: &str, known: &[(&'static str, f64)]) -> Result<f64, QuantityError> {
    if unit.is_empty() {
        return Err(error::<Q>(text, "the unit is missing", None));
    }
    if let Some((_, factor)) = known.iter().find(|(name, _)| *name == unit) {
        return Ok(*factor);
    }
    let near = did_you_mean(unit, known.iter().map(|(name, _)| *name));
    let near = near.or_else(|| long_form(unit).filter(|short| known.iter().any(|(name, _)| name == short)));
    let help = near.map(|near| format!("did you mean `{near}`?"));
    Err(error::<Q>(text, &format!("the unit {} is not known", quoted(unit)), help))
}

/// Units that people write out, and the short form that is known here.
fn long_form(unit: &str) -> Option<&'static str> {
    let unit = unit.to_lowercase();
    Some(match unit.trim_end_matches('s') {
        "millisecond" | "msec" | "milli" => "ms",
        "second" | "sec" => "s",
        "minute" | "min" => "m",
        "hour" | "hr" => "h",
        "day" => "d",
        "week" => "w",
        "thousand" => "k",
        "million" | "mio" | "mn" => "M",
        "billion" | "bn" => "B",
        "percent" | "pct" | "per cent" => "%",
        "g" | "gig" => "GiB",
        "meg" => "MiB",
        "byte" => "B",
        _ => return None,
    })
}

fn whole<Q: Quantity>(text: &str, value: f64) -> Result<u64, QuantityError> {
    if value > LARGEST {
        return Err(error::<Q>(text, "it is too large", None));
    }
    if value > 0.0 && value < 0.5 {
        return Err(error::<Q>(text, "it is less than the smallest unit", None));
    }
    Ok(value.round() as u64)
}

fn error<Q: Quantity>(text: &str, why: &str, help: Option<String>) -> QuantityError {
    let units = Q::units().join(", ");
    let known = format!("write for example {}; units: {units}", Q::EXAMPLES);
    let help = help.map_or_else(|| known.clone(), |help| format!("{help}\n{known}"));
    QuantityError { message: format!("{} is not {}: {why}", quoted(text), Q::KIND), help }
}

fn names(units: &[(&'static str, f64)]) -> Vec<&'static str> {
    units.iter().map(|(name, _)| *name).collect()
}
