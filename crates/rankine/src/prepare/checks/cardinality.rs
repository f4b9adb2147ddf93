//! Categories with one word, or with nearly as many words as rows.

use rankine_learn::FieldKind;

use super::{Card, Check, Facts, Found, Status};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "cardinality",
        what: "Categories that hold the same word everywhere, or another one nearly every time.",
        why: "One word tells nothing; words that never come again cannot be learned from, and fill memory.",
        cause: "Likely a constant was logged, or an id or free text was declared a category.",
        help: "Leave the field out, declare it `text` or `number`, or make it coarser.",
        stops: false,
    },
    look,
};

/// From so many entities or requests on a field can be judged.
const LEAST: usize = 50;

fn look(facts: &Facts<'_>) -> Found {
    let (schema, names) = (&facts.problem.schema, &facts.log.dictionary);
    let mut seen = Vec::new();
    for (kind, entity) in schema.entities.iter().enumerate() {
        let rows = names.entities[kind].len();
        for (at, field) in entity.fields.iter().enumerate() {
            seen.push((
                format!("{}.{}", entity.name, field.name),
                field.kind,
                names.entity_words[kind][at].len(),
                rows,
            ));
        }
    }
    for (at, field) in schema.context.iter().enumerate() {
        seen.push((
            format!("request.{}", field.name),
            field.kind,
            names.context_words[at].len(),
            facts.outcomes.len(),
        ));
    }
    seen.retain(|(_, kind, words, rows)| *kind == FieldKind::Category && *rows >= LEAST && *words > 0);
    let odd: Vec<String> = seen
        .iter()
        .filter(|(_, _, words, rows)| *words == 1 || *words as f64 > 0.8 * *rows as f64)
        .map(|(name, _, words, rows)| match words {
            1 => format!("`{name}` holds the same word in all of {rows}"),
            _ => format!("`{name}` has {words} words in {rows}"),
        })
        .collect();
    let bars = seen.iter().map(|(name, _, words, _)| (name.clone(), *words as f64)).collect();
    if odd.is_empty() {
        let message = format!("{} categories have several words that come again.", seen.len());
        return Found::pass(message).bars(bars);
    }
    Found::new(Status::Warn, format!("{} of {} categories tell little.", odd.len(), seen.len()))
        .count("fields", odd.len() as f64)
        .examples(odd)
        .bars(bars)
}
