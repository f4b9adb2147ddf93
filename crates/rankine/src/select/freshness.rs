//! Freshness: what a model loses as it ages, judged at the same requests by models of several ages.

use std::borrow::Cow;

use rankine_learn::verdict::estimate;
use rankine_learn::{Examples, Millis};
use rayon::prelude::*;

use super::known::{figures_of, gap};
use super::predicted::Walked;
use super::prediction::Freshness;
use super::selection::Tried;
use super::training;
use crate::error::Error;
use crate::pipeline::Scoring;
use crate::problem::Problem;
use crate::progress::Progress;

/// Parts of the test period; before each of them a model is trained.
const PARTS: usize = 8;

/// How many parts ago a model was trained.
const AGES: [usize; 5] = [0, 1, 2, 4, 8];

/// Of the examples of a model that stops early, the share that it stops by: its latest.
const STOPPING: f64 = 0.2;

/// Judges the settings of one contender at all test requests, trained anew before each part of the period:
/// once right before it, once one part earlier, and so on. All learn from spans of the same length, each of
/// which ends a label's window before its moment. `None` where the log is too short for that.
pub(super) fn measure(
    problem: &Problem,
    tried: &Tried,
    [train, valid, test]: [&Walked; 3],
    seed: u64,
    progress: &dyn Progress,
) -> Result<Option<Freshness>, Error> {
    let all: Vec<&Walked> = vec![train, valid, test];
    let times: Vec<Millis> = all.iter().flat_map(|walked| walked.times.iter().copied()).collect();
    let (Some(&start), Some(&first), Some(&last)) = (times.first(), test.times.first(), test.times.last())
    else {
        return Ok(None);
    };
    let part = (last - first) / PARTS as Millis + 1;
    let within = problem.labels.0.iter().map(|label| label.within).max().unwrap_or(0);
    // The oldest model's span is the longest that all can have.
    let length = first - AGES[AGES.len() - 1] as Millis * part - within - start;
    if part < 2 || length < part {
        return Ok(None);
    }
    let table = joined(&all, |walked| Cow::Borrowed(walked.table(&tried.contender)));
    let lessons = all.iter().any(|walked| walked.teaches());
    let lessons = lessons.then(|| joined(&all, |walked| walked.learned(walked.table(&tried.contender))));
    let lessons = lessons.as_ref().unwrap_or(&table);
    let labels: Vec<f32> = all.iter().flat_map(|walked| walked.labels[0].iter().copied()).collect();
    let before = train.times.len() + valid.times.len();
    let moments: Vec<isize> =
        (-(AGES[AGES.len() - 1] as isize)..PARTS as isize).filter(|moment| used(*moment)).collect();
    progress.begin("measuring how the leader ages", Some(moments.len() as u64));
    let predict = |moment: &isize| -> Result<Vec<Vec<f64>>, Error> {
        progress.check()?;
        let end = first + *moment as Millis * part - within;
        let rows = (0..times.len())
            .filter(|&at| times[at] < end && times[at] >= end - length && !labels[at].is_nan());
        let rows: Vec<usize> = rows.collect();
        let voice = learn(tried, lessons, &labels, &rows, seed);
        let picks = training::picks(&tried.contender, &table);
        // The parts at which a model of this moment is as old as is asked.
        let made = AGES.iter().map(|&age| {
            let at = *moment + age as isize;
            let Ok(at) = usize::try_from(at) else { return Vec::new() };
            if at >= PARTS {
                return Vec::new();
            }
            let begin = first + at as Millis * part;
            let rows: Vec<usize> = (before..times.len())
                .filter(|&row| times[row] >= begin && times[row] < begin + part)
                .collect();
            let scores = voice.scores(&training::chosen(&table, &rows).rows, &picks);
            let told = Scoring::told(&tried.contender, &[scores]);
            told.into_iter().flatten().map(f64::from).collect()
        });
        let made = made.collect();
        progress.advance(1);
        Ok(made)
    };
    let models: Vec<Vec<Vec<f64>>> = moments.par_iter().map(predict).collect::<Result<_, Error>>()?;
    progress.end();
    let of_age = |place: usize| -> Vec<f64> {
        let parts = 0..PARTS as isize;
        let made = parts.map(|at| moments.iter().position(|moment| *moment == at - AGES[place] as isize));
        made.flatten().flat_map(|model| models[model][place].iter().copied()).collect()
    };
    let predictions: Vec<Vec<Vec<f64>>> = (0..AGES.len()).map(|place| vec![of_age(place)]).collect();
    if predictions.iter().any(|own| own[0].len() != test.times.len()) {
        return Ok(None);
    }
    let metric = &problem.evaluate.metric;
    let hours = |age: usize| (age as f64 * part as f64 + part as f64 / 2.0 + within as f64) / 3.6e6;
    let figures = figures_of(problem, metric, test, &predictions);
    let (gaps, clusters) = gap(metric, test, &predictions, AGES.len() - 1, 0);
    let lost = (!gaps.is_empty()).then(|| estimate(&gaps, &clusters, problem.evaluate.confidence).into());
    Ok(Some(Freshness {
        name: tried.contender.name.clone(),
        metric: metric.to_string(),
        points: AGES.iter().map(|&age| hours(age)).zip(figures).collect(),
        every: part as f64 / 3.6e6,
        lost,
    }))
}

/// Whether a model of this moment is asked at any part.
fn used(moment: isize) -> bool {
    AGES.iter().any(|&age| (0..PARTS as isize).contains(&(moment + age as isize)))
}

/// The rows of all periods, one after another.
fn joined<'w>(all: &[&'w Walked], table: impl Fn(&'w Walked) -> Cow<'w, Examples>) -> Examples {
    let mut tables = all.iter().map(|walked| table(walked));
    let mut made = tables.next().map(Cow::into_owned).unwrap_or_default();
    tables.for_each(|more| super::examples::extend(&mut made, &more));
    made
}

fn learn(
    tried: &Tried,
    table: &Examples,
    labels: &[f32],
    rows: &[usize],
    seed: u64,
) -> crate::pipeline::Voice {
    let examples = |rows: &[usize]| {
        let made = training::chosen(table, rows);
        Examples { labels: rows.iter().map(|&at| labels[at]).collect(), ..made }
    };
    if training::stops_early(&tried.contender) {
        let border = (rows.len() as f64 * (1.0 - STOPPING)) as usize;
        let (early, late) = (examples(&rows[..border]), examples(&rows[border..]));
        training::voice(&tried.contender, &early, Some(&late), seed)
    } else {
        training::voice(&tried.contender, &examples(rows), None, seed)
    }
}
