//! Evaluation: the test period is read once, every contender answers the same requests.

use rankine_learn::metrics::{self, Judged, Shape};
use rankine_learn::{Id, Value};
use rayon::prelude::*;

use super::replay::{Replay, judged};
use crate::error::Error;
use crate::pipeline::Pipeline;
use crate::prepare::Period;
use crate::problem::{MetricAt, Problem, Slice};
use crate::progress::Progress;

/// The answers of all contenders to the test period's requests.
pub(super) struct Tested {
    /// Who asked.
    pub(super) users: Vec<u32>,
    /// What was relevant.
    pub(super) relevant: Vec<Vec<(Id, f32)>>,
    /// Whether the user had no positive yet.
    pub(super) new: Vec<bool>,
    /// `contenders x requests`: the items answered, best first, as deep as any metric looks.
    pub(super) lists: Vec<Vec<Vec<Id>>>,
    /// For each item whether it existed by the end.
    pub(super) available: Vec<bool>,
    /// For each item whether it is among the four fifths with the fewest positives before the test.
    pub(super) tail: Vec<bool>,
    /// For each item the categories of its first such field.
    pub(super) categories: Vec<Vec<u32>>,
}

/// Answers the test period with every pipeline.
pub(super) fn test(
    replay: &mut Replay<'_>,
    pipelines: &[Pipeline],
    progress: &dyn Progress,
) -> Result<Tested, Error> {
    let problem = replay.problem;
    let outcomes = judged(problem, replay.dataset, Period::Test);
    let deepest = metrics_of(problem).map(|metric| metric.k).max().unwrap_or(problem.slate);
    progress.begin("answering the test period", Some(outcomes.len() as u64));
    let tail = tail(replay);
    let mut tested = Tested {
        users: Vec::new(),
        relevant: Vec::new(),
        new: Vec::new(),
        lists: vec![Vec::new(); pipelines.len()],
        available: Vec::new(),
        tail,
        categories: Vec::new(),
    };
    for outcome in outcomes {
        replay.advance(outcome.event);
        let question = replay.question(outcome, deepest);
        let answer = |pipeline: &Pipeline| -> Vec<Id> {
            let answer = pipeline.answer(&replay.fold, &question);
            answer.items.iter().map(|scored| scored.item).collect()
        };
        let lists: Vec<Vec<Id>> = pipelines.par_iter().map(answer).collect();
        for (all, list) in tested.lists.iter_mut().zip(lists) {
            all.push(list);
        }
        tested.users.push(outcome.user);
        tested.relevant.push(outcome.relevant.to_vec());
        tested.new.push(replay.fold.memory.history(outcome.user).is_empty());
        progress.advance(1);
        progress.check()?;
    }
    progress.end();
    let memory = &replay.fold.memory;
    let items = 0..memory.items() as Id;
    tested.available = items.clone().map(|item| memory.has_item(item)).collect();
    tested.categories = items.map(|item| categories(memory.item(item).unwrap_or_default())).collect();
    Ok(tested)
}

impl Tested {
    /// The deciding metric of a contender at each request, turned so that more is better.
    pub(super) fn deciding(&self, problem: &Problem, contender: usize) -> Vec<f64> {
        let metric = &problem.evaluate.metric;
        let up = metrics::find(&metric.name).is_none_or(|metric| metric.higher_is_better);
        let sign = if up { 1.0 } else { -1.0 };
        self.values(metric, contender).into_iter().map(|value| sign * value).collect()
    }

    /// A metric of a contender at each request.
    pub(super) fn values(&self, metric: &MetricAt, contender: usize) -> Vec<f64> {
        let pairs = self.lists[contender].iter().zip(&self.relevant);
        pairs.map(|(list, relevant)| value(metric, list, relevant)).collect()
    }

    /// The deciding metric at the requests of a slice, and who asked them.
    pub(super) fn slice(&self, problem: &Problem, slice: Slice, contender: usize) -> (Vec<f64>, Vec<u32>) {
        let mut made = (Vec::new(), Vec::new());
        for (at, relevant) in self.relevant.iter().enumerate() {
            let is_tail = |item: Id| self.tail.get(item as usize).copied().unwrap_or(true);
            let kept: Vec<(Id, f32)> = match slice {
                Slice::UserNew | Slice::UserKnown if self.new[at] == (slice == Slice::UserNew) => {
                    relevant.clone()
                }
                Slice::UserNew | Slice::UserKnown => Vec::new(),
                Slice::ItemTail => relevant.iter().filter(|(item, _)| is_tail(*item)).copied().collect(),
                // Slices of predictions; clarify leaves none of them to ranking.
                Slice::ItemNew
                | Slice::ItemKnown
                | Slice::BoxSmall
                | Slice::BoxLarge
                | Slice::BoxNote
                | Slice::Each { .. } => Vec::new(),
                Slice::ItemHead => relevant.iter().filter(|(item, _)| !is_tail(*item)).copied().collect(),
            };
            if !kept.is_empty() {
                made.0.push(value(&problem.evaluate.metric, &self.lists[contender][at], &kept));
                made.1.push(self.users[at]);
            }
        }
        made
    }
}

/// All metrics of a problem, the deciding one first, none twice.
pub(super) fn metrics_of(problem: &Problem) -> impl Iterator<Item = &MetricAt> {
    let evaluate = &problem.evaluate;
    let all = std::iter::once(&evaluate.metric).chain(&evaluate.report);
    let mut seen: Vec<&MetricAt> = Vec::new();
    all.chain(evaluate.guards.iter().map(|guard| &guard.metric)).filter(move |metric| {
        let new = !seen.contains(metric);
        seen.push(metric);
        new
    })
}

/// A metric at one request; metrics over all requests have none there and give 0.
pub(super) fn value(metric: &MetricAt, list: &[Id], relevant: &[(Id, f32)]) -> f64 {
    let Some(Shape::PerRequest(compute)) = metrics::find(&metric.name).map(|metric| metric.shape) else {
        return 0.0;
    };
    let gain = |item: &Id| {
        let found = relevant.binary_search_by_key(item, |(item, _)| *item);
        found.map_or(0.0, |at| relevant[at].1)
    };
    let gains: Vec<f32> = list.iter().map(gain).collect();
    let mut ideal: Vec<f32> = relevant.iter().map(|(_, gain)| *gain).collect();
    ideal.sort_unstable_by(|left, right| right.total_cmp(left));
    compute(&Judged { gains: &gains, relevant: &ideal }, metric.k)
}

fn tail(replay: &Replay<'_>) -> Vec<bool> {
    let memory = &replay.fold.memory;
    let mut order: Vec<(u64, Id)> =
        (0..memory.items() as Id).map(|item| (memory.total(item), item)).collect();
    order.sort_unstable();
    let mut tail = vec![true; order.len()];
    for (_, item) in order.iter().rev().take(order.len() / 5) {
        tail[*item as usize] = false;
    }
    tail
}

fn categories(fields: &[Value]) -> Vec<u32> {
    let several = fields.iter().find_map(|value| match value {
        Value::Categories(words) => Some(words.clone()),
        _ => None,
    });
    let single = || {
        fields.iter().find_map(|value| match value {
            Value::Category(word) => Some(vec![*word]),
            _ => None,
        })
    };
    several.or_else(single).unwrap_or_default()
}
