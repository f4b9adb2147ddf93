//! A field of an item or a user that counts what had not happened yet.

use rankine_learn::{FieldKind, Memory, Value, What};

use super::super::by_id::ById;
use super::{Card, Check, Facts, Found, Status};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "knows-the-future",
        what: "A number of an item or a user, as first told, that agrees with counts or rates of the whole log better \
               than with those of its first half.",
        why: "Popularity and encodings that were computed over everything hold the answers of the test period.",
        cause: "Likely the table of items was exported at the end, with totals, and joined to the whole log.",
        help: "Leave the field out and let `count` and `rate` features do it as of each request, or give its lines the time \
               at which each value was true.",
        stops: true,
    },
    look,
};

/// Agreement (Spearman 1904) with the whole log from which it is no coincidence, and how much less with the first
/// half.
const AGREES: f64 = 0.95;
const LESS: f64 = 0.02;
/// Entities that are needed to judge a field.
const LEAST: usize = 30;

/// What happened to an entity: in the first half, and in all.
#[derive(Clone, Default)]
struct Told {
    shown: [f64; 2],
    outcomes: [f64; 2],
    /// Of each kind.
    acts: Vec<[f64; 2]>,
}

fn look(facts: &Facts<'_>) -> Found {
    let schema = &facts.problem.schema;
    let mut caught = Vec::new();
    let mut best: Option<(String, f64)> = None;
    for kind in [schema.item, schema.user] {
        if schema.entities[kind].fields.iter().all(|field| field.kind != FieldKind::Number) {
            continue;
        }
        let (values, told) = walk(facts, kind);
        for (at, field) in schema.entities[kind].fields.iter().enumerate() {
            let name = format!("{}.{}", schema.entities[kind].name, field.name);
            let pairs: Vec<(f64, &Told)> = values
                .iter()
                .filter_map(|(id, values)| Some((values.get(at).copied().flatten()?, told.get(id)?)))
                .collect();
            if pairs.len() < LEAST {
                continue;
            }
            let measures = measures(facts, &pairs);
            let agreed = measures.into_iter().filter_map(|(what, early, all)| {
                let values: Vec<f64> = pairs.iter().map(|(value, _)| *value).collect();
                let [early, all] = [early, all].map(|counts| agreement(&values, &counts));
                Some((what, early.unwrap_or(0.0), all?))
            });
            let Some((what, early, all)) = agreed.max_by(|left, right| left.2.total_cmp(&right.2)) else {
                continue;
            };
            if best.as_ref().is_none_or(|(_, best)| all > *best) {
                best = Some((name.clone(), all));
            }
            if all >= AGREES && all - early >= LESS {
                caught.push(format!(
                    "`{name}` agrees with {what} of the whole log (rank correlation {all:.3}) better than with its \
                     first half ({early:.3})"
                ));
            }
        }
    }
    match caught.len() {
        0 => Found::pass(match best {
            Some((name, all)) => {
                format!("No number agrees with the counts to come; `{name}` does most, by {all:.2}.")
            }
            None => "No number of an item or a user could count what happened.".to_owned(),
        }),
        count => Found::new(Status::Fail, format!("{}.", caught.join("; ")))
            .count("fields", count as f64)
            .examples(caught),
    }
}

/// The first number of each field of each entity.
type Values = ById<Vec<Option<f64>>>;

/// The first value of each field of each entity of a kind, and what happened to it since.
fn walk(facts: &Facts<'_>, kind: usize) -> (Values, ById<Told>) {
    let schema = &facts.problem.schema;
    let (is_item, kinds) = (kind == schema.item, schema.interactions.len());
    let events = &facts.log.events;
    let half = facts.outcomes.get(facts.outcomes.len() / 2).map_or(events.len(), |outcome| outcome.event);
    let mut values = Values::default();
    let mut told: ById<Told> = ById::default();
    let mut memory = Memory::new(schema);
    for (at, event) in events.iter().enumerate() {
        let success = facts.problem.labels.satisfied(&event.what, &memory) & 1 == 1;
        memory.observe_fields(event);
        let early = at < half;
        let count = |counts: &mut [f64; 2]| {
            counts[0] += f64::from(u8::from(early));
            counts[1] += 1.0;
        };
        match &event.what {
            What::Entity { kind: own, id, fields } if *own == kind => {
                let numbers = fields.iter().map(|value| match value {
                    Value::Number(number) => Some(*number),
                    _ => None,
                });
                values.entry(*id, || numbers.collect());
                // What happened before anything was told of it, nobody could have counted.
                told.entry(*id, || Told { acts: vec![[0.0; 2]; kinds], ..Told::default() });
            }
            What::Entity { .. } => {}
            What::Request { user, shown, .. } => {
                let met = if is_item { shown.as_slice() } else { std::slice::from_ref(user) };
                for id in met {
                    if let Some(told) = told.get_mut(*id) {
                        count(&mut told.shown);
                    }
                }
            }
            What::Interaction { kind: act, user, item, .. } => {
                let Some(told) = told.get_mut(if is_item { *item } else { *user }) else { continue };
                count(&mut told.acts[*act]);
                if success {
                    count(&mut told.outcomes);
                }
            }
        }
    }
    (values, told)
}

/// Names of what can be counted, with what it comes to for each entity in the first half and in all.
fn measures(facts: &Facts<'_>, pairs: &[(f64, &Told)]) -> Vec<(String, Vec<f64>, Vec<f64>)> {
    let column = |read: &dyn Fn(&Told, usize) -> f64| {
        let of = |half: usize| pairs.iter().map(|(_, told)| read(told, half)).collect::<Vec<f64>>();
        (of(0), of(1))
    };
    let mut measures = Vec::new();
    let mut add = |name: String, read: &dyn Fn(&Told, usize) -> f64| {
        let (early, all) = column(read);
        measures.push((name, early, all));
    };
    add("the showings".to_owned(), &|told, half| told.shown[half]);
    add("the successes".to_owned(), &|told, half| told.outcomes[half]);
    add("all events".to_owned(), &|told, half| told.acts.iter().map(|counts| counts[half]).sum());
    add("the success rate".to_owned(), &|told, half| told.outcomes[half] / told.shown[half].max(1.0));
    for (kind, declared) in facts.problem.schema.interactions.iter().enumerate() {
        add(format!("the events `{}`", declared.name), &|told, half| told.acts[kind][half]);
        add(format!("the rate of `{}`", declared.name), &|told, half| {
            told.acts[kind][half] / told.shown[half].max(1.0)
        });
    }
    measures
}

/// The rank correlation, ties at their mean rank; `None` where one side is nearly constant.
fn agreement(left: &[f64], right: &[f64]) -> Option<f64> {
    let (left, right) = (ranks(left)?, ranks(right)?);
    let middle = (left.len() as f64 - 1.0) / 2.0;
    let (mut both, mut one, mut other) = (0.0, 0.0, 0.0);
    for (left, right) in left.iter().zip(&right) {
        let (left, right) = (left - middle, right - middle);
        both += left * right;
        one += left * left;
        other += right * right;
    }
    Some(both / (one * other).sqrt().max(f64::MIN_POSITIVE))
}

/// The rank of each value; `None` where too few differ from the most frequent one.
fn ranks(values: &[f64]) -> Option<Vec<f64>> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| values[*left].total_cmp(&values[*right]));
    let mut ranks = vec![0.0; values.len()];
    let (mut at, mut most) = (0, 0);
    for tied in order.chunk_by(|left, right| values[*left] == values[*right]) {
        let rank = at as f64 + (tied.len() as f64 - 1.0) / 2.0;
        tied.iter().for_each(|place| ranks[*place] = rank);
        at += tied.len();
        most = most.max(tied.len());
    }
    (values.len() - most >= LEAST / 2).then_some(ranks)
}
