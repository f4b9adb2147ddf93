//! Detecting: contenders find boxes in the same pictures.

use std::sync::Arc;
use std::time::Instant;

use rankine_learn::algorithms::detectors::{self, Detector, Found, Labelled};
use rankine_learn::hash;
use rayon::prelude::*;

use super::boxes::{matches, scored, threshold};
use super::decisions::Thresholds;
use super::detection::{Acted, Detection};
use super::evaluate::metrics_of;
use super::recipes::{self, Recipe};
use super::replay::Replay;
use super::scenes::{self, Opened, Scene};
use super::selection::{Figure, Quality, Tried};
use super::sights::{Sights, View, figures, units, value};
use super::slices::WORDS;
use super::{Judged, samples, trials};
use crate::error::Error;
use crate::pipeline::Pipeline;
use crate::prepare::{Dataset, Period};
use crate::problem::{Problem, Slice};
use crate::progress::Progress;

/// Pictures that detectors learn from, at most.
const TRAINED: usize = 4000;
/// Pictures that settings and thresholds are chosen by, at most.
const VALIDATED: usize = 1000;

/// Trains, tunes and tests the contenders of a problem of detection.
pub(super) fn judge(replay: &mut Replay<'_>, seed: u64, progress: &dyn Progress) -> Result<Judged, Error> {
    let (problem, dataset) = (replay.problem, replay.dataset);
    let plan = recipes::plan(problem, seed);
    progress.begin("opening pictures", None);
    // A detector has no state to warm up: it learns from the history too.
    let train = scenes::of(problem, dataset, &[Period::History, Period::Train]);
    let train = scenes::open(dataset, train, TRAINED, seed, progress)?;
    let valid = scenes::of(problem, dataset, &[Period::Validation]);
    let valid = scenes::open(dataset, valid, VALIDATED, seed, progress)?;
    progress.end();
    let test = scenes::of(problem, dataset, &[Period::Test]);
    enough(problem, &train, &valid, &test)?;
    let chosen = choose(problem, &plan, &train, &valid, seed, progress)?;
    let thresholds: Vec<Thresholds> =
        chosen.iter().map(|chosen| thresholds(problem, &chosen.found, &valid)).collect();
    let mut pipelines = Vec::new();
    for (chosen, thresholds) in chosen.iter().zip(&thresholds) {
        let contender = chosen.tried.contender.clone();
        let made = Pipeline::new(contender, Vec::new(), None, problem).map_err(Error::Data)?;
        let mut made = made.with_detector(chosen.detector.clone());
        made.thresholds = Some(thresholds.clone());
        pipelines.push(made);
    }
    let sights = look(dataset, &pipelines, &test, progress)?;
    replay.advance(dataset.events.len());
    let pictures = [train.len(), valid.len(), sights.scenes.len()];
    let learned = Learned { pictures, small: thirds(&train) };
    report(replay, &chosen, pipelines, &sights, &learned)
}

/// What the pictures learned from were.
struct Learned {
    /// Pictures learned from, chosen by, judged.
    pictures: [usize; 3],
    /// The areas below which a third of the boxes lies, and above which another third does.
    small: (f32, f32),
}

/// Refuses data that nothing can be learned from, or nothing judged by.
fn enough(problem: &Problem, train: &[Opened], valid: &[Opened], test: &[Scene]) -> Result<(), Error> {
    let none = |of: &str| {
        Err(Error::Data(format!(
            "no picture of the {of} period has a box of {}; do the classes of the boxes bear the names of the \
             labels?",
            problem.labels.0.iter().map(|label| format!("`{}`", label.name)).collect::<Vec<_>>().join(" or ")
        )))
    };
    let boxes = |all: &[Opened]| all.iter().any(|one| !one.boxes.is_empty());
    if !boxes(train) {
        return none("train");
    }
    if !boxes(valid) {
        return none("validation");
    }
    if test.iter().all(|scene| scene.truth.is_empty()) {
        return none("test");
    }
    Ok(())
}

/// A contender with the settings that its trials chose, and what it then finds in the validation pictures.
struct Chosen {
    tried: Tried,
    detector: Arc<dyn Detector>,
    found: Vec<Vec<Found>>,
    seconds: f64,
}

/// A detector, what it finds in the validation pictures, and the seconds that it took to train.
type Model = (Arc<dyn Detector>, Vec<Vec<Found>>, f64);

/// Runs the trials and keeps the best of each contender; among equals the earlier one. What was trained for a
/// trial is what is judged: it keeps the validation pictures for its calibration and thresholds.
fn choose(
    problem: &Problem,
    plan: &[Recipe],
    train: &[Opened],
    valid: &[Opened],
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Chosen>, Error> {
    progress.begin("training detectors", Some(plan.len() as u64));
    let (learned, checked) = (Opened::labelled(train), Opened::labelled(valid));
    let mut tried: Vec<Option<Tried>> = vec![None; problem.contenders.len()];
    let mut models: Vec<Option<Model>> = problem.contenders.iter().map(|_| None).collect();
    for recipe in plan {
        progress.check()?;
        let Some(step) = &recipe.contender.detect else { continue };
        let kind = detectors::find(&step.algorithm).expect("clarify knows every algorithm of a problem");
        let begun = Instant::now();
        let fitted =
            (kind.fit)(&step.settings, &learned, Some(&checked), hash(seed, &[12])).map_err(|problem| {
                Error::Data(format!("the detector of `{}`: {problem}", recipe.contender.name))
            })?;
        let (detector, seconds): (Arc<dyn Detector>, f64) =
            (Arc::from(fitted), begun.elapsed().as_secs_f64());
        let found: Vec<Vec<Found>> = checked.par_iter().map(|one| detector.detect(one.picture)).collect();
        let reached = validated(problem, &found, valid);
        let before = tried[recipe.of].as_ref().map(|tried| tried.best);
        trials::keep_better(problem, &mut tried, recipe, reached);
        if tried[recipe.of].as_ref().map(|tried| tried.best) != before {
            models[recipe.of] = Some((detector, found, seconds));
        }
        progress.advance(1);
    }
    progress.end();
    let both = tried.into_iter().zip(models).filter_map(|(tried, model)| tried.zip(model));
    Ok(both.map(|(tried, (detector, found, seconds))| Chosen { tried, detector, found, seconds }).collect())
}

/// The deciding metric in the validation pictures, at the thresholds chosen there.
fn validated(problem: &Problem, found: &[Vec<Found>], valid: &[Opened]) -> f64 {
    let thresholds = thresholds(problem, found, valid);
    let sights = Sights {
        scenes: valid.iter().map(|one| one.scene.clone()).collect(),
        sizes: valid.iter().map(|one| size(&one.picture)).collect(),
        found: vec![found.to_vec()],
        thresholds: vec![thresholds.act],
        labels: problem.labels.0.len(),
    };
    value(&problem.evaluate.metric, &sights, &View::all(&sights), 0)
}

pub(super) fn size(picture: &rankine_learn::Picture) -> (f32, f32) {
    (picture.width as f32, picture.height as f32)
}

/// For each label the score from which on boxes are acted on.
fn thresholds(problem: &Problem, found: &[Vec<Found>], valid: &[Opened]) -> Thresholds {
    let one = |label: usize| {
        let pictures = found.iter().zip(valid);
        let (scored, truths) =
            scored(pictures.map(|(found, one)| (found.as_slice(), one.scene.truth.as_slice())), label);
        threshold(&problem.decide, &scored, truths)
    };
    // Nobody reviews pictures here.
    Thresholds { act: (0..problem.labels.0.len()).map(one).collect(), review: 2.0 }
}

/// What every contender finds in the test pictures, which are opened a few at a time.
fn look(
    dataset: &Dataset,
    pipelines: &[Pipeline],
    test: &[Scene],
    progress: &dyn Progress,
) -> Result<Sights, Error> {
    progress.begin("searching the test pictures", Some(test.len() as u64));
    let act =
        |pipeline: &Pipeline| pipeline.thresholds.as_ref().map(|all| all.act.clone()).unwrap_or_default();
    let mut sights = Sights {
        scenes: test.to_vec(),
        sizes: Vec::new(),
        found: vec![Vec::new(); pipelines.len()],
        thresholds: pipelines.iter().map(act).collect(),
        labels: pipelines.first().map_or(0, |first| act(first).len()),
    };
    for chunk in test.chunks(32) {
        progress.check()?;
        let opened: Vec<Opened> =
            chunk.par_iter().map(|scene| scenes::one(dataset, scene)).collect::<Result<_, _>>()?;
        let pictures: Vec<Labelled<'_>> = Opened::labelled(&opened);
        for (pipeline, all) in pipelines.iter().zip(&mut sights.found) {
            let found: Vec<Vec<Found>> =
                pictures.par_iter().map(|one| pipeline.detect(one.picture)).collect();
            all.extend(found);
        }
        sights.sizes.extend(opened.iter().map(|one| size(&one.picture)));
        progress.advance(chunk.len() as u64);
    }
    progress.end();
    Ok(sights)
}

/// The areas that divide the boxes learned from into thirds.
fn thirds(train: &[Opened]) -> (f32, f32) {
    let mut areas: Vec<f32> =
        train.iter().flat_map(|one| one.boxes.iter().map(|(area, _)| area.size())).collect();
    areas.sort_by(f32::total_cmp);
    let at = |share: usize| areas.get(areas.len() * share / 3).copied().unwrap_or(0.0);
    (at(1), at(2))
}

fn report(
    replay: &Replay<'_>,
    chosen: &[Chosen],
    pipelines: Vec<Pipeline>,
    sights: &Sights,
    learned: &Learned,
) -> Result<Judged, Error> {
    let problem = replay.problem;
    let deciding = &problem.evaluate.metric;
    let all = View::all(sights);
    let compared = units(deciding, sights, &all);
    let turned = |value: &f64| {
        rankine_learn::metrics::find(&deciding.name)
            .map_or(*value, |metric| metric.turned(*value, deciding.k))
    };
    let values = compared.values.iter().map(|values| values.iter().map(turned).collect()).collect();
    let mut reached: Vec<(String, Vec<Figure>)> = Vec::new();
    for metric in metrics_of(problem) {
        reached.push((metric.to_string(), figures(problem, metric, sights, &all)));
        if sights.labels > 1 {
            // A label of which nothing is there tells nothing.
            let there = |at: &usize| sights.truths(*at) > 0;
            for (at, label) in problem.labels.0.iter().enumerate().filter(|(at, _)| there(at)) {
                let own = all.of_label(at);
                reached.push((format!("{metric} {}", label.name), figures(problem, metric, sights, &own)));
            }
        }
    }
    let parts: Vec<(String, usize, Vec<Figure>)> = slices(replay, sights, learned)
        .into_iter()
        .map(|(name, view)| {
            let count = view.pictures.len();
            let figures = figures(problem, deciding, sights, &view);
            (name, count, figures)
        })
        .collect();
    let [trained, chosen_by, judged] = learned.pictures;
    let one = |(at, chosen): (usize, &Chosen)| Quality {
        name: chosen.tried.contender.name.clone(),
        tried: chosen.tried.clone(),
        metrics: reached
            .iter()
            .map(|(name, figures)| (name.clone(), figures[at]))
            .filter(|(_, figure)| figure.value.is_finite())
            .collect(),
        slices: parts
            .iter()
            .map(|(name, count, figures)| (name.clone(), (figures[at], *count)))
            .filter(|(_, (figure, _))| figure.value.is_finite())
            .collect(),
        importance: Vec::new(),
        found_alone: 0.0,
        requests: judged,
        sampling: format!(
            "every annotated test picture ({judged}); detectors learned from {trained} pictures of the history \
             and the train period, scores were calibrated and settings and thresholds chosen on {chosen_by} \
             of the validation period"
        ),
    };
    let quality = chosen.iter().enumerate().map(one).collect();
    let detection = Detection {
        labels: problem.labels.0.iter().map(|label| label.name.clone()).collect(),
        pictures: learned.pictures,
        boxes: (0..sights.labels).map(|label| sights.truths(label)).collect(),
        curves: samples::curves(problem, &pipelines, sights),
        acted: pipelines
            .iter()
            .enumerate()
            .map(|(at, pipeline)| acted(problem, pipeline, sights, at))
            .collect(),
        samples: samples::samples(replay.dataset, sights)?,
    };
    Ok(Judged {
        quality,
        pipelines,
        seconds: chosen.iter().map(|chosen| chosen.seconds).collect(),
        values,
        users: compared.clusters,
        people: Some(compared.users),
        prediction: None,
        detection: Some(detection),
    })
}

/// What a contender's thresholds did in the test pictures.
fn acted(problem: &Problem, pipeline: &Pipeline, sights: &Sights, contender: usize) -> Acted {
    let (mut hit, mut missed, mut wrong) = (0, 0, 0);
    for (scene, found) in sights.scenes.iter().zip(&sights.found[contender]) {
        let own: Vec<_> =
            found.iter().filter(|one| pipeline.acts_on(one)).map(|one| (one.area, one.score)).collect();
        let truth: Vec<_> = scene.truth.iter().map(|marked| marked.area).collect();
        let hits = matches(&own, &truth).into_iter().flatten().count();
        hit += hits;
        missed += truth.len() - hits;
        wrong += own.len() - hits;
    }
    let cost = missed as f64 * problem.decide.cost_missed + wrong as f64 * problem.decide.cost_wrong;
    Acted {
        name: pipeline.contender.name.clone(),
        thresholds: sights.thresholds[contender].clone(),
        hit,
        missed,
        wrong,
        cost_per_thousand: cost / sights.scenes.len().max(1) as f64 * 1e3,
    }
}

/// The parts of the pictures, or of their boxes, that the design wants apart.
fn slices(replay: &Replay<'_>, sights: &Sights, learned: &Learned) -> Vec<(String, View)> {
    let problem = replay.problem;
    let mut parts: Vec<(String, View)> = Vec::new();
    for slice in &problem.evaluate.slices {
        let name = slice.name(problem);
        let (low, high) = learned.small;
        match slice {
            Slice::BoxSmall => parts.push((name, View::of_areas(sights, 0.0, low))),
            Slice::BoxLarge => parts.push((name, View::of_areas(sights, high, f32::INFINITY))),
            Slice::BoxNote => {
                for (word, text) in scenes::notes(problem, replay.dataset) {
                    let view = View::of_boxes(sights, |one| one.note == Some(word));
                    parts.push((format!("{name} = {text}"), view));
                }
            }
            Slice::Each { .. } => {
                let begins = format!("{name} = ");
                let words = sights.scenes.iter().flat_map(|scene| &scene.words);
                let mut words: Vec<&String> = words.filter(|word| word.starts_with(&begins)).collect();
                words.sort();
                words.dedup();
                for word in words.into_iter().take(WORDS) {
                    let within = |scene: &Scene| scene.words.contains(word);
                    parts.push((word.clone(), View::of_pictures(sights, within)));
                }
            }
            _ => {}
        }
    }
    parts
}
