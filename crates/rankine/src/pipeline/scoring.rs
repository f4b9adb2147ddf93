//! Scoring: rows of feature, retrieval and encoded values, read by one or several scorers for each label.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rankine_learn::algorithms::encoders::{self, Content, Encoded, Encoder, Shape};
use rankine_learn::algorithms::scorers::{self, Output, Scorer};
use rankine_learn::{BagColumn, Candidates, Column, Examples, Fold, Id, Moment, Rows, Value};
use serde::{Deserialize, Serialize};

use super::unknown;
use crate::error::Error;
use crate::problem::{Contender, Encode, Owner, Step};

/// What rows hold: the columns of the features, score and rank of each retriever, numbers of the encoders;
/// and the bags of the encoders.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Layout {
    pub(crate) columns: Vec<Column>,
    pub(crate) bags: Vec<BagColumn>,
}

/// What scores candidates.
pub struct Scoring {
    layout: Layout,
    encoders: Vec<Arc<dyn Encoder>>,
    /// One a label.
    voices: Vec<Voice>,
    /// What each head reads.
    picks: Vec<Pick>,
    output: Output,
}

/// What scores for one label.
#[derive(Clone)]
pub struct Voice {
    /// The scorers, in the order of the contender.
    pub heads: Vec<Arc<dyn Scorer>>,
    /// Makes one score of several.
    pub fuse: Option<Arc<dyn Scorer>>,
    /// Added to log-odds, for examples that were left out of training.
    pub shift: f32,
}

/// Scoring as bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SavedScoring {
    encoders: Vec<Vec<u8>>,
    voices: Vec<SavedVoice>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedVoice {
    heads: Vec<Vec<u8>>,
    fuse: Option<Vec<u8>>,
    shift: f32,
}

/// What a row says in a column, and what that added to the score.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// Not-a-number where it is missing; none for a bag of terms and for a score that was fused.
    pub(crate) value: Option<f32>,
    /// Whether the value is the number of a word.
    pub(crate) category: bool,
    /// None where the first label's scorers do not read the column by itself.
    pub(crate) contribution: Option<f32>,
}

/// The columns and bags that a head reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pick {
    columns: Vec<usize>,
    bags: Vec<usize>,
    all: bool,
}

impl Scoring {
    /// Scoring of a contender whose encoders and scorers have learned. `fold` gives the feature columns.
    pub fn new(
        contender: &Contender,
        fold: &Fold,
        encoders: Vec<Arc<dyn Encoder>>,
        voices: Vec<Voice>,
    ) -> Scoring {
        let layout = Layout::of(contender, fold, &encoders);
        let picks = contender.score.iter().map(|head| layout.pick(&head.reads)).collect();
        let output = contender.score.first().map_or(Output::Order, |head| output(&head.step));
        Scoring { layout, encoders, voices, picks, output }
    }

    /// The rows of these candidates.
    pub(crate) fn rows(
        &self,
        contender: &Contender,
        fold: &Fold,
        moment: &Moment<'_>,
        candidates: &Candidates,
    ) -> Rows {
        self.layout.rows(contender, &self.encoders, fold, moment, candidates)
    }

    /// `labels x rows`: one score for each label.
    pub(crate) fn scores(&self, rows: &Rows) -> Vec<Vec<f32>> {
        self.voices.iter().map(|voice| voice.scores(rows, &self.picks)).collect()
    }

    /// Scores as probabilities or amounts; none where they only order.
    pub(crate) fn predictions(&self, scores: &[Vec<f32>]) -> Vec<Vec<f32>> {
        meant(self.output, scores)
    }

    /// The same for a contender whose scores are at hand.
    pub(crate) fn told(contender: &Contender, scores: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let output = contender.score.first().map_or(Output::Order, |head| output(&head.step));
        meant(output, scores)
    }

    /// What each column adds to the first label's score of a row; where scorers are fused, what each of
    /// them adds.
    pub(crate) fn contributions(&self, rows: &Rows, at: usize) -> Vec<(String, f32)> {
        let Some(voice) = self.voices.first() else { return Vec::new() };
        match (voice.heads.as_slice(), self.picks.as_slice()) {
            ([head], [pick]) => {
                let parts = head.contributions(&pick.narrowed(rows), at);
                self.layout.names(pick).into_iter().zip(parts).collect()
            }
            _ => {
                let heads = voice.head_rows(rows, &self.picks);
                let parts = match &voice.fuse {
                    Some(fuse) => fuse.contributions(&heads, at),
                    None => heads.row(at).iter().map(|score| score / heads.width.max(1) as f32).collect(),
                };
                self.heads().into_iter().zip(parts).collect()
            }
        }
    }

    /// Every column of a row; then, where several scorers are fused, what each of them said.
    pub(crate) fn parts(&self, rows: &Rows, at: usize) -> Vec<Part> {
        let gained = self.contributions(rows, at);
        let of = |name: &str| gained.iter().find(|(own, _)| own == name).map(|(_, gain)| *gain);
        let numbers = self.layout.columns.iter().zip(rows.row(at)).map(|(column, value)| Part {
            name: column.name.clone(),
            value: Some(*value),
            category: column.category,
            contribution: of(&column.name),
        });
        let other =
            |name: &String| Part { name: name.clone(), value: None, category: false, contribution: of(name) };
        let bags = self.layout.bags.iter().map(|bag| other(&bag.name));
        let mut parts: Vec<Part> = numbers.chain(bags).collect();
        let known: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
        parts.extend(gained.iter().map(|(name, _)| name).filter(|name| !known.contains(name)).map(other));
        parts
    }

    /// How much each column mattered to the first label's scorer; where scorers are fused, how much each of
    /// them did.
    pub(crate) fn importance(&self) -> Vec<(String, f32)> {
        let Some(voice) = self.voices.first() else { return Vec::new() };
        match (voice.heads.as_slice(), self.picks.as_slice()) {
            ([head], [pick]) => self.layout.names(pick).into_iter().zip(head.importance()).collect(),
            _ => {
                let even = vec![1.0 / voice.heads.len().max(1) as f32; voice.heads.len()];
                let shares = voice.fuse.as_ref().map_or(even, |fuse| fuse.importance());
                self.heads().into_iter().zip(shares).collect()
            }
        }
    }

    fn heads(&self) -> Vec<String> {
        (1..=self.picks.len()).map(|number| format!("scorer {number}")).collect()
    }

    pub(super) fn save(&self) -> SavedScoring {
        let voice = |voice: &Voice| SavedVoice {
            heads: voice.heads.iter().map(|head| head.save()).collect(),
            fuse: voice.fuse.as_ref().map(|fuse| fuse.save()),
            shift: voice.shift,
        };
        SavedScoring {
            encoders: self.encoders.iter().map(|encoder| encoder.save()).collect(),
            voices: self.voices.iter().map(voice).collect(),
        }
    }

    pub(super) fn load(saved: SavedScoring, contender: &Contender, fold: &Fold) -> Result<Scoring, Error> {
        let encoder = |(encode, bytes): (&Encode, &Vec<u8>)| {
            let name = &encode.step.algorithm;
            let kind = encoders::find(name).ok_or_else(|| unknown(name))?;
            (kind.load)(&encode.step.settings, bytes).map(Arc::from).map_err(Error::Artifact)
        };
        let pairs = contender.encode.iter().zip(&saved.encoders);
        let encoders = pairs.map(encoder).collect::<Result<Vec<Arc<dyn Encoder>>, Error>>()?;
        let scorer = |step: &Step, bytes: &[u8]| {
            let kind = scorers::find(&step.algorithm).ok_or_else(|| unknown(&step.algorithm))?;
            (kind.load)(bytes).map(Arc::from).map_err(Error::Artifact)
        };
        let voice = |SavedVoice { heads, fuse, shift }: &SavedVoice| {
            let heads = contender.score.iter().zip(heads).map(|(head, bytes)| scorer(&head.step, bytes));
            let fuse = contender.fuse.as_ref().zip(fuse.as_ref());
            let fuse = fuse.map(|(step, bytes)| scorer(step, bytes)).transpose()?;
            Ok(Voice { heads: heads.collect::<Result<_, Error>>()?, fuse, shift: *shift })
        };
        let voices = saved.voices.iter().map(voice).collect::<Result<_, Error>>()?;
        Ok(Scoring::new(contender, fold, encoders, voices))
    }
}

impl Voice {
    /// A single scorer that learned from all examples.
    pub fn single(scorer: Arc<dyn Scorer>) -> Voice {
        Voice { heads: vec![scorer], fuse: None, shift: 0.0 }
    }

    /// One score a row.
    pub(crate) fn scores(&self, rows: &Rows, picks: &[Pick]) -> Vec<f32> {
        let mut scores = match self.heads.as_slice() {
            [head] => match picks {
                [pick] => head.score(&pick.narrowed(rows)),
                _ => head.score(rows),
            },
            _ => {
                let heads = self.head_rows(rows, picks);
                match &self.fuse {
                    Some(fuse) => fuse.score(&heads),
                    None => (0..rows.len()).map(|at| mean(heads.row(at))).collect(),
                }
            }
        };
        if self.shift != 0.0 {
            scores.iter_mut().for_each(|score| *score += self.shift);
        }
        scores
    }

    /// The scores of all heads as rows, one column a head.
    pub(crate) fn head_rows(&self, rows: &Rows, picks: &[Pick]) -> Rows {
        let mut heads = Rows::missing(rows.len(), self.heads.len());
        for (column, (head, pick)) in self.heads.iter().zip(picks).enumerate() {
            for (at, score) in head.score(&pick.narrowed(rows)).into_iter().enumerate() {
                heads.row_mut(at)[column] = score;
            }
        }
        heads
    }
}

impl Layout {
    /// What rows of a contender hold.
    pub(crate) fn of(contender: &Contender, fold: &Fold, encoders: &[Arc<dyn Encoder>]) -> Layout {
        let mut columns = fold.columns().to_vec();
        for name in named(contender) {
            columns.push(Column::number(format!("{name}.score")));
            columns.push(Column::number(format!("{name}.rank")));
        }
        let mut bags = Vec::new();
        for (encode, encoder) in contender.encode.iter().zip(encoders) {
            match encoder.shape() {
                Shape::Bag(terms) => bags.push(BagColumn { name: encode.name.clone(), terms }),
                Shape::Numbers(1) => columns.push(Column::number(&encode.name)),
                Shape::Numbers(many) => {
                    columns.extend((0..many).map(|at| Column::number(format!("{}[{at}]", encode.name))));
                }
            }
        }
        Layout { columns, bags }
    }

    /// The columns whose stem is among `reads`; all where that is empty.
    pub(crate) fn pick(&self, reads: &[String]) -> Pick {
        let wanted = |name: &str| {
            let stem = name.split(['[', '.']).next().unwrap_or(name);
            reads.is_empty() || reads.iter().any(|read| read == stem)
        };
        let columns: Vec<usize> =
            (0..self.columns.len()).filter(|&at| wanted(&self.columns[at].name)).collect();
        let bags: Vec<usize> = (0..self.bags.len()).filter(|&at| wanted(&self.bags[at].name)).collect();
        let all = columns.len() == self.columns.len() && bags.len() == self.bags.len();
        Pick { columns, bags, all }
    }

    fn names(&self, pick: &Pick) -> Vec<String> {
        let columns = pick.columns.iter().map(|&at| self.columns[at].name.clone());
        columns.chain(pick.bags.iter().map(|&at| self.bags[at].name.clone())).collect()
    }

    /// Feature, retrieval and encoded values of the candidates.
    pub(crate) fn rows(
        &self,
        contender: &Contender,
        encoders: &[Arc<dyn Encoder>],
        fold: &Fold,
        moment: &Moment<'_>,
        candidates: &Candidates,
    ) -> Rows {
        let items = &candidates.items;
        let own = fold.columns().len();
        let mut rows = Rows::missing(items.len(), self.columns.len()).with_bags(self.bags.len());
        // Without any column a row still counts.
        if self.columns.is_empty() {
            rows.bags = vec![Vec::new(); items.len() * self.bags.len()];
        }
        fold.write(moment, items, &mut rows);
        for at in 0..items.len() {
            let row = rows.row_mut(at);
            for (source, (scores, ranks)) in candidates.scores.iter().zip(&candidates.ranks).enumerate() {
                row[own + 2 * source] = scores[at];
                row[own + 2 * source + 1] = ranks[at];
            }
        }
        let (mut column, mut bag) = (own + 2 * candidates.scores.len(), 0);
        for (encode, encoder) in contender.encode.iter().zip(encoders) {
            let shape = encoder.shape();
            let shared =
                (encode.owner != Owner::Item).then(|| encoder.encode(content(encode, fold, moment, Id::MAX)));
            for (at, &item) in items.iter().enumerate() {
                let made = match &shared {
                    Some(made) => made.clone(),
                    None => encoder.encode(content(encode, fold, moment, item)),
                };
                match made {
                    Encoded::Bag(terms) => rows.bags[at * self.bags.len() + bag] = terms,
                    Encoded::Numbers(numbers) => {
                        let width = rows.width;
                        let place =
                            &mut rows.values[at * width + column..at * width + column + numbers.len()];
                        place.copy_from_slice(&numbers);
                    }
                }
            }
            match shape {
                Shape::Bag(_) => bag += 1,
                Shape::Numbers(many) => column += many,
            }
        }
        rows
    }
}

impl Pick {
    /// The rows with what is picked.
    pub(crate) fn narrowed<'r>(&self, rows: &'r Rows) -> Cow<'r, Rows> {
        if self.all {
            return Cow::Borrowed(rows);
        }
        let mut made = Rows { width: self.columns.len(), bag_width: self.bags.len(), ..Rows::default() };
        for at in 0..rows.len() {
            let row = rows.row(at);
            made.values.extend(self.columns.iter().map(|&column| row[column]));
            let bags = rows.bags_of(at);
            made.bags.extend(self.bags.iter().map(|&bag| bags[bag].clone()));
        }
        Cow::Owned(made)
    }

    /// Examples with what is picked.
    pub(crate) fn examples<'e>(&self, examples: &'e Examples) -> Cow<'e, Examples> {
        if self.all {
            return Cow::Borrowed(examples);
        }
        Cow::Owned(Examples {
            columns: self.columns.iter().map(|&at| examples.columns[at].clone()).collect(),
            bags: self.bags.iter().map(|&at| examples.bags[at].clone()).collect(),
            rows: self.narrowed(&examples.rows).into_owned(),
            labels: examples.labels.clone(),
            weights: examples.weights.clone(),
            groups: examples.groups.clone(),
        })
    }
}

/// The names of a contender's retrievers, in order; a second one of its kind is called `als-2`.
pub(crate) fn named(contender: &Contender) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let steps = contender.retrieve.iter();
    steps
        .map(|step| {
            let number = count.entry(&step.algorithm).or_default();
            *number += 1;
            if *number == 1 { step.algorithm.clone() } else { format!("{}-{number}", step.algorithm) }
        })
        .collect()
}

/// What the scores of a scorer's step mean.
pub(crate) fn output(step: &Step) -> Output {
    scorers::find(&step.algorithm).map_or(Output::Order, |kind| (kind.output)(&step.settings))
}

fn content<'a>(encode: &Encode, fold: &'a Fold, moment: &Moment<'a>, item: Id) -> Content<'a> {
    let fields = match encode.owner {
        Owner::Item => fold.memory.item(item),
        Owner::User => fold.memory.user(moment.user),
        Owner::Request => Some(moment.context),
    };
    match fields.and_then(|fields| fields.get(encode.field)) {
        Some(Value::Text(text)) => Content::Text(text),
        _ => Content::Missing,
    }
}

fn meant(output: Output, scores: &[Vec<f32>]) -> Vec<Vec<f32>> {
    match output {
        Output::Order => Vec::new(),
        Output::Value => scores.to_vec(),
        Output::LogOdds => {
            scores.iter().map(|scores| scores.iter().map(|&odds| sigmoid(odds)).collect()).collect()
        }
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn sigmoid(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}
