//! One column as the score: a rule of thumb.

use serde::{Deserialize, Serialize};

use super::scale::{cuts, distinct};
use super::{Kind, Output, Scorer, saved, target};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::{Examples, Rows};

/// One column as the score.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "column",
        what: "Scores a row by one of its columns: as it stands, as a probability, or by how common the \
               label is among rows with about that value.",
        when: "As the rule of thumb that a model must beat, such as the click rate of the last week.",
        avoid: "Where no column says the answer nearly by itself.",
        cost: "Training: a sort of the column at most; scoring: a search among bins at most.",
        source: "Zadrozny and Elkan 2001, Obtaining calibrated probability estimates (histogram binning)",
        parameters: &[
            Parameter {
                name: "of",
                doc: "The column that is read, as reports show it.",
                kind: Holds::Column,
                default: Preset::Required,
                search: &[],
            },
            Parameter {
                name: "as",
                doc: "How it is read: bins give the rate of the label among rows with about that value, or \
                      that category, as log-odds; probability gives the log-odds of the value itself; value \
                      leaves it as it stands.",
                kind: Holds::Choice(&["bins", "probability", "value"]),
                default: Preset::Word("bins"),
                search: &[],
            },
            Parameter {
                name: "bins",
                doc: "Most bins, each with about as many rows; categories have one each.",
                kind: Holds::Count { min: 1, max: 10_000 },
                default: Preset::Count(20),
                search: &[10.0, 50.0],
            },
            Parameter {
                name: "smoothing",
                doc: "Rows at the base rate that are added to each bin, counted by the rarer label in them: 2 adds \
                      20 rows where one in ten is relevant.",
                kind: Holds::Number { min: 0.0, max: 1e9 },
                default: Preset::Number(2.0),
                search: &[0.5, 10.0],
            },
        ],
    },
    output: |settings| match settings.word("as") {
        "value" => Output::Value,
        _ => Output::LogOdds,
    },
    reads_bags: false,
    fit: |settings, examples, _, _| Box::new(fit(settings, examples)),
    load: |bytes| Ok(Box::new(load(bytes)?)),
};

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine column 1\n";
/// Most columns and bags of a model that is loaded.
const WIDEST: u32 = 1 << 20;
/// Probabilities are kept this far from 0 and 1.
const NEAREST: f64 = 1e-6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    /// Columns and bags in a row.
    width: u32,
    /// The column that is read; none where it is not there.
    at: Option<u32>,
    /// The score of a row about which nothing is known.
    bias: f32,
    /// The score of a row whose value is missing.
    missing: f32,
    reading: Reading,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Reading {
    Value,
    Probability,
    /// Bin `b` holds what is above `cuts[b - 1]` and not above `cuts[b]`; one score more than cuts.
    Numbers {
        cuts: Vec<f32>,
        scores: Vec<f32>,
    },
    /// A score a category, ascending.
    Categories {
        values: Vec<f32>,
        scores: Vec<f32>,
    },
}

fn fit(settings: &Settings, examples: &Examples) -> Model {
    let name = settings.word("of");
    let at = examples.columns.iter().position(|column| column.name == name);
    let weights = target::weights(examples);
    let width = (examples.columns.len() + examples.bags.len()) as u32;
    let mut model =
        Model { width, at: at.map(|at| at as u32), bias: 0.0, missing: 0.0, reading: Reading::Value };
    if settings.word("as") == "value" {
        let column = at.into_iter().flat_map(|at| read(&examples.rows, at));
        let mut kept: (Vec<f32>, Vec<f32>) = (Vec::new(), Vec::new());
        let pairs = column.zip(&weights).filter(|(value, _)| value.is_finite());
        pairs.for_each(|(value, weight)| {
            kept.0.push(value.clamp(-1e15, 1e15));
            kept.1.push(*weight);
        });
        model.missing = target::mean(&kept.0, &kept.1) as f32;
        return model;
    }
    let rates = Rates::new(settings, examples, &weights);
    model.bias = rates.score(0.0, 0.0);
    model.missing = model.bias;
    model.reading = Reading::Probability;
    if settings.word("as") == "bins" {
        let Some(at) = at else { return model };
        model.bin(rates, (at, settings.count("bins")), examples);
    }
    model
}

fn read(rows: &Rows, at: usize) -> impl Iterator<Item = f32> + Clone + '_ {
    rows.values.iter().skip(at).step_by(rows.width.max(1)).copied()
}

/// Labels and weights, and how the sums of a bin become its score.
struct Rates {
    labels: Vec<f32>,
    /// In rows: their mean is 1.
    weights: Vec<f64>,
    base: f64,
    /// Rows that are added to each bin.
    added: f64,
    rows: usize,
}

impl Rates {
    fn new(settings: &Settings, examples: &Examples, weights: &[f32]) -> Rates {
        let labels = target::shares(examples);
        let rows = weights.iter().filter(|weight| **weight > 0.0).count();
        let all: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let scale = if all > 0.0 { rows as f64 / all } else { 0.0 };
        let base = target::mean(&labels, weights);
        let weights = weights.iter().map(|weight| f64::from(*weight) * scale).collect();
        // A bin says little before it was due a positive, and that takes many rows where they are rare.
        let rarer = base.min(1.0 - base).max(0.5 / rows.max(1) as f64);
        Rates { labels, weights, base, added: settings.number("smoothing") / rarer, rows }
    }

    /// The log-odds among this many rows with this many positives, drawn to the base rate.
    fn score(&self, positives: f64, rows: f64) -> f32 {
        let below = rows + self.added;
        let share = if below > 0.0 { (positives + self.added * self.base) / below } else { self.base };
        target::log_odds(share, self.rows)
    }
}

impl Model {
    fn bin(&mut self, rates: Rates, (at, bins): (usize, usize), examples: &Examples) {
        let values = || read(&examples.rows, at);
        let categories = examples.columns[at].category;
        let marks = if categories { distinct(values()) } else { cuts(values(), bins) };
        let places = marks.len() + usize::from(!categories);
        let place = |value: f32| {
            if value.is_nan() {
                places
            } else if categories {
                marks.binary_search_by(|mark| mark.total_cmp(&(value + 0.0))).unwrap_or(places)
            } else {
                marks.partition_point(|mark| *mark < value)
            }
        };
        let mut sums = vec![(0.0, 0.0); places + 1];
        for ((value, label), weight) in read(&examples.rows, at).zip(&rates.labels).zip(&rates.weights) {
            let sum = &mut sums[place(value)];
            sum.0 += f64::from(*label) * weight;
            sum.1 += weight;
        }
        let mut scores: Vec<f32> = sums.iter().map(|sum| rates.score(sum.0, sum.1)).collect();
        self.missing = scores.pop().unwrap_or(self.bias);
        self.reading = if categories {
            Reading::Categories { values: marks, scores }
        } else {
            Reading::Numbers { cuts: marks, scores }
        };
    }

    fn value(&self, row: &[f32]) -> f32 {
        let Some(value) = self.at.map(|at| row.get(at as usize).copied().unwrap_or(f32::NAN)) else {
            return self.bias;
        };
        if value.is_nan() {
            return self.missing;
        }
        match &self.reading {
            Reading::Value => value.clamp(f32::MIN, f32::MAX),
            Reading::Probability => {
                let share = f64::from(value).clamp(NEAREST, 1.0 - NEAREST);
                (share / (1.0 - share)).ln() as f32
            }
            Reading::Numbers { cuts, scores } => scores[cuts.partition_point(|cut| *cut < value)],
            Reading::Categories { values, scores } => values
                .binary_search_by(|probe| probe.total_cmp(&(value + 0.0)))
                .map_or(self.bias, |at| scores[at]),
        }
    }
}

impl Scorer for Model {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        let row = |row: usize| self.value(rows.row(row));
        (0..rows.len()).map(row).collect()
    }

    fn importance(&self) -> Vec<f32> {
        let mut importance = vec![0.0; self.width as usize];
        if let Some(at) = self.at {
            importance[at as usize] = 1.0;
        }
        importance
    }

    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        let mut parts = vec![0.0; self.width as usize];
        if let Some(at) = self.at {
            parts[at as usize] = self.value(rows.row(row)) - self.bias;
        }
        parts.push(self.bias);
        parts
    }

    fn save(&self) -> Vec<u8> {
        saved::save(MARK, self)
    }
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    let model: Model = saved::load(MARK, "column", bytes)?;
    let sound = match &model.reading {
        Reading::Value | Reading::Probability => true,
        Reading::Numbers { cuts, scores } => scores.len() == cuts.len() + 1,
        Reading::Categories { values, scores } => scores.len() == values.len(),
    };
    if !sound || model.width > WIDEST || model.at.is_some_and(|at| at >= model.width) {
        return Err("a saved column points at a column or a bin that is not there".to_owned());
    }
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Setting;
    use crate::examples::Column;

    fn scores(reading: &str, category: bool, values: &[f32], labels: &[f32], probes: &[f32]) -> Vec<f32> {
        let settings = KIND.card.defaults().with("of", Setting::Word("x".to_owned()));
        let settings = settings.with("as", Setting::Word(reading.to_owned())).with("bins", Setting::Count(2));
        let settings = settings.with("smoothing", Setting::Number(0.5));
        let rows = |values: &[f32]| Rows { values: values.to_vec(), width: 1, ..Rows::default() };
        let examples = Examples {
            columns: vec![Column { name: "x".to_owned(), category }],
            rows: rows(values),
            labels: labels.to_vec(),
            weights: vec![1.0; labels.len()],
            ..Examples::default()
        };
        fit(&settings, &examples).score(&rows(probes))
    }

    #[test]
    fn readings_by_hand() {
        let nan = f32::NAN;
        let odds = |share: f64| (share / (1.0 - share)).ln() as f32;
        let (values, labels) = ([1.0, 2.0, 3.0, 4.0, nan, nan], [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        // The base rate is 1/2, so one row is added: a bin of two has (positives + 1/2) / 3.
        let (low, high, none) = (odds(1.5 / 3.0), odds(2.5 / 3.0), odds(0.5 / 3.0));
        let have = scores("bins", false, &values, &labels, &[-9.0, 2.0, 2.1, f32::INFINITY, nan]);
        assert_eq!(have, [low, low, high, high, none]);
        let have = scores("bins", true, &values, &labels, &[1.0, 2.0, 9.0, nan]);
        assert_eq!(have, [odds(0.5 / 2.0), odds(1.5 / 2.0), 0.0, none]);
        let have = scores("probability", false, &[0.2], &[1.0], &[0.2, 7.0, nan]);
        assert_eq!(have, [odds(f64::from(0.2f32)), odds(1.0 - NEAREST), 0.0]);
        assert_eq!(scores("value", false, &values, &labels, &[7.0, nan]), [7.0, 2.5]);
    }
}
