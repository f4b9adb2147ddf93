//! Tables on their way out: Parquet, CSV or JSON Lines, whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{Float32Builder, Float64Builder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::error::Error;
use crate::log::Name;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text; an empty one is missing.
    Text,
    /// Several texts.
    Texts,
    /// A whole number.
    Whole,
    /// A number; what is not finite is missing.
    Number,
    /// A number in full width; what is not finite is missing.
    Real,
}

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)] // each is of its [`Kind`]
pub enum Datum<'a> {
    Text(&'a str),
    Texts(&'a [Name]),
    Whole(i64),
    Number(f32),
    Real(f64),
}

/// A table that is being written beside the place where it will stand.
pub struct Output {
    path: PathBuf,
    aside: PathBuf,
    columns: Vec<String>,
    writer: Option<Writer>,
    rows: u64,
}

enum Writer {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Jsonl(BufWriter<File>),
    Parquet(Box<Rows>),
}

struct Rows {
    writer: ArrowWriter<BufWriter<File>>,
    schema: SchemaRef,
    builders: Vec<Builder>,
    waiting: usize,
}

enum Builder {
    Text(StringBuilder),
    Texts(ListBuilder<StringBuilder>),
    Whole(Int64Builder),
    Number(Float32Builder),
    Real(Float64Builder),
}

/// Rows of Parquet that are encoded at a time, and rows of a group.
const BATCH: usize = 8192;
const GROUP: usize = 1 << 17;

/// The forms that [`Output::create`] writes, by the end of a file's name.
pub const FORMS: [&str; 3] = ["parquet", "csv", "jsonl"];

impl Output {
    /// Begins a table that will stand at `path`, in the form that the end of its name says.
    ///
    /// # Errors
    /// Where its name says no form, or its folder cannot be written.
    pub fn create(path: &Path, columns: &[(&str, Kind)]) -> Result<Output, Error> {
        let form = form(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let aside = path.with_file_name(format!(".{name}.{}", std::process::id()));
        let file = File::create(&aside).map_err(|error| Error::file(path, error))?;
        let names = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut output = Output { path: path.to_owned(), aside, columns: names, writer: None, rows: 0 };
        let file = BufWriter::with_capacity(1 << 16, file);
        output.writer = Some(match form {
            "csv" => {
                let mut writer = csv::Writer::from_writer(file);
                writer.write_record(&output.columns).map_err(|error| Error::file(path, error))?;
                Writer::Csv(Box::new(writer))
            }
            "jsonl" => Writer::Jsonl(file),
            _ => {
                Writer::Parquet(Box::new(Rows::new(file, columns).map_err(|error| Error::file(path, error))?))
            }
        });
        Ok(output)
    }

    /// Appends a row.
    ///
    /// # Errors
    /// Where it cannot be written: nothing of the table then stays.
    pub fn row(&mut self, row: &[Datum<'_>]) -> Result<(), Error> {
        let columns = &self.columns;
        let written = match self.writer.as_mut() {
            None => Ok(()),
            Some(Writer::Csv(writer)) => {
                let cells = row.iter().map(|datum| datum.plain());
                writer.write_record(cells).map_err(|error| error.to_string())
            }
            Some(Writer::Jsonl(writer)) => {
                let object: serde_json::Map<_, _> =
                    columns.iter().cloned().zip(row.iter().map(|datum| datum.json())).collect();
                let line = serde_json::Value::Object(object);
                writeln!(writer, "{line}").map_err(|error| error.to_string())
            }
            Some(Writer::Parquet(rows)) => rows.push(row),
        };
        self.rows += 1;
        written.map_err(|error| Error::file(&self.path, error))
    }

    /// Makes it durable and puts it in its place. Returns how many rows it has.
    ///
    /// # Errors
    /// Where it cannot be written: what stood there before then stays.
    pub fn finish(mut self) -> Result<u64, Error> {
        let finished = match self.writer.take() {
            None => Ok(()),
            Some(Writer::Csv(writer)) => {
                writer.into_inner().map_err(|error| error.error().to_string()).and_then(synced)
            }
            Some(Writer::Jsonl(writer)) => synced(writer),
            Some(Writer::Parquet(rows)) => rows.finish().and_then(synced),
        };
        let placed =
            finished.and_then(|()| fs::rename(&self.aside, &self.path).map_err(|error| error.to_string()));
        placed.map_err(|error| Error::file(&self.path, error))?;
        Ok(self.rows)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.writer = None;
        // Once it is in its place there is nothing aside.
        let _ = fs::remove_file(&self.aside);
    }
}

/// The form that the end of a file's name says.
///
/// # Errors
/// Where it says none.
pub fn form(path: &Path) -> Result<&'static str, Error> {
    let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    FORMS.into_iter().find(|form| *form == end).ok_or_else(|| {
        Error::file(path, "its name must end in .parquet, .csv or .jsonl, which says how it is written")
    })
}

fn synced(mut writer: BufWriter<File>) -> Result<(), String> {
    let flushed = writer.flush().and_then(|()| writer.get_ref().sync_all());
    flushed.map_err(|error| error.to_string())
}

impl Datum<'_> {
    fn plain(self) -> String {
        match self {
            Datum::Text(text) => text.to_owned(),
            Datum::Texts(texts) => texts.join("|"),
            Datum::Whole(number) => number.to_string(),
            Datum::Number(number) if number.is_finite() => number.to_string(),
            Datum::Real(number) if number.is_finite() => number.to_string(),
            Datum::Number(_) | Datum::Real(_) => String::new(),
        }
    }

    fn json(self) -> serde_json::Value {
        match self {
            Datum::Text("") => serde_json::Value::Null,
            Datum::Text(text) => text.into(),
            Datum::Texts(texts) => serde_json::json!(texts),
            Datum::Whole(number) => number.into(),
            Datum::Number(number) => number.into(),
            Datum::Real(number) => number.into(),
        }
    }
}

impl Rows {
    fn new(file: BufWriter<File>, columns: &[(&str, Kind)]) -> Result<Rows, String> {
        let one = |(name, kind): &(&str, Kind)| match kind {
            Kind::Text => (Field::new(*name, DataType::Utf8, true), Builder::Text(StringBuilder::new())),
            Kind::Texts => {
                let item = Arc::new(Field::new("item", DataType::Utf8, true));
                let builder = ListBuilder::new(StringBuilder::new());
                (Field::new(*name, DataType::List(item), true), Builder::Texts(builder))
            }
            Kind::Whole => (Field::new(*name, DataType::Int64, false), Builder::Whole(Int64Builder::new())),
            Kind::Number => {
                (Field::new(*name, DataType::Float32, true), Builder::Number(Float32Builder::new()))
            }
            Kind::Real => (Field::new(*name, DataType::Float64, true), Builder::Real(Float64Builder::new())),
        };
        let (fields, builders): (Vec<Field>, Vec<Builder>) = columns.iter().map(one).unzip();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP))
            .set_created_by("rankine".to_owned())
            .build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
        let writer = writer.map_err(|error| error.to_string())?;
        Ok(Rows { writer, schema, builders, waiting: 0 })
    }

    fn push(&mut self, row: &[Datum<'_>]) -> Result<(), String> {
        for (builder, datum) in self.builders.iter_mut().zip(row) {
            match (builder, datum) {
                (Builder::Text(builder), Datum::Text("")) => builder.append_null(),
                (Builder::Text(builder), datum) => builder.append_value(datum.plain()),
                (Builder::Texts(builder), Datum::Texts(texts)) => {
                    texts.iter().for_each(|text| builder.values().append_value(text));
                    builder.append(true);
                }
                (Builder::Texts(builder), _) => builder.append(false),
                (Builder::Whole(builder), Datum::Whole(number)) => builder.append_value(*number),
                (Builder::Whole(builder), _) => builder.append_value(0),
                (Builder::Number(builder), Datum::Number(number)) if number.is_finite() => {
                    builder.append_value(*number);
                }
                (Builder::Number(builder), _) => builder.append_null(),
                (Builder::Real(builder), Datum::Real(number)) if number.is_finite() => {
                    builder.append_value(*number)
                }
                (Builder::Real(builder), _) => builder.append_null(),
            }
        }
        self.waiting += 1;
        if self.waiting == BATCH { self.encode() } else { Ok(()) }
    }

    fn encode(&mut self) -> Result<(), String> {
        let array = |builder: &mut Builder| -> ArrayRef {
            match builder {
                Builder::Text(builder) => Arc::new(builder.finish()),
                Builder::Texts(builder) => Arc::new(builder.finish()),
                Builder::Whole(builder) => Arc::new(builder.finish()),
                Builder::Number(builder) => Arc::new(builder.finish()),
                Builder::Real(builder) => Arc::new(builder.finish()),
            }
        };
        let arrays = self.builders.iter_mut().map(array).collect();
        self.waiting = 0;
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| error.to_string())?;
        self.writer.write(&batch).map_err(|error| error.to_string())
    }

    fn finish(mut self) -> Result<BufWriter<File>, String> {
        if self.waiting > 0 {
            self.encode()?;
        }
        self.writer.into_inner().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path) -> Output {
        let columns =
            [("user", Kind::Text), ("tags", Kind::Texts), ("rank", Kind::Whole), ("score", Kind::Number)];
        let mut output = Output::create(path, &columns).unwrap();
        let tags = ["a", "b"].map(Name::from);
        output.row(&[Datum::Text("u,1"), Datum::Texts(&tags), Datum::Whole(1), Datum::Number(0.5)]).unwrap();
        output.row(&[Datum::Text(""), Datum::Texts(&[]), Datum::Whole(2), Datum::Number(f32::NAN)]).unwrap();
        output
    }

    #[test]
    fn each_form_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for form in FORMS {
            assert_eq!(write(&at(&format!("top.{form}"))).finish().unwrap(), 2);
        }
        let text = |name: &str| fs::read_to_string(at(name)).unwrap();
        assert_eq!(text("top.csv"), "user,tags,rank,score\n\"u,1\",a|b,1,0.5\n,,2,\n");
        let lines = text("top.jsonl");
        assert_eq!(lines.lines().next().unwrap(), r#"{"rank":1,"score":0.5,"tags":["a","b"],"user":"u,1"}"#);
        assert!(lines.contains(r#""score":null"#), "{lines}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left aside");
    }

    #[test]
    fn what_is_not_finished_was_never_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("top.csv");
        fs::write(&path, "before").unwrap();
        drop(write(&path));
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(Output::create(&folder.path().join("top.xlsx"), &[]).is_err());
    }
}
