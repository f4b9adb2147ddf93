//! Which rows stay together where rows are shuffled.

use rankine_design::{Finding, Spanned};
use rankine_learn::{FieldKind, Schema};

use super::super::words::{quoted, unknown};
use super::Resolver;
use crate::problem::{FieldAt, fields};

/// The text by which rows that nearly agree stay together.
pub(super) fn similar(resolver: &mut Resolver<'_>, schema: &Schema) -> Option<FieldAt> {
    let written = resolver.design.evaluate.group_similar.as_ref()?;
    field(resolver, schema, written, FieldKind::Text, "text")
}

/// A field of the item, the user or the request that is of this kind.
fn field(
    resolver: &mut Resolver<'_>,
    schema: &Schema,
    written: &Spanned<String>,
    kind: FieldKind,
    word: &str,
) -> Option<FieldAt> {
    let fits = || fields(schema).filter(|(_, _, own)| own.kind == kind);
    if let Some((_, found, _)) = fits().find(|(name, ..)| *name == written.value) {
        return Some(found);
    }
    if fields(schema).any(|(name, ..)| name == written.value) {
        let message = format!("{} is not of type `{word}`", quoted(&written.value));
        resolver.push(Finding::error("wrong-field", written.span, message));
    } else {
        let names: Vec<String> = fits().map(|(name, ..)| name).collect();
        let names = names.iter().map(String::as_str);
        resolver.push(unknown("unknown-field", written.span, word, &written.value, names));
    }
    None
}
