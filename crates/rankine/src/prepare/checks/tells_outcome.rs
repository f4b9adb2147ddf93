//! A field that nearly equals the outcome it is to predict.

use std::collections::BTreeMap;

use super::seen::{FieldSeen, Simple};
use super::{Card, Check, Facts, Found, Status};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "tells-the-outcome",
        what: "A field, as it stands at the request, that alone tells nearly always what comes of it.",
        why: "Such a field is filled from the outcome: in service it is not there, and the model falls back to nothing.",
        cause: "Likely the export joined the outcome, or something computed from it, back to the request.",
        help: "Take the field out of the design, or log it as an event at the time at which it became known.",
        stops: true,
    },
    look,
};

/// The area under the curve of a single field from which it is no honest signal.
const TOO_GOOD: f64 = 0.93;
/// The same where an amount is predicted, which an honest field may order nearly always.
const TOO_GOOD_OF_AMOUNTS: f64 = 0.999;
/// Outcomes and failures with a value that are needed to judge a field, and the share of requests with one.
const LEAST: usize = 20;
const PRESENT: f64 = 0.5;

fn look(facts: &Facts<'_>) -> Found {
    let mut areas: Vec<(String, f64)> =
        facts.seen.fields.iter().filter_map(|field| Some((field.name.clone(), area(field)?))).collect();
    areas.sort_by(|left, right| right.1.total_cmp(&left.1));
    let caught: Vec<String> = areas
        .iter()
        .filter(|(_, area)| *area >= limit(facts))
        .map(|(name, area)| {
            format!("`{name}` alone orders {:.1}% of the pairs of success and failure", area * 100.0)
        })
        .collect();
    let bars = areas.iter().take(10).cloned().collect();
    match caught.as_slice() {
        [] => Found::pass(match areas.first() {
            Some((name, area)) => format!(
                "No field tells the outcome alone; the best, `{name}`, orders {:.0}% of the pairs.",
                area * 100.0
            ),
            None => "No field can be compared with the outcome.".to_owned(),
        }),
        _ => Found::new(Status::Fail, format!("{}.", caught.join("; "))).count("fields", caught.len() as f64),
    }
    .examples(caught)
    .bars(bars)
}

/// The area from which a field is caught.
pub(super) fn limit(facts: &Facts<'_>) -> f64 {
    if facts.problem.labels.0[0].value.is_some() { TOO_GOOD_OF_AMOUNTS } else { TOO_GOOD }
}

/// How well a field alone tells the outcome: the area under its curve, from 0.5.
pub(super) fn area(field: &FieldSeen) -> Option<f64> {
    let present = field.values.iter().filter(|(value, _)| *value != Simple::Missing).count();
    if (present as f64) < PRESENT * field.values.len() as f64 {
        return None;
    }
    // Words are ordered by their rate in every other row, and judged by the rest.
    let mut rates: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (value, said) in field.values.iter().step_by(2) {
        if let Simple::Word(word) = value {
            let rate = rates.entry(*word).or_default();
            *rate = (rate.0 + f64::from(u8::from(*said)), rate.1 + 1.0);
        }
    }
    let mut scored: Vec<(f64, bool)> = Vec::with_capacity(present);
    for (at, (value, said)) in field.values.iter().enumerate() {
        match value {
            Simple::Number(number) if number.is_finite() => scored.push((*number, *said)),
            Simple::Word(word) if at % 2 == 1 => {
                let (yes, all) = rates.get(word).copied().unwrap_or_default();
                scored.push(((yes + 0.5) / (all + 1.0), *said));
            }
            _ => {}
        }
    }
    let area = curve(&mut scored)?;
    Some(area.max(1.0 - area))
}

/// The area under the curve (Hanley and McNeil 1982), ties counting half; `None` where too few are of either kind.
fn curve(scored: &mut [(f64, bool)]) -> Option<f64> {
    let yes = scored.iter().filter(|(_, said)| *said).count();
    let no = scored.len() - yes;
    if yes.min(no) < LEAST {
        return None;
    }
    scored.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (mut below, mut sum) = (0.0, 0.0);
    for tied in scored.chunk_by(|left, right| left.0 == right.0) {
        let (up, down) = tied.iter().fold((0.0, 0.0), |(up, down), (_, said)| match said {
            true => (up + 1.0, down),
            false => (up, down + 1.0),
        });
        sum += up * (below + down / 2.0);
        below += down;
    }
    Some(sum / (yes as f64 * no as f64))
}
