//! Bodies: JSON read key by key, so that what is wrong is named.

use rankine::log::parse_time;
use rankine::serve::{Invalid, Rank, Recommend};
use serde_json::{Map, Value};

const ASK: [&str; 7] = ["user", "limit", "context", "time", "explain", "record", "request"];

/// The body of `/v1/recommend`.
pub(super) fn recommend(bytes: &[u8]) -> Result<Recommend, Invalid> {
    let object = object(bytes)?;
    Invalid::unknown_keys(&object, &ASK, "")?;
    ask(object)
}

/// The body of `/v1/rank`.
pub(super) fn rank(bytes: &[u8]) -> Result<Rank, Invalid> {
    let mut object = object(bytes)?;
    Invalid::unknown_keys(&object, &[&ASK[..], &["items"]].concat(), "")?;
    let list = match object.remove("items") {
        Some(Value::Array(list)) => list,
        None | Some(Value::Null) => return Err(Invalid::new("missing-field", "items", "`items` is missing")),
        Some(_) => return Err(wrong("items", "a list of names, or of objects with `id` and `fields`")),
    };
    let (mut items, mut told) = (Vec::with_capacity(list.len()), Vec::new());
    for (at, value) in list.into_iter().enumerate() {
        match value {
            Value::Object(item) => {
                let (id, fields) = item_with_fields(item, at)?;
                items.push(id);
                told.push((at, fields));
            }
            other => items.push(name(other, &format!("items[{at}]"))?),
        }
    }
    Ok(Rank { ask: ask(object)?, items, told })
}

fn item_with_fields(
    mut item: Map<String, Value>,
    at: usize,
) -> Result<(String, Map<String, Value>), Invalid> {
    let place = |key: &str| format!("items[{at}].{key}");
    Invalid::unknown_keys(&item, &["id", "fields"], &place(""))?;
    let id =
        item.remove("id").ok_or_else(|| Invalid::new("missing-field", &place("id"), "`id` is missing"))?;
    let fields = match item.remove("fields") {
        Some(Value::Object(fields)) => fields,
        None => Map::new(),
        Some(_) => return Err(wrong(&place("fields"), "an object")),
    };
    Ok((name(id, &place("id"))?, fields))
}

/// The body of `/v1/events`: an object, a list of objects, or one object a line.
pub(super) fn events(bytes: &[u8], lines: bool) -> Result<Vec<Value>, Invalid> {
    if !lines {
        return Ok(match json(bytes)? {
            Value::Array(events) => events,
            other => vec![other],
        });
    }
    let texts = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let one = |(at, line): (usize, &[u8])| {
        json(line).map_err(|invalid| Invalid { field: Some(format!("events[{at}]")), ..invalid })
    };
    texts.enumerate().map(one).collect()
}

fn ask(mut object: Map<String, Value>) -> Result<Recommend, Invalid> {
    let mut take = |key: &str| object.remove(key).filter(|value| !value.is_null());
    let user = take("user").ok_or_else(|| Invalid::new("missing-field", "user", "`user` is missing"))?;
    let mut ask = Recommend::new(name(user, "user")?);
    if let Some(limit) = take("limit") {
        let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
        ask.limit = Some(limit.ok_or_else(|| wrong("limit", "a whole number"))?);
    }
    match take("context") {
        Some(Value::Object(context)) => ask.context = context,
        Some(_) => return Err(wrong("context", "an object")),
        None => {}
    }
    if let Some(time) = take("time") {
        let text = match time {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(wrong("time", "milliseconds since 1970 or RFC 3339")),
        };
        ask.time = Some(parse_time(&text).map_err(|why| Invalid::new("wrong-time", "time", why))?);
    }
    for (key, slot) in [("explain", &mut ask.explain), ("record", &mut ask.record)] {
        match take(key) {
            Some(Value::Bool(truth)) => *slot = truth,
            Some(_) => return Err(wrong(key, "true or false")),
            None => {}
        }
    }
    if let Some(request) = take("request") {
        ask.request = Some(name(request, "request")?);
    }
    Ok(ask)
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Invalid> {
    match json(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(Invalid::new("wrong-type", "", "the body must be a JSON object")),
    }
}

fn json(bytes: &[u8]) -> Result<Value, Invalid> {
    serde_json::from_slice(bytes).map_err(|error| {
        let detail = match bytes.trim_ascii().is_empty() {
            true => "the body is empty; it must be JSON".to_owned(),
            false => format!("not JSON: {error}"),
        };
        Invalid::new("not-json", "", detail)
    })
}

/// A name: text, or a number as its text.
fn name(value: Value, field: &str) -> Result<String, Invalid> {
    match value {
        Value::String(text) if text.is_empty() => {
            Err(Invalid::new("empty-name", field, format!("`{field}` is empty")))
        }
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(wrong(field, "text")),
    }
}

fn wrong(field: &str, want: &str) -> Invalid {
    Invalid::new("wrong-type", field, format!("`{field}` must be {want}"))
}
