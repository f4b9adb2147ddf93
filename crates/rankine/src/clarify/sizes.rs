//! What a step costs a server, from sizes alone: lower bounds that need no run.

use rankine_design::short;
use rankine_learn::Setting;

use crate::problem::{Contender, Scale, Step};

/// A figure and the sum it comes from, numbers put in.
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) formula: String,
}

/// Bytes that one core reads a second when a model is larger than its caches; servers of the 2020s read 10
/// to 20 GB/s.
const BYTES_PER_SECOND: f64 = 1e10;

/// Bytes of the model of a step; `None` where it has none to speak of or its size is not known.
///
/// `als` keeps the items' vectors (users are solved for at the request), other factor models those of users
/// too, `ease` a square of at most `max_items` items, `item-knn` an id and a weight for each neighbour. A
/// number takes four bytes.
pub(super) fn memory(step: &Step, scale: &Scale) -> Option<Estimate> {
    let items = scale.items;
    match step.algorithm.as_str() {
        "ease" => {
            let most = count(step, "max_items").unwrap_or(f64::INFINITY);
            let items = items?.min(most);
            Some(Estimate {
                value: items * items * 4.0,
                formula: format!("{0} items x {0} items x 4 B", short(items)),
            })
        }
        "item-knn" => {
            let (items, neighbours) = (items?, count(step, "neighbours")?);
            let formula = format!("{} items x {} neighbours x 8 B", short(items), short(neighbours));
            Some(Estimate { value: items * neighbours * 8.0, formula })
        }
        "als" => {
            let (items, factors) = (items?, count(step, "factors")?);
            let formula = format!("{} items x {} factors x 4 B", short(items), short(factors));
            Some(Estimate { value: items * factors * 4.0, formula })
        }
        _ => {
            let (items, users, factors) = (items?, scale.users?, count(step, "factors")?);
            let formula = format!(
                "({} users + {} items) x {} factors x 4 B",
                short(users),
                short(items),
                short(factors)
            );
            Some(Estimate { value: (users + items) * factors * 4.0, formula })
        }
    }
}

/// Bytes of all models of a contender; `None` where none is known.
pub(super) fn contender_memory(contender: &Contender, scale: &Scale) -> Option<Estimate> {
    let steps = contender.retrieve.iter().chain(contender.score.iter().map(|head| &head.step));
    let estimates: Vec<Estimate> = steps.filter_map(|step| memory(step, scale)).collect();
    let formulas: Vec<&str> = estimates.iter().map(|estimate| estimate.formula.as_str()).collect();
    let value = estimates.iter().map(|estimate| estimate.value).sum();
    (!estimates.is_empty()).then(|| Estimate { value, formula: formulas.join(" + ") })
}

/// Milliseconds that a request takes at the least where a retriever looks at every item: the bytes of the
/// items' vectors, or four a score where it has none, at the speed of memory.
pub(super) fn contender_latency(contender: &Contender, scale: &Scale) -> Option<Estimate> {
    let items = scale.items?;
    let width = |step: &Step| count(step, "factors").unwrap_or(1.0);
    let numbers: f64 = contender.retrieve.iter().map(width).sum();
    let value = items * numbers * 4.0 / BYTES_PER_SECOND * 1e3;
    let formula = format!("{} items x {} numbers x 4 B / 10 GB/s", short(items), short(numbers));
    (numbers > 0.0).then_some(Estimate { value, formula })
}

fn count(step: &Step, name: &str) -> Option<f64> {
    match step.settings.0.get(name) {
        Some(Setting::Count(value)) => Some(*value as f64),
        _ => None,
    }
}
