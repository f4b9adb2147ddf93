//! Rows as tokens in a hash table: categories, bins, deviations, terms, and crosses of columns.

use serde::{Deserialize, Serialize};

use crate::algorithms::scorers::scale::{Scale, cuts};
use crate::card::Settings;
use crate::examples::{Examples, Rows};
use crate::random::hash;

/// Columns of categories of which all pairs may be crossed.
const CROSSED: usize = 16;
/// Most columns and bags of a model that is loaded.
const WIDEST: u32 = 1 << 20;
/// Weights of bags are cut to this, so that sums of them do not overflow.
const HEAVIEST: f32 = 1e3;
/// What tokens are hashed for.
const SEED: u64 = 0x6674_726c;

/// How rows become tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tokens {
    columns: Vec<Reading>,
    bags: u32,
    /// Pairs of columns, the lower first.
    crosses: Vec<(u32, u32)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Reading {
    /// By its value.
    Category,
    /// By its bin: how many of these, ascending, lie below it.
    Bins(Vec<f32>),
    /// By deviations from the mean; crossed by its bin.
    Standardised(Scale, Vec<f32>),
}

/// A place of the hash table that a row reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub(super) place: u32,
    /// Its column, or the number of columns plus its bag; twice the same where it is no cross.
    pub(super) fields: (u32, u32),
    pub(super) value: f32,
}

impl Tokens {
    /// From the columns of examples and the crosses that are asked for.
    pub(super) fn choose(settings: &Settings, examples: &Examples) -> Tokens {
        let standardised = settings.word("numbers") == "standardised";
        let rows = &examples.rows;
        let reading = |(at, column): (usize, &crate::examples::Column)| {
            if column.category {
                return Reading::Category;
            }
            let values = rows.values.iter().skip(at).step_by(rows.width.max(1)).copied();
            let cuts = cuts(values.clone(), settings.count("bins"));
            match Scale::of(values) {
                Some(scale) if standardised => Reading::Standardised(scale, cuts),
                _ => Reading::Bins(cuts),
            }
        };
        let columns = examples.columns.iter().enumerate().map(reading).collect();
        let mut crosses: Vec<(u32, u32)> =
            settings.words("crosses").iter().flat_map(|word| pairs(word, examples)).collect();
        crosses.sort_unstable();
        crosses.dedup();
        Tokens { columns, bags: examples.bags.len() as u32, crosses }
    }

    /// The number of columns and bags.
    pub(super) fn fields(&self) -> usize {
        self.columns.len() + self.bags as usize
    }

    /// Puts the tokens of one row into `out`; what the row lacks is missing.
    pub(super) fn of(&self, rows: &Rows, row: usize, bits: u32, hashes: &mut Vec<u64>, out: &mut Vec<Token>) {
        let place = |hash: u64| (hash >> 32) as u32 & ((1u32 << bits) - 1);
        out.clear();
        hashes.clear();
        let values = rows.row(row).iter().copied().chain(std::iter::repeat(f32::NAN));
        for ((field, reading), value) in (0u32..).zip(&self.columns).zip(values) {
            let token = hash(SEED, &[u64::from(field), reading.key(value)]);
            hashes.push(token);
            let (token, weight) = match reading {
                Reading::Standardised(scale, _) if !value.is_nan() => {
                    (hash(SEED, &[u64::from(field)]), scale.apply(value) as f32)
                }
                _ => (token, 1.0),
            };
            out.push(Token { place: place(token), fields: (field, field), value: weight });
        }
        for (one, other) in &self.crosses {
            let token = hash(hashes[*one as usize], &[hashes[*other as usize]]);
            out.push(Token { place: place(token), fields: (*one, *other), value: 1.0 });
        }
        let bags = if rows.bag_width > 0 { rows.bags_of(row) } else { &[] };
        for (field, bag) in (self.columns.len() as u32..self.fields() as u32).zip(bags) {
            for (term, weight) in bag.iter().filter(|(_, weight)| !weight.is_nan() && *weight != 0.0) {
                let token = hash(SEED, &[u64::from(field), u64::from(*term)]);
                let value = weight.clamp(-HEAVIEST, HEAVIEST);
                out.push(Token { place: place(token), fields: (field, field), value });
            }
        }
    }

    /// Whether crosses are of columns that are there, and bins ascend.
    pub(super) fn sound(&self) -> bool {
        let columns = self.columns.len() as u32;
        let reading = |reading: &Reading| match reading {
            Reading::Category => true,
            Reading::Bins(_) => true,
            Reading::Standardised(scale, _) => scale.sound(),
        };
        self.bags <= WIDEST
            && self.columns.iter().all(reading)
            && self.crosses.iter().all(|(one, other)| *one < columns && *other < columns)
    }
}

impl Reading {
    /// What tells this value from others of the column.
    fn key(&self, value: f32) -> u64 {
        const MISSING: u64 = u64::MAX;
        match self {
            _ if value.is_nan() => MISSING,
            Reading::Category => u64::from((value + 0.0).to_bits()),
            Reading::Bins(cuts) | Reading::Standardised(_, cuts) => {
                cuts.partition_point(|cut| *cut < value) as u64
            }
        }
    }
}

/// The columns that `word` crosses; none where it names no two columns.
fn pairs(word: &str, examples: &Examples) -> Vec<(u32, u32)> {
    if word == "all" {
        let columns = (0u32..).zip(&examples.columns);
        let categories: Vec<u32> = columns.filter(|(_, column)| column.category).map(|(at, _)| at).collect();
        if categories.len() > CROSSED {
            return Vec::new();
        }
        let after = |at: usize| categories[at + 1..].iter().map(move |other| (at, *other));
        return (0..categories.len()).flat_map(after).map(|(at, other)| (categories[at], other)).collect();
    }
    let at = |name: &str| {
        examples.columns.iter().position(|column| column.name == name.trim()).map(|at| at as u32)
    };
    // A name may hold an ` x ` itself: each is tried as the one between.
    let ways = word.match_indices(" x ").filter_map(|(middle, between)| {
        let (one, other) = (at(&word[..middle])?, at(&word[middle + between.len()..])?);
        Some((one.min(other), one.max(other)))
    });
    ways.take(1).collect()
}
