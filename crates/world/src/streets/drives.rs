//! Drives: a camera goes through the streets, and people mark later what must be blurred.

use serde_json::{Value, json};

use super::{Class, KIND, Mark, ROLES, Settings, Street, street};
use crate::draw::{self, Purpose};
use crate::line::{Line, Roles};
use crate::people::index_of;
use crate::queue::Queue;
use crate::{DAY, Drawing, HOUR, Moment, Population, Visit, World};

/// Pictures of streets, in drives of the same light, and their boxes.
pub struct Streets {
    settings: Settings,
    seed: u64,
}

/// From this share on a box is noted as partly hidden.
const NOTED: f32 = 0.1;

impl Streets {
    /// Makes a world; the same settings and seed make the same world. Settings are clamped to their ranges.
    pub fn new(settings: &Settings, seed: u64) -> Streets {
        Streets { settings: settings.clamped(), seed }
    }

    /// The street of this number.
    pub fn street(&self, index: u64) -> Street {
        let drive = index / u64::from(self.settings.drive);
        let settings = self.settings.of(index);
        let night = draw::unit(draw::hash(self.seed, Purpose::Drive, drive, 0)) < settings.night;
        let settings = Settings { night: f64::from(u8::from(night)), ..settings };
        street(&settings, self.seed, index)
    }

    /// Whether a picture was taken at night; `None` where no picture has such an id.
    pub fn truth(&self, photo: &str) -> Option<bool> {
        let index = index_of(photo, 'p').filter(|index| *index < self.settings.pictures as usize)?;
        Some(self.street(index as u64).night)
    }

    fn time(&self, index: u64) -> i64 {
        let span = i64::from(self.settings.days) * DAY;
        self.settings.start + span / i64::from(self.settings.pictures) * index as i64
    }

    fn annotated(&self, index: u64, street: &Street) -> Line {
        let one = |mark: &Mark| {
            let mut one = json!({
                "class": mark.class.name(),
                "x": mark.left,
                "y": mark.top,
                "w": mark.right - mark.left,
                "h": mark.bottom - mark.top,
            });
            if mark.hidden >= NOTED {
                one["note"] = json!("partly hidden");
            }
            one
        };
        let boxes: Vec<Value> = street.marks.iter().map(one).collect();
        let share = draw::unit(draw::hash(self.seed, Purpose::Annotate, index, 0)).max(1e-9);
        let hours = (-share.ln()).min(8.0) * self.settings.annotate_hours;
        Line::Interaction {
            roles: ROLES,
            event: "annotate".to_owned(),
            id: format!("a{index}"),
            time: self.time(index) + (hours * HOUR as f64) as i64,
            user: self.drive(index),
            item: photo(index),
            request: Some(format!("r{index}")),
            fields: vec![("boxes".to_owned(), Value::from(boxes))],
        }
    }

    fn drive(&self, index: u64) -> String {
        format!("d{}", index / u64::from(self.settings.drive))
    }
}

fn photo(index: u64) -> String {
    format!("p{index}")
}

fn path(index: u64) -> String {
    format!("photos/{index:06}.png")
}

impl World for Streets {
    fn log(&self, each: &mut dyn FnMut(Line)) {
        let mut queue = Queue::default();
        for index in 0..u64::from(self.settings.pictures) {
            let (street, time) = (self.street(index), self.time(index));
            if index % u64::from(self.settings.drive) == 0 {
                let (event, id) = (KIND.roles.asks.to_owned(), self.drive(index));
                queue.push(Line::Entity { event, id, time, fields: Vec::new() });
            }
            let light = if street.night { "night" } else { "day" };
            let fields = [("file", path(index)), ("light", light.to_owned())];
            queue.push(Line::Entity {
                event: KIND.roles.shown.to_owned(),
                id: photo(index),
                time,
                fields: fields.map(|(name, text)| (name.to_owned(), Value::from(text))).to_vec(),
            });
            queue.push(Line::Request {
                roles: ROLES,
                id: format!("r{index}"),
                time,
                user: self.drive(index),
                context: Vec::new(),
                shown: vec![photo(index)],
            });
            queue.push(self.annotated(index, &street));
            queue.release(time, each);
        }
        // What is marked after the end is not known in the log.
        queue.release(self.end() - 1, each);
    }

    fn pictures(&self) -> u64 {
        u64::from(self.settings.pictures)
    }

    fn picture(&self, index: u64) -> Option<Drawing> {
        (index < self.pictures()).then(|| {
            let Street { width, height, pixels, .. } = self.street(index);
            Drawing { path: path(index), width, height, pixels }
        })
    }

    fn visited(&self) -> bool {
        false
    }

    fn afterwards(&self, _: usize) -> Vec<Moment> {
        Vec::new()
    }

    fn population(&self) -> Box<dyn Population> {
        Box::new(Nobody)
    }

    fn end(&self) -> i64 {
        self.settings.start + i64::from(self.settings.days) * DAY
    }

    fn roles(&self) -> Roles {
        ROLES
    }

    fn goal(&self) -> &'static str {
        "nothing: nobody visits, and what was missed or blurred for nothing is counted on the pictures"
    }

    /// Whether there is a face in the picture.
    fn outcome(&self, line: &Line) -> Option<bool> {
        let Line::Interaction { fields, .. } = line else { return None };
        let boxes = fields.iter().find(|(name, _)| name == "boxes")?.1.as_array()?;
        Some(boxes.iter().any(|one| one["class"] == Class::Face.name()))
    }

    fn worth(&self, _: &[Line]) -> f64 {
        0.0
    }
}

/// Pictures have no users.
struct Nobody;

impl Population for Nobody {
    fn react(&mut self, _: &Visit, _: &[String]) -> Vec<Line> {
        Vec::new()
    }

    fn boxed_clone(&self) -> Box<dyn Population> {
        Box::new(Nobody)
    }
}
