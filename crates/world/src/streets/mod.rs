//! Simulated street scenes: pictures with people's faces and cars' number plates, and where they are.
//!
//! A picture is drawn in the light of day with a little perspective (a thing twice as near is twice as large
//! and stands lower), then lit, blurred and made noisy. What looks like a face or a plate but is none (heads
//! from behind, lamps, signs, stickers, lit windows) is drawn as well and not marked. The same settings, seed
//! and index give the same picture, whichever others are drawn.
//!
//! `object_size` and `night` decide which detector pays: see the fields of [`Settings`].

mod canvas;
mod car;
mod drives;
mod light;
mod person;
mod scene;

use serde::{Deserialize, Serialize};

use canvas::Canvas;
pub use drives::Streets;
use scene::Draws;

use crate::World;
use crate::kind::{Kind, Recipe, identity, outside, reader};
use crate::line::Roles;

/// The entry of the list of kinds.
pub static KIND: Kind = Kind {
    name: "streets",
    what: "Pictures of streets with faces and number plates, and people who mark them; nobody visits.",
    roles: ROLES,
    read: reader::<Settings>,
    preset: || Box::new(Settings::default()),
};

pub(crate) const ROLES: Roles = Roles { asks: "drive", shown: "photo" };

impl Recipe for Settings {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn build(&self, seed: u64) -> Box<dyn World> {
        Box::new(Streets::new(self, seed))
    }

    fn identity(&self) -> String {
        identity(&KIND, self)
    }

    fn outside(&self) -> Vec<String> {
        outside(self, &self.clamped())
    }
}

/// What streets look like, and how many are taken. Values outside the ranges are clamped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Begin of the log, milliseconds since the epoch (0 to 4e12).
    pub start: i64,
    /// Length of the log in days (1 to 3650).
    pub days: u32,
    /// Pictures in the whole log (1 to 100,000).
    pub pictures: u32,
    /// Pictures of a drive, all in the same light (1 to 1000).
    pub drive: u32,
    /// Hours from a picture to its boxes, on average (0.1 to 1000).
    pub annotate_hours: f64,
    /// Pixels in a row (64 to 2048).
    pub width: usize,
    /// Rows (64 to 2048).
    pub height: usize,
    /// Median side of a face or plate in pixels: the root of its box's area (4 to 64). Small ones leave a
    /// window few edges to add up, and colour begins to matter.
    pub object_size: f64,
    /// Share of pictures taken at night: dark, noisy, with lamps that dazzle (0 to 1).
    pub night: f64,
    /// Chance that something stands before a face or plate (0 to 1).
    pub occlusion: f64,
    /// How many things look like what is sought: none at 0, some ten a picture at 1 (0 to 2).
    pub clutter: f64,
    /// People and cars a picture, on average (0 to 12).
    pub objects: f64,
    /// What changes within the log; nothing where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<Later>,
}

/// How streets look from some picture on; what is not said stays. Ranges are those of [`Settings`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Later {
    /// The share of the pictures after which it begins (0 to 1).
    pub from: f64,
    /// [`Settings::object_size`] from then on.
    pub object_size: Option<f64>,
    /// [`Settings::night`] from then on.
    pub night: Option<f64>,
    /// [`Settings::occlusion`] from then on.
    pub occlusion: Option<f64>,
    /// [`Settings::clutter`] from then on.
    pub clutter: Option<f64>,
    /// [`Settings::objects`] from then on.
    pub objects: Option<f64>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            start: 1_767_225_600_000,
            days: 30,
            pictures: 600,
            drive: 3,
            annotate_hours: 6.0,
            width: 256,
            height: 192,
            object_size: 16.0,
            night: 0.3,
            occlusion: 0.15,
            clutter: 0.6,
            objects: 4.0,
            later: None,
        }
    }
}

impl Settings {
    fn clamped(&self) -> Settings {
        let number =
            |value: f64, low: f64, high: f64| if value.is_nan() { low } else { value.clamp(low, high) };
        Settings {
            start: self.start.clamp(0, 4_000_000_000_000),
            days: self.days.clamp(1, 3650),
            pictures: self.pictures.clamp(1, 100_000),
            drive: self.drive.clamp(1, 1000),
            annotate_hours: number(self.annotate_hours, 0.1, 1000.0),
            width: self.width.clamp(64, 2048),
            height: self.height.clamp(64, 2048),
            object_size: number(self.object_size, 4.0, 64.0),
            night: number(self.night, 0.0, 1.0),
            occlusion: number(self.occlusion, 0.0, 1.0),
            clutter: number(self.clutter, 0.0, 2.0),
            objects: number(self.objects, 0.0, 12.0),
            later: self.later.as_ref().map(|later| Later {
                from: number(later.from, 0.0, 1.0),
                object_size: later.object_size.map(|size| number(size, 4.0, 64.0)),
                night: later.night.map(|share| number(share, 0.0, 1.0)),
                occlusion: later.occlusion.map(|chance| number(chance, 0.0, 1.0)),
                clutter: later.clutter.map(|clutter| number(clutter, 0.0, 2.0)),
                objects: later.objects.map(|many| number(many, 0.0, 12.0)),
            }),
        }
    }

    /// The settings by which the picture of this number is drawn.
    fn of(&self, index: u64) -> Settings {
        let Some(later) =
            self.later.as_ref().filter(|later| index as f64 >= later.from * f64::from(self.pictures))
        else {
            return self.clone();
        };
        Settings {
            object_size: later.object_size.unwrap_or(self.object_size),
            night: later.night.unwrap_or(self.night),
            occlusion: later.occlusion.unwrap_or(self.occlusion),
            clutter: later.clutter.unwrap_or(self.clutter),
            objects: later.objects.unwrap_or(self.objects),
            ..self.clone()
        }
    }
}

/// What is sought in a street.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A face that is turned towards the camera.
    Face,
    /// A number plate.
    Plate,
}

impl Class {
    /// Every class; a class's number is its place here.
    pub const ALL: [Class; 2] = [Class::Face, Class::Plate];

    /// As the log writes it.
    pub fn name(self) -> &'static str {
        match self {
            Class::Face => "face",
            Class::Plate => "plate",
        }
    }
}

/// Where something sought is, in pixels; right and bottom lie outside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
    /// What it is.
    pub class: Class,
    /// Share of it that something else covers, at most [`HIDDEN`].
    pub hidden: f32,
}

/// What is covered by more than this is not marked: nobody could read or recognise it.
pub const HIDDEN: f32 = 0.7;

/// One picture and the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Street {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height x width x 3` bytes: red, green, blue, row by row from the top left.
    pub pixels: Vec<u8>,
    /// Faces and plates.
    pub marks: Vec<Mark>,
    /// Whether it was taken at night.
    pub night: bool,
}

/// Draws the street of this number.
pub fn street(settings: &Settings, seed: u64, index: u64) -> Street {
    let settings = settings.clamped();
    let mut draws = Draws::new(seed, index);
    let night = draws.chance(settings.night);
    let mut canvas = Canvas::new(settings.width, settings.height);
    let lamps = scene::draw(&settings, night, &mut canvas, &mut draws);
    let marks = canvas.marks();
    let pixels = light::develop(&canvas, night, &lamps, &mut draws);
    Street { width: settings.width, height: settings.height, pixels, marks, night }
}
