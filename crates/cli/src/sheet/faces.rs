//! The typefaces of a sheet, and words as glyphs with their widths; lines are broken here.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::page::{Face, pieces};

/// Roboto Condensed (see `fonts/README.md`), by [`Face`].
pub(super) const FONTS: [(Face, &[u8]); 3] = [
    (Face::Regular, include_bytes!("fonts/RobotoCondensed-Regular.ttf")),
    (Face::Strong, include_bytes!("fonts/RobotoCondensed-Bold.ttf")),
    (Face::Code, include_bytes!("fonts/RobotoCondensed-Italic.ttf")),
];

/// Height of what rises above the line, of what hangs below it, in ems: the font's own.
const RISE: f32 = 0.927;
const FALL: f32 = 0.244;

/// From the top of a line to where its letters stand.
pub(super) fn baseline(size: f32, height: f32) -> f32 {
    (height - (RISE + FALL) * size) / 2.0 + RISE * size
}

/// A glyph; lengths in ems.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glyph {
    pub(super) id: u32,
    pub(super) advance: f32,
    pub(super) dx: f32,
    pub(super) dy: f32,
    /// The bytes of the text that it stands for.
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Words of one face on one line; lengths in ems.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) face: Face,
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
    pub(super) x: f32,
    pub(super) width: f32,
}

impl Run {
    fn push(&mut self, text: &str, shaped: &Shaped) {
        let at = self.text.len();
        self.text.push_str(text);
        let moved = |glyph: &Glyph| Glyph { from: glyph.from + at, to: glyph.to + at, ..glyph.clone() };
        self.glyphs.extend(shaped.glyphs.iter().map(moved));
        self.width += shaped.width;
    }
}

/// A line of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
}

impl Line {
    /// Where it ends, in ems.
    pub(super) fn end(&self) -> f32 {
        self.runs.last().map_or(0.0, |run| run.x + run.width)
    }

    fn push(&mut self, face: Face, text: &str, shaped: &Shaped, start: f32) {
        match self.runs.last_mut().filter(|run| run.face == face) {
            Some(run) => run.push(text, shaped),
            None => {
                let x = if self.runs.is_empty() { start } else { self.end() };
                let mut run = Run { face, text: String::new(), glyphs: Vec::new(), x, width: 0.0 };
                run.push(text, shaped);
                self.runs.push(run);
            }
        }
    }
}

struct Shaped {
    glyphs: Vec<Glyph>,
    width: f32,
}

/// What a line may not break: letters of one or several faces.
type Word = Vec<(Face, String)>;

/// The faces, with what was shaped before.
pub(super) struct Faces {
    faces: Vec<rustybuzz::Face<'static>>,
    known: RefCell<HashMap<(Face, String), Rc<Shaped>>>,
}

impl Faces {
    pub(super) fn new() -> Faces {
        let face = |(_, bytes): (Face, &'static [u8])| {
            rustybuzz::Face::from_slice(bytes, 0).expect("the fonts in the binary are sound")
        };
        Faces { faces: FONTS.map(face).into(), known: RefCell::default() }
    }

    /// The letters of a text that the typeface does not have.
    pub(super) fn unknown(&self, text: &str) -> Vec<char> {
        text.chars().filter(|letter| self.faces[0].glyph_index(*letter).is_none()).collect()
    }

    fn shaped(&self, face: Face, text: &str) -> Rc<Shaped> {
        let key = (face, text.to_owned());
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let font = &self.faces[FONTS.iter().position(|(own, _)| *own == face).unwrap_or(0)];
        let mut buffer = rustybuzz::UnicodeBuffer::new();
        buffer.push_str(text);
        // Names of a stranger may be of any script; here all of them run from left to right.
        buffer.guess_segment_properties();
        buffer.set_direction(rustybuzz::Direction::LeftToRight);
        let made = rustybuzz::shape(font, &[], buffer);
        let em = font.units_per_em() as f32;
        let (infos, places) = (made.glyph_infos(), made.glyph_positions());
        let mut glyphs = Vec::with_capacity(infos.len());
        for (at, (info, place)) in infos.iter().zip(places).enumerate() {
            let from = info.cluster as usize;
            let next = infos[at..].iter().map(|other| other.cluster as usize).find(|other| *other > from);
            glyphs.push(Glyph {
                id: info.glyph_id,
                advance: place.x_advance as f32 / em,
                dx: place.x_offset as f32 / em,
                dy: place.y_offset as f32 / em,
                from,
                to: next.unwrap_or(text.len()),
            });
        }
        let width = glyphs.iter().map(|glyph| glyph.advance).sum();
        let shaped = Rc::new(Shaped { glyphs, width });
        self.known.borrow_mut().insert(key, shaped.clone());
        shaped
    }

    /// How wide a text is on one line, in ems.
    pub(super) fn width(&self, text: &str, base: Face) -> f32 {
        self.lines(text, base, f32::INFINITY, 0.0, 0.0).first().map_or(0.0, Line::end)
    }

    /// How wide its widest word is, in ems; one with a dash or the like may be parted there.
    pub(super) fn widest_word(&self, text: &str, base: Face) -> f32 {
        let own =
            |word: &Word| -> f32 { word.iter().map(|(face, part)| self.shaped(*face, part).width).sum() };
        let wide = |word: &Word| {
            let whole = own(word);
            let parted = self.split(word, 0.75 * whole, false, whole);
            parted.map_or(whole, |(head, tail)| own(&head).max(own(&tail)))
        };
        words(text, base).iter().map(wide).fold(0.0, f32::max)
    }

    /// The lines of a text in a width, all in ems: the first begins at `first`, others at `rest`.
    pub(super) fn lines(&self, text: &str, base: Face, width: f32, first: f32, rest: f32) -> Vec<Line> {
        let mut lines = vec![Line::default()];
        let mut waiting: Vec<Word> = words(text, base);
        waiting.reverse();
        while let Some(word) = waiting.pop() {
            let start = if lines.len() == 1 { first } else { rest };
            let line = lines.last_mut().expect("there is always one");
            let fresh = line.runs.is_empty();
            let gap = if fresh { 0.0 } else { self.space(line) };
            let at = if fresh { start } else { line.end() + gap };
            let wide: f32 = word.iter().map(|(face, part)| self.shaped(*face, part).width).sum();
            // A hair of width is lost in sums of floats.
            if at + wide <= width + 1e-3 {
                self.put(line, &word, start);
                continue;
            }
            match self.split(&word, width - at, fresh, width - rest) {
                Some((head, tail)) => {
                    self.put(line, &head, start);
                    waiting.push(tail);
                    lines.push(Line::default());
                }
                // Not even a letter fits: better over the edge than never.
                None if fresh => self.put(line, &word, start),
                None => {
                    waiting.push(word);
                    lines.push(Line::default());
                }
            }
        }
        if lines.last().is_some_and(|line| line.runs.is_empty()) {
            lines.pop();
        }
        lines
    }

    fn space(&self, line: &Line) -> f32 {
        line.runs.last().map_or(0.0, |run| self.shaped(run.face, " ").width)
    }

    fn put(&self, line: &mut Line, word: &Word, start: f32) {
        if let Some(face) = line.runs.last().map(|run| run.face) {
            line.push(face, " ", &self.shaped(face, " "), start);
        }
        for (face, part) in word {
            line.push(*face, part, &self.shaped(*face, part), start);
        }
    }

    /// A word in two, of which the first fits into `room`: after a dash or the like; anywhere, where a line
    /// of its own (`fresh`) is too short for it. `whole` is what a further line has.
    fn split(&self, word: &Word, room: f32, fresh: bool, whole: f32) -> Option<(Word, Word)> {
        let letters: Vec<(usize, usize, char)> = word
            .iter()
            .enumerate()
            .flat_map(|(part, (_, text))| text.char_indices().map(move |(at, letter)| (part, at, letter)))
            .collect();
        let mut best: Option<(usize, bool)> = None;
        for cut in 1..letters.len() {
            let (part, at, _) = letters[cut];
            let mut head: Word = word[..=part].to_vec();
            head[part].1.truncate(at);
            head.retain(|(_, text)| !text.is_empty());
            let wide: f32 = head.iter().map(|(face, text)| self.shaped(*face, text).width).sum();
            if wide > room {
                break;
            }
            let long = letters.len() - cut >= 4 && cut >= 4;
            let breaks = "-/_|=".contains(letters[cut - 1].2) && long;
            let total: f32 = word.iter().map(|(face, text)| self.shaped(*face, text).width).sum();
            if breaks && total > 0.35 * whole || fresh && best.is_none_or(|(_, soft)| !soft) {
                best = Some((cut, breaks));
            }
        }
        let (cut, _) = best?;
        let (part, at, _) = letters[cut];
        let (mut head, mut tail): (Word, Word) = (word[..=part].to_vec(), word[part..].to_vec());
        head[part].1.truncate(at);
        tail[0].1 = tail[0].1.split_off(at);
        head.retain(|(_, text)| !text.is_empty());
        Some((head, tail))
    }
}

fn words(text: &str, base: Face) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for (face, piece) in pieces(text, base) {
        // What should stay together is joined by a space that does not break.
        for (at, part) in piece.split(|letter: char| letter.is_whitespace() && letter != '\u{a0}').enumerate()
        {
            if at > 0 {
                open = false;
            }
            if part.is_empty() {
                continue;
            }
            match words.last_mut().filter(|_| open) {
                Some(word) => word.push((face, part.to_owned())),
                None => words.push(vec![(face, part.to_owned())]),
            }
            open = true;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.runs.iter().map(|run| run.text.as_str()).collect()).collect()
    }

    #[test]
    fn no_line_is_wider_than_its_width_and_no_letter_is_lost() {
        let faces = Faces::new();
        let text =
            "A `retriever` finds **candidates**; anextremelylongnamewithoutanybreakatall-or-with-one scores.";
        for width in [4.0, 7.5, 12.0, 40.0] {
            let lines = faces.lines(text, Face::Regular, width, 1.0, 0.5);
            for line in &lines {
                assert!(line.end() <= width + 0.01, "{width}: {line:?}");
                for run in &line.runs {
                    let covered: usize = run.glyphs.iter().map(|glyph| glyph.to - glyph.from).sum();
                    assert!(covered >= run.text.len(), "{run:?}");
                }
            }
            let letters = |text: &str| text.chars().filter(|letter| *letter != ' ').collect::<String>();
            assert_eq!(letters(&texts(&lines).concat()), letters(&super::super::page::plain(text)));
        }
    }

    #[test]
    fn faces_follow_the_marks_and_words_are_not_torn_between_them() {
        let faces = Faces::new();
        let lines = faces.lines("see `label`: now", Face::Regular, 100.0, 0.0, 0.0);
        let runs: Vec<(Face, &str)> = lines[0].runs.iter().map(|run| (run.face, run.text.as_str())).collect();
        assert_eq!(runs, [(Face::Regular, "see "), (Face::Code, "label"), (Face::Regular, ": now")]);
        assert_eq!(words("see `label`: now", Face::Regular).len(), 3);
    }

    #[test]
    fn letters_that_the_face_lacks_are_told() {
        let faces = Faces::new();
        assert_eq!(faces.unknown("naïve − Ωж ≥ 5 %, «x» …"), Vec::<char>::new());
        assert_eq!(faces.unknown("日本"), vec!['日', '本']);
    }
}
