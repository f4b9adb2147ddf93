//! A pipeline: retrievers, a scorer and rerankers that answer a request together. The same code answers
//! in evaluation and in the server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rankine_learn::algorithms::rerankers::{self, Reranker};
use rankine_learn::algorithms::retrievers::{self, Query, Retriever};
use rankine_learn::algorithms::scorers::{self, Scorer};
use rankine_learn::{Candidates, Column, Fold, Id, Moment, Rows, Schema, Scored};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::problem::{Contender, Step};

/// A pipeline with models that learned.
pub struct Pipeline {
    /// What it is made of, with the settings that tuning chose.
    pub contender: Contender,
    retrievers: Vec<Arc<dyn Retriever>>,
    scorer: Option<Arc<dyn Scorer>>,
    rerankers: Vec<Box<dyn Reranker>>,
    repeat: bool,
}

/// A question to a pipeline.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Who asks, when and where.
    pub moment: Moment<'a>,
    /// How many items to answer with.
    pub limit: usize,
    /// Rank only these; without them the whole catalogue is searched.
    pub pool: Option<&'a [Id]>,
    /// Names the request, for draws.
    pub seed: u64,
}

/// An answer: best first.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The items with their scores.
    pub items: Vec<Scored>,
    /// What retrieval knew of all candidates.
    pub candidates: Candidates,
    /// Time spent on retrieval, features and scores, reranking.
    pub spent: [Duration; 3],
}

/// The models of a pipeline as bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Models {
    contender: Contender,
    retrievers: Vec<Vec<u8>>,
    scorer: Option<Vec<u8>>,
    repeat: bool,
}

impl Pipeline {
    /// A pipeline of these models.
    ///
    /// # Errors
    /// A sentence, where a reranker cannot work on this schema.
    pub fn new(
        contender: Contender,
        retrievers: Vec<Arc<dyn Retriever>>,
        scorer: Option<Arc<dyn Scorer>>,
        schema: &Schema,
        repeat: bool,
    ) -> Result<Pipeline, String> {
        let build = |step: &Step| {
            let kind = rerankers::find(&step.algorithm).ok_or("no such reranker")?;
            (kind.build)(&step.settings, schema)
        };
        let rerankers = contender.rerank.iter().map(build).collect::<Result<_, _>>()?;
        Ok(Pipeline { contender, retrievers, scorer, rerankers, repeat })
    }

    /// Answers from the state of `fold`.
    pub fn answer(&self, fold: &Fold, question: &Question<'_>) -> Answer {
        let begun = Instant::now();
        let (list, candidates) = self.retrieve(fold, question);
        let retrieved = Instant::now();
        let mut items = match &self.scorer {
            Some(scorer) => score(scorer.as_ref(), fold, &question.moment, &candidates),
            None => list,
        };
        let scored = Instant::now();
        for reranker in &self.rerankers {
            items = reranker.rerank(items, question.limit, &fold.memory);
        }
        items.truncate(question.limit);
        let spent = [retrieved - begun, scored - retrieved, scored.elapsed()];
        Answer { items, candidates, spent }
    }

    /// The best candidates before scoring: in retrieved order, and with what each retriever knew.
    pub fn retrieve(&self, fold: &Fold, question: &Question<'_>) -> (Vec<Scored>, Candidates) {
        let memory = &fold.memory;
        let history: Vec<Id> =
            memory.history(question.moment.user).iter().map(|positive| positive.item).collect();
        let allowed = self.allowed(fold, question, &history);
        let query = Query {
            moment: question.moment,
            history: &history,
            allowed: &allowed,
            memory,
            seed: question.seed,
        };
        // A scorer orders what retrieval found; without one the list itself is the answer.
        let feeds = self.scorer.is_some() || !self.rerankers.is_empty();
        let depth = if feeds { self.contender.depth.max(question.limit) } else { question.limit };
        let own = |step: &Step| if feeds { step.depth(depth).max(question.limit) } else { question.limit };
        let pairs = self.retrievers.iter().zip(&self.contender.retrieve);
        let lists: Vec<Vec<Scored>> =
            pairs.map(|(retriever, step)| retriever.retrieve(&query, own(step))).collect();
        let mut fused = match lists.as_slice() {
            [single] => single.clone(),
            several => fuse(several, depth),
        };
        if let Some(pool) = question.pool {
            append_unfound(&mut fused, pool);
        }
        let items: Vec<Id> = fused.iter().map(|scored| scored.item).collect();
        let candidates = annotate(items, &lists);
        (fused, candidates)
    }

    /// What the answer's items gained from each feature: for each item the columns with what they add.
    pub fn explain(&self, fold: &Fold, question: &Question<'_>, items: &[Id]) -> Vec<Vec<(String, f32)>> {
        let Some(scorer) = &self.scorer else { return vec![Vec::new(); items.len()] };
        let (_, all) = self.retrieve(fold, question);
        let columns = self.columns(fold);
        let rows = rows(fold, &question.moment, &all);
        let explain = |item: &Id| {
            let Some(at) = all.items.iter().position(|other| other == item) else { return Vec::new() };
            let parts = scorer.contributions(&rows, at);
            columns.iter().map(|column| column.name.clone()).zip(parts).collect()
        };
        items.iter().map(explain).collect()
    }

    /// The columns that the scorer reads: those of the features, then score and rank of each retriever.
    pub fn columns(&self, fold: &Fold) -> Vec<Column> {
        let mut columns = fold.columns().to_vec();
        for name in self.sources() {
            columns.push(Column::number(format!("{name}.score")));
            columns.push(Column::number(format!("{name}.rank")));
        }
        columns
    }

    /// The names of the retrievers, in order; a second one of its kind is called `als-2`.
    pub fn sources(&self) -> Vec<String> {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        let name = |step: &'_ str, number: usize| match number {
            1 => step.to_owned(),
            more => format!("{step}-{more}"),
        };
        let steps = self.contender.retrieve.iter();
        steps
            .map(|step| {
                let number = count.entry(&step.algorithm).or_default();
                *number += 1;
                name(&step.algorithm, *number)
            })
            .collect()
    }

    /// The scorer, where there is one.
    pub fn scorer(&self) -> Option<&dyn Scorer> {
        self.scorer.as_deref()
    }

    /// This pipeline with other retrievers of the same kinds.
    #[must_use]
    pub fn with_retrievers(self, retrievers: Vec<Arc<dyn Retriever>>) -> Pipeline {
        Pipeline { retrievers, ..self }
    }

    /// The models as plain data.
    pub fn save(&self) -> Models {
        Models {
            contender: self.contender.clone(),
            retrievers: self.retrievers.iter().map(|retriever| retriever.save()).collect(),
            scorer: self.scorer.as_ref().map(|scorer| scorer.save()),
            repeat: self.repeat,
        }
    }

    /// Restores saved models.
    ///
    /// # Errors
    /// Where a model is not what this version writes.
    pub fn load(models: Models, schema: &Schema) -> Result<Pipeline, Error> {
        let Models { contender, retrievers: saved, scorer, repeat } = models;
        let steps = contender.retrieve.iter().zip(&saved);
        let retriever = |(step, bytes): (&Step, &Vec<u8>)| {
            let kind = retrievers::find(&step.algorithm).ok_or_else(|| unknown(&step.algorithm))?;
            (kind.load)(&step.settings, bytes).map(Arc::from).map_err(Error::Artifact)
        };
        let loaded = steps.map(retriever).collect::<Result<Vec<Arc<dyn Retriever>>, Error>>()?;
        let scorer = match (&contender.score, scorer) {
            (Some(step), Some(bytes)) => {
                let kind = scorers::find(&step.algorithm).ok_or_else(|| unknown(&step.algorithm))?;
                Some(Arc::from((kind.load)(&bytes).map_err(Error::Artifact)?))
            }
            _ => None,
        };
        Pipeline::new(contender, loaded, scorer, schema, repeat).map_err(Error::Artifact)
    }

    fn allowed(&self, fold: &Fold, question: &Question<'_>, history: &[Id]) -> Vec<bool> {
        let items = fold.memory.items();
        let mut allowed: Vec<bool> = match question.pool {
            Some(_) => vec![false; items],
            None => (0..items).map(|item| fold.memory.has_item(item as Id)).collect(),
        };
        for &item in question.pool.unwrap_or_default() {
            if let Some(slot) = allowed.get_mut(item as usize) {
                *slot = true;
            }
        }
        // Who asks to rank a given list wants all of it back.
        if !self.repeat && question.pool.is_none() {
            for &item in history {
                if let Some(slot) = allowed.get_mut(item as usize) {
                    *slot = false;
                }
            }
        }
        allowed
    }
}

/// Feature and retrieval values of the candidates.
pub(crate) fn rows(fold: &Fold, moment: &Moment<'_>, candidates: &Candidates) -> Rows {
    let own = fold.columns().len();
    let mut rows = Rows::missing(candidates.items.len(), own + 2 * candidates.scores.len());
    fold.write(moment, &candidates.items, &mut rows);
    for at in 0..candidates.items.len() {
        let row = rows.row_mut(at);
        for (source, (scores, ranks)) in candidates.scores.iter().zip(&candidates.ranks).enumerate() {
            row[own + 2 * source] = scores[at];
            row[own + 2 * source + 1] = ranks[at];
        }
    }
    rows
}

fn score(scorer: &dyn Scorer, fold: &Fold, moment: &Moment<'_>, candidates: &Candidates) -> Vec<Scored> {
    let scores = scorer.score(&rows(fold, moment, candidates));
    let pairs = candidates.items.iter().zip(scores);
    rankine_learn::top(pairs.map(|(&item, score)| Scored { item, score }), candidates.items.len())
}

/// Reciprocal rank fusion (Cormack et al. 2009): the sum over lists of 1 / (60 + rank).
fn fuse(lists: &[Vec<Scored>], depth: usize) -> Vec<Scored> {
    let mut sums: BTreeMap<Id, f32> = BTreeMap::new();
    for list in lists {
        for (rank, scored) in list.iter().enumerate() {
            *sums.entry(scored.item).or_default() += 1.0 / (61.0 + rank as f32);
        }
    }
    rankine_learn::top(sums.into_iter().map(|(item, score)| Scored { item, score }), depth)
}

/// Items of a given pool that no retriever found stand at the end, in the order given.
fn append_unfound(list: &mut Vec<Scored>, pool: &[Id]) {
    let mut known: Vec<Id> = list.iter().map(|scored| scored.item).collect();
    for &item in pool {
        if !known.contains(&item) {
            known.push(item);
            list.push(Scored { item, score: f32::NEG_INFINITY });
        }
    }
}

fn annotate(items: Vec<Id>, lists: &[Vec<Scored>]) -> Candidates {
    let mut places: Vec<(Id, usize)> = items.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let mut candidates = Candidates {
        scores: vec![vec![f32::NAN; items.len()]; lists.len()],
        ranks: vec![vec![f32::NAN; items.len()]; lists.len()],
        items,
    };
    for (source, list) in lists.iter().enumerate() {
        for (rank, scored) in list.iter().enumerate() {
            if let Ok(found) = places.binary_search_by_key(&scored.item, |place| place.0) {
                let at = places[found].1;
                candidates.scores[source][at] = scored.score;
                candidates.ranks[source][at] = rank as f32;
            }
        }
    }
    candidates
}

fn unknown(algorithm: &str) -> Error {
    Error::Artifact(format!("the bundle wants the algorithm `{algorithm}`, which this version does not have"))
}
