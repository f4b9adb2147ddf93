//! Encoders: from a text or a picture to what scorers read, terms or numbers.

use crate::card::{Card, Settings};
use crate::examples::Bag;
use crate::picture::Picture;

mod keywords;
mod ngrams;
mod text_counts;

/// Every encoder. Adding one: its file, its `mod` line above, its line here.
pub static ALL: &[&Kind] = &[&ngrams::KIND, &text_counts::KIND, &keywords::KIND];

/// A kind of encoder.
pub struct Kind {
    /// What, when, cost, source, parameters.
    pub card: Card,
    /// What it reads.
    pub reads: Reads,
    /// Learns from the contents of the train period, such as how rare a term is.
    pub fit: fn(&Settings, &[Content<'_>]) -> Box<dyn Encoder>,
    /// Restores a saved one.
    ///
    /// # Errors
    /// A sentence, where the bytes are not an encoder of this kind.
    pub load: fn(&Settings, &[u8]) -> Loaded,
}

/// What an encoder reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// A field of text.
    Text,
    /// A field of pictures.
    Picture,
}

/// What a field holds, to be encoded.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Nothing, or a picture that could not be read.
    Missing,
    /// A text.
    Text(&'a str),
    /// A picture.
    Picture(&'a Picture),
}

/// What an encoder makes of every content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A bag of terms; terms are numbers below this.
    Bag(u32),
    /// As many numbers as this.
    Numbers(usize),
}

/// A content, encoded; of the encoder's shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Encoded {
    /// Terms; none where the content is missing.
    Bag(Bag),
    /// Numbers; not-a-number where the content is missing.
    Numbers(Vec<f32>),
}

/// An encoder, or a sentence on why there is none.
pub type Loaded = Result<Box<dyn Encoder>, String>;

/// An encoder that learned.
pub trait Encoder: Send + Sync {
    /// What it makes; constant over its life.
    fn shape(&self) -> Shape;
    /// Encodes one content; another kind than it reads counts as missing.
    fn encode(&self, content: Content<'_>) -> Encoded;
    /// What it learned as bytes; equal encoders give equal bytes.
    fn save(&self) -> Vec<u8>;
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.card.name == name).copied()
}
