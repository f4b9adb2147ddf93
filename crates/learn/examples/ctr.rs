//! Trains a scorer on clicks and prints one JSON line: log loss, normalised cross-entropy, AUC, CPU seconds.
//!
//! `ctr FOLDER [SCORER] [key=value ...]`: the folder holds `train.csv`, `valid.csv` and `test.csv`, or the
//! same with a name before, such as `frappe.train.csv`. The first column is the label; of the others, those
//! of which some cell of the training rows is no number, and all of them with `numbers=no`, are categories.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rankine_learn::algorithms::scorers;
use rankine_learn::{Column, Examples, Kind, Rows, Setting};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("ctr FOLDER [SCORER] [key=value ...]")?;
    let name = arguments.next().unwrap_or_else(|| "trees".to_owned());
    let kind = scorers::find(&name).ok_or("no such scorer")?;
    let mut settings = kind.card.defaults();
    if kind.card.parameter("loss").is_some() {
        settings = settings.with("loss", Setting::Word("logistic".to_owned()));
    }
    let (mut seed, mut numbers, mut watch) = (1, true, true);
    for argument in arguments {
        let (key, value) = argument.split_once('=').ok_or("a parameter is written key=value")?;
        match key {
            "seed" => seed = value.parse()?,
            "numbers" => numbers = value == "yes",
            "valid" => watch = value == "yes",
            _ => {
                let setting = match kind.card.parameter(key).ok_or("no such parameter")?.kind {
                    Kind::Count { .. } => Setting::Count(value.parse()?),
                    Kind::Number { .. } => Setting::Number(value.parse()?),
                    Kind::Words => Setting::Words(value.split(',').map(str::to_owned).collect()),
                    _ => Setting::Word(value.to_owned()),
                };
                settings = settings.with(key, setting);
            }
        }
    }
    let mut reader = Reader { numbers, columns: Vec::new(), seen: Vec::new() };
    let folder = Path::new(&folder);
    let train = reader.read(&find(folder, "train")?)?;
    let valid = find(folder, "valid").ok().map(|path| reader.read(&path)).transpose()?;
    let test = reader.read(&find(folder, "test")?)?;
    let before = (Instant::now(), cpu_seconds());
    let scorer = (kind.fit)(&settings, &train, valid.as_ref().filter(|_| watch), seed);
    let (fit, fit_cpu) = (before.0.elapsed().as_secs_f64(), cpu_seconds() - before.1);
    let before = cpu_seconds();
    let scores = scorer.score(&test.rows);
    let score_cpu = cpu_seconds() - before;
    let quality = Quality::of(&scores, &test.labels);
    let of_valid = |valid: &Examples| Quality::of(&scorer.score(&valid.rows), &valid.labels).log_loss;
    let valid_loss = valid.as_ref().map_or(f64::NAN, of_valid);
    println!(
        "{{\"lib\":\"rankine {name}\",\"rows\":{},\"test_rows\":{},\"clicks\":{},\"test_clicks\":{},\
         \"valid_logloss\":{valid_loss:.5},\"logloss\":{:.5},\"nce\":{:.5},\"auc\":{:.5},\"auc_error\":{:.5},\"train_s\":{fit:.3},\
         \"train_cpu_s\":{fit_cpu:.2},\"predict_cpu_s\":{score_cpu:.2},\"bytes\":{}}}",
        train.rows.len(),
        test.rows.len(),
        train.labels.iter().filter(|label| **label > 0.0).count(),
        test.labels.iter().filter(|label| **label > 0.0).count(),
        quality.log_loss,
        quality.normalised,
        quality.auc,
        quality.auc_error,
        scorer.save().len(),
    );
    Ok(())
}

fn find(folder: &Path, part: &str) -> Fallible<PathBuf> {
    let ending = format!("{part}.csv");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|file| file.map(|file| file.path())).collect::<Result<_, _>>()?;
    files.sort();
    let named = |path: &PathBuf| path.to_string_lossy().ends_with(&ending);
    files.into_iter().find(named).ok_or_else(|| format!("no {ending} in {}", folder.display()).into())
}

/// Reads files whose cells mean the same in all of them.
struct Reader {
    numbers: bool,
    columns: Vec<Column>,
    /// For each column the number of each category, by first appearance.
    seen: Vec<BTreeMap<String, usize>>,
}

impl Reader {
    fn read(&mut self, path: &Path) -> Fallible<Examples> {
        let text = std::fs::read_to_string(path)?;
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().ok_or("an empty file")?.split(',').skip(1).collect();
        let mut labels = Vec::new();
        let mut cells: Vec<&str> = Vec::new();
        for line in lines {
            let (label, others) = line.split_once(',').ok_or("a line without a comma")?;
            labels.push(label.parse::<f32>()?);
            cells.extend(others.split(','));
        }
        let width = names.len();
        if cells.len() != labels.len() * width {
            return Err("a line has more or fewer cells than the first".into());
        }
        if self.columns.is_empty() {
            let number = |at: usize| {
                let mut column = cells.iter().skip(at).step_by(width);
                self.numbers && column.all(|cell| cell.is_empty() || cell.parse::<f32>().is_ok())
            };
            let columns = names.iter().enumerate();
            self.columns = columns
                .map(|(at, name)| Column { name: (*name).to_owned(), category: !number(at) })
                .collect();
            self.seen = vec![BTreeMap::new(); width];
        }
        let mut rows = Rows::missing(labels.len(), width);
        for (at, (cell, value)) in
            cells.iter().zip(&mut rows.values).enumerate().filter(|(_, (cell, _))| !cell.is_empty())
        {
            let column = at % width;
            *value = if self.columns[column].category {
                let seen = &mut self.seen[column];
                let next = seen.len();
                *seen.entry((*cell).to_owned()).or_insert(next) as f32
            } else {
                cell.parse()?
            };
        }
        let weights = vec![1.0; labels.len()];
        let groups = vec![1; labels.len()];
        Ok(Examples { columns: self.columns.clone(), rows, labels, weights, groups, ..Examples::default() })
    }
}

struct Quality {
    log_loss: f64,
    /// Log loss over that of the test's own base rate (He et al. 2014).
    normalised: f64,
    auc: f64,
    /// Standard error of the AUC (Hanley and McNeil 1982).
    auc_error: f64,
}

impl Quality {
    fn of(scores: &[f32], labels: &[f32]) -> Quality {
        let rows = labels.len() as f64;
        let loss = |score: f64, label: f64| score.max(0.0) - score * label + (-score.abs()).exp().ln_1p();
        let losses =
            scores.iter().zip(labels).map(|(score, label)| loss(f64::from(*score), f64::from(*label)));
        let log_loss = losses.sum::<f64>() / rows;
        let positives: f64 = labels.iter().map(|label| f64::from(*label)).sum();
        let base = positives / rows;
        let entropy = -(base * base.ln() + (1.0 - base) * (1.0 - base).ln());
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by(|one, other| scores[*one].total_cmp(&scores[*other]));
        let (mut below, mut pairs) = (0.0, 0.0);
        for equal in order.chunk_by(|one, other| scores[*one] == scores[*other]) {
            let up = equal.iter().map(|row| f64::from(labels[*row])).sum::<f64>();
            let down = equal.len() as f64 - up;
            pairs += up * (below + down / 2.0);
            below += down;
        }
        let negatives = rows - positives;
        let auc = pairs / (positives * negatives);
        let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
        let square = auc * auc;
        let variance =
            auc * (1.0 - auc) + (positives - 1.0) * (q1 - square) + (negatives - 1.0) * (q2 - square);
        let auc_error = (variance / (positives * negatives)).sqrt();
        Quality { log_loss, normalised: log_loss / entropy, auc, auc_error }
    }
}

/// User and system seconds of this process; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
