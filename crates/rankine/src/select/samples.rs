//! For people to look at: precision-recall curves, and a few test pictures with their boxes.

use base64::Engine;

use super::boxes::scored;
use super::decisions::acts;
use super::detection::{Curve, Sample};
use super::scenes::{self, Scene};
use super::sights::Sights;
use crate::error::Error;
use crate::pictures;
use crate::pipeline::Pipeline;
use crate::prepare::Dataset;
use crate::problem::Problem;

/// Points of a curve, at most.
const POINTS: usize = 60;
/// Pictures that are shown.
const SHOWN: usize = 6;
/// Longest side of a picture that is shown, in pixels.
const LONGEST: usize = 640;

/// For each label and contender how precision falls as more is found.
pub(super) fn curves(problem: &Problem, pipelines: &[Pipeline], sights: &Sights) -> Vec<Curve> {
    let mut curves = Vec::new();
    for (at, label) in problem.labels.0.iter().enumerate() {
        for (pipeline, found) in pipelines.iter().zip(&sights.found) {
            let pictures = found.iter().zip(&sights.scenes);
            let (scored, truths) =
                scored(pictures.map(|(found, scene)| (found.as_slice(), scene.truth.as_slice())), at);
            let name = pipeline.contender.name.clone();
            curves.push(Curve { name, label: label.name.clone(), points: points(scored, truths) });
        }
    }
    curves
}

fn points(mut scored: Vec<(f32, bool)>, truths: usize) -> Vec<(f64, f64)> {
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut hits, mut all, mut points) = (0, 0, Vec::new());
    for tied in scored.chunk_by(|one, other| one.0 == other.0) {
        hits += tied.iter().filter(|(_, hit)| *hit).count();
        all += tied.len();
        points.push((hits as f64 / truths.max(1) as f64, hits as f64 / f64::from(all as u32)));
    }
    let step = points.len().div_ceil(POINTS).max(1);
    let last = points.last().copied();
    let mut kept: Vec<(f64, f64)> = points.into_iter().step_by(step).collect();
    kept.extend(last.filter(|last| kept.last() != Some(last)));
    kept
}

/// Test pictures spread over the period, those with boxes.
pub(super) fn samples(dataset: &Dataset, sights: &Sights) -> Result<Vec<Sample>, Error> {
    let with: Vec<usize> =
        (0..sights.scenes.len()).filter(|at| !sights.scenes[*at].truth.is_empty()).collect();
    let step = with.len().div_ceil(SHOWN).max(1);
    with.into_iter().step_by(step).map(|at| sample(dataset, sights, &sights.scenes[at], at)).collect()
}

fn sample(dataset: &Dataset, sights: &Sights, scene: &Scene, at: usize) -> Result<Sample, Error> {
    let opened = scenes::one(dataset, scene)?;
    let (width, height) = (opened.picture.width, opened.picture.height);
    let longer = width.max(height).max(1);
    let shrunk = |side: usize| (side * LONGEST / longer).max(1);
    let picture = match longer > LONGEST {
        true => rankine_learn::vision::resize(&opened.picture, shrunk(width), shrunk(height)),
        false => opened.picture,
    };
    let jpeg = pictures::jpeg(&picture).map_err(Error::Data)?;
    let found = sights.found.iter().zip(&sights.thresholds).map(|(found, from)| {
        let acted = found[at].iter().filter(|one| acts(from, one));
        acted.map(|one| (one.area, one.class, one.score)).collect()
    });
    Ok(Sample {
        name: scene.file.clone(),
        width,
        height,
        jpeg: base64(&jpeg),
        truth: scene.truth.iter().map(|marked| (marked.area, marked.class)).collect(),
        found: found.collect(),
    })
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, want) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), want);
        }
    }

    #[test]
    fn a_curve_ends_at_what_was_found_at_all() {
        let scored = (0..200).map(|at| (1.0 - at as f32 / 200.0, at % 2 == 0)).collect();
        let points = points(scored, 400);
        assert!(points.len() <= POINTS + 1);
        assert_eq!(points[0], (1.0 / 400.0, 1.0));
        assert_eq!(points.last(), Some(&(0.25, 0.5)));
        assert!(points.is_sorted_by(|one, other| one.0 <= other.0));
    }
}
