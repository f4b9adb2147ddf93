//! The JSON Schema of the design file, from the list of keys and the registries.

use rankine_design::{KEYS, Key, Kind, Table, table};
use rankine_learn::algorithms::{detectors, encoders, rerankers, retrievers, scorers};
use rankine_learn::{Card, Kind as Holds, Preset, features};
use serde_json::{Map, Value, json};

/// A JSON Schema (draft 2020-12) of the design file: for editors and for programs that write designs.
///
/// Every table of the format is in `$defs` under its path, every algorithm under `retriever.NAME`,
/// `scorer.NAME`, `reranker.NAME`, `encoder.NAME` or `detector.NAME`, every kind of feature under `feature.NAME`. It holds what the format
/// says of single values; what values must say together is for [`super::clarify`].
pub fn schema() -> Value {
    let mut definitions = Map::new();
    for table in KEYS.iter().filter(|table| !table.path.is_empty() && !generated(table.path)) {
        definitions.insert(table.path.to_owned(), object(table));
    }
    let retrievers = retrievers::ALL.iter().map(|kind| &kind.card).collect::<Vec<_>>();
    let scorers = scorers::ALL.iter().map(|kind| &kind.card).collect::<Vec<_>>();
    let rerankers = rerankers::ALL.iter().map(|kind| &kind.card).collect::<Vec<_>>();
    let detectors = detectors::ALL.iter().map(|kind| &kind.card).collect::<Vec<_>>();
    let encoders = encoders::ALL.iter().map(|kind| &kind.card).collect::<Vec<_>>();
    let roles = [
        ("encoder", encoders),
        ("detector", detectors),
        ("retriever", retrievers),
        ("scorer", scorers),
        ("reranker", rerankers),
    ];
    for (role, cards) in roles {
        let names: Vec<&str> = cards.iter().map(|card| card.name).collect();
        let mut ways = vec![json!({ "enum": names })];
        for card in &cards {
            let name = format!("{role}.{}", card.name);
            ways.push(reference(&name));
            definitions.insert(name, entry("algorithm", card, of_the_pipeline(role)));
        }
        definitions.insert(role.to_owned(), json!({ "anyOf": ways }));
    }
    let mut kinds = Vec::new();
    for kind in features::ALL {
        let name = format!("feature.{}", kind.card.name);
        kinds.push(reference(&name));
        definitions.insert(name, entry("kind", &kind.card, &[]));
    }
    definitions.insert("features.*".to_owned(), json!({ "anyOf": kinds }));
    let mut root = table("").map(object).unwrap_or_default();
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".to_owned(), json!("A Rankine design"));
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
    root
}

/// Tables whose definitions come from the registries.
fn generated(path: &str) -> bool {
    matches!(path, "step" | "features.*")
}

fn reference(name: &str) -> Value {
    // A `/` or `~` in a name would need escapes; names of the format have neither.
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn object(table: &Table) -> Value {
    let properties: Map<String, Value> =
        table.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let own = table.own.map_or(Value::Bool(false), |kind| kind_schema(kind, ""));
    let mut object = json!({
        "type": "object",
        "description": table.doc,
        "properties": properties,
        "additionalProperties": own,
    });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

fn property(key: &Key) -> Value {
    let mut value = kind_schema(key.kind, key.name);
    value["description"] = json!(key.doc);
    value
}

fn kind_schema(kind: Kind, key: &str) -> Value {
    let text = || json!({ "type": "string" });
    match kind {
        Kind::Text | Kind::Date => text(),
        Kind::Name => json!({ "type": "string", "pattern": "^[a-z0-9_-]+$" }),
        Kind::OneOf(words) => json!({ "enum": words }),
        Kind::Character => json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Integer => json!({ "type": "integer", "minimum": 1 }),
        Kind::Count | Kind::Rate | Kind::Duration | Kind::Bytes => json!({ "type": ["string", "number"] }),
        Kind::Fraction => json!({ "anyOf": [text(), { "type": "number", "minimum": 0, "maximum": 1 }] }),
        Kind::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Kind::Texts => json!({ "anyOf": [text(), { "type": "array", "items": text() }] }),
        Kind::Setting => json!({ "type": ["string", "number", "boolean", "array"] }),
        Kind::Table(path) => reference(path),
        Kind::Named(path) => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[a-z0-9_-]+$" },
            "additionalProperties": reference(path),
        }),
        Kind::List(path) => json!({ "type": "array", "items": reference(path) }),
        Kind::TextOr(path) => json!({ "anyOf": [text(), reference(path)] }),
        Kind::OneOfOr(words, path) => json!({ "anyOf": [{ "enum": words }, reference(path)] }),
        Kind::Steps(_) => {
            let role = match key {
                "encode" => "encoder",
                "detect" => "detector",
                "retrieve" => "retriever",
                "score" | "fuse" => "scorer",
                _ => "reranker",
            };
            let list = match key {
                "fuse" | "detect" => json!({ "type": "array", "items": reference(role), "maxItems": 1 }),
                _ => json!({ "type": "array", "items": reference(role) }),
            };
            json!({ "anyOf": [reference(role), list] })
        }
    }
}

/// Keys of a step that are the pipeline's, not the algorithm's: name, what it must be, whether it must be
/// there, what it says.
type Own = (&'static str, fn() -> Value, bool, &'static str);

fn of_the_pipeline(role: &str) -> &'static [Own] {
    let own: &[Own] = match role {
        "retriever" => &[(
            "depth",
            || json!({ "type": "integer", "minimum": 1 }),
            false,
            "How many candidates this retriever gives; the contender's depth by default.",
        )],
        "encoder" => &[
            ("of", || json!({ "type": "string" }), true, "Which field it encodes, as `entity.field`."),
            (
                "name",
                || json!({ "type": "string" }),
                false,
                "What it is called; the field's name by default.",
            ),
        ],
        "scorer" => &[(
            "reads",
            || json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] }),
            false,
            "Names of the features and encodings that it reads; all by default.",
        )],
        _ => &[],
    };
    own
}

/// An algorithm or a kind of feature as a table.
fn entry(key: &str, card: &Card, own: &[Own]) -> Value {
    let mut properties = Map::new();
    properties.insert(key.to_owned(), json!({ "const": card.name }));
    let mut required = vec![key];
    for (name, value, needed, doc) in own {
        let mut value = value();
        value["description"] = json!(doc);
        properties.insert((*name).to_owned(), value);
        if *needed {
            required.push(name);
        }
    }
    for parameter in card.parameters {
        let mut value = match parameter.kind {
            Holds::Count { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
            Holds::Number { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
            Holds::Choice(words) => json!({ "enum": words }),
            Holds::Duration => json!({ "type": ["string", "integer"] }),
            Holds::Durations => json!({
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": ["string", "integer"] } }]
            }),
            Holds::Event | Holds::Entity | Holds::Field | Holds::Column | Holds::File => {
                json!({ "type": "string" })
            }
            Holds::Words | Holds::Labels => json!({
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
            }),
            Holds::Numbers => json!({
                "anyOf": [{ "type": "number" }, { "type": "array", "items": { "type": "number" } }]
            }),
        };
        value["description"] = json!(parameter.doc);
        match parameter.default {
            Preset::Required => required.push(parameter.name),
            Preset::Count(number) => value["default"] = json!(number),
            Preset::Number(number) => value["default"] = json!(number),
            Preset::Word(word) => value["default"] = json!(word),
            Preset::Duration(time) => value["default"] = json!(shown(time)),
            Preset::Durations(times) => {
                value["default"] = json!(times.iter().map(|time| shown(*time)).collect::<Vec<_>>());
            }
            Preset::Words(words) => value["default"] = json!(words),
            Preset::Numbers(numbers) => value["default"] = json!(numbers),
        }
        properties.insert(parameter.name.to_owned(), value);
    }
    json!({
        "type": "object",
        "description": card.what,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn shown(millis: i64) -> String {
    rankine_design::Milliseconds(millis.max(0) as u64).to_string()
}
