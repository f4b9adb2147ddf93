//! What a server is asked, and why it refuses.

use rankine_learn::Millis;
use serde_json::{Map, Value};

use super::journal::Unwritten;
use crate::log::Reject;

/// The most items that one answer holds or one ranking takes.
pub const MOST_ITEMS: usize = 1000;

/// Which items should this user see?
#[derive(Debug, Clone, PartialEq)]
pub struct Recommend {
    /// Who asks; may be new.
    pub user: String,
    /// Items wanted, 1 to [`MOST_ITEMS`]; the design's slate where absent (all of them for [`Rank`]).
    pub limit: Option<usize>,
    /// Fields of the request, by name.
    pub context: Map<String, Value>,
    /// The moment of the request; the server's clock where absent. The state is the present: where the
    /// moment is earlier than the newest event, the answer is as of that event.
    pub time: Option<Millis>,
    /// Whether each item comes with what the scorer's columns added to its score.
    pub explain: bool,
    /// Whether the request and what was shown go into the journal and the state.
    pub record: bool,
    /// Names the request; made up where absent. One that was recorded before is answered again and
    /// recorded once.
    pub request: Option<String>,
}

impl Recommend {
    /// A plain request of this user.
    pub fn new(user: impl Into<String>) -> Recommend {
        Recommend {
            user: user.into(),
            limit: None,
            context: Map::new(),
            time: None,
            explain: false,
            record: true,
            request: None,
        }
    }
}

/// In which order should this user see these items?
#[derive(Debug, Clone, PartialEq)]
pub struct Rank {
    /// Who asks, and how.
    pub ask: Recommend,
    /// The items, each once; unknown ones end up last.
    pub items: Vec<String>,
    /// What is said of some of them, by their places: fields by name. It becomes known as by an event, and is
    /// recorded like one.
    pub told: Vec<(usize, Map<String, Value>)>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was asked is wrong.
    #[error("{}", .0.detail)]
    Invalid(Invalid),
    /// It could not be made durable.
    #[error("{0}")]
    Storage(String),
}

/// What is wrong with what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Kind of trouble, in small letters and dashes.
    pub code: &'static str,
    /// The field at fault, as a path such as `events[3].fields.seconds`.
    pub field: Option<String>,
    /// A sentence.
    pub detail: String,
}

impl Invalid {
    /// A kind of trouble with a field; an empty name is none.
    pub fn new(code: &'static str, field: &str, detail: impl Into<String>) -> Invalid {
        Invalid { code, field: (!field.is_empty()).then(|| field.to_owned()), detail: detail.into() }
    }

    /// Refuses keys of `object` that are not `known`, with the nearest known one; `inside` (such as
    /// `context.`) comes before the key in [`Invalid::field`].
    ///
    /// # Errors
    /// On the first unknown key.
    pub fn unknown_keys(object: &Map<String, Value>, known: &[&str], inside: &str) -> Result<(), Invalid> {
        let Some(key) = object.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
        let short: String = key.chars().take(40).collect();
        let detail = match rankine_design::did_you_mean(key, known.iter().copied()) {
            Some(guess) => format!("unknown key `{short}`; did you mean `{guess}`?"),
            None if known.is_empty() => format!("unknown key `{short}`; none is known here"),
            None => format!("unknown key `{short}`; known are {}", known.join(", ")),
        };
        Err(Invalid::new("unknown-key", &format!("{inside}{short}"), detail))
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Refusal {
        Refusal::Invalid(invalid)
    }
}

impl From<Reject> for Invalid {
    fn from(reject: Reject) -> Invalid {
        Invalid { code: reject.code, field: reject.field, detail: reject.reason }
    }
}

impl From<Unwritten> for Refusal {
    fn from(unwritten: Unwritten) -> Refusal {
        Refusal::Storage(unwritten.to_string())
    }
}
