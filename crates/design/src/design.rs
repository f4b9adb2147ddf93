//! The design as written: every value with its place, nothing resolved, absent values absent.

use serde::{Deserialize, Serialize};

use crate::mapping::TableMapping;
use crate::quantity::{Bytes, Count, Fraction, Milliseconds, Rate};
use crate::source::{Span, Spanned};

/// A design file, and the mapping of a data set laid over it, as far as they could be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Design {
    /// `[problem]`.
    pub problem: ProblemSection,
    /// `[scale]`.
    pub scale: Scale,
    /// `[entities.*]` in the order written.
    pub entities: Vec<Entity>,
    /// `[request]`: what is known about the moment.
    pub request: Vec<Field>,
    /// `[events.*]` in the order written.
    pub events: Vec<Event>,
    /// `[label.*]` in the order written.
    pub labels: Vec<Label>,
    /// `[features]` in the order written.
    pub features: Vec<Feature>,
    /// `[[contenders]]` in the order written.
    pub contenders: Vec<Contender>,
    /// `[decide]`.
    pub decide: Decide,
    /// `[prices]`.
    pub prices: Prices,
    /// `[evaluate]`.
    pub evaluate: Evaluate,
    /// `[[tables]]` of the mapping of a data set, in the order written.
    pub tables: Vec<TableMapping>,
}

/// The kind of answer that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// An ordered slate of items.
    Rank,
    /// A class.
    Classify,
    /// A number.
    Regress,
    /// Boxes.
    Detect,
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ProblemSection {
    /// Where `[problem]` stands.
    pub span: Option<Span>,
    /// What the problem is called.
    pub name: Option<Spanned<String>>,
    /// The kind of answer.
    pub task: Option<Spanned<Task>>,
    /// What the business wants, in words.
    pub objective: Option<Spanned<String>>,
    /// The entity that asks.
    pub for_: Option<Spanned<String>>,
    /// The entity that is chosen from.
    pub choose: Option<Spanned<String>>,
    /// How many are shown, from 1.
    pub slate: Option<Spanned<u64>>,
    /// Whether what was consumed may be offered again.
    pub repeat: Option<Spanned<bool>>,
}

/// How much, how fast, on what.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Scale {
    /// Where `[scale]` stands.
    pub span: Option<Span>,
    /// How many ask.
    pub users: Option<Spanned<Count>>,
    /// Requests at the busiest time.
    pub requests_peak: Option<Spanned<Rate>>,
    /// 99 of 100 answers must be at least this fast.
    pub latency_p99: Option<Spanned<Milliseconds>>,
    /// What one server may use.
    pub memory: Option<Spanned<Bytes>>,
    /// How many serve.
    pub servers: Option<Spanned<Count>>,
    /// How many there are to choose from.
    pub items: Option<Spanned<Count>>,
    /// Events in a day.
    pub events_day: Option<Spanned<Count>>,
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    /// A number.
    Number,
    /// One of many names.
    Category,
    /// Any number of names.
    Categories,
    /// A moment.
    Time,
    /// Words.
    Text,
    /// A list of numbers.
    Vector,
    /// The path of a picture.
    Image,
    /// Boxes in a picture.
    Boxes,
}

/// A field of an entity, an event or the request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// What it is called.
    pub name: Spanned<String>,
    /// Its type; `None` when what was written is none.
    pub kind: Option<Spanned<FieldType>>,
}

/// Something with an id and fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entity {
    /// What it is called.
    pub name: Spanned<String>,
    /// Its fields in the order written.
    pub fields: Vec<Field>,
}

/// What users do with what they see.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// What it is called.
    pub name: Spanned<String>,
    /// Its fields in the order written.
    pub fields: Vec<Field>,
}

/// An outcome inside a window after the request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Label {
    /// What it is called.
    pub name: Spanned<String>,
    /// The events it is made from.
    pub from: Vec<Spanned<String>>,
    /// Which of these events count, an expression.
    pub when: Option<Spanned<String>>,
    /// The amount that is predicted, an expression.
    pub value: Option<Spanned<String>>,
    /// Whether it is not known, rather than no, where no such event came.
    pub unknown: Option<Spanned<bool>>,
    /// How long after the request an event still counts.
    pub within: Option<Spanned<Milliseconds>>,
}

/// A value of a feature's or a step's own; what it must be is known elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Setting {
    /// Text; quantities too are text here.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// Several.
    List(Vec<Spanned<Setting>>),
}

/// Settings with their names, in the order written.
pub type Settings = Vec<(Spanned<String>, Spanned<Setting>)>;

/// One input of a scorer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Feature {
    /// What it is called.
    pub name: Spanned<String>,
    /// How it is computed.
    pub kind: Option<Spanned<String>>,
    /// Everything else that was written.
    pub settings: Settings,
}

/// An algorithm and its settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The algorithm's name.
    pub algorithm: Spanned<String>,
    /// Everything else that was written.
    pub settings: Settings,
}

/// A pipeline that competes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contender {
    /// What it is called; the place is that of `[[contenders]]` and the text empty when it is missing.
    pub name: Spanned<String>,
    /// Where its candidates come from.
    pub retrieve: Vec<Step>,
    /// What makes terms or numbers of texts and pictures.
    pub encode: Vec<Step>,
    /// What finds boxes in pictures; at most one.
    pub detect: Vec<Step>,
    /// How many candidates are retrieved, from 1.
    pub depth: Option<Spanned<u64>>,
    /// What scores the candidates.
    pub score: Vec<Step>,
    /// What makes one score of several; at most one.
    pub fuse: Vec<Step>,
    /// The share of examples without the label that scorers learn from.
    pub negatives: Option<Spanned<Fraction>>,
    /// What changes that order.
    pub rerank: Vec<Step>,
    /// The features the scorer sees; `None`: all.
    pub features: Option<Vec<Spanned<String>>>,
}

/// How the winner is found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evaluate {
    /// Where `[evaluate]` stands.
    pub span: Option<Span>,
    /// What decides.
    pub metric: Option<Spanned<String>>,
    /// The contender to beat.
    pub baseline: Option<Spanned<String>>,
    /// Smaller differences do not matter.
    pub margin: Option<Spanned<Fraction>>,
    /// How sure the verdict must be.
    pub confidence: Option<Spanned<Fraction>>,
    /// What a winner must not break.
    pub guard: Vec<Spanned<String>>,
    /// Metrics that are shown and do not decide.
    pub report: Vec<Spanned<String>>,
    /// Parts of the requests reported apart.
    pub slices: Vec<Spanned<String>>,
    /// Settings tried per contender, from 1.
    pub trials: Option<Spanned<u64>>,
    /// How time is divided.
    pub periods: Periods,
    /// What stands for time.
    pub split: Option<Spanned<Split>>,
    /// The text by which rows that nearly agree stay together.
    pub group_similar: Option<Spanned<String>>,
    /// Whether to measure how the leader ages.
    pub freshness: Option<Spanned<bool>>,
    /// The request's field with the odds by which it showed what it showed.
    pub propensity: Option<Spanned<String>>,
    /// The field that tells what a request could have shown instead.
    pub pool: Option<Spanned<String>>,
    /// Names of checks that may fail, each with the reason.
    pub allow: Vec<(Spanned<String>, Spanned<String>)>,
}

/// What stands for time when a log is divided into periods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Time itself.
    #[default]
    Time,
    /// The order of the rows.
    Rows,
    /// Nothing: groups of rows are shuffled.
    Shuffled,
}

/// What is done with a prediction.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Decide {
    /// Where `[decide]` stands.
    pub span: Option<Span>,
    /// The number, times the probability, that orders a slate.
    pub worth: Option<Spanned<String>>,
    /// The share of those acted on without review that must be right.
    pub act: Option<Spanned<Fraction>>,
    /// How many can be reviewed in a day.
    pub reviews_day: Option<Spanned<Count>>,
    /// What it costs to leave one that has the label.
    pub cost_missed: Option<Spanned<String>>,
    /// What it costs to act on one that has not.
    pub cost_wrong: Option<Spanned<String>>,
    /// What a review costs.
    pub cost_review: Option<Spanned<String>>,
}

/// What things cost and are worth.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Prices {
    /// Where `[prices]` stands.
    pub span: Option<Span>,
    /// The currency of all prices.
    pub currency: Option<Spanned<String>>,
    /// What a server costs a month.
    pub server_month: Option<Spanned<String>>,
    /// What a stored GiB costs a month.
    pub storage_gib_month: Option<Spanned<String>>,
    /// What one outcome of the first label is worth.
    pub outcome: Option<Spanned<String>>,
}

/// Parts of the time that the log covers, in this order.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Periods {
    /// Where `periods` stands.
    pub span: Option<Span>,
    /// Only fills the features.
    pub history: Option<Spanned<Fraction>>,
    /// Trains.
    pub train: Option<Spanned<Fraction>>,
    /// Chooses settings.
    pub validation: Option<Spanned<Fraction>>,
    /// Is read once, for the verdict.
    pub test: Option<Spanned<Fraction>>,
}
