//! Detectors on photographs with boxes in YOLO's form: `cargo run --release -p rankine-learn --example plates -- \
//! FOLDER detectors=all class=0 sheet=found.png`, where FOLDER has `train` and `valid`, each with `images`
//! and `labels`; and any parameter of a detector.
#![allow(clippy::print_stdout, missing_docs)]

use std::fs;
use std::path::Path;

use rankine_learn::{Area, Picture};

mod seeing;

use seeing::{Scene, chosen, compete, sheet};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text = |key: &str| {
        let pairs = arguments.iter().filter_map(|argument| argument.split_once('='));
        pairs.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).next_back()
    };
    let folder = arguments.first().expect("the first argument is the folder of the data");
    let class: u32 = text("class").map_or(0, |value| value.parse().expect("a class is a number"));
    let (train, test) = (read(folder, "train", class), read(folder, "valid", class));
    println!("{} pictures to train on, {} to test on", train.len(), test.len());
    for kind in chosen(&text("detectors").unwrap_or("all".to_owned())) {
        // The valid pictures are the test here, so scores are calibrated on the training pictures.
        let (found, _) = compete(kind, &arguments, (&train, None, &test));
        if let Some(path) = text("sheet") {
            let path = path.replace(".png", &format!("-{}.png", kind.card.name));
            sheet(&path, &test[..20], &found[..20], 5);
        }
    }
}

fn read(folder: &str, part: &str, class: u32) -> Vec<Scene> {
    let images = Path::new(folder).join(part).join("images");
    let mut paths: Vec<_> = fs::read_dir(&images)
        .expect("the folder has images")
        .map(|entry| entry.expect("an entry can be read").path())
        .collect();
    paths.sort();
    let scene = |path: &Path| {
        let picture = image::open(path).expect("an image can be read").to_rgb8();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let name = path.with_extension("txt");
        let labels =
            Path::new(folder).join(part).join("labels").join(name.file_name().expect("a file has a name"));
        let lines = fs::read_to_string(labels).unwrap_or_default();
        let boxes = lines.lines().filter_map(|line| {
            let numbers: Vec<f32> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let [of, across, down, wide, tall] = numbers[..] else { return None };
            let (wide, tall) = (wide * width as f32, tall * height as f32);
            let (left, top) = (across * width as f32 - wide / 2.0, down * height as f32 - tall / 2.0);
            (of as u32 == class)
                .then_some((Area { left, top, right: left + wide, bottom: top + tall }, class))
        });
        Scene { picture: Picture { width, height, pixels: picture.into_raw() }, boxes: boxes.collect() }
    };
    paths.iter().map(|path| scene(path)).collect()
}
