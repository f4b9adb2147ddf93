//! Quantities as people type them: numbers with units, multiples and periods, and sums of them.

use super::spelled::{joined, plain_number, spelled};

/// A number in the unit that was asked for; `/s` and `/day` take what is said per anything. Of a sum what it comes
/// to counts, where that is said: `600/s * 86400 = 52M a day`; otherwise it is worked out, and is in the unit that
/// was asked for unless its end says another.
pub(super) fn quantity_in(text: &str, unit: &str) -> Option<f64> {
    let text = plain(text);
    let said = last_said(&text);
    if let Some(summands) = summands(said) {
        return summands.iter().map(|one| quantity_in(one, unit)).sum();
    }
    let factors = factors(said);
    if let [(false, over), (true, under)] = factors.as_slice()
        && let Some(time) = words(under).find_map(|word| multiple(word, unit)).filter(|_| unit == "ms")
        && words(over).next().is_none()
    {
        // Of `1/20 s` the fraction is one of a second.
        let [over, under] = [over, under].map(|one| Amount::first(one, "", false).map(|one| one.number));
        return Some(over? / under? * time);
    }
    let (_, last) = factors.last()?;
    // So few bytes are none: the unit was forgotten, or `3.2B` are billions of something.
    let number = last.trim().strip_suffix('b').unwrap_or(last.trim());
    let few = factors.len() == 1 && plain_number(number).is_some_and(|number| number < 1000.0);
    if unit == "B" && few {
        return None;
    }
    let named = factors.iter().any(|(_, factor)| words(factor).any(of_bytes));
    // Of several `B` alone the last are bytes, the others billions; all are where another word says bytes.
    let bytes = factors.iter().rposition(|(_, factor)| in_b(factor)).filter(|_| unit == "B" && !named);
    let other = unit == "B" && !named && bytes.is_none() && counts(last, unit);
    if other || factors.iter().any(|(_, factor)| undecided(factor)) {
        return None;
    }
    let mut amounts = Vec::new();
    for (at, (divides, factor)) in factors.iter().enumerate() {
        amounts.push((*divides, Amount::read(factor, unit, bytes == Some(at))?));
    }
    // A rate times a time is a count: 5 a second for a day are 432,000.
    let rate = amounts.iter().filter(|(divides, one)| !divides && one.lasts.is_none());
    let rate = rate.filter_map(|(_, one)| one.per).next().filter(|_| matches!(unit, "/s" | "/day" | "B"));
    let (mut read, mut per, mut lasted) = (1.0, None, false);
    for (divides, one) in amounts {
        let times = one.lasts.zip(rate).filter(|_| !divides).map(|(lasts, rate)| lasts / rate);
        let number = one.number * times.unwrap_or(1.0);
        read = if divides { read / number } else { read * number };
        per = one.per;
        lasted |= times.is_some();
    }
    let second = 1.0;
    let asked = match unit {
        "/s" => Some(second),
        "/day" => Some(DAY),
        _ => None,
    };
    read.is_finite().then(|| match asked.zip(per) {
        Some((asked, per)) if !lasted => read / per * asked,
        _ => read,
    })
}

/// Whether several numbers are said that are no sum, product or range: which of them is meant has to be asked.
pub(super) fn several_in(text: &str) -> bool {
    let text = plain(text);
    let said = last_said(&text);
    let mut numbers = 0;
    let mut rest = said;
    while let Some(at) = begin(rest) {
        numbers += 1;
        rest = rest[at..].trim_start_matches(|letter: char| letter.is_ascii_digit() || ".,".contains(letter));
    }
    let one = factors(said).len() == 1 && summands(said).is_none() && range(said).is_none();
    numbers > 1 && (one || said.contains(", ") || said.contains(" so "))
}

/// Of a sum with what it comes to, that.
fn last_said(text: &str) -> &str {
    let said = ["=", "\u{2248}", " is ", " makes ", " gives "].into_iter().find_map(|mark| {
        let (_, after) = text.rsplit_once(mark)?;
        numbered(after).then_some(after)
    });
    said.unwrap_or(text)
}

const DAY: f64 = 86_400.0;

/// The text without what says nothing, in small letters; numbers that are spelled out are digits where there are no
/// others.
fn plain(text: &str) -> String {
    let text: String = text.chars().take(200).collect::<String>().to_lowercase().replace('_', "");
    let signs = [
        (" times ", " * "),
        (" multiplied by ", " * "),
        (" divided by ", " / "),
        ("\u{d7}", "*"),
        ("\u{b7}", "*"),
        ("\u{f7}", "/"),
    ];
    let text = signs.into_iter().fold(joined(&text), |text, (word, sign)| text.replace(word, sign));
    let text = if numbered(&text) { text } else { spelled(&text) };
    // `99% within 25 ms` says 25 ms, and `between` a range.
    let behind = text.split_once('%').filter(|(before, after)| {
        let of_all = [" within ", " in ", " under ", " below "].iter().any(|word| after.starts_with(word));
        of_all && numbered(before) && numbered(after)
    });
    let text = behind.map_or(text.as_str(), |(_, after)| after);
    match text.split_once("between ") {
        Some((_, range)) => range.replacen(" and ", " to ", 1),
        None => text.replace(" of a ", " "),
    }
}

/// What is added up outside brackets, each with the unit that the last one has, where none is its own.
fn summands(text: &str) -> Option<Vec<String>> {
    let letters: Vec<char> = text.chars().collect();
    // The plus of `1e+09` adds nothing.
    let adds = |at: usize| {
        letters[at] == '+' && (at < 2 || letters[at - 1] != 'e' || !letters[at - 2].is_ascii_digit())
    };
    let signs: Vec<usize> = (0..letters.len()).filter(|at| adds(*at)).collect();
    let begins = std::iter::once(0).chain(signs.iter().map(|at| at + 1));
    let ends = signs.iter().copied().chain([letters.len()]);
    let parts: Vec<String> = begins.zip(ends).map(|(from, to)| letters[from..to].iter().collect()).collect();
    let last: Vec<&str> = words(parts.last()?).collect();
    let with = |part: &String| match words(part).next() {
        None => format!("{part} {}", last.join(" ")),
        Some(_) => part.clone(),
    };
    let adds_up = parts.len() > 1 && !text.contains('(') && parts.iter().all(|part| numbered(part));
    adds_up.then(|| parts.iter().map(with).collect())
}

/// Whether two numbers are said of which one can be meant.
fn undecided(text: &str) -> bool {
    [" or ", " vs ", " vs. ", " versus "]
        .into_iter()
        .any(|mark| text.split_once(mark).is_some_and(|(before, after)| numbered(before) && numbered(after)))
}

/// The words behind the first number of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let behind = &text[begin(text).unwrap_or_default()..];
    behind.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty())
}

/// Whether a number has a `B` alone; what stands before people or things are billions of them.
fn in_b(factor: &str) -> bool {
    let of_things = COUNTED.iter().any(|thing| factor.contains(&format!("b {thing}")));
    words(factor).any(|word| word == "b") && !of_things
}

/// Whether a number is one of people or things, not one for each of them.
fn counts(factor: &str, unit: &str) -> bool {
    let own = factor.split('/').next().unwrap_or_default();
    let said = words(own).find(|word| multiple(word, unit).is_none() && period(word).is_none());
    said.is_some_and(|word| COUNTED.contains(&word.trim_end_matches('s')))
}

const COUNTED: [&str; 14] = [
    "people", "person", "user", "reviewer", "post", "video", "ad", "image", "picture", "car", "request",
    "core", "worker", "server",
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
    begin(text).is_some()
}

/// Where the first number begins; what begins with a letter is a name, such as `p99`.
fn begin(text: &str) -> Option<usize> {
    let (mut name, mut before, mut point) = (false, ' ', None);
    for (at, letter) in text.char_indices() {
        let digit = letter.is_ascii_digit();
        if digit && !name {
            return point.or(Some(at));
        }
        name = letter.is_alphabetic() || name && (digit || letter == '.' && before.is_ascii_digit());
        point = (letter == '.' && !before.is_alphanumeric()).then_some(at);
        before = letter;
    }
    None
}

/// Both ends of a range such as `20-30 ms`; one without words has those of the other.
fn range(text: &str) -> Option<[String; 2]> {
    let said = &text[begin(text)?..];
    let (low, high) = ["-", "\u{2013}", " to "].into_iter().find_map(|mark| {
        let (low, high) = said.split_once(mark)?;
        let (low, high) = (low.trim(), high.trim_start_matches([' ', '~']));
        // `1e-3` is a number.
        let power = low.strip_suffix('e').is_some_and(|low| low.ends_with(|one: char| one.is_ascii_digit()));
        let ends = low.ends_with(|letter: char| letter.is_alphanumeric() || letter == '%') && !power;
        (ends && begin(high) == Some(0)).then_some((low, high))
    })?;
    let behind = |text: &str| {
        text.trim_start_matches(|letter: char| letter.is_ascii_digit() || " .,".contains(letter)).to_owned()
    };
    let with = |own: &str, other: &str| match behind(own) {
        none if none.is_empty() => format!("{own} {}", behind(other)),
        _ => own.to_owned(),
    };
    Some([with(low, high), with(high, low)])
}

/// A number as it was said.
struct Amount {
    number: f64,
    /// Per how many seconds.
    per: Option<f64>,
    /// How many seconds one of it lasts, where it is a time.
    lasts: Option<f64>,
}

impl Amount {
    /// Reads a number with the words behind it, of a range its middle; a `B` alone is a byte or a billion.
    fn read(text: &str, unit: &str, bytes: bool) -> Option<Amount> {
        if text[..begin(text)?].ends_with('-') {
            return None;
        }
        let Some([low, high]) = range(text) else { return Amount::first(text, unit, bytes) };
        let [low, high] = [Amount::first(&low, unit, bytes)?, Amount::first(&high, unit, bytes)?];
        // What falls is a difference or a ratio.
        let rises = low.number <= high.number;
        rises.then(|| Amount { number: (low.number + high.number) / 2.0, ..high })
    }

    /// Reads the first number with the words behind it, leniently: `12k/s`, `1.2 million a day`, `about 200 TB`,
    /// `10^9`, `3,000`.
    fn first(text: &str, unit: &str, bytes: bool) -> Option<Amount> {
        let rest = &text[begin(text)?..];
        let end = rest
            .find(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == ','))
            .unwrap_or(rest.len());
        let (digits, mut rest) = rest.split_at(end);
        let mut number: f64 = plain_number(digits.trim_end_matches(['.', ',']))?;
        let exponent = ["e", "^", "**"].into_iter().find_map(|mark| rest.strip_prefix(mark));
        if let Some(after) = exponent {
            let minus = usize::from(after.starts_with(['-', '+']));
            let end = after[minus..].find(|letter: char| !letter.is_ascii_digit());
            let end = end.map_or(after.len(), |end| end + minus);
            if let Ok(power) = after[..end].parse::<i32>() {
                let scientific = rest.starts_with('e');
                number = if scientific { number * 10f64.powi(power) } else { number.powi(power) };
                rest = &after[end..];
            }
        }
        let (mut per, mut lasts) = (None, None);
        let mut words = rest
            .split(|letter: char| letter.is_whitespace() || letter == ',' || letter == '-')
            .flat_map(|word| word.split_inclusive('/'))
            .filter(|word| !word.is_empty())
            // What is said of the next number is not said of this one.
            .take_while(|word| !numbered(word))
            .enumerate()
            // `for us` is no time.
            .filter(|(at, word)| *at == 0 || *word != "us")
            .map(|(_, word)| word)
            .peekable();
        let mut behind_slash = false;
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
            } else if let Some(factor) = multiple(word, unit).filter(|_| word != "b" || !bytes) {
                number *= factor;
            } else {
                lasts = lasts.or_else(|| period(word).filter(|seconds| *seconds >= 3600.0));
            }
            behind_slash = slash;
        }
        number.is_finite().then_some(Amount { number, per, lasts })
    }
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
    let of_time = matches!(word, "ms" | "millisecond" | "milliseconds" | "seconds" | "minutes")
        || below_milliseconds(word).is_some();
    match unit {
        "B" => of_time,
        "ms" => of_bytes(word),
        "/s" | "/day" => of_bytes(word) || of_time,
        _ => false,
    }
}

fn of_bytes(word: &str) -> bool {
    word.contains("byte")
        || matches!(word, "kb" | "mb" | "gb" | "tb" | "pb" | "gig" | "gigs" | "meg" | "megs")
        || word.ends_with("ib")
        || bits(word).is_some()
}

/// How many bytes a unit of bits is.
fn bits(word: &str) -> Option<f64> {
    let many = match word.strip_suffix("bits").or_else(|| word.strip_suffix("bit"))? {
        "" => 1.0,
        "k" | "kilo" => 1e3,
        "m" | "mega" => 1e6,
        "g" | "giga" => 1e9,
        "t" | "tera" => 1e12,
        "p" | "peta" => 1e15,
        _ => return None,
    };
    Some(many / 8.0)
}

/// How many milliseconds a smaller unit is.
fn below_milliseconds(word: &str) -> Option<f64> {
    Some(match word {
        "us" | "\u{b5}s" | "\u{3bc}s" | "microsecond" | "microseconds" => 1e-3,
        "ns" | "nanosecond" | "nanoseconds" => 1e-6,
        _ => return None,
    })
}

/// Whether a word says of what a number is, or how many times it.
pub(super) fn is_unit(word: &str) -> bool {
    multiple(word, "ms").or_else(|| period(word)).is_some()
}

/// What a word behind a number multiplies it by; bytes by a thousand a step, or by 1,024 where `i` says so.
fn multiple(word: &str, unit: &str) -> Option<f64> {
    let of_time = unit == "ms";
    Some(match word {
        "k" | "thousand" | "kb" => 1e3,
        "lakh" | "lakhs" => 1e5,
        "m" | "mio" | "mn" | "million" | "millions" | "mb" => 1e6,
        "crore" | "crores" => 1e7,
        "b" | "bn" | "billion" | "billions" | "mrd" | "md" | "g" | "gb" => 1e9,
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
        "ms" | "millisecond" | "milliseconds" if of_time => 1.0,
        "s" | "sec" | "seconds" | "second" if of_time => 1e3,
        "min" | "minutes" | "minute" if of_time => 6e4,
        "h" | "hours" | "hour" if of_time => 3.6e6,
        "d" | "days" | "day" if of_time => 8.64e7,
        _ => return bits(word).or_else(|| below_milliseconds(word).filter(|_| of_time)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_numbers_it_is_asked_which_is_meant() {
        for (text, several) in [
            ("12k/s", false),
            ("600/s * 86400 / 3 = 17.3M a day", false),
            ("17.3M posts times 2 KB each is 35.4 GB", false),
            ("17.3M posts times 2 KB each", false),
            ("20 to 30 ms", false),
            ("99% within 25 ms", false),
            ("3,000 a day", false),
            ("p99 of 20 ms", false),
            ("1 GB + 500 MB", false),
            ("20 rps on average, so around 1.7M a day", true),
            ("about 1.7k reviews so 5 people", true),
            ("3.7k mean, 11k peak", true),
            ("40M users times 8 views is 320M a day, 3.7k/s mean, so 11k/s at peak", true),
            ("320M requests a day is 3.7k/s on average so three times that at peak, 11k", true),
            ("256 bytes per video, 25 MB total", true),
        ] {
            assert_eq!(several_in(text), several, "{text}");
        }
    }

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
            ("1/20 of a second", "ms", 50.0),
            ("1/20 s", "ms", 50.0),
            ("99% within 25 ms", "ms", 25.0),
            ("between 20 and 30 ms", "ms", 25.0),
            ("5 + 10 + 5 ms", "ms", 20.0),
            ("5ms+10ms", "ms", 15.0),
            ("25 + 25 cores", "cores", 50.0),
            ("48 bytes x 1e+09 pictures", "B", 48e9),
            ("(1e+09 / 40) / 3600", "h", 1e9 / 144_000.0),
            ("forty thousand", "/s", 40e3),
            ("about a hundred per second", "/s", 100.0),
            ("half a gig", "B", 5e8),
            ("two and a half million a day", "/day", 2.5e6),
            ("a million", "", 1e6),
            ("one hundred and twenty-five", "", 125.0),
            ("4.6B*30*100B", "B", 13.8e12),
            ("4.6B/day * 30 days * 100 B", "B", 13.8e12),
            ("4.6B * 30 * 100 bytes", "B", 13.8e12),
            ("30 * 4.6B bytes", "B", 138e9),
            ("4.6B * 2 kB", "B", 9.2e12),
            ("4.6B posts * 100", "B", 460e9),
            ("5M users * 100 B", "B", 5e8),
            ("100 B per user * 5M users", "B", 5e8),
            ("5M * 100 B/request", "B", 5e8),
            ("5M * 100/user", "B", 5e8),
            ("100 B", "B", 100.0),
            ("4.6B", "", 4.6e9),
            ("40k \u{f7} 3 * 4", "", 40e3 / 3.0 * 4.0),
            ("40k \u{b7} 3 \u{d7} 4", "", 480e3),
            ("40k/s \u{f7} 3 \u{d7} 4 \u{d7} 24h", "/day", 4.608e9),
            ("40k/s * 4 / 3 * 1 day", "/day", 4.608e9),
            ("24 hours x 40k/s", "/day", 3.456e9),
            ("40k/s * 4 * 86400 / 3", "/day", 4.608e9),
            ("4 600 000 000", "/day", 4.6e9),
            ("4\u{202f}600\u{a0}000\u{2009}000", "/day", 4.6e9),
            ("4'600'000 a day", "/day", 4.6e6),
            ("12 000.5", "", 12_000.5),
            ("1,5 Mrd", "", 1.5e9),
            ("1.5 md", "", 1.5e9),
            ("3 crore", "", 3e7),
            ("a lakh", "", 1e5),
            ("110 Tbit", "B", 13.75e12),
            ("64 x 20M x 32 bits", "B", 5.12e9),
            ("64 * 32-bit", "B", 256.0),
            ("5 people", "people", 5.0),
            ("173M/1000/400 reviewers", "people", 432.5),
            ("17.3M posts * 512 * 4", "B", 17.3e6 * 2048.0),
            ("20 GB for 5 million users", "B", 20e9),
            ("20 GB (10 or 12 a server)", "B", 20e9),
            ("500us", "ms", 0.5),
            ("500 \u{b5}s", "ms", 0.5),
            ("500 \u{3bc}s", "ms", 0.5),
            ("1us", "ms", 0.001),
            ("100ns", "ms", 0.0001),
            ("1e-3 s", "ms", 1.0),
            (".5 s", "ms", 500.0),
            ("20 ms for us", "ms", 20.0),
            ("p99 20ms", "ms", 20.0),
            ("p99 of 20 ms", "ms", 20.0),
            ("p95: 20ms", "ms", 20.0),
            ("p99.9 200 ms", "ms", 200.0),
            ("p99 = 20ms", "ms", 20.0),
            ("20ms = p99", "ms", 20.0),
            ("p99 twenty ms", "ms", 20.0),
            ("100 cars/s", "/s", 100.0),
            ("~20ms", "ms", 20.0),
            ("<20ms", "ms", 20.0),
            ("< 20 ms", "ms", 20.0),
            ("20-30 ms", "ms", 25.0),
            ("20\u{2013}30 ms", "ms", 25.0),
            ("20 to 30 ms", "ms", 25.0),
            ("twenty to thirty ms", "ms", 25.0),
            ("a twenty-five-millisecond budget", "ms", 25.0),
            ("the two-tower model in five ms", "ms", 5.0),
            ("20 ms to 30", "ms", 25.0),
            ("500 MB - 1 GB", "B", 750e6),
            ("20k-30k/s", "/day", 25e3 * 86_400.0),
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
            ("-5-10", "/s"),
            (".", "/s"),
            ("5 TB", "/s"),
            ("100 ms", "B"),
            ("1", "B"),
            ("3.2B", "B"),
            ("7 thousand core-hours", "B"),
            ("100 ms", "/day"),
            ("2 GiB", "ms"),
            ("5 people", "B"),
            ("5 million daily users", "B"),
            ("173M/1000/400 reviewers", "B"),
            ("40M vs 10M", "B"),
            ("40M or 10M", "/s"),
            ("five or six", ""),
            ("500us", "/s"),
            ("500 \u{b5}s", "/day"),
            ("100ns", "/s"),
            ("110 Tbit", "/s"),
            ("100 - 20", "/s"),
            ("p99", "ms"),
            ("v2", "/s"),
            ("transformers and a two-tower model", "ms"),
            ("one-hot vectors", "B"),
        ] {
            assert_eq!(quantity_in(text, unit), None, "{text} in {unit}");
        }
    }
}
