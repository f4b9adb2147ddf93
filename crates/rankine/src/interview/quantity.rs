//! Quantities as people type them: numbers with units, multiples and periods, and sums of them.

/// A number in the unit that was asked for; `/s` and `/day` take what is said per anything. Of a sum what it comes
/// to counts, where that is said: `600/s * 86400 = 52M a day`; otherwise it is worked out, and is in the unit that
/// was asked for unless its end says another.
pub(super) fn quantity_in(text: &str, unit: &str) -> Option<f64> {
    let text = plain(text);
    let said = ["=", "\u{2248}", " is ", " makes ", " gives "].into_iter().find_map(|mark| {
        let (_, after) = text.rsplit_once(mark)?;
        numbered(after).then_some(after)
    });
    let factors = factors(said.unwrap_or(&text));
    let mut read = Amount { number: 1.0, per: None };
    for (divides, factor) in &factors {
        let Amount { number, per } = Amount::read(factor, unit)?;
        read = Amount { number: if *divides { read.number / number } else { read.number * number }, per };
    }
    if factors.is_empty() || !read.number.is_finite() {
        return None;
    }
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

/// The text without what says nothing, in small letters; numbers that are spelled out are digits where there are no
/// others.
fn plain(text: &str) -> String {
    let text: String = text.chars().take(200).collect::<String>().to_lowercase().replace('_', "");
    let signs = [(" times ", " * "), (" multiplied by ", " * "), (" divided by ", " / "), ("\u{d7}", "*")];
    let text = signs.into_iter().fold(text, |text, (word, sign)| text.replace(word, sign));
    if numbered(&text) { text } else { spelled(&text) }
}

/// `three hundred` as `300`, `half a million` as `0.5 million`, `two and a half` as `2.5`.
fn spelled(text: &str) -> String {
    let mut made: Vec<String> = Vec::new();
    let mut number: Option<f64> = None;
    let mut words = text.split(|letter: char| letter.is_whitespace() || letter == '-').peekable();
    while let Some(word) = words.next() {
        let small = SPELLED.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        let next = words.peek().copied().unwrap_or_default();
        match (word, small) {
            ("half" | "quarter", _) => {
                let part = if word == "half" { 0.5 } else { 0.25 };
                number = Some(number.unwrap_or_default() + part);
                words.next_if(|next| matches!(*next, "a" | "an"));
            }
            ("hundred" | "dozen", _) => {
                let many = if word == "dozen" { 12.0 } else { 100.0 };
                number = Some(number.unwrap_or(1.0) * many);
            }
            ("and", _) if number.is_some() => {}
            ("a" | "an", _) if number.is_some() && matches!(next, "half" | "quarter") => {}
            ("a" | "an", _) if matches!(next, "hundred" | "dozen") => {}
            ("a" | "an", _)
                if number.is_none() && ["thousand", "million", "billion", "gig"].contains(&next) =>
            {
                number = Some(1.0);
            }
            (_, Some(value)) => number = Some(number.unwrap_or_default() + value),
            _ => {
                made.extend(number.take().map(|number| number.to_string()));
                made.push(word.to_owned());
            }
        }
    }
    made.extend(number.map(|number| number.to_string()));
    made.join(" ")
}

const SPELLED: [(&str, f64); 27] = [
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
];

/// The factors of a product, and whether each divides; one alone where it is no product. A slash before a word says
/// per what, before a number it divides.
fn factors(text: &str) -> Vec<(bool, String)> {
    let mut made: Vec<(bool, String)> = Vec::new();
    // Whether the groups that are open divide, and whether the next factor does within them.
    let (mut groups, mut divides, mut own): (Vec<bool>, bool, String) = Default::default();
    // The end closes a factor as a bracket does.
    let letters: Vec<char> = text.chars().chain([')']).collect();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        let alone = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphabetic());
        let next = letters[at + 1..].iter().find(|letter| !letter.is_whitespace());
        let sign = match letter {
            '*' if after == Some('*') => {
                own.push_str("**");
                at += 2;
                continue;
            }
            '*' => Some(false),
            'x' if alone(before) && alone(after) => Some(false),
            '/' if next.is_some_and(|next| next.is_ascii_digit() || *next == '(') => Some(true),
            _ => None,
        };
        // What stands in brackets behind a number only explains it.
        let explains = letter == '(' && numbered(&own);
        if (sign.is_some() || letter == ')' || explains) && numbered(&own) {
            made.push((groups.iter().fold(divides, |all, group| all ^ group), std::mem::take(&mut own)));
        }
        match (sign, letter) {
            _ if explains => break,
            (Some(sign), _) => divides = sign,
            (None, '(') => groups.push(std::mem::take(&mut divides)),
            (None, ')') => _ = groups.pop(),
            _ => own.push(letter),
        }
        at += 1;
    }
    made
}

fn numbered(text: &str) -> bool {
    text.contains(|letter: char| letter.is_ascii_digit())
}

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
        "gigabytes" | "gigabyte" | "gig" | "gigs" => 1e9,
        "megabytes" | "megabyte" | "meg" | "megs" => 1e6,
        "kilobytes" | "kilobyte" => 1e3,
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
            ("600/s * 86400 / 3 = 17.3M a day", "/day", 17.3e6),
            ("40,000 x 86400 / 3", "/day", 1.152e9),
            ("400000*8*3/86400", "/s", 400_000.0 * 24.0 / 86_400.0),
            ("20000000 * 64", "B", 1.28e9),
            ("50M*64*4 bytes", "B", 12.8e9),
            ("17.3M posts times 2 KB each is 35.4 GB", "B", 35.4e9),
            ("17.3M posts times 2 KB each", "B", 34.6e9),
            ("2**20", "", 1_048_576.0),
            ("2**20 * 3", "", 3_145_728.0),
            ("12 / (2 x 3)", "", 2.0),
            ("(2 + 0) x 3 / day", "/day", 6.0),
            ("3 x 600/s", "/day", 1800.0 * 86_400.0),
            ("20 GB (5M x 4 KB)", "B", 20e9),
            ("it is 20 GB", "B", 20e9),
            ("20 GB is my guess", "B", 20e9),
            ("three hundred", "/s", 300.0),
            ("forty thousand", "/s", 40e3),
            ("about a hundred per second", "/s", 100.0),
            ("half a gig", "B", 5e8),
            ("two and a half million a day", "/day", 2.5e6),
            ("a million", "", 1e6),
            ("one hundred and twenty-five", "", 125.0),
        ] {
            let read = quantity_in(text, unit);
            let near = read.is_some_and(|read| (read / value - 1.0).abs() < 1e-9);
            assert!(near, "{text} in {unit:?}: {read:?}, not {value}");
        }
        for (text, unit) in [
            ("", "/s"),
            ("a lot", "/s"),
            ("5 / 0", "/s"),
            ("is", "/s"),
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
