//! Whether the place at which an item was shown tells of the outcome.

use rankine_learn::What;

use super::{Card, Check, Facts, Found, Status, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "position-bias",
        what: "How often items succeed by the place at which they were shown.",
        why: "People look at the top first: what stood there looks better than it is, and a model learns the old order.",
        cause: "Likely looking fades with the place; where the old order was good, better items stood there too.",
        help: "Compare contenders by their own showings, or log some requests in random order with their odds.",
        stops: false,
    },
    look,
};

/// Places that are told apart.
const PLACES: usize = 20;

fn look(facts: &Facts<'_>) -> Found {
    let (mut shown, mut taken) = ([0u64; PLACES], [0u64; PLACES]);
    for outcome in facts.outcomes {
        let What::Request { shown: items, .. } = &facts.log.events[outcome.event].what else { continue };
        if items.len() < 2 {
            continue;
        }
        for (place, item) in items.iter().take(PLACES).enumerate() {
            let known =
                if facts.problem.predicts() { outcome.label(facts.problem, 0, *item) } else { Some(0.0) };
            let Some(said) = known else { continue };
            shown[place] += 1;
            taken[place] += u64::from(said > 0.0 || outcome.relevant.iter().any(|(of, _)| of == item));
        }
    }
    let rates: Vec<(usize, f64, u64)> = (0..PLACES)
        .filter(|place| shown[*place] >= 50)
        .map(|place| (place, taken[place] as f64 / shown[place] as f64, shown[place]))
        .collect();
    let ([Some(top), Some(low)], true) = ([rates.first(), rates.last()], rates.len() > 1) else {
        return Found::pass("The log does not say at which of several places items were shown.");
    };
    let both = (taken[top.0] + taken[low.0]) as f64 / (shown[top.0] + shown[low.0]) as f64;
    let error = (both * (1.0 - both) * (1.0 / top.2 as f64 + 1.0 / low.2 as f64)).sqrt().max(1e-12);
    let sure = (top.1 - low.1) / error > 3.0;
    let bars = rates.iter().map(|(place, rate, _)| (format!("place {}", place + 1), *rate)).collect();
    let message = format!(
        "{} of the items at place {} succeed, {} at place {}.",
        percent(top.1),
        top.0 + 1,
        percent(low.1),
        low.0 + 1
    );
    let status = if sure && top.1 > 1.25 * low.1 { Status::Warn } else { Status::Pass };
    Found::new(status, message).count("top", top.1).count("lowest", low.1).bars(bars)
}
