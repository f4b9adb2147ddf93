//! A kind of world, its settings, and reading `world.toml`.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue, Deserializer};

use crate::line::Roles;
use crate::{ALL, World};

/// One kind of world: an entry of [`ALL`].
#[derive(Debug)]
pub struct Kind {
    /// Its name in `world.toml`: `kind = "..."`.
    pub name: &'static str,
    /// What it simulates: a sentence.
    pub what: &'static str,
    /// The names of its entities.
    pub roles: Roles,
    pub(crate) read: fn(Deserializer<'_>) -> Result<Box<dyn Recipe>, toml::de::Error>,
    pub(crate) preset: fn() -> Box<dyn Recipe>,
}

impl Kind {
    /// The kind's default settings.
    pub fn preset(&self) -> Box<dyn Recipe> {
        (self.preset)()
    }
}

/// The settings of a world of some kind.
pub trait Recipe: Debug + Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static Kind;

    /// Makes the world; the same settings and seed make the same world. Settings are clamped to their ranges.
    fn build(&self, seed: u64) -> Box<dyn World>;

    /// The kind and every setting as JSON: what names the world that they make.
    fn identity(&self) -> String;

    /// The settings outside their range, each as `name = nearest value within`.
    fn outside(&self) -> Vec<String>;
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.name == name)
}

/// Reads the text of a `world.toml`: its `kind`, then the settings of that kind; unknown keys are errors.
///
/// # Errors
/// What is wrong with the text, with the place; a value outside its range is an error too.
pub fn read(text: &str) -> Result<Box<dyn Recipe>, String> {
    let located = |mut error: toml::de::Error| {
        error.set_input(Some(text));
        error.to_string()
    };
    let mut table = DeTable::parse(text).map_err(located)?;
    let kinds = || ALL.iter().map(|kind| format!("`{}`", kind.name)).collect::<Vec<_>>().join(", ");
    let found = match table.get_mut().remove("kind").map(|value| value.into_inner()) {
        None => return Err(format!("`kind` is missing; the kinds of worlds are {}", kinds())),
        Some(DeValue::String(name)) => find(&name)
            .ok_or_else(|| format!("there is no kind `{name}`; the kinds of worlds are {}", kinds()))?,
        Some(_) => return Err(format!("`kind` must be a text: one of {}", kinds())),
    };
    let recipe = (found.read)(Deserializer::from(table)).map_err(located)?;
    match recipe.outside().as_slice() {
        [] => Ok(recipe),
        outside => Err(format!("outside the range; the nearest within: {}", outside.join(", "))),
    }
}

/// `read` of a kind whose settings are of type `S`.
pub(crate) fn reader<S: Recipe + DeserializeOwned + 'static>(
    from: Deserializer<'_>,
) -> Result<Box<dyn Recipe>, toml::de::Error> {
    S::deserialize(from).map(|settings| Box::new(settings) as Box<dyn Recipe>)
}

/// [`Recipe::identity`] of settings that are plain data.
pub(crate) fn identity(kind: &Kind, settings: &impl Serialize) -> String {
    serde_json::json!({ "kind": kind.name, "settings": settings }).to_string()
}

/// [`Recipe::outside`] of settings and the same clamped.
pub(crate) fn outside(settings: &impl Serialize, clamped: &impl Serialize) -> Vec<String> {
    // Not-a-number is null in JSON, and so differs from what it is clamped to.
    let [given, near] = [serde_json::to_value(settings), serde_json::to_value(clamped)]
        .map(|value| value.ok().and_then(|value| value.as_object().cloned()).unwrap_or_default());
    let differs = near.iter().filter(|(name, value)| given.get(*name) != Some(value));
    differs.map(|(name, value)| format!("{name} = {value}")).collect()
}

/// A number taken to the nearest end of its range; what is not a number becomes the lowest value.
pub(crate) fn within(value: f64, low: f64, high: f64) -> f64 {
    if value.is_nan() { low } else { value.clamp(low, high) }
}
