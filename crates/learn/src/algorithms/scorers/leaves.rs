//! Trees that part rows, and a logistic regression over the leaves that rows end in.

use super::logistic::{descent, table::Table};
use super::trees::{self, Model, Trees};
use super::{Kind, Output, target};
use crate::card::{Card, Parameter, Setting, Settings};
use crate::examples::{Examples, Rows};
use crate::random::hash;

/// Trees feeding a logistic regression.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "leaves",
        what: "Grows trees on half of the requests, and learns a weight for each of their leaves from the \
               other half, by logistic regression.",
        when: "Where probabilities must be right and rows are many: the weights come from rows that the \
               trees did not fit.",
        avoid: "With few rows, which two halves make fewer; where only the order counts, trees alone are \
                simpler and mostly better.",
        cost: "Training: trees on half of the rows, then rows x trees x epochs; scoring: as trees.",
        source: "He et al. 2014, Practical lessons from predicting clicks on ads at Facebook",
        parameters: PARAMETERS,
    },
    output: |_| Output::LogOdds,
    reads_bags: false,
    fit: |settings, examples, valid, seed| Box::new(fit(settings, examples, valid, seed)),
    load: |bytes| Ok(Box::new(Trees::of(Model::load(MARK, bytes)?, MARK))),
};

const PARAMETERS: &[Parameter] = &[
    Parameter::count("trees", "The number of trees.", (1, 10_000), 100, &[50.0, 200.0]),
    Parameter::count("leaves", "Most leaves of a tree.", (2, 1024), 31, &[12.0, 63.0]),
    Parameter::number("rate", "What share of a tree's step is taken.", (1e-4, 1.0), 0.1, &[0.05, 0.2]),
    Parameter::count("min_data", "Fewest rows in a leaf, about.", (1, 1_000_000_000), 20, &[50.0]),
    Parameter::count(
        "patience",
        "Stop once this many trees in a row did not better the log loss on validation rows, and drop those \
         trees; 0 never stops.",
        (0, 10_000),
        30,
        &[],
    ),
    Parameter::number(
        "l2",
        "L2 penalty on weights of leaves, beside the mean loss of a row.",
        (0.0, 1e6),
        1e-5,
        &[1e-6, 1e-4],
    ),
    Parameter::count(
        "epochs",
        "Most steps of the weights' descent, each over all rows.",
        (1, 10_000),
        50,
        &[],
    ),
];

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine leaves 1\n";

/// A weight a leaf is a tree whose leaves have other values: the model is one of trees.
fn fit(settings: &Settings, examples: &Examples, valid: Option<&Examples>, seed: u64) -> Trees {
    let (parting, weighing) = halves(examples, seed);
    let mut own = trees::KIND.card.defaults().with("loss", Setting::Word("logistic".to_owned()));
    for name in ["trees", "leaves", "rate", "min_data", "patience"] {
        own.0.extend(settings.0.get(name).map(|setting| (name.to_owned(), setting.clone())));
    }
    let mut model = trees::fit(&own, &some(examples, &parting), valid, seed);
    let half = some(examples, &weighing);
    let weights = target::weights(&half);
    if half.rows.is_empty() || weights.iter().all(|weight| *weight <= 0.0) {
        return Trees::of(model, MARK);
    }
    let mut starts = vec![0];
    for tree in &model.trees {
        starts.push(starts[starts.len() - 1] + tree.leaves.len());
    }
    let width = starts[starts.len() - 1];
    let mut rows_of = vec![0.0; width];
    let mut places = Vec::with_capacity(half.rows.len() * model.trees.len());
    for row in 0..half.rows.len() {
        for (tree, start) in model.trees.iter().zip(&starts) {
            let place = start + tree.leaf(half.rows.row(row));
            rows_of[place] += 1.0;
            places.push(place as u32);
        }
    }
    let labels = target::shares(&half).into_iter().map(f64::from).collect();
    let weights = weights.into_iter().map(f64::from).collect();
    let mut table = Table::of_places(places, model.trees.len(), width, labels, weights);
    let learned = descent::minimise(&mut table, settings.number("l2"), settings.count("epochs"));
    let learned: Vec<f32> = learned.into_iter().map(|weight| weight as f32).collect();
    for (tree, range) in model.trees.iter_mut().zip(starts.windows(2)) {
        tree.refit(&learned[range[0]..range[1]], &rows_of[range[0]..range[1]]);
    }
    model.bias = learned[width];
    Trees::of(model, MARK)
}

/// Rows for the trees and rows for the weights; a request stays whole, and a single one serves for both.
fn halves(examples: &Examples, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let rows = examples.rows.len();
    let whole = examples.groups.iter().map(|size| *size as usize).sum::<usize>() == rows;
    let groups: Vec<usize> =
        if whole { examples.groups.iter().map(|size| *size as usize).collect() } else { vec![1; rows] };
    let (mut parting, mut weighing) = (Vec::new(), Vec::new());
    let mut start = 0;
    for (group, size) in groups.into_iter().enumerate() {
        let half =
            if hash(seed, &[3, group as u64]).is_multiple_of(2) { &mut parting } else { &mut weighing };
        half.extend(start..start + size);
        start += size;
    }
    if parting.is_empty() || weighing.is_empty() {
        return ((0..rows).collect(), (0..rows).collect());
    }
    (parting, weighing)
}

fn some(examples: &Examples, rows: &[usize]) -> Examples {
    let all = &examples.rows;
    let values = rows.iter().flat_map(|row| all.row(*row)).copied().collect();
    Examples {
        columns: examples.columns.clone(),
        bags: examples.bags.clone(),
        rows: Rows { values, width: all.width, ..Rows::default() },
        labels: rows.iter().map(|row| examples.labels[*row]).collect(),
        weights: rows.iter().map(|row| examples.weights[*row]).collect(),
        groups: vec![1; rows.len()],
    }
}
