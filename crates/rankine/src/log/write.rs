//! A line written in the native schema: what [`super::native`] reads gives the same line.

use jiff::Timestamp;
use rankine_learn::{Field, Millis, Schema};
use serde_json::{Map, Value, json};

use super::boxes::Drawn;
use super::line::{Body, Cell, Line};

/// A line as one JSON object; a time that it lacks becomes `start`.
pub(crate) fn written(line: &Line, schema: &Schema, start: Millis) -> String {
    let mut object = Map::new();
    let time = line.time.unwrap_or(start);
    let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
    match &line.body {
        Body::Entity { kind, id, fields } => {
            let entity = &schema.entities[*kind];
            put("event", json!(entity.name));
            put("id", json!(id));
            put("fields", cells(fields, &entity.fields));
        }
        Body::Request { user, context, shown } => {
            put("event", json!("request"));
            put(&schema.user().name, json!(user));
            put("context", cells(context, &schema.context));
            put("shown", json!(shown));
        }
        Body::Interaction { kind, user, item, request, fields } => {
            let declared = &schema.interactions[*kind];
            put("event", json!(declared.name));
            put(&schema.user().name, json!(user));
            put(&schema.item().name, json!(item));
            if let Some(request) = request {
                put("request", json!(request));
            }
            put("fields", cells(fields, &declared.fields));
        }
    }
    if let Some(id) = &line.id {
        put("id", json!(id));
    }
    put("time", json!(time));
    if let Some(known) = line.known.filter(|known| *known != time) {
        put("known", json!(known));
    }
    Value::Object(object).to_string()
}

fn cells(cells: &[Cell], declared: &[Field]) -> Value {
    let pairs = declared.iter().zip(cells);
    let told = pairs.filter_map(|(field, cell)| Some((field.name.clone(), value(cell)?)));
    Value::Object(told.collect())
}

fn value(cell: &Cell) -> Option<Value> {
    Some(match cell {
        Cell::Missing => return None,
        Cell::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => json!(*number as i64),
        Cell::Number(number) => json!(number),
        Cell::Word(text) => json!(text),
        Cell::Text(text) => json!(text),
        Cell::Words(words) => json!(words),
        // A moment before 1970 or after is the same text to whoever reads it.
        Cell::Time(millis) => match Timestamp::from_millisecond(*millis) {
            Ok(moment) => json!(moment.to_string()),
            Err(_) => json!(millis.to_string()),
        },
        Cell::Numbers(numbers) => json!(numbers),
        Cell::Boxes(boxes) => Value::from(boxes.iter().map(drawn).collect::<Vec<Value>>()),
    })
}

/// Boxes as the text that a table's column holds.
pub(crate) fn written_boxes(boxes: &[Drawn]) -> String {
    Value::from(boxes.iter().map(drawn).collect::<Vec<Value>>()).to_string()
}

fn drawn(drawn: &Drawn) -> Value {
    let area = drawn.area;
    let mut one = json!({
        "class": drawn.class,
        "x": area.left,
        "y": area.top,
        "w": area.right - area.left,
        "h": area.bottom - area.top,
    });
    if let Some(note) = &drawn.note {
        one["note"] = json!(note);
    }
    one
}
