//! Predictions as people type them: odds by name, and the gap.

use super::hearing::choice;
use super::quantity::quantity_in;
use super::session::Forecast;

/// A prediction in words: names with percentages, `tie`, and `gap`. What is missing of the whole is shared
/// among those that were not named.
///
/// # Errors
/// What to ask, where it cannot be read.
pub(super) fn prediction(line: &str, contenders: &[String]) -> Result<Forecast, String> {
    let names: Vec<&str> = contenders.iter().map(String::as_str).chain(["tie"]).collect();
    let mut odds: Vec<Option<f64>> = vec![None; names.len()];
    let mut gap = None;
    let ask = || {
        format!(
            "I need percentages, such as `{} 60, tie 25, gap 5%`; `next` predicts nothing, `back` takes the \
             experiment back.",
            names[0]
        )
    };
    let said = in_order(line, &names).or_else(|| parted(line)).ok_or_else(ask)?;
    // Whose odds it is that somebody is so sure of.
    let winner = said
        .iter()
        .filter(|(name, ..)| of_the_gap(name))
        .find_map(|(name, ..)| choice(name, &names[..contenders.len()]));
    // 0.6 and 60 both mean 60%, and beside a 60 a 1 is 1%.
    let of_hundred = said.iter().any(|(name, value, percent)| !percent && *value > 1.0 && !of_the_gap(name));
    for (name, value, percent) in &said {
        if of_the_gap(name) {
            gap = Some(match name.to_lowercase().contains("factor") {
                true => value - 1.0,
                false if *percent || *value > 1.0 => value / 100.0,
                false => *value,
            });
            continue;
        }
        let share = if *percent || of_hundred { value / 100.0 } else { *value };
        let at = if of_a_tie(name) {
            Some(names.len() - 1)
        } else if name.split_whitespace().all(|word| SURE.contains(&word.to_lowercase().as_str())) {
            winner
        } else {
            choice(name, &names)
        };
        let Some(at) = at else {
            return Err(format!("I do not know \"{name}\"; here compete {}.", names.join(", ")));
        };
        odds[at] = Some(share);
    }
    let sum: f64 = odds.iter().flatten().sum();
    if odds.iter().all(Option::is_none) {
        return Err(ask());
    }
    if sum > 1.0 + 0.005 {
        return Err(format!("That is {:.0}% together; it must be 100% at most.", sum * 100.0));
    }
    let silent = odds.iter().filter(|one| one.is_none()).count();
    let rest = (1.0 - sum).max(0.0);
    let each = if silent > 0 { rest / silent as f64 } else { 0.0 };
    let scale = if silent > 0 || sum <= 0.0 { 1.0 } else { 1.0 / sum };
    let odds = odds.into_iter().map(|one| one.map_or(each, |one| one * scale)).collect();
    Ok(Forecast { odds, gap })
}

/// Whether a number is by how much somebody wins, which says nothing of how likely that is.
fn of_the_gap(name: &str) -> bool {
    let name = name.to_lowercase();
    let words = ["gap", "lead", "margin", "difference"];
    !of_a_tie(&name)
        && (words.iter().any(|word| name.contains(word)) || name.split_whitespace().any(|word| word == "by"))
}

/// Whether a number is how likely it is that nothing can be told.
fn of_a_tie(name: &str) -> bool {
    let name = name.to_lowercase();
    let words = ["tie", "undecided", "nothing", "neither", "equal", "draw", "wash"];
    name.contains("no difference")
        || words.iter().any(|known| name.split_whitespace().any(|word| word.starts_with(known)))
}

/// Words around how sure somebody is.
const SURE: [&str; 12] = [
    "i",
    "am",
    "i'm",
    "im",
    "about",
    "with",
    "confidence",
    "confident",
    "sure",
    "certain",
    "probability",
    "at",
];

/// Numbers alone, one for each name: `70/20/10`.
fn in_order(line: &str, names: &[&str]) -> Option<Vec<(String, f64, bool)>> {
    let numbers: Vec<(f64, bool)> = line.split('/').map(|part| share(part.trim())).collect::<Option<_>>()?;
    let named = |(name, (value, percent)): (&&str, (f64, bool))| ((*name).to_owned(), value, percent);
    (numbers.len() == names.len()).then(|| names.iter().zip(numbers).map(named).collect())
}

/// The names of a line with their numbers, and which of these are percentages: `trees 60 tie 25 gap 5%`, or the
/// numbers first. Nothing where one is without the other.
fn parted(line: &str) -> Option<Vec<(String, f64, bool)>> {
    let mut said = Vec::new();
    for part in line.split([',', ';']) {
        let mut words = digits(part);
        let ends = [words.first(), words.last()].map(|word| word.is_some_and(|word| share(word).is_some()));
        let first = ends == [true, false];
        if first {
            words.reverse();
        }
        let mut name: Vec<String> = Vec::new();
        for word in words {
            match share(&word) {
                Some((value, percent)) if !name.is_empty() => {
                    if first {
                        name.reverse();
                    }
                    said.push((name.join(" "), value, percent));
                    name.clear();
                }
                // A number that follows no name is itself the number of a contender.
                _ if name.first().is_some_and(|name| share(name).is_some()) => return None,
                _ => name.push(word),
            }
        }
        // `I'm 70% sure` says behind the number what it is of.
        if !name.iter().all(|word| SURE.contains(&word.to_lowercase().as_str())) {
            return None;
        }
    }
    Some(said)
}

/// The words of a part with its numbers in digits: `5%` for `five percent`, `5-10%` for `5 to 10%`.
fn digits(part: &str) -> Vec<String> {
    let spaced = part.replace([':', '='], " ");
    let words: Vec<&str> = spaced.split_whitespace().map(|word| word.trim_matches(['(', ')', '!'])).collect();
    let percent = |word: &str| matches!(word, "%" | "percent" | "pct");
    let to = |word: &str| matches!(word, "to" | "-" | "\u{2013}");
    let spelled = |word: &str| {
        let mut each = word.split('-');
        each.all(|word| word.chars().all(char::is_alphabetic) && quantity_in(word, "").is_some())
    };
    let mut made: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let many = words[at..].iter().take(4).take_while(|word| spelled(word)).count();
        let next = words.get(at + many.max(1)).copied();
        let number = quantity_in(&words[at..at + many].join(" "), "");
        // In `two tower 60` it is part of a name; in `two to one` it is none.
        let behind = made.last().is_some_and(|last| to(last));
        let number = number.filter(|_| behind || next.is_none_or(|next| percent(next) || to(next)));
        let said = number.map_or_else(|| word.trim_end_matches('.').to_owned(), |number| number.to_string());
        at += if number.is_some() { many } else { 1 };
        made.push(said);
        let number = |word: &str| share(word).is_some();
        let (parts, one) = match made.as_slice() {
            // What falls is no range: `two to one`.
            [.., low, mark, high] if to(mark) && rises(low, high) => (3, format!("{low}-{high}")),
            [.., last, word] if percent(word) && number(last) => (2, format!("{last}%")),
            _ => continue,
        };
        made.truncate(made.len() - parts);
        made.push(one);
    }
    made
}

/// Whether two numbers may be the ends of a range.
fn rises(low: &str, high: &str) -> bool {
    share(low).zip(share(high)).is_some_and(|((low, _), (high, _))| low <= high)
}

/// A number and whether it is a percentage; of a range the middle.
fn share(word: &str) -> Option<(f64, bool)> {
    let bare = word.trim_start_matches(['~', '\u{2248}', '<', '>', '+']).replace('%', "");
    // Twice as much is 100% more.
    if let Some(times) = bare.strip_suffix('x').and_then(|times| times.parse::<f64>().ok()) {
        return Some((times * 100.0 - 100.0, true));
    }
    let plain = bare.chars().all(|letter| letter.is_ascii_digit() || ".-\u{2013}".contains(letter));
    Some((quantity_in(&bare, "").filter(|_| plain)?, word.ends_with('%')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_are_read_and_shared_out() {
        let names = ["popular".to_owned(), "mix-trees".to_owned()];
        for (line, odds, gap) in [
            ("mix-trees 60, tie 25, gap 5%", [0.15, 0.6, 0.25], Some(0.05)),
            ("trees 60", [0.2, 0.6, 0.2], None),
            ("popular: 0.2; mix-trees: 0.6; tie: 0.2", [0.2, 0.6, 0.2], None),
            ("1 10%, 2 90%", [0.1, 0.9, 0.0], None),
            ("trees 95, popular 1, tie 4, gap 250%", [0.01, 0.95, 0.04], Some(2.5)),
            ("popular 0.5, trees 0.5, gap 0.2", [0.5, 0.5, 0.0], Some(0.2)),
            ("1 0.4, 2 0.6, gap 3", [0.4, 0.6, 0.0], Some(0.03)),
            ("undecided 100", [0.0, 0.0, 1.0], None),
            ("popular 30 mix-trees 50 tie 20 gap 10%", [0.3, 0.5, 0.2], Some(0.1)),
            ("1 10% 2 90%", [0.1, 0.9, 0.0], None),
            ("mix-trees: 60 tie 25 gap 5%", [0.15, 0.6, 0.25], Some(0.05)),
            ("trees 70%, wins by 5%", [0.15, 0.7, 0.15], Some(0.05)),
            ("trees 70, tie 20, gap 5-10%", [0.1, 0.7, 0.2], Some(0.075)),
            ("trees 70, tie 20, gap 5 to 10%", [0.1, 0.7, 0.2], Some(0.075)),
            ("trees 70, tie 20, gap five to ten percent", [0.1, 0.7, 0.2], Some(0.075)),
            ("60% trees, 20% popular, 20% tie, 3% gap", [0.2, 0.6, 0.2], Some(0.03)),
            ("60% mix trees 20% popular 20% tie 3% gap", [0.2, 0.6, 0.2], Some(0.03)),
            ("trees 70, tie 20, gap five percent", [0.1, 0.7, 0.2], Some(0.05)),
            ("trees sixty-five percent, tie twenty five percent", [0.1, 0.65, 0.25], None),
            ("trees 70 percent tie 20 percent gap 3 percent", [0.1, 0.7, 0.2], Some(0.03)),
            ("trees 70 %, tie 20 %, gap of 3%", [0.1, 0.7, 0.2], Some(0.03)),
            ("trees 70, tie 20, gap: 3%", [0.1, 0.7, 0.2], Some(0.03)),
            ("trees=70, tie=20, gap ~3%", [0.1, 0.7, 0.2], Some(0.03)),
            ("I'd say trees 70%, tie 20%, gap around 3%", [0.1, 0.7, 0.2], Some(0.03)),
            ("trees .7, tie .2", [0.1, 0.7, 0.2], None),
            ("trees 70, tie 20, gap +40%", [0.1, 0.7, 0.2], Some(0.4)),
            ("trees 70, tie 20, gap 2x", [0.1, 0.7, 0.2], Some(1.0)),
            ("70/20/10", [0.7, 0.2, 0.1], None),
            ("trees to win by about 10%, I'm 70% confident", [0.15, 0.7, 0.15], Some(0.1)),
            ("trees by 5%, 80% sure", [0.1, 0.8, 0.1], Some(0.05)),
            ("trees 70, a wash 20, margin 5%", [0.1, 0.7, 0.2], Some(0.05)),
            ("trees 70, no difference 20, difference 5%", [0.1, 0.7, 0.2], Some(0.05)),
            ("trees 70, tie 20, gap factor 10", [0.1, 0.7, 0.2], Some(9.0)),
        ] {
            let read = prediction(line, &names).expect(line);
            let near = read.odds.iter().zip(odds).all(|(left, right)| (left - right).abs() < 1e-9);
            assert!(near && read.gap == gap, "{line}: {read:?}");
        }
        for line in [
            "",
            "trees",
            "trees 80, popular 40",
            "als 10",
            "gap 5%",
            "trees wins by 5%",
            "trees 6:4",
            "trees 6:4 gap 5%",
            "trees 60/40",
            "60/40",
            "trees 60-40",
            "trees 60 to 40",
            "trees -5",
            "two to one for trees, tie 20",
            "10 to 1 for trees",
            "70/20/20",
            "I'm 70% sure",
        ] {
            assert!(prediction(line, &names).is_err(), "{line}");
        }
    }
}
