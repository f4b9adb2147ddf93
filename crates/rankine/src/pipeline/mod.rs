//! A pipeline: encoders, retrievers, scorers and rerankers that answer a request together. The same code
//! answers in evaluation and in the server.

mod retrieval;
mod scoring;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rankine_learn::algorithms::detectors::{self, Detector, Found};
use rankine_learn::algorithms::rerankers::{self, Reranker};
use rankine_learn::algorithms::retrievers::{self, Query, Retriever};
use rankine_learn::{Candidates, Fold, Id, Moment, Picture, Rows, Scored, Value};
use serde::{Deserialize, Serialize};

pub(crate) use scoring::{Layout, Part, Pick, named, output};
pub use scoring::{Scoring, Voice};

use crate::error::Error;
use crate::problem::{Contender, Problem, Step};
use crate::select::{Decision, Thresholds, acts};
use scoring::SavedScoring;

/// A pipeline with models that learned.
pub struct Pipeline {
    /// What it is made of, with the settings that tuning chose.
    pub contender: Contender,
    retrievers: Vec<Arc<dyn Retriever>>,
    scoring: Option<Scoring>,
    detector: Option<Arc<dyn Detector>>,
    rerankers: Vec<Box<dyn Reranker>>,
    repeat: bool,
    /// The item's field that, times the probability, orders a slate.
    worth: Option<usize>,
    /// Where it acts and reviews, where the problem decides.
    pub thresholds: Option<Thresholds>,
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
    /// `labels x candidates`: what scorers said, as probabilities or amounts; empty where only the order
    /// counts.
    pub predictions: Vec<Vec<f32>>,
    /// What scorers read of all candidates, first the columns of the features; empty where nothing scores.
    pub rows: Rows,
    /// Time spent on retrieval, features and scores, reranking.
    pub spent: [Duration; 3],
}

impl Answer {
    /// The place of each of its items among the candidates.
    pub(crate) fn places(&self) -> Vec<Option<usize>> {
        let mut places: Vec<(Id, usize)> = self.candidates.items.iter().copied().zip(0..).collect();
        places.sort_unstable();
        let place = |scored: &Scored| {
            let first = places.partition_point(|(item, _)| *item < scored.item);
            places.get(first).filter(|(item, _)| *item == scored.item).map(|(_, place)| *place)
        };
        self.items.iter().map(place).collect()
    }
}

/// The models of a pipeline as bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Models {
    contender: Contender,
    retrievers: Vec<Vec<u8>>,
    scoring: Option<SavedScoring>,
    detector: Option<Vec<u8>>,
    thresholds: Option<Thresholds>,
}

impl Pipeline {
    /// A pipeline of these models.
    ///
    /// # Errors
    /// A sentence, where a reranker cannot work on this schema.
    pub fn new(
        contender: Contender,
        retrievers: Vec<Arc<dyn Retriever>>,
        scoring: Option<Scoring>,
        problem: &Problem,
    ) -> Result<Pipeline, String> {
        let build = |step: &Step| {
            let kind = rerankers::find(&step.algorithm).ok_or("no such reranker")?;
            (kind.build)(&step.settings, &problem.schema)
        };
        let rerankers = contender.rerank.iter().map(build).collect::<Result<_, _>>()?;
        let (repeat, worth) = (problem.repeat, problem.decide.worth);
        let (detector, thresholds) = (None, None);
        Ok(Pipeline { contender, retrievers, scoring, detector, rerankers, repeat, worth, thresholds })
    }

    /// This pipeline with what finds boxes; a class is the place of its label in the problem.
    #[must_use]
    pub fn with_detector(self, detector: Arc<dyn Detector>) -> Pipeline {
        Pipeline { detector: Some(detector), ..self }
    }

    /// The boxes of a picture, best first, also those below the thresholds; none without a detector.
    pub fn detect(&self, picture: &Picture) -> Vec<Found> {
        self.detector.as_ref().map_or_else(Vec::new, |detector| detector.detect(picture))
    }

    /// Whether a box is acted on, where the problem decides.
    pub fn acts_on(&self, found: &Found) -> bool {
        self.thresholds.as_ref().is_none_or(|all| acts(&all.act, found))
    }

    /// Answers from the state of `fold`.
    pub fn answer(&self, fold: &Fold, question: &Question<'_>) -> Answer {
        let begun = Instant::now();
        let (list, candidates) = self.retrieve(fold, question);
        let retrieved = Instant::now();
        let (mut items, predictions, rows) = match &self.scoring {
            Some(scoring) => self.score(scoring, fold, question, &candidates),
            None => (list, Vec::new(), Rows::default()),
        };
        let scored = Instant::now();
        for reranker in &self.rerankers {
            items = reranker.rerank(items, question.limit, &fold.memory);
        }
        items.truncate(question.limit);
        let spent = [retrieved - begun, scored - retrieved, scored.elapsed()];
        Answer { items, candidates, predictions, rows, spent }
    }

    fn score(
        &self,
        scoring: &Scoring,
        fold: &Fold,
        question: &Question<'_>,
        candidates: &Candidates,
    ) -> (Vec<Scored>, Vec<Vec<f32>>, Rows) {
        let rows = scoring.rows(&self.contender, fold, &question.moment, candidates);
        let scores = scoring.scores(&rows);
        let predictions = scoring.predictions(&scores);
        let Some(first) = scores.first() else { return (Vec::new(), predictions, rows) };
        let order: Vec<f32> = match (self.worth, predictions.first()) {
            (Some(field), Some(chances)) => {
                let worth = |item: &Id| match fold.memory.item(*item).and_then(|fields| fields.get(field)) {
                    Some(Value::Number(worth)) => *worth as f32,
                    _ => 0.0,
                };
                candidates.items.iter().zip(chances).map(|(item, chance)| worth(item) * chance).collect()
            }
            (None, Some(said)) => said.clone(),
            _ => first.clone(),
        };
        let pairs = candidates.items.iter().zip(order).map(|(&item, score)| Scored { item, score });
        (rankine_learn::top(pairs, candidates.items.len()), predictions, rows)
    }

    /// The best candidates before scoring: in retrieved order, and with what each retriever knew.
    pub fn retrieve(&self, fold: &Fold, question: &Question<'_>) -> (Vec<Scored>, Candidates) {
        let memory = &fold.memory;
        let history: Vec<Id> =
            memory.history(question.moment.user).iter().map(|positive| positive.item).collect();
        let allowed = self.allowed(fold, question, &history);
        if self.retrievers.is_empty() {
            let all = || (0..allowed.len()).filter(|&item| allowed[item]).map(|item| item as Id);
            let items: Vec<Id> = question.pool.map_or_else(|| all().collect(), <[Id]>::to_vec);
            let list = items.iter().map(|&item| Scored { item, score: 0.0 }).collect();
            return (list, retrieval::annotate(items, &[]));
        }
        let query = Query {
            moment: question.moment,
            history: &history,
            allowed: &allowed,
            memory,
            seed: question.seed,
        };
        // A scorer orders what retrieval found; without one the list itself is the answer.
        let feeds = !self.contender.score.is_empty() || !self.rerankers.is_empty();
        let depth = if feeds { self.contender.depth.max(question.limit) } else { question.limit };
        let own = |step: &Step| if feeds { step.depth(depth).max(question.limit) } else { question.limit };
        let pairs = self.retrievers.iter().zip(&self.contender.retrieve);
        let lists: Vec<Vec<Scored>> =
            pairs.map(|(retriever, step)| retriever.retrieve(&query, own(step))).collect();
        let mut fused = match lists.as_slice() {
            [single] => single.clone(),
            several => retrieval::fuse(several, depth),
        };
        if let Some(pool) = question.pool {
            retrieval::append_unfound(&mut fused, pool);
        }
        let items: Vec<Id> = fused.iter().map(|scored| scored.item).collect();
        let candidates = retrieval::annotate(items, &lists);
        (fused, candidates)
    }

    /// What the answer's items gained from each column: for each item the columns with what they add.
    pub fn explain(&self, answer: &Answer) -> Vec<Vec<(String, f32)>> {
        self.of_rows(answer, Scoring::contributions)
    }

    /// What the scorer saw of the answer's items, and what each column added: for each item its columns.
    pub(crate) fn look_into(&self, answer: &Answer) -> Vec<Vec<Part>> {
        self.of_rows(answer, Scoring::parts)
    }

    /// What `told` says of the row of each item; nothing where nothing scores.
    fn of_rows<T: Clone>(&self, answer: &Answer, told: fn(&Scoring, &Rows, usize) -> Vec<T>) -> Vec<Vec<T>> {
        let Some(scoring) = &self.scoring else { return vec![Vec::new(); answer.items.len()] };
        let one = |at: Option<usize>| at.map_or_else(Vec::new, |at| told(scoring, &answer.rows, at));
        answer.places().into_iter().map(one).collect()
    }

    /// What is done with a candidate of an answer, by its place; `None` where the problem does not decide.
    pub fn decide(&self, answer: &Answer, at: usize) -> Option<Decision> {
        let chances = answer.predictions.iter().map(|said| f64::from(said[at]));
        Some(self.thresholds.as_ref()?.decide(chances))
    }

    /// The names of the retrievers, in order; a second one of its kind is called `als-2`.
    pub fn sources(&self) -> Vec<String> {
        named(&self.contender)
    }

    /// What scores, where there is something.
    pub(crate) fn scoring(&self) -> Option<&Scoring> {
        self.scoring.as_ref()
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
            scoring: self.scoring.as_ref().map(Scoring::save),
            detector: self.detector.as_ref().map(|detector| detector.save()),
            thresholds: self.thresholds.clone(),
        }
    }

    /// Restores saved models for their problem; `fold` is one of it, in any state.
    ///
    /// # Errors
    /// Where a model is not what this version writes.
    pub fn load(models: Models, problem: &Problem, fold: &Fold) -> Result<Pipeline, Error> {
        let Models { contender, retrievers: saved, scoring, detector, thresholds } = models;
        let steps = contender.retrieve.iter().zip(&saved);
        let retriever = |(step, bytes): (&Step, &Vec<u8>)| {
            let kind = retrievers::find(&step.algorithm).ok_or_else(|| unknown(&step.algorithm))?;
            (kind.load)(&step.settings, bytes).map(Arc::from).map_err(Error::Artifact)
        };
        let loaded = steps.map(retriever).collect::<Result<Vec<Arc<dyn Retriever>>, Error>>()?;
        let scoring = scoring.map(|saved| Scoring::load(saved, &contender, fold)).transpose()?;
        let detector = match (&contender.detect, detector) {
            (Some(step), Some(bytes)) => {
                let kind = detectors::find(&step.algorithm).ok_or_else(|| unknown(&step.algorithm))?;
                Some(Arc::from((kind.load)(&bytes).map_err(Error::Artifact)?))
            }
            (None, None) => None,
            _ => return Err(Error::Artifact("the bundle's detector is not its contender's".to_owned())),
        };
        let made = Pipeline::new(contender, loaded, scoring, problem).map_err(Error::Artifact)?;
        Ok(Pipeline { detector, thresholds, ..made })
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

fn unknown(algorithm: &str) -> Error {
    Error::Artifact(format!("the bundle wants the algorithm `{algorithm}`, which this version does not have"))
}
