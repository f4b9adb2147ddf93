//! A file of a data set read by its mapping: rows of columns become lines.

use std::io::BufRead;

use jiff::civil;
use rankine_design::{Encoding, FieldSource, FileFormat, TimeSource, TimeUnit};
use rankine_learn::{Field, FieldKind, Millis, Schema};

use super::bounded::{next_line, too_long};
use super::line::{Body, Cell, Line, Reject, parse_time, plausible, shortened, utc};
use crate::problem::{Rows, Table};

/// Takes the number of a row's first line, its text, and what came of it.
pub(crate) type Each<'e> = &'e mut dyn FnMut(u64, String, Option<Result<Line, Reject>>);

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

    /// Calls `each` for every line that a row makes; with `None` where the table's filter leaves the row out.
    ///
    /// # Errors
    /// Where the file cannot be read further.
    pub(crate) fn read(&mut self, input: impl BufRead, each: Each<'_>) -> std::io::Result<()> {
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
            match decoded {
                Ok(cells) => self.lines(number, &cells, &text, each),
                Err(reject) => each(number, text, Some(Err(reject))),
            }
        }
        Ok(())
    }

    /// Hands out what a row says.
    fn lines(&self, number: u64, cells: &[String], text: &str, each: Each<'_>) {
        match self.line(number, cells) {
            Ok(lines) if lines.is_empty() => each(number, text.to_owned(), None),
            Ok(lines) => lines.into_iter().for_each(|line| each(number, text.to_owned(), Some(Ok(line)))),
            Err(reject) => each(number, text.to_owned(), Some(Err(reject))),
        }
    }

    fn read_objects(&mut self, mut input: impl BufRead, each: Each<'_>) -> std::io::Result<()> {
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
            match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
                Ok(object) => {
                    self.columns = object.keys().cloned().collect();
                    let plain = |value: &serde_json::Value| match value {
                        serde_json::Value::String(text) => text.clone(),
                        serde_json::Value::Null => String::new(),
                        other => other.to_string(),
                    };
                    let cells: Vec<String> = object.values().map(plain).collect();
                    self.lines(number, &cells, &text, each);
                }
                Err(error) => {
                    let reject = Reject::new("not-json", "", format!("not a JSON object: {error}"));
                    each(number, text, Some(Err(reject)));
                }
            }
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

    /// The lines of a row: one, three or four for an example, none where the filter leaves it out.
    fn line(&self, number: u64, cells: &[String]) -> Result<Vec<Line>, Reject> {
        if self.table.format == FileFormat::Csv && cells.len() < self.columns.len() {
            let reason = format!("the row has {} columns, not {}", cells.len(), self.columns.len());
            return Err(Reject::new("short-row", "", reason));
        }
        if let Some((column, text)) = &self.table.filter
            && self.cell(cells, column).unwrap_or_default() != text
        {
            return Ok(Vec::new());
        }
        let time = self.time(cells)?;
        if let Rows::Example(kind) = self.table.rows {
            return self.example(number, kind, time, cells);
        }
        let declared: &[Field] = match self.table.rows {
            Rows::Entity(kind) => &self.schema.entities[kind].fields,
            Rows::Interaction(kind) => &self.schema.interactions[kind].fields,
            Rows::Request | Rows::Example(_) => &self.schema.context,
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
            Rows::Request | Rows::Example(_) => Body::Request {
                user: self.name(cells, &self.table.user, "user")?,
                context: fields,
                shown: self.shown(cells),
            },
        };
        let id = match (&body, &self.table.id) {
            (Body::Entity { .. }, _) | (_, None) => None,
            (_, id) => Some(self.name(cells, id, "id")?),
        };
        Ok(vec![Line { time, known: time, id, group: None, body }])
    }

    /// An item that becomes known, the request that asks for it, and what came of it. What the row does not
    /// name is called by its number.
    fn example(
        &self,
        number: u64,
        kind: usize,
        time: Option<Millis>,
        cells: &[String],
    ) -> Result<Vec<Line>, Reject> {
        let given = |column: &Option<String>| match column {
            Some(_) => self.name(cells, column, "").map(Some),
            None => Ok(None),
        };
        let id = given(&self.table.id)?.unwrap_or_else(|| format!("{}:{number}", self.table.file));
        let item = given(&self.table.item)?.unwrap_or_else(|| id.clone());
        let user = given(&self.table.user)?.unwrap_or_else(|| id.clone());
        let parts = self.schema.of_an_example(kind);
        let declared: Vec<Field> = parts.iter().flat_map(|part| part.iter().cloned()).collect();
        let cells_of_the_row = cells;
        let mut cells = self.fields(cells, &declared)?.into_iter();
        let [of_item, of_event, context, of_user] =
            parts.map(|part| cells.by_ref().take(part.len()).collect::<Vec<Cell>>());
        let group = match &self.table.group {
            Some(column) => self.cell(cells_of_the_row, column).unwrap_or_default().to_owned(),
            None => user.clone(),
        };
        let line =
            |id: Option<String>, body: Body| Line { time, known: time, id, group: Some(group.clone()), body };
        let mut lines = Vec::with_capacity(4);
        if of_user.iter().any(|cell| *cell != Cell::Missing) {
            let body = Body::Entity { kind: self.schema.user, id: user.clone(), fields: of_user };
            lines.push(line(None, body));
        }
        let body = Body::Entity { kind: self.schema.item, id: item.clone(), fields: of_item };
        lines.push(line(None, body));
        let shown = vec![item.clone()];
        lines.push(line(Some(id.clone()), Body::Request { user: user.clone(), context, shown }));
        let request = Some(id);
        lines.push(line(None, Body::Interaction { kind, user, item, request, fields: of_event }));
        Ok(lines)
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
            Some(FieldSource::Flags(_) | FieldSource::Is { .. }) | None => Vec::new(),
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
                FieldSource::Is { column, text } => {
                    let same = self.cell(cells, column) == Some(text.as_str());
                    Ok(Cell::Number(f64::from(u8::from(same))))
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
