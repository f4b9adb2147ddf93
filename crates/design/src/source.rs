//! Where a value stands in the text: sources, byte spans and values that carry one.

use std::path::PathBuf;

use serde::Serialize;

/// One file of a design as text: the design itself or the mapping of a data set laid over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's name as findings show it.
    pub name: String,
    /// The whole text; spans count bytes of it.
    pub text: String,
    /// Where files lie that it names; the working directory where it is empty.
    pub folder: PathBuf,
}

impl Source {
    /// A source from its name as shown and its text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), folder: PathBuf::new() }
    }

    /// The same, naming files of this folder.
    #[must_use]
    pub fn within(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }
}

/// The bytes `start..end` of the source with index `source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Span {
    /// Index into the sources that were parsed: 0 is the design, 1 the overlay.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A value and the place it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with the value changed by `change`.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), span: self.span }
    }
}
