//! The trade-off book: "A or B?", each page with what its world measured while one parameter was turned.

use std::sync::Arc;

use rankine_design::short;
use rankine_learn::verdict::Estimate;
use serde::Serialize;
use toml::Value;

use crate::error::Error;
use crate::interview::{Brief, Experiment, Room, Tradeoff, reached, said};
use crate::progress::Progress;

/// One question with its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// The case in whose world it was measured.
    pub case: String,
    /// "A or B?"
    pub question: String,
    /// What the first is.
    pub left: Side,
    /// What the second is.
    pub right: Side,
    /// The parameter that was turned, as a question.
    pub by: String,
    /// What follows from it.
    pub matters: String,
    /// The metric.
    pub metric: String,
    /// What was measured at each value of the parameter.
    pub points: Vec<Point>,
    /// When each side wins.
    pub when: String,
    /// The sentence to say.
    pub sentence: String,
    /// Seeds over which each point was measured.
    pub seeds: Vec<u64>,
}

/// One side of a question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The contender.
    pub name: String,
    /// What it is.
    pub what: String,
}

/// What was measured at one value of the parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The value as it is said.
    pub value: String,
    /// What each side reached, the mean over seeds.
    pub reached: [f64; 2],
    /// Right minus left, turned so that more is better for the right, as a share of what the left reached.
    pub lead: Estimate,
}

impl Point {
    /// Which side wins: -1 the left, 1 the right, 0 where it cannot be told.
    pub fn winner(&self) -> i8 {
        i8::from(self.lead.low > 0.0) - i8::from(self.lead.high < 0.0)
    }
}

/// The pages of a case. What is executed is kept by `room`, which makes the room of a seed.
///
/// # Errors
/// What stops an execution.
pub fn book(
    brief: &Arc<Brief>,
    seeds: &[u64],
    room: &dyn Fn(u64) -> Room,
    progress: &dyn Progress,
) -> Result<Vec<Page>, Error> {
    let rooms: Vec<Room> = seeds.iter().map(|&seed| room(seed)).collect();
    brief.plan.tradeoffs.iter().map(|tradeoff| page(brief, tradeoff, &rooms, progress)).collect()
}

fn page(
    brief: &Arc<Brief>,
    tradeoff: &Tradeoff,
    rooms: &[Room],
    progress: &dyn Progress,
) -> Result<Page, Error> {
    let unknown = || Error::Data(format!("there is no fact `{}`", tradeoff.by));
    let fact = &brief.plan.facts[brief.fact(&tradeoff.by).ok_or_else(unknown)?];
    let key = fact.world.as_ref().ok_or_else(unknown)?;
    let mut points = Vec::new();
    for value in &fact.values {
        let mut leads = Vec::new();
        let mut sums = [0.0; 2];
        for room in rooms {
            let (lead, both) = compared(room, tradeoff, key, value, progress)?;
            leads.push(lead);
            sums.iter_mut().zip(both).for_each(|(sum, one)| *sum += one / rooms.len() as f64);
        }
        points.push(Point { value: said(value), reached: sums, lead: together(&leads) });
    }
    let side = |name: &String| Side {
        name: name.clone(),
        what: brief.plan.contenders.get(name).cloned().unwrap_or_default(),
    };
    let metric = rooms.first().map(|room| room.metric().to_owned()).unwrap_or_default();
    let (when, sentence) = words(tradeoff, &fact.asks[0], &points, &metric);
    Ok(Page {
        case: brief.case.clone(),
        question: tradeoff.ask.clone(),
        left: side(&tradeoff.left),
        right: side(&tradeoff.right),
        by: fact.asks[0].clone(),
        matters: fact.matters.clone(),
        metric,
        points,
        when,
        sentence,
        seeds: rooms.iter().map(|room| room.seed).collect(),
    })
}

/// The lead of the right over the left in one room at one value of the parameter, and what both reached.
fn compared(
    room: &Room,
    tradeoff: &Tradeoff,
    key: &str,
    value: &Value,
    progress: &dyn Progress,
) -> Result<(Estimate, [f64; 2]), Error> {
    let (left, right) = (&tradeoff.left, &tradeoff.right);
    let mut experiment = Experiment {
        contenders: vec![left.clone(), right.clone()],
        baseline: Some(left.clone()),
        ordinary: true,
        ..Experiment::default()
    };
    experiment.world.insert(key.to_owned(), value.clone());
    let executed = room.execute(&experiment, progress)?;
    let selection = &executed.selection;
    let [own, other] = [left, right].map(|name| reached(selection, name, room.metric()).unwrap_or(f64::NAN));
    let verdict = &selection.verdict;
    let sign = if verdict.leader.as_ref() == Some(right) { 1.0 } else { -1.0 };
    let scale = own.abs().max(1e-12);
    let lead = verdict.difference.map_or(
        // One of them may not win; then nobody compares them.
        Estimate { value: f64::NAN, low: f64::NEG_INFINITY, high: f64::INFINITY },
        |gap| {
            let ends = [sign * gap.low / scale, sign * gap.high / scale];
            Estimate {
                value: sign * gap.value / scale,
                low: ends[0].min(ends[1]),
                high: ends[0].max(ends[1]),
            }
        },
    );
    Ok((lead, [own, other]))
}

/// The mean of independent estimates, with the interval of their mean.
fn together(estimates: &[Estimate]) -> Estimate {
    let many = estimates.len().max(1) as f64;
    let mean = estimates.iter().map(|one| one.value).sum::<f64>() / many;
    let side = |of: &dyn Fn(&Estimate) -> f64| {
        estimates.iter().map(|one| of(one).powi(2)).sum::<f64>().sqrt() / many
    };
    Estimate {
        value: mean,
        low: mean - side(&|one| one.value - one.low),
        high: mean + side(&|one| one.high - one.value),
    }
}

/// When each side wins, and the sentence to say.
fn words(tradeoff: &Tradeoff, by: &str, points: &[Point], metric: &str) -> (String, String) {
    let (left, right) = (&tradeoff.left, &tradeoff.right);
    let at = |winner: i8| -> Vec<&str> {
        points.iter().filter(|point| point.winner() == winner).map(|point| point.value.as_str()).collect()
    };
    let one = |name: &str, values: Vec<&str>| {
        (!values.is_empty()).then(|| format!("{name} at {}", values.join(", ")))
    };
    let parts: Vec<String> =
        [one(left, at(-1)), one(right, at(1)), one("nobody surely", at(0))].into_iter().flatten().collect();
    let when = format!("{} ({by})", parts.join("; "));
    let named = |point: &Point| {
        let percent = short((point.lead.value * 100.0).abs());
        match point.winner() {
            1 => format!("{right} beats {left} by {percent}% of {metric}"),
            -1 => format!("{left} beats {right} by {percent}% of {metric}"),
            _ => format!("{left} and {right} cannot be told apart"),
        }
    };
    let sentence = match (points.first(), points.last()) {
        (Some(first), Some(last)) if first.winner() != last.winner() => format!(
            "It depends on one thing (\"{by}\"): at {} {}, at {} {}; so I would ask first.",
            first.value,
            named(first),
            last.value,
            named(last)
        ),
        (Some(first), Some(last)) if last.winner() == 0 => format!(
            "{left} and {right} cannot be told apart on this much data, neither at {} nor at {} (\"{by}\"): I would \
             take the cheaper one and measure on more.",
            first.value, last.value
        ),
        (Some(first), Some(last)) => format!(
            "{}, from {} to {} by what I would ask about (\"{by}\"): it changes the size of the lead ({}% to {}%), not who leads.",
            named(last),
            first.value,
            last.value,
            short((first.lead.value * 100.0).abs()),
            short((last.lead.value * 100.0).abs())
        ),
        _ => String::new(),
    };
    (when, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_estimates_shrink_together() {
        let one = Estimate { value: 0.2, low: 0.1, high: 0.3 };
        let both = together(&[one, one, one, one]);
        assert!((both.value - 0.2).abs() < 1e-12 && (both.low - 0.15).abs() < 1e-12, "{both:?}");
    }
}
