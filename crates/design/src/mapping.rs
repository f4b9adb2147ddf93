//! The mapping of a data set: which file holds what, and which column is which field.

use serde::{Deserialize, Serialize};

use crate::source::{Span, Spanned};

/// One file of a data set and what its rows are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableMapping {
    /// Where `[[tables]]` stands.
    pub span: Span,
    /// The file, relative to the mapping; `*` and `?` in its name take several.
    pub file: Option<Spanned<String>>,
    /// The address of the database that holds it, where that of the data is not given.
    pub postgres: Option<Spanned<String>>,
    /// The table or view of the database, in place of a file.
    pub table: Option<Spanned<String>>,
    /// The query whose rows are read, in place of a file.
    pub query: Option<Spanned<String>>,
    /// How the file is written.
    pub format: FileFormat,
    /// What parts the columns of a text, ASCII; a blank stands for any run of them where words are parted.
    pub separator: char,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Of the file's text.
    pub encoding: Encoding,
    /// Names of the columns, in order; empty when the header names them.
    pub columns: Vec<Spanned<String>>,
    /// The names of the classes of boxes, in the order of their numbers.
    pub classes: Vec<Spanned<String>>,
    /// The highest number of a feature in `svmlight`, from 1.
    pub width: Option<Spanned<u64>>,
    /// The file that says how many rows each query has.
    pub queries: Option<Spanned<String>>,
    /// Whether each edge is a row in both directions.
    pub both: bool,
    /// What the rows are.
    pub rows: Option<Spanned<Rows>>,
    /// The column with the entity's or the request's id.
    pub id: Option<Spanned<String>>,
    /// The column with who asked.
    pub user: Option<Spanned<String>>,
    /// The column with what was chosen.
    pub item: Option<Spanned<String>>,
    /// Where the time of a row comes from.
    pub time: Option<Spanned<TimeSource>>,
    /// Where each field comes from.
    pub fields: Vec<FieldMapping>,
    /// Where a request's rows tell what was shown; not by flags.
    pub shown: Option<Spanned<FieldSource>>,
    /// The column with the id of the request that an interaction answers.
    pub answers: Option<Spanned<String>>,
    /// The column by which examples stay together when rows are shuffled.
    pub group: Option<Spanned<String>>,
    /// Whether each example is shuffled by itself.
    pub apart: Option<Spanned<bool>>,
    /// Which period rows belong to.
    pub period: Option<Spanned<PeriodOf>>,
    /// Examples drawn beside each, from 1.
    pub others: Option<Spanned<u64>>,
    /// Put before ids of items and of entities.
    pub prefix: Option<Spanned<String>>,
    /// Which rows count; all by default.
    pub filter: Option<Filter>,
}

/// Which period the rows of a table belong to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum PeriodOf {
    /// All to this one, by its place: history, train, validation, test.
    All(usize),
    /// Those with these values to the test period; shares divide the others.
    Values {
        /// The column that has them.
        column: Spanned<String>,
        /// The values.
        test: Vec<Spanned<String>>,
    },
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFormat {
    /// Columns with a separator.
    #[default]
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Columns in row groups, with types of their own.
    Parquet,
    /// A folder of pictures, and a text of boxes for each in the folder `labels` beside it.
    Yolo,
    /// A folder of XML files, each with the boxes of a picture.
    Voc,
    /// A label, perhaps a query, and numbered features in each line.
    Svmlight,
    /// Items in each line, perhaps after who took them.
    Sessions,
    /// Two nodes in each line, perhaps with more.
    Edges,
    /// Documents or queries, one after another in `<doc>` or `<top>`.
    Trec,
    /// Documents or queries in sections that `.I`, `.T`, `.W` and the like begin.
    Cranfield,
    /// One JSON text: an object or a list.
    Json,
}

impl FileFormat {
    /// What the end of a file's name says, `.gz` and `.zst` apart; CSV where it says nothing.
    pub fn of(file: &str) -> FileFormat {
        let file = file.to_ascii_lowercase();
        match bare(&file).rsplit_once('.') {
            Some((_, "parquet" | "pq")) => FileFormat::Parquet,
            Some((_, "jsonl" | "ndjson")) => FileFormat::Jsonl,
            Some((_, "json")) => FileFormat::Json,
            Some((_, "svm" | "svmlight" | "libsvm" | "libfm")) => FileFormat::Svmlight,
            Some((_, "trec")) => FileFormat::Trec,
            _ => FileFormat::Csv,
        }
    }

    /// What a mapping calls it.
    pub fn word(self) -> &'static str {
        match self {
            FileFormat::Csv => "csv",
            FileFormat::Jsonl => "jsonl",
            FileFormat::Parquet => "parquet",
            FileFormat::Yolo => "yolo",
            FileFormat::Voc => "voc",
            FileFormat::Svmlight => "svmlight",
            FileFormat::Sessions => "sessions",
            FileFormat::Edges => "edges",
            FileFormat::Trec => "trec",
            FileFormat::Cranfield => "cranfield",
            FileFormat::Json => "json",
        }
    }

    /// The format called so in a mapping.
    pub fn named(word: &str) -> Option<FileFormat> {
        use FileFormat::{Cranfield, Csv, Edges, Json, Jsonl, Parquet, Sessions, Svmlight, Trec, Voc, Yolo};
        let all = [Csv, Jsonl, Parquet, Yolo, Voc, Svmlight, Sessions, Edges, Trec, Cranfield, Json];
        all.into_iter().find(|format| format.word() == word)
    }

    /// Whether its columns are those that the mapping or the first line names.
    pub fn names_columns(self) -> bool {
        self == FileFormat::Csv
    }
}

/// The name of a file without what says that it is compressed.
pub fn bare(file: &str) -> &str {
    file.strip_suffix(".gz").or_else(|| file.strip_suffix(".zst")).unwrap_or(file)
}

/// How a file's bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1: every byte is one character.
    #[serde(rename = "latin-1")]
    Latin1,
}

/// What the rows of a file are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rows {
    /// Entities of this name.
    Entity(String),
    /// Events of this name.
    Interaction(String),
    /// Requests.
    Request,
    /// Items with a request for them and an event of this name.
    Example(String),
}

/// Where the time of a row comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeSource {
    /// A column in a form that is recognised.
    Column(String),
    /// A column that counts since 1970.
    Since1970 {
        /// The column.
        column: String,
        /// What it counts.
        unit: TimeUnit,
    },
    /// A column that is written in this form.
    Formatted {
        /// The column.
        column: String,
        /// The form, as of `strftime`.
        format: String,
    },
    /// One moment for all rows, as it was written.
    At(String),
}

/// What a number of time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Microseconds.
    #[serde(rename = "us")]
    Microseconds,
}

/// Where one field comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldMapping {
    /// The field's name in the design.
    pub name: Spanned<String>,
    /// Where it comes from.
    pub source: Spanned<FieldSource>,
}

/// What a field is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldSource {
    /// A column.
    Column(String),
    /// All columns whose name starts with this prefix: a 1 puts what follows it into the categories.
    Flags(String),
    /// 1 where a column holds this text, otherwise 0.
    Is {
        /// The column.
        column: String,
        /// The text.
        text: String,
    },
    /// The same word in every row.
    Always(String),
    /// A column whose text is parted by the separator.
    Split {
        /// The column.
        column: String,
        /// What parts it, ASCII.
        separator: char,
    },
}

/// Which rows count: those whose column holds this text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filter {
    /// The column that is compared.
    pub column: Spanned<String>,
    /// What it must hold.
    pub equals: Spanned<String>,
}
