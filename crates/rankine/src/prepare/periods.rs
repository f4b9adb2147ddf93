//! Periods: where history, train, validation and test begin.

use super::arrange::Arranged;
use super::outcomes::Outcome;
use crate::error::Error;
use crate::problem::{PeriodOf, Problem};

/// Where the periods begin: by shares of the requests in time order. Rows that stay together lie on one side
/// of the test period's begin, and of the validation period's where there are enough of them. Where tables say
/// which period their rows belong to, `given` counts the requests of each: train rows without a validation
/// period give it their last ones, by the shares; rows of which nothing is said are divided by the shares.
///
/// # Errors
/// Where the log has too few requests with an outcome to learn from or to judge by.
pub(super) fn split(
    problem: &Problem,
    outcomes: &[Outcome],
    rows: &Arranged,
    given: Option<[usize; 4]>,
) -> Result<[usize; 5], Error> {
    let by_values =
        problem.tables.iter().any(|table| table.period.as_ref().is_some_and(|of| of.column().is_some()));
    let periods = match given {
        _ if by_values => before(problem, outcomes, rows)?,
        Some(given) => told(problem, outcomes.len(), given),
        None => begins(problem, outcomes, rows)?,
    };
    for (at, name) in ["history", "train", "validation", "test"].iter().enumerate() {
        let with =
            outcomes[periods[at]..periods[at + 1]].iter().filter(|outcome| !outcome.relevant.is_empty());
        // Nothing that predicts learns from the history: it only fills features. A given split may do without.
        let needed = at > 0 || !(problem.predicts() || given.is_some() && periods[1] == 0);
        if with.count() == 0 && needed {
            let label = &problem.labels.0[0].name;
            return Err(Error::Data(format!(
                "the {name} period holds no request that led to `{label}` ({} requests in all); \
                 a longer log, another `[evaluate] periods` or another label would help",
                outcomes.len()
            )));
        }
    }
    Ok(periods)
}

fn told(problem: &Problem, all: usize, [history, train, validation, _]: [usize; 4]) -> [usize; 5] {
    let shares = problem.evaluate.periods;
    let apart = shares[2] / (shares[1] + shares[2]).max(1e-9);
    let taken = if validation == 0 { (train as f64 * apart).round() as usize } else { 0 };
    let [validation, test] = [history + train - taken, history + train + validation].map(|at| at.min(all));
    [0, history.min(all), validation, test, all]
}

/// The rows that are not of the test period, by the shares of the other three.
fn before(problem: &Problem, outcomes: &[Outcome], rows: &Arranged) -> Result<[usize; 5], Error> {
    let shares = problem.evaluate.periods;
    let held = rows.held_from.ok_or_else(|| none_held(problem))?;
    let test = outcomes.partition_point(|outcome| outcome.time < held);
    let all = (shares[0] + shares[1] + shares[2]).max(f64::MIN_POSITIVE);
    let at = |share: f64| ((test as f64 * share / all).round() as usize).min(test);
    let validation = nearest(&edges(outcomes, rows), at(shares[0] + shares[1]), test);
    Ok(ordered(at(shares[0]), validation, test, outcomes.len()))
}

fn begins(problem: &Problem, outcomes: &[Outcome], rows: &Arranged) -> Result<[usize; 5], Error> {
    let shares = problem.evaluate.periods;
    let all = outcomes.len();
    let mut share = 0.0;
    let [history, validation, test] = [0, 1, 2].map(|at| {
        share += shares[at];
        ((all as f64 * share).round() as usize).min(all)
    });
    let edges = edges(outcomes, rows);
    if rows.starts.is_empty() {
        return Ok(ordered(history, validation, test, all));
    }
    if edges.is_empty() {
        return Err(Error::Data(
            "all rows stay together, so that none can be learned from and judged by another: another `group` \
             of the table, or no `group_similar`, would help"
                .to_owned(),
        ));
    }
    let test = nearest(&edges, test, all);
    Ok(ordered(history, nearest(&edges, validation, test), test, all))
}

fn ordered(history: usize, validation: usize, test: usize, all: usize) -> [usize; 5] {
    [0, history.min(validation.saturating_sub(1)), validation, test, all]
}

/// The places of the requests with which a group of rows begins, but the first.
fn edges(outcomes: &[Outcome], rows: &Arranged) -> Vec<usize> {
    let begins = |at: &usize| rows.starts.binary_search(&outcomes[*at].time).is_ok();
    (1..outcomes.len()).filter(begins).collect()
}

/// The edge before `end` that lies nearest; `wanted` where there is none.
fn nearest(edges: &[usize], wanted: usize, end: usize) -> usize {
    let before = edges.iter().copied().filter(|edge| *edge < end);
    before.min_by_key(|edge| edge.abs_diff(wanted)).unwrap_or_else(|| wanted.min(end.saturating_sub(1)))
}

fn none_held(problem: &Problem) -> Error {
    let values = problem.tables.iter().filter_map(|table| match &table.period {
        Some(PeriodOf::Values { test, .. }) => Some(test.join("`, `")),
        _ => None,
    });
    let values: Vec<String> = values.collect();
    Error::Data(format!(
        "no row has a value of the test period, `{}`: `period = {{ column, test }}` of a table compares texts \
         letter by letter",
        values.join("`, `")
    ))
}
