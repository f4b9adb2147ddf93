//! The native schema, one JSON object a line; Metarank's item, user, ranking and interaction events too.

use std::borrow::Cow;

use rankine_learn::{Field, FieldKind, Millis, Schema};
use smallvec::SmallVec;

use super::boxes;
use super::line::{Body, Cell, Line, Name, Reject, long, parse_time, plausible, shortened};
use super::name_list::NameList;
use super::tape::{Form, Tape, Value};

/// The keys and values of an object, listed once for many questions.
struct Object<'v>(SmallVec<[(&'v str, Value<'v>); 12]>);

impl<'v> Object<'v> {
    fn of(value: Value<'v>) -> Option<Object<'v>> {
        Some(Object(value.object()?.collect()))
    }

    /// The value of a key; where it stands there twice, the latter.
    fn got(&self, key: &str) -> Option<Value<'v>> {
        self.0.iter().rev().find(|(own, _)| *own == key).map(|(_, value)| *value)
    }
}

/// The value of one key of an object that is asked for nothing else; the latter of two, too.
fn one<'v>(object: Value<'v>, key: &str) -> Option<Value<'v>> {
    object.object()?.filter(|(own, _)| *own == key).last().map(|(_, value)| value)
}

/// Reads one line.
///
/// # Errors
/// Why it cannot be taken, naming the field.
pub fn parse(text: &str, schema: &Schema) -> Result<Line, Reject> {
    let tape = json(text).map_err(|why| Reject::new("not-json", "", format!("not a JSON object: {why}")))?;
    let Some(object) = &Object::of(tape.value()) else {
        return Err(Reject::new("not-json", "", "a line must be a JSON object"));
    };
    if object.got("timestamp").is_some() && object.got("time").is_none() {
        return metarank(object, schema);
    }
    let event = text_of(object, "event")?.ok_or_else(|| missing("event"))?;
    let time = moment(object, "time")?.ok_or_else(|| missing("time"))?;
    let known = moment(object, "known")?.unwrap_or(time).max(time);
    let id = text_of(object, "id")?;
    let body = if event == "request" {
        Body::Request {
            user: required(object, &schema.user().name)?,
            context: cells(object, "context", &schema.context)?,
            shown: names(object, "shown")?,
        }
    } else if let Some(kind) = schema.entity(&event) {
        let fields = cells(object, "fields", &schema.entities[kind].fields)?;
        return entity(kind, id.ok_or_else(|| missing("id"))?, fields, time, known);
    } else if let Some(kind) = schema.interaction(&event) {
        Body::Interaction {
            kind,
            user: required(object, &schema.user().name)?,
            item: required(object, &schema.item().name)?,
            request: text_of(object, "request")?,
            fields: cells(object, "fields", &schema.interactions[kind].fields)?,
        }
    } else {
        return Err(unknown_event(&event, schema));
    };
    Ok(Line { time: Some(time), known: Some(known), id, group: None, period: None, body })
}

/// The most that values may lie within each other.
const DEPTH: usize = 128;

/// Parses JSON; what is wrong with it is told by the place.
fn json(text: &str) -> Result<Tape<'_>, String> {
    if deep(text) {
        return Err(format!("its values lie more than {DEPTH} deep within each other"));
    }
    Tape::read(text).map_err(|error| {
        // The slower parser says better what is wrong.
        let slower = serde_json::from_str::<serde_json::Value>(text);
        slower.map_or_else(|better| better.to_string(), |_| error.to_string())
    })
}

/// Whether values lie too deep within each other for a parser that descends by calling itself. Brackets within
/// texts are none; where a text does not end, the parser gets no further either.
fn deep(text: &str) -> bool {
    let opens = |byte: &u8| u8::from(matches!(byte, b'[' | b'{'));
    // By counts that fit a byte, of which many are made at once; few lines open more than they may.
    let opened = |part: &[u8]| usize::from(part.iter().map(opens).sum::<u8>());
    if text.as_bytes().chunks(255).map(opened).sum::<usize>() <= DEPTH {
        return false;
    }
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH
    })
}

fn entity(kind: usize, id: Name, fields: Vec<Cell>, time: Millis, known: Millis) -> Result<Line, Reject> {
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
            let items = object.got("items").and_then(Value::list);
            let items =
                items.ok_or_else(|| Reject::new("wrong-type", "items", "a list of objects with an `id`"))?;
            let mut shown = NameList::with_capacity(items.count());
            for item in items {
                let id = one(item, "id").and_then(shown_name).ok_or_else(|| {
                    Reject::new("missing-field", "items.id", "an item of a ranking needs an `id`")
                })?;
                shown.push(&id);
            }
            Body::Request { user: required(object, "user")?, context: pairs(object, &schema.context)?, shown }
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
fn pairs<'v>(object: &Object<'v>, declared: &[Field]) -> Result<Vec<Cell>, Reject> {
    let Some(list) = object.got("fields").and_then(Value::list) else {
        return Ok(vec![Cell::Missing; declared.len()]);
    };
    let pair = |pair: Value<'v>| Some((one(pair, "name")?.text()?, one(pair, "value")?));
    let named = Object(list.filter_map(pair).collect());
    declared.iter().map(|field| cell_of(named.got(&field.name), "fields", field)).collect()
}

/// The cells of the declared fields; fields that the design does not declare are left out.
fn cells(object: &Object<'_>, key: &str, declared: &[Field]) -> Result<Vec<Cell>, Reject> {
    let Some(value) = object.got(key).filter(|value| !value.is_null()) else {
        return Ok(vec![Cell::Missing; declared.len()]);
    };
    let wrong = || Reject::new("wrong-type", key, format!("`{key}` must be an object"));
    let fields = Object::of(value).ok_or_else(wrong)?;
    declared.iter().map(|field| cell_of(fields.got(&field.name), key, field)).collect()
}

/// The cell of a field of the object `key`.
fn cell_of(value: Option<Value<'_>>, key: &str, field: &Field) -> Result<Cell, Reject> {
    match value.filter(|value| !value.is_null()) {
        None => Ok(Cell::Missing),
        Some(value) => cell(value, field.kind)
            .map_err(|reason| Reject::new("wrong-type", &format!("{key}.{}", field.name), reason)),
    }
}

fn cell(value: Value<'_>, kind: FieldKind) -> Result<Cell, String> {
    let wrong = |want: &str| format!("expected {want}, found {}", shortened(&value.to_string()));
    match (kind, value.form()) {
        (FieldKind::Number, Form::Number(number)) => Ok(Cell::Number(number.real())),
        (FieldKind::Number, Form::Bool(truth)) => Ok(Cell::Number(f64::from(u8::from(truth)))),
        (FieldKind::Number, Form::Text(text)) => Cell::from_text(text, kind),
        (FieldKind::Number, _) => Err(wrong("a number")),
        (FieldKind::Category, _) => word(value).map(Cell::Word).ok_or_else(|| wrong("a word")),
        (FieldKind::Categories, Form::List(list)) => {
            let words: Option<Vec<Name>> = list.map(word).collect();
            words.map(Cell::Words).ok_or_else(|| wrong("a list of words"))
        }
        (FieldKind::Categories, _) => {
            word(value).map(|word| Cell::Words(vec![word])).ok_or_else(|| wrong("a list of words"))
        }
        (FieldKind::Time, _) => {
            word(value).ok_or_else(|| wrong("a time")).and_then(|text| parse_time(&text)).map(Cell::Time)
        }
        (FieldKind::Text | FieldKind::Image, Form::Text(text)) => Ok(Cell::Text(text.to_owned())),
        (FieldKind::Text | FieldKind::Image, _) => {
            word(value).map(|text| Cell::Text(text.into())).ok_or_else(|| wrong("text"))
        }
        (FieldKind::Vector, Form::List(list)) => {
            let number = |value: Value<'_>| match value.form() {
                Form::Number(number) => Some(number.real() as f32),
                _ => None,
            };
            let numbers: Option<Vec<f32>> = list.map(number).collect();
            let numbers = numbers.filter(|list| list.iter().all(|value| value.is_finite()));
            numbers.map(Cell::Numbers).ok_or_else(|| wrong("a list of numbers"))
        }
        (FieldKind::Vector, _) => Err(wrong("a list of numbers")),
        (FieldKind::Boxes, _) => boxes::parse(&value.to_string()).map(Cell::Boxes),
    }
}

/// A text, a number or a truth, as it is written.
fn word(value: Value<'_>) -> Option<Name> {
    match value.form() {
        Form::Text(text) => Some(text.into()),
        Form::Number(number) => number.name(),
        Form::Bool(truth) => Some(if truth { "true" } else { "false" }.into()),
        _ => None,
    }
}

fn moment(object: &Object<'_>, key: &str) -> Result<Option<Millis>, Reject> {
    let Some(value) = object.got(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let read = match value.form() {
        Form::Number(number) => match number.whole() {
            Some(millis) => plausible(millis),
            None => Err(format!("`{number}` is not a whole number of milliseconds")),
        },
        Form::Text(text) => parse_time(text),
        _ => Err(format!("`{}` is not a time", shortened(&value.to_string()))),
    };
    read.map(Some).map_err(|reason| Reject::new("wrong-time", key, reason))
}

fn text_of(object: &Object<'_>, key: &str) -> Result<Option<Name>, Reject> {
    match object.got(key).map(Value::form) {
        None | Some(Form::Null) => Ok(None),
        Some(Form::Text("")) => Err(Reject::new("empty-name", key, format!("`{key}` is empty"))),
        Some(Form::Text(text)) => long(text, key).map_or_else(|| Ok(Some(text.into())), Err),
        Some(Form::Number(number)) => number.name().map(Some).ok_or_else(|| {
            Reject::new(
                "wrong-type",
                key,
                format!("`{key}` has more digits than a number keeps: write it as text"),
            )
        }),
        Some(_) => Err(Reject::new("wrong-type", key, format!("`{key}` must be text"))),
    }
}

fn required(object: &Object<'_>, key: &str) -> Result<Name, Reject> {
    text_of(object, key)?.ok_or_else(|| missing(key))
}

fn names(object: &Object<'_>, key: &str) -> Result<NameList, Reject> {
    let list = match object.got(key).map(Value::form) {
        None | Some(Form::Null) => return Ok(NameList::default()),
        Some(Form::List(list)) => list,
        Some(_) => return Err(Reject::new("wrong-type", key, format!("`{key}` must be a list"))),
    };
    let mut names = NameList::with_capacity(list.count());
    for value in list {
        let wrong = || Reject::new("wrong-type", key, format!("`{key}` must be a list of names"));
        names.push(&shown_name(value).ok_or_else(wrong)?);
    }
    Ok(names)
}

/// The name of an item that is shown.
fn shown_name(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.form() {
        Form::Text(text) => Some(Cow::Borrowed(text)).filter(|name| !name.is_empty()),
        Form::Number(number) => number.name().map(|name| String::from(name).into()),
        _ => None,
    }
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
