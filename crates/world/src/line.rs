//! One line of the log, and its native JSON form.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// Name of the entity that asks.
pub(crate) const USER: &str = "user";
/// Name of the entity that is shown.
pub(crate) const VIDEO: &str = "video";
/// Name of the event that opens a video.
pub(crate) const CLICK: &str = "click";
/// Name of the event that ends the playing of a video.
pub(crate) const WATCH: &str = "watch";

/// One line of the log in the native schema. Times are milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A user or a video and its fields; the first line of an id is its birth.
    Entity {
        /// `user` or `video`.
        event: String,
        /// Id of the entity.
        id: String,
        /// When it was born.
        time: i64,
        /// Field names and values.
        fields: Vec<(String, Value)>,
    },
    /// A request of a user and the slate that was shown.
    Request {
        /// Id of the request.
        id: String,
        /// When it was made.
        time: i64,
        /// Who asked.
        user: String,
        /// What is known about the moment: names and values.
        context: Vec<(String, String)>,
        /// Ids of the videos shown, first position first.
        shown: Vec<String>,
    },
    /// A click on a shown video, or the end of watching it.
    Interaction {
        /// `click` or `watch`.
        event: String,
        /// Id of the interaction.
        id: String,
        /// When it happened.
        time: i64,
        /// Who did it.
        user: String,
        /// The video.
        item: String,
        /// The request that showed the video.
        request: String,
        /// Field names and values; a watch has `seconds`.
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
            Line::Request { id, time, user, context, shown } => {
                map.serialize_entry("event", "request")?;
                map.serialize_entry("id", id)?;
                map.serialize_entry("time", time)?;
                map.serialize_entry(USER, user)?;
                map.serialize_entry("context", &Object(context))?;
                map.serialize_entry("shown", shown)?;
            }
            Line::Interaction { event, id, time, user, item, request, fields } => {
                map.serialize_entry("event", event)?;
                map.serialize_entry("id", id)?;
                map.serialize_entry("time", time)?;
                map.serialize_entry(USER, user)?;
                map.serialize_entry(VIDEO, item)?;
                map.serialize_entry("request", request)?;
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
