//! A network that somebody else trained, in the form of ONNX: its boxes, with chances learned here.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::{Detector, Found, Kind, Labelled, Loaded, matched, usable};
use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::picture::{Area, Picture};
use crate::random::hash;
use crate::vision::{order, suppress};

mod decode;
mod input;
mod network;

use decode::Decode;
use input::Input;
use network::Network;

/// A network from a file.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "onnx",
        what: "Asks a network that somebody trained, read from an ONNX file beside the design, and calibrates its \
               scores on the validation pictures.",
        when: "A network for these very things is to be had, and there are too few pictures to train one.",
        avoid: "Where its licence, its training pictures or its classes do not fit; it learns nothing here but how \
                far its scores are to be trusted.",
        cost: "Its multiplications, one core a picture; its file in memory twice. A build with \
               `--no-default-features` leaves it out.",
        source: "Open Neural Network Exchange 2017 (the form); Liu et al. 2016, SSD: Single shot multibox detector; \
                 Ge et al. 2021, YOLOX: Exceeding YOLO series in 2021 (how boxes are told)",
        parameters: PARAMETERS,
    },
    check: |settings| Onnx::open(settings).map(drop),
    fit: |settings, train, valid, _| Ok(Box::new(fit(settings, train, valid)?)),
    load,
};

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "file",
        doc: "The network, relative to the folder of the design; a picture goes in as numbers by planes or by \
              pixels, as its first input's shape says (by planes where that is open).",
        kind: Holds::File,
        default: Preset::Required,
        search: &[],
    },
    Parameter {
        name: "classes",
        doc: "For each class of the network, without a background, the label that it stands for; `-` for a class \
              of which nothing is made.",
        kind: Holds::Labels,
        default: Preset::Required,
        search: &[],
    },
    Parameter {
        name: "decode",
        doc: "How it tells boxes: `rows` are one output of middle, size in pixels, perhaps the chance of an object, \
              and classes (exports of YOLO); `corners` are edges in shares of the picture; `anchors` are shifts of \
              boxes laid over it (SSD, RetinaFace); `points` are shifts of a grid's points (YOLOX).",
        kind: Holds::Choice(&["rows", "corners", "anchors", "points"]),
        default: Preset::Required,
        search: &[],
    },
    Parameter {
        name: "outputs",
        doc: "How the names of its outputs begin: with scores, with boxes, perhaps with the chance of an object; \
              none where their shapes tell.",
        kind: Holds::Words,
        default: Preset::Words(&[]),
        search: &[],
    },
    Parameter {
        name: "activation",
        doc: "What makes chances of its scores, where it gives none.",
        kind: Holds::Choice(&["none", "sigmoid", "softmax"]),
        default: Preset::Word("none"),
        search: &[],
    },
    Parameter::count("width", "Pixels across that it takes; 0 for what the file says.", (0, 4096), 0, &[]),
    Parameter::count("height", "Pixels down that it takes; 0 for what the file says.", (0, 4096), 0, &[]),
    Parameter {
        name: "fit",
        doc: "How a picture gets this size: `stretch`, or `pad` with grey, which keeps its proportions.",
        kind: Holds::Choice(&["stretch", "pad"]),
        default: Preset::Word("stretch"),
        search: &[],
    },
    Parameter {
        name: "channels",
        doc: "The order of colours.",
        kind: Holds::Choice(&["rgb", "bgr"]),
        default: Preset::Word("rgb"),
        search: &[],
    },
    Parameter {
        name: "mean",
        doc: "What is taken off each colour of 0 to 255, in their order: one number or three.",
        kind: Holds::Numbers,
        default: Preset::Numbers(&[0.0]),
        search: &[],
    },
    Parameter {
        name: "scale",
        doc: "What each colour is divided by then: one number or three.",
        kind: Holds::Numbers,
        default: Preset::Numbers(&[255.0]),
        search: &[],
    },
    Parameter {
        name: "strides",
        doc: "Pixels between the points of each grid, of `anchors` and `points`.",
        kind: Holds::Numbers,
        default: Preset::Numbers(&[8.0, 16.0, 32.0]),
        search: &[],
    },
    Parameter {
        name: "anchors",
        doc: "Sides of the square boxes laid at each point of a grid, in pixels: as many for each stride.",
        kind: Holds::Numbers,
        default: Preset::Numbers(&[]),
        search: &[],
    },
    Parameter {
        name: "anchors_each",
        doc: "How many of `anchors` each stride has; as many each where nothing is said.",
        kind: Holds::Numbers,
        default: Preset::Numbers(&[]),
        search: &[],
    },
    Parameter {
        name: "variances",
        doc: "What shifts of the middle and of the size of `anchors` are multiplied by.",
        kind: Holds::Numbers,
        default: Preset::Numbers(&[0.1, 0.2]),
        search: &[],
    },
    Parameter::number("confidence", "Least score of the network that is looked at.", (0.0, 1.0), 0.01, &[]),
    Parameter::number("threshold", "Least chance of being right that is reported.", (0.0, 1.0), 0.02, &[]),
    Parameter::number(
        "overlap",
        "Of two boxes that overlap by more than this the better stays.",
        (0.0, 1.0),
        0.4,
        &[0.3, 0.5],
    ),
];

/// What the bytes of a saved one begin with.
const MARK: &[u8] = b"rankine onnx 1\n";
/// Most boxes of one label and picture that are compared with each other.
const MOST: usize = 1000;
/// Most boxes of one label and picture that calibration looks at.
const CALIBRATED: usize = 50;

/// All that is said of a network but its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Plan {
    input: Input,
    decode: Decode,
    /// The label of each class.
    labels: Vec<Option<u32>>,
    confidence: f32,
    threshold: f32,
    overlap: f32,
}

/// A network with what is made of its boxes.
struct Onnx {
    plan: Plan,
    /// Of each label that a class stands for, in their order.
    calibrations: Vec<(u32, Calibration)>,
    network: Network,
    bytes: Vec<u8>,
}

/// A box as the network tells it, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Told {
    area: Area,
    class: usize,
    score: f32,
}

impl Onnx {
    fn open(settings: &Settings) -> Result<Onnx, String> {
        let file = settings.file("file");
        let network = Network::open(&file.bytes)?;
        let labels = settings.labels("classes").to_vec();
        let plan = Plan {
            input: Input::of(settings, network.input())?,
            decode: Decode::of(settings)?,
            labels,
            confidence: settings.number("confidence") as f32,
            threshold: settings.number("threshold") as f32,
            overlap: settings.number("overlap") as f32,
        };
        Onnx::new(plan, Vec::new(), network, file.bytes.to_vec())
    }

    /// Tried once: what is wrong with shapes is told here, and not in the middle of a million pictures.
    fn new(
        plan: Plan,
        calibrations: Vec<(u32, Calibration)>,
        network: Network,
        bytes: Vec<u8>,
    ) -> Result<Onnx, String> {
        let mut labels: Vec<u32> = plan.labels.iter().flatten().copied().collect();
        labels.sort_unstable();
        labels.dedup();
        if labels.is_empty() {
            return Err("no class of it stands for a label".to_owned());
        }
        let raw = labels.iter().map(|label| (*label, Calibration::of(&[]))).collect();
        let calibrations = if calibrations.is_empty() { raw } else { calibrations };
        if !calibrations.iter().map(|(label, _)| label).eq(&labels) {
            return Err("a saved network's labels are not those of its classes".to_owned());
        }
        let made = Onnx { plan, calibrations, network, bytes };
        made.told(&Picture::of(64, 48, [128; 3]))?;
        Ok(made)
    }

    /// All boxes with at least the least score.
    fn told(&self, picture: &Picture) -> Result<Vec<Told>, String> {
        let Plan { input, decode, labels, confidence, .. } = &self.plan;
        let (values, placed) = input.read(picture);
        let outputs = self.network.run(&input.shape(), values)?;
        let mut told = Vec::new();
        decode.read(&outputs, (input.width, input.height), labels.len(), *confidence, &mut told)?;
        told.retain(|told| told.area.left.is_finite() && told.area.top.is_finite());
        told.iter_mut().for_each(|told| told.area = placed.back(&told.area, picture));
        Ok(told)
    }

    /// The boxes of each label, best first, suppressed; each with the log-odds of its score.
    fn boxes(&self, picture: &Picture) -> Vec<Vec<(Area, f32)>> {
        let told = if picture.sound() && !picture.pixels.is_empty() {
            // It was tried: what failed since has no boxes to tell.
            self.told(picture).unwrap_or_default()
        } else {
            Vec::new()
        };
        let of = |label: u32| {
            let own = told.iter().filter(|told| self.plan.labels.get(told.class) == Some(&Some(label)));
            let mut boxes: Vec<(Area, f32)> =
                own.filter(|told| usable(&told.area)).map(|told| (told.area, log_odds(told.score))).collect();
            boxes.sort_by(order);
            boxes.truncate(MOST);
            suppress(&boxes, self.plan.overlap).into_iter().map(|at| boxes[at]).collect()
        };
        self.calibrations.iter().map(|(label, _)| of(*label)).collect()
    }

    /// Fits each label's chances to what is found in these pictures; without a box of it they tell nothing.
    fn calibrate(&mut self, pictures: &[Labelled<'_>]) {
        let per_picture: Vec<Vec<Vec<(Area, f32)>>> =
            pictures.par_iter().map(|labelled| self.boxes(labelled.picture)).collect();
        for (at, (label, calibration)) in self.calibrations.iter_mut().enumerate() {
            let mut scores: Vec<(f32, bool)> = Vec::new();
            let mut there = false;
            for (labelled, found) in pictures.iter().zip(&per_picture) {
                let own = labelled.boxes.iter().filter(|(area, class)| class == label && usable(area));
                let own: Vec<Area> = own.map(|(area, _)| *area).collect();
                there |= !own.is_empty();
                let found = &found[at][..found[at].len().min(CALIBRATED)];
                let areas: Vec<Area> = found.iter().map(|found| found.0).collect();
                scores.extend(found.iter().map(|found| found.1).zip(matched(&areas, &own)));
            }
            if there {
                *calibration = Calibration::of(&scores);
            }
        }
    }
}

fn fit(settings: &Settings, train: &[Labelled<'_>], valid: Option<&[Labelled<'_>]>) -> Result<Onnx, String> {
    let mut made = Onnx::open(settings)?;
    made.calibrate(valid.filter(|valid| !valid.is_empty()).unwrap_or(train));
    Ok(made)
}

fn log_odds(score: f32) -> f32 {
    let score = if score.is_finite() { score.clamp(1e-6, 1.0 - 1e-6) } else { 1e-6 };
    (score / (1.0 - score)).ln()
}

impl Detector for Onnx {
    fn detect(&self, picture: &Picture) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        for ((class, calibration), boxes) in self.calibrations.iter().zip(self.boxes(picture)) {
            let found = boxes.into_iter().map(|(area, score)| Found {
                area,
                class: *class,
                score: calibration.chance(score),
            });
            all.extend(found.filter(|found| found.score >= self.plan.threshold));
        }
        all.sort_by(|one, other| {
            order(&(one.area, one.score), &(other.area, other.score)).then(one.class.cmp(&other.class))
        });
        all
    }

    fn save(&self) -> Vec<u8> {
        let body = (&self.plan, &self.calibrations, &self.bytes);
        let body = postcard::to_allocvec(&body).expect("numbers and lists can be written");
        [MARK, &checksum(&body).to_le_bytes(), &body].concat()
    }
}

/// Networks are read by a library: what was changed since it was saved never gets there.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(hash(0, &[bytes.len() as u64]), |state, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash(state, &[u64::from_le_bytes(word)])
    })
}

fn load(bytes: &[u8]) -> Loaded {
    let body = bytes.strip_prefix(MARK).ok_or("these bytes do not begin as a saved network does")?;
    let (sum, body) = body.split_first_chunk::<8>().ok_or("a saved network is cut short")?;
    if u64::from_le_bytes(*sum) != checksum(body) {
        return Err("a saved network is damaged: it is not what was saved".to_owned());
    }
    let saved: (Plan, Vec<(u32, Calibration)>, Vec<u8>) =
        postcard::from_bytes(body).map_err(|error| format!("a saved network cannot be read: {error}"))?;
    let (plan, calibrations, bytes) = saved;
    if !calibrations.iter().all(|(_, calibration)| calibration.sound()) {
        return Err("a saved network has chances that mean nothing".to_owned());
    }
    let network = Network::open(&bytes)?;
    Ok(Box::new(Onnx::new(plan, calibrations, network, bytes)?))
}
