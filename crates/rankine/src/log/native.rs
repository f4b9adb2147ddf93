//! The native schema, one JSON object a line; Metarank's item, user, ranking and interaction events too.

use rankine_learn::{Field, FieldKind, Millis, Schema};
use serde_json_borrow::{Number, ObjectAsVec, Value};

use super::boxes;
use super::line::{Body, Cell, Line, Reject, parse_time, plausible, shortened};

/// An object whose keys and texts are those of the line, where nothing in them is escaped.
type Object<'l> = ObjectAsVec<'l>;

/// The value of a key; where it stands there twice, the latter.
fn got<'o, 'l>(object: &'o Object<'l>, key: &str) -> Option<&'o Value<'l>> {
    object.as_vec().iter().rev().find(|(own, _)| &**own == key).map(|(_, value)| value)
}

/// Reads one line.
///
/// # Errors
/// Why it cannot be taken, naming the field.
pub fn parse(text: &str, schema: &Schema) -> Result<Line, Reject> {
    let value: Value<'_> = serde_json::from_str(text)
        .map_err(|error| Reject::new("not-json", "", format!("not a JSON object: {error}")))?;
    let Value::Object(object) = value else {
        return Err(Reject::new("not-json", "", "a line must be a JSON object"));
    };
    if got(&object, "timestamp").is_some() && got(&object, "time").is_none() {
        return metarank(&object, schema);
    }
    let event = text_of(&object, "event")?.ok_or_else(|| missing("event"))?;
    let time = moment(&object, "time")?.ok_or_else(|| missing("time"))?;
    let known = moment(&object, "known")?.unwrap_or(time).max(time);
    let id = text_of(&object, "id")?;
    let body = if event == "request" {
        Body::Request {
            user: required(&object, &schema.user().name)?,
            context: cells(&object, "context", &schema.context)?,
            shown: names(&object, "shown")?,
        }
    } else if let Some(kind) = schema.entity(&event) {
        let fields = cells(&object, "fields", &schema.entities[kind].fields)?;
        return entity(kind, id.ok_or_else(|| missing("id"))?, fields, time, known);
    } else if let Some(kind) = schema.interaction(&event) {
        Body::Interaction {
            kind,
            user: required(&object, &schema.user().name)?,
            item: required(&object, &schema.item().name)?,
            request: text_of(&object, "request")?,
            fields: cells(&object, "fields", &schema.interactions[kind].fields)?,
        }
    } else {
        return Err(unknown_event(&event, schema));
    };
    Ok(Line { time: Some(time), known: Some(known), id, group: None, period: None, body })
}

fn entity(kind: usize, id: String, fields: Vec<Cell>, time: Millis, known: Millis) -> Result<Line, Reject> {
    Ok(Line {
        time: Some(time),
        known: Some(known),
        id: None,
        group: None,
        period: None,
        body: Body::Entity { kind, id, fields },
    })
}

fn metarank(object: &Object<'_>, schema: &Schema) -> Result<Line, Reject> {
    let time = moment(object, "timestamp")?.ok_or_else(|| missing("timestamp"))?;
    // Theirs say nothing of it; a server that takes them late does.
    let known = moment(object, "known")?.unwrap_or(time).max(time);
    let id = text_of(object, "id")?;
    let event = text_of(object, "event")?.ok_or_else(|| missing("event"))?;
    let body = match event.as_str() {
        "item" | "user" => {
            let kind = if event == "item" { schema.item } else { schema.user };
            let fields = pairs(object, &schema.entities[kind].fields)?;
            return entity(kind, required(object, &event)?, fields, time, known);
        }
        "ranking" => {
            let shown = match got(object, "items") {
                Some(Value::Array(items)) => items,
                _ => return Err(Reject::new("wrong-type", "items", "a list of objects with an `id`")),
            };
            let item = |value: &Value<'_>| match value.as_object().and_then(|item| got(item, "id")) {
                Some(Value::Str(id)) => Ok(id.to_string()),
                _ => Err(Reject::new("missing-field", "items.id", "an item of a ranking needs an `id`")),
            };
            Body::Request {
                user: required(object, "user")?,
                context: pairs(object, &schema.context)?,
                shown: shown.iter().map(item).collect::<Result<_, _>>()?,
            }
        }
        "interaction" => {
            let name = required(object, "type")?;
            let kind = schema.interaction(&name).ok_or_else(|| unknown_event(&name, schema))?;
            Body::Interaction {
                kind,
                user: required(object, "user")?,
                item: required(object, "item")?,
                request: text_of(object, "ranking")?,
                fields: pairs(object, &schema.interactions[kind].fields)?,
            }
        }
        other => return Err(unknown_event(other, schema)),
    };
    Ok(Line { time: Some(time), known: Some(known), id, group: None, period: None, body })
}

/// Metarank writes fields as a list of names and values.
fn pairs<'o, 'l>(object: &'o Object<'l>, declared: &[Field]) -> Result<Vec<Cell>, Reject> {
    let Some(Value::Array(list)) = got(object, "fields") else {
        return Ok(vec![Cell::Missing; declared.len()]);
    };
    let pair = |pair: &'o Value<'l>| {
        let pair = pair.as_object()?;
        Some((got(pair, "name")?.as_str()?, got(pair, "value")?))
    };
    let named =
        |name: &str| list.iter().rev().filter_map(pair).find(|(own, _)| *own == name).map(|(_, value)| value);
    declared.iter().map(|field| cell_of(named(&field.name), "fields", field)).collect()
}

/// The cells of the declared fields; fields that the design does not declare are left out.
fn cells(object: &Object<'_>, key: &str, declared: &[Field]) -> Result<Vec<Cell>, Reject> {
    let fields = match got(object, key) {
        None | Some(Value::Null) => return Ok(vec![Cell::Missing; declared.len()]),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(Reject::new("wrong-type", key, format!("`{key}` must be an object"))),
    };
    declared.iter().map(|field| cell_of(got(fields, &field.name), key, field)).collect()
}

/// The cell of a field of the object `key`.
fn cell_of(value: Option<&Value<'_>>, key: &str, field: &Field) -> Result<Cell, Reject> {
    match value {
        None | Some(Value::Null) => Ok(Cell::Missing),
        Some(value) => cell(value, field.kind)
            .map_err(|reason| Reject::new("wrong-type", &format!("{key}.{}", field.name), reason)),
    }
}

fn cell(value: &Value<'_>, kind: FieldKind) -> Result<Cell, String> {
    let wrong = |want: &str| format!("expected {want}, found {}", shortened(&value.to_string()));
    let word = |value: &Value<'_>| match value {
        Value::Str(text) => Some(text.to_string()),
        Value::Number(number) => Some(written(number)),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    };
    match (kind, value) {
        (FieldKind::Number, Value::Number(number)) => {
            number.as_f64().map(Cell::Number).ok_or_else(|| wrong("a number"))
        }
        (FieldKind::Number, Value::Bool(truth)) => Ok(Cell::Number(f64::from(u8::from(*truth)))),
        (FieldKind::Number, Value::Str(text)) => Cell::from_text(text, kind),
        (FieldKind::Number, _) => Err(wrong("a number")),
        (FieldKind::Category, value) => word(value).map(Cell::Word).ok_or_else(|| wrong("a word")),
        (FieldKind::Categories, Value::Array(list)) => {
            let words: Option<Vec<String>> = list.iter().map(word).collect();
            words.map(Cell::Words).ok_or_else(|| wrong("a list of words"))
        }
        (FieldKind::Categories, value) => {
            word(value).map(|word| Cell::Words(vec![word])).ok_or_else(|| wrong("a list of words"))
        }
        (FieldKind::Time, value) => {
            word(value).ok_or_else(|| wrong("a time")).and_then(|text| parse_time(&text)).map(Cell::Time)
        }
        (FieldKind::Text | FieldKind::Image, value) => {
            word(value).map(Cell::Text).ok_or_else(|| wrong("text"))
        }
        (FieldKind::Vector, Value::Array(list)) => {
            let number = |value: &Value<'_>| value.as_f64().map(|value| value as f32);
            let numbers: Option<Vec<f32>> = list.iter().map(number).collect();
            let numbers = numbers.filter(|list| list.iter().all(|value| value.is_finite()));
            numbers.map(Cell::Numbers).ok_or_else(|| wrong("a list of numbers"))
        }
        (FieldKind::Vector, _) => Err(wrong("a list of numbers")),
        (FieldKind::Boxes, value) => boxes::read(&value.into()).map(Cell::Boxes),
    }
}

fn moment(object: &Object<'_>, key: &str) -> Result<Option<Millis>, Reject> {
    let read = match got(object, key) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(millis) => plausible(millis),
            None => Err(format!("`{}` is not a whole number of milliseconds", written(number))),
        },
        Some(Value::Str(text)) => parse_time(text),
        Some(other) => Err(format!("`{}` is not a time", shortened(&other.to_string()))),
    };
    read.map(Some).map_err(|reason| Reject::new("wrong-time", key, reason))
}

fn text_of(object: &Object<'_>, key: &str) -> Result<Option<String>, Reject> {
    match got(object, key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Str(text)) if text.is_empty() => {
            Err(Reject::new("empty-name", key, format!("`{key}` is empty")))
        }
        Some(Value::Str(text)) if text.len() > 1000 => {
            Err(Reject::new("long-name", key, format!("`{key}` is longer than 1000 bytes")))
        }
        Some(Value::Str(text)) => Ok(Some(text.to_string())),
        Some(Value::Number(number)) => Ok(Some(written(number))),
        Some(_) => Err(Reject::new("wrong-type", key, format!("`{key}` must be text"))),
    }
}

fn required(object: &Object<'_>, key: &str) -> Result<String, Reject> {
    text_of(object, key)?.ok_or_else(|| missing(key))
}

fn names(object: &Object<'_>, key: &str) -> Result<Vec<String>, Reject> {
    let list = match got(object, key) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Reject::new("wrong-type", key, format!("`{key}` must be a list"))),
    };
    let name = |value: &Value<'_>| match value {
        Value::Str(text) if !text.is_empty() => Ok(text.to_string()),
        Value::Number(number) => Ok(written(number)),
        _ => Err(Reject::new("wrong-type", key, format!("`{key}` must be a list of names"))),
    };
    list.iter().map(name).collect()
}

/// A number as a log writes it: 1.0 is not 1 where it is somebody's id.
fn written(number: &Number) -> String {
    serde_json::Number::from(*number).to_string()
}

fn missing(key: &str) -> Reject {
    Reject::new("missing-field", key, format!("`{key}` is missing"))
}

fn unknown_event(event: &str, schema: &Schema) -> Reject {
    let known: Vec<&str> = (schema.interactions.iter().map(|kind| kind.name.as_str()))
        .chain(schema.entities.iter().map(|entity| entity.name.as_str()))
        .chain(["request"])
        .collect();
    let guess = rankine_design::did_you_mean(event, known.iter().copied());
    let reason = match guess {
        Some(guess) => format!("unknown event `{}`; did you mean `{guess}`?", shortened(event)),
        None => format!("unknown event `{}`; the design has {}", shortened(event), known.join(", ")),
    };
    Reject::new("unknown-event", "event", reason)
}
