//! A folder of pictures as a table: a row a picture, its boxes from a text of the same name in `labels` or beside it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::bounded::{LONGEST, longer};
use super::line::Reject;
use super::open::names_in;
use super::table_rows::{Entry, Row, RowSource};
use crate::pictures;

/// How far above 1 a share may lie that was rounded.
const SLACK: f64 = 0.01;

/// What programs that write such texts call the list of their classes, which lies among them.
const CLASSES: &str = "classes.txt";

/// The pictures of a folder, by name. Columns: `name`, `file` (relative to the data's folder), `boxes`.
///
/// A text has a line for each box: the number of its class, the middle, width and height in shares of the
/// picture's sides. It lies in a folder `labels` beside the pictures' own, or in `labels/train` where they lie in
/// `images/train`; where there is none, beside its picture. A picture without a text has no boxes; a text without a picture is a row that cannot be taken.
pub(crate) struct Yolo {
    columns: Vec<String>,
    folder: PathBuf,
    /// Where the texts lie.
    labels: PathBuf,
    names: Vec<String>,
    /// Texts that belong to no picture.
    strays: Vec<String>,
    /// The folder's name in the mapping.
    prefix: String,
    classes: Vec<String>,
    at: usize,
}

impl Yolo {
    /// Opens the folder of pictures.
    ///
    /// # Errors
    /// A sentence, where it cannot be read or holds no picture.
    pub(crate) fn open(folder: &Path, prefix: &str, classes: &[String]) -> Result<Yolo, String> {
        let names = names_in(folder, |name| pictures::is_picture(Path::new(name)), ".jpg, .jpeg or .png")?;
        let labels = labels_of(folder);
        let stems: BTreeSet<&OsStr> = names.iter().filter_map(|name| Path::new(name).file_stem()).collect();
        let stray = |name: &str| {
            let stem = name.strip_suffix(".txt").filter(|_| name != CLASSES);
            stem.is_some_and(|stem| !stems.contains(OsStr::new(stem)))
        };
        // A folder without any is one in which each text has its picture.
        let strays = names_in(&labels, stray, ".txt").unwrap_or_default();
        Ok(Yolo {
            columns: ["name", "file", "boxes"].map(str::to_owned).to_vec(),
            folder: folder.to_owned(),
            labels,
            names,
            strays,
            prefix: prefix.trim_end_matches('/').to_owned(),
            classes: classes.to_vec(),
            at: 0,
        })
    }

    /// The boxes of a picture as JSON.
    fn boxes(&self, name: &str) -> Result<String, Reject> {
        let picture = self.folder.join(name);
        let (width, height) = pictures::size(&picture)
            .map_err(|reason| Reject::new("bad-image", "file", format!("{name}: {reason}")))?;
        let text = self.labels.join(Path::new(name).with_extension("txt"));
        let unread = |reason: String| Reject::new("bad-boxes", "boxes", format!("{name}: {reason}"));
        let lines = match std::fs::metadata(&text) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unread(error.to_string())),
            Ok(found) if found.len() > LONGEST as u64 => {
                return Err(longer(&format!("the text of {name}")));
            }
            Ok(_) => std::fs::read_to_string(&text).map_err(|error| unread(error.to_string()))?,
        };
        let size = (f64::from(width), f64::from(height));
        let boxes: Result<Vec<serde_json::Value>, String> =
            lines.lines().filter(|line| !line.trim().is_empty()).map(|line| self.one(line, size)).collect();
        boxes.map(|boxes| serde_json::Value::from(boxes).to_string()).map_err(unread)
    }

    /// The row of the next text without a picture: what it says is told to be missing, not passed over.
    fn stray(&mut self, row: &mut Row) -> bool {
        let Some(name) = self.strays.get(self.at - self.names.len()) else { return false };
        self.at += 1;
        row.begin(self.at as u64);
        row.line.push_str(name);
        row.cells.clear();
        let reason = format!("{name}: there is no picture of this name in `{}`", self.prefix);
        row.trouble = Some(Reject::new("bad-image", "file", reason));
        true
    }

    fn one(&self, line: &str, (width, height): (f64, f64)) -> Result<serde_json::Value, String> {
        let numbers: Option<Vec<f64>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
        let Some([class, across, down, wide, tall]) = numbers.as_deref() else {
            return Err(format!("`{line}` is not a class and four numbers"));
        };
        if [*across, *down, *wide, *tall].iter().any(|share| !(0.0..=1.0 + SLACK).contains(share)) {
            return Err(format!(
                "`{line}`: a box is given in shares of the picture's sides, from 0 to 1; are these pixels?"
            ));
        }
        let name = self.classes.get(*class as usize).filter(|_| *class >= 0.0 && class.fract() == 0.0);
        let name = name.ok_or_else(|| {
            format!("there is no class {class}: `classes` of the mapping names {}", self.classes.len())
        })?;
        Ok(serde_json::json!({
            "class": name,
            "x": (across - wide / 2.0) * width,
            "y": (down - tall / 2.0) * height,
            "w": wide * width,
            "h": tall * height,
        }))
    }
}

/// Where the texts of a folder of pictures lie: in `labels` beside it, where its name has `images` in place of `labels`
/// (`images/train`, `labels/train`), or with the pictures.
fn labels_of(folder: &Path) -> PathBuf {
    let beside = folder.parent().unwrap_or(Path::new("")).join("labels");
    let part = folder.file_name().unwrap_or_default();
    let of_part =
        folder.parent().filter(|above| above.ends_with("images")).map(|above| above.with_file_name("labels"));
    let of_part = of_part.map(|labels| labels.join(part));
    let holds = |labels: &PathBuf| names_in(labels, |name| name.ends_with(".txt"), ".txt").is_ok();
    std::iter::once(beside).chain(of_part).find(holds).unwrap_or_else(|| folder.to_owned())
}

impl RowSource for Yolo {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        let Some(name) = self.names.get(self.at).cloned() else { return Ok(self.stray(row)) };
        self.at += 1;
        row.begin(self.at as u64);
        let boxes = match self.boxes(&name) {
            Ok(boxes) => boxes,
            Err(reject) => {
                row.trouble = Some(reject);
                String::new()
            }
        };
        let file = format!("{}/{name}", self.prefix);
        row.cells = vec![Entry::Text(file.clone()), Entry::Text(file), Entry::Text(boxes)];
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_given_in_shares() {
        let yolo = Yolo {
            columns: Vec::new(),
            folder: PathBuf::new(),
            labels: PathBuf::new(),
            names: Vec::new(),
            strays: Vec::new(),
            prefix: String::new(),
            classes: vec!["face".to_owned()],
            at: 0,
        };
        let one = |line: &str| yolo.one(line, (64.0, 32.0));
        assert_eq!(one("0 0.5 0.5 0.25 0.5").unwrap()["x"], 24.0);
        assert!(one("0 0.5 0.5 1.000001 1").is_ok());
        assert!(one("0 50 50 10 10").unwrap_err().contains("pixels"));
        for line in
            ["0 1.5 0.5 0.1 0.1", "0 0.5 -0.1 0.1 0.1", "0 0.5 0.5 NaN 0.1", "1 0.5 0.5 0.1 0.1", "0 0.5"]
        {
            assert!(one(line).is_err(), "{line}");
        }
    }

    /// The rows of `set/images`, where these files lie in `set`: what each is called, with its classes or why it cannot
    /// be taken.
    fn rows(files: &[(&str, &str)]) -> Vec<String> {
        rows_of("set/images", files)
    }

    fn rows_of(images: &str, files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let picture = pictures::png(&rankine_learn::Picture::of(8, 8, [9, 9, 9])).unwrap();
        for (name, text) in files {
            let path = folder.path().join("set").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let bytes = if pictures::is_picture(&path) { &picture } else { text.as_bytes() };
            std::fs::write(path, bytes).unwrap();
        }
        let classes = ["face".to_owned()];
        let mut source = Yolo::open(&folder.path().join(images), images, &classes).unwrap();
        let (mut row, mut rows) = (Row::default(), Vec::new());
        while source.next(&mut row).unwrap() {
            let number = row.number;
            rows.push(match &row.trouble {
                Some(reject) => format!("{number} {}: {}", reject.code, reject.reason),
                None => {
                    let boxes = row.cells[2].shown().matches("face").count();
                    format!("{number} {}: {boxes}", row.cells[1].shown())
                }
            });
        }
        rows
    }

    #[test]
    fn texts_lie_in_their_folder_or_else_beside_the_pictures() {
        let line = "0 0.5 0.5 0.5 0.5\n";
        let beside = rows(&[("images/1.jpg", ""), ("images/1.txt", line), ("images/2.png", "")]);
        assert_eq!(beside, ["1 set/images/1.jpg: 1", "2 set/images/2.png: 0"]);
        let both = rows(&[("images/1.png", ""), ("images/1.txt", line), ("labels/1.txt", "")]);
        assert_eq!(both, ["1 set/images/1.png: 0"]);
        let empty = rows(&[("images/1.png", ""), ("images/1.txt", line), ("labels/x.cache", "")]);
        assert_eq!(empty, ["1 set/images/1.png: 1"]);
        let part = rows_of("set/images/train", &[("images/train/1.png", ""), ("labels/train/1.txt", line)]);
        assert_eq!(part, ["1 set/images/train/1.png: 1"]);
    }

    #[test]
    fn a_text_without_a_picture_is_told() {
        let line = "0 0.5 0.5 0.5 0.5\n";
        for texts in ["images", "labels"] {
            let [own, other, classes] = ["1.txt", "2.b.txt", CLASSES].map(|name| format!("{texts}/{name}"));
            let read = rows(&[("images/1.png", ""), (&own, line), (&other, line), (&classes, "face\n")]);
            let told = "2 bad-image: 2.b.txt: there is no picture of this name in `set/images`";
            assert_eq!(read, ["1 set/images/1.png: 1", told], "{texts}");
        }
    }
}
