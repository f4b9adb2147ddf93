//! Where everything of a page stands: bands of lanes, sections flowing through balanced columns, and the
//! largest type with which all of it fits.

use super::faces::{Faces, Line, Run, baseline};
use super::page::{Band, COLUMNS, Face, Lane, Page, Section};
use super::pieces::{Atom, blocks};

/// A sheet of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// 210 by 297 mm.
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl Paper {
    /// Every paper.
    pub const ALL: [Paper; 2] = [Paper::A4, Paper::Letter];

    /// The name that `--paper` takes.
    pub fn name(self) -> &'static str {
        match self {
            Paper::A4 => "a4",
            Paper::Letter => "letter",
        }
    }

    /// Points across and down.
    pub fn size(self) -> (f32, f32) {
        match self {
            Paper::A4 => (595.28, 841.89),
            Paper::Letter => (612.0, 792.0),
        }
    }
}

/// The smallest type on a sheet, in points.
pub const SMALLEST: f32 = 6.5;

/// The largest type of running text.
const LARGEST: f32 = 8.6;

/// White at the edges: printers reach about so far.
pub(super) const EDGE: f32 = 27.0;

/// Between columns.
pub(super) const GUTTER: f32 = 13.0;

/// The size of a page's type and the height of its lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    /// Of running text.
    pub(super) size: f32,
    /// Height of a line for each point of type.
    pub(super) leading: f32,
}

impl Style {
    pub(super) fn small(self) -> f32 {
        (self.size * 0.92).max(SMALLEST)
    }

    pub(super) fn heading(self) -> f32 {
        self.size + 1.0
    }

    pub(super) fn line(self, size: f32) -> f32 {
        size * self.leading
    }
}

/// Something on the page, in points from its upper left corner; greys go from 0, black, to 1, white.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ink {
    Text { x: f32, y: f32, size: f32, grey: f32, run: Run },
    Line { points: Vec<(f32, f32)>, width: f32, grey: f32, dashed: bool },
    Area { points: Vec<(f32, f32)>, grey: f32, edge: bool },
}

impl Ink {
    /// A straight line along the page.
    pub(super) fn rule(from: f32, to: f32, y: f32, width: f32, grey: f32) -> Ink {
        Ink::Line { points: vec![(from, y), (to, y)], width, grey, dashed: false }
    }

    /// A filled rectangle.
    pub(super) fn fill(left: f32, top: f32, right: f32, bottom: f32, grey: f32) -> Ink {
        let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        Ink::Area { points, grey, edge: false }
    }

    pub(super) fn moved(mut self, dx: f32, dy: f32) -> Ink {
        match &mut self {
            Ink::Text { x, y, .. } => (*x, *y) = (*x + dx, *y + dy),
            Ink::Line { points, .. } | Ink::Area { points, .. } => {
                points.iter_mut().for_each(|(x, y)| (*x, *y) = (*x + dx, *y + dy));
            }
        }
        self
    }
}

/// Lines of text one below the other, with the height that they take.
pub(super) fn set(lines: Vec<Line>, size: f32, height: f32, grey: f32, into: &mut Vec<Ink>) -> f32 {
    let mut top = 0.0;
    for line in lines {
        for run in line.runs {
            into.push(Ink::Text { x: run.x * size, y: top + baseline(size, height), size, grey, run });
        }
        top += height;
    }
    top
}

/// A page with its type chosen and everything in its place.
pub struct Layout {
    /// The paper.
    pub paper: Paper,
    /// What is on it; smaller than what was given where something had to go.
    pub page: Page,
    /// What had to go, the first to go first: titles of sections, and what was shortened.
    pub gone: Vec<String>,
    pub(super) style: Style,
    pub(super) ink: Vec<Ink>,
}

impl Layout {
    /// Sizes of all type on the page, in points.
    pub fn sizes(&self) -> impl Iterator<Item = f32> {
        self.ink.iter().filter_map(|ink| match ink {
            Ink::Text { size, .. } => Some(*size),
            _ => None,
        })
    }

    /// The size of its running text, in points.
    pub fn size(&self) -> f32 {
        self.style.size
    }

    /// How far its ink reaches: left, top, right, bottom.
    pub fn reach(&self) -> (f32, f32, f32, f32) {
        let mut reach = (f32::INFINITY, f32::INFINITY, 0.0f32, 0.0f32);
        let mut take = |x: f32, y: f32| {
            reach = (reach.0.min(x), reach.1.min(y), reach.2.max(x), reach.3.max(y));
        };
        for ink in &self.ink {
            match ink {
                Ink::Text { x, y, size, run, .. } => {
                    take(*x, y - size);
                    take(x + run.width * size, y + 0.25 * size);
                }
                Ink::Line { points, .. } | Ink::Area { points, .. } => {
                    points.iter().for_each(|(x, y)| take(*x, *y));
                }
            }
        }
        reach
    }
}

/// Lays a page out with the largest type with which it fits on one sheet of paper. Where it does not with the
/// smallest, sections go, those with the least [`Section::spare`] first, then the ends of long texts and rows.
///
/// # Errors
/// A sentence, where what may not go does not fit.
pub fn fit(page: &Page, paper: Paper) -> Result<Layout, String> {
    let faces = Faces::new();
    let mut page = page.clone();
    let mut gone = Vec::new();
    loop {
        let try_out = |style: Style| arrange(&page, paper, style, &faces);
        let steps = ((LARGEST - SMALLEST) / 0.1).round() as u32;
        let sizes = (0..=steps).rev().map(|step| SMALLEST + step as f32 * 0.1);
        // Tight lines are still better than a section less.
        let styles = sizes.map(|size| Style { size, leading: 1.21 });
        let styles = styles.chain([Style { size: SMALLEST, leading: 1.16 }]);
        let floor = paper.size().1 - EDGE;
        let found = styles.map(|style| (style, try_out(style))).find(|(_, made)| made.needed <= floor);
        if let Some((style, made)) = found {
            let (style, made) = aired(style, made, floor, &try_out);
            return Ok(Layout { paper, page, gone, style, ink: made.ink });
        }
        match page.with_less() {
            Some((less, title)) => {
                page = less;
                gone.push(title);
            }
            None => {
                return Err(format!(
                    "what must be on the sheet does not fit on one page of {} in type of {SMALLEST} pt",
                    paper.name()
                ));
            }
        }
    }
}

/// The same with as much air between its lines as there is room for.
fn aired(
    style: Style,
    made: Arranged,
    floor: f32,
    try_out: &impl Fn(Style) -> Arranged,
) -> (Style, Arranged) {
    let (mut best, mut low, mut high) = ((style, made), style.leading, 1.42);
    for _ in 0..7 {
        let leading = (low + high) / 2.0;
        let tried = Style { leading, ..style };
        let made = try_out(tried);
        if made.needed <= floor {
            (best, low) = ((tried, made), leading);
        } else {
            high = leading;
        }
    }
    best
}

/// A page in a style, whether or not it fits.
struct Arranged {
    ink: Vec<Ink>,
    /// How far down it reaches with its foot.
    needed: f32,
}

fn arrange(page: &Page, paper: Paper, style: Style, faces: &Faces) -> Arranged {
    let (width, height) = paper.size();
    let inner = width - 2.0 * EDGE;
    let mut ink = Vec::new();
    let mut y = EDGE + head(page, style, inner, faces, &mut ink);
    let mut tight = false;
    for band in &page.bands {
        y += 0.9 * style.size;
        let (height, narrow) = row(band, style, inner, faces, y, &mut ink);
        (y, tight) = (y + height, tight || narrow);
    }
    let mut foot = Vec::new();
    let tall = self::foot(page, inner, faces, &mut foot);
    let top = height - EDGE - tall;
    ink.extend(foot.into_iter().map(|ink| ink.moved(EDGE, top)));
    // Broken numbers are worse than small ones, but better than none.
    let needed = if tight && style.size > SMALLEST { f32::INFINITY } else { y + 0.6 * style.size + tall };
    Arranged { ink, needed }
}

/// Title, kind and lead; returns how much height they take.
fn head(page: &Page, style: Style, inner: f32, faces: &Faces, into: &mut Vec<Ink>) -> f32 {
    let mut ink = Vec::new();
    let (large, small) = (17.0, style.heading());
    let kind = faces.lines(&page.kind, Face::Regular, inner / small, 0.0, 0.0);
    let room = inner - kind.first().map_or(0.0, Line::end) * small - 12.0;
    // A title has one line: a long one gets smaller.
    let wide = faces.width(&page.title, Face::Strong);
    let large = (room / wide.max(1e-3)).min(large).max(9.0);
    let title = faces.lines(&page.title, Face::Strong, room / large, 0.0, 0.0);
    let tall = set(title, large, large * 1.15, 0.0, &mut ink);
    for line in kind.into_iter().take(1) {
        let x = inner - line.end() * small;
        for run in line.runs {
            let y = tall - large * 0.33;
            ink.push(Ink::Text { x: x + run.x * small, y, size: small, grey: 0.25, run });
        }
    }
    let mut y = tall + 2.0;
    ink.push(Ink::rule(0.0, inner, y, 1.6, 0.0));
    if !page.lead.is_empty() {
        let size = style.size + 0.4;
        let air = 0.45 * size;
        let lines = faces.lines(&page.lead, Face::Regular, (inner - 2.0 * air) / size, 0.0, 0.0);
        let mut text = Vec::new();
        let tall = set(lines, size, style.line(size), 0.0, &mut text);
        y += 4.0;
        ink.push(Ink::fill(0.0, y, inner, y + tall + 1.2 * air, 0.92));
        ink.extend(text.into_iter().map(|one| one.moved(air, y + 0.6 * air)));
        y += tall + 1.2 * air;
    }
    into.extend(ink.into_iter().map(|ink| ink.moved(EDGE, EDGE)));
    y
}

fn foot(page: &Page, inner: f32, faces: &Faces, into: &mut Vec<Ink>) -> f32 {
    let mut y = 3.0;
    into.push(Ink::rule(0.0, inner, 0.0, 0.4, 0.4));
    for text in &page.foot {
        let lines = faces.lines(text, Face::Regular, inner / SMALLEST, 0.0, 0.0);
        let mut ink = Vec::new();
        let tall = set(lines, SMALLEST, SMALLEST * 1.2, 0.25, &mut ink);
        into.extend(ink.into_iter().map(|ink| ink.moved(0.0, y)));
        y += tall;
    }
    y
}

/// One band; returns its height, and whether something in it had to be broken.
fn row(band: &Band, style: Style, inner: f32, faces: &Faces, top: f32, into: &mut Vec<Ink>) -> (f32, bool) {
    let column = (inner - GUTTER * (COLUMNS - 1) as f32) / COLUMNS as f32;
    let (mut x, mut tallest, mut tight) = (EDGE, 0.0f32, false);
    for lane in &band.lanes {
        let wide = column * lane.columns as f32 + GUTTER * (lane.columns.max(1) - 1) as f32;
        let (each, count) = if lane.wide { (wide, 1) } else { (column, lane.columns.max(1)) };
        let atoms = lane_atoms(lane, style, each, faces);
        tight |= atoms.iter().any(|atom| atom.tight);
        let (columns, tall) = balanced(atoms, count);
        for (at, atoms) in columns.into_iter().enumerate() {
            let left = x + at as f32 * (each + GUTTER);
            let mut y = top;
            for (first, atom) in atoms.into_iter().enumerate().map(|(at, atom)| (at == 0, atom)) {
                y += if first { 0.0 } else { atom.gap };
                into.extend(atom.ink.into_iter().map(|ink| ink.moved(left, y)));
                y += atom.height;
            }
        }
        tallest = tallest.max(tall);
        x += wide + GUTTER;
    }
    (tallest, tight)
}

fn lane_atoms(lane: &Lane, style: Style, width: f32, faces: &Faces) -> Vec<Atom> {
    lane.sections.iter().flat_map(|section| section_atoms(section, style, width, faces)).collect()
}

fn section_atoms(section: &Section, style: Style, width: f32, faces: &Faces) -> Vec<Atom> {
    let size = style.heading();
    let mut ink = vec![Ink::rule(0.0, width, 0.5, 1.1, 0.0)];
    let lines = faces.lines(&section.title, Face::Strong, width / size, 0.0, 0.0);
    let mut text = Vec::new();
    let tall = set(lines, size, size * 1.22, 0.0, &mut text);
    ink.extend(text.into_iter().map(|ink| ink.moved(0.0, 1.4)));
    let heading = Atom { height: tall + 1.9, gap: 0.95 * style.size, ink, keep: true, tight: false };
    let mut body: Vec<Atom> =
        section.blocks.iter().flat_map(|block| blocks(block, style, width, faces)).collect();
    // Neither a title with one point at the foot of a column, nor a last point alone at the head of the next.
    let (short, last) = (2.2 * style.line(style.size), body.len().saturating_sub(1));
    if last >= 1 && body[0].height < 2.0 * short {
        body[0].keep = true;
    }
    if last >= 2 && body[last].height < short {
        body[last - 1].keep = true;
    }
    std::iter::once(heading).chain(body).collect()
}

/// Atoms in as many columns, in order, so that the tallest is as short as can be; with its height.
fn balanced(atoms: Vec<Atom>, count: usize) -> (Vec<Vec<Atom>>, f32) {
    let all = height(&atoms);
    if count <= 1 || atoms.is_empty() {
        return (vec![atoms], all);
    }
    let (mut low, mut high) = (all / count as f32 * 0.5, all);
    for _ in 0..24 {
        let middle = (low + high) / 2.0;
        if cuts(&atoms, middle).len() < count { high = middle } else { low = middle }
    }
    let cuts = cuts(&atoms, high);
    let mut columns = Vec::new();
    let mut rest = atoms;
    for cut in cuts.into_iter().rev() {
        columns.push(rest.split_off(cut));
    }
    columns.push(rest);
    columns.reverse();
    let tallest = columns.iter().map(|column| height(column)).fold(0.0, f32::max);
    (columns, tallest)
}

fn height(atoms: &[Atom]) -> f32 {
    let gaps: f32 = atoms.iter().skip(1).map(|atom| atom.gap).sum();
    gaps + atoms.iter().map(|atom| atom.height).sum::<f32>()
}

/// Where columns of at most this height begin, but for the first; what keeps with the next is never parted.
fn cuts(atoms: &[Atom], most: f32) -> Vec<usize> {
    let (mut cuts, mut begun, mut at) = (Vec::new(), 0, 0);
    while at < atoms.len() {
        let held = atoms[at..].iter().take_while(|atom| atom.keep).count();
        let next = (at + held + 1).min(atoms.len());
        if at > begun && height(&atoms[begun..next]) > most {
            cuts.push(at);
            begun = at;
        }
        at = next;
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms(heights: &[(f32, bool)]) -> Vec<Atom> {
        let one = |(height, keep): &(f32, bool)| Atom {
            height: *height,
            gap: 1.0,
            ink: Vec::new(),
            keep: *keep,
            tight: false,
        };
        heights.iter().map(one).collect()
    }

    #[test]
    fn columns_are_balanced_in_order() {
        let (columns, tall) = balanced(atoms(&[(10.0, false); 9]), 3);
        assert_eq!(columns.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
        assert_eq!(tall, 32.0);
        // A title stays with what it is the title of.
        let titled = atoms(&[(10.0, false), (10.0, false), (5.0, true), (10.0, false), (10.0, false)]);
        let (columns, _) = balanced(titled, 2);
        assert!(!columns[0].last().expect("it is not empty").keep);
        let (columns, _) = balanced(atoms(&[(10.0, false)]), 3);
        assert_eq!(columns.len(), 1);
    }
}
