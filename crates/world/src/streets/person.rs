//! People who stand or walk, seen from the front, the side, or behind.

use super::Class;
use super::canvas::{Canvas, Colour, Point};
use super::car::shade;
use super::scene::Draws;

/// Half a face in metres, across and down.
const FACE: (f32, f32) = (0.078, 0.105);
/// The side of a face's box in metres: the root of its area.
pub(super) const FACE_SIDE: f32 = 0.181;

/// Draws a person who stands at `foot`.
pub(super) fn draw(canvas: &mut Canvas, foot: Point, scale: f32, draws: &mut Draws) {
    let tall = draws.within(1.5, 1.9);
    let lean = draws.within(-0.05, 0.05);
    let at = |across: f32, up: f32| (foot.0 + (across + lean * up) * scale, foot.1 - up * scale);
    let shirt = clothes(draws);
    let trousers = shade(clothes(draws), 0.6);
    let skin = skin(draws);
    let (hip, shoulder, chin) = (0.5 * tall, 0.82 * tall, 0.865 * tall);
    let stride = draws.within(0.0, 0.14);
    for side in [-1.0f32, 1.0] {
        let (thigh, knee) = (side * 0.09, side * (0.09 + stride));
        let leg = [at(thigh - 0.09, hip), at(thigh + 0.09, hip), at(knee + 0.07, 0.0), at(knee - 0.07, 0.0)];
        canvas.polygon(&leg, trousers);
    }
    let broad = draws.within(0.19, 0.25);
    for side in [-1.0f32, 1.0] {
        let arm = [
            at(side * broad - 0.05, shoulder),
            at(side * broad + 0.05, shoulder),
            at(side * (broad + 0.07) + 0.05, hip * 0.95),
            at(side * (broad + 0.07) - 0.05, hip * 0.95),
        ];
        canvas.polygon(&arm, shade(shirt, 0.85));
        canvas.ellipse(at(side * (broad + 0.07), hip * 0.92), (0.05 * scale, 0.055 * scale), skin);
    }
    let body = [
        at(-broad, shoulder),
        at(broad, shoulder),
        at(broad * 0.9, hip - 0.05),
        at(-broad * 0.9, hip - 0.05),
    ];
    canvas.polygon(&body, shirt);
    canvas.ellipse(at(0.0, shoulder), (broad * 0.8 * scale, 0.05 * scale), shirt);
    let neck = [
        at(-0.05, chin + 0.02),
        at(0.05, chin + 0.02),
        at(0.06, shoulder - 0.02),
        at(-0.06, shoulder - 0.02),
    ];
    canvas.polygon(&neck, shade(skin, 0.8));
    head(canvas, at(0.0, chin + FACE.1 * 0.9), scale, skin, draws);
}

fn head(canvas: &mut Canvas, middle: Point, scale: f32, skin: Colour, draws: &mut Draws) {
    let hair = *draws.one_of(&[
        [0.07, 0.05, 0.04],
        [0.2, 0.12, 0.07],
        [0.6, 0.46, 0.25],
        [0.55, 0.55, 0.55],
        [0.35, 0.14, 0.06],
    ]);
    let (wide, tall) = (FACE.0 * scale, FACE.1 * scale);
    let from = |across: f32, down: f32| (middle.0 + across * wide, middle.1 + down * tall);
    let long = draws.chance(0.35);
    let crown = if long { (wide * 1.25, tall * 1.35) } else { (wide * 1.1, tall * 1.08) };
    canvas.ellipse(from(0.0, if long { 0.05 } else { -0.22 }), crown, hair);
    if draws.chance(0.2) {
        // Seen from behind: hair all over.
        canvas.ellipse(middle, (wide, tall), hair);
        return;
    }
    let turn = draws.within(-0.3, 0.3);
    let area = [middle.0 - wide, middle.1 - tall, middle.0 + wide, middle.1 + tall];
    canvas.mark(Class::Face, area, |canvas| {
        canvas.ellipse(middle, (wide, tall), skin);
        // One side is in its own shadow.
        canvas.ellipse(from(-0.55 * turn.signum(), 0.1), (wide * 0.4, tall * 0.8), shade(skin, 0.88));
        let fringe = draws.within(-1.0, -0.62);
        canvas.ellipse(from(0.0, fringe), (wide * 0.85, tall * 0.32), hair);
        if draws.chance(0.2) {
            canvas.ellipse(from(turn * 0.6, 0.62), (wide * 0.66, tall * 0.4), shade(hair, 1.1));
        }
        let dark = [0.08, 0.06, 0.06];
        for side in [-1.0f32, 1.0] {
            let across = turn + side * 0.38;
            canvas.ellipse(from(across, -0.34), (wide * 0.22, tall * 0.055), shade(hair, 0.9));
            canvas.ellipse(from(across, -0.15), (wide * 0.2, tall * 0.1), shade(skin, 0.72));
            canvas.ellipse(from(across, -0.15), (wide * 0.11, tall * 0.085), dark);
        }
        canvas.ellipse(from(turn * 1.2, 0.2), (wide * 0.16, tall * 0.08), shade(skin, 0.75));
        canvas.ellipse(
            from(turn, 0.52),
            (wide * 0.32, tall * 0.075),
            [skin[0] * 0.7, skin[1] * 0.45, skin[2] * 0.45],
        );
        if draws.chance(0.15) {
            let glasses = from(turn, -0.15);
            canvas.ellipse((glasses.0 - wide * 0.38, glasses.1), (wide * 0.3, tall * 0.16), dark);
            canvas.ellipse((glasses.0 + wide * 0.38, glasses.1), (wide * 0.3, tall * 0.16), dark);
        }
    });
    if draws.chance(0.15) {
        let hat = clothes(draws);
        canvas.ellipse(from(0.0, -0.85), (wide * 1.15, tall * 0.4), hat);
        canvas.rect(
            [middle.0 - wide * 1.3, middle.1 - tall * 0.75, middle.0 + wide * 1.3, middle.1 - tall * 0.6],
            hat,
        );
    }
}

/// From the fairest to the darkest.
pub(super) fn skin(draws: &mut Draws) -> Colour {
    let dark = draws.within(0.0, 1.0);
    let [fair, deep] = [[0.94, 0.77, 0.66], [0.36, 0.23, 0.16]];
    std::array::from_fn(|channel| fair[channel] + (deep[channel] - fair[channel]) * dark)
}

fn clothes(draws: &mut Draws) -> Colour {
    std::array::from_fn(|_| draws.within(0.08, 0.85))
}
