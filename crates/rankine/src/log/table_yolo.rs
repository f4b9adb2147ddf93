//! A folder of pictures as a table: a row a picture, its boxes from a text of the same name in `labels`.

use std::path::{Path, PathBuf};

use super::bounded::{LONGEST, longer};
use super::line::Reject;
use super::open::names_in;
use super::table_rows::{Entry, Row, RowSource};
use crate::pictures;

/// How far above 1 a share may lie that was rounded.
const SLACK: f64 = 0.01;

/// The pictures of a folder, by name. Columns: `name`, `file` (relative to the data's folder), `boxes`.
///
/// A text has a line for each box: the number of its class, the middle, width and height in shares of the
/// picture's sides. A picture without a text has no boxes.
pub(crate) struct Yolo {
    columns: Vec<String>,
    folder: PathBuf,
    names: Vec<String>,
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
        Ok(Yolo {
            columns: ["name", "file", "boxes"].map(str::to_owned).to_vec(),
            folder: folder.to_owned(),
            names,
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
        let labels = self.folder.parent().unwrap_or(Path::new("")).join("labels");
        let text = labels.join(Path::new(name).with_extension("txt"));
        let unread = |reason: String| Reject::new("bad-boxes", "boxes", format!("{name}: {reason}"));
        let lines = match std::fs::metadata(&text) {
            Err(_) => String::new(),
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

impl RowSource for Yolo {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        let Some(name) = self.names.get(self.at).cloned() else { return Ok(false) };
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
            names: Vec::new(),
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
}
