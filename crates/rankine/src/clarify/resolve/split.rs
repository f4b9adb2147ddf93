//! What divides a log into periods where time does not, and which rows stay together.

use rankine_design::{Finding, Spanned, Split, SplitBy};
use rankine_learn::{FieldKind, Schema};

use super::super::words::{quoted, unknown};
use super::Resolver;
use crate::problem::{FieldAt, HeldOut, fields};

/// What stands for time; and the rows of the test period, where values of a field tell them.
pub(super) fn split(resolver: &mut Resolver<'_>, schema: &Schema) -> (Split, Option<HeldOut>) {
    let Some(written) = &resolver.design.evaluate.split else { return (Split::default(), None) };
    let (by, test) = match &written.value {
        SplitBy::Time => return (Split::Time, None),
        SplitBy::Rows => return (Split::Rows, None),
        SplitBy::Shuffled => return (Split::Shuffled, None),
        SplitBy::Values { by, test } => (by, test),
    };
    if test.is_empty() {
        let message = "no value of the field is left for the test period";
        let help = "write which ones are, for example `test = [\"shakira\"]`";
        resolver.push(Finding::error("empty-test", written.span, message).help(help));
    }
    let by = field(resolver, schema, by, FieldKind::Category, "category");
    let values = test.iter().map(|value| value.value.clone()).collect();
    (Split::Values, by.map(|by| HeldOut { by, values }))
}

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
