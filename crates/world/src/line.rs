//! One line of the log, and its native JSON form.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// The names of the two entities of a world, as its lines write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// The entity that asks, such as `user`.
    pub asks: &'static str,
    /// The entity that is shown, such as `video`.
    pub shown: &'static str,
}

/// One line of the log in the native schema. Times are milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// An entity and its fields; the first line of an id is its birth, and a later one changes what it says.
    Entity {
        /// Name of the entity, one of the world's [`Roles`].
        event: String,
        /// Id of the entity.
        id: String,
        /// When it was born or changed.
        time: i64,
        /// Field names and values.
        fields: Vec<(String, Value)>,
    },
    /// A request and what was shown.
    Request {
        /// The names of the entities.
        roles: Roles,
        /// Id of the request.
        id: String,
        /// When it was made.
        time: i64,
        /// Who asked.
        user: String,
        /// What is known about the moment: names and values.
        context: Vec<(String, Value)>,
        /// Ids of the items shown, first position first.
        shown: Vec<String>,
    },
    /// Something done with an item, such as a click.
    Interaction {
        /// The names of the entities.
        roles: Roles,
        /// What was done.
        event: String,
        /// Id of the interaction.
        id: String,
        /// When it happened.
        time: i64,
        /// Who did it, or whose item it was done with.
        user: String,
        /// The item.
        item: String,
        /// The request that showed the item, if one did.
        request: Option<String>,
        /// Field names and values.
        fields: Vec<(String, Value)>,
    },
}

impl Line {
    /// When the line happened, milliseconds since the epoch.
    pub fn time(&self) -> i64 {
        match self {
            Line::Entity { time, .. } | Line::Request { time, .. } | Line::Interaction { time, .. } => *time,
        }
    }

    /// Appends the line as one JSON object, without a newline.
    pub fn write_json(&self, out: &mut String) {
        out.push_str(&serde_json::to_string(self).expect("a line has only text keys and finite numbers"));
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Line::Entity { event, id, time, fields } => {
                map.serialize_entry("event", event)?;
                map.serialize_entry("id", id)?;
                map.serialize_entry("time", time)?;
                map.serialize_entry("fields", &Object(fields))?;
            }
            Line::Request { roles, id, time, user, context, shown } => {
                map.serialize_entry("event", "request")?;
                map.serialize_entry("id", id)?;
                map.serialize_entry("time", time)?;
                map.serialize_entry(roles.asks, user)?;
                map.serialize_entry("context", &Object(context))?;
                map.serialize_entry("shown", shown)?;
            }
            Line::Interaction { roles, event, id, time, user, item, request, fields } => {
                map.serialize_entry("event", event)?;
                map.serialize_entry("id", id)?;
                map.serialize_entry("time", time)?;
                map.serialize_entry(roles.asks, user)?;
                map.serialize_entry(roles.shown, item)?;
                if let Some(request) = request {
                    map.serialize_entry("request", request)?;
                }
                if !fields.is_empty() {
                    map.serialize_entry("fields", &Object(fields))?;
                }
            }
        }
        map.end()
    }
}

/// Pairs written as a JSON object in their own order.
struct Object<'a, V>(&'a [(String, V)]);

impl<V: Serialize> Serialize for Object<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
