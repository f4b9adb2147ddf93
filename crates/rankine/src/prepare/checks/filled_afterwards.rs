//! A field that is filled, or takes some value, only once the outcome came.

use std::collections::BTreeMap;

use super::seen::{FieldSeen, Simple};
use super::{Card, Check, Facts, Found, Status, percent, tells_outcome};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "filled-afterwards",
        what: "A field whose being there, or one of whose values, goes with the outcome and is hardly met without it.",
        why: "At a request nobody knows it yet: what a model learns from it is gone when it serves.",
        cause: "Likely the row was written when the outcome was known, or updated in place afterwards.",
        help: "Export the field as it was at the request, or leave it out of the design.",
        stops: true,
    },
    look,
};

/// The share of successes with the sign from which it matters, and how many times rarer it is among failures.
const COVERS: f64 = 0.15;
const RARER: f64 = 20.0;
/// Successes with the sign, and requests of either kind, that are needed to judge it.
const LEAST: f64 = 15.0;

fn look(facts: &Facts<'_>) -> Found {
    let mut caught = Vec::new();
    for field in &facts.seen.fields {
        // What tells the outcome itself is told there.
        if tells_outcome::area(field).is_some_and(|area| area >= tells_outcome::limit(facts)) {
            continue;
        }
        if let Some((sign, with, without)) = sign(field) {
            caught.push(format!(
                "`{}` {sign} in {} of the successes and {} of the failures",
                field.name,
                percent(with),
                percent(without)
            ));
        }
    }
    match caught.len() {
        0 => Found::pass("No field is there, or takes a value, after the outcome alone."),
        count => Found::new(Status::Fail, format!("{}.", caught.join("; ")))
            .count("fields", count as f64)
            .examples(caught),
    }
}

/// What of a field is met after successes alone: in words, with the shares of successes and failures that have it.
fn sign(field: &FieldSeen) -> Option<(&'static str, f64, f64)> {
    let mut all = [0.0f64; 2];
    let mut there = [0.0f64; 2];
    let mut not_zero = [0.0f64; 2];
    let mut words: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
    for (value, said) in &field.values {
        let side = usize::from(!said);
        all[side] += 1.0;
        there[side] += f64::from(u8::from(*value != Simple::Missing));
        match value {
            Simple::Number(number) if *number != 0.0 => not_zero[side] += 1.0,
            Simple::Word(word) => words.entry(*word).or_default()[side] += 1.0,
            _ => {}
        }
    }
    let missing = [all[0] - there[0], all[1] - there[1]];
    let signs = [("is there", there), ("is missing", missing), ("is not 0", not_zero)].into_iter();
    let signs = signs.chain(words.into_values().map(|counts| ("has one word", counts)));
    let judged = signs.filter_map(|(name, counts)| {
        let [with, without] = [counts[0] / all[0].max(1.0), counts[1] / all[1].max(1.0)];
        let enough = counts[0] >= LEAST && all[1] >= 2.0 * RARER && with >= COVERS;
        // One case more among the failures, so that a handful proves nothing.
        let rare = (counts[1] + 1.0) / all[1].max(1.0) * RARER <= with;
        (enough && rare).then_some((name, with, without))
    });
    judged.max_by(|left, right| left.1.total_cmp(&right.1))
}
