//! A file of a data set read by its mapping: rows of columns become lines.

use std::io::BufRead;

use jiff::civil;
use rankine_design::{Encoding, FieldSource, FileFormat, TimeSource, TimeUnit};
use rankine_learn::{Field, FieldKind, Millis, Schema};

use super::bounded::{next_line, too_long};
use super::line::{Body, Cell, Line, Reject, parse_time, plausible, shortened, utc};
use crate::problem::{Rows, Table};

/// Reads the rows of one table.
pub(crate) struct TableReader<'a> {
    table: &'a Table,
    schema: &'a Schema,
    columns: Vec<String>,
}

impl<'a> TableReader<'a> {
    pub(crate) fn new(table: &'a Table, schema: &'a Schema) -> TableReader<'a> {
        TableReader { table, schema, columns: table.columns.clone() }
    }

    /// Calls `each` with the number of a row's first line, its text, and what came of it; `None` where the
    /// table's filter leaves the row out.
    ///
    /// # Errors
    /// Where the file cannot be read further.
    pub(crate) fn read(
        &mut self,
        input: impl BufRead,
        each: &mut dyn FnMut(u64, String, Option<Result<Line, Reject>>),
    ) -> std::io::Result<()> {
        if self.table.format == FileFormat::Jsonl {
            return self.read_objects(input, each);
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.table.separator as u8)
            .has_headers(false)
            .flexible(true)
            // Tab- and bar-separated files quote nothing; a lone `"` in a title must not swallow the rest.
            .quoting(self.table.separator == ',' || self.table.separator == ';')
            .from_reader(input);
        let mut record = csv::ByteRecord::new();
        let mut first = self.table.header;
        while reader.read_byte_record(&mut record).map_err(std::io::Error::other)? {
            let number = record.position().map_or(0, csv::Position::line);
            let decoded: Result<Vec<String>, Reject> = record.iter().map(|cell| self.decode(cell)).collect();
            let text = record.iter().map(|cell| String::from_utf8_lossy(cell)).collect::<Vec<_>>();
            let text = text.join(&self.table.separator.to_string());
            if std::mem::take(&mut first) {
                if self.columns.is_empty() {
                    self.columns = decoded.unwrap_or_default();
                }
                continue;
            }
            let line = match decoded {
                Ok(cells) => self.line(&cells).transpose(),
                Err(reject) => Some(Err(reject)),
            };
            each(number, text, line);
        }
        Ok(())
    }

    fn read_objects(
        &mut self,
        mut input: impl BufRead,
        each: &mut dyn FnMut(u64, String, Option<Result<Line, Reject>>),
    ) -> std::io::Result<()> {
        let (mut number, mut bytes) = (0, Vec::new());
        while next_line(&mut input, &mut bytes)? {
            number += 1;
            let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            if text.trim().is_empty() {
                continue;
            }
            if let Some(reject) = too_long(&bytes) {
                each(number, text, Some(Err(reject)));
                continue;
            }
            let line = match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
                Ok(object) => {
                    self.columns = object.keys().cloned().collect();
                    let plain = |value: &serde_json::Value| match value {
                        serde_json::Value::String(text) => text.clone(),
                        serde_json::Value::Null => String::new(),
                        other => other.to_string(),
                    };
                    let cells: Vec<String> = object.values().map(plain).collect();
                    self.line(&cells).transpose()
                }
                Err(error) => Some(Err(Reject::new("not-json", "", format!("not a JSON object: {error}")))),
            };
            each(number, text, line);
        }
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<String, Reject> {
        match self.table.encoding {
            Encoding::Latin1 => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Encoding::Utf8 => String::from_utf8(bytes.to_vec())
                .map_err(|_| Reject::new("not-utf8", "", "the row is not UTF-8; is it `latin-1`?")),
        }
    }

    fn line(&self, cells: &[String]) -> Result<Option<Line>, Reject> {
        if self.table.format == FileFormat::Csv && cells.len() < self.columns.len() {
            let reason = format!("the row has {} columns, not {}", cells.len(), self.columns.len());
            return Err(Reject::new("short-row", "", reason));
        }
        if let Some((column, text)) = &self.table.filter
            && self.cell(cells, column).unwrap_or_default() != text
        {
            return Ok(None);
        }
        let time = self.time(cells)?;
        let declared: &[Field] = match self.table.rows {
            Rows::Entity(kind) => &self.schema.entities[kind].fields,
            Rows::Interaction(kind) => &self.schema.interactions[kind].fields,
            Rows::Request => &self.schema.context,
        };
        let fields = self.fields(cells, declared)?;
        let body = match self.table.rows {
            Rows::Entity(kind) => Body::Entity { kind, id: self.name(cells, &self.table.id, "id")?, fields },
            Rows::Interaction(kind) => Body::Interaction {
                kind,
                user: self.name(cells, &self.table.user, "user")?,
                item: self.name(cells, &self.table.item, "item")?,
                request: self.answers(cells),
                fields,
            },
            Rows::Request => Body::Request {
                user: self.name(cells, &self.table.user, "user")?,
                context: fields,
                shown: self.shown(cells),
            },
        };
        let id = match (&body, &self.table.id) {
            (Body::Entity { .. }, _) | (_, None) => None,
            (_, id) => Some(self.name(cells, id, "id")?),
        };
        Ok(Some(Line { time, known: time, id, body }))
    }

    fn cell<'c>(&self, cells: &'c [String], column: &str) -> Option<&'c str> {
        let at = self.columns.iter().position(|name| name == column)?;
        cells.get(at).map(|cell| cell.trim())
    }

    fn name(&self, cells: &[String], column: &Option<String>, role: &str) -> Result<String, Reject> {
        let column = column.as_deref().unwrap_or(role);
        match self.cell(cells, column) {
            Some("") | None => {
                Err(Reject::new("missing-field", column, format!("the column `{column}` is empty")))
            }
            Some(text) => Ok(text.to_owned()),
        }
    }

    /// The items shown, in order.
    fn shown(&self, cells: &[String]) -> Vec<String> {
        let list = |column: &str, separator: Option<char>| {
            let text = self.cell(cells, column).unwrap_or_default();
            let parts = text.split(|letter| Some(letter) == separator).map(str::trim);
            parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        match &self.table.shown {
            Some(FieldSource::Split { column, separator }) => list(column, Some(*separator)),
            Some(FieldSource::Column(column)) => list(column, None),
            Some(FieldSource::Flags(_)) | None => Vec::new(),
        }
    }

    fn answers(&self, cells: &[String]) -> Option<String> {
        let text = self.cell(cells, self.table.answers.as_deref()?)?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn time(&self, cells: &[String]) -> Result<Option<Millis>, Reject> {
        let Some(source) = &self.table.time else { return Ok(None) };
        let (column, read): (&str, Result<Millis, String>) = match source {
            TimeSource::At(text) => ("time", parse_time(text)),
            TimeSource::Column(column) => (column, parse_time(self.cell(cells, column).unwrap_or_default())),
            TimeSource::Since1970 { column, unit } => {
                let text = self.cell(cells, column).unwrap_or_default();
                let number =
                    text.parse::<f64>().map_err(|_| format!("`{}` is not a number", shortened(text)));
                let scale = match unit {
                    TimeUnit::Seconds => 1e3,
                    TimeUnit::Milliseconds => 1.0,
                    TimeUnit::Microseconds => 1e-3,
                };
                (column, number.and_then(|number| plausible((number * scale).round() as i64)))
            }
            TimeSource::Formatted { column, format } => {
                let text = self.cell(cells, column).unwrap_or_default();
                let read = civil::DateTime::strptime(format, text)
                    .or_else(|_| civil::Date::strptime(format, text).map(|date| date.at(0, 0, 0, 0)));
                let wrong = || format!("`{}` is not written as `{format}`", shortened(text));
                (column, read.ok().and_then(utc).ok_or_else(wrong))
            }
        };
        read.map(Some).map_err(|reason| Reject::new("wrong-time", column, reason))
    }

    fn fields(&self, cells: &[String], declared: &[Field]) -> Result<Vec<Cell>, Reject> {
        let mut read = vec![Cell::Missing; declared.len()];
        for (at, source) in &self.table.fields {
            let field = &declared[*at];
            let cell = match source {
                FieldSource::Column(column) => {
                    self.plain(self.cell(cells, column).unwrap_or_default(), field.kind)
                }
                FieldSource::Flags(prefix) => {
                    let named = self.columns.iter().zip(cells);
                    let set =
                        named.filter(|(name, cell)| name.starts_with(prefix.as_str()) && cell.trim() == "1");
                    Ok(Cell::Words(set.map(|(name, _)| name[prefix.len()..].to_owned()).collect()))
                }
                FieldSource::Split { column, separator } => {
                    let text = self.cell(cells, column).unwrap_or_default();
                    let parts = text.split(*separator).map(str::trim).filter(|part| !part.is_empty());
                    Ok(Cell::Words(parts.map(str::to_owned).collect()))
                }
            };
            read[*at] = cell.map_err(|reason| Reject::new("wrong-type", &field.name, reason))?;
        }
        Ok(read)
    }

    /// A column's text; dates such as `01-Jan-1995` are read too, being what older sets use.
    fn plain(&self, text: &str, kind: FieldKind) -> Result<Cell, String> {
        if kind == FieldKind::Time
            && let Ok(date) = civil::Date::strptime("%d-%b-%Y", text)
            && let Some(time) = utc(date.at(0, 0, 0, 0))
        {
            return Ok(Cell::Time(time));
        }
        Cell::from_text(text, kind)
    }
}
