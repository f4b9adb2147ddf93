//! The problem: a design resolved and checked. No later stage validates it again.

use rankine_design::{Encoding, FieldSource, FileFormat, TimeSource};
use rankine_learn::features::Spec;
use rankine_learn::{Labels, Schema, Settings};
use serde::{Deserialize, Serialize};

/// What the system must do and how it will be judged. Plain data: `1-problem.json` of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Its name, in small letters, digits and dashes.
    pub name: String,
    /// What the business wants, in words.
    pub objective: String,
    /// Items shown per request.
    pub slate: usize,
    /// Whether an item that a user took may be offered again.
    pub repeat: bool,
    /// Kinds of entity and event with their fields.
    pub schema: Schema,
    /// Outcomes; the first is ranked for.
    pub labels: Labels,
    /// Features, in the order of the design.
    pub features: Vec<Spec>,
    /// Pipelines that compete, in the order of the design.
    pub contenders: Vec<Contender>,
    /// How contenders are compared.
    pub evaluate: Evaluate,
    /// The size of the real thing.
    pub scale: Scale,
    /// Files of a data set and how they become a log; empty for a log in the native schema.
    pub tables: Vec<Table>,
}

/// A pipeline that competes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    /// Its name in the design.
    pub name: String,
    /// Retrievers; several are mixed by reciprocal rank.
    pub retrieve: Vec<Step>,
    /// How many candidates go on to the scorer.
    pub depth: usize,
    /// Orders the candidates; without one the retrieved order stands.
    pub score: Option<Step>,
    /// Rearranges the slate, in turn.
    pub rerank: Vec<Step>,
}

/// An algorithm with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The name on its card.
    pub algorithm: String,
    /// All parameters of its card.
    pub settings: Settings,
    /// Parameters that the design set; tuning leaves them alone.
    pub fixed: Vec<String>,
}

impl Step {
    /// How deep this retriever looks; `otherwise` where the design does not say.
    pub fn depth(&self, otherwise: usize) -> usize {
        match self.settings.0.get(DEPTH) {
            Some(rankine_learn::Setting::Count(depth)) => *depth as usize,
            _ => otherwise,
        }
    }

    /// What the model depends on: the settings of its card.
    pub fn of_the_model(&self) -> Settings {
        let mut settings = self.settings.clone();
        settings.0.remove(DEPTH);
        settings
    }
}

/// The setting of a retriever's step that is the pipeline's, not the algorithm's.
const DEPTH: &str = "depth";

/// How contenders are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluate {
    /// What decides.
    pub metric: MetricAt,
    /// The contender to beat.
    pub baseline: String,
    /// Differences below this share of the baseline's value do not matter.
    pub margin: f64,
    /// Confidence of intervals, corrected for the number of contenders; in (0, 1).
    pub confidence: f64,
    /// What a winner must hold.
    pub guards: Vec<Guard>,
    /// Further metrics to report.
    pub report: Vec<MetricAt>,
    /// Parts of the requests to report apart.
    pub slices: Vec<Slice>,
    /// Settings tried per contender, the first being the defaults.
    pub trials: usize,
    /// Shares of the log's time: history, train, validation, test; they sum to 1.
    pub periods: [f64; 4],
}

/// A metric with its cut-off, written `ndcg@10`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricAt {
    /// The name on its card.
    pub name: String,
    /// Places that count.
    pub k: usize,
}

impl std::fmt::Display for MetricAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name, self.k)
    }
}

/// A bound that a winner must hold, written `coverage@10 >= 0.05`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// What is bounded.
    pub metric: MetricAt,
    /// Whether `bound` is the least (`>=`) or the most (`<=`) allowed.
    pub at_least: bool,
    /// The bound.
    pub bound: f64,
}

/// A part of the requests that is reported apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slice {
    /// Users without a positive so far (`user.new`).
    UserNew,
    /// Users with at least one (`user.known`).
    UserKnown,
    /// Relevant items among the four fifths with the fewest positives (`item.tail`).
    ItemTail,
    /// Relevant items among the fifth with the most positives (`item.head`).
    ItemHead,
}

impl Slice {
    /// As a design writes it, such as `video.tail`.
    pub fn name(self, problem: &Problem) -> String {
        let schema = &problem.schema;
        match self {
            Slice::UserNew => format!("{}.new", schema.user().name),
            Slice::UserKnown => format!("{}.known", schema.user().name),
            Slice::ItemTail => format!("{}.tail", schema.item().name),
            Slice::ItemHead => format!("{}.head", schema.item().name),
        }
    }
}

/// A file of a data set and what its rows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The file, relative to the folder of the data; `.gz` may follow.
    pub file: String,
    /// How it is written.
    pub format: FileFormat,
    /// What parts the columns of a CSV file, ASCII.
    pub separator: char,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Of its text.
    pub encoding: Encoding,
    /// Names of the columns; empty where the header names them.
    pub columns: Vec<String>,
    /// What the rows are.
    pub rows: Rows,
    /// The column with the id of the entity, request or interaction.
    pub id: Option<String>,
    /// The column with who asked.
    pub user: Option<String>,
    /// The column with what was chosen.
    pub item: Option<String>,
    /// Where the time of a row comes from; without one an entity is there from the start.
    pub time: Option<TimeSource>,
    /// (index of the field in the schema's list, where it comes from).
    pub fields: Vec<(usize, FieldSource)>,
    /// Where a request's rows tell what was shown, in order.
    pub shown: Option<FieldSource>,
    /// The column with the id of the request that an interaction answers.
    pub answers: Option<String>,
    /// Rows count where this column holds this text.
    pub filter: Option<(String, String)>,
}

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rows {
    /// Entities: the index in the schema's entities.
    Entity(usize),
    /// Interactions: the index in the schema's interactions.
    Interaction(usize),
    /// Requests.
    Request,
}

/// The size of the real thing, as far as the design says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Users.
    pub users: Option<f64>,
    /// Items in the catalogue.
    pub items: Option<f64>,
    /// Requests a second at the daily peak.
    pub requests_peak: Option<f64>,
    /// 99th percentile of the answer time, in milliseconds: what breaks it cannot win.
    pub latency_p99: Option<f64>,
    /// Memory of one server, in bytes: what breaks it cannot win.
    pub memory: Option<f64>,
    /// Servers that share the load.
    pub servers: Option<f64>,
    /// Events a day.
    pub events_day: Option<f64>,
}

impl Scale {
    /// Requests a second that one server must answer at the peak; 20 where the design does not say.
    pub fn requests_per_server(&self) -> f64 {
        self.requests_peak.map_or(20.0, |peak| peak / self.servers.unwrap_or(1.0).max(1.0))
    }
}
