//! A street: sky, houses, road, who and what stands there, and what only looks like it.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Settings;
use super::canvas::{Canvas, Colour, Point};
use super::car::{self, board, shade};
use super::person;

/// A stream of draws for one picture.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    pub(super) fn new(seed: u64, index: u64) -> Draws {
        let key = seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) ^ 0x5742_6565_7473;
        Draws(ChaCha8Rng::seed_from_u64(key))
    }

    pub(super) fn within(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.0.random::<f64>() < share
    }

    /// A whole number from `low` up to, without, `high`.
    pub(super) fn count(&mut self, low: usize, high: usize) -> usize {
        self.0.random_range(low..high)
    }

    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.0.random_range(0..all.len())]
    }

    /// A standard normal draw, nearly: the sum of twelve even ones.
    pub(super) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.0.random::<f32>()).sum::<f32>() - 6.0
    }

    /// A whole number around a mean: its floor, or one more.
    fn about(&mut self, mean: f64) -> usize {
        mean.floor() as usize + usize::from(self.chance(mean.fract()))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0.random()
    }
}

/// A street lamp: where, and how far it shines.
pub(super) struct Lamp {
    pub(super) place: Point,
    pub(super) reach: f32,
    pub(super) colour: Colour,
}

/// How a metre at some distance is seen.
struct View {
    /// Row of what is infinitely far.
    horizon: f32,
    /// Metres from the ground to the camera.
    camera: f32,
    /// Pixels to a metre where most things stand.
    scale: f32,
}

impl View {
    /// The row of the ground where a metre has this many pixels.
    fn ground(&self, scale: f32) -> f32 {
        self.horizon + scale * self.camera
    }
}

/// Something that stands in the street, by the pixels of a metre: the farther ones are drawn first.
enum Thing {
    Person,
    Car,
    Pole,
    Disc,
    Box,
}

/// Draws a street and says where its lamps are.
pub(super) fn draw(settings: &Settings, night: bool, canvas: &mut Canvas, draws: &mut Draws) -> Vec<Lamp> {
    let (width, height) = (settings.width as f32, settings.height as f32);
    let scale = settings.object_size as f32 / (0.5 * (person::FACE_SIDE + car::PLATE_SIDE));
    let camera = draws.within(1.7, 2.0);
    // Between plates and faces lies the middle of the picture.
    let horizon = height * draws.within(0.42, 0.55) - scale * (camera - 1.05);
    let view = View { horizon, camera, scale };
    sky(canvas, &view, draws);
    let base = houses(settings, night, canvas, &view, draws);
    road(canvas, base, draws);
    let mut things: Vec<(f32, Thing)> = Vec::new();
    for _ in 0..draws.about(settings.objects) {
        let near = (0.32 * draws.normal()).exp();
        // Either class has the same median size in pixels.
        let thing = if draws.chance(0.55) { Thing::Person } else { Thing::Car };
        let side = if matches!(thing, Thing::Person) { person::FACE_SIDE } else { car::PLATE_SIDE };
        things.push((settings.object_size as f32 / side * near, thing));
    }
    for _ in 0..draws.about(settings.clutter * 6.0) {
        let near = (0.32 * draws.normal()).exp();
        let thing = match draws.count(0, 5) {
            0 => Thing::Pole,
            1 | 2 => Thing::Disc,
            _ => Thing::Box,
        };
        things.push((view.scale * near, thing));
    }
    things.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (scale, thing) in things {
        let foot = (draws.within(-0.02, 1.02) * width, view.ground(scale));
        match thing {
            Thing::Person => person::draw(canvas, foot, scale, draws),
            Thing::Car => car::draw(canvas, foot, scale, night, draws),
            Thing::Pole => pole(canvas, foot, scale, draws),
            Thing::Disc => disc(canvas, foot, scale, night, draws),
            Thing::Box => crate_or_vent(canvas, foot, scale, draws),
        }
    }
    hide(settings, canvas, draws);
    let lamps = if night { draws.count(1, 4) } else { 0 };
    let lamp = |draws: &mut Draws| Lamp {
        place: (draws.within(0.0, 1.0) * width, draws.within(0.0, 0.8) * height),
        reach: draws.within(0.25, 0.6) * width,
        colour: *draws.one_of(&[[1.0, 0.8, 0.5], [1.0, 0.9, 0.75], [0.85, 0.92, 1.0]]),
    };
    (0..lamps).map(|_| lamp(draws)).collect()
}

fn sky(canvas: &mut Canvas, view: &View, draws: &mut Draws) {
    let top = *draws.one_of(&[[0.45, 0.62, 0.88], [0.7, 0.74, 0.8], [0.82, 0.84, 0.86]]);
    let low = [0.86, 0.89, 0.92];
    let depth = (view.horizon + 0.3 * canvas.height as f32).max(1.0);
    for y in 0..canvas.height {
        let share = (y as f32 / depth).min(1.0);
        let colour = std::array::from_fn(|channel| top[channel] + (low[channel] - top[channel]) * share);
        canvas.colours[y * canvas.width..(y + 1) * canvas.width].fill(colour);
    }
}

/// A row of houses across the street; says where they stand.
fn houses(settings: &Settings, night: bool, canvas: &mut Canvas, view: &View, draws: &mut Draws) -> f32 {
    let far = view.scale * draws.within(0.32, 0.5);
    let base = view.ground(far).clamp(0.3 * canvas.height as f32, 0.85 * canvas.height as f32);
    let mut left = -draws.within(0.0, 3.0) * far;
    while left < canvas.width as f32 {
        let right = left + draws.within(5.0, 12.0) * far;
        let floors = draws.count(2, 6);
        let storey = draws.within(2.8, 3.4) * far;
        let wall = *draws.one_of(&[
            [0.62, 0.36, 0.28],
            [0.8, 0.74, 0.62],
            [0.66, 0.66, 0.66],
            [0.86, 0.84, 0.8],
            [0.5, 0.42, 0.36],
            [0.74, 0.6, 0.5],
        ]);
        let wall = shade(wall, draws.within(0.75, 1.05));
        let top = base - storey * floors as f32;
        canvas.rect([left, top, right, base], wall);
        canvas.rect([left, top, right, top + 0.25 * far], shade(wall, 0.7));
        let columns = draws.count(2, 6);
        let step = (right - left) / columns as f32;
        let (wide, tall) = (draws.within(0.4, 0.65) * step, draws.within(0.45, 0.65) * storey);
        for floor in 1..floors {
            for column in 0..columns {
                let x = left + step * (column as f32 + 0.5);
                let y = base - storey * (floor as f32 + 0.5);
                window(
                    canvas,
                    [x - wide / 2.0, y - tall / 2.0, x + wide / 2.0, y + tall / 2.0],
                    night,
                    wall,
                    draws,
                );
            }
        }
        shop(settings, night, canvas, [left, base - storey, right, base], draws);
        left = right;
    }
    base
}

fn window(canvas: &mut Canvas, area: [f32; 4], night: bool, wall: Colour, draws: &mut Draws) {
    let [left, top, right, bottom] = area;
    if right < 0.0 || bottom < 0.0 || left > canvas.width as f32 {
        return;
    }
    let rim = (right - left) * 0.08;
    canvas.rect([left - rim, top - rim, right + rim, bottom + rim], shade(wall, 1.25));
    let glass = draws.within(0.12, 0.45);
    canvas.rect(area, [glass * 0.85, glass * 0.95, glass * 1.05]);
    let cross = (left + right) / 2.0;
    if night && draws.chance(0.35) {
        let warm = draws.within(0.35, 0.95);
        canvas.rect(area, [0.9, 0.8, 0.6]);
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        canvas.glow((x, y), (right - left, bottom - top), [warm, warm * 0.78, warm * 0.45]);
    }
    canvas.rect([cross - rim / 2.0, top, cross + rim / 2.0, bottom], shade(wall, 1.1));
}

/// A ground floor: door, shop window, a board with letters, and, where cluttered, small boards.
fn shop(settings: &Settings, night: bool, canvas: &mut Canvas, area: [f32; 4], draws: &mut Draws) {
    let [left, top, right, bottom] = area;
    let tall = bottom - top;
    let glass = draws.within(0.15, 0.4);
    canvas.rect(
        [left + tall * 0.3, top + tall * 0.35, right - tall * 0.3, bottom - tall * 0.1],
        [glass, glass, glass * 1.1],
    );
    if night && draws.chance(0.3) {
        let middle = ((left + right) / 2.0, top + tall * 0.6);
        canvas.glow(middle, ((right - left) * 0.5, tall * 0.4), [0.8, 0.7, 0.5]);
    }
    let door = draws.within(left, right - tall * 0.4);
    let wood = [draws.within(0.1, 0.5), draws.within(0.1, 0.4), draws.within(0.05, 0.35)];
    canvas.rect([door, top + tall * 0.25, door + tall * 0.36, bottom], wood);
    if draws.chance(0.5 * settings.clutter.min(1.0) + 0.2) {
        let ground = std::array::from_fn(|_| draws.within(0.1, 0.95));
        let ink = if ground.iter().sum::<f32>() > 1.5 { [0.1; 3] } else { [0.95; 3] };
        let (from, long) = (draws.within(left, left + tall * 0.5), draws.within(1.2, 2.6) * tall);
        board(
            canvas,
            [from, top + tall * 0.06, (from + long).min(right), top + tall * 0.28],
            ground,
            Some(ink),
            draws,
        );
    }
    for _ in 0..draws.about(settings.clutter) {
        let (x, y) = (draws.within(left, right), top + tall * draws.within(0.3, 0.8));
        let (wide, high) = (draws.within(0.12, 0.35) * tall, draws.within(0.08, 0.2) * tall);
        let bright = draws.within(0.6, 0.95);
        board(canvas, [x, y, x + wide, y + high], [bright, bright, bright * 0.9], None, draws);
    }
}

fn road(canvas: &mut Canvas, base: f32, draws: &mut Draws) {
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let pavement = shade([0.62, 0.6, 0.57], draws.within(0.8, 1.1));
    canvas.rect([0.0, base, width, height], pavement);
    let kerb = base + (height - base) * draws.within(0.1, 0.3);
    let asphalt = shade([0.36, 0.36, 0.38], draws.within(0.8, 1.15));
    canvas.rect([0.0, kerb, width, height], asphalt);
    canvas.rect([0.0, kerb, width, kerb + 1.5], shade(pavement, 1.2));
    let line = kerb + (height - kerb) * draws.within(0.35, 0.6);
    let (dash, shift) = (width * draws.within(0.08, 0.2), draws.within(0.0, 1.0));
    let thick = ((height - kerb) * 0.03).max(1.0);
    for at in 0..12 {
        let from = (at as f32 * 2.0 - 1.0 + shift) * dash;
        canvas.rect([from, line, from + dash, line + thick], [0.88, 0.88, 0.86]);
    }
}

fn pole(canvas: &mut Canvas, foot: Point, scale: f32, draws: &mut Draws) {
    let grey = draws.within(0.2, 0.55);
    let half = draws.within(0.03, 0.08) * scale;
    let top = foot.1 - draws.within(2.2, 4.0) * scale;
    canvas.rect([foot.0 - half, top, foot.0 + half, foot.1], [grey, grey, grey * 0.95]);
    canvas.rect([foot.0 - half, top, foot.0 - half * 0.3, foot.1], [grey * 0.7; 3]);
    if draws.chance(0.6) {
        // A road sign: a ring, or a board.
        let side = draws.within(0.2, 0.3) * scale;
        if draws.chance(0.5) {
            canvas.ellipse((foot.0, top + side), (side, side), [0.75, 0.1, 0.1]);
            canvas.ellipse((foot.0, top + side), (side * 0.72, side * 0.72), [0.93; 3]);
            canvas.rect(
                [foot.0 - side * 0.35, top + side * 0.9, foot.0 + side * 0.35, top + side * 1.1],
                [0.1; 3],
            );
        } else {
            let ground = *draws.one_of(&[[0.1, 0.25, 0.6], [0.9, 0.9, 0.88], [0.1, 0.4, 0.25]]);
            let ink = if ground[0] > 0.5 { [0.1; 3] } else { [0.95; 3] };
            let lettered = draws.chance(0.6).then_some(ink);
            board(
                canvas,
                [foot.0 - side * 1.6, top, foot.0 + side * 1.6, top + side * 0.9],
                ground,
                lettered,
                draws,
            );
        }
    }
}

/// A round thing of about a face's size and colour, without a face: a lamp, a ball, a planter.
fn disc(canvas: &mut Canvas, foot: Point, scale: f32, night: bool, draws: &mut Draws) {
    let middle = (foot.0, foot.1 - draws.within(0.5, 2.0) * scale);
    let size = (draws.within(0.06, 0.12) * scale, draws.within(0.07, 0.13) * scale);
    let colour = if draws.chance(0.6) {
        person::skin(draws)
    } else {
        std::array::from_fn(|_| draws.within(0.2, 0.95))
    };
    let stem = size.0 * 0.3;
    canvas.rect([middle.0 - stem, middle.1, middle.0 + stem, foot.1], [0.25, 0.25, 0.24]);
    canvas.ellipse(middle, size, colour);
    canvas.ellipse(
        (middle.0 + size.0 * 0.3, middle.1 - size.1 * 0.3),
        (size.0 * 0.3, size.1 * 0.25),
        shade(colour, 1.2),
    );
    if draws.chance(0.3) {
        canvas.ellipse((middle.0, middle.1 - size.1 * 0.8), (size.0, size.1 * 0.35), [0.12; 3]);
    }
    if night && draws.chance(0.4) {
        canvas.glow(middle, (size.0 * 2.5, size.1 * 2.5), [1.0, 0.9, 0.7]);
    }
}

/// A bright box of about a plate's size: a blank label, a grille, a letter box.
fn crate_or_vent(canvas: &mut Canvas, foot: Point, scale: f32, draws: &mut Draws) {
    let (wide, tall) = (draws.within(0.25, 0.6) * scale, draws.within(0.1, 0.3) * scale);
    let (left, top) = (foot.0 - wide / 2.0, foot.1 - draws.within(0.3, 1.4) * scale);
    let around = [left - tall * 0.4, top - tall * 0.5, left + wide + tall * 0.4, foot.1];
    canvas.rect(around, std::array::from_fn(|_| draws.within(0.1, 0.7)));
    let bright = draws.within(0.55, 0.95);
    let ground =
        if draws.chance(0.7) { [bright, bright, bright * 0.92] } else { [bright, bright * 0.8, 0.2] };
    canvas.rect([left, top, left + wide, top + tall], ground);
    match draws.count(0, 3) {
        0 => {
            for bar in 0..4 {
                let y = top + tall * (0.12 + 0.24 * bar as f32);
                canvas.rect([left, y, left + wide, y + tall * 0.1], [0.12; 3]);
            }
        }
        1 => canvas
            .rect([left + wide * 0.15, top + tall * 0.4, left + wide * 0.85, top + tall * 0.55], [0.1; 3]),
        _ => {}
    }
}

/// Puts something before some of the faces and plates.
fn hide(settings: &Settings, canvas: &mut Canvas, draws: &mut Draws) {
    for mark in canvas.marks() {
        if !draws.chance(settings.occlusion) {
            continue;
        }
        let (wide, tall) = (mark.right - mark.left, mark.bottom - mark.top);
        let share = draws.within(0.25, 0.6);
        let left = draws.chance(0.5);
        let edge = if left { mark.left + wide * share } else { mark.right - wide * share };
        let thick = wide * draws.within(0.6, 1.0);
        let (from, to) = if left { (edge - thick, edge) } else { (edge, edge + thick) };
        if draws.chance(0.5) {
            let colour = std::array::from_fn(|_| draws.within(0.1, 0.6));
            canvas.rect([from, mark.top - tall * 6.0, to, canvas.height as f32], colour);
        } else {
            // Leaves.
            for _ in 0..14 {
                let place = (draws.within(from, to), draws.within(mark.top - tall, mark.bottom + tall));
                let green = [draws.within(0.08, 0.25), draws.within(0.25, 0.5), draws.within(0.05, 0.2)];
                canvas.ellipse(place, (thick * 0.22, thick * draws.within(0.1, 0.25)), green);
            }
        }
    }
}
