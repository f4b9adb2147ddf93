//! Scenes: the pictures of a period with the boxes that are in them.

use std::collections::{BTreeMap, BTreeSet};

use rankine_learn::algorithms::detectors::Labelled;
use rankine_learn::{Area, Id, Marked, Picture, Value, What, hash};
use rayon::prelude::*;

use super::replay::judged;
use crate::bundle::Rehearsal;
use crate::error::Error;
use crate::pictures;
use crate::prepare::{Dataset, Period};
use crate::problem::{Owner, Problem, Slice};
use crate::progress::Progress;

/// A picture that somebody annotated, not yet opened.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    /// Its path as the log has it.
    pub(super) file: String,
    /// What is in it; the class of a box is the place of its label in the problem.
    pub(super) truth: Vec<Marked>,
    /// Who asked.
    pub(super) user: Id,
    /// Of each field that is a slice the word that it has.
    pub(super) words: Vec<String>,
}

/// A scene with its pixels.
pub(super) struct Opened {
    pub(super) scene: Scene,
    pub(super) picture: Picture,
    /// Areas and classes of the truth, as detectors learn from them.
    pub(super) boxes: Vec<(Area, u32)>,
}

impl Opened {
    pub(super) fn labelled(all: &[Opened]) -> Vec<Labelled<'_>> {
        all.iter().map(|one| Labelled { picture: &one.picture, boxes: &one.boxes }).collect()
    }
}

/// The annotated pictures of some periods, each only in the first period that has it: what was learned from
/// must not judge.
pub(super) fn of(problem: &Problem, dataset: &Dataset, periods: &[Period]) -> Vec<Scene> {
    let known = Known::new(problem, dataset);
    let first = periods.iter().map(|period| *period as usize).min().unwrap_or(0);
    let mut seen: BTreeSet<Id> = BTreeSet::new();
    for outcome in &dataset.outcomes[..dataset.periods[first]] {
        seen.extend(outcome.relevant.iter().map(|(item, _)| item));
    }
    let mut scenes = Vec::new();
    for outcome in periods.iter().flat_map(|period| judged(problem, dataset, *period)) {
        for (item, _) in &outcome.relevant {
            if seen.insert(*item) {
                scenes.extend(known.scene(problem, dataset, *item, outcome.user));
            }
        }
    }
    scenes
}

/// What the log says of the items: their fields and their boxes.
struct Known<'a> {
    fields: BTreeMap<Id, &'a [Value]>,
    boxes: BTreeMap<Id, Vec<Marked>>,
}

impl<'a> Known<'a> {
    fn new(problem: &Problem, dataset: &'a Dataset) -> Known<'a> {
        let mut fields: BTreeMap<Id, &[Value]> = BTreeMap::new();
        let mut boxes: BTreeMap<Id, Vec<Marked>> = BTreeMap::new();
        let classes = classes(problem, dataset);
        for event in &dataset.events {
            match &event.what {
                What::Entity { kind, id, fields: told } if *kind == problem.schema.item => {
                    fields.entry(*id).or_insert(told);
                }
                What::Interaction { kind, item, fields, .. } => {
                    let Some(at) = problem.boxes_of(*kind) else { continue };
                    let own = boxes.entry(*item).or_default();
                    // Who annotates a picture again says all of it again.
                    own.clear();
                    let Some(Value::Boxes(told)) = fields.get(at) else { continue };
                    own.extend(told.iter().filter_map(|marked| {
                        let label = classes.get(&(*kind, marked.class))?;
                        Some(Marked { class: *label as u32, ..*marked })
                    }));
                }
                _ => {}
            }
        }
        Known { fields, boxes }
    }

    /// `None` where the picture has no file that could be opened when the log was read.
    fn scene(&self, problem: &Problem, dataset: &Dataset, item: Id, user: Id) -> Option<Scene> {
        let fields = self.fields.get(&item)?;
        let Some(Value::Text(file)) = fields.get(problem.picture()?) else { return None };
        let word = |slice: &Slice| {
            let Slice::Each { owner: Owner::Item, field } = slice else { return None };
            let Some(Value::Category(word)) = fields.get(*field) else { return None };
            let words = &dataset.dictionary.entity_words[problem.schema.item][*field];
            Some(format!("{} = {}", slice.name(problem), words.name(*word)))
        };
        let words = problem.evaluate.slices.iter().filter_map(word).collect();
        let truth = self.boxes.get(&item).cloned().unwrap_or_default();
        Some(Scene { file: file.clone(), truth, user, words })
    }
}

/// The label of each class of boxes, by the kind of interaction that tells it and the number of its word.
fn classes(problem: &Problem, dataset: &Dataset) -> BTreeMap<(usize, u32), usize> {
    let mut classes = BTreeMap::new();
    for (at, label) in problem.labels.0.iter().enumerate() {
        for &kind in &label.from {
            let Some(field) = problem.boxes_of(kind) else { continue };
            let words = &dataset.dictionary.interaction_words[kind][field];
            classes.extend(words.number(&label.name).map(|word| ((kind, word), at)));
        }
    }
    classes
}

/// The words that boxes bear as notes, by number, of all kinds of interaction together.
pub(super) fn notes(problem: &Problem, dataset: &Dataset) -> BTreeMap<u32, String> {
    let kinds = problem.labels.0.first().map(|label| label.from.as_slice()).unwrap_or_default();
    let mut notes = BTreeMap::new();
    for (&kind, field) in kinds.iter().filter_map(|kind| Some((kind, problem.boxes_of(*kind)?))) {
        let words = &dataset.dictionary.interaction_words[kind][field];
        let used = dataset.events.iter().filter_map(|event| match &event.what {
            What::Interaction { kind: of, fields, .. } if *of == kind => match fields.get(field) {
                Some(Value::Boxes(boxes)) => Some(boxes),
                _ => None,
            },
            _ => None,
        });
        let used: BTreeSet<u32> = used.flatten().filter_map(|marked| marked.note).collect();
        notes.extend(used.into_iter().map(|word| (word, words.name(word).to_owned())));
    }
    notes
}

/// Pictures opened between two looks at whether somebody asked to stop.
const TOGETHER: usize = 64;
/// Most bytes of pixels that are held at once.
const HELD: usize = 2 << 30;

/// Opens a sample of at most `most` pictures, as many as fit into memory.
pub(super) fn open(
    dataset: &Dataset,
    scenes: Vec<Scene>,
    most: usize,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Opened>, Error> {
    let mut order: Vec<(u64, usize)> =
        (0..scenes.len()).map(|at| (hash(seed, &[11, at as u64]), at)).collect();
    order.sort_unstable();
    order.truncate(most);
    let (mut opened, mut held) = (Vec::new(), 0);
    for chunk in order.chunks(TOGETHER) {
        progress.check()?;
        let chunk: Vec<Result<(usize, Opened), Error>> =
            chunk.par_iter().map(|&(_, at)| Ok((at, one(dataset, &scenes[at])?))).collect();
        for found in chunk {
            let (at, found) = found?;
            held += found.picture.pixels.len();
            if held <= HELD || opened.is_empty() {
                opened.push((at, found));
            }
        }
        if held > HELD {
            break;
        }
    }
    opened.sort_by_key(|(at, _)| *at);
    Ok(opened.into_iter().map(|(_, opened)| opened).collect())
}

/// Opens a picture.
///
/// # Errors
/// Where it cannot be read any more: it could when the log was.
pub(super) fn one(dataset: &Dataset, scene: &Scene) -> Result<Opened, Error> {
    let picture = pictures::read(&dataset.root, &scene.file)
        .map_err(|error| Error::Data(format!("{}: {error}", dataset.root.join(&scene.file).display())))?;
    let boxes = scene.truth.iter().map(|marked| (marked.area, marked.class)).collect();
    Ok(Opened { scene: scene.clone(), picture, boxes })
}

/// Pictures that a bundle keeps, to warm up with and to measure by.
const REHEARSED: usize = 24;
/// Most bytes of them.
const KEPT: usize = 32 << 20;

/// The latest pictures of the log with their files.
pub(crate) fn rehearsal(problem: &Problem, dataset: &Dataset) -> Vec<Rehearsal> {
    let scenes = of(problem, dataset, &[Period::Test]);
    let mut kept = 0;
    let one = |scene: &Scene| {
        let picture = pictures::bytes(&dataset.root, &scene.file).ok()?;
        Some(Rehearsal { user: scene.user, context: Vec::new(), pool: Vec::new(), picture })
    };
    let within = |rehearsed: &Rehearsal| {
        kept += rehearsed.picture.len();
        kept <= KEPT
    };
    scenes.iter().rev().filter_map(one).take_while(within).take(REHEARSED).collect()
}
