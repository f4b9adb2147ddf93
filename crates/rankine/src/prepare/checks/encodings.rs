//! Text that was decoded by the wrong encoding, here or before.

use rankine_learn::{Value, What};

use super::{Card, Check, Facts, Found, Status};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "encodings",
        what: "Lines that are not UTF-8, and words that were decoded wrongly before.",
        why: "The same word in two encodings is two words to every feature.",
        cause: "Likely files of several programs were joined, or Latin-1 was taken for UTF-8 once.",
        help: "Set `encoding = \"latin-1\"` in the table, or convert the files.",
        stops: false,
    },
    look,
};

/// UTF-8 of letters with accents and of typographic signs, read as Latin-1 or Windows-1252.
const TWICE: [&str; 8] = ["Ã¤", "Ã¶", "Ã¼", "Ã©", "Ã¨", "Ã±", "â€™", "â€œ"];

fn look(facts: &Facts<'_>) -> Found {
    let undecoded = facts.log.rejected.counts.get("not-utf8").copied().unwrap_or(0);
    let strange = |text: &str| {
        !text.is_ascii() && (text.contains('\u{fffd}') || TWICE.iter().any(|pair| text.contains(pair)))
    };
    let names = &facts.log.dictionary;
    let tables = names.entities.iter().chain(names.entity_words.iter().flatten());
    let tables = tables.chain(names.interaction_words.iter().flatten()).chain(&names.context_words);
    let words = tables.flat_map(|table| table.iter());
    let texts = facts.log.events.iter().flat_map(|event| match &event.what {
        What::Entity { fields, .. } | What::Interaction { fields, .. } => fields.as_slice(),
        What::Request { context, .. } => context.as_slice(),
    });
    let texts = texts.filter_map(|value| match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let (mut garbled, mut examples) = (0u64, Vec::new());
    for text in words.chain(texts).filter(|text| strange(text)) {
        garbled += 1;
        if examples.len() < super::EXAMPLES {
            examples.push(format!("`{}`", text.chars().take(60).collect::<String>()));
        }
    }
    if undecoded == 0 && garbled == 0 {
        return Found::pass("All text is UTF-8, and no word looks decoded twice.");
    }
    let message =
        format!("{undecoded} lines are not UTF-8, and {garbled} words or texts look decoded wrongly.");
    Found::new(Status::Warn, message)
        .count("undecoded", undecoded as f64)
        .count("garbled", garbled as f64)
        .examples(examples)
}
