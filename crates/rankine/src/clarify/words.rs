//! Words of findings: names in backticks, lists of them, and what a wrong name was meant to be.

use rankine_design::{Finding, Span, did_you_mean};

/// So many names are listed; more nobody reads in a message.
const LISTED: usize = 20;

/// Text of a user in a message: in backticks, control characters escaped, cut when it is long.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 48;
    let mut shown = String::new();
    for letter in text.chars().take(SHOWN) {
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Names in backticks with commas between them.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    let more = names.len().saturating_sub(LISTED);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// What to do about a name that is not known: the nearest one, or all of them.
pub(super) fn instead<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match did_you_mean(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None => format!("known are {}", listed(known)),
    }
}

/// An error about a name that is not known.
pub(super) fn unknown<'a>(
    code: &'static str,
    span: Span,
    what: &str,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Finding {
    let message = format!("there is no {what} {}", quoted(word));
    Finding::error(code, span, message).help(instead(word, known))
}

/// "a" or "an", as the word asks.
pub(super) fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
