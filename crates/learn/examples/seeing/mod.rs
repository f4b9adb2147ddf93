//! What both examples of detectors share: measuring, settings from arguments, contact sheets.

use std::time::Instant;

use rankine_learn::algorithms::detectors::{self, Detector, Found, Kind, Labelled};
use rankine_learn::{Area, Kind as Holds, Picture, Setting, Settings};

/// A picture with its boxes, owned.
pub(crate) struct Scene {
    pub(crate) picture: Picture,
    pub(crate) boxes: Vec<(Area, u32)>,
}

pub(crate) fn labelled(scenes: &[Scene]) -> Vec<Labelled<'_>> {
    scenes.iter().map(|scene| Labelled { picture: &scene.picture, boxes: &scene.boxes }).collect()
}

/// The detectors that `only` names, or all.
pub(crate) fn chosen(only: &str) -> Vec<&'static Kind> {
    detectors::ALL
        .iter()
        // A network needs a file.
        .filter(|kind| kind.card.name != "onnx")
        .filter(|kind| only == "all" || only.split(',').any(|name| name == kind.card.name))
        .copied()
        .collect()
}

/// The defaults of a card with `key=value` arguments that it has.
pub(crate) fn settings(kind: &Kind, arguments: &[String]) -> Settings {
    let mut settings = kind.card.defaults();
    for (key, value) in arguments.iter().filter_map(|argument| argument.split_once('=')) {
        let Some(parameter) = kind.card.parameter(key) else { continue };
        let number: f64 = value.parse().expect("a parameter is a number");
        let setting = match parameter.kind {
            Holds::Count { .. } => Setting::Count(number as u64),
            _ => Setting::Number(number),
        };
        settings = settings.with(key, setting);
    }
    settings
}

/// Trains, measures and prints one line; hands back what was found in each test picture.
pub(crate) fn compete(
    kind: &Kind,
    arguments: &[String],
    (train, valid, test): (&[Scene], Option<&[Scene]>, &[Scene]),
) -> (Vec<Vec<Found>>, Box<dyn Detector>) {
    let settings = settings(kind, arguments);
    let begin = Instant::now();
    let valid = valid.map(labelled);
    let detector =
        (kind.fit)(&settings, &labelled(train), valid.as_deref(), 1).expect("a detector of numbers alone");
    let trained = begin.elapsed().as_secs_f64();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    let (found, seconds) = one.install(|| {
        let begin = spent();
        let found = test.iter().map(|scene| detector.detect(&scene.picture)).collect::<Vec<Vec<Found>>>();
        (found, spent() - begin)
    });
    let rate = test.len() as f64 / seconds;
    let mut classes: Vec<u32> = test.iter().flat_map(|scene| scene.boxes.iter().map(|it| it.1)).collect();
    classes.sort_unstable();
    classes.dedup();
    let precisions: Vec<String> = classes
        .iter()
        .map(|class| {
            let loose = average_precision(test, &found, *class, 0.3);
            format!(
                "{:.3} (recall {:.2}; AP@.3 {:.3})",
                average_precision(test, &found, *class, 0.5),
                recall(test, &found, *class),
                loose
            )
        })
        .collect();
    println!(
        "{:16} AP@.5 {}  {:6.1} images/s on one core  {:5.1} s to train  {:4} kB",
        kind.card.name,
        precisions.join(", "),
        rate,
        trained,
        detector.save().len() / 1024
    );
    (found, detector)
}

/// Seconds that this thread has computed, which other processes do not slow, or the clock's where the system
/// does not tell.
fn spent() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    nanos.map_or_else(
        || std::time::UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_secs_f64()),
        |nanos| nanos / 1e9,
    )
}

/// The area under the precision-recall curve, precision made falling (all points, as PASCAL VOC 2010).
pub(crate) fn average_precision(scenes: &[Scene], found: &[Vec<Found>], class: u32, overlap: f32) -> f64 {
    let hits = hits(scenes, found, class, overlap);
    let all = scenes.iter().flat_map(|scene| &scene.boxes).filter(|it| it.1 == class).count() as f64;
    let (mut right, mut points) = (0.0, Vec::new());
    for (rank, hit) in hits.iter().enumerate() {
        right += f64::from(u8::from(*hit));
        points.push((right / all, right / (rank + 1) as f64));
    }
    let (mut area, mut best, mut from) = (0.0, 0.0f64, 0.0);
    for at in (0..points.len()).rev() {
        best = best.max(points[at].1);
        points[at].1 = best;
    }
    for (recall, precision) in points {
        area += (recall - from) * precision;
        from = recall;
    }
    area
}

fn recall(scenes: &[Scene], found: &[Vec<Found>], class: u32) -> f64 {
    let all = scenes.iter().flat_map(|scene| &scene.boxes).filter(|it| it.1 == class).count() as f64;
    hits(scenes, found, class, 0.5).iter().filter(|hit| **hit).count() as f64 / all
}

fn hits(scenes: &[Scene], found: &[Vec<Found>], class: u32, overlap: f32) -> Vec<bool> {
    let mut all: Vec<(f32, bool)> = Vec::new();
    for (scene, found) in scenes.iter().zip(found) {
        let mut taken = vec![false; scene.boxes.len()];
        for found in found.iter().filter(|found| found.class == class) {
            let free = (0..taken.len()).filter(|at| !taken[*at] && scene.boxes[*at].1 == class);
            let best = free
                .map(|at| (at, scene.boxes[at].0.overlap(&found.area)))
                .max_by(|one, other| one.1.total_cmp(&other.1));
            let hit = best.filter(|best| best.1 >= overlap);
            if let Some((at, _)) = hit {
                taken[at] = true;
            }
            all.push((found.score, hit.is_some()));
        }
    }
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    all.into_iter().map(|it| it.1).collect()
}

/// Writes a sheet of pictures: labelled boxes white, detections by class (red, yellow), thick where likely.
pub(crate) fn sheet(path: &str, scenes: &[Scene], found: &[Vec<Found>], across: usize) {
    let (width, height) = scenes.iter().fold((1, 1), |(width, height), scene| {
        (scene.picture.width.max(width), scene.picture.height.max(height))
    });
    let down = scenes.len().div_ceil(across);
    let mut sheet = Picture::of(width * across, height * down, [0, 0, 0]);
    for (at, (scene, found)) in scenes.iter().zip(found).enumerate() {
        let mut picture = scene.picture.clone();
        for (area, _) in &scene.boxes {
            outline(&mut picture, area, [255, 255, 255], 0);
        }
        for found in found.iter().filter(|found| found.score >= 0.2) {
            let colour = if found.class == 0 { [255, 40, 40] } else { [255, 220, 0] };
            outline(&mut picture, &found.area, colour, 1);
            if found.score >= 0.5 {
                outline(&mut picture, &found.area, colour, 2);
            }
        }
        for y in 0..picture.height {
            for x in 0..picture.width {
                sheet.set(at % across * width + x, at / across * height + y, picture.at(x, y));
            }
        }
    }
    image::save_buffer(path, &sheet.pixels, sheet.width as u32, sheet.height as u32, image::ColorType::Rgb8)
        .expect("the sheet can be written");
}

fn outline(picture: &mut Picture, area: &Area, colour: [u8; 3], out: i64) {
    let (left, top) = (area.left.round() as i64 - out, area.top.round() as i64 - out);
    let (right, bottom) = (area.right.round() as i64 - 1 + out, area.bottom.round() as i64 - 1 + out);
    let (width, height) = (picture.width as i64, picture.height as i64);
    let mut dot = |x: i64, y: i64| {
        if (0..width).contains(&x) && (0..height).contains(&y) {
            picture.set(x as usize, y as usize, colour);
        }
    };
    for x in left..=right {
        dot(x, top);
        dot(x, bottom);
    }
    for y in top..=bottom {
        dot(left, y);
        dot(right, y);
    }
}
