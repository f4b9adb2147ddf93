//! The examples of a log as a table: a row for each item of each request, with labels and features by name.

use std::path::{Path, PathBuf};

use rankine_learn::{Column, Fold};
use serde::Serialize;

use super::asked::{Asked, Walk, each_asked};
use crate::error::Error;
use crate::log::{Dictionary, Name, Names};
use crate::output::{Datum, Kind, Output};
use crate::prepare::{Dataset, Period, named};
use crate::problem::Problem;
use crate::progress::Progress;

/// What was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exported {
    /// The table.
    pub output: PathBuf,
    /// Its rows.
    pub rows: u64,
    /// Requests with a row, of train, validation and test.
    pub requests: [u64; 3],
    /// Requests whose outcome was not known before the next period began, which are left out.
    pub open: u64,
    /// Requests about which nothing can be told: nothing was shown, and nothing is known of anything else.
    pub empty: u64,
    /// The names of the columns.
    pub columns: Vec<String>,
}

/// Writes the examples of a log at `data` to `output`, a `.parquet`, `.csv` or `.jsonl`. The same inputs give the
/// same bytes, and the parts of a log have the rows of the whole.
///
/// # Errors
/// Where the data cannot be used as [`crate::prepare::prepare`] uses it, boxes are what is asked for, or the output
/// cannot be written whole: what stood in its place then stays.
pub fn export(
    problem: &Problem,
    data: &Path,
    output: &Path,
    walk: &Walk,
    progress: &dyn Progress,
) -> Result<Exported, Error> {
    crate::output::form(output)?;
    if problem.detects() {
        let why = "the task is `detect`: its examples are pictures and boxes, which `rankine convert` writes as a log";
        return Err(Error::Data(why.to_owned()));
    }
    let (dataset, ids) = named(problem, data, walk.seed, progress)?;
    crate::prepare::checks::stop(&dataset.profile.checks)?;
    let table = Table::of(problem, &dataset, &ids)?;
    let kinds: Vec<(&str, Kind)> =
        table.names.iter().map(String::as_str).zip(table.kinds.iter().copied()).collect();
    let mut writing = Output::create(output, &kinds)?;
    let (mut requests, mut empty) = ([0; 3], 0);
    let from = dataset.periods[walk.from as usize];
    progress.begin("replaying the log", Some((dataset.outcomes.len() - from) as u64));
    let mut each = |columns: &[Column], asked: &Asked<'_>| {
        match asked.items {
            [] => empty += 1,
            _ => requests[asked.period as usize - 1] += 1,
        }
        (0..asked.items.len()).try_for_each(|at| writing.row(&table.row(columns, asked, at)))
    };
    let walked = each_asked(problem, &dataset, walk, &mut each, progress)?;
    progress.end();
    let rows = writing.finish()?;
    Ok(Exported {
        output: output.to_owned(),
        rows,
        requests,
        open: walked.open,
        empty,
        columns: table.names.clone(),
    })
}

/// What the columns are.
struct Table<'a> {
    problem: &'a Problem,
    dataset: &'a Dataset,
    ids: &'a [Name],
    names: Vec<String>,
    kinds: Vec<Kind>,
    labels: usize,
    /// Tells what rows that are learned from say otherwise than rows that are asked.
    fold: Fold,
}

/// Names of periods, as a design writes them.
const PERIODS: [&str; 4] = ["history", "train", "validation", "test"];

impl<'a> Table<'a> {
    fn of(problem: &'a Problem, dataset: &'a Dataset, ids: &'a [Name]) -> Result<Table<'a>, Error> {
        let schema = &problem.schema;
        let fold = Fold::new(schema, &problem.labels, &problem.features).map_err(Error::Data)?;
        // Where items are ranked, the first label is what is relevant.
        let labels = if problem.predicts() { problem.labels.0.len() } else { 1 };
        let mut names: Vec<String> =
            ["request", &schema.user().name, &schema.item().name, "time", "period", "place"]
                .map(str::to_owned)
                .to_vec();
        let mut kinds = vec![Kind::Text, Kind::Text, Kind::Text, Kind::Whole, Kind::Text, Kind::Number];
        names.extend(problem.labels.0.iter().take(labels).map(|label| format!("label.{}", label.name)));
        kinds.extend(vec![Kind::Number; labels]);
        let own = names.clone();
        for column in fold.columns() {
            let taken = own.contains(&column.name);
            names.push(if taken { format!("feature.{}", column.name) } else { column.name.clone() });
            let worded = column.category && words(problem, &dataset.dictionary, &column.name).is_some();
            kinds.push(if worded { Kind::Text } else { Kind::Number });
        }
        Ok(Table { problem, dataset, ids, names, kinds, labels, fold })
    }

    fn row<'r>(&'r self, columns: &[Column], asked: &'r Asked<'_>, at: usize) -> Vec<Datum<'r>> {
        let (schema, names) = (&self.problem.schema, &self.dataset.dictionary);
        let (outcome, item) = (asked.outcome, asked.items[at]);
        let mut row = vec![
            Datum::Text(self.ids.get(outcome.request as usize).map_or("", Name::as_str)),
            Datum::Text(names.entities[schema.user].name(outcome.user)),
            Datum::Text(names.entities[schema.item].name(item)),
            Datum::Whole(outcome.time),
            Datum::Text(PERIODS[asked.period as usize]),
            Datum::Number(if at < asked.shown { (at + 1) as f32 } else { f32::NAN }),
        ];
        for label in 0..self.labels {
            row.push(Datum::Number(match self.problem.predicts() {
                true => outcome.label(self.problem, label, item).unwrap_or(f32::NAN),
                false => {
                    let found = outcome.relevant.binary_search_by_key(&item, |(item, _)| *item);
                    found.map_or(0.0, |at| outcome.relevant[at].1)
                }
            }));
        }
        let mut values = asked.rows.row(at).to_vec();
        // As predictors learn; what is asked in the test has no place yet.
        if self.problem.predicts() && asked.period != Period::Test && at < asked.shown {
            self.fold.shown(at + 1).into_iter().for_each(|(column, value)| values[column] = value);
        }
        let kinds = &self.kinds[row.len()..];
        row.extend(columns.iter().zip(values).zip(kinds).map(|((column, value), kind)| match kind {
            Kind::Text => Datum::Text(word(self.problem, names, &column.name, value).unwrap_or_default()),
            _ => Datum::Number(value),
        }));
        row
    }
}

/// The word that a value of a category column stands for; none where it is missing or stands for none.
pub(crate) fn word<'n>(
    problem: &Problem,
    names: &'n Dictionary,
    column: &str,
    value: f32,
) -> Option<&'n str> {
    let words = words(problem, names, column).filter(|_| value.is_finite() && value >= 0.0)?;
    let number = value as usize;
    (number < words.len()).then(|| words.name(number as u32))
}

/// What the numbers of a category column stand for: the words of a field, or ids.
fn words<'n>(problem: &Problem, names: &'n Dictionary, column: &str) -> Option<&'n Names> {
    let stem = column.split('[').next()?;
    let spec = problem.features.iter().find(|spec| spec.name == stem)?;
    let of = match spec.kind.as_str() {
        "field" | "id" => spec.settings.word("of"),
        "last" => spec.settings.word("what"),
        _ => return None,
    };
    match problem.schema.entity(of) {
        Some(entity) => names.entities.get(entity),
        None => {
            let at = problem.field(of)?;
            names.words(&problem.schema, at.owner).get(at.field)
        }
    }
}
