//! From colours under white light to what a camera would have taken: light, blur, noise.

use super::canvas::{Canvas, Colour};
use super::scene::{Draws, Lamp};

/// Pixels in a square that is lit alike.
const PATCH: usize = 4;

/// The picture's bytes.
pub(super) fn develop(canvas: &Canvas, night: bool, lamps: &[Lamp], draws: &mut Draws) -> Vec<u8> {
    let tint = draws.within(-0.05, 0.05);
    let (power, blue) =
        if night { (draws.within(0.13, 0.34), 1.25) } else { (draws.within(0.65, 1.08), 1.0) };
    let ambient = [power * (1.0 + tint), power, power * (1.0 - tint) * blue];
    let mut colours = lit(canvas, ambient, lamps);
    let softness = draws.within(0.0, 1.0);
    let passes = if night {
        usize::from(softness > 0.25) + usize::from(softness > 0.8)
    } else {
        usize::from(softness > 0.6)
    };
    for _ in 0..passes {
        soften(&mut colours, canvas.width, canvas.height);
    }
    let noise = if night { draws.within(0.018, 0.05) } else { draws.within(0.004, 0.015) };
    exposed(&colours, noise, draws)
}

fn lit(canvas: &Canvas, ambient: Colour, lamps: &[Lamp]) -> Vec<Colour> {
    let (across, down) = (canvas.width.div_ceil(PATCH), canvas.height.div_ceil(PATCH));
    let mut patches = vec![ambient; across * down];
    for (at, patch) in patches.iter_mut().enumerate() {
        let place = |at: usize| (at * PATCH + PATCH / 2) as f32;
        let (x, y) = (place(at % across), place(at / across));
        for lamp in lamps {
            let far = ((x - lamp.place.0).powi(2) + (y - lamp.place.1).powi(2)) / (lamp.reach * lamp.reach);
            let share = 0.5 / (1.0 + 4.0 * far);
            (0..3).for_each(|channel| patch[channel] += lamp.colour[channel] * share);
        }
    }
    let mut colours = Vec::with_capacity(canvas.colours.len());
    for y in 0..canvas.height {
        let row = &patches[y / PATCH * across..];
        for x in 0..canvas.width {
            let (light, at) = (&row[x / PATCH], y * canvas.width + x);
            let (colour, shine) = (&canvas.colours[at], &canvas.shine[at]);
            colours.push(std::array::from_fn(|channel| colour[channel] * light[channel] + shine[channel]));
        }
    }
    colours
}

/// 1, 2, 1 across and down.
fn soften(colours: &mut [Colour], width: usize, height: usize) {
    let mix = |one: Colour, here: Colour, other: Colour| -> Colour {
        std::array::from_fn(|channel| 0.25 * (one[channel] + other[channel]) + 0.5 * here[channel])
    };
    for row in colours.chunks_exact_mut(width) {
        let mut left = row[0];
        for x in 0..width {
            let here = row[x];
            row[x] = mix(left, here, row[(x + 1).min(width - 1)]);
            left = here;
        }
    }
    let mut above = colours[..width].to_vec();
    for y in 0..height {
        let next = (y + 1).min(height - 1);
        for x in 0..width {
            let here = colours[y * width + x];
            colours[y * width + x] = mix(above[x], here, colours[next * width + x]);
            above[x] = here;
        }
    }
}

/// Bytes with the grain of a sensor: much of it in brightness, a little in colour.
fn exposed(colours: &[Colour], noise: f32, draws: &mut Draws) -> Vec<u8> {
    let mut state = draws.bits() | 1;
    let mut pixels = Vec::with_capacity(colours.len() * 3);
    for colour in colours {
        // Marsaglia 2003, Xorshift RNGs.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let bytes = state.to_le_bytes();
        // Four even bytes have a standard deviation of about 148.
        let sum: u32 = bytes[..4].iter().map(|byte| u32::from(*byte)).sum();
        let grey = (sum as f32 - 510.0) / 148.0 * noise;
        for (channel, byte) in colour.iter().zip(&bytes[4..7]) {
            let own = (f32::from(*byte) - 127.5) / 148.0 * noise;
            // Casts cut to 0..=255.
            pixels.push(((channel + grey + own) * 255.0 + 0.5) as u8);
        }
    }
    pixels
}
