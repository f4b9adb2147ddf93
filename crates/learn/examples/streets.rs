//! Detectors on rendered streets: `cargo run --release -p rankine-learn --example streets -- \
//! detectors=all pictures=200 object_size=16 night=0.3 sheet=found.png`, and any parameter of a detector.
#![allow(clippy::print_stdout, missing_docs)]

use rankine_learn::{Area, Picture};
use rankine_world::streets::{Class, Settings, street};

mod seeing;

use seeing::{Scene, chosen, compete, sheet};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text = |key: &str| {
        let pairs = arguments.iter().filter_map(|argument| argument.split_once('='));
        pairs.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).next_back()
    };
    let number = |key: &str, usual: f64| text(key).map_or(usual, |value| value.parse().expect("a number"));
    let usual = Settings::default();
    let settings = Settings {
        object_size: number("object_size", usual.object_size),
        night: number("night", usual.night),
        occlusion: number("occlusion", usual.occlusion),
        clutter: number("clutter", usual.clutter),
        objects: number("objects", usual.objects),
        ..usual
    };
    let pictures = number("pictures", 200.0) as u64;
    let scenes = |from: u64, count: u64| -> Vec<Scene> {
        (from..from + count).map(|at| scene(&settings, at)).collect()
    };
    let begin = std::time::Instant::now();
    let (train, valid, test) = (scenes(0, pictures), scenes(1_000_000, pictures / 3), scenes(2_000_000, 200));
    let each = begin.elapsed().as_secs_f64() * 1e3 / (train.len() + valid.len() + test.len()) as f64;
    let boxes = |class: u32| train.iter().flat_map(|scene| &scene.boxes).filter(|it| it.1 == class).count();
    println!("{settings:?}\n{each:.2} ms a picture; training: {} faces, {} plates", boxes(0), boxes(1));
    for kind in chosen(&text("detectors").unwrap_or("all".to_owned())) {
        let (found, _) = compete(kind, &arguments, (&train, Some(&valid), &test));
        if let Some(path) = text("sheet") {
            let path = path.replace(".png", &format!("-{}.png", kind.card.name));
            sheet(&path, &test[..20], &found[..20], 4);
        }
    }
}

fn scene(settings: &Settings, index: u64) -> Scene {
    let street = street(settings, 1, index);
    let number = |class: Class| Class::ALL.iter().position(|other| *other == class).unwrap_or(0) as u32;
    let area = |mark: &rankine_world::streets::Mark| Area {
        left: mark.left,
        top: mark.top,
        right: mark.right,
        bottom: mark.bottom,
    };
    let boxes = street.marks.iter().map(|mark| (area(mark), number(mark.class))).collect();
    Scene { picture: Picture { width: street.width, height: street.height, pixels: street.pixels }, boxes }
}
