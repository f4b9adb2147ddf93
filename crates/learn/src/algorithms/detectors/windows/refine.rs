//! Moves a window's box onto its object, by regression from the window's cells (Girshick et al. 2014).

use super::samples::Samples;
use crate::algorithms::scorers::{self, Scorer};
use crate::card::Setting;
use crate::examples::{Column, Examples, Rows};
use crate::picture::Area;

/// Four models: centre across and down, logarithms of width and height.
pub(super) struct Refine {
    models: Vec<Box<dyn Scorer>>,
}

/// The farthest a box moves, in its widths and heights, and the most that its size changes, as a logarithm.
const FARTHEST: f32 = 0.5;
/// Fewest windows to learn from.
const FEWEST: usize = 40;

impl Refine {
    /// Learns from windows near objects; none where there are too few or no trees are wanted.
    pub(super) fn fit(samples: &Samples, trees: usize, seed: u64) -> Option<Refine> {
        if trees == 0 || samples.moves.len() < FEWEST {
            return None;
        }
        let kind = scorers::find("trees").expect("trees are a scorer");
        let settings = kind
            .card
            .defaults()
            .with("loss", Setting::Word("squared".to_owned()))
            .with("trees", Setting::Count(trees as u64))
            .with("leaves", Setting::Count(12))
            .with("bins", Setting::Count(63))
            .with("feature_fraction", Setting::Number(0.3))
            .with("min_data", Setting::Count(10));
        let mut examples = Examples {
            columns: (0..samples.columns).map(|at| Column::number(at.to_string())).collect(),
            rows: Rows { values: samples.on.clone(), width: samples.columns, ..Rows::default() },
            weights: vec![1.0; samples.moves.len()],
            groups: vec![samples.moves.len() as u32],
            ..Examples::default()
        };
        let mut models = Vec::new();
        for part in 0..4 {
            examples.labels = samples.moves.iter().map(|moves| moves[part]).collect();
            models.push((kind.fit)(&settings, &examples, None, seed));
        }
        Some(Refine { models })
    }

    /// The boxes of these windows, moved.
    pub(super) fn apply(&self, areas: &[Area], rows: &[&[f32]]) -> Vec<Area> {
        let width = rows.first().map_or(0, |row| row.len());
        let rows = Rows { values: rows.concat(), width, ..Rows::default() };
        let parts: Vec<Vec<f32>> = self.models.iter().map(|model| model.score(&rows)).collect();
        let moved = |(at, area): (usize, &Area)| {
            let by = |part: usize| {
                let by = parts[part].get(at).copied().unwrap_or(0.0);
                if by.is_finite() { by.clamp(-FARTHEST, FARTHEST) } else { 0.0 }
            };
            let (width, height) = (area.right - area.left, area.bottom - area.top);
            let across = (area.left + area.right) * 0.5 + by(0) * width;
            let down = (area.top + area.bottom) * 0.5 + by(1) * height;
            let (wide, tall) = (width * by(2).exp() * 0.5, height * by(3).exp() * 0.5);
            Area { left: across - wide, top: down - tall, right: across + wide, bottom: down + tall }
        };
        areas.iter().enumerate().map(moved).collect()
    }

    pub(super) fn save(&self) -> [Vec<u8>; 4] {
        std::array::from_fn(|part| self.models[part].save())
    }

    pub(super) fn load(bytes: &[Vec<u8>; 4]) -> Result<Refine, String> {
        let kind = scorers::find("trees").expect("trees are a scorer");
        let models = bytes.iter().map(|bytes| (kind.load)(bytes)).collect::<Result<_, _>>()?;
        Ok(Refine { models })
    }
}
