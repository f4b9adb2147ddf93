//! A sheet as plain data: what stands on the page, before anybody knows how large the type can be.

use serde::{Deserialize, Serialize};

use super::drawing::Drawing;
use crate::report::numbers::shortened;

/// One page. Texts may hold `code` between backticks and **strong** words between pairs of stars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// What the page is about.
    pub title: String,
    /// What kind of sheet it is, opposite the title.
    pub kind: String,
    /// What to remember if nothing else; may be empty.
    pub lead: String,
    /// From top to bottom.
    pub bands: Vec<Band>,
    /// Where it comes from, one line each.
    pub foot: Vec<String>,
}

/// Lanes side by side, which share the three columns of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// From left to right; their columns add up to [`COLUMNS`].
    pub lanes: Vec<Lane>,
}

/// Letters of a text that is long, where nothing else is left to leave out.
const LONG: usize = 240;

/// Rows of a table, likewise.
const FEW: usize = 5;

/// Columns of a page.
pub const COLUMNS: usize = 3;

/// Some columns of a band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// How many of the page's columns it has.
    pub columns: usize,
    /// Whether its sections are as wide as the lane; otherwise they flow from column to column.
    pub wide: bool,
    /// In the order of reading.
    pub sections: Vec<Section>,
}

/// A title with what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The title.
    pub title: String,
    /// Where the page is too small, the section with the least of these goes first; without one it stays.
    pub spare: Option<u8>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// Running text.
    Paragraph(String),
    /// Points.
    List(Vec<String>),
    /// Words, and what is said of each.
    Terms(Vec<(String, String)>),
    /// Rows and columns.
    Table(Table),
    /// Quantities with the sums they come from.
    Sums(Vec<Sum>),
    /// A picture of lines and words.
    Chart(Drawing),
}

/// Rows and columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What the columns hold.
    pub heads: Vec<Head>,
    /// As many cells each as there are heads.
    pub rows: Vec<Row>,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Its name.
    pub text: String,
    /// Whether it holds numbers, which stand at its right edge.
    pub number: bool,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// From left to right.
    pub cells: Vec<String>,
    /// Whether it is the one to look at.
    pub strong: bool,
}

/// A quantity with the sum it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    /// What it is.
    pub quantity: String,
    /// How much.
    pub value: String,
    /// The sum, with the numbers put in.
    pub formula: String,
}

impl Page {
    /// Every section, from the top.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.bands.iter().flat_map(|band| &band.lanes).flat_map(|lane| &lane.sections)
    }

    /// The page with a little less, and what that was: the section that is the first to go; after the last of
    /// them the ends of long texts, then rows of long tables. `None` where all that is left has to stay.
    #[must_use]
    pub(super) fn with_less(&self) -> Option<(Page, String)> {
        let mut page = self.clone();
        let Some(least) = self.sections().filter_map(|section| section.spare).min() else {
            let what = "ends of long texts".to_owned();
            page.shorten(&mut |block| block.cut(LONG));
            if page != *self {
                return Some((page, what));
            }
            page.shorten(&mut |block| block.keep_rows(FEW));
            return (page != *self).then(|| (page, "rows of long tables".to_owned()));
        };
        let mut gone = None;
        for lane in page.bands.iter_mut().flat_map(|band| &mut band.lanes) {
            // Of equals the last one goes.
            let at = lane.sections.iter().rposition(|section| section.spare == Some(least));
            if let Some(at) = at.filter(|_| gone.is_none()) {
                gone = Some(lane.sections.remove(at).title);
            }
        }
        page.bands.retain(|band| band.lanes.iter().any(|lane| !lane.sections.is_empty()));
        Some((page, gone?))
    }

    fn shorten(&mut self, less: &mut impl FnMut(&mut Block)) {
        let lanes = self.bands.iter_mut().flat_map(|band| &mut band.lanes);
        lanes.flat_map(|lane| &mut lane.sections).flat_map(|section| &mut section.blocks).for_each(less);
    }

    /// All texts as they are read, without marks: title, lead, sections in order, foot.
    pub fn texts(&self) -> Vec<String> {
        let mut all = vec![self.title.clone(), self.kind.clone(), self.lead.clone()];
        for section in self.sections() {
            all.push(section.title.clone());
            section.blocks.iter().for_each(|block| block.texts(&mut all));
        }
        all.extend(self.foot.iter().cloned());
        all.iter().map(|text| plain(text)).filter(|text| !text.is_empty()).collect()
    }
}

impl Block {
    /// What it says, a line for each point, row or sum, without marks.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = match self {
            Block::Table(table) => {
                let heads: Vec<&str> = table.heads.iter().map(|head| head.text.as_str()).collect();
                let rows = table.rows.iter().map(|row| row.cells.join(" | "));
                std::iter::once(heads.join(" | ")).chain(rows).collect()
            }
            Block::Sums(sums) => {
                sums.iter().map(|sum| format!("{}: {} = {}", sum.quantity, sum.value, sum.formula)).collect()
            }
            other => {
                let mut texts = Vec::new();
                other.texts(&mut texts);
                texts
            }
        };
        lines.iter_mut().for_each(|line| *line = plain(line));
        lines
    }

    fn cut(&mut self, most: usize) {
        let cut = |text: &mut String| *text = shortened(text, most);
        match self {
            Block::Paragraph(text) => cut(text),
            Block::List(points) => points.iter_mut().for_each(cut),
            Block::Terms(terms) => terms.iter_mut().map(|(_, said)| said).for_each(cut),
            Block::Table(table) => table.rows.iter_mut().flat_map(|row| &mut row.cells).for_each(cut),
            Block::Sums(sums) => sums.iter_mut().map(|sum| &mut sum.formula).for_each(cut),
            Block::Chart(_) => {}
        }
    }

    /// At most so many rows of a table, the strong one among them.
    fn keep_rows(&mut self, most: usize) {
        if let Block::Table(table) = self {
            while table.rows.len() > most
                && let Some(at) = table.rows.iter().rposition(|row| !row.strong)
            {
                table.rows.remove(at);
            }
        }
    }

    fn texts(&self, into: &mut Vec<String>) {
        match self {
            Block::Paragraph(text) => into.push(text.clone()),
            Block::List(points) => into.extend(points.iter().cloned()),
            Block::Terms(terms) => into.extend(terms.iter().map(|(term, said)| format!("{term} {said}"))),
            Block::Table(table) => {
                into.extend(table.heads.iter().map(|head| head.text.clone()));
                into.extend(table.rows.iter().flat_map(|row| row.cells.iter().cloned()));
            }
            Block::Sums(sums) => {
                into.extend(
                    sums.iter()
                        .flat_map(|sum| [sum.quantity.clone(), sum.value.clone(), sum.formula.clone()]),
                );
            }
            Block::Chart(drawing) => into.extend(drawing.texts().map(str::to_owned)),
        }
    }
}

/// How words are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Face {
    Regular,
    Strong,
    Code,
}

/// A text in pieces of one face each.
pub(super) fn pieces(text: &str, base: Face) -> Vec<(Face, &str)> {
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let marked = [("**", Face::Strong), ("`", Face::Code)].into_iter().filter_map(|(mark, face)| {
            let from = rest.find(mark)?;
            let inside = &rest[from + mark.len()..];
            let to = inside.find(mark).filter(|to| *to > 0)?;
            Some((from, face, &inside[..to], &inside[to + mark.len()..]))
        });
        let Some((from, face, inside, after)) = marked.min_by_key(|found| found.0) else { break };
        if from > 0 {
            all.push((base, &rest[..from]));
        }
        // What is strong as a whole stays so where it names code.
        all.push((if base == Face::Strong { base } else { face }, inside));
        rest = after;
    }
    if !rest.is_empty() {
        all.push((base, rest));
    }
    all
}

/// A text without its marks.
pub fn plain(text: &str) -> String {
    pieces(text, Face::Regular).into_iter().map(|(_, piece)| piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_faces_and_lonely_ones_stay() {
        let cases: [(&str, &[(Face, &str)]); 5] = [
            ("plain", &[(Face::Regular, "plain")]),
            ("a `b` c", &[(Face::Regular, "a "), (Face::Code, "b"), (Face::Regular, " c")]),
            ("**a** `b`", &[(Face::Strong, "a"), (Face::Regular, " "), (Face::Code, "b")]),
            ("a ` b", &[(Face::Regular, "a ` b")]),
            ("2 ** 3", &[(Face::Regular, "2 ** 3")]),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text, Face::Regular), expected, "{text}");
        }
        assert_eq!(plain("the `label` **must** hold"), "the label must hold");
    }

    #[test]
    fn the_least_section_goes_first() {
        let section = |title: &str, spare| Section { title: title.to_owned(), spare, blocks: Vec::new() };
        let lane = |sections| Lane { columns: 3, wide: false, sections };
        let page = Page {
            title: String::new(),
            kind: String::new(),
            lead: String::new(),
            bands: vec![
                Band { lanes: vec![lane(vec![section("a", Some(2)), section("b", None)])] },
                Band { lanes: vec![lane(vec![section("c", Some(1))])] },
            ],
            foot: Vec::new(),
        };
        let (page, gone) = page.with_less().expect("two may go");
        assert_eq!((page.bands.len(), gone.as_str()), (1, "c"));
        let (page, gone) = page.with_less().expect("one may go");
        assert_eq!((page.sections().count(), gone.as_str()), (1, "a"));
        assert!(page.with_less().is_none());
    }
}
