//! Tables in text: columns with a separator, and JSON Lines.

use std::collections::BTreeMap;
use std::io::BufRead;

use csv_core::ReadRecordResult;
use rankine_design::Encoding;
use serde_json::value::RawValue;

use super::bounded::{LONGEST, next_line, too_long};
use super::line::Reject;
use super::open::said;
use super::table_json::put;
use super::table_rows::{Entry, Row, RowSource};

/// The most cells of a row.
const CELLS: usize = 1 << 20;

/// Columns with a separator.
pub(crate) struct Csv<R> {
    input: R,
    core: csv_core::Reader,
    encoding: Encoding,
    separator: char,
    /// Whether the first line named the columns: every row then has as many.
    named: bool,
    columns: Vec<String>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// The record as it stands in the file, from the part on that holds its first quote, with the byte before that;
    /// nothing where none is one.
    raw: Vec<u8>,
    /// Lines that an open quote took for a part of a row, which are still to be told.
    swallowed: Swallowed,
}

/// Lines within a row that an open quote made of them.
#[derive(Default)]
struct Swallowed {
    /// The number of the row, and of the line told last.
    row: u64,
    line: u64,
    /// How many are left, and where in the record the next one begins.
    left: u64,
    at: usize,
}

/// A record that was read.
struct Record {
    bytes: usize,
    cells: usize,
    /// Where it was too long to be held: how many lines follow the one with its first quote.
    cut: Option<u64>,
    /// Whether the file ended it.
    last: bool,
}

impl<R: BufRead> Csv<R> {
    /// Columns are those given, or else those that the first line names.
    ///
    /// # Errors
    /// Where the first line cannot be read.
    pub(crate) fn open(
        input: R,
        separator: char,
        header: bool,
        encoding: Encoding,
        columns: &[String],
    ) -> Result<Csv<R>, String> {
        let core =
            csv_core::ReaderBuilder::new().delimiter(separator as u8).quoting(quotes(separator)).build();
        let columns = columns.to_vec();
        let mut opened = Csv {
            input,
            core,
            encoding,
            separator,
            named: false,
            columns,
            bytes: vec![0; 1 << 12],
            ends: vec![0; 64],
            raw: Vec::new(),
            swallowed: Swallowed::default(),
        };
        if header {
            let mut row = Row::default();
            let named = std::mem::take(&mut opened.columns);
            let there = opened.next(&mut row)?;
            if let Some(reject) = row.trouble.take() {
                return Err(format!("its first line cannot be the names of columns: {}", reject.reason));
            }
            opened.columns = named;
            if opened.columns.is_empty() && there {
                opened.columns = row.cells.iter().map(|cell| cell.shown().trim().to_owned()).collect();
                opened.named = true;
            }
        }
        Ok(opened)
    }

    /// The next record; none at the end.
    fn record(&mut self) -> Result<Option<Record>, String> {
        let (mut bytes, mut cells, mut cut) = (0, 0, None);
        self.raw.clear();
        let quotes = quotes(self.separator);
        let mut before = None;
        loop {
            let input = self.input.fill_buf().map_err(said)?;
            let last = input.is_empty();
            let (result, read, wrote, ended) =
                self.core.read_record(input, &mut self.bytes[bytes..], &mut self.ends[cells..]);
            let part = &input[..read];
            match &mut cut {
                Some(lines) if quotes => *lines += line_ends(part),
                None if quotes && (!self.raw.is_empty() || part.contains(&b'"')) => {
                    if self.raw.is_empty() {
                        self.raw.extend(before);
                    }
                    self.raw.extend_from_slice(part);
                }
                _ => {}
            }
            before = part.last().copied().or(before);
            self.input.consume(read);
            bytes += wrote;
            cells += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.bytes.len() < LONGEST => {
                    self.bytes.resize(self.bytes.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < CELLS => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                // What comes after that is passed over.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    (bytes, cells) = (0, 0);
                    cut.get_or_insert_with(|| line_ends(self.raw.trim_ascii_start()));
                    self.raw = Vec::new();
                }
                ReadRecordResult::Record => {
                    // The end of its last line begins no other.
                    let cut =
                        cut.map(|ends| ends.saturating_sub(u64::from(matches!(before, Some(b'\n' | b'\r')))));
                    return Ok(Some(Record { bytes, cells, cut, last }));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Every line that is not blank of a row that an open quote made: such a row counts as that many.
    fn swallow(&mut self, row: &mut Row) {
        self.swallowed = Swallowed { row: row.number, line: row.number, left: lines(&self.raw), at: 0 };
        self.tell(row);
    }

    /// Puts the next line that was swallowed in place of the row; false where there is none.
    fn tell(&mut self, row: &mut Row) -> bool {
        let Swallowed { row: of, line: number, left, at } = &mut self.swallowed;
        if *left == 0 {
            return false;
        }
        *left -= 1;
        row.line.clear();
        if self.raw.is_empty() {
            *number += 1;
        }
        while let Some(rest) = self.raw.get(*at..).filter(|rest| !rest.is_empty()) {
            let line = &rest[..line_end(rest)];
            *number += u64::from(*at > 0);
            *at += line.len();
            let line = line.trim_ascii();
            if !line.is_empty() {
                match self.encoding {
                    Encoding::Latin1 => row.line.extend(line.iter().map(|&byte| char::from(byte))),
                    Encoding::Utf8 => row.line.push_str(&String::from_utf8_lossy(line)),
                }
                break;
            }
        }
        if row.trouble.is_none() {
            row.number = *number;
            row.cells.clear();
            let reason = format!(
                "the line was taken for a part of the row in line {of}, in which a quote is left open"
            );
            row.trouble = Some(Reject::new("open-quote", "", reason));
        }
        true
    }
}

/// How many lines of a record are not blank.
fn lines(record: &[u8]) -> u64 {
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
    record.split(ends).filter(|line| !line.trim_ascii().is_empty()).count() as u64
}

/// Where the first line ends, its end with it: LF, CR or both.
fn line_end(text: &[u8]) -> usize {
    match text.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        Some(at) if text[at..].starts_with(b"\r\n") => at + 2,
        Some(at) => at + 1,
        None => text.len(),
    }
}

fn line_ends(part: &[u8]) -> u64 {
    let ends = |at: &usize| part[*at] == b'\n' || part[*at] == b'\r' && part.get(at + 1) != Some(&b'\n');
    (0..part.len()).filter(ends).count() as u64
}

/// Tab- and bar-separated files quote nothing; a lone `"` in a title must not swallow the rest.
fn quotes(separator: char) -> bool {
    separator == ',' || separator == ';'
}

impl<R: BufRead> RowSource for Csv<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        row.trouble = None;
        if self.tell(row) {
            return Ok(true);
        }
        let line = self.core.line();
        row.begin(line);
        let Some(Record { bytes: written, cells, cut, last }) = self.record()? else { return Ok(false) };
        if let Some(left) = cut {
            row.cells.clear();
            // What it took is given back.
            self.bytes.truncate(1 << 12);
            self.bytes.shrink_to_fit();
            let reason = format!(
                "the row is longer than {} MiB, or has more than {CELLS} cells; is a quote left open?",
                LONGEST >> 20
            );
            row.trouble = Some(Reject::new("long-line", "", reason));
            self.swallowed = Swallowed { row: line, line, left, at: 0 };
            return Ok(true);
        }
        row.cells.resize_with(cells, Entry::default);
        let mut start = 0;
        for (cell, &end) in row.cells.iter_mut().zip(&self.ends[..cells]) {
            let bytes = &self.bytes[start..end.min(written)];
            start = end;
            let mut text = match std::mem::take(cell) {
                Entry::Text(text) => text,
                Entry::List(_) => String::new(),
            };
            text.clear();
            match (self.encoding, std::str::from_utf8(bytes)) {
                (Encoding::Utf8, Ok(read)) => text.push_str(read),
                (Encoding::Latin1, _) => text.extend(bytes.iter().map(|&byte| char::from(byte))),
                (Encoding::Utf8, Err(_)) => {
                    text.push_str(&String::from_utf8_lossy(bytes));
                    let reason = "the row is not UTF-8; is it `latin-1`?";
                    row.trouble = Some(Reject::new("not-utf8", "", reason));
                }
            }
            *cell = Entry::Text(text);
        }
        // Only within quotes a row goes on in the next line.
        let mut lines = 1;
        if !self.raw.is_empty() {
            lines = self::lines(&self.raw);
        }
        if lines > 1 || last && !self.raw.is_empty() {
            let reason = match left_open(&self.raw, self.separator as u8) {
                Some(Open::Astray) if lines > 1 => Some(format!(
                    "a quote at the beginning of a cell is followed by another only in the middle of one, within {lines} \
                     lines that are taken for one row: is a quote left open?"
                )),
                Some(Open::ToTheEnd) if last => Some(format!(
                    "a quote at the beginning of a cell is followed by no other up to the end of the file, over {lines} \
                     lines: is a quote left open?"
                )),
                _ => None,
            };
            if let Some(reason) = reason {
                row.trouble = Some(Reject::new("open-quote", "", reason));
                self.swallow(row);
            }
        }
        let beyond = row.cells.get(self.columns.len()..).unwrap_or_default();
        if row.trouble.is_none() && self.named && beyond.iter().any(|cell| cell.text() != Some("")) {
            let reason = format!(
                "the row has {cells} columns, not {}: does a text hold the separator without quotes?",
                self.columns.len()
            );
            row.trouble = Some(Reject::new("long-row", "", reason));
        }
        if cells < self.columns.len() && row.trouble.is_none() {
            let open = match lines {
                0..=9 => String::new(),
                _ => format!(" and goes on over {lines} lines: is a quote left open?"),
            };
            let reason = format!("the row has {cells} columns, not {}{open}", self.columns.len());
            row.trouble = Some(Reject::new("short-row", "", reason));
            if !open.is_empty() {
                self.swallow(row);
            }
        }
        Ok(true)
    }
}

/// One JSON object a line; its keys are the columns.
pub(crate) struct Jsonl<R> {
    input: R,
    number: u64,
    bytes: Vec<u8>,
    columns: Vec<String>,
}

impl<R: BufRead> Jsonl<R> {
    pub(crate) fn open(input: R) -> Jsonl<R> {
        Jsonl { input, number: 0, bytes: Vec::new(), columns: Vec::new() }
    }
}

impl<R: BufRead> RowSource for Jsonl<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn fixed(&self) -> bool {
        false
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        loop {
            if next_line(&mut self.input, &mut self.bytes).map_err(said)? == 0 {
                return Ok(false);
            }
            self.number += 1;
            row.begin(self.number);
            row.cells.clear();
            row.line.push_str(String::from_utf8_lossy(&self.bytes).trim());
            if row.line.is_empty() {
                continue;
            }
            row.trouble = too_long(&self.bytes);
            if row.trouble.is_none() && std::str::from_utf8(&self.bytes).is_err() {
                row.trouble = Some(Reject::new("not-utf8", "", "the row is not UTF-8"));
            }
            if row.trouble.is_none() {
                match serde_json::from_str::<BTreeMap<String, &RawValue>>(&row.line) {
                    Ok(object) => {
                        self.columns.clear();
                        row.trouble = put(object, (&mut self.columns, &mut row.cells)).err();
                    }
                    Err(error) => {
                        let list = matches!(row.line.as_bytes(), [b'[', ..]);
                        let help = if list { "; is it one list, to be read as `json`?" } else { "" };
                        let reason = format!("not a JSON object: {error}{help}");
                        row.trouble = Some(Reject::new("not-json", "", reason));
                    }
                }
            }
            return Ok(true);
        }
    }
}

/// Where a quote is left open in a record.
#[derive(Debug, PartialEq, Eq)]
enum Open {
    /// A quoted cell goes on behind the quote that ends it: then one quote of the two began in the middle of a text,
    /// and what lies between them was taken for one cell.
    Astray,
    /// No quote ends the last cell.
    ToTheEnd,
}

fn left_open(record: &[u8], separator: u8) -> Option<Open> {
    let (mut quoted, mut begins) = (false, true);
    let mut bytes = record.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted => match bytes.peek() {
                Some(b'"') => _ = bytes.next(),
                None | Some(b'\r' | b'\n') => quoted = false,
                Some(next) if *next == separator => quoted = false,
                Some(_) => return Some(Open::Astray),
            },
            b'"' if begins => quoted = true,
            _ => {}
        }
        begins = !quoted && matches!(byte, b'\r' | b'\n') || byte == separator;
    }
    quoted.then_some(Open::ToTheEnd)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row as its number, its cells and the code of its trouble.
    fn rows(text: &[u8], separator: char, encoding: Encoding) -> Vec<(u64, Vec<String>, &'static str)> {
        let mut source = Csv::open(text, separator, true, encoding, &[]).unwrap();
        let (mut row, mut rows) = (Row::default(), Vec::new());
        while source.next(&mut row).unwrap() {
            let cells = row.cells.iter().map(Entry::shown).collect();
            rows.push((row.number, cells, row.trouble.as_ref().map_or("", |reject| reject.code)));
        }
        assert!(source.bytes.capacity() < LONGEST && source.ends.len() <= CELLS);
        rows
    }

    #[test]
    fn rows_are_bounded_and_those_after_a_bad_one_are_read() {
        let long = format!("a,b\n1,{}\n3,4\n", "x".repeat(2 * LONGEST));
        let commas = format!("a,b\n{}\n3,4\n", ",".repeat(3 * CELLS));
        let cell = |text: &str| text.to_owned();
        for text in [long, commas] {
            let read = rows(text.as_bytes(), ',', Encoding::Utf8);
            assert_eq!(read.len(), 2);
            assert_eq!((read[0].0, read[0].2), (2, "long-line"));
            assert_eq!(read[1], (3, vec![cell("3"), cell("4")], ""));
        }
        let bad = rows(b"a,b\n\xe9,1\n2\n\"x\ny\",3,4", ',', Encoding::Utf8);
        let codes: Vec<_> = bad.iter().map(|(number, cells, code)| (*number, cells.len(), *code)).collect();
        assert_eq!(codes, [(2, 2, "not-utf8"), (3, 1, "short-row"), (4, 3, "long-row")]);
        assert_eq!(rows(b"a\n\xe9", ',', Encoding::Latin1)[0].1, ["\u{e9}"]);
        assert_eq!(rows(b"a\tb\n5\" tall\tx\n", '\t', Encoding::Utf8)[0].1, ["5\" tall", "x"]);
    }

    #[test]
    fn what_two_stray_quotes_join_is_told() {
        let codes = |text: &str| -> Vec<&str> {
            rows(text.as_bytes(), ',', Encoding::Utf8).into_iter().map(|(_, _, code)| code).collect()
        };
        assert_eq!(
            codes("a,b\n1,\"tall\n2,x\n3,\"short\n4,y\n"),
            ["open-quote", "open-quote", "open-quote", ""]
        );
        assert_eq!(codes("a,b\n1,\"of \"\"two\"\"\nlines\"\n2,5\" tall\n3,\"x\"\r\n4,\"\"\n"), [""; 4]);
        assert_eq!(codes("a,b\n1,2,\n3,4, ,\n5,6,7\n"), ["", "", "long-row"]);
    }

    #[test]
    fn an_open_quote_is_told() {
        let text = format!("a,b\n\"1,2\n{}", "3,4\n".repeat(50));
        let mut source = Csv::open(text.as_bytes(), ',', true, Encoding::Utf8, &[]).unwrap();
        let mut row = Row::default();
        assert!(source.next(&mut row).unwrap());
        assert!(row.trouble.unwrap().reason.contains("is a quote left open?"));
    }

    /// What is told of each row: its number, the code of its trouble, and its text where that stands in its place.
    fn told(text: &[u8]) -> Vec<String> {
        let mut source = Csv::open(text, ',', true, Encoding::Utf8, &[]).unwrap();
        let (mut row, mut told) = (Row::default(), Vec::new());
        while source.next(&mut row).unwrap() {
            let code = row.trouble.as_ref().map_or("", |reject| reject.code);
            told.push(format!("{} {code} {}", row.number, row.line));
        }
        told
    }

    #[test]
    fn each_line_that_an_open_quote_swallows_is_told() {
        for (text, expected) in [
            // To the end of the file, where cells are too few, just right, or the file breaks off in them.
            (
                "a,b\n1,2\n\"3,4\n5,6\n\n7,8\n",
                &["2  ", "3 open-quote \"3,4", "4 open-quote 5,6", "6 open-quote 7,8"][..],
            ),
            ("a,b\n1,\"x\r\n5,6\r\n", &["2 open-quote 1,\"x", "3 open-quote 5,6"]),
            ("a,b\n1,\"x", &["2 open-quote 1,\"x"]),
            // To another quote, in a text that is not UTF-8 either.
            (
                "a,b\n\n1,\"x\n2,y\n3,\"z\n4,5",
                &["2 open-quote 1,\"x", "4 open-quote 2,y", "5 open-quote 3,\"z", "6  "],
            ),
            // What a quoted cell holds is a part of its row, also of one that is short.
            ("a,b\n1,\"x\n\ny\"\n\"2\n3\"\n4,\"\"\"\"", &["2  ", "5 short-row ", "7  "]),
        ] {
            assert_eq!(told(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(told(b"a,b\n1,\"x\xff\n2,y\n3,\"z\n").len(), 3);
        let codes: Vec<String> =
            told(b"a,b\r1,2\r\"3,4\r5,6\r").iter().map(|row| row[2..].to_owned()).collect();
        assert_eq!(codes, [" ", "open-quote \"3,4", "open-quote 5,6"]);
        // Closed where a cell may end, but of so many lines that nobody wrote them into one.
        let text = format!("a,b\n\"1\n{}2\"\n3,4\n", "x\n".repeat(20));
        let read = told(text.as_bytes());
        assert_eq!(read.len(), 23);
        assert_eq!(
            (read[0].as_str(), read[21].as_str(), read[22].as_str()),
            ("2 short-row \"1", "23 open-quote 2\"", "24  ")
        );
        // Longer than any row.
        let (filling, many) = ("x".repeat(1000), LONGEST / 1000);
        for end in ["", "7,8\n", "7,8"] {
            let text = format!("a,b\n1,\"x\n{}{end}", format!("5,{filling}\n").repeat(many));
            let read = told(text.as_bytes());
            assert_eq!(read.len(), 1 + many + usize::from(!end.is_empty()), "{end}");
            assert_eq!((read[0].as_str(), read[1].as_str()), ("2 long-line ", "3 open-quote "));
        }
    }

    #[test]
    fn a_quote_in_a_cell_that_reading_parts_begins_none() {
        let text = "a,b\n1,5\" tall\n2,\"x\ny\"";
        for size in 1..text.len() {
            let input = std::io::BufReader::with_capacity(size, text.as_bytes());
            let mut source = Csv::open(input, ',', true, Encoding::Utf8, &[]).unwrap();
            let mut row = Row::default();
            for _ in 0..2 {
                assert!(source.next(&mut row).unwrap() && row.trouble.is_none(), "{size}: {row:?}");
            }
            assert!(!source.next(&mut row).unwrap());
        }
    }

    #[test]
    fn keys_of_objects_are_columns() {
        let text = "\n{\"a\": [1, \"x\"], \"b\": null}\n[1]\n{\"b\": true}";
        let mut source = Jsonl::open(text.as_bytes());
        let mut row = Row::default();
        assert!(source.next(&mut row).unwrap() && source.columns() == ["a", "b"] && row.number == 2);
        assert_eq!(row.cells[0], Entry::List(vec!["1".into(), "x".into()]));
        assert_eq!(row.cells[1], Entry::default());
        assert!(source.next(&mut row).unwrap() && row.trouble.is_some() && row.shown(',') == "[1]");
        assert!(source.next(&mut row).unwrap() && row.cells[0] == Entry::Text("true".to_owned()));
        assert!(!source.next(&mut row).unwrap());
        let mut source = Jsonl::open(r#"{"a": "\ud800"}"#.as_bytes());
        assert!(source.next(&mut row).unwrap() && row.trouble.is_some());
    }
}
