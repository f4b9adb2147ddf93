//! Cars from the front or the back, a little askew, with number plates; and letters.

use super::Class;
use super::canvas::{Canvas, Colour, Point, bounds};
use super::scene::Draws;

/// Metres across the plate and up.
const PLATE: (f32, f32) = (0.44, 0.145);
/// The side of a plate in metres: the root of its area, seen somewhat askew.
pub(super) const PLATE_SIDE: f32 = 0.235;

/// A plane at some distance that faces the camera more or less: metres across and up become pixels.
#[derive(Clone, Copy)]
struct Frame {
    /// The pixel of the middle of its foot.
    foot: Point,
    /// Pixels to a metre up.
    scale: f32,
    /// Of a metre across, how much is seen.
    narrow: f32,
    /// How much a metre across falls.
    slant: f32,
}

impl Frame {
    fn at(&self, across: f32, up: f32) -> Point {
        let x = self.foot.0 + across * self.scale * self.narrow;
        (x, self.foot.1 - up * self.scale + across * self.scale * self.slant)
    }

    /// A box from (left, low) to (right, high), its upper edge narrower by `taper` on each side.
    fn quad(&self, [left, low, right, high]: [f32; 4], taper: f32) -> [Point; 4] {
        [self.at(left + taper, high), self.at(right - taper, high), self.at(right, low), self.at(left, low)]
    }
}

/// Draws a car that stands at `foot`.
pub(super) fn draw(canvas: &mut Canvas, foot: Point, scale: f32, night: bool, draws: &mut Draws) {
    let frame = Frame { foot, scale, narrow: draws.within(0.68, 1.0), slant: draws.within(-0.1, 0.1) };
    let half = draws.within(0.82, 0.98);
    let (belt, roof) = (draws.within(0.85, 1.0), draws.within(1.35, 1.75));
    let paint = paint(draws);
    let dark = [0.06, 0.06, 0.07];
    let front = draws.chance(0.5);
    canvas.ellipse(
        frame.at(0.0, 0.05),
        (half * scale * frame.narrow * 1.05, 0.12 * scale),
        [0.12, 0.12, 0.13],
    );
    for side in [-1.0, 1.0] {
        let middle = side * (half - 0.16);
        canvas.polygon(&frame.quad([middle - 0.12, 0.0, middle + 0.12, 0.4], 0.0), dark);
    }
    canvas.polygon(&frame.quad([-half * 0.88, belt - 0.05, half * 0.88, roof], 0.16), shade(paint, 0.85));
    let glass = [0.16, 0.2, 0.24].map(|part: f32| part + draws.within(0.0, 0.22));
    canvas.polygon(&frame.quad([-half * 0.78, belt + 0.02, half * 0.78, roof - 0.1], 0.13), glass);
    canvas.polygon(&frame.quad([-half, 0.25, half, belt], 0.05), paint);
    // Light falls from above: the lower part is darker.
    canvas.polygon(&frame.quad([-half, 0.25, half, 0.5], 0.0), shade(paint, 0.72));
    if front {
        let grille = frame.quad([-half * 0.5, 0.58, half * 0.5, 0.74], 0.03);
        canvas.polygon(&grille, dark);
        for bar in 0..3 {
            let up = 0.6 + 0.05 * bar as f32;
            canvas.polygon(&frame.quad([-half * 0.48, up, half * 0.48, up + 0.015], 0.0), [0.45; 3]);
        }
    }
    let lamp = if front { [0.92, 0.92, 0.86] } else { [0.65, 0.07, 0.06] };
    let lit = night && draws.chance(0.6);
    for side in [-1.0, 1.0] {
        let place = frame.at(side * half * 0.8, 0.68);
        let size = (0.15 * scale * frame.narrow, 0.085 * scale);
        canvas.ellipse(place, size, lamp);
        if lit {
            let (power, reach) = if front { (1.1, 4.5) } else { (0.5, 2.2) };
            canvas.glow(place, (size.0 * reach, size.0 * reach), lamp.map(|part| part * power));
            canvas.glow(place, size, lamp);
        }
    }
    if draws.chance(0.25) {
        // A sticker or a badge: as bright as a plate, without letters.
        let at = draws.within(-0.5, 0.4);
        canvas.polygon(
            &frame.quad([at, belt - 0.2, at + draws.within(0.15, 0.35), belt - 0.1], 0.0),
            [0.85, 0.85, 0.8],
        );
    }
    if draws.chance(0.93) {
        let (across, up) = (draws.within(-0.06, 0.06), draws.within(0.33, 0.45));
        plate(canvas, frame, (across, up), (night && !front).then_some(0.35), draws);
    }
}

fn plate(canvas: &mut Canvas, frame: Frame, (across, up): Point, lit: Option<f32>, draws: &mut Draws) {
    let tall = PLATE.1 * draws.within(0.95, 1.15);
    let edges = [across - PLATE.0 * 0.5, up, across + PLATE.0 * 0.5, up + tall];
    let corners = frame.quad(edges, 0.0);
    let ground = *draws.one_of(&[[0.93, 0.93, 0.9], [0.93, 0.93, 0.9], [0.9, 0.76, 0.2], [0.82, 0.86, 0.9]]);
    let ink = *draws.one_of(&[[0.08, 0.08, 0.1], [0.1, 0.1, 0.3], [0.05, 0.15, 0.1]]);
    let worn = draws.within(0.75, 1.0);
    let area = bounds(&corners);
    canvas.mark(Class::Plate, area, |canvas| {
        canvas.polygon(&corners, [0.15, 0.15, 0.15]);
        let rim = 0.008;
        canvas.polygon(
            &frame.quad([edges[0] + rim, edges[1] + rim, edges[2] - rim, edges[3] - rim], 0.0),
            shade(ground, worn),
        );
        let count = draws.count(5, 8);
        letters(
            canvas,
            frame,
            [edges[0] + 0.03, up + tall * 0.2, edges[2] - 0.03, up + tall * 0.8],
            count,
            ink,
            draws,
        );
    });
    if let Some(power) = lit {
        let middle = frame.at(across, up + tall * 0.5);
        let size = (PLATE.0 * 0.7 * frame.scale, tall * frame.scale);
        canvas.glow(middle, size, ground.map(|part| part * power * 0.5));
    }
}

/// Signs of strokes, such as letters seem from afar.
fn letters(canvas: &mut Canvas, frame: Frame, edges: [f32; 4], count: usize, ink: Colour, draws: &mut Draws) {
    let [left, low, right, high] = edges;
    let step = (right - left) / count as f32;
    let (pen, middle) = (step * 0.2, (low + high) * 0.5);
    for letter in 0..count {
        if count > 5 && letter == 3 && draws.chance(0.5) {
            continue;
        }
        let (from, to) = (left + step * (letter as f32 + 0.12), left + step * (letter as f32 + 0.88));
        let lying = (high - low) * 0.16;
        let strokes = [
            [from, low, from + pen, high],
            [to - pen, low, to, high],
            [from, high - lying, to, high],
            [from, middle - lying * 0.5, to, middle + lying * 0.5],
            [from, low, to, low + lying],
        ];
        let upright = draws.count(0, 3);
        for (at, stroke) in strokes.iter().enumerate() {
            if at < 2 && (upright == 2 || upright == at) || at >= 2 && draws.chance(0.55) {
                canvas.polygon(&frame.quad(*stroke, 0.0), ink);
            }
        }
    }
}

/// A board with letters, flat on a wall: left, top, right, bottom in pixels.
pub(super) fn board(
    canvas: &mut Canvas,
    area: [f32; 4],
    ground: Colour,
    ink: Option<Colour>,
    draws: &mut Draws,
) {
    canvas.rect(area, ground);
    let [left, top, right, bottom] = area;
    let tall = bottom - top;
    if let Some(ink) = ink {
        let frame = Frame { foot: (left, bottom), scale: 1.0, narrow: 1.0, slant: 0.0 };
        let count = (((right - left) / (tall * 0.55)).round() as usize).clamp(2, 14);
        letters(
            canvas,
            frame,
            [tall * 0.2, tall * 0.22, right - left - tall * 0.2, tall * 0.78],
            count,
            ink,
            draws,
        );
    }
}

/// A colour that cars have.
fn paint(draws: &mut Draws) -> Colour {
    let common = [
        [0.82, 0.83, 0.84],
        [0.55, 0.56, 0.58],
        [0.1, 0.1, 0.11],
        [0.3, 0.32, 0.35],
        [0.5, 0.08, 0.08],
        [0.12, 0.2, 0.42],
        [0.72, 0.66, 0.52],
        [0.15, 0.3, 0.2],
    ];
    let colour = *draws.one_of(&common);
    let by = draws.within(0.85, 1.1);
    colour.map(|part| (part * by).min(1.0))
}

pub(super) fn shade(colour: Colour, by: f32) -> Colour {
    colour.map(|part| (part * by).min(1.0))
}
