//! Sights: what every contender found in the same pictures, and the metrics over parts of them.

use rankine_learn::algorithms::detectors::Found;
use rankine_learn::metrics::{self, Detected, Shape, Units};
use rankine_learn::{Area, Marked};

use super::boxes::matches;
use super::decisions::acts;
use super::scenes::Scene;
use super::selection::{Figure, mean_of_defined};
use crate::problem::{MetricAt, Problem};

/// The test pictures and what was found in them.
pub(super) struct Sights {
    pub(super) scenes: Vec<Scene>,
    /// Width and height of each.
    pub(super) sizes: Vec<(f32, f32)>,
    /// `contenders x pictures`, also below the thresholds.
    pub(super) found: Vec<Vec<Vec<Found>>>,
    /// `contenders x labels`.
    pub(super) thresholds: Vec<Vec<f64>>,
    pub(super) labels: usize,
}

/// A part of the sights: some pictures, some of their boxes, one label or all.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) pictures: Vec<usize>,
    /// For each picture of all whether each of its boxes belongs; empty where all do.
    boxes: Vec<Vec<bool>>,
    /// What hits nothing counts only if its area lies in this range: from, up to without.
    areas: (f32, f32),
    label: Option<usize>,
}

/// Every area.
const ANY: (f32, f32) = (f32::NEG_INFINITY, f32::INFINITY);

impl View {
    pub(super) fn all(sights: &Sights) -> View {
        View { pictures: (0..sights.scenes.len()).collect(), boxes: Vec::new(), areas: ANY, label: None }
    }

    /// Only these pictures.
    pub(super) fn of_pictures(sights: &Sights, within: impl Fn(&Scene) -> bool) -> View {
        let pictures = (0..sights.scenes.len()).filter(|at| within(&sights.scenes[*at]));
        View { pictures: pictures.collect(), boxes: Vec::new(), areas: ANY, label: None }
    }

    /// The pictures that have such boxes, of which only those count: what hits another box is left out, and
    /// whatever hits nothing stays a mistake.
    pub(super) fn of_boxes(sights: &Sights, within: impl Fn(&Marked) -> bool) -> View {
        let boxes: Vec<Vec<bool>> =
            sights.scenes.iter().map(|scene| scene.truth.iter().map(&within).collect()).collect();
        let pictures = (0..boxes.len()).filter(|at| boxes[*at].contains(&true)).collect();
        View { pictures, boxes, areas: ANY, label: None }
    }

    /// The pictures that have boxes of such an area, of which only those count: neither what hits another box
    /// nor what hits nothing and is of another size (Lin et al. 2014, Microsoft COCO).
    pub(super) fn of_areas(sights: &Sights, from: f32, to: f32) -> View {
        let within = |marked: &Marked| (from..to).contains(&marked.area.size());
        View { areas: (from, to), ..View::of_boxes(sights, within) }
    }

    /// The same of one label alone.
    pub(super) fn of_label(&self, label: usize) -> View {
        View { label: Some(label), ..self.clone() }
    }

    fn has(&self, picture: usize, at: usize) -> bool {
        self.boxes.get(picture).and_then(|own| own.get(at)).copied().unwrap_or(true)
    }
}

impl Sights {
    /// How many boxes of a label there are.
    pub(super) fn truths(&self, label: usize) -> usize {
        let all = self.scenes.iter().flat_map(|scene| &scene.truth);
        all.filter(|marked| marked.class as usize == label).count()
    }

    fn contenders(&self) -> usize {
        self.found.len()
    }
}

/// The boxes of a view for one contender: of one class with their scores, or of all classes together, where
/// those acted on have a score of 1 and others none. Blurred is blurred, whatever it was taken for.
struct Table {
    found: Vec<Vec<(Area, f32)>>,
    truth: Vec<Vec<Area>>,
    sizes: Vec<(f32, f32)>,
    threshold: f32,
}

impl Table {
    fn new(sights: &Sights, view: &View, contender: usize, label: Option<usize>) -> Table {
        let thresholds = &sights.thresholds[contender];
        let mut table = Table {
            found: Vec::new(),
            truth: Vec::new(),
            sizes: Vec::new(),
            threshold: label.map_or(0.5, |label| thresholds.get(label).copied().unwrap_or(0.0) as f32),
        };
        for &at in &view.pictures {
            let found = sights.found[contender][at].iter();
            let found: Vec<(Area, f32)> = match label {
                Some(label) => {
                    found.filter(|one| one.class as usize == label).map(|one| (one.area, one.score)).collect()
                }
                None => found.filter(|one| acts(thresholds, one)).map(|one| (one.area, 1.0)).collect(),
            };
            let wanted = |marked: &Marked| label.is_none_or(|label| marked.class as usize == label);
            let truth: Vec<(usize, Area)> = sights.scenes[at]
                .truth
                .iter()
                .enumerate()
                .filter(|(_, marked)| wanted(marked))
                .map(|(place, marked)| (place, marked.area))
                .collect();
            let areas: Vec<Area> = truth.iter().map(|(_, area)| *area).collect();
            let hits = matches(&found, &areas);
            let counts = |(found, hit): &(&(Area, f32), &Option<usize>)| match hit {
                Some(hit) => view.has(at, truth[*hit].0),
                None => (view.areas.0..view.areas.1).contains(&found.0.size()),
            };
            let kept = found.iter().zip(&hits).filter(counts).map(|(found, _)| *found);
            table.found.push(kept.collect());
            table.truth.push(
                truth.iter().filter(|(place, _)| view.has(at, *place)).map(|(_, area)| *area).collect(),
            );
            table.sizes.push(sights.sizes[at]);
        }
        table
    }

    fn detected(&self) -> Detected<'_> {
        Detected { found: &self.found, truth: &self.truth, sizes: &self.sizes, threshold: self.threshold }
    }
}

/// The labels that a metric is averaged over; `None` stands for all of them in one: a metric of pictures
/// judges what was acted on, not what it was taken for.
fn asked(metric: &MetricAt, sights: &Sights, view: &View) -> Vec<Option<usize>> {
    let pooled = metrics::find(&metric.name).is_some_and(|found| matches!(found.shape, Shape::PerPicture(_)));
    match view.label {
        Some(label) => vec![Some(label)],
        None if pooled => vec![None],
        None => (0..sights.labels).map(Some).collect(),
    }
}

/// A metric of one contender, the mean over the labels that can tell; not-a-number where none can.
pub(super) fn value(metric: &MetricAt, sights: &Sights, view: &View, contender: usize) -> f64 {
    let Some(found) = metrics::find(&metric.name) else { return f64::NAN };
    let one = |label: Option<usize>| {
        found.of_boxes(&Table::new(sights, view, contender, label).detected(), metric.k)
    };
    mean_of_defined(asked(metric, sights, view).into_iter().map(one))
}

/// What intervals and verdicts on a metric are made from: values of pictures, or pseudo-values of blocks of
/// pictures, of the same blocks for all labels.
pub(super) fn units(metric: &MetricAt, sights: &Sights, view: &View) -> Units {
    let none = Units { values: vec![Vec::new(); sights.contenders()], clusters: Vec::new(), users: 0 };
    let Some(found) = metrics::find(&metric.name) else { return none };
    let clusters: Vec<u32> = view.pictures.iter().map(|at| sights.scenes[*at].user).collect();
    let mut labels: Vec<Units> = Vec::new();
    for label in asked(metric, sights, view) {
        let tables: Vec<Table> =
            (0..sights.contenders()).map(|at| Table::new(sights, view, at, label)).collect();
        let detected: Vec<Detected<'_>> = tables.iter().map(Table::detected).collect();
        let own = metrics::of_pictures(found, metric.k, &detected, &clusters);
        // A label of which the pictures hold no box tells nothing of any contender.
        if !own.values.iter().flatten().any(|value| value.is_nan()) {
            labels.push(own);
        }
    }
    mean(labels).unwrap_or(none)
}

/// The mean over labels, place by place; one place where a label has no more.
fn mean(labels: Vec<Units>) -> Option<Units> {
    let places = labels.iter().map(|label| label.clusters.len()).min()?;
    let whole = labels.iter().all(|label| label.clusters.len() == places);
    let count = labels.len() as f64;
    let first = labels.first()?;
    let over = |contender: usize, at: usize| {
        let one = |label: &Units| {
            let values = &label.values[contender];
            if whole { values[at] } else { values.iter().sum::<f64>() / values.len().max(1) as f64 }
        };
        labels.iter().map(one).sum::<f64>() / count
    };
    let places = if whole { places } else { 1.min(places) };
    let values = (0..first.values.len())
        .map(|contender| (0..places).map(|at| over(contender, at)).collect())
        .collect();
    Some(Units { values, clusters: first.clusters[..places].to_vec(), users: first.users })
}

/// A metric of all contenders with intervals.
pub(super) fn figures(problem: &Problem, metric: &MetricAt, sights: &Sights, view: &View) -> Vec<Figure> {
    let units = units(metric, sights, view);
    let one = |contender: usize| {
        let value = value(metric, sights, view, contender);
        Figure::of_units(value, &units, contender, problem.evaluate.confidence)
    };
    (0..sights.contenders()).map(one).collect()
}
