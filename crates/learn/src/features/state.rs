//! State of features as bytes, read strictly.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Plain data as bytes; equal data give equal bytes.
pub(super) fn encode(state: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(state).expect("state is plain data")
}

/// The data that were encoded; an error where bytes are broken or left over.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((state, [])) => Ok(state),
        Ok((_, rest)) => Err(format!("{} bytes are left over after a feature's state", rest.len())),
        Err(error) => Err(format!("a feature's state cannot be read: {error}")),
    }
}
