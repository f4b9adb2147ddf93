//! A folder of XML files with the boxes of pictures, in the form of Pascal VOC, as a table: a row a picture.

use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde_json::{Value, json};

use super::bounded::{LONGEST, longer};
use super::line::Reject;
use super::open::names_in;
use super::table_rows::{Entry, Row, RowSource};

/// Pictures by the names of their XML files. Columns: `name`, `file` (relative to the data's folder), `boxes`.
///
/// A picture lies beside its XML file, or in a folder `JPEGImages` or `images` beside that folder. Corners count
/// pixels from 1 and belong to the box; what is `difficult` or `truncated` is noted so.
pub(crate) struct Voc {
    columns: Vec<String>,
    folder: PathBuf,
    names: Vec<String>,
    /// The folder's name in the mapping.
    prefix: String,
    at: usize,
}

impl Voc {
    /// Opens the folder of XML files.
    ///
    /// # Errors
    /// A sentence, where it cannot be read or holds none.
    pub(crate) fn open(folder: &Path, prefix: &str) -> Result<Voc, String> {
        let names = names_in(folder, |name| name.to_ascii_lowercase().ends_with(".xml"), ".xml")?;
        Ok(Voc {
            columns: ["name", "file", "boxes"].map(str::to_owned).to_vec(),
            folder: folder.to_owned(),
            names,
            prefix: prefix.trim_end_matches('/').to_owned(),
            at: 0,
        })
    }

    fn read(&self, name: &str) -> Result<(String, String), Reject> {
        let path = self.folder.join(name);
        let wrong = |reason: String| Reject::new("bad-boxes", "boxes", format!("{name}: {reason}"));
        if std::fs::metadata(&path).is_ok_and(|found| found.len() > LONGEST as u64) {
            return Err(longer(name));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let read = picture(&text).map_err(wrong)?;
        let file = match read.file.as_str() {
            "" => Path::new(name).with_extension("jpg").to_string_lossy().into_owned(),
            // Some programs write the whole path of their own machine.
            file => file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
        };
        let file = self.beside(&file).ok_or_else(|| {
            Reject::new("bad-image", "file", format!("{name}: there is no picture `{file}` beside it"))
        })?;
        Ok((file, Value::from(read.boxes).to_string()))
    }

    /// The path of a picture, relative to the data's folder.
    fn beside(&self, file: &str) -> Option<String> {
        let above = self.folder.parent()?;
        let outer = self.prefix.rsplit_once('/').map_or("", |(outer, _)| outer);
        let join = |folder: &str| {
            let parts = [outer, folder, file];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        };
        if self.folder.join(file).is_file() {
            return Some(format!("{}/{file}", self.prefix));
        }
        let beside = ["JPEGImages", "images"].into_iter();
        beside.filter(|folder| above.join(folder).join(file).is_file()).map(join).next()
    }
}

impl RowSource for Voc {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        let Some(name) = self.names.get(self.at).cloned() else { return Ok(false) };
        self.at += 1;
        row.begin(self.at as u64);
        let (file, boxes) = match self.read(&name) {
            Ok(read) => read,
            Err(reject) => {
                row.trouble = Some(reject);
                (format!("{}/{name}", self.prefix), String::new())
            }
        };
        row.cells = vec![Entry::Text(file.clone()), Entry::Text(file), Entry::Text(boxes)];
        Ok(true)
    }
}

#[derive(Debug, Default, PartialEq)]
struct Picture {
    file: String,
    boxes: Vec<Value>,
}

/// What an XML file says of its picture.
fn picture(text: &str) -> Result<Picture, String> {
    let mut reader = Reader::from_str(text);
    let mut read = Picture::default();
    let mut way: Vec<String> = Vec::new();
    let mut object: Vec<(String, String)> = Vec::new();
    let mut words = String::new();
    loop {
        match reader.read_event().map_err(|error| format!("not XML: {error}"))? {
            Event::Start(tag) => {
                way.push(tag.name().as_ref().to_owned());
                words.clear();
                if way.len() == 2 && way[1] == "object" {
                    object.clear();
                }
                if way.len() > 20 {
                    return Err("its tags are nested too deeply".to_owned());
                }
            }
            Event::Text(part) => {
                words.push_str(&part.xml10_content());
            }
            Event::CData(part) => words.push_str(&part.xml10_content()),
            Event::GeneralRef(name) => match (name.resolve_char_ref().ok().flatten(), name.xml10_content()) {
                (Some(sign), _) => words.push(sign),
                (None, name) => match resolve_predefined_entity(&name) {
                    Some(sign) => words.push_str(sign),
                    // What stands for nothing that we know is left as it was written.
                    None => words.extend(["&", &name, ";"]),
                },
            },
            Event::End(_) => {
                let told = std::mem::take(&mut words).trim().to_owned();
                match way.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                    [_, "filename"] => read.file = told,
                    [_, "object"] => read.boxes.push(drawn(&object)?),
                    [_, "object", name] | [_, "object", "bndbox", name] => {
                        object.push(((*name).to_owned(), told))
                    }
                    _ => {}
                }
                way.pop();
            }
            Event::Eof if way.is_empty() => break,
            Event::Eof => return Err("it ends in the middle: is it cut off?".to_owned()),
            _ => {}
        }
    }
    Ok(read)
}

fn drawn(object: &[(String, String)]) -> Result<Value, String> {
    let text =
        |name: &str| object.iter().find(|(own, text)| own == name && !text.is_empty()).map(|(_, text)| text);
    let number = |name: &str| {
        let text = text(name).ok_or_else(|| format!("an object without `{name}`"))?;
        text.parse::<f64>().map_err(|_| format!("`{name}` is not a number: `{text}`"))
    };
    let class = text("name").ok_or("an object without `name`")?;
    let (left, top, right, bottom) = (number("xmin")?, number("ymin")?, number("xmax")?, number("ymax")?);
    let mut one = json!({
        "class": class,
        "x": left - 1.0,
        "y": top - 1.0,
        "w": right - left + 1.0,
        "h": bottom - top + 1.0,
    });
    let is = |name: &str| text(name).is_some_and(|flag| flag == "1");
    if let Some(note) = ["difficult", "truncated"].into_iter().find(|name| is(name)) {
        one["note"] = json!(note);
    }
    Ok(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<?xml version=\"1.0\"?>\n<annotation>\n <filename>a&amp;b.jpg</filename>\n <size><width>9</width></size>\n \
        <object><name>plate</name><difficult>1</difficult><bndbox><xmin>3</xmin><ymin>4</ymin><xmax>5</xmax><ymax>9</ymax></bndbox></object>\n</annotation>";

    #[test]
    fn boxes_are_read_or_refused_with_a_reason() {
        let read = picture(TEXT).unwrap();
        let expected = json!({"class": "plate", "x": 2.0, "y": 3.0, "w": 3.0, "h": 6.0, "note": "difficult"});
        assert_eq!(read, Picture { file: "a&b.jpg".to_owned(), boxes: vec![expected] });
        for (from, to, part) in [
            ("</annotation>", "", "cut off"),
            ("<xmin>3</xmin>", "", "without `xmin`"),
            (">5<", ">five<", "`xmax` is not a number"),
            ("<name>plate</name>", "", "without `name`"),
            ("</bndbox>", "</box>", "not XML"),
        ] {
            let error = picture(&TEXT.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(part), "{to}: {error}");
        }
    }

    #[test]
    fn names_may_be_written_by_references_and_unparsed() {
        for (written, class) in [
            ("pl&#97;te", "plate"),
            ("pl&#x61;te", "plate"),
            ("<![CDATA[plate]]>", "plate"),
            ("<![CDATA[a&b <c>]]> &lt;d&gt;", "a&b <c> <d>"),
            ("&quot;a&apos;&amp;", "\"a'&"),
            ("&#233;t&#xE9;", "\u{e9}t\u{e9}"),
            ("a&nbsp;b&#0;", "a&nbsp;b&#0;"),
        ] {
            let text = TEXT.replace("<name>plate</name>", &format!("<name>{written}</name>"));
            assert_eq!(picture(&text).unwrap().boxes[0]["class"], class, "{written}");
        }
    }

    #[test]
    fn pictures_are_found_beside_their_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["set/Annotations", "set/JPEGImages"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let text = TEXT.replace("a&amp;b.jpg", "C:\\shots\\1.jpg");
        std::fs::write(folder.path().join("set/Annotations/1.xml"), text).unwrap();
        std::fs::write(folder.path().join("set/Annotations/2.xml"), "<annotation/>").unwrap();
        std::fs::write(folder.path().join("set/JPEGImages/1.jpg"), "").unwrap();
        let mut source = Voc::open(&folder.path().join("set/Annotations"), "set/Annotations").unwrap();
        let mut row = Row::default();
        assert!(source.next(&mut row).unwrap() && row.trouble.is_none());
        assert_eq!(row.cells[1], Entry::Text("set/JPEGImages/1.jpg".to_owned()));
        assert!(source.next(&mut row).unwrap());
        assert!(row.trouble.as_ref().unwrap().reason.contains("no picture `2.jpg`"));
        assert!(!source.next(&mut row).unwrap());
    }
}
