//! Naive Bayes: how much more often each term stands in rows of one label than of the other.

use super::logistic::{Encoding, Model, Terms};
use super::{Kind, Output, Scorer, saved, target};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::{Bag, Examples, Rows};

/// Multinomial naive Bayes.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "naive-bayes",
        what: "Adds up, for each term of a row, the logarithm of how much likelier it is under label 1 than \
               under 0; the same for each category. Columns of numbers are left aside.",
        when: "Texts with few labels, or when learning must cost one pass.",
        avoid: "Where its log-odds are taken for probabilities without calibration: terms that say the same, such \
                as runs of letters of one word, are counted as if each said it anew.",
        cost: "Training: one pass over the terms; scoring: a search a term.",
        source: "McCallum and Nigam 1998, A comparison of event models for naive Bayes text classification; \
                 Rennie et al. 2003, Tackling the poor assumptions of naive Bayes text classifiers",
        parameters: &[Parameter {
            name: "alpha",
            doc: "Added to the weight of every term and category under each label.",
            kind: Holds::Number { min: 1e-6, max: 1e3 },
            default: Preset::Number(1.0),
            search: &[0.01, 0.05, 0.2],
        }],
    },
    output: |_| Output::LogOdds,
    reads_bags: true,
    fit: |settings, examples, _, _| Box::new(NaiveBayes(fit(settings, examples))),
    load: |bytes| Ok(Box::new(NaiveBayes(load(bytes)?))),
};

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine naive-bayes 1\n";

/// Learned by counting, it scores as logistic regression does.
struct NaiveBayes(Model);

impl Scorer for NaiveBayes {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        self.0.score(rows)
    }

    fn importance(&self) -> Vec<f32> {
        self.0.importance()
    }

    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        self.0.contributions(rows, row)
    }

    fn save(&self) -> Vec<u8> {
        saved::save(MARK, &self.0)
    }
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    saved::load::<Model>(MARK, "naive Bayes", bytes)?.checked("naive Bayes")
}

fn fit(settings: &Settings, examples: &Examples) -> Model {
    let rows = &examples.rows;
    let classes = Classes::of(examples, settings.number("alpha"));
    let columns = examples.columns.iter().enumerate().map(|(at, column)| {
        if !column.category {
            return Encoding::Nothing;
        }
        let value = |row: usize| rows.row(row).get(at).copied().filter(|value| !value.is_nan());
        // Zeros of both signs are one category.
        let some: Vec<(usize, f32)> =
            (0..rows.len()).filter_map(|row| value(row).map(|value| (row, value + 0.0))).collect();
        let mut values: Vec<f32> = some.iter().map(|(_, value)| *value).collect();
        values.sort_unstable_by(f32::total_cmp);
        values.dedup();
        let place = |value: f32| values.binary_search_by(|probe| probe.total_cmp(&value));
        let entries = some.iter().filter_map(|(row, value)| Some((*row, place(*value).ok()?, 1.0)));
        Encoding::Category { weights: classes.ratios(values.len(), entries), values, other: 0.0 }
    });
    let columns = columns.collect();
    let bags = (0..examples.bags.len()).map(|at| {
        let terms = Terms::met(rows, at);
        let entries = (0..rows.len()).flat_map(|row| {
            let bag: &Bag = &rows.bags_of(row)[at];
            let weighed = |(place, weight): (usize, f32)| (row, place, f64::from(weight.max(0.0)));
            terms.places(bag).map(weighed).collect::<Vec<_>>()
        });
        let weights = classes.ratios(terms.terms.len(), entries);
        Terms { weights, ..terms }
    });
    let bags = bags.collect();
    let share = target::mean(&target::shares(examples), &target::weights(examples));
    let weighing = examples.weights.iter().filter(|weight| **weight > 0.0).count();
    Model::learned(target::log_odds(share, weighing), columns, bags, rows)
}

/// What each row adds to label 0 and to label 1.
struct Classes {
    rows: Vec<[f64; 2]>,
    alpha: f64,
}

impl Classes {
    fn of(examples: &Examples, alpha: f64) -> Classes {
        let weights = target::weights(examples);
        let all: f64 = weights.iter().copied().map(f64::from).sum();
        // Rows weigh 1 in the mean, so that `alpha` means the same whatever the unit of weights.
        let unit = if all > 0.0 { weights.len() as f64 / all } else { 0.0 };
        let both = |(label, weight): (f32, f32)| {
            let (label, weight) = (f64::from(label), f64::from(weight) * unit);
            [(1.0 - label) * weight, label * weight]
        };
        Classes { rows: target::shares(examples).into_iter().zip(weights).map(both).collect(), alpha }
    }

    /// For each of so many places the logarithm of how much likelier it is under label 1, from all (row, place,
    /// how often).
    fn ratios(&self, places: usize, entries: impl Iterator<Item = (usize, usize, f64)>) -> Vec<f32> {
        let mut counts = vec![[self.alpha; 2]; places];
        for (row, place, often) in entries {
            counts[place][0] += self.rows[row][0] * often;
            counts[place][1] += self.rows[row][1] * often;
        }
        let all = counts.iter().fold([0.0; 2], |all, count| [all[0] + count[0], all[1] + count[1]]);
        let ratio = |count: &[f64; 2]| (count[1] / all[1]).ln() - (count[0] / all[0]).ln();
        counts.iter().map(|count| ratio(count) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{BagColumn, Column};

    /// Three rows by hand: terms 1 and 2 under label 1, terms 2 (twice) and 7 under label 0.
    #[test]
    fn ratios_by_hand() {
        let bags = vec![vec![(1, 1.0), (2, 1.0)], vec![(2, 2.0)], vec![(7, 1.0)]];
        let examples = Examples {
            columns: vec![Column::category("c"), Column::number("n")],
            bags: vec![BagColumn { name: "b".to_owned(), terms: 8 }],
            rows: Rows { values: vec![5.0, 1.0, 5.0, 2.0, f32::NAN, 3.0], width: 2, bags, bag_width: 1 },
            labels: vec![1.0, 0.0, 0.0],
            weights: vec![2.0; 3],
            groups: vec![3],
        };
        let settings = KIND.card.defaults().with("alpha", crate::card::Setting::Number(0.5));
        let model = NaiveBayes(fit(&settings, &examples));
        let ln = |value: f64| value.ln() as f32;
        let probe = Rows {
            values: vec![5.0, f32::INFINITY],
            width: 2,
            bags: vec![vec![(1, 1.0), (2, 2.0), (3, 9.0)]],
            bag_width: 1,
        };
        let (one, two) = (ln((1.5 / 3.5) / (0.5 / 4.5)), ln((1.5 / 3.5) / (2.5 / 4.5)));
        let want = [0.0, 0.0, one + 2.0 * two, ln(0.5)];
        let have = model.contributions(&probe, 0);
        assert_eq!(have.len(), want.len());
        for (have, want) in have.iter().zip(want) {
            assert!((have - want).abs() < 1e-6, "{have} {want}");
        }
    }
}
