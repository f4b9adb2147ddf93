//! A table of a data set read by its mapping: rows of columns become lines.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::civil;
use jiff::fmt::strtime::BrokenDownTime;
use rankine_design::{FieldSource, TimeSource, TimeUnit};
use rankine_learn::{Field, FieldKind, Millis, Schema};

use super::line::{Body, Cell, Line, Name, Reject, long, parse_time, plausible, shortened, utc};
use super::name_list::NameList;
use super::table_rows::{Entry, Row, RowSource, repeated};
use crate::problem::{PeriodOf, Rows, Table};

/// Takes the number of a row, its text where it was not taken, and what came of it.
pub(crate) type Each<'e> = &'e mut dyn FnMut(u64, String, Option<Result<Line, Reject>>);

/// What other programs write where a number or a time is not known.
const UNKNOWN: [&str; 8] = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "\\N"];

/// Of these those that are hardly a name or a class.
const NOBODY: [&str; 5] = ["NaN", "nan", "null", "NULL", "\\N"];

/// Reads the rows of one table.
pub(crate) struct TableReader<'a> {
    table: &'a Table,
    schema: &'a Schema,
    /// What rows without an id are called by, before their numbers.
    name: &'a str,
}

/// A row with the names of its columns.
#[derive(Clone, Copy)]
struct Cells<'r> {
    columns: &'r [String],
    row: &'r Row,
}

impl<'a> TableReader<'a> {
    pub(crate) fn new(table: &'a Table, schema: &'a Schema) -> TableReader<'a> {
        TableReader { table, schema, name: &table.file }
    }

    /// Reads one of several files of the table.
    pub(crate) fn within(self, file: &'a str) -> TableReader<'a> {
        let several = self.table.file.contains(['*', '?']);
        TableReader { name: if several { file } else { self.name }, ..self }
    }

    /// Calls `each` for every line that a row makes; with `None` where the table's filter leaves the row out.
    ///
    /// # Errors
    /// Where a column is not there, or nothing more can be read.
    pub(crate) fn read(&self, source: &mut dyn RowSource, each: Each<'_>) -> Result<(), String> {
        if source.fixed() {
            self.find_columns(source.columns(), &source.known())?;
        }
        let mut row = Row::default();
        let mut shown = Shown::default();
        let mut met = (!source.fixed()).then(|| Met::of(self.table));
        let together = matches!(self.table.rows, Rows::Example(_)) && self.table.answers.is_some();
        loop {
            let there = source.next(&mut row).map_err(|error| match row.number {
                0 => error,
                _ if error.contains("(after") => error,
                number => format!("{error} (after row {number})"),
            });
            if !there? {
                break;
            }
            if let Some(met) = &mut met {
                met.take(source.columns());
            }
            let read = match row.trouble.take() {
                None => self.line(Cells { columns: source.columns(), row: &row }),
                Some(reject) => Err(reject),
            };
            match read {
                Ok(lines) if together && !lines.is_empty() => shown.take(row.number, lines, each),
                Ok(lines) if lines.is_empty() => each(row.number, String::new(), None),
                Ok(lines) => {
                    lines.into_iter().for_each(|line| each(row.number, String::new(), Some(Ok(line))));
                }
                Err(reject) => each(row.number, row.shown(self.table.separator), Some(Err(reject))),
            }
        }
        shown.end(each);
        met.map_or(Ok(()), |met| met.misspelt())
    }

    /// Every column that the mapping names is there, once.
    fn find_columns(&self, columns: &[String], known: &[String]) -> Result<(), String> {
        let twice = repeated(columns);
        for column in self.table.used_columns() {
            if twice.contains(&column) {
                return Err(format!("the column `{column}` is there twice; which is meant?"));
            }
            if columns.iter().any(|known| known == column) {
                continue;
            }
            let all = || known.iter().map(String::as_str);
            let parted = |only: &String| only.chars().find(|sign| matches!(sign, ';' | ',' | '\t' | '|'));
            let help = match rankine_design::did_you_mean(column, all()) {
                _ if let [only] = known
                    && let Some(sign) = parted(only) =>
                {
                    let sign = sign.escape_default();
                    format!("its only column is `{only}`: is `separator = \"{sign}\"` missing?")
                }
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "it is empty".to_owned(),
                None => format!("it has {}", all().take(30).collect::<Vec<_>>().join(", ")),
            };
            return Err(format!("there is no column `{column}`; {help}"));
        }
        Ok(())
    }

    /// The lines of a row: one, three or four for an example, none where the filter leaves it out.
    fn line(&self, cells: Cells<'_>) -> Result<Vec<Line>, Reject> {
        if let Some((column, text)) = &self.table.filter
            && cells.text(column)? != text
        {
            return Ok(Vec::new());
        }
        let time = self.time(cells)?;
        if let Rows::Example(kind) = self.table.rows {
            return self.example(kind, time, cells);
        }
        let declared: &[Field] = match self.table.rows {
            Rows::Entity(kind) => &self.schema.entities[kind].fields,
            Rows::Interaction(kind) => &self.schema.interactions[kind].fields,
            Rows::Request | Rows::Example(_) => &self.schema.context,
        };
        let fields = self.fields(cells, declared)?;
        let body = match self.table.rows {
            Rows::Entity(kind) => {
                Body::Entity { kind, id: self.prefixed(name(cells, &self.table.id, "id")?), fields }
            }
            Rows::Interaction(kind) => Body::Interaction {
                kind,
                user: name(cells, &self.table.user, "user")?,
                item: self.prefixed(name(cells, &self.table.item, "item")?),
                request: self.answers(cells)?,
                fields,
            },
            Rows::Request | Rows::Example(_) => Body::Request {
                user: name(cells, &self.table.user, "user")?,
                context: fields,
                shown: self.shown(cells),
            },
        };
        let id = match (&body, &self.table.id) {
            (Body::Entity { .. }, _) | (_, None) => None,
            (_, id) => Some(name(cells, id, "id")?),
        };
        Ok(vec![Line { time, known: time, id, group: None, period: None, body }])
    }

    /// An item that becomes known, the request that asks for it, and what came of it. What the row does not
    /// name is called by its number.
    fn example(&self, kind: usize, time: Option<Millis>, of: Cells<'_>) -> Result<Vec<Line>, Reject> {
        let given = |column: &Option<String>| match column {
            Some(_) => name(of, column, "").map(Some),
            None => Ok(None),
        };
        let id =
            given(&self.table.id)?.unwrap_or_else(|| Name::from(format!("{}:{}", self.name, of.row.number)));
        let item = given(&self.table.item)?.map_or_else(|| id.clone(), |item| self.prefixed(item));
        // Queries are numbered from 1 in every file of theirs.
        let asked = given(&self.table.answers)?.map_or_else(|| id.clone(), |asked| self.prefixed(asked));
        let user = given(&self.table.user)?.unwrap_or_else(|| asked.clone());
        let parts = self.schema.of_an_example(kind);
        let declared: Vec<Field> = parts.iter().flat_map(|part| part.iter().cloned()).collect();
        let mut cells = self.fields(of, &declared)?.into_iter();
        let [of_item, of_event, context, of_user] =
            parts.map(|part| cells.by_ref().take(part.len()).collect::<Vec<Cell>>());
        let group = match &self.table.group {
            Some(column) => of.text(column)?.into(),
            None if self.table.apart => asked.clone(),
            None => user.clone(),
        };
        let period = self.period(of)?;
        let line = |id: Option<Name>, body: Body| {
            let group = Some(group.clone());
            Line { time, known: time, id, group, period, body }
        };
        let mut lines = Vec::with_capacity(4);
        if of_user.iter().any(|cell| *cell != Cell::Missing) {
            let body = Body::Entity { kind: self.schema.user, id: user.clone(), fields: of_user };
            lines.push(line(None, body));
        }
        let body = Body::Entity { kind: self.schema.item, id: item.clone(), fields: of_item };
        lines.push(line(None, body));
        let shown = [&item].into_iter().collect();
        lines.push(line(Some(asked.clone()), Body::Request { user: user.clone(), context, shown }));
        let request = Some(asked);
        lines.push(line(None, Body::Interaction { kind, user, item, request, fields: of_event }));
        Ok(lines)
    }

    /// The place of the period that a row belongs to, where the mapping says it.
    fn period(&self, of: Cells<'_>) -> Result<Option<usize>, Reject> {
        Ok(match &self.table.period {
            None => None,
            Some(PeriodOf::All(period)) => Some(*period),
            Some(PeriodOf::Values { column, test }) => {
                let text = of.text(column)?.trim();
                test.iter().any(|value| value == text).then_some(PeriodOf::TEST)
            }
        })
    }

    fn prefixed(&self, id: Name) -> Name {
        if self.table.prefix.is_empty() { id } else { format!("{}{id}", self.table.prefix).into() }
    }

    /// The items shown, in order.
    fn shown(&self, cells: Cells<'_>) -> NameList {
        let shown = match &self.table.shown {
            Some(FieldSource::Split { column, separator }) => cells.words(column, Some(*separator)),
            Some(FieldSource::Column(column)) => cells.words(column, None),
            Some(FieldSource::Flags(_) | FieldSource::Is { .. } | FieldSource::Always(_)) | None => {
                Vec::new()
            }
        };
        shown.into_iter().map(|item| self.prefixed(item)).collect()
    }

    fn answers(&self, cells: Cells<'_>) -> Result<Option<Name>, Reject> {
        let Some(column) = self.table.answers.as_deref() else { return Ok(None) };
        let text = cells.text(column)?;
        Ok((!text.is_empty()).then(|| text.into()))
    }

    fn time(&self, cells: Cells<'_>) -> Result<Option<Millis>, Reject> {
        let Some(source) = &self.table.time else { return Ok(None) };
        let (column, read): (&str, Result<Millis, String>) = match source {
            TimeSource::At(text) => ("time", parse_time(text)),
            TimeSource::Column(column) => (column, moment(cells.text(column)?)),
            TimeSource::Since1970 { column, unit } => {
                let text = cells.text(column)?;
                let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                let number = number.ok_or_else(|| format!("`{}` is not a number", shortened(text)));
                let scale = match unit {
                    TimeUnit::Seconds => 1e3,
                    TimeUnit::Milliseconds => 1.0,
                    TimeUnit::Microseconds => 1e-3,
                };
                (column, number.and_then(|number| plausible((number * scale).round() as i64)))
            }
            TimeSource::Formatted { column, format } => (column, written_as(cells.text(column)?, format)),
        };
        read.map(Some).map_err(|reason| Reject::new("wrong-time", column, reason))
    }

    fn fields(&self, cells: Cells<'_>, declared: &[Field]) -> Result<Vec<Cell>, Reject> {
        let mut read = vec![Cell::Missing; declared.len()];
        for (at, source) in &self.table.fields {
            let field = &declared[*at];
            let cell = match source {
                FieldSource::Column(column) => plain(cells.entry(column), field.kind),
                FieldSource::Flags(prefix) => Ok(Cell::Words(cells.flags(prefix))),
                FieldSource::Always(word) => Cell::from_text(word, field.kind),
                FieldSource::Is { column, text } => {
                    let have = cells.text(column)?;
                    // A gap is no other text.
                    let gap = have != text && (have.is_empty() || NOBODY.contains(&have));
                    Ok(if gap { Cell::Missing } else { Cell::Number(f64::from(u8::from(have == text))) })
                }
                FieldSource::Split { column, separator } => {
                    Ok(Cell::Words(cells.words(column, Some(*separator))))
                }
            };
            read[*at] = cell.map_err(|reason| Reject::new("wrong-type", &field.name, reason))?;
        }
        Ok(read)
    }
}

/// Examples that were shown at one request: rows one after another that name the same.
#[derive(Default)]
struct Shown {
    /// The number of the first row.
    first: u64,
    request: Option<Line>,
    after: Vec<Line>,
}

impl Shown {
    /// Takes the lines of the next row. Its items become known at once; the request waits until all are.
    fn take(&mut self, number: u64, lines: Vec<Line>, each: Each<'_>) {
        let asks = |line: &Line| matches!(line.body, Body::Request { .. });
        let named = lines.iter().find(|line| asks(line)).and_then(|line| line.id.clone());
        if self.request.as_ref().is_some_and(|request| request.id != named) {
            self.end(each);
        }
        if self.request.is_none() {
            self.first = number;
        }
        for line in lines {
            match (&line.body, &mut self.request) {
                (Body::Entity { .. }, _) => each(self.first, String::new(), Some(Ok(line))),
                (Body::Interaction { .. }, _) => self.after.push(line),
                (Body::Request { shown, .. }, Some(Line { body: Body::Request { shown: all, .. }, .. })) => {
                    all.extend(shown.iter());
                }
                (Body::Request { .. }, _) => self.request = Some(line),
            }
        }
    }

    /// Hands out the request and what came of it.
    fn end(&mut self, each: Each<'_>) {
        for line in self.request.take().into_iter().chain(self.after.drain(..)) {
            each(self.first, String::new(), Some(Ok(line)));
        }
    }
}

/// The columns that were met, where each row may have others.
struct Met<'t> {
    /// Those without which no row can be taken, and whether any had them.
    needed: Vec<(&'t str, bool)>,
    /// Some of the others.
    others: BTreeSet<String>,
}

impl<'t> Met<'t> {
    fn of(table: &'t Table) -> Met<'t> {
        let needed = table.needed_columns().into_iter().map(|column| (column, false)).collect();
        Met { needed, others: BTreeSet::new() }
    }

    fn take(&mut self, columns: &[String]) {
        // Most are met in the first rows.
        const OTHERS: usize = 100;
        if self.needed.iter().all(|(_, met)| *met) {
            return;
        }
        for column in columns {
            match self.needed.iter_mut().find(|(needed, _)| needed == column) {
                Some((_, met)) => *met = true,
                None if self.others.len() < OTHERS => _ = self.others.insert(column.clone()),
                None => {}
            }
        }
    }

    /// Refuses a column that no row has, though none can be taken without it, where some have one of nearly that name.
    fn misspelt(&self) -> Result<(), String> {
        for (column, _) in self.needed.iter().filter(|(_, met)| !met) {
            let others = self.others.iter().map(String::as_str);
            if let Some(near) = rankine_design::did_you_mean(column, others) {
                return Err(format!("no row has a column `{column}`; did you mean `{near}`?"));
            }
        }
        Ok(())
    }
}

impl<'r> Cells<'r> {
    fn entry(self, column: &str) -> Option<&'r Entry> {
        let at = self.columns.iter().position(|name| name == column)?;
        self.row.cells.get(at)
    }

    /// The text of a column; empty where it is not there.
    fn text(self, column: &str) -> Result<&'r str, Reject> {
        let Some(entry) = self.entry(column) else { return Ok("") };
        let wrong = || Reject::new("wrong-type", column, "one text is wanted, not a list");
        entry.text().ok_or_else(wrong)
    }

    /// The elements of a list, or the parts of a text, without empty ones.
    fn words(self, column: &str, separator: Option<char>) -> Vec<Name> {
        let parts: Vec<&str> = match self.entry(column) {
            None => Vec::new(),
            Some(Entry::List(list)) => list.iter().map(Name::as_str).collect(),
            Some(Entry::Text(text)) => text.split(|letter| Some(letter) == separator).collect(),
        };
        parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(Name::from).collect()
    }

    /// What follows the prefix in the names of columns that are set.
    fn flags(self, prefix: &str) -> Vec<Name> {
        let yes = |text: &str| text.eq_ignore_ascii_case("true") || text.parse() == Ok(1.0);
        let set = |entry: &Entry| entry.text().is_some_and(yes);
        let named = self.columns.iter().zip(&self.row.cells).filter(|(_, entry)| set(entry));
        named.filter_map(|(name, _)| name.strip_prefix(prefix)).map(Name::from).collect()
    }
}

fn name(cells: Cells<'_>, column: &Option<String>, role: &str) -> Result<Name, Reject> {
    let column = column.as_deref().unwrap_or(role);
    match cells.text(column)? {
        "" => Err(Reject::new("missing-field", column, format!("the column `{column}` is empty"))),
        // Taken as a name, it would be one user or item with the events of all who are not known.
        text if NOBODY.contains(&text) => {
            let reason = format!("the column `{column}` holds `{text}`, which is how programs write nothing");
            Err(Reject::new("missing-field", column, reason))
        }
        text => long(text, column).map_or_else(|| Ok(text.into()), Err),
    }
}

/// A column's value as a field of this kind.
fn plain(entry: Option<&Entry>, kind: FieldKind) -> Result<Cell, String> {
    let text: Cow<'_, str> = match entry {
        None => return Ok(Cell::Missing),
        Some(Entry::Text(text)) => Cow::Borrowed(text.trim()),
        Some(Entry::List(list)) => match kind {
            _ if list.is_empty() => return Ok(Cell::Missing),
            FieldKind::Categories => {
                let words = list.iter().map(|word| word.trim()).filter(|word| !word.is_empty());
                return Ok(Cell::Words(words.map(Name::from).collect()));
            }
            // What is left out would move all numbers behind it.
            FieldKind::Vector
                if list.iter().any(|part| part.trim().is_empty() || UNKNOWN.contains(&part.trim())) =>
            {
                return Err("a number of the list is missing".to_owned());
            }
            FieldKind::Vector | FieldKind::Text => Cow::Owned(list.join(" ")),
            _ => return Err("one value is wanted, not a list".to_owned()),
        },
    };
    match kind {
        FieldKind::Number | FieldKind::Time | FieldKind::Vector if UNKNOWN.contains(&&*text) => {
            Ok(Cell::Missing)
        }
        FieldKind::Number if text.eq_ignore_ascii_case("true") => Ok(Cell::Number(1.0)),
        FieldKind::Number if text.eq_ignore_ascii_case("false") => Ok(Cell::Number(0.0)),
        FieldKind::Time if !text.is_empty() => moment(&text).map(Cell::Time),
        _ => Cell::from_text(&text, kind),
    }
}

/// A moment as [`parse_time`] reads it, or as `31-Jan-2026`, being what older sets use.
pub(crate) fn moment(text: &str) -> Result<Millis, String> {
    parse_time(text).or_else(|error| {
        let older = civil::Date::strptime("%d-%b-%Y", text).ok().map(|date| date.at(0, 0, 0, 0));
        older.and_then(utc).ok_or(error).and_then(plausible)
    })
}

/// A moment written in this form, in UTC where it names no zone.
pub(crate) fn written_as(text: &str, format: &str) -> Result<Millis, String> {
    let wrong = || format!("`{}` is not written as `{format}`", shortened(text));
    let read = BrokenDownTime::parse(format, text).map_err(|_| wrong())?;
    if read.offset().is_some() || read.iana_time_zone().is_some() || read.timestamp().is_some() {
        return read.to_timestamp().map(|moment| moment.as_millisecond()).map_err(|_| wrong());
    }
    let civil = read.to_datetime().or_else(|_| read.to_date().map(|date| date.at(0, 0, 0, 0)));
    civil.ok().and_then(utc).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_of_the_zone_that_it_names() {
        let zoned = "%d/%m/%Y %H:%M:%S %z";
        for (text, format, millis) in [
            ("31/03/2024 02:30:00", "%d/%m/%Y %H:%M:%S", Some(1_711_852_200_000)),
            ("31/03/2024 02:30:00 +0200", zoned, Some(1_711_845_000_000)),
            ("31/03/2024 02:30:00 -0900", zoned, Some(1_711_884_600_000)),
            ("31/03/2024", "%d/%m/%Y", Some(1_711_843_200_000)),
            ("1711852200", "%s", Some(1_711_852_200_000)),
            ("31/03/2024", zoned, None),
            ("31/03", "%d/%m", None),
        ] {
            assert_eq!(written_as(text, format).ok(), millis, "{text} as {format}");
        }
    }

    #[test]
    fn a_list_of_which_a_number_is_missing_is_no_vector() {
        let list = |parts: &[&str]| Entry::List(parts.iter().map(|part| (*part).into()).collect());
        let vector = |entry: Entry| plain(Some(&entry), FieldKind::Vector).ok();
        assert_eq!(vector(list(&["1", "2.5"])), Some(Cell::Numbers(vec![1.0, 2.5])));
        assert_eq!(vector(list(&[])), Some(Cell::Missing));
        for parts in [["1", ""], ["NaN", "3"], ["null", "2"]] {
            assert_eq!(vector(list(&parts)), None, "{parts:?}");
        }
    }
}
