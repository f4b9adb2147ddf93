//! The road for detection: pictures of streets and folders of pictures become boxes, thresholds and blurred
//! pictures; what cannot be read is kept aside, and what a design gets wrong is told.

#![allow(clippy::unwrap_used)] // a test may fail by a panic

#[path = "../../learn/tests/network/mod.rs"]
mod network;
mod road_tiny;

use std::fs;
use std::path::Path;

use network::bright_squares;
use rankine::batch::blur::{Blurred, MANIFEST, blur};
use rankine::batch::inspect::inspect;
use rankine::clarify::clarify;
use rankine::run::{Ingredients, Origin, Run};
use rankine::{Bundle, Silent, measure, pictures};
use rankine_design::{Source, render};
use rankine_learn::verdict::Status;
use rankine_learn::{Area, Picture};
use rankine_world::streets::Settings;
use road_tiny::{on_mapped, refusal, through};

const DETECT: &str = r#"
[problem]
name = "blur"
task = "detect"
objective = "no plate that can be read"
for = "drive"
choose = "photo"

[entities.drive]

[entities.photo]
file = "image"
light = "category"

[events.annotate]
boxes = "boxes"

[label.face]
from = "annotate"
within = "2d"

[label.plate]
from = "annotate"
within = "2d"

[[contenders]]
name = "spots"
detect = "bright-boxes"

[[contenders]]
name = "cascade"
detect = { algorithm = "window-cascade", enlarge = 1, rounds = 1, negatives = 10, refine = 8, trees = 20, levels = 3 }

[decide]
cost_missed = 10
cost_wrong = 1

[evaluate]
metric = "ap@50"
baseline = "spots"
report = ["misses", "overblur", "ap@75"]
slices = ["photo.light", "box.small", "box.large", "box.note"]
trials = 1
periods = { history = "10%", train = "40%", validation = "20%", test = "30%" }
"#;

fn settings() -> Settings {
    Settings {
        pictures: 110,
        drive: 2,
        width: 128,
        height: 96,
        object_size: 14.0,
        night: 0.3,
        objects: 3.0,
        occlusion: 0.3,
        clutter: 0.4,
        annotate_hours: 1.0,
        ..Settings::default()
    }
}

fn on_streets(design: &str, settings: Settings, seed: u64) -> Ingredients {
    let log = Origin::World(Box::new(settings));
    Ingredients { sources: vec![Source::new("design.toml", design)], log, seed, visits: 100 }
}

fn codes(design: &str) -> Vec<&'static str> {
    clarify(&[Source::new("design.toml", design)]).findings.iter().map(|finding| finding.code).collect()
}

fn value(run: &Run, contender: usize, metric: &str) -> f64 {
    run.selection.quality[contender].metrics[metric].value
}

#[test]
fn boxes_are_found_in_streets_and_blurred_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let made = through(&on_streets(DETECT, settings(), 1), &runs);
    let selection = &made.selection;
    assert_eq!(selection.verdict.status, Status::Winner, "{:?}", selection.verdict);
    assert_eq!(selection.chosen, "cascade");
    assert!(value(&made, 1, "ap@50") > 0.25 && value(&made, 0, "ap@50") < 0.2);
    let both = (value(&made, 1, "ap@50 face") + value(&made, 1, "ap@50 plate")) / 2.0;
    assert!((both - value(&made, 1, "ap@50")).abs() < 1e-9, "the mean over classes");
    assert!(value(&made, 1, "ap@75") <= value(&made, 1, "ap@50"));
    assert!(selection.online.is_none(), "nobody visits");

    // What is reported of the thresholds is what the metric of misses says.
    let detection = selection.detection.as_ref().unwrap();
    assert_eq!(detection.boxes.len(), 2);
    for (at, acted) in detection.acted.iter().enumerate() {
        assert_eq!(acted.hit + acted.missed, detection.boxes.iter().sum::<usize>());
        let misses = acted.missed as f64 / detection.pictures[2] as f64 * 1e3;
        assert!((misses - value(&made, at, "misses")).abs() < 1e-6, "{acted:?}");
        let cost = (10 * acted.missed + acted.wrong) as f64 / detection.pictures[2] as f64 * 1e3;
        assert!((cost - acted.cost_per_thousand).abs() < 1e-6);
    }
    assert_eq!(detection.curves.len(), 4);
    let slices: Vec<&String> = selection.quality[1].slices.keys().collect();
    let want =
        ["box.large", "box.note = partly hidden", "box.small", "photo.light = day", "photo.light = night"];
    assert_eq!(slices, want);

    let bundle = Bundle::read(&made.folder.at("4-bundle").join("bundle")).unwrap();
    assert!(measure::pictures_per_second(&bundle).unwrap() > 0.0);
    let parts = measure::parts(&bundle);
    assert_eq!(
        parts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["read the picture", "search it"]
    );
    assert!(parts.iter().all(|(_, ms)| *ms > 0.0), "{parts:?}");

    let run = made.folder.path();
    let refused = inspect(&run, "p1", None, &Silent).err().unwrap().to_string();
    assert!(refused.contains("`detect`"), "{refused}");

    blurs(&made, folder.path());
}

/// A folder of streets, one damaged file among them; what is whole is not done again, what is torn is.
fn blurs(made: &Run, folder: &Path) {
    let (input, output) = (folder.join("in"), folder.join("out"));
    let log = made.folder.at("log");
    fs::create_dir_all(input.join("deep")).unwrap();
    for at in 100..106 {
        let name = format!("{at:06}.png");
        fs::copy(log.join("photos").join(&name), input.join("deep").join(&name)).unwrap();
    }
    fs::write(input.join("broken.jpg"), b"\xff\xd8 no picture").unwrap();
    fs::write(input.join("notes.txt"), "no picture").unwrap();
    let run = made.folder.path();
    let summary = blur(&run, &input, &output, &Silent).unwrap();
    assert_eq!((summary.images, summary.failed, summary.done_before), (6, 1, 0));
    let read = || -> Vec<Blurred> {
        let text = fs::read_to_string(output.join(MANIFEST)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let lines = read();
    let told: Vec<bool> = lines.iter().map(|line| line.error.is_some()).collect();
    assert_eq!(told, [true, false, false, false, false, false, false]);
    let boxes: usize = lines.iter().map(|line| line.boxes.len()).sum();
    assert!(boxes > 0 && boxes as u64 == summary.boxes);
    for line in &lines[1..] {
        let before = pictures::read(&input, &line.image).unwrap();
        let after = pictures::read(&output, &line.image).unwrap();
        let within = |x: usize, y: usize| {
            line.boxes.iter().any(|one| {
                let (x, y) = (x as f32, y as f32);
                let (wide, tall) = (0.1 * one.w + 1.0, 0.1 * one.h + 1.0);
                x >= one.x - wide && x < one.x + one.w + wide && y >= one.y - tall && y < one.y + one.h + tall
            })
        };
        for (x, y) in (0..before.height).flat_map(|y| (0..before.width).map(move |x| (x, y))) {
            assert!(within(x, y) || before.at(x, y) == after.at(x, y), "{} {x} {y}", line.image);
        }
        assert_eq!(line.boxes.is_empty(), before == after, "{}", line.image);
    }

    // Stopped within a line: what is whole stays, what is torn or failed comes again.
    let text = fs::read_to_string(output.join(MANIFEST)).unwrap();
    fs::write(output.join(MANIFEST), &text[..text.len() - 10]).unwrap();
    let again = blur(&run, &input, &output, &Silent).unwrap();
    assert_eq!((again.images, again.failed, again.done_before), (1, 1, 5));
    let done: Vec<Blurred> = read().into_iter().filter(|line| line.error.is_none()).collect();
    assert_eq!(done.len(), 6);
    assert!(blur(&run, &input, &input.join("inside"), &Silent).is_err(), "a folder in the other's way");
}

#[test]
fn quality_is_the_same_for_the_same_seed_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let many = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let small = || Settings { pictures: 60, width: 96, height: 72, ..settings() };
    let run = |runs: &str| through(&on_streets(DETECT, small(), 3), &folder.path().join(runs));
    let (first, second) = (one.install(|| run("one")), many.install(|| run("many")));
    assert_eq!(first.selection.quality, second.selection.quality);
    assert_eq!(first.selection.detection, second.selection.detection);
}

/// The design with two cascades that look for faces: through a window of a few cells, which small ones fill
/// too, and through one of many, which shows more of what is large.
fn windows() -> String {
    let (head, rest) = DETECT.split_once("[[contenders]]").unwrap();
    let tail = &rest[rest.find("[decide]").unwrap()..];
    let one = |name: &str, window: u32| {
        format!(
            "[[contenders]]\nname = \"{name}\"\ndetect = {{ algorithm = \"window-cascade\", window = {window}, \
             enlarge = 1, rounds = 1, negatives = 10, refine = 16, trees = 30, levels = 3 }}\n\n"
        )
    };
    let head = head.replace("[label.plate]\nfrom = \"annotate\"\nwithin = \"2d\"\n", "");
    head + &one("coarse", 4) + &one("fine", 8) + &tail.replace("\"spots\"", "\"coarse\"")
}

#[test]
fn the_size_of_what_is_sought_turns_the_winner_round() {
    let folder = tempfile::tempdir().unwrap();
    let base = || Settings { night: 0.0, occlusion: 0.1, objects: 5.0, ..settings() };
    let small = Settings { pictures: 150, width: 160, height: 120, object_size: 12.0, ..base() };
    let large = Settings { pictures: 220, width: 256, height: 192, object_size: 40.0, ..base() };
    for (settings, winner) in [(small, "coarse"), (large, "fine")] {
        let size = settings.object_size;
        let made = through(&on_streets(&windows(), settings, 2), &folder.path().join("runs"));
        let verdict = &made.selection.verdict;
        let found = (verdict.status, verdict.leader.as_deref());
        assert_eq!(found, (Status::Winner, Some(winner)), "at {size}: {verdict:?}");
    }
}

/// A picture with a bright box on dark ground, and where it is.
fn bright(at: usize) -> (Picture, Area) {
    let mut picture = Picture::of(80, 60, [40, 44, 48]);
    let (left, top) = (5 + at * 7 % 50, 5 + at * 11 % 40);
    for (x, y) in (top..top + 8).flat_map(|y| (left..left + 16).map(move |x| (x, y))) {
        picture.set(x, y, [235, 235, 225]);
    }
    let area =
        Area { left: left as f32, top: top as f32, right: (left + 16) as f32, bottom: (top + 8) as f32 };
    (picture, area)
}

/// A dark picture with one bright square, where a network of strides of 8 looks for it.
#[cfg(feature = "onnx")]
fn square(at: usize) -> (Picture, Area) {
    let mut picture = Picture::of(80, 64, [40, 44, 48]);
    let (left, top) = (8 * (at * 7 % 9), 8 * (at * 11 % 7));
    for (x, y) in (top..top + 8).flat_map(|y| (left..left + 8).map(move |x| (x, y))) {
        picture.set(x, y, [235, 235, 225]);
    }
    let [left, top, right, bottom] = [left, top, left + 8, top + 8].map(|edge| edge as f32);
    (picture, Area { left, top, right, bottom })
}

const YOLO: &str = r#"
[[tables]]
file = "train/images"
format = "yolo"
classes = ["car", "plate"]
example = "annotate"
fields = { file = "file", boxes = "boxes" }

[evaluate]
split = "rows"
"#;

/// Pictures in YOLO's form, one of them damaged, one with a text that makes no sense, one without a text.
fn yolo(folder: &Path, picture: fn(usize) -> (Picture, Area)) {
    let (images, labels) = (folder.join("train/images"), folder.join("train/labels"));
    fs::create_dir_all(&images).unwrap();
    fs::create_dir_all(&labels).unwrap();
    for at in 0..60 {
        let (picture, area) = picture(at);
        fs::write(images.join(format!("{at:03}.png")), pictures::png(&picture).unwrap()).unwrap();
        let (width, height) = (picture.width as f32, picture.height as f32);
        let (wide, tall) = ((area.right - area.left) / width, (area.bottom - area.top) / height);
        let (across, down) =
            ((area.left + area.right) / 2.0 / width, (area.top + area.bottom) / 2.0 / height);
        let line = format!("1 {across} {down} {wide} {tall}\n");
        fs::write(labels.join(format!("{at:03}.txt")), line).unwrap();
    }
    let whole = pictures::png(&bright(3).0).unwrap();
    fs::write(images.join("900.png"), &whole[..whole.len() / 2]).unwrap();
    fs::write(images.join("901.png"), b"no picture").unwrap();
    fs::write(images.join("902.png"), &whole).unwrap();
    fs::write(labels.join("902.txt"), "7 0.5 0.5 0.1 0.1\n").unwrap();
    fs::write(images.join("903.png"), pictures::png(&Picture::of(80, 60, [40, 44, 48])).unwrap()).unwrap();
}

#[test]
fn folders_of_pictures_with_texts_of_boxes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    yolo(&data, bright);
    let design = DETECT.split("[[contenders]]\nname = \"cascade\"").next().unwrap().to_owned()
        + "[evaluate]\nmetric = \"ap@50\"\nreport = [\"misses\"]\ntrials = 1\n";
    let made = through(&on_mapped(&design, YOLO, &data, 1), &folder.path().join("runs"));
    // Bright boxes on a dark ground are what the rule is for.
    assert!(value(&made, 0, "ap@50") > 0.95 && value(&made, 0, "misses") == 0.0);
    let profile = &made.profile;
    let told: Vec<(&str, u64)> =
        profile.rejected.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    assert_eq!(told, [("bad-boxes", 1), ("bad-image", 2)], "{:?}", profile.examples);
    assert!(profile.examples.iter().any(|one| one.reason.contains("there is no class 7")));
    assert!(profile.notes.iter().any(|note| note.code == "absent-class" && note.message.contains("`face`")));
    assert!(!made.selection.quality[0].metrics.contains_key("ap@50 face"));

    // Another picture under the same name is another log.
    let (picture, _) = bright(30);
    fs::write(data.join("train/images/000.png"), pictures::png(&picture).unwrap()).unwrap();
    let other = through(&on_mapped(&design, YOLO, &data, 1), &folder.path().join("runs"));
    assert_ne!(made.folder.id, other.folder.id);
}

#[test]
fn a_log_whose_boxes_are_of_other_classes_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let design = DETECT.replace("[label.face]", "[label.hat]").replace("[label.plate]", "[label.shoe]");
    let made_of = on_streets(&design, Settings { pictures: 40, width: 64, height: 64, ..settings() }, 1);
    let error = refusal(&made_of, folder.path()).to_string();
    assert!(error.contains("`hat` or `shoe`") && error.contains("classes"), "{error}");
}

#[test]
fn what_a_design_of_detection_gets_wrong_is_told() {
    assert_eq!(codes(DETECT), [""; 0]);
    let cases = [
        ("detect = \"bright-boxes\"", "detect = \"brihgt-boxes\"", "unknown-algorithm"),
        ("detect = \"bright-boxes\"", "detect = \"als\"", "wrong-role"),
        ("detect = \"bright-boxes\"", "detect = [\"bright-boxes\", \"window-trees\"]", "too-many"),
        ("detect = \"bright-boxes\"", "depth = 5", "no-detector"),
        ("detect = \"bright-boxes\"", "detect = \"bright-boxes\"\nscore = \"prior\"", "detector-and-task"),
        (
            "detect = \"bright-boxes\"",
            "detect = { algorithm = \"bright-boxes\", contrat = 3 }",
            "unknown-parameter",
        ),
        ("metric = \"ap@50\"", "metric = \"ndcg@10\"", "metric-of-another-task"),
        ("metric = \"ap@50\"", "metric = \"ap@150\"", "bad-metric"),
        ("file = \"image\"", "file = \"text\"", "no-pictures"),
        ("boxes = \"boxes\"", "boxes = \"number\"", "label-without-boxes"),
        ("\"box.small\"", "\"box.smal\"", "unknown-slice"),
        ("task = \"detect\"", "task = \"classify\"", "detector-and-task"),
    ];
    for (from, to, code) in cases {
        let design = DETECT.replacen(from, to, 1);
        let found = codes(&design);
        assert!(found.contains(&code), "{to}: {found:?} lacks {code}");
    }
    let named = clarify(&[Source::new("design.toml", DETECT)]);
    let sheet = named.sheet.unwrap();
    assert!(sheet.framing.task.contains("`face`, `plate`") && sheet.framing.alternatives.len() > 2);
    assert!(sheet.framing.metrics.iter().any(|metric| metric.metric == "ap@50"));
    let fraction = clarify(&[Source::new("design.toml", DETECT.replacen("ap@50", "ap@.5", 1))]);
    assert_eq!(fraction.problem.unwrap().evaluate.metric.to_string(), "ap@50");
}

/// The rule, and a network of a file beside the design that finds bright squares.
fn with_network(keys: &str) -> String {
    let (head, rest) = DETECT.split_once("name = \"cascade\"\n").unwrap();
    let tail = &rest[rest.find("[decide]").unwrap()..];
    let network = "detect = { algorithm = \"onnx\", file = \"squares.onnx\", classes = [\"plate\"], decode = \"points\", \
                   strides = [4] }\n\n";
    format!("{head}name = \"network\"\n{}{tail}", network.replace("strides = [4]", keys))
}

/// What is said of a design in this folder.
fn told(design: &str, folder: &Path) -> String {
    let sources = [Source::new("design.toml", design).within(folder)];
    render(&clarify(&sources).findings, &sources, false, 200)
}

#[test]
fn a_network_that_cannot_be_used_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let gone = told(&with_network("strides = [4]"), folder.path());
    assert!(gone.contains("error[bad-file]") && gone.contains("is looked for in its folder"), "{gone}");
    fs::write(folder.path().join("squares.onnx"), bright_squares(80, 60, 4, 10.0)).unwrap();
    let sound = told(&with_network("strides = [4]"), folder.path());
    if !cfg!(feature = "onnx") {
        assert!(sound.contains("error[bad-detector]") && sound.contains("--features onnx"), "{sound}");
        return;
    }
    assert!(!sound.contains("error"), "{sound}");
    for (keys, want) in [
        ("strides = [8]", "it tells 300 boxes, and the grids have 80 points"),
        ("strides = \"8\"", "`strides` must be a list of numbers, not text"),
        ("strides = [4], stridse = [4]", "did you mean `strides`?"),
    ] {
        let said = told(&with_network(keys), folder.path());
        assert!(said.contains("error") && said.contains(want), "{keys}: {said}");
    }
    let label = told(&with_network("strides = [4]").replace("[\"plate\"]", "[\"plaet\"]"), folder.path());
    assert!(label.contains("did you mean `plate`?"), "{label}");
    fs::write(folder.path().join("squares.onnx"), "no network").unwrap();
    let broken = told(&with_network("strides = [4]"), folder.path());
    assert!(broken.contains("it cannot be read as ONNX"), "{broken}");
}

#[cfg(feature = "onnx")]
#[test]
fn a_network_competes_and_lies_whole_in_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let (data, runs) = (folder.path().join("data"), folder.path().join("runs"));
    yolo(&data, square);
    let place = folder.path().join("squares.onnx");
    fs::write(&place, bright_squares(80, 64, 8, 8.0)).unwrap();
    let run = || {
        let mut made_of = on_mapped(&with_network("strides = [8]"), YOLO, &data, 1);
        made_of.sources[0] = made_of.sources[0].clone().within(folder.path());
        through(&made_of, &runs)
    };
    let made = run();
    assert!(value(&made, 1, "ap@50") > 0.95, "{}", value(&made, 1, "ap@50"));
    let text = fs::read_to_string(made.folder.at("1-problem.json")).unwrap();
    let hash = made.problem.files().next().unwrap().hash.clone();
    assert!(text.contains(&hash) && text.len() < 20_000, "the hash, and not what it is of");

    // Another file is another run, though the design is the same to the letter; its bundle needs no file.
    fs::write(&place, bright_squares(80, 64, 8, 9.0)).unwrap();
    let other = run();
    assert_ne!(made.folder.id, other.folder.id);
    fs::remove_file(&place).unwrap();
    let bundle = |run: &Run| Bundle::read(&run.folder.at("4-bundle").join("bundle")).unwrap();
    let picture = square(5).0;
    for run in [&made, &other] {
        let bundle = bundle(run);
        let chosen = &run.selection.chosen;
        assert_eq!(&bundle.pipeline.contender.name, chosen);
        assert!(!bundle.pipeline.detect(&picture).is_empty());
    }
    // With the file gone the same design is a finding, and no panic.
    let refused = refusal(&on_mapped(&with_network("strides = [8]"), YOLO, &data, 1), &runs);
    assert!(matches!(refused, rankine::Error::Design(..)), "{refused}");
}
