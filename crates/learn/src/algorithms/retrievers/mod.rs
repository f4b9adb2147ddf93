//! Retrievers: from a user's history and the state of the log to the best items of the catalogue.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::card::{Card, Kind as Holds, Parameter, Preset, Settings};
use crate::examples::Interactions;
use crate::log::Id;
use crate::memory::Memory;
use crate::moment::Moment;
use crate::top::Scored;

mod als;
mod bpr;
mod ease;
mod item_knn;
mod popular;
mod random;
mod recent;

/// Every retriever. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Kind] =
    &[&random::KIND, &popular::KIND, &recent::KIND, &item_knn::KIND, &ease::KIND, &als::KIND, &bpr::KIND];

/// The parameter of retrievers that read a user's history in its order.
const DECAY: Parameter = Parameter {
    name: "decay",
    doc: "What an item of the history counts, relative to the one taken after it; 1 is no decay.",
    kind: Holds::Number { min: 0.01, max: 1.0 },
    default: Preset::Number(0.98),
    search: &[0.9, 0.95, 1.0],
};

/// A kind of retriever.
pub struct Kind {
    /// What, when, cost, source, parameters.
    pub card: Card,
    /// Whether answers come from the user's history alone; then a user without one gets none.
    pub personal: bool,
    /// Learns from who took what.
    pub fit: fn(&Settings, &Interactions, seed: u64) -> Box<dyn Retriever>,
    /// Restores a saved one.
    ///
    /// # Errors
    /// A sentence, where the bytes are not a model of this kind.
    pub load: fn(&Settings, &[u8]) -> Loaded,
}

/// A restored retriever, or a sentence that says what is wrong with its bytes.
pub type Loaded = Result<Box<dyn Retriever>, String>;

/// What a retriever is asked.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// Who asks, when and where.
    pub moment: Moment<'a>,
    /// The user's positives, oldest first, each item once; items may be newer than the model.
    pub history: &'a [Id],
    /// For each item number whether it may be returned; what lies beyond its end may not.
    pub allowed: &'a [bool],
    /// The state of the log.
    pub memory: &'a Memory,
    /// Names this request, for draws that must not repeat; same request, same draws.
    pub seed: u64,
}

/// A retriever that learned.
pub trait Retriever: Send + Sync {
    /// The best `depth` allowed items, best first; fewer where it knows no more.
    fn retrieve(&self, query: &Query<'_>, depth: usize) -> Vec<Scored>;
    /// The model as bytes; equal models give equal bytes.
    fn save(&self) -> Vec<u8>;
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.card.name == name).copied()
}

/// Every allowed item with a score by `score`.
pub(crate) fn allowed_items<'a>(
    query: &Query<'a>,
    score: impl Fn(Id) -> f32 + 'a,
) -> impl Iterator<Item = Scored> + 'a {
    let allowed = query.allowed.iter().enumerate().filter(|(_, allowed)| **allowed);
    allowed.map(move |(item, _)| Scored { item: item as Id, score: score(item as Id) })
}

/// A model as bytes.
fn pack<T: Serialize>(model: &T) -> Vec<u8> {
    postcard::to_stdvec(model).expect("a model is plain data")
}

/// A model from its bytes, where they are one that `valid` accepts.
fn unpack<T: DeserializeOwned>(name: &str, bytes: &[u8], valid: impl Fn(&T) -> bool) -> Result<T, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((model, [])) if valid(&model) => Ok(model),
        Ok(_) => Err(format!("the bytes are not a saved `{name}` model: its parts do not fit")),
        Err(error) => Err(format!("the bytes are not a saved `{name}` model: {error}")),
    }
}
