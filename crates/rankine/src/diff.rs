//! Two designs side by side: what they say, what follows from it, and, where both ran, what came of them.

use std::collections::BTreeMap;
use std::path::Path;

use rankine_design::Source;
use serde::Serialize;
use serde_json::Value;

use crate::clarify::{Sheet, clarify};
use crate::error::Error;
use crate::folder::load_json;
use crate::problem::Problem;
use crate::run::Provenance;
use crate::select::{Figure, Selection};

/// A design, or a run of one.
pub struct Side {
    problem: Problem,
    sheet: Sheet,
    ran: Option<(Selection, Provenance)>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// Keys of the resolved designs.
    pub design: Vec<Line>,
    /// Questions that only one leaves open, and assumptions that differ.
    pub questions: Vec<Line>,
    /// Sums of the sizing.
    pub sizing: Vec<Line>,
    /// Who won, in both; empty where one of them did not run.
    pub verdict: Vec<Line>,
    /// What contenders reached, all of them; empty where one did not run.
    pub contenders: Vec<Contest>,
    /// What keeps the two from being compared.
    pub caveats: Vec<String>,
}

/// Something that differs; none where one side has it not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// On the first side.
    pub left: Option<String>,
    /// On the second.
    pub right: Option<String>,
}

/// A contender on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contest {
    /// Its name.
    pub name: String,
    /// By metric, what it reached on the first and the second side.
    pub metrics: BTreeMap<String, (Option<Figure>, Option<Figure>)>,
    /// The 99th percentile of its latency in milliseconds.
    pub p99: (Option<f64>, Option<f64>),
}

impl Side {
    /// A design that was not run.
    ///
    /// # Errors
    /// Its findings, where it has errors.
    pub fn of_design(sources: &[Source]) -> Result<Side, Error> {
        let clarified = clarify(sources);
        match (clarified.problem, clarified.sheet) {
            (Some(problem), Some(sheet)) => Ok(Side { problem, sheet, ran: None }),
            _ => Err(Error::Design(clarified.findings, sources.to_vec())),
        }
    }

    /// A run.
    ///
    /// # Errors
    /// Where a file of it is not there, or of another version.
    pub fn of_run(run: &Path) -> Result<Side, Error> {
        Ok(Side {
            problem: load_json(&run.join("1-problem.json"))?,
            sheet: load_json(&run.join("1-sheet.json"))?,
            ran: Some((
                load_json(&run.join("3-selection").join("selection.json"))?,
                load_json(&run.join("provenance.json"))?,
            )),
        })
    }
}

/// What differs between two sides.
pub fn diff(left: &Side, right: &Side) -> Diff {
    let both = left.ran.as_ref().zip(right.ran.as_ref());
    let design = |side: &Side| {
        let mut told = BTreeMap::new();
        flatten("", &serde_json::to_value(&side.problem).expect("plain data"), &mut told);
        told
    };
    let questions = |side: &Side| {
        let all = side.sheet.questions.iter();
        all.map(|one| (one.question.clone(), one.assumption.clone())).collect()
    };
    let sizing =
        |side: &Side| side.sheet.sizing.iter().map(|one| (one.quantity.clone(), one.value.clone())).collect();
    Diff {
        design: lines(&design(left), &design(right)),
        questions: lines(&questions(left), &questions(right)),
        sizing: lines(&sizing(left), &sizing(right)),
        verdict: both.map_or_else(Vec::new, |((left, _), (right, _))| {
            // Who won is worth reading also where it is the same.
            let (left, right) = (verdict(left), verdict(right));
            left.into_iter().zip(right).map(|((name, left), (_, right))| line(name, left, right)).collect()
        }),
        contenders: both.map_or_else(Vec::new, |((left, _), (right, _))| contests(left, right)),
        caveats: caveats(left, right),
    }
}

/// Every leaf by its path. Elements of lists go by their names where they have some, otherwise by their place.
fn flatten(path: &str, value: &Value, told: &mut BTreeMap<String, String>) {
    let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(&join(key), value, told)),
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (place, value) in list.iter().enumerate() {
                let name = ["name", "algorithm"].iter().find_map(|key| value.get(key)?.as_str());
                flatten(&join(name.unwrap_or(&place.to_string())), value, told);
            }
        }
        Value::Null => {}
        Value::String(text) => _ = told.insert(path.to_owned(), text.clone()),
        Value::Array(list) if list.is_empty() => {}
        other => _ = told.insert(path.to_owned(), other.to_string()),
    }
}

fn lines(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) -> Vec<Line> {
    let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let all = names.into_iter().map(|name| line(name, left.get(name).cloned(), right.get(name).cloned()));
    all.filter(|line| line.left != line.right).collect()
}

fn line(name: &str, left: Option<String>, right: Option<String>) -> Line {
    Line { name: name.to_owned(), left, right }
}

fn verdict(selection: &Selection) -> [(&'static str, Option<String>); 4] {
    let verdict = &selection.verdict;
    let gap = verdict.difference.map(|gap| format!("{:.4} [{:.4}, {:.4}]", gap.value, gap.low, gap.high));
    [
        ("status", Some(verdict.status.name().to_owned())),
        ("leader", verdict.leader.clone()),
        ("difference to the next", gap),
        ("bundled", Some(selection.chosen.clone())),
    ]
}

fn contests(left: &Selection, right: &Selection) -> Vec<Contest> {
    let mut names: Vec<&String> = left.quality.iter().map(|quality| &quality.name).collect();
    names.extend(right.quality.iter().map(|quality| &quality.name));
    let mut contests: Vec<Contest> = Vec::new();
    for name in names {
        if contests.iter().any(|contest| contest.name == *name) {
            continue;
        }
        let of = |side: &Selection| side.quality.iter().find(|quality| quality.name == *name).cloned();
        let p99 = |side: &Selection| {
            Some(side.watched.iter().find(|watched| watched.name == *name)?.measured.latency_ms.p99)
        };
        let mut metrics: BTreeMap<String, (Option<Figure>, Option<Figure>)> = BTreeMap::new();
        for (metric, figure) in of(left).into_iter().flat_map(|quality| quality.metrics) {
            metrics.entry(metric).or_default().0 = Some(figure);
        }
        for (metric, figure) in of(right).into_iter().flat_map(|quality| quality.metrics) {
            metrics.entry(metric).or_default().1 = Some(figure);
        }
        contests.push(Contest { name: name.clone(), metrics, p99: (p99(left), p99(right)) });
    }
    contests
}

fn caveats(left: &Side, right: &Side) -> Vec<String> {
    let mut caveats = Vec::new();
    let mut tell = |when: bool, text: &str| {
        if when {
            caveats.push(text.to_owned());
        }
    };
    tell(left.problem.task != right.problem.task, "they do not solve the same task");
    if let Some(((_, left), (_, right))) = left.ran.as_ref().zip(right.ran.as_ref()) {
        tell(
            left.log_hash != right.log_hash,
            "their logs are not the same: a difference between them may be one of the logs",
        );
        tell(left.version != right.version, "they were made by different versions of Rankine");
        tell(left.seed != right.seed, "their seeds are not the same");
        tell(
            true,
            "intervals are each on its own; for an interval on a difference, let both compete in one design",
        );
    } else {
        tell(true, "not both of them ran: there are no figures to compare");
    }
    let (one, other) = (&left.problem.evaluate, &right.problem.evaluate);
    tell(
        one.periods != other.periods || one.split != other.split,
        "their test periods are not the same part of the log",
    );
    caveats
}
