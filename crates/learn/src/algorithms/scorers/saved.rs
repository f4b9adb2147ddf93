//! Scorers as bytes: a mark that names the kind and its format, then the model.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A model behind its mark; equal models give equal bytes.
pub(super) fn save(mark: &[u8], model: &impl Serialize) -> Vec<u8> {
    postcard::to_extend(model, mark.to_vec()).expect("a model of numbers and lists can be written")
}

/// The model behind `mark`, which stands for a kind called `name`.
pub(super) fn load<T: DeserializeOwned>(mark: &[u8], name: &str, bytes: &[u8]) -> Result<T, String> {
    let body =
        bytes.strip_prefix(mark).ok_or_else(|| format!("these bytes do not begin as a saved {name} does"))?;
    let (model, rest): (T, &[u8]) =
        postcard::take_from_bytes(body).map_err(|error| format!("a saved {name} cannot be read: {error}"))?;
    if !rest.is_empty() {
        return Err(format!("{} bytes follow the saved {name}", rest.len()));
    }
    Ok(model)
}
