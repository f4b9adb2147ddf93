//! What a server writes down of the feature values that it answered by.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rankine_learn::features::Spec;
use rankine_learn::{Fold, Rows};
use serde_json::{Map, Value, json};

/// The key of a recorded request that holds [`record`].
pub(crate) const SERVED: &str = "served";

/// How much of the feature values of what was shown is written down with each request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Recorded {
    /// Nothing.
    Nothing,
    /// For each feature a digest of 36 bits: some 70 bytes a request, and some 12 and its name a feature.
    #[default]
    Digests,
    /// The values themselves: some 70 bytes a request, and up to 20 a value.
    Values,
}

impl Recorded {
    /// All of them.
    pub const ALL: [Recorded; 3] = [Recorded::Digests, Recorded::Values, Recorded::Nothing];

    /// Its name in arguments.
    pub fn name(self) -> &'static str {
        match self {
            Recorded::Nothing => "nothing",
            Recorded::Digests => "digests",
            Recorded::Values => "values",
        }
    }
}

/// What is written down: by which bundle, after how many lines of the journal, and [`features`].
pub(crate) fn record(bundle: &str, seen: u64, features: Map<String, Value>) -> Value {
    json!({"bundle": bundle, "seen": seen, "features": features})
}

/// Each feature's values, or their digest, over the rows at `places`, row after row. Of a row the first columns
/// are those of the features of `fold`.
pub(crate) fn features(
    fold: &Fold,
    specs: &[Spec],
    rows: &Rows,
    places: &[usize],
    how: Recorded,
) -> Map<String, Value> {
    let one = |(spec, span): (&Spec, std::ops::Range<usize>)| {
        let values = places.iter().flat_map(|&at| &rows.row(at)[span.clone()]).copied();
        let told = match how {
            Recorded::Nothing => return None,
            Recorded::Digests => Value::from(digest(values)),
            // Not a number is no JSON, and becomes null.
            Recorded::Values => values.map(Value::from).collect(),
        };
        Some((spec.name.clone(), told))
    };
    specs.iter().zip(fold.spans()).filter_map(one).collect()
}

/// Six letters of the hash of the bits; all that is missing is alike.
fn digest(values: impl Iterator<Item = f32>) -> String {
    // Hashed at once: most of what a few bytes at a time would take is the call.
    let mut bytes = Vec::new();
    for value in values {
        let bits = if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() };
        bytes.extend_from_slice(&bits.to_le_bytes());
    }
    let mut text = URL_SAFE_NO_PAD.encode(&blake3::hash(&bytes).as_bytes()[..6]);
    text.truncate(6);
    text
}
