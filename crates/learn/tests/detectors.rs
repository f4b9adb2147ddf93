//! Laws that every detector keeps, whatever it is given.
#![allow(clippy::unwrap_used)] // a test may fail by a panic

mod network;

use network::bright_squares;
use proptest::prelude::*;
use rankine_learn::algorithms::detectors::{ALL, Detector, Found, Kind, Labelled, find};
use rankine_learn::{Area, Content, Picture, Setting, Settings};
use rankine_world::streets::{self, street};

/// A picture and its boxes, owned.
type Scene = (Picture, Vec<(Area, u32)>);

fn scenes(from: u64, count: u64) -> Vec<Scene> {
    // Small pictures with large objects, so that a test takes seconds.
    let settings = streets::Settings {
        width: 128,
        height: 96,
        object_size: 14.0,
        night: 0.0,
        clutter: 0.3,
        occlusion: 0.0,
        objects: 3.0,
        ..streets::Settings::default()
    };
    let scene = |at: u64| {
        let street = street(&settings, 3, at);
        let boxes = street.marks.iter().map(|mark| {
            let area = Area { left: mark.left, top: mark.top, right: mark.right, bottom: mark.bottom };
            (area, mark.class as u32)
        });
        let boxes = boxes.collect();
        (Picture { width: street.width, height: street.height, pixels: street.pixels }, boxes)
    };
    (from..from + count).map(scene).collect()
}

fn labelled(scenes: &[Scene]) -> Vec<Labelled<'_>> {
    scenes.iter().map(|(picture, boxes)| Labelled { picture, boxes }).collect()
}

/// The detectors that this build can run.
fn kinds() -> impl Iterator<Item = &'static Kind> {
    ALL.iter().copied().filter(|kind| kind.card.name != "onnx" || cfg!(feature = "onnx"))
}

/// Settings of a network that this file holds.
fn network(bytes: Vec<u8>, labels: &[Option<u32>], decode: &str) -> Settings {
    let file = Content { name: "test.onnx".to_owned(), hash: String::new(), bytes: bytes.into() };
    let settings = find("onnx").unwrap().card.defaults().with("file", Setting::File(file));
    let settings = settings.with("classes", Setting::Labels(labels.to_vec()));
    let strides = Setting::Numbers(vec![8.0]);
    settings.with("decode", Setting::Word(decode.to_owned())).with("strides", strides)
}

/// Few trees, one round: enough for laws.
fn quick(kind: &Kind) -> Settings {
    if kind.card.name == "onnx" {
        let settings = network(bright_squares(128, 96, 8, 14.0), &[Some(1)], "points");
        // It is hardly ever right on streets, and says so.
        return settings.with("threshold", Setting::Number(0.0));
    }
    let quick = [("trees", 20), ("refine", 8), ("rounds", 1), ("negatives", 15), ("levels", 3)];
    quick.iter().fold(kind.card.defaults(), |settings, (name, value)| match kind.card.parameter(name) {
        Some(_) => settings.with(name, Setting::Count(*value)),
        None => settings,
    })
}

fn fitted(kind: &Kind, train: &[Scene]) -> Box<dyn Detector> {
    (kind.fit)(&quick(kind), &labelled(train), None, 5).unwrap()
}

fn bits(found: &[Found]) -> Vec<(u32, [u32; 5])> {
    let numbers = |found: &Found| {
        let area = found.area;
        [area.left, area.top, area.right, area.bottom, found.score].map(f32::to_bits)
    };
    found.iter().map(|found| (found.class, numbers(found))).collect()
}

/// Pictures that no camera takes.
fn odd_pictures() -> Vec<Picture> {
    vec![
        Picture::default(),
        Picture::of(1, 1, [255, 255, 255]),
        Picture::of(1, 300, [0, 0, 0]),
        Picture::of(300, 1, [9, 90, 200]),
        Picture::of(64, 64, [128, 128, 128]),
        Picture { width: 10, height: 10, pixels: vec![0; 7] },
        Picture { width: usize::MAX, height: 3, pixels: vec![0; 9] },
    ]
}

fn keeps_the_laws(what: &str, kind: &Kind, detector: &dyn Detector, pictures: &[Picture]) {
    let bytes = detector.save();
    let loaded = (kind.load)(&bytes).expect("what was saved can be loaded");
    assert_eq!(loaded.save(), bytes, "{what}: equal detectors give equal bytes");
    for picture in pictures {
        let found = detector.detect(picture);
        for found in &found {
            let area = &found.area;
            let (width, height) = (picture.width as f32, picture.height as f32);
            assert!((0.0..=1.0).contains(&found.score), "{what}: a chance: {found:?}");
            let inside = area.left >= 0.0 && area.top >= 0.0 && area.right <= width && area.bottom <= height;
            assert!(inside && area.left <= area.right && area.top <= area.bottom, "{what}: {found:?}");
        }
        let falling = found.is_sorted_by(|one, other| one.score >= other.score);
        assert!(falling, "{what}: best first");
        assert_eq!(bits(&loaded.detect(picture)), bits(&found), "{what}: loaded detects as saved");
    }
}

#[test]
fn odd_training_pictures_break_no_law() {
    let area = |left: f32, top: f32, right: f32, bottom: f32| Area { left, top, right, bottom };
    let (picture, boxes) = scenes(0, 1).remove(0);
    let odd_boxes = vec![
        (area(f32::NAN, 0.0, 5.0, 5.0), 0),
        (area(20.0, 20.0, 10.0, 10.0), 0),
        (area(-50.0, -50.0, 5000.0, 5000.0), 1),
        (area(3.0, 3.0, 3.0, 9.0), 1),
        (area(f32::NEG_INFINITY, 0.0, f32::INFINITY, 5.0), 7),
        (area(10.0, 10.0, 30.0, 22.0), u32::MAX),
    ];
    let mut odd: Vec<Scene> = odd_pictures().into_iter().map(|odd| (odd, boxes.clone())).collect();
    odd.push((picture.clone(), odd_boxes));
    let cases: Vec<(&str, Vec<Scene>)> = vec![
        ("no picture", vec![]),
        ("one picture", vec![(picture.clone(), boxes)]),
        ("no box", vec![(picture.clone(), vec![]); 2]),
        ("odd pictures", odd),
    ];
    let mut pictures = odd_pictures();
    pictures.push(picture);
    for kind in kinds() {
        for (name, train) in &cases {
            let what = format!("{} trained on {name}", kind.card.name);
            keeps_the_laws(&what, kind, fitted(kind, train).as_ref(), &pictures);
        }
    }
}

#[test]
fn same_bits_on_one_and_four_threads() {
    let train = scenes(0, 12);
    let probes = scenes(100, 3);
    for kind in kinds() {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let detector = fitted(kind, &train);
                let found: Vec<_> =
                    probes.iter().map(|(picture, _)| bits(&detector.detect(picture))).collect();
                (detector.save(), found)
            })
        };
        let one = run(1);
        assert!(one == run(4), "{}: other bits on four threads", kind.card.name);
        assert!(one.1.iter().any(|found| !found.is_empty()), "{}: finds something", kind.card.name);
    }
}

/// The share of labelled boxes among the `n` likeliest of all that was found, `n` being their number.
fn precision(detector: &dyn Detector, test: &[Scene]) -> f64 {
    let all: usize = test.iter().map(|(_, boxes)| boxes.len()).sum();
    let mut found: Vec<(f32, bool)> = Vec::new();
    for (picture, boxes) in test {
        let mut free = boxes.clone();
        for found_here in detector.detect(picture) {
            let hit = free.iter().position(|(area, class)| {
                *class == found_here.class && area.overlap(&found_here.area) >= 0.5
            });
            hit.map(|at| free.swap_remove(at));
            found.push((found_here.score, hit.is_some()));
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found.iter().take(all).filter(|it| it.1).count() as f64 / all as f64
}

#[test]
fn what_learns_beats_the_rule_on_streets_and_survives_broken_bytes() {
    let (train, test) = (scenes(0, 60), scenes(500, 40));
    let rule = find("bright-boxes").unwrap();
    let least = precision(fitted(rule, &train).as_ref(), &test);
    // A network learned elsewhere, and this one next to nothing.
    for kind in kinds().filter(|kind| !std::ptr::eq(*kind, rule) && kind.card.name != "onnx") {
        let detector = fitted(kind, &train);
        let share = precision(detector.as_ref(), &test);
        assert!(share > least + 0.15, "{}: {share}, the rule {least}", kind.card.name);
        keeps_the_laws(kind.card.name, kind, detector.as_ref(), &[test[0].0.clone()]);
        broken(kind, &detector.save());
    }
    broken(rule, &fitted(rule, &train).save());
}

/// White squares of 16 pixels on grey; every fourth picture has none.
#[cfg(feature = "onnx")]
fn squares(count: usize) -> Vec<Scene> {
    let scene = |at: usize| {
        let mut picture = Picture::of(128, 96, [40 + (at % 7) as u8; 3]);
        let mut boxes = Vec::new();
        for place in 0..at % 4 {
            // Its middle is that of a square of the network.
            let (x, y) = (4 + 8 * ((at * 5 + place * 4) % 12), 4 + 8 * ((at * 3) % 9));
            for (x, y) in (y..y + 16).flat_map(|y| (x..x + 16).map(move |x| (x, y))) {
                picture.set(x, y, [255; 3]);
            }
            let edges = [x, y, x + 16, y + 16].map(|edge| edge as f32);
            let [left, top, right, bottom] = edges;
            boxes.push((Area { left, top, right, bottom }, 3));
        }
        (picture, boxes)
    };
    (0..count).map(scene).collect()
}

#[cfg(feature = "onnx")]
#[test]
fn a_network_finds_what_it_was_made_for() {
    let kind = find("onnx").unwrap();
    let (train, test) = (squares(12), squares(30));
    // Any size, and one that is not the picture's: boxes come back to where they are in the picture.
    for (bytes, size) in [
        (bright_squares(128, 96, 8, 16.0), [0, 0]),
        (bright_squares(0, 0, 8, 16.0), [128, 96]),
        (bright_squares(0, 0, 16, 32.0), [256, 192]),
    ] {
        let stride = Setting::Numbers(vec![if size[0] == 256 { 16.0 } else { 8.0 }]);
        let settings = network(bytes, &[Some(3)], "points").with("strides", stride);
        let settings =
            settings.with("width", Setting::Count(size[0])).with("height", Setting::Count(size[1]));
        let detector = (kind.fit)(&settings, &labelled(&train), None, 1).unwrap();
        let share = precision(detector.as_ref(), &test);
        assert!(share > 0.95, "{size:?}: {share}");
        keeps_the_laws("a network", kind, detector.as_ref(), &[test[2].0.clone()]);
        broken(kind, &detector.save());
    }
    // Calibrated: bright squares are surely right, grey ones surely not.
    let detector = (kind.fit)(
        &network(bright_squares(0, 0, 8, 16.0), &[Some(3)], "points")
            .with("width", Setting::Count(128))
            .with("height", Setting::Count(96)),
        &labelled(&train),
        None,
        1,
    )
    .unwrap();
    let found = detector.detect(&test[1].0);
    assert!(found[0].score > 0.8 && found.iter().skip(1).all(|found| found.score < 0.2), "{found:?}");
}

#[test]
fn what_cannot_work_is_told_before_anything_is_learned() {
    let kind = find("onnx").unwrap();
    let told = |settings: &Settings| {
        let told = (kind.check)(settings).err().unwrap_or_default();
        let fitted = (kind.fit)(settings, &[], None, 1).err().unwrap_or_default();
        assert_eq!(told, fitted, "check and fit agree");
        told
    };
    let sound = network(bright_squares(128, 96, 8, 14.0), &[Some(0)], "points");
    if !cfg!(feature = "onnx") {
        assert!(told(&sound).contains("`cargo build --release --features onnx`"));
        return;
    }
    assert_eq!(told(&sound), "");
    let of = |bytes: &[u8]| network(bytes.to_vec(), &[Some(0)], "points");
    let whole = bright_squares(128, 96, 8, 14.0);
    let numbers = |key: &str, numbers: &[f64]| sound.clone().with(key, Setting::Numbers(numbers.to_vec()));
    let cases = [
        (of(b""), "it cannot be read as ONNX"),
        (of(b"no network"), "it cannot be read as ONNX"),
        (of(&whole[..whole.len() / 2]), "it cannot be read as ONNX"),
        (of(&bright_squares(0, 0, 8, 14.0)), "write `width`, in pixels"),
        (sound.clone().with("width", Setting::Count(64)), "is not what it takes, 128 pixels"),
        (network(whole.clone(), &[None], "points"), "no class of it stands for a label"),
        (
            network(whole.clone(), &[Some(0); 3], "rows"),
            "rows of 7 or 8 numbers, for 3 classes; it has `boxes` of 192 x 5",
        ),
        (network(whole.clone(), &[Some(0)], "corners"), "tells boxes, by 4 numbers a row"),
        (numbers("strides", &[16.0]), "it tells 192 boxes, and the grids have 48 points"),
        (numbers("strides", &[]), "`strides` must be numbers"),
        (numbers("mean", &[1.0, 2.0]), "one for all colours or three"),
        (numbers("scale", &[0.0]), "must not be 0"),
        (sound.clone().with("outputs", Setting::Words(vec!["a".to_owned()])), "two or three"),
    ];
    for (settings, want) in cases {
        let told = told(&settings);
        assert!(told.contains(want), "{told}");
    }
    // Whatever the bytes, no panic reaches whoever asked.
    for at in 0..whole.len() {
        let mut odd = whole.clone();
        odd[at] ^= 0x15;
        let _ = (kind.check)(&of(&odd));
    }
}

fn broken(kind: &Kind, bytes: &[u8]) {
    let name = kind.card.name;
    for end in (0..bytes.len()).step_by(bytes.len() / 200 + 1) {
        assert!((kind.load)(&bytes[..end]).is_err(), "{name} cut at {end}");
    }
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert!((kind.load)(&longer).is_err(), "{name} with a byte too many");
    let picture = Picture::of(40, 30, [90, 120, 30]);
    // The first bytes hold what windows are laid by; further on, samples are enough.
    let places = (0..bytes.len().min(120)).chain((120..bytes.len()).step_by(bytes.len() / 60 + 1));
    for at in places {
        for value in [0, 0x7f, 0xff, bytes[at] ^ 0x10] {
            let mut other = bytes.to_vec();
            other[at] = value;
            if let Ok(detector) = (kind.load)(&other) {
                detector.detect(&picture);
            }
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_detector(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for kind in ALL {
            prop_assert!((kind.load)(&bytes).is_err());
        }
    }
}
