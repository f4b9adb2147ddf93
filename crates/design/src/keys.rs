//! Every table and key of the design file: the one list that reading, messages and the schema use.

/// What a key's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Text of `a-z`, `0-9`, `_` and `-`.
    Name,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A single ASCII character.
    Character,
    /// `true` or `false`.
    Boolean,
    /// A whole number from 1.
    Integer,
    /// See [`crate::Count`].
    Count,
    /// See [`crate::Rate`].
    Rate,
    /// See [`crate::Milliseconds`].
    Duration,
    /// See [`crate::Bytes`].
    Bytes,
    /// See [`crate::Fraction`].
    Fraction,
    /// Text or a number, kept as text.
    Scalar,
    /// A date as text or as TOML's own.
    Date,
    /// A text or a list of texts.
    Texts,
    /// One step or a list of steps; a step is the name of an algorithm or a table of that path.
    Steps(&'static str),
    /// What a setting may be: text, number, boolean, or a list of these.
    Setting,
    /// A table of that path.
    Table(&'static str),
    /// A table of tables of that path, each under its own name.
    Named(&'static str),
    /// A list of tables of that path.
    List(&'static str),
    /// A text, or a table of that path.
    TextOr(&'static str),
    /// One of these words, or a table of that path.
    OneOfOr(&'static [&'static str], &'static str),
}

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key as it is written.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// Whether its table is incomplete without it.
    pub required: bool,
    /// What it says, one sentence.
    pub doc: &'static str,
    /// A value as it could be written in TOML.
    pub example: &'static str,
}

/// One table of the format.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Where it stands: empty for the file itself, `label.*` for each entry of `[label]`.
    pub path: &'static str,
    /// What it says, one sentence.
    pub doc: &'static str,
    /// Its fixed keys.
    pub keys: &'static [Key],
    /// What the values of keys with names of the user's own may be; `None`: such keys are errors.
    pub own: Option<Kind>,
}

/// The table with this path.
pub fn table(path: &str) -> Option<&'static Table> {
    KEYS.iter().find(|table| table.path == path)
}

/// The words for [`Kind::OneOf`] of `problem.task`.
pub const TASKS: &[&str] = &["rank", "classify", "regress", "detect"];

/// The words for `evaluate.split`.
pub const SPLITS: &[&str] = &["time", "rows", "shuffled"];

/// The words for `tables.period`.
pub const PERIODS: &[&str] = &["history", "train", "validation", "test"];

/// The words for `tables.format`.
pub const FORMATS: &[&str] =
    &["csv", "jsonl", "parquet", "yolo", "voc", "svmlight", "sessions", "edges", "trec", "cranfield", "json"];

/// The types a field may have.
pub const FIELD_TYPES: &[&str] =
    &["number", "category", "categories", "time", "text", "vector", "image", "boxes"];

const fn may(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key { name, kind, required: false, doc, example }
}

const fn must(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key { name, kind, required: true, doc, example }
}

const FIELD: Option<Kind> = Some(Kind::OneOf(FIELD_TYPES));

/// All tables and keys of the format.
pub const KEYS: &[Table] = &[
    Table {
        path: "",
        doc: "The design file.",
        keys: &[
            must("problem", Kind::Table("problem"), "{ name = \"videos\" }", "What is asked."),
            may("scale", Kind::Table("scale"), "{ users = \"2M daily\" }", "How much, how fast, on what."),
            may(
                "entities",
                Kind::Named("entities.*"),
                "{ user = { age = \"number\" } }",
                "What has an id and fields.",
            ),
            may(
                "request",
                Kind::Table("request"),
                "{ device = \"category\" }",
                "What is known about the moment.",
            ),
            may("events", Kind::Named("events.*"), "{ click = {} }", "What users do with what they see."),
            may(
                "label",
                Kind::Named("label.*"),
                "{ liked = { from = \"like\" } }",
                "Outcomes that count as good.",
            ),
            may(
                "features",
                Kind::Named("features.*"),
                "{ hour = { kind = \"hour\" } }",
                "What a scorer sees.",
            ),
            must(
                "contenders",
                Kind::List("contenders"),
                "[{ name = \"popular\" }]",
                "The pipelines that compete.",
            ),
            may("decide", Kind::Table("decide"), "{ worth = \"ad.bid\" }", "What is done with a prediction."),
            may("prices", Kind::Table("prices"), "{ server_month = 120 }", "What things cost and are worth."),
            must("evaluate", Kind::Table("evaluate"), "{ metric = \"ndcg@10\" }", "How the winner is found."),
            may("tables", Kind::List("tables"), "[]", "The files of a data set; only in its mapping."),
        ],
        own: None,
    },
    Table {
        path: "problem",
        doc: "What is asked.",
        keys: &[
            must("name", Kind::Text, "\"video-recommendation\"", "What the problem is called."),
            must("task", Kind::OneOf(TASKS), "\"rank\"", "The kind of answer."),
            may("objective", Kind::Text, "\"relevant watches\"", "What the business wants, in words."),
            may("for", Kind::Name, "\"user\"", "The entity that asks; needed to rank."),
            must("choose", Kind::Name, "\"video\"", "The entity that is chosen from."),
            may("slate", Kind::Integer, "10", "How many are shown."),
            may("repeat", Kind::Boolean, "false", "Whether what was consumed may be offered again."),
        ],
        own: None,
    },
    Table {
        path: "scale",
        doc: "How much, how fast, on what.",
        keys: &[
            may("users", Kind::Count, "\"2M daily\"", "How many ask."),
            may("requests_peak", Kind::Rate, "\"1200/s\"", "Requests at the busiest time."),
            may("latency_p99", Kind::Duration, "\"50ms\"", "99 of 100 answers must be at least this fast."),
            may("memory", Kind::Bytes, "\"2GiB\"", "What one server may use."),
            may("servers", Kind::Count, "12", "How many serve."),
            may("items", Kind::Count, "\"5M\"", "How many there are to choose from."),
            may("events_day", Kind::Count, "\"100M\"", "Events in a day."),
        ],
        own: None,
    },
    Table { path: "entities.*", doc: "An entity's fields.", keys: &[], own: FIELD },
    Table { path: "request", doc: "What is known about the moment of a request.", keys: &[], own: FIELD },
    Table { path: "events.*", doc: "What an event says beyond who, what and when.", keys: &[], own: FIELD },
    Table {
        path: "label.*",
        doc: "An outcome inside a window after the request.",
        keys: &[
            must("from", Kind::Texts, "\"watch\"", "The events it is made from."),
            may("when", Kind::Text, "\"seconds >= 0.5 * video.seconds\"", "Which of these events count."),
            may(
                "value",
                Kind::Text,
                "\"minutes\"",
                "The amount that is predicted, where the task is to regress.",
            ),
            may(
                "otherwise",
                Kind::OneOf(&["no", "unknown"]),
                "\"unknown\"",
                "What it means that no such event came: no by default, unknown for amounts.",
            ),
            may("within", Kind::Duration, "\"1h\"", "How long after the request an event still counts."),
        ],
        own: None,
    },
    Table {
        path: "features.*",
        doc: "One input of a scorer.",
        keys: &[must("kind", Kind::Text, "\"rate\"", "How it is computed.")],
        own: Some(Kind::Setting),
    },
    Table {
        path: "contenders",
        doc: "A pipeline that competes.",
        keys: &[
            must("name", Kind::Name, "\"mix-trees\"", "What it is called."),
            may(
                "retrieve",
                Kind::Steps("step"),
                "[\"popular\", \"item-knn\"]",
                "Where its candidates come from.",
            ),
            may(
                "encode",
                Kind::Steps("step"),
                "{ algorithm = \"ngrams\", of = \"post.text\" }",
                "What makes terms or numbers of a text or a picture.",
            ),
            may(
                "detect",
                Kind::Steps("step"),
                "{ algorithm = \"window-cascade\", rounds = 2 }",
                "What finds boxes in pictures.",
            ),
            may("depth", Kind::Integer, "200", "How many candidates are retrieved."),
            may(
                "score",
                Kind::Steps("step"),
                "\"logistic\"",
                "What scores the candidates; several with `reads` of their own are fused.",
            ),
            may(
                "fuse",
                Kind::Steps("step"),
                "\"logistic\"",
                "What makes one score of several; their mean by default.",
            ),
            may(
                "negatives",
                Kind::Fraction,
                "\"10%\"",
                "The share of examples without the label that scorers learn from; probabilities are corrected.",
            ),
            may("rerank", Kind::Steps("step"), "[\"mmr\"]", "What changes that order."),
            may("features", Kind::Texts, "[\"ctr\"]", "The features the scorer sees; all by default."),
        ],
        own: None,
    },
    Table {
        path: "step",
        doc: "An algorithm and its settings.",
        keys: &[must("algorithm", Kind::Text, "\"als\"", "Which algorithm.")],
        own: Some(Kind::Setting),
    },
    Table {
        path: "decide",
        doc: "What is done with a prediction.",
        keys: &[
            may(
                "worth",
                Kind::Text,
                "\"ad.bid\"",
                "The slate is ordered by this number times the probability.",
            ),
            may(
                "act",
                Kind::Fraction,
                "\"95%\"",
                "Acts without review where so many of those acted on are right.",
            ),
            may("reviews_day", Kind::Count, "200", "How many can be reviewed in a day."),
            may("cost_missed", Kind::Scalar, "10", "What it costs to leave one that has the label."),
            may("cost_wrong", Kind::Scalar, "5", "What it costs to act on one that has not."),
            may("cost_review", Kind::Scalar, "1", "What a review costs."),
        ],
        own: None,
    },
    Table {
        path: "prices",
        doc: "What things cost and are worth, in one currency.",
        keys: &[
            may("currency", Kind::Text, "\"EUR\"", "The currency of all prices and costs; USD by default."),
            may("server_month", Kind::Scalar, "120", "What a server of one core costs a month."),
            may("storage_gib_month", Kind::Scalar, "0.02", "What a stored GiB costs a month."),
            may(
                "outcome",
                Kind::Scalar,
                "0.05",
                "What one outcome of the first label is worth; 1 where `worth` has a price of its own.",
            ),
        ],
        own: None,
    },
    Table {
        path: "evaluate",
        doc: "How the winner is found.",
        keys: &[
            must("metric", Kind::Text, "\"ndcg@10\"", "What decides."),
            may("baseline", Kind::Name, "\"popular\"", "The contender to beat."),
            may("margin", Kind::Fraction, "\"1%\"", "Smaller differences do not matter."),
            may("confidence", Kind::Fraction, "\"95%\"", "How sure the verdict must be."),
            may("guard", Kind::Texts, "[\"coverage >= 0.05\"]", "What a winner must not break."),
            may("report", Kind::Texts, "[\"recall@20\"]", "Metrics that are shown and do not decide."),
            may("slices", Kind::Texts, "[\"user.new\"]", "Parts of the requests reported apart."),
            may("trials", Kind::Integer, "3", "Settings tried per contender."),
            may("periods", Kind::Table("evaluate.periods"), "{ test = \"15%\" }", "How time is divided."),
            may(
                "split",
                Kind::OneOf(SPLITS),
                "\"time\"",
                "What stands for time: time itself, the order of rows, or a shuffle of them.",
            ),
            may(
                "group_similar",
                Kind::Text,
                "\"post.text\"",
                "Rows whose texts nearly agree stay together when rows are shuffled; elsewhere such pairs are \
                 counted.",
            ),
            may(
                "freshness",
                Kind::Boolean,
                "true",
                "Whether to measure how the leader ages: trained once, beside trained anew for each age.",
            ),
            may(
                "propensity",
                Kind::Text,
                "\"request.propensity\"",
                "The request's field with the odds by which it showed what it showed, one for each item.",
            ),
            may(
                "pool",
                Kind::Text,
                "\"request.eligible\"",
                "What a request could have shown instead: the ids in a field of it, or the items with the \
                 same word in a field of theirs; all items by default.",
            ),
            may(
                "allow",
                Kind::Table("evaluate.allow"),
                "{ malformed-lines = \"the first month is known to be torn\" }",
                "Checks of the data that may fail without stopping the run, each with the reason.",
            ),
        ],
        own: None,
    },
    Table { path: "evaluate.allow", doc: "Checks that may fail, and why.", keys: &[], own: Some(Kind::Text) },
    Table {
        path: "evaluate.periods",
        doc: "Parts of the time that the log covers, in this order.",
        keys: &[
            may("history", Kind::Fraction, "\"50%\"", "Only fills the features."),
            may("train", Kind::Fraction, "\"20%\"", "Trains."),
            may("validation", Kind::Fraction, "\"15%\"", "Chooses settings."),
            may("test", Kind::Fraction, "\"15%\"", "Is read once, for the verdict."),
        ],
        own: None,
    },
    Table {
        path: "tables",
        doc: "One table of a data set and what its rows are.",
        keys: &[
            may(
                "file",
                Kind::Text,
                "\"ratings.csv\"",
                "The file, relative to the mapping; `*` and `?` in its name take several, in the order of their \
                 names. Plain, `.gz` or `.zst`.",
            ),
            may(
                "table",
                Kind::Text,
                "\"clicks\"",
                "A table or view of a Postgres database, in place of a file.",
            ),
            may(
                "query",
                Kind::Text,
                "\"select * from clicks order by at\"",
                "A query to a Postgres database, in place of a file.",
            ),
            may(
                "postgres",
                Kind::Text,
                "\"postgres://reader@localhost/shop\"",
                "The database, where --data names none. A password is taken from PGPASSWORD.",
            ),
            may(
                "format",
                Kind::OneOf(FORMATS),
                "\"csv\"",
                "How it is written; by default what the end of the file's name says. `yolo`: a folder of pictures \
                 with a text of boxes for each, in `labels` beside it, `labels/train` of `images/train`, or beside \
                 each; `voc`: a folder of XML files with \
                 boxes; `svmlight`: `label qid:1 3:0.5` (SVMrank, libsvm, libFM); `sessions`: items in a line; \
                 `edges`: two nodes in a line, perhaps more; `trec`: documents or queries in tags; `cranfield`: \
                 the same under `.I` and `.W`; `json`: one object or list of rows.",
            ),
            may(
                "width",
                Kind::Integer,
                "300",
                "The highest number of a feature in `svmlight`: features are then columns called by their \
                 numbers, 0 where a row lacks one, and `vector` holds all of them.",
            ),
            may(
                "queries",
                Kind::Text,
                "\"rank.train.query\"",
                "The file that says how many rows each query has, where `svmlight` bears no `qid`.",
            ),
            may("both", Kind::Boolean, "true", "Whether each of `edges` is a row in both directions."),
            may(
                "classes",
                Kind::Texts,
                "[\"plate\", \"vehicle\"]",
                "The names of the classes of `yolo`, in the order of their numbers.",
            ),
            may(
                "separator",
                Kind::Character,
                "\"|\"",
                "What parts the columns: a comma by default, any blanks in `sessions` and `edges`.",
            ),
            may(
                "header",
                Kind::Boolean,
                "true",
                "Whether the first line names the columns; false by default.",
            ),
            may(
                "encoding",
                Kind::OneOf(&["utf-8", "latin-1"]),
                "\"latin-1\"",
                "Of its text; utf-8 by default.",
            ),
            may("columns", Kind::Texts, "[\"id\", \"title\"]", "Names of the columns, in order."),
            may("entity", Kind::Name, "\"video\"", "Rows are entities of this name."),
            may("interaction", Kind::Name, "\"watch\"", "Rows are events of this name."),
            may("request", Kind::Boolean, "true", "Rows are requests."),
            may(
                "example",
                Kind::Name,
                "\"outcome\"",
                "Every row is an item, a request for it and this event at once.",
            ),
            may(
                "group",
                Kind::Text,
                "\"household\"",
                "Examples with the same text in this column stay together when rows are shuffled.",
            ),
            may(
                "apart",
                Kind::Boolean,
                "true",
                "Whether each example is shuffled by itself, even beside others of its user.",
            ),
            may(
                "period",
                Kind::OneOfOr(PERIODS, "tables.period"),
                "\"test\"",
                "Which period rows belong to: one for all of them, or the test period for those with some values.",
            ),
            may(
                "others",
                Kind::Integer,
                "2",
                "Examples drawn beside each: other items, which its user took in no row, without the event.",
            ),
            may(
                "prefix",
                Kind::Text,
                "\"men-\"",
                "Put before the ids of items and of entities, where tables use the same ones for others.",
            ),
            may("id", Kind::Text, "\"id\"", "The column with the entity's or the request's id."),
            may("user", Kind::Text, "\"user\"", "The column with who asked."),
            may("item", Kind::Text, "\"item\"", "The column with what was chosen."),
            may(
                "time",
                Kind::TextOr("tables.time"),
                "\"timestamp\"",
                "The column with the time, or how to find it.",
            ),
            may(
                "fields",
                Kind::Table("tables.fields"),
                "{ title = \"name\" }",
                "Where each field comes from.",
            ),
            may(
                "shown",
                Kind::TextOr("tables.fields.*"),
                "{ split = \" \", column = \"in_view\" }",
                "What was shown at a request, in order.",
            ),
            may(
                "answers",
                Kind::Text,
                "\"impression_id\"",
                "The column with the request that an event answers; examples with the same text in it, one after \
                 another, were shown at one request.",
            ),
            may(
                "where",
                Kind::Table("tables.where"),
                "{ column = \"kind\", equals = \"a\" }",
                "Which rows count.",
            ),
        ],
        own: None,
    },
    Table {
        path: "tables.time",
        doc: "How a time is written, or one time for all rows.",
        keys: &[
            may("column", Kind::Text, "\"timestamp\"", "The column."),
            may("unit", Kind::OneOf(&["s", "ms", "us"]), "\"s\"", "It counts these since 1970."),
            may("format", Kind::Text, "\"%d-%b-%Y\"", "It is written like this."),
            may("at", Kind::Date, "\"1970-01-01\"", "All rows have this time."),
        ],
        own: None,
    },
    Table {
        path: "tables.fields",
        doc: "Where each field comes from.",
        keys: &[],
        own: Some(Kind::TextOr("tables.fields.*")),
    },
    Table {
        path: "tables.fields.*",
        doc: "A field that is made from a column's text or from several columns.",
        keys: &[
            may("flags", Kind::Text, "\"genre:\"", "Columns with this prefix; a 1 adds what follows it."),
            may("split", Kind::Character, "\"|\"", "The text of the column is parted here."),
            may("is", Kind::Scalar, "\"spam\"", "A number: 1 where the column holds this text, otherwise 0."),
            may("column", Kind::Text, "\"genres\"", "The column that is parted or compared."),
            may("always", Kind::Scalar, "\"men\"", "Every row of the table holds this word."),
        ],
        own: None,
    },
    Table {
        path: "tables.period",
        doc: "Which rows are the test period; the shares of `periods` divide the others.",
        keys: &[
            must("column", Kind::Text, "\"video\"", "The column that tells."),
            must("test", Kind::Texts, "[\"shakira\"]", "What it holds in rows of the test period."),
        ],
        own: None,
    },
    Table {
        path: "tables.where",
        doc: "Which rows count.",
        keys: &[
            must("column", Kind::Text, "\"kind\"", "The column that is compared."),
            must("equals", Kind::Scalar, "\"a\"", "What it must hold, as text."),
        ],
        own: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_that_a_kind_names_is_there() {
        for key in KEYS.iter().flat_map(|table| table.keys) {
            if let Kind::Table(path)
            | Kind::Named(path)
            | Kind::List(path)
            | Kind::Steps(path)
            | Kind::TextOr(path)
            | Kind::OneOfOr(_, path) = key.kind
            {
                assert!(table(path).is_some(), "{path}");
            }
        }
    }
}
