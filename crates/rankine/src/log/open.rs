//! Opening files: plain or compressed text, and tables in any form.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use rankine_design::{Encoding, FileFormat};

use super::table_documents::{Documents, Marks};
use super::table_json::Json;
use super::table_parquet::Parquet;
use super::table_rows::RowSource;
use super::table_text::{Csv, Jsonl};
use super::table_voc::Voc;
use super::table_words::{Edges, Sessions, Svmlight};
use super::table_yolo::Yolo;
use super::text_lines::TextLines;
use crate::problem::Table;

/// How a table's file is written.
pub(crate) struct Form<'a> {
    pub(crate) format: FileFormat,
    pub(crate) separator: char,
    pub(crate) header: bool,
    pub(crate) encoding: Encoding,
    /// Names of the columns of a text; empty where its first line names them.
    pub(crate) columns: &'a [String],
    /// Names of the classes of boxes, in the order of their numbers.
    pub(crate) classes: &'a [String],
    /// The highest number of a feature; 0 where they are no columns.
    pub(crate) width: usize,
    /// The file that says how many rows each query has.
    pub(crate) queries: Option<&'a str>,
    /// Whether each edge is a row in both directions.
    pub(crate) both: bool,
    /// What the file is called in its mapping.
    pub(crate) name: &'a str,
    /// Columns that are read, where it costs something to read others.
    pub(crate) wanted: &'a dyn Fn(&str) -> bool,
}

impl<'a> Form<'a> {
    /// A file without a mapping: what it holds, it says itself.
    pub(crate) fn plain(format: FileFormat, separator: char, columns: &'a [String]) -> Form<'a> {
        Form {
            format,
            separator,
            header: true,
            encoding: Encoding::Utf8,
            columns,
            classes: &[],
            width: 0,
            queries: None,
            both: false,
            name: "",
            wanted: &|_| true,
        }
    }

    /// As a mapping says.
    pub(crate) fn of(table: &'a Table, wanted: &'a dyn Fn(&str) -> bool) -> Form<'a> {
        Form {
            format: table.format,
            separator: table.separator,
            header: table.header,
            encoding: table.encoding,
            columns: &table.columns,
            classes: &table.classes,
            width: table.width,
            queries: table.queries.as_deref(),
            both: table.both,
            name: &table.file,
            wanted,
        }
    }
}

/// The rows of a table's file.
///
/// # Errors
/// A sentence, where it cannot be read as what it is said to be.
pub(crate) fn open_table(path: &Path, form: &Form<'_>) -> Result<Box<dyn RowSource>, String> {
    let lines = || open_text(path).map(|text| TextLines::new(text, form.encoding));
    let (separator, columns) = (form.separator, form.columns);
    Ok(match form.format {
        FileFormat::Parquet => Box::new(Parquet::open(path, form.wanted)?),
        FileFormat::Yolo => Box::new(Yolo::open(path, form.name, form.classes)?),
        FileFormat::Voc => Box::new(Voc::open(path, form.name)?),
        FileFormat::Jsonl => Box::new(Jsonl::open(open_text(path)?)),
        FileFormat::Json => Box::new(Json::open(open_text(path)?)?),
        FileFormat::Csv => {
            Box::new(Csv::open(open_text(path)?, separator, form.header, form.encoding, columns)?)
        }
        FileFormat::Sessions => Box::new(Sessions::open(lines()?, separator, columns)),
        FileFormat::Edges => Box::new(Edges::open(lines()?, separator, form.header, columns, form.both)),
        FileFormat::Svmlight => Box::new(Svmlight::open(lines()?, form.width, queries(path, form)?)),
        FileFormat::Trec => Box::new(Documents::open(lines()?, Marks::Tags)),
        FileFormat::Cranfield => Box::new(Documents::open(lines()?, Marks::Sections)),
    })
}

/// The file beside a table's that says how many rows each query has.
fn queries(path: &Path, form: &Form<'_>) -> Result<Option<TextLines<Box<dyn BufRead>>>, String> {
    let Some(name) = form.queries else { return Ok(None) };
    // A mapping's names start at the folder of the data, as the table's own does.
    let up = Path::new(form.name).components().count();
    let folder = path.ancestors().nth(up).unwrap_or(Path::new(""));
    let found = files_of(folder, name);
    let [file] = found.as_slice() else {
        return Err(format!("its `queries` are not there: {}", folder.join(name).display()));
    };
    let text = open_text(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(Some(TextLines::new(text, Encoding::Utf8)))
}

/// The names in a folder that are wanted, in order; a sentence where it cannot be read or holds none.
pub(super) fn names_in(
    folder: &Path,
    wanted: impl Fn(&str) -> bool,
    what: &str,
) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| wanted(name)).collect();
    names.sort();
    if names.is_empty() { Err(format!("there is no {what} in this folder")) } else { Ok(names) }
}

/// The files in a folder that a mapping calls so, in the order of their names: itself, plain, `.gz` or `.zst`, or
/// all that `*` and `?` in its name stand for. A folder of pictures is one.
pub fn files_of(folder: &Path, name: &str) -> Vec<PathBuf> {
    let plain = folder.join(name);
    if !name.contains(['*', '?']) {
        let there = |path: &PathBuf| path.is_file() || path.is_dir();
        return forms(&plain.to_string_lossy()).into_iter().find(there).into_iter().collect();
    }
    let pattern = plain.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let entries = std::fs::read_dir(plain.parent().unwrap_or(folder)).into_iter().flatten().flatten();
    let fits = |path: &PathBuf| {
        let own = path.file_name().unwrap_or_default().to_string_lossy();
        // A link to nothing is a file that cannot be read, not one that is not there.
        let file = path.is_file() || path.is_symlink() && !path.exists();
        file && (matches(&pattern, &own) || matches(&pattern, rankine_design::bare(&own)))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(fits).collect();
    files.sort();
    // Compressed beside plain is the same part once more.
    let stem = |path: &PathBuf| rankine_design::bare(&path.to_string_lossy()).to_owned();
    files.dedup_by(|later, earlier| stem(&*later) == stem(&*earlier));
    files
}

/// A file and its compressed forms.
pub(crate) fn forms(plain: &str) -> [PathBuf; 3] {
    ["", ".gz", ".zst"].map(|end| format!("{plain}{end}").into())
}

/// Whether a name is one that the pattern stands for: `*` for any letters, `?` for one.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // After a `*`, where to go on when what follows it does not fit.
    let (mut at, mut read, mut back) = (0, 0, None);
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                back = Some((at + 1, read));
                at += 1;
            }
            Some(sign) if *sign == '?' || *sign == name[read] => (at, read) = (at + 1, read + 1),
            _ => match back {
                Some((after, from)) => {
                    (at, read) = (after, from + 1);
                    back = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|sign| *sign == '*')
}

/// The bytes of a text, decompressed where they are compressed, without the mark that some programs write first.
///
/// # Errors
/// A sentence, where it cannot be read or is no text that we know.
pub(crate) fn open_text(path: &Path) -> Result<Box<dyn BufRead + Send>, String> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(said)?);
    let first = file.fill_buf().map_err(said)?;
    let gzip = first.starts_with(b"\x1f\x8b");
    // Programs that compress in parallel may begin with a frame to be skipped (RFC 8878, 3.1.2).
    let skipped = matches!(first, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
    let zstd = skipped || first.starts_with(b"\x28\xb5\x2f\xfd");
    file.seek(SeekFrom::Start(0)).map_err(said)?;
    let mut input: Box<dyn BufRead + Send> = if gzip {
        Box::new(BufReader::with_capacity(1 << 16, Gzip { member: Some(GzDecoder::new(file)) }))
    } else if zstd {
        Box::new(BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(file).map_err(said)?))
    } else {
        Box::new(file)
    };
    let first = input.fill_buf().map_err(said)?;
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return Err("it is written in UTF-16; save it as UTF-8".to_owned());
    }
    if first.starts_with(b"PAR1") {
        return Err("it is a Parquet file; is `format = \"parquet\"` missing?".to_owned());
    }
    if first.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(input)
}

/// Compressed parts one after another (RFC 1952, 2.2), and zeros behind them, as they fill up the last block on a tape.
struct Gzip<R> {
    /// The part that is being read; none behind the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            if let Some(mut rest) = self.member.take().map(GzDecoder::into_inner) {
                self.member = behind(&mut rest)?.then(|| GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

/// Whether another compressed part stands behind one, and zeros.
fn behind(rest: &mut impl BufRead) -> io::Result<bool> {
    while rest.fill_buf()?.first() == Some(&0) {
        rest.consume(1);
    }
    match rest.fill_buf()?.first() {
        None => Ok(false),
        Some(0x1f) => Ok(true),
        Some(_) => {
            let what = "what stands behind the compressed data is something else";
            Err(io::Error::new(ErrorKind::InvalidData, what))
        }
    }
}

/// An error of reading, in words that say what may have happened to the file.
pub(crate) fn said(error: io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => {
            "its compressed data ends too early: the file is cut off, or still being written".to_owned()
        }
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::Other => {
            format!("it cannot be decompressed: {error}; is it damaged?")
        }
        _ => error.to_string(),
    }
}

/// Rows of a CSV text in UTF-8 without names of columns.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn csv<R: BufRead>(text: R, separator: char) -> Result<Csv<R>, String> {
    Csv::open(text, separator, false, Encoding::Utf8, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_names() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("part-*.csv", "part-1.csv", true),
            ("part-*.csv", "part-1.csv.gz", false),
            ("part-?.csv", "part-10.csv", false),
            ("*-*.c*v", "a-b-c.csv", true),
            ("a*b*c", "aXbXbY", false),
            ("ü?", "üß", true),
            ("", "a", false),
            (&"a*".repeat(30), &"a".repeat(60), true),
            (&format!("{}b", "a*".repeat(30)), &"a".repeat(60), false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_name_finds_its_files_in_order_and_each_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        for name in
            ["in/p-2.csv.zst", "in/p-1.csv", "in/p-1.csv.gz", "in/p-10.csv.gz", "in/q.csv", "a.csv.gz"]
        {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |name: &str| -> Vec<String> {
            let files = files_of(folder.path(), name).into_iter();
            files.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names("in/p-*.csv"), ["p-1.csv", "p-10.csv.gz", "p-2.csv.zst"]);
        assert_eq!(names("a.csv"), ["a.csv.gz"]);
        assert_eq!(names("in"), ["in"]);
        assert!(names("b.csv").is_empty() && names("x/*.csv").is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_not_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("p-1.csv"), "a").unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("p-2.csv")).unwrap();
        let files = files_of(folder.path(), "p-*.csv");
        assert_eq!(files.len(), 2);
        assert!(open_text(&files[1]).is_err());
    }

    #[test]
    fn parts_of_gzip_follow_one_another_with_zeros_behind_them() {
        use std::io::Write;

        let part = |text: &str| {
            let mut made = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            made.write_all(text.as_bytes()).unwrap();
            made.finish().unwrap()
        };
        let read = |bytes: Vec<u8>| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.csv.gz");
            std::fs::write(&path, bytes).unwrap();
            let mut text = String::new();
            let read = open_text(&path).and_then(|mut input| input.read_to_string(&mut text).map_err(said));
            read.map(|_| text)
        };
        let (one, two, zeros) = (part("who,what\n"), part("a,b\n"), vec![0; 100_000]);
        assert_eq!(read([&one[..], &two].concat()).unwrap(), "who,what\na,b\n");
        assert_eq!(read([&one[..], &zeros, &two, &zeros].concat()).unwrap(), "who,what\na,b\n");
        assert!(read([&one[..], b"\0,b\n"].concat()).unwrap_err().contains("something else"));
        assert!(read(one[..one.len() - 3].to_vec()).unwrap_err().contains("cut off"));
        assert!(read([&one[..], &two[..7]].concat()).unwrap_err().contains("cut off"));
    }

    #[test]
    fn a_frame_to_be_skipped_may_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv.zst");
        let skipped: &[u8] = &[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7];
        let bytes = [skipped, &zstd::encode_all(&b"who,what\n"[..], 0).unwrap()].concat();
        std::fs::write(&path, bytes).unwrap();
        let mut text = String::new();
        Read::read_to_string(&mut open_text(&path).unwrap(), &mut text).unwrap();
        assert_eq!(text, "who,what\n");
    }
}
