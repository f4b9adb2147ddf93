//! A constant: the rule that looks at no column.

use serde::{Deserialize, Serialize};

use super::{Kind, Output, Scorer, saved, target};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::{Examples, Rows};

/// The same score for every row.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "prior",
        what: "Gives every row the same score: how common the label is, or its mean or median.",
        when: "As the rule that needs no learning: whatever reads columns must beat it.",
        avoid: "For ranking, where a score that is the same for all says nothing.",
        cost: "Training: one pass over the labels, and a sort for the median; scoring: none.",
        source: "Holte 1993, Very simple classification rules perform well on most commonly used datasets \
                 (his baseline)",
        parameters: &[Parameter {
            name: "output",
            doc: "What the score is: the log-odds of a label of 1, or the labels' mean or median; the \
                  median is least wrong by absolute error, the mean by squared error.",
            kind: Holds::Choice(&["log-odds", "mean", "median"]),
            default: Preset::Word("log-odds"),
            search: &[],
        }],
    },
    output: |settings| match settings.word("output") {
        "log-odds" => Output::LogOdds,
        _ => Output::Value,
    },
    reads_bags: false,
    fit: |settings, examples, _, _| Box::new(fit(settings, examples)),
    load: |bytes| Ok(Box::new(load(bytes)?)),
};

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine prior 1\n";
/// Most columns and bags of a model that is loaded.
const WIDEST: u32 = 1 << 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    /// Columns and bags in a row.
    width: u32,
    score: f32,
}

fn fit(settings: &Settings, examples: &Examples) -> Model {
    let weights = target::weights(examples);
    let score = match settings.word("output") {
        "log-odds" => {
            let share = target::mean(&target::shares(examples), &weights);
            let weighing = weights.iter().filter(|weight| **weight > 0.0).count();
            target::log_odds(share, weighing)
        }
        "mean" => target::mean(&target::values(examples), &weights) as f32,
        _ => target::quantile(&target::values(examples), &weights, 0.5),
    };
    Model { width: (examples.columns.len() + examples.bags.len()) as u32, score }
}

impl Scorer for Model {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        vec![self.score; rows.len()]
    }

    fn importance(&self) -> Vec<f32> {
        vec![0.0; self.width as usize]
    }

    fn contributions(&self, _: &Rows, _: usize) -> Vec<f32> {
        let mut parts = vec![0.0; self.width as usize];
        parts.push(self.score);
        parts
    }

    fn save(&self) -> Vec<u8> {
        saved::save(MARK, self)
    }
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    let model: Model = saved::load(MARK, "prior", bytes)?;
    if model.width > WIDEST {
        return Err("a saved prior has more columns than a row can".to_owned());
    }
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Setting;

    #[test]
    fn constants_by_hand() {
        let labels = vec![0.0, 0.0, 1.0, 7.0];
        let examples = Examples { labels, weights: vec![1.0, 2.0, 1.0, 2.0], ..Examples::default() };
        for (output, want) in [("log-odds", 0.0), ("mean", 2.5), ("median", 0.0)] {
            let settings = KIND.card.defaults().with("output", Setting::Word(output.to_owned()));
            assert_eq!(fit(&settings, &examples).score, want, "{output}");
        }
    }
}
