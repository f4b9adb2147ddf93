//! Quantities as people type them: numbers with units, multiples and periods.

/// A number in the unit that was asked for; `/s` and `/day` take what is said per anything.
pub(super) fn quantity_in(text: &str, unit: &str) -> Option<f64> {
    let read = Amount::read(text, unit)?;
    let second = 1.0;
    let asked = match unit {
        "/s" => Some(second),
        "/day" => Some(DAY),
        _ => None,
    };
    Some(match (asked, read.per) {
        (Some(asked), Some(per)) => read.number / per * asked,
        _ => read.number,
    })
}

const DAY: f64 = 86_400.0;

/// A number as it was said.
struct Amount {
    number: f64,
    /// Per how many seconds.
    per: Option<f64>,
}

impl Amount {
    /// Reads the first number with the words behind it, leniently: `12k/s`, `1.2 million a day`, `about 200 TB`,
    /// `10^9`, `3,000`.
    fn read(text: &str, unit: &str) -> Option<Amount> {
        let text: String = text.chars().take(200).collect::<String>().to_lowercase().replace('_', "");
        let begin = text.find(|letter: char| letter.is_ascii_digit())?;
        if text[..begin].ends_with('-') {
            return None;
        }
        let rest = &text[begin..];
        let end = rest
            .find(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == ','))
            .unwrap_or(rest.len());
        let (digits, mut rest) = rest.split_at(end);
        let mut number: f64 = plain_number(digits.trim_end_matches(['.', ',']))?;
        let exponent = ["e", "^", "**"].into_iter().find_map(|mark| rest.strip_prefix(mark));
        if let Some(after) = exponent {
            let end = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
            if let Ok(power) = after[..end].parse::<i32>() {
                let scientific = rest.starts_with('e');
                number = if scientific { number * 10f64.powi(power) } else { number.powi(power) };
                rest = &after[end..];
            }
        }
        let mut per = None;
        let mut words = rest
            .split(|letter: char| letter.is_whitespace() || letter == ',')
            .flat_map(|word| word.split_inclusive('/'))
            .filter(|word| !word.is_empty())
            .peekable();
        let mut behind_slash = false;
        let mut first = true;
        while let Some(word) = words.next() {
            let slash = word.ends_with('/');
            let word = word.trim_end_matches('/').trim_end_matches('.');
            if behind_slash || matches!(word, "per" | "a" | "an" | "each" | "every") && words.peek().is_some()
            {
                let unit = if behind_slash { word } else { words.next()?.trim_end_matches('/') };
                per = per.or_else(|| period(unit));
            } else if let Some(unit) = period(word).filter(|_| word.len() > 2 && word.ends_with("ly")) {
                per = per.or(Some(unit));
            } else if foreign(word, unit) {
                return None;
            } else if let Some(factor) = multiple(word, unit).filter(|_| first || !word.is_empty()) {
                number *= factor;
            }
            behind_slash = slash;
            first = false;
        }
        number.is_finite().then_some(Amount { number, per })
    }
}

/// `3,000`, `3.5` and `3,5`.
fn plain_number(digits: &str) -> Option<f64> {
    let groups: Vec<&str> = digits.split(',').collect();
    let thousands = groups.len() > 1
        && groups[1..].iter().all(|group| group.split('.').next().is_some_and(|whole| whole.len() == 3));
    if thousands || groups.len() == 1 {
        return digits.replace(',', "").parse().ok();
    }
    digits.replace(',', ".").parse().ok()
}

fn period(word: &str) -> Option<f64> {
    Some(match word.trim_end_matches('s') {
        "" | "sec" | "second" => 1.0,
        "m" | "min" | "minute" => 60.0,
        "h" | "hr" | "hour" | "hourly" => 3600.0,
        "d" | "day" | "daily" => DAY,
        "week" | "weekly" => 7.0 * DAY,
        "month" | "monthly" => 30.0 * DAY,
        "year" | "yearly" => 365.0 * DAY,
        _ => return None,
    })
}

/// Whether a word is a unit of something else than what was asked for.
fn foreign(word: &str, unit: &str) -> bool {
    let of_bytes =
        word.contains("byte") || matches!(word, "kb" | "mb" | "gb" | "tb" | "pb") || word.ends_with("ib");
    let of_time = matches!(word, "ms" | "millisecond" | "milliseconds" | "seconds" | "minutes");
    match unit {
        "B" => of_time,
        "ms" => of_bytes,
        "/s" | "/day" => of_bytes || of_time,
        _ => false,
    }
}

/// What a word behind a number multiplies it by; bytes by a thousand a step, or by 1,024 where `i` says so.
fn multiple(word: &str, unit: &str) -> Option<f64> {
    let of_time = unit == "ms";
    Some(match word {
        "b" if unit == "B" => 1.0,
        "k" | "thousand" | "kb" => 1e3,
        "m" | "mio" | "mn" | "million" | "millions" | "mb" => 1e6,
        "b" | "bn" | "billion" | "billions" | "g" | "gb" => 1e9,
        "t" | "tn" | "trillion" | "tb" | "terabytes" | "terabyte" => 1e12,
        "p" | "pb" | "petabytes" | "petabyte" => 1e15,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        "pib" => 1_125_899_906_842_624.0,
        "gigabytes" | "gigabyte" => 1e9,
        "megabytes" | "megabyte" => 1e6,
        "%" | "percent" => 0.01,
        "byte" | "bytes" => 1.0,
        "ms" | "milliseconds" if of_time => 1.0,
        "s" | "sec" | "seconds" | "second" if of_time => 1e3,
        "min" | "minutes" | "minute" if of_time => 6e4,
        "h" | "hours" | "hour" if of_time => 3.6e6,
        "d" | "days" | "day" if of_time => 8.64e7,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_people_say_them() {
        for (text, unit, value) in [
            ("12k/s", "/s", 12e3),
            ("12,000 per second", "/s", 12e3),
            ("about 1.2 million a day", "/day", 1.2e6),
            ("1.2M/day", "/s", 1.2e6 / 86400.0),
            ("86400 a day", "/s", 1.0),
            ("3k", "/s", 3e3),
            ("205 TB", "B", 205e12),
            ("205 terabytes", "B", 205e12),
            ("6.4TB", "B", 6.4e12),
            ("2 GiB", "B", 2_147_483_648.0),
            ("10^9", "", 1e9),
            ("2e9 B", "B", 2e9),
            ("1,5 million", "", 1.5e6),
            ("50 ms", "ms", 50.0),
            ("0.2s", "ms", 200.0),
            ("30%", "", 0.3),
            ("100M daily", "/day", 100e6),
        ] {
            let read = quantity_in(text, unit);
            let near = read.is_some_and(|read| (read / value - 1.0).abs() < 1e-9);
            assert!(near, "{text} in {unit:?}: {read:?}, not {value}");
        }
        for (text, unit) in [
            ("", "/s"),
            ("a lot", "/s"),
            ("-5", "/s"),
            (".", "/s"),
            ("5 TB", "/s"),
            ("100 ms", "B"),
            ("100 ms", "/day"),
            ("2 GiB", "ms"),
        ] {
            assert_eq!(quantity_in(text, unit), None, "{text} in {unit}");
        }
    }
}
