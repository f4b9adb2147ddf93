//! Logistic regression that learns row by row, over hashed categories and crosses of them.

use serde::{Deserialize, Serialize};

use super::{Kind, Output, Scorer, saved, target};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::{Examples, Rows};

mod online;
mod tokens;

use online::{Rules, Slots};
use tokens::{Token, Tokens};

/// Logistic regression by FTRL-Proximal.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "ftrl",
        what: "Adds up one weight a category, bin of a number, term or cross of two columns to the log-odds; \
               learns row by row.",
        when: "With clicks in great number that keep coming, categories without end, and crosses that \
               someone can name; it goes on from where it stopped.",
        avoid: "With few rows, and where columns matter together in ways that nobody named.",
        cost: "Training: rows x features of a row x epochs; memory: 12 bytes a place of the hash table. \
               Scoring: one look-up a feature.",
        source: "McMahan et al. 2013, Ad click prediction: a view from the trenches; Weinberger et al. 2009, \
                 Feature hashing for large scale multitask learning",
        parameters: PARAMETERS,
    },
    output: |_| Output::LogOdds,
    reads_bags: true,
    fit: |settings, examples, _, _| Box::new(fit(settings, examples)),
    load: |bytes| Ok(Box::new(load(bytes)?)),
};

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "crosses",
        doc: "Pairs of columns that also count together, such as [\"ad x placement\"]; \"all\" takes every \
              pair of columns of categories, if these are at most 16. A number counts by its bin.",
        kind: Holds::Words,
        default: Preset::Words(&[]),
        search: &[],
    },
    Parameter::number(
        "alpha",
        "How fast weights move; the first step of a weight, about.",
        (1e-6, 10.0),
        0.1,
        &[0.03, 0.3],
    ),
    Parameter::number(
        "beta",
        "Squared slopes that a weight is taken to have seen, as a root.",
        (0.0, 1e6),
        1.0,
        &[],
    ),
    Parameter::number(
        "l1",
        "L1 penalty: sums of slopes no larger than this leave a weight at 0.",
        (0.0, 1e6),
        0.1,
        &[0.0, 1.0],
    ),
    Parameter::number("l2", "L2 penalty on weights.", (0.0, 1e6), 0.1, &[0.0, 1.0]),
    Parameter {
        name: "epochs",
        doc: "Passes over the rows, in the order given.",
        kind: Holds::Count { min: 1, max: 1000 },
        default: Preset::Count(2),
        search: &[1.0, 5.0],
    },
    Parameter {
        name: "bits",
        doc: "The hash table has two to this power places; features that fall together share a weight.",
        kind: Holds::Count { min: 4, max: BITS as u64 },
        default: Preset::Count(20),
        search: &[],
    },
    Parameter {
        name: "numbers",
        doc: "How columns of numbers count: a weight a bin of about as many rows, or one a deviation from \
              the mean.",
        kind: Holds::Choice(&["bins", "standardised"]),
        default: Preset::Word("bins"),
        search: &[],
    },
    Parameter {
        name: "bins",
        doc: "Most bins of a column of numbers.",
        kind: Holds::Count { min: 2, max: 1000 },
        default: Preset::Count(20),
        search: &[50.0],
    },
];

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine ftrl 1\n";
/// Most bits of the hash table.
const BITS: u32 = 26;

/// All that it needs to score and to go on learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Saved {
    tokens: Tokens,
    rules: Rules,
    epochs: u32,
    bits: u32,
    /// The bias: the log-odds that it began at, the sum of slopes and that of their squares.
    bias: (f32, f32, f32),
    /// Place, sum of slopes and sum of their squares of each place that was reached, ascending.
    reached: Vec<(u32, f32, f32)>,
    importance: Vec<f32>,
}

struct Model {
    saved: Saved,
    bias: f32,
    weights: Vec<f32>,
}

fn fit(settings: &Settings, examples: &Examples) -> Model {
    let tokens = Tokens::choose(settings, examples);
    let importance = vec![0.0; tokens.fields()];
    let bits = settings.count("bits") as u32;
    let number = |name: &str| settings.number(name) as f32;
    let rules = Rules { alpha: number("alpha"), beta: number("beta"), l1: number("l1"), l2: number("l2") };
    let epochs = settings.count("epochs") as u32;
    let weights = target::weights(examples);
    let share = target::mean(&target::shares(examples), &weights);
    let start = target::log_odds(share, weights.iter().filter(|weight| **weight > 0.0).count());
    let bias = (start, 0.0, 0.0);
    Saved { tokens, rules, epochs, bits, bias, reached: Vec::new(), importance }.after(examples)
}

impl Saved {
    /// Learns from examples.
    fn after(mut self, examples: &Examples) -> Model {
        let mut slots = Slots::new(self.bits, self.bias, &self.reached);
        let weights = target::weights(examples);
        let all: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        if all > 0.0 {
            // Only ratios of weights count: their mean is made 1.
            let scale = weights.len() as f64 / all;
            let weights: Vec<f32> =
                weights.into_iter().map(|weight| (f64::from(weight) * scale) as f32).collect();
            let labels = target::shares(examples);
            let rows = TokenRows::new(&self.tokens, self.bits, &examples.rows);
            for _ in 0..self.epochs {
                for (row, (&label, &weight)) in labels.iter().zip(&weights).enumerate().take(rows.len()) {
                    if weight > 0.0 {
                        slots.learn(&self.rules, rows.of(row), label, weight);
                    }
                }
            }
            (self.bias, self.reached) = slots.reached();
        }
        let mut model = self.opened();
        if all > 0.0 {
            model.saved.importance = model.spreads(&examples.rows);
        }
        model
    }

    fn opened(self) -> Model {
        let slots = Slots::new(self.bits, self.bias, &self.reached);
        let (bias, weights) = slots.weights(&self.rules, &self.reached);
        Model { saved: self, bias, weights }
    }
}

/// The tokens of rows, one after another, so that later passes need not hash again.
struct TokenRows {
    starts: Vec<usize>,
    tokens: Vec<Token>,
}

impl TokenRows {
    fn new(tokens: &Tokens, bits: u32, rows: &Rows) -> TokenRows {
        let mut made = TokenRows { starts: vec![0], tokens: Vec::new() };
        let mut scratch = Vec::new();
        let mut row_tokens = Vec::new();
        for row in 0..rows.len() {
            tokens.of(rows, row, bits, &mut scratch, &mut row_tokens);
            made.tokens.extend_from_slice(&row_tokens);
            made.starts.push(made.tokens.len());
        }
        made
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn of(&self, row: usize) -> &[Token] {
        &self.tokens[self.starts[row]..self.starts[row + 1]]
    }
}

impl Model {
    /// What each field adds; a cross half to either of its columns.
    fn parts(&self, tokens: &[Token]) -> Vec<f64> {
        let mut parts = vec![0.0; self.saved.tokens.fields()];
        for token in tokens {
            let added = f64::from(self.weights[token.place as usize] * token.value) / 2.0;
            parts[token.fields.0 as usize] += added;
            parts[token.fields.1 as usize] += added;
        }
        parts
    }

    /// Each field's share of the mean absolute deviation of what fields add.
    fn spreads(&self, rows: &Rows) -> Vec<f32> {
        let tokens = TokenRows::new(&self.saved.tokens, self.saved.bits, rows);
        let fields = self.saved.tokens.fields();
        let all: Vec<f64> = (0..rows.len()).flat_map(|row| self.parts(tokens.of(row))).collect();
        super::target::spreads(&all, fields)
    }
}

impl Scorer for Model {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        let (mut scratch, mut tokens) = (Vec::new(), Vec::new());
        let score = |row| {
            self.saved.tokens.of(rows, row, self.saved.bits, &mut scratch, &mut tokens);
            let added =
                tokens.iter().map(|token| f64::from(self.weights[token.place as usize] * token.value));
            (f64::from(self.bias) + added.sum::<f64>()) as f32
        };
        (0..rows.len()).map(score).collect()
    }

    fn importance(&self) -> Vec<f32> {
        self.saved.importance.clone()
    }

    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        let (mut scratch, mut tokens) = (Vec::new(), Vec::new());
        self.saved.tokens.of(rows, row, self.saved.bits, &mut scratch, &mut tokens);
        self.parts(&tokens).into_iter().map(|part| part as f32).chain([self.bias]).collect()
    }

    fn learn_on(&self, examples: &Examples) -> Option<Box<dyn Scorer>> {
        Some(Box::new(self.saved.clone().after(examples)))
    }

    fn save(&self) -> Vec<u8> {
        saved::save(MARK, &self.saved)
    }
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    let model: Saved = saved::load(MARK, "ftrl scorer", bytes)?;
    let places = 1u64.checked_shl(model.bits).unwrap_or(0);
    let inside = model.reached.last().is_none_or(|last| u64::from(last.0) < places);
    let rising = model.reached.is_sorted_by(|one, other| one.0 < other.0);
    let sized = model.bits <= BITS && model.importance.len() == model.tokens.fields();
    if !inside || !rising || !sized || !model.tokens.sound() {
        return Err("a saved ftrl scorer points at a place or a column that is not there".to_owned());
    }
    Ok(model.opened())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Setting;
    use crate::examples::Column;

    fn clicks(rows: usize, seed: u64) -> Examples {
        let draw = |row: usize, what: u64| crate::hash(seed, &[row as u64, what]);
        let values = (0..rows).flat_map(|row| [draw(row, 0) % 5, draw(row, 1) % 7].map(|value| value as f32));
        let values: Vec<f32> = values.collect();
        let labels = values.chunks(2).map(|row| f32::from(u8::from((row[0] + row[1]) % 2.0 == 0.0)));
        Examples {
            columns: vec![Column::category("ad"), Column::category("place")],
            labels: labels.collect(),
            weights: vec![1.0; rows],
            groups: vec![1; rows],
            rows: Rows { values, width: 2, ..Rows::default() },
            ..Examples::default()
        }
    }

    fn joined(one: &Examples, other: &Examples) -> Examples {
        let mut all = one.clone();
        all.rows.values.extend(&other.rows.values);
        all.labels.extend(&other.labels);
        all.weights.extend(&other.weights);
        all
    }

    fn right(model: &Model, examples: &Examples) -> usize {
        let scores = model.score(&examples.rows);
        scores
            .iter()
            .zip(&examples.labels)
            .filter(|(score, label)| (**score > 0.0) == (**label > 0.5))
            .count()
    }

    #[test]
    fn learning_on_is_learning_all() {
        let settings = KIND.card.defaults().with("epochs", Setting::Count(1));
        let settings = settings.with("crosses", Setting::Words(vec!["ad x place".to_owned()]));
        let (first, second) = (clicks(400, 1), clicks(300, 2));
        let mut whole = fit(&settings, &joined(&first, &second));
        // Both must begin at the same log-odds.
        let mut parts = fit(&settings, &first);
        parts.saved.bias.0 = 0.0;
        whole.saved.bias.0 = 0.0;
        let begun = |model: &Model, examples: &Examples| {
            let start = Saved { bias: (0.0, 0.0, 0.0), reached: Vec::new(), ..model.saved.clone() };
            start.after(examples)
        };
        let whole = begun(&whole, &joined(&first, &second));
        let parts = begun(&parts, &first).learn_on(&second).expect("it goes on");
        let bits = |scores: Vec<f32>| scores.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(parts.score(&second.rows)), bits(whole.score(&second.rows)));
    }

    #[test]
    fn only_a_cross_can_tell_what_is_planted() {
        let (train, test) = (clicks(3000, 3), clicks(500, 4));
        let with = |crosses: &[&str]| {
            let words = crosses.iter().map(|word| (*word).to_owned()).collect();
            fit(&KIND.card.defaults().with("crosses", Setting::Words(words)), &train)
        };
        assert!(right(&with(&[]), &test) < 350);
        assert_eq!(right(&with(&["ad x place"]), &test), 500);
        assert_eq!(right(&with(&["place x ad"]), &test), 500);
        assert_eq!(right(&with(&["all"]), &test), 500);
    }
}
