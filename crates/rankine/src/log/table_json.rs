//! One JSON text as a table: a list of objects, or an object whose keys name its rows.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_json::value::RawValue;

use super::line::Reject;
use super::open::said;
use super::table_rows::{Entry, Row, RowSource};

/// The most bytes of the text, which is held whole.
const LONGEST: u64 = 1 << 28;

/// Rows of a JSON text. Columns: the keys of a row that is an object, otherwise `value`; `key`, where an object
/// names its rows; `order`, by which rows without a time stand in order.
pub(crate) struct Json {
    rows: std::vec::IntoIter<(Option<String>, Box<RawValue>)>,
    columns: Vec<String>,
    /// Rows of this text, and of the texts of the table before it.
    number: u64,
    before: u64,
}

impl Json {
    /// Reads the whole text.
    ///
    /// # Errors
    /// Where it is no JSON, neither a list nor an object, or too long.
    pub(crate) fn open(input: impl BufRead) -> Result<Json, String> {
        let mut text = Vec::new();
        input.take(LONGEST + 1).read_to_end(&mut text).map_err(said)?;
        if text.len() as u64 > LONGEST {
            return Err("one JSON text of more than 256 MiB; write a row a line, as `jsonl`".to_owned());
        }
        let read: Rows = serde_json::from_slice(&text).map_err(|error| {
            let more = if error.is_eof() { ": is the file cut off?" } else { "" };
            format!("not a JSON list or object: {error}{more}")
        })?;
        Ok(Json { rows: read.0.into_iter(), columns: Vec::new(), number: 0, before: 0 })
    }
}

impl RowSource for Json {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn fixed(&self) -> bool {
        false
    }

    fn count_from(&mut self, before: u64) {
        self.before = before;
    }

    fn counted(&self) -> u64 {
        self.before + self.number
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        let Some((key, value)) = self.rows.next() else { return Ok(false) };
        self.number += 1;
        row.begin(self.number);
        self.columns.clear();
        row.cells.clear();
        self.columns.push("order".to_owned());
        row.cells.push(Entry::Text(((self.counted() - 1) * 1000).to_string()));
        if let Some(key) = key {
            self.columns.push("key".to_owned());
            row.cells.push(Entry::Text(key));
        }
        let read = match serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()) {
            Ok(fields) => put(fields, (&mut self.columns, &mut row.cells)),
            Err(_) => put([("value".to_owned(), &*value)], (&mut self.columns, &mut row.cells)),
        };
        row.trouble = read.err();
        Ok(true)
    }
}

/// Puts named values into cells, each under a column of its own.
///
/// # Errors
/// Where a text holds what is no letter, such as half of a surrogate pair.
pub(crate) fn put<'v>(
    fields: impl IntoIterator<Item = (String, &'v RawValue)>,
    (columns, cells): (&mut Vec<String>, &mut Vec<Entry>),
) -> Result<(), Reject> {
    for (name, value) in fields {
        let wrong = |error| Reject::new("not-json", &name, format!("not a JSON value: {error}"));
        let cell = match serde_json::from_str::<Vec<&RawValue>>(value.get()) {
            Ok(list) => {
                let list: serde_json::Result<Vec<String>> = list.into_iter().map(plain).collect();
                list.map(|list| Entry::List(list.into_iter().map(Into::into).collect()))
            }
            Err(_) => plain(value).map(Entry::Text),
        };
        cells.push(cell.map_err(wrong)?);
        columns.push(name);
    }
    Ok(())
}

/// Whole numbers below this, 2 to the 53, are all told apart in 64 bits.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The text of a value that is none. A whole number is the digits that stand there, since an id may have more of
/// them than a number of 64 bits; `2.0` and `2e0` are `2`, as programs write ids that stand beside gaps.
fn plain(value: &RawValue) -> serde_json::Result<String> {
    let text = value.get();
    if text.starts_with('"') {
        return serde_json::from_str(text);
    }
    let whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let exact = |value: &f64| value.fract() == 0.0 && value.abs() < EXACT;
    Ok(match serde_json::from_str::<Number>(text) {
        Ok(number) if !whole => match number.as_f64().filter(exact) {
            Some(value) => (value as i64).to_string(),
            None => number.to_string(),
        },
        _ if text == "null" => String::new(),
        _ => text.to_owned(),
    })
}

/// Rows in the order of the text, which a map would lose.
struct Rows(Vec<(Option<String>, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Rows, D::Error> {
        from.deserialize_any(RowsVisitor)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = Rows;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list of rows, or an object that names them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
        let mut rows = Vec::new();
        while let Some(value) = list.next_element()? {
            rows.push((None, value));
        }
        Ok(Rows(rows))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows, A::Error> {
        let mut rows = Vec::new();
        while let Some((key, value)) = map.next_entry()? {
            rows.push((Some(key), value));
        }
        Ok(Rows(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<String>, String> {
        let mut source = Json::open(text.as_bytes())?;
        let (mut row, mut rows) = (Row::default(), Vec::new());
        while source.next(&mut row)? {
            let cells = source.columns().iter().zip(&row.cells);
            let cells: Vec<String> = cells.map(|(name, cell)| format!("{name}={}", cell.shown())).collect();
            rows.push(cells.join("|"));
        }
        Ok(rows)
    }

    #[test]
    fn lists_and_objects_are_rows_in_their_order() {
        assert_eq!(
            rows(r#"{"b": "x", "a": 2}"#).unwrap(),
            ["order=0|key=b|value=x", "order=1000|key=a|value=2"]
        );
        assert_eq!(
            rows(r#"[{"u": 1, "t": ["a", "b"]}, 3]"#).unwrap(),
            ["order=0|t=[a, b]|u=1", "order=1000|value=3"]
        );
        assert_eq!(
            rows(r#"[{"u": 123456789012345678901234567890, "v": -3, "w": 1.50, "i": 7.0, "j": 12e2, "x": "\u00e9", "y": null, "z": true}]"#)
                .unwrap(),
            ["order=0|i=7|j=1200|u=123456789012345678901234567890|v=-3|w=1.5|x=\u{e9}|y=|z=true"]
        );
        for (text, part) in
            [("3", "a list of rows"), ("[1, ", "cut off"), ("", "cut off"), ("[nan]", "line 1")]
        {
            let error = rows(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(rows(&"[".repeat(100_000)).is_err());
    }
}
