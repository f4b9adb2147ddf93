//! A drawing board that remembers which face or plate is still to be seen at each pixel.

use super::{Class, HIDDEN, Mark};

/// Red, green, blue in [0, 1].
pub(super) type Colour = [f32; 3];
/// Across and down, in pixels.
pub(super) type Point = (f32, f32);

/// Colours under white light, and what shines by itself.
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) colours: Vec<Colour>,
    pub(super) shine: Vec<Colour>,
    /// Which mark each pixel shows; 0 for none.
    shown: Vec<u16>,
    sought: Vec<Sought>,
    /// The mark that is being drawn; 0 for none.
    drawing: u16,
}

struct Sought {
    class: Class,
    /// Left, top, right, bottom, as drawn.
    bounds: [f32; 4],
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Canvas {
        let pixels = width * height;
        Canvas {
            width,
            height,
            colours: vec![[0.5; 3]; pixels],
            shine: vec![[0.0; 3]; pixels],
            shown: vec![0; pixels],
            sought: Vec::new(),
            drawing: 0,
        }
    }

    /// Everything drawn by `draw` belongs to one face or plate, which its first shape bounds.
    pub(super) fn mark(&mut self, class: Class, bounds: [f32; 4], draw: impl FnOnce(&mut Canvas)) {
        self.sought.push(Sought { class, bounds });
        self.drawing = self.sought.len() as u16;
        draw(self);
        self.drawing = 0;
    }

    /// An upright box.
    pub(super) fn rect(&mut self, [left, top, right, bottom]: [f32; 4], colour: Colour) {
        let cover =
            |low: f32, high: f32, at: usize| (high.min(at as f32 + 1.0) - low.max(at as f32)).clamp(0.0, 1.0);
        let (columns, rows) = self.within([left, top, right, bottom]);
        for y in rows {
            let down = cover(top, bottom, y);
            for x in columns.clone() {
                self.blend(x, y, colour, down * cover(left, right, x));
            }
        }
    }

    /// An ellipse.
    pub(super) fn ellipse(&mut self, (across, down): Point, (wide, tall): Point, colour: Colour) {
        let (wide, tall) = (wide.max(0.3), tall.max(0.3));
        let (columns, rows) =
            self.within([across - wide - 1.0, down - tall - 1.0, across + wide + 1.0, down + tall + 1.0]);
        for y in rows {
            let v = (y as f32 + 0.5 - down) / tall;
            for x in columns.clone() {
                let u = (x as f32 + 0.5 - across) / wide;
                let inside = (1.0 - (u * u + v * v).sqrt()) * wide.min(tall) + 0.5;
                self.blend(x, y, colour, inside.clamp(0.0, 1.0));
            }
        }
    }

    /// A convex polygon whose corners go round clockwise on the screen.
    pub(super) fn polygon(&mut self, corners: &[Point], colour: Colour) {
        let edge = |from: Point, to: Point| {
            let (across, down) = (to.0 - from.0, to.1 - from.1);
            let length = (across * across + down * down).sqrt().max(1e-6);
            (-down / length, across / length, (down * from.0 - across * from.1) / length)
        };
        let edges: Vec<(f32, f32, f32)> =
            (0..corners.len()).map(|at| edge(corners[at], corners[(at + 1) % corners.len()])).collect();
        let (columns, rows) = self.within(bounds(corners));
        for y in rows {
            for x in columns.clone() {
                let (across, down) = (x as f32 + 0.5, y as f32 + 0.5);
                let inside = edges.iter().map(|edge| edge.0 * across + edge.1 * down + edge.2 + 0.5);
                self.blend(x, y, colour, inside.fold(1.0, f32::min).max(0.0));
            }
        }
    }

    /// Lets an ellipse shine by itself, most in its middle.
    pub(super) fn glow(&mut self, (across, down): Point, (wide, tall): Point, colour: Colour) {
        let (columns, rows) = self.within([across - wide, down - tall, across + wide, down + tall]);
        for y in rows {
            let v = (y as f32 + 0.5 - down) / tall;
            for x in columns.clone() {
                let u = (x as f32 + 0.5 - across) / wide;
                let share = (1.0 - u * u - v * v).max(0.0);
                let shine = &mut self.shine[y * self.width + x];
                (0..3).for_each(|channel| shine[channel] += colour[channel] * share * share);
            }
        }
    }

    /// The pixels that a box touches.
    fn within(
        &self,
        [left, top, right, bottom]: [f32; 4],
    ) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let cut = |value: f32, most: usize| (value.max(0.0) as usize).min(most);
        let columns = cut(left.floor(), self.width)..cut(right.ceil(), self.width);
        (columns, cut(top.floor(), self.height)..cut(bottom.ceil(), self.height))
    }

    fn blend(&mut self, x: usize, y: usize, colour: Colour, share: f32) {
        if share <= 0.0 {
            return;
        }
        let at = y * self.width + x;
        let (under, shine) = (&mut self.colours[at], &mut self.shine[at]);
        for channel in 0..3 {
            under[channel] += (colour[channel] - under[channel]) * share;
            shine[channel] *= 1.0 - share;
        }
        if share > 0.5 {
            self.shown[at] = self.drawing;
        }
    }

    /// What is still to be seen of the faces and plates.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let mut seen = vec![0u32; self.sought.len() + 1];
        self.shown.iter().for_each(|mark| seen[usize::from(*mark)] += 1);
        let mark = |(at, sought): (usize, &Sought)| {
            let [left, top, right, bottom] = sought.bounds;
            let whole = (right - left) * (bottom - top);
            let (left, top) = (left.max(0.0), top.max(0.0));
            let (right, bottom) = (right.min(self.width as f32), bottom.min(self.height as f32));
            let inside = (right - left).max(0.0) * (bottom - top).max(0.0);
            // An ellipse fills pi/4 of its box; a plate seen askew also leaves corners.
            let fills = if sought.class == Class::Face { 0.785 } else { 0.9 };
            let hidden = (1.0 - seen[at + 1] as f32 / (inside * fills).max(1.0)).clamp(0.0, 1.0);
            let kept =
                inside >= 0.6 * whole && hidden <= HIDDEN && right - left >= 2.0 && bottom - top >= 2.0;
            kept.then_some(Mark { left, top, right, bottom, class: sought.class, hidden })
        };
        self.sought.iter().enumerate().filter_map(mark).collect()
    }
}

/// Left, top, right, bottom.
pub(super) fn bounds(corners: &[Point]) -> [f32; 4] {
    corners.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |[left, top, right, bottom], (x, y)| {
        [left.min(*x), top.min(*y), right.max(*x), bottom.max(*y)]
    })
}
