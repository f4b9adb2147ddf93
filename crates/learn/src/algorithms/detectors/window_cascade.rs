//! Few trees on few channels reject most windows; many trees judge the rest.

use serde::{Deserialize, Serialize};

use super::windows::{self, Judge, Place, Recipe, Windows, parameters};
use super::{Kind, ascending, quantile, window_trees};
use crate::algorithms::scorers::Scorer;
use crate::card::{Card, Parameter, Setting, Settings};
use crate::examples::{Column, Examples, Rows};
use crate::vision::Cells;

/// A cascade of trees on aggregated channels.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "window-cascade",
        what: "Slides a window over aggregated channels (light, colour, strength and direction of edges): a \
               few trees on a few numbers reject most windows, many trees judge the rest.",
        when: "For millions of pictures, for small or dark objects, and wherever colour tells.",
        avoid: "Where few pictures are labelled: the first stage learns from them what it may never look at \
                again.",
        cost: "Time of pixels x levels for the channels, a fraction of a microsecond a window, and all trees \
               for the few per cent that the first stage lets through.",
        source: "Viola and Jones 2001, Rapid object detection using a boosted cascade; Dollar et al. 2014, \
                 Fast feature pyramids for object detection",
        parameters: &PARAMETERS,
    },
    check: |_| Ok(()),
    fit: |settings, train, valid, seed| Ok(Box::new(windows::fit(&RECIPE, settings, train, valid, seed))),
    load: |bytes| Ok(Box::new(windows::load(&RECIPE, bytes)?)),
};

static PARAMETERS: [Parameter; 18] = parameters([
    window_trees::TREES[0],
    window_trees::TREES[1],
    window_trees::TREES[2],
    Parameter::count("quick_trees", "Trees of the first stage, of four leaves each.", (1, 100), 10, &[20.0]),
    Parameter::count(
        "quick_columns",
        "Numbers of a window that the first stage reads.",
        (1, 500),
        20,
        &[40.0],
    ),
    Parameter::number(
        "lose",
        "Share of training objects' windows that the first stage may reject.",
        (0.0, 0.5),
        0.02,
        &[0.01],
    ),
]);

static RECIPE: Recipe = Recipe {
    mark: b"rankine window-cascade 1\n",
    cells: Cells::Channels,
    learn: |settings, examples, seed| Box::new(learn(settings, examples, seed)),
    load,
};

/// Two stages.
struct Cascade {
    /// Which numbers of a window the first stage reads.
    columns: Vec<u32>,
    quick: Box<dyn Scorer>,
    /// What the first stage must give for a window to go on.
    least: f32,
    slow: Box<dyn Scorer>,
}

/// Windows that the first stage scores together.
const TOGETHER: usize = 256;

fn learn(settings: &Settings, examples: &Examples, seed: u64) -> Cascade {
    let slow = window_trees::learn(settings, examples, seed);
    let importance = slow.importance();
    let mut columns: Vec<u32> = (0..importance.len() as u32).collect();
    columns.sort_by(|one, other| {
        importance[*other as usize].total_cmp(&importance[*one as usize]).then(one.cmp(other))
    });
    columns.truncate(settings.count("quick_columns"));
    columns.sort_unstable();
    let few = few_columns(examples, &columns);
    let own = settings
        .clone()
        .with("trees", Setting::Count(settings.count("quick_trees") as u64))
        .with("leaves", Setting::Count(4))
        .with("rate", Setting::Number(0.3));
    let quick = window_trees::learn(&own, &few, seed);
    let scores = quick.score(&few.rows).into_iter().zip(&few.labels);
    let on = ascending(scores.filter(|(_, label)| **label > 0.0).map(|(score, _)| score));
    let lose = settings.number("lose") as f32;
    let least = if on.is_empty() { f32::MIN } else { quantile(&on, lose) };
    Cascade { columns, quick, least, slow }
}

fn few_columns(examples: &Examples, columns: &[u32]) -> Examples {
    let rows = (0..examples.rows.len()).map(|row| examples.rows.row(row));
    let values = rows.flat_map(|row| columns.iter().map(|column| row[*column as usize])).collect();
    Examples {
        columns: columns.iter().map(|column| Column::number(column.to_string())).collect(),
        rows: Rows { values, width: columns.len(), ..Rows::default() },
        labels: examples.labels.clone(),
        weights: examples.weights.clone(),
        groups: examples.groups.clone(),
        ..Examples::default()
    }
}

impl Judge for Cascade {
    fn scan(&self, windows: Windows<'_>, least: f32, found: &mut Vec<(Place, f32)>) {
        let (grid, across) = (windows.grid, windows.width * windows.grid.depth);
        // A number's place within the grid, from its window's first number.
        let offset = |column: &u32| {
            let column = *column as usize;
            column / across * grid.width * grid.depth + column % across
        };
        let offsets: Vec<usize> = self.columns.iter().map(offset).collect();
        let mut rows = Rows { width: offsets.len(), ..Rows::default() };
        let (mut at, mut passed): (Vec<Place>, Vec<Place>) = (Vec::new(), Vec::new());
        let mut places = windows.places().peekable();
        while let Some(place) = places.next() {
            let start = (place.1 * grid.width + place.0) * grid.depth;
            rows.values.extend(offsets.iter().map(|offset| grid.values[start + offset]));
            at.push(place);
            if at.len() == TOGETHER || places.peek().is_none() {
                let scores = self.quick.score(&rows).into_iter();
                passed.extend(
                    at.drain(..).zip(scores).filter(|found| found.1 >= self.least).map(|found| found.0),
                );
                rows.values.clear();
            }
        }
        window_trees::ask(self.slow.as_ref(), windows, passed.into_iter(), least, found);
    }

    fn save(&self) -> Vec<u8> {
        let saved = Saved {
            columns: self.columns.clone(),
            quick: self.quick.save(),
            least: self.least,
            slow: self.slow.save(),
        };
        postcard::to_allocvec(&saved).expect("numbers and lists can be written")
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    columns: Vec<u32>,
    quick: Vec<u8>,
    least: f32,
    slow: Vec<u8>,
}

fn load(bytes: &[u8], columns: usize) -> Result<Box<dyn Judge>, String> {
    let (saved, rest): (Saved, &[u8]) = postcard::take_from_bytes(bytes)
        .map_err(|error| format!("the stages of a saved detector cannot be read: {error}"))?;
    if !rest.is_empty() || saved.columns.iter().any(|column| *column as usize >= columns) {
        return Err(format!("a saved first stage reads beyond its window of {columns} numbers"));
    }
    let (quick, slow) = (window_trees::load(&saved.quick)?, window_trees::load(&saved.slow)?);
    Ok(Box::new(Cascade { columns: saved.columns, quick, least: saved.least, slow }))
}
