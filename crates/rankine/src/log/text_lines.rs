//! The lines of a text as words are read from them: bounded, decoded, numbered.

use std::io::BufRead;

use rankine_design::Encoding;

use super::bounded::{next_line, too_long};
use super::line::Reject;
use super::open::said;

/// Lines, one after another.
pub(crate) struct TextLines<R> {
    input: R,
    encoding: Encoding,
    bytes: Vec<u8>,
    /// The line read last, without its end.
    pub(crate) text: String,
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Why it cannot be taken as it is.
    pub(crate) trouble: Option<Reject>,
}

impl<R: BufRead> TextLines<R> {
    pub(crate) fn new(input: R, encoding: Encoding) -> TextLines<R> {
        TextLines { input, encoding, bytes: Vec::new(), text: String::new(), number: 0, trouble: None }
    }

    /// Reads the next line; false at the end.
    ///
    /// # Errors
    /// A sentence, where nothing more can be read.
    pub(crate) fn next(&mut self) -> Result<bool, String> {
        if next_line(&mut self.input, &mut self.bytes).map_err(said)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        self.trouble = too_long(&self.bytes);
        self.text.clear();
        match (self.encoding, std::str::from_utf8(&self.bytes)) {
            (Encoding::Latin1, _) => self.text.extend(self.bytes.iter().map(|&byte| char::from(byte))),
            (Encoding::Utf8, Ok(text)) => self.text.push_str(text),
            (Encoding::Utf8, Err(_)) => {
                self.text.push_str(&String::from_utf8_lossy(&self.bytes));
                let reason = "the line is not UTF-8; is it `latin-1`?";
                self.trouble.get_or_insert(Reject::new("not-utf8", "", reason));
            }
        }
        self.text.truncate(self.text.trim_end_matches(['\n', '\r']).len());
        Ok(true)
    }
}

/// The words of a line: parted by any blanks where the separator is one, otherwise by the separator alone.
pub(crate) fn words(line: &str, separator: char) -> impl Iterator<Item = &str> {
    let blanks = separator == ' ';
    let parted = move |sign: char| if blanks { sign.is_whitespace() } else { sign == separator };
    line.split(parted).map(str::trim).filter(move |word| !blanks || !word.is_empty())
}
