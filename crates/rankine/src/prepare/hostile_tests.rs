//! Hostile input: whatever the bytes, every reader ends with lines, reasons or a sentence; never with a panic, and
//! nothing is lost on the way.

#[path = "hostile_forms.rs"]
mod forms;

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use rankine_design::{FileFormat, Source};
use rankine_learn::Picture;

use self::forms::{BESIDE, DESIGN, Sample, VIEWS, table, texts};
use super::{Pending, lines};
use crate::clarify::clarify;
use crate::error::Error;
use crate::log::{Dictionary, Form, Intake, Row, open_table, parse_line, written};
use crate::output::{Datum, Kind, Output};
use crate::pictures;
use crate::problem::Problem;
use crate::progress::Silent;

fn samples() -> Vec<Sample> {
    let mut all = texts();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("t.parquet");
    let columns = [("who", Kind::Text), ("what", Kind::Text), ("at", Kind::Whole), ("seconds", Kind::Real)];
    let mut output = Output::create(&place, &columns).unwrap();
    for at in 0..3 {
        let row =
            [Datum::Text("u1"), Datum::Text("é"), Datum::Whole(1_767_225_600_000 + at), Datum::Real(0.5)];
        output.row(&row).unwrap();
    }
    output.finish().unwrap();
    let bytes = std::fs::read(&place).unwrap();
    all.push(Sample {
        file: "t.parquet",
        mapping: table("t.parquet", VIEWS),
        bytes,
        rows: 3,
        by_line: false,
        long: None,
    });
    all
}

/// What is to be solved with a log in this form; in the native schema where there is no mapping.
pub(in crate::prepare) fn problem(mapping: &str) -> Problem {
    let sources = [Source::new("design.toml", DESIGN), Source::new("data/map.toml", mapping)];
    let clarified = clarify(&sources[..if mapping.is_empty() { 1 } else { 2 }]);
    let told = rankine_design::render(&clarified.findings, &sources, false, 100);
    clarified.problem.unwrap_or_else(|| panic!("{mapping}: {told}"))
}

/// A reader with a place for its file.
struct Reader {
    sample: Sample,
    problem: Problem,
    folder: tempfile::TempDir,
}

fn readers() -> Vec<Reader> {
    let made = |sample: Sample| {
        let problem = problem(&sample.mapping);
        let folder = tempfile::tempdir().unwrap();
        if sample.mapping.contains(BESIDE.0) {
            std::fs::write(folder.path().join(BESIDE.0), BESIDE.1).unwrap();
        }
        Reader { problem, folder, sample }
    };
    samples().into_iter().map(made).collect()
}

impl Reader {
    /// What becomes of these bytes; all that must hold whatever they are is checked here.
    fn read(&self, bytes: &[u8], end: &str) -> Result<Vec<Pending>, String> {
        let path = self.folder.path().join(format!("{}{end}", self.sample.file));
        std::fs::write(&path, bytes).unwrap();
        let read = lines(&self.problem, self.folder.path(), &Silent);
        std::fs::remove_file(&path).unwrap();
        let pending = match read {
            Ok((pending, _)) => {
                let own = |pending: &Pending| pending.file.starts_with(self.sample.file);
                pending.into_iter().filter(own).collect::<Vec<_>>()
            }
            Err(Error::Data(why)) => {
                assert!(why.contains(self.sample.file) && why.len() > self.sample.file.len() + 20, "{why}");
                return Err(why);
            }
            Err(error) => panic!("{error}: not told as trouble with the data"),
        };
        let schema = &self.problem.schema;
        let mut intake = Intake::new(schema, Dictionary::new(schema));
        for one in &pending {
            match &one.read {
                Ok(line) => {
                    let again = written(line, schema, 0).to_string();
                    assert!(parse_line(&again, schema).is_ok(), "written as {again}");
                    let said_so =
                        || !end.is_empty() || bytes.windows(3).any(|part| part == "\u{fffd}".as_bytes());
                    assert!(
                        !again.contains('\u{fffd}') || said_so(),
                        "bytes that are no text are taken: {again}"
                    );
                    // A repeated id is refused, with a reason.
                    _ = intake.take(line.clone(), 0);
                }
                Err(reject) => assert!(!reject.code.is_empty() && reject.reason.len() > 5, "{reject:?}"),
            }
        }
        if self.sample.by_line && end.is_empty() {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let blank = |line: &&[u8]| String::from_utf8_lossy(line).trim().is_empty();
            let told = bytes.split(|byte| *byte == b'\n').filter(|line| !blank(line)).count();
            assert_eq!(
                pending.len(),
                told,
                "every line is taken or kept aside: {}",
                String::from_utf8_lossy(bytes)
            );
        }
        Ok(pending)
    }

    fn good(&self, bytes: &[u8], end: &str) -> Result<usize, String> {
        Ok(self.read(bytes, end)?.iter().filter(|pending| pending.read.is_ok()).count())
    }
}

#[test]
fn a_file_that_is_cut_anywhere_or_has_any_byte_changed_gets_an_answer() {
    for reader in readers() {
        let (whole, file) = (&reader.sample.bytes, reader.sample.file);
        let rows = reader.good(whole, "").unwrap();
        assert!(rows >= reader.sample.rows, "{file}: {rows}");
        for end in 0..whole.len() {
            if let Ok(taken) = reader.good(&whole[..end], "") {
                assert!(taken <= rows, "{file} cut at {end}: {taken} rows");
            }
        }
        for at in 0..whole.len() {
            for change in [0x01, 0x20, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= change;
                _ = reader.read(&bytes, "");
            }
        }
    }
}

#[test]
fn values_are_counted_within_each_other_whatever_their_texts_hold() {
    let schema = problem("").schema;
    let nested = |open: &str, close: &str, depth: usize| {
        let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        format!(
            "{{\"event\":\"view\",\"time\":1767225600000,\"user\":\"u\",\"item\":\"i\",\"more\":{value}}}"
        )
    };
    let forms = [("[", "]"), ("{\"a\":", "}"), ("[\"]\",", "]"), ("{\"}\\\"\":", "}"), ("[\"\\\\\",", "]")];
    for (open, close) in forms {
        assert!(parse_line(&nested(open, close, 100), &schema).is_ok(), "{open}");
        for depth in [200, 300_000] {
            let reject = parse_line(&nested(open, close, depth), &schema).unwrap_err();
            assert_eq!(reject.code, "not-json", "{open}, {depth} deep");
        }
    }
    // What stands in a text lies nowhere.
    assert!(parse_line(&nested("\"[[[[", "\"", 1), &schema).is_ok());
    let brackets = format!("\"{}", "[".repeat(1000));
    assert!(parse_line(&nested(&brackets, "\"", 1), &schema).is_ok());
}

#[test]
fn what_is_cut_or_damaged_in_compression_is_never_taken_for_the_whole() {
    let pack = |bytes: &[u8], form: &str| -> Vec<u8> {
        if form == ".zst" {
            return zstd::encode_all(bytes, 1).unwrap();
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    for reader in readers().iter().filter(|reader| reader.sample.file != "t.parquet") {
        let (rows, file) = (reader.good(&reader.sample.bytes, "").unwrap(), reader.sample.file);
        for form in [".gz", ".zst"] {
            let packed = pack(&reader.sample.bytes, form);
            assert_eq!(reader.good(&packed, form), Ok(rows), "{file}{form}");
            // So few bytes tell no compression; the rest is a file without a row, or a line that cannot be read.
            for end in 0..packed.len() {
                match reader.good(&packed[..end], form) {
                    Ok(taken) => assert!(taken == 0 && end < 4, "{file}{form} cut at {end}: {taken} rows"),
                    Err(why) => {
                        assert!(end < 4 || why.contains("cut off"), "{file}{form} cut at {end}: {why}")
                    }
                }
            }
            for at in 0..packed.len() {
                let mut bytes = packed.clone();
                bytes[at] ^= 0x40;
                let taken = reader.good(&bytes, form);
                // zstd of this kind bears no checksum, and what it says of its text is not proof against all damage.
                let sound = form == ".zst" || taken.as_ref().map_or(true, |taken| [0, rows].contains(taken));
                assert!(sound, "{file}{form}, byte {at}: {taken:?}");
            }
        }
    }
}

#[test]
fn a_row_beyond_the_bound_is_kept_aside_and_the_next_one_is_read() {
    for reader in readers() {
        let Some((head, tail)) = reader.sample.long else { continue };
        let (whole, file) = (&reader.sample.bytes, reader.sample.file);
        let filling = "x".repeat(17 << 20);
        // The long one comes first; where a header or a note does, behind that.
        let first = whole.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let at = if matches!(file, "t.csv" | "t.tsv") { first } else { 0 };
        let bytes =
            [&whole[..at], head.as_bytes(), filling.as_bytes(), tail.as_bytes(), &whole[at..]].concat();
        let read = reader.read(&bytes, "").unwrap();
        let refused: Vec<&str> =
            read.iter().filter_map(|one| one.read.as_ref().err()).map(|one| one.code).collect();
        assert_eq!(refused, ["long-line"], "{file}");
        assert_eq!(read.len(), reader.read(whole, "").unwrap().len() + 1, "{file}");
        assert!(read.iter().all(|one| one.text.len() <= 4000), "{file}");
    }
}

/// What breaks readers.
const PIECES: [&[u8]; 44] = [
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"NaN",
    b"nan",
    b"inf",
    b"-inf",
    b"-1",
    b"1e999",
    b"-9223372036854775809",
    b"99999999999999999999",
    b"0x1",
    b"-5000000000000",
    b"2026-13-45T99:99:99Z",
    b"\"",
    b"\"\"",
    b"'",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b";",
    b"\t",
    b"|",
    b":",
    b"\\u0000",
    b"\\",
    b"null",
    b"true",
    b"<doc>",
    b"</doc>",
    b"</",
    b"<top ",
    b".I 1\n",
    b"qid:-1",
    b"3000000000:1",
    b"1:nan",
    b"who,who",
];

fn mutated(bytes: &[u8], changes: &[(Index, Index, Index, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (from, length, piece, change) in changes {
        let from = from.index(bytes.len() + 1);
        let to = (from + length.index(40)).min(bytes.len());
        match change % 4 {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(from..from, PIECES[piece.index(PIECES.len())].iter().copied())),
            2 => drop(bytes.splice(from..to, PIECES[piece.index(PIECES.len())].iter().copied())),
            _ => {
                let twice = bytes[from..to].to_vec();
                bytes.splice(to..to, twice);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_bytes_every_reader_gives_an_answer(
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>(), any::<u8>()), 1..8),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        thread_local!(static READERS: Vec<Reader> = readers());
        READERS.with(|readers| {
            for reader in readers {
                _ = reader.read(&mutated(&reader.sample.bytes, &changes), "");
                _ = reader.read(&noise, "");
                _ = reader.read(&noise, ".gz");
            }
        });
    }
}

const VOC: &str = "<?xml version=\"1.0\"?>\n<annotation><filename>1.png</filename><object><name>plate</name><truncated>1</truncated>\
    <bndbox><xmin>1</xmin><ymin>2</ymin><xmax>5</xmax><ymax>6</ymax></bndbox></object></annotation>";
const YOLO: &str = "0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.2\n";

/// A folder of one picture with its boxes in both forms.
fn boxes(folder: &Path, voc: &[u8], yolo: &[u8], picture: &[u8]) {
    for name in ["Annotations", "images", "labels"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("Annotations/1.xml"), voc).unwrap();
    std::fs::write(folder.join("labels/1.txt"), yolo).unwrap();
    std::fs::write(folder.join("images/1.png"), picture).unwrap();
}

/// The row of a folder's only picture: why it cannot be taken, or its boxes.
fn only_row(folder: &Path, format: FileFormat) -> Result<String, String> {
    let classes = ["plate", "face"].map(str::to_owned);
    let name = if format == FileFormat::Voc { "Annotations" } else { "images" };
    let form = Form { classes: &classes, name, ..Form::plain(format, ',', &[]) };
    let mut source = open_table(&folder.join(name), &form).unwrap();
    let mut row = Row::default();
    assert!(source.next(&mut row).unwrap());
    let boxes = row.cells.last().map(|cell| cell.shown()).unwrap_or_default();
    assert!(!source.next(&mut Row::default()).unwrap());
    row.trouble.take().map_or(Ok(boxes), |reject| Err(reject.reason))
}

#[test]
fn boxes_that_are_cut_changed_or_too_long_are_kept_aside_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let png = pictures::png(&Picture { width: 8, height: 8, pixels: vec![90; 8 * 8 * 3] }).unwrap();
    let both = |voc: &[u8], yolo: &[u8], png: &[u8]| {
        boxes(folder.path(), voc, yolo, png);
        [FileFormat::Voc, FileFormat::Yolo].map(|format| only_row(folder.path(), format))
    };
    let whole = both(VOC.as_bytes(), YOLO.as_bytes(), &png);
    assert!(whole.iter().all(|read| read.as_ref().is_ok_and(|boxes| boxes.contains("plate"))), "{whole:?}");
    for end in 0..VOC.len().max(YOLO.len()).max(png.len()) {
        let [voc, yolo, png] =
            [VOC.as_bytes(), YOLO.as_bytes(), &png].map(|bytes| &bytes[..end.min(bytes.len())]);
        let [of_voc, _] = both(voc, yolo, png);
        // An empty text is one without a tag that is open.
        assert!(of_voc.is_err() || end == VOC.len() || end < 23, "cut at {end}: {of_voc:?}");
    }
    for at in 0..VOC.len() {
        for change in [0x01, 0x20, 0x80] {
            let [mut voc, mut yolo, mut png] =
                [VOC.as_bytes().to_vec(), YOLO.as_bytes().to_vec(), png.clone()];
            for bytes in [&mut voc, &mut yolo, &mut png] {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= change;
                }
            }
            _ = both(&voc, &yolo, &png);
        }
    }
    let long = " ".repeat(17 << 20);
    for read in both((VOC.to_owned() + &long).as_bytes(), (YOLO.to_owned() + &long).as_bytes(), &png) {
        assert!(read.as_ref().is_err_and(|why| why.contains("longer than 16 MiB")), "{read:?}");
    }
    // Below the bound a long file is one like others.
    let long = " ".repeat(2 << 20);
    assert_eq!(both((VOC.to_owned() + &long).as_bytes(), (YOLO.to_owned() + &long).as_bytes(), &png), whole);
    for (yolo, why) in [
        ("0 nan 0.5 1 1", ""),
        ("9 0 0 1 1", "no class 9"),
        ("0 inf 0 1 1", ""),
        ("-1 0 0 1 1", "no class -1"),
    ] {
        if let [_, Err(said)] = both(VOC.as_bytes(), yolo.as_bytes(), &png) {
            assert!(said.contains(why), "{said}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_design_and_its_mapping_say_clarify_gives_findings(
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>(), any::<u8>()), 1..6),
        which in any::<Index>(),
    ) {
        let samples = samples();
        let mapping = &samples[which.index(samples.len())].mapping;
        let text = |text: &str| String::from_utf8_lossy(&mutated(text.as_bytes(), &changes)).into_owned();
        for sources in [
            [Source::new("design.toml", text(DESIGN)), Source::new("map.toml", mapping.clone())],
            [Source::new("design.toml", DESIGN), Source::new("map.toml", text(mapping))],
        ] {
            let clarified = clarify(&sources);
            // Either there is a problem to solve, or somebody is told why not.
            prop_assert!(clarified.problem.is_some() || !clarified.findings.is_empty());
            rankine_design::render(&clarified.findings, &sources, false, 80);
        }
    }
}
