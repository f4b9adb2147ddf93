//! Boxes in a picture, as a log writes them: a list of objects with class, place and size in pixels.

use rankine_learn::Area;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::line::shortened;

/// A box with its class still text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Where, in pixels.
    pub area: Area,
    /// Of which class.
    pub class: String,
    /// What else is said of it.
    pub note: Option<String>,
}

/// Most boxes of a picture.
const MOST: usize = 10_000;

/// Reads `[{"class": "face", "x": 10, "y": 20, "w": 8, "h": 9}]`; `x` and `y` are the upper left corner, and
/// a `note` may follow.
///
/// # Errors
/// A sentence, where it is none.
pub(crate) fn read(value: &Value) -> Result<Vec<Drawn>, String> {
    let Value::Array(list) = value else {
        return Err(format!("expected a list of boxes, found {}", shortened(&value.to_string())));
    };
    if list.len() > MOST {
        return Err(format!("{} boxes are more than the {MOST} that a picture may have", list.len()));
    }
    list.iter()
        .enumerate()
        .map(|(at, one)| drawn(one).map_err(|why| format!("box {}: {why}", at + 1)))
        .collect()
}

/// The same from text, as a table's column holds it.
///
/// # Errors
/// A sentence, where it is none.
pub(crate) fn parse(text: &str) -> Result<Vec<Drawn>, String> {
    let value = serde_json::from_str(text).map_err(|error| format!("not a JSON list of boxes: {error}"))?;
    read(&value)
}

fn drawn(value: &Value) -> Result<Drawn, String> {
    let number = |key: &str| {
        let found = value.get(key).and_then(Value::as_f64).map(|number| number as f32);
        found.filter(|number| number.abs() < 1e6).ok_or_else(|| format!("`{key}` must be a number of pixels"))
    };
    let word = |key: &str| match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.len() <= 1000 => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(format!("`{key}` must be a word")),
    };
    let class = word("class")?.ok_or("`class` is missing")?;
    let (left, top, width, height) = (number("x")?, number("y")?, number("w")?, number("h")?);
    if width <= 0.0 || height <= 0.0 {
        return Err("`w` and `h` must be more than 0".to_owned());
    }
    let area = Area { left, top, right: left + width, bottom: top + height };
    Ok(Drawn { area, class, note: word("note")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_read_or_refused_with_a_reason() {
        let read =
            parse(r#"[{"class": "face", "x": 1, "y": 2.5, "w": 3, "h": 4, "note": "hidden"}]"#).unwrap();
        let area = Area { left: 1.0, top: 2.5, right: 4.0, bottom: 6.5 };
        assert_eq!(read, [Drawn { area, class: "face".to_owned(), note: Some("hidden".to_owned()) }]);
        assert!(parse("[]").unwrap().is_empty());
        for (text, part) in [
            ("", "not a JSON list"),
            ("{}", "expected a list of boxes"),
            (r#"[{"x": 1, "y": 2, "w": 3, "h": 4}]"#, "box 1: `class` is missing"),
            (r#"[{"class": 3, "x": 1, "y": 2, "w": 3}]"#, "`h` must be a number"),
            (r#"[{"class": "a", "x": 1, "y": 2, "w": 0, "h": 4}]"#, "more than 0"),
            (r#"[{"class": "a", "x": 1e40, "y": 2, "w": 1, "h": 4}]"#, "`x` must be a number"),
            (r#"[{"class": [], "x": 1, "y": 2, "w": 1, "h": 4}]"#, "`class` must be a word"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
