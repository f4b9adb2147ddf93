//! The parts of a section as pieces that no column breaks: points, rows, sums, drawings.

use super::drawing::{Anchor, Drawing, Stroke, TYPE};
use super::faces::{Faces, Line};
use super::layout::{Ink, Style, set};
use super::page::{Block, Face, Sum, Table};

/// What no column breaks, from its own upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Atom {
    pub(super) height: f32,
    /// Air above it, but for the first of a column.
    pub(super) gap: f32,
    pub(super) ink: Vec<Ink>,
    /// Whether the next belongs into the same column.
    pub(super) keep: bool,
    /// Whether a number or a word in it has to be broken: the type is too large.
    pub(super) tight: bool,
}

/// The pieces of a block in a column.
pub(super) fn blocks(block: &Block, style: Style, width: f32, faces: &Faces) -> Vec<Atom> {
    match block {
        Block::Paragraph(text) => {
            let said = words(text, style, width, faces, Hang::default());
            vec![Atom { gap: 0.4 * style.size, ..said }]
        }
        Block::List(points) => {
            points.iter().map(|text| words(text, style, width, faces, Hang::POINT)).collect()
        }
        Block::Terms(terms) => {
            let one = |(term, said): &(String, String)| {
                words(&format!("**{term}** {said}"), style, width, faces, Hang::TERM)
            };
            terms.iter().map(one).collect()
        }
        Block::Table(made) => table(made, style, width, faces),
        Block::Sums(sums) => sums.iter().map(|one| sum(one, style, width, faces)).collect(),
        Block::Chart(drawing) => vec![drawn(drawing, style, width, faces)],
    }
}

/// How the lines of a text begin, in ems.
#[derive(Default)]
struct Hang {
    first: f32,
    rest: f32,
    point: bool,
}

impl Hang {
    const POINT: Hang = Hang { first: 0.75, rest: 0.75, point: true };
    const TERM: Hang = Hang { first: 0.0, rest: 0.75, point: false };
}

fn words(text: &str, style: Style, width: f32, faces: &Faces, hang: Hang) -> Atom {
    let size = style.size;
    let mut ink = Vec::new();
    if hang.point {
        let point = faces.lines("•", Face::Regular, 9.0, 0.0, 0.0);
        set(point, size, style.line(size), 0.0, &mut ink);
    }
    let lines = faces.lines(text, Face::Regular, width / size, hang.first, hang.rest);
    let height = set(lines, size, style.line(size), 0.0, &mut ink);
    Atom { height, gap: 0.16 * size, ink, keep: false, tight: false }
}

/// A quantity, its value at the right edge, the sum below.
fn sum(of: &Sum, style: Style, width: f32, faces: &Faces) -> Atom {
    let (size, small) = (style.size, style.small());
    let mut ink = Vec::new();
    let value = faces.lines(&of.value, Face::Strong, width / size, 0.0, 0.0);
    let end = value.first().map_or(0.0, Line::end);
    let left = width - end * size;
    let mut right = Vec::new();
    set(value.into_iter().take(1).collect(), size, style.line(size), 0.0, &mut right);
    ink.extend(right.into_iter().map(|ink| ink.moved(left, 0.0)));
    let quantity = faces.lines(&of.quantity, Face::Regular, left / size - 0.6, 0.0, 0.75);
    let mut height = set(quantity, size, style.line(size), 0.0, &mut ink);
    if !of.formula.is_empty() {
        let lines = faces.lines(&format!("= {}", of.formula), Face::Code, width / small, 0.75, 1.6);
        let mut below = Vec::new();
        // Closer to what it belongs to than to the next.
        let tall = set(lines, small, style.line(small) * 0.97, 0.3, &mut below);
        ink.extend(below.into_iter().map(|ink| ink.moved(0.0, height)));
        height += tall;
    }
    Atom { height, gap: 0.2 * size, ink, keep: false, tight: false }
}

fn table(of: &Table, style: Style, width: f32, faces: &Faces) -> Vec<Atom> {
    let (size, small) = (style.size, style.small());
    let gap = 0.8 * size;
    let (widths, tight) = widths(of, style, width, gap, faces);
    let lefts: Vec<f32> = widths
        .iter()
        .scan(0.0, |left, wide| {
            let own = *left;
            *left += wide + gap;
            Some(own)
        })
        .collect();
    let cells = |texts: &[&str], size: f32, face: Face, grey: f32| {
        let mut ink = Vec::new();
        let mut tallest = 0.0f32;
        for (at, text) in texts.iter().enumerate() {
            let lines = faces.lines(text, face, widths[at] / size, 0.0, 0.0);
            let mut own = Vec::new();
            let mut top = 0.0;
            for line in lines {
                let spare = if of.heads[at].number { widths[at] - line.end() * size } else { 0.0 };
                let mut one = Vec::new();
                let tall = set(vec![line], size, style.line(size), grey, &mut one);
                own.extend(one.into_iter().map(|ink| ink.moved(lefts[at] + spare, top)));
                top += tall;
            }
            tallest = tallest.max(top);
            ink.extend(own);
        }
        (ink, tallest)
    };
    let mut atoms = Vec::new();
    let heads: Vec<&str> = of.heads.iter().map(|head| head.text.as_str()).collect();
    if heads.iter().any(|head| !head.is_empty()) {
        let (mut ink, tall) = cells(&heads, small, Face::Regular, 0.25);
        ink.push(Ink::rule(0.0, width, tall + 0.8, 0.6, 0.0));
        atoms.push(Atom { height: tall + 1.4, gap: 0.16 * size, ink, keep: true, tight });
    }
    for (at, row) in of.rows.iter().enumerate() {
        let texts: Vec<&str> = row.cells.iter().map(String::as_str).collect();
        let face = if row.strong { Face::Strong } else { Face::Regular };
        let (text, tall) = cells(&texts, size, face, 0.0);
        let air = 0.08 * size;
        let height = tall + 2.0 * air;
        let mut ink = Vec::new();
        if row.strong {
            ink.push(Ink::fill(-1.5, 0.0, width + 1.5, height, 0.88));
        }
        ink.extend(text.into_iter().map(|ink| ink.moved(0.0, air)));
        if at + 1 < of.rows.len() {
            ink.push(Ink::rule(0.0, width, height, 0.3, 0.7));
        }
        // A small table stays whole; of a large one no row is left alone.
        let left = of.rows.len() - at - 1;
        let keep = left > 0 && (of.rows.len() <= WHOLE || at == 0 || left == 1);
        atoms.push(Atom { height, gap: 0.0, ink, keep, tight });
    }
    atoms
}

/// Rows of a table that no column breaks.
const WHOLE: usize = 14;

/// Widths of columns: numbers as wide as they are, the rest in proportion to what it says; and whether even that
/// is too narrow for some word.
fn widths(of: &Table, style: Style, width: f32, gap: f32, faces: &Faces) -> (Vec<f32>, bool) {
    let (size, small) = (style.size, style.small());
    let room = width - gap * of.heads.len().saturating_sub(1) as f32;
    let column = |at: usize| {
        let head = &of.heads[at];
        let mut natural = faces.width(&head.text, Face::Regular) * small;
        let mut least = faces.widest_word(&head.text, Face::Regular) * small;
        for row in &of.rows {
            let face = if row.strong { Face::Strong } else { Face::Regular };
            let cell = row.cells.get(at).map_or("", String::as_str);
            let (whole, word) = (faces.width(cell, face) * size, faces.widest_word(cell, face) * size);
            natural = natural.max(whole);
            least = least.max(if head.number { whole } else { word });
        }
        (natural + 0.05, least + 0.05)
    };
    let columns: Vec<(f32, f32)> = (0..of.heads.len()).map(column).collect();
    let natural: f32 = columns.iter().map(|(natural, _)| natural).sum();
    if natural <= room {
        // What is left goes to the words, so that numbers stand at the right edge.
        let spare = room - natural;
        let texts = of.heads.iter().filter(|head| !head.number).count().max(1) as f32;
        let all_numbers = of.heads.iter().all(|head| head.number);
        let more = |number: bool| if !number || all_numbers { spare / texts } else { 0.0 };
        let widths = columns.iter().zip(&of.heads).map(|((natural, _), head)| natural + more(head.number));
        return (widths.collect(), false);
    }
    let least: f32 = columns.iter().map(|(_, least)| least).sum();
    if least >= room {
        return (columns.iter().map(|(_, own)| own * room / least).collect(), true);
    }
    let wanted = natural - least;
    let widths = columns.iter().map(|(natural, own)| own + (natural - own) / wanted * (room - least));
    (widths.collect(), false)
}

/// A drawing at the width of its column; never smaller than it was made.
fn drawn(of: &Drawing, style: Style, width: f32, faces: &Faces) -> Atom {
    let scale = (width / of.width).clamp(1.0, 1.3);
    let at = |(x, y): (f32, f32)| (x * scale, y * scale);
    let size = TYPE * scale;
    let mut ink = Vec::new();
    for stroke in &of.strokes {
        match stroke {
            Stroke::Line { points, width, grey, dashed } => ink.push(Ink::Line {
                points: points.iter().copied().map(at).collect(),
                width: width * scale,
                grey: *grey,
                dashed: *dashed,
            }),
            Stroke::Area { points, grey } => ink.push(Ink::Area {
                points: points.iter().copied().map(at).collect(),
                grey: *grey,
                edge: true,
            }),
            Stroke::Words { x, y, anchor, text, strong } => {
                let face = if *strong { Face::Strong } else { Face::Regular };
                for line in faces.lines(text, face, f32::INFINITY, 0.0, 0.0) {
                    let wide = line.end() * size;
                    let left = match anchor {
                        Anchor::Start => x * scale,
                        Anchor::Middle => x * scale - wide / 2.0,
                        Anchor::End => x * scale - wide,
                    };
                    ink.extend(line.runs.into_iter().map(|run| Ink::Text {
                        x: left + run.x * size,
                        y: y * scale,
                        size,
                        grey: 0.0,
                        run,
                    }));
                }
            }
        }
    }
    Atom { height: of.height * scale, gap: 0.3 * style.size, ink, keep: false, tight: false }
}
