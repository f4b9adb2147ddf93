//! Training: the scorers of a contender for one label, from examples.

use std::borrow::Cow;
use std::sync::Arc;

use rankine_learn::algorithms::scorers::{self, Output, Scorer};
use rankine_learn::{Column, Examples, Rows, Setting, hash};

use crate::pipeline::{Layout, Pick, Voice, output};
use crate::problem::{Contender, Step};

/// The share of the requests, the earliest, that scorers learn from before what fuses them learns from the
/// rest.
const BEFORE_FUSING: f64 = 0.7;

/// Learns from examples; `valid` may stop scorers early and is never trained on.
pub(super) fn voice(contender: &Contender, train: &Examples, valid: Option<&Examples>, seed: u64) -> Voice {
    let picks = picks(contender, train);
    let (train, shift) = thinned(contender, train, seed);
    let heads = heads(contender, &picks, &train, valid, seed);
    let fuse = contender.fuse.as_ref().filter(|_| heads.len() > 1).map(|step| {
        let (before, after) = divided(&train);
        let early = self::heads(contender, &picks, &before, None, seed);
        let early = Voice { heads: early, fuse: None, shift: 0.0 };
        let columns = (1..=contender.score.len()).map(|number| Column::number(format!("scorer {number}")));
        let rows = early.head_rows(&after.rows, &picks);
        let examples = Examples { columns: columns.collect(), bags: Vec::new(), rows, ..after };
        fit(step, &examples, None, seed)
    });
    Voice { heads, fuse, shift }
}

/// What each scorer of a contender reads of such examples.
pub(super) fn picks(contender: &Contender, examples: &Examples) -> Vec<Pick> {
    let layout = Layout { columns: examples.columns.clone(), bags: examples.bags.clone() };
    contender.score.iter().map(|head| layout.pick(&head.reads)).collect()
}

fn heads(
    contender: &Contender,
    picks: &[Pick],
    train: &Examples,
    valid: Option<&Examples>,
    seed: u64,
) -> Vec<Arc<dyn Scorer>> {
    let one = |(head, pick): (&crate::problem::Head, &Pick)| {
        let valid = valid.map(|valid| pick.examples(valid));
        fit(&head.step, &pick.examples(train), valid.as_deref(), seed)
    };
    contender.score.iter().zip(picks).map(one).collect()
}

fn fit(step: &Step, train: &Examples, valid: Option<&Examples>, seed: u64) -> Arc<dyn Scorer> {
    let kind = scorers::find(&step.algorithm).expect("clarify knows every algorithm of a problem");
    Arc::from((kind.fit)(&step.settings, train, valid, hash(seed, &[2])))
}

/// Whether a contender's scorers stop by examples that they do not learn from.
pub(super) fn stops_early(contender: &Contender) -> bool {
    contender.score.iter().any(|head| {
        matches!(head.step.settings.0.get("patience"), Some(Setting::Count(patience)) if *patience > 0)
    })
}

/// The examples with as many of those without the label as the contender wants, and what corrects log-odds
/// for it: with a share s of them the odds are 1/s too high (He et al. 2014).
fn thinned<'e>(contender: &Contender, train: &'e Examples, seed: u64) -> (Cow<'e, Examples>, f32) {
    let corrects = contender.score.first().is_some_and(|head| output(&head.step) == Output::LogOdds);
    let Some(share) = contender.negatives.filter(|_| corrects) else { return (Cow::Borrowed(train), 0.0) };
    let below = (share * u64::MAX as f64) as u64;
    let kept = |at: &usize| train.labels[*at] > 0.0 || hash(seed, &[9, *at as u64]) < below;
    let rows: Vec<usize> = (0..train.labels.len()).filter(kept).collect();
    (Cow::Owned(chosen(train, &rows)), share.ln() as f32)
}

/// Some rows of a table of examples; each request keeps what is left of it.
pub(super) fn chosen(examples: &Examples, rows: &[usize]) -> Examples {
    let mut made = Examples {
        columns: examples.columns.clone(),
        bags: examples.bags.clone(),
        rows: Rows { width: examples.rows.width, bag_width: examples.rows.bag_width, ..Rows::default() },
        ..Examples::default()
    };
    let mut rows = rows.iter().copied().peekable();
    let mut end = 0;
    for group in &examples.groups {
        end += *group as usize;
        let mut left = 0;
        while let Some(row) = rows.next_if(|row| *row < end) {
            made.rows.push(&examples.rows, row);
            made.labels.push(examples.labels[row]);
            made.weights.push(examples.weights[row]);
            left += 1;
        }
        if left > 0 {
            made.groups.push(left);
        }
    }
    made
}

/// The earlier and the later part of the requests.
fn divided(train: &Examples) -> (Examples, Examples) {
    let requests = (train.groups.len() as f64 * BEFORE_FUSING) as usize;
    let border = train.groups[..requests].iter().map(|group| *group as usize).sum();
    let rows = |range: std::ops::Range<usize>| chosen(train, &range.collect::<Vec<_>>());
    (rows(0..border), rows(border..train.labels.len()))
}
