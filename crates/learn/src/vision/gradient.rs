//! How brightness changes at each pixel: how much, and in which direction.

use super::plane::Plane;

/// Gradients of a plane, by central differences.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gradients {
    /// Length of the gradient.
    pub size: Plane,
    /// Direction without sign, as a share of half a turn in [0, 1): 0 across, a half straight down.
    pub turn: Plane,
}

impl Gradients {
    /// Of every pixel; a border pixel stands in for its missing neighbour.
    pub fn of(plane: &Plane) -> Gradients {
        let (width, height) = (plane.width, plane.height);
        let mut size = Plane::of(width, height, 0.0);
        let mut turn = Plane::of(width, height, 0.0);
        if width == 0 {
            return Gradients { size, turn };
        }
        for y in 0..height {
            let here = plane.row(y);
            let above = plane.row(y.saturating_sub(1));
            let below = plane.row((y + 1).min(height - 1));
            let sizes = &mut size.values[y * width..(y + 1) * width];
            let turns = &mut turn.values[y * width..(y + 1) * width];
            let inner = here.windows(3).zip(&above[1..]).zip(&below[1..]);
            for (at, ((here, above), below)) in inner.enumerate() {
                (sizes[at + 1], turns[at + 1]) = polar(here[2] - here[0], below - above);
            }
            for at in [0, width - 1] {
                let across = here[(at + 1).min(width - 1)] - here[at.saturating_sub(1)];
                (sizes[at], turns[at]) = polar(across, below[at] - above[at]);
            }
        }
        Gradients { size, turn }
    }
}

/// Length and direction of a gradient. The direction errs by less than a thousandth of half a turn, and its
/// arithmetic is the same on every machine, which the library's arc tangent does not promise.
#[inline(always)]
fn polar(across: f32, down: f32) -> (f32, f32) {
    let (wide, tall) = (across.abs(), down.abs());
    let size = (across * across + down * down).sqrt();
    let ratio = wide.min(tall) / (wide.max(tall) + 1e-12);
    let square = ratio * ratio;
    // Abramowitz and Stegun 1964, 4.4.47, in half turns.
    let arc = ratio * (0.318_267 + square * (-0.105_11 + square * (0.057_34 + square * -0.020_9)));
    let arc = if tall > wide { 0.5 - arc } else { arc };
    let arc = if (across < 0.0) == (down < 0.0) { arc } else { 1.0 - arc };
    (size, if arc >= 1.0 { 0.0 } else { arc.max(0.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_those_of_the_arc_tangent() {
        for step in 0..720 {
            let angle = f64::from(step) / 720.0 * std::f64::consts::TAU;
            let (size, turn) = polar(angle.cos() as f32, angle.sin() as f32);
            let want = (angle / std::f64::consts::PI).rem_euclid(1.0) as f32;
            let apart = (turn - want).abs();
            assert!((size - 1.0).abs() < 1e-6 && apart.min(1.0 - apart) < 1e-3, "{step}: {turn} {want}");
        }
        assert_eq!(polar(0.0, 0.0).0, 0.0);
    }

    #[test]
    fn an_upright_edge_points_across() {
        let plane = Plane { width: 4, height: 2, values: [0.0, 0.0, 1.0, 1.0].repeat(2) };
        let gradients = Gradients::of(&plane);
        assert_eq!(gradients.size.row(0), [0.0, 1.0, 1.0, 0.0]);
        assert_eq!(gradients.turn.row(1), [0.0; 4]);
        for (width, height) in [(0, 0), (0, 3), (1, 1), (2, 1), (1, 5)] {
            let gradients = Gradients::of(&Plane::of(width, height, 0.5));
            assert_eq!(gradients.size.values, vec![0.0; width * height]);
        }
    }
}
