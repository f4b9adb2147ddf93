//! The problem: a design resolved and checked. No later stage validates it again.

use std::collections::BTreeMap;

use rankine_design::{Encoding, FieldSource, FileFormat, Split, TimeSource};
use rankine_learn::features::Spec;
use rankine_learn::{Content, Field, FieldKind, Labels, Schema, Setting, Settings, Task};
use serde::{Deserialize, Serialize};

/// What the system must do and how it will be judged. Plain data: `1-problem.json` of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Its name, in small letters, digits and dashes.
    pub name: String,
    /// What is asked at a request.
    pub task: Task,
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
    /// What is done with a prediction.
    pub decide: Decide,
    /// What things cost and are worth, where the design says so.
    pub prices: Option<Prices>,
    /// How contenders are compared.
    pub evaluate: Evaluate,
    /// The size of the real thing.
    pub scale: Scale,
    /// Files of a data set and how they become a log; empty for a log in the native schema.
    pub tables: Vec<Table>,
}

impl Problem {
    /// Whether rows of tables, and not time, say what is learned from and what is judged.
    pub fn is_divided_by_rows(&self) -> bool {
        let example = |table: &Table| matches!(table.rows, Rows::Example(_));
        self.evaluate.split != Split::Time && self.tables.iter().any(example)
    }

    /// Whether items are predicted that somebody names, instead of found in a catalogue.
    pub fn predicts(&self) -> bool {
        matches!(self.task, Task::Classify | Task::Regress)
    }

    /// The field that is called so, such as `video.seconds` or `request.device`.
    pub fn field(&self, name: &str) -> Option<FieldAt> {
        fields(&self.schema).find(|(own, ..)| own == name).map(|(_, at, _)| at)
    }

    /// The files that its contenders name.
    pub fn files(&self) -> impl Iterator<Item = &Content> {
        let steps = self.contenders.iter().filter_map(|contender| contender.detect.as_ref());
        steps.flat_map(|step| step.settings.0.values()).filter_map(|setting| match setting {
            Setting::File(content) => Some(content),
            _ => None,
        })
    }

    /// Whether boxes are sought in pictures.
    pub fn detects(&self) -> bool {
        self.task == Task::Detect
    }

    /// The field of an item that names its picture.
    pub fn picture(&self) -> Option<usize> {
        self.schema.item().fields.iter().position(|field| field.kind == FieldKind::Image)
    }

    /// The field of a kind of interaction that tells boxes.
    pub fn boxes_of(&self, kind: usize) -> Option<usize> {
        self.schema.interactions.get(kind)?.fields.iter().position(|field| field.kind == FieldKind::Boxes)
    }
}

/// A pipeline that competes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    /// Its name in the design.
    pub name: String,
    /// What makes terms or numbers of texts and pictures.
    pub encode: Vec<Encode>,
    /// Finds boxes in pictures.
    #[serde(default)]
    pub detect: Option<Step>,
    /// Retrievers; several are mixed by reciprocal rank.
    pub retrieve: Vec<Step>,
    /// How many candidates go on to the scorer.
    pub depth: usize,
    /// Score the candidates; without any the retrieved order stands.
    pub score: Vec<Head>,
    /// Makes one score of several; without it they are averaged.
    pub fuse: Option<Step>,
    /// The share of examples without the label that scorers learn from, in (0, 1); all by default.
    pub negatives: Option<f64>,
    /// Rearranges the slate, in turn.
    pub rerank: Vec<Step>,
}

/// A scorer and what it reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The scorer.
    pub step: Step,
    /// Names of the features, encodings and retrievers that it reads; all where it is empty.
    pub reads: Vec<String>,
}

/// An encoder and the field that it encodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encode {
    /// What its columns are called; the field's name where the design does not say.
    pub name: String,
    /// Whose field it is.
    pub owner: Owner,
    /// The field's index in its owner's list.
    pub field: usize,
    /// The encoder.
    pub step: Step,
}

/// Whose field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The item's.
    Item,
    /// The user's.
    User,
    /// The request's.
    Request,
}

/// What is done with a prediction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Decide {
    /// The item's field (an index) that, times the probability, orders a slate.
    pub worth: Option<usize>,
    /// The share of those acted on without review that must be right.
    pub act: Option<f64>,
    /// How many can be reviewed in a day.
    pub reviews_day: Option<f64>,
    /// What it costs to leave one that has the label.
    pub cost_missed: f64,
    /// What it costs to act on one that has not.
    pub cost_wrong: f64,
    /// What a review costs.
    pub cost_review: f64,
}

impl Decide {
    /// Whether predictions lead to acting, reviewing or leaving.
    pub fn acts(&self) -> bool {
        self.act.is_some() || self.reviews_day.is_some()
    }
}

/// What things cost and are worth, in one currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// The currency.
    pub currency: String,
    /// What a server of one core costs a month.
    pub server_month: Option<f64>,
    /// What a stored GiB costs a month.
    pub storage_gib_month: Option<f64>,
    /// What one outcome of the first label is worth.
    pub outcome: Option<f64>,
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
    /// What stands for time.
    pub split: Split,
    /// The text by which rows that nearly agree stay together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similar: Option<FieldAt>,
    /// Whether to measure how the leader ages.
    pub freshness: bool,
    /// What the log tells of the odds of its own policy.
    pub odds: Option<Odds>,
    /// Checks that may fail without stopping the run, each with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub allow: BTreeMap<String, String>,
}

/// All fields of the item, the user and the request, with how a design names them.
pub(crate) fn fields<'s>(schema: &'s Schema) -> impl Iterator<Item = (String, FieldAt, &'s Field)> + Clone {
    let owners = [
        (Owner::Item, schema.item().name.as_str(), &schema.item().fields),
        (Owner::User, schema.user().name.as_str(), &schema.user().fields),
        (Owner::Request, "request", &schema.context),
    ];
    owners.into_iter().flat_map(|(owner, name, fields)| {
        let named = move |(field, declared): (usize, &'s Field)| {
            (format!("{name}.{}", declared.name), FieldAt { owner, field }, declared)
        };
        fields.iter().enumerate().map(named)
    })
}

/// A field of somebody or something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldAt {
    /// Whose it is.
    pub owner: Owner,
    /// Its index.
    pub field: usize,
}

/// Where the requests of a log tell by which odds they showed what they showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Odds {
    /// The request's field (an index) with the odds, one for each item shown.
    pub propensity: usize,
    /// What could have been shown instead: the items whose ids a field of the request holds, or those with
    /// the same word in a field of theirs; without it all items.
    pub pool: Option<FieldAt>,
}

/// A metric with its cut-off, written `ndcg@10`; a metric of predictions, written `log-loss`, has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricAt {
    /// The name on its card.
    pub name: String,
    /// Places that count; 0 for a metric without a cut-off.
    pub k: usize,
}

impl std::fmt::Display for MetricAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.k == 0 { f.write_str(&self.name) } else { write!(f, "{}@{}", self.name, self.k) }
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
    /// Items without a positive so far (`item.new`).
    ItemNew,
    /// Items with at least one (`item.known`).
    ItemKnown,
    /// Boxes among the third of those trained on with the smallest area (`box.small`).
    BoxSmall,
    /// Boxes among the third of them with the largest area (`box.large`).
    BoxLarge,
    /// Each word that boxes bear as a note (`box.note`).
    BoxNote,
    /// Each word of a category (`post.language`).
    Each {
        /// Whose field it is.
        owner: Owner,
        /// Its index.
        field: usize,
    },
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
            Slice::ItemNew => format!("{}.new", schema.item().name),
            Slice::ItemKnown => format!("{}.known", schema.item().name),
            Slice::BoxSmall => "box.small".to_owned(),
            Slice::BoxLarge => "box.large".to_owned(),
            Slice::BoxNote => "box.note".to_owned(),
            Slice::Each { owner, field } => {
                let (name, fields) = match owner {
                    Owner::Item => (schema.item().name.as_str(), &schema.item().fields),
                    Owner::User => (schema.user().name.as_str(), &schema.user().fields),
                    Owner::Request => ("request", &schema.context),
                };
                format!("{name}.{}", fields[field].name)
            }
        }
    }
}

/// A file of a data set and what its rows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The file, relative to the folder of the data, or a pattern of several; `.gz` or `.zst` may follow.
    pub file: String,
    /// Where a database holds it; its rows are then taken over into the file.
    pub query: Option<Query>,
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
    /// Names of the classes of boxes, in the order of their numbers.
    #[serde(default)]
    pub classes: Vec<String>,
    /// The highest number of a feature in `svmlight`; 0 where they are no columns.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub width: usize,
    /// The file that says how many rows each query has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries: Option<String>,
    /// Whether each edge is a row in both directions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub both: bool,
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
    /// The column by which examples stay together when rows are shuffled.
    pub group: Option<String>,
    /// Whether each example is shuffled by itself.
    pub apart: bool,
    /// Which period rows belong to.
    pub period: Option<PeriodOf>,
    /// Examples drawn beside each.
    pub others: usize,
    /// Put before ids of items and of entities.
    pub prefix: String,
    /// Rows count where this column holds this text.
    pub filter: Option<(String, String)>,
}

/// Which period the rows of a table belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeriodOf {
    /// All to this one, by its place.
    All(usize),
    /// Those that hold one of these texts to the test period; shares divide the others.
    Values {
        /// The column that holds them.
        column: String,
        /// The texts.
        test: Vec<String>,
    },
}

impl PeriodOf {
    /// The place of the test period.
    pub const TEST: usize = 3;

    /// The column that tells, where one does.
    pub fn column(&self) -> Option<&str> {
        match self {
            PeriodOf::All(_) => None,
            PeriodOf::Values { column, .. } => Some(column),
        }
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A query to a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The address of the database, without a password, where that of the data is not given.
    pub postgres: Option<String>,
    /// What is asked.
    pub sql: String,
}

impl Table {
    /// The columns that the mapping names, flags apart.
    pub fn used_columns(&self) -> Vec<&str> {
        let direct = [&self.id, &self.user, &self.item, &self.answers, &self.group].into_iter().flatten();
        let fields = self.fields.iter().map(|(_, source)| source).chain(&self.shown);
        let fields = fields.filter_map(|source| match source {
            FieldSource::Column(column)
            | FieldSource::Split { column, .. }
            | FieldSource::Is { column, .. } => Some(column),
            FieldSource::Flags(_) | FieldSource::Always(_) => None,
        });
        let filter = self.filter.iter().map(|(column, _)| column);
        let period = self.period.iter().filter_map(PeriodOf::column);
        let direct = direct.chain(self.time_column());
        direct.chain(fields).chain(filter).map(String::as_str).chain(period).collect()
    }

    /// Those of them without which no row can be taken.
    pub(crate) fn needed_columns(&self) -> Vec<&str> {
        let direct = [&self.id, &self.user, &self.item].into_iter().flatten();
        direct.chain(self.time_column()).map(String::as_str).collect()
    }

    fn time_column(&self) -> Option<&String> {
        match self.time.as_ref()? {
            TimeSource::Column(column)
            | TimeSource::Since1970 { column, .. }
            | TimeSource::Formatted { column, .. } => Some(column),
            TimeSource::At(_) => None,
        }
    }

    /// Whether its time is the column `order` of a format that has one of its own.
    pub(crate) fn is_ordered(&self) -> bool {
        use FileFormat::{Cranfield, Edges, Json, Sessions, Trec};
        matches!(self.format, Sessions | Edges | Json | Trec | Cranfield)
            && matches!(&self.time, Some(TimeSource::Column(column)) if column == "order")
    }

    /// Whether this column is read.
    pub fn reads(&self, column: &str) -> bool {
        let flag = |source: &FieldSource| match source {
            FieldSource::Flags(prefix) => column.starts_with(prefix.as_str()),
            _ => false,
        };
        self.used_columns().contains(&column) || self.fields.iter().any(|(_, source)| flag(source))
    }
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
    /// Items with a request for them and an interaction: the index in the schema's interactions.
    Example(usize),
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
    /// The busiest second has so many times the requests of the mean one, which is usual for a service that one part
    /// of the world uses.
    pub const PEAK_TO_MEAN: f64 = 3.0;

    /// Requests of a mean second, where the design says how many the busiest has.
    pub fn requests_mean(&self) -> Option<f64> {
        self.requests_peak.map(|peak| peak / Self::PEAK_TO_MEAN)
    }

    /// Requests a second that one server must answer at the peak; 20 where the design does not say.
    pub fn requests_per_server(&self) -> f64 {
        self.requests_peak.map_or(20.0, |peak| peak / self.servers.unwrap_or(1.0).max(1.0))
    }
}
