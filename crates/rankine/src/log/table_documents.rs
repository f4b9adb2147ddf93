//! Documents and queries as test collections hold them: in tags (TREC), or in sections (`.I`, `.T`, `.W`).

use std::collections::BTreeMap;
use std::io::BufRead;

use super::bounded::{LONGEST, longer};
use super::line::Reject;
use super::table_rows::{Entry, Row, RowSource};
use super::text_lines::TextLines;

/// The most bytes of a tag, and the most tags of a document: what goes on is text.
const LONGEST_TAG: usize = 200;
const MOST_TAGS: usize = 1000;

/// How documents are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// `<doc>` or `<top>`, with tags inside.
    Tags,
    /// A line `.I 1` begins one, a line of a dot and a letter a section of it.
    Sections,
}

/// One row a document. Columns: its tags or the letters of its sections in small letters, `body` (what stands
/// in no tag), `place` (from 1) and `order`, by which documents without a time stand in order.
pub(crate) struct Documents<R> {
    lines: TextLines<R>,
    marks: Marks,
    columns: Vec<String>,
    place: u64,
    /// Where in the line that was read the next document between tags may begin.
    at: usize,
    /// A line that was read and belongs to the next document, and why it cannot be taken.
    next: Option<(String, Option<Reject>)>,
    block: String,
}

impl<R: BufRead> Documents<R> {
    pub(crate) fn open(lines: TextLines<R>, marks: Marks) -> Documents<R> {
        Documents { lines, marks, columns: Vec::new(), place: 0, at: 0, next: None, block: String::new() }
    }

    /// Reads the next document: the number of the line in which it begins, and why it cannot be taken.
    fn gather(&mut self) -> Result<Option<(u64, Option<Reject>)>, String> {
        self.block.clear();
        match self.marks {
            Marks::Tags => self.between_tags(),
            Marks::Sections => self.of_sections(),
        }
    }

    /// A document begins and ends at its tags, wherever in a line they stand.
    fn between_tags(&mut self) -> Result<Option<(u64, Option<Reject>)>, String> {
        // The line in which the document began, and the name of its tag.
        let mut began: Option<(u64, &'static str)> = None;
        let mut trouble = None;
        loop {
            let rest = &self.lines.text[self.at..];
            let found = outer_tag(rest, began.map(|(_, name)| name));
            let (start, end) = match (began, &found) {
                // What stands before a document is a head.
                (None, None) => (rest.len(), rest.len()),
                (Some(_), None) => (0, rest.trim_end().len()),
                (_, Some(found)) if found.closes => (0, found.end),
                (None, Some(found)) => (found.start, found.end),
                // The next one begins before this one ends.
                (Some(_), Some(found)) => (0, found.start),
            };
            let part = &rest[start..end];
            let new_line = if self.at == 0 && !self.block.is_empty() { "\n" } else { "" };
            // Of a line that is no text the documents are bad in which the bad bytes lie.
            let bad = self.lines.trouble.clone().filter(|_| part.contains(char::REPLACEMENT_CHARACTER));
            trouble = trouble.or(bad);
            if self.block.len() + part.len() > LONGEST {
                trouble.get_or_insert(longer("the document"));
            } else {
                self.block.push_str(new_line);
                self.block.push_str(part);
            }
            self.at += end;
            let number = self.lines.number;
            match (began, found) {
                (None, Some(found)) if !found.closes => began = Some((number, found.name)),
                (None, Some(found)) => {
                    let reason = format!("`</{}>` ends a document that nothing begins", found.name);
                    return Ok(Some((number, trouble.or(Some(Reject::new("cut-off", "", reason))))));
                }
                (Some((number, _)), Some(found)) if found.closes => return Ok(Some((number, trouble))),
                (Some((number, _)), Some(_)) => {
                    let reason = "the document does not end before the next one begins";
                    return Ok(Some((number, trouble.or(Some(Reject::new("cut-off", "", reason))))));
                }
                (_, None) => {
                    // More documents may stand in what the bound of a line cut off.
                    let cut = self.lines.trouble.take().filter(|reject| reject.code == "long-line");
                    if began.is_none() && cut.is_some() {
                        return Ok(Some((number, cut)));
                    }
                    trouble = trouble.or(cut);
                    self.at = 0;
                    if !self.lines.next()? {
                        self.lines.text.clear();
                        let reason = "the document does not end: is the file cut off?";
                        let trouble = trouble.or_else(|| Some(Reject::new("cut-off", "", reason)));
                        return Ok(began.map(|(number, _)| (number, trouble)));
                    }
                }
            }
        }
    }

    /// A document begins at its line and ends before the next one's.
    fn of_sections(&mut self) -> Result<Option<(u64, Option<Reject>)>, String> {
        let (mut began, mut trouble) = (None, None);
        if let Some((line, reject)) = self.next.take() {
            began = Some(self.lines.number);
            self.block.push_str(&line);
            trouble = reject;
        }
        loop {
            if !self.lines.next()? {
                return Ok(began.map(|number| (number, trouble)));
            }
            let reject = self.lines.trouble.take();
            let line = self.lines.text.trim_end();
            let begins = line.starts_with(".I ") || line == ".I";
            if begins && began.is_some() {
                self.next = Some((line.to_owned(), reject));
                return Ok(began.map(|number| (number, trouble)));
            }
            match began {
                None if begins => began = Some(self.lines.number),
                // What stands before the first one is a head.
                None => continue,
                Some(_) => {}
            }
            trouble = trouble.or(reject);
            if self.block.len() + line.len() > LONGEST {
                trouble.get_or_insert(longer("the document"));
            } else {
                self.block.push_str(if self.block.is_empty() { "" } else { "\n" });
                self.block.push_str(line);
            }
        }
    }
}

impl<R: BufRead> RowSource for Documents<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    /// A document need not have all tags.
    fn fixed(&self) -> bool {
        false
    }

    fn count_from(&mut self, before: u64) {
        self.place = before;
    }

    fn counted(&self) -> u64 {
        self.place
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        let Some((number, trouble)) = self.gather()? else { return Ok(false) };
        row.begin(number);
        row.line.push_str(self.block.lines().next().unwrap_or_default());
        row.trouble = trouble;
        let parts = match self.marks {
            Marks::Tags => tags(&self.block),
            Marks::Sections => sections(&self.block),
        };
        self.columns = ["place", "order"].map(str::to_owned).to_vec();
        let own = [self.place + 1, self.place * 1000].map(|number| Entry::Text(number.to_string()));
        row.cells.clear();
        row.cells.extend(own);
        self.place += 1;
        for (name, text) in parts {
            self.columns.push(name);
            row.cells.push(Entry::Text(text));
        }
        Ok(true)
    }
}

/// A tag around documents in a line.
struct Outer {
    name: &'static str,
    closes: bool,
    /// Where it begins, and where it ends or, if that is not in the line, its name does.
    start: usize,
    end: usize,
}

/// The first tag around a document in a part of a line; with the name of the one that is open, only its own.
fn outer_tag(part: &str, open: Option<&str>) -> Option<Outer> {
    part.match_indices('<').find_map(|(start, _)| {
        let inner = &part[start + 1..];
        let (inner, closes) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
        let own = |name: &&str| inner.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        let name = ["doc", "top"].into_iter().find(own)?;
        let after = &inner[name.len()..];
        let whole = after.is_empty() || after.starts_with(|sign: char| sign == '>' || sign.is_whitespace());
        let length = after.bytes().take(LONGEST_TAG).position(|byte| byte == b'>').map_or(0, |end| end + 1);
        let end = part.len() - after.len() + length;
        (whole && open.is_none_or(|open| open == name)).then_some(Outer { name, closes, start, end })
    })
}

/// A tag at the beginning of a text: its name, whether it closes, and how long it is.
fn tag(text: &str) -> Option<(String, bool, usize)> {
    let inner = text.strip_prefix('<')?;
    let (inner, closes) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
    let end = inner.bytes().take(LONGEST_TAG).position(|byte| byte == b'>')?;
    let name: &str = inner[..end].split_whitespace().next()?;
    let named = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    named.then(|| (name.to_ascii_lowercase(), closes, 1 + usize::from(closes) + end + 1))
}

/// The tags of a document with what stands in them, and `body`. A tag that is not closed ends where the next
/// one begins, as in the topics of TREC; one within a closed tag is dropped and its text kept.
fn tags(block: &str) -> BTreeMap<String, String> {
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    let small = block.to_ascii_lowercase();
    let closed = closings(&small);
    // The field that is open, and whether it will be closed.
    let mut open: Option<(String, bool)> = None;
    let (mut at, mut met) = (0, 0);
    while at < block.len() {
        let rest = &block[at..];
        if let Some((name, closes, length)) = tag(rest).filter(|_| met < MOST_TAGS) {
            at += length;
            met += 1;
            let outer = matches!(name.as_str(), "doc" | "top");
            match (&open, closes) {
                _ if outer => open = None,
                (Some((current, _)), true) if *current == name => open = None,
                (Some((_, true)), _) | (_, true) => {}
                _ => {
                    let closed = closed.get(name.as_str()).is_some_and(|last| *last >= at);
                    parts.entry(name.clone()).or_default();
                    open = Some((name, closed));
                }
            }
            continue;
        }
        let length = rest.char_indices().skip(1).find(|(_, sign)| *sign == '<');
        let length = length.map_or(rest.len(), |(next, _)| next);
        let name = open.as_ref().map_or("body", |(name, _)| name.as_str());
        add(&mut parts, name, &rest[..length]);
        at += length;
    }
    for (name, text) in &mut parts {
        // Topics say once more what stands there.
        let words =
            [("num", "Number:"), ("title", "Topic:"), ("desc", "Description:"), ("narr", "Narrative:")];
        let said = words.into_iter().find(|(tag, _)| tag == name).map_or("", |(_, word)| word);
        *text = plain(text.trim().trim_start_matches(said).trim());
    }
    parts.retain(|name, text| name != "body" || !text.is_empty());
    parts
}

/// Where each tag is closed last.
fn closings(small: &str) -> BTreeMap<&str, usize> {
    let closed = |(at, _): (usize, &str)| {
        let inner = &small[at + 2..];
        let end = inner.bytes().take(LONGEST_TAG).position(|byte| byte == b'>')?;
        Some((&inner[..end], at))
    };
    small.match_indices("</").filter_map(closed).collect()
}

fn add(parts: &mut BTreeMap<String, String>, name: &str, text: &str) {
    match parts.get_mut(name) {
        Some(before) => before.push_str(text),
        None => drop(parts.insert(name.to_owned(), text.to_owned())),
    }
}

/// A text with the signs that tags would need written out.
fn plain(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.into_iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}

/// The sections of a document by their letters; `i` is its number.
fn sections(block: &str) -> BTreeMap<String, String> {
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    let mut open = String::new();
    for line in block.lines() {
        let mut signs = line.strip_prefix('.').unwrap_or_default().chars();
        let head = signs.next().filter(|letter| letter.is_ascii_alphabetic());
        let after = signs.as_str();
        if let Some(letter) = head
            && (after.is_empty() || after.starts_with(' '))
        {
            open = letter.to_ascii_lowercase().to_string();
            add(&mut parts, &open, after.trim());
        } else if !open.is_empty() {
            let text = parts.entry(open.clone()).or_default();
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line.trim_end());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use rankine_design::Encoding;

    use super::*;

    fn rows(text: &str, marks: Marks) -> Vec<String> {
        let mut source = Documents::open(TextLines::new(text.as_bytes(), Encoding::Utf8), marks);
        let (mut row, mut rows) = (Row::default(), Vec::new());
        while source.next(&mut row).unwrap() {
            let cells = source.columns().iter().zip(&row.cells).skip(2);
            let cells: Vec<String> = cells.map(|(name, cell)| format!("{name}={}", cell.shown())).collect();
            let trouble = row.trouble.as_ref().map_or("", |reject| reject.code);
            rows.push(format!("{} {}{trouble}", row.number, cells.join("|")));
        }
        rows
    }

    #[test]
    fn tags_are_columns_whether_they_are_closed_or_not() {
        let closed = "<?xml?>\n<xml>\n<doc>\n<docno> 1</docno>\n<title>a &amp; b\nc</title>\n<text>x <p>y</p> 1 < 2</text>\n</doc>\n";
        assert_eq!(rows(closed, Marks::Tags), ["3 docno=1|text=x y 1 < 2|title=a & b\nc"]);
        let bare = "<DOC>\n<DOCNO>7</DOCNO>\nwords of it\n</DOC>\n<DOC>\n<DOCNO>8</DOCNO>\n</DOC>";
        assert_eq!(rows(bare, Marks::Tags), ["1 body=words of it|docno=7", "5 docno=8"]);
        let topic = "<top>\n<num> Number: 301\n<title> crime\n\n<desc> Description:\nwhat?\n</top>";
        assert_eq!(rows(topic, Marks::Tags), ["1 desc=what?|num=301|title=crime"]);
        let parted = "<doc>\n<docno>1</docno>\n<text>\n a \n\n\nb\n</text></doc>";
        assert_eq!(rows(parted, Marks::Tags), ["1 docno=1|text=a\n\n\nb"]);
        assert_eq!(rows("<doc>\n<docno>1</docno>\n", Marks::Tags), ["1 docno=1cut-off"]);
    }

    #[test]
    fn documents_begin_and_end_at_their_tags_wherever_these_stand() {
        let one = |at: usize| format!("<DOC><DOCNO>v{at}</DOCNO>wing {at}</DOC>");
        let expected = |line: fn(usize) -> usize| -> Vec<String> {
            (0..10).map(|at| format!("{} body=wing {at}|docno=v{at}", line(at))).collect()
        };
        let all: Vec<String> = (0..10).map(one).collect();
        for (between, line) in [
            ("", (|_| 1) as fn(usize) -> usize),
            (" ", |_| 1),
            ("\n", |at| at + 1),
            (" words \n\n", |at| 2 * at + 1),
        ] {
            let text = format!("<xml>{}</xml>\n", all.join(between));
            assert_eq!(rows(&text, Marks::Tags), expected(line), "{between:?}");
        }
        // The end of one and the beginning of the next in one line.
        let text = all.join("").replace("</DOCNO>", "</DOCNO>\n").replace("</DOC>", "\n</DOC>");
        assert_eq!(rows(&text, Marks::Tags), expected(|at| 2 * at + 1));
        let text = "<doc\n id=\"7\"><docno>1</docno></doc ><top><num>2<title>a <doc> b</top>";
        assert_eq!(rows(text, Marks::Tags), ["1 docno=1", "2 body=b|num=2|title=a"]);
    }

    #[test]
    fn a_document_without_its_beginning_or_end_is_told() {
        let text = "<doc><docno>1</docno> <doc><docno>2</docno></doc> <docno>3</docno></doc>\n<doc><docno>4</docno></doc>";
        let expected = ["1 docno=1cut-off", "1 docno=2", "1 docno=3cut-off", "2 docno=4"];
        assert_eq!(rows(text, Marks::Tags), expected);
        assert_eq!(rows("</doc>\n", Marks::Tags), ["1 cut-off"]);
    }

    #[test]
    fn of_a_line_only_those_documents_are_bad_that_cannot_be_read() {
        let codes = |text: &[u8]| -> Vec<&'static str> {
            let mut source = Documents::open(TextLines::new(text, Encoding::Utf8), Marks::Tags);
            let (mut row, mut codes) = (Row::default(), Vec::new());
            while source.next(&mut row).unwrap() {
                codes.push(row.trouble.as_ref().map_or("", |reject| reject.code));
            }
            codes
        };
        let text = b"\xff<doc>1</doc><doc>\xff2</doc> \xff <doc>3\nb</doc><doc>\xff4</doc>";
        assert_eq!(codes(text), ["", "not-utf8", "", "not-utf8"]);
        // What lies beyond the bound of a line may be more of them.
        let long = " ".repeat(LONGEST);
        let text = format!("<doc>1</doc>{long}<doc>2</doc>\n<doc>3</doc><doc>{long}</doc>\n<doc>4</doc>");
        assert_eq!(codes(text.as_bytes()), ["", "long-line", "", "long-line", ""]);
    }

    #[test]
    fn sections_are_columns_by_their_letter() {
        let text = ".I 1\n.T\na title\n.A\nsomebody\n.W\nfirst\n.5 is a number\n.I 2\n.W\nsecond";
        let expected = ["1 a=somebody|i=1|t=a title|w=first\n.5 is a number", "9 i=2|w=second"];
        assert_eq!(rows(text, Marks::Sections), expected);
    }

    #[test]
    fn what_cannot_be_read_of_a_head_is_the_trouble_of_its_own_document() {
        let text = b"a head \xff\n.I 1\n.W\nfirst\n.I \xff2\n.W\nsecond\n.I 3\n";
        let mut source = Documents::open(TextLines::new(&text[..], Encoding::Utf8), Marks::Sections);
        let (mut row, mut troubles) = (Row::default(), Vec::new());
        while source.next(&mut row).unwrap() {
            troubles.push(row.trouble.as_ref().map(|reject| reject.code));
        }
        assert_eq!(troubles, [None, Some("not-utf8"), None]);
    }

    #[test]
    fn a_long_document_is_bounded_and_the_next_one_is_read() {
        let long = "x\n".repeat(LONGEST);
        let text = format!("<doc>\n<docno>1</docno>\n{long}</doc>\n<doc>\n<docno>2</docno>\n</doc>\n");
        let read = rows(&text, Marks::Tags);
        assert_eq!(read.len(), 2);
        assert!(read[0].ends_with("long-line") && read[1].ends_with("docno=2"), "{}", read[1]);
    }
}
