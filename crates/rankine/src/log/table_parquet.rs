//! Tables in Parquet: row groups one after another, cells as a text file would have them.

use std::cell::Cell;
use std::fmt::Write;
use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Once;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Fields, TimeUnit};
use jiff::{SignedDuration, Timestamp};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use super::line::Reject;
use super::table_rows::{Entry, Row, RowSource};

/// Rows that are decoded at a time.
const BATCH: usize = 1024;

/// A file whose rows are read in order.
pub(crate) struct Parquet {
    reader: ParquetRecordBatchReader,
    columns: Vec<String>,
    /// All that there are.
    known: Vec<String>,
    /// For each column the way to it: fields of a struct are columns of their own.
    paths: Vec<Vec<usize>>,
    batch: Option<RecordBatch>,
    next: usize,
    number: u64,
}

impl Parquet {
    /// Reads the columns that are `wanted`, and those alone.
    ///
    /// # Errors
    /// Where it is no Parquet file.
    pub(crate) fn open(path: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Parquet, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        // Types of the program that wrote the file, such as dictionaries, say no more than its columns.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new_with_options(file, options))?;
        let roots: Vec<usize> = builder
            .schema()
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| {
                let (mut names, mut paths) = (Vec::new(), Vec::new());
                leaves(&Fields::from(vec![(*field).clone()]), "", &[], &mut names, &mut paths);
                names.iter().any(|name| wanted(name))
            })
            .map(|(at, _)| at)
            .collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots.iter().copied());
        let (mut known, mut columns, mut paths) = (Vec::new(), Vec::new(), Vec::new());
        leaves(builder.schema().fields(), "", &[], &mut known, &mut Vec::new());
        let read: Vec<_> = roots.iter().map(|&at| builder.schema().fields()[at].clone()).collect();
        leaves(&Fields::from(read), "", &[], &mut columns, &mut paths);
        let reader = guarded(|| builder.with_batch_size(BATCH).with_projection(mask).build())?;
        Ok(Parquet { reader, columns, known, paths, batch: None, next: 0, number: 0 })
    }

    /// How many rows a file says it has.
    ///
    /// # Errors
    /// Where it is no Parquet file.
    pub(crate) fn rows_of(path: &Path) -> Result<u64, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file))?;
        Ok(u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default())
    }
}

thread_local! {
    /// Whether this thread decodes what may be damaged.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// What comes of decoding. The decoder trusts that the lengths in a file fit each other and panics where they do
/// not, which says no more than an error does: it is one here, and nothing is printed.
fn guarded<T, E: std::fmt::Display>(decode: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                before(panic);
            }
        }));
    });
    DECODING.set(true);
    // What was being decoded is not used again.
    let decoded = std::panic::catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(false);
    match decoded {
        Ok(Ok(decoded)) => Ok(decoded),
        Ok(Err(error)) => Err(format!("cannot be read as Parquet: {error}")),
        Err(_) => Err("cannot be read as Parquet: it is damaged".to_owned()),
    }
}

/// Names and paths of what holds values, in order.
fn leaves(
    fields: &Fields,
    before: &str,
    way: &[usize],
    names: &mut Vec<String>,
    paths: &mut Vec<Vec<usize>>,
) {
    for (at, field) in fields.iter().enumerate() {
        let name =
            if before.is_empty() { field.name().clone() } else { format!("{before}.{}", field.name()) };
        let way = [way, &[at]].concat();
        match field.data_type() {
            DataType::Struct(inner) => leaves(inner, &name, &way, names, paths),
            // What no text file would hold in one cell.
            DataType::Map(..) | DataType::Union(..) | DataType::Interval(_) | DataType::Duration(_) => {}
            _ => {
                names.push(name);
                paths.push(way);
            }
        }
    }
}

impl RowSource for Parquet {
    fn known(&self) -> Vec<String> {
        self.known.clone()
    }

    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        loop {
            if let Some(batch) = &self.batch
                && self.next < batch.num_rows()
            {
                self.number += 1;
                row.begin(self.number);
                row.cells.resize_with(self.columns.len(), Entry::default);
                for ((cell, path), name) in row.cells.iter_mut().zip(&self.paths).zip(&self.columns) {
                    if let Err(reason) = read(batch, path, self.next, cell) {
                        let reason = format!("the column `{name}` {reason}");
                        row.trouble.get_or_insert(Reject::new("wrong-type", name, reason));
                    }
                }
                self.next += 1;
                return Ok(true);
            }
            self.next = 0;
            let next = guarded(|| self.reader.next().transpose());
            self.batch = next.map_err(|error| format!("{error} (after {} rows)", self.number))?;
            if self.batch.is_none() {
                return Ok(false);
            }
        }
    }
}

fn read(batch: &RecordBatch, path: &[usize], row: usize, cell: &mut Entry) -> Result<(), &'static str> {
    let [root, inner @ ..] = path else { return Ok(()) };
    let mut array = batch.column(*root);
    for &at in inner {
        let Some(parent) = array.as_struct_opt() else { return Err("is not the struct that it says") };
        if parent.is_null(row) {
            *cell = Entry::default();
            return Ok(());
        }
        array = parent.column(at);
    }
    let list = match array.data_type() {
        DataType::List(_) => array.as_list_opt::<i32>().map(|list| (list.is_null(row), list.value(row))),
        DataType::LargeList(_) => array.as_list_opt::<i64>().map(|list| (list.is_null(row), list.value(row))),
        DataType::FixedSizeList(..) => {
            array.as_fixed_size_list_opt().map(|list| (list.is_null(row), list.value(row)))
        }
        _ => None,
    };
    if let Some((missing, values)) = list {
        let mut texts = Vec::with_capacity(values.len());
        for at in 0..if missing { 0 } else { values.len() } {
            let mut text = String::new();
            write(values.as_ref(), at, &mut text)?;
            texts.push(text.into());
        }
        *cell = Entry::List(texts);
        return Ok(());
    }
    let mut text = match std::mem::take(cell) {
        Entry::Text(text) => text,
        Entry::List(_) => String::new(),
    };
    text.clear();
    let written = write(array.as_ref(), row, &mut text);
    *cell = Entry::Text(text);
    written
}

/// Writes a value as text; nothing where there is none, nor for what is not a number.
fn write(array: &dyn Array, row: usize, text: &mut String) -> Result<(), &'static str> {
    if array.is_null(row) {
        return Ok(());
    }
    macro_rules! number {
        ($kind:ty) => {
            write!(text, "{}", array.as_primitive::<$kind>().value(row))
        };
    }
    macro_rules! float {
        ($kind:ty) => {{
            let value = array.as_primitive::<$kind>().value(row);
            if value.is_nan() { Ok(()) } else { write!(text, "{value}") }
        }};
    }
    macro_rules! decimal {
        ($kind:ty) => {{
            text.push_str(&array.as_primitive::<$kind>().value_as_string(row));
            Ok(())
        }};
    }
    macro_rules! moment {
        ($kind:ty, $to_nanos:expr) => {{
            let nanos = i128::from(array.as_primitive::<$kind>().value(row)) * $to_nanos;
            let moment = Timestamp::from_nanosecond(nanos).map_err(|_| "holds a time out of all years")?;
            write!(text, "{moment}")
        }};
    }
    macro_rules! clock {
        ($kind:ty, $to_nanos:expr) => {{
            let nanos = i64::from(array.as_primitive::<$kind>().value(row)).saturating_mul($to_nanos);
            let seconds = SignedDuration::from_nanos(nanos).as_secs();
            write!(text, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
        }};
    }
    const DAY: i128 = 86_400_000_000_000;
    let written = match array.data_type() {
        DataType::Null => Ok(()),
        DataType::Boolean => write!(text, "{}", array.as_boolean().value(row)),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float16 => float!(Float16Type),
        DataType::Float32 => float!(Float32Type),
        DataType::Float64 => float!(Float64Type),
        DataType::Decimal32(..) => decimal!(Decimal32Type),
        DataType::Decimal64(..) => decimal!(Decimal64Type),
        DataType::Decimal128(..) => decimal!(Decimal128Type),
        DataType::Decimal256(..) => decimal!(Decimal256Type),
        DataType::Utf8 => text.write_str(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => text.write_str(array.as_string::<i64>().value(row)),
        DataType::Utf8View => text.write_str(array.as_string_view().value(row)),
        DataType::Binary => return bytes(array.as_binary::<i32>().value(row), text),
        DataType::LargeBinary => return bytes(array.as_binary::<i64>().value(row), text),
        DataType::BinaryView => return bytes(array.as_binary_view().value(row), text),
        DataType::FixedSizeBinary(_) => {
            // Ids of 16 bytes and the like.
            array.as_fixed_size_binary().value(row).iter().try_for_each(|byte| write!(text, "{byte:02x}"))
        }
        DataType::Timestamp(TimeUnit::Second, _) => moment!(TimestampSecondType, 1_000_000_000),
        DataType::Timestamp(TimeUnit::Millisecond, _) => moment!(TimestampMillisecondType, 1_000_000),
        DataType::Timestamp(TimeUnit::Microsecond, _) => moment!(TimestampMicrosecondType, 1_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => moment!(TimestampNanosecondType, 1),
        DataType::Date32 => {
            let mut moment = String::new();
            let nanos = i128::from(array.as_primitive::<Date32Type>().value(row)) * DAY;
            let day = Timestamp::from_nanosecond(nanos).map_err(|_| "holds a date out of all years")?;
            write!(moment, "{day}").map_err(|_| "cannot be written")?;
            text.write_str(moment.split('T').next().unwrap_or_default())
        }
        DataType::Date64 => moment!(Date64Type, 1_000_000),
        DataType::Time32(TimeUnit::Millisecond) => clock!(Time32MillisecondType, 1_000_000),
        DataType::Time64(TimeUnit::Microsecond) => clock!(Time64MicrosecondType, 1_000),
        DataType::Time64(TimeUnit::Nanosecond) => clock!(Time64NanosecondType, 1),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let Some(&key) = dictionary.normalized_keys().get(row) else { return Ok(()) };
            return write(dictionary.values().as_ref(), key, text);
        }
        DataType::List(_) => return nested(array.as_list::<i32>().value(row).as_ref(), text),
        DataType::LargeList(_) => return nested(array.as_list::<i64>().value(row).as_ref(), text),
        _ => return Err("is of a type that is not read here"),
    };
    written.map_err(|_| "cannot be written")
}

fn bytes(bytes: &[u8], text: &mut String) -> Result<(), &'static str> {
    text.push_str(std::str::from_utf8(bytes).map_err(|_| "holds bytes that are not UTF-8")?);
    Ok(())
}

/// A list in a list.
fn nested(values: &dyn Array, text: &mut String) -> Result<(), &'static str> {
    for at in 0..values.len() {
        text.push_str(if at == 0 { "[" } else { ", " });
        write(values, at, text)?;
    }
    text.push(']');
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{Float32Builder, ListBuilder, StringBuilder, StringDictionaryBuilder};
    use arrow_array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
        StructArray, TimestampMicrosecondArray, TimestampNanosecondArray, UInt8Array,
    };
    use arrow_schema::Field;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;

    /// Two rows, the second one empty throughout.
    fn columns() -> Vec<(&'static str, ArrayRef)> {
        let mut words = StringDictionaryBuilder::<arrow_array::types::Int8Type>::new();
        words.append_value("phone");
        words.append_null();
        let mut tags = ListBuilder::new(StringBuilder::new());
        tags.append_value([Some("a"), Some("b c")]);
        tags.append(false);
        let mut numbers = ListBuilder::new(Float32Builder::new());
        numbers.append_value([Some(0.5), Some(2.0)]);
        numbers.append(false);
        let city = Arc::new(Field::new("city", DataType::Utf8, true));
        let cities: ArrayRef = Arc::new(arrow_array::StringArray::from(vec![Some("Graz"), None]));
        vec![
            ("truth", Arc::new(BooleanArray::from(vec![Some(true), None]))),
            ("small", Arc::new(UInt8Array::from(vec![Some(200), None]))),
            ("large", Arc::new(Int64Array::from(vec![Some(i64::MIN), None]))),
            ("real", Arc::new(Float64Array::from(vec![Some(0.1), Some(f64::NAN)]))),
            (
                "exact",
                Arc::new(
                    Decimal128Array::from(vec![Some(1250), None]).with_precision_and_scale(9, 2).unwrap(),
                ),
            ),
            ("word", Arc::new(words.finish())),
            ("bytes", Arc::new(BinaryArray::from(vec![Some(&b"x"[..]), None]))),
            ("micros", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_767_225_600_500_000), None]))),
            (
                "nanos",
                Arc::new(TimestampNanosecondArray::from(vec![Some(1), None]).with_timezone("Europe/Vienna")),
            ),
            ("day", Arc::new(Date32Array::from(vec![Some(20_454), None]))),
            ("tags", Arc::new(tags.finish())),
            ("numbers", Arc::new(numbers.finish())),
            ("shop", Arc::new(StructArray::from(vec![(city, cities)]))),
        ]
    }

    fn written(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("t.parquet");
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns().into_iter().map(|(n, a)| (n, a, true)))
                .unwrap();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(1)).build();
        let mut writer =
            ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path
    }

    fn rows(path: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<(Vec<String>, Vec<Vec<Entry>>), String> {
        let mut source = Parquet::open(path, wanted)?;
        let (mut row, mut rows) = (Row::default(), Vec::new());
        while source.next(&mut row)? {
            rows.push(row.cells.clone());
        }
        Ok((source.columns, rows))
    }

    #[test]
    fn cells_are_what_a_text_file_would_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let (columns, rows) = rows(&path, &|_| true).unwrap();
        let text = |text: &str| Entry::Text(text.to_owned());
        let list = |words: &[&str]| Entry::List(words.iter().map(|word| (*word).into()).collect());
        let expected = [
            ("truth", text("true")),
            ("small", text("200")),
            ("large", text("-9223372036854775808")),
            ("real", text("0.1")),
            ("exact", text("12.50")),
            ("word", text("phone")),
            ("bytes", text("x")),
            ("micros", text("2026-01-01T00:00:00.5Z")),
            ("nanos", text("1970-01-01T00:00:00.000000001Z")),
            ("day", text("2026-01-01")),
            ("tags", list(&["a", "b c"])),
            ("numbers", list(&["0.5", "2"])),
            ("shop.city", text("Graz")),
        ];
        assert_eq!(rows.len(), 2);
        for (at, (name, cell)) in expected.iter().enumerate() {
            assert_eq!((columns[at].as_str(), &rows[0][at]), (*name, cell));
            assert_eq!(rows[1][at].shown().trim_matches(['[', ']']), "", "{name}");
        }
        let (columns, rows) = self::rows(&path, &|name| name == "shop.city" || name == "day").unwrap();
        assert_eq!((columns.join(" "), rows[0].len()), ("day shop.city".to_owned(), 2));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        let whole = std::fs::read(written(folder.path())).unwrap();
        let path = folder.path().join("damaged.parquet");
        let (mut refused, step) = (0, whole.len() / 400 + 1);
        for at in (0..whole.len()).step_by(step) {
            for (cut, flip) in [(true, 0), (false, 0xff), (false, 0x01)] {
                let mut bytes = whole.clone();
                if cut {
                    bytes.truncate(at)
                } else {
                    bytes[at] ^= flip
                }
                std::fs::write(&path, &bytes).unwrap();
                let read = std::panic::catch_unwind(|| rows(&path, &|_| true).is_err());
                refused +=
                    usize::from(read.unwrap_or_else(|_| panic!("byte {at} of {}, {flip}", whole.len())));
            }
        }
        assert!(refused > 400, "{refused}");
    }
}
