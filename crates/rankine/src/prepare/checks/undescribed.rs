//! Ids that act or are shown, and were never described.

use rankine_learn::{Id, What};

use super::super::by_id::{ById, Ids};
use super::{Card, Check, Facts, Found, graded, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "unknown-items",
        what: "Users and items that are met in requests and events, and of which no line tells the fields.",
        why: "Every field of theirs is missing, and an item that was never born has no age.",
        cause: "Likely the catalogue was exported at another time than the log, or ids are written in two ways.",
        help: "Join the ids of both files by hand for one of the examples; a `prefix` may be missing.",
        stops: false,
    },
    look,
};

fn look(facts: &Facts<'_>) -> Found {
    let schema = &facts.problem.schema;
    let mut described = vec![Ids::default(); schema.entities.len()];
    let mut met: [ById<u64>; 2] = Default::default();
    for event in &facts.log.events {
        match &event.what {
            What::Entity { kind, id, .. } => described[*kind].insert(*id),
            What::Request { user, shown, .. } => {
                met[0].count(*user);
                shown.iter().for_each(|item| met[1].count(*item));
            }
            What::Interaction { user, item, .. } => {
                met[0].count(*user);
                met[1].count(*item);
            }
        }
    }
    let (mut worst, mut parts, mut examples) = (0.0f64, Vec::new(), Vec::new());
    let (mut counts, names) = (Vec::new(), ["unknown_users", "unknown_items"]);
    for (at, kind) in [schema.user, schema.item].into_iter().enumerate() {
        let entity = &schema.entities[kind];
        if entity.fields.is_empty() || described[kind].is_empty() {
            continue;
        }
        let unknown: Vec<(Id, u64)> =
            met[at].iter().filter(|(id, _)| !described[kind].contains(*id)).map(|(id, n)| (id, *n)).collect();
        let times: u64 = unknown.iter().map(|(_, count)| count).sum();
        let all: u64 = met[at].values().sum();
        let share = times as f64 / (all as f64).max(1.0);
        worst = worst.max(share);
        counts.push((names[at], unknown.len() as f64));
        if !unknown.is_empty() {
            let (count, of, name) = (unknown.len(), met[at].len(), &entity.name);
            parts.push(format!("{count} of {of} ids of `{name}`, met in {} of the cases", percent(share)));
            let names = &facts.log.dictionary.entities[kind];
            examples.extend(unknown.iter().take(3).map(|(id, _)| format!("{name} `{}`", names.name(*id))));
        }
    }
    if parts.is_empty() {
        return Found::pass("Every id that is met was described, or nothing is said of any.");
    }
    let message = format!("Never described: {}.", parts.join("; "));
    let mut found = Found::new(graded(worst, 0.001, 0.5), message).examples(examples);
    found.counts = counts;
    found
}
