//! Gradient-boosted trees: the scorer that takes any columns as they come.

use crate::algorithms::scorers::{Kind, Output, Scorer};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::Rows;

mod bins;
mod boost;
mod contributions;
mod grow;
mod histogram;
mod loss;
mod masks;
mod model;
mod ranking;
mod split;

pub(super) use boost::fit;
use masks::Masks;
pub(super) use model::Model;

/// Gradient-boosted trees.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "trees",
        what: "Adds up small decision trees, each grown to mend what those before it got wrong.",
        when: "With some thousand labelled rows or more, columns of any scale, missing values, and effects \
               that depend on one another.",
        avoid: "With few rows, or where scores must follow a trend beyond the values seen: trees are flat \
                there.",
        cost: "Training: time of rows x columns x trees; a million rows of 30 columns and 100 trees take some \
               12 CPU seconds and, beside the rows, 3 bytes a value. Scoring: trees x leaves a row, about a \
               microsecond with 100 trees of 31 leaves.",
        source: "Friedman 2001, Greedy function approximation; Burges 2010, From RankNet to LambdaRank to \
                 LambdaMART; Ke et al. 2017, LightGBM; Shi et al. 2022, Quantized training of gradient \
                 boosting decision trees",
        parameters: PARAMETERS,
    },
    output: |settings| match settings.word("loss") {
        "logistic" => Output::LogOdds,
        "squared" | "quantile" => Output::Value,
        _ => Output::Order,
    },
    reads_bags: false,
    fit: |settings, examples, valid, seed| {
        Box::new(Trees::of(boost::fit(settings, examples, valid, seed), MARK))
    },
    load: |bytes| Ok(Box::new(Trees::of(Model::load(MARK, bytes)?, MARK))),
};

/// What the bytes of a model begin with.
const MARK: &[u8] = b"rankine trees 2\n";

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "loss",
        doc: "What to minimise: lambdarank orders the rows of a request, logistic predicts the chance of a \
              label of 1, squared predicts the label's mean, quantile its quantile.",
        kind: Holds::Choice(&["lambdarank", "logistic", "squared", "quantile"]),
        default: Preset::Word("lambdarank"),
        search: &[],
    },
    Parameter::number(
        "quantile",
        "For the loss of that name: the share of labels that should lie below what is predicted.",
        (0.001, 0.999),
        0.5,
        &[],
    ),
    Parameter::count("trees", "The number of trees.", (1, 10_000), 100, &[50.0, 200.0]),
    Parameter::count("leaves", "Most leaves of a tree.", (2, 1024), 31, &[15.0, 63.0]),
    Parameter::number("rate", "What share of a tree's step is taken.", (1e-4, 1.0), 0.1, &[0.05, 0.2]),
    Parameter::count("bins", "Most bins of a column of numbers.", (2, 255), 255, &[]),
    Parameter::count(
        "min_data",
        "Fewest rows in a leaf; exact where all rows weigh the same in the loss, else about that.",
        (1, 1_000_000_000),
        20,
        &[50.0],
    ),
    Parameter::number(
        "min_hessian",
        "Smallest sum of second derivatives in a leaf.",
        (0.0, 1e9),
        1e-3,
        &[1.0],
    ),
    Parameter::number("lambda", "L2 penalty on leaf values.", (0.0, 1e9), 0.0, &[1.0, 10.0]),
    Parameter::count(
        "categories",
        "Most categories of a column that are told apart; rarer ones count as missing.",
        (2, 65_535),
        20_000,
        &[],
    ),
    Parameter::number(
        "category_smoothing",
        "Added to the hessian that orders categories; those with fewer rows in a leaf are not told apart.",
        (0.0, 1e6),
        10.0,
        &[5.0],
    ),
    Parameter::number(
        "category_lambda",
        "Added to lambda where categories are split.",
        (0.0, 1e9),
        10.0,
        &[5.0],
    ),
    Parameter::count(
        "category_most",
        "Most categories that one side of a split may list.",
        (1, 65_535),
        32,
        &[256.0],
    ),
    Parameter::number("bagging", "Share of rows drawn for a tree; 1 takes all.", (0.01, 1.0), 1.0, &[0.8]),
    Parameter::count(
        "bagging_freq",
        "Draw rows anew after this many trees; 0 never draws.",
        (0, 10_000),
        1,
        &[],
    ),
    Parameter::number(
        "feature_fraction",
        "Share of columns drawn for a tree; 1 takes all.",
        (0.01, 1.0),
        1.0,
        &[0.8],
    ),
    Parameter::count(
        "patience",
        "Stop once this many trees in a row did not better the loss on validation rows (NDCG@10 for \
         lambdarank), and drop those trees; 0 never stops.",
        (0, 10_000),
        0,
        &[],
    ),
];

/// Trees that learned.
pub(super) struct Trees {
    model: Model,
    masks: Masks,
    mark: &'static [u8],
}

impl Trees {
    /// Trees whose bytes begin with `mark`.
    pub(super) fn of(model: Model, mark: &'static [u8]) -> Trees {
        Trees { masks: Masks::of(&model), model, mark }
    }
}

impl Scorer for Trees {
    fn score(&self, rows: &Rows) -> Vec<f32> {
        self.masks.score(&self.model, rows)
    }

    fn importance(&self) -> Vec<f32> {
        self.model.importance()
    }

    fn contributions(&self, rows: &Rows, row: usize) -> Vec<f32> {
        self.model.contributions(rows.row(row))
    }

    fn save(&self) -> Vec<u8> {
        self.model.save(self.mark)
    }
}
